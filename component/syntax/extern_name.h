// The names of imports and exports (Explainer.md, "Import and Export Definitions"): their grammar, their parts, and
// when two of them are too much alike for one scope.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "component/syntax/features.h"
#include "component/syntax/semver.h"

namespace heddle::component {

struct ParsedName {
  enum class Kind : uint8_t {
    label,        // label
    constructor,  // [constructor]label
    method,       // [method]label.field
    static_,      // [static]label.field
    interface,    // namespace:package/projection@version
  };
  Kind kind = Kind::label;
  std::string_view label, field;
  std::string_view package;     // interface: all before the last slash
  std::string_view projection;  // interface: all behind it, but for the version
  std::string_view version;     // interface: behind the @, or empty
  bool canonical = false;       // the version is a canonical one, which is no semantic version
};

// Is it in kebab case: words of lower case letters and acronyms, each beginning with a letter only at the start?
bool is_label(std::string_view text);

// What is wrong is said in `why`, unless that is null.
std::optional<ParsedName> parse_extern_name(std::string_view text, const Features& features, std::string* why);

// Names of one scope are strongly unique when these differ (Explainer.md, "Name Uniqueness").
std::string unique_key(std::string_view name);

// Of an interface whose name has a version.
struct VersionedName {
  ParsedName name;
  SemVer version;
  // "a:b/c@1": what compatible versions have in common.
  std::string shared() const;
};
std::optional<VersionedName> versioned(std::string_view text);

// "a:b/c@1.0.0#f": "a:b/c#f".
std::string without_version(std::string_view name);

}  // namespace heddle::component
