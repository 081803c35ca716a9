// The official component suite, for the tests that go through all of it.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "component/text/script.h"
#include "component/text/support.h"

namespace heddle::test {

// Calls `check` with the path and the script of each file of the official component suite (in the folder that
// HEDDLE_SPEC_TESTS names). False: there is none.
template <class Check>
bool each_suite_script(const Check& check) {
  const char* folder = std::getenv("HEDDLE_SPEC_TESTS");
  if (!folder) {
    MESSAGE("SKIPPED: the component suite, because HEDDLE_SPEC_TESTS is not set");
    return false;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(folder) + "/component")) {
    if (entry.path().extension() != ".wast") continue;
    CAPTURE(entry.path().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string source(std::istreambuf_iterator<char>(file), {});
    ErrorSink sink;
    auto script = component::parse_script(source, all_core_features(), &sink);
    REQUIRE_MESSAGE(script.ok(), (script.ok() ? "" : text::locate(source, script.error(), &sink, "script")));
    check(entry.path(), script.value());
  }
  return true;
}

}  // namespace heddle::test
