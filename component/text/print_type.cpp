// Types, what is declared in them, and the words all definitions are made of.
#include "component/binary/encode_types.h"
#include "component/text/printer.h"

namespace heddle::component {

// --- atoms

void Printer::string(std::string_view name) {
  put(" ");
  heddle::text::append_name(text_, name);
}

// A new line; depths beyond what anybody reads are not indented further: text stays linear.
void Printer::line(size_t depth) {
  constexpr size_t kMost = 40;
  text_ += '\n';
  text_.append(2 * std::min(depth, kMost), ' ');
}

void Printer::sort(Sort sort) {
  if (is_core(sort)) put("core ");
  put(info(sort).text);
}

const heddle::text::IdMap::Id* Printer::identified(Sort sort, uint32_t index) const {
  return scope_->ids[static_cast<size_t>(sort)].find(index);
}

void Printer::ref(Sort sort, uint32_t index) {
  const auto* id = index < scope_->count(sort) ? identified(sort, index) : nullptr;
  put(" ");
  if (id && !id->text.empty()) return put(id->text);
  number(index);
}

void Printer::item(SortIndex what) {
  put(" (");
  sort(what.sort);
  ref(what.sort, what.index);
  put(")");
}

// `word` opens a parenthesis.
void Printer::labelled(std::string_view word, Sort sort, uint32_t index) {
  put(word);
  ref(sort, index);
  put(")");
}

void Printer::index_comment(uint32_t index) {
  put(" (;");
  number(index);
  put(";)");
}

void Printer::bind(Sort sort) {
  const uint32_t index = scope_->count(sort)++;
  const auto* id = identified(sort, index);
  if (id && !id->text.empty()) put(" " + id->text);
  if (id && !id->exact) {
    put(" (@name");
    string(id->name);
    put(")");
  }
  index_comment(index);
}

// --- core types

// What core types are not printed by this scope, are other types there: struct types, which no signature is printed
// of.
heddle::text::Output& Printer::core() {
  PrintScope& scope = *scope_;
  while (scope.core.types.size() < scope.count(Sort::core_type)) {
    scope.core.types.emplace_back().kind = CompKind::struct_;
  }
  if (!scope.core_out) {
    scope.core_out = std::make_unique<heddle::text::Output>(scope.core, nullptr, heddle::text::PrintOptions{});
  }
  return *scope.core_out;
}

void Printer::take_core() {
  std::string& written = core().text();
  text_ += written;
  written.clear();
}

void Printer::core_type(const CoreType& type, std::string_view prefix, size_t depth) {
  put("(");
  put(prefix);
  if (type.module) {
    put("type");
    bind(Sort::core_type);
    put(" (module");
    module_type(*type.module, depth);
    return put("))");
  }
  heddle::text::Output& out = core();
  for (const SubType& sub : type.types) scope_->core.types.push_back(sub);
  if (type.is_rec) put("rec");
  for (size_t i = 0; i < type.types.size(); ++i) {
    if (type.is_rec) {
      line(depth + 1);
      put("(");
    }
    const uint32_t index = scope_->count(Sort::core_type);
    put("type");
    bind(Sort::core_type);
    out.sub_type_body(index);
    take_core();
    if (type.is_rec) put(")");
  }
  put(")");
}

void Printer::module_type(const ModuleType& type, size_t depth) {
  PrintScope scope;
  PrintScope* outer = std::exchange(scope_, &scope);
  for_each(type.order, [&](DefKind kind, uint32_t i) {
    line(depth + 1);
    if (kind == DefKind::core_type) return core_type(type.types[i], "", depth + 1);
    if (kind == DefKind::alias) return alias(type.aliases[i], true);
    const bool imports = kind == DefKind::import;
    put(imports ? "(import" : "(export");
    if (imports) string(type.imports[i].module);
    string(imports ? type.imports[i].name : type.exports[i].name);
    core().extern_type(imports ? type.imports[i].type : type.exports[i].type, std::nullopt);
    take_core();
    put(")");
  });
  if (!type.order.empty()) line(depth);
  scope_ = outer;
}

// --- types

void Printer::val_type(ValType type) {
  if (!type.is_primitive()) return ref(Sort::type, type.index());
  put(" ");
  put(info(type.primitive()).text);
}

// Where a mere identifier would be that of the value.
void Printer::typed_value(ValType type) {
  if (type.is_primitive()) return val_type(type);
  labelled(" (type", Sort::type, type.index());
}

void Printer::type(const DefType& type, size_t depth) {
  put("(type");
  binding(Sort::type, [&] { def_type(type, depth); });
  put(")");
}

void Printer::fields(const DefType& type, std::string_view word) {
  for (const Field& field : type.fields) {
    put(" (");
    put(word);
    string(field.label);
    optional(field.type);
    put(")");
  }
}

void Printer::def_type(const DefType& type, size_t depth) {
  if (type.kind == TypeKind::primitive) return val_type(type.first);
  put(" (");
  put(info(type.kind).text);
  switch (type.kind) {
    case TypeKind::primitive: break;
    case TypeKind::record: fields(type, "field"); break;
    case TypeKind::variant: fields(type, "case"); break;
    case TypeKind::tuple:
      for (const Field& field : type.fields) val_type(field.type);
      break;
    case TypeKind::flags:
    case TypeKind::enum_:
      for (const Field& field : type.fields) string(field.label);
      break;
    case TypeKind::fixed_list:
      val_type(type.first);
      put(" ");
      number(type.number);
      break;
    case TypeKind::list:
    case TypeKind::option:
    case TypeKind::map:
    case TypeKind::stream:
    case TypeKind::future:
      optional(type.first);
      optional(type.second);
      break;
    case TypeKind::result:
      optional(type.first);
      if (!type.second.present()) break;
      put(" (error");
      val_type(type.second);
      put(")");
      break;
    case TypeKind::own:
    case TypeKind::borrow: ref(Sort::type, type.number); break;
    case TypeKind::async_func: put(" async"); [[fallthrough]];
    case TypeKind::func:
      fields(type, "param");
      if (!type.first.present()) break;
      put(" (result");
      val_type(type.first);
      put(")");
      break;
    case TypeKind::resource:
      put(" (rep");
      core().val_type(type.rep);
      take_core();
      put(")");
      if (type.number != kNoIndex) labelled(" (dtor", Sort::core_func, type.number);
      break;
    case TypeKind::component:
    case TypeKind::instance: declarations(*type.declarations, depth); break;
  }
  put(")");
}

void Printer::declarations(const Declarations& d, size_t depth) {
  PrintScope scope;
  PrintScope* outer = std::exchange(scope_, &scope);
  for_each(d.order, [&](DefKind kind, uint32_t i) {
    line(depth + 1);
    switch (kind) {
      case DefKind::core_type: return core_type(d.core_types[i], "core ", depth + 1);
      case DefKind::type: return type(d.types[i], depth + 1);
      case DefKind::alias: return alias(d.aliases[i], false);
      case DefKind::import: return import(d.imports[i], "import");
      case DefKind::export_: return import(d.exports[i], "export");
      case DefKind::custom:
      case DefKind::core_module:
      case DefKind::core_instance:
      case DefKind::component:
      case DefKind::instance:
      case DefKind::canon:
      case DefKind::start:
      case DefKind::value: break;
    }
    HEDDLE_ASSERT(false);  // nothing else is declared there
  });
  if (!d.order.empty()) line(depth);
  scope_ = outer;
}

// --- aliases, imports

// In a module type there are no types but core ones, and no `core` says so.
void Printer::alias(const Alias& alias, bool core_only) {
  switch (alias.target) {
    case Alias::Target::export_:
      put("(alias export");
      ref(Sort::instance, alias.scope);
      string(alias.name);
      break;
    case Alias::Target::core_export:
      put("(alias core export");
      ref(Sort::core_instance, alias.scope);
      string(alias.name);
      break;
    case Alias::Target::outer:
      put("(alias outer ");
      number(alias.scope);
      put(" ");
      number(alias.index);
      break;
  }
  put(" (");
  if (core_only) {
    put(info(alias.sort).text);
  } else {
    sort(alias.sort);
  }
  bind(alias.sort);
  put("))");
}

void Printer::extern_name(const ExternName& name) {
  string(name.text);
  for (const Attribute& attribute : name.attributes) {
    put(" (");
    put(text_of(attribute.kind));
    string(attribute.text);
    put(")");
  }
}

void Printer::import(const Import& import, std::string_view word) {
  put("(");
  put(word);
  extern_name(import.name);
  extern_type(import.type, true);
  put(")");
}

void Printer::extern_type(const ExternType& type, bool binds) {
  put(" (");
  sort(type.sort);
  const uint32_t before = scope_->count(type.sort);
  if (binds) bind(type.sort);
  const uint32_t after = std::exchange(scope_->count(type.sort), before);  // it cannot refer to itself
  if (type.sort == Sort::value && type.type.present()) {
    typed_value(type.type);
  } else if (type.sort == Sort::value || (type.sort == Sort::type && type.bound == ExternType::Bound::eq)) {
    labelled(" (eq", type.sort, type.index);
  } else if (type.sort == Sort::type) {
    put(" (sub resource)");
  } else {
    labelled(" (type", type.sort == Sort::core_module ? Sort::core_type : Sort::type, type.index);
  }
  scope_->count(type.sort) = after;
  put(")");
}

}  // namespace heddle::component
