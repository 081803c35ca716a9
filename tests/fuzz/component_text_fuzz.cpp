// libFuzzer's entry for the text of components: any bytes are parsed as a component and as a script. What is a
// component comes back the same through its binary, and what is decoded, through its printed text; errors lie inside
// the text.
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -Iengine -Itests
//           tests/fuzz/component_text_fuzz.cpp tests/component/same.cpp component/{syntax,binary,text}/*.cpp
//           engine/{base,syntax,binary,text}/*.cpp -o component-text-fuzz
#include <cstdio>
#include <cstdlib>
#include <string>

#include "component/binary/decode.h"
#include "component/binary/encode.h"
#include "component/same.h"
#include "component/text/parse.h"
#include "component/text/print.h"
#include "component/text/script.h"
#include "text/parse.h"

namespace {

using namespace heddle;

void require(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "component_text_fuzz: %s: %s\n", what, detail.c_str());
  std::abort();
}

component::Features all_features() {
  component::Features features;
  for (size_t i = 0; i < std::size(component::kFeatures); ++i) features.set(static_cast<component::Feature>(i), true);
  return features;
}

void check_error(std::string_view source, Error error, const ErrorSink& sink) {
  require(error.offset <= source.size(), "an error beyond the text", describe(error, &sink));
  require(!text::locate(source, error, &sink, "fuzz").empty(), "an error without words", "");
}

void parse_as_component(std::string_view source) {
  ErrorSink sink;
  auto parsed = component::parse(source, all_features(), Features{}, &sink);
  if (!parsed.ok()) return check_error(source, parsed.error(), sink);
  const std::vector<uint8_t> bytes = component::encode(parsed.value().component);
  auto decoded = component::decode(bytes, all_features(), Features{}, &sink);
  if (!decoded.ok()) {
    // Limits of the two formats are not the same.
    require(kind_of(decoded.error().code) == ErrorKind::invalid, "what was encoded does not decode",
            describe(decoded.error(), &sink));
    return;
  }
  const std::string where = test::difference(parsed.value().component, decoded.value());
  require(where.empty(), "what was encoded decodes to another component", where);
  const std::string printed = component::print(decoded.value());
  auto again = component::parse(printed, all_features(), Features{}, &sink);
  // What was binary in the text may be what no text can say.
  const bool sayable = source.find("binary") == std::string_view::npos;
  require(again.ok() || !sayable, "what was printed is no component", again.ok() ? "" : printed);
  if (!again.ok()) return;
  const std::string changed = test::difference(decoded.value(), again.value().component);
  require(changed.empty(), "what was printed is another component", changed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // SAFETY: characters are looked at as bytes of either sign.
  std::string_view source(reinterpret_cast<const char*>(data), size);
  parse_as_component(source);
  ErrorSink sink;
  auto script = component::parse_script(source, Features{}, &sink);
  if (!script.ok()) {
    check_error(source, script.error(), sink);
    return 0;
  }
  for (const text::Command& command : script.value().script.commands) {
    if (command.module.extended && command.kind != text::Command::Kind::module_instance) {
      static_cast<void>(component::parse(command.module, all_features(), Features{}, nullptr).ok());
    }
  }
  return 0;
}
