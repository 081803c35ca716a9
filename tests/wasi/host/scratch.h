// A folder of the test's own, removed at the end.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "wasi/host/directory.h"

namespace heddle::wasi::test {

class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "heddle-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
    std::filesystem::create_directory(path_ + "/inside");
    write("outside.txt", "secret");
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // What a guest is given is `inside`; beside it lies outside.txt.
  std::string root() const { return path_ + "/inside"; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  Descriptor open(bool may_change = true, Resolver resolver = Resolver::kernel) const {
    Fallible<Descriptor> dir = open_directory(root(), may_change);
    Descriptor opened = std::move(dir).value();
    opened.resolver = resolver;
    return opened;
  }

  void write(const std::string& name, const std::string& text) const {
    FILE* file = fopen(path(name).c_str(), "w");
    if (!file) std::abort();
    fwrite(text.data(), 1, text.size(), file);
    fclose(file);
  }
  std::string read(const std::string& name) const {
    char text[256] = {};
    FILE* file = fopen(path(name).c_str(), "r");
    if (!file) return "(none)";
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    return {text, size};
  }
  void make_dir(const std::string& name) const { std::filesystem::create_directories(path(name)); }
  void make_link(const std::string& target, const std::string& name) const {
    std::filesystem::create_symlink(target, path(name));
  }
  bool exists(const std::string& name) const {
    struct stat about;
    return lstat(path(name).c_str(), &about) == 0;
  }

 private:
  std::string path_;
};

}  // namespace heddle::wasi::test
