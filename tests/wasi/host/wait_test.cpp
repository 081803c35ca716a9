// Waiting, reading directories, standard streams.
#include "wasi/host/wait.h"

#include <unistd.h>

#include <set>
#include <thread>

#include <doctest/doctest.h>
#include "os/clock.h"
#include "wasi/host/random.h"
#include "wasi/host/scratch.h"

using namespace heddle::wasi;
using heddle::wasi::test::Scratch;

namespace {

struct Pipe {
  Pipe() { REQUIRE(pipe(ends) == 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2];
};

}  // namespace

TEST_CASE("waiting ends by what comes first") {
  Pipe pipe;
  Stop stop{0};
  pollfd wanted = {pipe.ends[0], POLLIN, 0};
  uint64_t start_ns = heddle::os::monotonic_ns();
  CHECK(wait({&wanted, 1}, start_ns + 50'000'000, stop).value() == Woken::late);
  CHECK(heddle::os::monotonic_ns() - start_ns >= 50'000'000);
  CHECK(wait({&wanted, 1}, 0, stop).value() == Woken::late);
  CHECK(wait({}, start_ns, stop).value() == Woken::late);  // a moment that is over
  REQUIRE(write(pipe.ends[1], "x", 1) == 1);
  CHECK(wait({&wanted, 1}, std::nullopt, stop).value() == Woken::ready);
  CHECK((wanted.revents & POLLIN) != 0);
}

TEST_CASE("another thread ends a wait") {
  Stop stop{0};
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    stop = 1;
  });
  CHECK(wait({}, std::nullopt, stop).value() == Woken::stopped);
  other.join();
  CHECK(wait({}, heddle::os::monotonic_ns() + 1'000'000'000, stop).value() == Woken::stopped);
}

TEST_CASE("the entries of a directory, from any cookie on") {
  Scratch scratch;
  std::set<std::string> wanted = {".", ".."};
  for (int i = 0; i < 500; ++i) {  // more than one buffer holds
    std::string name = "a-name-that-is-rather-long-" + std::to_string(i);
    scratch.write("inside/" + name, "");
    wanted.insert(name);
  }
  Descriptor dir = scratch.open();
  DirEntries entries = std::move(DirEntries::open(dir.number())).value();
  DirEntry entry;
  std::vector<std::pair<uint64_t, std::string>> found;  // cookie, and the name it leads to
  uint64_t cookie = 0;
  REQUIRE(entries.seek(0).ok());
  while (entries.next(entry).value()) {
    found.emplace_back(cookie, entry.name);
    cookie = entry.next;
    bool dots = entry.name == "." || entry.name == "..";
    CHECK(entry.type == (dots ? FileType::directory : FileType::regular_file));
  }
  std::set<std::string> names;
  for (const auto& [at, name] : found) names.insert(name);
  CHECK(names == wanted);
  CHECK(found.size() == wanted.size());
  for (size_t i = found.size(); i-- > 0;) {  // backwards: mostly not in the buffer
    REQUIRE(entries.seek(found[i].first).ok());
    REQUIRE(entries.next(entry).value());
    CHECK(entry.name == found[i].second);
  }
  REQUIRE(entries.seek(cookie).ok());
  CHECK_FALSE(entries.next(entry).value());
  CHECK(entries.seek(UINT64_MAX).code() == EINVAL);
  scratch.write("inside/later", "");
  REQUIRE(entries.seek(0).ok());  // reads anew
  bool seen = false;
  while (entries.next(entry).value()) seen = seen || entry.name == "later";
  CHECK(seen);
}

TEST_CASE("a stream the guest wants nonblocking does not block, and keeps its flags") {
  Pipe pipe;
  Stop stop{0};
  Descriptor in = *standard_stream(pipe.ends[0], true), out = *standard_stream(pipe.ends[1], false);
  CHECK(set_append(in, true).code() == ENOTSUP);
  in.nonblock = out.nonblock = true;
  std::vector<char> bytes(200'000, 'x');
  iovec part = {bytes.data(), bytes.size()};
  CHECK(read(in, {&part, 1}, stop).code() == EAGAIN);
  uint64_t written = 0;
  for (;;) {
    Fallible<uint32_t> size = write(out, {&part, 1}, stop);
    if (!size) {
      CHECK(size.code() == EAGAIN);
      break;
    }
    written += size.value();
  }
  CHECK(written >= 4096);
  CHECK((fcntl(pipe.ends[1], F_GETFL) & O_NONBLOCK) == 0);
  CHECK(available(in) == written);
  CHECK(read(in, {&part, 1}, stop).value() > 0);
  CHECK(read(out, {&part, 1}, stop).code() == EBADF);
  CHECK_FALSE(standard_stream(-1, true).has_value());
}

TEST_CASE("random bytes fill what they are to fill") {
  Stop stop{0};
  std::vector<uint8_t> bytes(3'000'000);
  REQUIRE(random_bytes(bytes, stop).ok());
  size_t zeros = 0;
  for (size_t i = 0; i < bytes.size(); ++i) zeros += bytes[i] == 0;
  CHECK(zeros > 10'000);
  CHECK(zeros < 14'000);
  CHECK(random_bytes({}, stop).ok());
  stop = 1;
  CHECK(random_bytes(bytes, stop).code() == kStopped);
}
