// A file to work on, or standard input (`-`): its bytes, and whether they are a binary or a text, told by content.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::cli {

class Input {
 public:
  // Reads it all, or says what is wrong and returns nothing. Large files are mapped.
  static std::optional<Input> read(const std::string& path);
  static std::optional<Input> read(const std::string& path, std::string& wrong);  // without its name
  Input(Input&& other) noexcept;
  Input& operator=(Input&& other) noexcept;
  ~Input();

  const std::string& name() const { return name_; }  // as errors call it
  std::span<const uint8_t> bytes() const { return bytes_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  bool is_binary() const { return bytes_.empty() || bytes_[0] == 0; }  // no text has a NUL; "\0asm" starts with one

 private:
  explicit Input(std::string name) : name_(std::move(name)) {}
  std::string read_stream(int fd, uint64_t expected);  // what is wrong, or nothing

  std::string name_;
  std::span<const uint8_t> bytes_;
  std::vector<uint8_t> owned_;
  void* mapping_ = nullptr;
};

// Writes all of `bytes` to the file, or to standard output where the path is "-". Says what is wrong.
bool write_output(const std::string& path, std::span<const uint8_t> bytes);
bool write_output(const std::string& path, std::string_view text);

}  // namespace heddle::cli
