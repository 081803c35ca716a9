// Types of a module: indices, shapes, descriptors, supertypes.
#include "valid/types.h"

#include <vector>

#include "syntax/limits.h"

namespace heddle::valid {
namespace {

// "sub type 3 does not match super type 1"
Error fail_sub_type(const Context& context, uint32_t sub, std::string_view how, uint32_t super) {
  if (context.sink) {
    context.sink->headline = "sub type " + std::to_string(sub) + " " + std::string(how) + " " + std::to_string(super);
  }
  return context.fail(ErrorCode::sub_type);
}

class TypeChecker {
 public:
  explicit TypeChecker(Context& context) : context_(context), module_(context.module) {}

  Result<void> check() {
    size_t types = module_.types.size(), groups = module_.rec_groups.size();
    if (types > limits::kTypes) return context_.fail_limit("types", types, limits::kTypes);
    if (groups > limits::kRecGroups) return context_.fail_limit("rec groups", groups, limits::kRecGroups);
    depths_.resize(types);
    for (const syntax::RecGroup& group : module_.rec_groups) TRY(check_group(group));
    return {};
  }

 private:
  Result<void> check_group(const syntax::RecGroup& group) {
    first_ = group.first;
    end_ = group.first + group.count;
    if (group.count > 0) context_.at = module_.types[first_].at;
    if (group.count > limits::kRecGroupTypes) {
      return context_.fail_limit("types of a rec group", group.count, limits::kRecGroupTypes);
    }
    TRY(each(&TypeChecker::check_descriptors));
    TRY(each(&TypeChecker::check_parts));
    return each(&TypeChecker::check_super);
  }

  Result<void> each(Result<void> (TypeChecker::*check)(uint32_t)) {
    for (uint32_t i = first_; i < end_; ++i) {
      context_.at = module_.types[i].at;
      TRY((this->*check)(i));
    }
    return {};
  }

  // A type and its descriptor name each other, in this order, in one group.
  Result<void> check_descriptors(uint32_t i) {
    const SubType& type = module_.types[i];
    if (!type.describes && !type.descriptor) return {};
    if (!context_.has(Feature::custom_descriptors)) return context_.fail_feature(Feature::custom_descriptors);
    if (type.describes) {
      uint32_t described = type.describes->raw;
      if (!in_group(described)) return context_.fail(ErrorCode::described_outside, type_name(i));
      if (module_.types[described].descriptor != TypeIdx{i})
        return context_.fail(ErrorCode::not_described, type_name(i));
      if (described >= i) return context_.fail(ErrorCode::described_forward, type_name(i));
    }
    if (type.descriptor) {
      uint32_t descriptor = type.descriptor->raw;
      if (!in_group(descriptor)) return context_.fail(ErrorCode::descriptor_outside, type_name(i));
      if (module_.types[descriptor].describes != TypeIdx{i})
        return context_.fail(ErrorCode::not_described_by, type_name(i));
    }
    if (type.kind == CompKind::struct_) return {};
    return context_.fail(type.descriptor ? ErrorCode::descriptor_not_struct : ErrorCode::described_not_struct,
                         type_name(i));
  }

  Result<void> check_parts(uint32_t i) {
    const SubType& type = module_.types[i];
    if (type.params.size() > limits::kParams)
      return context_.fail_limit("params", type.params.size(), limits::kParams);
    if (type.results.size() > limits::kResults) {
      return context_.fail_limit("results", type.results.size(), limits::kResults);
    }
    if (type.fields.size() > limits::kStructFields) {
      return context_.fail_limit("struct fields", type.fields.size(), limits::kStructFields);
    }
    for (ValType t : type.params) TRY(check_val_type(t, end_, context_));
    for (ValType t : type.results) TRY(check_val_type(t, end_, context_));
    for (const FieldType& f : type.fields) TRY(check_val_type(f.type, end_, context_));
    if (type.kind != CompKind::cont) return {};
    if (!context_.has(Feature::stack_switching)) return context_.fail_feature(Feature::stack_switching);
    uint32_t func = type.cont.raw;
    if (func >= end_) return context_.fail_index(ErrorCode::unknown_type, func);
    if (module_.types[func].kind != CompKind::func) return context_.fail_index(ErrorCode::not_function_type, func);
    return {};
  }

  Result<void> check_super(uint32_t i) {
    const SubType& type = module_.types[i];
    if (!type.super) return {};
    uint32_t super = type.super->raw;
    if (super >= end_) return context_.fail_index(ErrorCode::unknown_type, super);
    if (super >= i) return context_.fail_index(ErrorCode::unknown_type, super);  // a supertype comes first
    if (module_.types[super].final) {
      return fail_sub_type(context_, i, "has final super type", super);
    }
    depths_[i] = static_cast<uint8_t>(depths_[super] + 1);
    if (depths_[i] > limits::kSubtypingDepth) {
      return context_.fail_limit("subtyping depth", depths_[i], limits::kSubtypingDepth);
    }
    return {};
  }

  bool in_group(uint32_t i) const { return first_ <= i && i < end_; }
  static std::string type_name(uint32_t i) { return "type " + std::to_string(i); }

  Context& context_;
  const syntax::Module& module_;
  uint32_t first_ = 0, end_ = 0;
  std::vector<uint8_t> depths_;
};

// Is what a type consists of a subtype of what its supertype consists of (spec 3.3.x)?
bool matches_parts(const TypeRegistry& registry, const DefType& sub, const DefType& super) {
  if (sub.kind != super.kind) return false;
  switch (sub.kind) {
    case CompKind::func:
      return registry.matches(super.params, sub.params) && registry.matches(sub.results, super.results);
    case CompKind::struct_:
    case CompKind::array:
      if (sub.fields.size() < super.fields.size()) return false;
      for (size_t i = 0; i < super.fields.size(); ++i) {
        if (!registry.matches(sub.fields[i], super.fields[i])) return false;
      }
      return true;
    case CompKind::cont: return registry.is_subtype(sub.cont, super.cont);
  }
  return false;
}

Error fail_descriptor(const Context& context, ErrorCode code, uint32_t sub, uint32_t super) {
  if (context.sink) {
    context.sink->headline =
        std::string(text_of(code)) + " " + std::to_string(sub) + " does not match " + std::to_string(super);
  }
  return context.fail(code);
}

}  // namespace

Result<void> check_types(Context& context) { return TypeChecker(context).check(); }

Result<void> check_subtyping(Context& context) {
  const std::vector<SubType>& types = context.module.types;
  for (uint32_t i = 0; i < types.size(); ++i) {
    if (!types[i].super) continue;
    context.at = types[i].at;
    uint32_t j = types[i].super->raw;
    const SubType &sub = types[i], &super = types[j];
    const DefType &sub_def = *context.info.defs[i], &super_def = *context.info.defs[j];
    if (sub.describes && super.describes && !context.registry.is_subtype(sub_def.describes, super_def.describes)) {
      return fail_descriptor(context, ErrorCode::described_mismatch, sub.describes->raw, super.describes->raw);
    }
    bool fits = sub.describes.has_value() == super.describes.has_value() && (sub.descriptor || !super.descriptor);
    if (fits && super.descriptor && !context.registry.is_subtype(sub_def.descriptor, super_def.descriptor)) {
      return fail_descriptor(context, ErrorCode::descriptor_mismatch, sub.descriptor->raw, super.descriptor->raw);
    }
    if (!fits || !matches_parts(context.registry, sub_def, super_def)) {
      return fail_sub_type(context, i, "does not match super type", j);
    }
  }
  return {};
}

}  // namespace heddle::valid
