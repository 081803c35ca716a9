// Compares binaries: the module's own in canonical form, and that of its printed text.
#include "spec-tests/runner/roundtrip.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "binary/decode.h"
#include "binary/encode.h"
#include "binary/names.h"
#include "text/assemble.h"
#include "text/parse.h"
#include "text/print.h"

namespace heddle::wast {
namespace {

template <class Content>
std::string difference(std::string_view step, const Content& before, const Content& after) {
  if (std::equal(before.begin(), before.end(), after.begin(), after.end())) return {};
  size_t same = 0;
  while (same < before.size() && same < after.size() && before[same] == after[same]) ++same;
  return fmt::format("{}: {} bytes became {}, different from offset 0x{:x}", step, before.size(), after.size(), same);
}

using Bytes = std::vector<uint8_t>;

std::string print(const syntax::Module& module, bool with_names) {
  syntax::Names names = binary::decode_names(module);
  return text::print(module, with_names ? &names : nullptr);
}

// binary -> decode -> print -> parse -> encode -> decode -> print.
struct Trip {
  std::string problem;
  Bytes encoded{};  // of the decoded module
  std::string text{};
  Bytes binary_again{};
  std::string text_again{};
};

Trip travel(std::span<const uint8_t> binary, const Features& features, bool with_names) {
  Trip trip;
  ErrorSink sink;
  auto module = binary::decode(binary, features, &sink);
  if (!module.ok()) return {.problem = "decode: " + describe(module.error(), &sink)};
  trip.encoded = binary::encode(module.value());
  trip.text = print(module.value(), with_names);
  auto parsed = text::parse_module(trip.text, features, &sink);
  if (!parsed.ok()) {
    return {.problem = "parse what was printed: " + text::locate(trip.text, parsed.error(), &sink, "printed")};
  }
  trip.binary_again = text::assemble(std::move(parsed).value());
  auto again = binary::decode(trip.binary_again, features, &sink);
  if (!again.ok()) return {.problem = "decode what was parsed: " + describe(again.error(), &sink)};
  trip.text_again = print(again.value(), with_names);
  return trip;
}

}  // namespace

std::string check_roundtrip(std::span<const uint8_t> binary, const Features& features, bool ours) {
  Bytes given(binary.begin(), binary.end());
  if (!ours) {
    ErrorSink sink;
    auto module = binary::decode(binary, features, &sink);
    if (!module.ok()) return "decode: " + describe(module.error(), &sink);
    given = binary::encode(module.value());  // without sections that hold nothing
  }
  Trip trip = travel(given, features, ours);
  if (!trip.problem.empty()) return trip.problem;
  std::string changed = difference("print, parse, encode, decode, print", trip.text, trip.text_again);
  if (!changed.empty()) return changed;
  if (!ours) {  // now with the shortest numbers: these bytes come back
    given = std::move(trip.binary_again);
    trip = travel(given, features, false);
    if (!trip.problem.empty()) return trip.problem;
  }
  changed = difference("decode, encode", given, trip.encoded);
  return changed.empty() ? difference("decode, print, parse, encode", given, trip.binary_again) : changed;
}

}  // namespace heddle::wast
