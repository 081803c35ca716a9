// Types: indices, shapes, descriptors, supertypes. A module's are checked all at once, a component's group by group;
// then `before` are the ids of those in front of the group.
#include "valid/types.h"

#include <algorithm>
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
  TypeChecker(Context& context, std::span<const SubType> types, std::span<const TypeId> before)
      : context_(context), types_(types), before_(before), depths_(types.size()) {}

  Result<void> check_module(const std::vector<syntax::RecGroup>& groups) {
    if (types_.size() > limits::kTypes) return context_.fail_limit("types", types_.size(), limits::kTypes);
    if (groups.size() > limits::kRecGroups) {
      return context_.fail_limit("rec groups", groups.size(), limits::kRecGroups);
    }
    for (const syntax::RecGroup& group : groups) TRY(check_group(group));
    return {};
  }

  Result<void> check_group(const syntax::RecGroup& group) {
    first_ = group.first;
    end_ = group.first + group.count;
    if (group.count > 0) context_.at = type(first_).at;
    if (group.count > limits::kRecGroupTypes) {
      return context_.fail_limit("types of a rec group", group.count, limits::kRecGroupTypes);
    }
    TRY(each(&TypeChecker::check_descriptors));
    TRY(each(&TypeChecker::check_parts));
    return each(&TypeChecker::check_super);
  }

 private:
  bool is_before(uint32_t i) const { return i < before_.size(); }
  const SubType& type(uint32_t i) const { return types_[i - before_.size()]; }
  const DefType& earlier(uint32_t i) const { return context_.registry[before_[i]]; }

  Result<void> each(Result<void> (TypeChecker::*check)(uint32_t)) {
    for (uint32_t i = first_; i < end_; ++i) {
      context_.at = type(i).at;
      TRY((this->*check)(i));
    }
    return {};
  }

  // A type and its descriptor name each other, in this order, in one group.
  Result<void> check_descriptors(uint32_t i) {
    const SubType& type = this->type(i);
    if (!type.describes && !type.descriptor) return {};
    if (!context_.has(Feature::custom_descriptors)) return context_.fail_feature(Feature::custom_descriptors);
    if (type.describes) {
      uint32_t described = type.describes->raw;
      if (!in_group(described)) return context_.fail(ErrorCode::described_outside, type_name(i));
      if (this->type(described).descriptor != TypeIdx{i})
        return context_.fail(ErrorCode::not_described, type_name(i));
      if (described >= i) return context_.fail(ErrorCode::described_forward, type_name(i));
    }
    if (type.descriptor) {
      uint32_t descriptor = type.descriptor->raw;
      if (!in_group(descriptor)) return context_.fail(ErrorCode::descriptor_outside, type_name(i));
      if (this->type(descriptor).describes != TypeIdx{i})
        return context_.fail(ErrorCode::not_described_by, type_name(i));
    }
    if (type.kind == CompKind::struct_) return {};
    return context_.fail(type.descriptor ? ErrorCode::descriptor_not_struct : ErrorCode::described_not_struct,
                         type_name(i));
  }

  Result<void> check_parts(uint32_t i) {
    const SubType& type = this->type(i);
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
    const CompKind kind = is_before(func) ? earlier(func).kind : this->type(func).kind;
    if (kind != CompKind::func) return context_.fail_index(ErrorCode::not_function_type, func);
    return {};
  }

  Result<void> check_super(uint32_t i) {
    const SubType& type = this->type(i);
    if (!type.super) return {};
    uint32_t super = type.super->raw;
    if (super >= end_) return context_.fail_index(ErrorCode::unknown_type, super);
    if (super >= i) return context_.fail_index(ErrorCode::unknown_type, super);  // a supertype comes first
    if (is_before(super) ? earlier(super).final : this->type(super).final) {
      return fail_sub_type(context_, i, "has final super type", super);
    }
    const uint32_t depth = 1 + (is_before(super) ? earlier(super).depth() : depths_[super - before_.size()]);
    if (depth > limits::kSubtypingDepth) {
      return context_.fail_limit("subtyping depth", depth, limits::kSubtypingDepth);
    }
    depths_[i - before_.size()] = static_cast<uint8_t>(depth);
    return {};
  }

  bool in_group(uint32_t i) const { return first_ <= i && i < end_; }
  static std::string type_name(uint32_t i) { return "type " + std::to_string(i); }

  Context& context_;
  std::span<const SubType> types_;
  std::span<const TypeId> before_;
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

namespace {

// The subtyping declarations of `types`, the last of those in `ids`.
class SubtypingChecker {
 public:
  SubtypingChecker(Context& context, std::span<const SubType> types, std::span<const TypeId> ids)
      : context_(context), types_(types), ids_(ids), base_(static_cast<uint32_t>(ids.size() - types.size())) {}

  Result<void> check() {
    for (uint32_t i = 0; i < types_.size(); ++i) {
      if (!types_[i].super) continue;
      context_.at = types_[i].at;
      TRY(check(base_ + i, types_[i].super->raw));
    }
    return {};
  }

 private:
  Result<void> check(uint32_t i, uint32_t j) {
    const TypeRegistry& registry = context_.registry;
    const DefType &sub = registry[ids_[i]], &super = registry[ids_[j]];
    const bool sub_describes = sub.describes != kNoType, super_describes = super.describes != kNoType;
    if (sub_describes && super_describes && !registry.is_subtype(sub.describes, super.describes)) {
      return fail_descriptor(context_, ErrorCode::described_mismatch, index(i, &SubType::describes, sub.describes),
                             index(j, &SubType::describes, super.describes));
    }
    const bool has_descriptor = super.descriptor != kNoType;
    const bool fits = sub_describes == super_describes && (sub.descriptor != kNoType || !has_descriptor);
    if (fits && has_descriptor && !registry.is_subtype(sub.descriptor, super.descriptor)) {
      return fail_descriptor(context_, ErrorCode::descriptor_mismatch, index(i, &SubType::descriptor, sub.descriptor),
                             index(j, &SubType::descriptor, super.descriptor));
    }
    if (!fits || !matches_parts(registry, sub, super)) {
      return fail_sub_type(context_, i, "does not match super type", j);
    }
    return {};
  }

  // For messages: the index by which type `i` names the type `id`.
  uint32_t index(uint32_t i, OptionalIndex<TypeIdx> SubType::* part, TypeId id) const {
    if (i >= base_) return (types_[i - base_].*part)->raw;
    return static_cast<uint32_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
  }

  Context& context_;
  std::span<const SubType> types_;
  std::span<const TypeId> ids_;
  uint32_t base_;
};

}  // namespace

Result<void> check_types(Context& context) {
  return TypeChecker(context, context.module.types, {}).check_module(context.module.rec_groups);
}

Result<void> check_subtyping(Context& context) {
  return SubtypingChecker(context, context.module.types, context.info.types.ids()).check();
}

Result<void> add_group(std::span<const SubType> group, std::vector<TypeId>& ids, TypeUse& use,
                       const Features& features, TypeRegistry& registry, ErrorSink* sink) {
  const syntax::Module module;
  const ModuleInfo info;
  Context context{module, features, registry, info, sink};
  const auto first = static_cast<uint32_t>(ids.size());
  TRY(TypeChecker(context, group, ids).check_group({first, static_cast<uint32_t>(group.size())}));
  TRY(registry.add_group(group, ids, use));
  const auto added = use.ids().last(group.size());
  ids.insert(ids.end(), added.begin(), added.end());
  return SubtypingChecker(context, group, ids).check();
}

// --- external types

namespace {

Result<void> check_limits(const Context& context, const Limits& limits, uint64_t most, ErrorCode code) {
  if (limits.min > most) return context.fail(code, std::to_string(limits.min));
  if (limits.max && *limits.max > most) return context.fail(code, std::to_string(*limits.max));
  if (limits.max && *limits.max < limits.min) return context.fail(ErrorCode::size_minimum);
  return {};
}

}  // namespace

Result<void> check_memory_type(const Context& context, const MemType& memory) {
  if (memory.addr64 && !context.has(Feature::v3)) return context.fail_feature(Feature::v3);
  if (memory.shared && !context.has(Feature::threads)) return context.fail_feature(Feature::threads);
  if (memory.page_size_log2 == 16) {
    TRY(check_limits(context, memory.limits, memory.addr64 ? limits::kMemory64Pages : limits::kMemory32Pages,
                     memory.addr64 ? ErrorCode::memory64_size : ErrorCode::memory_size));
  } else {
    if (!context.has(Feature::custom_page_sizes)) return context.fail_feature(Feature::custom_page_sizes);
    if (memory.page_size_log2 != 0) return context.fail(ErrorCode::invalid_page_size);
    TRY(check_limits(context, memory.limits, memory.addr64 ? UINT64_MAX : UINT32_MAX, ErrorCode::memory_size_custom));
  }
  if (memory.shared && !memory.limits.max) return context.fail(ErrorCode::shared_needs_max);
  return {};
}

Result<void> check_table_size(const Context& context, const TableType& table) {
  if (table.addr64 && !context.has(Feature::v3)) return context.fail_feature(Feature::v3);
  return check_limits(context, table.limits, table.addr64 ? UINT64_MAX : UINT32_MAX, ErrorCode::table_size);
}

Result<void> check_tag_type(const Context& context, const DefType& type) {
  if (!context.has(Feature::v3)) return context.fail_feature(Feature::v3);
  if (type.results.empty() || context.has(Feature::stack_switching)) return {};
  return context.fail(ErrorCode::tag_result, context.show(type.results));
}

Result<CanonicalType> check_extern_type(const ExternType& type, uint32_t at, std::span<const TypeId> ids,
                                        const Features& features, const TypeRegistry& registry, ErrorSink* sink) {
  const syntax::Module module;
  const ModuleInfo info;
  const Context context{module, features, registry, info, sink, at};
  const auto count = static_cast<uint32_t>(ids.size());
  switch (type.kind) {
    case ExternKind::func:
    case ExternKind::tag: {
      const uint32_t index = type.type.raw;
      if (index >= count) return context.fail_index(ErrorCode::unknown_type, index);
      const DefType& def = registry[ids[index]];
      if (def.kind != CompKind::func) return context.fail_index(ErrorCode::not_function_type, index);
      if (type.exact && !context.has(Feature::custom_descriptors)) {
        return context.fail_feature(Feature::custom_descriptors);
      }
      if (type.kind == ExternKind::tag) TRY(check_tag_type(context, def));
      break;
    }
    case ExternKind::table:
      TRY(check_val_type(type.table.elem, count, context));
      TRY(check_table_size(context, type.table));
      break;
    case ExternKind::memory: TRY(check_memory_type(context, type.memory)); break;
    case ExternKind::global: TRY(check_val_type(type.global.type, count, context)); break;
  }
  return canonical_type(type, ids);
}

}  // namespace heddle::valid
