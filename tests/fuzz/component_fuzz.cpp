// libFuzzer's entry for components: any bytes are decoded; what is a component is encoded, and must come back as the
// same component. Its names are read, whatever they are, and it is validated.
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -Iengine -Itests tests/fuzz/component_fuzz.cpp
//           tests/component/same.cpp component/{syntax,binary,valid}/*.cpp engine/{base,syntax,binary,valid}/*.cpp
//           -o component-fuzz
#include <cstdio>
#include <cstdlib>
#include <string>

#include "component/binary/decode.h"
#include "component/binary/encode.h"
#include "component/binary/names.h"
#include "component/same.h"
#include "component/valid/check.h"

namespace {

using namespace heddle;

void require(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "component_fuzz: %s: %s\n", what, detail.c_str());
  std::abort();
}

component::Features all_features() {
  component::Features features;
  for (size_t i = 0; i < std::size(component::kFeatures); ++i) features.set(static_cast<component::Feature>(i), true);
  return features;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ErrorSink sink;
  auto decoded = component::decode({data, size}, all_features(), Features{}, &sink);
  if (!decoded.ok()) {
    require(decoded.error().offset <= size, "an error beyond the end", describe(decoded.error(), &sink));
    return 0;
  }
  const std::vector<uint8_t> bytes = component::encode(decoded.value());
  auto again = component::decode(bytes, all_features(), Features{}, nullptr);
  require(again.ok(), "what was encoded does not decode", again.ok() ? "" : describe(again.error(), nullptr));
  const std::string where = test::difference(decoded.value(), again.value());
  require(where.empty(), "what was encoded decodes to another component", where);
  const component::Names names = component::decode_names(decoded.value());
  static_cast<void>(component::encode_names(names).size());
  TypeRegistry registry;
  auto checked = component::check(decoded.value(), size, all_features(), Features{}, registry, &sink);
  require(checked.ok() || checked.error().offset <= size, "an error beyond the end", describe(Error{}, &sink));
  return 0;
}
