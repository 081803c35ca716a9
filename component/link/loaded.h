// A component that is ready to be instantiated: its definitions, what validation found out about them, and its core
// modules, for it and for those nested in it. Immutable; shared by stores and threads.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "component/syntax/component.h"
#include "component/syntax/features.h"
#include "component/valid/check.h"
#include "runtime/engine.h"
#include "runtime/module.h"

namespace heddle::component::link {

// One component of the tree.
struct Part {
  const Component* syntax = nullptr;
  const CheckedComponent* checked = nullptr;
  std::vector<std::shared_ptr<rt::Module>> core_modules;
  std::vector<Part> parts;
  uint64_t instance_bytes = 0;  // what an instance of it takes in a store, about, without its core instances
};

struct Loaded {
  Component syntax;  // its views point into its storage
  Checked checked;
  Part root;

  const Interface& type() const { return checked.types.interface(checked.root.type); }
};

// `syntax` owns what it views; `bytes` is the size of its source.
Result<std::shared_ptr<const Loaded>> load(const std::shared_ptr<rt::Engine>& engine, Component syntax,
                                           uint64_t bytes, const Features& features, ErrorSink* sink);
// From the binary format. `bytes` are copied.
Result<std::shared_ptr<const Loaded>> load(const std::shared_ptr<rt::Engine>& engine, std::span<const uint8_t> bytes,
                                           const Features& features, ErrorSink* sink);

}  // namespace heddle::component::link
