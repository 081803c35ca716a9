// Names of imports and exports (Binary.md, "Import and Export Definitions"): their grammar, which must differ, and
// what those of methods and the like ask of the function.
#include <utility>

#include "component/valid/checker.h"

namespace heddle::component {
namespace {

constexpr std::string_view kAttributeNames[] = {"implements", "versionsuffix", "external-id"};

}  // namespace

Result<void> Checker::extern_name(Side& side, const ExternName& name, const Entity& entity, Direction direction) {
  const std::string what(name_of(direction));
  std::string why;
  const auto parsed = parse_extern_name(name.text, context_.features, &why);
  if (!parsed) return context_.fail(what + " name " + quoted(name.text) + " is not a valid extern name: " + why);
  TRY(attributes(name, *parsed, entity));
  TRY(context_.in(annotation(*parsed, entity, side.resources),
                  [&] { return what + " name " + quoted(name.text) + " is not valid"; }));
  auto [other, fresh] = side.names.try_emplace(unique_key(name.text), name.text);
  if (fresh) return {};
  return context_.fail(what + " name " + quoted(name.text) + " conflicts with previous name " +
                       quoted(other->second));
}

Result<void> Checker::attributes(const ExternName& name, const ParsedName& parsed, const Entity& entity) {
  const Attribute* suffix = nullptr;
  uint32_t kinds = 0;
  for (const Attribute& attribute : name.attributes) {
    const uint32_t bit = uint32_t{1} << static_cast<unsigned>(attribute.kind);
    if (std::exchange(kinds, kinds | bit) & bit) {
      return context_.fail("duplicate '" + std::string(kAttributeNames[static_cast<size_t>(attribute.kind)]) +
                           "' option in name");
    }
    switch (attribute.kind) {
      case Attribute::Kind::implements: {
        TRY(context_.need(Feature::implements, "`implements`"));
        if (parsed.kind != ParsedName::Kind::label) {
          return context_.fail("name " + quoted(name.text) + " is not valid with `implements`");
        }
        if (entity.sort != Sort::instance) return context_.fail("only instances can have an `implements`");
        std::string why;
        const auto interface = parse_extern_name(attribute.text, context_.features, &why);
        if (!interface) return context_.fail(quoted(attribute.text) + " is not a valid name: " + why);
        if (interface->kind == ParsedName::Kind::interface) break;
        return context_.fail("name " + quoted(attribute.text) + " must be an interface");
      }
      case Attribute::Kind::version_suffix:
        TRY(context_.need(Feature::canonical_names, "`versionsuffix`"));
        suffix = &attribute;
        break;
      case Attribute::Kind::external_id: TRY(context_.need(Feature::implements, "`external-id`")); break;
    }
  }
  if (!suffix) return {};
  if (!parsed.canonical) return context_.fail("a `versionsuffix` follows a canonical version");
  std::string why;
  const std::string whole = std::string(parsed.version) + std::string(suffix->text);
  if (parse_semver(whole, &why)) return {};
  return context_.fail("invalid interface version: " + quoted(whole) + " is not a valid semver: " + why);
}

// [constructor], [method] and [static] belong to a resource type of the same scope.
Result<void> Checker::annotation(const ParsedName& parsed, const Entity& entity, const ResourceNames& resources) {
  if (parsed.kind == ParsedName::Kind::label || parsed.kind == ParsedName::Kind::interface) return {};
  if (entity.sort != Sort::func) return context_.fail("item is not a func");
  const Type& func = types_[entity.type()];
  switch (parsed.kind) {
    case ParsedName::Kind::constructor: {
      if (func.kind == TypeKind::async_func) return context_.fail("constructor function cannot be async");
      if (!func.first.present()) return context_.fail("function should return one value");
      ValType made = func.first;
      if (made.is_defined() && types_[made].kind == TypeKind::result) made = types_[made].first;
      if (!made.present() || !made.is_defined() || types_[made].kind != TypeKind::own) {
        return context_.fail("function should return `(own $T)` or `(result (own $T))`");
      }
      return named_resource(types_[made].resource, parsed.label, resources);
    }
    case ParsedName::Kind::method: {
      if (func.fields.empty()) return context_.fail("function should have at least one argument");
      const Field& self = func.fields[0];
      if (self.label != "self") return context_.fail("function should have a first argument called `self`");
      if (!self.type.is_defined() || types_[self.type].kind != TypeKind::borrow) {
        return context_.fail("function should take a first argument of `(borrow $T)`");
      }
      return named_resource(types_[self.type].resource, parsed.label, resources);
    }
    default:
      if (resources.names.contains(parsed.label)) return {};
      return context_.fail("static resource name is not known in this context");
  }
}

Result<void> Checker::named_resource(TypeId resource, std::string_view name, const ResourceNames& resources) {
  const auto found = resources.by_entry.find(index_of(resource));
  if (found == resources.by_entry.end()) {
    return context_.fail("resource used in function does not have a name in this context");
  }
  if (found->second == name) return {};
  return context_.fail("function does not match expected resource name " + quoted(found->second));
}

}  // namespace heddle::component
