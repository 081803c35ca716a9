// Validity of a module but for its bodies (spec 3.5). One pass in the order of the index spaces builds the
// ModuleInfo, whose types are canonical, and checks each part against what is there already.
#include <algorithm>
#include <string_view>

#include "syntax/limits.h"
#include "valid/body.h"
#include "valid/check.h"
#include "valid/context.h"
#include "valid/types.h"

namespace heddle::valid {
namespace {

class ModuleChecker {
 public:
  ModuleChecker(const syntax::Module& module, const Features& features, TypeRegistry& registry, ErrorSink* sink)
      : module_(module), registry_(registry), context_{module, features, registry, info_, sink} {}

  Result<ModuleInfo> check() {
    TRY(check_counts());
    TRY(check_type_section());
    TRY(check_funcs());
    TRY(check_tags());
    TRY(check_memories());
    TRY(check_tables());
    TRY(check_globals());
    TRY(check_table_inits());
    TRY(check_datas());
    TRY(check_elems());
    TRY(check_start());
    TRY(check_exports());
    return std::move(info_);
  }

 private:
  Result<void> check_counts() {
    struct Count {
      std::string_view name;
      size_t found, most;
    };
    const Count counts[] = {
        {"imports", module_.imports.size(), limits::kImports},
        {"exports", module_.exports.size(), limits::kExports},
        {"functions", module_.funcs.size(), limits::kFuncs},
        {"tables", module_.tables.size(), limits::kTables},
        {"memories", module_.memories.size(), limits::kMemories},
        {"globals", module_.globals.size(), limits::kGlobals},
        {"tags", module_.tags.size(), limits::kTags},
        {"elem segments", module_.elems.size(), limits::kElemSegments},
        {"data segments", module_.datas.size(), limits::kDataSegments},
    };
    for (const Count& count : counts) {
      if (count.found > count.most) return context_.fail_limit(count.name, count.found, count.most);
    }
    for (const syntax::Import& import : module_.imports) {
      TRY(check_name(import.module, import.at));
      TRY(check_name(import.name, import.at));
    }
    for (const syntax::Export& e : module_.exports) TRY(check_name(e.name, e.at));
    return {};
  }

  Result<void> check_name(std::string_view name, uint32_t at) {
    context_.at = at;
    if (name.size() <= limits::kNameBytes) return {};
    return context_.fail_limit("name length", name.size(), limits::kNameBytes);
  }

  Result<void> check_type_section() {
    TRY(check_types(context_));
    info_.types = TRY(registry_.add(module_));
    info_.defs.reserve(module_.types.size());
    for (TypeId id : info_.types.ids()) info_.defs.push_back(&registry_[id]);
    return check_subtyping(context_);
  }

  Result<void> check_funcs() {
    info_.funcs.reserve(module_.funcs.size());
    info_.func_refs.reserve(module_.funcs.size());
    bool exact = context_.has(Feature::custom_descriptors);
    for (const syntax::Import& import : module_.imports) {
      if (import.type.kind != ExternKind::func) continue;
      context_.at = import.at;
      if (import.type.exact && !exact) return context_.fail_feature(Feature::custom_descriptors);
      TRY(add_func(import.type.type, import.type.exact));
    }
    for (size_t i = info_.funcs.size(); i < module_.funcs.size(); ++i) {
      look_at(module_.funcs_at, i);
      TRY(add_func(module_.funcs[i], exact));
    }
    info_.declared_funcs.resize(module_.funcs.size());
    return {};
  }

  Result<void> add_func(TypeIdx index, bool exact) {
    const DefType* type = TRY(context_.type(index.raw, CompKind::func));
    info_.funcs.push_back(type);
    info_.func_refs.push_back(ValType::ref(HeapType::defined(type->id, exact), false));
    return {};
  }

  Result<void> check_tags() {
    for (size_t i = 0; i < module_.tags.size(); ++i) {
      look_at(module_.tags_at, i);
      const DefType* type = TRY(context_.type(module_.tags[i].raw, CompKind::func));
      TRY(check_tag_type(context_, *type));
      info_.tags.push_back(type);
    }
    return {};
  }

  Result<void> check_memories() {
    for (size_t i = 0; i < module_.memories.size(); ++i) {
      look_at(module_.memories_at, i);
      if (i > 0 && !context_.has(Feature::v3)) return context_.fail(ErrorCode::multiple_memories);
      TRY(check_memory_type(context_, module_.memories[i]));
    }
    return {};
  }

  Result<void> check_tables() {
    info_.mutated_tables.assign(module_.tables.size(), false);
    std::fill_n(info_.mutated_tables.begin(), module_.imported_tables, true);
    for (const syntax::Table& table : module_.tables) {
      context_.at = table.at;
      if (!info_.tables.empty() && !context_.has(Feature::v2)) return context_.fail(ErrorCode::multiple_tables);
      TableType type = table.type;
      type.elem = TRY(context_.val_type(type.elem));
      TRY(check_table_size(context_, type));
      info_.tables.push_back(type);
    }
    return {};
  }

  // Initial elements see the imported globals only.
  Result<void> check_table_inits() {
    for (size_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
      const syntax::Table& table = module_.tables[i];
      context_.at = table.at;
      if (table.init) {
        TRY(check_const(*table.init, info_.tables[i].elem, module_.imported_globals));
      } else if (!table.type.elem.defaultable()) {
        return context_.fail_types("an initial value of " + context_.show(info_.tables[i].elem), "nothing");
      }
    }
    return {};
  }

  Result<void> check_globals() {
    for (const syntax::Global& global : module_.globals) {
      context_.at = global.at;
      info_.globals.push_back({TRY(context_.val_type(global.type.type)), global.type.mut});
      if (global.type.type.is(ValKind::v128)) info_.vector_globals = true;
    }
    for (uint32_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
      TRY(check_const(module_.globals[i].init, info_.globals[i].type, i));
    }
    return {};
  }

  Result<void> check_datas() {
    for (const syntax::Data& data : module_.datas) {
      if (data.mode != syntax::SegmentMode::active) continue;
      context_.at = data.at;
      const MemType& memory = *TRY(context_.memory(data.memory.raw));
      TRY(check_const(data.offset, addr_type(memory.addr64), all_globals()));
    }
    return {};
  }

  Result<void> check_elems() {
    for (const syntax::Elem& elem : module_.elems) {
      context_.at = elem.at;
      if (elem.size() > limits::kElemSegmentEntries) {
        return context_.fail_limit("elem segment entries", elem.size(), limits::kElemSegmentEntries);
      }
      // A list of functions has no null in it.
      ValType type = elem.by_expr ? TRY(context_.val_type(elem.type)) : kFuncRef.as_nullable(false);
      for (FuncIdx func : elem.funcs) {
        TRY(context_.func(func.raw));
        info_.declared_funcs[func.raw] = true;
      }
      for (const syntax::Expr& expr : elem.exprs) TRY(check_const(expr, type, all_globals()));
      context_.at = elem.at;
      if (elem.mode == syntax::SegmentMode::active) TRY(check_active(elem, type));
      info_.elems.push_back(type);
    }
    return {};
  }

  Result<void> check_active(const syntax::Elem& elem, ValType type) {
    const TableType& table = *TRY(context_.table(elem.table.raw));
    if (!context_.matches(type, table.elem)) {
      return context_.fail_types(context_.show(table.elem) + " in the elem segment", context_.show(type));
    }
    return check_const(elem.offset, addr_type(table.addr64), all_globals());
  }

  Result<void> check_const(const syntax::Expr& expr, ValType type, uint32_t globals) {
    context_.at = expr.offset;
    return BodyChecker(context_, scratch_).check_const(expr, type, globals, info_.declared_funcs);
  }

  Result<void> check_start() {
    if (!module_.start) return {};
    context_.at = module_.start_at;
    const DefType& type = *TRY(context_.func(module_.start->raw));
    if (type.params.empty() && type.results.empty()) return {};
    return context_.fail(ErrorCode::start_function,
                         context_.show(type.params) + " to " + context_.show(type.results));
  }

  Result<void> check_exports() {
    std::vector<const syntax::Export*> by_name;
    by_name.reserve(module_.exports.size());
    for (const syntax::Export& e : module_.exports) {
      by_name.push_back(&e);
      context_.at = e.at;
      TRY(check_export(e));
    }
    auto before = [](const syntax::Export* a, const syntax::Export* b) {
      const int order = a->name.compare(b->name);
      return order != 0 ? order < 0 : a < b;
    };
    std::sort(by_name.begin(), by_name.end(), before);
    auto same = [](const syntax::Export* a, const syntax::Export* b) { return a->name == b->name; };
    auto twice = std::adjacent_find(by_name.begin(), by_name.end(), same);
    if (twice == by_name.end()) return {};
    context_.at = twice[1]->at;
    return context_.fail(ErrorCode::duplicate_export, "\"" + twice[1]->name + "\"");
  }

  Result<void> check_export(const syntax::Export& e) {
    switch (e.kind) {
      case ExternKind::func:
        TRY(context_.func(e.index));
        info_.declared_funcs[e.index] = true;
        break;
      case ExternKind::table:
        TRY(context_.table(e.index));
        info_.mutated_tables[e.index] = true;
        break;
      case ExternKind::memory: TRY(context_.memory(e.index)); break;
      case ExternKind::global: TRY(context_.global(e.index)); break;
      case ExternKind::tag: TRY(context_.tag(e.index)); break;
    }
    return {};
  }

  void look_at(const std::vector<uint32_t>& places, size_t i) { context_.at = i < places.size() ? places[i] : 0; }

  uint32_t all_globals() const { return static_cast<uint32_t>(module_.globals.size()); }

  const syntax::Module& module_;
  TypeRegistry& registry_;
  ModuleInfo info_;
  Context context_;
  Scratch scratch_;
};

}  // namespace

void ModuleInfo::note(const BodyInfo& body) {
  uint64_t fresh = body.written_tables & ~written_tables;
  if (fresh == 0) return;
  written_tables |= fresh;
  for (size_t i = 0; i < mutated_tables.size(); ++i) {
    if (fresh >> std::min<size_t>(i, 63) & 1) mutated_tables[i] = true;
  }
}

Result<ModuleInfo> check_module(const syntax::Module& module, const Features& features, TypeRegistry& registry,
                                ErrorSink* sink) {
  return ModuleChecker(module, features, registry, sink).check();
}

Result<Checked> check_all(const syntax::Module& module, const Features& features, TypeRegistry& registry,
                          ErrorSink* sink) {
  Checked checked{TRY(check_module(module, features, registry, sink)), {}};
  checked.bodies.reserve(module.code.size());
  for (uint32_t i = 0; i < module.code.size(); ++i) {
    checked.bodies.push_back(TRY(check_body(module, features, registry, checked.module, i, sink)));
    checked.module.note(checked.bodies.back());
  }
  return checked;
}

}  // namespace heddle::valid
