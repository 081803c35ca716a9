// What the canonical ABI makes of a value type (CanonicalABI.md, "Alignment", "Element Size", "Flattening"): the
// bytes it takes in a linear memory and the core values it becomes in a call. Worked out once, when a type is added,
// from what its parts have; sizes saturate, and of core values no more are kept than can ever be passed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.h"
#include "component/syntax/types.h"

namespace heddle::component {

inline constexpr size_t kMaxFlatParams = 16, kMaxFlatAsyncParams = 4, kMaxFlatResults = 1;

// A short list of i32, i64, f32 and f64, or the mark of one that is longer than kMaxFlatParams.
class Flat {
 public:
  size_t size() const { return count_; }  // kMaxFlatParams + 1: that many or more
  bool overflows(size_t most) const { return count_ > most; }
  heddle::ValType operator[](size_t i) const {
    HEDDLE_ASSERT(i < count_ && !overflows(kMaxFlatParams));
    return heddle::ValType(static_cast<ValKind>(kind(i) + static_cast<unsigned>(ValKind::i32)));
  }
  void push(heddle::ValType type);
  void append(const Flat& other);
  void join(size_t first, const Flat& other);  // where cases of a variant share places from `first` on
  void append_to(std::vector<heddle::ValType>& out) const;

 private:
  unsigned kind(size_t i) const { return bits_ >> 2 * i & 3; }
  void set(size_t i, unsigned kind) { bits_ = (bits_ & ~(uint64_t{3} << 2 * i)) | uint64_t{kind} << 2 * i; }

  uint64_t bits_ = 0;  // two each
  uint8_t count_ = 0;
};

struct Abi {
  uint32_t size = 0, alignment = 1;  // in bytes
  Flat flat;
};

struct Type;
class Types;

// `pointer` is the bytes of one: 4 or 8.
Abi abi_of(const Types& types, const Type& type, uint32_t pointer);
Abi abi_of(const Types& types, ValType type, uint32_t pointer);

uint32_t discriminant_size(size_t cases);  // of a variant of so many cases, in bytes

}  // namespace heddle::component
