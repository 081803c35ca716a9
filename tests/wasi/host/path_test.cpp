// Paths: every case by both resolvers, which have to agree with each other and with what is written here.
#include "wasi/host/path.h"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include "wasi/host/scratch.h"

using namespace heddle::wasi;
using heddle::wasi::test::Scratch;

namespace {

bool has_openat2() {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY;
  const long fd = syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how);
  if (fd >= 0) ::close(static_cast<int>(fd));
  return fd >= 0;
}

constexpr Resolver kBoth[] = {Resolver::kernel, Resolver::walk};

struct Tree : Scratch {
  Tree() {
    make_dir("inside/a/b/c");
    write("inside/file", "file");
    write("inside/a/b/deep", "deep");
    make_link("a/b", "inside/to_dir");
    make_link("file", "inside/to_file");
    make_link("to_file", "inside/to_link");
    make_link("../file", "inside/a/up");
    make_link("../outside.txt", "inside/escape");
    make_link("../../inside/file", "inside/a/round");
    make_link("/etc", "inside/absolute");
    make_link("nowhere", "inside/dangling");
    make_link("../made_outside", "inside/dangling_out");
    make_link("loop", "inside/loop");
    make_link("file/", "inside/slashed");
    make_link("..", "inside/a/parent");
    make_link("a/../../outside.txt", "inside/deep_escape");
  }
};

struct Case {
  const char* path;
  bool follow;
  int flags;
  int code;  // errno, or 0
};

void check(const Tree& tree, const std::vector<Case>& cases) {
  for (Resolver resolver : kBoth) {
    Descriptor dir = tree.open(true, resolver);
    for (const Case& c : cases) {
      CAPTURE(c.path);
      CAPTURE(resolver == Resolver::walk);
      Fallible<Fd> opened = open_beneath(dir.number(), c.path,
                                         {.flags = c.flags, .mode = 0666, .follow = c.follow, .resolver = resolver});
      CHECK(opened.code() == c.code);
    }
  }
}

std::string text_of(const Fd& fd) {
  char text[64];
  ssize_t size = ::read(fd.number(), text, sizeof text);
  return {text, static_cast<size_t>(size < 0 ? 0 : size)};
}

}  // namespace

TEST_CASE("a path finds what lies beneath its directory") {
  Tree tree;
  check(tree, {
                  {"file", false, O_RDONLY, 0},
                  {"./file", false, O_RDONLY, 0},
                  {"a//b///deep", false, O_RDONLY, 0},
                  {"a/../file", false, O_RDONLY, 0},
                  {"a/b/../../a/./b/deep", false, O_RDONLY, 0},
                  {".", false, O_RDONLY | O_DIRECTORY, 0},
                  {"./", false, O_RDONLY, 0},
                  {"a/b/..", false, O_RDONLY, 0},
                  {"a/", false, O_RDONLY, 0},
                  {"a/b/c///", false, O_RDONLY | O_DIRECTORY, 0},
                  {"missing", false, O_RDONLY, ENOENT},
                  {"missing/file", false, O_RDONLY, ENOENT},
                  {"missing/../file", false, O_RDONLY, ENOENT},
                  {"file/", false, O_RDONLY, ENOTDIR},
                  {"file/x", false, O_RDONLY, ENOTDIR},
                  {"file/..", false, O_RDONLY, ENOTDIR},
                  {"file", false, O_RDONLY | O_DIRECTORY, ENOTDIR},
                  {"a", false, O_RDWR, EISDIR},
              });
}

TEST_CASE("no path leads out of its directory") {
  Tree tree;
  check(tree, {
                  {"..", false, O_RDONLY, EPERM},
                  {"../outside.txt", false, O_RDONLY, EPERM},
                  {"../inside/file", false, O_RDONLY, EPERM},
                  {"a/../../inside/file", false, O_RDONLY, EPERM},
                  {"a/b/c/../../../..", false, O_PATH, EPERM},
                  {"/etc/passwd", false, O_RDONLY, EPERM},
                  {"/", false, O_PATH, EPERM},
                  {"//file", false, O_RDONLY, EPERM},
                  {"escape", true, O_RDONLY, EPERM},
                  {"deep_escape", true, O_RDONLY, EPERM},
                  {"a/round", true, O_RDONLY, EPERM},
                  {"absolute", true, O_RDONLY, EPERM},
                  {"absolute/passwd", false, O_RDONLY, EPERM},
                  {"a/parent/..", true, O_PATH, EPERM},
                  {"to_dir/../../..", true, O_PATH, EPERM},
              });
}

TEST_CASE("symbolic links are followed inside, and at the end only where that is asked for") {
  Tree tree;
  check(tree, {
                  {"to_dir/deep", false, O_RDONLY, 0},
                  {"to_dir/../b/deep", false, O_RDONLY, 0},
                  {"to_file", true, O_RDONLY, 0},
                  {"to_link", true, O_RDONLY, 0},
                  {"a/up", true, O_RDONLY, 0},
                  {"a/parent/file", false, O_RDONLY, 0},
                  {"a/parent/", false, O_RDONLY, 0},
                  {"to_file", false, O_RDONLY, ELOOP},
                  {"to_dir", false, O_RDONLY | O_DIRECTORY, ENOTDIR},
                  {"to_dir", true, O_RDONLY | O_DIRECTORY, 0},
                  {"to_dir/", false, O_RDONLY, 0},
                  {"to_file/", false, O_RDONLY, ENOTDIR},
                  {"to_file", true, O_RDONLY | O_DIRECTORY, ENOTDIR},
                  {"slashed", true, O_RDONLY, ENOTDIR},
                  {"loop", true, O_RDONLY, ELOOP},
                  {"loop", false, O_RDONLY, ELOOP},
                  {"loop/x", false, O_RDONLY, ELOOP},
                  {"dangling", true, O_RDONLY, ENOENT},
                  {"dangling/", false, O_RDONLY, ENOENT},
                  {"escape", false, O_PATH, 0},  // the link itself
                  {"loop", false, O_PATH, 0},
              });
}

TEST_CASE("creating through links stays inside") {
  for (Resolver resolver : kBoth) {
    Tree tree;
    Descriptor dir = tree.open(true, resolver);
    auto create = [&](const char* path, int flags, bool follow) {
      return open_beneath(dir.number(), path, {O_CREAT | O_WRONLY | flags, 0600, follow, resolver}).code();
    };
    CHECK(create("dangling_out", 0, true) == EPERM);
    CHECK_FALSE(tree.exists("made_outside"));
    CHECK(create("dangling", O_EXCL, true) == EEXIST);
    CHECK(create("dangling", 0, false) == ELOOP);
    CHECK_FALSE(tree.exists("inside/nowhere"));
    CHECK(create("dangling", 0, true) == 0);
    CHECK(tree.exists("inside/nowhere"));
    CHECK(create("new/", 0, false) == EISDIR);
    CHECK(create("file", O_EXCL, false) == EEXIST);
    CHECK(create("../new", 0, false) == EPERM);
    CHECK(create("a/b/new", O_EXCL, false) == 0);
    CHECK(tree.exists("inside/a/b/new"));
  }
}

TEST_CASE("what was opened is what the path means") {
  Tree tree;
  for (Resolver resolver : kBoth) {
    Descriptor dir = tree.open(true, resolver);
    auto open = [&](const char* path) {
      auto fd = open_beneath(dir.number(), path, {.flags = O_RDONLY, .follow = true, .resolver = resolver});
      return fd ? text_of(fd.value()) : "errno " + std::to_string(fd.code());
    };
    CHECK(open("to_link") == "file");
    CHECK(open("a/up") == "file");
    CHECK(open("to_dir/deep") == "deep");
    CHECK(open("a/parent/to_dir/../b/c/../deep") == "deep");
  }
}

TEST_CASE("paths are bounded") {
  CHECK(checked_path("").code() == ENOENT);
  CHECK(checked_path(std::string_view("a\0b", 3)).code() == EINVAL);
  CHECK(checked_path(std::string(4095, 'a')).code() == 0);
  CHECK(checked_path(std::string(4096, 'a')).code() == ENAMETOOLONG);
  Tree tree;
  Descriptor dir = tree.open();
  std::string deep;
  for (int i = 0; i < 300; ++i) {
    deep += "d/";
    if (deep.size() < 4000) ::mkdirat(dir.number(), deep.c_str(), 0777);
  }
  // The walk holds every directory it is in; there is an end to that.
  CHECK(open_beneath(dir.number(), deep, {.flags = O_PATH, .resolver = Resolver::walk}).code() == ENAMETOOLONG);
  const int by_kernel = has_openat2() ? 0 : ENAMETOOLONG;  // an emulator may have none: then it is the walk
  CHECK(open_beneath(dir.number(), deep, {.flags = O_PATH, .resolver = Resolver::kernel}).code() == by_kernel);
  // A chain of links as long as the kernel follows, and one longer.
  for (int i = 0; i < 41; ++i)
    tree.make_link(i ? "l" + std::to_string(i - 1) : "file", "inside/l" + std::to_string(i));
  check(tree, {{"l39", true, O_RDONLY, 0}, {"l40", true, O_RDONLY, ELOOP}});
}

TEST_CASE("the parent of a path") {
  Tree tree;
  struct Split {
    const char *path, *name;
    bool slash;
    int code;
  };
  const Split cases[] = {
      {"file", "file", false, 0},      {"a/b/deep", "deep", false, 0},   {"a/b/c/", "c", true, 0},
      {"a///b///", "b", true, 0},      {"./x", "x", false, 0},           {"..", "", false, EPERM},
      {"../x", "", false, EPERM},      {"/x", "", false, EPERM},         {"///", "", false, EPERM},
      {"a/..", ".", false, 0},         {"a/.", ".", false, 0},           {"a/../", ".", true, 0},
      {"file/x", "", false, ENOTDIR},  {"missing/x", "", false, ENOENT}, {"escape/x", "", false, EPERM},
      {"to_dir/new", "new", false, 0},
  };
  for (Resolver resolver : kBoth) {
    Descriptor dir = tree.open(true, resolver);
    for (const Split& c : cases) {
      CAPTURE(c.path);
      Fallible<Parent> parent = parent_beneath(dir.number(), c.path, resolver);
      REQUIRE(parent.code() == c.code);
      if (!parent) continue;
      CHECK(parent.value().name == c.name);
      CHECK(parent.value().slash == c.slash);
    }
  }
}

TEST_CASE("a directory that is moved away while it is walked does not let the path out") {
  Tree tree;
  tree.make_dir("inside/m/n");
  tree.make_dir("elsewhere");
  std::atomic<bool> done{false};
  std::thread mover([&] {
    std::string in = tree.path("inside/m/n"), out = tree.path("elsewhere/n");
    while (!done) {
      ::rename(in.c_str(), out.c_str());
      ::rename(out.c_str(), in.c_str());
    }
  });
  for (Resolver resolver : kBoth) {
    Descriptor dir = tree.open(true, resolver);
    for (int i = 0; i < 2000; ++i) {
      auto opened = open_beneath(dir.number(), "m/n/../../outside.txt", {.flags = O_RDONLY, .resolver = resolver});
      CHECK_FALSE(opened.ok());
      opened = open_beneath(dir.number(), "m/n/../..", {.flags = O_PATH, .resolver = resolver});
      if (!opened) continue;
      struct stat root, found;
      REQUIRE(fstat(dir.number(), &root) == 0);
      REQUIRE(fstat(opened.value().number(), &found) == 0);
      CHECK(root.st_ino == found.st_ino);
    }
  }
  done = true;
  mover.join();
}
