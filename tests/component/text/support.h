// What the tests of the text format of components share.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "component/binary/build.h"
#include "component/same.h"
#include "component/text/parse.h"
#include "component/valid/check.h"
#include "text/parse.h"

namespace heddle::test {

inline Features all_core_features() {
  Features features;
  for (size_t i = 0; i < std::size(kFeatures); ++i) features.set(static_cast<Feature>(i), true);
  return features;
}

inline component::Parsed parsed_component(std::string_view source) {
  ErrorSink sink;
  auto result = component::parse(source, all_component_features(), all_core_features(), &sink);
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : text::locate(source, result.error(), &sink, "test")));
  return std::move(result).value();
}

inline Result<component::Checked> checked_component(const component::Component& component, std::string_view source,
                                                    TypeRegistry& registry, ErrorSink& sink) {
  return component::check(component, source.size(), all_component_features(), all_core_features(), registry, &sink);
}

}  // namespace heddle::test
