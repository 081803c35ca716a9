// Handlers of references, structs, arrays, i31 and casts (spec 4.6.9). What translation knows is in the cell:
// offsets, sizes, types; nothing is looked up but the display of a subtype. New objects are made by bumping; the way
// round that is a handler of its own, so that the direct one calls nothing.
#include "exec/interp/access.h"
#include "exec/interp/control.h"
#include "exec/interp/objects.h"
#include "exec/interp/tables.h"
#include "runtime/bulk.h"

namespace heddle::interp {
namespace {

inline gc::Array* to_array(Word ref) { return static_cast<gc::Array*>(gc::to_object(ref)); }

// ---- any reference

constexpr bool is_ref_un(Op op) {
  return (info(op).shape == Shape::gc && info(op).sig.fixed) || op == Op::ref_as_non_null;
}
constexpr auto kRefUnOps = make_op_list<[](const OpInfo& r) { return is_ref_un(static_cast<Op>(&r - kOps)); }>();

template <Op op>
constexpr ErrorCode kNullCode = op == Op::array_len         ? ErrorCode::null_array
                                : op == Op::ref_as_non_null ? ErrorCode::null_reference
                                                            : ErrorCode::null_i31;

template <Op op>
inline auto apply(Word ref) {
  if constexpr (op == Op::ref_as_non_null) return ref;
  if constexpr (op == Op::array_len) return to_array(ref)->length;
  if constexpr (op == Op::i31_get_s) return gc::i31_s(ref);
  if constexpr (op == Op::i31_get_u) return gc::i31_u(ref);
}

template <Op op, uint8_t a, uint8_t dest>
HEDDLE_HANDLER(op_ref_un) {
  HEDDLE_BIND
  Word operand = READ_INT(Word, a, field_a(pc), 0);
  if constexpr (op == Op::ref_i31) {
    WRITE_INT(dest, field_b(pc), gc::make_i31(static_cast<uint32_t>(operand)));
  } else {
    if (operand == 0) [[unlikely]]
      TRAP(kNullCode<op>);
    WRITE_INT(dest, field_b(pc), apply<op>(operand));
  }
  NEXT(2);
}

template <TypeTest test, uint8_t a, uint8_t dest>
HEDDLE_HANDLER(op_ref_test) {
  HEDDLE_BIND
  Word ref = READ_INT(Word, a, field_a(pc), 0);
  bool holds = ref == 0 ? field_c(pc) != 0 : has_type(ref, test, pc + 2);
  WRITE_INT(dest, field_b(pc), uint32_t{holds});
  NEXT(4);
}

template <TypeTest test, uint8_t a, uint8_t dest>
HEDDLE_HANDLER(op_ref_cast) {
  HEDDLE_BIND
  Word ref = READ_INT(Word, a, field_a(pc), 0);
  if (!(ref == 0 ? field_c(pc) != 0 : has_type(ref, test, pc + 2))) [[unlikely]]
    TRAP(ErrorCode::cast_failure);
  WRITE_INT(dest, field_b(pc), ref);
  NEXT(4);
}

// Branches where the outcome differs from the flag above the one for null.
template <TypeTest test, uint8_t a>
HEDDLE_HANDLER(op_br_cast) {
  HEDDLE_BIND
  Word ref = READ_INT(Word, a, field_a(pc), 0);
  bool holds = ref == 0 ? (field_b(pc) & 1) != 0 : has_type(ref, test, pc + 2);
  if (holds != (field_b(pc) >> 1 != 0)) JUMP(pc + field_offset(pc));
  NEXT(4);
}

// ---- fields and elements

template <Op op, uint8_t a, uint8_t dest>
HEDDLE_HANDLER(op_struct_get) {
  HEDDLE_BIND
  Word ref = READ_INT(Word, a, field_a(pc), 0);
  if (ref == 0) [[unlikely]]
    TRAP(ErrorCode::null_structure);
  const uint8_t* from = reinterpret_cast<const uint8_t*>(gc::to_object(ref)) + field_hi(pc);
  LOAD(op, from, dest, field_b(pc))
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b>
HEDDLE_HANDLER(op_struct_set) {
  HEDDLE_BIND
  Word ref = READ_INT(Word, a, field_a(pc), 0);
  READ_STORED(value, op, b, field_b(pc), static_cast<int16_t>(field_b(pc)))
  if (ref == 0) [[unlikely]]
    TRAP(ErrorCode::null_structure);
  uint8_t* to = reinterpret_cast<uint8_t*>(gc::to_object(ref)) + field_hi(pc);
  STORE(op, to, value);
  NEXT(2);
}

// The element `index` of an array, or a trap.
#define ELEMENT(name, bytes, ref, index)             \
  if ((ref) == 0) [[unlikely]]                       \
    TRAP(ErrorCode::null_array);                     \
  if ((index) >= to_array(ref)->length) [[unlikely]] \
    TRAP(ErrorCode::out_of_bounds_array);            \
  uint8_t* name = to_array(ref)->elements() + uint64_t{(index)} * (bytes)

template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_HANDLER(op_array_get) {
  HEDDLE_BIND
  Word ref = READ_INT(Word, a, field_a(pc), 0);
  uint32_t index = READ_INT(uint32_t, b, field_b(pc), 0);
  ELEMENT(from, num::LoadOf<op>::kAccess.bytes, ref, index);
  LOAD(op, from, dest, field_c(pc))
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, uint8_t flags>
HEDDLE_HANDLER(op_array_set) {
  HEDDLE_BIND
  Word ref = READ_INT(Word, a, field_a(pc), 0);
  uint32_t index = READ_INT(uint32_t, b, field_b(pc), field_b(pc));
  READ_STORED(value, op, flags == kFlagThird ? kAcc : kSlot, field_c(pc), 0)
  ELEMENT(to, num::StoreOf<op>::kAccess.bytes, ref, index);
  STORE(op, to, value);
  NEXT(2);
}

// ---- new objects

// The collector finds everything below the stack's height.
#define SLOW [[gnu::noinline]]

inline void stand_at(const Word* pc, Slot* fp, Instance* ctx) { ctx->context->fiber->value_sp = fp + (pc[2] >> 32); }

SLOW gc::Object* allocate_object(const Word* pc, Slot* fp, Instance* ctx) {
  stand_at(pc, fp, ctx);
  auto object = ctx->store->heap.allocate(static_cast<TypeId>(pc[2]), field_hi(pc));
  return object.ok() ? object.value() : nullptr;
}

inline void write_fields(gc::Object* object, const Word* pc, const Slot* fp) {
  auto* bytes = reinterpret_cast<uint8_t*>(object);
  const Word* field = pc + 3;
  for (uint32_t n = field_b(pc); n != 0; --n, ++field) {
    const FieldWord f{*field};
    uint8_t* to = bytes + f.offset();
    const Word value =
        f.immediate() ? static_cast<Word>(static_cast<int64_t>(static_cast<int32_t>(f.value()))) : fp[f.value()];
    switch (f.bytes()) {
      case 8: std::memcpy(to, &value, 8); break;
      case 4: std::memcpy(to, &value, 4); break;
      case 2: std::memcpy(to, &value, 2); break;
      case 1: std::memcpy(to, &value, 1); break;
      default: std::memcpy(to, &fp[f.value()], 16); break;
    }
  }
}

#define FINISH_OBJECT(object)                         \
  do {                                                \
    write_fields((object), pc, fp);                   \
    WRITE_INT(dest, field_a(pc), gc::to_ref(object)); \
    NEXT(3 + field_b(pc));                            \
  } while (0)

template <uint8_t dest>
HEDDLE_HANDLER(op_object_new_slowly) {
  HEDDLE_BIND
  gc::Object* object = allocate_object(pc, fp, ctx);
  if (!object) [[unlikely]]
    TRAP(ErrorCode::gc_heap_exhausted);
  FINISH_OBJECT(object);
}

template <uint8_t dest>
HEDDLE_HANDLER(op_object_new) {
  HEDDLE_BIND
  gc::Object* object = ctx->store->heap.try_bump(static_cast<TypeId>(pc[2]), field_hi(pc));
  if (!object) [[unlikely]]
    HEDDLE_GOTO(op_object_new_slowly<dest>);
  FINISH_OBJECT(object);
}

// An array's fast path is for what a fill in pieces would not interrupt or charge for.
SLOW Result<gc::Array*> allocate_array(const Word* pc, Slot* fp, Instance* ctx) {
  stand_at(pc, fp, ctx);
  rt::Store& store = *ctx->store;
  const DefType& type = store.engine->types[static_cast<TypeId>(pc[2])];
  const auto count = static_cast<uint32_t>(fp[field_c(pc)]);
  const uint64_t bytes = uint64_t{count} << field_d(pc);
  const bool filled = pc[3] != 0;
  ErrorCode code = filled ? ErrorCode::none : rt::pay_for_bulk(store, bytes);
  if (code != ErrorCode::none) return code;
  gc::Array* array = TRY(store.heap.new_array(type, count));
  if (filled) code = rt::bulk_fill_in_pieces(store, array->elements(), &fp[field_b(pc)], type.elem_size, bytes);
  if (code != ErrorCode::none) return code;
  return array;
}

template <uint8_t dest>
HEDDLE_HANDLER(op_array_new_slowly) {
  HEDDLE_BIND
  Result<gc::Array*> array = allocate_array(pc, fp, ctx);
  if (!array.ok()) [[unlikely]]
    TRAP(array.error().code);
  WRITE_INT(dest, field_a(pc), gc::to_ref(array.value()));
  NEXT(4);
}

// Elements of up to eight bytes. What lies between the last one and the object's end may be filled as well.
template <uint8_t dest>
HEDDLE_HANDLER(op_array_new) {
  HEDDLE_BIND
  const auto count = static_cast<uint32_t>(fp[field_c(pc)]);
  const uint64_t bytes = ((uint64_t{count} << field_d(pc)) + 7) & ~uint64_t{7};
  gc::Object* object = nullptr;
  if (bytes < rt::kBulkBytesPerFuel) [[likely]]
    object = ctx->store->heap.try_bump(static_cast<TypeId>(pc[2]), sizeof(gc::Array) + bytes);
  if (!object) [[unlikely]]
    HEDDLE_GOTO(op_array_new_slowly<dest>);
  auto* array = static_cast<gc::Array*>(object);
  array->length = count;
  const unsigned above = 64 - (8u << field_d(pc));
  const Word value = (fp[field_b(pc)] << above >> above) * pc[3];
  auto* elements = reinterpret_cast<Word*>(array->elements());
  for (uint64_t i = 0; i < bytes / 8; ++i) elements[i] = value;
  WRITE_INT(dest, field_a(pc), gc::to_ref(array));
  NEXT(4);
}

// ---- grids

struct MakeRefUn {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (a != kImm) return op_ref_un<op, a, dest>;
    return nullptr;
  }
};
struct MakeRefTest {
  template <Op, uint8_t a, uint8_t, uint8_t dest, uint8_t test>
  static constexpr Handler at() {
    if constexpr (a != kImm) return op_ref_test<TypeTest{test}, a, dest>;
    return nullptr;
  }
};
struct MakeRefCast {
  template <Op, uint8_t a, uint8_t, uint8_t dest, uint8_t test>
  static constexpr Handler at() {
    if constexpr (a != kImm) return op_ref_cast<TypeTest{test}, a, dest>;
    return nullptr;
  }
};
struct MakeBrCast {
  template <Op, uint8_t a, uint8_t, uint8_t, uint8_t test>
  static constexpr Handler at() {
    if constexpr (a != kImm) return op_br_cast<TypeTest{test}, a>;
    return nullptr;
  }
};
template <Op op>
constexpr bool kIntResult = is_int_letter(kResult<op>);
template <Op op>
constexpr bool kIntStored = is_int_letter(kStored<op>);

struct MakeStructGet {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (a != kImm && (kIntResult<op> || dest <= kToSlot)) return op_struct_get<op, a, dest>;
    return nullptr;
  }
};
struct MakeStructSet {
  template <Op op, uint8_t a, uint8_t b, uint8_t, uint8_t>
  static constexpr Handler at() {
    if constexpr (a != kImm && (kIntStored<op> ? !(a == kAcc && b == kAcc) : b <= kAcc)) {
      return op_struct_set<op, a, b>;
    }
    return nullptr;
  }
};
struct MakeArrayGet {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (a != kImm && b != kImm && !(a == kAcc && b == kAcc) && (kIntResult<op> || dest <= kToSlot)) {
      return op_array_get<op, a, b, dest>;
    }
    return nullptr;
  }
};
struct MakeArraySet {
  template <Op op, uint8_t a, uint8_t b, uint8_t, uint8_t flags>
  static constexpr Handler at() {
    constexpr int in_acc = (a == kAcc) + (b == kAcc) + (flags == kFlagThird && kIntStored<op>);
    if constexpr (a != kImm && b != kImm && in_acc <= 1) return op_array_set<op, a, b, flags>;
    return nullptr;
  }
};
struct MakeObjectNew {
  template <Op, uint8_t, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    return op_object_new<dest>;
  }
};
struct MakeArrayNew {
  template <Op, uint8_t, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    return op_array_new<dest>;
  }
};

constexpr Op find_load(char letter, uint32_t bytes, bool sign) {
  for (Op op : kFieldLoadOps.ops) {
    const num::Access access = num::access_of(op);
    const bool signs = access.extension == num::Extension::sign;
    if (info(op).sig.results[0] == letter && access.bytes == bytes && signs == sign) return op;
  }
  return kNoOp;
}
constexpr Op find_store(char letter, uint32_t bytes) {
  for (Op op : kFieldStoreOps.ops) {
    if (info(op).sig.params[1] == letter && num::access_of(op).bytes == bytes) return op;
  }
  return kNoOp;
}

// References move as 64-bit integers do.
constexpr char letter_of(ValType storage) {
  switch (storage.kind()) {
    case ValKind::f32: return 'f';
    case ValKind::f64: return 'd';
    case ValKind::v128: return 's';
    case ValKind::i8:
    case ValKind::i16:
    case ValKind::i32: return 'i';
    case ValKind::bot:
    case ValKind::i64:
    case ValKind::ref: return 'l';
  }
  return 'l';
}

struct FieldMoves {
  Op loads[2], store;
};
constexpr auto kFieldMoves = [] {
  std::array<FieldMoves, static_cast<size_t>(ValKind::ref) + 1> moves{};
  for (size_t i = 0; i < moves.size(); ++i) {
    const ValType storage(static_cast<ValKind>(i));
    const char letter = letter_of(storage);
    const uint32_t bytes = storage_size(storage);
    moves[i] = {{find_load(letter, bytes, false), find_load(letter, bytes, true)}, find_store(letter, bytes)};
  }
  return moves;
}();

}  // namespace

Op field_load(ValType storage, bool sign) {
  return kFieldMoves[static_cast<size_t>(storage.kind())].loads[sign && storage.is_packed()];
}
Op field_store(ValType storage) { return kFieldMoves[static_cast<size_t>(storage.kind())].store; }

constexpr Grid kRefUnGrid = grid<kRefUnOps, Extent{.a = kClasses, .dest = kDests}, MakeRefUn>();
constexpr Grid kRefTestGrid = grid<kNoOps, Extent{.a = kClasses, .dest = 2, .flags = kTypeTests}, MakeRefTest>();
constexpr Grid kRefCastGrid = grid<kNoOps, Extent{.a = kClasses, .dest = kDests, .flags = kTypeTests}, MakeRefCast>();
constexpr Grid kBrCastGrid = grid<kNoOps, Extent{.a = kClasses, .flags = kTypeTests}, MakeBrCast>();
constexpr Grid kStructGetGrid = grid<kFieldLoadOps, Extent{.a = kClasses, .dest = kDests}, MakeStructGet>();
constexpr Grid kStructSetGrid = grid<kFieldStoreOps, Extent{.a = kClasses, .b = kClasses}, MakeStructSet>();
constexpr Grid kArrayGetGrid =
    grid<kFieldLoadOps, Extent{.a = kClasses, .b = kClasses, .dest = kDests}, MakeArrayGet>();
constexpr Grid kArraySetGrid = grid<kFieldStoreOps, Extent{.a = kClasses, .b = kClasses, .flags = 2}, MakeArraySet>();
constexpr Grid kObjectNewGrid = grid<kNoOps, Extent{.dest = kDests}, MakeObjectNew>();
constexpr Grid kArrayNewGrid = grid<kNoOps, Extent{.dest = 2}, MakeArrayNew>();

}  // namespace heddle::interp
