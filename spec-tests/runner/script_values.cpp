// Both directions go by the type: what is written must be of it.
#include "spec-tests/runner/script_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "component/canon/loading.h"
#include "component/canon/shape.h"

namespace heddle::wast {
namespace {

using component::Primitive;
using component::ScriptValue;
using component::TypeKind;
using component::canon::elements_of;
using component::canon::Shape;
using component::canon::shape_of;
using component::canon::T;
using component::canon::Val;
using Written = ScriptValue::Kind;

// --- from a script

std::optional<Val> primitive_of(const ScriptValue& value, Primitive type) {
  if (value.kind != Written::primitive || value.type != type) return std::nullopt;
  if (type == Primitive::f32) return Val::f32(static_cast<uint32_t>(value.bits));
  if (type == Primitive::f64) return Val::f64(value.bits);
  if (type != Primitive::string) return Val::integer(value.bits);
  Val made{.kind = Val::Kind::string};
  made.string = {value.text, component::canon::StringEncoding::utf8, value.text.size()};
  return made;
}

// The items of `value` as of the types that `type_at` names.
template <class TypeAt>
std::optional<std::vector<Val>> items_of(const ScriptValue& value, const TypeAt& type_at) {
  std::vector<Val> parts;
  for (size_t i = 0; i < value.items.size(); ++i) {
    auto part = value_of(value.items[i], type_at(i));
    if (!part) return std::nullopt;
    parts.push_back(std::move(*part));
  }
  return parts;
}

std::optional<Val> case_of(const ScriptValue& value, size_t index, const T& payload) {
  if (value.items.size() != (payload.present() ? 1 : 0)) return std::nullopt;
  auto parts = items_of(value, [&](size_t) { return payload; });
  if (!parts) return std::nullopt;
  return Val::of(Val::Kind::variant, std::move(*parts), index);
}

std::optional<Val> record_of(const ScriptValue& value, const Shape& shape) {
  const auto& fields = shape.type->fields;
  if (value.items.size() != fields.size()) return std::nullopt;
  for (size_t i = 0; i < value.labels.size(); ++i) {
    if (value.labels[i] != fields[i].label) return std::nullopt;
  }
  auto parts = items_of(value, [&](size_t i) { return shape.field(i); });
  if (!parts) return std::nullopt;
  return Val::of(Val::Kind::record, std::move(*parts));
}

std::optional<Val> list_of(const ScriptValue& value, const Shape& shape) {
  const bool fixed = shape.kind == TypeKind::fixed_list;
  if (fixed && value.items.size() != shape.type->number) return std::nullopt;
  auto parts = items_of(value, [element = shape.element()](size_t) { return element; });
  if (!parts) return std::nullopt;
  return Val::of(Val::Kind::list, std::move(*parts));
}

std::optional<Val> flags_of(const ScriptValue& value, const Shape& shape) {
  uint64_t bits = 0;
  for (const std::string& label : value.labels) {
    const auto index = shape.label_index(label);
    if (!index) return std::nullopt;
    bits |= uint64_t{1} << *index;
  }
  return Val::integer(bits);
}

std::optional<Val> variant_of(const ScriptValue& value, const Shape& shape) {
  switch (value.kind) {
    case Written::none:
    case Written::ok: return case_of(value, 0, shape.payload(0));
    case Written::some:
    case Written::error: return case_of(value, 1, shape.payload(1));
    default: break;
  }
  const auto index = shape.label_index(value.text);
  if (!index) return std::nullopt;
  return case_of(value, *index, shape.payload(*index));
}

bool may_be_written(Written written, TypeKind kind) {
  switch (kind) {
    case TypeKind::record: return written == Written::record;
    case TypeKind::tuple: return written == Written::tuple;
    case TypeKind::list:
    case TypeKind::fixed_list:
    case TypeKind::map: return written == Written::list;
    case TypeKind::flags: return written == Written::flags;
    case TypeKind::enum_: return written == Written::enum_;
    case TypeKind::variant: return written == Written::variant;
    case TypeKind::option: return written == Written::none || written == Written::some;
    case TypeKind::result: return written == Written::ok || written == Written::error;
    default: return false;
  }
}

}  // namespace

std::optional<Val> value_of(const ScriptValue& value, const T& type) {
  if (type.parts()) {
    if (value.kind != Written::tuple || value.items.size() != type.parts()->size()) return std::nullopt;
    auto parts = items_of(value, [&](size_t i) { return (*type.parts())[i]; });
    if (!parts) return std::nullopt;
    return Val::of(Val::Kind::record, std::move(*parts));
  }
  const Shape shape = shape_of(type);
  if (shape.kind == TypeKind::primitive) return primitive_of(value, shape.primitive);
  if (!may_be_written(value.kind, shape.kind)) return std::nullopt;
  switch (value.kind) {
    case Written::record:
    case Written::tuple: return record_of(value, shape);
    case Written::list: return list_of(value, shape);
    case Written::flags: return flags_of(value, shape);
    default: return variant_of(value, shape);
  }
}

// --- against a script

namespace {

bool is_nan(const Val& value, text::Pattern::Nan wanted) {
  const bool is_f32 = value.kind == Val::Kind::f32;
  const uint64_t quiet = is_f32 ? 0x7fc00000 : 0x7ff8000000000000;
  const uint64_t magnitude = value.bits & (is_f32 ? 0x7fffffff : 0x7fffffffffffffff);
  return wanted == text::Pattern::Nan::canonical ? magnitude == quiet : (magnitude & quiet) == quiet;
}

bool primitive_matches(const Val& value, Primitive type, const ScriptValue& wanted) {
  if (wanted.nan != text::Pattern::Nan::exact) return wanted.type == type && is_nan(value, wanted.nan);
  const auto exact = primitive_of(wanted, type);
  return exact && value.bits == exact->bits && value.string.text == exact->string.text;
}

template <class TypeAt>
bool items_match(const std::vector<Val>& parts, const ScriptValue& wanted, const TypeAt& type_at) {
  if (parts.size() != wanted.items.size()) return false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!matches(parts[i], type_at(i), wanted.items[i])) return false;
  }
  return true;
}

// Which case is written.
std::optional<uint32_t> index_of(const ScriptValue& wanted, const Shape& shape) {
  switch (wanted.kind) {
    case Written::none:
    case Written::ok: return 0;
    case Written::some:
    case Written::error: return 1;
    default: return shape.label_index(wanted.text);
  }
}

}  // namespace

bool matches(const Val& value, const T& type, const ScriptValue& wanted) {
  if (type.parts()) return items_match(value.parts, wanted, [&](size_t i) { return (*type.parts())[i]; });
  const Shape shape = shape_of(type);
  if (shape.kind == TypeKind::primitive) return primitive_matches(value, shape.primitive, wanted);
  if (!may_be_written(wanted.kind, shape.kind)) return false;
  switch (wanted.kind) {
    case Written::record:
      for (size_t i = 0; i < wanted.labels.size(); ++i) {
        if (i >= shape.type->fields.size() || wanted.labels[i] != shape.type->fields[i].label) return false;
      }
      [[fallthrough]];
    case Written::tuple: return items_match(value.parts, wanted, [&](size_t i) { return shape.field(i); });
    case Written::list: {
      const T element = shape.element();
      return items_match(elements_of(value, element), wanted, [&](size_t) -> const T& { return element; });
    }
    case Written::flags: {
      const auto exact = flags_of(wanted, shape);
      return exact && exact->bits == value.bits;
    }
    default: {
      const auto index = index_of(wanted, shape);
      return index && *index == value.bits &&
             items_match(value.parts, wanted, [&](size_t) { return shape.payload(value.bits); });
    }
  }
}

std::string in_words(const Val& value) {
  auto parts = [&] {
    std::string text;
    for (const Val& part : value.parts) text += (text.empty() ? "" : ", ") + in_words(part);
    return text;
  };
  switch (value.kind) {
    case Val::Kind::integer: return fmt::format("{}", value.bits);
    case Val::Kind::f32:
    case Val::Kind::f64: return fmt::format("{:#x}", value.bits);
    case Val::Kind::string: return '"' + value.string.text + '"';
    case Val::Kind::packed: return fmt::format("{} numbers", value.bits);
    case Val::Kind::list: return '[' + parts() + ']';
    case Val::Kind::record: return '(' + parts() + ')';
    case Val::Kind::variant: return fmt::format("case {}({})", value.bits, parts());
    case Val::Kind::shared: return "a stream or future";
    case Val::Kind::error_context: return "an error context";
  }
  return {};
}

}  // namespace heddle::wast
