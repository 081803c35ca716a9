#include "wasi/p1/functions.h"

#include <algorithm>

#include "wasi/p1/abi.h"
#include "wasi/p1/unstable.h"

namespace heddle::wasi::p1 {
namespace {

constexpr HostFn kFunctions[] = {
    host_fn<&args_get>("args_get"),
    host_fn<&args_sizes_get>("args_sizes_get"),
    host_fn<&environ_get>("environ_get"),
    host_fn<&environ_sizes_get>("environ_sizes_get"),
    host_fn<&clock_res_get>("clock_res_get"),
    host_fn<&clock_time_get>("clock_time_get"),
    host_fn<&fd_advise>("fd_advise"),
    host_fn<&fd_allocate>("fd_allocate"),
    host_fn<&fd_close>("fd_close"),
    host_fn<&fd_datasync>("fd_datasync"),
    host_fn<&fd_fdstat_get>("fd_fdstat_get"),
    host_fn<&fd_fdstat_set_flags>("fd_fdstat_set_flags"),
    host_fn<&fd_fdstat_set_rights>("fd_fdstat_set_rights"),
    host_fn<&fd_filestat_get>("fd_filestat_get"),
    host_fn<&fd_filestat_set_size>("fd_filestat_set_size"),
    host_fn<&fd_filestat_set_times>("fd_filestat_set_times"),
    host_fn<&fd_pread>("fd_pread"),
    host_fn<&fd_prestat_get>("fd_prestat_get"),
    host_fn<&fd_prestat_dir_name>("fd_prestat_dir_name"),
    host_fn<&fd_pwrite>("fd_pwrite"),
    host_fn<&fd_read>("fd_read"),
    host_fn<&fd_readdir>("fd_readdir"),
    host_fn<&fd_renumber>("fd_renumber"),
    host_fn<&fd_seek>("fd_seek"),
    host_fn<&fd_sync>("fd_sync"),
    host_fn<&fd_tell>("fd_tell"),
    host_fn<&fd_write>("fd_write"),
    host_fn<&path_create_directory>("path_create_directory"),
    host_fn<&path_filestat_get>("path_filestat_get"),
    host_fn<&path_filestat_set_times>("path_filestat_set_times"),
    host_fn<&path_link>("path_link"),
    host_fn<&path_open>("path_open"),
    host_fn<&path_readlink>("path_readlink"),
    host_fn<&path_remove_directory>("path_remove_directory"),
    host_fn<&path_rename>("path_rename"),
    host_fn<&path_symlink>("path_symlink"),
    host_fn<&path_unlink_file>("path_unlink_file"),
    host_fn<&poll_oneoff>("poll_oneoff"),
    host_fn<&proc_exit>("proc_exit"),
    host_fn<&proc_raise>("proc_raise"),
    host_fn<&sched_yield>("sched_yield"),
    host_fn<&random_get>("random_get"),
    host_fn<&sock_accept>("sock_accept"),
    host_fn<&sock_recv>("sock_recv"),
    host_fn<&sock_send>("sock_send"),
    host_fn<&sock_shutdown>("sock_shutdown"),
};

// Instead of those, in wasi_unstable. It has no sock_accept, which does no harm.
constexpr HostFn kUnstable[] = {
    host_fn<&unstable::fd_filestat_get>("fd_filestat_get"),
    host_fn<&unstable::fd_seek>("fd_seek"),
    host_fn<&unstable::path_filestat_get>("path_filestat_get"),
    host_fn<&unstable::poll_oneoff>("poll_oneoff"),
};

const HostFn* find_in(std::span<const HostFn> functions, std::string_view name) {
  auto found = std::find_if(functions.begin(), functions.end(), [&](const HostFn& f) { return f.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

const HostFn* find_function(std::string_view module, std::string_view name) {
  if (module == "wasi_unstable") {
    if (const HostFn* found = find_in(kUnstable, name)) return found;
  } else if (module != "wasi_snapshot_preview1") {
    return nullptr;
  }
  return find_in(kFunctions, name);
}

void drop_process(void* env) { delete static_cast<std::shared_ptr<P1>*>(env); }

}  // namespace

bool is_wasi(std::string_view module) { return module == "wasi_snapshot_preview1" || module == "wasi_unstable"; }

std::vector<std::string> function_names(std::string_view module) {
  std::vector<std::string> names;
  if (!is_wasi(module)) return names;
  for (const HostFn& function : kFunctions) names.emplace_back(function.name);
  return names;
}

std::shared_ptr<P1> Functions::process_of(const rt::Store& store) {
  std::lock_guard guard(lock_);
  std::erase_if(processes_, [](const Process& process) { return process.p1.expired(); });
  for (const Process& process : processes_) {
    if (process.engine != store.engine.get() || process.store_id != store.id) continue;
    if (std::shared_ptr<P1> p1 = process.p1.lock()) return p1;
  }
  auto p1 = std::make_shared<P1>(grants_);
  processes_.push_back({store.engine.get(), store.id, p1});
  return p1;
}

rt::FuncRef* Functions::find(rt::Store& store, std::string_view module, std::string_view name) {
  const HostFn* function = find_function(module, name);
  if (!function) return nullptr;
  auto type = store.engine->types.add_func(function->params, function->results);
  if (!type.ok()) return nullptr;
  auto* env = new std::shared_ptr<P1>(process_of(store));
  return store.add_host_func(std::move(type).value(), function->call, env, &drop_process);
}

}  // namespace heddle::wasi::p1
