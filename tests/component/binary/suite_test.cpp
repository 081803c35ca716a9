// The binary components of the official suite: what is malformed is refused in the suite's words, everything else is
// decoded and survives the way there and back; cut off anywhere or with any bit flipped, it is taken or refused.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "component/binary/build.h"
#include "component/binary/encode.h"
#include "component/binary/names.h"
#include "component/same.h"
#include "text/lexer.h"

using namespace heddle;
using test::ByteVec;

namespace {

struct Case {
  std::string directive;  // assert_malformed, assert_invalid, or empty
  std::string words;
  ByteVec bytes;
};

// `(component ... binary "..." "...")`, perhaps in an assertion with what must be said.
std::vector<Case> cases(const std::string& source) {
  const text::Tokens tokens = text::tokenize(source);
  std::vector<Case> found;
  std::string directive;
  const auto& list = tokens.tokens;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].kind != text::Tok::lparen) continue;
    const auto word = tokens.text(list[i + 1]);
    if (word == "assert_malformed" || word == "assert_invalid") directive = word;
    if (word != "component") continue;
    const size_t end = list[i].length;
    size_t at = i + 1;
    while (at < end && tokens.text(list[at]) != "binary" && list[at].kind != text::Tok::lparen) ++at;
    if (at < end && tokens.text(list[at]) == "binary") {
      std::string bytes;
      for (size_t k = at + 1; k < end; ++k) tokens.append_decoded(list[k], bytes);
      Case& one = found.emplace_back();
      one.directive = directive;
      one.bytes.assign(bytes.begin(), bytes.end());
      if (!directive.empty()) tokens.append_decoded(list[end + 1], one.words);
    }
    directive.clear();
    i = end;
  }
  return found;
}

std::vector<Case> suite() {
  const char* folder = std::getenv("HEDDLE_SPEC_TESTS");
  if (!folder) {
    MESSAGE("SKIPPED: the binary components of the official suite, because HEDDLE_SPEC_TESTS is not set");
    return {};
  }
  std::ifstream file(std::string(folder) + "/component/binary/binary.wast", std::ios::binary);
  auto found = cases(std::string(std::istreambuf_iterator<char>(file), {}));
  CHECK(found.size() > 100);
  return found;
}

Result<component::Component> decode(std::span<const uint8_t> bytes, ErrorSink* sink = nullptr) {
  return component::decode(bytes, test::all_component_features(), Features{}, sink);
}

// What was decoded comes back from its own encoding.
void there_and_back(const component::Component& component) {
  const ByteVec encoded = component::encode(component);
  auto again = decode(encoded);
  REQUIRE(again.ok());
  CHECK(test::difference(component, again.value()) == "");
  CHECK(component::encode(again.value()) == encoded);
}

}  // namespace

TEST_CASE("binary components of the suite") {
  for (const Case& one : suite()) {
    CAPTURE(one.words);
    // What is wrong in a core module is found when it is decoded itself.
    const bool in_module = one.words == "section out of order";
    ErrorSink sink;
    auto decoded = decode(one.bytes, &sink);
    CHECK(decoded.ok() == (one.directive != "assert_malformed" || in_module));
    if (decoded.ok()) {
      there_and_back(decoded.value());
      static_cast<void>(component::decode_names(decoded.value()).component);
      continue;
    }
    CHECK(kind_of(decoded.error().code) == ErrorKind::malformed);
    CHECK(decoded.error().offset <= one.bytes.size());
    const std::string said = describe(decoded.error(), &sink);
    const bool in_its_words =
        said.find(one.words) != std::string::npos || one.words.starts_with(text_of(decoded.error().code));
    CHECK_MESSAGE(in_its_words, said);
  }
}

TEST_CASE("binary components, cut off or with a bit flipped") {
  for (const Case& one : suite()) {
    ByteVec bytes = one.bytes;
    auto exercise = [](std::span<const uint8_t> mutant) {
      auto decoded = decode(mutant);
      if (!decoded.ok()) return;
      const ByteVec encoded = component::encode(decoded.value());
      auto again = decode(encoded);
      REQUIRE(again.ok());
      REQUIRE(component::encode(again.value()) == encoded);
      static_cast<void>(component::decode_names(decoded.value()).component);
    };
    for (size_t size = 0; size < bytes.size(); ++size)
      exercise(std::vector(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)));
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
      exercise(bytes);
      bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    }
  }
}
