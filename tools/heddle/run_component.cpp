#include "tools/heddle/run_component.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "component/link/instantiate.h"
#include "component/link/linker.h"
#include "component/syntax/extern_name.h"
#include "component/text/parse.h"
#include "component/wave/wave.h"
#include "text/parse.h"
#include "tools/heddle/components.h"
#include "tools/heddle/console.h"
#include "tools/heddle/loading.h"

namespace heddle::cli {
namespace {

namespace canon = component::canon;
namespace link = component::link;
using component::Interface;
using component::Sort;

struct File {
  std::string name;
  std::shared_ptr<const link::Loaded> loaded;
  link::Offers offers;
  std::shared_ptr<const link::InstanceItem> instance{};  // once somebody needs it
};

// A function to call, as it was found.
struct Callee {
  const link::FuncItem* func = nullptr;
  const component::Type* type = nullptr;  // which has the names of the parameters
};

class Components {
 public:
  Components(const RunOptions& options, rt::Store& store) : options_(options), store_(store) {}

  int run(const Input& input);

 private:
  std::optional<File> load(const Input& input);
  File* linked_file(const std::string& path);
  bool link_in(const std::string& interface, const std::string& path);
  bool instantiate(File& file);
  bool instantiated(File& file);
  struct Offer;
  Offer find_offer(const File& file, const std::string& import);
  std::optional<link::Item> provide(const File& file, const component::Item& import, canon::TypeSpace& resources);
  int call(const File& file);
  Callee find(const File& file, std::string_view name);
  void unknown_import(const File& file, const std::string& name);
  void unused_links() const;
  int refuse_arguments() const;
  std::vector<std::string> functions(const File& file) const;
  void list_functions(const File& file);
  int report(const Error& error);

  const RunOptions& options_;
  link::ComponentStore store_;
  struct Linked {
    std::string interface, path;
    File* file;
    bool used = false;  // somebody imports from it
  };
  std::vector<Linked> linked_;
  std::deque<File> files_;
  std::vector<std::pair<const File*, std::string>> waiting_;  // each for the next one: for what it exports so
  int failure_ = kFailed;
};

std::optional<File> Components::load(const Input& input) {
  std::vector<uint8_t> kept;
  const auto bytes = binary_of(input, options_.settings, kept);
  if (!bytes) return std::nullopt;
  ErrorSink sink;
  auto loaded = link::load(store_.core().engine, *bytes, options_.settings.component_features, &sink);
  if (!loaded.ok()) {
    report_component_error(input, options_.settings, loaded.error(), sink);
    return std::nullopt;
  }
  const component::Items& exports = loaded.value()->type().exports;
  return File{input.name(), std::move(loaded).value(), link::Offers(exports)};
}

// A file that is linked for several interfaces is loaded once.
File* Components::linked_file(const std::string& path) {
  for (const Linked& linked : linked_) {
    if (linked.path == path) return linked.file;
  }
  auto input = Input::read(path);
  if (!input) return nullptr;
  if (!holds_component(*input)) {
    report_no_component(*input);
    return nullptr;
  }
  auto file = load(*input);
  return file ? &files_.emplace_back(*std::move(file)) : nullptr;
}

// The version is what people get wrong, or leave out, rather than the name.
std::string meant(std::string_view typed, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    if (component::without_version(name) == component::without_version(typed))
      return fmt::format(" (did you mean `{}`?)", name);
  }
  return did_you_mean(typed, names);
}

// IFACE=FILE: what the file exports under a name that serves IFACE is what others import so.
bool Components::link_in(const std::string& interface, const std::string& path) {
  File* file = linked_file(path);
  if (!file) return false;
  if (!file->offers.find(interface)) {
    std::vector<std::string_view> names;
    for (const component::Item& item : file->loaded->type().exports) names.push_back(item.name->text);
    error(path + " exports no `" + interface + "`" + meant(interface, names));
    return false;
  }
  linked_.push_back({interface, path, file});
  return true;
}

struct Components::Offer {
  File* from = nullptr;  // nobody
  const component::Item* item = nullptr;
};

// What is linked for this very version comes before what serves it too.
Components::Offer Components::find_offer(const File& file, const std::string& import) {
  for (const bool exact : {true, false}) {
    for (Linked& linked : linked_) {
      if (linked.file == &file) continue;
      const bool right = exact ? linked.interface == import
                               : link::serves(linked.interface, import) || link::serves(import, linked.interface);
      if (!right) continue;
      const component::Item* item = linked.file->offers.find(import);
      if (!item) continue;
      linked.used = true;
      return {linked.file, item};
    }
  }
  return {};
}

// An interface of nothing but types needs nobody who has it, where its resource types are those of imports before it.
std::optional<link::Item> types_only(const canon::TypeSpace& resources, component::TypeId instance) {
  auto made = std::make_shared<link::InstanceItem>();
  for (const component::Item& item : resources.types->interface(instance).exports) {
    if (item.entity.sort != Sort::type) return std::nullopt;
    link::TypeItem type;
    if (resources.types->is_resource(item.entity.type())) {
      const auto known = resources.resources.find(resources.types->resource(item.entity.type()));
      if (known == resources.resources.end()) return std::nullopt;
      type.resource = known->second;
    }
    made->exports.emplace(item.name->text, type);
  }
  return link::Item(std::move(made));
}

// `resources`: those that the imports before it have bound.
std::optional<link::Item> Components::provide(const File& file, const component::Item& import,
                                              canon::TypeSpace& resources) {
  const std::string name(import.name->text);
  if (const auto [from, found] = find_offer(file, name); from) {
    ErrorSink sink;
    auto right = link::check_import(*store_.core().engine, *from->loaded, found->entity, *file.loaded, import.entity,
                                    name, options_.settings.component_features, &sink);
    if (!right.ok()) {
      error(fmt::format("{}: `{}` of {} is not what is imported: {}", file.name, name, from->name,
                        describe(right.error(), &sink)));
      return std::nullopt;
    }
    waiting_.emplace_back(&file, name);
    const bool made = instantiated(*from);
    waiting_.pop_back();
    if (!made) return std::nullopt;
    const link::Item& item = *from->instance->find(found->name->text);
    if (auto bound = link::bind_resources(resources, import.entity, item, name, &sink); !bound.ok()) {
      error(fmt::format("{}: {}", file.name, describe(bound.error(), &sink)));
      return std::nullopt;
    }
    return item;
  }
  if (import.entity.sort == Sort::type) {
    const component::Types& types = *resources.types;
    if (!types.is_resource(import.entity.type())) return link::TypeItem();
    const auto known = resources.resources.find(types.resource(import.entity.type()));
    if (known != resources.resources.end()) return link::TypeItem{known->second};
  }
  if (import.entity.sort == Sort::instance) {
    if (auto types = types_only(resources, import.entity.type())) return types;
  }
  unknown_import(file, name);
  return std::nullopt;
}

void Components::unknown_import(const File& file, const std::string& name) {
  error(file.name + ": unknown import: `" + name + "`");
  for (const Linked& linked : linked_) {
    if (component::without_version(linked.interface) != component::without_version(name)) continue;
    return note(
        fmt::format("`--link {}={}` gives another version, which does not serve it", linked.interface, linked.path));
  }
  note("`--link " + name + "=FILE` takes it from another component");
  if (name.starts_with("wasi:")) note("this version of heddle gives components no WASI yet");
}

void Components::unused_links() const {
  for (const Linked& linked : linked_) {
    if (!linked.used) note(fmt::format("`--link {}={}`: nothing imports it", linked.interface, linked.path));
  }
}

// Arguments behind the file are a core function's: those of a component's have types, and are written in one text.
int Components::refuse_arguments() const {
  const component::wave::Call call = component::wave::split_call(*options_.invoke);
  std::string list;
  for (const std::string& argument : options_.arguments) list += (list.empty() ? "" : ", ") + argument;
  error("a component's function takes its arguments in `--invoke`, not behind the file");
  if (call.arguments.empty()) note(fmt::format("perhaps `--invoke '{}({})'`", call.name, list));
  return kUsage;
}

// Of those that others import from, each is instantiated when the first one needs it.
bool Components::instantiated(File& file) {
  if (file.instance) return true;
  const auto begun =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& waiting) { return waiting.first == &file; });
  if (begun == waiting_.end()) return instantiate(file);
  std::string cycle = file.name;
  for (auto at = begun; at != waiting_.end(); ++at) {
    const File* from = at + 1 == waiting_.end() ? &file : (at + 1)->first;
    cycle += fmt::format("{} needs `{}` of {}", at == begun ? "" : ", which", at->second, from->name);
  }
  error(cycle + ": neither can be first");
  return false;
}

bool Components::instantiate(File& file) {
  link::InstanceItem given;
  canon::TypeSpace resources;
  resources.types = &file.loaded->checked.types;
  for (const component::Item& import : file.loaded->type().imports) {
    auto item = provide(file, import, resources);
    if (!item) return false;
    given.exports[std::string(import.name->text)] = *std::move(item);
  }
  auto made = link::instantiate(store_, {file.loaded, &file.loaded->root, nullptr}, given, nullptr);
  if (!made.ok()) {
    failure_ = report(made.error());
    return false;
  }
  file.instance = std::move(made).value();
  return true;
}

// By the name, or by a compatible version of it; without a version, where there is one only.
const component::Item* find_interface(const component::Items& exports, std::string_view name) {
  if (const component::Item* found = link::find_compatible(exports, name)) return found;
  const component::Item* only = nullptr;
  for (const component::Item& item : exports) {
    if (name.find('@') != std::string_view::npos || component::without_version(item.name->text) != name) continue;
    if (only) return nullptr;
    only = &item;
  }
  return only;
}

// `name`, or `interface#name`.
Callee Components::find(const File& file, std::string_view name) {
  const Interface* interface = &file.loaded->type();
  const component::Types& types = file.loaded->checked.types;
  const link::InstanceItem* instance = file.instance.get();
  if (const size_t hash = name.find('#'); hash != std::string_view::npos) {
    const component::Item* outer = find_interface(interface->exports, name.substr(0, hash));
    if (!outer || outer->entity.sort != Sort::instance) return {};
    interface = &types.interface(outer->entity.type());
    instance = std::get<std::shared_ptr<const link::InstanceItem>>(*instance->find(outer->name->text)).get();
    name.remove_prefix(hash + 1);
  }
  const component::Item* item = interface->exports.find(name);
  if (!item || item->entity.sort != Sort::func) return {};
  return {&std::get<link::FuncItem>(*instance->find(name)), &types[item->entity.type()]};
}

std::vector<std::string> Components::functions(const File& file) const {
  const component::Types& types = file.loaded->checked.types;
  std::vector<std::string> found;
  auto list = [&](const Interface& interface, const std::string& prefix) {
    for (const component::Item& item : interface.exports) {
      if (item.entity.sort == Sort::func) found.push_back(prefix + std::string(item.name->text));
    }
  };
  list(file.loaded->type(), "");
  for (const component::Item& item : file.loaded->type().exports) {
    if (item.entity.sort == Sort::instance) {
      list(types.interface(item.entity.type()), std::string(item.name->text) + "#");
    }
  }
  return found;
}

void Components::list_functions(const File& file) {
  std::string text;
  for (const std::string& name : functions(file)) text += "\n  " + name;
  note(text.empty() ? "it exports no functions" : "exported functions:" + text);
}

int Components::call(const File& file) {
  const component::wave::Call call = component::wave::split_call(*options_.invoke);
  const Callee callee = find(file, call.name);
  if (!callee.func) {
    const std::vector<std::string> known = functions(file);
    error(fmt::format("{} exports no function `{}`{}", file.name, call.name,
                      meant(call.name, {known.begin(), known.end()})));
    list_functions(file);
    return kUsage;
  }
  std::vector<std::string_view> names;
  for (const component::Field& param : callee.type->fields) names.push_back(param.label);
  ErrorSink sink;
  auto args = component::wave::parse_arguments(call, names, callee.func->type->params, &sink);
  if (!args.ok()) {
    error(fmt::format("--invoke: {}\n{}", describe(args.error(), &sink),
                      component::wave::point_at(*options_.invoke, args.error().offset)));
    if (call.arguments.empty()) {
      note(fmt::format("its arguments are written behind the name: `--invoke '{}({})'`", call.name,
                       fmt::join(names, ", ")));
    }
    return kUsage;
  }
  auto results = store_.call(callee.func->inst, std::move(args).value());
  if (!results.ok()) return report(results.error());
  bool written = true;
  const auto write = [&](std::string_view text) { written = written && write_output("-", text); };
  for (const auto& value : results.value()) {
    component::wave::print(value, callee.func->type->result, write);
    write("\n");
  }
  return written ? kOk : kFailed;
}

int Components::report(const Error& wrong) {
  const ErrorKind kind = kind_of(wrong.code);
  const bool trapped = kind == ErrorKind::trap || kind == ErrorKind::exhaustion;
  std::string text = options_.file + (trapped ? ": trap: " : ": ") + store_.message_of(wrong);
  const std::string backtrace = trapped ? rt::format_backtrace(store_.core().pending.trap) : std::string();
  if (!backtrace.empty()) text.append("\n").append(backtrace.substr(0, backtrace.size() - 1));
  error(text);
  return trapped ? kTrapped : kFailed;
}

int Components::run(const Input& input) {
  if (!options_.preloads.empty()) {
    error("`--preload` is for core modules; `--link IFACE=FILE` gives a component what it imports");
    return kUsage;
  }
  if (options_.invoke && !options_.arguments.empty()) return refuse_arguments();
  for (const auto& [interface, path] : options_.links) {
    if (!link_in(interface, path)) return failure_;
  }
  auto file = load(input);
  if (!file || !instantiate(*file)) return failure_;
  unused_links();
  if (options_.invoke) return call(*file);
  error(file->name + " is no program; `heddle run --invoke 'NAME(ARGS)' " + file->name + "` calls a function of it");
  list_functions(*file);
  return kFailed;
}

}  // namespace

bool holds_component(const Input& input) {
  return input.is_binary() ? is_component(input.bytes()) : component::is_component_text(input.text());
}

void report_no_component(const Input& input) {
  const std::string_view text = input.text();
  const bool module = input.is_binary() ? text.starts_with(std::string_view("\0asm", 4))
                                        : text::parse_module(text, Features(), nullptr).ok();
  error(input.name() + (module ? ": a core module, where a component is wanted"
                               : ": this is neither a component nor the text of one"));
}

int run_component(const Input& input, const RunOptions& options, rt::Store& store) {
  return Components(options, store).run(input);
}

}  // namespace heddle::cli
