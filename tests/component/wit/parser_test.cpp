// The grammar of WIT: what each construct becomes, and what is told where a text departs from it.
#include "component/wit/parser.h"

#include <doctest/doctest.h>

#include <string>

#include "text/parse.h"

namespace heddle::component::wit {
namespace {

struct Parsed {
  Sources sources;
  ErrorSink sink;
  Result<ast::File> file = ErrorCode::none;

  explicit Parsed(std::string text) {
    auto source = sources.add("a.wit", std::move(text));
    REQUIRE(source.ok());
    file = parse(*source.value(), &sink);
  }
  const ast::File& good() {
    INFO(sink.headline);
    REQUIRE(file.ok());
    return file.value();
  }
};

// "line:column: what is wrong", or "" where nothing is.
std::string error_of(const std::string& text) {
  Parsed parsed(text);
  if (parsed.file.ok()) return "";
  CHECK(kind_of(parsed.file.error().code) == ErrorKind::malformed);
  const text::Position at = text::position_of(text, parsed.file.error().offset);
  return std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + parsed.sink.headline;
}
std::string error_in_interface(const std::string& text) { return error_of("interface i {\n" + text); }
std::string error_in_world(const std::string& text) { return error_of("world w {\n" + text); }

TEST_CASE("wit: what does not nest") {
  const std::string names = ": namespaces and packages are not nested: a name has one of each";
  CHECK(error_of("package a:b:c;") == "1:12" + names);
  CHECK(error_of("package a:b/c;") == "1:12" + names);
  CHECK(error_in_world("import a:b:c/d;") == "2:11" + names);
  CHECK(error_in_world("import a:b/c/d;") == "2:13" + names);
}

TEST_CASE("wit: package headers, nested packages and versions") {
  Parsed parsed("/// about\npackage a:b@1.2.3-rc.1+build.5;\npackage c:d { interface i {} }\npackage c:e@0.1.0 {}");
  const ast::File& file = parsed.good();
  REQUIRE(file.header.has_value());
  CHECK(file.header->docs == "about");
  CHECK(file.header->name.space.text == "a");
  CHECK(file.header->name.name.text == "b");
  CHECK(file.header->name.version == "1.2.3-rc.1+build.5");
  REQUIRE(file.nested.size() == 2);
  CHECK(file.nested[0].items.interfaces.size() == 1);
  CHECK(file.nested[1].header.name.version == "0.1.0");
  CHECK(error_of("package a:b\ninterface i {}") == "2:1: expected `;` or `{`, found the keyword `interface`");
  CHECK(error_of("package a;") == "1:10: expected `:`, found `;`");
  CHECK(error_of("package a:b@1.2;") ==
        "1:13: expected a semantic version: unexpected end of input while parsing minor version number");
  CHECK(error_of("package a:b; package c:d;") == "1:25: only the first package of a file is without braces");
  CHECK(error_of("package a:b { package c:d {} }") == "1:15: packages are not nested in packages, but in files");
  CHECK(error_of("@since(version = 1.0.0) package a:b;") == "1:1: a package has no gates");
}

// White space tells nothing where a path goes on, whatever is between its parts.
TEST_CASE("wit: paths with white space") {
  for (const std::string path : {"a:b/c", "a: b/c", "a :b/c", "a : b / c", "a:/* */b/c"}) {
    CAPTURE(path);
    Parsed parsed("world w { import " + path + "; }");
    const ast::Extern& found = parsed.good().items.worlds[0].externs[0];
    CHECK(found.kind == ast::Extern::Kind::path);
    CHECK(found.path.name.text == "c");
  }
  for (const std::string named : {"d: a:b/c", "d:\na : b/c", "d :c"}) {
    CAPTURE(named);
    Parsed parsed("world w { import " + named + "; }");
    const ast::Extern& found = parsed.good().items.worlds[0].externs[0];
    CHECK(found.kind == ast::Extern::Kind::named_path);
    CHECK(found.name.text == "d");
    CHECK(found.path.name.text == "c");
  }
}

TEST_CASE("wit: types") {
  Parsed parsed(R"(interface i {
    type a = list<u8>; type b = list<list<u8, 4>, 2>; type c = result<_, string>; type d = result;
    type e = tuple<u8, s64,>; type f = map<string, f32>; type g = future; type h = stream<own<r>>; type k = borrow<r>;
    type l = %list; type m = error-context; type n = %error-context; type o = option<char>; type p = result<bool>;
    record q { /// first
      a: u8, b: u16 }
    variant s { a, b(s8), }
    enum t { a, b }
    flags u { a, b, }
    resource v;
    resource w { constructor(a: u8); m: async func() -> u8; s: static func(); }
  })");
  using Kind = ast::Type::Kind;
  const std::vector<ast::TypeDef>& types = parsed.good().items.interfaces.at(0).body.types;
  REQUIRE(types.size() == 20);
  const auto alias = [&](size_t i) -> const ast::Type& { return types.at(i).alias; };
  CHECK(alias(0).kind == Kind::list);
  CHECK(alias(0).args.at(0).primitive == Primitive::u8);
  CHECK(alias(1).kind == Kind::fixed_list);
  CHECK(alias(1).length == 2);
  CHECK(alias(1).args.at(0).length == 4);
  CHECK(alias(2).args.at(0).kind == Kind::none);
  CHECK(alias(2).args.at(1).primitive == Primitive::string);
  CHECK(alias(3).args.empty());
  CHECK(alias(4).args.size() == 2);
  CHECK(alias(5).kind == Kind::map);
  CHECK(alias(6).args.empty());
  CHECK(alias(7).args.at(0).kind == Kind::own);
  CHECK(alias(8).name.text == "r");
  CHECK(alias(9).kind == Kind::name);
  CHECK(alias(9).name.text == "list");
  CHECK(alias(10).primitive == Primitive::error_context);
  CHECK(alias(11).kind == Kind::name);
  CHECK(alias(12).kind == Kind::option);
  CHECK(alias(13).args.size() == 1);
  CHECK(types[14].fields.at(0).docs == "first");
  CHECK(types[15].fields.at(0).type.kind == Kind::none);
  CHECK(types[15].fields.at(1).type.primitive == Primitive::s8);
  CHECK(types[17].kind == ast::TypeDef::Kind::flags);
  CHECK(types[18].methods.empty());
  const std::vector<ast::Func>& methods = types[19].methods;
  REQUIRE(methods.size() == 3);
  CHECK(methods[0].kind == ast::Func::Kind::constructor);
  CHECK(methods[1].kind == ast::Func::Kind::method);
  CHECK(methods[1].async);
  CHECK(methods[2].kind == ast::Func::Kind::static_);
}

TEST_CASE("wit: types that are none") {
  CHECK(error_in_interface("type a = list<u8;") == "2:17: expected `>`, found `;`");
  CHECK(error_in_interface("type a = list<u8, >;") == "2:19: expected a length, found `>`");
  CHECK(error_in_interface("type a = list<u8, 0>;") ==
        "2:19: a length is a number from 1 to 4294967295, without leading zeros");
  CHECK(error_in_interface("type a = list<u8, 4294967296>;") ==
        "2:19: a length is a number from 1 to 4294967295, without leading zeros");
  CHECK(error_in_interface("type a = result<_>;") == "2:18: expected `,`, found `>`");
  CHECK(error_in_interface("type a = option;") == "2:16: expected `<`, found `;`");
  CHECK(error_in_interface("type a = map<u8>;") == "2:16: expected `,`, found `>`");
  CHECK(error_in_interface("type a = tuple<>;") == "2:10: a tuple has at least one element");
  CHECK(error_in_interface("type a = borrow<u8>;") ==
        "2:17: expected the name of a resource, found the keyword `u8`");
  CHECK(error_in_interface("type a = record;") == "2:10: expected a type, found the keyword `record`");
  CHECK(error_in_interface("type option = u8;") == "2:6: expected an identifier, found the keyword `option`");
  CHECK(error_in_interface("record a {}") == "2:8: `a` is empty: this needs at least one part");
  CHECK(error_in_interface("record a { a }") == "2:14: expected `:`, found `}`");
  CHECK(error_in_interface("enum a { a b }") == "2:12: expected `,` or `}`, found the identifier `b`");
  CHECK(error_in_interface("enum a { a(u8) }") == "2:11: expected `,` or `}`, found `(`");
  CHECK(error_in_interface("resource a {\nasync constructor(); }") ==
        "3:1: expected `constructor` or the name of a method, found the keyword `async`");
  CHECK(error_in_interface("resource a = u8;") == "2:12: expected `;` or `{`, found `=`");
  std::string deep, deeper;
  for (int i = 0; i < 99; ++i) deep += "list<";
  for (int i = 0; i < 100'000; ++i) deeper += "option<";
  const std::string closed = "type a = " + deep + "u8" + std::string(99, '>') + "; }";
  CHECK(error_in_interface(closed) == "");
  CHECK(error_in_interface("type a = " + deeper) == "2:710: types are nested too deeply");
}

TEST_CASE("wit: functions") {
  Parsed parsed("interface i { f: func(); g: async func(a: u8, %func: string,) -> u8; }");
  const std::vector<ast::Func>& funcs = parsed.good().items.interfaces.at(0).body.funcs;
  REQUIRE(funcs.size() == 2);
  CHECK(!funcs[0].async);
  CHECK(funcs[0].result.kind == ast::Type::Kind::none);
  CHECK(funcs[1].async);
  CHECK(funcs[1].params.at(1).name.text == "func");
  CHECK(funcs[1].result.primitive == Primitive::u8);
  CHECK(error_in_interface("f: func()") == "2:10: expected `;`, found the end of the text");
  CHECK(error_in_interface("f: func() -> ();") == "2:14: expected a type, found `(`");
  CHECK(error_in_interface("f: func(u8);") == "2:9: expected the name of a parameter, found the keyword `u8`");
  CHECK(error_in_interface("f: func(a: u8 b: u8);") == "2:15: expected `,` or `)`, found the identifier `b`");
  CHECK(error_in_interface("f: async static func();") == "2:10: expected `func`, found the keyword `static`");
  CHECK(error_in_interface("f()") == "2:2: expected `:`, found `(`");
  CHECK(error_in_interface("import f;") ==
        "2:1: expected a type, a function, `use` or `}`, found the keyword `import`");
}

TEST_CASE("wit: worlds, and paths told from names by white space") {
  Parsed parsed(R"(world w {
    import a; import a:b/c@1.0.0; import d: e; export f: a:b/c; import g: func(); import h:async func();
    export i: interface { use a:b/c@1.0.0.{t, u as v}; }
    @external-id("\u{e9}\41\n") import j: a;
    include k; include a:b/l with { m as n, o as p } include a:b/l with { m as n };
    use q.{r};
    type s = u8;
  })");
  using Kind = ast::Extern::Kind;
  const ast::World& world = parsed.good().items.worlds.at(0);
  REQUIRE(world.externs.size() == 8);
  CHECK(world.externs[0].kind == Kind::path);
  CHECK(!world.externs[0].path.package.has_value());
  CHECK(world.externs[1].kind == Kind::path);
  CHECK(world.externs[1].path.package->version == "1.0.0");
  CHECK(world.externs[2].kind == Kind::named_path);
  CHECK(world.externs[2].name.text == "d");
  CHECK(world.externs[3].exported);
  CHECK(world.externs[3].path.package->space.text == "a");
  CHECK(world.externs[4].kind == Kind::func);
  CHECK(world.externs[5].func.async);
  CHECK(world.externs[6].kind == Kind::interface);
  CHECK(world.externs[6].interface.uses.at(0).from.package->version == "1.0.0");
  CHECK(world.externs[6].interface.uses.at(0).names.at(1).as.text == "v");
  CHECK(world.externs[7].annotations.external_id ==
        "\xc3\xa9"
        "A\n");
  REQUIRE(world.includes.size() == 3);
  CHECK(world.includes[1].names.at(1).as.text == "p");
  CHECK(world.body.uses.size() == 1);
  CHECK(world.body.types.size() == 1);
  CHECK(error_in_world("import a:b;") ==
        "2:11: expected `/`, found `;`: `a:b` is a package; `a: b`, with a space, gives the interface `b` a name");
  CHECK(error_in_world("import a: record;") ==
        "2:11: expected `func`, `async`, `interface` or the name of an interface, found the keyword `record`");
  CHECK(error_in_world("include a with { b };") == "2:20: expected `as`, found `}`");
  CHECK(error_in_world("include a with { };") == "2:16: expected at least one name between `{` and `}`");
  CHECK(error_in_world("use a.{};") == "2:7: expected at least one name between `{` and `}`");
  CHECK(error_in_world("f: func();") ==
        "2:1: expected `import`, `export`, `include`, `use`, a type or `}`, found the identifier `f`");
  CHECK(error_in_world("@external-id(\"a\") import a;") ==
        "2:1: an interface under its own name has no `@external-id`");
}

TEST_CASE("wit: gates") {
  Parsed parsed(R"(
    /// docs
    @since(version = 1.0.0)
    @deprecated(version = 1.1.0)
    interface i {
      @unstable(feature = a-feature)
      // no docs
      f: func();
    })");
  const ast::Interface& interface = parsed.good().items.interfaces.at(0);
  CHECK(interface.annotations.docs == "docs");
  CHECK(interface.annotations.gate.kind == Gate::Kind::since);
  CHECK(interface.annotations.gate.since == "1.0.0");
  CHECK(interface.annotations.gate.deprecated == "1.1.0");
  CHECK(interface.body.funcs.at(0).annotations.gate.unstable == "a-feature");
  CHECK(interface.body.funcs.at(0).annotations.docs.empty());
  CHECK(error_of("@since interface i {}") == "1:8: expected `(`, found the keyword `interface`");
  CHECK(error_of("@since(feature = a) interface i {}") == "1:8: expected `version`, found the identifier `feature`");
  CHECK(error_of("@unstable(feature = 1)") == "1:21: expected the name of a feature, found the number `1`");
  CHECK(error_of("@since(version = 1.0.0) @unstable(feature = a) interface i {}") ==
        "1:25: an item has one `@since` or one `@unstable`");
  CHECK(error_of("@deprecated(version = 1.0.0) interface i {}") ==
        "1:1: `@deprecated` needs `@since` or `@unstable` beside it");
  CHECK(error_of("@sinse(version = 1.0.0) interface i {}") == "1:2: unknown annotation `@sinse`");
  CHECK(error_of("@since(version = 1.0.0) use a:b/c;") == "1:1: a `use` outside interfaces and worlds has no gates");
  CHECK(error_of("@external-id(\"a\") interface i {}") == "1:1: an interface has no `@external-id`");
  CHECK(error_in_interface("@external-id(\"a\") @external-id(\"a\") f: func();") ==
        "2:19: `@external-id` stands twice before an item");
  CHECK(error_in_interface("@external-id(a) f: func();") == "2:14: expected a string, found the identifier `a`");
}

TEST_CASE("wit: documentation keeps its lines and loses their common indentation") {
  Parsed parsed(
      "///   a\n///\n///     b\r\n// no\n/** c\n      d */ /* no */ /**/ interface i {}\n/// e\n\n//// f\nworld w "
      "{}");
  CHECK(parsed.good().items.interfaces.at(0).annotations.docs == "  a\n\n    b\nc\n     d");
  CHECK(parsed.good().items.worlds.at(0).annotations.docs == "e\nf");
}

TEST_CASE("wit: characters and tokens") {
  CHECK(error_of("/* /* */ interface i {} /* nested /* */ */ */") == "");
  CHECK(error_of("interface i {} /* /* */") == "1:16: the comment does not end");
  CHECK(error_of("interface i {}\n#") == "2:1: unexpected character `#`");
  CHECK(error_of("interface \xc3\xa9 {}") == "1:11: unexpected character `\xc3\xa9`");
  CHECK(error_of("interface a_b {}") ==
        "1:11: `a_b` is no identifier: these are words, in lower or in upper case, with hyphens between");
  CHECK(error_of("interface aB {}").starts_with("1:11: `aB` is no identifier"));
  CHECK(error_of("interface a- {}").starts_with("1:11: `a-` is no identifier"));
  CHECK(error_of("interface % {}").starts_with("1:11: `` is no identifier"));
  CHECK(error_of("interface a-1-XML {}") == "");
  CHECK(error_of("// \x01") == "1:4: a control character may not stand in WIT");
  CHECK(error_of("// \xe2\x80\xae") == "1:4: a character that turns the direction may not stand in WIT");
  CHECK(error_of("// \xc5\x89") == "1:4: a character that Unicode deprecates may not stand in WIT");
  CHECK(error_of("// \xff") == "1:4: the text is not UTF-8");
  CHECK(error_of("interface i {}\n// \xc3\xa9\xe2\x82") == "2:5: the text is not UTF-8");
  CHECK(error_of("\xef\xbb\xbfinterface i {}") == "");
  CHECK(error_of("interface \xef\xbb\xbfi {}").starts_with("1:11: unexpected character"));
  CHECK(error_in_interface("@external-id(\"a\n\") f: func();") == "2:14: the string does not end");
  CHECK(error_in_interface("@external-id(\"\\x\") f: func();") == "2:15: malformed string escape");
  CHECK(error_in_interface("@external-id(\"\\u{d800}\") f: func();") == "2:15: malformed string escape");
  CHECK(error_in_interface("@external-id(\"\\ff\") f: func();") == "2:14: the string is not UTF-8");
  CHECK(error_of("%interface i {}") ==
        "1:1: expected `package`, `interface`, `world` or `use`, found the identifier `interface`");
}

TEST_CASE("wit: an offset tells its text") {
  Sources sources;
  const Source* first = sources.add("a.wit", "ab").value();
  const Source* second = sources.add("b.wit", "").value();
  const Source* third = sources.add("c.wit", "x").value();
  CHECK(sources.find(0) == first);
  CHECK(sources.find(2) == first);
  CHECK(sources.find(3) == second);
  CHECK(sources.find(4) == third);
  ErrorSink sink;
  auto file = parse(*third, &sink);
  REQUIRE(!file.ok());
  CHECK(sources.find(file.error().offset) == third);
}

}  // namespace
}  // namespace heddle::component::wit
