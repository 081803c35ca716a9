// Matching imports by type, and the words for what does not match.
#include "exec/link.h"

#include <algorithm>

#include "base/edit_distance.h"

namespace heddle::exec {
namespace {

// The name most like `wanted`, if one is like it at all.
const std::string* nearest(std::string_view wanted, const std::vector<std::string>& names) {
  constexpr size_t kLongest = 64;  // names are cut
  const std::string* best = nullptr;
  size_t least = wanted.size() / 3 + 2;
  for (const std::string& name : names) {
    size_t d = edit_distance(wanted.substr(0, kLongest), std::string_view(name).substr(0, kLongest));
    if (d < least) {
      least = d;
      best = &name;
    }
  }
  return best;
}

std::string quoted(std::string_view name) { return '"' + std::string(name) + '"'; }

std::string list(const std::vector<std::string>& names) {
  constexpr size_t kMost = 8;
  std::string out;
  for (size_t i = 0; i < names.size() && i < kMost; ++i) out.append(i ? ", " : "").append(quoted(names[i]));
  if (names.size() > kMost) out.append(" and ").append(std::to_string(names.size() - kMost)).append(" more");
  return out;
}

}  // namespace

std::string hint(std::string_view wanted, const std::vector<std::string>& names) {
  if (const std::string* near = nearest(wanted, names)) return "did you mean " + quoted(*near) + "?";
  return names.empty() ? std::string() : "there are " + list(names);
}

Extern export_of(rt::Instance& instance, const syntax::Export& e) {
  switch (e.kind) {
    case ExternKind::func: return Extern::of(instance.func(FuncIdx{e.index}));
    case ExternKind::table: return Extern::of(instance.tables()[e.index]);
    case ExternKind::memory: return Extern::of(instance.memories()[e.index]);
    case ExternKind::global: return Extern::of(instance.globals()[e.index]);
    case ExternKind::tag: return Extern::of(instance.tags()[e.index]);
  }
  HEDDLE_ASSERT(!"an export kind");
  return {};
}

std::optional<Extern> find_export(rt::Instance& instance, std::string_view name) {
  const syntax::Export* found = instance.module->find_export(name);
  if (!found) return std::nullopt;
  return export_of(instance, *found);
}

CanonicalType type_of(const Extern& given) {
  CanonicalType type{.kind = given.kind};
  switch (given.kind) {
    case ExternKind::func: type.type = given.func->type; break;
    case ExternKind::table: type.table = given.table->current_type(); break;
    case ExternKind::memory: type.memory = given.memory->current_type(); break;
    case ExternKind::global: type.global = given.global->type; break;
    case ExternKind::tag: type.type = given.tag->type; break;
  }
  return type;
}

std::string describe_missing(const rt::Module& module, const syntax::Import& import, ImportResolver& resolver) {
  const TypeRegistry& types = module.engine->types;
  std::string wanted = to_string(types, canonical_type(import.type, module.info.types.ids()));
  std::string out = quoted(import.module) + " " + quoted(import.name) + " " + wanted;
  std::vector<std::string> names = resolver.names_in(import.module);
  if (!names.empty()) {
    const std::string* near = nearest(import.name, names);
    if (near) return out + "; did you mean " + quoted(*near) + "?";
    return out + "; module " + quoted(import.module) + " has " + list(names);
  }
  out.append("; no module ").append(quoted(import.module)).append(" is defined");
  std::string other = hint(import.module, resolver.modules());
  return other.empty() ? out : out + "; " + other;
}

Result<void> check_import(const rt::Module& module, const syntax::Import& import, const Extern& given,
                          ErrorSink* sink) {
  const TypeRegistry& types = module.engine->types;
  CanonicalType wanted = canonical_type(import.type, module.info.types.ids());
  CanonicalType found = type_of(given);
  if (matches(types, found, wanted)) return {};
  if (sink) {
    std::string exact = wanted.exact ? "exactly " : "";
    sink->set(quoted(import.module) + " " + quoted(import.name) + ": expected " + exact + to_string(types, wanted) +
              ", found " + to_string(types, found));
  }
  return ErrorCode::incompatible_import;
}

Result<std::vector<Extern>> resolve_imports(const rt::Module& module, ImportResolver& resolver, ErrorSink* sink) {
  std::vector<Extern> found;
  found.reserve(module.syntax.imports.size());
  for (const syntax::Import& import : module.syntax.imports) {
    std::optional<Extern> given = resolver.find(import.module, import.name);
    if (!given) {
      if (sink) sink->set(describe_missing(module, import, resolver));
      return ErrorCode::unknown_import;
    }
    TRY(check_import(module, import, *given, sink));
    found.push_back(*given);
  }
  return found;
}

}  // namespace heddle::exec
