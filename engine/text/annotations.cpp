// The annotations the engine knows: @name (spec 7.7.1), @custom (7.7.2) and @metadata.code.branch_hint. Where each
// may stand is decided by who asks for it: one that nobody has asked for is misplaced.
#include "text/annotations.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/parser.h"

namespace heddle::text {
namespace {

using syntax::SectionId;

struct Section {
  std::string_view name;
  SectionId id;
};

// In the order of the binary format.
constexpr Section kSections[] = {
    {"first", SectionId::custom},  {"type", SectionId::type},     {"import", SectionId::import},
    {"func", SectionId::function}, {"table", SectionId::table},   {"memory", SectionId::memory},
    {"tag", SectionId::tag},       {"global", SectionId::global}, {"export", SectionId::export_},
    {"start", SectionId::start},   {"elem", SectionId::elem},     {"datacount", SectionId::data_count},
    {"code", SectionId::code},     {"data", SectionId::data},     {"last", SectionId::data},
};

}  // namespace

std::span<Annotation> Annotations::at(uint32_t first, uint32_t last) {
  auto& notes = tokens_.annotations;
  auto before = [](const Annotation& note, uint32_t index) { return note.token < index; };
  auto from = std::lower_bound(notes.begin(), notes.end(), first, before);
  auto to = std::lower_bound(from, notes.end(), last + 1, before);
  return {from, to};
}

Annotation* Annotations::find(Annotation::Kind kind, uint32_t token) {
  for (Annotation& note : at(token, token)) {
    if (note.kind == kind && !note.used) return &note;
  }
  return nullptr;
}

Error Annotations::fail(ErrorCode code, uint32_t offset, std::string_view detail) const {
  if (sink_ && !detail.empty()) sink_->set(std::string(detail));
  return Error{code, offset};
}

Result<std::optional<std::string>> Annotations::name(uint32_t token) {
  std::optional<std::string> result;
  if (empty()) return result;
  Annotation* note = find(Annotation::Kind::name, token);
  if (!note) return result;
  constexpr ErrorCode kCode = ErrorCode::name_annotation;
  note->used = true;
  if (note->item_count == 0 || tokens_.items[note->first_item].kind != Tok::string) {
    return fail(kCode, note->offset, "string expected");
  }
  if (note->item_count > 1) return fail(kCode, tokens_.items[note->first_item + 1].offset, "unexpected token");
  result.emplace();
  tokens_.append_decoded(tokens_.items[note->first_item], *result);
  if (!utf8::valid(*result)) return fail(kCode, note->offset, text_of(ErrorCode::bad_utf8));
  if (Annotation* second = find(Annotation::Kind::name, token)) return fail(kCode, second->offset, "multiple names");
  return result;
}

Result<std::string> Annotations::custom_name(const Annotation& note) {
  constexpr ErrorCode kCode = ErrorCode::custom_annotation;
  if (note.item_count == 0 || tokens_.items[note.first_item].kind != Tok::string) {
    return fail(kCode, note.offset, "missing section name");
  }
  const Token& item = tokens_.items[note.first_item];
  std::string name;
  tokens_.append_decoded(item, name);
  if (!utf8::valid(name)) return fail(kCode, item.offset, text_of(ErrorCode::bad_utf8));
  return name;
}

Result<std::string> Annotations::strings(const Annotation& note, uint32_t item) {
  const uint32_t end = note.first_item + note.item_count;
  std::string content;
  for (; item < end && tokens_.items[item].kind == Tok::string; ++item) {
    tokens_.append_decoded(tokens_.items[item], content);
  }
  if (item != end) return fail(ErrorCode::custom_annotation, tokens_.items[item].offset, "unexpected token");
  return content;
}

Result<void> Annotations::check(uint32_t first, uint32_t last, bool in_func) {
  for (const Annotation& note : at(first, last)) {
    if (note.used) continue;
    switch (note.kind) {
      case Annotation::Kind::custom: return fail(ErrorCode::misplaced_custom, note.offset, "");
      case Annotation::Kind::name: return fail(ErrorCode::misplaced_name, note.offset, "");
      case Annotation::Kind::branch_hint:
        return fail(ErrorCode::branch_hint_annotation, note.offset,
                    in_func ? "invalid placement" : "not in a function");
    }
  }
  return {};
}

// --- those of a module

Result<void> Parser::module_name(uint32_t token) {
  in_.jump(token);
  if (Annotation* first = notes_.find(Annotation::Kind::name, token)) {
    first->used = true;
    Annotation* second = notes_.find(Annotation::Kind::name, token);
    first->used = false;
    if (second) return notes_.fail(ErrorCode::name_annotation, second->offset, "multiple module names");
  }
  if (auto name = TRY(notes_.name(in_.index()))) result_.names.module = *std::move(name);
  return {};
}

// Custom sections that stand before a field or at the end.
Result<void> Parser::customs(uint32_t token) {
  if (notes_.empty()) return {};
  for (Annotation& note : notes_.at(token, token)) {
    if (note.kind != Annotation::Kind::custom) continue;
    note.used = true;
    module_.customs.push_back(TRY(custom(note)));
  }
  return {};
}

Result<syntax::Custom> Parser::custom(const Annotation& note) {
  syntax::Custom result;
  result.name = TRY(notes_.custom_name(note));
  uint32_t item = note.first_item + 1;
  result.after = TRY(custom_place(note, item));
  std::string content = TRY(notes_.strings(note, item));
  result.bytes = keep({reinterpret_cast<const uint8_t*>(content.data()), content.size()});
  return result;
}

// (before section) or (after section), or nothing: at the end.
Result<SectionId> Parser::custom_place(const Annotation& note, uint32_t& item) {
  constexpr ErrorCode kCode = ErrorCode::custom_annotation;
  uint32_t end = note.first_item + note.item_count;
  auto word = [&]() -> std::string_view {
    return item < end && tokens_.items[item].kind != Tok::lparen && tokens_.items[item].kind != Tok::rparen
               ? tokens_.text(tokens_.items[item])
               : std::string_view();
  };
  if (item == end || tokens_.items[item].kind != Tok::lparen) return SectionId::data;
  ++item;
  bool before = word() == "before";
  if (!before && word() != "after") return notes_.fail(kCode, note.offset, "malformed placement");
  ++item;
  auto* section =
      std::find_if(std::begin(kSections), std::end(kSections), [&](const Section& s) { return s.name == word(); });
  if (section == std::end(kSections)) return notes_.fail(kCode, note.offset, "malformed section kind");
  ++item;
  if (item == end || tokens_.items[item].kind != Tok::rparen) {
    return notes_.fail(kCode, note.offset, "unexpected token");
  }
  ++item;
  if (before && section != std::begin(kSections)) --section;
  return section->id;
}

}  // namespace heddle::text
