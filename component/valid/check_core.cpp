// Core types, modules and instances (Explainer.md, "Core Definitions"). Their types are canonical in the registry, so
// that whether one thing may be given for another is the engine's question.
#include <string>
#include <utility>

#include "binary/decode.h"
#include "binary/names.h"
#include "component/valid/checker.h"
#include "valid/check.h"
#include "valid/types.h"

namespace heddle::component {
namespace {

std::string import_name(const CoreItem& item) { return "`" + item.module + ":" + item.name + "`"; }

// Every index in a group of types.
template <class Visit>
void visit_indices(std::span<const SubType> types, Visit&& visit) {
  auto value = [&](heddle::ValType type) {
    if (type.defined()) visit(type.heap().index());
  };
  for (const SubType& type : types) {
    if (type.super) visit(type.super->raw);
    if (type.kind == CompKind::cont) visit(type.cont.raw);
    for (heddle::ValType param : type.params) value(param);
    for (heddle::ValType result : type.results) value(result);
    for (const FieldType& field : type.fields) value(field.type);
  }
}

}  // namespace

// --- types

Result<void> Checker::core_type(const CoreType& type) {
  context_.at = type.at;
  std::vector<heddle::TypeId>& ids = spaces().core_types;
  if (type.module) {
    const uint32_t module = TRY(module_type(*type.module));
    spaces().core_types.push_back(module_mark(module));
    return {};
  }
  TRY(refuse_modules(type));
  return valid::add_group(type.types, ids, types_.core, core_, registry_, context_.sink);
}

// A core type cannot refer to a module type, though they share an index space.
Result<void> Checker::refuse_modules(const CoreType& type) {
  const std::vector<heddle::TypeId>& ids = spaces().core_types;
  Result<void> found;
  visit_indices(type.types, [&](uint32_t index) {
    if (!found.ok() || index >= ids.size() || !is_module(ids[index])) return;
    found = context_.fail("type index " + std::to_string(index) + " is a module type, not a sub type");
  });
  return found;
}

Result<uint32_t> Checker::module_type(const ModuleType& type) {
  std::vector<heddle::TypeId> ids;
  CoreModuleType made;
  CoreItems exports;
  for (const Run& run : type.order) {
    for (uint32_t i = run.first; i < run.first + run.count; ++i) {
      TRY(module_declaration(type, run.kind, i, ids, made, exports));
    }
  }
  return add_module(std::move(made), std::move(exports));
}

Result<void> Checker::module_declaration(const ModuleType& type, DefKind kind, uint32_t index,
                                         std::vector<heddle::TypeId>& ids, CoreModuleType& made, CoreItems& exports) {
  auto checked = [&](const heddle::ExternType& what, uint32_t at) -> Result<CanonicalType> {
    context_.at = at;
    const bool typed = what.kind == ExternKind::func || what.kind == ExternKind::tag;
    if (typed && what.type.raw >= ids.size()) return context_.fail_index("type", "type", what.type.raw);
    return valid::check_extern_type(what, at, ids, core_, registry_, context_.sink);
  };
  switch (kind) {
    case DefKind::core_type: {
      const CoreType& group = type.types[index];
      context_.at = group.at;
      if (group.module)
        return context_.fail("invalid leading byte: a module type cannot be defined in a module type");
      return valid::add_group(group.types, ids, types_.core, core_, registry_, context_.sink);
    }
    case DefKind::alias: {
      const Alias& alias = type.aliases[index];
      context_.at = alias.at;
      // Counted from the module type outwards.
      const std::vector<heddle::TypeId>& from =
          alias.scope == 0 ? ids : TRY(outer(alias.scope - 1))->spaces.core_types;
      if (alias.index >= from.size()) return context_.fail_index("type", "type", alias.index);
      if (is_module(from[alias.index])) return context_.fail("a module type cannot be aliased into a module type");
      ids.push_back(from[alias.index]);
      return {};
    }
    case DefKind::import: {
      const CoreImport& import = type.imports[index];
      made.imports.add({std::string(import.module), std::string(import.name), TRY(checked(import.type, import.at))});
      return {};
    }
    case DefKind::export_: {
      const CoreExport& e = type.exports[index];
      exports.add({{}, std::string(e.name), TRY(checked(e.type, e.at))});
      return {};
    }
    default: break;
  }
  HEDDLE_ASSERT(!"a declaration of a module type");
  return {};
}

Result<uint32_t> Checker::add_module(CoreModuleType module, CoreItems exports) {
  if (const CoreItem* twice = module.imports.make_index()) {
    return context_.fail("duplicate import name " + import_name(*twice));
  }
  if (const CoreItem* twice = exports.make_index()) {
    return context_.fail("duplicate export name " + quoted(twice->name) + " already defined");
  }
  module.exports = static_cast<uint32_t>(types_.core_exports.size());
  types_.core_exports.push_back(std::move(exports));
  types_.modules.push_back(std::move(module));
  return static_cast<uint32_t>(types_.modules.size() - 1);
}

// --- modules

namespace {

// What an export of a module is.
CanonicalType export_type(const syntax::Module& module, const valid::ModuleInfo& info, const syntax::Export& e) {
  CanonicalType type{.kind = e.kind};
  switch (e.kind) {
    case ExternKind::func: type.type = info.funcs[e.index]->id; break;
    case ExternKind::table: type.table = info.tables[e.index]; break;
    case ExternKind::memory: type.memory = module.memories[e.index]; break;
    case ExternKind::global: type.global = info.globals[e.index]; break;
    case ExternKind::tag: type.type = info.tags[e.index]->id; break;
  }
  return type;
}

}  // namespace

// An error in a module, where the component has it. Of a text what the parser made is looked at once more: it knows
// its places.
Error Checker::in_component(const CoreModule& module, Error error) {
  if (!module.is_text) return {error.code, error.offset + module.at};
  if (!module.text) return {error.code, module.at};
  const auto again = valid::check_all(module.text->module(), core_, registry_, nullptr);
  const uint32_t at = again.ok() ? 0 : module.text->text_offset(again.error().offset);
  return {error.code, at == 0 ? module.at : at};
}

namespace {

// The function whose body is wrong goes into the path.
void tell_function(ErrorSink& sink, const syntax::Module& module) {
  if (sink.func_index < 0) return;
  const auto index = static_cast<uint32_t>(std::exchange(sink.func_index, -1));
  const syntax::Names names = binary::decode_names(module);
  const auto found = names.funcs.find(index);
  sink.within("function " + std::to_string(index) + (found == names.funcs.end() ? "" : " " + quoted(found->second)));
}

}  // namespace

Result<void> Checker::core_module(const CoreModule& module) {
  context_.at = module.at;
  auto decoded = binary::decode(module.bytes, core_, context_.sink);
  if (!decoded.ok()) return in_component(module, decoded.error());
  const syntax::Module& syntax = decoded.value();
  auto checked = valid::check_all(syntax, core_, registry_, context_.sink);
  if (!checked.ok()) {
    if (context_.sink) tell_function(*context_.sink, syntax);
    return in_component(module, checked.error());
  }
  valid::ModuleInfo& info = checked.value().module;
  CoreModuleType made;
  for (const syntax::Import& import : syntax.imports) {
    made.imports.add({import.module, import.name, canonical_type(import.type, info.types.ids())});
  }
  CoreItems exports;
  for (const syntax::Export& e : syntax.exports) exports.add({{}, e.name, export_type(syntax, info, e)});
  types_.held.push_back(std::move(info.types));
  spaces().core_modules.push_back(TRY(add_module(std::move(made), std::move(exports))));
  return {};
}

// --- instances

Result<void> Checker::core_instance(const CoreInstance& instance) {
  context_.at = instance.at;
  spaces().core_instances.push_back(TRY(instance.module ? instantiate_core(instance) : core_exports(instance)));
  return {};
}

Result<uint32_t> Checker::instantiate_core(const CoreInstance& instance) {
  const uint32_t index = TRY(core_module_at(*instance.module));
  const CoreModuleType& module = types_.modules[index];
  std::unordered_map<std::string_view, const CoreItems*> given;
  std::string key = std::to_string(index);  // of the module and all that it is given
  for (const CoreInstance::Arg& arg : instance.args) {
    const uint32_t exports = TRY(core_instance_at(arg.instance));
    if (!given.emplace(arg.name, &types_.core_exports[exports]).second) {
      return context_.fail("duplicate module instantiation argument named " + quoted(arg.name));
    }
    key += ' ' + std::to_string(exports) + ' ' + std::to_string(arg.name.size()) + ' ' + std::string(arg.name);
  }
  if (matched_.contains(key)) return module.exports;
  for (const CoreItem& import : module.imports) {
    TRY(context_.step());
    const auto from = given.find(import.module);
    if (from == given.end()) {
      return context_.fail("missing module instantiation argument named " + quoted(import.module));
    }
    const CoreItem* found = from->second->find({}, import.name);
    if (!found) {
      return context_.fail("module instantiation argument " + quoted(import.module) +
                           " does not export an item named " + quoted(import.name));
    }
    TRY(context_.in(match_core(context_, registry_, found->type, import.type), [&] {
      return "type mismatch for export " + quoted(import.name) + " of module instantiation argument " +
             quoted(import.module);
    }));
  }
  TRY(context_.make(sizeof(std::string) + key.size()));
  matched_.insert(std::move(key));
  return module.exports;
}

Result<uint32_t> Checker::core_exports(const CoreInstance& instance) {
  CoreItems exports;
  for (const CoreInstance::Export& e : instance.exports) {
    exports.add({{}, std::string(e.name), TRY(core_entity_at(e.what))});
  }
  if (const CoreItem* twice = exports.make_index()) {
    return context_.fail("export name " + quoted(twice->name) + " already defined");
  }
  types_.core_exports.push_back(std::move(exports));
  return static_cast<uint32_t>(types_.core_exports.size() - 1);
}

Result<heddle::TypeId> Checker::core_func_type(std::span<const heddle::ValType> params,
                                               std::span<const heddle::ValType> results,
                                               std::span<const heddle::TypeId> named) {
  SubType type;
  type.params = List<heddle::ValType>(params);
  type.results = List<heddle::ValType>(results);
  TRY(registry_.add_group({&type, 1}, named, types_.core));
  return types_.core.ids().back();
}

}  // namespace heddle::component
