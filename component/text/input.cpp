// The words, for errors only: a parser asks for the ones it expects.
#include "component/text/input.h"

namespace heddle::component {
namespace {

template <class F>
bool any_word(F&& is_it) {
  for (std::string_view text : kWordTexts) {
    if (is_it(text)) return true;
  }
  for (std::string_view text : kOptionTexts) {
    if (is_it(text)) return true;
  }
  for (std::string_view text : kAttributeTexts) {
    if (is_it(text)) return true;
  }
  auto any_row = [&](const auto& rows) {
    for (const auto& row : rows) {
      if (is_it(row.text)) return true;
    }
    return false;
  };
  return any_row(kPrimitives) || any_row(kTypeInfos) || any_row(kCanons) || any_row(kSortInfos);
}

constexpr heddle::text::Vocabulary kWords = {
    .has = [](std::string_view word) { return any_word([&](std::string_view text) { return text == word; }); },
    .offer =
        [](heddle::text::Nearest& nearest) {
          any_word([&](std::string_view text) {
            nearest.offer(text);
            return false;
          });
        },
};

}  // namespace

Cursor::Cursor(const Tokens& tokens, ErrorSink* sink) : Base(tokens, sink, kWords) {}

Result<void> Cursor::open(Word wanted) {
  if (take_open(wanted)) return {};
  if (at(Tok::lparen)) skip();
  return unexpected("`(" + std::string(text_of(wanted)) + "`");
}

Result<void> Cursor::expect(Word wanted) {
  if (take(wanted)) return {};
  return unexpected("`" + std::string(text_of(wanted)) + "`");
}

std::string name_of(Sort sort) { return (is_core(sort) ? "core " : "") + std::string(info(sort).text); }

}  // namespace heddle::component
