// From an Op to its kernel: KernelOf<op>, for every row of ops.inc whose shape has one.
//
//   fn                the kernel, a constant: KernelOf<op>::fn(a, b) is inlined like a call by name
//   Result, Params    its types, Params as a TypeList
//
// A row without a kernel, or with one of another signature than its shape and sig prescribe, does not compile.
#pragma once
#include <utility>

#include "exec/num.h"
#include "exec/num_access.h"
#include "exec/simd.h"
#include "syntax/op.h"

namespace heddle::num {

constexpr bool has_kernel(Shape shape) {
  constexpr Shape kWith[] = {Shape::test,    Shape::rel,     Shape::un,       Shape::bin,
                             Shape::tern,    Shape::trap_un, Shape::trap_bin, Shape::extract,
                             Shape::replace, Shape::shuffle, Shape::wide};
  for (Shape with : kWith) {
    if (shape == with) return true;
  }
  return false;
}

template <class... T>
struct TypeList {
  static constexpr size_t kSize = sizeof...(T);
};

// What follows the parameters of the signature.
template <Shape shape, class... Params>
struct WithImmediate {
  using type = TypeList<Params...>;
};
template <class... Params>
struct WithImmediate<Shape::extract, Params...> {
  using type = TypeList<Params..., uint8_t>;
};
template <class... Params>
struct WithImmediate<Shape::replace, Params...> {
  using type = TypeList<Params..., uint8_t>;
};
template <class... Params>
struct WithImmediate<Shape::shuffle, Params...> {
  using type = TypeList<Params..., v128>;
};

template <Shape shape, class Value>
struct WithTrap {
  using type = Value;
};
template <class Value>
struct WithTrap<Shape::trap_un, Value> {
  using type = Trapping<Value>;
};
template <class Value>
struct WithTrap<Shape::trap_bin, Value> {
  using type = Trapping<Value>;
};

// The kernel's type, as op.h lists it by shape.
template <Op op, class = std::make_index_sequence<info(op).sig.params.size()>>
struct SignatureOf;
template <Op op, size_t... i>
struct SignatureOf<op, std::index_sequence<i...>> {
  using Result = typename WithTrap<info(op).shape, TypeOfLetter<info(op).sig.results[0]>>::type;
  using Params = typename WithImmediate<info(op).shape, TypeOfLetter<info(op).sig.params[i]>...>::type;
};
template <Op op, size_t... i>
  requires(info(op).shape == Shape::wide)
struct SignatureOf<op, std::index_sequence<i...>> {
  using Result = void;
  using Params = TypeList<uint64_t*>;
};

template <class Result, class Params>
struct FunctionType;
template <class Result, class... Params>
struct FunctionType<Result, TypeList<Params...>> {
  using type = Result(Params...);
};

template <Op op, auto kernel>
struct Kernel {
  using Result = typename SignatureOf<op>::Result;
  using Params = typename SignatureOf<op>::Params;
  static constexpr auto fn = kernel;
  static_assert(std::is_same_v<decltype(kernel), typename FunctionType<Result, Params>::type*>,
                "the kernel's signature is that of the row's shape and sig");
};

template <Op op>
struct KernelOf;

#define HEDDLE_KERNEL(name) \
  template <>               \
  struct KernelOf<Op::name> : Kernel<Op::name, &num::name> {};
#define HEDDLE_NO_KERNEL(name)

#define HEDDLE_SHAPE_test HEDDLE_KERNEL
#define HEDDLE_SHAPE_rel HEDDLE_KERNEL
#define HEDDLE_SHAPE_un HEDDLE_KERNEL
#define HEDDLE_SHAPE_bin HEDDLE_KERNEL
#define HEDDLE_SHAPE_tern HEDDLE_KERNEL
#define HEDDLE_SHAPE_trap_un HEDDLE_KERNEL
#define HEDDLE_SHAPE_trap_bin HEDDLE_KERNEL
#define HEDDLE_SHAPE_extract HEDDLE_KERNEL
#define HEDDLE_SHAPE_replace HEDDLE_KERNEL
#define HEDDLE_SHAPE_shuffle HEDDLE_KERNEL
#define HEDDLE_SHAPE_wide HEDDLE_KERNEL
#define HEDDLE_SHAPE_ctrl HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_exn HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_cont HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_var HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_ref HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_gc HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_table HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_mem HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_cnst HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_load HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_store HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_load_lane HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_store_lane HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_atomic_load HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_atomic_store HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_atomic_rmw HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_atomic_cmpxchg HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_atomic_wait HEDDLE_NO_KERNEL
#define HEDDLE_SHAPE_fence HEDDLE_NO_KERNEL

#define OP(name, code, text, shape, sig, imm, since) HEDDLE_SHAPE_##shape(name)
#include "syntax/ops.inc"
#undef OP

#undef HEDDLE_KERNEL
#undef HEDDLE_NO_KERNEL
#undef HEDDLE_SHAPE_test
#undef HEDDLE_SHAPE_rel
#undef HEDDLE_SHAPE_un
#undef HEDDLE_SHAPE_bin
#undef HEDDLE_SHAPE_tern
#undef HEDDLE_SHAPE_trap_un
#undef HEDDLE_SHAPE_trap_bin
#undef HEDDLE_SHAPE_extract
#undef HEDDLE_SHAPE_replace
#undef HEDDLE_SHAPE_shuffle
#undef HEDDLE_SHAPE_wide
#undef HEDDLE_SHAPE_ctrl
#undef HEDDLE_SHAPE_exn
#undef HEDDLE_SHAPE_cont
#undef HEDDLE_SHAPE_var
#undef HEDDLE_SHAPE_ref
#undef HEDDLE_SHAPE_gc
#undef HEDDLE_SHAPE_table
#undef HEDDLE_SHAPE_mem
#undef HEDDLE_SHAPE_cnst
#undef HEDDLE_SHAPE_load
#undef HEDDLE_SHAPE_store
#undef HEDDLE_SHAPE_load_lane
#undef HEDDLE_SHAPE_store_lane
#undef HEDDLE_SHAPE_atomic_load
#undef HEDDLE_SHAPE_atomic_store
#undef HEDDLE_SHAPE_atomic_rmw
#undef HEDDLE_SHAPE_atomic_cmpxchg
#undef HEDDLE_SHAPE_atomic_wait
#undef HEDDLE_SHAPE_fence

}  // namespace heddle::num
