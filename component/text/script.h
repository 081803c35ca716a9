// Scripts that have components: where the scripts of core Wasm say `module` these may say `component`, and give and
// expect values of component types.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "component/syntax/types.h"
#include "component/text/parse.h"
#include "text/script.h"

namespace heddle::component {

// A value given to a function or expected from one, of the type that the function has in its place.
struct ScriptValue {
  enum class Kind : uint8_t {
    primitive,  // `bits` or `text`, by `type`: of f32 and f64 perhaps any NaN of the class `nan` instead
    list,       // items
    record,     // labels, items
    tuple,      // items
    variant,    // text: the case, items: its value, if it has one
    enum_,      // text
    flags,      // labels
    none,       // of an option
    some,       // items: the value
    ok,         // of a result; items: the value, if it has one
    error,      // like ok
  };
  Kind kind = Kind::primitive;
  Primitive type = Primitive::bool_;
  heddle::text::Pattern::Nan nan = heddle::text::Pattern::Nan::exact;
  uint64_t bits = 0;  // of a char: its scalar value
  std::string text;
  std::vector<std::string> labels;
  std::vector<ScriptValue> items;
};

struct Script {
  heddle::text::Script script;
  std::vector<ScriptValue> values;  // Pattern::bits of those of Kind::extended

  // The pattern as a value of a component; nothing for one that only core functions take.
  std::optional<ScriptValue> value_of(const heddle::text::Pattern& pattern) const;
};

// `source` must outlive the script.
Result<Script> parse_script(std::string_view source, const heddle::Features& core, ErrorSink* sink);

// A component of a script (ModuleSource::extended), whatever form it is in. An error's offset is one in its content.
Result<Parsed> parse(const heddle::text::ModuleSource& source, const Features& features, const heddle::Features& core,
                     ErrorSink* sink);

}  // namespace heddle::component
