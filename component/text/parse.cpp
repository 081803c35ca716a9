// The ways into the parser, and what all its parts use.
#include "component/text/parse.h"

#include "component/binary/encode.h"
#include "component/binary/names.h"
#include "component/text/parser.h"
#include "text/assemble.h"

namespace heddle::component {

Result<std::string_view> Parser::string() { return keep(TRY(in_.name())); }

// Copies into storage that lives as long as the component, in chunks that do not move.
std::string_view Parser::keep(std::string_view text) {
  constexpr size_t kChunk = size_t{16} << 10;
  if (storage_.empty() || storage_.back().capacity() - storage_.back().size() < text.size()) {
    storage_.emplace_back().reserve(std::max(kChunk, text.size()));
  }
  std::vector<uint8_t>& chunk = storage_.back();
  const size_t start = chunk.size();
  chunk.insert(chunk.end(), text.begin(), text.end());
  return {reinterpret_cast<const char*>(chunk.data()) + start, text.size()};
}

syntax::Bytes Parser::keep_bytes(std::string_view bytes) {
  const std::string_view kept = keep(bytes);
  return {reinterpret_cast<const uint8_t*>(kept.data()), kept.size()};
}

namespace {

class ParsedText final : public CoreModuleText {
 public:
  explicit ParsedText(heddle::text::ParsedModule parsed) : parsed_(std::move(parsed)) {}
  const syntax::Module& module() const override { return parsed_.module; }
  uint32_t text_offset(uint32_t offset) const override { return parsed_.text_offset(offset); }

 private:
  const heddle::text::ParsedModule parsed_;
};

}  // namespace

void Parser::keep_module(heddle::text::ParsedModule parsed, const Head& head, CoreModule& module) {
  const bool called = head.binding.id || head.binding.name;
  if (called) parsed.names.module = shown_name(head.binding);
  module.bytes = storage_.emplace_front(heddle::text::assemble(parsed));
  module.text = std::make_shared<const ParsedText>(std::move(parsed));
}

Result<void> Parser::need(Feature feature, const Token& at) const {
  if (features_.has(feature)) return {};
  const FeatureInfo& info = kFeatures[static_cast<size_t>(feature)];
  return in_.fail(ErrorCode::feature_disabled, at,
                  "needs " + std::string(info.flag) + " (" + std::string(info.what) + ")");
}

Result<void> Parser::count_types(uint64_t count, const Token& at) {
  types_ += count;
  if (types_ <= limits::kTypes) return {};
  return in_.fail(ErrorCode::limit_exceeded, at, "more than a million types");
}

// --- the interface

namespace {

template <class F>
Result<Parsed> parse_with(std::string_view source, const Features& features, const heddle::Features& core,
                          ErrorSink* sink, F&& run) {
  if (source.size() > limits::kComponentBytes) {
    if (sink) sink->set("a text of more than 1 GiB");
    return ErrorCode::limit_exceeded;
  }
  Tokens tokens = heddle::text::tokenize(source, true);
  Parser parser(tokens, features, core, sink);
  auto parsed = run(parser);
  if (!parsed.ok() && parsed.error().code == ErrorCode::bad_string_escape && sink) {
    sink->headline = "invalid string escape";  // as the component suite says it
  }
  return parsed;
}

void add_names(Component& component, const Names& names, std::list<std::vector<uint8_t>>& storage) {
  for (size_t i = 0; i < component.components.size() && i < names.components.size(); ++i) {
    add_names(component.components[i], names.components[i], storage);
  }
  std::vector<uint8_t> bytes = encode_names(names);
  auto is_name_section = [](const Custom& custom) { return custom.name == kNameSection; };
  if (bytes.empty() || std::any_of(component.customs.begin(), component.customs.end(), is_name_section)) return;
  Custom custom;
  custom.name = kNameSection;
  custom.bytes = storage.emplace_back(std::move(bytes));
  component.customs.push_back(custom);
  extend(component.order, DefKind::custom, component.customs.size() - 1);
}

}  // namespace

// A prefix that is long enough for the first words is cut into tokens; a comment may make it longer.
bool is_component_text(std::string_view source) {
  for (size_t size = 256;; size *= 4) {
    const Tokens tokens = heddle::text::tokenize(source.substr(0, size), true);
    if (size < source.size() && tokens.tokens.size() < 4) continue;
    return Cursor(tokens, nullptr).at_open(Word::component);
  }
}

Result<Parsed> parse(std::string_view source, const Features& features, const heddle::Features& core,
                     ErrorSink* sink) {
  return parse_with(source, features, core, sink, [](Parser& parser) { return parser.run(); });
}

Result<Parsed> parse_definitions(std::string_view source, const Features& features, const heddle::Features& core,
                                 ErrorSink* sink) {
  return parse_with(source, features, core, sink, [](Parser& parser) { return parser.run_definitions(); });
}

std::vector<uint8_t> assemble(Parsed parsed) {
  add_names(parsed.component, parsed.names, parsed.component.storage);
  return encode(parsed.component);
}

}  // namespace heddle::component
