// A parser of its own for each module, whose identifiers are nobody else's; for types one that never sees a module,
// and whose module holds nothing but the types of the space.
#include "text/embed.h"

#include "text/parser.h"

namespace heddle::text {

Result<ParsedModule> parse_fields(Tokens& tokens, Cursor& in, uint32_t last, const Features& features) {
  ParsedModule parsed = TRY(Parser(tokens, features, in.sink()).run(in.index(), last));
  in.jump(last);
  return parsed;
}

TypeSpace::TypeSpace(Tokens& tokens, const Features& features, ErrorSink* sink)
    : parser_(std::make_unique<Parser>(tokens, features, sink)) {
  parser_->in_module_ = false;
}
TypeSpace::~TypeSpace() = default;

template <class F>
auto TypeSpace::read(Cursor& in, F&& part) {
  parser_->in_.jump(in.index());
  auto result = part();
  in.jump(parser_->in_.index());
  return result;
}

uint32_t TypeSpace::size() const { return static_cast<uint32_t>(parser_->module_.types.size()); }

Result<void> TypeSpace::bind(const Token& id, uint32_t index) {
  return parser_->bind(parser_->symbols_, static_cast<uint32_t>(Space::type), "core type", id, index);
}

Result<SubType> TypeSpace::sub_type(Cursor& in) {
  SubType type = TRY(read(in, [&] { return parser_->sub_type(); }));
  parser_->module_.types.push_back(type);
  return type;
}

void TypeSpace::end_group(uint32_t first) {
  if (size() - first == 1) parser_->enter_inline_type(first);
}

// Of a kind that no signature is compared with.
void TypeSpace::add_opaque() {
  SubType type;
  type.kind = CompKind::struct_;
  parser_->module_.types.push_back(type);
}

Result<ExternType> TypeSpace::extern_type(Cursor& in, std::optional<SubType>& added) {
  const uint32_t before = size();
  ExternType type = TRY(read(in, [&] { return parser_->extern_type(true); }));
  if (size() != before) added = parser_->module_.types.back();
  return type;
}

Result<ValType> TypeSpace::val_type(Cursor& in) {
  return read(in, [&] { return parser_->val_type(); });
}

}  // namespace heddle::text
