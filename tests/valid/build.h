// Modules made by hand for the tests of validation: types and bodies, nothing else unless a test adds it.
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include "valid/check.h"

namespace heddle::valid::testing {

inline SubType func_type(const std::vector<ValType>& params, const std::vector<ValType>& results) {
  SubType type;
  type.params = params;
  type.results = results;
  return type;
}

inline SubType struct_type(const std::vector<FieldType>& fields) {
  SubType type;
  type.kind = CompKind::struct_;
  type.fields = fields;
  return type;
}

inline SubType array_type(FieldType element) {
  SubType type;
  type.kind = CompKind::array;
  type.fields = {element};
  return type;
}

inline ValType ref(uint32_t index, bool nullable = false, bool exact = false) {
  return ValType::ref(HeapType::defined(index, exact), nullable);
}

struct Build {
  syntax::Module module;

  // A rec group of these types; gives the index of the first.
  uint32_t group(std::vector<SubType> types) {
    auto first = static_cast<uint32_t>(module.types.size());
    module.rec_groups.push_back({first, static_cast<uint32_t>(types.size())});
    for (SubType& type : types) module.types.push_back(std::move(type));
    return first;
  }
  uint32_t type(SubType type) { return group({std::move(type)}); }

  syntax::Expr expr(std::vector<uint8_t> bytes, uint32_t offset = 0) {
    module.storage.push_back(std::move(bytes));
    return {module.storage.back(), offset};
  }
  // The body's bytes include its end; its first is at offset 100.
  void func(uint32_t type, std::vector<uint8_t> body, std::vector<syntax::LocalRun> locals = {}) {
    syntax::Code code;
    code.first_run = static_cast<uint32_t>(module.local_runs.size());
    code.run_count = static_cast<uint32_t>(locals.size());
    code.body = expr(std::move(body), 100);
    module.local_runs.insert(module.local_runs.end(), locals.begin(), locals.end());
    module.funcs.push_back(TypeIdx{type});
    module.code.push_back(code);
  }
  void memory(uint64_t pages = 1) { module.memories.push_back({.limits = {pages, std::nullopt}}); }
};

struct Verdict {
  bool ok = false;
  Error error;
  ErrorSink sink;
  std::string text() const { return ok ? "ok" : describe(error, &sink); }
};

inline Verdict check(const syntax::Module& module, const Features& features = {}) {
  TypeRegistry registry;
  Verdict verdict;
  auto checked = check_all(module, features, registry, &verdict.sink);
  verdict.ok = checked.ok();
  if (!checked.ok()) verdict.error = checked.error();
  return verdict;
}

// The verdict on one function of type [params] -> [results] in a module with a memory.
inline Verdict check_body_of(const std::vector<ValType>& params, const std::vector<ValType>& results,
                             std::vector<uint8_t> body, std::vector<syntax::LocalRun> locals = {}) {
  Build b;
  b.memory();
  b.func(b.type(func_type(params, results)), std::move(body), std::move(locals));
  return check(b.module);
}

}  // namespace heddle::valid::testing
