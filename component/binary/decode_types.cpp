// Types, the names and types of imports and exports, and aliases: all that declarations inside a type share with the
// sections (Binary.md, "Type Definitions", "Alias Definitions", "Import and Export Definitions").
#include <array>
#include <optional>

#include "component/binary/parts.h"
#include "syntax/limits.h"

namespace heddle::component {
namespace {

constexpr auto kPrimitiveOfCode = [] {
  std::array<std::optional<Primitive>, 256> primitives{};
  for (size_t i = 0; i < std::size(kPrimitives); ++i) primitives[kPrimitives[i].code] = static_cast<Primitive>(i);
  return primitives;
}();

constexpr auto kTypeOfCode = [] {
  std::array<std::optional<TypeKind>, 256> kinds{};
  for (size_t i = 1; i < std::size(kTypeInfos); ++i) kinds[kTypeInfos[i].code] = static_cast<TypeKind>(i);
  return kinds;
}();

Result<ValType> primitive(Input& in, Primitive primitive, uint32_t at) {
  if (primitive == Primitive::error_context) TRY(in.need(Feature::error_context, at));
  return ValType(primitive);
}

Result<ValType> optional_val_type(Input& in) {
  auto present = TRY(in.optional("optional component value type"));
  if (!present) return ValType();
  return decode_val_type(in);
}

// What a list of fields is made of.
enum FieldParts : uint8_t { kLabel = 1, kType = 2, kCase = 4 };

Result<List<Field>> fields(Input& in, uint8_t parts) {
  const bool both = (parts & kLabel) && (parts & ~kLabel);
  auto n = TRY(in.count(parts & kCase ? 3 : both ? 2 : 1));
  List<Field> list;
  list.reserve(n);
  for (uint32_t i = 0; i < n; ++i) {
    Field field;
    if (parts & kLabel) field.label = TRY(in.name());
    if (parts & kType) field.type = TRY(decode_val_type(in));
    if (parts & kCase) {
      field.type = TRY(optional_val_type(in));
      const uint32_t at = in.offset();
      auto zero = TRY(in.byte());
      if (zero != 0) return in.wrong(zero, at, "zero byte required");
    }
    list.push_back(field);
  }
  return list;
}

Result<void> resource(Input& in, DefType& type) {
  type.rep = TRY(in.core.val_type());
  type.number = kNoIndex;
  auto has_destructor = TRY(in.optional("optional destructor"));
  if (!has_destructor) return {};
  const uint32_t at = in.offset();
  type.number = TRY(in.u32());
  if (type.number == kNoIndex) return in.unknown(ErrorCode::unknown_function, type.number, at);
  return {};
}

// --- component and instance types

enum class Decl : uint8_t { core_type, type, alias, import, export_ };

Result<void> declaration(Input& in, Declarations& d, bool has_imports) {
  const uint32_t at = in.offset();
  auto code = TRY(in.byte());
  if (code > static_cast<uint8_t>(Decl::export_) || (code == static_cast<uint8_t>(Decl::import) && !has_imports)) {
    return in.wrong(code, at, "component or instance type declaration");
  }
  switch (static_cast<Decl>(code)) {
    case Decl::core_type:
      return in.append(d.order, DefKind::core_type, d.core_types, TRY(decode_core_type(in)), "core types");
    case Decl::type: return in.append(d.order, DefKind::type, d.types, TRY(decode_type(in)), "types");
    case Decl::alias: return in.append(d.order, DefKind::alias, d.aliases, TRY(decode_alias(in)), "aliases");
    case Decl::import: return in.append(d.order, DefKind::import, d.imports, TRY(decode_import(in)), "imports");
    case Decl::export_: return in.append(d.order, DefKind::export_, d.exports, TRY(decode_import(in)), "exports");
  }
  return {};
}

Result<void> declarations(Input& in, DefType& type) {
  Input::Scope scope(in);
  TRY(scope.check(type.at));
  type.declarations = std::make_unique<Declarations>();
  auto n = TRY(in.count(2));
  for (uint32_t i = 0; i < n; ++i) TRY(declaration(in, *type.declarations, type.kind == TypeKind::component));
  return {};
}

// --- the parts of each kind of type

Result<void> parts(Input& in, DefType& type) {
  switch (type.kind) {
    case TypeKind::primitive: break;
    case TypeKind::record: type.fields = TRY(fields(in, kLabel | kType)); break;
    case TypeKind::variant: type.fields = TRY(fields(in, kLabel | kCase)); break;
    case TypeKind::tuple: type.fields = TRY(fields(in, kType)); break;
    case TypeKind::flags:
    case TypeKind::enum_: type.fields = TRY(fields(in, kLabel)); break;
    case TypeKind::list:
    case TypeKind::option: type.first = TRY(decode_val_type(in)); break;
    case TypeKind::fixed_list:
      type.first = TRY(decode_val_type(in));
      type.number = TRY(in.u32());
      break;
    case TypeKind::map:
      type.first = TRY(decode_val_type(in));
      type.second = TRY(decode_val_type(in));
      break;
    case TypeKind::result:
      type.first = TRY(optional_val_type(in));
      type.second = TRY(optional_val_type(in));
      break;
    case TypeKind::own:
    case TypeKind::borrow: type.number = TRY(in.type_index()); break;
    case TypeKind::stream:
    case TypeKind::future: type.first = TRY(optional_val_type(in)); break;
    case TypeKind::func:
    case TypeKind::async_func:
      type.fields = TRY(fields(in, kLabel | kType));
      type.first = TRY(decode_result_list(in));
      break;
    case TypeKind::resource: return resource(in, type);
    case TypeKind::component:
    case TypeKind::instance: return declarations(in, type);
  }
  return {};
}

// --- core types

enum class ModuleDecl : uint8_t { import, type, alias, export_ };

Result<Alias> core_alias(Input& in) {
  constexpr uint8_t kOuter = 0x01;
  Alias alias;
  alias.target = Alias::Target::outer;
  alias.sort = Sort::core_type;
  alias.at = in.offset();
  auto sort = TRY(in.byte());
  if (sort != info(Sort::core_type).code) return in.wrong(sort, alias.at, "outer alias kind");
  const uint32_t at = in.offset();
  auto target = TRY(in.byte());
  if (target != kOuter) return in.wrong(target, at, "outer alias target");
  alias.scope = TRY(in.u32());
  alias.index = TRY(in.u32());
  return alias;
}

Result<CoreImport> core_import(Input& in) {
  CoreImport import;
  import.at = in.offset();
  import.module = TRY(in.name());
  import.name = TRY(in.name());
  import.type = TRY(in.core.extern_type());
  return import;
}

Result<CoreExport> core_export(Input& in) {
  CoreExport item;
  item.at = in.offset();
  item.name = TRY(in.name());
  item.type = TRY(in.core.extern_type());
  return item;
}

Result<void> module_declaration(Input& in, ModuleType& m) {
  const uint32_t start = in.offset();
  auto code = TRY(in.byte());
  if (code > static_cast<uint8_t>(ModuleDecl::export_)) return in.wrong(code, start, "type definition");
  switch (static_cast<ModuleDecl>(code)) {
    case ModuleDecl::import: return in.append(m.order, DefKind::import, m.imports, TRY(core_import(in)), "imports");
    case ModuleDecl::type:
      return in.append(m.order, DefKind::core_type, m.types, TRY(decode_core_type(in)), "core types");
    case ModuleDecl::alias: return in.append(m.order, DefKind::alias, m.aliases, TRY(core_alias(in)), "aliases");
    case ModuleDecl::export_: return in.append(m.order, DefKind::export_, m.exports, TRY(core_export(in)), "exports");
  }
  return {};
}

Result<std::unique_ptr<ModuleType>> module_type(Input& in, uint32_t at) {
  Input::Scope scope(in);
  TRY(scope.check(at));
  auto type = std::make_unique<ModuleType>();
  auto n = TRY(in.count(3));
  for (uint32_t i = 0; i < n; ++i) TRY(module_declaration(in, *type));
  return type;
}

Result<void> rec_group(Input& in, CoreType& type) {
  type.is_rec = true;
  const uint32_t at = in.offset();
  auto n = TRY(in.count(2));
  TRY(in.add_types(n, at));
  type.types.reserve(n);
  for (uint32_t i = 0; i < n; ++i) type.types.push_back(TRY(in.core.sub_type()));
  return {};
}

}  // namespace

// A module type has the code of a subtype that is not final, which therefore comes behind a zero byte here.
Result<CoreType> decode_core_type(Input& in) {
  constexpr uint8_t kModuleType = 0x50, kSub = 0x50, kRec = 0x4e;
  CoreType type;
  type.at = in.offset();
  TRY(in.add_types(1, type.at));
  switch (in.reader.peek()) {
    case kModuleType:
      TRY(in.byte());
      type.module = TRY(module_type(in, type.at));
      return type;
    case kRec:
      TRY(in.byte());
      TRY(rec_group(in, type));
      return type;
    case 0:
      TRY(in.byte());
      if (in.reader.peek() != kSub) {
        const uint32_t at = in.offset();
        return in.wrong(TRY(in.byte()), at, "non-final sub type");
      }
      break;
    default: break;
  }
  type.types.reserve(1);
  type.types.push_back(TRY(in.core.sub_type()));
  return type;
}

Result<ValType> decode_val_type(Input& in) {
  const uint32_t at = in.offset();
  if (auto found = kPrimitiveOfCode[in.reader.peek()]) {
    TRY(in.byte());
    return primitive(in, *found, at);
  }
  const uint8_t code = in.reader.peek();
  auto index = TRY(in.reader.s33());
  if (index < 0) return in.wrong(code, at, "component value type");
  if (index >= ValType::kMostTypes) return in.unknown(ErrorCode::unknown_type, static_cast<uint32_t>(index), at);
  return ValType::defined(static_cast<uint32_t>(index));
}

Result<ValType> decode_result_list(Input& in) {
  uint32_t at = in.offset();
  auto code = TRY(in.byte());
  if (code == 0) return decode_val_type(in);
  if (code != 1) return in.wrong(code, at, "component function results");
  at = in.offset();
  auto zero = TRY(in.byte());
  if (zero != 0) return in.wrong(zero, at, "number of results");
  return ValType();
}

Result<DefType> decode_type(Input& in) {
  DefType type;
  type.at = in.offset();
  TRY(in.add_types(1, type.at));
  auto code = TRY(in.byte());
  if (auto found = kPrimitiveOfCode[code]) {
    type.first = TRY(primitive(in, *found, type.at));
    return type;
  }
  auto kind = kTypeOfCode[code];
  if (!kind) return in.wrong(code, type.at, "component defined type");
  TRY(in.need(info(*kind).feature, type.at));
  type.kind = *kind;
  TRY(parts(in, type));
  return type;
}

Result<ExternName> decode_extern_name(Input& in) {
  constexpr uint8_t kWithAttributes = 0x02;
  const uint32_t start = in.offset();
  auto form = TRY(in.byte());
  if (form > kWithAttributes) return in.wrong(form, start, "component name");
  if (form == kWithAttributes && !in.features.has(Feature::canonical_names)) {
    TRY(in.need(Feature::implements, start));
  }
  ExternName name;
  name.text = TRY(in.name());
  if (form != kWithAttributes) return name;
  auto n = TRY(in.count(2));
  name.attributes.reserve(n);
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t at = in.offset();
    auto code = TRY(in.byte());
    if (code > static_cast<uint8_t>(Attribute::Kind::external_id)) return in.wrong(code, at, "name option");
    Attribute attribute;
    attribute.kind = static_cast<Attribute::Kind>(code);
    const bool canonical = attribute.kind == Attribute::Kind::version_suffix;
    TRY(in.need(canonical ? Feature::canonical_names : Feature::implements, at));
    attribute.text = TRY(in.name());
    name.attributes.push_back(attribute);
  }
  return name;
}

Result<ExternType> decode_extern_type(Input& in) {
  const uint32_t start = in.offset();
  const bool is_core_sort = in.reader.peek() == 0;
  ExternType type;
  type.sort = TRY(in.sort("component external kind"));
  if (is_core_sort && type.sort != Sort::core_module) {
    return in.wrong(info(type.sort).code, start + 1, "component external kind");
  }
  if (type.sort != Sort::type && type.sort != Sort::value) {
    type.index = TRY(in.type_index());
    return type;
  }
  const uint32_t at = in.offset();
  auto bound = TRY(in.byte());
  if (bound > 1) return in.wrong(bound, at, type.sort == Sort::type ? "type bound" : "value bound");
  if (bound == 0) {
    type.index = TRY(in.u32());
  } else if (type.sort == Sort::type) {
    type.bound = ExternType::Bound::sub_resource;
  } else {
    type.type = TRY(decode_val_type(in));
  }
  return type;
}

Result<Import> decode_import(Input& in) {
  Import import;
  import.at = in.offset();
  import.name = TRY(decode_extern_name(in));
  import.type = TRY(decode_extern_type(in));
  return import;
}

// What sorts there are depends on the target, which comes after the sort.
Result<Alias> decode_alias(Input& in) {
  constexpr std::string_view kOuterKind = "component outer alias kind";
  Alias alias;
  alias.at = in.offset();
  const bool is_core_sort = in.reader.peek() == 0;
  const uint32_t sort_at = alias.at + (is_core_sort ? 1 : 0);
  alias.sort = TRY(in.sort(kOuterKind));
  const uint32_t at = in.offset();
  auto target = TRY(in.byte());
  if (target > static_cast<uint8_t>(Alias::Target::outer)) return in.wrong(target, at, "alias");
  alias.target = static_cast<Alias::Target>(target);
  alias.scope = TRY(in.u32());
  if (alias.target != Alias::Target::outer) {
    alias.name = TRY(in.name());
    return alias;
  }
  const bool outwards = alias.sort == Sort::core_module || alias.sort == Sort::core_type ||
                        alias.sort == Sort::type || alias.sort == Sort::component;
  if (!outwards) return in.wrong(info(alias.sort).code, sort_at, kOuterKind);
  alias.index = TRY(in.u32());
  return alias;
}

}  // namespace heddle::component
