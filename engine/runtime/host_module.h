// A module of host functions, of which each is made when somebody imports it: many may be on offer where a module
// wants three. The public API's linker and the command resolve imports from it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/tier.h"

namespace heddle::rt {

class HostModule {
 public:
  virtual ~HostModule() = default;
  // The function in this store, which owns it; null where there is none of that name. Threads: stores of any may ask.
  virtual FuncRef* find(Store& store, std::string_view module, std::string_view name) = 0;
  // What there is under a module's name, for messages.
  virtual std::vector<std::string> names_in(std::string_view module) const = 0;
};

}  // namespace heddle::rt
