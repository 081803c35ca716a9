// What linking passes around: the things that components import and export, as they are at run time.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "component/canon/embedding.h"
#include "component/link/loaded.h"
#include "exec/link.h"

namespace heddle::component::link {

struct Frame;

struct LiftedFunc;

// A function of the host's whose arguments and result are scalars and say all by themselves: slots hold the arguments
// and take the result, as core values.
class HostScalars {
 public:
  HostScalars() = default;
  virtual ~HostScalars() = default;
  HostScalars(const HostScalars&) = delete;
  HostScalars& operator=(const HostScalars&) = delete;
  virtual Result<void> call(rt::Slot* values) const = 0;
};

// One whose arguments and result lie in memory, and have no handles among them.
struct StoredValues;
class HostStored {
 public:
  HostStored() = default;
  virtual ~HostStored() = default;
  HostStored(const HostStored&) = delete;
  HostStored& operator=(const HostStored&) = delete;
  // The memories of a call, empty. Calls may be nested.
  virtual StoredValues& begin() const = 0;
  virtual Result<void> call(StoredValues& values) const = 0;
  virtual void end(StoredValues& values) const = 0;
};

// A function: how it is called, and its type as who made it sees it.
struct FuncItem {
  canon::FuncInst inst;
  const canon::FuncType* type = nullptr;  // lives as long as the store
  const LiftedFunc* lifted = nullptr;     // of a component; lives as long
  const HostScalars* scalars = nullptr;   // of the host, if it is such; lives as long
  const HostStored* stored = nullptr;     // the same
  bool in_host_memory = false;            // of the host, and takes values by a HostPassage
};

// A component that was defined in `outer`, or in nobody, and can reach what lies there.
struct ComponentItem {
  std::shared_ptr<const Loaded> loaded;
  const Part* part = nullptr;
  const Frame* outer = nullptr;
};

struct InstanceItem;

struct TypeItem {
  std::shared_ptr<canon::ResourceType> resource;  // where it is one
};

struct ValueItem {
  canon::Val value;
  canon::T type;
};

using Item = std::variant<std::monostate, FuncItem, TypeItem, ValueItem, ComponentItem,
                          std::shared_ptr<const InstanceItem>, std::shared_ptr<rt::Module>>;

// An instance from outside: what it exports.
struct InstanceItem {
  std::map<std::string, Item, std::less<>> exports;
  const Item* find(std::string_view name) const {
    const auto found = exports.find(name);
    return found == exports.end() ? nullptr : &found->second;
  }
};

// A core instance: one of a module, or made of exports, which are in the order of their names.
struct CoreInstanceItem {
  rt::Instance* instance = nullptr;
  std::vector<std::pair<std::string_view, exec::Extern>> exports;  // names are the component's
  std::optional<exec::Extern> find(std::string_view name) const;
  std::vector<std::string> names() const;
};

}  // namespace heddle::component::link
