// `heddle run`: loads a module, links it, and runs it as a program or calls one of its functions.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "exec/instantiate.h"
#include "exec/invoke.h"
#include "exec/load.h"
#include "os/clock.h"
#include "tools/heddle/console.h"
#include "tools/heddle/imports.h"
#include "tools/heddle/loading.h"
#include "tools/heddle/run_component.h"
#include "tools/heddle/run_options.h"
#include "tools/heddle/subcommands.h"
#include "tools/heddle/values.h"
#include "tools/heddle/wasi.h"

namespace heddle::cli {
namespace {

using rt::Outcome;

// A guest that writes to a pipe nobody reads gets an error, as from any other file.
void ignore_closed_pipes() { (void)signal(SIGPIPE, SIG_IGN); }

void end_by_interrupt(int) { _exit(kInterrupted); }

// A guest may sit in a system call of the host, where no poll reaches it: SIGINT ends the process at once. Where it
// was ignored (as by nohup) it stays so.
void handle_interrupt() {
  struct sigaction action = {}, old = {};
  action.sa_handler = end_by_interrupt;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGINT, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(SIGINT, &action, nullptr);
}

// One run of the command.
class Guest {
 public:
  explicit Guest(const RunOptions& options) : options_(options) {}
  int run();

 private:
  bool set_up();
  void set_limits();
  void watch_deadline(uint64_t timeout_ns);
  std::optional<int> preload();
  void note_flag(const rt::Module& module);
  rt::Instance* instantiate(const std::shared_ptr<rt::Module>& module, const std::string& file);
  int start(rt::Instance& instance);
  int call(rt::Instance& instance, const std::string& name, std::span<const std::string> arguments);
  std::optional<std::vector<exec::Val>> parse_arguments(const std::string& name, const DefType& type,
                                                        std::span<const std::string> arguments);
  rt::FuncRef* find_function(rt::Instance& instance, const std::string& name);
  void list_functions(rt::Instance& instance);
  int report_end(Outcome outcome);
  std::string describe_exception() const;
  void show_stats() const;

  const RunOptions& options_;
  std::string file_;
  std::shared_ptr<rt::Engine> engine_;
  std::unique_ptr<rt::Store> store_;
  Imports imports_;
  int failure_ = kFailed;  // the exit code where instantiate() gave nothing
  uint64_t began_ns_ = 0, loaded_ns_ = 0, started_ns_ = 0;
};

int Guest::run() {
  handle_interrupt();
  ignore_closed_pipes();
  began_ns_ = os::monotonic_ns();
  file_ = options_.file == "-" ? "<stdin>" : options_.file;
  if (!set_up()) return kFailed;
  const auto input = Input::read(options_.file);
  if (!input) return kFailed;
  if (holds_component(*input)) return run_component(*input, options_, *store_);
  auto module = load_input(engine_, *input);
  if (!module) return kFailed;
  std::shared_ptr<rt::HostModule> wasi;
  if (!make_wasi(options_, wasi)) return kFailed;
  imports_.set_host(store_.get(), std::move(wasi));
  loaded_ns_ = os::monotonic_ns();
  if (auto code = preload()) return *code;
  rt::Instance* instance = instantiate(module, file_);
  if (!instance) return failure_;
  started_ns_ = os::monotonic_ns();
  int code = start(*instance);
  if (options_.stats) show_stats();
  return code;
}

bool Guest::set_up() {
  rt::EngineConfig config = options_.settings.engine;
  config.fuel = options_.settings.fuel.has_value();
  engine_ = exec::make_engine(config);
  auto store = rt::Store::create(engine_);
  if (!store.ok()) {
    error(text_of(store.error().code));
    return false;
  }
  store_ = std::move(store).value();
  set_limits();
  return true;
}

void Guest::set_limits() {
  const Settings& settings = options_.settings;
  auto limit = [&](rt::Resource resource, const std::optional<uint64_t>& most) {
    if (most) store_->budget.set_limit(resource, *most);
  };
  limit(rt::Resource::memory_bytes, settings.max_memory_bytes);
  limit(rt::Resource::table_elements, settings.max_table_elements);
  limit(rt::Resource::gc_bytes, settings.max_gc_bytes);
  limit(rt::Resource::instances, settings.max_instances);
  if (settings.fuel) store_->context.fuel = static_cast<int64_t>(std::min<uint64_t>(*settings.fuel, INT64_MAX));
  if (settings.timeout_ns) watch_deadline(*settings.timeout_ns);
}

// The store's own deadline traps in guest code. A guest that waits inside the host gets a moment more.
void Guest::watch_deadline(uint64_t timeout_ns) {
  constexpr uint64_t kMost = uint64_t{1} << 62, kMoment = 200'000'000;
  timeout_ns = std::min(timeout_ns, kMost);
  store_->set_deadline(os::monotonic_ns() + timeout_ns);
  std::thread([timeout_ns, file = file_] {
    std::this_thread::sleep_for(std::chrono::nanoseconds(timeout_ns + kMoment));
    error(file + ": trap: " + std::string(text_of(ErrorCode::deadline_exceeded)));
    _exit(kTrapped);
  }).detach();
}

std::optional<int> Guest::preload() {
  for (const auto& [name, file] : options_.preloads) {
    auto module = load_file(engine_, file);
    if (!module) return kFailed;
    rt::Instance* instance = instantiate(module, file);
    if (!instance) return failure_;
    imports_.add(name, instance);
  }
  return std::nullopt;
}

// What would define the first import that has no definition.
void Guest::note_flag(const rt::Module& module) {
  for (const syntax::Import& import : module.syntax.imports) {
    if (imports_.find(import.module, import.name)) continue;
    std::string flag = imports_.names_in(import.module).empty() ? flag_for(import.module) : std::string();
    if (!flag.empty()) note(flag);
    return;
  }
}

rt::Instance* Guest::instantiate(const std::shared_ptr<rt::Module>& module, const std::string& file) {
  ErrorSink sink;
  auto imports = exec::resolve_imports(*module, imports_, &sink);
  if (!imports.ok()) {
    error(file + ": " + describe(imports.error(), &sink));
    for (const std::string& text : sink.notes) note(text);
    note_flag(*module);
    return nullptr;
  }
  auto instance = exec::instantiate(*store_, module, imports.value(), &sink);
  if (instance.ok()) return instance.value();
  ErrorCode code = instance.error().code;
  if (code == ErrorCode::uncaught_exception) {
    failure_ = report_end(Outcome::threw);
  } else if (kind_of(code) == ErrorKind::trap || kind_of(code) == ErrorKind::exhaustion ||
             code == ErrorCode::exited) {
    failure_ = report_end(Outcome::trapped);
  } else {
    error(file + ": " + describe(instance.error(), &sink));
  }
  return nullptr;
}

// A program has `_start`; a reactor may have `_initialize`; a module of functions wants --invoke.
int Guest::start(rt::Instance& instance) {
  std::span<const std::string> arguments = options_.arguments;
  if (options_.invoke) return call(instance, *options_.invoke, arguments);
  auto has = [&](std::string_view name) {
    auto found = exec::find_export(instance, name);
    return found && found->kind == ExternKind::func;
  };
  if (has("_start")) return call(instance, "_start", {});
  // What follows a file without `_start` cannot be the arguments of a program.
  if (arguments.size() >= 2 && arguments[0] == "--invoke") return call(instance, arguments[1], arguments.subspan(2));
  if (has("_initialize")) return call(instance, "_initialize", {});
  bool functions = false;
  for (const syntax::Export& e : instance.module->syntax.exports) functions = functions || e.kind == ExternKind::func;
  if (functions && !instance.module->syntax.start) {
    note(file_ + " is no program (it exports no `_start`); `heddle run --invoke NAME " + file_ +
         " ARGS` calls a function of it");
    list_functions(instance);
  }
  return kOk;
}

int Guest::call(rt::Instance& instance, const std::string& name, std::span<const std::string> arguments) {
  rt::FuncRef* function = find_function(instance, name);
  if (!function) return kUsage;
  auto values = parse_arguments(name, engine_->types[function->type], arguments);
  if (!values) return kUsage;
  std::vector<exec::Val> results;
  auto outcome = exec::call(*store_, *function, *values, results);
  if (!outcome.ok()) {
    error(file_ + ": `" + name + "`: " + std::string(text_of(outcome.error().code)));
    return kFailed;
  }
  if (outcome.value() != Outcome::returned) return report_end(outcome.value());
  std::string text;
  for (const exec::Val& value : results) text += format_value(value, engine_->types) + "\n";
  return text.empty() || write_output("-", text) ? kOk : kFailed;
}

rt::FuncRef* Guest::find_function(rt::Instance& instance, const std::string& name) {
  auto found = exec::find_export(instance, name);
  if (found && found->kind == ExternKind::func) return found->func;
  if (found) {
    error(file_ + ": `" + name + "` is not a function");
    return nullptr;
  }
  std::vector<std::string_view> names;
  for (const syntax::Export& e : instance.module->syntax.exports) {
    if (e.kind == ExternKind::func) names.push_back(e.name);
  }
  error(file_ + " exports no function `" + name + "`" + did_you_mean(name, names));
  list_functions(instance);
  return nullptr;
}

// What there is to call.
void Guest::list_functions(rt::Instance& instance) {
  constexpr size_t kMost = 16;
  size_t count = 0;
  std::string text;
  for (const syntax::Export& e : instance.module->syntax.exports) {
    if (e.kind != ExternKind::func || ++count > kMost) continue;
    std::string signature = format_signature(engine_->types[exec::export_of(instance, e).func->type]);
    text += "\n  " + e.name + (signature.empty() ? "" : " ") + signature;
  }
  if (count > kMost) text += fmt::format("\n  and {} more", count - kMost);
  note(count ? "exported functions:" + text : "it exports no functions");
}

std::optional<std::vector<exec::Val>> Guest::parse_arguments(const std::string& name, const DefType& type,
                                                             std::span<const std::string> arguments) {
  if (arguments.size() != type.params.size()) {
    std::string signature = format_signature(type);
    error(fmt::format("`{}` takes {} argument{}, not {}: {}", name, type.params.size(),
                      type.params.size() == 1 ? "" : "s", arguments.size(),
                      signature.empty() ? "(func)" : signature));
    return std::nullopt;
  }
  std::vector<exec::Val> values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto value = parse_value(arguments[i], type.params[i]);
    if (!value) {
      error(fmt::format("argument {} of `{}`: `{}` is no {}", i + 1, name, arguments[i], to_string(type.params[i])));
      return std::nullopt;
    }
    values.push_back(*value);
  }
  return values;
}

// The tag's parameters, and what it was thrown with.
std::string Guest::describe_exception() const {
  auto* exception = static_cast<gc::Exception*>(gc::to_object(store_->pending.exception));
  const DefType& type = engine_->types[exception->tag->type];
  std::string text = "uncaught exception (tag";
  if (const std::string parameters = format_signature(type); !parameters.empty()) text += " " + parameters;
  text += ")";
  const uint64_t* slot = exception->args();
  for (ValType param : type.params) {
    exec::Val value{.type = param, .bits = {slot[0], 0}};
    if (slots_of(param) == 2) value.bits[1] = slot[1];
    slot += slots_of(param);
    text += " " + format_value(value, engine_->types);
  }
  return text;
}

int Guest::report_end(Outcome outcome) {
  if (outcome == Outcome::threw) {
    error(file_ + ": " + describe_exception());
    return kTrapped;
  }
  const rt::Trap& trap = store_->pending.trap;
  if (trap.code == ErrorCode::exited) return trap.exit_code;
  std::string text = file_ + ": trap: " + rt::message_of(trap);
  std::string backtrace = rt::format_backtrace(trap);
  if (!backtrace.empty()) text.append("\n").append(backtrace.substr(0, backtrace.size() - 1));
  error(text);
  if (trap.code == ErrorCode::out_of_fuel) note("`--fuel` says how much there is");
  return kTrapped;
}

void Guest::show_stats() const {
  auto ms = [](uint64_t from, uint64_t to) { return static_cast<double>(to - from) / 1e6; };
  uint64_t now = os::monotonic_ns();
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  auto heap = store_->heap.stats();
  uint64_t memory = 0;
  for (const auto& each : store_->memories) memory += each->size();
  std::string text;
  text += fmt::format("load         {:.3f} ms\n", ms(began_ns_, loaded_ns_));
  text += fmt::format("instantiate  {:.3f} ms\n", ms(loaded_ns_, started_ns_));
  text += fmt::format("run          {:.3f} ms\n", ms(started_ns_, now));
  text += fmt::format("memories     {} KiB\n", memory >> 10);
  text += fmt::format("GC           {} collections, {} KiB allocated, {} KiB live\n", heap.collections,
                      heap.allocated_bytes >> 10, heap.live_bytes >> 10);
  if (options_.settings.fuel) {
    text +=
        fmt::format("fuel         {} used\n", static_cast<int64_t>(*options_.settings.fuel) - store_->context.fuel);
  }
  text += fmt::format("process      {} KiB at most\n", usage.ru_maxrss);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

int run_command(std::span<char* const> arguments) {
  RunOptions options;
  if (auto code = parse_run_options(arguments, options)) return *code;
  return Guest(options).run();
}

}  // namespace heddle::cli
