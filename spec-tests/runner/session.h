// A store and what one thread of a script has in it: definitions and instances by name, and what is registered for
// import.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exec/instantiate.h"
#include "exec/invoke.h"
#include "exec/link.h"
#include "runtime/module.h"
#include "spec-tests/runner/spectest.h"

namespace heddle::wast {

// How an action or an instantiation ended.
struct Ended {
  enum class How : uint8_t {
    returned,  // with `values`
    threw,     // an exception that nobody caught
    trapped,   // or exhausted something: `code` says which
    refused,   // the module could not be linked, or there was nothing to call
  };
  How how = How::returned;
  std::vector<exec::Val> values;
  ErrorCode code = ErrorCode::none;
  std::string message;  // in words, beginning with those of `code`
};

// What an import may name: an instance of this store, or the shared memories of an instance that lives in another
// thread's.
struct Provider {
  rt::Instance* instance = nullptr;
  std::vector<std::pair<std::string, std::shared_ptr<rt::Memory>>> shared;
};

class Session final : public exec::ImportResolver {
 public:
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<rt::Engine> engine);

  rt::Engine& engine() { return *store_->engine; }
  rt::Store& store() { return *store_; }

  // An empty name is the latest definition or instance.
  void define(const std::string& name, std::shared_ptr<rt::Module> module);
  std::shared_ptr<rt::Module> definition(const std::string& name) const;
  Ended instantiate(const std::string& name, const std::shared_ptr<rt::Module>& module);
  const Provider* instance(const std::string& name) const;
  void name_instance(const std::string& name, Provider provider);
  void register_as(const std::string& import_name, const Provider& provider) { registered_[import_name] = provider; }
  // What of a named instance another thread may use.
  std::optional<Provider> share(const std::string& name) const;

  Ended invoke(const std::string& instance, const std::string& function, std::span<const exec::Val> arguments);
  Ended get(const std::string& instance, const std::string& global);
  // A reference that stands for the host's object number `payload`; it lives as long as the session.
  Result<rt::Ref> host_ref(uint32_t payload);

  std::optional<exec::Extern> find(std::string_view module, std::string_view name) override;
  std::vector<std::string> names_in(std::string_view module) override;
  std::vector<std::string> modules() override;

 private:
  Session() = default;
  Ended ended_by(rt::Outcome outcome);
  std::optional<exec::Extern> find_exported(const std::string& instance, const std::string& name, ExternKind kind,
                                            Ended& problem) const;

  std::unique_ptr<rt::Store> store_;
  Spectest spectest_;
  std::unordered_map<std::string, std::shared_ptr<rt::Module>> definitions_;
  std::shared_ptr<rt::Module> last_definition_;
  std::unordered_map<std::string, Provider> instances_;
  std::optional<Provider> last_instance_;
  std::unordered_map<std::string, Provider> registered_;
  std::unordered_map<uint32_t, uint32_t> host_refs_;  // payload to the store's handle
};

}  // namespace heddle::wast
