// The pass over a body: the step that takes any instruction, fixed signatures, the value stack. Common instructions
// go through the shorter way of fast.cpp.
#include "valid/body.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <type_traits>

#include "syntax/limits.h"
#include "valid/signatures.h"

namespace heddle::valid {
namespace {

constexpr uint32_t kEagerLocals = 1024;  // locals expanded at once; the rest when one of them is used
constexpr size_t kKeptStack = 1 << 20;   // words of stack a thread keeps between bodies

#define OWN(name) +1
constexpr size_t kOwnChecks = 0 HEDDLE_OWN_CHECKS(OWN);
#undef OWN
static_assert(std::count_if(std::begin(kOps), std::end(kOps), [](const OpInfo& row) { return !row.sig.fixed; }) ==
                  kOwnChecks,
              "every instruction without a fixed signature is in HEDDLE_OWN_CHECKS");
#define OWN(name) static_assert(!info(Op::name).sig.fixed);
HEDDLE_OWN_CHECKS(OWN)
#undef OWN

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

BodyChecker::BodyChecker(const Context& context, Scratch& scratch) : context_(context), scratch_(scratch) {}

// --- entering

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
  auto operands = static_cast<uint32_t>(top_ - scratch_.stack.get());
  if (operands > limits::kOperands) return fail_operands(operands);
  info_.max_height_slots = operands * (vectors_ ? 2 : 1);
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

// --- the pass

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
  if (op == kNoOp) [[unlikely]]
    return fail_opcode(byte, sub);
  if (!context_.has(info(op).since)) [[unlikely]]
    return context_.fail_feature(info(op).since);
  if (const_ && !is_const(op)) [[unlikely]]
    return context_.fail(ErrorCode::constant_required, std::string(info(op).text));
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

// --- fixed signatures

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

// --- the value stack

constexpr size_t kLongRun = 8;  // from here on one comparison of all is faster than one of each

// Room for `values` values now and one for each byte still to be read.
Result<void> BodyChecker::reserve(size_t values) {
  size_t used = height();
  if (used + values > limits::kOperands) return fail_operands(used + values);
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

Error BodyChecker::fail_operands(uint64_t found) const {
  return context_.fail_limit("operands on the stack", found, limits::kOperands);
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
  // Two bytes of a module can ask for a thousand operands. As a rule they are of these very types.
  static_assert(sizeof(ValType) == sizeof *sp_ && std::is_trivially_copyable_v<ValType>);
  if (types.size() >= kLongRun && std::ssize(types) <= sp_ - floor_ &&
      std::memcmp(sp_ - types.size(), types.data(), types.size_bytes()) == 0) {
    sp_ -= types.size();
    return {};
  }
  for (size_t i = types.size(); i-- > 0;) {
    if (pop(types[i]).ok()) [[likely]]
      continue;
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

// --- entry

Result<BodyInfo> check_body(const syntax::Module& module, const Features& features, const TypeRegistry& registry,
                            const ModuleInfo& info, uint32_t defined, ErrorSink* sink) {
  thread_local Scratch scratch;
  HEDDLE_ASSERT(defined < module.code.size());
  auto body = BodyChecker(Context{module, features, registry, info, sink}, scratch).check_body(defined);
  if (!body.ok() && sink) sink->func_index = module.imported_funcs + int64_t{defined};
  if (scratch.capacity > kKeptStack) {
    scratch.stack.reset();
    scratch.capacity = 0;
  }
  return body;
}

}  // namespace heddle::valid
