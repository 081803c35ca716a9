// Errors about parts of a module that are no code point at the part: in the text, and in the module made of it.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "binary/decode.h"
#include "text/assemble.h"
#include "text/parse.h"
#include "valid/check.h"

namespace heddle {
namespace {

struct Case {
  const char* text;      // @ stands before the part that is wrong
  const char* error;     // what is said of it
  uint32_t binary_at;    // its offset in the binary
  bool v1_only = false;  // an error only where 2.0 and 3.0 are off
};

constexpr Case kCases[] = {
    {"(module (type (func)) @(type (sub 0 (struct))))", "sub type 1 has final super type 0", 0x0e},
    {"(module (type (sub (array i32))) @(type (sub 0 (array i64))))", "sub type 1 does not match super type 0", 0x10},
    {"(module (rec (type (func)) @(type (struct (field (ref 9))))))", "unknown type 9", 0x10},
    {"(module (func) (func @(param (ref 9))))", "unknown type 9", 0x0e},
    {R"((module (import "" "" (func)) @(import "" "" (func (type 7)))))", "unknown type 7", 0x15},
    {R"((module (import "m" @(item "a" (func (type 7))) (item "b" (func)))))", "unknown type 7", 0x11},
    {"(module (func) @(func (type 1)))", "unknown type 1", 0x12},
    {"(module @(tag (type 3)))", "unknown type 3", 0x0b},
    {"(module (memory 1) @(memory 2 1))", "size minimum must not be greater than maximum", 0x0d},
    {"(module (table 1 funcref) @(table 2 1 funcref))", "size minimum must not be greater than maximum", 0x0e},
    {"(module @(table 1 (ref func)))", "expected an initial value of (ref func), found nothing", 0x0b},
    {"(module (global i32 (i32.const 0)) @(global (ref null 5) (ref.null func)))", "unknown type 5", 0x10},
    {R"((module (func) (export "f" (func 0)) @(export "g" (func 1))))", "unknown function 1", 0x19},
    {R"((module (func (export "f")) @(export "f" (func 0))))", "\"f\"", 0x19},
    {"(module (func (param i32)) @(start 0))", "[i32] to []", 0x15},
    {"(module (func) @(elem (table 0) (i32.const 0) func 0))", "unknown table 0", 0x15},
    {"(module (func) @(elem func 3))", "unknown function 3", 0x15},
    {"(module (memory 1) @(data (memory 4) (i32.const 0) \"\"))", "unknown memory 4", 0x10},
    {"(module (memory 1) @(memory 1))", "multiple memories", 0x0d, true},
    {"(module (table 1 funcref) @(table 1 funcref))", "multiple tables", 0x0e, true},
};

std::pair<Error, ErrorSink> check(const syntax::Module& module, const Features& features) {
  TypeRegistry registry;
  std::pair<Error, ErrorSink> found;
  auto checked = valid::check_all(module, features, registry, &found.second);
  if (!checked.ok()) found.first = checked.error();
  return found;
}

TEST_CASE("errors about a part of a module say where it is") {
  for (const Case& item : kCases) {
    std::string text = item.text;
    CAPTURE(text);
    const auto place = static_cast<uint32_t>(text.find('@'));
    text.erase(place, 1);
    Features features;
    if (item.v1_only) {
      features.set(Feature::v2, false);
      features.set(Feature::v3, false);
    }
    auto parsed = text::parse_module(text, {}, nullptr);
    REQUIRE(parsed.ok());
    auto [in_text, sink] = check(parsed.value().module, features);
    CHECK(describe(in_text, &sink).find(item.error) != std::string::npos);
    CHECK(parsed.value().text_offset(in_text.offset) == place);

    std::vector<uint8_t> bytes = text::assemble(std::move(parsed).value());
    auto decoded = binary::decode(bytes, {}, nullptr);
    REQUIRE(decoded.ok());
    auto [in_binary, again] = check(decoded.value(), features);
    CHECK(describe(in_binary, &again).find(item.error) != std::string::npos);
    CHECK(in_binary.offset == item.binary_at);
  }
}

}  // namespace
}  // namespace heddle
