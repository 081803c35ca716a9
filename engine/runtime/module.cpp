// How instances of a module are laid out, and what its functions are called.
#include "runtime/module.h"

#include <algorithm>
#include <new>

#include "binary/names.h"
#include "runtime/instance.h"

namespace heddle::rt {
namespace {

// Places arrays behind each other. Counts are bounded by the implementation limits, so that the sum fits 32 bits.
class Layout {
 public:
  template <class T>
  uint32_t add(size_t count) {
    static_assert(alignof(T) <= alignof(Instance));
    uint64_t at = (size_ + alignof(T) - 1) / alignof(T) * alignof(T);
    size_ = at + count * sizeof(T);  // NOLINT(bugprone-sizeof-expression): T may be a pointer
    return static_cast<uint32_t>(at);
  }
  uint64_t size() const { return size_; }

 private:
  uint64_t size_ = sizeof(Instance);
};

InstanceLayout layout_of(const syntax::Module& m, uint32_t escaping) {
  Layout at;
  InstanceLayout layout;
  layout.func_imports = at.add<FuncRef*>(m.imported_funcs);
  layout.own_funcs = at.add<FuncRef>(escaping);
  layout.memories = at.add<Memory*>(m.memories.size());
  layout.tables = at.add<Table*>(m.tables.size());
  layout.tags = at.add<Tag*>(m.tags.size());
  layout.globals = at.add<Global*>(m.globals.size());
  layout.own_globals = at.add<Global>(m.globals.size() - m.imported_globals);
  layout.own_tags = at.add<Tag>(m.tags.size() - m.imported_tags);
  layout.elems = at.add<ElemSegment>(m.elems.size());
  layout.datas = at.add<DataSegment>(m.datas.size());
  HEDDLE_ASSERT(at.size() <= UINT32_MAX);
  layout.size = static_cast<uint32_t>(at.size());
  return layout;
}

}  // namespace

Result<void> Module::lay_out() {
  const uint32_t imported = syntax.imported_funcs;
  const uint32_t func_count = static_cast<uint32_t>(syntax.funcs.size());
  code.reset(new (std::nothrow) FuncCode[func_count - imported]);
  if (!code) return ErrorCode::out_of_memory;
  escape_slot.assign(func_count, -1);
  auto escape = [&](uint32_t func) {
    if (func >= imported && escape_slot[func] < 0) escape_slot[func] = static_cast<int32_t>(escaping++);
  };
  for (uint32_t f = imported; f < func_count; ++f) {
    if (info.declared_funcs[f]) escape(f);
    const DefType& type = *info.funcs[f];
    FuncCode& entry = code[f - imported];
    entry.index = f;
    entry.type = type.id;
    entry.param_slots = type.param_slots;
    entry.result_slots = type.result_slots;
    entry.module = this;
  }
  for (const syntax::Export& e : syntax.exports) {
    if (e.kind == ExternKind::func) escape(e.index);
  }
  layout = layout_of(syntax, escaping);
  return {};
}

const syntax::Names& Module::names() const {
  std::call_once(names_once_, [this] { names_ = binary::decode_names(syntax); });
  return names_;
}

const syntax::Export* Module::find_export(std::string_view name) const {
  constexpr size_t kFew = 8;  // faster looked through than hashed, and most programs have no more
  if (syntax.exports.size() <= kFew) {
    auto found = std::find_if(syntax.exports.begin(), syntax.exports.end(),
                              [name](const syntax::Export& e) { return e.name == name; });
    return found == syntax.exports.end() ? nullptr : &*found;
  }
  std::call_once(exports_once_, [this] {
    exports_.reserve(syntax.exports.size());
    for (const syntax::Export& e : syntax.exports) exports_.emplace(e.name, &e);
  });
  auto found = exports_.find(name);
  return found == exports_.end() ? nullptr : found->second;
}

std::string Module::func_name(uint32_t index) const {
  auto named = names().funcs.find(index);
  if (named != names().funcs.end()) return named->second;
  for (const syntax::Export& e : syntax.exports) {
    if (e.kind == ExternKind::func && e.index == index) return e.name;
  }
  return {};
}

}  // namespace heddle::rt
