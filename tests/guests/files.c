// Files in a preopened directory: made, written, read at an offset, listed, renamed, removed; nothing outside of it.
// heddle: --dir .::/data
// expect: wrote 11
// expect: read [world]
// expect: size 11
// expect: a.txt
// expect: sub
// expect: renamed
// expect: gone
// expect: outside: refused
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void list(const char* path) {
  const char* names[16];
  int count = 0;
  DIR* dir = opendir(path);
  for (struct dirent* entry; dir && (entry = readdir(dir)) && count < 16;) {
    if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
  }
  closedir(dir);
  for (int done = 0; done < count; done++) {
    int least = done;
    for (int i = done; i < count; i++) {
      if (strcmp(names[i], names[least]) < 0) least = i;
    }
    puts(names[least]);
    names[least] = names[done];
  }
}

int main(void) {
  int fd = open("/data/a.txt", O_CREAT | O_RDWR | O_TRUNC, 0644);
  if (fd < 0) {
    perror("open");
    return 1;
  }
  printf("wrote %d\n", (int)write(fd, "hello world", 11));
  char text[16] = {0};
  lseek(fd, 6, SEEK_SET);
  read(fd, text, sizeof text);
  printf("read [%s]\n", text);
  struct stat about;
  fstat(fd, &about);
  printf("size %d\n", (int)about.st_size);
  close(fd);
  if (mkdir("/data/sub", 0755)) perror("mkdir");
  list("/data");
  if (rename("/data/a.txt", "/data/sub/b.txt") == 0 && stat("/data/sub/b.txt", &about) == 0) puts("renamed");
  if (unlink("/data/sub/b.txt") == 0 && rmdir("/data/sub") == 0 && stat("/data/sub", &about) != 0) puts("gone");
  puts(open("/data/../../etc/passwd", O_RDONLY) < 0 && open("/etc/passwd", O_RDONLY) < 0 ? "outside: refused"
                                                                                          : "outside: OPENED");
  return 0;
}
