// Types (spec 2.3). A ValType is one 32-bit word, so that equality is one compare and a vector of them is flat; the
// index in a reference to a defined type is the module's own (TypeIdx) in syntax and the engine-wide canonical one
// (TypeId) in everything the type registry hands out. Which of the two is meant is said by the holder, never mixed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/index.h"
#include "base/list.h"

namespace heddle {

// Abstract heap types, in the order of the spec's hierarchies. `bot` of a hierarchy closes it.
enum class HeapKind : uint8_t {
  any,
  eq,
  i31,
  struct_,
  array,
  none,  // internal
  func,
  nofunc,  // functions
  extern_,
  noextern,  // external
  exn,
  noexn,  // exceptions
  cont,
  nocont,  // continuations
};

// A heap type: abstract, or a defined type by index, exact or not (custom descriptors: `(exact $t)`).
class HeapType {
 public:
  constexpr HeapType() = default;
  constexpr HeapType(HeapKind kind) : word_(kAbstract | static_cast<uint32_t>(kind) << 8) {}
  static constexpr HeapType defined(uint32_t index, bool exact = false) {
    return HeapType(index << 8 | (exact ? kExact : 0), 0);
  }
  constexpr bool abstract() const { return word_ & kAbstract; }
  constexpr bool is(HeapKind kind) const { return *this == HeapType(kind); }
  constexpr HeapKind kind() const { return static_cast<HeapKind>(word_ >> 8); }  // of an abstract one
  constexpr uint32_t index() const { return word_ >> 8; }                        // of a defined one
  constexpr bool exact() const { return word_ & kExact; }
  constexpr HeapType with_index(uint32_t index) const { return HeapType(index << 8 | (word_ & 0xff), 0); }
  constexpr uint32_t bits() const { return word_; }
  static constexpr HeapType from_bits(uint32_t bits) { return HeapType(bits, 0); }
  friend constexpr bool operator==(HeapType, HeapType) = default;

  static constexpr uint32_t kExact = 0x20, kAbstract = 0x40;

 private:
  constexpr HeapType(uint32_t word, int) : word_(word) {}
  uint32_t word_ = kAbstract;
};

enum class ValKind : uint8_t { bot, i32, i64, f32, f64, v128, i8, i16, ref };  // i8, i16: storage types only

// Bits: 0-3 kind, 4 nullable, 5 exact, 6 abstract, 8-31 heap kind or type index. `bot` is the validator's bottom.
class ValType {
 public:
  constexpr ValType() = default;
  constexpr ValType(ValKind kind) : word_(static_cast<uint32_t>(kind)) {}
  static constexpr ValType ref(HeapType heap, bool nullable) {
    return from_bits(static_cast<uint32_t>(ValKind::ref) | heap.bits() | (nullable ? kNullable : 0));
  }
  static constexpr ValType from_bits(uint32_t bits) {
    ValType t;
    t.word_ = bits;
    return t;
  }
  constexpr uint32_t bits() const { return word_; }
  constexpr ValKind kind() const { return static_cast<ValKind>(word_ & 15); }
  constexpr bool is(ValKind kind) const { return this->kind() == kind; }
  constexpr bool is_ref() const { return kind() == ValKind::ref; }
  constexpr bool is_bot() const { return word_ == 0; }
  constexpr bool is_packed() const { return kind() == ValKind::i8 || kind() == ValKind::i16; }
  constexpr bool nullable() const { return word_ & kNullable; }
  constexpr HeapType heap() const { return HeapType::from_bits(word_ & ~(15u | kNullable)); }
  constexpr bool defined() const { return is_ref() && !(word_ & HeapType::kAbstract); }  // names a defined type
  constexpr ValType as_nullable(bool nullable) const {
    return from_bits(nullable ? word_ | kNullable : word_ & ~kNullable);
  }
  constexpr bool defaultable() const { return !is_ref() || nullable(); }
  constexpr ValType unpacked() const { return is_packed() ? ValType(ValKind::i32) : *this; }
  friend constexpr bool operator==(ValType, ValType) = default;

  static constexpr uint32_t kNullable = 0x10;

 private:
  uint32_t word_ = 0;
};

inline constexpr ValType kI32 = ValKind::i32, kI64 = ValKind::i64, kF32 = ValKind::f32, kF64 = ValKind::f64,
                         kV128 = ValKind::v128, kFuncRef = ValType::ref(HeapKind::func, true),
                         kExternRef = ValType::ref(HeapKind::extern_, true),
                         kAnyRef = ValType::ref(HeapKind::any, true), kExnRef = ValType::ref(HeapKind::exn, true);

// 8-byte slots a value of this type takes on a value stack (and in arguments, globals): v128 takes two, all else one.
constexpr uint32_t slots_of(ValType t) { return t.is(ValKind::v128) ? 2 : 1; }

// Bytes a value of this storage type takes in a struct or an array.
constexpr uint32_t storage_size(ValType t) {
  switch (t.kind()) {
    case ValKind::i8: return 1;
    case ValKind::i16: return 2;
    case ValKind::i32:
    case ValKind::f32: return 4;
    case ValKind::v128: return 16;
    case ValKind::bot:
    case ValKind::i64:
    case ValKind::f64:
    case ValKind::ref: return 8;
  }
  return 8;
}

struct FieldType {
  ValType type;  // may be packed
  bool mut = false;
  friend bool operator==(const FieldType&, const FieldType&) = default;
};

enum class CompKind : uint8_t { func, struct_, array, cont };

// A sub type of a rec group (spec 2.3.9, 2.3.10). `params`/`results` for func; `fields` for struct, and one for
// array.
struct SubType {
  CompKind kind = CompKind::func;
  bool final = true;
  OptionalIndex<TypeIdx> super;
  OptionalIndex<TypeIdx> describes, descriptor;  // custom descriptors
  TypeIdx cont;                                  // the function type of a continuation type
  uint32_t at = 0;                               // its first byte's offset in the module: see syntax::Module
  List<ValType> params, results;
  List<FieldType> fields;
};

struct Limits {
  uint64_t min = 0;
  std::optional<uint64_t> max;
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct TableType {
  ValType elem;
  Limits limits;
  bool addr64 = false;
};

struct MemType {
  Limits limits;  // in pages
  bool addr64 = false;
  bool shared = false;
  uint8_t page_size_log2 = 16;
};

struct GlobalType {
  ValType type;
  bool mut = false;
};

enum class ExternKind : uint8_t { func, table, memory, global, tag };

// The type of an import or export. Only the member that `kind` names is meaningful.
struct ExternType {
  ExternKind kind = ExternKind::func;
  bool exact = false;  // func: the import must have exactly this type (custom descriptors)
  TypeIdx type;        // func, tag
  TableType table;
  MemType memory;
  GlobalType global;
};

}  // namespace heddle
