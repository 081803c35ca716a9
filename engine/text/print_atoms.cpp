// Numbers go through std::to_chars, whose floats are shortest round-trip. Escapes are \hh, the one form that fits
// bytes.
#include "text/print_atoms.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <unordered_set>
#include <vector>

#include "base/utf8.h"

namespace heddle::text {
namespace {

template <class T>
void append_chars(std::string& out, T value, int base = 10) {
  char digits[32];
  auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  out.append(digits, end);
}

// The special values by hand, since the text format has its own words for them.
template <class Float, class Bits>
void append_float(std::string& out, Bits bits, int mantissa_bits) {
  Bits mantissa = bits & ((Bits{1} << mantissa_bits) - 1);
  Bits exponent_mask = static_cast<Bits>(~Bits{0}) >> (mantissa_bits + 1);
  bool special = (bits >> mantissa_bits & exponent_mask) == exponent_mask;
  if (!special) {
    char digits[32];
    auto end = std::to_chars(digits, digits + sizeof digits, std::bit_cast<Float>(bits)).ptr;
    out.append(digits, end);
    return;
  }
  if (bits >> (sizeof(Bits) * 8 - 1)) out += '-';
  if (mantissa == 0) {
    out += "inf";
    return;
  }
  out += "nan";
  if (mantissa == Bits{1} << (mantissa_bits - 1)) return;
  out += ":0x";
  append_chars(out, mantissa, 16);
}

void append_escape(std::string& out, uint8_t byte) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '\\';
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

bool plain(uint8_t byte) { return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\'; }

// Characters that are invisible or reorder what is around them: C1 controls, zero width and bidirectional marks.
bool hidden(uint32_t c) {
  return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

void append_name_content(std::string& out, std::string_view name) {
  for (size_t i = 0; i < name.size();) {
    auto lead = static_cast<uint8_t>(name[i]);
    size_t length = utf8::sequence_length(lead);
    length = std::min(length, name.size() - i);
    uint32_t c = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t k = 1; k < length; ++k) c = c << 6 | (static_cast<uint8_t>(name[i + k]) & 0x3f);
    bool readable = length == 1 ? plain(lead) : !hidden(c);
    for (size_t k = 0; k < length; ++k) {
      if (readable) {
        out += name[i + k];
      } else {
        append_escape(out, static_cast<uint8_t>(name[i + k]));
      }
    }
    i += length;
  }
}

bool is_id_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-./:<=>?@\\^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         kMarks.find(c) != std::string_view::npos;
}

}  // namespace

void append_number(std::string& out, uint64_t value) { append_chars(out, value); }
void append_signed(std::string& out, int64_t value) { append_chars(out, value); }
void append_f32(std::string& out, uint32_t bits) { append_float<float>(out, bits, 23); }
void append_f64(std::string& out, uint64_t bits) { append_float<double>(out, bits, 52); }

void append_string(std::string& out, std::string_view bytes) {
  out += '"';
  for (char c : bytes) {
    if (plain(static_cast<uint8_t>(c))) {
      out += c;
    } else {
      append_escape(out, static_cast<uint8_t>(c));
    }
  }
  out += '"';
}

void append_name(std::string& out, std::string_view name) {
  if (!utf8::valid(name)) return append_string(out, name);
  out += '"';
  append_name_content(out, name);
  out += '"';
}

std::string identifier(std::string_view name) {
  if (name.empty() || !utf8::valid(name)) return {};
  std::string id = "$";
  if (std::all_of(name.begin(), name.end(), is_id_char)) return id.append(name);
  id += '"';
  append_name_content(id, name);
  id += '"';
  return id;
}

IdMap::IdMap(const syntax::NameMap& names, uint64_t count) {
  std::vector<uint32_t> order;
  order.reserve(names.size());
  for (const auto& [index, name] : names) {
    if (index < count) order.push_back(index);
  }
  std::sort(order.begin(), order.end());
  // A name belongs to the first index that has it; suffixed ones must keep clear of all names.
  std::unordered_set<std::string> used;
  std::vector<uint32_t> repeated;
  for (uint32_t index : order) {
    const std::string& name = names.at(index);
    if (!utf8::valid(name)) continue;
    if (!name.empty() && !used.insert(name).second) {
      repeated.push_back(index);
    } else {
      ids_.emplace(index, Id{identifier(name), !name.empty(), name});
    }
  }
  for (uint32_t index : repeated) {
    const std::string& name = names.at(index);
    std::string unique = name + "#" + std::to_string(index);
    while (!used.insert(unique).second) unique += '#';
    ids_.emplace(index, Id{identifier(unique), false, name});
  }
}

}  // namespace heddle::text
