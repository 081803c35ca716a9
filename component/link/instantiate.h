// Instantiation of components (Explainer.md, "Component Invariants" and "Instance Definitions"): the definitions are
// walked in their order, each making what its index space gets.
#pragma once
#include <memory>

#include "component/link/store.h"

namespace heddle::component::link {

// Where imports come from.
class Imports {
 public:
  virtual const Item* find(std::string_view name) const = 0;

 protected:
  ~Imports() = default;
};

// What is given must be of the types that are wanted; between components of one tree validation has seen to it. Where
// a core module's start traps, or anything else goes wrong, the error says what, and the instance is left half-way.
Result<std::shared_ptr<const InstanceItem>> instantiate(ComponentStore& store, const ComponentItem& component,
                                                        const Imports& imports, canon::ComponentInstance* parent);

}  // namespace heddle::component::link
