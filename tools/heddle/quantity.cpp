// A decimal number with an optional fraction and a unit, in integers: no rounding surprises, no locale.
#include "tools/heddle/quantity.h"

#include <span>

#include "base/checked.h"

namespace heddle::cli {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr uint64_t kMilli = 1'000'000, kSecond = 1'000'000'000;
constexpr Unit kDurations[] = {
    {"", kSecond},  {"ns", 1},           {"us", 1'000},         {"ms", kMilli},
    {"s", kSecond}, {"m", 60 * kSecond}, {"h", 3600 * kSecond},
};
constexpr uint64_t kKibi = 1024, kMebi = kKibi << 10, kGibi = kMebi << 10, kTebi = kGibi << 10;
constexpr Unit kSizes[] = {
    {"", 1},        {"B", 1},     {"K", kKibi},   {"KiB", kKibi}, {"k", kKibi},   {"M", kMebi},
    {"MiB", kMebi}, {"G", kGibi}, {"GiB", kGibi}, {"T", kTebi},   {"TiB", kTebi},
};
constexpr Unit kPlain[] = {{"", 1}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits, underscores between them, then perhaps a fraction, then one of the units.
std::optional<uint64_t> parse(std::string_view text, std::span<const Unit> units) {
  uint64_t whole = 0, fraction = 0, scale = 1;
  size_t at = 0;
  for (; at < text.size() && (is_digit(text[at]) || (at > 0 && text[at] == '_')); ++at) {
    if (text[at] == '_') continue;
    auto shifted = checked_mul(whole, 10);
    auto sum = shifted ? checked_add(*shifted, static_cast<uint64_t>(text[at] - '0')) : std::nullopt;
    if (!sum) return std::nullopt;
    whole = *sum;
  }
  if (at == 0 || text[at - 1] == '_') return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    size_t first = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (at - first >= 9) continue;  // beyond a nanosecond of a second
      fraction = fraction * 10 + static_cast<uint64_t>(text[at] - '0');
      scale *= 10;
    }
    if (at == first) return std::nullopt;
  }
  for (const Unit& unit : units) {
    if (unit.name != text.substr(at)) continue;
    auto product = checked_mul(whole, unit.factor);
    if (!product) return std::nullopt;
    uint64_t part = fraction * (unit.factor / scale) + fraction * (unit.factor % scale) / scale;
    return checked_add(*product, part);
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> parse_count(std::string_view text) {
  if (text.find('.') != std::string_view::npos) return std::nullopt;
  return parse(text, kPlain);
}
std::optional<uint64_t> parse_size_bytes(std::string_view text) { return parse(text, kSizes); }
std::optional<uint64_t> parse_duration_ns(std::string_view text) { return parse(text, kDurations); }

}  // namespace heddle::cli
