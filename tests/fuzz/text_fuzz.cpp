// libFuzzer's entry: any bytes are parsed as a module and as a script. What parses as a module must survive encoding
// and decoding; errors must lie inside the text. Built with clang's -fsanitize=fuzzer:
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -Iengine tests/fuzz/text_fuzz.cpp
//           engine/{base,syntax,binary,text}/*.cpp -o text-fuzz
#include <cstdio>
#include <cstdlib>

#include "binary/decode.h"
#include "binary/encode.h"
#include "text/parse.h"
#include "text/script.h"

namespace {

using namespace heddle;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "text_fuzz: %s\n", what);
  std::abort();
}

void check_error(std::string_view source, Error error, const ErrorSink& sink) {
  require(error.offset <= source.size(), "an error beyond the text");
  require(!text::locate(source, error, &sink, "fuzz").empty(), "an error without words");
}

void parse_as_module(std::string_view source) {
  ErrorSink sink;
  auto parsed = text::parse_module(source, Features{}, &sink);
  if (!parsed.ok()) return check_error(source, parsed.error(), sink);
  std::vector<uint8_t> bytes = binary::encode(parsed.value().module);
  auto decoded = binary::decode(bytes, Features{}, nullptr);
  if (decoded.ok()) require(binary::encode(decoded.value()) == bytes, "decoding changes the module");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // SAFETY: characters are looked at as bytes of either sign.
  std::string_view source(reinterpret_cast<const char*>(data), size);
  parse_as_module(source);
  ErrorSink sink;
  auto script = text::parse_script(source, Features{}, &sink);
  if (!script.ok()) {
    check_error(source, script.error(), sink);
    return 0;
  }
  for (const text::Command& command : script.value().commands) {
    if (command.module.kind != text::ModuleSource::Kind::binary) parse_as_module(command.module.content());
  }
  return 0;
}
