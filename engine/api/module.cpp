// Modules from binaries, and what they ask for and offer.
#include "api/internal.h"
#include "exec/load.h"

namespace heddle::api {

using detail::Access;

namespace {

ExternType type_of_export(const syntax::Module& m, const syntax::Export& e) {
  ExternType type;
  type.kind = e.kind;
  switch (e.kind) {
    case ::heddle::ExternKind::func: type.type = m.funcs[e.index]; break;
    case ::heddle::ExternKind::table: type.table = m.tables[e.index].type; break;
    case ::heddle::ExternKind::memory: type.memory = m.memories[e.index]; break;
    case ::heddle::ExternKind::global: type.global = m.globals[e.index].type; break;
    case ::heddle::ExternKind::tag: type.type = m.tags[e.index]; break;
  }
  return type;
}

std::string describe(const rt::Module& module, const ExternType& type) {
  return to_string(module.engine->types, canonical_type(type, module.info.types.ids()));
}

}  // namespace

Result<Module> Module::from_binary(const Engine& engine, std::span<const uint8_t> bytes) {
  ErrorSink sink;
  auto module = exec::load_module(Access::engine(engine), bytes, &sink);
  if (!module.ok()) return Access::error(module.error(), sink);
  return Access::module(std::move(module).value());
}

std::string Module::name() const { return module_->names().module; }

std::vector<ImportType> Module::imports() const {
  std::vector<ImportType> out;
  for (const syntax::Import& import : module_->syntax.imports) {
    out.push_back({import.module, import.name, detail::kind_of(import.type.kind), describe(*module_, import.type)});
  }
  return out;
}

std::vector<ExportType> Module::exports() const {
  std::vector<ExportType> out;
  for (const syntax::Export& e : module_->syntax.exports) {
    out.push_back({e.name, detail::kind_of(e.kind), describe(*module_, type_of_export(module_->syntax, e))});
  }
  return out;
}

namespace detail {

ExternKind kind_of(::heddle::ExternKind kind) { return static_cast<ExternKind>(kind); }
static_assert(static_cast<int>(ExternKind::func) == static_cast<int>(::heddle::ExternKind::func) &&
              static_cast<int>(ExternKind::table) == static_cast<int>(::heddle::ExternKind::table) &&
              static_cast<int>(ExternKind::memory) == static_cast<int>(::heddle::ExternKind::memory) &&
              static_cast<int>(ExternKind::global) == static_cast<int>(::heddle::ExternKind::global) &&
              static_cast<int>(ExternKind::tag) == static_cast<int>(::heddle::ExternKind::tag));

}  // namespace detail
}  // namespace heddle::api
