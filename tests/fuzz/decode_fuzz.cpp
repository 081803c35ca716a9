// libFuzzer's entry: any bytes are decoded, encoded, validated and printed; what is valid must come back from its
// text as the same module. Built with clang's -fsanitize=fuzzer:
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -Iengine -Itests tests/fuzz/decode_fuzz.cpp
//           tests/text/same.cpp engine/{base,syntax,binary,valid,text}/*.cpp -o decode-fuzz
#include <cstdio>
#include <cstdlib>
#include <string>

#include "binary/decode.h"
#include "binary/encode.h"
#include "binary/names.h"
#include "text/parse.h"
#include "text/print.h"
#include "text/same.h"
#include "valid/check.h"

namespace {

using namespace heddle;

// A run of locals takes a few bytes in the binary format and up to 50,000 words in the text.
constexpr uint64_t kMostLocals = 100'000;

void require(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "decode_fuzz: %s: %s\n", what, detail.c_str());
  std::abort();
}

std::vector<uint8_t> encoded_twice(const syntax::Module& module) {
  std::vector<uint8_t> bytes = binary::encode(module);
  auto again = binary::decode(bytes, Features{}, nullptr);
  require(again.ok(), "what was encoded does not decode", again.ok() ? "" : describe(again.error(), nullptr));
  require(binary::encode(again.value()) == bytes, "encoding is not stable", "");
  return bytes;
}

void print_and_parse(const syntax::Module& module, const syntax::Names* names) {
  std::string printed = text::print(module, names);
  ErrorSink sink;
  auto parsed = text::parse_module(printed, Features{}, &sink);
  require(parsed.ok(), "what was printed does not parse",
          parsed.ok() ? "" : text::locate(printed, parsed.error(), &sink, "printed"));
  std::string where = test::difference(module, parsed.value().module);
  require(where.empty(), "what was printed parses to another module", where + "\n" + printed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto decoded = binary::decode({data, size}, Features{}, nullptr);
  if (!decoded.ok()) return 0;
  const syntax::Module& module = decoded.value();
  encoded_twice(module);
  syntax::Names names = binary::decode_names(module);
  static_cast<void>(binary::decode_names_strict(module, nullptr).ok());
  static_cast<void>(binary::decode_branch_hints(module).size());
  uint64_t locals = 0;
  for (const syntax::LocalRun& run : module.local_runs) locals += run.count;
  if (locals > kMostLocals) return 0;
  TypeRegistry registry;
  bool valid = valid::check_all(module, Features{}, registry, nullptr).ok();
  if (valid) {
    print_and_parse(module, &names);
    print_and_parse(module, nullptr);
  } else {
    static_cast<void>(text::print(module, &names).size());
  }
  return 0;
}
