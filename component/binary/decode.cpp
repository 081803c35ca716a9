// One pass over the sections, each read through a reader that ends where the section does: what goes on beyond it is
// an unexpected end. A component inside a component is a section whose contents are read the same way, at most
// limits::kNesting deep. Memory stays linear in the size of the input: before a vector is reserved its count is
// compared with the bytes left, and what takes a byte or two but much memory (types, scopes) is limited in
// number.
#include "component/binary/decode.h"

#include "component/binary/parts.h"
#include "component/syntax/limits.h"

namespace heddle::component {
namespace {

constexpr uint32_t kMagic = 0x6d736100;
constexpr uint16_t kVersion = 0x0d, kModuleLayer = 0, kComponentLayer = 1;

class Decoder {
 public:
  Decoder(Input& in, Component& component) : in_(in), c_(component) {}

  Result<void> run();

 private:
  Result<void> preamble();
  Result<void> next_section();
  Result<void> section(DefKind kind);

  Result<void> custom();
  Result<void> core_module();
  Result<void> component();
  Result<CoreInstance> core_instance();
  Result<Instance> instance();
  Result<void> start();
  Result<Export> export_definition();
  Result<Value> value();

  // Is an instance made by instantiation (and not from exports)?
  Result<bool> instantiated(std::string_view what);

  // A section of definitions of one kind, each read by `read` and taking at least `least_bytes`.
  template <class T, class F>
  Result<void> definitions(DefKind kind, std::vector<T>& items, size_t least_bytes, const char* what, F&& read) {
    auto n = TRY(in_.count(least_bytes));
    TRY(in_.reserve(items, n, what));
    for (uint32_t i = 0; i < n; ++i) {
      items.push_back(TRY(read()));
      extend(c_.order, kind, items.size() - 1);
    }
    return {};
  }
  Result<syntax::Bytes> rest() { return in_.reader.bytes(in_.reader.remaining()); }

  Input& in_;
  Component& c_;
};

Result<void> Decoder::run() {
  c_.at = in_.offset();
  Input::Scope scope(in_);
  TRY(scope.check(c_.at));
  TRY(preamble());
  while (!in_.reader.at_end()) TRY(next_section());
  return {};
}

Result<void> Decoder::preamble() {
  auto magic = TRY(in_.reader.fixed<uint32_t>());
  if (magic != kMagic) return Error{ErrorCode::bad_magic, c_.at};
  const uint32_t at = in_.offset();
  auto version = TRY(in_.reader.fixed<uint16_t>());
  auto layer = TRY(in_.reader.fixed<uint16_t>());
  if (layer == kModuleLayer) return Error{ErrorCode::component_expected, at};
  if (version != kVersion || layer != kComponentLayer) return Error{ErrorCode::bad_version, at};
  return {};
}

Result<void> Decoder::next_section() {
  const uint32_t start = in_.offset();
  auto id = TRY(in_.byte());
  if (id > static_cast<uint8_t>(DefKind::value)) return Error{ErrorCode::bad_section_id, start};
  const auto kind = static_cast<DefKind>(id);
  if (kind == DefKind::start || kind == DefKind::value) TRY(in_.need(Feature::values, start));
  const uint32_t size_at = in_.offset();
  auto size = TRY(in_.u32());
  if (size > in_.reader.remaining()) return Error{ErrorCode::unexpected_end, size_at};
  Reader outer = in_.reader;
  in_.reader = TRY(outer.sub(size));
  const auto read = section(kind);
  if (!read.ok()) {
    if (in_.sink) in_.sink->within(std::string(text_of(kind)) + " section");
    return read;
  }
  if (!in_.reader.at_end()) return in_.reader.fail(ErrorCode::section_size_mismatch);
  in_.reader = outer;
  return {};
}

Result<void> Decoder::section(DefKind kind) {
  switch (kind) {
    case DefKind::custom: return custom();
    case DefKind::core_module: return core_module();
    case DefKind::core_instance:
      return definitions(kind, c_.core_instances, 2, "core instances", [&] { return core_instance(); });
    case DefKind::core_type:
      return definitions(kind, c_.core_types, 2, "core types", [&] { return decode_core_type(in_); });
    case DefKind::component: return component();
    case DefKind::instance: return definitions(kind, c_.instances, 2, "instances", [&] { return instance(); });
    case DefKind::alias: return definitions(kind, c_.aliases, 4, "aliases", [&] { return decode_alias(in_); });
    case DefKind::type: return definitions(kind, c_.types, 1, "types", [&] { return decode_type(in_); });
    case DefKind::canon:
      return definitions(kind, c_.canons, 1, "canonical definitions", [&] { return decode_canon(in_); });
    case DefKind::start: return start();
    case DefKind::import: return definitions(kind, c_.imports, 4, "imports", [&] { return decode_import(in_); });
    case DefKind::export_: return definitions(kind, c_.exports, 5, "exports", [&] { return export_definition(); });
    case DefKind::value: return definitions(kind, c_.values, 2, "values", [&] { return value(); });
  }
  return {};
}

// --- what is a section of its own

Result<void> Decoder::custom() {
  Custom custom;
  custom.name = TRY(in_.name());
  custom.at = in_.offset();
  custom.bytes = TRY(rest());
  c_.customs.push_back(custom);
  extend(c_.order, DefKind::custom, c_.customs.size() - 1);
  return {};
}

Result<void> Decoder::core_module() {
  CoreModule module;
  module.at = in_.offset();
  module.bytes = TRY(rest());
  if (is_component(module.bytes)) {
    constexpr uint32_t kVersionAt = 4;
    return Error{ErrorCode::module_expected, module.at + kVersionAt};
  }
  return in_.append(c_.order, DefKind::core_module, c_.core_modules, module, "core modules");
}

Result<void> Decoder::component() {
  Component nested;
  TRY(Decoder(in_, nested).run());
  return in_.append(c_.order, DefKind::component, c_.components, std::move(nested), "components");
}

Result<void> Decoder::start() {
  Start start;
  start.at = in_.offset();
  start.func = TRY(in_.u32());
  auto n = TRY(in_.count());
  start.args.reserve(n);
  for (uint32_t i = 0; i < n; ++i) start.args.push_back(TRY(in_.u32()));
  const uint32_t at = in_.offset();
  start.results = TRY(in_.u32());
  constexpr uint32_t kMost = 1;  // as many as a function has; each would be a value of the component
  if (start.results > kMost) return binary::over_limit(in_.sink, at, "results of a start", start.results, kMost);
  return in_.append(c_.order, DefKind::start, c_.starts, std::move(start), "start definitions");
}

// --- instances

Result<bool> Decoder::instantiated(std::string_view what) {
  const uint32_t at = in_.offset();
  auto form = TRY(in_.byte());
  if (form > 1) return in_.wrong(form, at, what);
  return form == 0;
}

Result<CoreInstance> Decoder::core_instance() {
  CoreInstance instance;
  instance.at = in_.offset();
  auto by_module = TRY(instantiated("core instance"));
  if (!by_module) {
    auto n = TRY(in_.count(3));
    instance.exports.reserve(n);
    for (uint32_t i = 0; i < n; ++i) {
      auto name = TRY(in_.name());
      instance.exports.push_back({name, TRY(in_.core_sort_index())});
    }
    return instance;
  }
  instance.module = TRY(in_.u32());
  auto n = TRY(in_.count(3));
  instance.args.reserve(n);
  for (uint32_t i = 0; i < n; ++i) {
    auto name = TRY(in_.name());
    const uint32_t at = in_.offset();
    auto sort = TRY(in_.byte());
    if (sort != info(Sort::core_instance).code) return in_.wrong(sort, at, "instantiation arg kind");
    instance.args.push_back({name, TRY(in_.u32())});
  }
  return instance;
}

Result<Instance> Decoder::instance() {
  Instance instance;
  instance.at = in_.offset();
  auto by_component = TRY(instantiated("instance"));
  if (!by_component) {
    auto n = TRY(in_.count(4));
    instance.exports.reserve(n);
    for (uint32_t i = 0; i < n; ++i) {
      auto name = TRY(decode_extern_name(in_));
      instance.exports.push_back({std::move(name), TRY(in_.sort_index())});
    }
    return instance;
  }
  instance.component = TRY(in_.u32());
  auto n = TRY(in_.count(3));
  instance.args.reserve(n);
  for (uint32_t i = 0; i < n; ++i) {
    auto name = TRY(in_.name());
    instance.args.push_back({name, TRY(in_.sort_index())});
  }
  return instance;
}

// --- exports, values

Result<Export> Decoder::export_definition() {
  Export item;
  item.at = in_.offset();
  item.name = TRY(decode_extern_name(in_));
  item.what = TRY(in_.sort_index());
  auto ascribed = TRY(in_.optional("optional component export type"));
  if (ascribed) item.type = TRY(decode_extern_type(in_));
  return item;
}

Result<Value> Decoder::value() {
  Value value;
  value.at = in_.offset();
  value.type = TRY(decode_val_type(in_));
  auto size = TRY(in_.count());
  value.bytes = TRY(in_.reader.bytes(size));
  return value;
}

// Lengths beyond what holds them are the end of it, in the words of the component suite.
Error in_suites_words(Error error) {
  if (error.code == ErrorCode::length_out_of_bounds) error.code = ErrorCode::unexpected_end;
  return error;
}

}  // namespace

bool is_component(std::span<const uint8_t> bytes) {
  Reader in(bytes);
  auto magic = in.fixed<uint32_t>();
  auto version = in.fixed<uint16_t>();
  auto layer = in.fixed<uint16_t>();
  return magic.ok() && version.ok() && layer.ok() && magic.value() == kMagic && layer.value() == kComponentLayer;
}

Result<Component> decode(std::span<const uint8_t> bytes, const Features& features, const heddle::Features& core,
                         ErrorSink* sink) {
  if (bytes.size() > limits::kComponentBytes) {
    return binary::over_limit(sink, 0, "component bytes", bytes.size(), limits::kComponentBytes);
  }
  Input in(bytes, features, core, sink);
  Component component;
  auto done = Decoder(in, component).run();
  if (!done.ok()) return in_suites_words(done.error());
  return component;
}

}  // namespace heddle::component
