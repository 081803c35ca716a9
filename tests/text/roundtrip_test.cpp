// Parse, encode, decode, print, parse again: the identity, over every module of the official suite (the folder that
// HEDDLE_SPEC_TESTS names) that is not malformed.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "binary/decode.h"
#include "binary/names.h"
#include "text/assemble.h"
#include "text/parse.h"
#include "text/print.h"
#include "text/same.h"
#include "text/script.h"

using namespace heddle;
using ByteVec = std::vector<uint8_t>;

namespace {

struct Tally {
  size_t from_text = 0, from_binary = 0;
};

bool is_module(const text::Command& command) {
  using enum text::Command::Kind;
  switch (command.kind) {
    case module:
    case module_definition:
    case assert_uninstantiable:
    case assert_unlinkable:
    case assert_invalid: return true;
    default: return false;
  }
}

std::string parsed(std::string_view source, ByteVec& bytes) {
  ErrorSink sink;
  auto module = text::parse_module(source, Features{}, &sink);
  if (!module.ok()) return text::locate(source, module.error(), &sink, "the module");
  bytes = text::assemble(std::move(module).value());
  return {};
}

// What goes wrong on the way from bytes to text and back, with names and without; nothing if all is well. Bytes that
// the text parser has made are canonical and come back as they were.
std::string trip(const ByteVec& bytes, bool canonical) {
  auto module = binary::decode(bytes, Features{}, nullptr);
  if (!module.ok()) return "decode: " + std::string(text_of(module.error().code));
  syntax::Names names = binary::decode_names(module.value());
  for (const syntax::Names* used :
       {static_cast<const syntax::Names*>(&names), static_cast<const syntax::Names*>(nullptr)}) {
    std::string printed = text::print(module.value(), used);
    ByteVec again;
    if (std::string error = parsed(printed, again); !error.empty()) return error;
    auto back = binary::decode(again, Features{}, nullptr);
    if (!back.ok()) return "decode again: " + std::string(text_of(back.error().code));
    if (std::string where = test::difference(module.value(), back.value()); !where.empty()) return where;
    if (canonical && again != bytes) return "the bytes differ, the modules do not";
  }
  return {};
}

void check_commands(const std::vector<text::Command>& commands, const std::string& file, std::string_view source,
                    Tally& tally) {
  for (const text::Command& command : commands) {
    check_commands(command.commands, file, source, tally);
    if (!is_module(command)) continue;
    std::string error;
    std::string_view content = command.module.content();
    if (command.module.kind == text::ModuleSource::Kind::binary) {
      error = trip(ByteVec(content.begin(), content.end()), false);
      ++tally.from_binary;
    } else {
      ByteVec bytes;
      error = parsed(content, bytes);
      if (error.empty()) error = trip(bytes, true);
      ++tally.from_text;
    }
    if (error.empty()) continue;
    MESSAGE(file << ":" << text::position_of(source, command.offset).line << ": " << error);
    CHECK(error.empty());
  }
}

void check_file(const std::filesystem::path& path, Tally& tally) {
  std::ifstream in(path, std::ios::binary);
  std::string source((std::istreambuf_iterator<char>(in)), {});
  ErrorSink sink;
  auto script = text::parse_script(source, Features{}, &sink);
  if (!script.ok()) {
    MESSAGE(text::locate(source, script.error(), &sink, path.string()));
    CHECK(script.ok());
    return;
  }
  check_commands(script.value().commands, path.string(), source, tally);
}

}  // namespace

TEST_CASE("names that repeat, are empty or need quotes survive the round trip") {
  constexpr std::string_view kSource = R"((module (@name "")
    (type $t (@name "u") (struct (field $x i32) (field (@name "x") i64) (field (@name "") f32)))
    (import "m" "f" (func (param $p i32) (param (@name "p") i32)))
    (func $f (@name "g h") (param $a i32) (local (@name "a") i32) (local $"b c" f64)
      (block $l (block $l (br $l) (br 1)))
      (loop $"\u{202e}" (br $"\u{202e}"))
      (drop (local.get $"b c")))
    (func (@name "g h")) (table $t 0 funcref) (memory $m 0) (global $g i32 (i32.const 0)) (tag $e)
    (elem $el func) (data $d "")))";
  ByteVec bytes;
  CHECK(parsed(kSource, bytes) == "");
  CHECK(trip(bytes, true) == "");
  auto module = binary::decode(bytes, Features{}, nullptr);
  REQUIRE(module.ok());
  syntax::Names names = binary::decode_names(module.value());
  CHECK(names.funcs == syntax::NameMap{{1, "g h"}, {2, "g h"}});
  CHECK(names.locals[0] == syntax::NameMap{{0, "p"}, {1, "p"}});
  CHECK(names.locals[1] == syntax::NameMap{{0, "a"}, {1, "a"}, {2, "b c"}});
  CHECK(names.fields[0] == syntax::NameMap{{0, "x"}, {1, "x"}, {2, ""}});
  CHECK(names.labels[1] == syntax::NameMap{{0, "l"}, {1, "l"}, {2, "\xe2\x80\xae"}});
}

TEST_CASE("every module of the official suite survives the round trip") {
  const char* folder = std::getenv("HEDDLE_SPEC_TESTS");
  if (!folder) {
    MESSAGE("SKIPPED: 1 test, the round trip over the official suite, because HEDDLE_SPEC_TESTS is not set");
    return;
  }
  Tally tally;
  std::error_code failed;
  for (std::filesystem::recursive_directory_iterator it(std::filesystem::path(folder) / "core", failed), end;
       !failed && it != end; it.increment(failed)) {
    if (it->path().extension() == ".wast") check_file(it->path(), tally);
  }
  CHECK(!failed);
  CHECK(tally.from_text > 5000);
  CHECK(tally.from_binary > 100);
}
