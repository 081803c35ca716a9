// Characters and the three encodings that the canonical ABI knows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::component::canon {

enum class Encoding : uint8_t { utf8, utf16, latin1 };

std::optional<std::string> decode(std::span<const uint8_t> bytes, Encoding encoding);  // to UTF-8
// `text` is valid UTF-8, and every character of it is one of the encoding.
std::vector<uint8_t> encode(std::string_view text, Encoding encoding);

// The characters of valid UTF-8, one after another.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {}
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = uint32_t;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = uint32_t;
    Iterator(std::string_view text, size_t at) : text_(text), at_(at) {}
    uint32_t operator*() const;
    Iterator& operator++();
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    std::string_view text_;
    size_t at_;
  };
  Iterator begin() const { return {text_, 0}; }
  Iterator end() const { return {text_, text_.size()}; }

 private:
  std::string_view text_;
};

}  // namespace heddle::component::canon
