// Subsection 0 names the component, each subsection 1 the definitions of a sort. What does not exist has no name,
// which keeps the keys of the maps dense, so that nobody can choose ones that collide.
#include "component/binary/names.h"

#include <algorithm>

#include "binary/writer.h"
#include "component/binary/input.h"

namespace heddle::component {
namespace {

enum class Subsection : uint8_t { component, sort };

// How long each index space of the component is.
std::array<uint64_t, kSorts> space_sizes(const Component& c) {
  std::array<uint64_t, kSorts> sizes{};
  auto size = [&](Sort sort) -> uint64_t& { return sizes[static_cast<size_t>(sort)]; };
  size(Sort::core_module) = c.core_modules.size();
  size(Sort::core_instance) = c.core_instances.size();
  size(Sort::component) = c.components.size();
  size(Sort::instance) = c.instances.size();
  size(Sort::type) = c.types.size();
  size(Sort::value) = c.values.size();
  for (const CoreType& type : c.core_types) size(Sort::core_type) += type.module ? 1 : type.types.size();
  for (const Canon& canon : c.canons) ++size(canon.op == CanonOp::lift ? Sort::func : Sort::core_func);
  for (const Alias& alias : c.aliases) ++size(alias.sort);
  for (const Import& import : c.imports) ++size(import.type.sort);
  for (const Export& item : c.exports) ++size(item.what.sort);
  for (const Start& start : c.starts) size(Sort::value) += start.results;
  return sizes;
}

Result<void> name_map(Input& in, heddle::syntax::NameMap& map, uint64_t most) {
  auto n = TRY(in.count(2));
  for (uint32_t k = 0; k < n; ++k) {
    auto i = TRY(in.u32());
    auto name = TRY(in.name());
    if (i < most) map.emplace(i, name);
  }
  return {};
}

Result<void> subsection(Input& in, uint8_t id, const std::array<uint64_t, kSorts>& sizes, Names& names) {
  if (id == static_cast<uint8_t>(Subsection::component)) {
    names.component = TRY(in.name());
  } else if (id == static_cast<uint8_t>(Subsection::sort)) {
    const auto sort = static_cast<size_t>(TRY(in.sort("sort of names")));
    TRY(name_map(in, names.sorts[sort], sizes[sort]));
  }
  return {};
}

// After a subsection that cannot be read to its end the next one is tried.
Result<void> section(Input& in, const Component& component, Names& names) {
  const std::array<uint64_t, kSorts> sizes = space_sizes(component);
  while (!in.reader.at_end()) {
    auto id = TRY(in.byte());
    auto size = TRY(in.u32());
    Reader rest = in.reader;
    in.reader = TRY(rest.sub(std::min<size_t>(size, rest.remaining())));
    static_cast<void>(subsection(in, id, sizes, names).ok());
    in.reader = rest;
  }
  return {};
}

// Wherever one is named, what it is allowed to hold was decided when the component was decoded.
Features all_features() {
  Features features;
  for (size_t i = 0; i < std::size(kFeatures); ++i) features.set(static_cast<Feature>(i), true);
  return features;
}

}  // namespace

Names decode_names(const Component& component) {
  Names names;
  for (const Custom& custom : component.customs) {
    if (custom.name != kNameSection) continue;
    const Features features = all_features();
    const heddle::Features core;
    Input in(custom.bytes, features, core, nullptr);
    static_cast<void>(section(in, component, names).ok());
    break;
  }
  names.components.reserve(component.components.size());
  for (const Component& nested : component.components) names.components.push_back(decode_names(nested));
  return names;
}

std::vector<uint8_t> encode_names(const Names& names) {
  std::vector<uint8_t> bytes;
  binary::Writer out(bytes);
  if (!names.component.empty()) {
    out.byte(static_cast<uint8_t>(Subsection::component));
    out.sized([&] { out.name(names.component); });
  }
  for (size_t i = 0; i < kSorts; ++i) {
    const heddle::syntax::NameMap& map = names.sorts[i];
    if (map.empty()) continue;
    std::vector<uint32_t> indices;
    indices.reserve(map.size());
    for (const auto& [index, name] : map) indices.push_back(index);
    std::sort(indices.begin(), indices.end());
    out.byte(static_cast<uint8_t>(Subsection::sort));
    out.sized([&] {
      const auto sort = static_cast<Sort>(i);
      if (is_core(sort)) out.byte(0);
      out.byte(info(sort).code);
      out.u64(indices.size());
      for (uint32_t index : indices) {
        out.u32(index);
        out.name(map.at(index));
      }
    });
  }
  return bytes;
}

}  // namespace heddle::component
