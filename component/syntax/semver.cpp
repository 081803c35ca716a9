// One pass over the text: three numbers, then identifiers separated by dots, before a release and after it.
#include "component/syntax/semver.h"

#include <algorithm>
#include <charconv>

namespace heddle::component {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_identifier(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
bool is_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

class Parser {
 public:
  Parser(std::string_view text, std::string* why) : rest_(text), why_(why) {}

  std::optional<SemVer> run() {
    if (rest_.empty()) return fail("empty string, expected a semver version");
    SemVer version;
    if (!number(version.major, "major version number") || !dot("major version number")) return std::nullopt;
    if (!number(version.minor, "minor version number") || !dot("minor version number")) return std::nullopt;
    if (!number(version.patch, "patch version number")) return std::nullopt;
    if (take('-') && !identifiers(version.pre, "pre-release identifier", true)) return std::nullopt;
    if (take('+') && !identifiers(version.build, "build metadata", false)) return std::nullopt;
    if (!rest_.empty()) return unexpected(version.pre.empty() ? "patch version number" : "pre-release identifier");
    return version;
  }

 private:
  std::nullopt_t fail(std::string text) {
    if (why_) *why_ = std::move(text);
    return std::nullopt;
  }
  std::nullopt_t unexpected(std::string_view where) {
    std::string place = " while parsing " + std::string(where);
    if (rest_.empty()) return fail("unexpected end of input" + place);
    return fail("unexpected character '" + std::string(1, rest_.front()) + "'" + place);
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool dot(std::string_view where) { return take('.') || (unexpected(where), false); }

  bool number(uint64_t& value, std::string_view what) {
    const size_t digits = std::find_if_not(rest_.begin(), rest_.end(), is_digit) - rest_.begin();
    if (digits == 0) return unexpected(what), false;
    if (digits > 1 && rest_.front() == '0') return fail("invalid leading zero in " + std::string(what)), false;
    const std::string_view number = rest_.substr(0, digits);
    if (std::from_chars(number.data(), number.data() + number.size(), value).ec != std::errc()) {
      return fail("value of " + std::string(what) + " exceeds u64::MAX"), false;
    }
    rest_.remove_prefix(digits);
    return true;
  }

  // Identifiers separated by dots; before a release numbers have no leading zeros.
  bool identifiers(std::string_view& found, std::string_view what, bool ordered) {
    const char* begin = rest_.data();
    for (;;) {
      const size_t length = std::find_if_not(rest_.begin(), rest_.end(), is_identifier) - rest_.begin();
      std::string_view one = rest_.substr(0, length);
      if (one.empty()) return fail("empty identifier segment in " + std::string(what)), false;
      if (ordered && one.size() > 1 && one.front() == '0' && is_number(one)) {
        return fail("invalid leading zero in " + std::string(what)), false;
      }
      rest_.remove_prefix(length);
      found = {begin, static_cast<size_t>(rest_.data() - begin)};
      if (!take('.')) return true;
    }
  }

  std::string_view rest_;
  std::string* why_;
};

std::string_view next_identifier(std::string_view& rest) {
  const size_t dot = std::min(rest.find('.'), rest.size());
  std::string_view one = rest.substr(0, dot);
  rest.remove_prefix(std::min(dot + 1, rest.size()));
  return one;
}

// Numbers come before words, and are ordered as numbers: by length first, as none has a leading zero.
std::strong_ordering identifier_order(std::string_view a, std::string_view b) {
  const bool a_number = is_number(a), b_number = is_number(b);
  if (a_number != b_number) return a_number ? std::strong_ordering::less : std::strong_ordering::greater;
  if (a_number && a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::strong_ordering pre_order(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();  // a release comes after what was before it
  while (!a.empty() && !b.empty()) {
    const std::strong_ordering order = identifier_order(next_identifier(a), next_identifier(b));
    if (order != 0) return order;
  }
  return a.size() <=> b.size();
}

}  // namespace

std::string SemVer::canonical() const {
  if (!pre.empty()) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch) + "-" + std::string(pre);
  }
  if (major > 0) return std::to_string(major);
  if (minor > 0) return "0." + std::to_string(minor);
  return "0.0." + std::to_string(patch);
}

std::strong_ordering precedence(const SemVer& a, const SemVer& b) {
  if (auto order = a.major <=> b.major; order != 0) return order;
  if (auto order = a.minor <=> b.minor; order != 0) return order;
  if (auto order = a.patch <=> b.patch; order != 0) return order;
  return pre_order(a.pre, b.pre);
}

std::optional<SemVer> parse_semver(std::string_view text, std::string* why) { return Parser(text, why).run(); }

}  // namespace heddle::component
