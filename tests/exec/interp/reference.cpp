// The naive evaluator.
#include "tests/exec/interp/reference.h"

#include <cstring>

#include "exec/kernels.h"

namespace heddle::testing {
namespace {

template <class T>
T from_bits(Bits bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
template <class T>
Bits to_bits(T value) {
  uint64_t words[2] = {0, 0};
  std::memcpy(words, &value, sizeof value);
  return {words[0], words[1]};
}

// ---- operators by table ----

using Apply = ErrorCode (*)(const Bits* operands, uint8_t lane, Bits& result);

template <Op op, class... Params, size_t... i>
ErrorCode apply(const Bits* operands, uint8_t lane, Bits& result, num::TypeList<Params...>,
                std::index_sequence<i...>) {
  constexpr size_t count = info(op).sig.params.size();
  auto operand = [&]<class T, size_t at>() -> T {
    if constexpr (at < count) {
      return from_bits<T>(operands[at]);
    } else {
      return static_cast<T>(lane);
    }
  };
  auto r = num::KernelOf<op>::fn(operand.template operator()<Params, i>()...);
  if constexpr (info(op).shape == Shape::trap_un || info(op).shape == Shape::trap_bin) {
    if (r.trap != ErrorCode::none) return r.trap;
    result = to_bits(r.value);
  } else {
    result = to_bits(r);
  }
  return ErrorCode::none;
}

template <Op op>
ErrorCode apply_op(const Bits* operands, uint8_t lane, Bits& result) {
  using Params = typename num::KernelOf<op>::Params;
  return apply<op>(operands, lane, result, Params{}, std::make_index_sequence<Params::kSize>{});
}

template <size_t i>
constexpr Apply apply_at() {
  constexpr Shape shape = kOps[i].shape;
  if constexpr (num::has_kernel(shape) && shape != Shape::wide && shape != Shape::shuffle) {
    return apply_op<static_cast<Op>(i)>;
  } else {
    return nullptr;
  }
}

// Reads or writes at a place that is in bounds.
using Touch = void (*)(uint8_t* at, Bits& value);

template <Op op>
void load_op(uint8_t* at, Bits& value) {
  typename num::LoadOf<op>::Memory raw;
  std::memcpy(&raw, at, sizeof raw);
  value = to_bits(num::LoadOf<op>::extend(raw));
}
template <Op op>
void store_op(uint8_t* at, Bits& value) {
  typename num::StoreOf<op>::Memory raw = num::StoreOf<op>::wrap(from_bits<typename num::StoreOf<op>::Value>(value));
  std::memcpy(at, &raw, sizeof raw);
}

struct Access {
  Touch touch = nullptr;
  uint32_t bytes = 0;
};
template <size_t i>
constexpr Access access_at() {
  constexpr Op op = static_cast<Op>(i);
  if constexpr (kOps[i].shape == Shape::load) {
    return {load_op<op>, sizeof(typename num::LoadOf<op>::Memory)};
  } else if constexpr (kOps[i].shape == Shape::store) {
    return {store_op<op>, sizeof(typename num::StoreOf<op>::Memory)};
  } else {
    return {};
  }
}

template <size_t... i>
std::array<Apply, kOpCount> make_operators(std::index_sequence<i...>) {
  return {apply_at<i>()...};
}
template <size_t... i>
std::array<Access, kOpCount> make_accesses(std::index_sequence<i...>) {
  return {access_at<i>()...};
}
const std::array<Apply, kOpCount> kOperators = make_operators(std::make_index_sequence<kOpCount>{});
const std::array<Access, kOpCount> kAccesses = make_accesses(std::make_index_sequence<kOpCount>{});

// ---- the walk ----

// As labels: the function's own, and that of one whose frame a callee takes over.
constexpr uint32_t kReturn = 0xfffffffe, kTailCall = 0xfffffffd;

constexpr uint32_t kSteps = 20000;

class Evaluator {
 public:
  Evaluator(const Program& program, State& state) : program_(program), state_(state) {}
  Answer run(uint32_t func, std::span<const Bits> args);

 private:
  enum class Status : uint8_t { next, branch, trap, thrown, endless };

  Bits pop() {
    Bits value = stack_.back();
    stack_.pop_back();
    return value;
  }
  void keep_top(size_t height, size_t count) {
    std::vector<Bits> top(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
    stack_.resize(height);
    stack_.insert(stack_.end(), top.begin(), top.end());
  }
  Status trap(ErrorCode code) {
    trap_ = code;
    return Status::trap;
  }
  Status branch_to(uint32_t label) {
    target_ = label;
    return Status::branch;
  }
  Status call_func(uint32_t index);
  Status run_frame(const Func& func);
  Status walk(const Node& n);
  Status walk_all(const Node& n, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      if (Status s = walk(n.children[i]); s != Status::next) return s;
    }
    return Status::next;
  }
  Status walk_block(const Node& n);
  Status walk_try(const Node& n);
  Status act(const Node& n);
  Status act_plain(const Node& n);
  Status act_access(const Node& n);
  Status act_call(const Node& n);

  const Program& program_;
  State& state_;
  const Func* func_ = nullptr;
  std::vector<Bits> locals_, stack_;
  ErrorCode trap_ = ErrorCode::none;
  uint32_t target_ = 0, tail_callee_ = 0, thrown_ = 0, steps_ = 0, depth_ = 0;
};

Evaluator::Status Evaluator::walk_block(const Node& n) {
  const bool is_if = n.kind == Node::Kind::if_, loop = n.op == Op::loop;
  bool then = false;
  if (is_if) {
    if (Status s = walk(n.children[0]); s != Status::next) return s;
    then = static_cast<uint32_t>(pop().low) != 0;
  }
  const size_t height = stack_.size() - n.params.size();
  const size_t from = !is_if ? 0 : then ? 1 : n.split, to = is_if && then ? n.split : n.children.size();
  for (;;) {
    Status s = walk_all(n, from, to);
    if (s != Status::branch || target_ != n.label) return s;
    keep_top(height, loop ? n.params.size() : n.results.size());
    if (!loop) return Status::next;
  }
}

Evaluator::Status Evaluator::walk_try(const Node& n) {
  const size_t height = stack_.size();
  Status s = walk_all(n, 0, n.children.size());
  if (s != Status::thrown) return s;
  stack_.resize(height);
  stack_.push_back({thrown_, 0});
  return branch_to(n.label);
}

Evaluator::Status Evaluator::walk(const Node& n) {
  if (++steps_ > kSteps) return Status::endless;
  using enum Node::Kind;
  if (n.kind == block || n.kind == if_) return walk_block(n);
  if (n.kind == try_) return walk_try(n);
  if (Status s = walk_all(n, 0, n.children.size()); s != Status::next) return s;
  return act(n);
}

Evaluator::Status Evaluator::act_plain(const Node& n) {
  const size_t count = info(n.op).sig.params.size();
  Bits result;
  ErrorCode code = kOperators[static_cast<size_t>(n.op)](stack_.data() + stack_.size() - count,
                                                         static_cast<uint8_t>(n.index), result);
  if (code != ErrorCode::none) return trap(code);
  keep_top(stack_.size() - count, 0);
  stack_.push_back(result);
  return Status::next;
}

Evaluator::Status Evaluator::act_access(const Node& n) {
  const Access access = kAccesses[static_cast<size_t>(n.op)];
  const bool load = info(n.op).shape == Shape::load;
  Bits value = load ? Bits{} : pop();
  uint64_t at = uint64_t{static_cast<uint32_t>(pop().low)} + n.offset;
  if (at + access.bytes > kMemoryBytes) return trap(ErrorCode::out_of_bounds_memory);
  access.touch(state_.memory.data() + at, value);
  if (load) stack_.push_back(value);
  return Status::next;
}

Evaluator::Status Evaluator::act_call(const Node& n) {
  uint32_t callee = n.index;
  const bool indirect = info(n.op).imm == Imm::type_table;
  if (indirect) {
    callee = static_cast<uint32_t>(pop().low);
    if (callee >= kTableFuncs) return trap(ErrorCode::undefined_element);
    const Func &wanted = program_.funcs[n.index], &found = program_.funcs[callee];
    if (wanted.params != found.params || wanted.results != found.results)
      return trap(ErrorCode::indirect_call_mismatch);
  }
  if (n.op == Op::call || n.op == Op::call_indirect) return call_func(callee);
  tail_callee_ = callee;
  return branch_to(kTailCall);
}

Evaluator::Status Evaluator::act(const Node& n) {
  using enum Node::Kind;
  switch (n.kind) {
    case constant: stack_.push_back(n.bits); return Status::next;
    case plain: return act_plain(n);
    case access: return act_access(n);
    case call: return act_call(n);
    case local:
      if (n.op == Op::local_get) stack_.push_back(locals_[n.index]);
      if (n.op == Op::local_tee) locals_[n.index] = stack_.back();
      if (n.op == Op::local_set) locals_[n.index] = pop();
      return Status::next;
    case global:
      if (n.op == Op::global_get) {
        stack_.push_back(state_.globals[n.index]);
      } else {
        state_.globals[n.index] = pop();
      }
      return Status::next;
    case branch:
      if (n.op == Op::br_if && static_cast<uint32_t>(pop().low) == 0) return Status::next;
      return branch_to(n.label);
    case table: {
      uint32_t index = static_cast<uint32_t>(pop().low);
      return branch_to(index < n.targets.size() ? n.targets[index] : n.targets.back());
    }
    case throw_: thrown_ = static_cast<uint32_t>(pop().low); return Status::thrown;
    case drop: pop(); return Status::next;
    case select: {
      const bool first = static_cast<uint32_t>(pop().low) != 0;
      Bits b = pop();
      if (!first) stack_.back() = b;
      return Status::next;
    }
    case return_: return branch_to(kReturn);
    case unreachable: return trap(ErrorCode::unreachable_executed);
    default: return Status::next;
  }
}

// The arguments are on the stack, and then the results.
Evaluator::Status Evaluator::call_func(uint32_t index) {
  for (;;) {
    Status s = run_frame(program_.funcs[index]);
    if (s != Status::branch || target_ != kTailCall) return s == Status::branch ? Status::next : s;
    index = tail_callee_;
  }
}

// One frame. Behind a tail call the callee's arguments are left.
Evaluator::Status Evaluator::run_frame(const Func& func) {
  if (++depth_ > 100 || ++steps_ > kSteps) return Status::endless;
  std::vector<Bits> locals(func.params.size() + func.locals.size());
  for (size_t i = func.params.size(); i-- > 0;) locals[i] = pop();
  std::swap(locals, locals_);
  const Func* caller = std::exchange(func_, &func);
  const size_t height = stack_.size();
  Status s = walk(func.body);
  func_ = caller;
  std::swap(locals, locals_);
  --depth_;
  if (s != Status::branch) return s;
  keep_top(height, target_ == kTailCall ? program_.funcs[tail_callee_].params.size() : func.results.size());
  return s;
}

Answer Evaluator::run(uint32_t func, std::span<const Bits> args) {
  stack_.assign(args.begin(), args.end());
  switch (call_func(func)) {
    case Status::trap: return {.kind = Answer::Kind::trapped, .trap = trap_};
    case Status::thrown: return {.kind = Answer::Kind::threw, .thrown = thrown_};
    case Status::endless: return {.kind = Answer::Kind::endless};
    default: return {.results = stack_};
  }
}

}  // namespace

Answer evaluate(const Program& program, uint32_t func, std::span<const Bits> args, State& state) {
  return Evaluator(program, state).run(func, args);
}

}  // namespace heddle::testing
