// A name that C++ has a meaning for gets an underscore, which those who compare names look past.
#include "tools/heddle/bindgen_names.h"

#include <algorithm>
#include <iterator>

namespace heddle::cli {
namespace {

constexpr std::string_view kKeywords[] = {
    "alignas",   "alignof",       "and",        "and_eq",   "asm",       "auto",     "bitand",
    "bitor",     "bool",          "break",      "case",     "catch",     "char",     "class",
    "co_await",  "co_return",     "co_yield",   "compl",    "concept",   "const",    "consteval",
    "constexpr", "constinit",     "const_cast", "continue", "decltype",  "default",  "delete",
    "do",        "double",        "else",       "enum",     "errno",     "explicit", "export",
    "extern",    "false",         "float",      "for",      "friend",    "goto",     "if",
    "inline",    "int",           "long",       "mutable",  "namespace", "new",      "noexcept",
    "not",       "not_eq",        "nullptr",    "operator", "or",        "or_eq",    "private",
    "protected", "public",        "register",   "requires", "return",    "short",    "signed",
    "sizeof",    "static",        "stderr",     "stdin",    "stdout",    "std",      "struct",
    "switch",    "template",      "this",       "throw",    "true",      "try",      "typedef",
    "typeid",    "typename",      "union",      "unix",     "linux",     "unsigned", "using",
    "virtual",   "void",          "volatile",   "wchar_t",  "while",     "xor",      "xor_eq",
    "heddle",    "static_assert", "from",       "made",     "instance",  "linker",
};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string snake(std::string_view name) {
  std::string made;
  for (const char c : name) made += c == '-' ? '_' : lower(c);
  const bool taken = std::find(std::begin(kKeywords), std::end(kKeywords), made) != std::end(kKeywords);
  return taken ? made + "_" : made;
}

std::string pascal(std::string_view name) {
  std::string made;
  bool begins = true;
  for (const char c : name) {
    if (c != '-') made += begins ? upper(c) : lower(c);
    begins = c == '-';
  }
  return made == "Host" || made == "Guest" ? made + "_" : made;
}

}  // namespace heddle::cli
