// Go's view of files, time and streams: all of it goes through WASI.
// heddle: --dir .::/data
// stdin: a line to read
// exit: 3
// expect: read a line to read
// expect: wrote 12 bytes, then 5 more
// expect: HELLO world!
// expect: [many name1000 notes.txt] 1000
// expect: link to notes.txt
// expect: slept
// expect: missing: file does not exist
// expect: outside: refused
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	check(err)
	fmt.Print("read ", line)

	check(os.WriteFile("/data/draft", []byte("hello world!"), 0o644))
	check(os.Rename("/data/draft", "/data/notes.txt"))
	file, err := os.OpenFile("/data/notes.txt", os.O_RDWR, 0)
	check(err)
	n, err := file.WriteAt([]byte("HELLO"), 0)
	check(err)
	info, err := file.Stat()
	check(err)
	fmt.Printf("wrote %d bytes, then %d more\n", info.Size(), n)
	text, err := io.ReadAll(file)
	check(err)
	check(file.Close())
	fmt.Println(string(text))

	check(os.MkdirAll("/data/many/deep", 0o755))
	for i := 1; i <= 1000; i++ { // more than one call of fd_readdir gives
		check(os.WriteFile(fmt.Sprintf("/data/many/deep/name%d", i), nil, 0o644))
	}
	entries, err := os.ReadDir("/data/many/deep")
	check(err)
	check(os.Rename("/data/many/deep/name1000", "/data/name1000"))
	names, err := filepath.Glob("/data/n*")
	check(err)
	fmt.Println(append([]string{"many"}, filepath.Base(names[0]), filepath.Base(names[1])), len(entries))
	check(os.RemoveAll("/data/many"))

	check(os.Symlink("notes.txt", "/data/link"))
	target, err := os.Readlink("/data/link")
	check(err)
	fmt.Println("link to", target)

	start := time.Now()
	time.Sleep(20 * time.Millisecond)
	if time.Since(start) >= 20*time.Millisecond {
		fmt.Println("slept")
	}
	_, err = os.ReadFile("/data/none")
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Println("missing: file does not exist")
	}
	if _, err = os.ReadFile("/data/../../etc/passwd"); err != nil {
		fmt.Println("outside: refused")
	}
	os.Exit(3)
}
