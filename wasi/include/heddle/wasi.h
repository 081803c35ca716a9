// WASI for guests: what a program compiled for wasm32-wasi (C, C++, Rust, Go, ...) finds as its operating system. It
// is given its standard streams and what the configuration names, nothing else.
//
//   WasiConfig config;
//   config.args = {"app", "--verbose"};
//   config.dirs = {{.host = "data", .guest = "/data", .read_only = true}};
//   Result<Wasi> wasi = Wasi::create(std::move(config));
//   wasi->add_to(linker);
//
// A program is run by calling its `_start`. When it ends itself, the call gives an error of kind `exited`, which
// carries the exit code: 0 is success.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <heddle/linker.h>

namespace heddle::wasi::p1 {
class Functions;
}  // namespace heddle::wasi::p1

namespace heddle::api {

struct WasiConfig {
  std::vector<std::string> args;  // the first is the program's own name
  std::vector<std::pair<std::string, std::string>> env;
  struct Dir {
    std::string host, guest;  // a folder, and what the guest calls it
    bool read_only = false;   // nothing in it may be made, changed or removed
  };
  std::vector<Dir> dirs;
  // Files of the process that are the guest's standard streams; -1: it has none. They are not closed. Writes to a
  // pipe that nobody reads raise SIGPIPE, which the process may want to ignore: the guest then gets an error.
  int stdin_fd = 0, stdout_fd = 1, stderr_fd = 2;
  uint32_t max_descriptors = 1024;  // that a guest may have open
};

// Threads: may be added to any number of linkers. Each store in which a module imports WASI has a process of its own:
// arguments and directories are those of the configuration, descriptors and what else changes are the store's.
class Wasi {
 public:
  // Opens the directories. Errors: misuse (a NUL in a text), system (a directory that is not there).
  static Result<Wasi> create(WasiConfig config);

  // Defines wasi_snapshot_preview1 and its predecessor wasi_unstable.
  void add_to(Linker& linker) const;

 private:
  friend struct detail::Access;
  explicit Wasi(std::shared_ptr<wasi::p1::Functions> functions) : functions_(std::move(functions)) {}
  std::shared_ptr<wasi::p1::Functions> functions_;
};

}  // namespace heddle::api
