// The fields of a module, in the order of the binary sections; custom sections come last and say where they belong.
#include "text/print.h"

#include "binary/names.h"
#include "text/print_base.h"
#include "text/print_expr.h"

namespace heddle::text {
namespace {

using namespace syntax;

constexpr size_t kFieldDepth = 1, kBodyDepth = 2;
constexpr size_t kWholeSignature = SIZE_MAX;

std::string_view section_word(SectionId id) {
  constexpr std::string_view kWords[] = {
      "",       "type",  "import", "func", "table", "memory",    "global",
      "export", "start", "elem",   "code", "data",  "datacount", "tag",
  };
  return kWords[static_cast<size_t>(id)];
}

class Printer {
 public:
  Printer(const Module& module, const Names* names, const PrintOptions& options)
      : m_(module), out_(module, names, options) {}

  std::string run();

 private:
  void types();
  void imports();
  void import(const Import& import, uint32_t index);
  void tables();
  void memories();
  void tags();
  void globals();
  void exports();
  void elems();
  void elem_items(const Elem& elem);
  void funcs();
  void func(uint32_t index, const Code* code);
  void locals(uint32_t index, const Code& code, const IdMap& ids);
  void datas();
  void customs();
  void custom(const Custom& custom);
  void folded(const Expr& expr, std::string_view keyword) { ExprPrinter(out_).folded(expr, keyword); }

  IdMap local_ids(uint32_t func, uint64_t count) const {
    if (!out_.names()) return {};
    auto at = out_.names()->locals.find(func);
    return at == out_.names()->locals.end() ? IdMap() : IdMap(at->second, count);
  }
  uint64_t param_count(uint32_t func) const {
    uint32_t type = m_.funcs[func].raw;
    return type < m_.types.size() ? m_.types[type].params.size() : 0;
  }

  const Module& m_;
  Output out_;
  BranchHints hints_;
  bool hints_readable_ = false;
};

std::string Printer::run() {
  if (auto hints = binary::decode_branch_hints_strict(m_, nullptr); hints.ok()) {
    hints_ = std::move(hints).value();
    hints_readable_ = true;
  }
  out_.put("(module");
  if (out_.names() && !out_.names()->module.empty()) {
    IdMap name({{0, out_.names()->module}}, 1);
    out_.bind_id(&name, 0, true);
  }
  size_t empty = out_.text().size();
  types();
  imports();
  tables();
  memories();
  tags();
  globals();
  exports();
  if (m_.start) {
    out_.line(kFieldDepth);
    out_.put("(start");
    out_.ref(IndexSpace::func, m_.start->raw);
    out_.put(")");
  }
  elems();
  funcs();
  datas();
  customs();
  if (out_.text().size() != empty) out_.line(0);
  out_.put(")\n");
  return std::move(out_.text());
}

void Printer::types() {
  for (const RecGroup& group : m_.rec_groups) {
    size_t depth = kFieldDepth;
    bool rec = group.count != 1;
    if (rec) {
      out_.line(depth++);
      out_.put("(rec");
    }
    for (uint32_t i = 0; i < group.count; ++i) {
      out_.line(depth);
      out_.sub_type(group.first + i);
    }
    if (!rec) continue;
    if (group.count != 0) out_.line(kFieldDepth);
    out_.put(")");
  }
}

void Printer::import(const Import& import, uint32_t index) {
  out_.line(kFieldDepth);
  append_name(out_.put("(import "), import.module);
  append_name(out_.put(" "), import.name);
  const bool is_func = import.type.kind == ExternKind::func;
  const IdMap params = is_func ? local_ids(index, param_count(index)) : IdMap();
  out_.extern_type(import.type, index, &params);
  out_.put(")");
}

void Printer::imports() {
  std::array<uint32_t, 5> next{};  // the index of the next import of each kind
  for (const Import& item : m_.imports) import(item, next[static_cast<size_t>(item.type.kind)]++);
}

void Printer::tables() {
  for (uint32_t i = m_.imported_tables; i < m_.tables.size(); ++i) {
    out_.line(kFieldDepth);
    out_.put("(table");
    out_.bind(IndexSpace::table, i);
    out_.table_type(m_.tables[i].type);
    if (m_.tables[i].init) ExprPrinter(out_).flat(*m_.tables[i].init);
    out_.put(")");
  }
}

void Printer::memories() {
  for (uint32_t i = m_.imported_memories; i < m_.memories.size(); ++i) {
    out_.line(kFieldDepth);
    out_.put("(memory");
    out_.bind(IndexSpace::memory, i);
    out_.mem_type(m_.memories[i]);
    out_.put(")");
  }
}

void Printer::tags() {
  for (uint32_t i = m_.imported_tags; i < m_.tags.size(); ++i) {
    out_.line(kFieldDepth);
    out_.put("(tag");
    out_.bind(IndexSpace::tag, i, true);
    out_.type_use(m_.tags[i].raw, kWholeSignature);
    out_.put(")");
  }
}

void Printer::globals() {
  for (uint32_t i = m_.imported_globals; i < m_.globals.size(); ++i) {
    out_.line(kFieldDepth);
    out_.put("(global");
    out_.bind(IndexSpace::global, i);
    out_.global_type(m_.globals[i].type);
    ExprPrinter(out_).flat(m_.globals[i].init);
    out_.put(")");
  }
}

void Printer::exports() {
  constexpr std::string_view kWords[] = {" (func", " (table", " (memory", " (global", " (tag"};
  constexpr IndexSpace kSpaces[] = {IndexSpace::func, IndexSpace::table, IndexSpace::memory, IndexSpace::global,
                                    IndexSpace::tag};
  for (const Export& item : m_.exports) {
    out_.line(kFieldDepth);
    append_name(out_.put("(export "), item.name);
    out_.put(kWords[static_cast<size_t>(item.kind)]);
    out_.ref(kSpaces[static_cast<size_t>(item.kind)], item.index);
    out_.put("))");
  }
}

// --- segments

void Printer::elem_items(const Elem& elem) {
  if (!elem.by_expr) {
    out_.put(" func");
    for (FuncIdx item : elem.funcs) out_.ref(IndexSpace::func, item.raw);
    return;
  }
  out_.val_type(elem.type);
  for (const Expr& item : elem.exprs) folded(item, "item");
}

void Printer::elems() {
  for (uint32_t i = 0; i < m_.elems.size(); ++i) {
    const Elem& elem = m_.elems[i];
    out_.line(kFieldDepth);
    out_.put("(elem");
    out_.bind(IndexSpace::elem, i);
    if (elem.mode == SegmentMode::declarative) out_.put(" declare");
    if (elem.mode == SegmentMode::active) {
      if (elem.table.raw != 0) {
        out_.put(" (table");
        out_.ref(IndexSpace::table, elem.table.raw);
        out_.put(")");
      }
      folded(elem.offset, "offset");
    }
    elem_items(elem);
    out_.put(")");
  }
}

void Printer::datas() {
  for (uint32_t i = 0; i < m_.datas.size(); ++i) {
    const Data& data = m_.datas[i];
    out_.line(kFieldDepth);
    out_.put("(data");
    out_.bind(IndexSpace::data, i);
    if (data.mode == SegmentMode::active) {
      if (data.memory.raw != 0) {
        out_.put(" (memory");
        out_.ref(IndexSpace::memory, data.memory.raw);
        out_.put(")");
      }
      folded(data.offset, "offset");
    }
    append_string(out_.put(" "), {reinterpret_cast<const char*>(data.bytes.data()), data.bytes.size()});
    out_.put(")");
  }
}

// --- functions

void Printer::locals(uint32_t index, const Code& code, const IdMap& ids) {
  if (code.run_count == 0) return;
  size_t before = out_.text().size();
  out_.line(kBodyDepth);
  size_t start = out_.text().size();
  BindingList list(out_, "local", &ids);
  auto next = static_cast<uint32_t>(param_count(index));
  for (uint32_t i = 0; i < code.run_count; ++i) {
    const LocalRun& run = m_.local_runs[code.first_run + i];
    for (uint32_t k = 0; k < run.count; ++k) list.add(next++, run.type);
  }
  list.close();
  if (out_.text().size() == start) {
    out_.text().resize(before);  // only empty runs
  } else {
    out_.text().erase(start, 1);  // the space before the first
  }
}

void Printer::func(uint32_t index, const Code* code) {
  uint64_t count = param_count(index);
  if (code) {
    for (uint32_t i = 0; i < code->run_count; ++i) count += m_.local_runs[code->first_run + i].count;
  }
  IdMap ids = local_ids(index, count);
  const NameMap* labels = nullptr;
  if (out_.names()) {
    auto at = out_.names()->labels.find(index);
    if (at != out_.names()->labels.end()) labels = &at->second;
  }
  out_.line(kFieldDepth);
  out_.put("(func");
  out_.bind(IndexSpace::func, index, true);
  out_.type_use(m_.funcs[index].raw, kWholeSignature, &ids);
  if (code) {
    size_t head = out_.text().size();
    locals(index, *code, ids);
    ExprPrinter::Body body{.locals = &ids, .labels = labels, .hints = {}, .entry_offset = code->entry_offset};
    if (auto hints = hints_.find(index); hints != hints_.end()) body.hints = hints->second;
    ExprPrinter(out_, body).lines(code->body, kBodyDepth);
    if (out_.text().size() != head) out_.line(kFieldDepth);
  }
  out_.put(")");
}

void Printer::funcs() {
  for (uint32_t i = m_.imported_funcs; i < m_.funcs.size(); ++i) {
    uint32_t defined = i - m_.imported_funcs;
    func(i, defined < m_.code.size() ? &m_.code[defined] : nullptr);
  }
}

// --- custom sections

void Printer::custom(const Custom& custom) {
  out_.line(kFieldDepth);
  append_name(out_.put("(@custom "), custom.name);
  if (custom.after == SectionId::custom) {
    out_.put(" (before first)");
  } else {
    out_.put(" (after ").append(section_word(custom.after));
    out_.put(")");
  }
  append_string(out_.put(" "), {reinterpret_cast<const char*>(custom.bytes.data()), custom.bytes.size()});
  out_.put(")");
}

// Names and branch hints have been printed where they apply: the first section of the name, which is the one that
// counts.
void Printer::customs() {
  const Custom* names = out_.names() ? binary::find_custom(m_, binary::kNameSection) : nullptr;
  const Custom* hints = hints_readable_ ? binary::find_custom(m_, binary::kBranchHintSection) : nullptr;
  for (const Custom& item : m_.customs) {
    if (&item != names && &item != hints) custom(item);
  }
}

}  // namespace

std::string print(const Module& module, const Names* names, const PrintOptions& options) {
  return Printer(module, names, options).run();
}

std::string print_expr(const Module& module, const Expr& expr, const Names* names) {
  Output out(module, names, PrintOptions{.comments = false});
  ExprPrinter(out).lines(expr, 0);
  std::string& text = out.text();
  if (!text.empty() && text.front() == '\n') text.erase(0, 1);
  return std::move(text);
}

}  // namespace heddle::text
