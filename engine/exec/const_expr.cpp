// Constant expressions over a stack of slots on the current fiber's value stack, where the collector sees the
// references. Arithmetic is the kernels', aggregates are the interpreter's own operators: nothing is defined twice.
#include "exec/const_expr.h"

#include <array>
#include <cstring>

#include "exec/interp/cold.h"
#include "exec/kernels.h"
#include "syntax/immediates.h"
#include "syntax/op.h"

namespace heddle::exec {
namespace {

using rt::Slot;

// The binary integer operators, over two slots into the first; what of them may stand here is validation's business.
using BinarySlots = void (*)(Slot* operands);

template <Op op>
void apply(Slot* operands) {
  using T = num::TypeOfLetter<info(op).sig.results[0]>;
  operands[0] = num::KernelOf<op>::fn(static_cast<T>(operands[0]), static_cast<T>(operands[1]));
}

template <Op op>
constexpr BinarySlots binary_slots() {
  if constexpr (info(op).shape == Shape::bin) {
    constexpr Sig kSig = info(op).sig;
    if constexpr (kSig.results == "i" && kSig.params == "ii") return &apply<op>;
    if constexpr (kSig.results == "l" && kSig.params == "ll") return &apply<op>;
  }
  return nullptr;
}

constexpr BinarySlots kBinary[] = {
#define OP(name, code, text, shape, sig, imm, since) binary_slots<Op::name>(),
#include "syntax/ops.inc"
#undef OP
};

class Evaluator {
 public:
  explicit Evaluator(rt::Instance& instance)
      : instance_(instance), fiber_(*instance.context->fiber), base_(fiber_.value_sp), sp_(base_) {}
  ~Evaluator() { fiber_.value_sp = base_; }
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  Result<void> run(const syntax::Expr& expr) {
    Reader in(expr.bytes, expr.offset);
    for (;;) {
      Op op = TRY(read_op(in));
      if (op == Op::end) return {};
      Immediates imm = TRY(read_immediates(in, info(op)));
      TRY(make_room());
      TRY(step(op, imm));
    }
  }
  const Slot* top() const { return base_; }

 private:
  void push(Slot value) { *sp_++ = value; }

  // What one instruction may push.
  Result<void> make_room() {
    if (fiber_.value_limit - sp_ >= 2) return {};
    ErrorCode code = instance_.store->make_value_room(sp_ + 2);
    if (code != ErrorCode::none) return code;
    return {};
  }

  Result<void> step(Op op, const Immediates& imm) {
    const Shape shape = info(op).shape;
    if (shape == Shape::cnst) {
      constant(op, imm);
    } else if (shape == Shape::bin) {
      BinarySlots apply = kBinary[static_cast<size_t>(op)];
      HEDDLE_ASSERT(apply && sp_ - base_ >= 2);
      apply(--sp_ - 1);
    } else if (shape == Shape::gc) {
      return aggregate(op, imm);
    } else if (op == Op::global_get) {
      global(imm.index);
    } else if (op == Op::ref_func) {
      push(rt::to_ref(instance_.func(FuncIdx{imm.index})));
    } else {
      HEDDLE_ASSERT(op == Op::ref_null);
      push(0);
    }
    return {};
  }

  void constant(Op op, const Immediates& imm) {
    if (info(op).imm == Imm::v128) {
      std::memcpy(sp_, imm.bytes.data(), 16);
      sp_ += 2;
    } else {
      bool narrow = info(op).imm == Imm::i32 || info(op).imm == Imm::f32;
      push(narrow ? static_cast<uint32_t>(imm.bits) : imm.bits);
    }
  }

  void global(uint32_t index) {
    const rt::Global& global = *instance_.globals()[index];
    sp_ = std::copy_n(global.value, slots_of(global.type.type), sp_);
  }

  // Operands of an instruction on aggregates, in slots. `type` is null where it names none.
  static uint64_t operand_slots(Op op, const DefType* type, uint32_t count) {
    uint64_t fields = 0;
    switch (op) {
      case Op::struct_new:
      case Op::struct_new_desc:
        for (const FieldType& field : type->fields) fields += slots_of(field.type);
        return fields + (op == Op::struct_new_desc ? 1 : 0);
      case Op::struct_new_default: return 0;
      case Op::array_new: return slots_of(type->fields[0].type) + 1;
      case Op::array_new_fixed: return uint64_t{slots_of(type->fields[0].type)} * count;
      default: return 1;  // a length, a descriptor, a reference, an i32
    }
  }

  Result<void> aggregate(Op op, const Immediates& imm) {
    const DefType* type = nullptr;
    interp::Word words[2] = {0, imm.index2};
    if (info(op).imm != Imm::none) {
      type = &instance_.store->engine->types[instance_.module->type_id(TypeIdx{imm.index})];
      words[0] = type->id;
      if (info(op).imm == Imm::type_count) words[1] = imm.count;
    }
    Slot* operands = sp_ - operand_slots(op, type, imm.count);
    HEDDLE_ASSERT(operands >= base_);
    fiber_.value_sp = sp_;
    ErrorCode trap = interp::cold_op(op)(instance_, operands, words);
    if (trap != ErrorCode::none) return trap;
    sp_ = operands + 1;
    return {};
  }

  rt::Instance& instance_;
  rt::Fiber& fiber_;
  Slot* base_;
  Slot* sp_;
};

}  // namespace

Result<void> evaluate(rt::Instance& instance, const syntax::Expr& expr, rt::Slot* result) {
  Evaluator evaluator(instance);
  TRY(evaluator.run(expr));
  const rt::Slot* top = evaluator.top();
  result[0] = top[0];
  result[1] = top[1];
  return {};
}

}  // namespace heddle::exec
