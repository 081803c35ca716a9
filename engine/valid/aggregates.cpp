// Structs and arrays (spec 3.4.6 to 3.4.8), descriptors (custom descriptors), and continuations (stack switching).
#include "syntax/limits.h"
#include "valid/body.h"

namespace heddle::valid {

// --- structs

Result<void> BodyChecker::check_struct_new(bool defaults, bool with_descriptor) {
  uint32_t index = TRY(in_.u32());
  const DefType& type = *TRY(context_.type(index, CompKind::struct_));
  if ((type.descriptor != kNoType) != with_descriptor) {
    return context_.fail(with_descriptor ? ErrorCode::no_descriptor_allowed : ErrorCode::descriptor_required,
                         "type " + std::to_string(index));
  }
  if (with_descriptor) TRY(pop(ValType::ref(HeapType::defined(type.descriptor, true), true)));
  for (size_t i = type.fields.size(); i-- > 0;) {
    ValType field = type.fields[i].type;
    if (!defaults) {
      TRY(pop(field.unpacked()));
    } else if (!field.defaultable()) {
      return context_.fail(ErrorCode::not_defaultable, "field " + std::to_string(i));
    }
  }
  push(made(type));
  return {};
}

Result<const FieldType*> BodyChecker::read_field(const DefType& type) {
  uint32_t index = TRY(in_.u32());
  if (index < type.fields.size()) return &type.fields[index];
  return context_.fail_index(ErrorCode::unknown_field, index);
}

// Packed fields are read with a sign or without one, and only they.
Result<void> BodyChecker::check_get(const FieldType& field, bool packed) {
  if (field.type.is_packed() != packed) {
    return context_.fail_types(packed ? "a packed field" : "a field that is not packed", context_.show(field.type));
  }
  push(field.type.unpacked());
  return {};
}

Result<void> BodyChecker::check_struct_get(bool packed) {
  const DefType& type = *TRY(read_type(CompKind::struct_));
  const FieldType& field = *TRY(read_field(type));
  TRY(pop(nullable(type)));
  return check_get(field, packed);
}

Result<void> BodyChecker::check_struct_set() {
  const DefType& type = *TRY(read_type(CompKind::struct_));
  const FieldType& field = *TRY(read_field(type));
  if (!field.mut) return context_.fail(ErrorCode::immutable_field);
  TRY(pop(field.type.unpacked()));
  return pop(nullable(type));
}

Result<void> BodyChecker::check_ref_get_desc() {
  uint32_t index = TRY(in_.u32());
  const DefType& type = *TRY(context_.type(index));
  if (type.descriptor == kNoType) return context_.fail_index(ErrorCode::no_descriptor, index);
  ValType ref = TRY(pop_ref());
  bool exact = context_.registry.matches(ref.heap(), HeapType::defined(type.id, true));
  ValType expected = ValType::ref(HeapType::defined(type.id, exact), true);
  if (!context_.matches(ref, expected)) return context_.fail_types(context_.show(expected), context_.show(ref));
  push(ValType::ref(HeapType::defined(type.descriptor, exact), false));
  return {};
}

Result<void> BodyChecker::check_struct_new() { return check_struct_new(false, false); }
Result<void> BodyChecker::check_struct_new_default() { return check_struct_new(true, false); }
Result<void> BodyChecker::check_struct_new_desc() { return check_struct_new(false, true); }
Result<void> BodyChecker::check_struct_new_default_desc() { return check_struct_new(true, true); }
Result<void> BodyChecker::check_struct_get() { return check_struct_get(false); }
Result<void> BodyChecker::check_struct_get_s() { return check_struct_get(true); }
Result<void> BodyChecker::check_struct_get_u() { return check_struct_get(true); }

// --- arrays

Result<void> BodyChecker::check_array_new() {
  const DefType& type = *TRY(read_type(CompKind::array));
  TRY(pop(kI32));
  TRY(pop(type.fields[0].type.unpacked()));
  push(made(type));
  return {};
}

Result<void> BodyChecker::check_array_new_default() {
  const DefType& type = *TRY(read_type(CompKind::array));
  if (!type.fields[0].type.defaultable()) return context_.fail(ErrorCode::not_defaultable, "element");
  TRY(pop(kI32));
  push(made(type));
  return {};
}

Result<void> BodyChecker::check_array_new_fixed() {
  const DefType& type = *TRY(read_type(CompKind::array));
  uint32_t count = TRY(in_.u32());
  if (count > limits::kArrayNewFixed)
    return context_.fail_limit(info(Op::array_new_fixed).text, count, limits::kArrayNewFixed);
  for (uint32_t i = 0; i < count; ++i) TRY(pop(type.fields[0].type.unpacked()));
  push(made(type));
  return {};
}

// The type's elements can be read from a data segment (the immediate that follows).
Result<void> BodyChecker::check_array_data(const DefType& type) {
  TRY(context_.data(TRY(in_.u32())));
  if (type.fields[0].type.is_ref())
    return context_.fail(ErrorCode::array_not_numeric, context_.show(type.fields[0].type));
  return {};
}

Result<void> BodyChecker::check_array_elem(const DefType& type) {
  ValType elem = TRY(context_.elem(TRY(in_.u32())));
  ValType field = type.fields[0].type;
  if (context_.matches(elem, field)) return {};
  return context_.fail_types(context_.show(field) + " in the segment", context_.show(elem));
}

Result<void> BodyChecker::check_array_new_data() {
  const DefType& type = *TRY(read_type(CompKind::array));
  TRY(check_array_data(type));
  TRY(pop(kI32));
  TRY(pop(kI32));
  push(made(type));
  return {};
}

Result<void> BodyChecker::check_array_new_elem() {
  const DefType& type = *TRY(read_type(CompKind::array));
  TRY(check_array_elem(type));
  TRY(pop(kI32));
  TRY(pop(kI32));
  push(made(type));
  return {};
}

Result<void> BodyChecker::check_array_get(bool packed) {
  const DefType& type = *TRY(read_type(CompKind::array));
  TRY(pop(kI32));
  TRY(pop(nullable(type)));
  return check_get(type.fields[0], packed);
}

Result<const DefType*> BodyChecker::read_mutable_array() {
  const DefType* type = TRY(read_type(CompKind::array));
  if (!type->fields[0].mut) return context_.fail(ErrorCode::immutable_array);
  return type;
}

Result<void> BodyChecker::check_array_set() {
  const DefType& type = *TRY(read_mutable_array());
  TRY(pop(type.fields[0].type.unpacked()));
  TRY(pop(kI32));
  return pop(nullable(type));
}

Result<void> BodyChecker::check_array_fill() {
  const DefType& type = *TRY(read_mutable_array());
  TRY(pop(kI32));
  TRY(pop(type.fields[0].type.unpacked()));
  TRY(pop(kI32));
  return pop(nullable(type));
}

Result<void> BodyChecker::check_array_copy() {
  const DefType& to = *TRY(read_mutable_array());
  const DefType& from = *TRY(read_type(CompKind::array));
  if (!context_.matches(from.fields[0].type, to.fields[0].type)) {
    return context_.fail(ErrorCode::array_types_mismatch,
                         context_.show(from.fields[0].type) + " into " + context_.show(to.fields[0].type));
  }
  TRY(pop(kI32));
  TRY(pop(kI32));
  TRY(pop(nullable(from)));
  TRY(pop(kI32));
  return pop(nullable(to));
}

Result<void> BodyChecker::check_array_init_data() {
  const DefType& type = *TRY(read_mutable_array());
  TRY(check_array_data(type));
  for (int i = 0; i < 3; ++i) TRY(pop(kI32));
  return pop(nullable(type));
}

Result<void> BodyChecker::check_array_init_elem() {
  const DefType& type = *TRY(read_mutable_array());
  TRY(check_array_elem(type));
  for (int i = 0; i < 3; ++i) TRY(pop(kI32));
  return pop(nullable(type));
}

Result<void> BodyChecker::check_array_get() { return check_array_get(false); }
Result<void> BodyChecker::check_array_get_s() { return check_array_get(true); }
Result<void> BodyChecker::check_array_get_u() { return check_array_get(true); }

// --- continuations

const DefType& BodyChecker::func_of(const DefType& cont) const { return context_.registry[cont.cont]; }

Result<void> BodyChecker::check_cont_new() {
  const DefType& type = *TRY(read_type(CompKind::cont));
  TRY(pop(nullable(func_of(type))));
  push(ValType::ref(HeapType::defined(type.id), false));
  return {};
}

// [t1* t2*] -> [t3*] becomes [t2*] -> [t3*]: the first parameters are bound.
Result<void> BodyChecker::check_cont_bind() {
  const DefType& from = *TRY(read_type(CompKind::cont));
  const DefType& to = *TRY(read_type(CompKind::cont));
  const DefType& before = func_of(from);
  const DefType& after = func_of(to);
  if (before.params.size() < after.params.size()) {
    return context_.fail_types(context_.show(before.params), context_.show(after.params) + " after binding");
  }
  size_t bound = before.params.size() - after.params.size();
  bool fits = context_.registry.matches(after.params, before.params.subspan(bound)) &&
              context_.registry.matches(before.results, after.results);
  if (!fits)
    return context_.fail_types(context_.show(nullable(to)), context_.show(nullable(from)) + " after binding");
  TRY(pop(nullable(from)));
  TRY(pop(before.params.first(bound)));
  push(ValType::ref(HeapType::defined(to.id), false));
  return {};
}

Result<void> BodyChecker::check_suspend() {
  const DefType& tag = *TRY(context_.tag(TRY(in_.u32())));
  info_.has_calls = true;
  TRY(pop(tag.params));
  return push(tag.results);
}

// (on $tag $label): the label takes the tag's parameters and a continuation that takes the tag's results and goes on
// to give what the resumed one gives. (on $tag switch): the tag has no parameters.
Result<void> BodyChecker::check_handler(const Handler& handler, std::span<const ValType> results) {
  const DefType& tag = *TRY(context_.tag(handler.tag.raw));
  if (handler.switches) {
    if (tag.params.empty()) return {};
    return context_.fail_types("a tag without parameters", context_.show(tag.params));
  }
  std::span<const ValType> target = label_types(*TRY(label(handler.label)));
  if (target.empty() || !target.back().defined()) {
    if (context_.sink) {
      context_.sink->headline =
          "type mismatch: instruction requires concrete continuation reference type but label has " +
          context_.show(target);
    }
    return context_.fail(ErrorCode::type_mismatch);
  }
  const DefType& cont = context_.registry[target.back().heap().index()];
  if (cont.kind != CompKind::cont) return context_.fail_index(ErrorCode::not_cont_type, context_.index_of(cont.id));
  const DefType& rest = func_of(cont);
  if (!context_.registry.matches(rest.params, tag.results) || !context_.registry.matches(results, rest.results)) {
    return context_.fail_types(context_.show(tag.results) + " to " + context_.show(results),
                               context_.show(rest.params) + " to " + context_.show(rest.results) + " as the label's");
  }
  std::span<const ValType> values = target.first(target.size() - 1);
  if (context_.registry.matches(tag.params, values)) return {};
  return context_.fail_types(context_.show(values) + " as the label has", context_.show(tag.params));
}

Result<void> BodyChecker::check_handlers(std::span<const ValType> results) {
  info_.has_calls = true;
  uint32_t count = TRY(in_.count());
  for (uint32_t i = 0; i < count; ++i) TRY(check_handler(TRY(read_handler(in_)), results));
  return {};
}

Result<void> BodyChecker::check_resume() {
  const DefType& type = *TRY(read_type(CompKind::cont));
  const DefType& func = func_of(type);
  TRY(check_handlers(func.results));
  TRY(pop(nullable(type)));
  TRY(pop(func.params));
  return push(func.results);
}

Result<void> BodyChecker::check_resume_throw() {
  const DefType& type = *TRY(read_type(CompKind::cont));
  const DefType& tag = *TRY(context_.tag(TRY(in_.u32())));
  TRY(check_handlers(func_of(type).results));
  TRY(pop(nullable(type)));
  TRY(pop(tag.params));
  return push(func_of(type).results);
}

Result<void> BodyChecker::check_resume_throw_ref() {
  const DefType& type = *TRY(read_type(CompKind::cont));
  TRY(check_handlers(func_of(type).results));
  TRY(pop(nullable(type)));
  TRY(pop(kExnRef));
  return push(func_of(type).results);
}

// switch $ct $tag: goes to a continuation whose last parameter is the continuation left behind.
Result<void> BodyChecker::check_switch_() {
  const DefType& type = *TRY(read_type(CompKind::cont));
  const DefType& tag = *TRY(context_.tag(TRY(in_.u32())));
  const DefType& func = func_of(type);
  info_.has_calls = true;
  bool takes_cont = !func.params.empty() && func.params.back().defined() &&
                    context_.registry[func.params.back().heap().index()].kind == CompKind::cont;
  if (!takes_cont) return context_.fail_types("a continuation as the last parameter", context_.show(func.params));
  const DefType& left = func_of(context_.registry[func.params.back().heap().index()]);
  if (!tag.params.empty()) return context_.fail(ErrorCode::switch_tag, context_.show(tag.params));
  if (!context_.registry.matches(func.results, tag.results) ||
      !context_.registry.matches(tag.results, left.results)) {
    return context_.fail_types(context_.show(tag.results) + " as the tag has",
                               context_.show(func.results) + " and " + context_.show(left.results));
  }
  TRY(pop(nullable(type)));
  TRY(pop(func.params.first(func.params.size() - 1)));
  return push(left.params);
}

}  // namespace heddle::valid
