// Component values as trees: what lifting makes and lowering takes where no plan passes them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace heddle::component::canon {

enum class StringEncoding : uint8_t { utf8, utf16, latin1_utf16 };

// A string remembers how it was encoded: that decides how much is allocated where it is stored again.
struct String {
  std::string text;  // UTF-8, valid
  StringEncoding encoding = StringEncoding::utf8;
  uint64_t tagged_code_units = 0;  // of that encoding
};

class EndInFlight;
struct ErrorContext;

struct Val {
  enum class Kind : uint8_t { integer, f32, f64, string, list, packed, record, variant, shared, error_context };
  Kind kind = Kind::integer;
  // integer: booleans, numbers (of signed types sign-extended), characters, flags from the lowest bit up, the
  // representation behind a handle. f32, f64: their bits. packed, a list of numbers or of nothing: how many.
  // variant: the index of the case.
  uint64_t bits = 0;
  String string{};                     // packed: its text is the numbers as memories have them
  std::vector<Val> parts{};            // list, record: in order. variant: its payload, if it has one
  std::shared_ptr<EndInFlight> end{};  // shared: a stream's or a future's
  std::shared_ptr<ErrorContext> error_context{};

  uint64_t count() const { return kind == Kind::packed ? bits : parts.size(); }  // of a list's elements

  static Val integer(uint64_t bits) { return {.bits = bits}; }
  static Val f32(uint32_t bits) { return {.kind = Kind::f32, .bits = bits}; }
  static Val f64(uint64_t bits) { return {.kind = Kind::f64, .bits = bits}; }
  static Val of(Kind kind, std::vector<Val> parts, uint64_t bits = 0) {
    return {.kind = kind, .bits = bits, .string = {}, .parts = std::move(parts)};
  }
};

// A core value: its type and its bits.
struct CoreVal {
  enum class Type : uint8_t { i32, i64, f32, f64 };
  Type type = Type::i32;
  uint64_t bits = 0;
  friend bool operator==(const CoreVal&, const CoreVal&) = default;
};

// Several of them: few, as most calls have, lie in the object.
class CoreVals {
 public:
  CoreVals() = default;
  CoreVals(std::initializer_list<CoreVal> values) { append(values); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  CoreVal* begin() { return size_ <= kFew ? few() : many_.data(); }
  const CoreVal* begin() const { return const_cast<CoreVals*>(this)->begin(); }
  CoreVal* end() { return begin() + size_; }
  const CoreVal* end() const { return begin() + size_; }
  CoreVal& operator[](size_t i) { return begin()[i]; }
  const CoreVal& operator[](size_t i) const { return begin()[i]; }
  void push_back(const CoreVal& value) {
    if (size_ < kFew) {
      new (few() + size_) CoreVal(value);
    } else {
      if (size_ == kFew) many_.assign(few(), few() + kFew);
      many_.push_back(value);
    }
    ++size_;
  }
  void append(std::span<const CoreVal> values) {
    for (const CoreVal& value : values) push_back(value);
  }

 private:
  static constexpr size_t kFew = 3;
  CoreVal* few() { return reinterpret_cast<CoreVal*>(few_); }

  size_t size_ = 0;
  alignas(CoreVal) std::byte few_[kFew * sizeof(CoreVal)];  // of which `size_` are there
  std::vector<CoreVal> many_;
};

}  // namespace heddle::component::canon
