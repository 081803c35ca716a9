// From a validated body to cells: one pass, driven by the op table, over the emitter's symbolic stack. Code that
// cannot be reached is skipped, so that every operand has a type and a place.
#pragma once
#include <cstdint>
#include <vector>

#include "base/reader.h"
#include "exec/interp/emitter.h"
#include "exec/interp/objects.h"
#include "runtime/engine.h"
#include "runtime/module.h"
#include "syntax/immediates.h"

namespace heddle::interp {

constexpr ValKind kind_of_letter(char letter) {
  switch (letter) {
    case 'i': return ValKind::i32;
    case 'l': return ValKind::i64;
    case 'f': return ValKind::f32;
    case 'd': return ValKind::f64;
    case 's': return ValKind::v128;
    default: return ValKind::ref;
  }
}

class Translator {
 public:
  // Fills `function` (all but `words`); the code is words() until the next use of this translator. `origins` may be
  // null.
  void run(const rt::Module& module, uint32_t defined, Function& function, std::vector<Origin>* origins);
  std::vector<Word>& words() { return emit_.words(); }

 private:
  enum class Block : uint8_t { func, block, loop, if_, else_, try_table, catch_ };

  // A place that is to hold the distance from `base` to a label: the upper half of a word, one half of a jump table's
  // word, or the target of a catch entry.
  enum class FixKind : uint8_t { high, low, catch_, handler };
  struct Fix {
    uint32_t at = 0, base = 0, next = kNone;
    FixKind kind = FixKind::high;
  };

  struct Control {
    Block kind = Block::block;
    BlockType type;
    uint32_t height = 0;         // stack entries below its parameters
    uint32_t slot = 0;           // where its parameters and results start
    uint32_t start = 0;          // loop: the label's word; try: the first word of the body
    uint32_t fixes = kNone;      // forward branches to its end
    uint32_t else_fix = kNone;   // if: the branch to the else arm
    uint32_t exception = kNone;  // catch: the slot of the exception being handled
    uint32_t body_end = kNone;   // legacy try: the word behind its body, once a catch has begun
    uint32_t pending = 0;        // try_table: first of its clauses in pending_
    uint64_t outer_weight = 1;   // loop: weight of uses outside
    uint32_t stub = kNone;       // of a jump table being made: where this label's moves are
  };

  // translate.cpp: the walk
  void prologue(const DefType& type);
  Op next_op();
  void step();
  void skip_dead();
  void control(Op op);

  // control flow
  std::span<const ValType> params(const Control& c) const;
  std::span<const ValType> results(const Control& c) const;
  std::span<const ValType> label_types(const Control& c) const;
  void enter(Block kind, const BlockType& type);
  void if_();
  void else_();
  void end();
  void push_types(std::span<const ValType> types);
  void settle_results(const Control& c);
  bool in_place(const Control& target, uint32_t count) const;
  void move_to_label(const Control& target, uint32_t count);
  Control& label(uint32_t depth) { return controls_[controls_.size() - 1 - depth]; }
  void branch_to(Control& target);                                      // an unconditional branch cell
  void aim(Control& target, uint32_t at, uint32_t base, FixKind kind);  // `at` will lead to the label
  void add_fix(uint32_t& list, Fix fix);
  void fix_here(uint32_t& list);
  void resolve_fix(const Fix& fix, uint32_t to);
  uint32_t branch_on(Entry condition, bool when);  // a conditional branch cell, its target open: the cell's word
  uint32_t fuse_branch(const Entry& condition, bool when);
  void br(uint32_t depth);
  void branch_over(uint32_t at, Control& target, uint32_t count);
  void br_if(uint32_t depth, Entry condition);
  void br_table(const Immediates& imm);
  void return_();
  void die();
  void new_block();

  // translate_call.cpp: calls, exceptions, continuations
  void call(uint32_t func, bool tail);
  void call_indirect(TypeId type, uint32_t table, bool tail_call);
  void call_ref(TypeId type, bool tail);
  uint32_t place_arguments(const DefType& type);
  void push_call_results(const DefType& type);
  void tail(Handler handler, const DefType& type, uint32_t base, Word target);
  void try_table(const Immediates& imm);
  void end_try(const Control& c);
  void catch_(uint32_t tag, bool all);
  void delegate(uint32_t depth);
  void throw_(uint32_t tag);
  void rethrow(uint32_t depth);
  void add_catch(CatchEntry entry, uint32_t label_control);
  void continuation(Op op, const Immediates& imm);
  Word resumption(const Immediates& imm, uint32_t arg_slots, uint32_t tag = 0);

  // translate_op.cpp: everything that is not control
  void other(Op op);
  void constant(Op op);
  MemArg memarg();
  void global(Op op, uint32_t index);
  void bin(Op op, Family family);
  void div_by(Op op, const Operand& a, uint32_t divisor);
  void float_bin(Op op, Family family);
  void un(Op op, Family family);
  bool invert_last(const Entry& e);
  void load(Op op, const MemArg& arg);
  void store(Op op, const MemArg& arg);
  bool load_sum(Op op, const Entry& address, const MemArg& arg);
  void store_far(Op op, const MemArg& arg);
  void access_lane(Family family, Op op, const Immediates& imm);
  void atomic(Op op, const Immediates& imm);
  uint32_t table_place(uint32_t index) const;
  uint8_t table_flags(uint32_t index) const;
  void table_get(uint32_t index);
  void table_set(uint32_t index);
  void memory_size(uint32_t index);
  void cold_access(Op op, const MemArg& arg);
  uint8_t access_flags(const MemArg& arg) const;
  bool is_near(const MemArg& arg) const;
  Word memory_at(const MemArg& arg) const;
  void select();
  void slots(Op op, const Immediates& imm);
  void cold(Op op, const Immediates& imm);
  void cold_cell(const void* function, uint32_t pops, std::span<const ValKind> pushes, std::span<const Word> imm);
  uint32_t cold_signature(Op op, const Immediates& imm, std::vector<ValKind>& pushes) const;
  void cold_immediates(Op op, const Immediates& imm, std::vector<Word>& words) const;

  // translate_object.cpp: references and objects
  struct CastTarget {
    TypeTest test = TypeTest::exact;
    bool nullable = false;
    Word words[2] = {};
  };
  void object(Op op, const Immediates& imm);
  void compare_refs();
  void test_null();
  void ref_un(Op op, ValKind result);
  bool cast_target(HeapType heap, bool nullable, CastTarget& target) const;
  void test_type(Family family, Op op, const Immediates& imm, bool nullable);
  void type_words(const CastTarget& target);
  void br_null(uint32_t depth, bool on_null);
  void br_cast(Op op, const Immediates& imm);
  void br_cast_cold(Op op, const Immediates& imm);
  void settle(uint32_t from);
  void struct_get(const Immediates& imm, bool sign);
  void struct_set(const Immediates& imm);
  void array_get(const Immediates& imm, bool sign);
  void array_set(const Immediates& imm);
  void new_object(const DefType& type, uint32_t operands);
  bool allocate(Op op, const DefType& type, const Immediates& imm);  // false: too large to be done so
  bool new_array(const DefType& type, bool filled);

  // translate_vector.cpp
  bool vector_cells() const;
  void vector(Op op, const Immediates& imm);
  void vector_bin(Op op);
  void vector_un(Family family, Op op);
  void vector_shift(Op op);
  void vector_tern(Op op);
  void extract(Op op, uint8_t lane);
  void replace(Op op, uint8_t lane);
  void shuffle(Op op, const std::array<uint8_t, 16>& lanes);
  void constant128(Op op, const std::array<uint8_t, 16>& bytes);
  void more_bytes(const std::array<uint8_t, 16>& bytes);
  void push_vector_result(uint32_t record, const Operand& a, const Operand& b);

  ValKind addr_kind(bool addr64) const { return addr64 ? ValKind::i64 : ValKind::i32; }
  const DefType& def(TypeIdx t) const { return registry_->operator[](module_->info.types[t]); }
  TypeId id(uint32_t t) const { return module_->info.types[TypeIdx{t}]; }

  const rt::Module* module_ = nullptr;
  const rt::EngineConfig* config_ = nullptr;
  const TypeRegistry* registry_ = nullptr;
  Function* function_ = nullptr;
  std::vector<Origin>* origins_ = nullptr;
  const DefType* type_ = nullptr;
  Reader in_;
  Emitter emit_;
  std::vector<Control> controls_;
  std::vector<Fix> fixes_;
  struct Pending {
    CatchEntry entry;
    uint32_t label = 0;  // the control it leads to
  };
  std::vector<Pending> pending_;
  std::vector<ValKind> pushes_;
  std::vector<Word> imm_words_;
  uint32_t temps_ = 0;
  bool live_ = true;
  uint32_t fuel_at_ = kNone;  // word of the current block's cost
};

}  // namespace heddle::interp
