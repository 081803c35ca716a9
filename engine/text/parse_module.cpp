// Modules and their fields (spec 6.6).
#include <bit>

#include "syntax/limits.h"
#include "text/parser.h"

namespace heddle::text {
namespace {

std::optional<Space> extern_space(Keyword word) {
  if (word.is(Word::func)) return Space::func;
  if (word.is(Word::table)) return Space::table;
  if (word.is(Word::memory)) return Space::memory;
  if (word.is(Word::global)) return Space::global;
  if (word.is(Word::tag)) return Space::tag;
  return std::nullopt;
}

ExternKind kind_of(Space space) {
  switch (space) {
    case Space::table: return ExternKind::table;
    case Space::memory: return ExternKind::memory;
    case Space::global: return ExternKind::global;
    case Space::tag: return ExternKind::tag;
    case Space::func:
    case Space::type:
    case Space::elem:
    case Space::data:
    case Space::local:
    case Space::label: break;
  }
  return ExternKind::func;
}

constexpr std::string_view kField = "a module field";

}  // namespace

Result<ParsedModule> Parser::run() {
  auto last = static_cast<uint32_t>(tokens_.tokens.size() - 1);
  bool enclosed = in_.at_open(Word::module_);
  if (enclosed) {
    last = in_.peek().length;
    in_.skip(2);
    in_.take(Word::definition);
    if (in_.at(Tok::id)) {
      tokens_.append_decoded(in_.peek(), result_.names.module);
      in_.skip();
    }
  }
  uint32_t first = in_.index();
  TRY(module_name(first));
  TRY(all_fields(first, last));
  if (enclosed) TRY(in_.close());
  if (!in_.at(Tok::eof)) return in_.unexpected(enclosed ? "the end of the text" : kField);
  TRY(notes_.check(enclosed ? 1 : 0, last, false));
  return std::move(result_);
}

Result<ParsedModule> Parser::run(uint32_t first, uint32_t last) {
  TRY(all_fields(first, last));
  TRY(notes_.check(first, last, false));
  return std::move(result_);
}

Result<void> Parser::all_fields(uint32_t first, uint32_t last) {
  TRY(declare_fields(first, last));
  TRY(type_fields(first, last));
  in_.jump(first);
  TRY(fields(last));
  return customs(last);
}

Result<void> Parser::need(Feature feature, const Token& at) const {
  if (features_.has(feature)) return {};
  auto& row = kFeatures[static_cast<size_t>(feature)];
  return in_.fail(ErrorCode::feature_disabled, at, std::string(row.what) + " (" + std::string(row.flag) + ")");
}

// Copies into storage that lives as long as the module, in chunks that do not move.
syntax::Bytes Parser::keep(std::span<const uint8_t> bytes) {
  constexpr size_t kChunk = size_t{64} << 10;
  auto& storage = module_.storage;
  if (storage.empty() || storage.back().capacity() - storage.back().size() < bytes.size()) {
    storage.emplace_back().reserve(std::max(kChunk, bytes.size()));
  }
  auto& chunk = storage.back();
  size_t start = chunk.size();
  chunk.insert(chunk.end(), bytes.begin(), bytes.end());
  return {chunk.data() + start, bytes.size()};
}

// --- the first pass: what is malformed is left for the others to report --------------------------------------

bool Parser::opens(uint32_t index, Word word) const {
  return in_.token(index).kind == Tok::lparen && in_.token(index + 1).word.is(word);
}

Result<void> Parser::declare_fields(uint32_t first, uint32_t last) {
  for (uint32_t i = first; i < last && in_.token(i).kind == Tok::lparen; i = in_.token(i).length + 1) {
    TRY(declare_field(i));
  }
  return {};
}

Result<void> Parser::declare_field(uint32_t open) {
  Keyword word = in_.token(open + 1).word;
  if (word.is(Word::type)) return declare(Space::type, open + 2);
  if (word.is(Word::elem)) return declare(Space::elem, open + 2);
  if (word.is(Word::data)) return declare(Space::data, open + 2);
  if (word.is(Word::import)) return declare_import(open);
  if (word.is(Word::rec)) {
    uint32_t end = in_.token(open).length;
    for (uint32_t i = open + 2; i < end && opens(i, Word::type); i = in_.token(i).length + 1) {
      TRY(declare(Space::type, i + 2));
    }
    return {};
  }
  auto space = extern_space(word);
  return space ? declare_definition(*space, open) : Result<void>();
}

Result<void> Parser::declare(Space space, uint32_t id) {
  uint32_t index = count(space)++;
  if (in_.token(id).kind != Tok::id) return {};
  return bind(symbols_, static_cast<uint32_t>(space), name_of(space), in_.token(id), index);
}

Result<void> Parser::declare_extern(uint32_t open, uint32_t times) {
  auto space = extern_space(in_.token(open + 1).word);
  if (in_.token(open).kind != Tok::lparen || !space || times == 0) return {};
  if (times == 1) return declare(*space, open + 2);
  count(*space) += times;
  return {};
}

Error Parser::late_import(uint32_t open) const {
  return in_.fail_headline(ErrorCode::import_after_definition, in_.token(open),
                           "import after " + std::string(name_of(*defined_)) + " definition");
}

Result<void> Parser::declare_import(uint32_t open) {
  uint32_t at = open + 3, end = in_.token(open).length, shared = 0;
  if (defined_) return late_import(open);
  if (in_.token(at).kind == Tok::string) return declare_extern(at + 1, 1);
  for (; at < end && opens(at, Word::item); at = in_.token(at).length + 1) {
    if (in_.token(at + 3).kind == Tok::lparen) {
      TRY(declare_extern(at + 3, 1));
    } else {
      ++shared;
    }
  }
  return declare_extern(at, shared);
}

Result<void> Parser::declare_definition(Space space, uint32_t open) {
  uint32_t at = open + 2, end = in_.token(open).length;
  uint32_t id = at;
  if (in_.token(at).kind == Tok::id) ++at;
  while (opens(at, Word::export_)) at = in_.token(at).length + 1;
  bool imported = opens(at, Word::import);
  if (imported && defined_) return late_import(at);
  if (!imported && !defined_) defined_ = space;
  if (space == Space::table || space == Space::memory) {
    for (; at < end; at = in_.token(at).kind == Tok::lparen ? in_.token(at).length + 1 : at + 1) {
      if (opens(at, Word::elem)) ++count(Space::elem);
      if (opens(at, Word::data)) ++count(Space::data);
    }
  }
  return declare(space, id);
}

// --- the third pass ------------------------------------------------------------------------------------------

Result<void> Parser::fields(uint32_t last) {
  while (in_.index() < last) {
    TRY(customs(in_.index()));
    TRY(field());
  }
  return {};
}

Result<void> Parser::field() {
  if (!in_.at(Tok::lparen)) return in_.unexpected(kField);
  uint32_t open = in_.index();
  at_ = place();
  Keyword word = in_.peek(1).word;
  if (word.is(Word::type) || word.is(Word::rec)) {
    in_.jump(in_.peek().length + 1);
    return {};
  }
  in_.skip(2);
  if (word.is(Word::func)) {
    TRY(func());
  } else if (word.is(Word::table)) {
    TRY(table());
  } else if (word.is(Word::memory)) {
    TRY(memory());
  } else if (word.is(Word::global)) {
    TRY(global());
  } else if (word.is(Word::tag)) {
    TRY(tag());
  } else if (word.is(Word::import)) {
    TRY(import());
  } else if (word.is(Word::export_)) {
    TRY(export_field());
  } else if (word.is(Word::start)) {
    TRY(start());
  } else if (word.is(Word::elem)) {
    TRY(elem());
  } else if (word.is(Word::data)) {
    TRY(data());
  } else {
    in_.jump(open + 1);
    return in_.unexpected(kField);
  }
  TRY(in_.close());
  if (notes_.empty()) return {};
  return notes_.check(open + 1, in_.index() - 1, word.is(Word::func));
}

Result<void> Parser::inline_exports(ExternKind kind, uint32_t index) {
  while (in_.take_open(Word::export_)) {
    uint32_t at = place();
    module_.exports.push_back({TRY(in_.name()), kind, index, at});
    TRY(in_.close());
  }
  return {};
}

Result<std::optional<Parser::ImportName>> Parser::inline_import() {
  std::optional<ImportName> result;
  if (!in_.take_open(Word::import)) return result;
  result.emplace();
  result->module = TRY(in_.name());
  result->name = TRY(in_.name());
  TRY(in_.close());
  return result;
}

void Parser::add_func(TypeIdx type) {
  module_.funcs.push_back(type);
  module_.funcs_at.push_back(at_);
}

void Parser::add_memory(const MemType& type) {
  module_.memories.push_back(type);
  module_.memories_at.push_back(at_);
}

void Parser::add_tag(TypeIdx type) {
  module_.tags.push_back(type);
  module_.tags_at.push_back(at_);
}

// The type of what an import brings, at its position in the index space.
Result<void> Parser::add_import(std::string module, std::string name, const ExternType& type) {
  switch (type.kind) {
    case ExternKind::func:
      add_func(type.type);
      ++module_.imported_funcs;
      break;
    case ExternKind::table:
      module_.tables.push_back({type.table, std::nullopt, at_});
      ++module_.imported_tables;
      break;
    case ExternKind::memory:
      add_memory(type.memory);
      ++module_.imported_memories;
      break;
    case ExternKind::global:
      module_.globals.push_back({type.global, {}, at_});
      ++module_.imported_globals;
      break;
    case ExternKind::tag:
      add_tag(type.type);
      ++module_.imported_tags;
      break;
  }
  module_.imports.push_back({std::move(module), std::move(name), type, at_});
  return {};
}

Result<ExternType> Parser::extern_type(bool may_have_id) {
  auto space = in_.at(Tok::lparen) ? extern_space(in_.peek(1).word) : std::nullopt;
  if (!space) {
    if (in_.at(Tok::lparen)) in_.skip();
    return in_.unexpected("`func`, `table`, `memory`, `global` or `tag`");
  }
  in_.skip(2);
  if (in_.at(Tok::id) && !may_have_id) return in_.fail(ErrorCode::identifier_not_allowed, in_.peek());
  ExternType type;
  type.kind = kind_of(*space);
  auto& names = result_.names;
  switch (type.kind) {
    case ExternKind::func: {
      TRY(id_and_name(names.funcs, static_cast<uint32_t>(module_.funcs.size())));
      const Token& at = in_.peek();
      type.exact = in_.take_open(Word::exact);
      if (type.exact) TRY(need(Feature::custom_descriptors, at));
      type.type = TypeIdx{TRY(type_use(true))};
      name_locals(static_cast<uint32_t>(module_.funcs.size()), param_names_);
      if (type.exact) TRY(in_.close());
      break;
    }
    case ExternKind::table:
      TRY(id_and_name(names.tables, static_cast<uint32_t>(module_.tables.size())));
      type.table = TRY(table_type());
      break;
    case ExternKind::memory:
      TRY(id_and_name(names.memories, static_cast<uint32_t>(module_.memories.size())));
      type.memory = TRY(mem_type());
      break;
    case ExternKind::global:
      TRY(id_and_name(names.globals, static_cast<uint32_t>(module_.globals.size())));
      type.global = TRY(global_type());
      break;
    case ExternKind::tag:
      TRY(id_and_name(names.tags, static_cast<uint32_t>(module_.tags.size())));
      type.type = TypeIdx{TRY(type_use(true))};
      break;
  }
  TRY(in_.close());
  return type;
}

Result<void> Parser::import() {
  std::string module = TRY(in_.name());
  if (in_.at_open(Word::item)) return compact_import(module);
  std::string name = TRY(in_.name());
  ExternType type = TRY(extern_type(true));
  return add_import(std::move(module), std::move(name), type);
}

// (import "m" (item "a" (func)) (item "b" (global i32))), or (import "m" (item "a") (item "b") (func)).
Result<void> Parser::compact_import(const std::string& module) {
  TRY(need(Feature::compact_imports, in_.peek()));
  std::vector<std::string> shared;
  uint32_t full = 0;
  while (in_.at_open(Word::item)) {
    at_ = place();
    in_.skip(2);
    std::string name = TRY(in_.name());
    if (!in_.at(Tok::rparen) && shared.empty()) {
      ++full;
      ExternType type = TRY(extern_type(true));
      TRY(add_import(module, std::move(name), type));
    } else {
      if (full > 0) return in_.unexpected("the type of the import");
      shared.push_back(std::move(name));
    }
    TRY(in_.close());
  }
  if (shared.empty()) return {};
  ExternType type = TRY(extern_type(false));
  for (std::string& name : shared) TRY(add_import(module, std::move(name), type));
  return {};
}

Result<void> Parser::func() {
  auto index = static_cast<uint32_t>(module_.funcs.size());
  TRY(id_and_name(result_.names.funcs, index));
  TRY(inline_exports(ExternKind::func, index));
  if (auto import = TRY(inline_import())) {
    ExternType type;
    const Token& at = in_.peek();
    type.exact = in_.take_open(Word::exact);
    if (type.exact) TRY(need(Feature::custom_descriptors, at));
    type.type = TypeIdx{TRY(type_use(true))};
    name_locals(index, param_names_);
    if (type.exact) TRY(in_.close());
    return add_import(std::move(import->module), std::move(import->name), type);
  }
  uint32_t type = TRY(type_use(true));
  add_func(TypeIdx{type});
  auto params = static_cast<uint32_t>(params_.size());
  if (params == 0 && type < module_.types.size()) params = static_cast<uint32_t>(module_.types[type].params.size());
  syntax::Code code;
  code.first_run = static_cast<uint32_t>(module_.local_runs.size());
  TRY(locals(index, params));
  code.run_count = static_cast<uint32_t>(module_.local_runs.size()) - code.first_run;
  code_.clear();
  out_.u32(code.run_count);
  for (uint32_t i = 0; i < code.run_count; ++i) {
    const syntax::LocalRun& run = module_.local_runs[code.first_run + i];
    out_.u32(run.count);
    out_.val_type(run.type);
  }
  locals_bytes_ = static_cast<uint32_t>(code_.size());
  code.entry_offset = next_code_offset_;
  next_code_offset_ += locals_bytes_;
  func_ = index;
  code.body = TRY(expr());
  func_.reset();
  if (!hints_.empty()) result_.hints[index] = std::move(hints_);
  hints_.clear();
  module_.code.push_back(code);
  return {};
}

// Parameters and locals get their names; equal neighbours among the locals become one run.
Result<void> Parser::locals(uint32_t func, uint32_t count) {
  local_symbols_.clear();
  std::vector<Binding> bindings = std::move(param_names_);
  auto first = module_.local_runs.size();
  auto add = [&](ValType type) {
    auto& runs = module_.local_runs;
    if (runs.size() == first || runs.back().type != type) runs.push_back({0, type});
    ++runs.back().count;
    ++count;
  };
  while (in_.take_open(Word::local)) {
    if (at_binding()) {
      TRY(binding(bindings, count));
      add(TRY(val_type()));
    } else {
      while (at_val_type()) add(TRY(val_type()));
    }
    TRY(in_.expect(Tok::rparen, "a value type or `)`"));
  }
  for (const Binding& item : bindings) {
    if (!item.id) continue;
    TRY(bind(local_symbols_, static_cast<uint32_t>(Space::local), "local", in_.token(*item.id), item.index));
  }
  name_locals(func, bindings);
  return {};
}

Result<void> Parser::table() {
  auto index = static_cast<uint32_t>(module_.tables.size());
  TRY(id_and_name(result_.names.tables, index));
  TRY(inline_exports(ExternKind::table, index));
  ExternType type;
  type.kind = ExternKind::table;
  if (auto import = TRY(inline_import())) {
    type.table = TRY(table_type());
    return add_import(std::move(import->module), std::move(import->name), type);
  }
  bool sized = in_.at(Tok::nat) || ((in_.at(Word::i32) || in_.at(Word::i64)) && in_.peek(1).kind == Tok::nat);
  if (!sized) {
    TableType table;
    table.addr64 = addr64();
    if (!at_ref_type()) return in_.unexpected("a size or a reference type");
    table.elem = TRY(ref_type());
    return inline_elems(table, index);
  }
  syntax::Table table;
  table.at = at_;
  table.type = TRY(table_type());
  if (!in_.at(Tok::rparen)) table.init = TRY(expr());
  module_.tables.push_back(table);
  return {};
}

// (table reftype (elem ...)): as large as its only segment.
Result<void> Parser::inline_elems(TableType type, uint32_t table) {
  TRY(in_.open(Word::elem));
  syntax::Elem elem;
  elem.at = at_;
  elem.mode = syntax::SegmentMode::active;
  elem.table = TableIdx{table};
  elem.type = type.elem;
  begin_expr();
  out_.byte(type.addr64 ? 0x42 : 0x41);
  out_.s32(0);
  elem.offset = TRY(end_expr());
  if (in_.at(Tok::lparen)) {
    elem.by_expr = true;
    TRY(expr_list(elem));
  } else {
    TRY(func_list(elem));
  }
  TRY(in_.close());
  type.limits = {elem.size(), elem.size()};
  module_.tables.push_back({type, std::nullopt, at_});
  module_.elems.push_back(std::move(elem));
  return {};
}

Result<void> Parser::memory() {
  auto index = static_cast<uint32_t>(module_.memories.size());
  TRY(id_and_name(result_.names.memories, index));
  TRY(inline_exports(ExternKind::memory, index));
  ExternType type;
  type.kind = ExternKind::memory;
  if (auto import = TRY(inline_import())) {
    type.memory = TRY(mem_type());
    return add_import(std::move(import->module), std::move(import->name), type);
  }
  uint32_t start = in_.index();
  type.memory.addr64 = addr64();
  if (in_.at_open(Word::pagesize)) type.memory.page_size_log2 = TRY(page_size());
  if (in_.at_open(Word::data)) return inline_data(type.memory, index);
  in_.jump(start);
  add_memory(TRY(mem_type()));
  return {};
}

// (memory (data ...)): as large as its only segment.
Result<void> Parser::inline_data(MemType type, uint32_t memory) {
  TRY(in_.open(Word::data));
  syntax::Data data;
  data.at = at_;
  data.mode = syntax::SegmentMode::active;
  data.memory = MemIdx{memory};
  begin_expr();
  out_.byte(type.addr64 ? 0x42 : 0x41);
  out_.s32(0);
  data.offset = TRY(end_expr());
  std::string bytes = in_.bytes();
  TRY(in_.close());
  uint64_t page = uint64_t{1} << type.page_size_log2;
  uint64_t pages = (bytes.size() + page - 1) / page;
  type.limits = {pages, pages};
  data.bytes = keep({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  add_memory(type);
  module_.datas.push_back(data);
  return {};
}

Result<void> Parser::global() {
  auto index = static_cast<uint32_t>(module_.globals.size());
  TRY(id_and_name(result_.names.globals, index));
  TRY(inline_exports(ExternKind::global, index));
  ExternType type;
  type.kind = ExternKind::global;
  if (auto import = TRY(inline_import())) {
    type.global = TRY(global_type());
    return add_import(std::move(import->module), std::move(import->name), type);
  }
  syntax::Global global;
  global.at = at_;
  global.type = TRY(global_type());
  global.init = TRY(expr());
  module_.globals.push_back(global);
  return {};
}

Result<void> Parser::tag() {
  auto index = static_cast<uint32_t>(module_.tags.size());
  TRY(id_and_name(result_.names.tags, index));
  TRY(inline_exports(ExternKind::tag, index));
  ExternType type;
  type.kind = ExternKind::tag;
  auto import = TRY(inline_import());
  type.type = TypeIdx{TRY(type_use(true))};
  if (import) return add_import(std::move(import->module), std::move(import->name), type);
  add_tag(type.type);
  return {};
}

Result<void> Parser::export_field() {
  syntax::Export result;
  result.at = at_;
  result.name = TRY(in_.name());
  auto space = in_.at(Tok::lparen) ? extern_space(in_.peek(1).word) : std::nullopt;
  if (!space) {
    if (in_.at(Tok::lparen)) in_.skip();
    return in_.unexpected("`func`, `table`, `memory`, `global` or `tag`");
  }
  in_.skip(2);
  result.kind = kind_of(*space);
  result.index = TRY(index(*space));
  module_.exports.push_back(std::move(result));
  return in_.close();
}

Result<void> Parser::start() {
  const Token& at = in_.peek();
  FuncIdx func{TRY(index(Space::func))};
  if (module_.start) return in_.fail(ErrorCode::multiple_start, at);
  module_.start = func;
  module_.start_at = at_;
  return {};
}

// (offset instr*) or one folded instruction.
Result<syntax::Expr> Parser::offset() {
  if (!in_.take_open(Word::offset)) return folded_expr();
  syntax::Expr result = TRY(expr());
  TRY(in_.close());
  return result;
}

Result<void> Parser::elem() {
  syntax::Elem elem;
  elem.at = at_;
  TRY(id_and_name(result_.names.elems, static_cast<uint32_t>(module_.elems.size())));
  bool bare_funcs = false;
  if (in_.take(Word::declare)) {
    elem.mode = syntax::SegmentMode::declarative;
  } else if (in_.take_open(Word::table)) {
    elem.mode = syntax::SegmentMode::active;
    elem.table = TableIdx{TRY(index(Space::table))};
    TRY(in_.close());
    if (!in_.at(Tok::lparen)) return in_.unexpected("an offset");
    elem.offset = TRY(offset());
  } else if (in_.at_index() || (in_.at(Tok::lparen) && !at_ref_type())) {
    elem.mode = syntax::SegmentMode::active;
    if (in_.at_index()) elem.table = TableIdx{TRY(index(Space::table))};  // as it was written before 2.0
    if (!in_.at(Tok::lparen)) return in_.unexpected("an offset");
    elem.offset = TRY(offset());
    bare_funcs = true;
  }
  TRY(elem_list(elem, bare_funcs));
  module_.elems.push_back(std::move(elem));
  return {};
}

Result<void> Parser::elem_list(syntax::Elem& elem, bool bare_funcs) {
  elem.type = ValType::ref(HeapKind::func, false);
  if (in_.take(Word::func) || (bare_funcs && (in_.at_index() || in_.at(Tok::rparen)))) return func_list(elem);
  if (!at_ref_type()) return in_.unexpected("`func` or a reference type");
  elem.type = TRY(ref_type());
  elem.by_expr = true;
  return expr_list(elem);
}

// Function indices; as expressions where the binary format has no shorter way to say that type.
Result<void> Parser::func_list(syntax::Elem& elem) {
  elem.by_expr = !elem.type.heap().is(HeapKind::func);
  if (!elem.by_expr) elem.type = ValType::ref(HeapKind::func, false);
  while (in_.at_index()) {
    uint32_t func = TRY(index(Space::func));
    if (!elem.by_expr) {
      elem.funcs.push_back(FuncIdx{func});
      continue;
    }
    begin_expr();
    emit(Op::ref_func);
    out_.u32(func);
    elem.exprs.push_back(TRY(end_expr()));
  }
  return {};
}

Result<void> Parser::expr_list(syntax::Elem& elem) {
  while (in_.at(Tok::lparen)) {
    if (in_.take_open(Word::item)) {
      elem.exprs.push_back(TRY(expr()));
      TRY(in_.close());
    } else {
      elem.exprs.push_back(TRY(folded_expr()));
    }
  }
  return {};
}

Result<void> Parser::data() {
  syntax::Data data;
  data.at = at_;
  TRY(id_and_name(result_.names.datas, static_cast<uint32_t>(module_.datas.size())));
  if (in_.take_open(Word::memory)) {
    data.memory = MemIdx{TRY(index(Space::memory))};
    TRY(in_.close());
    if (!in_.at(Tok::lparen)) return in_.unexpected("an offset");
  } else if (in_.at_index()) {
    data.memory = MemIdx{TRY(index(Space::memory))};  // as it was written before 2.0
    if (!in_.at(Tok::lparen)) return in_.unexpected("an offset");
  }
  if (in_.at(Tok::lparen)) {
    data.mode = syntax::SegmentMode::active;
    data.offset = TRY(offset());
  }
  std::string bytes = in_.bytes();
  data.bytes = keep({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  module_.datas.push_back(data);
  return {};
}

// --- the interface -------------------------------------------------------------------------------------------

uint32_t ParsedModule::text_offset(uint32_t offset) const {
  if (offset & kInText) return offset & ~kInText;
  auto after = std::upper_bound(points.begin(), points.end(), offset,
                                [](uint32_t wanted, const SourcePoint& p) { return wanted < p.code_offset; });
  return after == points.begin() ? 0 : std::prev(after)->text_offset;
}

Result<ParsedModule> parse_module(std::string_view source, const Features& features, ErrorSink* sink) {
  if (source.size() > limits::kModuleBytes) {
    if (sink) sink->set("a text of more than 1 GiB");
    return ErrorCode::limit_exceeded;
  }
  Tokens tokens = tokenize(source);
  return Parser(tokens, features, sink).run();
}

}  // namespace heddle::text
