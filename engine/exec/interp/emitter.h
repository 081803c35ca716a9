// Cells out of a symbolic operand stack: what the translator says in terms of values becomes as few cells as
// possible.
//
//   local.get and constants emit nothing: the stack remembers them until somebody takes them
//   a value just computed is taken from the accumulator, and then never stored
//   local.set of a value just computed redirects the cell that computes it
//   temporaries live in slots by operand-stack height, so that merging control flow needs no moves
//
// Which locals are pinned is known only at the end, when uses have been counted; the variants of all cells are picked
// then. Where a value sits is only trusted within a region: the cells since the last place that control may reach by
// a jump.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "exec/interp/code.h"
#include "exec/interp/control.h"
#include "exec/interp/families.h"
#include "syntax/types.h"

namespace heddle::interp {

inline constexpr uint32_t kNone = 0xffffffff;

// A value on the symbolic stack: two words, so that it travels in registers.
class Entry {
 public:
  enum class Kind : uint8_t { temp, local, constant };
  Entry() = default;
  // `what`: the constant's bits, the cell of a temporary, or local_link().
  Entry(Kind kind, ValKind type, uint32_t slot, uint64_t what)
      : head_(static_cast<uint64_t>(kind) | static_cast<uint64_t>(type) << 8 | static_cast<uint64_t>(slot) << 32),
        what_(what) {}
  static uint64_t local_link(uint32_t local, uint32_t below) { return local | static_cast<uint64_t>(below) << 32; }

  Kind kind() const { return static_cast<Kind>(head_); }
  bool is_temp() const { return kind() == Kind::temp; }
  bool is_local() const { return kind() == Kind::local; }
  bool is_constant() const { return kind() == Kind::constant; }
  ValKind type() const { return static_cast<ValKind>(head_ >> 8); }
  uint32_t slot() const { return static_cast<uint32_t>(head_ >> 32); }  // where a value of this height lives
  uint32_t cell() const { return static_cast<uint32_t>(what_); }        // temp: the record of the cell that made it
  uint32_t local() const { return static_cast<uint32_t>(what_); }       // local: which
  uint32_t below() const {
    return static_cast<uint32_t>(what_ >> 32);
  }  // local: 1 + index of its next lower entry, or 0
  uint64_t bits() const { return what_; }  // constant
  void become_temp(uint32_t cell) { *this = {Kind::temp, type(), slot(), cell}; }

 private:
  uint64_t head_ = 0, what_ = 0;
};

// A cell whose handler is picked at the end, and what may still change about it.
struct Record {
  uint32_t at = 0;  // its first word
  Op op{};
  Family family = Family::raw;
  uint8_t a = kSlot, b = kSlot, dest = kNowhere, flags = kFlagNone;
  bool kept = false;  // another path finds the result in its slot: it stays its destination
  uint32_t local_a = kNone, local_b = kNone, local_dest = kNone;  // the locals that its slots are
};

struct Operand {
  uint8_t cls = kSlot;
  uint32_t slot = 0;
  uint32_t local = kNone;
};

// Where a cell came from: words from `word` on, until the next entry, belong to the instruction at `offset` of the
// module.
struct Origin {
  uint32_t word = 0, offset = 0;
};

struct LocalInfo {
  uint32_t slot = 0;
  ValKind type = ValKind::i32;
  uint32_t top = 0;   // 1 + index of the highest stack entry that stands for it, or 0
  uint64_t uses = 0;  // weighted by loop depth
};

class Emitter {
 public:
  // `origins`, where it is wanted, is kept right when cells move.
  void start(const rt::Module& module, Function& function, std::vector<Origin>* origins);
  void add_local(ValKind type, uint32_t slot);
  void shift_locals(uint32_t from, uint32_t by);
  void set_temps(uint32_t base, uint32_t scratch);
  // Picks handlers, fills in pins, and leaves the words ready to be copied.
  void finish();

  // ---- the stack ----
  uint32_t height() const { return static_cast<uint32_t>(stack_.size()); }
  Entry& entry(uint32_t i) { return stack_[i]; }
  uint32_t next_slot() const {
    return stack_.empty() ? temps_ : stack_.back().slot() + slots_of(stack_.back().type());
  }
  static uint32_t slots_of(ValKind type) { return type == ValKind::v128 ? 2 : 1; }
  void push_local(uint32_t local) {
    LocalInfo& info = locals_[local];
    push_entry(Entry::Kind::local, info.type, Entry::local_link(local, info.top));
    info.top = height();
  }
  void push_constant(ValKind type, uint64_t bits) { push_entry(Entry::Kind::constant, type, bits); }
  void push_temp(ValKind type, uint32_t cell = kNone) { push_entry(Entry::Kind::temp, type, cell); }
  Entry pop() {
    HEDDLE_ASSERT(!stack_.empty());
    const Entry e = stack_.back();
    if (e.is_local()) locals_[e.local()].top = e.below();
    stack_.pop_back();
    flushed_ = std::min(flushed_, height());
    return e;
  }
  void truncate(uint32_t height);
  // All entries that stand for locals become temporaries: control is about to split or merge.
  void flush_locals();
  // The entries from `from` up are in their slots.
  void materialize(uint32_t from);
  // As flush_locals and materialize(from), but ahead of the comparison that made `condition` if that is the last
  // cell, so that it can still become a branch. Both paths behind the branch find the entries from `from` up in their
  // slots.
  void settle_before(Entry& condition, uint32_t from);

  // ---- operands ----
  Operand use(const Entry& e);   // a slot, pinned local or the accumulator: the value is consumed
  Operand peek(const Entry& e);  // the same, but the value stays usable
  uint32_t slot_of(Entry& e);    // in a slot that a 16-bit field can name
  bool is_int(ValKind type) const { return type == ValKind::i32 || type == ValKind::i64 || type == ValKind::ref; }
  static bool fits32(const Entry& e) {
    return e.is_constant() &&
           (e.type() == ValKind::i32 || static_cast<int64_t>(e.bits()) == static_cast<int32_t>(e.bits()));
  }
  static bool fits16(const Entry& e) {
    if (!e.is_constant()) return false;
    int64_t v = e.type() == ValKind::i32 ? static_cast<int32_t>(e.bits()) : static_cast<int64_t>(e.bits());
    return v == static_cast<int16_t>(v);
  }
  void put_in_slot(Entry& e);  // a popped constant gets its slot; others stay

  // ---- cells ----
  uint32_t here() const { return static_cast<uint32_t>(words_.size()); }
  // A record; its index.
  uint32_t cell(Family family, Op op, Word operands) {
    auto index = static_cast<uint32_t>(records_.size());
    Record& r = records_.emplace_back();  // in place, as entries
    r.at = here();
    r.op = op;
    r.family = family;
    two_words(0, operands);
    last_end_ = here();
    return index;
  }
  void raw(Handler handler, Word operands) { two_words(reinterpret_cast<Word>(handler), operands); }
  void word(Word w) { words_.push_back(w); }
  void more(Word w) {  // of the last record's cell
    word(w);
    last_end_ = here();
  }
  Word& word_at(uint32_t at) { return words_[at]; }
  Record& record(uint32_t i) { return records_[i]; }
  // Are there slots that a 16-bit field cannot name?
  bool wide() const { return wide_; }
  // A cell that calls: pins are filled in at the end. Its record.
  uint32_t call_cell(Handler handler, uint32_t delta, Word target);
  uint32_t join_step(uint32_t branch);
  // The result of record `r` goes to the slot of this height, which becomes its destination.
  void push_result(uint32_t r, ValKind type);
  void set_local(uint32_t local);
  void move_to(const Entry& e, uint32_t slot);  // the entry stays usable
  bool is_last(uint32_t record) const {
    return record != kNone && record + 1 == records_.size() && last_end_ == words_.size() && record >= region_;
  }
  // Control may come from elsewhere: nothing is known about registers.
  void boundary() {
    region_ = static_cast<uint32_t>(records_.size());
    clobber();
  }
  void clobber() {
    acc_cell_ = vec_cell_ = kNone;
    acc_local_ = vec_local_ = kNone;
  }
  void forget_acc() {
    acc_cell_ = kNone;
    acc_local_ = kNone;
  }
  Record& last_record() { return records_.back(); }
  uint32_t last_index() const { return static_cast<uint32_t>(records_.size()) - 1; }
  // The operands of one cell, none of them constant: at most one of each kind is in the register of its kind.
  void use_all(std::span<const Entry> entries, std::span<Operand> operands);
  void use_pair(const Entry& a, const Entry& b, Operand& left, Operand& right);
  // A 16-bit slot for a result of this height, and what brings it there if that was not the slot itself.
  uint32_t near_dest(uint32_t slot);
  void settle_dest(uint32_t near, uint32_t slot, ValKind type);
  void result_in_acc(uint32_t record) {
    acc_cell_ = record;
    acc_local_ = kNone;
  }
  // The cell at `at` now is what the current instruction does.
  void claim_origin(uint32_t at);
  uint64_t loop_weight = 1;

  // Slots of two words each: one for copies that the next cell takes, the others in turn for operands and results.
  static constexpr uint32_t kScratchTurns = 4;
  static constexpr uint32_t kScratch = 2 + 2 * kScratchTurns;
  std::vector<Word>& words() { return words_; }
  const LocalInfo& local(uint32_t i) const { return locals_[i]; }
  uint32_t max_slot = 0;
  void touch(uint32_t end) {
    if (end > max_slot) max_slot = end;
  }

 private:
  // In place: an entry made elsewhere would be copied by a load that waits for two stores to become one.
  void push_entry(Entry::Kind kind, ValKind type, uint64_t what) {
    const uint32_t slot = next_slot();
    stack_.emplace_back(kind, type, slot, what);
    touch(slot + slots_of(type));
  }
  void two_words(Word first, Word second) {
    words_.push_back(first);
    words_.push_back(second);
  }
  Operand operand(const Entry& e, bool consume);
  Operand in_slot(const Entry& e);
  uint32_t near_source(uint32_t slot, uint32_t slots);
  uint32_t next_scratch() { return scratch_ + 2 + 2 * (scratch_used_++ % kScratchTurns); }
  void move_origins(uint32_t from, uint32_t to);
  void patch_dest(uint32_t r, uint32_t slot);
  void move(Operand from, ValKind type, uint32_t slot, uint32_t local);
  bool joins_last_move(uint8_t cls) const;
  void make_raw(Record& r, Handler handler);
  void move_short(const Entry& e, uint32_t slot, uint32_t local);
  void materialize_one(uint32_t i);
  void unlink(uint32_t i);
  template <class Emit>
  uint32_t ahead_of_last(Emit emit);
  void forget_local(uint32_t local);
  bool can_redirect(const Entry& e) const;
  void count_use(uint32_t local) { locals_[local].uses += loop_weight; }
  static unsigned dest_field(const Record& r);
  void resolve(Record& r, uint32_t pin0, uint32_t pin1);

  const rt::Module* module_ = nullptr;
  Function* function_ = nullptr;
  std::vector<Origin>* origins_ = nullptr;
  std::vector<Word> words_;
  std::vector<Record> records_;
  std::vector<Entry> stack_;
  std::vector<LocalInfo> locals_;
  std::vector<Word> lifted_words_;
  std::vector<uint32_t> calls_;  // words whose upper half names the pins
  uint32_t temps_ = 0, scratch_ = 0, scratch_used_ = 0;
  bool wide_ = false;
  bool lifted_ = false;    // cells are being emitted ahead of the last one: the accumulator is not theirs
  uint32_t flushed_ = 0;   // entries below stand for no local
  uint32_t region_ = 0;    // first record of the region
  uint32_t last_end_ = 0;  // words behind the last record
  uint32_t acc_cell_ = kNone, vec_cell_ = kNone;    // the record whose result the register holds
  uint32_t acc_local_ = kNone, vec_local_ = kNone;  // the local whose value it holds as well
};

}  // namespace heddle::interp
