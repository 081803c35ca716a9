// One function a production, each the mirror of the decoder's.
#include "component/binary/encode_types.h"

namespace heddle::component {
namespace {

using binary::Writer;

void optional(Writer& out, ValType type) {
  out.byte(type.present());
  if (type.present()) write(out, type);
}

void fields(Writer& out, const DefType& type) {
  const bool labels = type.kind != TypeKind::tuple;
  const bool types = type.kind != TypeKind::flags && type.kind != TypeKind::enum_;
  out.u64(type.fields.size());
  for (const Field& field : type.fields) {
    if (labels) out.name(field.label);
    if (type.kind == TypeKind::variant) {
      optional(out, field.type);
      out.byte(0);
    } else if (types) {
      write(out, field.type);
    }
  }
}

size_t count(const std::vector<Run>& order) {
  size_t n = 0;
  for (const Run& run : order) n += run.count;
  return n;
}

// A declaration of a component or instance type: its code, then the thing.
template <class T>
void declaration(Writer& out, uint8_t code, const T& what) {
  out.byte(code);
  write(out, what);
}

void declarations(Writer& out, const Declarations& d) {
  out.u64(count(d.order));
  for_each(d.order, [&](DefKind kind, uint32_t i) {
    switch (kind) {
      case DefKind::core_type: return declaration(out, 0x00, d.core_types[i]);
      case DefKind::type: return declaration(out, 0x01, d.types[i]);
      case DefKind::alias: return declaration(out, 0x02, d.aliases[i]);
      case DefKind::import: return declaration(out, 0x03, d.imports[i]);
      case DefKind::export_: return declaration(out, 0x04, d.exports[i]);
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
}

void import(Writer& out, const CoreImport& import) {
  out.byte(0x00);
  out.name(import.module);
  out.name(import.name);
  out.extern_type(import.type);
}

void alias(Writer& out, const Alias& alias) {
  out.byte(0x02);
  out.byte(info(Sort::core_type).code);
  out.byte(0x01);  // outer
  out.u32(alias.scope);
  out.u32(alias.index);
}

void export_(Writer& out, const CoreExport& item) {
  out.byte(0x03);
  out.name(item.name);
  out.extern_type(item.type);
}

void module_type(Writer& out, const ModuleType& m) {
  out.u64(count(m.order));
  for_each(m.order, [&](DefKind kind, uint32_t i) {
    switch (kind) {
      case DefKind::import: return import(out, m.imports[i]);
      case DefKind::core_type: return declaration(out, 0x01, m.types[i]);
      case DefKind::alias: return alias(out, m.aliases[i]);
      case DefKind::export_: return export_(out, m.exports[i]);
      case DefKind::custom:
      case DefKind::core_module:
      case DefKind::core_instance:
      case DefKind::component:
      case DefKind::instance:
      case DefKind::type:
      case DefKind::canon:
      case DefKind::start:
      case DefKind::value: break;
    }
    HEDDLE_ASSERT(false);  // nothing else is declared there
  });
}

void resource(Writer& out, const DefType& type) {
  out.val_type(type.rep);
  const bool has_destructor = type.number != kNoIndex;
  out.byte(has_destructor);
  if (has_destructor) out.u32(type.number);
}

}  // namespace

void write(Writer& out, ValType type) {
  if (type.is_primitive()) return out.byte(info(type.primitive()).code);
  out.s33(type.index());
}

void write_result_list(Writer& out, ValType result) {
  out.byte(!result.present());
  if (result.present()) return write(out, result);
  out.byte(0);
}

void write(Writer& out, const DefType& type) {
  if (type.kind != TypeKind::primitive) out.byte(info(type.kind).code);
  switch (type.kind) {
    case TypeKind::record:
    case TypeKind::variant:
    case TypeKind::tuple:
    case TypeKind::flags:
    case TypeKind::enum_: return fields(out, type);
    case TypeKind::primitive:
    case TypeKind::list:
    case TypeKind::option: return write(out, type.first);
    case TypeKind::fixed_list: write(out, type.first); return out.u32(type.number);
    case TypeKind::map: write(out, type.first); return write(out, type.second);
    case TypeKind::result: optional(out, type.first); return optional(out, type.second);
    case TypeKind::own:
    case TypeKind::borrow: return out.u32(type.number);
    case TypeKind::stream:
    case TypeKind::future: return optional(out, type.first);
    case TypeKind::func:
    case TypeKind::async_func: fields(out, type); return write_result_list(out, type.first);
    case TypeKind::resource: return resource(out, type);
    case TypeKind::component:
    case TypeKind::instance: return declarations(out, *type.declarations);
  }
}

void write(Writer& out, const CoreType& type) {
  if (type.module) {
    out.byte(0x50);
    return module_type(out, *type.module);
  }
  if (type.is_rec) {
    out.byte(0x4e);
    out.u64(type.types.size());
  } else if (!type.types.front().final) {
    out.byte(0x00);  // or it would begin like a module type
  }
  for (const SubType& sub : type.types) out.sub_type(sub);
}

void write(Writer& out, const ExternName& name) {
  out.byte(name.attributes.empty() ? 0x00 : 0x02);
  out.name(name.text);
  if (name.attributes.empty()) return;
  out.u64(name.attributes.size());
  for (const Attribute& attribute : name.attributes) {
    out.byte(static_cast<uint8_t>(attribute.kind));
    out.name(attribute.text);
  }
}

void write(Writer& out, Sort sort) {
  if (is_core(sort)) out.byte(0);
  out.byte(info(sort).code);
}

void write(Writer& out, const ExternType& type) {
  write(out, type.sort);
  if (type.sort == Sort::type) {
    out.byte(type.bound == ExternType::Bound::sub_resource);
    if (type.bound == ExternType::Bound::sub_resource) return;
  } else if (type.sort == Sort::value) {
    out.byte(type.type.present());
    if (type.type.present()) return write(out, type.type);
  }
  out.u32(type.index);
}

void write(Writer& out, const Import& import) {
  write(out, import.name);
  write(out, import.type);
}

void write(Writer& out, const Alias& alias) {
  write(out, alias.sort);
  out.byte(static_cast<uint8_t>(alias.target));
  out.u32(alias.scope);
  if (alias.target == Alias::Target::outer) return out.u32(alias.index);
  out.name(alias.name);
}

}  // namespace heddle::component
