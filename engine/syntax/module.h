// A module as the specification's abstract syntax has it (spec 2.5): what the binary decoder and the text parser both
// produce, and what the validator, the encoder and the printer take. Function bodies and constant expressions stay in
// the binary format (each ends with `end`); whoever needs them reads them in one pass. Index spaces list imports
// first.
//
// Spans point into the bytes the module was decoded from, which the caller keeps alive, or into `storage`.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.h"
#include "syntax/types.h"

namespace heddle::syntax {

using Bytes = std::span<const uint8_t>;

// An instruction sequence in the binary format, `end` included, and the offset of its first byte in the module.
struct Expr {
  Bytes bytes;
  uint32_t offset = 0;
};

struct RecGroup {
  uint32_t first = 0, count = 1;
};

struct Import {
  std::string module, name;
  ExternType type;
  uint32_t at = 0;
};

struct Export {
  std::string name;
  ExternKind kind = ExternKind::func;
  uint32_t index = 0;
  uint32_t at = 0;
};

struct Table {
  TableType type;
  std::optional<Expr> init;  // of defined tables
  uint32_t at = 0;
};

struct Global {
  GlobalType type;
  Expr init;  // empty for an imported one
  uint32_t at = 0;
};

struct LocalRun {
  uint32_t count = 0;
  ValType type;
};

// The body of a defined function. Its locals are module.local_runs[first_run .. first_run + run_count).
struct Code {
  uint32_t first_run = 0, run_count = 0;
  Expr body;
  uint32_t entry_offset = 0;  // of the code entry's first byte after its size: branch hints count from here
};

enum class SegmentMode : uint8_t { active, passive, declarative };

struct Elem {
  SegmentMode mode = SegmentMode::passive;
  TableIdx table;
  Expr offset;
  ValType type = kFuncRef;
  std::vector<FuncIdx> funcs;  // either these
  std::vector<Expr> exprs;     // or these (never both)
  bool by_expr = false;
  uint32_t at = 0;
  uint32_t size() const { return static_cast<uint32_t>(by_expr ? exprs.size() : funcs.size()); }
};

struct Data {
  SegmentMode mode = SegmentMode::passive;
  MemIdx memory;
  Expr offset;
  Bytes bytes;
  uint32_t at = 0;
};

// Section ids in the order sections must come (spec 5.5.2); tag and data count sit where their position is.
enum class SectionId : uint8_t {
  custom = 0,
  type = 1,
  import = 2,
  function = 3,
  table = 4,
  memory = 5,
  global = 6,
  export_ = 7,
  start = 8,
  elem = 9,
  code = 10,
  data = 11,
  data_count = 12,
  tag = 13,
};

struct Custom {
  std::string name;
  Bytes bytes;
  SectionId after = SectionId::custom;  // the section it follows; custom: at the very beginning
  uint32_t offset = 0;                  // of `bytes` in the module
};

// `at` of each part is the offset of its first byte in the module, where errors about it point; what an import
// brings is at the import. Functions, memories and tags have theirs beside them, by index. A module that was made
// without a source has none: then they are 0, and the vectors empty.
struct Module {
  std::vector<SubType> types;
  std::vector<RecGroup> rec_groups;  // in order, covering `types`
  std::vector<Import> imports;
  std::vector<TypeIdx> funcs;  // imported, then defined
  std::vector<Table> tables;
  std::vector<MemType> memories;
  std::vector<TypeIdx> tags;
  std::vector<Global> globals;
  std::vector<Export> exports;
  std::optional<FuncIdx> start;
  uint32_t start_at = 0;
  std::vector<uint32_t> funcs_at, memories_at, tags_at;
  std::vector<Elem> elems;
  std::vector<Data> datas;
  std::vector<Code> code;  // of the defined functions
  std::vector<LocalRun> local_runs;
  std::vector<Custom> customs;
  bool has_data_count = false;
  uint32_t imported_funcs = 0, imported_tables = 0, imported_memories = 0, imported_globals = 0, imported_tags = 0;

  std::deque<std::vector<uint8_t>> storage;  // what spans of a parsed module point into

  const SubType& type(TypeIdx i) const {
    HEDDLE_ASSERT(i.raw < types.size());
    return types[i.raw];
  }
  const SubType& func_type(FuncIdx i) const {
    HEDDLE_ASSERT(i.raw < funcs.size());
    return type(funcs[i.raw]);
  }
};

}  // namespace heddle::syntax
