// The official WIT of WASI, from the folder $HEDDLE_WIT, which has a folder a release with a folder a package: all of
// it resolves, and what is printed means the same.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "component/wit/load.h"
#include "component/wit/parser.h"
#include "component/wit/print.h"

namespace heddle::component::wit {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> folders(const fs::path& folder) {
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Wit loaded(const std::vector<std::string>& paths, const ResolveOptions& options) {
  Sources sources;
  ErrorSink sink;
  auto wit = load(paths, sources, options, &sink);
  INFO(sink.headline);
  REQUIRE(wit.ok());
  return std::move(wit).value();
}

Wit parsed_again(const std::string& text, const ResolveOptions& options) {
  Sources sources;
  ErrorSink sink;
  auto file = parse(*sources.add("printed.wit", text).value(), &sink);
  INFO(sink.headline);
  REQUIRE(file.ok());
  std::vector<Group> groups(1);
  groups[0].files.push_back(std::move(file).value());
  auto wit = resolve(groups, sources, options, &sink);
  INFO(sink.headline);
  REQUIRE(wit.ok());
  return std::move(wit).value();
}

TEST_CASE("wit: the official interfaces of WASI") {
  const char* official = std::getenv("HEDDLE_WIT");
  if (!official) {
    MESSAGE("skipped: HEDDLE_WIT does not name the folder with the official WIT");
    return;
  }
  size_t packages = 0;
  for (const std::string& release : folders(official)) {
    std::vector<std::string> paths = folders(release);
    for (size_t i = 0; i < paths.size(); ++i, std::rotate(paths.begin(), paths.begin() + 1, paths.end())) {
      CAPTURE(paths[0]);
      for (bool all : {false, true}) {
        const ResolveOptions options{.features = {}, .all_features = all};
        const Wit first = loaded(paths, options);
        CHECK(first.packages.size() == paths.size());
        const std::string text = print(first, nullptr).value();
        const Wit second = parsed_again(text, options);
        CHECK(print(second, nullptr).value() == text);
        CHECK(parsed_again(print(second, nullptr).value(), options) == second);
      }
      ++packages;
    }
  }
  CHECK(packages > 0);
}

}  // namespace
}  // namespace heddle::component::wit
