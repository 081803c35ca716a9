#include "component/link/linker.h"

#include "component/syntax/extern_name.h"
#include "component/valid/match.h"

namespace heddle::component::link {
namespace {

struct Versioned {
  ParsedName name;
  SemVer version;
};

std::optional<Versioned> versioned(std::string_view text) {
  const auto name = parse_extern_name(text, Features(), nullptr);
  if (!name || name->kind != ParsedName::Kind::interface || name->version.empty()) return std::nullopt;
  const auto version = parse_semver(name->version, nullptr);
  if (!version) return std::nullopt;
  return Versioned{*name, *version};
}

bool serves(const Versioned& given, const Versioned& wanted) {
  return given.name.package == wanted.name.package && given.name.projection == wanted.name.projection &&
         given.version.canonical() == wanted.version.canonical() &&
         precedence(given.version, wanted.version) != std::strong_ordering::less;
}

constexpr uint64_t kMatchBytes = uint64_t{1} << 20;  // as much work as for a component of this size

}  // namespace

bool serves(std::string_view given, std::string_view wanted) {
  if (given == wanted) return true;
  const auto a = versioned(given), b = versioned(wanted);
  return a && b && serves(*a, *b);
}

const component::Item* find_compatible(const Items& exports, std::string_view import) {
  if (const component::Item* exact = exports.find(import)) return exact;
  const auto wanted = versioned(import);
  if (!wanted) return nullptr;
  const component::Item* best = nullptr;
  std::optional<Versioned> best_version;
  for (const component::Item& item : exports) {
    const auto given = versioned(item.name->text);
    if (!given || !serves(*given, *wanted)) continue;
    if (best && precedence(given->version, best_version->version) != std::strong_ordering::greater) continue;
    best = &item;
    best_version = given;
  }
  return best;
}

Result<void> check_import(const rt::Engine& engine, const Loaded& given, const Entity& exported, const Loaded& wanted,
                          const Entity& imported, const Features& features, ErrorSink* sink) {
  Context context(features, sink, kMatchBytes);
  Matcher matcher(context, engine.types, given.checked.types, wanted.checked.types);
  // Resource types that the import binds stand for those that are given.
  static const ExternName kName{"import", {}};
  Items one, other;
  one.add({&kName, exported});
  other.add({&kName, imported});
  one.make_index();
  other.make_index();
  auto matched = matcher.items(one, other, wanted.type().imported, "import");
  return matched.ok() ? matched : Result<void>(ErrorCode::incompatible_import);
}

}  // namespace heddle::component::link
