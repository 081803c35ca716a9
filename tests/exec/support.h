// What tests that run modules need: an engine, a store, a module from its text.
#pragma once
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "exec/instantiate.h"
#include "exec/invoke.h"
#include "exec/load.h"
#include "text/assemble.h"
#include "text/parse.h"

namespace heddle::testing {

// Objects by "module.name".
class Names final : public exec::ImportResolver {
 public:
  std::map<std::string, exec::Extern> objects;

  std::optional<exec::Extern> find(std::string_view module, std::string_view name) override {
    auto found = objects.find(std::string(module) + "." + std::string(name));
    if (found == objects.end()) return std::nullopt;
    return found->second;
  }
  std::vector<std::string> names_in(std::string_view module) override {
    std::vector<std::string> out;
    for (auto& entry : objects) {
      if (entry.first.substr(0, module.size() + 1) == std::string(module) + ".") {
        out.push_back(entry.first.substr(module.size() + 1));
      }
    }
    return out;
  }
  std::vector<std::string> modules() override {
    std::vector<std::string> out;
    for (auto& entry : objects) {
      std::string module = entry.first.substr(0, entry.first.find('.'));
      if (out.empty() || out.back() != module) out.push_back(module);
    }
    return out;
  }
};

struct World {
  explicit World(const rt::EngineConfig& config = {})
      : engine(exec::make_engine(config)), store(rt::Store::create(engine).value()) {}

  std::shared_ptr<rt::Module> load(std::string_view text) {
    ErrorSink sink;
    auto parsed = text::parse_module(text, engine->config.features, &sink);
    REQUIRE_MESSAGE(parsed.ok(), text::locate(text, parsed.error(), &sink, "test"));
    auto module = exec::load_module(engine, text::assemble(std::move(parsed).value()), &sink);
    REQUIRE_MESSAGE(module.ok(), describe(module.error(), &sink));
    return std::move(module).value();
  }
  Result<rt::Instance*> try_instantiate(std::string_view text) {
    auto module = load(text);
    detail = {};
    auto imports = exec::resolve_imports(*module, names, &detail);
    if (!imports.ok()) return imports.error();
    return exec::instantiate(*store, module, imports.value(), &detail);
  }
  rt::Instance& instantiate(std::string_view text) {
    auto instance = try_instantiate(text);
    REQUIRE_MESSAGE(instance.ok(), describe(instance.error(), &detail));
    return *instance.value();
  }
  // Makes everything an instance exports importable.
  void publish(std::string_view module, rt::Instance& instance) {
    for (const syntax::Export& e : instance.module->syntax.exports) {
      names.objects.insert_or_assign(std::string(module) + "." + e.name, exec::export_of(instance, e));
    }
  }

  rt::FuncRef& func(rt::Instance& instance, std::string_view name) {
    auto found = exec::find_export(instance, name);
    REQUIRE(found);
    REQUIRE(found->kind == ExternKind::func);
    return *found->func;
  }
  // Calls an export with integers; the outcome is left in `outcome`, the first result (bits) returned.
  uint64_t call(rt::Instance& instance, std::string_view name, std::vector<exec::Val> args = {}) {
    std::vector<exec::Val> results;
    auto done = exec::call(*store, func(instance, name), args, results);
    REQUIRE_MESSAGE(done.ok(), std::string(text_of(done.ok() ? ErrorCode::none : done.error().code)));
    outcome = done.value();
    return results.empty() ? 0 : results[0].bits[0];
  }
  ErrorCode trap_code() const { return outcome == rt::Outcome::trapped ? store->pending.trap.code : ErrorCode::none; }
  uint64_t global(rt::Instance& instance, std::string_view name) {
    auto found = exec::find_export(instance, name);
    REQUIRE(found);
    return found->global->value[0];
  }

  std::shared_ptr<rt::Engine> engine;
  std::unique_ptr<rt::Store> store;
  Names names;
  ErrorSink detail;
  rt::Outcome outcome = rt::Outcome::returned;
};

inline exec::Val i32(uint32_t value) { return {.type = kI32, .bits = {value, 0}}; }
inline exec::Val i64(uint64_t value) { return {.type = kI64, .bits = {value, 0}}; }

}  // namespace heddle::testing
