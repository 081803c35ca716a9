#include "spec-tests/runner/components.h"

#include <algorithm>
#include <filesystem>

#include "component/link/instantiate.h"
#include "component/text/script.h"
#include "spec-tests/runner/script_values.h"

namespace heddle::wast {
namespace {

namespace link = component::link;
using How = Ended::How;

// Files that assert that what a gate lets through is refused.
struct Closed {
  std::string_view file;
  component::Feature gate;
};
constexpr Closed kClosed[] = {{"extern-names.wast", component::Feature::nested_names}};

component::Features features_of(const std::string& file) {
  component::Features features;
  for (unsigned i = 0; i < std::size(component::kFeatures); ++i)
    features.set(static_cast<component::Feature>(i), true);
  for (const Closed& closed : kClosed) {
    if (std::filesystem::path(file).filename() == closed.file) features.set(closed.gate, false);
  }
  return features;
}

Ended refused(ErrorCode code, std::string message) {
  return {.how = How::refused, .values = {}, .code = code, .message = std::move(message)};
}

class ComponentSession final : public Components {
 public:
  ComponentSession(const std::string& file, std::optional<uint64_t> seed)
      : features_(features_of(file)), seed_(seed) {}

  Result<text::Script> parse(std::string_view source, const Features& features, ErrorSink* sink) override {
    script_ = TRY(component::parse_script(source, features, sink));
    return std::move(script_.script);
  }

  void open(rt::Store& store) override {
    constexpr bool kDonutWrapping = false;  // what async/trap-on-reenter.wast expects
    store_.emplace(store, seed_ ? component::canon::Choices(*seed_) : component::canon::Choices(), kDonutWrapping);
  }

  Result<void> define(const std::string& name, const text::ModuleSource& source, ErrorSink* sink) override {
    const std::shared_ptr<rt::Engine>& engine = store_->core().engine;
    component::Parsed parsed = TRY(component::parse(source, features_, engine->config.features, sink));
    const uint64_t bytes = std::max<uint64_t>(source.content().size(), 1);
    latest_ = TRY(link::load(engine, std::move(parsed.component), bytes, features_, sink));
    if (!name.empty()) definitions_[name] = latest_;
    return {};
  }

  bool has_definition(const std::string& name) const override {
    return name.empty() ? latest_ != nullptr : definitions_.contains(name);
  }

  Ended instantiate(const std::string& name, const std::string& definition) override {
    const std::shared_ptr<const link::Loaded>& loaded = definition.empty() ? latest_ : definitions_[definition];
    const link::ComponentItem item{loaded, &loaded->root, nullptr};
    link::InstanceItem imports;
    for (const auto& [known, instance] : instances_) imports.exports[known] = instance;
    auto made = link::instantiate(*store_, item, imports, nullptr);
    if (!made.ok()) return ended_by(made.error());
    latest_instance_ = made.value();
    instances_[name] = latest_instance_;
    return {};
  }

  bool has_instance(const std::string& name) const override {
    return name.empty() ? latest_instance_ != nullptr : instances_.contains(name);
  }

  Ended invoke(const text::Action& action) override {
    results_.clear();
    const auto& instance = action.instance.empty() ? latest_instance_ : instances_[action.instance];
    const link::Item* item = instance->find(action.name);
    const auto* func = item ? std::get_if<link::FuncItem>(item) : nullptr;
    if (!func) return refused(ErrorCode::unknown_export, "no function `" + action.name + "`");
    std::vector<component::canon::Val> args;
    for (size_t i = 0; i < action.args.size(); ++i) {
      const auto written = script_.value_of(action.args[i]);
      auto value =
          written && i < func->type->params.size() ? value_of(*written, func->type->params[i]) : std::nullopt;
      if (!value) return refused(ErrorCode::wrong_value, "an argument is of another type");
      args.push_back(std::move(*value));
    }
    if (args.size() != func->type->params.size()) return refused(ErrorCode::wrong_value, "too few arguments");
    auto results = store_->call(func->inst, std::move(args));
    if (!results.ok()) return ended_by(results.error());
    results_ = std::move(results.value());
    type_ = func->type;
    return {};
  }

  bool matches(const std::vector<text::Pattern>& wanted) const override {
    if (wanted.size() != results_.size()) return false;
    for (size_t i = 0; i < wanted.size(); ++i) {
      const auto written = script_.value_of(wanted[i]);
      if (!written || !wast::matches(results_[i], type_->result, *written)) return false;
    }
    return true;
  }

  std::string in_words() const override {
    std::string text;
    for (const auto& value : results_) text += (text.empty() ? "" : ", ") + wast::in_words(value);
    return text.empty() ? "nothing" : text;
  }

 private:
  Ended ended_by(const Error& error) {
    const ErrorKind kind = kind_of(error.code);
    const bool trapped = kind == ErrorKind::trap || kind == ErrorKind::exhaustion;
    return {.how = trapped ? How::trapped : How::refused,
            .values = {},
            .code = error.code,
            .message = store_->message_of(error)};
  }

  component::Features features_;
  std::optional<uint64_t> seed_;
  component::Script script_;
  std::optional<link::ComponentStore> store_;
  std::unordered_map<std::string, std::shared_ptr<const link::Loaded>> definitions_;
  std::shared_ptr<const link::Loaded> latest_;
  std::unordered_map<std::string, std::shared_ptr<const link::InstanceItem>> instances_;
  std::shared_ptr<const link::InstanceItem> latest_instance_;
  std::vector<component::canon::Val> results_;
  const component::canon::FuncType* type_ = nullptr;
};

}  // namespace

std::unique_ptr<Components> make_components(const std::string& file, std::optional<uint64_t> seed) {
  return std::make_unique<ComponentSession>(file, seed);
}

}  // namespace heddle::wast
