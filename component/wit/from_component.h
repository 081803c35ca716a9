// The WIT of a component: its imports and exports as the world `root` of the package `root:component`, the interfaces
// among them in the packages that their names say. What the component's type does not have (comments, gates, the
// names of its own world and package) is not there. Of a component that is a package of WIT (WIT.md, "Package
// Format"), that package.
#pragma once
#include "component/valid/types.h"
#include "component/wit/model.h"

namespace heddle::component::wit {

// `type` is a component type. invalid_component, with the reason, where something in it has no WIT: core modules,
// components, values, records and the like that have no name.
Result<Wit> from_component(const Types& types, TypeId type, ErrorSink* sink);

}  // namespace heddle::component::wit
