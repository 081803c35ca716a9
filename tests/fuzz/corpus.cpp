// The corpus: .wasm files as they are; of scripts, each (module ...) that is written as text and parses.
#include "tests/fuzz/corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>

#include "binary/encode.h"
#include "text/parse.h"

namespace heddle::fuzz {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<fs::path> files_below(std::span<const std::string> paths) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path, error)) {
      files.emplace_back(path);
      continue;
    }
    for (auto entry = fs::recursive_directory_iterator(path, error); entry != fs::recursive_directory_iterator();
         entry.increment(error)) {
      fs::path extension = entry->path().extension();
      if (extension == ".wast" || extension == ".wat" || extension == ".wasm") files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Behind a string, line comment or block comment that begins at `at`; `at` where none does.
size_t skip_opaque(std::string_view text, size_t at) {
  if (text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
  }
  if (text.substr(at, 2) == ";;") return std::min(text.find('\n', at), text.size());
  if (text.substr(at, 2) != "(;") return at;
  size_t depth = 1;
  for (at += 2; at < text.size() && depth > 0; ++at) {
    if (text.substr(at, 2) == "(;") ++depth, ++at;
    if (text.substr(at, 2) == ";)") --depth, ++at;
  }
  return at;
}

bool opens_module(std::string_view text) {
  return text.starts_with("(module") && text.find_first_of(" \n\t()\"", 7) == 7;
}

// The forms (module ...) of a script, at the top or one level down.
std::vector<std::string_view> module_forms(std::string_view text) {
  std::vector<std::string_view> forms;
  size_t depth = 0, start = 0, start_depth = 0;
  for (size_t at = 0; at < text.size();) {
    size_t behind = skip_opaque(text, at);
    if (behind != at) {
      at = behind;
      continue;
    }
    if (text[at] == '(') {
      if (start_depth == 0 && depth < 2 && opens_module(text.substr(at, 8))) start = at, start_depth = depth + 1;
      ++depth;
    } else if (text[at] == ')' && depth > 0) {
      if (depth-- == start_depth) {
        forms.push_back(text.substr(start, at + 1 - start));
        start_depth = 0;
      }
    }
    ++at;
  }
  return forms;
}

Features all_features() {
  Features features;
  for (size_t i = 0; i < std::size(kFeatures); ++i) features.set(static_cast<Feature>(i), true);
  return features;
}

}  // namespace

std::vector<Bytes> collect_modules(std::span<const std::string> paths, uint64_t max_bytes) {
  std::set<Bytes> modules;
  auto add = [&](Bytes bytes) {
    if (!bytes.empty() && bytes.size() <= max_bytes) modules.insert(std::move(bytes));
  };
  for (const fs::path& path : files_below(paths)) {
    std::string text = read_file(path);
    if (path.extension() == ".wasm") {
      add(Bytes(text.begin(), text.end()));
      continue;
    }
    for (std::string_view form : module_forms(text)) {
      auto parsed = text::parse_module(form, all_features(), nullptr);
      if (parsed.ok()) add(binary::encode(parsed.value().module));
    }
  }
  return {modules.begin(), modules.end()};
}

}  // namespace heddle::fuzz
