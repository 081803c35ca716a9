// WASI p1 as a guest sees it: signatures, what goes to and comes from its memory, what wrong numbers get.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <thread>

#include "wasi/host/scratch.h"

#include <heddle/heddle.h>
#include <heddle/wasi.h>

using heddle::wasi::test::Scratch;
namespace api = heddle::api;

namespace {

// The signatures of the specification: i and I are i32 and i64 parameters; all but proc_exit give an i32.
const std::map<std::string, std::string> kSignatures = {
    {"args_get", "ii"},
    {"args_sizes_get", "ii"},
    {"environ_get", "ii"},
    {"environ_sizes_get", "ii"},
    {"clock_res_get", "ii"},
    {"clock_time_get", "iIi"},
    {"fd_advise", "iIIi"},
    {"fd_allocate", "iII"},
    {"fd_close", "i"},
    {"fd_datasync", "i"},
    {"fd_fdstat_get", "ii"},
    {"fd_fdstat_set_flags", "ii"},
    {"fd_fdstat_set_rights", "iII"},
    {"fd_filestat_get", "ii"},
    {"fd_filestat_set_size", "iI"},
    {"fd_filestat_set_times", "iIIi"},
    {"fd_pread", "iiiIi"},
    {"fd_prestat_get", "ii"},
    {"fd_prestat_dir_name", "iii"},
    {"fd_pwrite", "iiiIi"},
    {"fd_read", "iiii"},
    {"fd_readdir", "iiiIi"},
    {"fd_renumber", "ii"},
    {"fd_seek", "iIii"},
    {"fd_sync", "i"},
    {"fd_tell", "ii"},
    {"fd_write", "iiii"},
    {"path_create_directory", "iii"},
    {"path_filestat_get", "iiiii"},
    {"path_filestat_set_times", "iiiiIIi"},
    {"path_link", "iiiiiii"},
    {"path_open", "iiiiiIIii"},
    {"path_readlink", "iiiiii"},
    {"path_remove_directory", "iii"},
    {"path_rename", "iiiiii"},
    {"path_symlink", "iiiii"},
    {"path_unlink_file", "iii"},
    {"poll_oneoff", "iiii"},
    {"proc_exit", "i"},
    {"proc_raise", "i"},
    {"sched_yield", ""},
    {"random_get", "ii"},
    {"sock_accept", "iii"},
    {"sock_recv", "iiiiii"},
    {"sock_send", "iiiii"},
    {"sock_shutdown", "ii"},
};

enum Errno {
  kSuccess = 0,
  kBadf = 8,
  kFault = 21,
  kInval = 28,
  kIsdir = 31,
  kMfile = 33,
  kNametoolong = 37,
  kNoent = 44,
  kNotdir = 54,
  kNotsock = 57,
  kNotsup = 58,
  kPerm = 63,
  kRofs = 69,
  kNotcapable = 76
};

// Every function of a WASI, imported, and exported through one of the guest's own that passes its arguments on.
std::string module_text(const std::string& module, bool memory) {
  std::string imports, functions;
  for (const auto& [name, params] : kSignatures) {
    std::string type, get;
    for (size_t i = 0; i < params.size(); ++i) {
      type += params[i] == 'i' ? " (param i32)" : " (param i64)";
      get += " local.get " + std::to_string(i);
    }
    if (name != "proc_exit") type += " (result i32)";
    imports += "(import \"" + module + "\" \"" + name + "\" (func $" + name + type + "))\n";
    functions += "(func (export \"" + name + "\")" + type + get + " call $" + name + ")\n";
  }
  return "(module " + imports + functions + (memory ? "(memory (export \"memory\") 2)" : "") + ")";
}

class Guest {
 public:
  explicit Guest(api::WasiConfig config = {}, const std::string& module = "wasi_snapshot_preview1",
                 bool memory = true)
      : store_(engine_), linker_(engine_) {
    api::Result<api::Wasi> wasi = api::Wasi::create(std::move(config));
    REQUIRE(wasi.ok());
    wasi->add_to(linker_);
    api::Result<api::Module> code = api::Module::from_text(engine_, module_text(module, memory));
    REQUIRE(code.ok());
    CHECK(linker_.missing(*code).empty());
    api::Result<api::Instance> instance = linker_.instantiate(store_, *code);
    if (!instance) FAIL(instance.error().to_string());
    instance_ = std::move(*instance);
  }

  api::Result<std::vector<api::Val>> try_call(const std::string& name, const std::vector<int64_t>& args) {
    const std::string& params = kSignatures.at(name);
    std::vector<api::Val> values;
    for (size_t i = 0; i < args.size(); ++i) {
      values.push_back(params[i] == 'i' ? api::Val(static_cast<int32_t>(args[i])) : api::Val(args[i]));
    }
    return instance_->func(name)->call(values);
  }
  int call(const std::string& name, const std::vector<int64_t>& args) {
    auto results = try_call(name, args);
    if (!results) FAIL(results.error().to_string());
    return (*results)[0].i32();
  }
  api::Memory memory() { return *instance_->memory(); }
  template <class T>
  T at(uint32_t address) {
    return *memory().read<T>(address);
  }
  template <class T>
  void put(uint32_t address, T value) {
    REQUIRE(memory().write(address, value).ok());
  }
  uint32_t put_text(uint32_t address, const std::string& text) {
    std::copy(text.begin(), text.end(), memory().bytes().begin() + address);
    return static_cast<uint32_t>(text.size());
  }
  std::string text(uint32_t address, uint32_t size) {
    auto bytes = *memory().slice(address, size);
    return {bytes.begin(), bytes.end()};
  }
  // Opens a path of the first preopened directory; the errno, negative, where that fails.
  int open(const std::string& path, int oflags = 0, int64_t rights = kRead, int lookup = 1, int dir = 3) {
    uint32_t size = put_text(70000, path);
    int error = call("path_open", {dir, lookup, 70000, size, oflags, rights, -1, 0, 69000});
    return error ? -error : at<int32_t>(69000);
  }
  api::Store& store() { return store_; }

  static constexpr int64_t kRead = 2, kWrite = 64;

 private:
  api::Engine engine_;
  api::Store store_;
  api::Linker linker_;
  std::optional<api::Instance> instance_;
};

api::WasiConfig with_dir(const Scratch& scratch, bool read_only = false) {
  api::WasiConfig config;
  config.dirs = {{.host = scratch.root(), .guest = "/data", .read_only = read_only}};
  return config;
}

}  // namespace

TEST_CASE("every function of both versions links with the signature of the specification") {
  Guest guest;
  Guest unstable({}, "wasi_unstable");
  CHECK(guest.call("sched_yield", {}) == kSuccess);
  CHECK(unstable.call("sched_yield", {}) == kSuccess);
}

TEST_CASE("arguments and environment") {
  api::WasiConfig config;
  config.args = {"app", "", "two words"};
  config.env = {{"A", "1"}, {"B", ""}};
  Guest guest(config);
  REQUIRE(guest.call("args_sizes_get", {0, 4}) == kSuccess);
  CHECK(guest.at<uint32_t>(0) == 3);
  CHECK(guest.at<uint32_t>(4) == 15);
  REQUIRE(guest.call("args_get", {16, 100}) == kSuccess);
  CHECK(guest.at<uint32_t>(16) == 100);
  CHECK(guest.at<uint32_t>(20) == 104);
  CHECK(guest.at<uint32_t>(24) == 105);
  CHECK(guest.text(100, 15) == std::string("app\0\0two words\0", 15));
  REQUIRE(guest.call("environ_sizes_get", {0, 4}) == kSuccess);
  CHECK(guest.at<uint32_t>(0) == 2);
  CHECK(guest.at<uint32_t>(4) == 7);
  REQUIRE(guest.call("environ_get", {16, 100}) == kSuccess);
  CHECK(guest.text(100, 7) == std::string("A=1\0B=\0", 7));
  CHECK(guest.call("args_get", {131064, 100}) == kFault);  // room for two pointers
  CHECK(guest.call("args_get", {16, 131072 - 14}) == kFault);
}

TEST_CASE("a configuration that cannot be had says what is wrong") {
  api::WasiConfig config;
  config.args = {std::string("a\0b", 3)};
  CHECK(api::Wasi::create(config).error().kind() == api::ErrorKind::misuse);
  config = {};
  config.env = {{"A=B", "c"}};
  CHECK(api::Wasi::create(config).error().kind() == api::ErrorKind::misuse);
  config = {};
  config.dirs = {{.host = "/there/is/no/such/folder", .guest = "/"}};
  auto missing = api::Wasi::create(config);
  CHECK(missing.error().kind() == api::ErrorKind::system);
  CHECK(missing.error().message() == "directory `/there/is/no/such/folder`: No such file or directory");
}

TEST_CASE("the guest's own end is its exit code") {
  Guest guest;
  for (int code : {0, 1, 255, -1}) {
    auto ended = guest.try_call("proc_exit", {code});
    REQUIRE_FALSE(ended.ok());
    CHECK(ended.error().kind() == api::ErrorKind::exited);
    CHECK(ended.error().exit_code() == code);
  }
}

TEST_CASE("WASI needs the caller's memory") {
  Guest guest({}, "wasi_snapshot_preview1", false);
  CHECK(guest.call("sched_yield", {}) == kSuccess);
  auto failed = guest.try_call("random_get", {0, 1});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message() == "WASI was called by a module that exports no memory named \"memory\"");
}

TEST_CASE("pointers out of bounds are faults, before anything happens") {
  Scratch scratch;
  Guest guest(with_dir(scratch));
  const int64_t end = 131072;
  CHECK(guest.call("clock_time_get", {0, 0, end - 7}) == kFault);
  CHECK(guest.call("clock_time_get", {0, 0, end - 8}) == kSuccess);
  CHECK(guest.call("clock_time_get", {0, 0, -1}) == kFault);
  CHECK(guest.call("random_get", {end, 0}) == kSuccess);
  CHECK(guest.call("random_get", {end + 1, 0}) == kFault);
  CHECK(guest.call("random_get", {0, end + 1}) == kFault);
  CHECK(guest.call("random_get", {-1, -1}) == kFault);
  CHECK(guest.call("fd_write", {1, 0, 0x20000001, 8}) == kFault);  // the array's size overflows 32 bits
  guest.put<uint32_t>(0, 131000);
  guest.put<uint32_t>(4, 73);
  CHECK(guest.call("fd_write", {1, 0, 1, 8}) == kFault);
  CHECK(guest.call("fd_fdstat_get", {3, end - 23}) == kFault);
  CHECK(guest.call("fd_fdstat_get", {3, end - 24}) == kSuccess);
  guest.put_text(100, "made");
  CHECK(guest.call("path_open", {3, 0, 100, 4, 1, 64, 0, 0, end - 3}) == kFault);
  CHECK_FALSE(scratch.exists("inside/made"));
  CHECK(guest.call("poll_oneoff", {end - 47, 0, 1, 64}) == kFault);
  CHECK(guest.call("poll_oneoff", {0, end - 31, 1, 64}) == kFault);
}

TEST_CASE("numbers that mean nothing are refused") {
  Scratch scratch;
  scratch.write("inside/file", "text");
  Guest guest(with_dir(scratch));
  int file = guest.open("file", 0, Guest::kRead | Guest::kWrite);
  REQUIRE(file == 4);
  CHECK(guest.call("clock_time_get", {4, 0, 0}) == kInval);
  CHECK(guest.call("clock_res_get", {-1, 0}) == kInval);
  CHECK(guest.call("fd_seek", {file, 0, 3, 0}) == kInval);
  CHECK(guest.call("fd_seek", {file, 0, 256, 0}) == kInval);
  CHECK(guest.call("fd_seek", {file, INT64_MIN, 1, 0}) == kInval);
  CHECK(guest.call("fd_advise", {file, 0, 0, 6}) == kInval);
  CHECK(guest.call("fd_advise", {file, -1, 1, 0}) == kInval);
  CHECK(guest.call("fd_fdstat_set_flags", {file, 32}) == kInval);
  CHECK(guest.call("fd_fdstat_set_flags", {file, 65536}) == kInval);
  CHECK(guest.call("fd_fdstat_set_flags", {file, 16}) == kNotsup);
  CHECK(guest.call("fd_filestat_set_times", {file, 0, 0, 16}) == kInval);
  CHECK(guest.call("fd_filestat_set_times", {file, 0, 0, 3}) == kInval);
  CHECK(guest.call("path_open", {3, 2, 0, 0, 0, 0, 0, 0, 0}) == kInval);
  CHECK(guest.call("path_open", {3, 0, 0, 0, 16, 0, 0, 0, 0}) == kInval);
  CHECK(guest.call("proc_raise", {31}) == kInval);
  CHECK(guest.call("proc_raise", {6}) == kNotsup);
  CHECK(guest.call("sock_shutdown", {file, 4}) == kInval);
  CHECK(guest.call("sock_send", {file, 0, 0, 1, 0}) == kInval);
  CHECK(guest.call("poll_oneoff", {0, 1000, 0, 64}) == kInval);
  CHECK(guest.call("poll_oneoff", {0, 1000, 8193, 64}) == kInval);
  guest.put<uint8_t>(8, 3);
  CHECK(guest.call("poll_oneoff", {0, 1000, 1, 64}) == kInval);
}

TEST_CASE("no numbers harm the host") {
  Scratch scratch;
  api::WasiConfig config = with_dir(scratch);
  int streams = ::open(scratch.path("stream").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  config.stdin_fd = config.stdout_fd = config.stderr_fd = streams;
  Guest guest(std::move(config));
  const int64_t numbers[] = {0, 1, 2, 3, 8, -1, INT32_MAX, INT32_MIN, 131072, INT64_MAX, INT64_MIN, 65536};
  uint64_t state = 1;
  auto next = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33;
  };
  for (int round = 0; round < 20000; ++round) {
    auto row = std::next(kSignatures.begin(), static_cast<ptrdiff_t>(next() % kSignatures.size()));
    if (row->first == "fd_close" || row->first == "fd_renumber") continue;  // would soon leave nothing to work on
    if (row->first == "fd_allocate") continue;                              // gigabytes are what it is for
    std::vector<int64_t> args;
    for (size_t i = 0; i < row->second.size(); ++i) args.push_back(numbers[next() % std::size(numbers)]);
    auto results = guest.try_call(row->first, args);
    if (row->first == "proc_exit") {
      CHECK(results.error().kind() == api::ErrorKind::exited);
    } else {
      REQUIRE(results.ok());
      CHECK((*results)[0].i32() <= kNotcapable);
    }
  }
  close(streams);
}

TEST_CASE("files by descriptor") {
  Scratch scratch;
  Guest guest(with_dir(scratch));
  int file = guest.open("new", 1, Guest::kRead | Guest::kWrite);
  REQUIRE(file == 4);
  guest.put_text(100, "hello world");
  guest.put<uint32_t>(0, 100);  // two buffers
  guest.put<uint32_t>(4, 6);
  guest.put<uint32_t>(8, 106);
  guest.put<uint32_t>(12, 5);
  REQUIRE(guest.call("fd_write", {file, 0, 2, 16}) == kSuccess);
  CHECK(guest.at<uint32_t>(16) == 11);
  CHECK(scratch.read("inside/new") == "hello world");
  REQUIRE(guest.call("fd_pread", {file, 0, 1, 6, 16}) == kSuccess);
  CHECK(guest.at<uint32_t>(16) == 5);
  CHECK(guest.text(100, 5) == "world");
  REQUIRE(guest.call("fd_seek", {file, -5, 2, 24}) == kSuccess);
  CHECK(guest.at<uint64_t>(24) == 6);
  REQUIRE(guest.call("fd_tell", {file, 24}) == kSuccess);
  CHECK(guest.at<uint64_t>(24) == 6);
  REQUIRE(guest.call("fd_filestat_set_size", {file, 5}) == kSuccess);
  REQUIRE(guest.call("fd_filestat_set_times", {file, 7, 9, 5}) == kSuccess);
  for (uint32_t i = 0; i < 64; ++i) guest.put<uint8_t>(200 + i, 0xaa);
  REQUIRE(guest.call("fd_filestat_get", {file, 200}) == kSuccess);
  CHECK(guest.at<uint8_t>(216) == 4);
  CHECK(guest.at<uint32_t>(217) == 0xaaaaaaaa);  // between the fields: as it was
  CHECK(guest.at<uint64_t>(224) == 1);
  CHECK(guest.at<uint64_t>(232) == 5);
  CHECK(guest.at<uint64_t>(240) == 7);
  CHECK(guest.at<uint64_t>(248) == 9);
  CHECK(guest.call("fd_sync", {file}) == kSuccess);
  CHECK(guest.call("fd_datasync", {file}) == kSuccess);
  CHECK(guest.call("fd_close", {file}) == kSuccess);
  CHECK(guest.call("fd_close", {file}) == kBadf);
  CHECK(guest.call("fd_read", {file, 0, 1, 16}) == kBadf);
  CHECK(guest.call("fd_read", {-1, 0, 1, 16}) == kBadf);
  CHECK(guest.call("fd_read", {3, 0, 1, 16}) == kIsdir);
  CHECK(guest.call("fd_seek", {0, 0, 1, 16}) != kSuccess);
}

TEST_CASE("rights can be given up, and not be taken back") {
  Scratch scratch;
  scratch.write("inside/file", "text");
  Guest guest(with_dir(scratch));
  REQUIRE(guest.call("fd_fdstat_get", {3, 200}) == kSuccess);
  auto base = guest.at<int64_t>(208), inheriting = guest.at<int64_t>(216);
  REQUIRE(guest.call("fd_fdstat_set_rights", {3, base & ~(int64_t{1} << 26), inheriting & ~Guest::kWrite}) == 0);
  guest.put_text(100, "file");
  CHECK(guest.call("path_unlink_file", {3, 100, 4}) == kNotcapable);
  CHECK(guest.call("fd_fdstat_set_rights", {3, base, inheriting}) == kNotcapable);
  int file = guest.open("file", 0, Guest::kRead | Guest::kWrite);
  REQUIRE(file == 4);
  guest.put<uint32_t>(0, 100);
  guest.put<uint32_t>(4, 4);
  CHECK(guest.call("fd_write", {file, 0, 1, 16}) == kBadf);
  CHECK(guest.call("fd_read", {file, 0, 1, 16}) == kSuccess);
  CHECK(scratch.read("inside/file") == "text");
}

TEST_CASE("preopened directories are announced, and read-only ones are") {
  Scratch scratch;
  scratch.write("inside/file", "text");
  Guest guest(with_dir(scratch, true));
  REQUIRE(guest.call("fd_prestat_get", {3, 0}) == kSuccess);
  CHECK(guest.at<uint8_t>(0) == 0);
  CHECK(guest.at<uint32_t>(4) == 5);
  CHECK(guest.call("fd_prestat_dir_name", {3, 100, 4}) == kNametoolong);
  REQUIRE(guest.call("fd_prestat_dir_name", {3, 100, 5}) == kSuccess);
  CHECK(guest.text(100, 5) == "/data");
  CHECK(guest.call("fd_prestat_get", {4, 0}) == kBadf);
  CHECK(guest.call("fd_prestat_get", {0, 0}) == kBadf);
  CHECK(guest.open("file", 0, Guest::kRead | Guest::kWrite) == -kRofs);
  CHECK(guest.open("file", 8) == -kRofs);
  CHECK(guest.open("new", 1) == -kRofs);
  CHECK(guest.open("../outside.txt") == -kPerm);
  CHECK(guest.open(std::string("file\0", 5)) == -kInval);
  CHECK(guest.open("") == -kNoent);
  CHECK(guest.open("file") == 4);
  CHECK(guest.open("x", 0, 2, 1, 4) == -kNotdir);
}

TEST_CASE("directories are read in pieces of any size") {
  Scratch scratch;
  for (int i = 0; i < 30; ++i) scratch.write("inside/entry" + std::to_string(i), "");
  Guest guest(with_dir(scratch));
  for (uint32_t size : {32u, 60u, 100u, 4096u}) {
    uint64_t cookie = 0;
    int entries = 0;
    for (;;) {
      REQUIRE(guest.call("fd_readdir", {3, 1000, size, static_cast<int64_t>(cookie), 0}) == kSuccess);
      auto used = guest.at<uint32_t>(0);
      uint32_t at = 0;
      while (at + 24 <= used) {
        auto name_size = guest.at<uint32_t>(1000 + at + 16);
        if (at + 24 + name_size > used) break;
        cookie = guest.at<uint64_t>(1000 + at);
        at += 24 + name_size;
        ++entries;
      }
      if (used < size) break;
      if (at == 0) break;  // not one whole entry fits: the guest would take a larger buffer
    }
    CHECK(entries == (size == 32 ? entries : 32));
  }
  CHECK(guest.call("fd_readdir", {0, 1000, 100, 0, 0}) == kNotdir);
}

TEST_CASE("a guest may have so many descriptors") {
  Scratch scratch;
  scratch.write("inside/file", "");
  api::WasiConfig config = with_dir(scratch);
  config.max_descriptors = 6;
  Guest guest(std::move(config));
  CHECK(guest.open("file") == 4);
  CHECK(guest.open("file") == 5);
  CHECK(guest.open("file") == -kMfile);
  CHECK(guest.call("fd_close", {4}) == kSuccess);
  CHECK(guest.open("file") == 4);
  CHECK(guest.call("fd_renumber", {4, 9}) == kBadf);
  CHECK(guest.call("fd_renumber", {4, 5}) == kSuccess);
  CHECK(guest.call("fd_close", {4}) == kBadf);
  CHECK(guest.call("fd_renumber", {5, 5}) == kSuccess);
}

TEST_CASE("polling for times and streams") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  api::WasiConfig config;
  config.stdin_fd = ends[0];
  config.stdout_fd = ends[1];
  Guest guest(std::move(config));
  auto subscribe_fd = [&](uint32_t at, uint64_t userdata, uint8_t type, uint32_t fd) {
    guest.put<uint64_t>(at, userdata);
    guest.put<uint8_t>(at + 8, type);
    guest.put<uint32_t>(at + 16, fd);
  };
  auto subscribe_clock = [&](uint32_t at, uint64_t userdata, uint32_t clock, uint64_t ns, uint16_t flags) {
    subscribe_fd(at, userdata, 0, clock);
    guest.put<uint64_t>(at + 24, ns);
    guest.put<uint16_t>(at + 40, flags);
  };
  subscribe_fd(0, 11, 1, 0);
  subscribe_clock(48, 12, 1, 20'000'000, 0);
  REQUIRE(guest.call("poll_oneoff", {0, 1000, 2, 900}) == kSuccess);  // nothing to read: the time
  CHECK(guest.at<uint32_t>(900) == 1);
  CHECK(guest.at<uint64_t>(1000) == 12);
  CHECK(guest.at<uint16_t>(1008) == kSuccess);
  CHECK(guest.at<uint8_t>(1010) == 0);

  REQUIRE(write(ends[1], "abc", 3) == 3);
  subscribe_fd(96, 13, 2, 1);
  subscribe_fd(144, 14, 1, 77);
  subscribe_clock(192, 15, 2, 0, 0);
  subscribe_clock(48, 12, 1, UINT64_MAX, 0);
  REQUIRE(guest.call("poll_oneoff", {0, 1000, 5, 900}) == kSuccess);
  REQUIRE(guest.at<uint32_t>(900) == 4);
  CHECK(guest.at<uint64_t>(1000) == 11);
  CHECK(guest.at<uint8_t>(1010) == 1);
  CHECK(guest.at<uint64_t>(1016) == 3);  // bytes to read
  CHECK(guest.at<uint64_t>(1032) == 13);
  CHECK(guest.at<uint64_t>(1064) == 14);
  CHECK(guest.at<uint16_t>(1072) == kBadf);
  CHECK(guest.at<uint64_t>(1096) == 15);  // the processor's time cannot be waited for
  CHECK(guest.at<uint16_t>(1104) == kNotsup);

  subscribe_clock(0, 1, 0, 1, 1);  // a realtime long ago
  REQUIRE(guest.call("poll_oneoff", {0, 1000, 1, 900}) == kSuccess);
  CHECK(guest.at<uint32_t>(900) == 1);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a guest that waits is stopped from outside") {
  Guest guest;
  guest.put<uint8_t>(8, 0);
  guest.put<uint32_t>(16, 1);
  guest.put<uint64_t>(24, UINT64_MAX);
  api::InterruptHandle handle = guest.store().interrupt_handle();
  std::thread other([handle] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    handle.interrupt();
  });
  auto ended = guest.try_call("poll_oneoff", {0, 1000, 1, 900});
  other.join();
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().kind() == api::ErrorKind::interrupted);
  REQUIRE(guest.store().set_deadline(std::chrono::milliseconds(30)).ok());
  ended = guest.try_call("poll_oneoff", {0, 1000, 1, 900});
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().kind() == api::ErrorKind::deadline);
}

TEST_CASE("sockets: only those that are streams of the guest") {
  Scratch scratch;
  scratch.write("inside/file", "text");
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  api::WasiConfig config = with_dir(scratch);
  config.stdin_fd = ends[0];
  Guest guest(std::move(config));
  int file = guest.open("file");
  guest.put<uint32_t>(0, 100);
  guest.put<uint32_t>(4, 10);
  CHECK(guest.call("sock_shutdown", {file, 1}) == kNotsock);
  CHECK(guest.call("sock_recv", {file, 0, 1, 0, 16, 20}) == kNotsock);
  CHECK(guest.call("sock_send", {3, 0, 1, 0, 16}) == kNotsock);
  CHECK(guest.call("sock_accept", {99, 0, 16}) == kBadf);
  REQUIRE(write(ends[1], "abc", 3) == 3);
  REQUIRE(guest.call("sock_recv", {0, 0, 1, 1, 16, 20}) == kSuccess);  // peeks
  CHECK(guest.at<uint32_t>(16) == 3);
  REQUIRE(guest.call("sock_recv", {0, 0, 1, 0, 16, 20}) == kSuccess);
  CHECK(guest.text(100, 3) == "abc");
  CHECK(guest.call("sock_send", {0, 0, 1, 0, 16}) == kBadf);  // standard input
  CHECK(guest.call("sock_shutdown", {0, 0}) == kInval);
  CHECK(guest.call("sock_shutdown", {0, 1}) == kSuccess);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("wasi_unstable has layouts of its own") {
  Scratch scratch;
  scratch.write("inside/file", "text");
  Guest guest(with_dir(scratch), "wasi_unstable");
  int file = guest.open("file");
  REQUIRE(guest.call("fd_seek", {file, -1, 1, 0}) == kSuccess);  // from the end
  CHECK(guest.at<uint64_t>(0) == 3);
  REQUIRE(guest.call("fd_filestat_get", {file, 200}) == kSuccess);
  CHECK(guest.at<uint32_t>(220) == 1);
  CHECK(guest.at<uint64_t>(224) == 4);
  guest.put<uint64_t>(0, 5);
  guest.put<uint8_t>(8, 0);
  guest.put<uint64_t>(16, 99);
  guest.put<uint32_t>(24, 1);
  guest.put<uint64_t>(32, 1000);
  REQUIRE(guest.call("poll_oneoff", {0, 1000, 1, 900}) == kSuccess);
  CHECK(guest.at<uint64_t>(1000) == 5);
  CHECK(guest.at<uint16_t>(1008) == kSuccess);
}

TEST_CASE("each store has a process of its own") {
  Scratch scratch;
  scratch.write("inside/file", "");
  api::Engine engine;
  api::Linker linker(engine);
  auto wasi = api::Wasi::create(with_dir(scratch));
  wasi->add_to(linker);
  auto code = api::Module::from_text(engine, module_text("wasi_snapshot_preview1", true));
  api::Store first(engine), second(engine);
  auto one = linker.instantiate(first, *code), two = linker.instantiate(second, *code);
  auto again = linker.instantiate(first, *code);  // a second instance in the same process
  REQUIRE((one.ok() && two.ok() && again.ok()));
  auto close_fd = [](api::Instance& instance) { return *(*instance.typed<int32_t(int32_t)>("fd_close"))(3); };
  CHECK(close_fd(*one) == kSuccess);
  CHECK(close_fd(*again) == kBadf);
  CHECK(close_fd(*two) == kSuccess);
}
