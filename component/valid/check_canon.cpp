// Canonical definitions (CanonicalABI.md, "Canonical Definitions"): their options, what these must say for the types
// that cross, and the core function or component function that comes out.
#include <algorithm>
#include <array>
#include <string>

#include "component/valid/checker.h"

namespace heddle::component {

// What a list of options says.
struct Checker::Options {
  const CanonOption* encoding = nullptr;
  const CanonOption* memory = nullptr;
  const CanonOption* realloc = nullptr;
  const CanonOption* post_return = nullptr;
  const CanonOption* callback = nullptr;
  const CanonOption* async = nullptr;
  heddle::ValType address = kI32;  // of `memory`
  uint32_t pointer() const { return address == kI64 ? 8 : 4; }
};

namespace {

constexpr std::string_view kOptionNames[] = {"utf8",    "utf16",       "latin1-utf16", "memory",
                                             "realloc", "post-return", "async",        "callback"};
std::string option_name(OptionKind kind) { return quoted(kOptionNames[static_cast<size_t>(kind)]); }

std::string show(std::span<const heddle::ValType> types) {
  std::string out = "[";
  for (heddle::ValType type : types) out.append(out.size() > 1 ? " " : "").append(to_string(type));
  return out + "]";
}

struct Signature {
  std::vector<heddle::ValType> params, results;
};

Flat flat_params(const Types& types, const Type& func, uint32_t pointer) {
  Flat params;
  for (const Field& field : func.fields) params.append(abi_of(types, field.type, pointer).flat);
  return params;
}

// flatten_functype: `lift` is the function a guest exports, else it is one that it imports.
Signature flatten(const Types& types, const Type& func, uint32_t pointer, bool lift, bool async, bool callback) {
  const heddle::ValType address = pointer == 8 ? kI64 : kI32;
  Signature core;
  const Flat params = flat_params(types, func, pointer);
  const size_t most = async && !lift ? kMaxFlatAsyncParams : kMaxFlatParams;
  if (params.overflows(most)) {
    core.params.push_back(address);
  } else {
    params.append_to(core.params);
  }
  const bool has_result = func.first.present();
  if (async) {
    if (!lift && has_result) core.params.push_back(address);
    if (!lift || callback) core.results.push_back(kI32);
    return core;
  }
  if (!has_result) return core;
  const Flat result = abi_of(types, func.first, pointer).flat;
  if (!result.overflows(kMaxFlatResults)) {
    result.append_to(core.results);
  } else {
    (lift ? core.results : core.params).push_back(address);
  }
  return core;
}

bool has_pointer(const Types& types, ValType type) {
  if (!type.present()) return false;
  return type.is_primitive() ? type.primitive() == Primitive::string : types[type].has_pointer;
}

bool has_pointer(const Types& types, const List<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& f) { return has_pointer(types, f.type); });
}

bool equal(std::span<const heddle::ValType> a, std::span<const heddle::ValType> b) {
  return std::ranges::equal(a, b);
}

}  // namespace

// --- options

Result<heddle::ValType> Checker::address_of(uint32_t memory) {
  const CanonicalType given = TRY(core_entity_at({Sort::core_memory, memory}));
  CanonicalType wanted{.kind = ExternKind::memory};
  wanted.memory.addr64 = given.memory.addr64;
  wanted.memory.page_size_log2 = given.memory.page_size_log2;
  if (given.memory.addr64) TRY(context_.need(Feature::memory64, "a 64-bit memory"));
  TRY(match_core(context_, registry_, given, wanted));
  return given.memory.addr64 ? kI64 : kI32;
}

Result<void> Checker::option(const CanonOption& option, Options& options) {
  auto once = [&](const CanonOption*& place) -> Result<void> {
    if (place) {
      return context_.fail("canonical option " + option_name(option.kind) + " is specified more than once");
    }
    place = &option;
    return {};
  };
  switch (option.kind) {
    case OptionKind::utf8:
    case OptionKind::utf16:
    case OptionKind::latin1_utf16:
      if (options.encoding) {
        return context_.fail("canonical encoding option " + option_name(options.encoding->kind) +
                             " conflicts with option " + option_name(option.kind));
      }
      options.encoding = &option;
      return {};
    case OptionKind::memory:
      TRY(once(options.memory));
      options.address = TRY(address_of(option.index));
      return {};
    case OptionKind::realloc: return once(options.realloc);
    case OptionKind::post_return: return once(options.post_return);
    case OptionKind::async:
      TRY(context_.need(Feature::async, "canonical option `async`"));
      return once(options.async);
    case OptionKind::callback: return once(options.callback);
  }
  return {};
}

Result<Checker::Options> Checker::options(const Canon& canon) {
  Options options;
  for (const CanonOption& option : canon.options) TRY(this->option(option, options));
  if (options.callback && !options.async) return context_.fail("canonical option `callback` requires `async`");
  if (options.post_return && options.async) {
    return context_.fail("canonical option `post-return` cannot be specified with `async`");
  }
  if (options.realloc) TRY(check_realloc(options));
  if (canon.op == CanonOp::lift) return options;
  for (const CanonOption* only_lift : {options.post_return, options.callback}) {
    if (!only_lift) continue;
    return context_.fail("canonical option " + option_name(only_lift->kind) + " cannot be specified for lowerings");
  }
  return options;
}

Result<void> Checker::check_realloc(const Options& options) {
  if (!options.memory) return context_.fail("canonical option `realloc` requires `memory` to also be specified");
  const heddle::DefType& func = registry_[TRY(core_func_at(options.realloc->index))];
  const std::array<heddle::ValType, 4> params = {options.address, options.address, options.address, options.address};
  if (equal(func.params, params) && equal(func.results, std::array{options.address})) return {};
  return context_.fail("canonical option `realloc` uses a core function with an incorrect signature");
}

Result<void> Checker::require_memory(const Options& options) {
  return options.memory ? Result<void>() : context_.fail("canonical option `memory` is required");
}

Result<void> Checker::require_realloc(const Options& options) {
  TRY(require_memory(options));
  return options.realloc ? Result<void>() : context_.fail("canonical option `realloc` is required");
}

Result<void> Checker::async_only_for(const Options& options, const Type& func) {
  if (!options.async || func.kind == TypeKind::async_func) return {};
  return context_.fail("the `async` canonical option requires an async function type");
}

// --- lift and lower

Result<void> Checker::lift(const Canon& canon) {
  const TypeId type = TRY(func_type_at(canon.type));
  const Type& func = types_[type];
  const heddle::DefType& callee = registry_[TRY(core_func_at(canon.func))];
  const Options options = TRY(this->options(canon));
  if (options.post_return) {
    const heddle::DefType& post = registry_[TRY(core_func_at(options.post_return->index))];
    if (!equal(post.params, callee.results) || !post.results.empty()) {
      return context_.fail("canonical option `post-return` uses a core function with an incorrect signature");
    }
  }
  if (options.callback) {
    const heddle::DefType& callback = registry_[TRY(core_func_at(options.callback->index))];
    if (!equal(callback.params, std::array{kI32, kI32, kI32}) || !equal(callback.results, std::array{kI32})) {
      return context_.fail("canonical option `callback` uses a core function with an incorrect signature");
    }
  } else if (options.async) {
    TRY(context_.need(Feature::async_stackful, "canonical option `async` without `callback`"));
  }
  TRY(async_only_for(options, func));

  const Flat params = flat_params(types_, func, options.pointer());
  if (has_pointer(types_, func.fields) || params.overflows(kMaxFlatParams)) TRY(require_realloc(options));
  if (func.first.present()) {
    const size_t most = options.async ? kMaxFlatParams : kMaxFlatResults;
    const bool in_memory = abi_of(types_, func.first, options.pointer()).flat.overflows(most);
    if (in_memory || has_pointer(types_, func.first)) TRY(require_memory(options));
  }
  const Signature core =
      flatten(types_, func, options.pointer(), true, options.async != nullptr, options.callback != nullptr);
  const std::string of = " of core function " + std::to_string(canon.func);
  if (!equal(core.params, callee.params)) {
    return context_.fail("lowered parameter types `" + show(core.params) + "` do not match parameter types `" +
                         show({callee.params.data(), callee.params.size()}) + "`" + of);
  }
  if (!equal(core.results, callee.results)) {
    return context_.fail("lowered result types `" + show(core.results) + "` do not match result types `" +
                         show({callee.results.data(), callee.results.size()}) + "`" + of);
  }
  spaces().funcs.push_back(type);
  return {};
}

Result<void> Checker::lower(const Canon& canon) {
  const Type& func = types_[TRY(func_at(canon.func))];
  const Options options = TRY(this->options(canon));
  TRY(async_only_for(options, func));
  const Flat params = flat_params(types_, func, options.pointer());
  const size_t most = options.async ? kMaxFlatAsyncParams : kMaxFlatParams;
  if (has_pointer(types_, func.fields) || params.overflows(most)) TRY(require_memory(options));
  if (func.first.present()) {
    if (has_pointer(types_, func.first)) TRY(require_realloc(options));
    // An asynchronous call puts any result into memory. One without results needs none, whatever CanonicalABI.md
    // says: the official suite has such calls.
    const bool in_memory = abi_of(types_, func.first, options.pointer()).flat.overflows(kMaxFlatResults);
    if (in_memory || options.async) TRY(require_memory(options));
  }
  const Signature core = flatten(types_, func, options.pointer(), false, options.async != nullptr, false);
  spaces().core_funcs.push_back(TRY(core_func_type(core.params, core.results)));
  return {};
}

// --- built-ins

Result<void> Checker::core_func(std::initializer_list<heddle::ValType> params,
                                std::initializer_list<heddle::ValType> results) {
  spaces().core_funcs.push_back(
      TRY(core_func_type({params.begin(), params.size()}, {results.begin(), results.size()})));
  return {};
}

// new, drop, rep
Result<void> Checker::resource_builtin(const Canon& canon) {
  const ResourceId id = types_.resource(TRY(resource_at(canon.type)));
  if (canon.op == CanonOp::resource_drop) return core_func({kI32}, {});
  const auto own = scope().own.find(id);
  if (own == scope().own.end()) {
    return context_.fail("type " + std::to_string(canon.type) + " is not a local resource");
  }
  return canon.op == CanonOp::resource_new ? core_func({own->second}, {kI32}) : core_func({kI32}, {own->second});
}

Result<void> Checker::task_return(const Canon& canon) {
  Type func;
  func.kind = TypeKind::func;
  if (canon.result.present()) func.fields.push_back({"v", TRY(val_type(canon.result))});
  const Options options = TRY(this->options(canon));
  for (const CanonOption* refused : {options.realloc, options.async}) {
    if (!refused) continue;
    return context_.fail("cannot specify " + option_name(refused->kind) + " option on `task.return`");
  }
  const Signature core = flatten(types_, func, options.pointer(), false, false, false);
  const Flat params = flat_params(types_, func, options.pointer());
  if (has_pointer(types_, func.fields) || params.overflows(kMaxFlatParams)) TRY(require_memory(options));
  spaces().core_funcs.push_back(TRY(core_func_type(core.params, core.results)));
  return {};
}

// Those of streams and futures that copy: read and write.
Result<void> Checker::copy_builtin(const Canon& canon) {
  const bool stream = canon.op == CanonOp::stream_read || canon.op == CanonOp::stream_write;
  const bool read = canon.op == CanonOp::stream_read || canon.op == CanonOp::future_read;
  const std::string name = quoted(info(canon.op).text);
  const TypeId type = TRY(type_at(canon.type));
  if (types_.kind(type) != (stream ? TypeKind::stream : TypeKind::future)) {
    return context_.fail(name + " requires a " + (stream ? "stream" : "future") + " type");
  }
  const ValType elem = types_[type].first;
  const Options options = TRY(this->options(canon));
  if (!options.async) TRY(context_.need(Feature::more_async_builtins, "synchronous " + name));
  if (elem.present()) TRY(require_memory(options));
  if (read && has_pointer(types_, elem)) TRY(require_realloc(options));
  const heddle::ValType address = options.address;
  return stream ? core_func({kI32, address, address}, {address}) : core_func({kI32, address}, {kI32});
}

Result<void> Checker::context_builtin(const Canon& canon) {
  const std::string name = quoted(info(canon.op).text);
  if (canon.slot_type == kI64) {
    TRY(context_.need(Feature::memory64, "64-bit " + name));
  } else if (canon.slot_type != kI32) {
    return context_.fail(name + " only supports `i32` or `i64`");
  }
  if (canon.slot > 1) {
    return context_.fail(name + " immediate must be zero or one: " + std::to_string(canon.slot));
  }
  heddle::ValType& type = scope().context_type;
  if (!type.is_bot() && type != canon.slot_type)
    return context_.fail(name + " type must match previous context type");
  type = canon.slot_type;
  return canon.op == CanonOp::context_get ? core_func({}, {type}) : core_func({type}, {});
}

Result<void> Checker::error_context_builtin(const Canon& canon) {
  const Options options = TRY(this->options(canon));
  if (options.async) {
    return context_.fail("cannot specify `async` option on " + quoted(info(canon.op).text));
  }
  TRY(require_memory(options));
  if (canon.op == CanonOp::error_context_new) return core_func({options.address, options.address}, {kI32});
  TRY(require_realloc(options));
  return core_func({kI32, options.address}, {});
}

// new-indirect, spawn-ref, spawn-indirect
Result<void> Checker::thread_builtin(const Canon& canon) {
  const std::string name = quoted(info(canon.op).text);
  const heddle::TypeId id = TRY(core_type_at(canon.core_type));
  if (is_module(id)) return context_.fail("expected a core function type");
  const heddle::DefType& start = registry_[id];
  if (start.kind != CompKind::func) return context_.fail("start type of " + name + " must be a function");
  const bool fits = start.params.size() == 1 && (start.params[0] == kI32 || start.params[0] == kI64);
  if (!fits || !start.results.empty()) {
    return context_.fail("start function of " + name + " must take a single `i32` or `i64` and return nothing");
  }
  const heddle::ValType argument = start.params[0];
  if (argument == kI64) TRY(context_.need(Feature::memory64, "a start function that takes an `i64`"));
  if (canon.shared) return context_.fail(name + ": the start function must be shared, and core functions are not");
  if (canon.op == CanonOp::thread_spawn_ref) {
    const heddle::ValType params[] = {heddle::ValType::ref(HeapType::defined(0), true), argument}, results[] = {kI32};
    spaces().core_funcs.push_back(TRY(core_func_type(params, results, {&id, 1})));
    return {};
  }
  const CanonicalType table = TRY(core_entity_at({Sort::core_table, canon.core_table}));
  if (!registry_.matches(table.table.elem, kFuncRef)) {
    return context_.fail(name + ": expected a table of funcref, found " + to_string(table.table.elem));
  }
  if (table.table.addr64) TRY(context_.need(Feature::memory64, "a 64-bit table"));
  return core_func({table.table.addr64 ? kI64 : kI32, argument}, {kI32});
}

namespace {

// Built-ins whose type is always the same: `i` is an i32, `l` an i64.
struct Fixed {
  CanonOp op;
  std::string_view params, results;
};
constexpr Fixed kFixed[] = {
    {CanonOp::task_cancel, "", ""},
    {CanonOp::subtask_cancel, "i", "i"},
    {CanonOp::thread_yield, "", "i"},
    {CanonOp::subtask_drop, "i", ""},
    {CanonOp::stream_new, "", "l"},
    {CanonOp::stream_cancel_read, "i", "i"},
    {CanonOp::stream_cancel_write, "i", "i"},
    {CanonOp::stream_drop_readable, "i", ""},
    {CanonOp::stream_drop_writable, "i", ""},
    {CanonOp::future_new, "", "l"},
    {CanonOp::future_cancel_read, "i", "i"},
    {CanonOp::future_cancel_write, "i", "i"},
    {CanonOp::future_drop_readable, "i", ""},
    {CanonOp::future_drop_writable, "i", ""},
    {CanonOp::error_context_drop, "i", ""},
    {CanonOp::waitable_set_new, "", "i"},
    {CanonOp::waitable_set_drop, "i", ""},
    {CanonOp::waitable_join, "ii", ""},
    {CanonOp::backpressure_inc, "", ""},
    {CanonOp::backpressure_dec, "", ""},
    {CanonOp::thread_index, "", "i"},
    {CanonOp::thread_resume_later, "i", ""},
    {CanonOp::thread_suspend, "", "i"},
    {CanonOp::thread_suspend_then_resume, "i", "i"},
    {CanonOp::thread_yield_then_resume, "i", "i"},
    {CanonOp::thread_suspend_then_promote, "i", "i"},
    {CanonOp::thread_yield_then_promote, "i", "i"},
    {CanonOp::thread_available_parallelism, "", "i"},
};

std::vector<heddle::ValType> core_types(std::string_view letters) {
  std::vector<heddle::ValType> types;
  for (char letter : letters) types.push_back(letter == 'l' ? kI64 : kI32);
  return types;
}

}  // namespace

// What such a built-in names, and its type.
Result<void> Checker::fixed_builtin(const Canon& canon) {
  const CanonInfo& about = info(canon.op);
  const std::string name = quoted(about.text);
  if (about.operands == Operands::type || about.operands == Operands::type_async) {
    const bool stream = about.text.starts_with("stream");
    if (types_.kind(TRY(type_at(canon.type))) != (stream ? TypeKind::stream : TypeKind::future)) {
      return context_.fail(name + " requires a " + (stream ? "stream" : "future") + " type");
    }
  }
  if (canon.async) TRY(context_.need(Feature::more_async_builtins, "async " + name));
  if (canon.shared) return context_.fail(name + ": there are no shared core functions");
  const auto* fixed =
      std::find_if(std::begin(kFixed), std::end(kFixed), [&](const Fixed& f) { return f.op == canon.op; });
  HEDDLE_ASSERT(fixed != std::end(kFixed));
  spaces().core_funcs.push_back(TRY(core_func_type(core_types(fixed->params), core_types(fixed->results))));
  return {};
}

Result<void> Checker::canon(const Canon& canon) {
  context_.at = canon.at;
  TRY(context_.need(info(canon.op).feature, quoted(info(canon.op).text)));
  switch (canon.op) {
    case CanonOp::lift: return lift(canon);
    case CanonOp::lower: return lower(canon);
    case CanonOp::resource_new:
    case CanonOp::resource_drop:
    case CanonOp::resource_rep: return resource_builtin(canon);
    case CanonOp::task_return: return task_return(canon);
    case CanonOp::context_get:
    case CanonOp::context_set: return context_builtin(canon);
    case CanonOp::stream_read:
    case CanonOp::stream_write:
    case CanonOp::future_read:
    case CanonOp::future_write: return copy_builtin(canon);
    case CanonOp::error_context_new:
    case CanonOp::error_context_debug_message: return error_context_builtin(canon);
    case CanonOp::waitable_set_wait:
    case CanonOp::waitable_set_poll: {
      const heddle::ValType address = TRY(address_of(canon.core_memory));
      return core_func({kI32, address}, {kI32});
    }
    case CanonOp::thread_new_indirect:
    case CanonOp::thread_spawn_ref:
    case CanonOp::thread_spawn_indirect: return thread_builtin(canon);
    default: return fixed_builtin(canon);
  }
}

}  // namespace heddle::component
