// The name section: subsections of name maps (index -> name) and indirect ones (index -> name map), all of one shape.
#include "binary/names.h"

#include <algorithm>
#include <optional>

#include "base/reader.h"
#include "binary/writer.h"
#include "syntax/limits.h"

namespace heddle::binary {
namespace {

using namespace syntax;

enum class Subsection : uint8_t {
  module,
  funcs,
  locals,
  labels,
  types,
  tables,
  memories,
  globals,
  elems,
  datas,
  fields,
  tags,
};
constexpr uint8_t kSubsections = 12;

// Where the names of a subsection go, and how many things there are to name: what does not exist has no name. (It
// also keeps the keys of the maps dense, so that nobody can choose ones that collide.)
struct FlatSpace {
  NameMap* names;
  size_t count;
};

std::optional<FlatSpace> flat_space(const Module& m, Names& names, Subsection id) {
  switch (id) {
    case Subsection::funcs: return FlatSpace{&names.funcs, m.funcs.size()};
    case Subsection::types: return FlatSpace{&names.types, m.types.size()};
    case Subsection::tables: return FlatSpace{&names.tables, m.tables.size()};
    case Subsection::memories: return FlatSpace{&names.memories, m.memories.size()};
    case Subsection::globals: return FlatSpace{&names.globals, m.globals.size()};
    case Subsection::elems: return FlatSpace{&names.elems, m.elems.size()};
    case Subsection::datas: return FlatSpace{&names.datas, m.datas.size()};
    case Subsection::tags: return FlatSpace{&names.tags, m.tags.size()};
    case Subsection::module:
    case Subsection::locals:
    case Subsection::labels:
    case Subsection::fields: return std::nullopt;
  }
  return std::nullopt;
}

IndirectNameMap& indirect_map(Names& names, Subsection id) {
  if (id == Subsection::locals) return names.locals;
  return id == Subsection::labels ? names.labels : names.fields;
}

// How many parts the `index`-th function or type may have a name for. Of labels, one a byte of the body at most.
size_t part_count(const Module& m, Subsection id, uint32_t index) {
  if (id == Subsection::fields) return index < m.types.size() ? m.types[index].fields.size() : 0;
  if (index >= m.funcs.size()) return 0;
  if (id == Subsection::locals) return limits::kLocals;
  size_t defined = index - size_t{m.imported_funcs};
  return index >= m.imported_funcs && defined < m.code.size() ? m.code[defined].body.bytes.size() : 0;
}

class NameReader {
 public:
  NameReader(const Module& module, Names& names, bool strict, ErrorSink* sink)
      : m_(module), names_(names), strict_(strict), sink_(sink) {}

  Result<void> section(Reader in);

 private:
  Result<void> subsection(Subsection id, Reader& in);
  Result<void> name_map(NameMap& map, size_t most, Reader& in);
  Result<void> indirect_name_map(Subsection id, Reader& in);
  // An entry's index. Strict: above the one before.
  Result<uint32_t> index(Reader& in, int64_t& previous);
  Error wrong(const Reader& in, const char* what) {
    if (sink_) sink_->set(what);
    return in.fail(ErrorCode::name_annotation);
  }

  const Module& m_;
  Names& names_;
  bool strict_;
  ErrorSink* sink_;
};

Result<uint32_t> NameReader::index(Reader& in, int64_t& previous) {
  auto i = TRY(in.u32());
  if (strict_ && i <= previous) return wrong(in, "indices must ascend");
  previous = i;
  return i;
}

Result<void> NameReader::name_map(NameMap& map, size_t most, Reader& in) {
  auto count = TRY(in.count());
  int64_t previous = -1;
  for (uint32_t k = 0; k < count; ++k) {
    auto i = TRY(index(in, previous));
    auto name = TRY(in.name());
    if (i < most) map.emplace(i, name);
  }
  return {};
}

Result<void> NameReader::indirect_name_map(Subsection id, Reader& in) {
  IndirectNameMap& map = indirect_map(names_, id);
  auto count = TRY(in.count());
  int64_t previous = -1;
  for (uint32_t k = 0; k < count; ++k) {
    auto i = TRY(index(in, previous));
    size_t parts = part_count(m_, id, i);
    NameMap of_nothing;
    TRY(name_map(parts > 0 ? map[i] : of_nothing, parts, in));
  }
  return {};
}

Result<void> NameReader::subsection(Subsection id, Reader& in) {
  if (id == Subsection::module) {
    names_.module = TRY(in.name());
  } else if (auto space = flat_space(m_, names_, id)) {
    TRY(name_map(*space->names, space->count, in));
  } else {
    TRY(indirect_name_map(id, in));
  }
  if (strict_ && !in.at_end()) return wrong(in, "subsection size mismatch");
  return {};
}

// Tolerant: a subsection that cannot be read to its end keeps what was read, and the next one is tried.
Result<void> NameReader::section(Reader in) {
  int previous = -1;
  while (!in.at_end()) {
    auto id = TRY(in.byte());
    auto size = TRY(in.u32());
    if (!strict_) size = static_cast<uint32_t>(std::min<size_t>(size, in.remaining()));
    Reader part = TRY(in.sub(size));
    if (strict_ && id <= previous) return wrong(in, "subsections must come in order, once each");
    previous = id;
    if (id >= kSubsections) {
      if (strict_) return wrong(in, "unknown subsection");
      continue;
    }
    auto read = subsection(static_cast<Subsection>(id), part);
    if (strict_ && !read.ok()) return read;
  }
  return {};
}

// --- writing

template <class Map>
std::vector<uint32_t> sorted_keys(const Map& map) {
  std::vector<uint32_t> keys;
  keys.reserve(map.size());
  for (const auto& [index, value] : map) keys.push_back(index);
  std::sort(keys.begin(), keys.end());
  return keys;
}

void write_map(Writer& out, const NameMap& map) {
  out.u64(map.size());
  for (uint32_t i : sorted_keys(map)) {
    out.u32(i);
    out.name(map.at(i));
  }
}

void write_map(Writer& out, const IndirectNameMap& map) {
  out.u64(map.size());
  for (uint32_t i : sorted_keys(map)) {
    out.u32(i);
    write_map(out, map.at(i));
  }
}

template <class Map>
void write_subsection(Writer& out, Subsection id, const Map& map) {
  if (map.empty()) return;
  out.byte(static_cast<uint8_t>(id));
  out.sized([&] { write_map(out, map); });
}

}  // namespace

const Custom* find_custom(const Module& module, std::string_view name) {
  for (const Custom& custom : module.customs) {
    if (custom.name == name) return &custom;
  }
  return nullptr;
}

Names decode_names(const Module& module) {
  Names names;
  if (const Custom* custom = find_custom(module, kNameSection)) {
    static_cast<void>(NameReader(module, names, false, nullptr).section(Reader(custom->bytes, custom->offset)).ok());
  }
  return names;
}

Result<Names> decode_names_strict(const Module& module, ErrorSink* sink) {
  Names names;
  const Custom* custom = find_custom(module, kNameSection);
  if (!custom) return names;
  auto read = NameReader(module, names, true, sink).section(Reader(custom->bytes, custom->offset));
  if (read.ok()) return names;
  if (sink) sink->set(std::string(text_of(read.error().code)));
  return Error{ErrorCode::name_annotation, read.error().offset};
}

std::vector<uint8_t> encode_names(const Names& names) {
  std::vector<uint8_t> bytes;
  Writer out(bytes);
  if (!names.module.empty()) {
    out.byte(static_cast<uint8_t>(Subsection::module));
    out.sized([&] { out.name(names.module); });
  }
  write_subsection(out, Subsection::funcs, names.funcs);
  write_subsection(out, Subsection::locals, names.locals);
  write_subsection(out, Subsection::labels, names.labels);
  write_subsection(out, Subsection::types, names.types);
  write_subsection(out, Subsection::tables, names.tables);
  write_subsection(out, Subsection::memories, names.memories);
  write_subsection(out, Subsection::globals, names.globals);
  write_subsection(out, Subsection::elems, names.elems);
  write_subsection(out, Subsection::datas, names.datas);
  write_subsection(out, Subsection::fields, names.fields);
  write_subsection(out, Subsection::tags, names.tags);
  return bytes;
}

}  // namespace heddle::binary
