// Calls in both directions: the embedder's of functions, and the guest's of host functions.
#include "api/internal.h"

#include "exec/interp/frame.h"

namespace heddle::api {

using detail::Access;
using detail::HostDefinition;
using detail::StoreCell;

FuncType Func::type() const {
  auto store = detail::alive(cell_.get());
  if (!store.ok() || !func_) return {};
  return detail::type_of_func(store.value()->engine->types, func_->type);
}

Result<std::vector<Val>> Func::call(std::span<const Val> args) const {
  auto alive = detail::alive(cell_.get());
  if (!alive.ok()) return is_null() ? Error(ErrorKind::misuse, "call of a null function") : detail::gone(cell_.get());
  rt::Store& store = *alive.value();
  const DefType& type = store.engine->types[func_->type];
  if (args.size() != type.params.size()) {
    return detail::wrong_count("arguments", type.params.size(), args.size());
  }
  StoreCell* cell = cell_.get();
  rt::Slot* slots = exec::arg_slots(store, *func_);
  if (!slots) return detail::failure(cell, store.trap(ErrorCode::call_stack_exhausted));
  rt::Slot* to = slots;
  for (size_t i = 0; i < args.size(); ++i) {
    auto put = Access::to_slots(cell, args[i], type.params[i], to);
    if (!put.ok()) return detail::mismatch(put.error().code, "argument", i, type.params[i], args[i]);
    to += slots_of(type.params[i]);
  }
  rt::Outcome outcome = exec::invoke(store, *func_, slots);
  if (outcome != rt::Outcome::returned) return detail::failure(cell, outcome);
  std::vector<Val> results;
  results.reserve(type.results.size());
  const rt::Slot* from = slots;
  for (::heddle::ValType result : type.results) {
    results.push_back(Access::value(cell, result, from));
    from += slots_of(result);
  }
  return results;
}

namespace {

// The instance whose code called the host function that runs now.
Result<rt::Instance*> calling_instance(StoreCell* cell) {
  const rt::Activation* activation = cell->store->context.activation;
  if (!activation || !activation->ctx) return Error(ErrorKind::misuse, "no guest calls this function");
  return activation->ctx;
}

}  // namespace

Result<Memory> Caller::memory(std::string_view name) const {
  Result<rt::Instance*> instance = calling_instance(cell_);
  if (!instance) return instance.error();
  return Access::instance(cell_, *instance).memory(name);
}

Result<Func> Caller::func(std::string_view name) const {
  Result<rt::Instance*> instance = calling_instance(cell_);
  if (!instance) return instance.error();
  return Access::instance(cell_, *instance).func(name);
}

Error Caller::exception(const Tag& tag, std::span<const Val> args) const {
  Result<ExnRef> made = ExnRef::create(*this, tag, args);
  return made ? Error(*std::move(made)) : made.error();
}

namespace detail {
namespace {

// The callback of every host function that the public API makes; `env` is a shared_ptr to its definition.
rt::Outcome call_definition(void* env, rt::Store& store, rt::Slot* args) {
  const HostFunction& function = (*static_cast<std::shared_ptr<const HostDefinition>*>(env))->function;
  auto* cell = static_cast<StoreCell*>(store.embedder);
  Caller caller = Access::caller(cell);
  Error error;
  if (function.call(function.function.get(), cell, caller, args, error)) [[likely]]
    return rt::Outcome::returned;
  return fail(cell, error);
}

void drop_definition(void* env) { delete static_cast<std::shared_ptr<const HostDefinition>*>(env); }

std::vector<::heddle::ValType> internal(const std::vector<ValType>& types) {
  std::vector<::heddle::ValType> out;
  out.reserve(types.size());
  for (ValType type : types) out.push_back(Access::internal(type));
  return out;
}

}  // namespace

::heddle::Result<std::shared_ptr<const HostDefinition>> define(rt::Engine& engine, HostFunction function) {
  auto definition = std::make_shared<HostDefinition>();
  definition->type = TRY(engine.types.add_func(internal(function.params), internal(function.results)));
  definition->function = std::move(function);
  return std::shared_ptr<const HostDefinition>(std::move(definition));
}

rt::FuncRef* func_in(StoreCell* cell, const std::shared_ptr<const HostDefinition>& definition) {
  rt::FuncRef*& made = cell->host_funcs[definition.get()];
  if (!made) {
    auto* env = new std::shared_ptr<const HostDefinition>(definition);
    made = cell->store->add_host_func(definition->type[TypeIdx{0}], &call_definition, env, &drop_definition);
  }
  return made;
}

Result<Func> wrap(StoreRef store, HostFunction function) {
  StoreCell* cell = Access::cell(store);
  auto alive_store = alive(cell);
  if (!alive_store.ok()) return gone(cell);
  auto definition = define(*alive_store.value()->engine, std::move(function));
  if (!definition.ok()) return Access::error(definition.error().code);
  return Access::func(cell, func_in(cell, definition.value()));
}

FuncType type_of_func(const TypeRegistry& types, TypeId id) {
  const DefType& from = types[id];
  FuncType type;
  for (::heddle::ValType param : from.params) type.params.push_back(Access::external(param));
  for (::heddle::ValType result : from.results) type.results.push_back(Access::external(result));
  return type;
}

Result<void> check_signature(const Func& func, std::span<const ValType> params, std::span<const ValType> results) {
  const StoreCell* cell = Access::cell(func);
  auto store = alive(cell);
  if (func.is_null()) return Error(ErrorKind::misuse, "a null function has no signature");
  if (!store.ok()) return gone(cell);
  const TypeRegistry& types = store.value()->engine->types;
  const DefType& type = types[Access::func(func)->type];
  bool fits = params.size() == type.params.size() && results.size() == type.results.size();
  for (size_t i = 0; fits && i < params.size(); ++i)
    fits = types.matches(Access::internal(params[i]), type.params[i]);
  for (size_t i = 0; fits && i < results.size(); ++i)
    fits = types.matches(type.results[i], Access::internal(results[i]));
  if (fits) return {};
  FuncType wanted{{params.begin(), params.end()}, {results.begin(), results.end()}};
  return Access::error(ErrorCode::wrong_signature,
                       "expected " + wanted.to_string() + ", found " + func.type().to_string());
}

bool call(StoreCell* cell, const rt::FuncRef* func, uint64_t* slots, uint32_t params, uint32_t results,
          Error& error) {
  if (!cell || !cell->store) [[unlikely]]
    return error = gone(cell), false;
  rt::Store& store = *cell->store;
  rt::Slot* args = exec::arg_slots(store, *func);
  if (!args) [[unlikely]]
    return error = failure(cell, store.trap(ErrorCode::call_stack_exhausted)), false;
  for (uint32_t i = 0; i < params; ++i) args[i] = slots[i];  // a handful: faster than a call of memcpy
  rt::Outcome outcome = exec::invoke(store, *func, args);
  if (outcome != rt::Outcome::returned) [[unlikely]]
    return error = failure(cell, outcome), false;
  for (uint32_t i = 0; i < results; ++i) slots[i] = args[i];
  return true;
}

// --- references in slots

template <>
ValType RefAbi<Func>::type() {
  return ValType::funcref();
}
template <>
bool RefAbi<Func>::put(StoreCell* cell, uint64_t* slot, const Func& value) {
  *slot = rt::to_ref(Access::func(value));
  return value.is_null() || Access::cell(value) == cell;
}
template <>
Func RefAbi<Func>::get(StoreCell* cell, const uint64_t* slot) {
  return Access::func(cell, rt::to_func(*slot));
}

#define HEDDLE_ROOTED(T, type_of_it)                                     \
  template <>                                                            \
  ValType RefAbi<T>::type() {                                            \
    return ValType::type_of_it();                                        \
  }                                                                      \
  template <>                                                            \
  bool RefAbi<T>::put(StoreCell* cell, uint64_t* slot, const T& value) { \
    *slot = Access::raw(value);                                          \
    return Access::belongs(value, cell);                                 \
  }                                                                      \
  template <>                                                            \
  T RefAbi<T>::get(StoreCell* cell, const uint64_t* slot) {              \
    return Access::root_as<T>(cell, *slot);                              \
  }
HEDDLE_ROOTED(ExternRef, externref)
HEDDLE_ROOTED(AnyRef, anyref)
HEDDLE_ROOTED(StructRef, structref)
HEDDLE_ROOTED(ArrayRef, arrayref)
HEDDLE_ROOTED(ExnRef, exnref)
#undef HEDDLE_ROOTED

}  // namespace detail
}  // namespace heddle::api
