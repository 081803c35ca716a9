// What translator and handlers of objects have in common: how a cell says what type a reference must have, and which
// load or store moves a field between an object and a slot.
#pragma once
#include "exec/interp/families.h"
#include "exec/num_access.h"
#include "runtime/gc/heap.h"

namespace heddle::interp {

// How a reference that is not null is tested, by what is known of the target. The flags of ref_test, ref_cast,
// br_cast.
enum class TypeTest : uint8_t {
  exact,    // a type without subtypes:      [id32, -]
  subtype,  // another defined type:         [id32 | depth32 of its display]
  i31,      //
  kind,     // struct, array:                [CompKind]
};
inline constexpr size_t kTypeTests = 4;

inline bool has_type(Word ref, TypeTest test, const Word* target) {
  if (test == TypeTest::i31 || gc::is_i31(ref)) return test == TypeTest::i31 && gc::is_i31(ref);
  // Functions and objects begin with their type (runtime/tier.h, gc/heap.h).
  const TypeId type = gc::to_object(ref)->type;
  const auto wanted = static_cast<TypeId>(target[0]);
  if (test != TypeTest::kind && type == wanted) return true;
  if (test == TypeTest::exact || type >= kMaxTypeId) return false;
  const DefType& def = (*reinterpret_cast<const TypeRegistry*>(target[1]))[type];
  if (test == TypeTest::kind) return def.kind == static_cast<CompKind>(wanted);
  const Word depth = target[0] >> 32;
  return depth < def.display.size() && def.display[depth] == wanted;
}

// Loads and stores of a whole value or of its low bytes: what fields and elements need.
constexpr bool moves_field(Op op) {
  const num::Extension extension = num::access_of(op).extension;
  if (extension == num::Extension::none) return true;
  const char letter = info(op).shape == Shape::load ? info(op).sig.results[0] : info(op).sig.params[1];
  return letter == 'i' && (extension == num::Extension::sign || extension == num::Extension::zero);
}
inline constexpr auto kFieldLoadOps =
    make_op_list<[](const OpInfo& r) { return r.shape == Shape::load && moves_field(static_cast<Op>(&r - kOps)); }>();
inline constexpr auto kFieldStoreOps = make_op_list<[](const OpInfo& r) {
  return r.shape == Shape::store && moves_field(static_cast<Op>(&r - kOps));
}>();

// What reads a field of this type, and what writes one.
Op field_load(ValType storage, bool sign);
Op field_store(ValType storage);

// A word of object_new: where a field's value comes from, a slot or 32 bits that are extended by their sign, how many
// bytes of it are written, and where to.
struct FieldWord {
  static constexpr uint32_t kImmediate = 0x80;
  static constexpr Word pack(uint32_t value, uint32_t bytes, bool immediate, uint32_t offset) {
    return pack32(value, (bytes | (immediate ? kImmediate : 0)) | offset << 8);
  }
  Word word;
  uint32_t value() const { return static_cast<uint32_t>(word); }
  uint32_t bytes() const { return word >> 32 & 0x7f; }
  bool immediate() const { return word >> 32 & kImmediate; }
  uint32_t offset() const { return static_cast<uint32_t>(word >> 40); }
};

}  // namespace heddle::interp
