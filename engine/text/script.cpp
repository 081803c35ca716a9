// Commands and what is in them. Threads and alternatives nest, in no real script deeply: the depth is bounded.
#include "text/script.h"

#include <optional>

#include "syntax/limits.h"
#include "text/cursor.h"
#include "text/number.h"
#include "text/parser.h"

namespace heddle::text {
namespace {

constexpr uint32_t kMaxDepth = 64;

struct Assertion {
  Word word;
  Command::Kind kind;
};
constexpr Assertion kAboutActions[] = {
    {Word::assert_trap, Command::Kind::assert_trap},
    {Word::assert_exhaustion, Command::Kind::assert_exhaustion},
    {Word::assert_exception, Command::Kind::assert_exception},
    {Word::assert_suspension, Command::Kind::assert_suspension},
    {Word::assert_return, Command::Kind::assert_return},
};
constexpr Assertion kAboutModules[] = {
    {Word::assert_trap, Command::Kind::assert_uninstantiable},
    {Word::assert_unlinkable, Command::Kind::assert_unlinkable},
    {Word::assert_malformed, Command::Kind::assert_malformed},
    {Word::assert_invalid, Command::Kind::assert_invalid},
    {Word::assert_malformed_custom, Command::Kind::assert_malformed_custom},
    {Word::assert_invalid_custom, Command::Kind::assert_invalid_custom},
};

template <size_t kCount>
const Assertion* find(const Assertion (&rows)[kCount], Keyword word) {
  for (const Assertion& row : rows) {
    if (word.is(row.word)) return &row;
  }
  return nullptr;
}

class ScriptParser {
 public:
  ScriptParser(const Tokens& tokens, ErrorSink* sink, ScriptExtension* extension)
      : in_(tokens, sink, extension ? extension->words() : kCoreWords), extension_(extension) {}

  Result<Script> run();

 private:
  bool at_fields() const;
  bool is_extension(const Token& word) const {
    return extension_ && word.kind != Tok::string && in_.text(word) == extension_->word();
  }
  bool is_module(const Token& word) const { return word.word.is(Word::module_) || is_extension(word); }
  Result<std::vector<Command>> commands(uint32_t depth);
  Result<Command> command(uint32_t depth);
  Result<void> module(Command& command);
  Result<ModuleSource> module_source(uint32_t open);
  Result<void> assertion(Command& command);
  Result<void> register_name(Command& command);
  Result<void> thread(Command& command, uint32_t depth);
  Result<Action> action();
  Result<Pattern> pattern(bool argument, uint32_t depth);
  Result<void> number(Pattern& pattern, Imm imm, bool argument);
  Result<void> vector(Pattern& pattern, bool argument);
  Result<void> reference(Pattern& pattern, bool argument);
  Pattern::Nan nan_class() const;
  std::string id();  // empty if there is none

  Cursor in_;
  ScriptExtension* extension_;
};

std::string ScriptParser::id() {
  std::string result;
  if (!in_.at(Tok::id)) return result;
  in_.tokens().append_decoded(in_.peek(), result);
  in_.skip();
  return result;
}

bool ScriptParser::at_fields() const {
  for (Word word : {Word::type, Word::rec, Word::import, Word::func, Word::table, Word::memory, Word::global,
                    Word::tag, Word::export_, Word::start, Word::elem, Word::data}) {
    if (in_.at_open(word)) return true;
  }
  return false;
}

Result<Script> ScriptParser::run() {
  Script script;
  if (at_fields()) {
    Command command;
    command.module.text = in_.tokens().source;
    script.commands.push_back(std::move(command));
    return script;
  }
  script.commands = TRY(commands(0));
  if (!in_.at(Tok::eof)) return in_.unexpected("a command");
  return script;
}

Result<std::vector<Command>> ScriptParser::commands(uint32_t depth) {
  std::vector<Command> result;
  size_t count = 0;
  for (uint32_t i = in_.index(); in_.token(i).kind == Tok::lparen; i = in_.token(i).length + 1) ++count;
  result.reserve(count);
  while (in_.at(Tok::lparen)) result.push_back(TRY(command(depth)));
  return result;
}

Result<Command> ScriptParser::command(uint32_t depth) {
  Command result;
  result.offset = in_.peek().offset;
  Keyword word = in_.peek(1).word;
  if (is_module(in_.peek(1))) {
    TRY(module(result));
    return result;
  }
  if (word.is(Word::invoke) || word.is(Word::get)) {
    result.kind = Command::Kind::action;
    result.action = TRY(action());
    return result;
  }
  if (find(kAboutActions, word) || find(kAboutModules, word)) {
    TRY(assertion(result));
  } else if (in_.take_open(Word::register_)) {
    TRY(register_name(result));
  } else if (word.is(Word::thread)) {
    if (depth == kMaxDepth) return in_.fail(ErrorCode::nesting_too_deep, in_.peek());
    TRY(thread(result, depth + 1));
  } else if (in_.take_open(Word::wait)) {
    result.kind = Command::Kind::wait;
    if (!in_.at(Tok::id)) return in_.unexpected("the identifier of a thread");
    result.id = id();
  } else {
    in_.skip();
    return in_.unexpected("a command");
  }
  TRY(in_.close());
  return result;
}

// --- modules -------------------------------------------------------------------------------------------------

Result<void> ScriptParser::module(Command& command) {
  uint32_t open = in_.index();
  bool extended = is_extension(in_.peek(1));
  in_.skip(2);
  if (in_.take(Word::instance)) {
    command.kind = Command::Kind::module_instance;
    command.module.extended = extended;
    command.id = id();
    command.definition = id();
    if (command.definition.empty()) command.definition.swap(command.id);
    return in_.close();
  }
  command.kind = in_.take(Word::definition) ? Command::Kind::module_definition : Command::Kind::module;
  command.id = id();
  command.module = TRY(module_source(open));
  return {};
}

// The cursor stands behind what names the module.
Result<ModuleSource> ScriptParser::module_source(uint32_t open) {
  const Token& first = in_.token(open);
  ModuleSource result;
  result.offset = first.offset;
  result.extended = is_extension(in_.token(open + 1));
  if (in_.at(Word::binary) || in_.at(Word::quote)) {
    result.kind = in_.at(Word::binary) ? ModuleSource::Kind::binary : ModuleSource::Kind::quote;
    in_.skip();
    result.bytes = in_.bytes();
    TRY(in_.expect(Tok::rparen, "a string or `)`"));
    return result;
  }
  const Token& last = in_.token(first.length);
  in_.jump(first.length);
  TRY(in_.close());
  result.text = in_.tokens().source.substr(first.offset, last.offset + 1 - first.offset);
  return result;
}

Result<void> ScriptParser::assertion(Command& command) {
  in_.skip();
  Keyword word = in_.peek().word;
  in_.skip();
  bool about_module = in_.at(Tok::lparen) && is_module(in_.peek(1));
  const Assertion* row = about_module ? find(kAboutModules, word) : find(kAboutActions, word);
  if (!row) return in_.unexpected(about_module ? "an action" : "a module");
  command.kind = row->kind;
  if (about_module) {
    uint32_t open = in_.index();
    in_.skip(2);
    in_.take(Word::definition);
    command.id = id();
    command.module = TRY(module_source(open));
  } else {
    command.action = TRY(action());
  }
  if (command.kind == Command::Kind::assert_return) {
    while (in_.at(Tok::lparen)) command.results.push_back(TRY(pattern(false, 0)));
    return {};
  }
  bool may_lack_text =
      command.kind == Command::Kind::assert_exception || command.kind == Command::Kind::assert_suspension;
  if (may_lack_text && in_.at(Tok::rparen)) return {};
  command.expected = TRY(in_.name());
  return {};
}

Result<void> ScriptParser::register_name(Command& command) {
  command.kind = Command::Kind::register_;
  command.name = TRY(in_.name());
  command.id = id();
  return {};
}

Result<void> ScriptParser::thread(Command& command, uint32_t depth) {
  in_.skip(2);
  command.kind = Command::Kind::thread;
  if (!in_.at(Tok::id)) return in_.unexpected("the identifier of the thread");
  command.id = id();
  while (in_.take_open(Word::shared)) {
    while (in_.take_open(Word::module_)) {
      if (!in_.at(Tok::id)) return in_.unexpected("the identifier of an instance");
      command.shared.push_back(id());
      TRY(in_.close());
    }
    TRY(in_.close());
  }
  command.commands = TRY(commands(depth));
  return {};
}

// --- actions and values --------------------------------------------------------------------------------------

Result<Action> ScriptParser::action() {
  Action result;
  result.offset = in_.peek().offset;
  if (in_.take_open(Word::get)) {
    result.kind = Action::Kind::get;
  } else if (!in_.take_open(Word::invoke)) {
    return in_.unexpected("`(invoke` or `(get`");
  }
  result.instance = id();
  result.name = TRY(in_.name());
  if (result.kind == Action::Kind::invoke) {
    while (in_.at(Tok::lparen)) result.args.push_back(TRY(pattern(true, 0)));
  }
  TRY(in_.close());
  return result;
}

Result<Pattern> ScriptParser::pattern(bool argument, uint32_t depth) {
  Pattern result;
  const Token& at = in_.peek(1);
  Imm imm = at.word.is_op() ? info(at.word.op()).imm : Imm::none;
  if (imm == Imm::i32 || imm == Imm::i64 || imm == Imm::f32 || imm == Imm::f64) {
    in_.skip(2);
    TRY(number(result, imm, argument));
  } else if (imm == Imm::v128) {
    in_.skip(2);
    TRY(vector(result, argument));
  } else if (at.word.is(Word::either) && !argument) {
    if (depth == kMaxDepth) return in_.fail(ErrorCode::nesting_too_deep, at);
    in_.skip(2);
    result.kind = Pattern::Kind::either;
    while (in_.at(Tok::lparen)) result.alternatives.push_back(TRY(pattern(false, depth + 1)));
  } else if (extension_ && at.kind != Tok::string && extension_->has_value(in_.text(at))) {
    in_.skip();
    result.kind = Pattern::Kind::extended;
    result.bits = TRY(extension_->value(in_, argument));
  } else {
    in_.skip();
    TRY(reference(result, argument));
  }
  TRY(in_.close());
  return result;
}

Pattern::Nan ScriptParser::nan_class() const {
  if (in_.at(Word::nan_canonical)) return Pattern::Nan::canonical;
  if (in_.at(Word::nan_arithmetic)) return Pattern::Nan::arithmetic;
  return Pattern::Nan::exact;
}

Result<void> ScriptParser::number(Pattern& pattern, Imm imm, bool argument) {
  bool is_float = imm == Imm::f32 || imm == Imm::f64;
  pattern.nan = is_float && !argument ? nan_class() : Pattern::Nan::exact;
  std::string_view text = in_.text(in_.peek());
  bool fits = in_.at(Tok::nat) || in_.at(Tok::integer) || (is_float && in_.at(Tok::real));
  if (!fits && pattern.nan == Pattern::Nan::exact) return in_.unexpected("a number");
  std::optional<uint64_t> bits = 0;
  if (imm == Imm::i32) {
    pattern.kind = Pattern::Kind::i32;
    bits = parse_int(text, 32);
    if (bits) bits = static_cast<uint32_t>(*bits);
  } else if (imm == Imm::i64) {
    pattern.kind = Pattern::Kind::i64;
    bits = parse_int(text, 64);
  } else {
    pattern.kind = imm == Imm::f32 ? Pattern::Kind::f32 : Pattern::Kind::f64;
    if (fits) bits = imm == Imm::f32 ? std::optional<uint64_t>(parse_f32(text)) : parse_f64(text);
  }
  if (!bits) return in_.fail(ErrorCode::constant_out_of_range, in_.peek());
  pattern.bits = *bits;
  in_.skip();
  return {};
}

Result<void> ScriptParser::vector(Pattern& pattern, bool argument) {
  Keyword shape = in_.peek().word;
  size_t lanes = vector_lanes(shape);
  if (lanes == 0) return in_.unexpected("a vector shape");
  in_.skip();
  pattern.kind = Pattern::Kind::v128;
  pattern.lane_bytes = static_cast<uint8_t>(16 / lanes);
  pattern.float_lanes = shape.is(Word::f32x4) || shape.is(Word::f64x2);
  for (size_t lane = 0; lane < lanes; ++lane) {
    Pattern::Nan nan = pattern.float_lanes && !argument ? nan_class() : Pattern::Nan::exact;
    if (nan != Pattern::Nan::exact) {
      pattern.lane_nans[lane] = nan;
    } else {
      if (!in_.at_number()) return in_.fail(ErrorCode::lane_literal_count, in_.peek());
      TRY(vector_lane(in_, shape, lane, pattern.bytes));
    }
    in_.skip();
  }
  return {};
}

// ref.null, ref.extern, ref.host, and ref.func and its like: the heap type behind the point.
Result<void> ScriptParser::reference(Pattern& pattern, bool argument) {
  constexpr std::string_view kPrefix = "ref.";
  const Token& at = in_.peek();
  std::string_view text = at.kind == Tok::keyword ? in_.text(at) : std::string_view();
  auto heap = text.starts_with(kPrefix) ? heap_kind(find_keyword(text.substr(kPrefix.size()))) : std::nullopt;
  in_.skip();
  if (at.word.is(Op::ref_null)) {
    pattern.kind = Pattern::Kind::ref_null;
    auto kind = heap_kind(in_.peek().word);
    if (kind) in_.skip();
    pattern.heap = kind.value_or(HeapKind::any);
    pattern.any_heap = !kind;
    return argument && !kind ? in_.unexpected("a heap type") : Result<void>();
  }
  bool host = at.word.is(Word::ref_host);
  if (host || (at.word.is(Word::ref_extern) && (argument || in_.at(Tok::nat)))) {
    pattern.kind = host ? Pattern::Kind::ref_host : Pattern::Kind::ref_extern;
    pattern.heap = host ? HeapKind::any : HeapKind::extern_;
    pattern.bits = TRY(in_.nat32());
    return {};
  }
  if (argument || (!heap && !at.word.is(Word::ref))) {
    return in_.unexpected(at, argument ? "a value" : "a value or a pattern of one");
  }
  pattern.kind = Pattern::Kind::ref;
  pattern.any_heap = !heap;
  pattern.heap = heap.value_or(HeapKind::any);
  return {};
}

}  // namespace

Result<Script> parse_script(std::string_view source, const Features&, ErrorSink* sink, ScriptExtension* extension) {
  if (source.size() > limits::kModuleBytes) {
    if (sink) sink->set("a text of more than 1 GiB");
    return ErrorCode::limit_exceeded;
  }
  Tokens tokens = tokenize(source);
  return ScriptParser(tokens, sink, extension).run();
}

}  // namespace heddle::text
