// Values and their types (spec 2.3, 4.2.1), and references to what the guest's garbage collector manages.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <heddle/result.h>
#include <heddle/store.h>

namespace heddle::api {

enum class ValKind : uint8_t { i32 = 1, i64 = 2, f32 = 3, f64 = 4, v128 = 5, ref = 8 };

// A value type (spec 2.3.6). References to defined types are those of one engine; equal types compare equal.
class ValType {
 public:
  constexpr ValType() = default;
  static constexpr ValType i32() { return ValType(static_cast<uint32_t>(ValKind::i32)); }
  static constexpr ValType i64() { return ValType(static_cast<uint32_t>(ValKind::i64)); }
  static constexpr ValType f32() { return ValType(static_cast<uint32_t>(ValKind::f32)); }
  static constexpr ValType f64() { return ValType(static_cast<uint32_t>(ValKind::f64)); }
  static constexpr ValType v128() { return ValType(static_cast<uint32_t>(ValKind::v128)); }
  static ValType funcref();                                                             // (ref null func)
  static ValType externref();                                                           // (ref null extern)
  static ValType anyref();                                                              // (ref null any)
  static ValType eqref();                                                               // (ref null eq)
  static ValType i31ref();                                                              // (ref null i31)
  static ValType structref();                                                           // (ref null struct)
  static ValType arrayref();                                                            // (ref null array)
  static ValType exnref();                                                              // (ref null exn)
  constexpr ValType non_null() const { return ValType(bits_ & ~uint32_t{kNullable}); }  // of a reference type

  constexpr ValKind kind() const { return static_cast<ValKind>(bits_ & 15); }
  constexpr bool is_ref() const { return kind() == ValKind::ref; }
  constexpr bool nullable() const { return bits_ & kNullable; }  // of a reference type
  std::string to_string() const;                                 // "i32", "(ref null extern)"
  friend constexpr bool operator==(ValType, ValType) = default;

 private:
  friend struct detail::Access;
  static constexpr uint32_t kNullable = 16;
  explicit constexpr ValType(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = static_cast<uint32_t>(ValKind::i32);
};

struct FuncType {
  std::vector<ValType> params{}, results{};
  std::string to_string() const;  // "(func (param i32) (result i32))"
};

// A vector, lane 0 in the lowest bytes.
struct V128 {
  std::array<uint8_t, 16> bytes{};
  friend bool operator==(const V128&, const V128&) = default;
};

// A reference that keeps what it refers to alive in its store while the handle lives. Default: null. Copying and
// destroying touch the store: they belong to its thread.
class Ref {
 public:
  Ref() = default;
  Ref(const Ref& other);
  Ref(Ref&& other) noexcept : cell_(std::move(other.cell_)), handle_(other.handle_) { other.handle_ = kNone; }
  Ref& operator=(const Ref& other);
  Ref& operator=(Ref&& other) noexcept;
  ~Ref() {
    if (handle_ != kNone) drop();
  }

  bool is_null() const { return handle_ == kNone; }
  explicit operator bool() const { return !is_null(); }
  friend bool operator==(const Ref& a, const Ref& b);  // the same object (spec 4.6.9, ref.eq)

 private:
  friend struct detail::Access;
  static constexpr uint32_t kNone = 0xffffffff;
  void drop();
  std::shared_ptr<detail::StoreCell> cell_;
  uint32_t handle_ = kNone;
};

// A reference to something of the embedder's (spec 4.2.1, externref), which the guest can only hand around.
class ExternRef : public Ref {
 public:
  ExternRef() = default;
  // `payload` is the embedder's: an index or a pointer, for example. Every call makes a new reference.
  static Result<ExternRef> create(StoreRef store, uint64_t payload);
  // Nothing for null, and for a reference that the guest made (extern.convert_any).
  std::optional<uint64_t> payload() const;

 private:
  friend struct detail::Access;
  explicit ExternRef(Ref ref) : Ref(std::move(ref)) {}
};

// A struct, an array, an i31 or a converted external reference of the guest. See gc.h for what structs and arrays
// hold: StructRef::cast(any), ArrayRef::cast(any).
class AnyRef : public Ref {
 public:
  AnyRef() = default;
  // A small number as a reference (ref.i31): its low 31 bits.
  static Result<AnyRef> from_i31(StoreRef store, int32_t value);
  // Nothing for what is no i31, null among it.
  std::optional<int32_t> i31() const;

  // The type of what it refers to: "(ref i31)", "(ref 12)" of a struct or an array. Of null: (ref null none).
  ValType type() const;
  // Is it a value of this type (ref.test)? Null is one of every nullable type.
  bool is(ValType type) const;

 protected:
  friend struct detail::Access;
  explicit AnyRef(Ref ref) : Ref(std::move(ref)) {}
};

// An exception (spec 4.2.16): thrown by the guest, or made to be thrown by a host function.
class ExnRef : public Ref {
 public:
  ExnRef() = default;
  // Errors: misuse where the arguments are not those of the tag, exhaustion where there is no room.
  static Result<ExnRef> create(StoreRef store, const Tag& tag, std::span<const Val> args);

  Tag tag() const;                // what catch clauses look at: compare it with Instance::tag
  std::vector<Val> args() const;  // what it was thrown with; nothing of null

 private:
  friend struct detail::Access;
  explicit ExnRef(Ref ref) : Ref(std::move(ref)) {}
};

// A value of any type, for calls whose types are not known when the program is compiled.
class Val {
 public:
  Val() : Val(int32_t{0}) {}
  Val(int32_t value) : type_(ValType::i32()), bits_{static_cast<uint32_t>(value)} {}
  Val(uint32_t value) : type_(ValType::i32()), bits_{value} {}
  Val(int64_t value) : type_(ValType::i64()), bits_{static_cast<uint64_t>(value)} {}
  Val(uint64_t value) : type_(ValType::i64()), bits_{value} {}
  Val(float value);
  Val(double value);
  Val(const V128& value);
  Val(const Func& func);
  Val(ExternRef ref);
  Val(AnyRef ref);
  Val(ExnRef ref);
  static Val null(ValType type);  // of a nullable reference type

  ValType type() const { return type_; }
  // The value of the type asked for. Asking for another ends the process: look at type() first.
  int32_t i32() const;
  int64_t i64() const;
  float f32() const;
  double f64() const;
  V128 v128() const;
  Func func() const;  // may be null
  ExternRef externref() const;
  AnyRef anyref() const;
  ExnRef exnref() const;
  bool is_null() const;           // of a reference
  std::string to_string() const;  // "i32:42", "f64:0.5", "(ref null extern)"

 private:
  friend struct detail::Access;
  ValType type_;
  uint64_t bits_[2] =
      {};    // as the guest has them; not of collected references, which may only be reached through ref_
  Ref ref_;  // of a function: names the store only
};

}  // namespace heddle::api
