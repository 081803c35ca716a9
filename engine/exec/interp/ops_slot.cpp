// Operators of vectors from slots to a slot, for where the variants that use the vector register cannot be had
// (ops_vector.cpp).
//
//   [handler][a, b, c, d]           operands by position, result at d
//   [handler][a, b, c, d][lane]     extract, replace
//   [handler][a, b, c, d][lanes..]  shuffle: sixteen bytes
#include "exec/interp/control.h"
#include "exec/interp/families.h"
#include "exec/kernels.h"

namespace heddle::interp {
namespace {

inline uint32_t field(const Word* pc, size_t i) { return reinterpret_cast<const Field16*>(pc + 1)[i]; }

template <class T>
inline T slot_operand(const Word* pc, const Slot* fp, size_t i) {
  return read_slot<T>(&fp[field(pc, i)]);
}

template <Op op, class... Params, size_t... i>
inline auto apply(const Word* pc, const Slot* fp, num::TypeList<Params...>, std::index_sequence<i...>) {
  constexpr Shape shape = info(op).shape;
  constexpr size_t operands = info(op).sig.params.size();
  auto operand = [&]<class T, size_t at>() -> T {
    if constexpr (at < operands) {
      return slot_operand<T>(pc, fp, at);
    } else if constexpr (shape == Shape::shuffle) {
      return read_slot<v128>(pc + 2);
    } else {
      return static_cast<T>(pc[2]);
    }
  };
  return num::KernelOf<op>::fn(operand.template operator()<Params, i>()...);
}

constexpr uint32_t words_of(Shape shape) {
  return shape == Shape::shuffle ? 4 : shape == Shape::extract || shape == Shape::replace ? 3 : 2;
}

template <Op op>
HEDDLE_HANDLER(op_slots) {
  HEDDLE_BIND
  using Params = typename num::KernelOf<op>::Params;
  auto r = apply<op>(pc, fp, Params{}, std::make_index_sequence<Params::kSize>{});
  write_slot(&fp[field_d(pc)], r);
  NEXT(words_of(info(op).shape));
}

constexpr bool has_vector(std::string_view letters) { return letters.find('s') != std::string_view::npos; }
constexpr auto kSlotOps = make_op_list<[](const OpInfo& r) {
  return num::has_kernel(r.shape) && (has_vector(r.sig.params) || has_vector(r.sig.results));
}>();

struct MakeSlots {
  template <Op op, uint8_t, uint8_t, uint8_t, uint8_t>
  static constexpr Handler at() {
    return op_slots<op>;
  }
};

}  // namespace

Handler slot_handler(Op op) {
  return kUnfolded<kSlotOps, Extent{}, MakeSlots>.handlers[kSlotOps.index[static_cast<size_t>(op)]];
}

}  // namespace heddle::interp
