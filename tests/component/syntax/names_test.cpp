// Names of imports and exports, and the versions in them.
#include <doctest/doctest.h>

#include <string>

#include "component/syntax/extern_name.h"

namespace heddle::component {
namespace {

std::string why_not(std::string_view name, const Features& features = {}) {
  std::string why;
  return parse_extern_name(name, features, &why) ? "" : why;
}

TEST_CASE("component: labels are in kebab case") {
  for (const char* good : {"a", "a1", "a-1", "a-1-b-2", "B", "B1-C-2", "a11-B11-123-ABC-abc", "is-XML"}) {
    CAPTURE(std::string(good));
    CHECK(is_label(good));
  }
  for (const char* bad : {"", "1", "1-a", "a-", "a--b", "-a", "aBc", "Ab", "a_b", "a.b", "\xc3\xa9"}) {
    CAPTURE(std::string(bad));
    CHECK(!is_label(bad));
  }
}

TEST_CASE("component: annotated names have their labels") {
  auto method = parse_extern_name("[method]my-res.do-IT", {}, nullptr);
  REQUIRE(method.has_value());
  CHECK(method->kind == ParsedName::Kind::method);
  CHECK(method->label == "my-res");
  CHECK(method->field == "do-IT");
  CHECK(parse_extern_name("[constructor]r", {}, nullptr)->kind == ParsedName::Kind::constructor);
  CHECK(parse_extern_name("[static]r.f", {}, nullptr)->kind == ParsedName::Kind::static_);
  CHECK(why_not("[constructor]") == "`` is not in kebab case");
  CHECK(why_not("[method]a") == "failed to find `.` character");
  CHECK(why_not("[method]a.") == "`` is not in kebab case");
  CHECK(why_not("[static]a.b.c") == "`b.c` is not in kebab case");
  CHECK(why_not("[async]a") == "`[async]a` is not in kebab case");
}

TEST_CASE("component: interface names have a package, a projection and a version") {
  auto name = parse_extern_name("wasi:http/types@0.2.6-rc.1+b", {}, nullptr);
  REQUIRE(name.has_value());
  CHECK(name->kind == ParsedName::Kind::interface);
  CHECK(name->package == "wasi:http");
  CHECK(name->projection == "types");
  CHECK(name->version == "0.2.6-rc.1+b");
  CHECK(why_not("ns-1-a:b-1-c/D-2").empty());
  CHECK(why_not("wasi:") == "`` is not in kebab case");
  CHECK(why_not("WaSi:http/types") == "`WaSi` is not in kebab case");
  CHECK(why_not("wasi:http/TyPeS") == "`TyPeS` is not in kebab case");
  CHECK(why_not("A:b/c") == "`A` is not in lower case");
  CHECK(why_not("wasi:http") == "expected `/` after package name");
  CHECK(why_not("a:b/c@2.0x0") ==
        "`2.0x0` is not a valid semver: unexpected character 'x' while parsing minor version number");
  CHECK(why_not("a:b/c@1") ==
        "`1` is not a valid semver: unexpected end of input while parsing major version number; such a name needs "
        "component-model-canonical-names (canonical versions in interface names)");
}

TEST_CASE("component: what is gated in names says so") {
  const std::string hint =
      "; such a name needs component-model-nested-names (nested namespaces and packages in names)";
  CHECK(why_not("foo:bar:baz/qux") == "expected `/` after package name" + hint);
  CHECK(why_not("foo:bar/baz/qux") == "trailing characters found: `/qux`" + hint);
  Features features;
  features.set(Feature::nested_names, true);
  features.set(Feature::canonical_names, true);
  auto nested = parse_extern_name("foo:bar:baz/qux/quux@1", features, nullptr);
  REQUIRE(nested.has_value());
  CHECK(nested->package == "foo:bar:baz/qux");
  CHECK(nested->projection == "quux");
  CHECK(nested->canonical);
  for (const char* version : {"1", "20", "0.1", "0.0.7", "0.0.0"}) {
    CHECK(parse_extern_name(std::string("a:b/c@") + version, features, nullptr)->canonical);
  }
  for (const char* version : {"0", "01", "0.0", "1.2", "0.01", ""}) {
    CHECK(!why_not(std::string("a:b/c@") + version, features).empty());
  }
}

TEST_CASE("component: names that a language would confuse are not unique") {
  CHECK(unique_key("foo-BAR") == unique_key("FOO-bar"));
  CHECK(unique_key("[method]foo.foo") == unique_key("foo"));
  CHECK(unique_key("[static]foo-BAR.FOO-bar") == unique_key("foo-bar"));
  CHECK(unique_key("[method]foo.bar") == unique_key("[static]foo.BAR"));
  CHECK(unique_key("[constructor]foo") != unique_key("foo"));
  CHECK(unique_key("[constructor]foo") == unique_key("[constructor]FOO"));
  CHECK(unique_key("foo:bar/BAZ") == unique_key("foo:bar/baz"));
  CHECK(unique_key("foo:bar/baz@1.0.0") != unique_key("foo:bar/baz@2.0.0"));
  CHECK(unique_key("foo:bar/BAZ@1.0.0-rc") == unique_key("foo:bar/baz@1.0.0-rc"));
  CHECK(unique_key("foo:bar/baz@1.0.0-RC") != unique_key("foo:bar/baz@1.0.0-rc"));
}

TEST_CASE("component: versions have an order") {
  // Each comes before the next (semver.org 11).
  const char* const ordered[] = {"0.9.9",      "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                 "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
                                 "1.0.0",      "1.0.1",        "1.2.0",         "10.0.0"};
  for (size_t i = 0; i + 1 < std::size(ordered); ++i) {
    CAPTURE(std::string(ordered[i]));
    const SemVer a = *parse_semver(ordered[i], nullptr), b = *parse_semver(ordered[i + 1], nullptr);
    CHECK(precedence(a, b) == std::strong_ordering::less);
    CHECK(precedence(b, a) == std::strong_ordering::greater);
    CHECK(precedence(a, a) == std::strong_ordering::equal);
  }
  CHECK(precedence(*parse_semver("1.0.0+a", nullptr), *parse_semver("1.0.0+b", nullptr)) ==
        std::strong_ordering::equal);
}

TEST_CASE("component: compatible versions share their canonical one") {
  auto canonical = [](std::string_view text) { return parse_semver(text, nullptr)->canonical(); };
  CHECK(canonical("1.2.3") == "1");
  CHECK(canonical("0.2.6") == "0.2");
  CHECK(canonical("0.0.1") == "0.0.1");
  CHECK(canonical("0.2.6-rc.1") == "0.2.6-rc.1");
}

TEST_CASE("component: versions that are none") {
  auto why = [](std::string_view text) {
    std::string reason;
    CHECK(!parse_semver(text, &reason));
    return reason;
  };
  CHECK(why("") == "empty string, expected a semver version");
  CHECK(why(".") == "unexpected character '.' while parsing major version number");
  CHECK(why("1.") == "unexpected end of input while parsing minor version number");
  CHECK(why("01.2.3") == "invalid leading zero in major version number");
  CHECK(why("1.2.3-01") == "invalid leading zero in pre-release identifier");
  CHECK(why("2.0.0+") == "empty identifier segment in build metadata");
  CHECK(why("2.0.0-a..b") == "empty identifier segment in pre-release identifier");
  CHECK(why("99999999999999999999.0.0") == "value of major version number exceeds u64::MAX");
  CHECK(parse_semver("1.2.3+01", nullptr).has_value());
}

}  // namespace
}  // namespace heddle::component
