// Types of components (Binary.md, "Type Definitions"), as they are written: a type refers to others by index only, in
// the index spaces of the scope it stands in. What the text format nests, its parser has put into definitions of its
// own. Labels and names are views of the source, or of the storage of who made them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/list.h"
#include "component/syntax/features.h"
#include "syntax/module.h"
#include "syntax/types.h"

namespace heddle::component {

using heddle::syntax::Bytes;

enum class Primitive : uint8_t {
#define PRIMITIVE(name, code, text) name,
#include "component/syntax/types.inc"
#undef PRIMITIVE
};

struct PrimitiveInfo {
  uint8_t code;
  std::string_view text;
};
inline constexpr PrimitiveInfo kPrimitives[] = {
#define PRIMITIVE(name, code, text) {code, text},
#include "component/syntax/types.inc"
#undef PRIMITIVE
};
constexpr const PrimitiveInfo& info(Primitive p) { return kPrimitives[static_cast<size_t>(p)]; }

// A value type where one is used: a primitive one, the index of a defined one, or none where none is needed.
class ValType {
 public:
  constexpr ValType() = default;
  constexpr ValType(Primitive primitive) : word_(kPrimitive | static_cast<uint32_t>(primitive)) {}
  static constexpr ValType defined(uint32_t index) { return ValType(index, 0); }

  constexpr bool present() const { return word_ != kAbsent; }
  constexpr bool is_primitive() const { return present() && (word_ & kPrimitive); }
  constexpr bool is_defined() const { return !(word_ & kPrimitive); }
  constexpr Primitive primitive() const { return static_cast<Primitive>(word_ & 0xff); }
  constexpr uint32_t index() const { return word_; }  // of a defined one
  friend constexpr bool operator==(ValType, ValType) = default;

  static constexpr uint32_t kMostTypes = uint32_t{1} << 30;  // indices are below it

 private:
  constexpr ValType(uint32_t word, int) : word_(word) {}
  static constexpr uint32_t kPrimitive = uint32_t{1} << 31, kAbsent = UINT32_MAX;
  uint32_t word_ = kAbsent;
};

// A field of a record, a case of a variant, a parameter; of flags, enums and tuples one half is absent.
struct Field {
  std::string_view label;
  ValType type;
  friend bool operator==(const Field&, const Field&) = default;
};

enum class TypeKind : uint8_t {
  primitive,
#define TYPE(name, code, text, feature) name,
#include "component/syntax/types.inc"
#undef TYPE
};

struct TypeInfo {
  uint8_t code;
  std::string_view text;
  Feature feature;
};
inline constexpr TypeInfo kTypeInfos[] = {
    {0, "", Feature::base},
#define TYPE(name, code, text, feature) {code, text, Feature::feature},
#include "component/syntax/types.inc"
#undef TYPE
};
constexpr const TypeInfo& info(TypeKind kind) { return kTypeInfos[static_cast<size_t>(kind)]; }

struct Declarations;

// A type definition. What each kind has:
//   primitive                   first
//   record, variant             fields: labels with types; a case may have none
//   flags, enum_                fields: labels only
//   tuple                       fields: types only
//   list, option                first
//   fixed_list                  first, number: its length
//   map                         first: the keys, second: the values
//   result                      first, second, either may be absent: of ok, of error
//   own, borrow                 number: the index of the resource type
//   stream, future              first, may be absent
//   func, async_func            fields: the parameters, first: the result, may be absent
//   resource                    rep, number: the core function that destroys one, or kNoIndex
//   component, instance         declarations
struct DefType {
  DefType();
  DefType(DefType&&) noexcept;
  DefType& operator=(DefType&&) noexcept;
  ~DefType();

  TypeKind kind = TypeKind::primitive;
  heddle::ValType rep = kI32;
  ValType first, second;
  uint32_t number = 0;
  uint32_t at = 0;  // see Component
  List<Field> fields;
  std::unique_ptr<Declarations> declarations;
};
inline constexpr uint32_t kNoIndex = UINT32_MAX;

}  // namespace heddle::component
