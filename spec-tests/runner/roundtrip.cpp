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

std::string difference(std::string_view step, std::span<const uint8_t> before, std::span<const uint8_t> after) {
  if (std::equal(before.begin(), before.end(), after.begin(), after.end())) return {};
  size_t same = 0;
  while (same < before.size() && same < after.size() && before[same] == after[same]) ++same;
  return fmt::format("{}: {} bytes became {}, different from offset 0x{:x}", step, before.size(), after.size(), same);
}

}  // namespace

std::string check_roundtrip(std::span<const uint8_t> binary, const Features& features, bool named) {
  ErrorSink sink;
  auto module = binary::decode(binary, features, &sink);
  if (!module.ok()) return "decode: " + describe(module.error(), &sink);
  std::vector<uint8_t> canonical = binary::encode(module.value());
  if (named) {  // what our own encoder wrote is in canonical form already
    std::string changed = difference("decode and encode", binary, canonical);
    if (!changed.empty()) return changed;
  }
  auto again = binary::decode(canonical, features, &sink);
  if (!again.ok()) return "decode what was encoded: " + describe(again.error(), &sink);
  syntax::Names names = binary::decode_names(again.value());
  std::string text = text::print(again.value(), named ? &names : nullptr);
  auto parsed = text::parse_module(text, features, &sink);
  if (!parsed.ok()) return "parse what was printed: " + text::locate(text, parsed.error(), &sink, "printed");
  std::vector<uint8_t> back = text::assemble(std::move(parsed).value());
  return difference("print and parse", canonical, back);
}

}  // namespace heddle::wast
