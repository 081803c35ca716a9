// What WIT means and what contradicts it: names, orders, gates, includes, what worlds import without saying so.
#include "component/wit/resolve.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <random>
#include <string>

#include "component/wit/parser.h"
#include "component/wit/print.h"

namespace heddle::component::wit {
namespace {

// One package a text; the first one is the root.
struct Resolved {
  Sources sources;
  ErrorSink sink;
  std::vector<Group> groups;
  Result<Wit> wit = ErrorCode::none;

  explicit Resolved(const std::vector<std::string>& texts, const ResolveOptions& options = {}) {
    for (const std::string& text : texts) {
      auto source = sources.add("p" + std::to_string(groups.size()) + ".wit", text);
      REQUIRE(source.ok());
      auto file = parse(*source.value(), &sink);
      if (!file.ok()) {
        wit = file.error();
        return;
      }
      groups.emplace_back();
      groups.back().name = source.value()->name;
      groups.back().files.push_back(std::move(file).value());
    }
    wit = resolve(groups, sources, options, &sink);
  }
  const Wit& good() {
    INFO(sink.headline);
    REQUIRE(wit.ok());
    return wit.value();
  }
};

// What is wrong, or "" where nothing is; with the first note, if there is one.
std::string error_of_packages(const std::vector<std::string>& texts) {
  Resolved resolved(texts);
  if (resolved.wit.ok()) return "";
  CHECK(kind_of(resolved.wit.error().code) == ErrorKind::invalid);
  return resolved.sink.headline + (resolved.sink.notes.empty() ? "" : "; " + resolved.sink.notes[0]);
}
std::string error_of(const std::string& items) { return error_of_packages({"package a:b@1.1.0;" + items}); }
std::string error_in_interface(const std::string& items) { return error_of("interface i {" + items + "}"); }
std::string error_in_world(const std::string& items) {
  return error_of("interface i { type t = u8; } world w {" + items + "}");
}

std::string printed(const std::string& items, const ResolveOptions& options = {}) {
  Resolved resolved({"package a:b@1.1.0;" + items}, options);
  std::string text = print(resolved.good(), nullptr).value();
  const std::string head = "package a:b@1.1.0;\n\n";
  REQUIRE(text.starts_with(head));
  return text.substr(head.size());
}

TEST_CASE("wit: types come in the order of their references") {
  CHECK(printed("interface i { record r { a: s } variant s { x, y(t) } type t = list<u8>; type u = u8; }") ==
        R"(interface i {
  type t = list<u8>;

  variant s {
    x,
    y(t),
  }

  record r {
    a: s,
  }

  type u = u8;
}
)");
}

TEST_CASE("wit: the name of a resource stands for a handle") {
  Resolved resolved({R"(package a:b; interface i {
    resource r { constructor(); m: func() -> r; }
    type s = r; type t = own<s>; type u = borrow<r>; f: func(a: list<borrow<s>>) -> s;
  })"});
  const Wit& wit = resolved.good();
  const Interface& interface = wit.interfaces[InterfaceIdx{0}];
  REQUIRE(interface.types.size() == 4);
  const TypeDef& r = wit.types[interface.types[0]];
  CHECK(r.kind == TypeDef::Kind::resource);
  REQUIRE(r.methods.size() == 2);
  CHECK(wit.type(r.methods[1].result).kind == TypeDef::Kind::own);
  CHECK(wit.types[interface.types[1]].kind == TypeDef::Kind::alias);
  CHECK(wit.types[interface.types[1]].resource == OptionalIndex(interface.types[0]));
  CHECK(wit.types[interface.types[2]].kind == TypeDef::Kind::own);
  CHECK(wit.types[interface.types[3]].has_borrow);
  CHECK(wit.type(interface.functions[0].params[0].type).has_borrow);
  CHECK(wit.type(wit.type(interface.functions[0].result).first).name == "s");
}

TEST_CASE("wit: what is wrong with types") {
  CHECK(error_in_interface("type a = b;") == "there is no type `b`");
  CHECK(error_in_interface("type a = B; type b = u8;") == "there is no type `B`");
  CHECK(error_in_interface("f: func(); type a = f;") == "there is no type `f`");
  CHECK(error_in_interface("f: func(); g: func() -> f;") == "`f` is a function, where a type is wanted");
  CHECK(error_in_interface("type a = a;") == "the type `a` refers to itself; `a` refers to `a`");
  CHECK(error_in_interface("record a { b: option<b> } type b = list<a>;") ==
        "the type `a` refers to itself; `a` refers to `b` refers to `a`");
  CHECK(error_in_interface("type a = u8; type A = u8;") == "`A` is defined twice");
  CHECK(error_in_interface("type a = u8; a: func();") == "`a` is defined twice");
  CHECK(error_in_interface("f: func(); F: func();") == "`F` is defined twice");
  CHECK(error_in_interface("f: func(a: u8, A: u8);") == "two parameters are called `A`");
  CHECK(error_in_interface("record a { b: u8, B: u8 }") == "`B` stands twice in `a`");
  std::string flags;
  for (int i = 1; i <= 33; ++i) flags += "b" + std::to_string(i) + ",";
  CHECK(error_in_interface("flags a { " + flags + " }") == "`a` cannot have more than 32 flags");
  CHECK(error_in_interface("flags a { " + flags.substr(0, flags.rfind("b33")) + " }") == "");
  CHECK(error_in_interface("enum a { b, b }") == "`b` stands twice in `a`");
  CHECK(error_in_interface("record a { b: u8 } type c = borrow<a>;") == "`a` is no resource, and so has no handles");
  CHECK(error_in_interface("type a = map<f32, u8>;") == "a map's keys are integers, `bool`, `char` or `string`");
  CHECK(error_in_interface("resource a; f: func() -> tuple<borrow<a>>;") ==
        "`f` returns a `borrow`, which ends with the call");
  CHECK(error_in_interface("resource a; type b = list<borrow<a>>; record c { d: b } f: func() -> c;") ==
        "`f` returns a `borrow`, which ends with the call");
  CHECK(error_in_interface("resource a; type b = stream<borrow<a>>;") ==
        "what outlives a call, such as a future or stream, cannot hold a `borrow`");
}

TEST_CASE("wit: what is wrong with resources") {
  CHECK(error_in_interface("resource a { b: func(); B: static func(); }") == "`B` stands twice in `a`");
  CHECK(error_in_interface("resource a { constructor(); constructor(); }") == "`a` has two constructors");
  CHECK(error_in_interface("resource a { constructor() -> u8; }") ==
        "a constructor that tells its result has `result<a, ...>`");
  CHECK(error_in_interface("resource a { constructor() -> result<_, u8>; }") ==
        "a constructor that tells its result has `result<a, ...>`");
  CHECK(error_in_interface("resource a { constructor() -> result<a>; }") == "");
  CHECK(error_in_interface("resource a { m: func(self: u8); }") == "two parameters are called `self`");
  CHECK(error_in_interface("resource a { m: static func(self: u8); }") == "");
  CHECK(error_in_interface("resource a { a: func(); }") == "`a` has the name of its resource");
  CHECK(error_in_interface("resource a { A: static func(); }") == "`A` has the name of its resource");
  CHECK(error_of("world v { resource a { b: func(); } } world w { include v with { a as B } }") ==
        "`b` has the name of its resource");
}

TEST_CASE("wit: names of packages, interfaces and worlds") {
  CHECK(error_of_packages({"interface i {}"}) ==
        "p0.wit: no file tells the name of the package: it begins with `package namespace:name;`");
  CHECK(error_of_packages({"package a:b;", "package a:b;"}) ==
        "the package `a:b` is defined twice; the other definition is in p0.wit");
  CHECK(error_of_packages({"package a:b;", "package a:b@1.0.0;"}) == "");
  CHECK(error_of("interface i {} world I {}") == "`I` is defined twice in the package");
  CHECK(error_of("use c:d/i;") == "there is no package `c:d`; there is `a:b@1.1.0`");
  CHECK(error_of("use a:b/i;") == "there is no package `a:b`; there is `a:b@1.1.0`");
  CHECK(error_of("use a:b/i@1.1.0;") == "there is no interface or world `i` in `a:b@1.1.0`");
  CHECK(error_of("use i as j; interface i {} interface k { use j.{t}; }") == "there is no type `t` in `j`");
  CHECK(error_of("use i as j; interface i {} interface j {}") == "`j` is defined twice in this file");
  CHECK(error_of("world w { import x; }") == "there is no interface or world `x` in `a:b@1.1.0`");
  CHECK(error_of("world v {} world w { import v; }") == "`v` is a world, where an interface is wanted");
  CHECK(error_of("interface v {} world w { include v; }") == "`v` is an interface, where a world is wanted");
  CHECK(error_of("interface i { f: func(); } interface j { use i.{f}; }") ==
        "`f` is a function, where a type is wanted");
  CHECK(error_of_packages({"package a:b; use c:d/i as j; interface k { use j.{t}; }",
                           "package c:d; interface i { type t = u8; }"}) == "");
}

TEST_CASE("wit: cycles are told by their members") {
  CHECK(error_of("interface i { use j.{t}; } interface j { use i.{u}; }") ==
        "the interface `i` refers to itself; `i` refers to `j` refers to `i`");
  CHECK(error_of("world v { include w; } world w { include v; }") ==
        "the world `v` refers to itself; `v` refers to `w` refers to `v`");
  CHECK(error_of_packages({"package a:b; interface i { use c:d/i.{t}; }",
                           "package c:d; interface i { type t = u8; } interface j { use a:b/i.{t}; }"}) ==
        "the package `a:b` refers to itself; `a:b` refers to `c:d` refers to `a:b`");
  std::string chain = "interface i0 { type t = u8; } ";  // deep, and no cycle
  for (int i = 1; i < 20'000; ++i) {
    chain += "interface i" + std::to_string(i) + " { use i" + std::to_string(i - 1) + ".{t}; } ";
  }
  CHECK(error_of(chain + "world w { export i19999; }") == "");
}

TEST_CASE("wit: worlds import what their interfaces use, and export it if all is exported") {
  const std::string interfaces =
      "interface a { resource r; } interface b { use a.{r}; } interface c { use a.{r}; use b.{r as s}; } ";
  CHECK(printed(interfaces + "world w { export f: func(); import c; }")
            .ends_with("world w {\n  import a;\n  import b;\n  import c;\n\n  export f: func();\n}\n"));
  CHECK(printed(interfaces + "world w { export b; }").ends_with("world w {\n  import a;\n\n  export b;\n}\n"));
  CHECK(
      printed(interfaces + "world w { export b; export a; }").ends_with("world w {\n  export a;\n  export b;\n}\n"));
  CHECK(printed(interfaces + "world w { import x: func() -> t; type t = r; use b.{r}; }")
            .ends_with(
                "world w {\n  import a;\n  import b;\n  use b.{r};\n\n  type t = r;\n  import x: func() -> t;\n}\n"));
  CHECK(error_of(interfaces + "world w { export a; export c; }") ==
        "what `w` exports uses `a` both as an import and as an export; everything between the two that uses `a` has "
        "to be exported too");
}

TEST_CASE("wit: what is wrong with worlds") {
  CHECK(error_in_world("import i; import i;") == "the interface `i` is imported twice");
  CHECK(error_in_world("export i; export i;") == "the interface `i` is exported twice");
  CHECK(error_in_world("import i; export i; import j: i; export j: i; import k: i;") == "");
  CHECK(error_in_world("import f: func(); import F: interface {}") == "`F` is imported already, as a function");
  CHECK(error_in_world("import f: i; import f: i;") == "`f` is imported already, as an interface");
  CHECK(error_in_world("type f = u8; import f: func();") == "`f` is imported already, as a type");
  CHECK(error_in_world("type f = u8; export f: func();") == "");
  CHECK(error_in_world("export f: func() -> u;") == "there is no type `u`");
}

TEST_CASE("wit: includes are united, and renamed where names are the same") {
  const std::string v = "interface i {} world v { import i; import f: func() -> t; type t = u8; export g: func(); } ";
  CHECK(printed(v + "world w { include v; import i; }")
            .ends_with(
                "world w {\n  import i;\n\n  type t = u8;\n  import f: func() -> t;\n\n  export g: func();\n}\n"));
  CHECK(printed(v + "world w { include v with { f as h, t as u, g as k } import f: func(); }")
            .ends_with("world w {\n  import i;\n\n  type u = u8;\n  import f: func();\n  import h: func() -> u;\n\n  "
                       "export k: func();\n}\n"));
  CHECK(error_of(v + "world w { include v; import f: func(); }") ==
        "what is included has `f`, which is imported already, as a function; `include ... with { f as other-name }` "
        "gives it another name");
  CHECK(error_of(v + "world w { include v with { i as j } }") ==
        "nothing that is included has the plain name `i`; the names of interfaces cannot be replaced");
  CHECK(error_of(v + "world w { include v with { f as j, f as k } }") == "`f` is renamed twice");
  // Methods may name types that come behind their resource.
  CHECK(printed("world v { resource r { m: func() -> option<s>; } record s { r: r } } world w { include v with { s "
                "as t } }")
            .ends_with(
                "world w {\n  resource r {\n    m: func() -> option<t>;\n  }\n\n  record t {\n    r: r,\n  }\n}\n"));
}

// They cost what they bring, not what is there already.
TEST_CASE("wit: a world may have many includes") {
  std::string text, world = "world all {";
  for (int i = 0; i < 5000; ++i) {
    const std::string n = std::to_string(i);
    text += "world w" + n + " { import fn" + n + ": func(); } ";
    world += " include w" + n + ";";
  }
  CHECK(error_of(text + world + "}").empty());
}

TEST_CASE("wit: worlds that grow beyond all measure are refused") {
  std::string text = "world w0 { import f: func(); } ";
  for (int i = 1; i < 2'000; ++i) {
    const std::string n = std::to_string(i);
    text += "world w" + n + " { import x" + n + ": func(); include w" + std::to_string(i - 1) + "; } ";
  }
  CHECK(error_of(text) == "the worlds become too large");
  // Not of many items, but of large ones.
  std::string cases = "c0";
  for (int i = 1; i < 1'000; ++i) cases += ", c" + std::to_string(i);
  for (const std::string& item :
       {"enum e { " + cases + " }", "/// " + std::string(100'000, 'x') + "\nimport f: func();"}) {
    std::string worlds = "world w0 { " + item + " } ";
    for (int i = 1; i < 1'000; ++i) {
      const std::string n = std::to_string(i);
      worlds += "world w" + n + " { include w" + std::to_string(i - 1) + "; } ";
    }
    CHECK(error_of(worlds) == "the worlds become too large");
  }
}

TEST_CASE("wit: gates") {
  const std::string text = R"(
    @unstable(feature = x) interface i { @unstable(feature = x) type t = u8; }
    @since(version = 1.1.0) interface j {
      @unstable(feature = x) use i.{t};
      @unstable(feature = y) f: func();
      @since(version = 1.0.0) g: func();
      @unstable(feature = x) h: func() -> t;
    })";
  CHECK(printed(text) == R"(@since(version = 1.1.0)
interface j {
  @since(version = 1.0.0)
  g: func();
}
)");
  CHECK(printed(text, {.features = {"x"}, .all_features = false}).ends_with(R"(
interface j {
  @unstable(feature = x)
  use i.{t};

  @since(version = 1.0.0)
  g: func();

  @unstable(feature = x)
  h: func() -> t;
}
)"));
  CHECK(printed(text, {.features = {}, .all_features = true}).find("f: func();") != std::string::npos);
  CHECK(error_in_interface("@unstable(feature = x) type t = u8; type u = t;") ==
        "the type `t` is behind a feature that is not enabled, and what refers to it is not");
  CHECK(error_of("@unstable(feature = x) interface i {} world w { import i; }") ==
        "the interface `i` is behind a feature that is not enabled, and what refers to it is not");
  CHECK(error_of("@unstable(feature = x) world v {} world w { include v; }") ==
        "the world `v` is behind a feature that is not enabled, and what refers to it is not");
  CHECK(error_in_interface("@since(version = 1.2.0) f: func();") ==
        "the gate names version 1.2.0, which comes after that of the package, 1.1.0");
  CHECK(error_of_packages({"package a:b; @since(version = 1.0.0) interface i {}"}) ==
        "the package `a:b` has gates, and so must have a version");
  CHECK(error_of_packages({"package a:b; @unstable(feature = x) @deprecated(version = 1.0.0) interface i {}"}) ==
        "the package `a:b` has gates, and so must have a version");
  CHECK(error_of_packages({"package a:b; @unstable(feature = x) interface i {}"}).empty());
}

TEST_CASE("wit: parts of what is gated are gated") {
  const std::string wrong = " is part of what is behind a feature that is not enabled, and is not behind one itself";
  CHECK(error_of("@unstable(feature = x) interface i { type t = u8; }") == "`t`" + wrong);
  CHECK(error_of("@unstable(feature = x) interface i { @since(version = 1.0.0) type t = u8; }") == "`t`" + wrong);
  CHECK(error_of("@unstable(feature = x) interface i { @unstable(feature = y) type t = u8; }").empty());
  CHECK(error_in_interface("@unstable(feature = x) resource r { m: func(); }") == "`m`" + wrong);
  CHECK(error_in_interface("@unstable(feature = x) resource r { constructor(); }") == "`constructor`" + wrong);
  CHECK(error_in_interface("@unstable(feature = x) resource r { @unstable(feature = x) m: func(); }").empty());
  CHECK(printed("@unstable(feature = x) interface i { type t = u8; }", {.features = {"x"}}).ends_with("u8;\n}\n"));
  // What is left out may refer to anything.
  CHECK(error_of("world v {} world w { @unstable(feature = x) import v; }").empty());
  CHECK(error_of("world w { @unstable(feature = x) import v; }") ==
        "there is no interface or world `v` in `a:b@1.1.0`");
}

TEST_CASE("wit: what is left out names types that there are") {
  const std::string gate = "@unstable(feature = x) ", nothing = "there is no type `t`";
  const std::string j = "interface j { type u = u8; f: func(); }";
  CHECK(error_in_interface(gate + "record r { a: list<t> }") == nothing);
  CHECK(error_in_interface(gate + "record r { a: s } " + gate + "type s = u8; " + gate + "f: func(a: r);").empty());
  CHECK(error_in_interface(gate + "f: func() -> t;") == nothing);
  CHECK(error_in_interface("resource r { " + gate + "m: func(a: t); }") == nothing);
  CHECK(error_in_interface(gate + "resource r { " + gate + "m: func(a: t); }") == nothing);
  CHECK(error_of("interface i { " + gate + "use j.{t}; }" + j) == nothing + " in `j`");
  CHECK(error_of("interface i { " + gate + "use j.{u as t}; " + gate + "f: func(a: t); }" + j).empty());
  CHECK(error_of(gate + "interface i { f: func(a: t); }") == nothing);
  CHECK(error_of(gate + "interface i { use j.{u as t}; f: func(a: t); }" + j).empty());
  CHECK(error_of(gate + "interface i { use j.{v}; f: func(a: v); }" + gate + "interface j {}").empty());
  CHECK(error_in_world(gate + "export f: func(a: t);") == nothing);
  CHECK(error_in_world(gate + "export k: interface { f: func(a: t); }") == nothing);
  CHECK(error_of(gate + "world w { import f: func(a: t); }") == nothing);
  CHECK(
      error_of(gate + "world w { use j.{u}; import f: func(a: u); import k: interface { f: func(); } }" + j).empty());
}

TEST_CASE("wit: use at the top brings worlds of the own package only") {
  CHECK(error_of("world v { import f: func(); } use v as u; world w { include u; }").empty());
  CHECK(error_of_packages({"package a:b; use c:d/v; world w { include v; }", "package c:d; world v {}"}) ==
        "`v` is a world, where an interface is wanted");
  CHECK(error_of_packages({"package a:b; world w { include c:d/v; }", "package c:d; world v {}"}).empty());
}

constexpr const char* kEverything = R"(/// About
package a:b@1.1.0;
use c:d/types@0.1.0 as other;
/// Indented
///   more
@since(version = 1.0.0)
@deprecated(version = 1.1.0)
interface %interface {
  use other.{r as s, t};
  record %record { /// of a
    a: u8, %enum: option<tuple<u8, string>>, }
  variant v { none, some(list<list<u8, 4>, 2>), }
  enum e { a, B-c } flags f { %static, x }
  type t1 = result; type t2 = result<_, e>; type t3 = result<v>; type t4 = result<v, e>; type t5 = future;
  type t6 = stream<u8>; type t7 = map<string, f64>; type t8 = own<s>; type t9 = error-context; type t10 = t1;
  @external-id("a\"\\\u{263a}")
  resource %resource { constructor(a: u8) -> result<%resource>; @since(version = 1.0.0) m: async func() -> s;
    n: static async func(a: borrow<%resource>); }
  g: async func(%func: %record) -> t;
}
world w { import %interface; import n: %interface; @external-id("x") import o: interface { use other.{t}; f: func(); }
  import p: async func(); export %interface; export q: c:d/types@0.1.0; include c:d/v@0.1.0 with { z as y };
  type u = char; }
package c:d@0.1.0 { interface types { resource r; type t = u8; } world v { import z: func(); } }
)";

TEST_CASE("wit: what is printed means the same") {
  Resolved first({kEverything});
  const std::string text = print(first.good(), nullptr).value();
  Resolved second({text});
  CHECK(print(second.good(), nullptr).value() == text);
  CHECK(second.good() == first.good());
}

TEST_CASE("wit: a name that is the word for a type is printed as a name") {
  const std::string text = printed("interface i { type %error-context = u8; type t = %error-context; }");
  CHECK(text.find("type %error-context = u8;") != std::string::npos);
  CHECK(text.find("type t = %error-context;") != std::string::npos);
}

TEST_CASE("wit: mutated texts are refused or resolved, and do no harm") {
  std::mt19937_64 random(1);
  const std::string whole = kEverything;
  const std::string_view pieces[] = {"{", "}",    "<",        ">", ";",          ",",    ":",  "%",    "@",
                                     "/", "use ", "include ", "a", "interface ", "\xff", "/*", "list<"};
  size_t resolved_count = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string text = whole;
    for (uint64_t n = 1 + random() % 3; n > 0; --n) {
      const size_t at = random() % text.size(), length = random() % std::min<size_t>(12, text.size() - at);
      const std::string_view piece = pieces[random() % std::size(pieces)];
      if (random() % 2) {
        text.replace(at, length, piece);
      } else {
        text.insert(random() % text.size(), text.substr(at, length));
      }
    }
    Resolved resolved({text});
    if (!resolved.wit.ok()) {
      CHECK(!resolved.sink.headline.empty());
      continue;
    }
    ++resolved_count;
    const std::string once = print(resolved.wit.value(), nullptr).value();
    CAPTURE(text);
    Resolved again({once});
    CHECK(print(again.good(), nullptr).value() == once);
  }
  CHECK(resolved_count > 100);
}

}  // namespace
}  // namespace heddle::component::wit
