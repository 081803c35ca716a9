// A module as text (spec ch. 6): flat instructions, one a line, indented by nesting. What is printed parses back to
// the same module: every index, bit of a float, segment form and custom section is in it. Works on any decoded
// module, valid or not; where a body is malformed it says so in a comment and goes on with the next field.
#pragma once
#include <string>

#include "syntax/module.h"
#include "syntax/names.h"

namespace heddle::text {

struct PrintOptions {
  bool comments = true;  // (;index;) beside what is bound, (;@n;) beside labels
};

// With `names`, they become identifiers, made unique per index space, and the custom section "name" is not printed
// again; without, it is printed as it is. Branch hints are printed as annotations at their instructions.
std::string print(const syntax::Module& module, const syntax::Names* names = nullptr,
                  const PrintOptions& options = {});

// The instructions of one expression, one a line, without the final `end`.
std::string print_expr(const syntax::Module& module, const syntax::Expr& expr, const syntax::Names* names = nullptr);

}  // namespace heddle::text
