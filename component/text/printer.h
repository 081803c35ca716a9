// Prints along the order of definitions, counting the indices they introduce. An index is printed as an identifier
// only behind what it identifies, for there alone does the text format know it.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "component/syntax/component.h"
#include "component/syntax/names.h"
#include "text/print_base.h"

namespace heddle::component {

// The index spaces of a component or of a type with definitions of its own, as far as they are printed.
struct PrintScope {
  std::array<uint32_t, kSorts> counts{};
  std::array<heddle::text::IdMap, kSorts> ids;
  // Its core types, as core Wasm's printer wants to have them: where one is an alias or a module type, another
  // stands.
  syntax::Module core;
  std::unique_ptr<heddle::text::Output> core_out;

  uint32_t& count(Sort sort) { return counts[static_cast<size_t>(sort)]; }
};

class Printer {
 public:
  std::string run(const Component& component, const Names* names);

 private:
  // print.cpp: components
  void contents(const Component& c, const Names* names, size_t depth);
  void definition(const Component& c, const Names* names, DefKind kind, uint32_t i, size_t depth);
  void core_module(const CoreModule& module, size_t depth);
  void nested_component(const Component& c, const Names* names, size_t depth);
  void core_instance(const CoreInstance& instance, size_t depth);
  void instance(const Instance& instance, size_t depth);
  void canon(const Canon& canon);
  void operands(const Canon& canon);
  void options(const List<CanonOption>& options);
  void start(const Start& start);
  void export_definition(const Export& item);
  void value(const Value& value);
  void custom(const Custom& custom);
  void own_name(Sort sort, std::string_view name);

  // print_type.cpp: types, and what components and types have in common
  void core_type(const CoreType& type, std::string_view prefix, size_t depth);
  void module_type(const ModuleType& type, size_t depth);
  void type(const DefType& type, size_t depth);
  void def_type(const DefType& type, size_t depth);
  void fields(const DefType& type, std::string_view word);
  void declarations(const Declarations& d, size_t depth);
  void alias(const Alias& alias, bool core_only);
  void import(const Import& import, std::string_view word);
  void extern_type(const ExternType& type, bool binds);
  void extern_name(const ExternName& name);
  void val_type(ValType type);
  void typed_value(ValType type);
  void optional(ValType type) {
    if (type.present()) val_type(type);
  }

  // atoms
  void put(std::string_view words) { text_ += words; }
  void string(std::string_view name);
  void number(uint64_t value) { heddle::text::append_number(text_, value); }
  void line(size_t depth);
  void sort(Sort sort);
  void ref(Sort sort, uint32_t index);
  void item(SortIndex what);  // " (func $f)"
  void bind(Sort sort);       // the next index of the sort: " $f (;0;)"
  // The same, and what is defined: where that refers to itself, which is not valid, the text format knows no
  // identifier.
  template <class Definition>
  void binding(Sort sort, const Definition& definition) {
    const uint32_t index = scope_->count(sort);
    bind(sort);
    scope_->count(sort) = index;
    definition();
    scope_->count(sort) = index + 1;
  }
  void index_comment(uint32_t index);
  const heddle::text::IdMap::Id* identified(Sort sort, uint32_t index) const;
  void labelled(std::string_view word, Sort sort, uint32_t index);
  heddle::text::Output& core();
  void take_core();  // what core Wasm's printer has written

  std::string text_;
  PrintScope* scope_ = nullptr;
};

}  // namespace heddle::component
