// The WIT of a component: its imports and exports as the world `root` of the package `root:component`, the interfaces
// among them in the packages that their names say. What the component's type does not have (the names of its own
// world and package) is not there. Of a component that is a package of WIT (WIT.md, "Package Format"), that package.
// Documentation and gates are those of the custom section `package-docs`.
#pragma once
#include "component/valid/check.h"
#include "component/wit/model.h"

namespace heddle::component::wit {

// invalid_component, with the reason, where something in the component's type has no WIT: values, records and the
// like that have no name. Core modules and components that it imports are left out, each with a note. An error that
// has an offset is one of the custom section.
Result<Wit> from_component(const Component& component, const Checked& checked, ErrorSink* sink);

}  // namespace heddle::component::wit
