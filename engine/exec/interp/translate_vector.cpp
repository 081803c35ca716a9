// Vector operators in the translator: cells that take operands from the vector register and leave results there, or,
// where there are no handlers of that kind or 16-bit fields cannot name a frame's slots, slot cells.
#include <array>

#include "exec/interp/control.h"
#include "exec/interp/translate.h"
#include "exec/interp/vectors.h"

namespace heddle::interp {

bool Translator::vector_cells() const {
  static const bool usable = has_vector_handlers();
  return usable && !emit_.wide();
}

void Translator::vector(Op op, const Immediates& imm) {
  if (!vector_cells()) return slots(op, imm);
  if (in(kVectorBinOps, op)) return vector_bin(op);
  if (in(kVectorUnOps, op)) return vector_un(Family::vun, op);
  if (in(kSplatOps, op)) return vector_un(Family::vsplat, op);
  if (in(kVectorShiftOps, op)) return vector_shift(op);
  if (in(kVectorTernOps, op)) return vector_tern(op);
  if (in(kExtractOps, op)) return extract(op, imm.lane);
  if (in(kReplaceOps, op)) return replace(op, imm.lane);
  if (in(kShuffleOps, op)) return shuffle(op, imm.bytes);
  slots(op, imm);
}

// The result of a cell just emitted, whose operands have been given.
void Translator::push_vector_result(uint32_t record, const Operand& a, const Operand& b) {
  Record& r = emit_.record(record);
  r.a = a.cls;
  r.b = b.cls;
  emit_.push_result(record, kind_of_letter(info(r.op).sig.results[0]));
}

void Translator::vector_bin(Op op) {
  Entry b = emit_.pop(), a = emit_.pop();
  std::array<Operand, 2> operands;
  emit_.use_all(std::array{a, b}, operands);
  if (operands[1].cls == kAcc && vector_commutes(op)) std::swap(operands[0], operands[1]);
  const uint32_t r = emit_.cell(Family::vbin, op, pack16(operands[0].slot, operands[1].slot, 0, 0));
  push_vector_result(r, operands[0], operands[1]);
}

void Translator::vector_un(Family family, Op op) {
  Entry e = emit_.pop();
  emit_.put_in_slot(e);
  const Operand a = emit_.use(e);
  const uint32_t r = emit_.cell(family, op, pack16(a.slot, 0, 0, 0));
  if (emit_.is_int(e.type())) emit_.record(r).local_a = a.local;
  push_vector_result(r, a, {});
}

void Translator::vector_shift(Op op) {
  Entry count = emit_.pop(), vector = emit_.pop();
  const bool immediate = count.is_constant();
  const Operand a = emit_.use(vector);
  const Operand b =
      immediate ? Operand{.cls = kImm, .slot = static_cast<uint32_t>(count.bits() & 0xff)} : emit_.use(count);
  const uint32_t r = emit_.cell(Family::vshift, op, pack16(a.slot, b.slot, 0, 0));
  push_vector_result(r, a, b);
}

void Translator::vector_tern(Op op) {
  Entry c = emit_.pop(), b = emit_.pop(), a = emit_.pop();
  std::array<Operand, 3> operands;
  emit_.use_all(std::array{a, b, c}, operands);
  const uint32_t r = emit_.cell(Family::vtern, op, pack16(operands[0].slot, operands[1].slot, operands[2].slot, 0));
  emit_.record(r).flags = operands[2].cls == kAcc ? kFlagThird : kFlagNone;
  push_vector_result(r, operands[0], operands[1]);
}

void Translator::extract(Op op, uint8_t lane) {
  Entry vector = emit_.pop();
  const uint32_t r = emit_.cell(Family::vextract, op, pack16(emit_.slot_of(vector), 0, lane, 0));
  push_vector_result(r, {}, {});
}

void Translator::replace(Op op, uint8_t lane) {
  Entry value = emit_.pop(), vector = emit_.pop();
  emit_.put_in_slot(value);
  std::array<Operand, 2> operands;
  emit_.use_all(std::array{vector, value}, operands);
  const uint32_t r = emit_.cell(Family::vreplace, op, pack16(operands[0].slot, operands[1].slot, 0, lane));
  push_vector_result(r, operands[0], operands[1]);
}

// Of each operand the bytes that are taken from it, in their places; elsewhere an index that means zero.
void Translator::shuffle(Op op, const std::array<uint8_t, 16>& lanes) {
  constexpr uint8_t kZero = 0x80;
  std::array<std::array<uint8_t, 16>, 2> indices;
  bool used[2] = {};
  for (size_t i = 0; i < 16; ++i) {
    const size_t from = lanes[i] / 16;
    indices[from][i] = lanes[i] % 16;
    indices[1 - from][i] = kZero;
    used[from] = true;
  }
  Entry second = emit_.pop(), first = emit_.pop();
  std::array<Operand, 2> operands;
  const bool one = used[0] != used[1];
  if (one) {
    if (used[1]) std::swap(indices[0], indices[1]);
    operands[0] = emit_.use(used[0] ? first : second);
  } else {
    emit_.use_all(std::array{first, second}, operands);
  }
  const uint32_t r = emit_.cell(Family::vshuffle, op, pack16(operands[0].slot, operands[1].slot, 0, 0));
  for (const auto& of_one : indices) more_bytes(of_one);
  emit_.record(r).flags = one ? kFlagOneVector : kFlagNone;
  push_vector_result(r, operands[0], operands[1]);
}

void Translator::more_bytes(const std::array<uint8_t, 16>& bytes) {
  for (const Word half : std::bit_cast<std::array<Word, 2>>(bytes)) emit_.more(half);
}

void Translator::constant128(Op op, const std::array<uint8_t, 16>& bytes) {
  if (vector_cells()) {
    const uint32_t r = emit_.cell(Family::vconst, op, 0);
    more_bytes(bytes);
    return push_vector_result(r, {}, {});
  }
  const auto halves = std::bit_cast<std::array<Word, 2>>(bytes);
  const uint32_t slot = emit_.next_slot(), near = emit_.near_dest(slot);
  emit_.raw(op_const128, near);
  for (const Word half : halves) emit_.word(half);
  emit_.settle_dest(near, slot, ValKind::v128);
  emit_.push_temp(ValKind::v128);
}

}  // namespace heddle::interp
