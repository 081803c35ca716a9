// Files are read in the order of their names, so that what is wrong is told the same everywhere. A component has of
// other packages only what it needs: where one of these is there as a whole, that is taken.
#include "component/wit/load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "component/syntax/limits.h"
#include "component/wit/parser.h"

namespace heddle::component::wit {
namespace {

namespace fs = std::filesystem;

class Loader {
 public:
  Loader(Sources& sources, const Translate& translate, const Texts& texts, ErrorSink* sink)
      : sources_(sources), translate_(translate), texts_(texts), sink_(sink) {}

  Result<void> path(const fs::path& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return file_group(path);
    TRY(folder_group(path));
    const fs::path deps = path / "deps";
    if (!fs::is_directory(deps, error)) return {};
    for (const fs::path& dep : TRY(entries(deps))) {
      if (fs::is_directory(dep, error)) {
        TRY(folder_group(dep));
      } else if (dep.extension() == ".wit" || (translate_ && is_component(dep))) {
        TRY(file_group(dep));
      }
    }
    return {};
  }

  // Of packages that several components have parts of, the first.
  void drop_known_parts() {
    std::set<std::string> known;
    const auto name = [](const ast::Header& header) {
      const ast::PackageName& parts = header.name;
      return std::string(parts.space.text) + ":" + std::string(parts.name.text) + "@" + std::string(parts.version);
    };
    for (size_t i = 0; i < groups.size(); ++i) {
      for (const ast::File& file : groups[i].files) {
        if (file.header) known.insert(name(*file.header));
        if (groups[i].translated) continue;
        for (const ast::NestedPackage& nested : file.nested) known.insert(name(nested.header));
      }
    }
    for (Group& group : groups) {
      if (!group.translated) continue;
      std::vector<ast::NestedPackage>& nested = group.files[0].nested;
      std::erase_if(nested, [&](const ast::NestedPackage& part) { return !known.insert(name(part.header)).second; });
    }
  }

  std::vector<Group> groups;

 private:
  static bool is_component(const fs::path& path) { return path.extension() == ".wasm" || path.extension() == ".wat"; }
  Error fail(const fs::path& path, const std::string& what) const {
    return invalid(sink_, kNoOffset, path.string() + ": " + what);
  }

  Result<std::vector<fs::path>> entries(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> found;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      found.push_back(at->path());
    }
    if (error) return fail(folder, error.message());
    std::sort(found.begin(), found.end());
    return found;
  }

  Result<void> folder_group(const fs::path& folder) {
    Group group{folder.string(), {}};
    std::error_code error;
    for (const fs::path& file : TRY(entries(folder))) {
      if (file.extension() == ".wit" && !fs::is_directory(file, error)) group.files.push_back(TRY(read(file)));
    }
    if (group.files.empty()) return fail(folder, "there is no .wit file in this folder");
    groups.push_back(std::move(group));
    return {};
  }

  Result<void> file_group(const fs::path& path) {
    Group group{path.string(), {}};
    if (translate_ && is_component(path)) {
      std::string text = TRY(translate_(path.string(), sink_));
      const Source* source = TRY(sources_.add(path.string(), std::move(text), true));
      group.files.push_back(TRY(parse(*source, sink_)));
      group.translated = true;
    } else {
      group.files.push_back(TRY(read(path)));
    }
    groups.push_back(std::move(group));
    return {};
  }

  Result<ast::File> read(const fs::path& path) {
    const auto known = texts_.find(path.string());
    std::string text = known != texts_.end() ? known->second : TRY(content(path));
    if (text.starts_with(std::string_view("\0asm", 4)))
      return fail(path, "this is a binary, where the text of WIT is wanted");
    const Source* source = TRY(sources_.add(path == "-" ? "<stdin>" : path.string(), std::move(text)));
    return parse(*source, sink_);
  }

  Result<std::string> content(const fs::path& path) const {
    std::ifstream stream(path, std::ios::binary);
    if (!stream.is_open()) return fail(path, std::strerror(errno));
    std::string text;
    // A size tells nothing about a pipe, and a file may grow.
    char block[65536];
    while (stream.read(block, sizeof block), stream.gcount() > 0) {
      text.append(block, static_cast<size_t>(stream.gcount()));
      if (text.size() > limits::kComponentBytes) return fail(path, "the file is too large");
    }
    if (!stream.eof()) return fail(path, "the file cannot be read");
    return text;
  }

  Sources& sources_;
  const Translate& translate_;
  const Texts& texts_;
  ErrorSink* sink_;
};

}  // namespace

Result<Wit> load(const std::vector<std::string>& paths, Sources& sources, const ResolveOptions& options,
                 ErrorSink* sink, const Translate& translate, const Texts& texts) {
  Loader loader(sources, translate, texts, sink);
  for (const std::string& path : paths) TRY(loader.path(path));
  loader.drop_known_parts();
  return resolve(loader.groups, sources, options, sink);
}

}  // namespace heddle::component::wit
