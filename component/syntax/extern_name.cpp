// Names are short: they are looked at once, from the front, and their parts are views of them.
#include "component/syntax/extern_name.h"

#include <algorithm>

#include "component/syntax/quote.h"

namespace heddle::component {
namespace {

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

struct Annotation {
  std::string_view prefix;
  ParsedName::Kind kind;
};
constexpr Annotation kAnnotations[] = {
    {"[constructor]", ParsedName::Kind::constructor},
    {"[method]", ParsedName::Kind::method},
    {"[static]", ParsedName::Kind::static_},
};

// Fragments between hyphens; a word has no upper case letter, an acronym no lower case one.
bool is_kebab(std::string_view text, bool acronyms) {
  bool first = true;
  while (true) {
    const size_t end = std::min(text.find('-'), text.size());
    bool lower = false, upper = false;
    for (char c : text.substr(0, end)) {
      if (!is_lower(c) && !is_upper(c) && !is_digit(c)) return false;
      lower |= is_lower(c);
      upper |= is_upper(c);
    }
    if (end == 0 || (lower && upper) || (upper && !acronyms)) return false;
    if (first && is_digit(text.front())) return false;
    first = false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

// Of the kinds of canonical versions: 1, 0.2, 0.0.3 and 0.0.0.
bool is_canonical_version(std::string_view text) {
  auto is_positive = [](std::string_view number) {
    return !number.empty() && number.front() != '0' && std::all_of(number.begin(), number.end(), is_digit);
  };
  if (text == "0.0.0") return true;
  if (text.starts_with("0.0.")) return is_positive(text.substr(4));
  if (text.starts_with("0.")) return is_positive(text.substr(2));
  return is_positive(text);
}

class NameParser {
 public:
  NameParser(std::string_view text, const Features& features, std::string* why)
      : text_(text), features_(features), why_(why) {}

  std::optional<ParsedName> run() {
    for (const Annotation& annotation : kAnnotations) {
      if (!text_.starts_with(annotation.prefix)) continue;
      name_.kind = annotation.kind;
      return annotated(text_.substr(annotation.prefix.size())) ? std::optional(name_) : std::nullopt;
    }
    const bool good = text_.find(':') == std::string_view::npos ? label(text_, name_.label) : interface();
    return good ? std::optional(name_) : std::nullopt;
  }

 private:
  bool fail(std::string text) {
    if (why_) *why_ = std::move(text);
    return false;
  }
  bool not_kebab(std::string_view text) { return fail(quoted(text) + " is not in kebab case"); }

  bool label(std::string_view text, std::string_view& part) {
    part = text;
    return is_label(text) || not_kebab(text);
  }

  bool annotated(std::string_view text) {
    if (name_.kind == ParsedName::Kind::constructor) return label(text, name_.label);
    const size_t dot = text.find('.');
    if (dot == std::string_view::npos) return fail("failed to find `.` character");
    return label(text.substr(0, dot), name_.label) && label(text.substr(dot + 1), name_.field);
  }

  // A namespace, a package, or what nests in one: lower case words.
  bool words(std::string_view text) {
    if (!is_label(text)) return not_kebab(text);
    return is_kebab(text, false) || fail(quoted(text) + " is not in lower case");
  }

  bool interface() {
    name_.kind = ParsedName::Kind::interface;
    std::string_view rest = text_;
    if (const size_t at = rest.find('@'); at != std::string_view::npos) {
      name_.version = rest.substr(at + 1);
      rest = rest.substr(0, at);
      if (!version()) return false;
    }
    const bool nested = features_.has(Feature::nested_names);
    size_t colon = rest.find(':');
    if (!words(rest.substr(0, colon))) return false;
    rest.remove_prefix(colon + 1);
    while (nested && (colon = rest.find(':')) != std::string_view::npos) {
      if (!words(rest.substr(0, colon))) return false;
      rest.remove_prefix(colon + 1);
    }
    const size_t slash = rest.find_first_of("/:");
    if (!words(rest.substr(0, slash))) return false;
    if (slash == std::string_view::npos || rest[slash] == ':') return fail("expected `/` after package name");
    return projections(rest.substr(slash + 1), nested);
  }

  bool projections(std::string_view rest, bool nested) {
    for (;;) {
      const size_t slash = rest.find('/');
      if (!label(rest.substr(0, slash), name_.projection)) return false;
      if (slash == std::string_view::npos) break;
      if (!nested) return fail("trailing characters found: " + quoted(rest.substr(slash)));
      rest.remove_prefix(slash + 1);
    }
    name_.package = text_.substr(0, static_cast<size_t>(name_.projection.data() - text_.data()) - 1);
    return true;
  }

  bool version() {
    name_.canonical = features_.has(Feature::canonical_names) && is_canonical_version(name_.version);
    std::string reason;
    if (name_.canonical || parse_semver(name_.version, &reason)) return true;
    return fail(quoted(name_.version) + " is not a valid semver: " + reason);
  }

  std::string_view text_;
  const Features& features_;
  std::string* why_;
  ParsedName name_;
};

}  // namespace

bool is_label(std::string_view text) { return is_kebab(text, true); }

std::optional<ParsedName> parse_extern_name(std::string_view text, const Features& features, std::string* why) {
  const auto name = NameParser(text, features, why).run();
  if (name || !why) return name;
  for (const Feature feature : {Feature::nested_names, Feature::canonical_names}) {
    Features more = features;
    more.set(feature, true);
    if (!NameParser(text, more, nullptr).run()) continue;
    const FeatureInfo& info = kFeatures[static_cast<size_t>(feature)];
    *why += "; such a name needs " + std::string(info.flag) + " (" + std::string(info.what) + ")";
  }
  return std::nullopt;
}

std::string VersionedName::shared() const {
  return std::string(name.package) + "/" + std::string(name.projection) + "@" + version.canonical();
}

std::optional<VersionedName> versioned(std::string_view text) {
  const auto name = parse_extern_name(text, Features(), nullptr);
  if (!name || name->kind != ParsedName::Kind::interface || name->version.empty()) return std::nullopt;
  const auto version = parse_semver(name->version, nullptr);
  if (!version) return std::nullopt;
  return VersionedName{*name, *version};
}

std::string without_version(std::string_view name) {
  const size_t at = std::min(name.find('@'), name.size());
  const size_t behind = std::min(name.find('#', at), name.size());
  return std::string(name.substr(0, at)) + std::string(name.substr(behind));
}

std::string unique_key(std::string_view name) {
  std::string_view rest = name;
  for (const Annotation& annotation : kAnnotations) {
    if (annotation.kind == ParsedName::Kind::constructor || !rest.starts_with(annotation.prefix)) continue;
    rest.remove_prefix(annotation.prefix.size());
    break;
  }
  std::string key(rest);
  const auto version = std::find(key.begin(), key.end(), '@');  // in which the case of letters tells
  std::transform(key.begin(), version, key.begin(), to_lower);
  const size_t dot = key.find('.');
  const bool annotated = rest.size() != name.size();
  if (annotated && dot != std::string::npos && key.compare(0, dot, key, dot + 1) == 0) key.resize(dot);
  return key;
}

}  // namespace heddle::component
