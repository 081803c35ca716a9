// Identifiers (spec 6.3.5, 6.6.1): bound by the first pass, looked up by the others; what a name could have meant.
#include "text/nearest.h"
#include "text/parser.h"

namespace heddle::text {
std::string_view Parser::id_name(const Token& id) {
  if (!id.escapes) return in_.text(id);
  tokens_.append_decoded(id, names_.emplace_back());
  return names_.back();
}

Result<void> Parser::bind(Symbols& symbols, uint32_t scope, std::string_view what, const Token& id, uint32_t index) {
  std::string_view name = id_name(id);
  if (symbols.set(scope, name, index)) {
    return in_.fail_headline(ErrorCode::duplicate_identifier, id,
                             "duplicate " + std::string(what) + " " + show_id(name));
  }
  return {};
}

Error Parser::unknown_id(const Token& id, uint32_t scope, const Symbols& symbols, std::string_view what,
                         ErrorCode code) const {
  std::string name;
  tokens_.append_decoded(id, name);
  Error error = in_.fail_headline(code, id, "unknown " + std::string(what) + " " + show_id(name));
  if (!in_.sink()) return error;
  Nearest nearest(name);
  symbols.each(scope, [&](std::string_view other, uint32_t value) {
    if (value != kOutOfScope) nearest.offer(other);
  });
  if (!nearest.best().empty()) in_.sink()->notes.push_back("Did you mean " + show_id(nearest.best()) + "?");
  return error;
}

Result<uint32_t> Parser::index_in(uint32_t scope, std::string_view what, ErrorCode unknown) {
  if (in_.at(Tok::nat)) return in_.nat32();
  const Token& id = in_.peek();
  if (id.kind != Tok::id) {
    return in_.unexpected((what.starts_with("e") ? "an " : "a ") + std::string(what) + " index");
  }
  const Symbols& symbols = scope == static_cast<uint32_t>(Space::local) ? local_symbols_ : symbols_;
  auto found = symbols.find(scope, id_name(id));
  if (!found) return unknown_id(id, scope, symbols, what, unknown);
  in_.skip();
  return *found;
}

Result<uint32_t> Parser::index(Space space) {
  ErrorCode unknown = space == Space::type ? ErrorCode::unknown_symbol_type : ErrorCode::unknown_symbol;
  return index_in(static_cast<uint32_t>(space), name_of(space), unknown);
}

// Takes the identifier that was bound already, and an annotation that gives another name.
Result<void> Parser::id_and_name(syntax::NameMap& names, uint32_t index) {
  if (in_.at(Tok::id)) {
    tokens_.append_decoded(in_.peek(), names[index]);
    in_.skip();
  }
  if (auto name = TRY(notes_.name(in_.index()))) names[index] = *std::move(name);
  return {};
}

bool Parser::at_binding() { return in_.at(Tok::id) || notes_.find(Annotation::Kind::name, in_.index()); }

Result<void> Parser::binding(std::vector<Binding>& out, uint32_t index) {
  Binding binding{index, {}, {}};
  if (in_.at(Tok::id)) {
    binding.id = in_.index();
    in_.skip();
  }
  binding.name = TRY(notes_.name(in_.index()));
  out.push_back(std::move(binding));
  return {};
}

void Parser::name_locals(uint32_t func, const std::vector<Binding>& bindings) {
  if (bindings.empty()) return;
  syntax::NameMap& names = result_.names.locals[func];
  for (const Binding& item : bindings) {
    std::string& name = names[item.index];
    if (item.name) {
      name = *item.name;
    } else {
      tokens_.append_decoded(in_.token(*item.id), name);
    }
  }
}

}  // namespace heddle::text
