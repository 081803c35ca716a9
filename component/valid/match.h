// Is one type a subtype of another (Explainer.md, "Type Checking"; Subtyping.md)? Value types must be equal,
// functions have equal parts, instances and components may have more exports and fewer imports than is asked for.
//
// A resource type that the wanted side binds is a variable: it stands for the one that is given at the same place, in
// everything that follows. What is bound is looked up when resource types are compared; no types are made for it. The
// two sides may be in different Types.
#pragma once
#include <optional>
#include <unordered_map>
#include <vector>

#include "component/valid/context.h"
#include "component/valid/types.h"

namespace heddle::component {

class Matcher {
 public:
  Matcher(Context& context, const TypeRegistry& registry, const Types& given, const Types& wanted)
      : context_(context), registry_(registry), sides_{{&given, {}}, {&wanted, {}}} {}

  Result<void> entity(const Entity& given, const Entity& wanted);
  Result<void> value(ValType given, ValType wanted);

  // Everything that is wanted must be given. `bound` are resource types of the wanted items, bound here and from then
  // on. `what` is "import" or "export".
  Result<void> items(const Items& given, const Items& wanted, const List<ResourceId>& bound, std::string_view what);
  // These resource types of the wanted side are bound elsewhere: functions that name them match, whatever they name
  // there. Who asks compares those by what is bound (link/linker.h).
  void leave_to_others(const List<ResourceId>& resources) { others_ = &resources; }
  // What such a resource type stands for: one of the given side.
  std::optional<ResourceId> bound_to(ResourceId wanted) const;

 private:
  struct Resource {
    const Types* types = nullptr;
    ResourceId id = 0;
    friend bool operator==(const Resource&, const Resource&) = default;
  };
  struct Binding {
    Resource to;
    uint32_t scope = 0;  // which bind() made it
  };
  struct Side {
    const Types* types;
    std::unordered_map<ResourceId, Binding> bound;
  };
  struct Undo {
    Side* side;
    ResourceId id;
    std::optional<Binding> before;
  };

  const Types& given() const { return *given_->types; }
  const Types& wanted() const { return *wanted_->types; }
  bool identical(TypeId given, TypeId wanted) const;

  Result<void> type(TypeId given, TypeId wanted);
  Result<void> equal(TypeId given, TypeId wanted);
  Result<void> only(const Items& given, const List<ResourceId>& given_bound, const Items& wanted,
                    const List<ResourceId>& bound, std::string_view missing);
  Result<void> fields(const Type& given, const Type& wanted);
  Result<void> part(const Field& given, const Field& wanted, TypeKind kind);
  Result<void> optional(ValType given, ValType wanted, std::string_view what, std::string_view context);
  Result<void> func(const Type& given, const Type& wanted);
  Result<void> instance(const Interface& given, const Interface& wanted);
  Result<void> component(const Interface& given, const Interface& wanted);
  Result<void> module(uint32_t given, uint32_t wanted);
  Result<void> core_module(const Types& given_types, const CoreModuleType& given, const Types& wanted_types,
                           const CoreModuleType& wanted);
  Result<void> core_items(const CoreItems& given, const CoreItems& wanted, bool imports);
  Result<void> resource(TypeId given, TypeId wanted);
  Error expected(std::string_view wanted, std::string_view found) const;

  Resource resolve(const Side& side, ResourceId id) const;
  Result<void> bind(const Items& given, const Items& wanted, const List<ResourceId>& bound);
  Result<void> bind_items(const Items& given, const Items& wanted, const List<ResourceId>& bound);
  Result<void> bind_entity(const Entity& given, const Entity& wanted, const List<ResourceId>& bound);
  void unbind(size_t mark);
  void swap_sides() { std::swap(given_, wanted_); }
  bool is_left_to_others(ResourceId wanted) const;

  Context& context_;
  const TypeRegistry& registry_;
  Side sides_[2];
  Side *given_ = &sides_[0], *wanted_ = &sides_[1];
  std::vector<Undo> undo_;
  uint32_t scope_ = 0;
  const List<ResourceId>* others_ = nullptr;
  bool equal_ = false;       // each side must be a subtype of the other
  uint32_t components_ = 0;  // how many component types around what is looked at
};

// Is a core thing what is wanted, and if not, why?
Result<void> match_core(const Context& context, const TypeRegistry& registry, const CanonicalType& given,
                        const CanonicalType& wanted);

}  // namespace heddle::component
