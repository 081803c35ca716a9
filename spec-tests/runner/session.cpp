// Linking, instantiating, invoking: what the commands of a script do to a store.
#include "spec-tests/runner/session.h"

#include <algorithm>

namespace heddle::wast {
namespace {

constexpr std::string_view kSpectest = "spectest";

bool stopped(ErrorCode code) { return kind_of(code) == ErrorKind::trap || kind_of(code) == ErrorKind::exhaustion; }

Ended refused(std::string message, ErrorCode code = ErrorCode::unknown_export) {
  return {.how = Ended::How::refused, .values = {}, .code = code, .message = std::move(message)};
}

}  // namespace

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<rt::Engine> engine) {
  std::unique_ptr<Session> session(new Session());
  session->store_ = TRY(rt::Store::create(std::move(engine)));
  session->spectest_ = TRY(Spectest::create(*session->store_));
  return session;
}

void Session::define(const std::string& name, std::shared_ptr<rt::Module> module) {
  last_definition_ = module;
  if (!name.empty()) definitions_[name] = std::move(module);
}

std::shared_ptr<rt::Module> Session::definition(const std::string& name) const {
  if (name.empty()) return last_definition_;
  auto found = definitions_.find(name);
  return found == definitions_.end() ? nullptr : found->second;
}

void Session::name_instance(const std::string& name, Provider provider) {
  if (!name.empty()) instances_[name] = provider;
  last_instance_ = std::move(provider);
}

Ended Session::instantiate(const std::string& name, const std::shared_ptr<rt::Module>& module) {
  ErrorSink sink;
  auto imports = exec::resolve_imports(*module, *this, &sink);
  if (!imports.ok()) return refused(describe(imports.error(), &sink), imports.error().code);
  auto instance = exec::instantiate(*store_, module, imports.value(), &sink);
  if (instance.ok()) {
    name_instance(name, {.instance = instance.value(), .shared = {}});
    return {};
  }
  ErrorCode code = instance.error().code;
  if (code == ErrorCode::uncaught_exception) return ended_by(rt::Outcome::threw);
  if (stopped(code)) return ended_by(rt::Outcome::trapped);
  return refused(describe(instance.error(), &sink), code);
}

const Provider* Session::instance(const std::string& name) const {
  if (name.empty()) return last_instance_ ? &*last_instance_ : nullptr;
  auto found = instances_.find(name);
  return found == instances_.end() ? nullptr : &found->second;
}

std::optional<Provider> Session::share(const std::string& name) const {
  const Provider* provider = instance(name);
  if (!provider) return std::nullopt;
  Provider shared{.instance = nullptr, .shared = provider->shared};
  if (!provider->instance) return shared;
  for (const syntax::Export& e : provider->instance->module->syntax.exports) {
    if (e.kind != ExternKind::memory) continue;
    rt::Memory* memory = exec::export_of(*provider->instance, e).memory;
    if (!memory->type().shared) continue;
    for (const auto& owned : store_->memories) {
      if (owned.get() == memory) shared.shared.emplace_back(e.name, owned);
    }
  }
  return shared;
}

Ended Session::ended_by(rt::Outcome outcome) {
  if (outcome == rt::Outcome::threw) {
    return {.how = Ended::How::threw,
            .values = {},
            .code = ErrorCode::uncaught_exception,
            .message = "uncaught exception"};
  }
  const rt::Trap& trap = store_->pending.trap;
  return {.how = Ended::How::trapped, .values = {}, .code = trap.code, .message = rt::message_of(trap)};
}

std::optional<exec::Extern> Session::find_exported(const std::string& instance, const std::string& name,
                                                   ExternKind kind, Ended& problem) const {
  const Provider* provider = this->instance(instance);
  if (!provider || !provider->instance) {
    problem = refused("no instance " + (instance.empty() ? std::string("to ask") : instance));
    return std::nullopt;
  }
  auto found = exec::find_export(*provider->instance, name);
  if (found && found->kind == kind) return found;
  problem = refused((kind == ExternKind::func ? "no function \"" : "no global \"") + name + "\"");
  return std::nullopt;
}

Ended Session::invoke(const std::string& instance, const std::string& function,
                      std::span<const exec::Val> arguments) {
  Ended ended;
  auto found = find_exported(instance, function, ExternKind::func, ended);
  if (!found) return ended;
  auto outcome = exec::call(*store_, *found->func, arguments, ended.values);
  if (!outcome.ok()) return refused(std::string(text_of(outcome.error().code)), outcome.error().code);
  if (outcome.value() != rt::Outcome::returned) return ended_by(outcome.value());
  return ended;
}

Ended Session::get(const std::string& instance, const std::string& global) {
  Ended ended;
  auto found = find_exported(instance, global, ExternKind::global, ended);
  if (!found) return ended;
  exec::Val value{.type = found->global->type.type};
  std::copy_n(found->global->value, slots_of(value.type), value.bits);
  ended.values.push_back(value);
  return ended;
}

Result<rt::Ref> Session::host_ref(uint32_t payload) {
  auto known = host_refs_.find(payload);
  if (known != host_refs_.end()) return store_->handles[known->second];
  exec::Entry entry(*store_);
  if (entry.refused() != ErrorCode::none) return entry.refused();
  gc::HostRef* made = TRY(store_->heap.new_host_ref(payload));
  rt::Ref ref = gc::to_ref(made);
  host_refs_[payload] = store_->add_handle(ref);
  return ref;
}

std::optional<exec::Extern> Session::find(std::string_view module, std::string_view name) {
  auto found = registered_.find(std::string(module));
  if (found == registered_.end()) return module == kSpectest ? spectest_.find(name) : std::nullopt;
  const Provider& provider = found->second;
  if (provider.instance) return exec::find_export(*provider.instance, name);
  for (const auto& [known, memory] : provider.shared) {
    if (known != name) continue;
    store_->adopt(memory);
    return exec::Extern::of(memory.get());
  }
  return std::nullopt;
}

std::vector<std::string> Session::names_in(std::string_view module) {
  auto found = registered_.find(std::string(module));
  if (found == registered_.end()) return module == kSpectest ? spectest_.names() : std::vector<std::string>();
  std::vector<std::string> names;
  for (const auto& [name, memory] : found->second.shared) names.push_back(name);
  if (!found->second.instance) return names;
  for (const syntax::Export& e : found->second.instance->module->syntax.exports) names.push_back(e.name);
  return names;
}

std::vector<std::string> Session::modules() {
  std::vector<std::string> modules = {std::string(kSpectest)};
  for (const auto& [name, provider] : registered_) modules.push_back(name);
  return modules;
}

}  // namespace heddle::wast
