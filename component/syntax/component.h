// A component as the specification's abstract syntax has it (Explainer.md, "Grammar"): what the binary decoder and
// the text parser both produce, and what the validator, the encoder and the printer take. Definitions of a kind are
// in a vector of their own, and `order` says how they follow one another: an index space is built by walking along
// it. Core modules stay in the binary format.
//
// `at` of each part is the offset of its first byte in the outermost component, where errors about it point. Views
// point into the bytes the component was decoded from, which the caller keeps alive, or into `storage`.
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/list.h"
#include "component/syntax/canon.h"
#include "component/syntax/types.h"
#include "syntax/module.h"

namespace heddle::component {

// Index spaces. The core ones come first, in the order of their codes.
enum class Sort : uint8_t {
  core_func,
  core_table,
  core_memory,
  core_global,
  core_tag,
  core_type,
  core_module,
  core_instance,
  func,
  value,
  type,
  component,
  instance,
};
inline constexpr size_t kSorts = 13;

struct SortInfo {
  uint8_t code;           // behind a zero byte where the sort is a core one
  std::string_view text;  // behind `core` where it is
};
inline constexpr SortInfo kSortInfos[kSorts] = {
    {0x00, "func"}, {0x01, "table"},  {0x02, "memory"},   {0x03, "global"},    {0x04, "tag"},
    {0x10, "type"}, {0x11, "module"}, {0x12, "instance"},  // core ones up to here
    {0x01, "func"}, {0x02, "value"},  {0x03, "type"},     {0x04, "component"}, {0x05, "instance"},
};
constexpr const SortInfo& info(Sort sort) { return kSortInfos[static_cast<size_t>(sort)]; }
constexpr bool is_core(Sort sort) { return sort < Sort::func; }

struct SortIndex {
  Sort sort = Sort::func;
  uint32_t index = 0;
  friend bool operator==(const SortIndex&, const SortIndex&) = default;
};

// The kinds of definitions and declarations, by their section ids.
enum class DefKind : uint8_t {
  custom = 0,
  core_module = 1,
  core_instance = 2,
  core_type = 3,
  component = 4,
  instance = 5,
  alias = 6,
  type = 7,
  canon = 8,
  start = 9,
  import = 10,
  export_ = 11,
  value = 12,
};

std::string_view text_of(DefKind kind);  // "core module"

// Definitions [first, first + count) of the vector of this kind, one after another.
struct Run {
  DefKind kind = DefKind::custom;
  uint32_t first = 0, count = 0;
};

// --- names

struct Attribute {
  enum class Kind : uint8_t { implements, version_suffix, external_id };  // by their codes
  Kind kind = Kind::implements;
  std::string_view text;
};
inline constexpr std::string_view kAttributeTexts[] = {"implements", "versionsuffix", "external-id"};
constexpr std::string_view text_of(Attribute::Kind kind) { return kAttributeTexts[static_cast<size_t>(kind)]; }

// The name of an import or export.
struct ExternName {
  std::string_view text;
  List<Attribute> attributes;
};

// --- types that imports and exports have

struct ExternType {
  enum class Bound : uint8_t { eq, sub_resource };  // of types
  Sort sort = Sort::func;                           // core_module, func, value, type, component or instance
  Bound bound = Bound::eq;
  uint32_t index = 0;  // of the type; type eq: of the type it is; value: of the value it equals, where type is absent
  ValType type;        // value: its type
};

struct Alias {
  enum class Target : uint8_t { export_, core_export, outer };  // by their codes
  Target target = Target::export_;
  Sort sort = Sort::func;
  uint32_t scope = 0;     // exports: the index of the instance. outer: how many scopes outwards
  uint32_t index = 0;     // outer
  std::string_view name;  // exports
  uint32_t at = 0;
};

// What an import, or an export of a type, declares.
struct Import {
  ExternName name;
  ExternType type;
  uint32_t at = 0;
};

// --- core types

struct ModuleType;

// A recursion group of core types, or a core module type.
struct CoreType {
  CoreType();
  CoreType(CoreType&&) noexcept;
  CoreType& operator=(CoreType&&) noexcept;
  ~CoreType();

  std::vector<SubType> types;          // of a recursion group
  bool is_rec = false;                 // written as a group, though perhaps of one type
  std::unique_ptr<ModuleType> module;  // or this
  uint32_t at = 0;
};

struct CoreExport {
  std::string_view name;
  heddle::ExternType type;
  uint32_t at = 0;
};

struct CoreImport {
  std::string_view module, name;
  heddle::ExternType type;
  uint32_t at = 0;
};

// Type indices in it are those of its own index space, which types and aliases fill.
struct ModuleType {
  std::vector<Run> order;  // of import, core_type, alias and export_
  std::vector<CoreImport> imports;
  std::vector<CoreType> types;
  std::vector<Alias> aliases;  // outer ones, of core types
  std::vector<CoreExport> exports;
};

// What stands in a component type or an instance type; the latter has no imports.
struct Declarations {
  std::vector<Run> order;  // of core_type, type, alias, import and export_
  std::vector<CoreType> core_types;
  std::vector<DefType> types;
  std::vector<Alias> aliases;
  std::vector<Import> imports, exports;
};

// --- definitions

// A core module as the text has it, whose parts know their places there.
class CoreModuleText {
 public:
  CoreModuleText() = default;
  virtual ~CoreModuleText() = default;
  CoreModuleText(const CoreModuleText&) = delete;
  CoreModuleText& operator=(const CoreModuleText&) = delete;

  virtual const syntax::Module& module() const = 0;
  virtual uint32_t text_offset(uint32_t offset) const = 0;  // of an error in module(); 0 where there is none
};

struct CoreModule {
  Bytes bytes;
  uint32_t at = 0;                             // of `bytes`; of a text, of the parenthesis
  bool is_text = false;                        // then places in `bytes` are none in the source
  std::shared_ptr<const CoreModuleText> text;  // of one that is not quoted
};

struct CoreInstance {
  struct Arg {
    std::string_view name;
    uint32_t instance = 0;
  };
  struct Export {
    std::string_view name;
    SortIndex what;
  };
  std::optional<uint32_t> module;  // instantiated with `args`; else the instance is made of `exports`
  List<Arg> args;
  List<Export> exports;
  uint32_t at = 0;
};

struct Instance {
  struct Arg {
    std::string_view name;
    SortIndex what;
  };
  struct Export {
    ExternName name;
    SortIndex what;
  };
  std::optional<uint32_t> component;  // instantiated with `args`; else the instance is made of `exports`
  List<Arg> args;
  std::vector<Export> exports;
  uint32_t at = 0;
};

struct Export {
  ExternName name;
  SortIndex what;
  std::optional<ExternType> type;  // where it is ascribed
  uint32_t at = 0;
};

struct Start {
  uint32_t func = 0;
  List<uint32_t> args;  // values
  uint32_t results = 0;
  uint32_t at = 0;
};

// `bytes` are the value in the binary format, to be read by its type.
struct Value {
  ValType type;
  Bytes bytes;
  uint32_t at = 0;
};

struct Custom {
  std::string_view name;
  Bytes bytes;
  uint32_t at = 0;  // of `bytes`
};

struct Component {
  std::vector<Run> order;
  std::vector<Custom> customs;
  std::vector<CoreModule> core_modules;
  std::vector<CoreInstance> core_instances;
  std::vector<CoreType> core_types;
  std::vector<Component> components;
  std::vector<Instance> instances;
  std::vector<Alias> aliases;
  std::vector<DefType> types;
  std::vector<Canon> canons;
  std::vector<Start> starts;
  std::vector<Import> imports;
  std::vector<Export> exports;
  std::vector<Value> values;
  uint32_t at = 0;

  std::list<std::vector<uint8_t>> storage;  // of the outermost one: what views of a parsed component point into
};

// Definition `index` was appended to the vector of its kind: makes the last run longer, or begins one.
inline void extend(std::vector<Run>& order, DefKind kind, size_t index) {
  if (order.empty() || order.back().kind != kind) order.push_back({kind, static_cast<uint32_t>(index), 0});
  ++order.back().count;
}

}  // namespace heddle::component
