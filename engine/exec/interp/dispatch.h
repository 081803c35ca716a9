// How the interpreter goes from one operation to the next, in one of three ways from the same handler sources:
//
//   clang     every handler ends in a guaranteed tail call; preserve_none keeps the machine state in registers
//   g++       the same by sibling calls, in the ordinary convention (a test looks into the object code)
//   loop      handlers return and a loop calls the next one: HEDDLE_DISPATCH_LOOP, and where tail calls are not
//   certain
//
// Code is a sequence of cells of 8-byte words: [handler][operands][more...]. The machine state:
//
//   pc    the cell being executed          mem   base of memory 0            acc     the last integer result
//   fp    the frame on the value stack     ctx   the instance                l0, l1  copies of two locals ("pinned")
//   vec   the last float or vector result, in its lowest lanes
//
// Slots are authoritative at every block boundary, call and loop header. acc and vec hold a value of their own only
// between the cell that made it and the one that takes it; l0 and l1 always equal their slots.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "exec/v128.h"
#include "runtime/instance.h"
#include "runtime/store.h"

#if !defined(HEDDLE_DISPATCH_LOOP) && !defined(HEDDLE_DISPATCH_TAIL)
#if !defined(__clang__) && !defined(__OPTIMIZE__)
#define HEDDLE_DISPATCH_LOOP 1  // g++ makes sibling calls only when it optimises
#elif !defined(__clang__) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
#define HEDDLE_DISPATCH_LOOP 1
#endif
#endif

// What UndefinedBehaviorSanitizer checks before an access takes the registers in which a fault looks for pc, fp and
// ctx: handlers leave their place in the activation.
#if defined(__clang__) && !defined(HEDDLE_DISPATCH_LOOP)
#if __has_feature(undefined_behavior_sanitizer)
#define HEDDLE_STAND_IN_ACTIVATION 1
#endif
#endif

// The ordinary convention of x86-64 has six registers for integers, one too few: g++ keeps l1 in one that calls
// preserve, and the entry from C++ restores it (interp.cpp).
#if defined(__x86_64__) && !defined(__clang__) && !defined(HEDDLE_DISPATCH_LOOP)
#define HEDDLE_PIN1_REGISTER 1
#endif

namespace heddle::interp {

using Word = uint64_t;
using num::v128;
using rt::Instance;
using rt::Slot;

#if defined(HEDDLE_DISPATCH_LOOP)

struct Machine {
  const Word* pc;
  Slot* fp;
  uint8_t* mem;
  Instance* ctx;
  Word acc, l0, l1;
  v128 vec;
};
using Handler = void (*)(Machine&);
#define HEDDLE_HANDLER(name) void name([[maybe_unused]] Machine& m)
#define HEDDLE_BIND                                           \
  [[maybe_unused]] const Word*& pc = m.pc;                    \
  [[maybe_unused]] Slot*& fp = m.fp;                          \
  [[maybe_unused]] uint8_t*& mem = m.mem;                     \
  [[maybe_unused]] Instance*& ctx = m.ctx;                    \
  [[maybe_unused]] Word &acc = m.acc, &l0 = m.l0, &l1 = m.l1; \
  [[maybe_unused]] v128& vec = m.vec;
#define HEDDLE_GOTO(handler) return (handler)(m)
#define HEDDLE_DISPATCH() return
#define HEDDLE_LEAVE() \
  do {                 \
    m.pc = nullptr;    \
    return;            \
  } while (0)

#else

#if defined(__clang__)
#define HEDDLE_CONVENTION __attribute__((preserve_none))
#define HEDDLE_MUSTTAIL [[clang::musttail]]
#else
#define HEDDLE_CONVENTION
#define HEDDLE_MUSTTAIL
#endif
#if defined(HEDDLE_PIN1_REGISTER)
register Word l1 __asm__("r15");
#define HEDDLE_PIN1_PARAM
#define HEDDLE_PIN1_ARG
#else
#define HEDDLE_PIN1_PARAM [[maybe_unused]] Word l1,
#define HEDDLE_PIN1_ARG l1,
#endif
#define HEDDLE_ARGS                                                                          \
  [[maybe_unused]] const Word *pc, [[maybe_unused]] Slot *fp, [[maybe_unused]] uint8_t *mem, \
      [[maybe_unused]] Instance *ctx, [[maybe_unused]] Word acc, [[maybe_unused]] Word l0,   \
      HEDDLE_PIN1_PARAM [[maybe_unused]] v128 vec
typedef HEDDLE_CONVENTION void (*Handler)(HEDDLE_ARGS);
// Each handler has cache lines of its own: processors predict several branches of one line badly (docs/adr/0005).
#define HEDDLE_PLACE __attribute__((aligned(64)))
// Guests may race in the memory they share: that is theirs. And what ThreadSanitizer puts before an access would
// take the registers in which a fault looks for pc, fp and ctx.
#if defined(__clang__)
#define HEDDLE_HANDLER(name) \
  __attribute__((no_sanitize("thread"))) HEDDLE_PLACE HEDDLE_CONVENTION void name(HEDDLE_ARGS)
#else
#define HEDDLE_HANDLER(name) HEDDLE_PLACE HEDDLE_CONVENTION void name(HEDDLE_ARGS)
#endif
#define HEDDLE_BIND
#define HEDDLE_GOTO(handler) HEDDLE_MUSTTAIL return (handler)(pc, fp, mem, ctx, acc, l0, HEDDLE_PIN1_ARG vec)
#define HEDDLE_DISPATCH() HEDDLE_GOTO(reinterpret_cast<Handler>(pc[0]))
#define HEDDLE_LEAVE() return

#endif

// A fault here finds pc, fp and ctx in their registers (interp.cpp). clang leaves them there by itself; g++ would
// rather use them for the address.
#if defined(HEDDLE_STAND_IN_ACTIVATION)
#define HEDDLE_STAND() static_cast<void>(stand_at(pc, fp, ctx))
#elif defined(__x86_64__) && !defined(__clang__) && !defined(HEDDLE_DISPATCH_LOOP)
#define HEDDLE_STAND() __asm__ volatile("" : "+D"(pc), "+S"(fp), "+c"(ctx) : : "memory")
#else
#define HEDDLE_STAND() static_cast<void>(0)
#endif

// The next cell lies `words` on; the cell at `target` is next.
#define NEXT(words)    \
  do {                 \
    pc += (words);     \
    HEDDLE_DISPATCH(); \
  } while (0)
#define JUMP(target)   \
  do {                 \
    pc = (target);     \
    HEDDLE_DISPATCH(); \
  } while (0)
// The guest's fault: `code` becomes the trap of this activation. The cell is the one whose offset is reported.
#define TRAP(code)                          \
  do {                                      \
    acc = static_cast<Word>(code);          \
    HEDDLE_GOTO(::heddle::interp::op_trap); \
  } while (0)

HEDDLE_HANDLER(op_trap);

// Operands in the second word: four 16-bit fields, of which the upper two may be one 32-bit field, as may the lower
// two.
typedef uint16_t __attribute__((may_alias)) Field16;
typedef uint32_t __attribute__((may_alias)) Field32;
inline uint32_t field_a(const Word* pc) { return reinterpret_cast<const Field16*>(pc)[4]; }
inline uint32_t field_b(const Word* pc) { return reinterpret_cast<const Field16*>(pc)[5]; }
inline uint32_t field_c(const Word* pc) { return reinterpret_cast<const Field16*>(pc)[6]; }
inline uint32_t field_d(const Word* pc) { return reinterpret_cast<const Field16*>(pc)[7]; }
inline uint32_t field_lo(const Word* pc) { return reinterpret_cast<const Field32*>(pc)[2]; }
inline uint32_t field_hi(const Word* pc) { return reinterpret_cast<const Field32*>(pc)[3]; }
inline int32_t field_offset(const Word* pc) { return static_cast<int32_t>(field_hi(pc)); }

constexpr Word pack16(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return (a & 0xffff) | static_cast<Word>(b & 0xffff) << 16 | static_cast<Word>(c & 0xffff) << 32 |
         static_cast<Word>(d & 0xffff) << 48;
}
constexpr Word pack_hi32(uint32_t a, uint32_t b, uint32_t hi) {
  return (a & 0xffff) | static_cast<Word>(b & 0xffff) << 16 | static_cast<Word>(hi) << 32;
}
constexpr Word pack32(uint32_t lo, uint32_t hi) { return lo | static_cast<Word>(hi) << 32; }

// Slots and the vector register as values of C++ types.
template <class T>
inline Word to_word(T value) {
  if constexpr (sizeof(T) == 8) {
    return std::bit_cast<Word>(value);
  } else {
    return std::bit_cast<uint32_t>(value);
  }
}
template <class T>
inline T read_slot(const Slot* slot) {
  if constexpr (sizeof(T) == 16) {
    v128 v;
    std::memcpy(&v, slot, 16);
    return v;
  } else if constexpr (sizeof(T) == 4) {
    T value;
    std::memcpy(&value, slot, 4);
    return value;
  } else {
    return std::bit_cast<T>(*slot);
  }
}
template <class T>
inline void write_slot(Slot* slot, T value) {
  if constexpr (sizeof(T) == 16) {
    std::memcpy(slot, &value, 16);
  } else {
    *slot = to_word(value);
  }
}
template <class T>  // float or double
inline T low_lane(v128 v) {
  return num::lanes<T>(v)[0];
}
template <class T>
inline v128 with_low_lane(v128 v, T value) {
  num::Lanes<T> lanes = num::lanes<T>(v);
  lanes[0] = value;
  return num::pack(lanes);
}

}  // namespace heddle::interp
