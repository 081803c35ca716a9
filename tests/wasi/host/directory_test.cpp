// Operations by path: what they do, what a slash at the end means, and that a read-only directory allows none of
// them.
#include "wasi/host/directory.h"

#include <sys/stat.h>

#include <doctest/doctest.h>
#include "wasi/host/scratch.h"

using namespace heddle::wasi;
using heddle::wasi::test::Scratch;

namespace {

constexpr Resolver kBoth[] = {Resolver::kernel, Resolver::walk};
const Stop kGo{0};

struct Files : Scratch {
  Files() {
    make_dir("inside/dir/sub");
    write("inside/file", "text");
    make_link("file", "inside/link");
    make_link("dir", "inside/dir_link");
    make_link("../outside.txt", "inside/escape");
  }
};

std::string content(Descriptor& file) {
  char text[64];
  iovec into = {text, sizeof text};
  Fallible<uint32_t> size = read(file, {&into, 1}, kGo);
  return size ? std::string(text, size.value()) : "errno " + std::to_string(size.code());
}

}  // namespace

TEST_CASE("a read-only directory refuses everything that changes something") {
  for (Resolver resolver : kBoth) {
    Files files;
    Descriptor dir = files.open(false, resolver);
    Descriptor writable = files.open(true, resolver);
    const NewTime now = {NewTime::Kind::now, 0};
    auto open = [&](OpenOptions options) { return open_at(dir, "file", options).code(); };
    CHECK(open({.write = true}) == EROFS);
    CHECK(open({.read = true, .truncate = true}) == EROFS);
    CHECK(open({.create = true}) == EROFS);
    CHECK(open({.create = true, .exclusive = true}) == EROFS);
    CHECK(create_directory_at(dir, "new").code() == EROFS);
    CHECK(remove_directory_at(dir, "dir/sub").code() == EROFS);
    CHECK(unlink_file_at(dir, "file").code() == EROFS);
    CHECK(set_times_at(dir, "file", true, now, now).code() == EROFS);
    CHECK(set_times_at(dir, ".", false, now, now).code() == EROFS);
    CHECK(symlink_at("file", dir, "new").code() == EROFS);
    const std::string file = "file", made = "new";
    CHECK(link_at({dir, file}, {dir, made}).code() == EROFS);
    CHECK(link_at({dir, file}, {writable, made}).code() == EROFS);  // or else the file could be written by the link
    CHECK(link_at({writable, file}, {dir, made}).code() == EROFS);
    CHECK(rename_at({dir, file}, {writable, made}).code() == EROFS);
    CHECK(rename_at({writable, file}, {dir, made}).code() == EROFS);
    CHECK(files.read("inside/file") == "text");
    CHECK_FALSE(files.exists("inside/new"));

    // So does what was opened beneath it.
    Fallible<Descriptor> opened = open_at(dir, "file", {.read = true});
    REQUIRE(opened.ok());
    Descriptor& readable = opened.value();
    char byte = 'x';
    iovec from = {&byte, 1};
    CHECK(write(readable, {&from, 1}, kGo).code() == EBADF);
    CHECK(write_at(readable, {&from, 1}, 0).code() == EBADF);
    CHECK(set_size(readable, 0).code() == EINVAL);
    CHECK(allocate(readable, 0, 100).code() == EBADF);
    CHECK(set_times(readable, now, now).code() == EROFS);
    CHECK(content(readable) == "text");
    Fallible<Descriptor> sub = open_at(dir, "dir", {.directory = true});
    REQUIRE(sub.ok());
    CHECK(create_directory_at(sub.value(), "new").code() == EROFS);
    CHECK(open_at(sub.value(), "x", {.create = true}).code() == EROFS);
  }
}

TEST_CASE("what may be read may not be written, and the other way round") {
  Files files;
  Descriptor dir = files.open();
  char bytes[4] = {'n', 'e', 'w', '!'};
  iovec part = {bytes, 4};
  Fallible<Descriptor> in = open_at(dir, "file", {.read = true});
  Fallible<Descriptor> out = open_at(dir, "file", {.write = true});
  // Truncating takes an open file that can be written; what the guest gets still cannot.
  Fallible<Descriptor> cut = open_at(dir, "file", {.read = true, .truncate = true});
  REQUIRE((in.ok() && out.ok() && cut.ok()));
  CHECK(write(in.value(), {&part, 1}, kGo).code() == EBADF);
  CHECK(write(cut.value(), {&part, 1}, kGo).code() == EBADF);
  CHECK(set_size(cut.value(), 10).code() == EINVAL);
  CHECK(read(out.value(), {&part, 1}, kGo).code() == EBADF);
  CHECK(files.read("inside/file").empty());
  CHECK(write(out.value(), {&part, 1}, kGo).value() == 4);
  CHECK(files.read("inside/file") == "new!");
}

TEST_CASE("a slash at the end means a directory") {
  for (Resolver resolver : kBoth) {
    Files files;
    Descriptor dir = files.open(true, resolver);
    CHECK(unlink_file_at(dir, "file/").code() == ENOTDIR);
    CHECK(unlink_file_at(dir, "dir/").code() == EISDIR);
    CHECK(unlink_file_at(dir, "dir_link/").code() == ENOTDIR);
    CHECK(unlink_file_at(dir, "none/").code() == ENOENT);
    CHECK(remove_directory_at(dir, "file/").code() == ENOTDIR);
    CHECK(remove_directory_at(dir, "dir_link/").code() == ENOTDIR);
    CHECK(remove_directory_at(dir, "dir/sub///").code() == 0);
    CHECK(create_directory_at(dir, "made//").code() == 0);
    CHECK(stat_at(dir, "file/", false).code() == ENOTDIR);
    CHECK(stat_at(dir, "dir_link/", false).value().type == FileType::directory);
    CHECK(stat_at(dir, "dir_link", false).value().type == FileType::symbolic_link);
    CHECK(read_link_at(dir, "link/").code() == ENOTDIR);
    CHECK(read_link_at(dir, "dir_link/").code() == EINVAL);
    CHECK(read_link_at(dir, "escape").value() == "../outside.txt");
    CHECK(symlink_at("x", dir, "new/").code() == ENOENT);
    CHECK(symlink_at("x", dir, "dir/").code() == EEXIST);
    CHECK(symlink_at("x", dir, "file/").code() == ENOTDIR);
    auto renamed = [&](const std::string& from, const std::string& to) {
      return rename_at({dir, from}, {dir, to}).code();
    };
    CHECK(renamed("file/", "x") == ENOTDIR);
    CHECK(renamed("file", "x/") == ENOTDIR);
    CHECK(renamed("dir/", "x/") == 0);
    auto linked = [&](const std::string& from, const std::string& to) {
      return link_at({dir, from}, {dir, to}).code();
    };
    CHECK(linked("file", "y/") == ENOENT);
    CHECK(linked("file/", "y") == ENOTDIR);
    CHECK(linked("x", "y") == EPERM);
  }
}

TEST_CASE("`.` and `..` at the end are directories that stay where they are") {
  for (Resolver resolver : kBoth) {
    Files files;
    Descriptor dir = files.open(true, resolver);
    const std::string here = ".", up = "dir/..", out = "..", name = "x";
    for (const std::string& path : {here, up}) {
      CHECK(create_directory_at(dir, path).code() == EEXIST);
      CHECK(remove_directory_at(dir, path).code() == EINVAL);
      CHECK(unlink_file_at(dir, path).code() == EISDIR);
      CHECK(symlink_at("x", dir, path).code() == EEXIST);
      CHECK(rename_at({dir, path}, {dir, name}).code() == EBUSY);
      CHECK(stat_at(dir, path, false).value().inode == stat_of(dir.number()).value().inode);
    }
    const NewTime now = {NewTime::Kind::now, 0};
    CHECK(create_directory_at(dir, out).code() == EPERM);
    CHECK(remove_directory_at(dir, out).code() == EPERM);
    CHECK(unlink_file_at(dir, "../outside.txt").code() == EPERM);
    CHECK(stat_at(dir, out, false).code() == EPERM);
    CHECK(set_times_at(dir, out, false, now, now).code() == EPERM);
    CHECK(rename_at({dir, out}, {dir, name}).code() == EPERM);
    CHECK(symlink_at("/etc", dir, "x").code() == EPERM);
  }
}

TEST_CASE("times are set on what is meant") {
  Files files;
  Descriptor dir = files.open();
  const NewTime keep, at = {NewTime::Kind::at, 1'000'000'007};
  REQUIRE(set_times_at(dir, "link", false, keep, at).ok());
  CHECK(stat_at(dir, "link", false).value().modified_ns == 1'000'000'007);
  CHECK(stat_at(dir, "file", false).value().modified_ns > 1'000'000'007);
  REQUIRE(set_times_at(dir, "link", true, keep, at).ok());
  CHECK(stat_at(dir, "file", false).value().modified_ns == 1'000'000'007);
  CHECK(set_times_at(dir, "escape", true, keep, at).code() == EPERM);
  CHECK(set_times_at(dir, "file", true, {NewTime::Kind::at, UINT64_MAX}, keep).ok());
}

TEST_CASE("opening and reading a FIFO does not hang") {
  Files files;
  Descriptor dir = files.open();
  REQUIRE(mkfifo(files.path("inside/fifo").c_str(), 0600) == 0);
  CHECK(open_at(dir, "fifo", {.write = true}).code() == ENXIO);  // nobody reads
  Fallible<Descriptor> fifo = open_at(dir, "fifo", {.read = true});
  REQUIRE(fifo.ok());
  CHECK(fifo.value().type == FileType::unknown);
  char byte;
  iovec into = {&byte, 1};
  fifo.value().nonblock = true;
  Fallible<uint32_t> end = read(fifo.value(), {&into, 1}, kGo);
  CHECK((end.code() == EAGAIN || end.value() == 0));  // nobody writes
  Fallible<Descriptor> writer = open_at(dir, "fifo", {.write = true});
  REQUIRE(writer.ok());
  CHECK(read(fifo.value(), {&into, 1}, kGo).code() == EAGAIN);
  Stop stop{1};
  fifo.value().nonblock = false;
  CHECK(read(fifo.value(), {&into, 1}, stop).code() == kStopped);
}

TEST_CASE("offsets a guest may give") {
  Files files;
  Descriptor dir = files.open();
  Descriptor file = std::move(open_at(dir, "file", {.read = true, .write = true})).value();
  char byte = 0;
  iovec part = {&byte, 1};
  for (uint64_t offset : {uint64_t{INT64_MAX} + 1, UINT64_MAX}) {
    CHECK(read_at(file, {&part, 1}, offset).code() == EINVAL);
    CHECK(write_at(file, {&part, 1}, offset).code() == EINVAL);
    CHECK(set_size(file, offset).code() == EINVAL);
    CHECK(allocate(file, offset, 1).code() == EFBIG);
    CHECK(allocate(file, 1, offset).code() == EFBIG);
    CHECK(advise(file, offset, 1, Advice::normal).code() == EINVAL);
  }
  CHECK(allocate(file, 0, 0).code() == EINVAL);
  CHECK(seek(file, -1, Whence::set).code() == EINVAL);
  CHECK(seek(file, INT64_MIN, Whence::cur).code() == EINVAL);
  CHECK(seek(file, -1, Whence::end).value() == 3);
  CHECK(seek(file, 0, Whence::cur).value() == 3);
}
