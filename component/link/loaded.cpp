#include "component/link/loaded.h"

#include "component/binary/decode.h"
#include "component/link/module_cache.h"

namespace heddle::component::link {
namespace {

Result<Part> load_part(const std::shared_ptr<rt::Engine>& engine, const Component& syntax,
                       const CheckedComponent& checked, ErrorSink* sink) {
  Part part{&syntax, &checked, {}, {}};
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
