// Between the files of cold operators. Each operator is a specialisation of Cold: by hand with COLD_OP, or for all
// operators of a shape at once. Each file offers the functions of its shapes through a table, which does not compile
// while one is missing.
#pragma once
#include <array>
#include <type_traits>
#include <utility>

#include "exec/interp/cold.h"
#include "exec/interp/families.h"

namespace heddle::interp {

ColdOp cold_memory_op(Op op);  // load, store, load_lane, store_lane, mem
ColdOp cold_atomic_op(Op op);  // atomic_*, fence
ColdOp cold_table_op(Op op);   // table
ColdOp cold_gc_op(Op op);      // ref, gc

// Cold<op>::run is the ColdOp.
template <Op op>
struct Cold;

#define COLD_OP(name)                                                                       \
  template <>                                                                               \
  struct Cold<Op::name> {                                                                   \
    static ErrorCode run(Instance& inst, Slot* sp, const Word* imm);                        \
  };                                                                                        \
  ErrorCode Cold<Op::name>::run([[maybe_unused]] Instance& inst, [[maybe_unused]] Slot* sp, \
                                [[maybe_unused]] const Word* imm)

// TRY for functions that return a plain code.
#define TRY_CODE(expr)                  \
  __extension__({                       \
    auto try_result_ = (expr);          \
    if (!try_result_.ok()) [[unlikely]] \
      return try_result_.error().code;  \
    std::move(try_result_).value();     \
  })

// The functions of the operators that the list was made of.
template <const auto& list>
ColdOp look_up_cold(Op op) {
  static constexpr auto kFunctions = []<size_t... i>(std::index_sequence<i...>) {
    return std::array<ColdOp, sizeof...(i)>{&Cold<list.ops[i]>::run...};
  }(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(list.ops)>>>{});
  const uint16_t index = list.index[static_cast<size_t>(op)];
  return index < kFunctions.size() ? kFunctions[index] : nullptr;
}

// An operand of the address type of a memory or table, and a size or index as its result.
inline uint64_t address_operand(bool addr64, Slot slot) { return addr64 ? slot : static_cast<uint32_t>(slot); }
inline Slot address_result(bool addr64, uint64_t value) { return addr64 ? value : static_cast<uint32_t>(value); }

inline uint32_t u32_operand(Slot slot) { return static_cast<uint32_t>(slot); }

}  // namespace heddle::interp
