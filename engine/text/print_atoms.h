// The lexical parts of printed text (spec 6.3): numbers, strings, identifiers.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "syntax/names.h"

namespace heddle::text {

void append_number(std::string& out, uint64_t value);
void append_signed(std::string& out, int64_t value);

// The shortest decimal that reads back to the same bits; inf, nan and nan:0x... for what has no decimal.
void append_f32(std::string& out, uint32_t bits);
void append_f64(std::string& out, uint64_t bits);

// In double quotes. `append_string` escapes every byte that is not printable ASCII; `append_name` leaves UTF-8
// readable except for what would change how the surrounding text is displayed.
void append_string(std::string& out, std::string_view bytes);
void append_name(std::string& out, std::string_view name);

// `$name`, or `$"name"` where that needs quotes; nothing for a name that cannot be an identifier.
std::string identifier(std::string_view name);

// Identifiers for the names of one index space: `$name`, or `$"name"` where that needs quotes. Where a name repeats,
// the later ones get a suffix, and the original goes into an annotation.
class IdMap {
 public:
  IdMap() = default;
  IdMap(const syntax::NameMap& names, uint64_t count);  // of the indices below `count`

  struct Id {
    std::string text;   // with the $; empty for a name that cannot be an identifier
    bool exact = true;  // says the name exactly: no annotation needed
    std::string_view name;
  };
  const Id* find(uint32_t index) const {
    auto at = ids_.find(index);
    return at == ids_.end() ? nullptr : &at->second;
  }

 private:
  std::unordered_map<uint32_t, Id> ids_;
};

}  // namespace heddle::text
