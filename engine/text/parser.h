// The parser of one module, in three passes over its fields: the first gives every identifier its index, the second
// reads the types, the third everything else in order, so that a field can refer to any other and the types that
// inline signatures stand for are appended in the order of their first use.
//
// Nothing recurses: parentheses of instructions are frames on a stack of the parser's own.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "binary/writer.h"
#include "text/annotations.h"
#include "text/cursor.h"
#include "text/parse.h"
#include "text/symbols.h"

namespace heddle::text {

enum class Space : uint8_t { type, func, table, memory, global, tag, elem, data, local, label };
inline constexpr std::string_view kSpaceNames[] = {
    "type", "function", "table", "memory", "global", "tag", "elem segment", "data segment", "local", "label",
};
inline constexpr size_t kSpaces = std::size(kSpaceNames);
constexpr std::string_view name_of(Space space) { return kSpaceNames[static_cast<size_t>(space)]; }

inline constexpr uint32_t kOutOfScope = ~0u;  // what the name of a label stands for behind its block
inline constexpr uint32_t kFieldScope = 16;   // the fields of type i have the scope kFieldScope + i

// A construct of an instruction sequence that has been entered and not left yet.
struct Frame {
  enum class Kind : uint8_t {
    list,          // a body or constant expression: up to the parenthesis of whatever holds it
    block,         // block ... end, and the likes
    folded_block,  // (block ...), (loop ...), (try_table ...)
    folded_op,     // (op operand*): the instruction is written after its operands
    folded_if,     // (if condition* (then ...) (else ...))
    folded_try,    // (try (do ...) (catch ...)* )
    clause,        // (then ...), (else ...), (do ...), (catch ...), (catch_all ...)
  };
  enum class Hint : uint8_t { none, unlikely, likely };
  Kind kind = Kind::list;
  Hint hint = Hint::none;
  Op op = Op::block;      // block: the part it is in. folded_if, folded_try: the clause before; the opcode before any
  uint32_t token = 0;     // its first one
  uint32_t id_token = 0;  // its label's identifier, or 0
  uint32_t pending = 0;   // folded_op, folded_if: where its bytes begin in pending_
};

std::optional<HeapKind> heap_kind(Keyword word);  // of an abstract heap type

// Vector shapes, for constants and the patterns of scripts: the lanes of i8x16 and the others (0: it is none of
// them), and the number at the cursor as a lane.
size_t vector_lanes(Keyword shape);
Result<void> vector_lane(const Cursor& in, Keyword shape, size_t lane, std::array<uint8_t, 16>& bytes);

class Parser {
 public:
  Parser(Tokens& tokens, const Features& features, ErrorSink* sink)
      : tokens_(tokens), features_(features), in_(tokens, sink), notes_(tokens, sink) {}

  Result<ParsedModule> run();                               // the whole text
  Result<ParsedModule> run(uint32_t first, uint32_t last);  // the fields that begin and end before these tokens

 private:
  friend class TypeSpace;

  struct Label {
    std::string_view name;
    uint32_t shadowed = 0;
    bool named = false;
  };
  struct ImportName {
    std::string module, name;
  };

  Result<void> all_fields(uint32_t first, uint32_t last);

  // parse_module.cpp: the first pass
  Result<void> declare_fields(uint32_t first, uint32_t last);
  Result<void> declare_field(uint32_t open);
  Result<void> declare_import(uint32_t open);
  Error late_import(uint32_t open) const;
  Result<void> declare_extern(uint32_t open, uint32_t times);
  Result<void> declare_definition(Space space, uint32_t open);
  Result<void> declare(Space space, uint32_t id);
  bool opens(uint32_t index, Word word) const;

  // parse_module.cpp: the third pass
  Result<void> fields(uint32_t last);
  Result<void> field();
  Result<void> func();
  Result<void> locals(uint32_t func, uint32_t count);
  Result<void> table();
  Result<void> inline_elems(TableType type, uint32_t table);
  Result<void> memory();
  Result<void> inline_data(MemType type, uint32_t memory);
  Result<void> global();
  Result<void> tag();
  Result<void> import();
  Result<void> compact_import(const std::string& module);
  void add_func(TypeIdx type);
  void add_memory(const MemType& type);
  void add_tag(TypeIdx type);
  Result<void> add_import(std::string module, std::string name, const ExternType& type);
  Result<ExternType> extern_type(bool may_have_id);
  Result<void> export_field();
  Result<void> start();
  Result<void> elem();
  Result<void> elem_list(syntax::Elem& elem, bool bare_funcs);
  Result<void> func_list(syntax::Elem& elem);
  Result<void> expr_list(syntax::Elem& elem);
  Result<void> data();
  Result<void> inline_exports(ExternKind kind, uint32_t index);
  Result<std::optional<ImportName>> inline_import();
  Result<syntax::Expr> offset();

  // parse_type.cpp: the second pass and all types
  Result<void> type_fields(uint32_t first, uint32_t last);
  Result<void> type_field();
  Result<SubType> sub_type();
  Result<void> comp_type(SubType& type);
  Result<void> struct_fields(SubType& type);
  Result<FieldType> field_type();
  bool at_val_type() const;
  bool at_ref_type() const;
  Result<ValType> val_type();
  Result<ValType> ref_type();
  Result<HeapType> heap_type();
  Result<HeapType> defined_type();
  Result<Limits> limits();
  Result<TableType> table_type();
  Result<MemType> mem_type();
  Result<uint8_t> page_size();
  Result<GlobalType> global_type();
  bool addr64();
  Result<void> signature(bool named);  // into params_, results_, param_names_
  Result<uint32_t> type_use(bool named);
  Result<void> check_signature(uint32_t type, const Token& at);
  uint32_t inline_type(uint32_t at);
  void enter_inline_type(uint32_t type);

  // parse_expr.cpp
  Result<syntax::Expr> expr();         // up to the closing parenthesis, which is left
  Result<syntax::Expr> folded_expr();  // exactly one (...)
  void begin_expr();
  Result<syntax::Expr> end_expr();
  Result<void> instructions();
  Result<void> step();
  Result<void> plain(Op op);
  Result<void> plain_block(Op op);
  Result<void> part(Op op);
  Result<void> end_block();
  Result<void> delegate_block();
  Result<void> check_label_id();
  Result<void> open_paren();
  Result<void> folded();
  Result<void> folded_block(Op op, Frame frame);
  Result<void> if_clause();
  Result<void> try_clause();
  Result<void> close_paren();
  Result<void> block_head(Op op);  // the block type, written behind the opcode; of try_table also its clauses
  Result<void> catch_clauses();
  void push_frame(Frame frame) { frames_.push_back(frame); }
  void push_label(uint32_t id_token);
  void pop_label();
  void unfold(const Frame& frame);  // writes what was kept back
  Result<Frame::Hint> hint(uint32_t token);
  Result<void> mark(const Frame& frame, size_t position);  // of the instruction in code_
  void implicit_end();
  Result<void> mark(const Frame& frame) { return mark(frame, code_.size()); }

  // parse_imm.cpp: an instruction with its immediates; the cursor stands behind the mnemonic
  Result<void> instruction(Op op);
  Result<void> typed_instruction(Op op);
  Result<void> constant(Op op);
  Result<void> vector_constant(Op op);
  Result<void> shuffle_lanes(Op op);
  Result<void> memarg(Op op, bool lane);
  Result<uint8_t> lane_index();
  Result<void> one_index(Op op, Space space, bool optional);
  Result<void> two_indices(Op op, Space first, Space second);
  Result<void> optional_pair(Op op, Space space);
  Result<void> segment_pair(Op op, Space first, Space second);
  Result<void> call_indirect(Op op);
  Result<void> branch_table(Op op);
  Result<void> type_and_field(Op op);
  Result<void> cast(Op op);
  Result<void> branch_on_cast(Op op);
  Result<void> select_types(Op op);
  Result<void> resume(Op op);
  Op row_with(Op op, Imm imm) const;
  void emit(Op op) { out_.opcode(info(op).code); }

  // annotations.cpp
  Result<void> module_name(uint32_t token);
  Result<void> customs(uint32_t token);
  Result<syntax::Custom> custom(const Annotation& note);
  Result<syntax::SectionId> custom_place(const Annotation& note, uint32_t& item);

  // identifiers.cpp
  struct Binding {
    uint32_t index = 0;
    std::optional<uint32_t> id;       // token
    std::optional<std::string> name;  // of an annotation
  };
  Result<uint32_t> index(Space space);
  Result<uint32_t> index_in(uint32_t scope, std::string_view what, ErrorCode unknown);
  Result<uint32_t> label();
  Result<void> bind(Symbols& symbols, uint32_t scope, std::string_view what, const Token& id, uint32_t index);
  Error unknown_id(const Token& id, uint32_t scope, const Symbols& symbols, std::string_view what,
                   ErrorCode code) const;
  std::string_view id_name(const Token& id);  // stays valid
  Result<void> id_and_name(syntax::NameMap& names, uint32_t index);
  bool at_binding();  // of a parameter or local
  Result<void> binding(std::vector<Binding>& out, uint32_t index);
  void name_locals(uint32_t func, const std::vector<Binding>& bindings);

  // helpers
  Result<void> need(Feature feature, const Token& at) const;
  syntax::Bytes keep(std::span<const uint8_t> bytes);
  uint32_t place() const { return kInText | in_.peek().offset; }  // where the next token is, for `at` of parts
  uint32_t& count(Space space) { return counts_[static_cast<size_t>(space)]; }

  Tokens& tokens_;
  const Features& features_;
  Cursor in_;
  Annotations notes_;
  ParsedModule result_;
  syntax::Module& module_ = result_.module;

  uint32_t at_ = 0;        // place() of the field being read
  bool in_module_ = true;  // and not among the types of a tier above

  // Identifiers.
  Symbols symbols_, local_symbols_, label_symbols_;
  uint32_t counts_[kSpaces] = {};
  std::deque<std::string> names_;  // identifiers with escapes
  std::optional<Space> defined_;   // something that is not imported: no import may follow

  // Types.
  std::vector<ValType> params_, results_;                   // of the signature read last
  std::vector<Binding> param_names_;                        // of the parameters that have one
  std::unordered_map<std::string, uint32_t> inline_types_;  // by signature
  std::string signature_key_;

  // The expression being read.
  std::vector<uint8_t> code_;
  binary::Writer out_{code_};
  std::vector<uint8_t> pending_;  // instructions that wait for their operands
  std::vector<uint8_t> clauses_;  // of a try_table or resume
  std::vector<Frame> frames_;
  std::vector<Label> labels_;
  uint32_t code_base_ = 0;  // Expr::offset of this expression
  uint32_t next_code_offset_ = 1;
  uint32_t locals_bytes_ = 0;     // what the locals of this body take in the binary format
  uint32_t label_count_ = 0;      // of the body, in binary order
  std::optional<uint32_t> func_;  // the function whose body it is
  std::vector<syntax::BranchHint> hints_;
};

}  // namespace heddle::text
