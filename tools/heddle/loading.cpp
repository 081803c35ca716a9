// Loading, and the words for what is wrong on the way.
#include "tools/heddle/loading.h"

#include <fmt/format.h>

#include "binary/decode.h"
#include "binary/names.h"
#include "exec/load.h"
#include "text/assemble.h"
#include "text/parse.h"
#include "tools/heddle/components.h"
#include "tools/heddle/console.h"
#include "valid/check.h"

namespace heddle::cli {
namespace {

// ' (function 3 "foo")'
std::string function_of(const ErrorSink& sink, const syntax::Names& names) {
  if (sink.func_index < 0) return {};
  auto found = names.funcs.find(static_cast<uint32_t>(sink.func_index));
  if (found == names.funcs.end()) return fmt::format(" (function {})", sink.func_index);
  return fmt::format(" (function {} \"{}\")", sink.func_index, found->second);
}

void report_notes(const ErrorSink& sink) {
  for (const std::string& text : sink.notes) note(text);
}

// The suite words some errors at length ("type mismatch: instruction requires [i32] but ..."), where our detail says
// it better.
std::string in_words(const Error& error, const ErrorSink& sink) {
  std::string text(text_of(error.code));
  ErrorSink shown = sink;
  if (!sink.detail.empty() && sink.headline.starts_with(text + ": ")) shown.headline.clear();
  return std::string(name_of(kind_of(error.code))) + ": " + describe(error, &shown) + sink.where();
}

// An invalid module whose text we have: validate what the parser made of it, which knows its places.
bool report_invalid_text(const Input& input, const Features& features) {
  ErrorSink sink;
  auto parsed = text::parse_module(input.text(), features, &sink);
  if (!parsed.ok()) return false;
  TypeRegistry registry;
  auto checked = valid::check_all(parsed.value().module, features, registry, &sink);
  if (checked.ok()) return false;
  Error wrong = checked.error();
  std::string suffix = function_of(sink, parsed.value().names);
  if (wrong.offset == 0) {
    error(input.name() + ": " + in_words(wrong, sink) + suffix);
    report_notes(sink);
    return true;
  }
  wrong.offset = parsed.value().text_offset(wrong.offset);
  report_text_error(input.name(), input.text(), wrong, sink, suffix);
  return true;
}

// Is the text WIT, by its name or by how it begins?
bool looks_like_wit(const Input& input) {
  if (input.name().ends_with(".wit")) return true;
  std::string_view text = input.text();
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with("//")) break;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
  const std::string_view word = text.substr(0, text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
  return word == "package" || word == "interface" || word == "world";
}

}  // namespace

void report_text_error(std::string_view name, std::string_view source, const Error& wrong, const ErrorSink& sink,
                       std::string_view suffix) {
  constexpr size_t kWidest = 160;
  uint32_t offset = std::min(wrong.offset, static_cast<uint32_t>(source.size()));
  text::Position position = text::position_of(source, offset);
  size_t start = source.rfind('\n', offset ? offset - 1 : std::string_view::npos);
  start = offset == 0 || start == std::string_view::npos ? 0 : start + 1;
  std::string_view line = source.substr(start, source.find('\n', start) - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::string message =
      fmt::format("{}:{}:{}: {}{}", name, position.line, position.column, in_words(wrong, sink), suffix);
  if (offset - start < kWidest) {
    std::string margin;  // as wide as what stands before the place: tabs stay tabs, one space a character
    for (char c : line.substr(0, offset - start)) {
      if (c == '\t')
        margin += '\t';
      else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
        margin += ' ';
    }
    message.append("\n").append(line.substr(0, kWidest)).append("\n").append(margin).append("^");
  }
  error(message);
  report_notes(sink);
}

void report_error(const Input& input, std::span<const uint8_t> binary, const Features& features, const Error& wrong,
                  const ErrorSink& sink) {
  if (!input.is_binary() && report_invalid_text(input, features)) return;
  std::string suffix;
  if (sink.func_index >= 0) {
    auto module = binary::decode(binary, features, nullptr);
    suffix = function_of(sink, module.ok() ? binary::decode_names(module.value()) : syntax::Names());
  }
  report_binary_error(input, wrong, sink, suffix);
}

void report_binary_error(const Input& input, const Error& wrong, const ErrorSink& sink, std::string_view suffix) {
  std::string place;
  ErrorKind kind = kind_of(wrong.code);
  if (wrong.offset != 0 || kind == ErrorKind::malformed) place = fmt::format("offset 0x{:x}: ", wrong.offset);
  error(fmt::format("{}: {}{}{}", input.name(), place, in_words(wrong, sink), suffix));
  report_notes(sink);
}

std::optional<std::vector<uint8_t>> assemble(const Input& input, const Features& features) {
  ErrorSink sink;
  auto parsed = text::parse_module(input.text(), features, &sink);
  if (parsed.ok()) return text::assemble(std::move(parsed).value());
  report_text_error(input.name(), input.text(), parsed.error(), sink);
  if (looks_like_wit(input)) note("this is WIT, the text of interfaces, which `heddle wit` reads");
  return std::nullopt;
}

std::optional<std::span<const uint8_t>> binary_of(const Input& input, const Settings& settings,
                                                  std::vector<uint8_t>& kept) {
  if (input.is_binary()) return input.bytes();
  auto assembled = assemble(input, settings);
  if (!assembled) return std::nullopt;
  kept = std::move(*assembled);
  return kept;
}

std::shared_ptr<rt::Module> load_file(const std::shared_ptr<rt::Engine>& engine, const std::string& path) {
  const auto input = Input::read(path);
  return input ? load_input(engine, *input) : nullptr;
}

std::shared_ptr<rt::Module> load_input(const std::shared_ptr<rt::Engine>& engine, const Input& input) {
  std::optional<std::vector<uint8_t>> assembled;
  std::span<const uint8_t> bytes = input.bytes();
  const Features& features = engine->config.features;
  if (!input.is_binary()) {
    assembled = assemble(input, features);
    if (!assembled) return nullptr;
    bytes = *assembled;
  }
  if (is_component(bytes)) {
    error(input.name() + ": a component, where a core module is wanted");
    return nullptr;
  }
  ErrorSink sink;
  auto module = exec::load_module(engine, bytes, &sink);
  if (module.ok()) return std::move(module).value();
  report_error(input, bytes, features, module.error(), sink);
  return nullptr;
}

}  // namespace heddle::cli
