// The short way through a body: instructions in a short encoding whose operands have exactly the wanted types, which
// is nearly all of them. It decides nothing on its own: whatever is not plain sailing, errors included, is left
// untouched for BodyChecker::step(), and both ways have the same effect on the stacks.
#include <algorithm>
#include <array>

#include "syntax/limits.h"
#include "valid/body.h"
#include "valid/signatures.h"

namespace heddle::valid {
namespace {

constexpr size_t kLookahead = 12;  // bytes an instruction of the short way may take
constexpr uint32_t kNoAddr = 0xffffffff;

// What is done with a one-byte opcode. The first kinds are rows with a fixed signature, the others name their row.
enum class Fast : uint8_t {
  no,
  un,
  bin,
  leb4,
  leb9,
  bytes,
  load,
  store,
  local_get,
  local_set,
  local_tee,
  global_get,
  global_set,
  drop,
  select,
  block,
  loop,
  if_,
  end,
  br,
  br_if,
  call,
};

struct FastRow {
  Fast fast = Fast::no;
  uint8_t length = 0;        // bytes: of the instruction; load, store: the logarithm of the natural alignment
  uint16_t in = 0, out = 0;  // type words
};

constexpr FastRow named_row(Op op) {
  switch (op) {
    case Op::local_get: return {Fast::local_get};
    case Op::local_set: return {Fast::local_set};
    case Op::local_tee: return {Fast::local_tee};
    case Op::global_get: return {Fast::global_get};
    case Op::global_set: return {Fast::global_set};
    case Op::drop: return {Fast::drop};
    case Op::select: return {Fast::select};
    case Op::block: return {Fast::block};
    case Op::loop: return {Fast::loop};
    case Op::if_: return {Fast::if_};
    case Op::end: return {Fast::end};
    case Op::br: return {Fast::br};
    case Op::br_if: return {Fast::br_if};
    case Op::call: return {Fast::call};
    default: return {};
  }
}

constexpr FastRow fast_row(Op op) {
  const OpInfo& row = info(op);
  if (!row.sig.fixed) return named_row(op);
  const SigRow& sig = kSigs[static_cast<size_t>(op)];
  auto in = static_cast<uint16_t>(sig.params[sig.pops ? sig.pops - 1 : 0]);
  auto out = static_cast<uint16_t>(sig.results[0]);
  bool numeric =
      row.imm == Imm::none && sig.pushes == 1 && row.sig.params.find_first_not_of("ilfd") == std::string_view::npos;
  if (numeric && sig.pops == 1) return {Fast::un, 0, in, out};
  if (numeric && sig.pops == 2 && sig.params[0] == sig.params[1]) return {Fast::bin, 0, in, out};
  if (row.shape == Shape::load) return {Fast::load, static_cast<uint8_t>(access_log2(op)), 0, out};
  if (row.shape == Shape::store) return {Fast::store, static_cast<uint8_t>(access_log2(op)), in, 0};
  if (row.imm == Imm::i32) return {Fast::leb4, 0, 0, out};
  if (row.imm == Imm::i64) return {Fast::leb9, 0, 0, out};
  if (row.imm == Imm::f32) return {Fast::bytes, 5, 0, out};
  if (row.imm == Imm::f64) return {Fast::bytes, 9, 0, out};
  return {};
}

constexpr auto kFastRows = [] {
  std::array<FastRow, 256> rows{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    Op op = op_of_byte(static_cast<uint8_t>(byte));
    if (op != kNoOp) rows[byte] = fast_row(op);
  }
  return rows;
}();

// Length of a LEB128 number of at most `most` bytes at `at`, or 0. Up to there no number is too large for its type.
template <uint32_t most>
[[gnu::always_inline]] inline uint32_t leb_length(const uint8_t* at) {
  for (uint32_t i = 0; i < most; ++i) {
    if (at[i] < 0x80) return i + 1;
  }
  return 0;
}

// An index of one or two bytes, and how many. A longer one comes out larger than any.
struct Index2 {
  uint32_t value, length;
};

[[gnu::always_inline]] inline Index2 index2(const uint8_t* at) {
  if (at[0] < 0x80) [[likely]]
    return {at[0], 1};
  if (at[1] < 0x80) return {(at[0] & 0x7fu) | uint32_t{at[1]} << 7, 2};
  return {0xffffffff, 0};
}

}  // namespace

// Inlined into one loop, so that the object's members become registers.
#define HEDDLE_INLINE [[gnu::always_inline]]

// Every method takes one instruction and says whether it did; if not, nothing has changed.
class FastPass {
 public:
  explicit FastPass(BodyChecker& body)
      : body_(body),
        frames_(body.scratch_.frames),
        info_(body.context_.info),
        at_(body.in_.here()),
        end_(at_ + body.in_.remaining() - kLookahead),
        sp_(body.sp_),
        top_(body.top_),
        floor_(body.floor_),
        locals_(body.scratch_.locals.data()),
        local_count_(body.scratch_.locals.size()) {
    const std::vector<MemType>& memories = body.context_.module.memories;
    addr_ = memories.empty() ? kNoAddr : addr_type(memories[0].addr64).bits();
  }

  HEDDLE_INLINE void run() {
    while (at_ < end_ && take(kFastRows[*at_])) {
    }
    body_.in_.seek(at_);
    body_.sp_ = sp_;
    body_.top_ = top_;
    body_.floor_ = floor_;
  }

 private:
  HEDDLE_INLINE bool take(FastRow row) {
    switch (row.fast) {
      case Fast::no: return false;
      case Fast::un: return operate<1>(row);
      case Fast::bin: return operate<2>(row);
      case Fast::leb4: return constant(row, leb_length<4>(at_ + 1));
      case Fast::leb9: return constant(row, leb_length<9>(at_ + 1));
      case Fast::bytes: return constant(row, row.length - 1u);
      case Fast::load: return load(row);
      case Fast::store: return store(row);
      case Fast::local_get: return local_get();
      case Fast::local_set: return local_set<1>();
      case Fast::local_tee: return local_set<0>();
      case Fast::global_get: return global_get();
      case Fast::global_set: return global_set();
      case Fast::drop: return drop();
      case Fast::select: return select();
      case Fast::block: return open(Op::block);
      case Fast::loop: return open(Op::loop);
      case Fast::if_: return top_is(kI32.bits()) && open(Op::if_);
      case Fast::end: return end();
      case Fast::br: return br();
      case Fast::br_if: return br_if();
      case Fast::call: return call();
    }
    return false;
  }

  HEDDLE_INLINE bool has(ptrdiff_t values) const { return sp_ - floor_ >= values; }
  HEDDLE_INLINE bool top_is(uint32_t word) const { return has(1) && sp_[-1] == word; }
  HEDDLE_INLINE void push(uint32_t word) {
    *sp_++ = word;
    if (sp_ > top_) top_ = sp_;
  }

  template <uint32_t pops>
  HEDDLE_INLINE bool operate(FastRow row) {
    if (!has(pops) || sp_[-1] != row.in || sp_[-int{pops}] != row.in) return false;
    sp_ -= pops - 1;
    sp_[-1] = row.out;
    ++at_;
    return true;
  }

  HEDDLE_INLINE bool constant(FastRow row, uint32_t length) {
    if (length == 0) return false;
    push(row.out);
    at_ += 1 + length;
    return true;
  }

  HEDDLE_INLINE bool load(FastRow row) {
    uint32_t length = leb_length<4>(at_ + 2);
    if (at_[1] > row.length || length == 0 || !top_is(addr_)) return false;
    sp_[-1] = row.out;
    at_ += 2 + length;
    return true;
  }

  HEDDLE_INLINE bool store(FastRow row) {
    uint32_t length = leb_length<4>(at_ + 2);
    if (at_[1] > row.length || length == 0 || !has(2) || sp_[-1] != row.in || sp_[-2] != addr_) return false;
    sp_ -= 2;
    at_ += 2 + length;
    return true;
  }

  HEDDLE_INLINE bool local_get() {
    Index2 index = index2(at_ + 1);
    if (index.value >= local_count_ || (locals_[index.value] & BodyChecker::kUnset)) return false;
    push(locals_[index.value]);
    at_ += 1 + index.length;
    return true;
  }

  template <uint32_t pops>  // 0: local.tee
  HEDDLE_INLINE bool local_set() {
    Index2 index = index2(at_ + 1);
    if (index.value >= local_count_ || !top_is(locals_[index.value])) return false;
    sp_ -= pops;
    at_ += 1 + index.length;
    return true;
  }

  HEDDLE_INLINE bool global_get() {
    if (at_[1] >= 0x80 || at_[1] >= info_.globals.size()) return false;
    push(info_.globals[at_[1]].type.bits());
    at_ += 2;
    return true;
  }

  HEDDLE_INLINE bool global_set() {
    if (at_[1] >= 0x80 || at_[1] >= info_.globals.size()) return false;
    const GlobalType& global = info_.globals[at_[1]];
    if (!global.mut || !top_is(global.type.bits())) return false;
    --sp_;
    at_ += 2;
    return true;
  }

  HEDDLE_INLINE bool drop() {
    if (!has(1)) return false;
    --sp_;
    ++at_;
    return true;
  }

  HEDDLE_INLINE bool select() {
    if (!has(3) || sp_[-1] != kI32.bits() || sp_[-2] != sp_[-3]) return false;
    if (sp_[-2] < kI32.bits() || sp_[-2] > kV128.bits()) return false;
    sp_ -= 2;
    ++at_;
    return true;
  }

  // A block without parameters and with at most one result, a number. For `if` the condition has been seen.
  HEDDLE_INLINE bool open(Op op) {
    bool empty = at_[1] == 0x40;
    if ((!empty && (at_[1] < 0x7c || at_[1] > 0x7f)) || frames_.size() > limits::kControlDepth) return false;
    sp_ -= op == Op::if_;
    Frame f;
    f.op = op;
    f.height = static_cast<uint32_t>(sp_ - body_.scratch_.stack.get());
    f.init_height = static_cast<uint32_t>(body_.scratch_.initialized.size());
    if (!empty) {
      f.value = ValType(static_cast<ValKind>(0x80 - at_[1]));
      f.result_count = 1;
    }
    frames_.push_back(f);
    floor_ = sp_;
    body_.info_.control_depth = std::max(body_.info_.control_depth, static_cast<uint32_t>(frames_.size()));
    if (op == Op::loop) body_.info_.has_loops = true;
    at_ += 2;
    return true;
  }

  // The one result, if there is one, stays where it is: on top of what was there before the block.
  HEDDLE_INLINE bool end() {
    const Frame& f = frames_.back();
    if (frames_.size() == 1 || f.result_count > 1 || sp_ - floor_ != ptrdiff_t{f.result_count}) return false;
    if (f.result_count == 1 && sp_[-1] != BodyChecker::results_of(f)[0].bits()) return false;
    if (f.op == Op::if_ && f.param_count + f.result_count != 0) return false;
    if (f.init_height != body_.scratch_.initialized.size()) return false;
    frames_.pop_back();
    floor_ = body_.scratch_.stack.get() + frames_.back().height;
    ++at_;
    return true;
  }

  // Are the operands of a branch below the topmost `above` values? Of labels with an index of one byte and at most
  // one type.
  HEDDLE_INLINE bool branches(uint32_t depth, ptrdiff_t above) const {
    if (depth >= std::min<size_t>(frames_.size(), 0x80)) return false;
    std::span<const ValType> types = BodyChecker::label_types(frames_[frames_.size() - 1 - depth]);
    if (types.empty()) return true;
    return types.size() == 1 && has(above + 1) && sp_[-1 - above] == types[0].bits();
  }

  HEDDLE_INLINE bool br() {
    if (!branches(at_[1], 0)) return false;
    sp_ = floor_;
    frames_.back().unreachable = true;
    at_ += 2;
    return true;
  }

  HEDDLE_INLINE bool br_if() {
    if (!top_is(kI32.bits()) || !branches(at_[1], 1)) return false;
    --sp_;
    at_ += 2;
    return true;
  }

  HEDDLE_INLINE bool call() {
    Index2 index = index2(at_ + 1);
    if (index.value >= info_.funcs.size()) return false;
    const DefType& type = *info_.funcs[index.value];
    auto params = static_cast<ptrdiff_t>(type.params.size());
    if (!has(params) || type.result_slots > 1) return false;
    uint32_t* args = sp_ - params;
    for (ptrdiff_t i = 0; i < params; ++i) {
      if (args[i] != type.params[static_cast<size_t>(i)].bits()) return false;
    }
    body_.info_.has_calls = true;
    sp_ = args;
    if (type.result_slots == 1) push(type.results[0].bits());
    at_ += 1 + index.length;
    return true;
  }

  BodyChecker& body_;
  std::vector<Frame>& frames_;
  const ModuleInfo& info_;
  const uint8_t* at_;
  const uint8_t* const end_;
  uint32_t* sp_;
  uint32_t* top_;
  uint32_t* floor_;
  const uint32_t* const locals_;
  const size_t local_count_;
  uint32_t addr_;  // the address type of memory 0
};

#undef HEDDLE_INLINE

void BodyChecker::run_fast() {
  if (in_.remaining() > kLookahead && scratch_.short_way) FastPass(*this).run();
}

}  // namespace heddle::valid
