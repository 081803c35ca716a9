// Components from binaries, texts and files, and what they ask for and offer.
#include "component/api/internal.h"
#include "component/binary/decode.h"
#include "component/text/parse.h"
#include "component/wit/from_component.h"
#include "component/wit/print.h"
#include "text/parse.h"

#include <cstdio>

namespace heddle::api {

using detail::Access;
using detail::ComponentAccess;
using detail::ErrorData;

namespace {

Error at(const Error& error, const std::string& place) {
  ErrorData data = *Access::data(error);
  data.message = place + ": " + data.message;
  return Access::error(std::move(data));
}

Error text_error(std::string_view text, const ::heddle::Error& error, const ErrorSink& sink) {
  const ::heddle::text::Position place = ::heddle::text::position_of(text, error.offset);
  return at(Access::error(error, sink), std::to_string(place.line) + ":" + std::to_string(place.column));
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Result<std::vector<uint8_t>> read(const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) return Access::error(ErrorCode::file_not_readable, path);
  std::vector<uint8_t> bytes;
  constexpr size_t kPiece = size_t{64} << 10;
  for (;;) {
    const size_t before = bytes.size();
    bytes.resize(before + kPiece);
    const size_t got = std::fread(bytes.data() + before, 1, kPiece, file.get());
    bytes.resize(before + got);
    if (got == kPiece) continue;
    if (std::ferror(file.get())) return Access::error(ErrorCode::file_not_readable, path);
    return bytes;
  }
}

}  // namespace

bool ComponentFeatures::set(std::string_view name, bool on) {
  constexpr std::string_view kPrefix = "component-model-";
  for (uint32_t i = 0; i < std::size(component::kFeatures); ++i) {
    const std::string_view flag = component::kFeatures[i].flag;
    if (flag != name && (!flag.starts_with(kPrefix) || flag.substr(kPrefix.size()) != name)) continue;
    const uint32_t bit = uint32_t{1} << i;
    on_ = on ? on_ | bit : on_ & ~bit;
    off_ = on ? off_ & ~bit : off_ | bit;
    return true;
  }
  return false;
}

component::Features ComponentAccess::features(const ComponentFeatures& from) {
  component::Features features;
  for (uint32_t i = 0; i < std::size(component::kFeatures); ++i) {
    const uint32_t bit = uint32_t{1} << i;
    if ((from.on_ | from.off_) & bit) features.set(static_cast<component::Feature>(i), from.on_ & bit);
  }
  return features;
}

Result<Component> Component::from_binary(const Engine& engine, std::span<const uint8_t> bytes,
                                         const ComponentFeatures& features) {
  ErrorSink sink;
  const std::shared_ptr<rt::Engine>& own = Access::engine(engine);
  auto loaded = detail::link::load(own, bytes, ComponentAccess::features(features), &sink);
  if (!loaded.ok()) return Access::error(loaded.error(), sink);
  return ComponentAccess::component(own, std::move(loaded).value());
}

Result<Component> Component::from_text(const Engine& engine, std::string_view text,
                                       const ComponentFeatures& features) {
  ErrorSink sink;
  const std::shared_ptr<rt::Engine>& own = Access::engine(engine);
  const component::Features open = ComponentAccess::features(features);
  auto parsed = component::parse(text, open, own->config.features, &sink);
  if (!parsed.ok()) return text_error(text, parsed.error(), sink);
  auto loaded = detail::link::load(own, std::move(parsed.value().component), text.size(), open, &sink);
  if (!loaded.ok()) return text_error(text, loaded.error(), sink);
  return ComponentAccess::component(own, std::move(loaded).value());
}

Result<Component> Component::from_file(const Engine& engine, const std::string& path,
                                       const ComponentFeatures& features) {
  const Result<std::vector<uint8_t>> bytes = read(path);
  if (!bytes) return bytes.error();
  const bool binary = bytes->empty() || (*bytes)[0] == 0;
  Result<Component> component =
      binary ? from_binary(engine, *bytes, features)
             : from_text(engine, std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()),
                         features);
  if (!component) return at(component.error(), path);
  return component;
}

std::vector<ComponentItem> Component::imports() const { return detail::Lister(loaded_).all(loaded_->type().imports); }

std::vector<ComponentItem> Component::exports() const { return detail::Lister(loaded_).all(loaded_->type().exports); }

Result<std::string> Component::wit() const {
  ErrorSink sink;
  auto made = component::wit::from_component(loaded_->syntax, loaded_->checked, &sink);
  if (!made.ok()) return Access::error(made.error(), sink);
  auto text = component::wit::print(made.value(), &sink);
  if (!text.ok()) return Access::error(text.error(), sink);
  return std::move(text).value();
}

}  // namespace heddle::api
