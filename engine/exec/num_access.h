// What loads, stores and atomics do besides reaching memory: the type read or written and the conversion between
// it and the value on the stack (spec 4.6.8). All of it is read off the mnemonic at compile time: `i64.load32_s`,
// `v128.load8x8_u`, `v128.store16_lane`, `i32.atomic.rmw8.add_u`.
//
//   LoadOf<op>    Memory, Value, Value extend(Memory)           load, atomic_load
//   StoreOf<op>   Memory, Value, Memory wrap(Value)             store, atomic_store
//   LaneOf<op>    Memory, kLanes, get, set                      load_lane, store_lane
//   AtomicOf<op>  Memory, Value, wrap, extend; kRmw, combine    atomic_rmw, atomic_cmpxchg
#pragma once
#include <string_view>

#include "exec/num.h"
#include "exec/v128.h"
#include "syntax/op.h"

namespace heddle::num {

// How the memory's bits become the value's.
enum class Extension : uint8_t {
  none,     // as many bits as the value has
  zero,     // zero bits above (of a vector too)
  sign,     // copies of the sign bit above
  pairs_u,  // each half of a vector's lanes twice as wide
  pairs_s,  //
  splat,    // the same in every lane
  lane,     // into or out of one lane
};

enum class Rmw : uint8_t { add, sub, and_, or_, xor_, xchg, cmpxchg };

struct Access {
  uint8_t bytes;       // touched in memory: the natural alignment
  uint8_t lane_bytes;  // of a lane in memory, for pairs
  Extension extension;
  Rmw rmw;
};

namespace parse {

// Takes `word` off the front, or leaves the text as it is.
constexpr bool take(std::string_view& text, std::string_view word) {
  if (text.substr(0, word.size()) != word) return false;
  text.remove_prefix(word.size());
  return true;
}

constexpr uint32_t take_number(std::string_view& text) {
  uint32_t n = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    n = n * 10 + static_cast<uint32_t>(text[0] - '0');
    text.remove_prefix(1);
  }
  return n;
}

constexpr Rmw rmw(std::string_view name) {
  constexpr std::string_view kNames[] = {"add", "sub", "and", "or", "xor", "xchg", "cmpxchg"};
  for (uint8_t i = 0; i < 7; ++i) {
    if (name == kNames[i]) return static_cast<Rmw>(i);
  }
  return {};
}

constexpr Extension extension(std::string_view suffix, bool pairs) {
  if (suffix == "_s") return pairs ? Extension::pairs_s : Extension::sign;
  if (suffix == "_splat") return Extension::splat;
  if (suffix == "_lane") return Extension::lane;
  return pairs ? Extension::pairs_u : Extension::zero;
}

}  // namespace parse

// For any instruction with a memarg but memory.atomic.notify and the waits.
constexpr Access access_of(Op op) {
  std::string_view text = info(op).text;
  parse::take(text, text.substr(0, 1));  // the letter of the type
  const uint32_t value_bits = parse::take_number(text);
  parse::take(text, ".atomic");
  parse::take(text, ".");
  parse::take(text, "load") || parse::take(text, "store") || parse::take(text, "rmw");
  const uint32_t number = parse::take_number(text);
  Access access{.bytes = static_cast<uint8_t>((number ? number : value_bits) / 8),
                .lane_bytes = static_cast<uint8_t>(number / 8),
                .extension = Extension::none,
                .rmw = {}};
  const bool pairs = parse::take(text, "x");
  if (pairs) access.bytes = static_cast<uint8_t>(access.bytes * parse::take_number(text));
  if (parse::take(text, ".")) {
    access.rmw = parse::rmw(text.substr(0, text.find('_')));
    text = "_u";
  }
  if (number) access.extension = parse::extension(text, pairs);
  return access;
}

// The C++ type of a letter of a signature, and the unsigned integer of a size.
template <char letter>
struct LetterType;
// clang-format off
template <> struct LetterType<'i'> { using type = uint32_t; };
template <> struct LetterType<'l'> { using type = uint64_t; };
template <> struct LetterType<'f'> { using type = float; };
template <> struct LetterType<'d'> { using type = double; };
template <> struct LetterType<'s'> { using type = v128; };
// clang-format on
template <char letter>
using TypeOfLetter = typename LetterType<letter>::type;

template <uint8_t bytes>
struct UintType;
// clang-format off
template <> struct UintType<1> { using type = uint8_t; };
template <> struct UintType<2> { using type = uint16_t; };
template <> struct UintType<4> { using type = uint32_t; };
template <> struct UintType<8> { using type = uint64_t; };
// clang-format on
template <uint8_t bytes>
using Uint = typename UintType<bytes>::type;

// Memory is Value itself where nothing is extended (it may be a float or a vector), else an unsigned integer.
template <class Value, Access access>
struct MemoryType {
  using type = Uint<access.bytes>;
};
template <class Value, Access access>
  requires(access.extension == Extension::none)
struct MemoryType<Value, access> {
  using type = Value;
};

// The lanes of T in `bits`, each extended to twice its width.
template <class T, class Wide>
inline v128 widen(uint64_t bits) {
  return pack(__builtin_convertvector(__builtin_bit_cast(HalfLanes<T>, bits), Lanes<Wide>));
}

template <Op op>
struct LoadOf {
  static constexpr Access kAccess = access_of(op);
  using Value = TypeOfLetter<info(op).sig.results[0]>;
  using Memory = typename MemoryType<Value, kAccess>::type;

  static inline Value extend(Memory m) {
    constexpr Extension extension = kAccess.extension;
    if constexpr (extension == Extension::none) {
      return m;
    } else if constexpr (extension == Extension::splat) {
      return splat<Memory>(m);
    } else if constexpr (extension == Extension::pairs_u || extension == Extension::pairs_s) {
      using T = Uint<kAccess.lane_bytes>;
      using Wide = Uint<2 * kAccess.lane_bytes>;
      return extension == Extension::pairs_u ? widen<T, Wide>(m) : widen<Signed<T>, Signed<Wide>>(m);
    } else if constexpr (std::is_same_v<Value, v128>) {
      return pack(Lanes<uint64_t>{m, 0});
    } else {
      return extension == Extension::sign ? extend_s<Value>(m) : extend_u<Value>(m);
    }
  }
};

template <Op op>
struct StoreOf {
  static constexpr Access kAccess = access_of(op);
  using Value = TypeOfLetter<info(op).sig.params[1]>;
  using Memory = typename MemoryType<Value, kAccess>::type;

  static inline Memory wrap(Value v) {
    if constexpr (kAccess.extension == Extension::none) {
      return v;
    } else {
      return num::wrap<Memory>(v);
    }
  }
};

template <Op op>
struct LaneOf {
  static constexpr Access kAccess = access_of(op);
  using Memory = Uint<kAccess.bytes>;
  static constexpr uint8_t kLanes = 16 / kAccess.bytes;

  static inline Memory get(v128 v, uint8_t lane) { return lanes<Memory>(v)[lane % kLanes]; }
  static inline v128 set(v128 v, uint8_t lane, Memory m) {
    auto r = lanes<Memory>(v);
    r[lane % kLanes] = m;
    return pack(r);
  }
};

template <Op op>
struct AtomicOf {
  static constexpr Access kAccess = access_of(op);
  static constexpr Rmw kRmw = kAccess.rmw;
  using Value = TypeOfLetter<info(op).sig.results[0]>;
  using Memory = Uint<kAccess.bytes>;

  static constexpr Memory wrap(Value v) { return num::wrap<Memory>(v); }
  static constexpr Value extend(Memory m) { return extend_u<Value>(m); }

  // What is written where `old` was; a compare-exchange writes its replacement.
  static constexpr Memory combine(Memory old, Value operand) {
    const Value before = extend(old);
    switch (kRmw) {
      case Rmw::add: return wrap(before + operand);
      case Rmw::sub: return wrap(before - operand);
      case Rmw::and_: return wrap(before & operand);
      case Rmw::or_: return wrap(before | operand);
      case Rmw::xor_: return wrap(before ^ operand);
      case Rmw::xchg:
      case Rmw::cmpxchg: return wrap(operand);
    }
    return old;
  }
};

}  // namespace heddle::num
