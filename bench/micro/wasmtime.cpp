#include "micro/wasmtime.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "component/binary/encode.h"
#include "component/syntax/features.h"
#include "component/text/parse.h"

namespace heddle::bench {
namespace {

struct Bytes {
  size_t size = 0;
  char* data = nullptr;
};

// A value: what kind it is, and room for any.
struct Val {
  static constexpr uint8_t kU32 = 6;
  uint8_t kind = kU32;
  union {
    uint32_t u32;
    uint64_t room[3];
  };
};

using HostFunc = void* (*)(void* data, void* context, const void* type, Val* args, size_t count, Val* results,
                           size_t result_count);

// The functions, by their names in the library.
struct Library {
  template <class F>
  void get(F& function, const char* name) {
    void* found = dlsym(handle, name);
    if (!found) {
      std::fprintf(stderr, "libwasmtime has no %s\n", name);
      std::abort();
    }
    static_assert(sizeof(function) == sizeof(found));
    std::memcpy(&function, &found, sizeof(found));
  }
  explicit Library(const char* path) : handle(path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr) {
    if (!handle) return;
    get(config_new, "wasm_config_new");
    get(async_set, "wasmtime_config_wasm_component_model_async_set");
    get(engine_new, "wasm_engine_new_with_config");
    get(engine_delete, "wasm_engine_delete");
    get(component_new, "wasmtime_component_new");
    get(component_delete, "wasmtime_component_delete");
    get(linker_new, "wasmtime_component_linker_new");
    get(linker_delete, "wasmtime_component_linker_delete");
    get(linker_root, "wasmtime_component_linker_root");
    get(add_func, "wasmtime_component_linker_instance_add_func");
    get(root_delete, "wasmtime_component_linker_instance_delete");
    get(store_new, "wasmtime_store_new");
    get(store_delete, "wasmtime_store_delete");
    get(store_context, "wasmtime_store_context");
    get(instantiate, "wasmtime_component_linker_instantiate");
    get(export_index, "wasmtime_component_instance_get_export_index");
    get(export_index_delete, "wasmtime_component_export_index_delete");
    get(get_func, "wasmtime_component_instance_get_func");
    get(call, "wasmtime_component_func_call");
    get(call_async, "wasmtime_component_func_call_async");
    get(poll, "wasmtime_call_future_poll");
    get(future_delete, "wasmtime_call_future_delete");
    get(message, "wasmtime_error_message");
  }
  void check(void* error) const {
    if (!error) return;
    Bytes words;
    message(error, &words);
    std::fprintf(stderr, "wasmtime: %.*s\n", static_cast<int>(words.size), words.data);
    std::abort();
  }

  void* handle;
  void* (*config_new)() = nullptr;
  void (*async_set)(void* config, bool on) = nullptr;
  void* (*engine_new)(void* config) = nullptr;
  void (*engine_delete)(void* engine) = nullptr;
  void* (*component_new)(void* engine, const uint8_t* bytes, size_t size, void** made) = nullptr;
  void (*component_delete)(void* component) = nullptr;
  void* (*linker_new)(void* engine) = nullptr;
  void (*linker_delete)(void* linker) = nullptr;
  void* (*linker_root)(void* linker) = nullptr;
  void* (*add_func)(void* root, const char* name, size_t size, HostFunc function, void* data,
                    void (*finalizer)(void*)) = nullptr;
  void (*root_delete)(void* root) = nullptr;
  void* (*store_new)(void* engine, void* data, void (*finalizer)(void*)) = nullptr;
  void (*store_delete)(void* store) = nullptr;
  void* (*store_context)(void* store) = nullptr;
  void* (*instantiate)(void* linker, void* context, void* component, void* made) = nullptr;
  void* (*export_index)(const void* instance, void* context, const void* outer, const char* name,
                        size_t size) = nullptr;
  void (*export_index_delete)(void* index) = nullptr;
  bool (*get_func)(const void* instance, void* context, const void* index, Wasmtime::Func* found) = nullptr;
  void* (*call)(const Wasmtime::Func* func, void* context, const Val* args, size_t count, Val* results,
                size_t result_count) = nullptr;
  void* (*call_async)(const Wasmtime::Func* func, void* context, const Val* args, size_t count, Val* results,
                      size_t result_count, void** error) = nullptr;
  bool (*poll)(void* future) = nullptr;
  void (*future_delete)(void* future) = nullptr;
  void (*message)(void* error, Bytes* words) = nullptr;
};

const Library& library() {
  static const Library made(std::getenv("HEDDLE_LIBWASMTIME"));
  return made;
}

const Library& loaded() {
  const Library& lib = library();
  if (!lib.handle) std::abort();  // who asks has looked whether it is there
  return lib;
}

std::vector<uint8_t> encoded(const std::string& text) {
  component::Features features;
  features.set(component::Feature::async_stackful, true);
  auto parsed = component::parse(text, features, Features(), nullptr);
  if (!parsed.ok()) std::abort();
  return component::encode(parsed.value().component);
}

void* twice(void*, void*, const void*, Val* args, size_t, Val* results, size_t) {
  results[0].kind = Val::kU32;
  results[0].u32 = 2 * args[0].u32;
  return nullptr;
}

}  // namespace

bool Wasmtime::missing(benchmark::State& state) {
  if (library().handle) return false;
  state.SkipWithError("HEDDLE_LIBWASMTIME names no library");
  return true;
}

Wasmtime::Wasmtime(const std::string& text) {
  const Library& lib = loaded();
  void* config = lib.config_new();
  lib.async_set(config, true);
  engine_ = lib.engine_new(config);
  const std::vector<uint8_t> bytes = encoded(text);
  lib.check(lib.component_new(engine_, bytes.data(), bytes.size(), &component_));
  linker_ = lib.linker_new(engine_);
  void* root = lib.linker_root(linker_);
  lib.check(lib.add_func(root, "double", 6, &twice, nullptr, nullptr));
  lib.root_delete(root);
  renew();
}

Wasmtime::~Wasmtime() {
  const Library& lib = loaded();
  lib.store_delete(store_);
  lib.linker_delete(linker_);
  lib.component_delete(component_);
  lib.engine_delete(engine_);
}

void Wasmtime::renew() {
  const Library& lib = loaded();
  if (store_) lib.store_delete(store_);
  store_ = lib.store_new(engine_, nullptr, nullptr);
  context_ = lib.store_context(store_);
  instantiate();
}

void Wasmtime::instantiate() { loaded().check(loaded().instantiate(linker_, context_, component_, &instance_)); }

Wasmtime::Func Wasmtime::func(const char* name) const {
  const Library& lib = loaded();
  void* index = lib.export_index(&instance_, context_, nullptr, name, std::strlen(name));
  Func found;
  if (!index || !lib.get_func(&instance_, context_, index, &found)) std::abort();
  lib.export_index_delete(index);
  return found;
}

void Wasmtime::call(const Func& func, const std::vector<uint32_t>& args, uint32_t* result) const {
  Val values[4], given;
  for (size_t i = 0; i < args.size(); ++i) values[i].u32 = args[i];
  loaded().check(loaded().call(&func, context_, values, args.size(), &given, result ? 1 : 0));
  if (result) *result = given.u32;
}

void Wasmtime::call_async(const Func& func, const std::vector<uint32_t>& args) const {
  const Library& lib = loaded();
  Val values[4];
  for (size_t i = 0; i < args.size(); ++i) values[i].u32 = args[i];
  void* error = nullptr;
  void* future = lib.call_async(&func, context_, values, args.size(), nullptr, 0, &error);
  while (!lib.poll(future)) continue;
  lib.future_delete(future);
  lib.check(error);
}

}  // namespace heddle::bench
