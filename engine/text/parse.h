// The text format (spec ch. 6) into a module: the same syntax::Module that the binary decoder makes, bodies already
// in the binary format, so that everything behind it knows one representation. Covers 3.0 and the proposals of
// features.inc.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "syntax/features.h"
#include "syntax/module.h"
#include "syntax/names.h"

namespace heddle::text {

// An instruction's place: in the binary offsets of the module's expressions (Expr::offset counts all of them
// through), and in the text.
struct SourcePoint {
  uint32_t code_offset = 0, text_offset = 0;
};

// Parts of a parsed module that are no code, such as imports, are at their offset in the text with this bit set.
inline constexpr uint32_t kInText = uint32_t{1} << 31;

struct ParsedModule {
  syntax::Module module;
  syntax::Names names;
  syntax::BranchHints hints;
  std::vector<SourcePoint> points;  // ascending

  // Where in the text an error's offset is that was found in this module: of the part it is about, or of the
  // instruction that holds it.
  uint32_t text_offset(uint32_t offset) const;
};

// A whole file: one (module ...), or its fields alone. An error's offset is the byte's in `source`.
Result<ParsedModule> parse_module(std::string_view source, const Features& features, ErrorSink* sink);

struct Position {
  uint32_t line = 1, column = 1;  // columns count characters
};
Position position_of(std::string_view source, uint32_t offset);

// "file:line:column: error: text", the line, a caret below the place, and the notes.
std::string locate(std::string_view source, const Error& error, const ErrorSink* sink, std::string_view file);

}  // namespace heddle::text
