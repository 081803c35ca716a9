// What instances export.
#include "api/internal.h"

namespace heddle::api {

using detail::Access;
using detail::StoreCell;

namespace {

std::string_view word_of(::heddle::ExternKind kind) {
  constexpr std::string_view kWords[] = {"function", "table", "memory", "global", "tag"};
  return kWords[static_cast<size_t>(kind)];
}

Result<exec::Extern> find(StoreCell* cell, rt::Instance* instance, std::string_view name, ::heddle::ExternKind kind) {
  if (!detail::alive(cell).ok()) return detail::gone(cell);
  std::optional<exec::Extern> found = exec::find_export(*instance, name);
  if (found && found->kind == kind) return *found;
  std::string quoted = '"' + std::string(name) + '"';
  if (found) {
    return Access::error(ErrorCode::unknown_export, quoted + " is a " + std::string(word_of(found->kind)) + ", no " +
                                                        std::string(word_of(kind)));
  }
  std::vector<std::string> names;
  for (const syntax::Export& e : instance->module->syntax.exports) {
    if (e.kind == kind) names.push_back(e.name);
  }
  std::string hint = exec::hint(name, names);
  return Access::error(ErrorCode::unknown_export,
                       std::string(word_of(kind)) + " " + quoted + (hint.empty() ? "" : "; ") + hint);
}

}  // namespace

Result<Func> Instance::func(std::string_view name) const {
  auto found = find(cell_.get(), instance_, name, ::heddle::ExternKind::func);
  if (!found) return found.error();
  return Access::func(cell_.get(), found->func);
}

Result<Memory> Instance::memory(std::string_view name) const {
  auto found = find(cell_.get(), instance_, name, ::heddle::ExternKind::memory);
  if (!found) return found.error();
  return Access::memory(cell_.get(), found->memory);
}

Result<Table> Instance::table(std::string_view name) const {
  auto found = find(cell_.get(), instance_, name, ::heddle::ExternKind::table);
  if (!found) return found.error();
  return Access::table(cell_.get(), found->table);
}

Result<Global> Instance::global(std::string_view name) const {
  auto found = find(cell_.get(), instance_, name, ::heddle::ExternKind::global);
  if (!found) return found.error();
  return Access::global(cell_.get(), found->global);
}

Result<Tag> Instance::tag(std::string_view name) const {
  auto found = find(cell_.get(), instance_, name, ::heddle::ExternKind::tag);
  if (!found) return found.error();
  return Access::tag(cell_.get(), found->tag);
}

std::vector<ExportType> Instance::exports() const {
  if (!detail::alive(cell_.get()).ok()) return {};
  return Access::module(instance_->keep).exports();
}

}  // namespace heddle::api
