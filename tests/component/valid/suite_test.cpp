// The official component suite (the folder that HEDDLE_SPEC_TESTS names): every component that is not asserted to be
// invalid is valid, as text and as binary; every other is refused in the suite's words.
#include <algorithm>
#include <cctype>

#include "component/binary/decode.h"
#include "component/binary/encode.h"
#include "component/text/suite.h"
#include "component/valid/check.h"

using namespace heddle;

namespace {

struct Tally {
  size_t valid = 0, invalid = 0;
};

// Names in the suite that only gated features allow: it is written for an engine without them.
component::Features features_of(const std::filesystem::path& file) {
  component::Features features = test::all_component_features();
  if (file.filename() == "extern-names.wast") features.set(component::Feature::nested_names, false);
  return features;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Where the suite's words are those of one engine, and ours others.
bool in_other_words(const std::string& expected) {
  return expected == "expected a result, found none";  // where none is wanted and one is found
}

std::string checked(const component::Component& component, size_t size, const component::Features& features) {
  TypeRegistry registry;
  ErrorSink sink;
  auto result = component::check(component, size, features, test::all_core_features(), registry, &sink);
  return result.ok() ? "" : describe(result.error(), &sink);
}

void check(const text::Command& command, const component::Features& features, Tally& tally) {
  using enum text::Command::Kind;
  if (!command.module.extended || command.kind == module_instance || command.kind == assert_malformed) return;
  CAPTURE(command.offset);
  CAPTURE(command.expected);
  ErrorSink sink;
  auto parsed = component::parse(command.module, features, test::all_core_features(), &sink);
  REQUIRE(parsed.ok());
  const component::Component& component = parsed.value().component;
  const std::vector<uint8_t> bytes = component::encode(component);
  std::string said = checked(component, bytes.size(), features);
  auto decoded = component::decode(bytes, features, test::all_core_features(), nullptr);
  REQUIRE(decoded.ok());
  CHECK(checked(decoded.value(), bytes.size(), features) == said);
  if (command.kind != assert_invalid) {
    ++tally.valid;
    CHECK(said == "");
    return;
  }
  ++tally.invalid;
  CHECK(said != "");
  if (!in_other_words(command.expected)) {
    CHECK_MESSAGE(lower(said).find(lower(command.expected)) != std::string::npos, said);
  }
}

}  // namespace

TEST_CASE("the component suite, valid and invalid") {
  Tally tally;
  const bool ran = test::each_suite_script([&](const std::filesystem::path& path, const component::Script& script) {
    const component::Features features = features_of(path);
    for (const text::Command& command : script.script.commands) check(command, features, tally);
  });
  if (!ran) return;
  CHECK(tally.valid > 250);
  CHECK(tally.invalid > 350);
}
