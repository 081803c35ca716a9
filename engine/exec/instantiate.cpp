// Instantiation in the specification's order: imports, allocation, initial values, active segments, start function.
#include "exec/instantiate.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/checked.h"
#include "exec/const_expr.h"
#include "exec/invoke.h"

namespace heddle::exec {
namespace {

using rt::Instance;
using rt::Ref;
using rt::Slot;
using rt::Store;

class Instantiation {
 public:
  Instantiation(Store& store, Instance& instance)
      : store_(store), instance_(instance), module_(*instance.module), syntax_(module_.syntax) {}

  void place_imports(std::span<const Extern> imports);
  Result<void> allocate();
  Result<void> initialize();
  Result<void> run_start();

 private:
  void make_funcs();
  void make_tags();
  Result<void> make_memories();
  Result<void> make_globals();
  Result<void> make_tables();
  Result<void> make_elems();
  Result<uint64_t> offset_of(const syntax::Expr& expr, bool addr64);
  Result<void> init_table(uint32_t index);
  Result<void> init_memory(uint32_t index);
  Error does_not_fit(ErrorCode code, std::string segment, uint64_t length, uint64_t start, uint64_t size);

  Store& store_;
  Instance& instance_;
  const rt::Module& module_;
  const syntax::Module& syntax_;
};

// One piece of zeroed memory for the header and all arrays; the store owns it from the first moment.
Result<Instance*> allocate_instance(Store& store, std::shared_ptr<rt::Module> module) {
  if (!store.budget.charge(rt::Resource::instances, 1)) return ErrorCode::budget_exceeded;
  void* piece = std::calloc(1, module->layout.size);
  if (!piece) {
    store.budget.release(rt::Resource::instances, 1);
    return ErrorCode::out_of_memory;
  }
  // SAFETY: layout.size counts the header and every array; zeroed memory is what the arrays' trivial elements start
  // as.
  Instance* instance = new (piece) Instance();
  instance->context = &store.context;
  instance->store = &store;
  instance->module = module.get();
  instance->keep = std::move(module);
  const syntax::Module& m = instance->module->syntax;
  for (size_t i = 0; i < m.elems.size(); ++i) new (&instance->elems()[i]) rt::ElemSegment();
  for (size_t i = 0; i < m.datas.size(); ++i) new (&instance->datas()[i]) rt::DataSegment();
  store.instances.emplace_back(instance);
  return instance;
}

void Instantiation::place_imports(std::span<const Extern> imports) {
  rt::FuncRef** funcs = instance_.func_imports();
  rt::Table** tables = instance_.tables();
  rt::Memory** memories = instance_.memories();
  rt::Global** globals = instance_.globals();
  rt::Tag** tags = instance_.tags();
  for (const Extern& given : imports) {
    switch (given.kind) {
      case ExternKind::func: *funcs++ = given.func; break;
      case ExternKind::table: *tables++ = given.table; break;
      case ExternKind::memory: *memories++ = given.memory; break;
      case ExternKind::global: *globals++ = given.global; break;
      case ExternKind::tag: *tags++ = given.tag; break;
    }
  }
}

void Instantiation::make_funcs() {
  for (uint32_t f = syntax_.imported_funcs; f < syntax_.funcs.size(); ++f) {
    int32_t slot = module_.escape_slot[f];
    if (slot < 0) continue;
    rt::FuncCode& code = module_.code[f - syntax_.imported_funcs];
    instance_.own_funcs()[slot] = {.type = code.type, .code = &code, .instance = &instance_};
  }
}

void Instantiation::make_tags() {
  for (uint32_t i = syntax_.imported_tags; i < syntax_.tags.size(); ++i) {
    rt::Tag* tag = new (&instance_.own_tags()[i - syntax_.imported_tags]) rt::Tag{module_.type_id(syntax_.tags[i])};
    instance_.tags()[i] = tag;
  }
}

// A shared memory may be grown by threads of other stores and outlive this one: the budget pays for its maximum at
// once.
Result<void> Instantiation::make_memories() {
  for (uint32_t i = syntax_.imported_memories; i < syntax_.memories.size(); ++i) {
    const MemType& type = syntax_.memories[i];
    rt::Budget* budget = &store_.budget;
    if (type.shared) {
      uint64_t most = checked_mul(*type.limits.max, uint64_t{1} << type.page_size_log2).value_or(UINT64_MAX);
      bool limited = budget->limit(rt::Resource::memory_bytes) != rt::Budget::kUnlimited;
      if (limited && !budget->charge(rt::Resource::memory_bytes, most)) return ErrorCode::budget_exceeded;
      budget = nullptr;
    }
    std::shared_ptr<rt::Memory> memory = TRY(rt::Memory::create(type, store_.engine->config.memory, budget));
    instance_.memories()[i] = memory.get();
    store_.memories.push_back(std::move(memory));
  }
  if (syntax_.memories.empty()) return {};
  rt::Memory* first = instance_.memories()[0];
  // Code of a guarded engine relies on the reservation. A memory that found no room for one, or that another engine
  // made without, must not serve it.
  if (store_.engine->config.memory == rt::MemoryMode::guard && rt::Memory::reservable(first->type()) &&
      first->bounds_checked()) {
    return ErrorCode::out_of_memory;
  }
  instance_.memory0 = first;
  instance_.memory0_base = first->base();
  if (!first->type().shared) first->add_user(&instance_);
  return {};
}

Result<void> Instantiation::make_globals() {
  for (uint32_t i = syntax_.imported_globals; i < syntax_.globals.size(); ++i) {
    rt::Global* global = new (&instance_.own_globals()[i - syntax_.imported_globals]) rt::Global();
    global->type = module_.info.globals[i];
    instance_.globals()[i] = global;
  }
  for (uint32_t i = syntax_.imported_globals; i < syntax_.globals.size(); ++i) {
    TRY(evaluate(instance_, syntax_.globals[i].init, instance_.globals()[i]->value));
  }
  return {};
}

Result<void> Instantiation::make_tables() {
  for (uint32_t i = syntax_.imported_tables; i < syntax_.tables.size(); ++i) {
    const std::optional<syntax::Expr>& expr = syntax_.tables[i].init;
    Slot init[2] = {};
    if (expr) TRY(evaluate(instance_, *expr, init));
    std::unique_ptr<rt::Table> table = TRY(rt::Table::create(module_.info.tables[i], init[0], &store_.budget));
    instance_.tables()[i] = table.get();
    store_.tables.push_back(std::move(table));
  }
  return {};
}

// The references of segments written as expressions; those of plain function indices are made where they are needed.
Result<void> Instantiation::make_elems() {
  for (size_t i = 0; i < syntax_.elems.size(); ++i) {
    const syntax::Elem& source = syntax_.elems[i];
    if (source.mode == syntax::SegmentMode::declarative) continue;
    std::vector<Ref>& refs = instance_.elems()[i].refs;
    refs.reserve(source.by_expr ? source.size() : 0);
    for (const syntax::Expr& expr : source.exprs) {
      Slot value[2];
      TRY(evaluate(instance_, expr, value));
      refs.push_back(value[0]);
    }
    if (source.by_expr || source.mode != syntax::SegmentMode::passive) continue;
    refs.reserve(source.funcs.size());
    for (FuncIdx f : source.funcs) refs.push_back(rt::to_ref(instance_.func(f)));
  }
  return {};
}

Result<void> Instantiation::allocate() {
  make_funcs();
  make_tags();
  TRY(make_memories());
  TRY(make_globals());
  TRY(make_tables());
  return make_elems();
}

Result<uint64_t> Instantiation::offset_of(const syntax::Expr& expr, bool addr64) {
  Slot value[2];
  TRY(evaluate(instance_, expr, value));
  return addr64 ? value[0] : static_cast<uint32_t>(value[0]);
}

// "element segment 1 (\"vtable\")"
std::string segment_name(std::string_view kind, uint32_t index, const syntax::NameMap& names) {
  std::string text = std::string(kind) + " segment " + std::to_string(index);
  auto name = names.find(index);
  if (name != names.end()) text += " (\"" + name->second + "\")";
  return text;
}

// There is no frame to blame: the trap says itself which segment it was.
Error Instantiation::does_not_fit(ErrorCode code, std::string segment, uint64_t length, uint64_t start,
                                  uint64_t size) {
  store_.trap(code, std::string(text_of(code)) + ": " + std::move(segment) + ", " + std::to_string(length) + " at " +
                        std::to_string(start) + " of " + std::to_string(size));
  return Error{code};
}

Result<void> Instantiation::init_table(uint32_t index) {
  const syntax::Elem& elem = syntax_.elems[index];
  rt::ElemSegment& segment = instance_.elems()[index];
  rt::Table& table = *instance_.tables()[elem.table.raw];
  uint64_t start = TRY(offset_of(elem.offset, table.type.addr64));
  if (!in_bounds(start, elem.size(), table.size)) {
    return does_not_fit(ErrorCode::out_of_bounds_table, segment_name("element", index, module_.names().elems),
                        elem.size(), start, table.size);
  }
  Ref* to = table.elems + start;
  if (elem.by_expr) {
    std::copy(segment.refs.begin(), segment.refs.end(), to);
  } else {
    for (FuncIdx f : elem.funcs) *to++ = rt::to_ref(instance_.func(f));
  }
  segment = {};
  return {};
}

Result<void> Instantiation::init_memory(uint32_t index) {
  const syntax::Data& data = syntax_.datas[index];
  rt::Memory& memory = *instance_.memories()[data.memory.raw];
  uint64_t start = TRY(offset_of(data.offset, memory.type().addr64));
  auto to = memory.slice(start, data.bytes.size());
  if (!to.ok()) {
    return does_not_fit(to.error().code, segment_name("data", index, module_.names().datas), data.bytes.size(), start,
                        memory.size());
  }
  if (!to.value().empty()) std::memcpy(to.value().data(), data.bytes.data(), to.value().size());
  return {};
}

Result<void> Instantiation::initialize() {
  for (uint32_t i = 0; i < syntax_.elems.size(); ++i) {
    if (syntax_.elems[i].mode == syntax::SegmentMode::active) TRY(init_table(i));
  }
  for (uint32_t i = 0; i < syntax_.datas.size(); ++i) {
    if (syntax_.datas[i].mode == syntax::SegmentMode::active) {
      TRY(init_memory(i));
    } else {
      instance_.datas()[i].bytes = syntax_.datas[i].bytes;
    }
  }
  return {};
}

Result<void> Instantiation::run_start() {
  if (!syntax_.start) return {};
  FuncIdx f = *syntax_.start;
  rt::FuncRef own{.instance = &instance_};
  const rt::FuncRef* start = &own;
  if (f.raw < syntax_.imported_funcs) {
    start = instance_.func_imports()[f.raw];
  } else {
    own.code = &module_.code[f.raw - syntax_.imported_funcs];
    own.type = own.code->type;
  }
  rt::Outcome outcome = invoke(store_, *start, store_.context.fiber->value_sp);
  if (outcome == rt::Outcome::returned) return {};
  return outcome == rt::Outcome::threw ? ErrorCode::uncaught_exception : store_.pending.trap.code;
}

bool stops_execution(ErrorCode code) {
  return kind_of(code) == ErrorKind::trap || kind_of(code) == ErrorKind::exhaustion;
}

}  // namespace

Result<Instance*> instantiate(Store& store, std::shared_ptr<rt::Module> module, std::span<const Extern> imports,
                              ErrorSink* sink) {
  store.pending.trap = {};
  if (module->engine != store.engine) return ErrorCode::wrong_engine;
  if (imports.size() != module->syntax.imports.size()) return ErrorCode::unknown_import;
  for (size_t i = 0; i < imports.size(); ++i) {
    TRY(check_import(*module, module->syntax.imports[i], imports[i], sink));
  }
  Entry entry(store);
  if (entry.refused() != ErrorCode::none) {
    store.trap(entry.refused());
    return entry.refused();
  }
  Instance* instance = TRY(allocate_instance(store, std::move(module)));
  Instantiation steps(store, *instance);
  steps.place_imports(imports);
  Result<void> done = steps.allocate();
  if (done.ok()) done = steps.initialize();
  if (!done.ok()) {
    const bool told = store.pending.trap.code == done.error().code;
    if (stops_execution(done.error().code) && !told) store.trap(done.error().code);
    return done.error();
  }
  TRY(steps.run_start());
  return instance;
}

}  // namespace heddle::exec
