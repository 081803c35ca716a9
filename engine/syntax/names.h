// What names a module gives its parts (spec 7.7.1, the `name` section with the extended subsections) and its branch
// hints. Both are advice: a module is the same without them, and wrong ones are ignored unless somebody asks.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace heddle::syntax {

using NameMap = std::unordered_map<uint32_t, std::string>;
using IndirectNameMap = std::unordered_map<uint32_t, NameMap>;

struct Names {
  std::string module;
  NameMap funcs, types, tables, memories, globals, elems, datas, tags;
  IndirectNameMap locals, labels, fields;
};

struct BranchHint {
  uint32_t offset = 0;  // of the branch instruction, from Code::entry_offset
  bool likely = false;
};

using BranchHints = std::unordered_map<uint32_t, std::vector<BranchHint>>;  // by function index, offsets ascending

}  // namespace heddle::syntax
