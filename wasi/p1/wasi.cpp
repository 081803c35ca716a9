// The public face: from a WasiConfig to what guests are granted.
#include <cstring>

#include "wasi/host/directory.h"
#include "wasi/p1/functions.h"

namespace heddle::api {
namespace {

using wasi::p1::Grants;

bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

Result<Grants> grant(WasiConfig config) {
  Grants grants;
  for (const std::string& arg : config.args) {
    if (has_nul(arg)) return Error(ErrorKind::misuse, "an argument of the guest holds a NUL");
  }
  grants.args = std::move(config.args);
  for (const auto& [name, value] : config.env) {
    if (name.empty() || has_nul(name) || has_nul(value) || name.find('=') != std::string::npos) {
      return Error(ErrorKind::misuse, "`" + name + "` is no environment variable");
    }
    grants.env.emplace_back(name).append("=").append(value);
  }
  for (WasiConfig::Dir& dir : config.dirs) {
    auto opened = wasi::open_directory(dir.host, !dir.read_only);
    if (!opened) {
      return Error(ErrorKind::system, "directory `" + dir.host + "`: " + std::strerror(opened.error().code));
    }
    grants.preopens.push_back({std::move(opened.value().fd), std::move(dir.guest), !dir.read_only});
  }
  grants.streams[0] = config.stdin_fd;
  grants.streams[1] = config.stdout_fd;
  grants.streams[2] = config.stderr_fd;
  grants.max_descriptors = config.max_descriptors;
  return grants;
}

}  // namespace

Result<Wasi> Wasi::create(WasiConfig config) {
  auto functions = wasi::p1::make_functions(std::move(config));
  if (!functions) return functions.error();
  return Wasi(std::move(*functions));
}

void Wasi::add_to(Linker& linker) const {
  linker.define_module("wasi_snapshot_preview1", functions_);
  linker.define_module("wasi_unstable", functions_);
}

}  // namespace heddle::api

namespace heddle::wasi::p1 {

api::Result<std::shared_ptr<Functions>> make_functions(api::WasiConfig config) {
  api::Result<Grants> grants = api::grant(std::move(config));
  if (!grants) return grants.error();
  return std::make_shared<Functions>(std::make_shared<const Grants>(std::move(*grants)));
}

}  // namespace heddle::wasi::p1
