// Types of the Component Model, to look at: for those who learn what a component has when the program runs.
//
//   const WitFuncView type = instance.func("shop:api/prices#price")->func_type();
//   for (const WitFuncView::Param& param : type.params()) {
//     std::printf("%s: %s\n", param.name.c_str(), param.type.to_string().c_str());
//   }
//
// Views belong to no store, may outlive all that they are of, and any thread may look at them. Copying is cheap.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::component::canon {
struct ResourceType;
class T;
}  // namespace heddle::component::canon

namespace heddle::api {

// What kind of type it is (WIT.md, "Types").
enum class WitKind : uint8_t {
  bool_,
  s8,
  u8,
  s16,
  u16,
  s32,
  u32,
  s64,
  u64,
  f32,
  f64,
  char_,
  string,
  error_context,
  list,
  fixed_list,
  map,
  record,
  tuple,
  variant,
  enum_,
  option,
  result,
  flags,
  own,
  borrow,
  stream,
  future,
};
std::string_view name_of(WitKind kind);  // "u8", "list"

namespace detail {

struct ComponentAccess;  // the implementation's way into the objects

// What a component calls a type. Shared, for interfaces' names may be long and their types many.
struct TypeName {
  std::shared_ptr<const std::string> interface;  // null: it is imported or exported by itself
  std::string label;
};

// A type of a component, resolved. Immutable; parts are shared.
struct WitType {
  WitKind kind = WitKind::bool_;
  uint32_t length = 0;                                  // fixed_list
  uint64_t most_elements = 0;                           // list, map: so many fit
  std::shared_ptr<const TypeName> name{};               // or null; of own and borrow that of the resource
  std::vector<std::string> labels{};                    // record, variant, enum_, flags
  std::vector<std::shared_ptr<const WitType>> parts{};  // null: a case without a value, an end without elements
  std::shared_ptr<const WitType> pair{};                // map: a tuple of the two
  std::shared_ptr<component::canon::ResourceType> resource{};  // own, borrow
  std::shared_ptr<const component::canon::T> element{};        // stream, future; null of what is of no store
  // How it lies in memory (stored.h), in bytes. tag: of a variant, an enum and their like. offsets: of the fields, of
  // a payload.
  uint64_t size = 1, alignment = 1, tag = 0;
  std::vector<uint64_t> offsets{};
  const WitType* part(size_t i = 0) const { return parts[i].get(); }
  std::string to_string() const;  // as in WIT; cut where it is very long
};
std::string to_string(const WitType* type);  // null: "_"

struct WitFunc : std::enable_shared_from_this<WitFunc> {
  std::string name;
  std::vector<std::string> param_names;
  std::vector<std::shared_ptr<const WitType>> params;
  std::shared_ptr<const WitType> result;  // or null
  std::shared_ptr<const WitType> args;    // a tuple of the parameters
  bool async = false;
  bool scalars = false;           // no parameter has parts, nor has the result
  std::string to_string() const;  // "func(x: u32) -> string"
};

}  // namespace detail

// The type of a value.
class WitTypeView {
 public:
  WitKind kind() const { return type_->kind; }
  // What the component calls it: "shop:api/prices@1.0.0#item", or "item" where it is imported or exported by itself.
  // Of an own and a borrow the name of their resource. "": it has none.
  std::string name() const {
    if (!type_->name) return "";
    return (type_->name->interface ? *type_->name->interface + "#" : "") + type_->name->label;
  }
  // Of a record: the names of its fields; of a variant and an enum: of their cases; of flags: of each.
  std::span<const std::string> labels() const { return type_->labels; }
  // What it is made of, in order: the fields of a record, the values of a variant's cases, the elements of a tuple;
  // the one element of a list, an option, a stream or a future; of a result what it has where it is ok, and where it
  // is not; of a map its key and its value.
  size_t part_count() const { return type_->parts.size(); }
  // Nothing: there is none; or it is a case without a value, or an end without elements.
  std::optional<WitTypeView> part(size_t i = 0) const {
    if (i >= type_->parts.size() || !type_->parts[i]) return std::nullopt;
    return WitTypeView(type_->parts[i]);
  }
  // The type of the field, or of the value of the case, of that name.
  std::optional<WitTypeView> part(std::string_view label) const {
    for (size_t i = 0; i < type_->labels.size(); ++i) {
      if (type_->labels[i] == label) return part(i);
    }
    return std::nullopt;
  }
  // Of a list of a fixed length: so many elements; else 0.
  uint32_t length() const { return kind() == WitKind::fixed_list ? type_->length : 0; }
  std::string to_string() const { return type_->to_string(); }  // as in WIT: "list<tuple<string, u32>>"

 private:
  friend struct detail::ComponentAccess;
  friend class WitFuncView;
  explicit WitTypeView(std::shared_ptr<const detail::WitType> type) : type_(std::move(type)) {}
  std::shared_ptr<const detail::WitType> type_;  // not null
};

// The type of a function.
class WitFuncView {
 public:
  struct Param {
    std::string name;
    WitTypeView type;
  };
  std::vector<Param> params() const {
    std::vector<Param> made;
    made.reserve(func_->params.size());
    for (size_t i = 0; i < func_->params.size(); ++i) {
      made.push_back({func_->param_names[i], WitTypeView(func_->params[i])});
    }
    return made;
  }
  // Nothing: it has none.
  std::optional<WitTypeView> result() const {
    if (!func_->result) return std::nullopt;
    return WitTypeView(func_->result);
  }
  bool is_async() const { return func_->async; }
  std::string to_string() const { return func_->to_string(); }  // "func(name: string) -> u32"

 private:
  friend struct detail::ComponentAccess;
  explicit WitFuncView(std::shared_ptr<const detail::WitFunc> func) : func_(std::move(func)) {}
  std::shared_ptr<const detail::WitFunc> func_;  // not null
};

}  // namespace heddle::api
