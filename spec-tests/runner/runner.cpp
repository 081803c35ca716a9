// One function a kind of command. A command passes or fails with what was wanted and what was found; either way the
// script goes on.
#include "spec-tests/runner/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <thread>

#include "binary/decode.h"
#include "binary/names.h"
#include "exec/load.h"
#include "spec-tests/runner/components.h"
#include "spec-tests/runner/match.h"
#include "spec-tests/runner/roundtrip.h"
#include "spec-tests/runner/session.h"
#include "text/assemble.h"
#include "text/parse.h"
#include "text/script.h"

namespace heddle::wast {
namespace {

using text::Command;
using text::ModuleSource;
using text::Pattern;
using How = Ended::How;

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](unsigned char c) { return std::tolower(c); });
  return made;
}

// What the component suite has in the words of the engine that it was first run with.
constexpr std::string_view kTrapPrefix = "wasm trap: ";
constexpr std::pair<std::string_view, ErrorCode> kOtherWords[] = {
    {"wasm `unreachable` instruction executed", ErrorCode::unreachable_executed},
};

// The suite's words are a part of ours ("unknown function" of "unknown function 7"), or say more than ours do.
bool says(std::string_view found, ErrorCode code, std::string_view wanted) {
  if (wanted.starts_with(kTrapPrefix)) wanted.remove_prefix(kTrapPrefix.size());
  for (const auto& [words, meant] : kOtherWords) {
    if (wanted == words) return code == meant;
  }
  return lower(found).find(lower(wanted)) != std::string::npos || wanted.starts_with(text_of(code));
}

HeapKind bottom_of(HeapKind top) {
  switch (top) {
    case HeapKind::func: return HeapKind::nofunc;
    case HeapKind::extern_: return HeapKind::noextern;
    case HeapKind::exn: return HeapKind::noexn;
    case HeapKind::cont: return HeapKind::nocont;
    default: return HeapKind::none;
  }
}

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string outcome_of(const TypeRegistry& types, const Ended& ended) {
  if (ended.how == How::returned) return in_words(types, ended.values);
  return (ended.how == How::trapped ? "trap: " : "") + ended.message;
}

std::string words_of(const Error& error, const ErrorSink& sink) {
  return std::string(name_of(kind_of(error.code))) + ": " + describe(error, &sink);
}

class Runner {
 public:
  // `components`: null on the threads of a script, and where there are none.
  Runner(std::string_view source, const Options& options, std::shared_ptr<rt::Engine> engine,
         std::unique_ptr<Components> components = nullptr)
      : source_(source), options_(options), engine_(std::move(engine)), components_(std::move(components)) {}
  ~Runner() { join_all(); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // On the thread that is to run them, before anything else.
  Result<void> open() {
    session_ = TRY(Session::create(engine_));
    if (components_) components_->open(session_->store());
    return {};
  }
  void run(std::span<const Command> commands);
  void receive(const std::string& name, Provider provider) { session_->name_instance(name, std::move(provider)); }
  FileReport& report() { return report_; }

 private:
  struct Thread {
    std::unique_ptr<Runner> runner;
    std::thread thread;
  };

  void run(const Command& command);
  void pass() { ++report_.passed; }
  void fail(const Command& command, std::string wanted, std::string found);

  Result<std::vector<uint8_t>> binary_of(const ModuleSource& source, ErrorSink* sink);
  std::shared_ptr<rt::Module> load(const ModuleSource& source, Error* error, ErrorSink* sink);
  void roundtrip(const Command& command, std::span<const uint8_t> binary);
  Result<exec::Val> argument(const Pattern& pattern);
  Ended perform(const text::Action& action);

  void module(const Command& command);
  void module_instance(const Command& command);
  void register_instance(const Command& command);
  void action(const Command& command);
  void assert_return(const Command& command);
  void assert_ended(const Command& command, How how, const Ended& ended);
  void assert_instantiation(const Command& command);
  void assert_rejected(const Command& command, ErrorKind kind);
  Result<void> check_customs(const ModuleSource& source, ErrorSink* sink);
  void component(const Command& command);
  void component_definition(const Command& command);
  void component_instance(const Command& command);
  void component_rejected(const Command& command, ErrorKind kind);
  void component_action(const Command& command);
  bool is_about_component(const Command& command) const;
  void start_thread(const Command& command);
  void wait(const Command& command);
  void join(Thread& thread);
  void join_all();

  std::string_view source_;
  const Options& options_;
  std::shared_ptr<rt::Engine> engine_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Components> components_;
  std::map<std::string, Thread> threads_;
  FileReport report_;
};

void Runner::run(std::span<const Command> commands) {
  for (const Command& command : commands) {
    uint64_t failed = report_.failed;
    run(command);
    if (!options_.verbose) continue;
    uint32_t line = text::position_of(source_, command.offset).line;
    report_.log += fmt::format("line {}: {}\n", line, report_.failed == failed ? "ok" : "FAIL");
  }
  join_all();
}

void Runner::run(const Command& command) {
  if (is_about_component(command)) return component(command);
  switch (command.kind) {
    case Command::Kind::module:
    case Command::Kind::module_definition: return module(command);
    case Command::Kind::module_instance: return module_instance(command);
    case Command::Kind::register_: return register_instance(command);
    case Command::Kind::action: return action(command);
    case Command::Kind::assert_return: return assert_return(command);
    case Command::Kind::assert_trap:
    case Command::Kind::assert_exhaustion:
    case Command::Kind::assert_suspension: return assert_ended(command, How::trapped, perform(command.action));
    case Command::Kind::assert_exception: return assert_ended(command, How::threw, perform(command.action));
    case Command::Kind::assert_uninstantiable:
    case Command::Kind::assert_unlinkable: return assert_instantiation(command);
    case Command::Kind::assert_malformed: return assert_rejected(command, ErrorKind::malformed);
    case Command::Kind::assert_invalid: return assert_rejected(command, ErrorKind::invalid);
    case Command::Kind::assert_malformed_custom: return assert_rejected(command, ErrorKind::malformed_custom);
    case Command::Kind::assert_invalid_custom: return assert_rejected(command, ErrorKind::invalid_custom);
    case Command::Kind::thread: return start_thread(command);
    case Command::Kind::wait: return wait(command);
  }
}

void Runner::fail(const Command& command, std::string wanted, std::string found) {
  report_.fail(text::position_of(source_, command.offset).line, std::move(wanted), std::move(found));
}

// --- modules

Result<std::vector<uint8_t>> Runner::binary_of(const ModuleSource& source, ErrorSink* sink) {
  if (source.kind == ModuleSource::Kind::binary) {
    std::span<const uint8_t> bytes = as_bytes(source.content());
    return std::vector<uint8_t>(bytes.begin(), bytes.end());
  }
  return text::assemble(TRY(text::parse_module(source.content(), engine_->config.features, sink)));
}

std::shared_ptr<rt::Module> Runner::load(const ModuleSource& source, Error* error, ErrorSink* sink) {
  auto binary = binary_of(source, sink);
  if (!binary.ok()) {
    *error = binary.error();
    return nullptr;
  }
  auto module = exec::load_module(engine_, binary.value(), sink);
  if (module.ok()) return std::move(module).value();
  *error = module.error();
  return nullptr;
}

void Runner::roundtrip(const Command& command, std::span<const uint8_t> binary) {
  if (!options_.roundtrip) return;
  bool ours = command.module.kind != ModuleSource::Kind::binary;
  std::string changed = check_roundtrip(binary, engine_->config.features, ours);
  if (changed.empty()) return pass();
  fail(command, "the same module after a round trip", changed);
}

void Runner::module(const Command& command) {
  Error error;
  ErrorSink sink;
  std::shared_ptr<rt::Module> module = load(command.module, &error, &sink);
  if (!module) return fail(command, "a module", words_of(error, sink));
  session_->define(command.id, module);
  roundtrip(command, module->bytes);
  if (command.kind == Command::Kind::module_definition) return pass();
  Ended ended = session_->instantiate(command.id, module);
  if (ended.how == How::returned) return pass();
  fail(command, "an instance", outcome_of(engine_->types, ended));
}

void Runner::module_instance(const Command& command) {
  std::shared_ptr<rt::Module> module = session_->definition(command.definition);
  if (!module) return fail(command, "the definition " + command.definition, "none");
  Ended ended = session_->instantiate(command.id, module);
  if (ended.how == How::returned) return pass();
  fail(command, "an instance", outcome_of(engine_->types, ended));
}

void Runner::register_instance(const Command& command) {
  const Provider* provider = session_->instance(command.id);
  if (!provider) return fail(command, "the instance " + command.id, "none");
  session_->register_as(command.name, *provider);
  pass();
}

void Runner::assert_instantiation(const Command& command) {
  Error error;
  ErrorSink sink;
  std::shared_ptr<rt::Module> module = load(command.module, &error, &sink);
  if (!module) return fail(command, "a module", words_of(error, sink));
  roundtrip(command, module->bytes);
  Ended ended = session_->instantiate("", module);
  How how = command.kind == Command::Kind::assert_unlinkable ? How::refused : How::trapped;
  assert_ended(command, how, ended);
}

// Custom sections are advice, which load() ignores where it is wrong: here it is looked at.
Result<void> Runner::check_customs(const ModuleSource& source, ErrorSink* sink) {
  std::vector<uint8_t> binary = TRY(binary_of(source, sink));
  syntax::Module module = TRY(binary::decode(binary, engine_->config.features, sink));
  TRY(binary::decode_names_strict(module, sink));
  TRY(binary::decode_branch_hints_strict(module, sink));
  return {};
}

void Runner::assert_rejected(const Command& command, ErrorKind kind) {
  Error error;
  ErrorSink sink;
  bool custom = kind == ErrorKind::malformed_custom || kind == ErrorKind::invalid_custom;
  if (custom) {
    auto checked = check_customs(command.module, &sink);
    if (!checked.ok()) error = checked.error();
  } else if (load(command.module, &error, &sink)) {
    error = {};
  }
  std::string wanted = std::string(name_of(kind)) + ": " + command.expected;
  if (error.code == ErrorCode::none) return fail(command, wanted, "a module without fault");
  if (kind_of(error.code) == kind && says(describe(error, &sink), error.code, command.expected)) {
    pass();
  } else {
    fail(command, wanted, words_of(error, sink));
  }
  if (kind != ErrorKind::invalid || kind_of(error.code) != kind) return;
  auto binary = binary_of(command.module, nullptr);
  if (binary.ok()) roundtrip(command, binary.value());
}

// --- actions

Result<exec::Val> Runner::argument(const Pattern& pattern) {
  const TypeRegistry& types = engine_->types;
  switch (pattern.kind) {
    case Pattern::Kind::i32: return exec::Val{.type = kI32, .bits = {static_cast<uint32_t>(pattern.bits)}};
    case Pattern::Kind::i64: return exec::Val{.type = kI64, .bits = {pattern.bits}};
    case Pattern::Kind::f32: return exec::Val{.type = kF32, .bits = {pattern.bits}};
    case Pattern::Kind::f64: return exec::Val{.type = kF64, .bits = {pattern.bits}};
    case Pattern::Kind::v128: {
      exec::Val value{.type = kV128};
      std::memcpy(value.bits, pattern.bytes.data(), pattern.bytes.size());
      return value;
    }
    case Pattern::Kind::ref_null: return exec::Val{.type = ValType::ref(bottom_of(types.top_of(pattern.heap)), true)};
    case Pattern::Kind::ref_extern:
    case Pattern::Kind::ref_host: {
      HeapKind heap = pattern.kind == Pattern::Kind::ref_extern ? HeapKind::extern_ : HeapKind::any;
      rt::Ref ref = TRY(session_->host_ref(static_cast<uint32_t>(pattern.bits)));
      return exec::Val{.type = ValType::ref(heap, false), .bits = {ref}};
    }
    case Pattern::Kind::ref:
    case Pattern::Kind::either:
    case Pattern::Kind::extended: break;
  }
  return ErrorCode::wrong_value;
}

Ended Runner::perform(const text::Action& action) {
  if (action.kind == text::Action::Kind::get) return session_->get(action.instance, action.name);
  std::vector<exec::Val> arguments;
  for (const Pattern& pattern : action.args) {
    auto value = argument(pattern);
    if (!value.ok()) {
      std::string message(text_of(value.error().code));
      return {.how = How::refused, .values = {}, .code = value.error().code, .message = std::move(message)};
    }
    arguments.push_back(value.value());
  }
  return session_->invoke(action.instance, action.name, arguments);
}

void Runner::action(const Command& command) {
  Ended ended = perform(command.action);
  if (ended.how == How::returned) return pass();
  fail(command, '"' + command.action.name + "\" to return", outcome_of(engine_->types, ended));
}

void Runner::assert_return(const Command& command) {
  Ended ended = perform(command.action);
  if (ended.how == How::returned && matches(engine_->types, ended.values, command.results)) return pass();
  fail(command, '"' + command.action.name + "\" to give " + in_words(command.results),
       outcome_of(engine_->types, ended));
}

void Runner::assert_ended(const Command& command, How how, const Ended& ended) {
  bool right = ended.how == how && says(ended.message, ended.code, command.expected);
  ErrorKind kind = kind_of(ended.code);
  switch (command.kind) {
    case Command::Kind::assert_exception: right = ended.how == how; break;
    case Command::Kind::assert_exhaustion: right = right && kind == ErrorKind::exhaustion; break;
    case Command::Kind::assert_unlinkable: right = right && kind == ErrorKind::unlinkable; break;
    case Command::Kind::assert_suspension: right = right && ended.code == ErrorCode::unhandled_suspension; break;
    default: break;
  }
  if (right) return pass();
  const char* what = how == How::threw     ? "an exception"
                     : how == How::refused ? "imports that do not fit: "
                                           : "a trap: ";
  fail(command, what + command.expected, outcome_of(engine_->types, ended));
}

// --- components

bool Runner::is_about_component(const Command& command) const {
  if (!components_) return false;
  switch (command.kind) {
    case Command::Kind::action:
    case Command::Kind::assert_return:
    case Command::Kind::assert_trap:
    case Command::Kind::assert_exhaustion: return components_->has_instance(command.action.instance);
    default: return command.module.extended;
  }
}

void Runner::component(const Command& command) {
  switch (command.kind) {
    case Command::Kind::module:
    case Command::Kind::module_definition: return component_definition(command);
    case Command::Kind::module_instance: return component_instance(command);
    case Command::Kind::assert_uninstantiable:
    case Command::Kind::assert_unlinkable: return component_definition(command);
    case Command::Kind::assert_malformed: return component_rejected(command, ErrorKind::malformed);
    case Command::Kind::assert_invalid: return component_rejected(command, ErrorKind::invalid);
    default: return component_action(command);
  }
}

void Runner::component_definition(const Command& command) {
  ErrorSink sink;
  auto defined = components_->define(command.id, command.module, &sink);
  if (!defined.ok()) return fail(command, "a component", words_of(defined.error(), sink));
  if (command.kind == Command::Kind::module_definition) return pass();
  Ended ended = components_->instantiate(command.id, {});
  if (command.kind != Command::Kind::module) {
    return assert_ended(command, command.kind == Command::Kind::assert_unlinkable ? How::refused : How::trapped,
                        ended);
  }
  if (ended.how == How::returned) return pass();
  fail(command, "an instance", outcome_of(engine_->types, ended));
}

void Runner::component_instance(const Command& command) {
  if (!components_->has_definition(command.definition)) {
    return fail(command, "the definition " + command.definition, "none");
  }
  Ended ended = components_->instantiate(command.id, command.definition);
  if (ended.how == How::returned) return pass();
  fail(command, "an instance", outcome_of(engine_->types, ended));
}

void Runner::component_rejected(const Command& command, ErrorKind kind) {
  ErrorSink sink;
  const std::string wanted = std::string(name_of(kind)) + ": " + command.expected;
  auto defined = components_->define({}, command.module, &sink);
  if (defined.ok()) return fail(command, wanted, "a component without fault");
  const Error error = defined.error();
  if (kind_of(error.code) == kind && says(describe(error, &sink), error.code, command.expected)) return pass();
  fail(command, wanted, words_of(error, sink));
}

void Runner::component_action(const Command& command) {
  Ended ended = components_->invoke(command.action);
  if (command.kind == Command::Kind::assert_trap || command.kind == Command::Kind::assert_exhaustion) {
    return assert_ended(command, How::trapped, ended);
  }
  const bool returned = ended.how == How::returned;
  if (returned && (command.kind == Command::Kind::action || components_->matches(command.results))) return pass();
  fail(command, '"' + command.action.name + "\" to return" + (command.results.empty() ? "" : " what is written"),
       returned ? components_->in_words() : outcome_of(engine_->types, ended));
}

// --- threads

void Runner::start_thread(const Command& command) {
  std::vector<std::pair<std::string, Provider>> shared;
  for (const std::string& name : command.shared) {
    auto provider = session_->share(name);
    if (!provider) return fail(command, "the instance " + name, "none");
    shared.emplace_back(name, std::move(*provider));
  }
  auto old = threads_.find(command.id);
  if (old != threads_.end()) {
    join(old->second);
    threads_.erase(old);
  }
  Thread& thread = threads_[command.id];
  thread.runner = std::make_unique<Runner>(source_, options_, engine_);
  thread.thread = std::thread([&command, runner = thread.runner.get(), shared = std::move(shared)] {
    auto opened = runner->open();
    if (!opened.ok()) return runner->fail(command, "a store", std::string(text_of(opened.error().code)));
    for (const auto& [name, provider] : shared) runner->receive(name, provider);
    runner->run(command.commands);
  });
  pass();
}

void Runner::join(Thread& thread) {
  thread.thread.join();
  FileReport& from = thread.runner->report();
  report_.passed += from.passed;
  report_.log += from.log;
  for (Failure& failure : from.failures)
    report_.fail(failure.line, std::move(failure.wanted), std::move(failure.found));
}

void Runner::wait(const Command& command) {
  auto found = threads_.find(command.id);
  if (found == threads_.end()) return fail(command, "the thread " + command.id, "none");
  join(found->second);
  threads_.erase(found);
  pass();
}

void Runner::join_all() {
  for (auto& [name, thread] : threads_) join(thread);
  threads_.clear();
}

Result<std::string> read_file(const std::string& path) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return ErrorCode::file_not_readable;
  std::string content;
  char piece[1 << 16];
  size_t got = 0;
  do {
    got = std::fread(piece, 1, sizeof piece, file.get());
    content.append(piece, got);
  } while (got == sizeof piece);
  if (std::ferror(file.get())) return ErrorCode::file_not_readable;
  return content;
}

Result<void> run_script(std::string_view source, const std::string& path, const Options& options,
                        FileReport& report) {
  ErrorSink sink;
  std::unique_ptr<Components> components = make_components(path, options.seed);
  auto script = components ? components->parse(source, options.engine.features, &sink)
                           : text::parse_script(source, options.engine.features, &sink);
  if (!script.ok()) {
    report.fail(text::position_of(source, script.error().offset).line, "a script", describe(script.error(), &sink));
    return {};
  }
  Runner runner(source, options, exec::make_engine(options.engine), std::move(components));
  TRY(runner.open());
  runner.run(script.value().commands);
  report = std::move(runner.report());
  return {};
}

}  // namespace

FileReport run_file(const std::string& path, const Options& options) {
  auto start = std::chrono::steady_clock::now();
  FileReport report;
  auto source = read_file(path);
  Result<void> ran = source.ok() ? run_script(source.value(), path, options, report) : source.error();
  if (!ran.ok()) report.fail(0, "a script that runs", std::string(text_of(ran.error().code)));
  report.file = path;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace heddle::wast
