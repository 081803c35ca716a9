// Instantiation of components (Explainer.md, "Component Invariants" and "Instance Definitions"): the definitions are
// walked in their order, each making what its index space gets.
#pragma once
#include <memory>

#include "component/link/store.h"

namespace heddle::component::link {

// `imports` by their names, as if an instance exported them. What is given must be of the types that are wanted;
// between components of one tree validation has seen to it. Where a core module's start traps, or anything else goes
// wrong, the error says what, and the instance is left half-way.
Result<std::shared_ptr<const InstanceItem>> instantiate(ComponentStore& store, const ComponentItem& component,
                                                        const InstanceItem& imports,
                                                        canon::ComponentInstance* parent);

}  // namespace heddle::component::link
