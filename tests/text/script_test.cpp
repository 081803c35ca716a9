// Scripts: every command, every pattern, and that broken modules do not matter.
#include <doctest/doctest.h>

#include <string>

#include "text/parse.h"
#include "text/script.h"

using namespace heddle;
using namespace heddle::text;

namespace {

Script parsed(std::string_view source) {
  ErrorSink sink;
  auto result = parse_script(source, Features(), &sink);
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : locate(source, result.error(), &sink, "test")));
  return std::move(result).value();
}

Command only(std::string_view source) {
  Script script = parsed(source);
  REQUIRE(script.commands.size() == 1);
  return script.commands[0];
}

Pattern expected(std::string_view pattern) {
  std::string source = "(assert_return (invoke \"f\") " + std::string(pattern) + ")";
  Command command = only(source);
  REQUIRE(command.results.size() == 1);
  return command.results[0];
}

void check_failure(std::string source, std::string_view words) {
  CAPTURE(source);
  size_t at = source.find('^');
  REQUIRE(at != std::string::npos);
  source.erase(at, 1);
  ErrorSink sink;
  auto result = parse_script(source, Features(), &sink);
  REQUIRE_FALSE(result.ok());
  CHECK(describe(result.error(), &sink).starts_with(words));
  CHECK(result.error().offset == at);
}

}  // namespace

TEST_CASE("modules are kept as they are written") {
  std::string_view source = " (module $m (func))";
  Command text = only(source);
  CHECK(text.kind == Command::Kind::module);
  CHECK(text.id == "m");
  CHECK(text.offset == 1);
  CHECK(text.module.kind == ModuleSource::Kind::text);
  CHECK(text.module.content() == "(module $m (func))");
  CHECK(text.module.offset == 1);
  Command binary = only("(module $b binary \"\\00asm\" \"\\01\")");
  CHECK(binary.module.kind == ModuleSource::Kind::binary);
  CHECK(binary.module.content() == std::string_view("\0asm\1", 5));
  CHECK(binary.id == "b");
  Command quote = only("(module quote \"(func\" \")\")");
  CHECK(quote.module.kind == ModuleSource::Kind::quote);
  CHECK(quote.module.content() == "(func)");
}

TEST_CASE("definitions and instances") {
  Script script = parsed(
      "(module definition $M (func)) (module definition binary \"\") (module instance $I $M)"
      "(module instance $M) (module instance)");
  REQUIRE(script.commands.size() == 5);
  CHECK(script.commands[0].kind == Command::Kind::module_definition);
  CHECK(script.commands[0].id == "M");
  CHECK(parse_module(script.commands[0].module.content(), Features(), nullptr).ok());
  CHECK(script.commands[1].module.kind == ModuleSource::Kind::binary);
  CHECK(script.commands[2].kind == Command::Kind::module_instance);
  CHECK(script.commands[2].id == "I");
  CHECK(script.commands[2].definition == "M");
  CHECK(script.commands[3].id.empty());
  CHECK(script.commands[3].definition == "M");
  CHECK(script.commands[4].definition.empty());
}

TEST_CASE("fields alone are one module") {
  Command command = only("(func) (memory 0)");
  CHECK(command.kind == Command::Kind::module);
  CHECK(command.module.content() == "(func) (memory 0)");
}

TEST_CASE("a broken module does not break the script") {
  Script script =
      parsed("(assert_malformed (module (func (foo ] 0x) $x$)) \"unknown operator\") (module (func (bar)))");
  REQUIRE(script.commands.size() == 2);
  CHECK(script.commands[0].expected == "unknown operator");
  CHECK_FALSE(parse_module(script.commands[0].module.content(), Features(), nullptr).ok());
}

TEST_CASE("actions") {
  Command invoke =
      only("(invoke $i \"f\\u{20}g\" (i32.const -1) (f32.const nan:0x1) (ref.null func) (ref.extern 7))");
  CHECK(invoke.kind == Command::Kind::action);
  CHECK(invoke.action.kind == Action::Kind::invoke);
  CHECK(invoke.action.instance == "i");
  CHECK(invoke.action.name == "f g");
  REQUIRE(invoke.action.args.size() == 4);
  CHECK(invoke.action.args[0].bits == 0xffffffff);
  CHECK(invoke.action.args[1].bits == 0x7f800001);
  CHECK(invoke.action.args[2].kind == Pattern::Kind::ref_null);
  CHECK(invoke.action.args[2].heap == HeapKind::func);
  CHECK(invoke.action.args[3].kind == Pattern::Kind::ref_extern);
  CHECK(invoke.action.args[3].bits == 7);
  Command get = only("(get \"g\")");
  CHECK(get.action.kind == Action::Kind::get);
  CHECK(get.action.name == "g");
}

TEST_CASE("assertions about actions") {
  struct Row {
    std::string_view source;
    Command::Kind kind;
    std::string_view expected;
  };
  constexpr std::string_view kNone;
  for (const Row& row : {Row{"(assert_return (invoke \"f\"))", Command::Kind::assert_return, kNone},
                         Row{"(assert_trap (invoke \"f\") \"x\")", Command::Kind::assert_trap, "x"},
                         Row{"(assert_exhaustion (invoke \"f\") \"x\")", Command::Kind::assert_exhaustion, "x"},
                         Row{"(assert_exception (invoke \"f\"))", Command::Kind::assert_exception, kNone},
                         Row{"(assert_suspension (invoke \"f\") \"x\")", Command::Kind::assert_suspension, "x"}}) {
    CAPTURE(row.source);
    Command command = only(row.source);
    CHECK(command.kind == row.kind);
    CHECK(command.expected == row.expected);
    CHECK(command.action.name == "f");
    CHECK(command.action.offset == row.source.find("(invoke"));
  }
}

TEST_CASE("assertions about modules") {
  using enum Command::Kind;
  for (auto [word, kind] : {std::pair{"trap", assert_uninstantiable},
                            {"unlinkable", assert_unlinkable},
                            {"malformed", assert_malformed},
                            {"invalid", assert_invalid},
                            {"malformed_custom", assert_malformed_custom},
                            {"invalid_custom", assert_invalid_custom}}) {
    CAPTURE(word);
    Command command = only("(assert_" + std::string(word) + " (module quote \"(func)\") \"words\")");
    CHECK(command.kind == kind);
    CHECK(command.expected == "words");
    CHECK(command.module.content() == "(func)");
  }
  check_failure("(assert_invalid ^(invoke \"f\") \"\")", "unexpected token: expected a module");
  check_failure("(assert_return ^(module))", "unexpected token: expected an action");
}

TEST_CASE("numbers and NaN classes") {
  CHECK(expected("(i64.const -1)").bits == ~uint64_t{0});
  CHECK(expected("(f64.const 1)").kind == Pattern::Kind::f64);
  CHECK(expected("(f64.const 1)").bits == 0x3ff0000000000000);
  CHECK(expected("(f32.const nan:canonical)").nan == Pattern::Nan::canonical);
  CHECK(expected("(f64.const nan:arithmetic)").nan == Pattern::Nan::arithmetic);
  check_failure("(invoke \"f\" (f32.const ^nan:canonical))", "unexpected token");
  check_failure("(invoke \"f\" (i32.const ^0x1_0000_0000))", "constant out of range");
}

TEST_CASE("vectors, with NaN classes by lane") {
  Pattern ints = expected("(v128.const i16x8 1 2 3 4 5 6 7 -1)");
  CHECK(ints.kind == Pattern::Kind::v128);
  CHECK(ints.lane_bytes == 2);
  CHECK_FALSE(ints.float_lanes);
  CHECK(ints.bytes[2] == 2);
  CHECK(ints.bytes[15] == 0xff);
  Pattern floats = expected("(v128.const f32x4 1 nan:canonical nan:arithmetic -0)");
  CHECK(floats.float_lanes);
  CHECK(floats.lane_bytes == 4);
  CHECK(floats.lane_nans[0] == Pattern::Nan::exact);
  CHECK(floats.lane_nans[1] == Pattern::Nan::canonical);
  CHECK(floats.lane_nans[2] == Pattern::Nan::arithmetic);
  CHECK(floats.bytes[3] == 0x3f);
  CHECK(floats.bytes[15] == 0x80);
  check_failure("(invoke \"f\" (v128.const i32x4 1 2 3^))", "wrong number of lane literals");
}

TEST_CASE("references") {
  using enum Pattern::Kind;
  CHECK(expected("(ref.null)").any_heap);
  CHECK(expected("(ref.null exn)").heap == HeapKind::exn);
  CHECK(expected("(ref.null exn)").kind == ref_null);
  CHECK(expected("(ref.extern 3)").kind == ref_extern);
  CHECK(expected("(ref.extern)").kind == ref);
  CHECK(expected("(ref.extern)").heap == HeapKind::extern_);
  CHECK(expected("(ref.host 3)").kind == ref_host);
  CHECK(expected("(ref)").any_heap);
  for (auto [word, heap] : {std::pair{"any", HeapKind::any},
                            {"eq", HeapKind::eq},
                            {"i31", HeapKind::i31},
                            {"struct", HeapKind::struct_},
                            {"array", HeapKind::array},
                            {"func", HeapKind::func},
                            {"exn", HeapKind::exn},
                            {"cont", HeapKind::cont}}) {
    CAPTURE(word);
    Pattern pattern = expected("(ref." + std::string(word) + ")");
    CHECK(pattern.kind == ref);
    CHECK(pattern.heap == heap);
    CHECK_FALSE(pattern.any_heap);
  }
  check_failure("(invoke \"f\" (^ref.func))", "unexpected token: expected a value");
  check_failure("(assert_return (invoke \"f\") (^nop))", "unexpected token");
}

TEST_CASE("one of several results") {
  Pattern pattern = expected("(either (i32.const 1) (i32.const 2) (either (i32.const 3)))");
  CHECK(pattern.kind == Pattern::Kind::either);
  REQUIRE(pattern.alternatives.size() == 3);
  CHECK(pattern.alternatives[1].bits == 2);
  CHECK(pattern.alternatives[2].alternatives[0].bits == 3);
}

TEST_CASE("register, threads and waiting") {
  Script script = parsed(R"((register "m" $M) (register "n")
    (thread $T (shared (module $M)) (register "mem" $M) (module (func)) (invoke "run"))
    (wait $T))");
  REQUIRE(script.commands.size() == 4);
  CHECK(script.commands[0].kind == Command::Kind::register_);
  CHECK(script.commands[0].name == "m");
  CHECK(script.commands[0].id == "M");
  CHECK(script.commands[1].id.empty());
  const Command& thread = script.commands[2];
  CHECK(thread.kind == Command::Kind::thread);
  CHECK(thread.id == "T");
  CHECK(thread.shared == std::vector<std::string>{"M"});
  REQUIRE(thread.commands.size() == 3);
  CHECK(thread.commands[2].kind == Command::Kind::action);
  CHECK(script.commands[3].kind == Command::Kind::wait);
  CHECK(script.commands[3].id == "T");
}

TEST_CASE("errors of scripts") {
  check_failure("(module) (^frobnicate)", "unknown operator frobnicate");
  check_failure("(module) (^nop)", "unexpected token: expected a command");
  check_failure("(module) ^x", "unknown operator x");
  check_failure("(invoke ^f)", "unknown operator f");
  check_failure("(assert_trap (invoke \"f\")^)", "unexpected token: expected a name in quotes");
  check_failure("(module) ^\"", "unclosed string");
  check_failure("(wait ^1)", "unexpected token");
}

TEST_CASE("nesting is bounded") {
  std::string source;
  for (int i = 0; i < 10'000; ++i) source += "(thread $T ";
  ErrorSink sink;
  auto result = parse_script(source, Features(), &sink);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::nesting_too_deep);
}
