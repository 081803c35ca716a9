// The checker of instruction sequences: bodies and constant expressions. It is the algorithm of the specification's
// appendix A.3 over flat arrays: a stack of value types, a stack of control frames, the types of the locals.
//
// Rows of the op table with a fixed signature share one check; the others have one each, check_<name>, all listed
// below. In the value stack a type is one canonical word, so the common test is a compare of words; only when it
// fails are bottom, subtyping and underflow looked at. The stack has room for one more value per byte still to be
// read, which no instruction but those that push several values can exceed: they ask for more room first.
//
// In what follows a frame's height and every pointer into the stack count values, not slots.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/reader.h"
#include "base/result.h"
#include "syntax/immediates.h"
#include "valid/check.h"
#include "valid/context.h"

// Every instruction whose row has no fixed signature.
// clang-format off
#define HEDDLE_OWN_CHECKS(X)                                                                                    \
  X(unreachable) X(block) X(loop) X(if_) X(else_) X(try_) X(catch_) X(throw_) X(rethrow) X(throw_ref) X(end)    \
  X(br) X(br_if) X(br_table) X(return_) X(call) X(call_indirect) X(return_call) X(return_call_indirect)         \
  X(call_ref) X(return_call_ref) X(delegate) X(catch_all) X(drop) X(select) X(select_t) X(try_table)            \
  X(local_get) X(local_set) X(local_tee) X(global_get) X(global_set) X(table_get) X(table_set)                  \
  X(ref_null) X(ref_is_null) X(ref_func) X(ref_as_non_null) X(br_on_null) X(br_on_non_null)                     \
  X(cont_new) X(cont_bind) X(suspend) X(resume) X(resume_throw) X(resume_throw_ref) X(switch_)                  \
  X(struct_new) X(struct_new_default) X(struct_get) X(struct_get_s) X(struct_get_u) X(struct_set)               \
  X(array_new) X(array_new_default) X(array_new_fixed) X(array_new_data) X(array_new_elem)                      \
  X(array_get) X(array_get_s) X(array_get_u) X(array_set) X(array_fill) X(array_copy)                           \
  X(array_init_data) X(array_init_elem) X(ref_test) X(ref_test_null) X(ref_cast) X(ref_cast_null)               \
  X(br_on_cast) X(br_on_cast_fail) X(any_convert_extern) X(extern_convert_any)                                  \
  X(struct_new_desc) X(struct_new_default_desc) X(ref_get_desc) X(ref_cast_desc_eq) X(ref_cast_desc_eq_null)    \
  X(br_on_cast_desc_eq) X(br_on_cast_desc_eq_fail)                                                              \
  X(memory_copy) X(table_init) X(table_copy) X(table_grow) X(table_size) X(table_fill)
// clang-format on

namespace heddle::valid {

// A block that has been entered. `op` says which: block, loop, if_, else_, try_, catch_, catch_all or try_table.
struct Frame {
  Op op = Op::block;
  bool unreachable = false;
  uint32_t height = 0;       // values below it belong to the frames outside
  uint32_t init_height = 0;  // of the log of initialised locals
  ValType value;             // the only result of a block type that is a value type
  uint32_t param_count = 0, result_count = 0;
  const ValType* params = nullptr;
  const ValType* results_at = nullptr;  // null: `value`
};

// Memory a thread keeps from body to body.
struct Scratch {
  std::unique_ptr<uint32_t[]> stack;
  size_t capacity = 0;
  std::vector<Frame> frames;
  std::vector<uint32_t> locals;       // type words; those not expanded yet are missing
  std::vector<uint32_t> initialized;  // locals set since, to be undone at the end of the block they were set in
  bool short_way = true;              // off where a test compares both ways
};

class BodyChecker {
 public:
  BodyChecker(const Context& context, Scratch& scratch);

  Result<BodyInfo> check_body(uint32_t defined);
  // Only constant instructions, and of the globals only the first `globals`. Functions it refers to are declared.
  Result<void> check_const(const syntax::Expr& expr, ValType type, uint32_t globals, std::vector<bool>& declared);

 private:
  friend class FastPass;
  static constexpr uint32_t kUnset = 0x80;  // in a local's word: not defaultable and not set yet

  // body.cpp: the pass
  Result<void> enter(const syntax::Expr& expr, std::span<const ValType> results);
  Result<void> enter_locals(const DefType& type, const syntax::Code& code);
  void expand_locals(uint64_t most);
  Result<void> run();
  void run_fast();  // fast.cpp: as many common instructions as there are
  Result<void> step();
  Result<void> check_fixed(Op op);
  Result<ValType> fixed_immediate(Op op);  // gives the address type of the memory, if there is one
  Result<ValType> check_memarg(Op op, const MemArg& arg);
  Result<void> check_lane(uint32_t lane, uint32_t lanes);
  Error fail_opcode(uint8_t byte, uint32_t sub) const;
  Error located(Error error) const;

  // The value stack.
  uint32_t height() const { return static_cast<uint32_t>(sp_ - scratch_.stack.get()); }
  Frame& frame() { return scratch_.frames.back(); }
  Result<void> reserve(size_t values);
  Error fail_operands(uint64_t found) const;
  void push(ValType type) {
    *sp_++ = type.bits();
    if (sp_ > top_) top_ = sp_;
    if (type.is(ValKind::v128)) vectors_ = true;
  }
  Result<void> push(std::span<const ValType> types);
  Result<void> pop(ValType expected) {
    if (sp_ > floor_ && sp_[-1] == expected.bits()) [[likely]] {
      --sp_;
      return {};
    }
    return pop_slowly(expected);
  }
  Result<void> pop_slowly(ValType expected);
  Result<void> pop(std::span<const ValType> types);
  Error fail_stack(std::string_view what, std::span<const ValType> required, ptrdiff_t found) const;
  Result<ValType> pop_any();
  Result<ValType> pop_ref();  // bottom comes back as a non-null reference to the bottom heap type
  void set_unreachable();

  // The control stack.
  struct BlockSig {
    std::span<const ValType> params, results;
    ValType value;  // instead of `results`: the only one
  };
  Result<BlockSig> read_block_sig();
  Result<void> push_frame(Op op, const BlockSig& sig);
  Result<void> leave_frame();  // the results are there and nothing else
  void undo_locals(uint32_t to);
  static std::span<const ValType> params_of(const Frame& f) { return {f.params, f.param_count}; }
  static std::span<const ValType> results_of(const Frame& f) {
    return {f.results_at ? f.results_at : &f.value, f.result_count};
  }
  static std::span<const ValType> label_types(const Frame& f) {
    return f.op == Op::loop ? params_of(f) : results_of(f);
  }
  Result<const Frame*> label(uint32_t depth) const;
  Result<std::span<const ValType>> label() { return label_types(*TRY(label(TRY(in_.u32())))); }

  // Shared by the checks of several instructions.
  Result<void> open_block(Op op, const BlockSig& sig);
  Result<void> next_part(Op op);  // else, catch, catch_all: the part before is complete
  Result<void> check_call(const DefType& type);
  Result<void> check_return_call(const DefType& type);
  Result<const DefType*> callee_of_table();
  Result<void> check_catch(const CatchClause& clause);
  Result<uint32_t*> local();
  Result<void> set_local(uint32_t* word);
  Result<const DefType*> read_type(CompKind kind) { return context_.type(TRY(in_.u32()), kind); }
  Result<const FieldType*> read_field(const DefType& type);
  Result<void> check_get(const FieldType& field, bool packed);
  Result<void> check_struct_get(bool packed);
  Result<void> check_array_get(bool packed);
  Result<const DefType*> read_mutable_array();
  Result<void> check_array_data(const DefType& type);
  Result<void> check_array_elem(const DefType& type);
  Result<void> check_struct_new(bool defaults, bool with_descriptor);
  Result<HeapType> read_heap() { return context_.heap_type(TRY(read_heap_type(in_))); }
  Result<ValType> cast_operand(HeapType target);
  Result<void> check_test();
  Result<void> check_cast(bool nullable_target);
  Result<void> check_cast_desc(bool nullable_target);
  Result<ValType> descriptor_operand(HeapType target);
  Result<void> check_br_on_cast(bool on_fail, bool with_descriptor);
  const DefType& func_of(const DefType& cont) const;
  Result<void> check_handlers(std::span<const ValType> results);
  Result<void> check_handler(const Handler& handler, std::span<const ValType> results);
  void wrote_table(uint32_t table) { info_.written_tables |= uint64_t{1} << (table < 63 ? table : 63); }
  // The type of a new object: exact where there are exact types.
  ValType made(const DefType& type) const {
    return ValType::ref(HeapType::defined(type.id, context_.has(Feature::custom_descriptors)), false);
  }
  static ValType nullable(const DefType& type) { return ValType::ref(HeapType::defined(type.id), true); }

#define DECLARE(name) Result<void> check_##name();
  HEDDLE_OWN_CHECKS(DECLARE)
#undef DECLARE

  Context context_;
  Scratch& scratch_;
  Reader in_;
  uint32_t* sp_ = nullptr;     // one behind the topmost value
  uint32_t* floor_ = nullptr;  // the frame's height
  uint32_t* top_ = nullptr;    // the highest sp_ so far
  BodyInfo info_;
  uint64_t local_count_ = 0;
  std::span<const syntax::LocalRun> runs_;
  size_t expanded_runs_ = 0;
  bool vectors_ = false;  // there may be vectors on the stack
  bool const_ = false;
  uint32_t visible_globals_ = 0;           // of a constant expression
  std::vector<bool>* declared_ = nullptr;  // likewise
};

}  // namespace heddle::valid
