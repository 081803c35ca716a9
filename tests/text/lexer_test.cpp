// Tokens, numerals and where lexical errors are.
#include <doctest/doctest.h>

#include <string>

#include "text/lexer.h"
#include "text/number.h"

using namespace heddle;
using namespace heddle::text;

namespace {

// One letter for each token: ( ) n(at) i(nteger) r(eal) s(tring) c(haracter) $ k(eyword) ?(reserved) !(error).
std::string kinds(std::string_view source, bool characters = false) {
  constexpr std::string_view kLetters = ".()nirsc$k?!";
  std::string out;
  for (const Token& token : tokenize(source, characters).tokens)
    out.push_back(kLetters[static_cast<size_t>(token.kind)]);
  return out;
}

std::string decoded(std::string_view source) {
  Tokens tokens = tokenize(source);
  std::string out;
  tokens.append_decoded(tokens.tokens[0], out);
  return out;
}

struct Lexical {
  ErrorCode code = ErrorCode::none;
  uint32_t offset = 0;
};

Lexical error_of(std::string_view source) {
  for (const Token& token : tokenize(source).tokens) {
    if (token.kind == Tok::error) return {token.error(), token.offset};
  }
  return {};
}

#define CHECK_LEXICAL(source, error, at)                     \
  do {                                                       \
    CAPTURE(source);                                         \
    Lexical found = error_of(source);                        \
    CHECK(text_of(found.code) == text_of(ErrorCode::error)); \
    CHECK(found.offset == at);                               \
  } while (false)

}  // namespace

TEST_CASE("tokens are told apart") {
  CHECK(kinds("") == ".");
  CHECK(kinds("(module $m \"x\" 1 -1 1.5 )") == "(k$snir).");
  CHECK(kinds("func nop i32.const") == "kkk.");
  CHECK(kinds("unknown i32.konst Func") == "???.");
  CHECK(kinds("inf nan +inf -nan nan:0x1 nan:0x nan:canonical infinity") == "rrrrr?k?.");
  CHECK(kinds("offset=1 align=0x8 offset= offset=-1 align=x") == "kk???.");
}

TEST_CASE("characters are tokens where they are asked for") {
  const auto one = [](std::string_view source) {
    const Tokens tokens = tokenize(source, true);
    std::string out;
    tokens.append_decoded(tokens.tokens[0], out);
    return out;
  };
  CHECK(kinds("'a' ''' ' ' '(' ')' ';' '\xe2\x98\x83' '\\n' '\\'' '\\\\' '\\u{1F600}' '\\41'", true) ==
        "cccccccccccc.");
  CHECK(kinds("'a' '''") == "??.");
  CHECK(kinds("'' 'ab' 'a'b 'a'\"b\" 'a", true) == "?????.");
  CHECK(kinds("(value 'a')", true) == "(?c).");
  CHECK(error_of("'\xff'").code == ErrorCode::bad_utf8);
  CHECK(one("'\\''") == "'");
  CHECK(one("'\xe2\x98\x83'") == "\xe2\x98\x83");
  CHECK(one("'\\u{2603}'") == "\xe2\x98\x83");
}

TEST_CASE("spaces are needed between tokens, not beside parentheses") {
  CHECK(kinds("func(nop)0") == "k(k)n.");
  CHECK(kinds("0$l") == "?.");
  CHECK(kinds("$l$l") == "$.");
  CHECK(kinds("\"a\"\"b\"") == "?.");
  CHECK(kinds("data\"a\"") == "?.");
  CHECK(kinds("$l\"a\"") == "?.");
  CHECK(kinds("$\"l\"0") == "?.");
  CHECK(kinds("0x") == "?.");
  CHECK(kinds(", ; [ ] { }") == "??????.");
}

TEST_CASE("numerals") {
  for (std::string_view text : {"0", "1_000", "0xDEAD_beef", "00"}) CHECK(classify_numeral(text) == Numeral::nat);
  for (std::string_view text : {"+0", "-1_000", "-0x1"}) CHECK(classify_numeral(text) == Numeral::integer);
  for (std::string_view text : {"1.", "1.5", "1e5", "1E+5", "-0x1.8p-3", "0x1p1_0", "nan:0x1_2", "0x1.", "-inf"}) {
    CHECK(classify_numeral(text) == Numeral::real);
  }
  for (std::string_view text : {"_1", "1_", "1__0", "0x_1", "0xg", "1e", "1e+", ".5", "1._5", "0x1p", "0x1e+1x", "+",
                                "-", "1.5.5", "nan:1", "0b1"}) {
    CAPTURE(text);
    CHECK(classify_numeral(text) == Numeral::none);
  }
}

TEST_CASE("integers have a range") {
  CHECK(parse_nat("4294967295", 32) == 0xffffffffu);
  CHECK(parse_nat("4294967296", 32) == std::nullopt);
  CHECK(parse_nat("0xffff_ffff_ffff_ffff", 64) == ~uint64_t{0});
  CHECK(parse_nat("18446744073709551616", 64) == std::nullopt);
  CHECK(parse_int("-2147483648", 32) == static_cast<uint64_t>(int64_t{INT32_MIN}));
  CHECK(parse_int("-2147483649", 32) == std::nullopt);
  CHECK(parse_int("0xffffffff", 32) == 0xffffffffu);
  CHECK(parse_int("-0x8000000000000000", 64) == uint64_t{1} << 63);
  CHECK(parse_int("-0x8000000000000001", 64) == std::nullopt);
  CHECK(parse_int("-128", 8) == static_cast<uint64_t>(-128));
  CHECK(parse_int("256", 8) == std::nullopt);
}

TEST_CASE("floats are rounded once") {
  CHECK(parse_f32("1.5") == 0x3fc00000u);
  CHECK(parse_f32("-0.0") == 0x80000000u);
  CHECK(parse_f32("16777217") == 0x4b800000u);                       // a tie, to even
  CHECK(parse_f32("0x1.000001p0") == 0x3f800000u);                   // likewise
  CHECK(parse_f32("0x1.00000100000000000000001p0") == 0x3f800001u);  // just above the tie
  CHECK(parse_f32("0x1p-149") == 1u);
  CHECK(parse_f32("0x1p-150") == 0u);
  CHECK(parse_f32("0x1.8p-150") == 1u);
  CHECK(parse_f32("0x1.fffffep127") == 0x7f7fffffu);
  CHECK(parse_f32("0x1.ffffffp127") == std::nullopt);
  CHECK(parse_f32("340282356779733661637539395458142568447") == 0x7f7fffffu);
  CHECK(parse_f32("340282356779733661637539395458142568448") == std::nullopt);
  CHECK(parse_f32("1e-1000") == 0u);
  CHECK(parse_f32("0.0000001e1000") == std::nullopt);
  CHECK(parse_f64("0x0.0000000000000000000000000000001p130") == 0x4050000000000000u);
  CHECK(parse_f64("1_000.5e-1_0") == parse_f64("1000.5e-10"));
  CHECK(parse_f64("4.9406564584124654e-324") == 1u);
  CHECK(parse_f64("1e309") == std::nullopt);
  CHECK(parse_f64("0e999999999999999999999") == 0u);
}

TEST_CASE("NaNs carry payloads") {
  CHECK(parse_f32("nan") == 0x7fc00000u);
  CHECK(parse_f32("-nan:0x1") == 0xff800001u);
  CHECK(parse_f32("nan:0x7fffff") == 0x7fffffffu);
  CHECK(parse_f32("nan:0x800000") == std::nullopt);
  CHECK(parse_f32("nan:0x0") == std::nullopt);
  CHECK(parse_f64("nan:0xf_ffff_ffff_ffff") == 0x7fffffffffffffffu);
}

TEST_CASE("strings and identifiers are decoded") {
  CHECK(decoded(R"("a\tb\n\r\"\'\\")") == "a\tb\n\r\"'\\");
  CHECK(decoded(R"("\00\fF\u{20_AC}x")") == std::string("\0\xff\xe2\x82\xacx", 6));
  CHECK(decoded("$plain") == "plain");
  CHECK(decoded(R"($"with \u{73}pace")") == "with space");
  CHECK(decoded("\"\xc3\xa4\"") == "\xc3\xa4");
}

TEST_CASE("comments and foreign annotations vanish") {
  CHECK(kinds(";; all\n(;(;nested;) ;;;)0") == "n.");
  CHECK(kinds("(func (@x (y \")\" ;) , [ (@) @) nop)") == "(kk).");
  CHECK(kinds("(@\"quoted\" (;;) ) 1") == "n.");
  CHECK(kinds(";; to the end") == ".");
}

TEST_CASE("known annotations are kept aside") {
  Tokens tokens = tokenize("(func (@name \"f\") nop)(@custom \"c\" (before type))");
  REQUIRE(tokens.annotations.size() == 2);
  CHECK(tokens.annotations[0].kind == Annotation::Kind::name);
  CHECK(tokens.annotations[0].token == 2);
  CHECK(tokens.annotations[0].item_count == 1);
  CHECK(tokens.annotations[1].kind == Annotation::Kind::custom);
  CHECK(tokens.annotations[1].token == 4);
  CHECK(tokens.annotations[1].item_count == 5);
}

TEST_CASE("parentheses know their partners") {
  Tokens tokens = tokenize("(a (b) (c (d)");
  CHECK(tokens.tokens[0].length == 10);  // never closed: the end
  CHECK(tokens.tokens[2].length == 4);
  CHECK(tokens.tokens[5].length == 10);
  CHECK(tokens.tokens[7].length == 9);
}

TEST_CASE("lexical errors say what and where") {
  CHECK_LEXICAL("ab \"cd", unclosed_string, 3);
  CHECK_LEXICAL("\"a\nb\"", unclosed_string, 0);
  CHECK_LEXICAL("\"a\x01\"", illegal_character, 2);
  CHECK_LEXICAL("\"a\\q\"", bad_string_escape, 2);
  CHECK_LEXICAL("\"\\u{d800}\"", bad_string_escape, 1);
  CHECK_LEXICAL("\"\\u{110000}\"", bad_string_escape, 1);
  CHECK_LEXICAL("\"\\u{}\"", bad_string_escape, 1);
  CHECK_LEXICAL("\"\x80\"", bad_utf8, 0);
  CHECK_LEXICAL("(; (; ;)", unclosed_comment, 0);
  CHECK_LEXICAL(";; \xff\n", bad_utf8, 0);
  CHECK_LEXICAL("nop \x7f", illegal_character, 4);
  CHECK_LEXICAL("nop \xc3\xa4", illegal_character, 4);
  CHECK_LEXICAL("nop \xc3", bad_utf8, 4);
  CHECK_LEXICAL("(func $)", empty_identifier, 6);
  CHECK_LEXICAL("$\"\"", empty_identifier, 0);
  CHECK_LEXICAL("$\"a\tb\"", empty_identifier, 0);
  CHECK_LEXICAL("$\"\\ef\"", bad_utf8, 0);
  CHECK_LEXICAL(" (@)", empty_annotation_id, 1);
  CHECK_LEXICAL("(@\"\")", empty_annotation_id, 0);
  CHECK_LEXICAL("(@x (y) ", unclosed_annotation, 0);
  CHECK_LEXICAL("(@x \x01)", illegal_character, 4);
  CHECK_LEXICAL("(@x \")", unclosed_string, 4);
}

TEST_CASE("nothing follows a lexical error but the end") { CHECK(kinds("( \x01 nop)") == "(!."); }
