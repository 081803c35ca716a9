// Documentation and gates of packages that are encoded as components: all that the section can describe, in both
// versions, and what is wrong with a section.
#include "component/wit/package_docs.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

#include "component/text/parse.h"
#include "component/valid/check.h"
#include "component/wit/from_component.h"
#include "component/wit/parser.h"
#include "component/wit/print.h"
#include "component/wit/resolve.h"

namespace heddle::component::wit {
namespace {

// What is printed without a section, where tests put one.
constexpr std::string_view kComponent = R"((component
  (type (export "i") (component
    (export "a:b/i@1.1.0" (instance
      (type $rec' (record (field "x" u8) (field "y" u8)))
      (export "rec" (type $rec (eq $rec')))
      (type $var' (variant (case "p" u8) (case "q")))
      (export "var" (type $var (eq $var')))
      (type $en' (enum "p" "q"))
      (export "en" (type $en (eq $en')))
      (type $fl' (flags "p" "q"))
      (export "fl" (type $fl (eq $fl')))
      (export "res" (type $res (sub resource)))
      (export "[constructor]res" (func (result (own $res))))
      (export "[method]res.m" (func (param "self" (borrow $res))))
      (export "[static]res.s" (func))
      (export "f" (func (param "r" $rec)))))))
  (type (export "u") (component
    (import "a:b/i@1.1.0" (instance $i (export "res" (type (sub resource)))))
    (alias export $i "res" (type $res))
    (export "a:b/u@1.1.0" (instance
      (alias outer 1 $res (type $r))
      (export "res" (type $r' (eq $r)))
      (export "other" (func (param "r" (own $r'))))))))
  (type (export "w") (component
    (export "a:b/w@1.1.0" (component
      (import "a:b/i@1.1.0" (instance
        (export "res" (type (sub resource)))
        (export "[static]res.s" (func))))
      (import "c:d/e@0.2.0" (instance (export "g" (func))))
      (import "plain" (instance (export "f" (func)) (export "t" (type (sub resource)))))
      (type $n u8)
      (import "n" (type (eq $n)))
      (import "local" (type $local (sub resource)))
      (import "[method]local.m" (func (param "self" (borrow $local))))
      (import "both" (func))
      (export "both" (func))
      (export "only" (func))
      (export "plain" (instance (export "f" (func))))
      (export "a:b/i@1.1.0" (instance (type $en' (enum "p" "q")) (export "en" (type (eq $en')))))))))))";

constexpr uint32_t kAt = 1000;  // where the section's contents are in the binary

struct Described {
  ErrorSink sink;
  Result<Wit> wit = ErrorCode::none;

  explicit Described(const std::vector<std::string>& sections, std::string_view text = kComponent) {
    const heddle::Features core;
    TypeRegistry registry;
    auto parsed = parse_component(text, core);
    for (const std::string& section : sections) {
      Custom custom;
      custom.name = "package-docs";
      custom.at = kAt;
      custom.bytes = {reinterpret_cast<const uint8_t*>(section.data()), section.size()};
      parsed.component.customs.push_back(custom);
    }
    auto checked = check(parsed.component, text.size(), component::Features(), core, registry, &sink);
    REQUIRE(checked.ok());
    wit = from_component(parsed.component, checked.value(), &sink);
  }
  static Parsed parse_component(std::string_view text, const heddle::Features& core) {
    ErrorSink why;
    auto parsed = component::parse(text, component::Features(), core, &why);
    INFO(why.headline, why.detail);
    REQUIRE(parsed.ok());
    return std::move(parsed).value();
  }
};

std::string section(std::string_view json) { return std::string("\1", 1).append(json); }

// The text, which means the same again.
std::string printed(const std::string& json) {
  Described described({section(json)});
  INFO(described.sink.headline);
  REQUIRE(described.wit.ok());
  std::string text = print(described.wit.value(), nullptr).value();
  Sources sources;
  auto source = sources.add("again.wit", text);
  REQUIRE(source.ok());
  std::vector<Group> groups(1);
  ErrorSink sink;
  auto file = parse(*source.value(), &sink);
  INFO(sink.headline);
  REQUIRE(file.ok());
  groups[0].files.push_back(std::move(file).value());
  auto again = resolve(groups, sources, {.features = {}, .all_features = true}, &sink);
  INFO(sink.headline);
  REQUIRE(again.ok());
  CHECK(print(again.value(), nullptr).value() == text);
  return text;
}

// What is wrong, behind how far into the section.
std::string error_of_section(const std::string& bytes) {
  Described described({bytes});
  if (described.wit.ok()) return "";
  return std::to_string(described.wit.error().offset - kAt) + " " + described.sink.headline;
}
std::string error_of(std::string_view json) { return error_of_section(section(json)); }

#define CHECK_CONTAINS(text, part) CHECK_MESSAGE((text).find(part) != std::string::npos, text)

// All that can be described in interfaces. WIT has no place for what is said of a `use`.
constexpr const char* kInterfaces = R"({
    "docs": "the package\n\n  in lines",
    "interfaces": {
      "i": {
        "docs": "an interface",
        "stability": {"stable": {"since": "1.0.0"}},
        "types": {
          "rec": {"docs": "a record", "items": {"y": "a field"}},
          "var": {"items": {"q": "a case of a variant"}},
          "en": {"items": {"p": "a case of an enum"}},
          "fl": {"stability": {"unstable": {"feature": "flags", "deprecated": "1.0.1"}}, "items": {"q": "a flag"}},
          "res": {"docs": "a resource"}
        },
        "funcs": {
          "[constructor]res": {"docs": "makes"},
          "[method]res.m": {"docs": "a method", "stability": {"unstable": {"feature": "m"}}},
          "[static]res.s": {"docs": null, "stability": {"stable": {"since": "1.0.0", "deprecated": "1.1.0"}}},
          "f": {"docs": "a function", "stability": "unknown"}
        }
      },
      "u": {"types": {"res": {"docs": "is lost", "stability": {"stable": {"since": "1.1.0", "deprecated": null}}}}}
    }
  })";

TEST_CASE("package-docs: what a package and its interfaces have") {
  const std::string text = printed(kInterfaces);
  CHECK(text.substr(0, text.find("world w")) == R"(/// the package
///
///   in lines
package a:b@1.1.0;

/// an interface
@since(version = 1.0.0)
interface i {
  /// a record
  record rec {
    x: u8,
    /// a field
    y: u8,
  }

  variant var {
    p(u8),
    /// a case of a variant
    q,
  }

  enum en {
    /// a case of an enum
    p,
    q,
  }

  @unstable(feature = %flags)
  @deprecated(version = 1.0.1)
  flags fl {
    p,
    /// a flag
    q,
  }

  /// a resource
  resource res {
    /// makes
    constructor();
    /// a method
    @unstable(feature = m)
    m: func();
    @since(version = 1.0.0)
    @deprecated(version = 1.1.0)
    s: static func();
  }

  /// a function
  f: func(r: rec);
}

interface u {
  @since(version = 1.1.0)
  use i.{res};

  other: func(r: res);
}

)");
}

TEST_CASE("package-docs: what worlds import and export") {
  const std::string text = printed(R"({
    "worlds": {
      "w": {
        "docs": "a world",
        "stability": {"stable": {"since": "1.0.0"}},
        "interfaces": {"plain": {
          "docs": "imported", "stability": {"unstable": {"feature": "x"}},
          "funcs": {"f": {"docs": "of the import"}}, "types": {"t": {"docs": "a type of it"}}}},
        "interface_exports": {"plain": {"docs": "exported", "funcs": {"f": {"docs": "of the export"}}}},
        "types": {"n": {"docs": "a number"}, "local": {"docs": "a resource"}},
        "funcs": {"both": {"docs": "an import"}, "[method]local.m": {"docs": "a method"}},
        "func_exports": {"both": {"docs": "an export"}, "only": {"docs": "alone"}},
        "interface_import_docs": {"a:b/i@1.1.0": "by its name"},
        "interface_export_docs": {"a:b/i@1.1.0": "by its name too"},
        "interface_import_stability": {
          "a:b/i@1.1.0": {"stable": {"since": "1.1.0"}}, "c:d/e@0.2.0": {"unstable": {"feature": "e"}}},
        "interface_export_stability": {"a:b/i@1.1.0": "unknown"}
      }
    }
  })");
  const size_t begin = text.find("/// a world");
  CHECK(text.substr(begin, text.find("package c:d") - begin) == R"(/// a world
@since(version = 1.0.0)
world w {
  /// by its name
  @since(version = 1.1.0)
  import i;
  @unstable(feature = e)
  import c:d/e@0.2.0;
  /// imported
  @unstable(feature = x)
  import plain: interface {
    /// a type of it
    resource t;

    /// of the import
    f: func();
  }

  /// a number
  type n = u8;

  /// a resource
  resource local {
    /// a method
    m: func();
  }
  /// an import
  import both: func();

  /// an export
  export both: func();
  /// alone
  export only: func();
  /// exported
  export plain: interface {
    /// of the export
    f: func();
  }
  /// by its name too
  export i;
}

)");
}

TEST_CASE("package-docs: version 0") {
  Described described({std::string("\0", 1) + R"({
    "interfaces": {"i": {"funcs": {"f": "a function", "[static]res.s": null}}},
    "worlds": {"w": {"funcs": {"both": "the import", "only": "the export"}, "interfaces": {"plain": {"docs": "p"}}}}
  })"});
  REQUIRE(described.wit.ok());
  const std::string text = print(described.wit.value(), nullptr).value();
  CHECK_CONTAINS(text, "  /// a function\n  f: func(r: rec);\n");
  CHECK_CONTAINS(text, "  /// the import\n  import both: func();\n");
  CHECK_CONTAINS(text, "\n  export both: func();\n  /// the export\n  export only: func();\n");
  CHECK_CONTAINS(text, "  /// p\n  import plain: interface {\n");
}

TEST_CASE("package-docs: documentation is as texts of WIT have it") {
  CHECK_CONTAINS(printed(R"({"docs": "\n   a  \r\n     b\n\n"})"), "/// a\n///   b\npackage a:b");
  CHECK(printed(R"({"docs": "  "})") == printed("{}"));
  CHECK(printed("{}").starts_with("package a:b@1.1.0;\n\ninterface i {\n  record rec {"));
  CHECK_CONTAINS(printed(R"({"docs": "/ a"})"), "/// / a\n");
  CHECK(error_of(R"({"docs": "\u001b[2J"})") == "10 package-docs: a control character may not stand in WIT");
  CHECK(error_of(R"({"docs": "\u202e"})") ==
        "10 package-docs: a character that turns the direction may not stand in WIT");
}

TEST_CASE("package-docs: a gate fits its package") {
  // An include leaves out what another package's world says; tools did not always do so.
  CHECK(printed(R"({"worlds": {"w": {"interface_import_stability":
                   {"c:d/e@0.2.0": {"stable": {"since": "1.2.0"}}}}}})") == printed("{}"));
  CHECK(error_of(R"({"worlds": {"w": {"stability": {"stable": {"since": "1.2.0"}}}}})") ==
        "60 package-docs: the gate names version 1.2.0, which comes after that of the package, 1.1.0");
  const std::string unversioned = R"((component (type (export "i") (component (export "a:b/i" (instance))))))";
  const std::string stable = section(R"({"interfaces": {"i": {"stability": {"stable": {"since": "1.0.0"}}}}})");
  const std::string unstable = section(R"({"interfaces": {"i": {"stability": {"unstable": {"feature": "x"}}}}})");
  CHECK_FALSE(Described({stable}, unversioned).wit.ok());
  Described described({unstable}, unversioned);
  REQUIRE(described.wit.ok());
  CHECK(print(described.wit.value(), nullptr).value() ==
        "package a:b;\n\n@unstable(feature = x)\ninterface i {\n}\n");
}

TEST_CASE("package-docs: what is not there is not described") {
  CHECK(error_of(R"({"worlds": {"v": {}}})") == "13 package-docs: there is no world `v`");
  CHECK(error_of(R"({"interfaces": {"w": {}}})") == "17 package-docs: there is no interface `w`");
  CHECK(error_of(R"({"interfaces": {"e": {}}})") == "17 package-docs: there is no interface `e`");
  CHECK(error_of(R"({"interfaces": {"i": {"funcs": {"m": {}}}}})") == "33 package-docs: there is no function `m`");
  CHECK(error_of(R"({"interfaces": {"i": {"funcs": {"m": null}}}})") == "33 package-docs: there is no function `m`");
  CHECK(error_of(R"({"interfaces": {"u": {"types": {"rec": {}}}}})") == "33 package-docs: there is no type `rec`");
  CHECK(error_of(R"({"interfaces": {"i": {"types": {"rec": {"items": {"z": ""}}}}}})") ==
        "51 package-docs: there is no field, case or flag `z`");
  CHECK(error_of(R"({"interfaces": {"i": {"types": {"res": {"items": {"m": ""}}}}}})") ==
        "51 package-docs: there is no field, case or flag `m`");
  CHECK(error_of(R"({"worlds": {"w": {"types": {"t": {}}}}})") == "29 package-docs: there is no type `t`");
  CHECK(error_of(R"({"worlds": {"w": {"func_exports": {"[method]local.m": {}}}}})") ==
        "36 package-docs: there is no function `[method]local.m`");
  CHECK(error_of(R"({"worlds": {"w": {"interfaces": {"i": {}}}}})") == "34 package-docs: there is no interface `i`");
  CHECK(error_of(R"({"worlds": {"w": {"interfaces": {"a:b/i@1.1.0": {}}}}})") ==
        "34 package-docs: `a:b/i@1.1.0` is not defined in the world");
  CHECK(error_of(R"({"worlds": {"w": {"interface_export_docs": {"c:d/e@0.2.0": ""}}}})") ==
        "45 package-docs: there is no interface `c:d/e@0.2.0`");
  CHECK(error_of(R"({"worlds": {"w": {"interface_export_stability": {"c:d/e@0.2.0": "unknown"}}}})") ==
        "50 package-docs: there is no interface `c:d/e@0.2.0`");
  // The keys of the tables are no names.
  CHECK(error_of(R"({"worlds": {"w": {"interface_exports": {"w0<plain": {}}}}})") ==
        "41 package-docs: there is no interface `w0<plain`");
  CHECK(error_of("{\"worlds\": {\"" + std::string(1000, 'x') + "\": {}}}") ==
        "13 package-docs: there is no world `" + std::string(100, 'x') + "...`");
}

TEST_CASE("package-docs: what has another shape is refused") {
  CHECK(error_of("[]") == "1 package-docs: unexpected array");
  CHECK(error_of("null") == "1 package-docs: unexpected null");
  CHECK(error_of("\"\"") == "1 package-docs: unexpected string");
  CHECK(error_of("1") == "1 package-docs: unexpected number");
  CHECK(error_of(R"({"docs": {}})") == "10 package-docs: unexpected object as `docs`");
  CHECK(error_of(R"({"docs": [[1]]})") == "10 package-docs: unexpected array as `docs`");
  CHECK(error_of(R"({"docs": null, "stability": "unknown"})") == "29 package-docs: unexpected string as `stability`");
  CHECK(error_of(R"({"doc": ""})") == "9 package-docs: unexpected string as `doc`");
  CHECK(error_of(R"({"doc": {}})") == "9 package-docs: unexpected object as `doc`");
  CHECK(error_of(R"({"worlds" :null})") == "12 package-docs: unexpected null as `worlds`");
  CHECK(error_of(R"({"worlds": {"w": "docs"}})") == "18 package-docs: unexpected string as `w`");
  CHECK(error_of(R"({"worlds": {"w": {"docs": true}}})") == "27 package-docs: unexpected boolean as `docs`");
  CHECK(error_of(R"({"worlds": {"w": {"docs": -1.5}}})") == "27 package-docs: unexpected number as `docs`");
  CHECK(error_of(R"({"worlds": {"w": {"interface_import_docs": {"a:b/i@1.1.0": {}}}}})") ==
        "60 package-docs: unexpected object as `a:b/i@1.1.0`");
}

TEST_CASE("package-docs: gates that are none") {
  const auto gate = [](const std::string& json) {
    return error_of(R"({"interfaces": {"i": {"stability": )" + json + "}}}");
  };
  CHECK(gate(R"("unknown")").empty());
  CHECK(gate(R"({"stable": {"since": "1.0.0", "feature": "x"}})").empty());
  CHECK(gate(R"("known")") == "36 package-docs: unexpected string as `stability`");
  CHECK(gate("null") == "36 package-docs: unexpected null as `stability`");
  CHECK(gate("{}") == "37 package-docs: expected `stable` or `unstable`");
  CHECK(gate(R"({"stable": {}})") == "48 package-docs: expected `since`");
  CHECK(gate(R"({"unstable": {"deprecated": "1.0.0"}})") == "71 package-docs: expected `feature`");
  CHECK(gate(R"({"unstable": {"since": "1.0.0"}})") == "59 package-docs: unexpected string as `since`");
  CHECK(gate(R"({"unstable": {"feature": "x y"}})") == "61 package-docs: `x y` is no name of a feature");
  CHECK(gate(R"({"stable": {"since": "1.0.0"}, "unstable": {"feature": "x"}})") ==
        "67 package-docs: this has two gates");
  CHECK(gate(R"({"stable": {"since": null}})") == "57 package-docs: unexpected null as `since`");
  CHECK(gate(R"({"stable": {"since": "1"}})").starts_with("57 package-docs: expected a semantic version: "));
  CHECK(
      gate(R"({"stable": {"since": "1.0.0)\n  f"}})").starts_with("57 package-docs: expected a semantic version: "));
}

TEST_CASE("package-docs: sections that are malformed") {
  CHECK(error_of_section("") == "0 package-docs: there is no version");
  CHECK(error_of_section("\x02{}") == "0 package-docs: version 2 is not known");
  CHECK(error_of_section("{}") == "0 package-docs: version 123 is not known");
  CHECK(error_of("") == "1 package-docs: this is not JSON");
  CHECK(error_of("{\"docs\": \"a\nb\"}") == "12 package-docs: this is not JSON");
  CHECK(error_of("{\"docs\": \"\xff\"}") == "11 package-docs: this is not JSON");
  CHECK(error_of("{\"docs\": }") == "10 package-docs: this is not JSON");
  CHECK(error_of("{} {}") == "4 package-docs: this is not JSON");
  CHECK(error_of("{") == "1 package-docs: this is not JSON");
  Described two({section("{}"), section("{}")});
  CHECK(two.sink.headline == "package-docs: there are two of these sections");
  CHECK(two.wit.error().offset == kAt);
}

TEST_CASE("package-docs: nesting costs nothing") {
  std::string arrays(1'000'000, '['), objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"worlds\":";
  CHECK(error_of(arrays) == "1 package-docs: unexpected array");
  CHECK(error_of(objects) == "12 package-docs: there is no world `worlds`");
}

// Whatever is read of a section that was changed at random is printed so that it means the same again.
TEST_CASE("package-docs: changed at random") {
  const std::string seed = R"({"docs": "a", "worlds": {"w": {"docs": "b\u0041", "stability": {"unstable": {
    "feature": "c", "deprecated": "1.0.0"}}, "interfaces": {"plain": {"funcs": {"f": null}, "types": {"t": {}}}},
    "func_exports": {"only": {"docs": "d"}}, "interface_import_docs": {"c:d/e@0.2.0": "e"},
    "interface_import_stability": {"a:b/i@1.1.0": {"stable": {"since": "1.0.0"}}}}},
    "interfaces": {"i": {"types": {"rec": {"items": {"x": "f"}}}, "funcs": {"f": "g", "[method]res.m": {}}}}})";
  constexpr std::string_view kParts = "{}[]\",:\\/ abcdefgitwx01.-\n\x80\xc3";
  std::mt19937 random(1);
  CHECK(error_of(seed).empty());
  int good = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string json = seed;
    const size_t at = random() % json.size(), other = random() % json.size();
    switch (random() % 3) {
      case 0: json[at] = kParts[random() % kParts.size()]; break;
      case 1: json.erase(at, random() % 20); break;
      default: json.insert(at, seed.substr(other, random() % 40)); break;
    }
    if (!error_of(json).empty()) continue;
    ++good;
    printed(json);
  }
  CHECK(good > 100);
}

// Where each function were looked for among all of them, this would take minutes.
TEST_CASE("package-docs: many names") {
  constexpr int kCount = 100'000;
  std::string text = R"((component (type (export "i") (component (export "a:b/i" (instance )";
  std::string json = R"({"interfaces": {"i": {"funcs": {)";
  for (int i = 0; i < kCount; ++i) {
    const std::string name = "\"f" + std::to_string(i) + "\"";
    text += "(export " + name + " (func))";
    json += (i ? "," : "") + name + R"(: {"docs": "x"})";
  }
  Described described({section(json + "}}}}")}, text + ")))))");
  REQUIRE(described.wit.ok());
  CHECK(described.wit.value().interfaces[InterfaceIdx{0}].functions.back().annotations.docs == "x");
}

}  // namespace
}  // namespace heddle::component::wit
