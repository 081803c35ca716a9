// A name that C++ has a meaning for gets an underscore, which those who compare names look past.
#include "tools/heddle/bindgen_names.h"

#include <algorithm>
#include <iterator>

namespace heddle::cli {
namespace {

// Keywords and other spellings of operators; what headers of C define as macros; what all the header is made of.
constexpr std::string_view kKeywords[] = {
    "alignas",
    "alignof",
    "alloca",
    "and",
    "and_eq",
    "asm",
    "assert",
    "auto",
    "be16toh",
    "be32toh",
    "be64toh",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "errno",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "heddle",
    "htobe16",
    "htobe32",
    "htobe64",
    "htole16",
    "htole32",
    "htole64",
    "if",
    "inline",
    "int",
    "le16toh",
    "le32toh",
    "le64toh",
    "linux",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "offsetof",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "pthread_cleanup_pop",
    "pthread_cleanup_push",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "return",
    "sched_priority",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "std",
    "stderr",
    "stdin",
    "stdout",
    "strdupa",
    "strndupa",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "union",
    "unix",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
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
  return made;
}

std::string name_space(std::string_view name) {
  std::string made = snake(name);
  return made == "add_to" || made == "add_functions_to" || made.starts_with("heddle_") ? made + "_" : made;
}

// How often a name was tried is remembered: thousands may be the same but for their hyphens.
std::string Names::take(const std::string& name) {
  if (taken_.insert(name).second) return name;
  constexpr uint32_t kFew = 3;
  uint32_t& tried = tried_[name];
  for (;;) {
    ++tried;
    std::string other = name + (tried < kFew ? std::string(tried, '_') : "_" + std::to_string(tried));
    if (taken_.insert(other).second) return other;
  }
}

}  // namespace heddle::cli
