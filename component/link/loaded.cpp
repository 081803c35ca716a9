#include "component/link/loaded.h"

#include "component/binary/decode.h"
#include "component/canon/value.h"
#include "component/link/module_cache.h"

namespace heddle::component::link {
namespace {

// --- what an instance costs

constexpr uint64_t kInstance = 4096, kEntry = 96, kCanon = 512, kNamed = 256, kValue = sizeof(canon::Val);

// What is found by its name has a copy of it.
uint64_t cost_of(std::string_view name) { return kNamed + name.size(); }

// Bytes that the definitions make which have parts.
uint64_t cost_of_parts(const Component& syntax) {
  uint64_t bytes = 0;
  for (const Export& e : syntax.exports) bytes += cost_of(e.name.text);
  for (const CoreInstance& made : syntax.core_instances) bytes += kEntry * (made.args.size() + made.exports.size());
  for (const Instance& made : syntax.instances) {
    for (const Instance::Arg& arg : made.args) bytes += cost_of(arg.name);
    for (const Instance::Export& e : made.exports) bytes += cost_of(e.name.text);
  }
  for (const Value& value : syntax.values) bytes += kValue * value.bytes.size();
  return bytes;
}

// Itself, its index spaces, what canonical definitions make, and what has parts.
uint64_t cost_of(const Component& syntax, const IndexSpaces& spaces) {
  const uint64_t entries = spaces.core_funcs.size() + spaces.core_tables.size() + spaces.core_memories.size() +
                           spaces.core_globals.size() + spaces.core_tags.size() + spaces.core_modules.size() +
                           spaces.core_instances.size() + spaces.funcs.size() + spaces.types.size() +
                           spaces.values.size() + spaces.components.size() + spaces.instances.size();
  return kInstance + kEntry * entries + kCanon * syntax.canons.size() + cost_of_parts(syntax);
}

// --- loading

Result<Part> load_part(const std::shared_ptr<rt::Engine>& engine, const Component& syntax,
                       const CheckedComponent& checked, ErrorSink* sink) {
  Part part{&syntax, &checked, {}, {}, cost_of(syntax, checked.spaces)};
  for (const CoreModule& module : syntax.core_modules) {
    part.core_modules.push_back(TRY(load_shared_module(engine, module.bytes, sink)));
  }
  for (size_t i = 0; i < syntax.components.size(); ++i) {
    part.parts.push_back(TRY(load_part(engine, syntax.components[i], checked.components[i], sink)));
  }
  return part;
}

}  // namespace

Result<std::shared_ptr<const Loaded>> load(const std::shared_ptr<rt::Engine>& engine, Component syntax,
                                           uint64_t bytes, const Features& features, ErrorSink* sink) {
  auto loaded = std::make_shared<Loaded>();
  loaded->syntax = std::move(syntax);
  loaded->checked = TRY(check(loaded->syntax, bytes, features, engine->config.features, engine->types, sink));
  loaded->root = TRY(load_part(engine, loaded->syntax, loaded->checked.root, sink));
  return std::shared_ptr<const Loaded>(std::move(loaded));
}

Result<std::shared_ptr<const Loaded>> load(const std::shared_ptr<rt::Engine>& engine, std::span<const uint8_t> bytes,
                                           const Features& features, ErrorSink* sink) {
  std::vector<uint8_t> kept(bytes.begin(), bytes.end());
  Component syntax = TRY(decode(kept, features, engine->config.features, sink));
  syntax.storage.push_back(std::move(kept));  // the views go with the buffer
  return load(engine, std::move(syntax), bytes.size(), features, sink);
}

}  // namespace heddle::component::link
