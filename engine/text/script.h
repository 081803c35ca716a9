// Scripts (.wast): the official suite's commands as data. What a module says is not looked at here: it stays a
// piece of the source, or the bytes of its strings, and is parsed when a runner comes to the command, so that a
// module that is meant to be broken does not break the script.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "syntax/features.h"
#include "syntax/types.h"

namespace heddle::text {

class Cursor;
struct Vocabulary;

// What the scripts of a tier above have besides core Wasm: something that is defined, instantiated and asserted about
// as modules are, and values of its own, which it keeps and numbers itself.
class ScriptExtension {
 public:
  virtual ~ScriptExtension() = default;
  virtual std::string_view word() const = 0;  // stands where `module` does
  virtual const Vocabulary& words() const = 0;
  virtual bool has_value(std::string_view word) const = 0;
  // The cursor stands at the value's word; up to its closing parenthesis, which is left.
  virtual Result<uint64_t> value(Cursor& in, bool argument) = 0;
};

struct ModuleSource {
  enum class Kind : uint8_t { text, quote, binary };
  Kind kind = Kind::text;
  bool extended = false;  // no module, but what the extension has in its place
  uint32_t offset = 0;    // of its first character in the script; for text, error offsets count from here
  std::string_view text;  // of Kind::text: "(module ...)", in the script's source
  std::string bytes;      // of the others: the strings, joined
  // What parse_module (text, quote) or decode (binary) takes.
  std::string_view content() const { return kind == Kind::text ? text : std::string_view(bytes); }
};

// A value given to a function or expected from one. Arguments are exact: a number, a vector, a null or a host
// reference.
struct Pattern {
  enum class Kind : uint8_t {
    i32,  // numbers: `bits`; of f32 and f64 perhaps any NaN of the class `nan` instead
    i64,
    f32,
    f64,
    v128,        // `bytes`, where lanes of a float shape may be any NaN of a class instead
    ref_null,    // a null reference: of `heap`'s hierarchy, or of any if `any_heap`
    ref,         // a reference that is not null and matches `heap`, or any if `any_heap`
    ref_extern,  // the host's reference number `bits`, as an external reference
    ref_host,    // the host's reference number `bits`, as an internal reference
    either,      // one of `alternatives`
    extended,    // the extension's value number `bits`
  };
  enum class Nan : uint8_t { exact, canonical, arithmetic };

  Kind kind = Kind::i32;
  Nan nan = Nan::exact;      // of f32, f64
  uint8_t lane_bytes = 0;    // v128: of its shape
  bool float_lanes = false;  // v128: the shape is f32x4 or f64x2
  bool any_heap = false;
  std::array<Nan, 4> lane_nans{};  // v128 of a float shape
  HeapKind heap = HeapKind::any;
  uint64_t bits = 0;
  std::array<uint8_t, 16> bytes{};
  std::vector<Pattern> alternatives;
};

struct Action {
  enum class Kind : uint8_t { invoke, get };
  Kind kind = Kind::invoke;
  uint32_t offset = 0;
  std::string instance;  // identifier without `$`; empty: the latest
  std::string name;
  std::vector<Pattern> args;
};

struct Command {
  enum class Kind : uint8_t {
    module,                   // module, id: defined and instantiated
    module_definition,        // module, id: defined only
    module_instance,          // id, definition (empty: the latest), module.extended: instantiated
    register_,                // name, id of an instance (empty: the latest)
    action,                   // action
    assert_return,            // action, results
    assert_trap,              // action, expected
    assert_exhaustion,        // action, expected
    assert_exception,         // action
    assert_suspension,        // action, expected
    assert_uninstantiable,    // module, expected: its start or its segments trap
    assert_unlinkable,        // module, expected
    assert_malformed,         // module, expected
    assert_invalid,           // module, expected
    assert_malformed_custom,  // module, expected
    assert_invalid_custom,    // module, expected
    thread,                   // id, shared, commands: run on a thread of their own, which sees only what is shared
    wait,                     // id of a thread
  };
  Kind kind = Kind::module;
  uint32_t offset = 0;  // of its parenthesis
  std::string id, definition, name;
  std::string expected;  // the suite's words for the error
  ModuleSource module;
  Action action;
  std::vector<Pattern> results;
  std::vector<std::string> shared;  // identifiers of instances
  std::vector<Command> commands;
};

struct Script {
  std::vector<Command> commands;
};

// `source` must outlive the script. A file that holds a module's fields alone is one module command.
Result<Script> parse_script(std::string_view source, const Features& features, ErrorSink* sink,
                            ScriptExtension* extension = nullptr);

}  // namespace heddle::text
