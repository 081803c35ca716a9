// spectest, item by item.
#include "spec-tests/runner/spectest.h"

#include <bit>
#include <initializer_list>

namespace heddle::wast {
namespace {

struct HostFunction {
  std::string_view name;
  std::initializer_list<ValType> params;
};

const HostFunction kFunctions[] = {
    {"print", {}},         {"print_i32", {kI32}},           {"print_i64", {kI64}},           {"print_f32", {kF32}},
    {"print_f64", {kF64}}, {"print_i32_f32", {kI32, kF32}}, {"print_f64_f64", {kF64, kF64}},
};

rt::Outcome do_nothing(void*, rt::Store&, rt::Slot*) { return rt::Outcome::returned; }

}  // namespace

Result<Spectest> Spectest::create(rt::Store& store) {
  Spectest made;
  TRY(made.add_functions(store));
  made.add_globals(store);
  TRY(made.add_table(store, "table", false));
  TRY(made.add_table(store, "table64", true));
  TRY(made.add_memory(store, "memory", false));
  TRY(made.add_memory(store, "shared_memory", true));
  return made;
}

Result<void> Spectest::add_functions(rt::Store& store) {
  for (const HostFunction& function : kFunctions) {
    TypeUse type = TRY(store.engine->types.add_func({function.params.begin(), function.params.size()}, {}));
    items_.emplace_back(function.name,
                        exec::Extern::of(store.add_host_func(std::move(type), do_nothing, nullptr, nullptr)));
  }
  return {};
}

void Spectest::add_globals(rt::Store& store) {
  struct Row {
    std::string_view name;
    ValType type;
    rt::Slot bits;
  };
  const Row rows[] = {
      {"global_i32", kI32, 666},
      {"global_i64", kI64, 666},
      {"global_f32", kF32, std::bit_cast<uint32_t>(666.6f)},
      {"global_f64", kF64, std::bit_cast<uint64_t>(666.6)},
  };
  for (const Row& row : rows) {
    auto global = std::make_unique<rt::Global>();
    global->type = {.type = row.type, .mut = false};
    global->value[0] = row.bits;
    items_.emplace_back(row.name, exec::Extern::of(global.get()));
    store.globals.push_back(std::move(global));
  }
}

Result<void> Spectest::add_table(rt::Store& store, std::string_view name, bool addr64) {
  TableType type{.elem = kFuncRef, .limits = {.min = 10, .max = 20}, .addr64 = addr64};
  std::unique_ptr<rt::Table> table = TRY(rt::Table::create(type, 0, &store.budget));
  items_.emplace_back(name, exec::Extern::of(table.get()));
  store.tables.push_back(std::move(table));
  return {};
}

Result<void> Spectest::add_memory(rt::Store& store, std::string_view name, bool shared) {
  MemType type{.limits = {.min = 1, .max = 2}, .shared = shared};
  std::shared_ptr<rt::Memory> memory = TRY(rt::Memory::create(type, store.engine->config.memory, &store.budget));
  items_.emplace_back(name, exec::Extern::of(memory.get()));
  store.memories.push_back(std::move(memory));
  return {};
}

std::optional<exec::Extern> Spectest::find(std::string_view name) const {
  for (const auto& [known, item] : items_) {
    if (known == name) return item;
  }
  return std::nullopt;
}

std::vector<std::string> Spectest::names() const {
  std::vector<std::string> names;
  names.reserve(items_.size());
  for (const auto& [name, item] : items_) names.emplace_back(name);
  return names;
}

}  // namespace heddle::wast
