// Imports (spec 3.4.15, 3.5, 4.7.2): the things instances share, what type each has now, and whether it is one that
// an import asks for.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/store.h"
#include "valid/extern_type.h"

namespace heddle::exec {

// An external value (spec 4.2.5): something a store has that can be imported and exported.
struct Extern {
  ExternKind kind = ExternKind::func;
  union {
    rt::FuncRef* func = nullptr;
    rt::Table* table;
    rt::Memory* memory;
    rt::Global* global;
    rt::Tag* tag;
  };

  static Extern of(rt::FuncRef* f) { return make(ExternKind::func, &Extern::func, f); }
  static Extern of(rt::Table* t) { return make(ExternKind::table, &Extern::table, t); }
  static Extern of(rt::Memory* m) { return make(ExternKind::memory, &Extern::memory, m); }
  static Extern of(rt::Global* g) { return make(ExternKind::global, &Extern::global, g); }
  static Extern of(rt::Tag* t) { return make(ExternKind::tag, &Extern::tag, t); }

 private:
  template <class T>
  static Extern make(ExternKind kind, T* Extern::* member, T* object) {
    Extern e;
    e.kind = kind;
    e.*member = object;
    return e;
  }
};

// What an instance exports under a name, or by position in module.exports.
std::optional<Extern> find_export(rt::Instance& instance, std::string_view name);
Extern export_of(rt::Instance& instance, const syntax::Export& e);

CanonicalType type_of(const Extern& given);  // as it is now: sizes are current

// Where the things that imports name come from.
class ImportResolver {
 public:
  virtual std::optional<Extern> find(std::string_view module, std::string_view name) = 0;
  // Every name there is under `module`, for messages; nothing if there is no such module.
  virtual std::vector<std::string> names_in(std::string_view module) = 0;
  virtual std::vector<std::string> modules() = 0;

 protected:
  ~ImportResolver() = default;
};

// One Extern an import, in order. unknown_import or incompatible_import, with the names, both types and the nearest
// match in `sink`.
Result<std::vector<Extern>> resolve_imports(const rt::Module& module, ImportResolver& resolver, ErrorSink* sink);

// `did you mean "x"?` where a name is near to what was wanted, else `there are "x", "y"`, else "".
std::string hint(std::string_view wanted, const std::vector<std::string>& names);
// The words for an import nobody defines: what was wanted, what there is instead.
std::string describe_missing(const rt::Module& module, const syntax::Import& import, ImportResolver& resolver);
// Checks one import against what is given for it.
Result<void> check_import(const rt::Module& module, const syntax::Import& import, const Extern& given,
                          ErrorSink* sink);

}  // namespace heddle::exec
