// WAVE, the text of component values (github.com/bytecodealliance/wasm-tools, crates/wasm-wave): `{x: 1, y: [2, 3]}`,
// `some("text")`, `read(1, ok)`. The type says what is read: numbers are checked against their ranges, labels against
// those there are; what an option or a result may leave out (`some`, `ok`) may be left out.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "component/canon/types.h"
#include "component/canon/value.h"

namespace heddle::component::wave {

// An error's offset is the byte's in `text`; the sink says what was wanted, and of which part ("args.0.x").
Result<canon::Val> parse(std::string_view text, const canon::T& type, ErrorSink* sink);
std::string print(const canon::Val& value, const canon::T& type);
// The same in pieces of some 64 KiB.
using Pieces = std::function<void(std::string_view)>;
void print(const canon::Val& value, const canon::T& type, const Pieces& to);
std::string label(std::string_view text);  // told apart, behind `%`, where it would read as a keyword
// For people: the line of the text that holds the byte at `offset`, cut to what is around it; and a caret under that.
std::string point_at(std::string_view text, uint32_t offset);

// `name(value, ...)`, or a name alone where there are no parameters. Options at the end may be left out.
struct Call {
  std::string_view name;
  std::string_view arguments;  // in parentheses
  uint32_t offset = 0;         // of the arguments in the text
};
Call split_call(std::string_view text);
Result<std::vector<canon::Val>> parse_arguments(const Call& call, const std::vector<std::string_view>& names,
                                                const std::vector<canon::T>& types, ErrorSink* sink);

}  // namespace heddle::component::wave
