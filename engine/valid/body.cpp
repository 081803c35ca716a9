// The pass over a body: the hot loop for the commonest instructions, the step that takes any, the stacks.
#include "valid/body.h"

#include <algorithm>
#include <array>
#include <new>

#include "syntax/limits.h"

namespace heddle::valid {
namespace {

constexpr uint32_t kAddr = 0xf;          // in a signature: the address type of the instruction's memory
constexpr uint32_t kEagerLocals = 1024;  // locals expanded at once; the rest when one of them is used
constexpr size_t kLookahead = 12;        // bytes the hot loop may read beyond an opcode
constexpr size_t kKeptStack = 1 << 20;   // words of stack a thread keeps between bodies

constexpr uint32_t word_of(char letter) {
  switch (letter) {
    case 'i': return kI32.bits();
    case 'l': return kI64.bits();
    case 'f': return kF32.bits();
    case 'd': return kF64.bits();
    case 's': return kV128.bits();
    case 'e': return ValType::ref(HeapKind::eq, true).bits();
    case 'a': return ValType::ref(HeapKind::array, true).bits();
    case 't': return ValType::ref(HeapKind::i31, true).bits();
    case 'I': return ValType::ref(HeapKind::i31, false).bits();
    default: return kAddr;
  }
}

// The signatures of ops.inc as type words.
struct SigRow {
  uint8_t pops = 0, pushes = 0;
  std::array<uint32_t, 4> params{};
  std::array<uint32_t, 2> results{};
};

constexpr auto kSigs = [] {
  std::array<SigRow, kOpCount> rows{};
  for (size_t i = 0; i < kOpCount; ++i) {
    for (char letter : kOps[i].sig.params) rows[i].params[rows[i].pops++] = word_of(letter);
    for (char letter : kOps[i].sig.results) rows[i].results[rows[i].pushes++] = word_of(letter);
  }
  return rows;
}();

// What the hot loop does with a one-byte opcode.
enum class Fast : uint8_t { no, un, bin, leb4, leb9, bytes, load, store, local_get, local_set, local_tee, global_get };

struct FastRow {
  Fast fast = Fast::no;
  uint8_t length = 0;        // bytes: of the instruction; load, store: the logarithm of the natural alignment
  uint16_t in = 0, out = 0;  // type words
};

constexpr FastRow fast_row(Op op) {
  const OpInfo& row = info(op);
  const SigRow& sig = kSigs[static_cast<size_t>(op)];
  auto in = static_cast<uint16_t>(sig.params[sig.pops ? sig.pops - 1 : 0]);
  auto out = static_cast<uint16_t>(sig.results[0]);
  if (op == Op::local_get) return {Fast::local_get};
  if (op == Op::local_set) return {Fast::local_set};
  if (op == Op::local_tee) return {Fast::local_tee};
  if (op == Op::global_get) return {Fast::global_get};
  if (!row.sig.fixed) return {};
  bool numeric = row.imm == Imm::none && sig.pushes == 1 && row.sig.params.find_first_not_of("ilfd") == row.sig.params.npos;
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

#define OWN(name) +1
constexpr size_t kOwnChecks = 0 HEDDLE_OWN_CHECKS(OWN);
#undef OWN
static_assert(std::count_if(std::begin(kOps), std::end(kOps), [](const OpInfo& row) { return !row.sig.fixed; }) ==
                  kOwnChecks,
              "every instruction without a fixed signature is in HEDDLE_OWN_CHECKS");
#define OWN(name) static_assert(!info(Op::name).sig.fixed);
HEDDLE_OWN_CHECKS(OWN)
#undef OWN

// Length of a LEB128 number of at most `most` bytes at `at`, or 0. Up to there no number is too large for its type.
template <uint32_t most>
[[gnu::always_inline]] inline uint32_t leb_length(const uint8_t* at) {
  for (uint32_t i = 0; i < most; ++i) {
    if (at[i] < 0x80) return i + 1;
  }
  return 0;
}

// A local index of one or two bytes, and where the instruction ends counted from its opcode. A longer index comes out
// larger than any.
struct Index2 {
  uint32_t value, end;
};

[[gnu::always_inline]] inline Index2 index2(const uint8_t* at) {
  if (at[0] < 0x80) [[likely]] return {at[0], 2};
  if (at[1] < 0x80) return {(at[0] & 0x7fu) | uint32_t{at[1]} << 7, 3};
  return {0xffffffff, 0};
}

bool is_const(Op op) {
  const OpInfo& row = info(op);
  if (row.shape == Shape::cnst) return true;
  if (row.shape == Shape::bin && (row.sig.params == "ii" || row.sig.params == "ll")) {
    std::string_view operation = row.text.substr(3);  // of i32, i64
    return operation == ".add" || operation == ".sub" || operation == ".mul";
  }
  switch (op) {
    case Op::end:
    case Op::global_get:
    case Op::ref_null:
    case Op::ref_func:
    case Op::ref_i31:
    case Op::struct_new:
    case Op::struct_new_default:
    case Op::struct_new_desc:
    case Op::struct_new_default_desc:
    case Op::array_new:
    case Op::array_new_default:
    case Op::array_new_fixed:
    case Op::any_convert_extern:
    case Op::extern_convert_any: return true;
    default: return false;
  }
}

}  // namespace

BodyChecker::BodyChecker(const Context& context, Scratch& scratch) : context_(context), scratch_(scratch) {
  if (!context.module.memories.empty()) addr_ = addr_type(context.module.memories[0].addr64).bits();
}

// --- entering ---------------------------------------------------------------------------------------------------------

Result<BodyInfo> BodyChecker::check_body(uint32_t defined) {
  const syntax::Module& module = context_.module;
  const syntax::Code& code = module.code[defined];
  const DefType& type = *context_.info.funcs[module.imported_funcs + defined];
  context_.at = code.entry_offset;
  if (code.body.bytes.size() > limits::kFuncBytes) {
    return context_.fail_limit("function size", code.body.bytes.size(), limits::kFuncBytes);
  }
  const_ = false;
  info_ = {};
  TRY(enter_locals(type, code));
  TRY(enter(code.body, type.results));
  auto ran = run();
  if (!ran.ok()) return located(ran.error());
  info_.max_height_slots = static_cast<uint32_t>(top_ - scratch_.stack.get()) * (vectors_ ? 2 : 1);
  if (scratch_.capacity > kKeptStack) {
    scratch_.stack.reset();
    scratch_.capacity = 0;
  }
  return info_;
}

Result<void> BodyChecker::check_const(const syntax::Expr& expr, ValType type, uint32_t globals,
                                      std::vector<bool>& declared) {
  const_ = true;
  visible_globals_ = globals;
  declared_ = &declared;
  scratch_.locals.clear();
  runs_ = {};
  local_count_ = 0;
  TRY(enter(expr, {&type, 1}));
  auto ran = run();
  if (!ran.ok()) return located(ran.error());
  return {};
}

// A sequence that ends too early ends the function as well; the suite has one text for both.
Error BodyChecker::located(Error error) const {
  if (error.code == ErrorCode::unexpected_end || error.code == ErrorCode::length_out_of_bounds) {
    error.code = ErrorCode::unexpected_end_of_section;
  }
  return error;
}

Result<void> BodyChecker::enter(const syntax::Expr& expr, std::span<const ValType> results) {
  in_ = Reader(expr.bytes, expr.offset);
  scratch_.frames.clear();
  scratch_.initialized.clear();
  sp_ = floor_ = top_ = scratch_.stack.get();
  TRY(reserve(0));
  return push_frame(Op::block, {{}, results, {}});
}

Result<void> BodyChecker::enter_locals(const DefType& type, const syntax::Code& code) {
  runs_ = std::span(context_.module.local_runs).subspan(code.first_run, code.run_count);
  local_count_ = type.params.size();
  vectors_ = context_.info.vector_globals || type.param_slots != type.params.size();
  bool all_known = true;
  for (const syntax::LocalRun& run : runs_) {
    local_count_ += run.count;
    if (run.type.is_ref()) all_known = false;
    if (run.type.is(ValKind::v128)) vectors_ = true;
  }
  if (local_count_ > limits::kLocals) return context_.fail_limit("locals", local_count_, limits::kLocals);
  if (!all_known) {
    for (const syntax::LocalRun& run : runs_) TRY(context_.val_type(run.type));
  }
  std::vector<uint32_t>& locals = scratch_.locals;
  locals.clear();
  for (ValType param : type.params) locals.push_back(param.bits());
  expanded_runs_ = 0;
  expand_locals(kEagerLocals);
  return {};
}

// Appends whole runs as long as no more than `most` locals are there.
void BodyChecker::expand_locals(uint64_t most) {
  std::vector<uint32_t>& locals = scratch_.locals;
  for (; expanded_runs_ < runs_.size(); ++expanded_runs_) {
    const syntax::LocalRun& run = runs_[expanded_runs_];
    if (locals.size() + run.count > most) return;
    uint32_t word = canonical(run.type, context_.info.types.ids()).bits();
    locals.insert(locals.end(), run.count, run.type.defaultable() ? word : word | kUnset);
  }
}

// --- the pass ---------------------------------------------------------------------------------------------------------

Result<void> BodyChecker::run() {
  while (!scratch_.frames.empty()) {
    if (!const_) run_fast();
    TRY(step());
  }
  if (!in_.at_end()) {
    context_.at = in_.offset();
    return context_.fail(ErrorCode::section_size_mismatch);
  }
  return {};
}

// Takes instructions as long as they are common ones in a short form on operands of exactly the right types. The first
// that is not, wrong ones included, is left to step().
void BodyChecker::run_fast() {
  if (in_.remaining() <= kLookahead) return;
  const uint8_t* at = in_.here();
  const uint8_t* const end = at + in_.remaining() - kLookahead;
  uint32_t* sp = sp_;
  uint32_t* top = top_;
  const uint32_t* const floor = floor_;
  const uint32_t* const locals = scratch_.locals.data();
  const size_t local_count = scratch_.locals.size();
  const std::span<const GlobalType> globals = context_.info.globals;
  const uint32_t addr = addr_;
  auto push = [&](uint32_t word) {
    *sp++ = word;
    if (sp > top) top = sp;
  };

  for (bool taken = true; taken && at < end;) {
    const FastRow row = kFastRows[*at];
    switch (row.fast) {
      case Fast::no: taken = false; break;
      case Fast::un:
        if (!(taken = sp > floor && sp[-1] == row.in)) break;
        sp[-1] = row.out;
        ++at;
        break;
      case Fast::bin:
        if (!(taken = sp - floor >= 2 && sp[-1] == row.in && sp[-2] == row.in)) break;
        (--sp)[-1] = row.out;
        ++at;
        break;
      case Fast::leb4:
      case Fast::leb9: {
        uint32_t length = row.fast == Fast::leb4 ? leb_length<4>(at + 1) : leb_length<9>(at + 1);
        if (!(taken = length != 0)) break;
        push(row.out);
        at += 1 + length;
        break;
      }
      case Fast::bytes:
        push(row.out);
        at += row.length;
        break;
      case Fast::load: {
        uint32_t length = leb_length<4>(at + 2);
        if (!(taken = at[1] <= row.length && length != 0 && sp > floor && sp[-1] == addr)) break;
        sp[-1] = row.out;
        at += 2 + length;
        break;
      }
      case Fast::store: {
        uint32_t length = leb_length<4>(at + 2);
        taken = at[1] <= row.length && length != 0 && sp - floor >= 2 && sp[-1] == row.in && sp[-2] == addr;
        if (!taken) break;
        sp -= 2;
        at += 2 + length;
        break;
      }
      case Fast::local_get: {
        Index2 index = index2(at + 1);
        if (!(taken = index.value < local_count && !(locals[index.value] & kUnset))) break;
        push(locals[index.value]);
        at += index.end;
        break;
      }
      case Fast::local_set:
      case Fast::local_tee: {
        Index2 index = index2(at + 1);
        if (!(taken = index.value < local_count && sp > floor && sp[-1] == locals[index.value])) break;
        sp -= row.fast == Fast::local_set;
        at += index.end;
        break;
      }
      case Fast::global_get:
        if (!(taken = at[1] < 0x80 && at[1] < globals.size())) break;
        push(globals[at[1]].type.bits());
        at += 2;
        break;
    }
  }
  in_.seek(at);
  sp_ = sp;
  top_ = top;
}

// Any one instruction.
Result<void> BodyChecker::step() {
  context_.at = in_.offset();
  uint8_t byte = TRY(in_.byte());
  uint32_t sub = 0;
  Op op;
  if (is_prefix(byte)) {
    sub = TRY(in_.u32());
    op = op_of_prefixed(byte, sub);
  } else {
    op = op_of_byte(byte);
  }
  if (op == kNoOp) [[unlikely]] return fail_opcode(byte, sub);
  if (!context_.has(info(op).since)) [[unlikely]] return context_.fail_feature(info(op).since);
  if (const_ && !is_const(op)) [[unlikely]] return context_.fail(ErrorCode::constant_required, std::string(info(op).text));
  switch (op) {
#define CHECK(name) \
  case Op::name: return check_##name();
    HEDDLE_OWN_CHECKS(CHECK)
#undef CHECK
    default: return check_fixed(op);
  }
}

Error BodyChecker::fail_opcode(uint8_t byte, uint32_t sub) const {
  if (context_.sink) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string& text = context_.sink->headline;
    text = std::string(text_of(ErrorCode::illegal_opcode)) + ' ' + kDigits[byte >> 4] + kDigits[byte & 15];
    if (is_prefix(byte)) text += ' ' + std::to_string(sub);
  }
  return context_.fail(ErrorCode::illegal_opcode);
}

// --- fixed signatures -------------------------------------------------------------------------------------------------

Result<void> BodyChecker::check_fixed(Op op) {
  ValType addr = TRY(fixed_immediate(op));
  const SigRow& sig = kSigs[static_cast<size_t>(op)];
  for (uint32_t i = sig.pops; i-- > 0;) {
    TRY(pop(sig.params[i] == kAddr ? addr : ValType::from_bits(sig.params[i])));
  }
  for (uint32_t i = 0; i < sig.pushes; ++i) {
    push(sig.results[i] == kAddr ? addr : ValType::from_bits(sig.results[i]));
  }
  return {};
}

// Reads the immediates and checks what they index; the result is the address type of the memory, if one is involved.
Result<ValType> BodyChecker::fixed_immediate(Op op) {
  Immediates imm = TRY(read_immediates(in_, info(op)));
  switch (info(op).imm) {
    case Imm::memarg: return check_memarg(op, imm.memarg);
    case Imm::memarg_lane: {
      ValType addr = TRY(check_memarg(op, imm.memarg));
      TRY(check_lane(imm.lane, lane_count(op)));
      return addr;
    }
    case Imm::lane: TRY(check_lane(imm.lane, lane_count(op))); break;
    case Imm::lanes16:
      for (uint8_t lane : imm.bytes) TRY(check_lane(lane, 32));
      break;
    case Imm::mem: return addr_type(TRY(context_.memory(imm.index))->addr64);
    case Imm::data: TRY(context_.data(imm.index)); break;
    case Imm::data_mem: {
      ValType addr = addr_type(TRY(context_.memory(imm.index2))->addr64);
      TRY(context_.data(imm.index));
      return addr;
    }
    case Imm::elem: TRY(context_.elem(imm.index)); break;
    default: break;  // constants and the zero byte
  }
  return ValType();
}

Result<void> BodyChecker::check_lane(uint32_t lane, uint32_t lanes) {
  if (lane < lanes) return {};
  return context_.fail(ErrorCode::invalid_lane, std::to_string(lane) + " of " + std::to_string(lanes));
}

Result<ValType> BodyChecker::check_memarg(Op op, const MemArg& arg) {
  const MemType& memory = *TRY(context_.memory(arg.memory.raw));
  uint32_t natural = access_log2(op);
  bool atomic = info(op).since == Feature::threads;
  if (atomic ? arg.align_log2 != natural : arg.align_log2 > natural) {
    return context_.fail(atomic ? ErrorCode::atomic_alignment : ErrorCode::alignment_too_large,
                         "2^" + std::to_string(arg.align_log2) + " for an access of " +
                             std::to_string(1u << natural) + (natural ? " bytes" : " byte"));
  }
  if (!memory.addr64 && arg.offset > 0xffffffff) {
    return context_.fail(ErrorCode::offset_out_of_range, std::to_string(arg.offset));
  }
  return addr_type(memory.addr64);
}

// --- the value stack --------------------------------------------------------------------------------------------------

// Room for `values` values now and one for each byte still to be read.
Result<void> BodyChecker::reserve(size_t values) {
  size_t used = height();
  size_t needed = used + values + in_.remaining() + 16;
  if (needed <= scratch_.capacity) return {};
  std::unique_ptr<uint32_t[]> grown(new (std::nothrow) uint32_t[needed + needed / 4]);
  if (!grown) return context_.fail(ErrorCode::out_of_memory);
  std::copy_n(scratch_.stack.get(), used, grown.get());
  floor_ = grown.get() + (floor_ - scratch_.stack.get());
  top_ = grown.get() + (top_ - scratch_.stack.get());
  sp_ = grown.get() + used;
  scratch_.stack = std::move(grown);
  scratch_.capacity = needed + needed / 4;
  return {};
}

Result<void> BodyChecker::push(std::span<const ValType> types) {
  if (types.size() > 1) TRY(reserve(types.size()));
  for (ValType type : types) push(type);
  return {};
}

Result<void> BodyChecker::pop_slowly(ValType expected) {
  if (sp_ == floor_) {
    if (frame().unreachable) return {};
    return context_.fail_types(context_.show(expected), "nothing");
  }
  ValType found = ValType::from_bits(*--sp_);
  if (context_.matches(found, expected)) return {};
  return context_.fail_types(context_.show(expected), context_.show(found));
}

Result<void> BodyChecker::pop(std::span<const ValType> types) {
  uint32_t* const before = sp_;
  for (size_t i = types.size(); i-- > 0;) {
    if (pop(types[i]).ok()) [[likely]] continue;
    sp_ = before;
    return fail_stack("instruction requires ", types, std::min<ptrdiff_t>(sp_ - floor_, std::ssize(types)));
  }
  return {};
}

// The suite's words for several operands at once; the detail names the one that is wrong.
Error BodyChecker::fail_stack(std::string_view what, std::span<const ValType> required, ptrdiff_t found) const {
  if (context_.sink) {
    std::vector<ValType> types;
    for (const uint32_t* at = sp_ - found; at != sp_; ++at) types.push_back(ValType::from_bits(*at));
    context_.sink->headline = std::string(text_of(ErrorCode::type_mismatch)) + ": " + std::string(what) +
                              context_.show(required) + " but stack has " + context_.show(types);
  }
  return context_.fail(ErrorCode::type_mismatch);
}

Result<ValType> BodyChecker::pop_any() {
  if (sp_ > floor_) return ValType::from_bits(*--sp_);
  if (frame().unreachable) return ValType();
  return context_.fail_types("a value", "nothing");
}

Result<ValType> BodyChecker::pop_ref() {
  ValType found = TRY(pop_any());
  if (found.is_bot()) return ValType::ref(kBotHeap, false);
  if (found.is_ref()) return found;
  return context_.fail_types("a reference", context_.show(found));
}

void BodyChecker::set_unreachable() {
  sp_ = floor_;
  frame().unreachable = true;
}

// --- entry ------------------------------------------------------------------------------------------------------------

Result<BodyInfo> check_body(const syntax::Module& module, const Features& features, const TypeRegistry& registry,
                            const ModuleInfo& info, uint32_t defined, ErrorSink* sink) {
  thread_local Scratch scratch;
  HEDDLE_ASSERT(defined < module.code.size());
  auto body = BodyChecker(Context{module, features, registry, info, sink}, scratch).check_body(defined);
  if (!body.ok() && sink) sink->func_index = module.imported_funcs + int64_t{defined};
  return body;
}

}  // namespace heddle::valid
