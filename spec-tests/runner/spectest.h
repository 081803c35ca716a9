// The host module `spectest` that scripts of the official suite import from: functions that take numbers and do
// nothing, globals of 666, tables of 10 to 20, memories of 1 to 2 pages.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "exec/link.h"
#include "runtime/store.h"

namespace heddle::wast {

class Spectest {
 public:
  static Result<Spectest> create(rt::Store& store);
  std::optional<exec::Extern> find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  Result<void> add_functions(rt::Store& store);
  void add_globals(rt::Store& store);
  Result<void> add_table(rt::Store& store, std::string_view name, bool addr64);
  Result<void> add_memory(rt::Store& store, std::string_view name, bool shared);

  std::vector<std::pair<std::string_view, exec::Extern>> items_;
};

}  // namespace heddle::wast
