// The official component suite (the folder that HEDDLE_SPEC_TESTS names): every script parses; every component of one
// that is not malformed comes back the same through its binary and through its printed text.
#include "component/text/suite.h"

#include "component/binary/decode.h"
#include "component/binary/encode.h"
#include "component/binary/names.h"
#include "component/text/print.h"

using namespace heddle;
using test::ByteVec;

namespace {

struct Tally {
  size_t components = 0, malformed = 0, values = 0;
};

// What is said of a component that is wrong; empty if it is not. The bytes are those of the component with its names.
std::string assembled(const Result<component::Parsed>& parsed, const ErrorSink& sink, std::string_view source) {
  return parsed.ok() ? "" : text::locate(source, parsed.error(), &sink, "the component");
}

// The binary and the printed text, with names and without, bring the component back.
std::string trip(component::Parsed parsed) {
  const ByteVec plain = component::encode(parsed.component);
  auto decoded = component::decode(plain, test::all_component_features(), test::all_core_features(), nullptr);
  if (!decoded.ok()) return "decode: " + std::string(text_of(decoded.error().code));
  if (auto where = test::difference(parsed.component, decoded.value()); !where.empty()) return "decode: " + where;
  const ByteVec bytes = component::assemble(std::move(parsed));
  auto named = component::decode(bytes, test::all_component_features(), test::all_core_features(), nullptr);
  if (!named.ok()) return "names: " + std::string(text_of(named.error().code));
  const component::Names names = component::decode_names(named.value());
  for (const component::Names* used : {&names, static_cast<const component::Names*>(nullptr)}) {
    const std::string printed = component::print(named.value(), used);
    ErrorSink sink;
    auto again = component::parse(printed, test::all_component_features(), test::all_core_features(), &sink);
    if (!again.ok()) return assembled(again, sink, printed);
    if (component::assemble(std::move(again).value()) != bytes) return "not the same again:\n" + printed;
  }
  return {};
}

// What the text format cannot say, or does not look at.
bool is_exempt(const text::Command& command) {
  return command.expected.starts_with("duplicate 'implements'") || command.expected == "section out of order";
}

void check(const text::Command& command, Tally& tally) {
  using enum text::Command::Kind;
  if (!command.module.extended || command.kind == module_instance) return;
  ErrorSink sink;
  auto parsed = component::parse(command.module, test::all_component_features(), test::all_core_features(), &sink);
  CAPTURE(command.offset);
  CAPTURE(command.expected);
  if (command.kind == assert_malformed) {
    ++tally.malformed;
    if (is_exempt(command)) return;
    REQUIRE_FALSE(parsed.ok());
    CHECK(kind_of(parsed.error().code) == ErrorKind::malformed);
    const std::string said = describe(parsed.error(), &sink);
    CHECK_MESSAGE((said.starts_with(command.expected) || command.expected.starts_with(said)), said);
    return;
  }
  ++tally.components;
  CHECK(assembled(parsed, sink, command.module.content()) == "");
  if (parsed.ok() && !is_exempt(command)) CHECK(trip(std::move(parsed).value()) == "");
}

}  // namespace

TEST_CASE("the component suite, there and back") {
  Tally tally;
  const bool ran = test::each_suite_script([&](const std::filesystem::path&, const component::Script& script) {
    for (const text::Command& command : script.script.commands) check(command, tally);
    tally.values += script.values.size();
  });
  if (!ran) return;
  CHECK(tally.components > 600);
  CHECK(tally.malformed > 50);
  CHECK(tally.values > 500);
}
