#include "component/link/store.h"

#include <algorithm>

#include "exec/invoke.h"

namespace heddle::component::link {

using canon::CoreVal;
using canon::CoreVals;

std::optional<exec::Extern> CoreInstanceItem::find(std::string_view name) const {
  if (instance) return exec::find_export(*instance, name);
  const auto found = std::ranges::lower_bound(exports, name, {}, &std::pair<std::string_view, exec::Extern>::first);
  return found == exports.end() || found->first != name ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> CoreInstanceItem::names() const {
  std::vector<std::string> all;
  if (instance) {
    for (const auto& e : instance->module->syntax.exports) all.emplace_back(e.name);
  }
  for (const auto& [name, item] : exports) all.emplace_back(name);
  return all;
}

ComponentStore::ComponentStore(rt::Store& core, const canon::Choices& choices, bool donut_wrapping)
    : canon_(core, choices, donut_wrapping), element_plans_(core.budget) {
  canon_.element_passages = &element_plans_;
}

ComponentStore::~ComponentStore() { canon_.close(); }

Frame& ComponentStore::add_frame(const Part& part, const Types& types, std::shared_ptr<const Loaded> loaded,
                                 const Frame* outer, canon::ComponentInstance* parent) {
  frames_.push_back(std::make_unique<Frame>(part, types, std::move(loaded), outer, canon_.add_instance(parent)));
  frames_.back()->inst.may_block = false;  // until a definition lets it
  return *frames_.back();
}

GuestMemory& ComponentStore::memory(rt::Memory& memory) {
  return memories_.try_emplace(&memory, memory).first->second;
}

// --- core functions

CoreVal::Type core_type(heddle::ValType type) {
  if (type == kI64 || type.is_ref()) return CoreVal::Type::i64;
  if (type == kF32) return CoreVal::Type::f32;
  return type == kF64 ? CoreVal::Type::f64 : CoreVal::Type::i32;
}

uint64_t bits_of(const CoreVal& value) {
  const bool narrow = value.type == CoreVal::Type::i32 || value.type == CoreVal::Type::f32;
  return narrow ? static_cast<uint32_t>(value.bits) : value.bits;
}

CoreVals read_slots(const heddle::Part<heddle::ValType>& types, const rt::Slot* slots) {
  CoreVals values;
  for (size_t i = 0; i < types.size(); ++i) {
    CoreVal value{core_type(types[i]), slots[i]};
    value.bits = bits_of(value);
    values.push_back(value);
  }
  return values;
}

Result<void> CanonCall::run(rt::Slot* args) const { return store_.call_canon(func_, type_, args); }

Result<CoreVals> ComponentStore::call_core(const rt::FuncRef& func, std::span<const CoreVal> args) {
  rt::Slot* slots = exec::arg_slots(core(), func);
  if (!slots) return fail(core().trap(ErrorCode::call_stack_exhausted));
  for (size_t i = 0; i < args.size(); ++i) slots[i] = bits_of(args[i]);
  const rt::Outcome outcome = exec::invoke(core(), func, slots);
  if (outcome != rt::Outcome::returned) return fail(outcome);
  return read_slots(core().engine->types[func.type].results, slots);
}

canon::CoreFuncInst ComponentStore::from_core(rt::FuncRef& func) {
  return [this, &func](std::span<const CoreVal> args) { return call_core(func, args); };
}

Result<void> ComponentStore::call_canon(const canon::CoreFuncInst& func, heddle::TypeId type, rt::Slot* args) {
  const auto results = func(read_slots(core().engine->types[type].params, args));
  if (!results.ok()) return results.error();
  for (size_t i = 0; i < results.value().size(); ++i) args[i] = bits_of(results.value()[i]);
  return {};
}

// --- traps

// Where a core function failed before anything ran, there is no trap but the error.
Error ComponentStore::fail(rt::Outcome outcome) {
  if (outcome == rt::Outcome::threw) {
    core().pending.exception = 0;
    core().trap(ErrorCode::uncaught_exception);
  }
  trapped_ = true;
  return Error{core().pending.trap.code};
}

rt::Outcome ComponentStore::fail(const Error& error) {
  if (!trapped_) core().trap(error.code, message_of(error));
  trapped_ = true;
  return rt::Outcome::trapped;
}

// Errors about handles have the index for their offset.
std::string ComponentStore::message_of(const Error& error) const {
  if (trapped_) return rt::message_of(canon_.core.pending.trap);
  std::string words = canon_.core.words_of(error.code);
  constexpr std::string_view kIndex = "handle index";
  if (const size_t at = words.find(kIndex); at != std::string::npos) {
    words.insert(at + kIndex.size(), " " + std::to_string(error.offset));
  }
  return words;
}

// --- calls

Result<std::vector<canon::Val>> ComponentStore::call(const canon::FuncInst& f, std::vector<canon::Val> args) {
  struct Values final : canon::Caller {
    explicit Values(std::vector<canon::Val> args) : args(std::move(args)) {}
    Result<std::vector<canon::Val>> on_start() override { return std::move(args); }
    Result<void> on_resolve(std::optional<std::vector<canon::Val>> values) override {
      result = std::move(values);
      return {};
    }
    std::vector<canon::Val> args;
    std::optional<std::vector<canon::Val>> result;
  };
  begin();
  const auto values = std::make_shared<Values>(std::move(args));
  TRY(canon_.invoke(f, values));
  while (!values->result) {
    if (!TRY(canon_.tick())) return ErrorCode::deadlock;
  }
  return std::move(*values->result);
}

}  // namespace heddle::component::link
