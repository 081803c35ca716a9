// Component values as trees: what lifting makes and lowering takes here, where clearness counts and speed does not.
#pragma once
#include <cstdint>
#include <memory>
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

class SharedBase;
struct ErrorContext;

struct Val {
  enum class Kind : uint8_t { integer, f32, f64, string, list, packed, record, variant, shared, error_context };
  Kind kind = Kind::integer;
  // integer: booleans, numbers (of signed types sign-extended), characters, flags from the lowest bit up, the
  // representation behind a handle. f32, f64: their bits. packed, a list of numbers or of nothing: how many.
  // variant: the index of the case.
  uint64_t bits = 0;
  String string{};           // packed: its text is the numbers as memories have them
  std::vector<Val> parts{};  // list, record: in order. variant: its payload, if it has one
  std::shared_ptr<SharedBase> shared{};
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

}  // namespace heddle::component::canon
