// What tests of the public API share: an engine, a store, a linker.
#pragma once
#include <heddle/heddle.h>

#include <string_view>

#include <doctest/doctest.h>

namespace heddle::testing {

struct ApiWorld {
  explicit ApiWorld(const api::Config& config = {}) : engine(config), store(engine), linker(engine) {}

  api::Instance instantiate(std::string_view text) const {
    api::Result<api::Module> module = api::Module::from_text(engine, text);
    REQUIRE_MESSAGE(module.ok(), module.error().to_string());
    api::Result<api::Instance> instance = linker.instantiate(store, *module);
    REQUIRE_MESSAGE(instance.ok(), instance.error().to_string());
    return *instance;
  }

  api::Engine engine;
  api::Store store;
  api::Linker linker;
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The error is the embedder's mistake, and its message says so in these words.
inline void check_misuse(const api::Error& error, std::string_view words) {
  CHECK(error.kind() == api::ErrorKind::misuse);
  CHECK_MESSAGE(contains(error.message(), words), error.message());
}

}  // namespace heddle::testing
