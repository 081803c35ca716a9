// One pass over the sections, through one reader that is bounded by the module's end; where a section's contents end
// is compared with the size the section promised, as the specification's own decoder does, which finds the same
// errors in the same order. Before a vector is reserved its count is bounded by the bytes left, divided by the least
// an element takes: memory stays linear in the module's size.
#include "binary/decode.h"

#include <algorithm>

#include "base/utf8.h"
#include "binary/const_expr.h"
#include "binary/types.h"
#include "syntax/immediates.h"
#include "syntax/limits.h"
#include "syntax/op.h"

namespace heddle::binary {
namespace {

using namespace syntax;

constexpr uint32_t kMagic = 0x6d736100, kVersion = 1;

// Imports of a group take as little as a byte each, and each gets a copy of the group's module name. What they take
// in memory stays within this and a multiple of the module's size.
constexpr uint64_t kImportBytes = uint64_t{1} << 25, kImportBytesPerByte = 48;

// The place of a section among the others (spec 5.5.16), by id; customs may be anywhere.
constexpr uint8_t kRank[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6};

std::string_view words_for(SectionId id) {
  constexpr std::string_view kWords[] = {"custom", "type",  "import",  "function", "table", "memory",     "global",
                                         "export", "start", "element", "code",     "data",  "data count", "tag"};
  return kWords[static_cast<size_t>(id)];
}

class Decoder {
 public:
  Decoder(Bytes bytes, const Features& features, ErrorSink* sink)
      : in_(bytes), features_(features), sink_(sink), types_(in_, features_, sink_), module_bytes_(bytes.size()) {}

  Result<Module> run();

 private:
  Result<void> header();
  Result<void> next_section();
  Result<void> section(SectionId id, const uint8_t* end);
  Result<void> check_counts();

  Result<void> type_section();
  Result<void> import_section();
  Result<void> function_section();
  Result<void> table_section();
  Result<void> memory_section();
  Result<void> tag_section();
  Result<void> global_section();
  Result<void> export_section();
  Result<void> start_section();
  Result<void> elem_section();
  Result<void> code_section(const uint8_t* end);
  Result<void> data_section();
  Result<void> data_count_section();
  Result<void> custom_section(const uint8_t* end);

  template <class F>
  Result<void> import_group(F& each);
  void add_import(std::string_view module, std::string_view name, const ExternType& type, uint32_t at);
  Result<Table> table();
  Result<Elem> elem();
  Result<void> elem_items(Elem& elem);
  Result<Code> code(const uint8_t* section_end);
  Result<void> locals(Code& code, uint32_t defined);
  Error unclosed(const Code& code, const uint8_t* section_end);
  Result<Data> data();
  Result<Expr> expr() { return const_expr(in_); }
  Result<std::string_view> name();
  template <class... Words>
  void detail(const Words&... words) {
    if (!sink_) return;
    std::string text;
    (text.append(words), ...);
    sink_->set(std::move(text));
  }
  Result<uint32_t> length();
  Result<Bytes> bytes(size_t n);
  Result<uint32_t> count(const char* what, uint64_t already, uint64_t most);
  // Room for `count` more, if the bytes left can hold them. Grows by doubling where it is called for one vector
  // again.
  template <class T>
  void reserve(std::vector<T>& items, uint32_t count, size_t least_bytes, size_t most = 0) {
    size_t wanted = items.size() + std::min<size_t>(count, in_.remaining() / least_bytes);
    if (wanted > items.capacity()) items.reserve(std::max(wanted, std::min(2 * items.capacity(), most)));
  }

  Reader in_;
  const Features& features_;
  ErrorSink* sink_;
  TypeReader types_;
  Module m_;
  SectionId last_ = SectionId::custom;
  std::optional<uint32_t> data_count_;
  uint64_t module_bytes_ = 0;
};

Result<Module> Decoder::run() {
  if (in_.remaining() > limits::kModuleBytes) {
    return over_limit(sink_, 0, "module bytes", in_.remaining(), limits::kModuleBytes);
  }
  TRY(header());
  while (!in_.at_end()) {
    auto done = next_section();
    if (done.ok()) continue;
    Error error = done.error();
    if (error.code == ErrorCode::unexpected_end) error.code = ErrorCode::unexpected_end_of_section;
    return error;
  }
  TRY(check_counts());
  return std::move(m_);
}

Result<void> Decoder::header() {
  auto magic = TRY(in_.fixed<uint32_t>());
  if (magic != kMagic) return Error{ErrorCode::bad_magic, 0};
  auto version = TRY(in_.fixed<uint32_t>());
  if (version != kVersion) return Error{ErrorCode::bad_version, 4};
  return {};
}

Result<void> Decoder::next_section() {
  uint32_t start = in_.offset();
  auto id = TRY(in_.byte());
  if (id >= sizeof kRank) return Error{ErrorCode::bad_section_id, start};
  uint32_t size_at = in_.offset();
  auto size = TRY(in_.u32());
  bool cut_off = size > in_.remaining();
  if (id == 0) {
    if (cut_off) return Error{ErrorCode::length_out_of_bounds, size_at};
    return custom_section(in_.here() + size);
  }
  if (kRank[id] <= kRank[static_cast<size_t>(last_)]) {
    detail("section out of order: ", words_for(static_cast<SectionId>(id)), " section after the ", words_for(last_),
           " section");
    return Error{ErrorCode::section_order, start};
  }
  last_ = static_cast<SectionId>(id);
  const uint8_t* end = in_.here() + std::min<size_t>(size, in_.remaining());
  auto done = section(last_, end);
  // Of a section that goes on beyond the module, what is wrong inside is told first.
  if (cut_off && (done.ok() || done.error().code == ErrorCode::unexpected_end)) {
    return Error{ErrorCode::length_out_of_bounds, size_at};
  }
  if (done.ok() && in_.here() != end) {
    detail("the ", words_for(last_), " section ends ", in_.here() < end ? "before" : "after", " its size says");
    return in_.fail(ErrorCode::section_size_mismatch);
  }
  return done;
}

Result<void> Decoder::section(SectionId id, const uint8_t* end) {
  switch (id) {
    case SectionId::custom: return {};
    case SectionId::type: return type_section();
    case SectionId::import: return import_section();
    case SectionId::function: return function_section();
    case SectionId::table: return table_section();
    case SectionId::memory: return memory_section();
    case SectionId::global: return global_section();
    case SectionId::export_: return export_section();
    case SectionId::start: return start_section();
    case SectionId::elem: return elem_section();
    case SectionId::code: return code_section(end);
    case SectionId::data: return data_section();
    case SectionId::data_count: return data_count_section();
    case SectionId::tag: return tag_section();
  }
  return {};
}

// What one section promises and another has to keep.
Result<void> Decoder::check_counts() {
  size_t defined = m_.funcs.size() - m_.imported_funcs;
  if (m_.code.size() != defined) {
    detail(std::to_string(defined), " functions, ", std::to_string(m_.code.size()), " bodies");
    return in_.fail(ErrorCode::func_code_count);
  }
  if (data_count_ && *data_count_ != m_.datas.size()) {
    detail(std::to_string(*data_count_), " promised, ", std::to_string(m_.datas.size()), " found");
    return in_.fail(ErrorCode::data_count_mismatch);
  }
  return {};
}

// A size in bytes. What is beyond the module's end together with the size itself is out of bounds.
Result<uint32_t> Decoder::length() {
  uint32_t start = in_.offset();
  size_t most = in_.remaining();
  auto n = TRY(in_.u32());
  if (n > most) return Error{ErrorCode::length_out_of_bounds, start};
  return n;
}

Result<Bytes> Decoder::bytes(size_t n) {
  if (n > in_.remaining()) return in_.fail(ErrorCode::unexpected_end);
  return in_.bytes(n);
}

// A vector's length: every element takes at least a byte.
Result<uint32_t> Decoder::count(const char* what, uint64_t already, uint64_t most) {
  uint32_t start = in_.offset();
  auto n = TRY(length());
  if (already + n > most) return over_limit(sink_, start, what, already + n, most);
  return n;
}

Result<std::string_view> Decoder::name() {
  uint32_t start = in_.offset();
  auto n = TRY(length());
  if (n > limits::kNameBytes) return over_limit(sink_, start, "name bytes", n, limits::kNameBytes);
  auto raw = TRY(bytes(n));
  std::string_view text(reinterpret_cast<const char*>(raw.data()), raw.size());
  if (!utf8::valid(text)) return Error{ErrorCode::bad_utf8, start};
  return text;
}

// --- types, imports

Result<void> Decoder::type_section() {
  auto groups = TRY(count("rec groups", 0, limits::kRecGroups));
  reserve(m_.rec_groups, groups, 2);
  reserve(m_.types, groups, 2);
  for (uint32_t i = 0; i < groups; ++i) {
    RecGroup group{static_cast<uint32_t>(m_.types.size()), 1};
    uint32_t at = in_.offset();
    if (in_.peek() == 0x4e) {
      TRY(in_.byte());
      at = in_.offset();
      group.count = TRY(count("types", 0, limits::kRecGroupTypes));
      if (group.count > 1) reserve(m_.types, group.count, 2, limits::kTypes);
    }
    uint64_t total = m_.types.size() + uint64_t{group.count};
    if (total > limits::kTypes) return over_limit(sink_, at, "types", total, limits::kTypes);
    for (uint32_t k = 0; k < group.count; ++k) m_.types.push_back(TRY(types_.sub_type()));
    m_.rec_groups.push_back(group);
  }
  return {};
}

void Decoder::add_import(std::string_view module, std::string_view name, const ExternType& type, uint32_t at) {
  m_.imports.push_back({std::string(module), std::string(name), type, at});
  switch (type.kind) {
    case ExternKind::func:
      m_.funcs.push_back(type.type);
      m_.funcs_at.push_back(at);
      break;
    case ExternKind::table: m_.tables.push_back({type.table, {}, at}); break;
    case ExternKind::memory:
      m_.memories.push_back(type.memory);
      m_.memories_at.push_back(at);
      break;
    case ExternKind::global: m_.globals.push_back({type.global, {}, at}); break;
    case ExternKind::tag:
      m_.tags.push_back(type.type);
      m_.tags_at.push_back(at);
      break;
  }
}

// One import, or a group that shares its module name, and maybe its type (compact import section): `each` gets them,
// and where each begins.
template <class F>
Result<void> Decoder::import_group(F& each) {
  uint32_t at = in_.offset();
  auto module = TRY(name());
  auto item = TRY(name());
  uint8_t form = in_.peek();
  if (!item.empty() || (form != 0x7f && form != 0x7e)) return each(module, item, TRY(types_.extern_type()), at);
  TRY(types_.need(Feature::compact_imports, in_.offset()));
  TRY(in_.byte());
  bool one_type = form == 0x7e;
  ExternType type;
  if (one_type) type = TRY(types_.extern_type());
  auto items = TRY(length());
  for (uint32_t i = 0; i < items; ++i) {
    at = in_.offset();
    item = TRY(name());
    if (!one_type) type = TRY(types_.extern_type());
    TRY(each(module, item, type, at));
  }
  return {};
}

// How many imports there are is known after a first walk over them.
Result<void> Decoder::import_section() {
  auto groups = TRY(count("imports", 0, limits::kImports));
  Reader first = in_;
  uint64_t imports = 0, bytes = 0;
  auto measure = [&](std::string_view module, std::string_view name, const ExternType&, uint32_t) -> Result<void> {
    bytes += sizeof(Import) + module.size() + name.size();
    if (++imports > limits::kImports) return over_limit(sink_, in_.offset(), "imports", imports, limits::kImports);
    uint64_t most = kImportBytes + kImportBytesPerByte * module_bytes_;
    if (bytes > most) return over_limit(sink_, in_.offset(), "import bytes", bytes, most);
    return {};
  };
  for (uint32_t i = 0; i < groups; ++i) TRY(import_group(measure));
  in_ = first;
  m_.imports.reserve(imports);
  auto add = [&](std::string_view module, std::string_view name, const ExternType& type,
                 uint32_t at) -> Result<void> {
    add_import(module, name, type, at);
    return {};
  };
  for (uint32_t i = 0; i < groups; ++i) TRY(import_group(add));
  m_.imported_funcs = static_cast<uint32_t>(m_.funcs.size());
  m_.imported_tables = static_cast<uint32_t>(m_.tables.size());
  m_.imported_memories = static_cast<uint32_t>(m_.memories.size());
  m_.imported_globals = static_cast<uint32_t>(m_.globals.size());
  m_.imported_tags = static_cast<uint32_t>(m_.tags.size());
  if (m_.tables.size() > limits::kTables) {
    return over_limit(sink_, in_.offset(), "tables", m_.tables.size(), limits::kTables);
  }
  if (m_.memories.size() > limits::kMemories) {
    return over_limit(sink_, in_.offset(), "memories", m_.memories.size(), limits::kMemories);
  }
  return {};
}

// --- definitions

Result<void> Decoder::function_section() {
  auto n = TRY(count("functions", m_.funcs.size(), limits::kFuncs));
  reserve(m_.funcs, n, 1);
  reserve(m_.funcs_at, n, 1);
  for (uint32_t i = 0; i < n; ++i) {
    m_.funcs_at.push_back(in_.offset());
    m_.funcs.push_back(TypeIdx{TRY(in_.u32())});
  }
  return {};
}

Result<Table> Decoder::table() {
  Table table;
  table.at = in_.offset();
  if (in_.peek() != 0x40) {
    table.type = TRY(types_.table_type());
    return table;
  }
  TRY(in_.byte());
  uint32_t at = in_.offset();
  auto zero = TRY(in_.byte());
  if (zero != 0) return Error{ErrorCode::zero_byte_expected, at};
  table.type = TRY(types_.table_type());
  table.init = TRY(expr());
  return table;
}

Result<void> Decoder::table_section() {
  auto n = TRY(count("tables", m_.tables.size(), limits::kTables));
  reserve(m_.tables, n, 3);
  for (uint32_t i = 0; i < n; ++i) m_.tables.push_back(TRY(table()));
  return {};
}

Result<void> Decoder::memory_section() {
  auto n = TRY(count("memories", m_.memories.size(), limits::kMemories));
  for (uint32_t i = 0; i < n; ++i) {
    m_.memories_at.push_back(in_.offset());
    m_.memories.push_back(TRY(types_.mem_type()));
  }
  return {};
}

Result<void> Decoder::tag_section() {
  auto n = TRY(count("tags", m_.tags.size(), limits::kTags));
  reserve(m_.tags, n, 2);
  reserve(m_.tags_at, n, 2);
  for (uint32_t i = 0; i < n; ++i) {
    m_.tags_at.push_back(in_.offset());
    m_.tags.push_back(TRY(types_.tag_type()));
  }
  return {};
}

Result<void> Decoder::global_section() {
  auto n = TRY(count("globals", m_.globals.size(), limits::kGlobals));
  reserve(m_.globals, n, 3);
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t at = in_.offset();
    auto type = TRY(types_.global_type());
    auto init = TRY(expr());
    m_.globals.push_back({type, init, at});
  }
  return {};
}

Result<void> Decoder::export_section() {
  auto n = TRY(count("exports", 0, limits::kExports));
  reserve(m_.exports, n, 3);
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t at = in_.offset();
    auto text = TRY(name());
    uint32_t kind_at = in_.offset();
    auto kind = TRY(in_.byte());
    if (kind > static_cast<uint8_t>(ExternKind::tag)) return Error{ErrorCode::bad_export_kind, kind_at};
    auto index = TRY(in_.u32());
    m_.exports.push_back({std::string(text), static_cast<ExternKind>(kind), index, at});
  }
  return {};
}

Result<void> Decoder::start_section() {
  m_.start_at = in_.offset();
  m_.start = FuncIdx{TRY(in_.u32())};
  return {};
}

// --- segments

// The flags of an element segment: bit 0 not active; bit 1 declarative, or with a table index; bit 2 expressions.
Result<Elem> Decoder::elem() {
  uint32_t start = in_.offset();
  auto flags = TRY(in_.u32());
  if (flags > 7) return Error{ErrorCode::bad_segment_kind, start};
  Elem elem;
  elem.at = start;
  elem.by_expr = flags & 4;
  elem.type = ValType::ref(HeapKind::func, elem.by_expr);
  if (flags & 1) {
    elem.mode = flags & 2 ? SegmentMode::declarative : SegmentMode::passive;
  } else {
    elem.mode = SegmentMode::active;
    if (flags & 2) elem.table = TableIdx{TRY(in_.u32())};
    elem.offset = TRY(expr());
  }
  if (flags & 3) {
    uint32_t at = in_.offset();
    if (elem.by_expr) {
      elem.type = TRY(types_.ref_type());
    } else {
      auto kind = TRY(in_.byte());
      if (kind != 0) return Error{ErrorCode::bad_segment_kind, at};
    }
  }
  TRY(elem_items(elem));
  return elem;
}

Result<void> Decoder::elem_items(Elem& elem) {
  auto n = TRY(count("element segment entries", 0, limits::kElemSegmentEntries));
  if (elem.by_expr) {
    elem.exprs.reserve(n);
    for (uint32_t i = 0; i < n; ++i) elem.exprs.push_back(TRY(expr()));
  } else {
    elem.funcs.reserve(n);
    for (uint32_t i = 0; i < n; ++i) elem.funcs.push_back(FuncIdx{TRY(in_.u32())});
  }
  return {};
}

Result<void> Decoder::elem_section() {
  auto n = TRY(count("element segments", 0, limits::kElemSegments));
  reserve(m_.elems, n, 3);
  for (uint32_t i = 0; i < n; ++i) m_.elems.push_back(TRY(elem()));
  return {};
}

Result<void> Decoder::data_count_section() {
  uint32_t start = in_.offset();
  data_count_ = TRY(in_.u32());
  m_.has_data_count = true;
  if (*data_count_ > limits::kDataSegments) {
    return over_limit(sink_, start, "data segments", *data_count_, limits::kDataSegments);
  }
  return {};
}

Result<Data> Decoder::data() {
  uint32_t start = in_.offset();
  auto flags = TRY(in_.u32());
  if (flags > 2) return Error{ErrorCode::bad_segment_kind, start};
  Data data;
  data.at = start;
  if (flags != 1) {
    data.mode = SegmentMode::active;
    if (flags == 2) data.memory = MemIdx{TRY(in_.u32())};
    data.offset = TRY(expr());
  }
  auto size = TRY(length());
  data.bytes = TRY(bytes(size));
  return data;
}

Result<void> Decoder::data_section() {
  auto n = TRY(count("data segments", 0, limits::kDataSegments));
  reserve(m_.datas, n, 2);
  for (uint32_t i = 0; i < n; ++i) m_.datas.push_back(TRY(data()));
  return {};
}

// --- code

// The locals of the `defined`-th function, which together with its parameters must stay below the limit.
Result<void> Decoder::locals(Code& code, uint32_t defined) {
  uint64_t total = 0;
  if (size_t func = m_.imported_funcs + defined; func < m_.funcs.size() && m_.funcs[func].raw < m_.types.size()) {
    total = m_.func_type(FuncIdx{static_cast<uint32_t>(func)}).params.size();
  }
  code.first_run = static_cast<uint32_t>(m_.local_runs.size());
  code.run_count = TRY(length());
  for (uint32_t i = 0; i < code.run_count; ++i) {
    uint32_t at = in_.offset();
    LocalRun run;
    run.count = TRY(in_.u32());
    run.type = TRY(types_.val_type());
    total += run.count;
    if (total > UINT32_MAX) return Error{ErrorCode::too_many_locals, at};
    m_.local_runs.push_back(run);
  }
  if (total > limits::kLocals) return over_limit(sink_, in_.offset(), "locals", total, limits::kLocals);
  return {};
}

// Why a body that does not close with `end` is malformed: by an instruction in it or across its end, or by what
// follows.
Error Decoder::unclosed(const Code& code, const uint8_t* section_end) {
  const uint8_t* end = in_.here();
  Reader body = in_;
  body.seek(code.body.bytes.data());
  while (body.here() < end) {
    auto op = read_op(body);
    if (!op.ok()) return op.error();
    auto immediates = read_immediates(body, info(op.value()));
    if (!immediates.ok()) return immediates.error();
  }
  if (in_.at_end()) return in_.fail(ErrorCode::unexpected_end);
  return in_.fail(end == section_end ? ErrorCode::section_size_mismatch : ErrorCode::end_expected);
}

Result<Code> Decoder::code(const uint8_t* section_end) {
  uint32_t start = in_.offset();
  auto size = TRY(in_.count());
  if (size > limits::kFuncBytes) return over_limit(sink_, start, "function bytes", size, limits::kFuncBytes);
  const uint8_t* end = in_.here() + size;
  Code code;
  code.entry_offset = in_.offset();
  TRY(locals(code, static_cast<uint32_t>(m_.code.size())));
  if (in_.here() > end) return in_.fail(ErrorCode::section_size_mismatch);
  code.body.offset = in_.offset();
  code.body.bytes = TRY(in_.bytes(static_cast<size_t>(end - in_.here())));
  if (!code.body.bytes.empty() && code.body.bytes.back() == info(Op::end).code) return code;
  return unclosed(code, section_end);
}

Result<void> Decoder::code_section(const uint8_t* section_end) {
  auto n = TRY(count("functions", m_.imported_funcs, limits::kFuncs));
  reserve(m_.code, n, 3);
  for (uint32_t i = 0; i < n; ++i) {
    auto entry = code(section_end);
    if (!entry.ok() && sink_) sink_->func_index = m_.imported_funcs + int64_t{i};
    m_.code.push_back(TRY(entry));
  }
  return {};
}

// --- custom

Result<void> Decoder::custom_section(const uint8_t* end) {
  Custom custom;
  custom.name = TRY(name());
  if (in_.here() > end) return in_.fail(ErrorCode::unexpected_end);
  custom.offset = in_.offset();
  custom.bytes = TRY(in_.bytes(static_cast<size_t>(end - in_.here())));
  custom.after = last_;
  m_.customs.push_back(std::move(custom));
  return {};
}

}  // namespace

Result<Module> decode(std::span<const uint8_t> bytes, const Features& features, ErrorSink* sink) {
  return Decoder(bytes, features, sink).run();
}

}  // namespace heddle::binary
