// Prints instruction sequences out of the binary format: one pass, a stack of the labels around the instruction at
// hand, everything about an instruction taken from its row of ops.inc and the kind of its immediates.
#pragma once
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "syntax/immediates.h"
#include "syntax/names.h"
#include "text/print_base.h"

namespace heddle::text {

class ExprPrinter {
 public:
  // What only bodies have. Hints are those of this function; their offsets count from `entry_offset`.
  struct Body {
    const IdMap* locals = nullptr;
    const syntax::NameMap* labels = nullptr;  // by the order in which blocks open
    std::span<const syntax::BranchHint> hints = {};
    uint32_t entry_offset = 0;
  };

  explicit ExprPrinter(Output& out) : ExprPrinter(out, Body{}) {}
  ExprPrinter(Output& out, const Body& body) : out_(out), body_(body) {}

  // One instruction a line; the `end` that closes the expression is left out.
  void lines(const syntax::Expr& expr, size_t depth);
  // In one line, each after a space.
  void flat(const syntax::Expr& expr);
  // "(i32.const 0)" for a single instruction; else "(keyword i32.const 1 i32.const 2 i32.add)".
  void folded(const syntax::Expr& expr, std::string_view keyword);

 private:
  void sequence(const syntax::Expr& expr);
  void separate(Op op, uint32_t at);
  void instruction(Op op, Immediates& value);
  void open_label(Op op, const BlockType& type, Immediates& value);
  void malformed(const Error& error, size_t bytes_left);

  void immediates(Op op, Immediates& value);
  void indices(Imm kind, const Immediates& value);
  void memory_immediates(Op op, Imm kind, const Immediates& value);
  void constant(Imm kind, const Immediates& value);
  void lists(Imm kind, Immediates& value);

  void push_label(std::string id);
  void pop_label();
  void label(uint32_t index);
  void memarg(Op op, const MemArg& arg);
  void block_type(const BlockType& type);
  void catches(Immediates& value);
  void handlers(Immediates& value);
  void memory_unless_0(uint32_t index) {
    if (index != 0) out_.ref(IndexSpace::memory, index);
  }

  struct Label {
    std::string id;            // may repeat one further out, which it hides
    size_t hidden = kNothing;  // the label that has the same identifier further out
  };
  static constexpr size_t kNothing = SIZE_MAX;

  Output& out_;
  Body body_;
  bool one_line_ = false;
  size_t depth_ = 0;
  size_t next_hint_ = 0;
  uint32_t next_label_ = 0;    // numbers blocks in the order they open, as the name section does
  std::vector<Label> labels_;  // around the instruction at hand, outermost first
  std::unordered_map<std::string, size_t> innermost_;  // which of them an identifier means
};

}  // namespace heddle::text
