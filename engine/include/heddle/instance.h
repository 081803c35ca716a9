// Instances (spec 4.2.6): a module with its imports, memories and state. What it exports is found by name.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include <heddle/func.h>
#include <heddle/global.h>
#include <heddle/memory.h>
#include <heddle/module.h>
#include <heddle/table.h>
#include <heddle/tag.h>

namespace heddle::api {

class Instance {
 public:
  // The export of that name and kind. `misuse` where there is none: the message says what there is.
  Result<Func> func(std::string_view name) const;
  Result<Memory> memory(std::string_view name = "memory") const;
  Result<Table> table(std::string_view name) const;
  Result<Global> global(std::string_view name) const;
  Result<Tag> tag(std::string_view name) const;
  // A function with its signature: instance.typed<int32_t(int32_t)>("fib").
  template <class Signature>
  Result<TypedFunc<Signature>> typed(std::string_view name) const {
    Result<Func> found = func(name);
    if (!found) return found.error();
    return found->typed<Signature>();
  }
  std::vector<ExportType> exports() const;

 private:
  friend struct detail::Access;
  Instance(std::shared_ptr<detail::StoreCell> cell, rt::Instance* instance)
      : cell_(std::move(cell)), instance_(instance) {}
  std::shared_ptr<detail::StoreCell> cell_;
  rt::Instance* instance_ = nullptr;
};

}  // namespace heddle::api
