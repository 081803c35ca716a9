// Blocks cannot stand in a constant expression, but something that looks like one has to end where its nesting says,
// so that the error is found where it is: by validation, inside.
#include "binary/const_expr.h"

#include "syntax/immediates.h"

namespace heddle::binary {

Result<syntax::Expr> const_expr(Reader& reader) {
  const uint8_t* start = reader.here();
  syntax::Expr expr;
  expr.offset = reader.offset();
  for (uint64_t depth = 1; depth > 0;) {
    Op op = TRY(read_op(reader));
    const OpInfo& row = info(op);
    if (row.imm == Imm::block || row.imm == Imm::try_table) ++depth;
    if (op == Op::end || op == Op::delegate) --depth;
    TRY(read_immediates(reader, row));
  }
  expr.bytes = {start, static_cast<size_t>(reader.here() - start)};
  return expr;
}

}  // namespace heddle::binary
