// The text format of components: every abbreviation is what it stands for, written out; what is wrong is told where
// it is; and no text, however it nests, costs more than its length.
#include "component/binary/encode.h"
#include "component/text/support.h"

using namespace heddle;
using namespace heddle::component;
using test::parsed_component;

namespace {

// The definitions `abbreviated` are those that `written_out` writes out, both inside a component that has some more.
void same(std::string_view abbreviated, std::string_view written_out, std::string_view before = "") {
  auto whole = [&](std::string_view definitions) {
    return parsed_component("(component " + std::string(before) + " " + std::string(definitions) + ")");
  };
  CAPTURE(abbreviated);
  const Parsed a = whole(abbreviated), b = whole(written_out);
  CHECK(test::difference(a.component, b.component) == "");
}

// `words` are said of the place marked by ^.
void fails(std::string source, std::string_view words, const component::Features& features, ErrorKind kind) {
  CAPTURE(source);
  const size_t at = source.find('^');
  REQUIRE(at != std::string::npos);
  source.erase(at, 1);
  ErrorSink sink;
  auto result = component::parse(source, features, heddle::Features(), &sink);
  REQUIRE_FALSE(result.ok());
  std::string said = describe(result.error(), &sink);
  for (const std::string& note : sink.notes) said += " | " + note;
  CHECK(said == words);
  CHECK(result.error().offset == at);
  CHECK(kind_of(result.error().code) == kind);
}
void fails(const std::string& source, std::string_view words) {
  fails(source, words, test::all_component_features(), ErrorKind::malformed);
}

constexpr std::string_view kCore = R"(
  (core module $m (memory (export "mem") 1) (func $f (export "f")) (table (export "t") 1 funcref))
  (core instance $c (instantiate $m)))";
constexpr std::string_view kInstance = R"(
  (import "i" (instance $i
    (export "f" (func)) (export "t" (type (sub resource))) (export "m" (core module)) (export "c" (component))
    (export "n" (instance (export "f" (func)))))))";

}  // namespace

TEST_CASE("types written where they are used are definitions before that") {
  same(R"((type (list (option (tuple u8 string)))))",
       R"((type (tuple u8 string)) (type (option 0)) (type (list 1)))");
  same(R"((type (record (field "a" (list u8)) (field "b" char))))",
       R"((type (list u8)) (type (record (field "a" 0) (field "b" char))))");
  same(R"((type (result (list u8) (error (option s8)))))",
       R"((type (list u8)) (type (option s8))
          (type (result 0 (error 1))))");
  same(R"((type (func (param "x" (list u8)) (result (future)))))",
       R"((type (list u8)) (type (future)) (type (func (param "x" 0) (result 1))))");
  same(R"((import "f" (func (param "x" string))))",
       R"((type (func (param "x" string))) (import "f" (func (type 0))))");
  same(R"((import "i" (instance (export "f" (func)))))",
       R"((type (instance (type (func)) (export "f" (func (type 0))))) (import "i" (instance (type 0))))");
  same(R"((import "c" (component (import "f" (func)))))",
       R"((type (component (type (func)) (import "f" (func (type 0))))) (import "c" (component (type 0))))");
  same(R"((import "m" (core module (export "g" (global i32)))))",
       R"((core type (module (export "g" (global i32)))) (import "m" (core module (type 0))))");
  same(R"((core func (canon task.return (result (list u8)))))",
       R"((type (list u8)) (core func (canon task.return (result 0))))");
  same(R"((type (map string (list u8))))", R"((type (list u8)) (type (map string 0)))");
}

TEST_CASE("function types of module types") {
  same(R"((core type (module (import "a" "b" (func (param i32))) (export "c" (func (param i32))))))",
       R"((core type (module (type (func (param i32)))
          (import "a" "b" (func (type 0))) (export "c" (func (type 0))))))");
  same(R"((core type (module (alias outer 1 0 (type)) (export "c" (func)))))",
       R"((core type (module (alias outer 1 0 (type)) (type (func)) (export "c" (func (type 1))))))",
       "(core type (func))");
  same(R"((core type (module (alias outer 1 $t (type $u)) (export "c" (func (type $u))))))",
       R"((core type (module (alias outer 1 0 (type)) (export "c" (func (type 0))))))", "(core type $t (func))");
}

TEST_CASE("imports of module types share their module's name, and their type") {
  same(R"((core type (module (import "m" (item "a" (func (param i32))) (item "b" (global i64))))))",
       R"((core type (module (import "m" "a" (func (param i32))) (import "m" "b" (global i64)))))");
  same(R"((core type (module (import "m" (item "a") (item "b") (func (param i32))) (export "c" (func)))))",
       R"((core type (module (import "m" "a" (func (param i32))) (import "m" "b" (func (param i32)))
                             (export "c" (func)))))");
  const auto error_of = [](std::string_view source, heddle::Features core) {
    ErrorSink sink;
    auto parsed = parse(source, test::all_component_features(), core, &sink);
    REQUIRE(!parsed.ok());
    return sink.detail;
  };
  heddle::Features without = test::all_core_features();
  without.set(heddle::Feature::compact_imports, false);
  CHECK(error_of(R"((component (core type (module (import "m" (item "a" (func)))))))", without) ==
        "needs compact-import-section");
  CHECK(error_of(R"((component (core type (module (import "m" (item "a") (item "b" (func)))))))",
                 test::all_core_features()) == "expected `)`, for the names before it share a type, found `(func`");
}

TEST_CASE("core recursion groups refer to one another by name") {
  same(R"((core rec (type $a (struct (field (ref null $b)))) (type $b (sub $a (struct (field (ref null $a)))))))",
       R"((core rec (type (struct (field (ref null 1)))) (type (sub 0 (struct (field (ref null 0)))))))");
  same("(core type $t (array (ref null $t)))", "(core type (array (ref null 0)))");
}

TEST_CASE("inline imports") {
  same(R"((func $f (import "f") (param "x" u8)) (export "g" (func $f)))",
       R"((import "f" (func $f (param "x" u8))) (export "g" (func $f)))");
  same(R"((core module (import "m") (export "f" (func))))", R"((import "m" (core module (export "f" (func)))))");
  same(R"((component (import "c") (import "f" (func))))", R"((import "c" (component (import "f" (func)))))");
  same(R"((instance (import "i") (export "f" (func))))", R"((import "i" (instance (export "f" (func)))))");
  same(R"((type $t (import "t") (sub resource)) (type (import "u") (eq $t)))",
       R"((import "t" (type $t (sub resource))) (import "u" (type (eq $t))))");
  same(R"((instance (import "i" (implements "a:b/c"))))", R"((import "i" (implements "a:b/c") (instance)))");
  // With something behind its name it is a definition inside the component.
  CHECK(parsed_component(R"((component (component (import "f" (func)))))").component.imports.empty());
}

TEST_CASE("inline exports stand at the end, in their order") {
  same(R"((func (export "a") (export "b") (import "f")) (type (export "t") u8))",
       R"((func (import "f")) (type u8) (export "a" (func 0)) (export "b" (func 0)) (export "t" (type 1)))");
  same(R"((core module (export "m")) (component (export "c")) (instance (export "i")) )",
       R"((core module) (component) (instance)
          (export "m" (core module 0)) (export "c" (component 0)) (export "i" (instance 0)))");
  same(R"((instance (export "i") (export "f" (func $f))))",
       R"((instance (export "f" (func $f))) (export "i" (instance 0)))", R"((import "f" (func $f)))");
  same(R"((func (export "a" (external-id "x")) (import "f")))",
       R"((func (import "f")) (export "a" (external-id "x") (func 0)))");
}

TEST_CASE("items of instances are aliases") {
  same(R"((export "f" (func $i "f")))", R"((alias export $i "f" (func $f)) (export "f" (func $f)))", kInstance);
  same(R"((export "f" (func $i "n" "f")))",
       R"((alias export $i "n" (instance $n)) (alias export $n "f" (func $f)) (export "f" (func $f)))", kInstance);
  same(R"((type (own (type $i "t"))))", R"((alias export $i "t" (type $t)) (type (own $t)))", kInstance);
  same(R"((core instance (instantiate (module $i "m"))))",
       R"((alias export $i "m" (core module $m)) (core instance (instantiate $m)))", kInstance);
  same(R"((instance (instantiate (component $i "c") (with "x" (instance $i "n")))))",
       R"((alias export $i "c" (component $c)) (alias export $i "n" (instance $n))
          (instance (instantiate $c (with "x" (instance $n)))))",
       kInstance);
  same(R"((core instance (export "f" (func $c "f")) (export "m" (memory $c "mem"))))",
       R"((alias core export $c "f" (core func $f)) (alias core export $c "mem" (core memory $x))
          (core instance (export "f" (func $f)) (export "m" (memory $x))))",
       kCore);
  same(R"((type (resource (rep i32) (dtor (core func $c "f")))))",
       R"((alias core export $c "f" (core func $f)) (type (resource (rep i32) (dtor $f))))", kCore);
}

TEST_CASE("aliases with the sort first") {
  same(R"((func $f (alias export $i "f")))", R"((alias export $i "f" (func $f)))", kInstance);
  same(R"((core module (alias export $i "m")))", R"((alias export $i "m" (core module)))", kInstance);
  same(R"((component (alias export $i "c")))", R"((alias export $i "c" (component)))", kInstance);
  same(R"((core func (alias core export $c "f")))", R"((alias core export $c "f" (core func)))", kCore);
  same(R"((core table (alias core export $c "t")))", R"((alias core export $c "t" (core table)))", kCore);
  same(R"((component (type (alias outer 1 $t))))", R"((component (alias outer 1 $t (type))))", "(type $t u8)");
  CHECK(parsed_component(R"((component (import "i" (instance $i)) (component (alias outer 1 0 (type)))))")
            .component.components.size() == 1);
}

TEST_CASE("identifiers of outer scopes are aliases") {
  same(R"((component (type (list $t))))", R"((component (alias outer 1 0 (type)) (type (list 0))))", "(type $t u8)");
  same(R"((component (component (type (tuple $t $t)))))",
       R"((component (component (alias outer 2 0 (type)) (type (tuple 0 0)))))", "(type $t u8)");
  same(R"((component (instance (instantiate $c))))",
       R"((component (alias outer 1 0 (component)) (instance (instantiate 0))))", "(component $c)");
  same(R"((import "i" (instance (export "f" (func (param "x" $t))))))",
       R"((type (instance (alias outer 1 0 (type)) (type (func (param "x" 0))) (export "f" (func (type 1)))))
          (import "i" (instance (type 1))))",
       "(type $t u8)");
  same(R"((component $inner (alias outer $inner 0 (type)) (alias outer $x $m (core module))))",
       R"((component (alias outer 0 0 (type)) (alias outer 1 0 (core module))))", R"($x (core module $m))");
}

TEST_CASE("instances made of exports where arguments are") {
  same(R"((core instance (instantiate $m (with "a" (instance (export "f" (func $c "f")))) (with "b" (instance)))))",
       R"((alias core export $c "f" (core func $f)) (core instance $x (export "f" (func $f))) (core instance $y)
          (core instance (instantiate $m (with "a" (instance $x)) (with "b" (instance $y)))))",
       kCore);
  same(R"((component $k) (instance (instantiate $k (with "a" (instance (export "f" (func $i "f")))))))",
       R"((component $k) (alias export $i "f" (func $f)) (instance $x (export "f" (func $f)))
          (instance (instantiate $k (with "a" (instance $x)))))",
       kInstance);
}

TEST_CASE("canonical definitions with the sort first or last") {
  same(
      R"((func $f (param "x" string) (canon lift (core func $c "f") string-encoding=utf16
               (memory (core memory $c "mem")))))",
      R"((type $t (func (param "x" string)))
          (alias core export $c "f" (core func $f)) (alias core export $c "mem" (core memory $x))
          (canon lift (core func $f) string-encoding=utf16 (memory $x) (func (type $t))))",
      std::string(kCore));
  same(R"((core func (canon lower (func $i "f") async (realloc (core func $c "f")))))",
       R"((alias export $i "f" (func $g)) (alias core export $c "f" (core func $f))
          (canon lower (func $g) async (realloc $f) (core func)))",
       std::string(kCore) + std::string(kInstance));
  // As it was written before items of core instances began with `core`.
  same(R"((core func (canon lower (func $i "f") (memory $c "mem") (realloc (func $c "f")))))",
       R"((core func (canon lower (func $i "f") (memory (core memory $c "mem")) (realloc (core func $c "f")))))",
       std::string(kCore) + std::string(kInstance));
}

TEST_CASE("every built-in, both ways") {
  constexpr std::string_view kOperands[] = {
      "(core func 0)",
      "(func 0)",
      "",
      "0",
      "0 async (memory 0)",
      "0 async",
      "(result u8) string-encoding=utf8",
      "async",
      "cancellable",
      "cancellable (memory 0)",
      "i32 1",
      "(realloc 0)",
      "0 0",
      "shared 0",
      "shared 0 0",
      "shared",
  };
  for (const CanonInfo& canon : kCanons) {
    if (canon.operands == Operands::lift) continue;
    std::string body = std::string(canon.text) + " " + std::string(kOperands[static_cast<size_t>(canon.operands)]);
    CAPTURE(body);
    const Parsed last = parsed_component("(component (canon " + body + " (core func)))");
    const Parsed first = parsed_component("(component (core func (canon " + body + ")))");
    REQUIRE(last.component.canons.size() == 1);
    CHECK(info(last.component.canons[0].op).text == canon.text);
    CHECK(test::difference(last.component, first.component) == "");
  }
}

TEST_CASE("names are kept: of definitions, of modules, of people") {
  const Parsed parsed = parsed_component(R"((component $c
    (core module $m (@name "the module"))
    (component $inner (type $t u8))
    (type $"a b" (@name "A and B") u8)
    (import "f" (func $f))
    (component (type (list $"a b"))) ))");
  const Names& names = parsed.names;
  auto name = [](const Names& in, Sort sort, uint32_t i) { return in.sorts[static_cast<size_t>(sort)].at(i); };
  CHECK(names.component == "c");
  CHECK(name(names, Sort::core_module, 0) == "m");
  CHECK(name(names, Sort::component, 0) == "inner");
  CHECK(name(names, Sort::type, 0) == "A and B");
  CHECK(name(names, Sort::func, 0) == "f");
  REQUIRE(names.components.size() == 2);
  CHECK(names.components[0].component == "inner");
  CHECK(name(names.components[0], Sort::type, 0) == "t");
  CHECK(name(names.components[1], Sort::type, 0) == "a b");
  const auto bytes = parsed.component.core_modules[0].bytes;
  CHECK(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).ends_with("the module"));
}

TEST_CASE("binary, quoted and custom parts") {
  same(R"((component binary "\00asm" "\0d\00\01\00"))", "(component)");
  same(R"((core module binary "\00asm" "\01\00\00\00"))", "(core module)");
  same("(core module quote \"(func\" \")\")", "(core module (func))");
  const Parsed parsed = parsed_component(R"((component (@custom "a" "x" "y") (type u8) (@custom "b" "")))");
  REQUIRE(parsed.component.customs.size() == 2);
  CHECK(parsed.component.customs[0].name == "a");
  CHECK(parsed.component.customs[0].bytes.size() == 2);
  CHECK(parsed.component.order.size() == 3);
}

TEST_CASE("values in the binary format of their type") {
  auto bytes = [](std::string_view types, std::string_view value) {
    const Parsed parsed =
        parsed_component("(component " + std::string(types) + " (value $v " + std::string(value) + "))");
    REQUIRE(parsed.component.values.size() == 1);
    const syntax::Bytes found = parsed.component.values[0].bytes;
    return std::string(found.begin(), found.end());
  };
  using namespace std::string_literals;
  CHECK(bytes("", "bool true") == "\1"s);
  CHECK(bytes("", "u8 255") == "\xff"s);
  CHECK(bytes("", "s8 -1") == "\xff"s);
  CHECK(bytes("", "u16 300") == "\xac\x02"s);
  CHECK(bytes("", "s64 -1") == "\x7f"s);
  CHECK(bytes("", "f32 nan") == "\0\0\xc0\x7f"s);
  CHECK(bytes("", "f64 1") == "\0\0\0\0\0\0\xf0\x3f"s);
  CHECK(bytes("", "char 'x'") == "x");
  CHECK(bytes("", "char '\\u{e9}'") == "\xc3\xa9");
  CHECK(bytes("", "char '\xe2\x98\x83'") == "\xe2\x98\x83");
  CHECK(bytes("", "char '('") == "(");
  CHECK(bytes("", "u8 +5") == "\5");
  CHECK(bytes("", "string \"hey\"") == "\3hey");
  CHECK(bytes("", "(list u8) (list 1 2)") == "\2\1\2");
  CHECK(bytes("", "(list u8 2) (list 1 2)") == "\1\2");
  CHECK(bytes("", "(tuple u8 bool) (tuple 1 false)") == "\1\0"s);
  CHECK(bytes("", R"((record (field "a" u8)) (record 7))") == "\7");
  CHECK(bytes("", R"((variant (case "a") (case "b" u8)) (variant "b" 7))") == "\1\7");
  CHECK(bytes("", R"((enum "a" "b") (enum "b"))") == "\1");
  CHECK(bytes("", R"((flags "a" "b" "c") (flags "c" "a"))") == "\5");
  CHECK(bytes("", "(option u8) none") == "\0"s);
  CHECK(bytes("", "(option u8) (some 7)") == "\1\7");
  CHECK(bytes("", "(result) error") == "\1");
  CHECK(bytes("", "(result u8) (ok 7)") == "\0\7"s);
  CHECK(bytes("(type $t (list u8))", "$t (list 1)") == "\1\1");
  CHECK(bytes(R"((import "i" (instance $i (export "t" (type (sub resource))))))",
              R"((type $i "t") (binary "\09"))") == "\x09");
  fails("(component (value u8 ^256))", "constant out of range");
  fails("(component (value s8 ^128))", "constant out of range");
  fails(R"((component (value (enum "a") (enum ^"b"))))",
        "unexpected token: expected a label of the type, found a string");
  fails("(component (value (option u8) ^ok))", "unexpected token: expected `none` or `(some`, found `ok`");
}

TEST_CASE("errors say what is wrong, where") {
  fails("(component (export \"f\" (func ^$x)))", "unknown func $x");
  fails("(component (import \"f\" (func $func)) (export \"f\" (func ^$fun)))",
        "unknown func $fun | Did you mean $func?");
  fails("(component (core instance (instantiate ^$m)))", "unknown core module $m");
  fails("(component (type $t u8) (type ^$t u8))", "duplicate type $t");
  fails("(component (import \"f\" (func $x)) (component (export \"x\" (func ^$x))))",
        "outer item `x` is not a module, type, or component");
  fails("(component (alias outer ^$c $t (type)))", "unknown outer component $c");
  fails("(component (alias outer 7 ^$t (type)))", "outer count of `7` is too large");
  fails("(component (alias ^inner 0 0 (type)))",
        "unknown operator inner: expected `export`, `core export` or `outer`");
  fails("(component (^foo))", "unknown operator foo: expected a definition");
  fails("(component (^canonn))", "unknown operator canonn: expected a definition | Did you mean `canon`?");
  fails("(component ^type)", "unexpected token: expected a definition, found `type`");
  fails("(component (type ^lift))", "unexpected token: expected a type, found `lift`");
  fails("(component (type (list ^(func))))", "unexpected token: expected a value type, found `(func`");
  fails("(component (core func (canon ^lifft)))",
        "unknown operator lifft: expected a canonical definition | Did you mean `lift`?");
  fails("(component) ^(component)", "unexpected token: expected the end of the text, found `(component`");
  fails("(component (core module (func (^i32.ad))))",
        "unknown operator i32.ad: expected an instruction | "
        "Did you mean `i32.add`?");
  fails("(component (core module (func (call ^$f))))", "unknown function $f");
  fails(R"((component (import "^\zz" (func))))", "invalid string escape");
  fails("(component (type (@name \"x\") (list ^(@name \"y\") u8)))", "misplaced @name annotation",
        test::all_component_features(), ErrorKind::malformed_custom);
}

TEST_CASE("gates are named") {
  const component::Features features;
  auto gated = [&](const std::string& source, std::string_view flag) {
    ErrorSink sink;
    auto result = component::parse(source, features, heddle::Features(), &sink);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::feature_disabled);
    CHECK(describe(result.error(), &sink).find("needs " + std::string(flag) + " (") != std::string::npos);
  };
  gated("(component (value u8 1))", "component-model-values");
  gated("(component (start 0))", "component-model-values");
  gated("(component (import \"v\" (value u8)))", "component-model-values");
  gated("(component (type (list u8 4)))", "component-model-fixed-length-lists");
  gated("(component (type error-context))", "component-model-error-context");
  gated("(component (core func (canon thread.index)))", "component-model-threading");
  gated("(component (core func (canon thread.spawn-ref 0)))", "component-model-shared-threads");
  gated("(component (import \"a\" (versionsuffix \"1\") (func)))", "component-model-canonical-names");
}

TEST_CASE("nesting is bounded") {
  auto nested = [](size_t depth, std::string_view open, std::string_view inside, std::string_view close) {
    std::string source = "(component ";
    for (size_t i = 0; i < depth; ++i) source += open;
    source += inside;
    for (size_t i = 0; i < depth; ++i) source += close;
    return source + ")";
  };
  auto code = [](const std::string& source) {
    auto result = component::parse(source, test::all_component_features(), heddle::Features(), nullptr);
    return result.ok() ? ErrorCode::none : result.error().code;
  };
  for (auto [open, inside, close] : {std::array{"(component ", "", ")"}, std::array{"(type (component ", "", "))"},
                                     std::array{"(import \"a\" (component (export \"b\" (component ", "", "))))"}}) {
    CHECK(code(nested(40, open, inside, close)) == ErrorCode::none);
    CHECK(code(nested(100'000, open, inside, close)) == ErrorCode::limit_exceeded);
  }
  CHECK(code("(component (type " + nested(90, "(list ", "u8", ")").substr(11) + ")") == ErrorCode::none);
  CHECK(code("(component (type " + nested(100'000, "(list ", "u8", ")").substr(11) + ")") ==
        ErrorCode::limit_exceeded);
  CHECK(code(nested(100'000, "(", "", ")")) == ErrorCode::unexpected_token);
}

TEST_CASE("what is built is linear in the text") {
  auto size = [](size_t n) {
    std::string source = "(component (type $t u8)";
    for (size_t i = 0; i < n; ++i) {
      source += R"((import "f)" + std::to_string(i) + R"(" (func (param "x" (list (option $t))))))";
      source += R"((component (type (tuple $t $t (list $t)))))";
    }
    const Parsed parsed = parsed_component(source + ")");
    return encode(parsed.component).size() + parsed.component.types.size() + parsed.component.aliases.size();
  };
  const size_t one = size(1000), two = size(2000);
  CHECK(two > one);
  CHECK(two < 2 * one + one / 5);
}
