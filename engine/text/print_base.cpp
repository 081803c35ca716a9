// References, bindings and types.
#include "text/print_base.h"

#include <algorithm>

namespace heddle::text {
namespace {

using namespace syntax;

std::string_view heap_name(HeapKind kind) {
  constexpr std::string_view kNames[] = {
      "any",    "eq",     "i31",      "struct", "array", "none", "func",
      "nofunc", "extern", "noextern", "exn",    "noexn", "cont", "nocont",
  };
  return kNames[static_cast<size_t>(kind)];
}

// The short name of a nullable reference to an abstract heap type.
std::string_view short_ref_name(HeapKind kind) {
  constexpr std::string_view kNames[] = {
      "anyref",      "eqref",     "i31ref",        "structref", "arrayref",   "nullref", "funcref",
      "nullfuncref", "externref", "nullexternref", "exnref",    "nullexnref", "contref", "nullcontref",
  };
  return kNames[static_cast<size_t>(kind)];
}

std::string_view num_name(ValKind kind) {
  constexpr std::string_view kNames[] = {"bot", "i32", "i64", "f32", "f64", "v128", "i8", "i16", "ref"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace

Output::Output(const Module& module, const Names* names, const PrintOptions& options)
    : m_(module), names_(names), options_(options) {
  if (!names) return;
  auto fill = [&](IndexSpace space, const NameMap& map, size_t count) {
    ids_[static_cast<size_t>(space)] = IdMap(map, count);
  };
  fill(IndexSpace::func, names->funcs, m_.funcs.size());
  fill(IndexSpace::type, names->types, m_.types.size());
  fill(IndexSpace::table, names->tables, m_.tables.size());
  fill(IndexSpace::memory, names->memories, m_.memories.size());
  fill(IndexSpace::global, names->globals, m_.globals.size());
  fill(IndexSpace::tag, names->tags, m_.tags.size());
  fill(IndexSpace::elem, names->elems, m_.elems.size());
  fill(IndexSpace::data, names->datas, m_.datas.size());
  for (const auto& [type, map] : names->fields) {
    if (type < m_.types.size()) fields_.emplace(type, IdMap(map, m_.types[type].fields.size()));
  }
}

// --- references and bindings

void Output::ref(const IdMap* map, uint32_t index) {
  text_ += ' ';
  const IdMap::Id* id = map ? map->find(index) : nullptr;
  if (id && !id->text.empty()) {
    text_ += id->text;
  } else {
    number(index);
  }
}

void Output::ref(IndexSpace space, uint32_t index) { ref(&ids_[static_cast<size_t>(space)], index); }

void Output::field_ref(uint32_t type, uint32_t field) {
  auto at = fields_.find(type);
  ref(at == fields_.end() ? nullptr : &at->second, field);
}

void Output::bind_id(const IdMap* map, uint32_t index, bool annotate) {
  const IdMap::Id* id = map ? map->find(index) : nullptr;
  if (!id) return;
  if (!id->text.empty()) put(" ").append(id->text);
  if (annotate && !id->exact) {
    put(" (@name ");
    append_name(text_, id->name);
    text_ += ')';
  }
}

void Output::bind(IndexSpace space, uint32_t index, bool annotate) {
  bind_id(&ids_[static_cast<size_t>(space)], index, annotate);
  index_comment(index);
}

void Output::index_comment(uint32_t index) {
  if (!options_.comments) return;
  put(" (;");
  number(index);
  put(";)");
}

// --- types

void Output::heap_type(HeapType type) {
  if (type.abstract()) {
    put(" ").append(heap_name(type.kind()));
  } else if (type.exact()) {
    put(" (exact");
    ref(IndexSpace::type, type.index());
    text_ += ')';
  } else {
    ref(IndexSpace::type, type.index());
  }
}

void Output::val_type(ValType type) {
  text_ += ' ';
  if (!type.is_ref()) {
    text_ += num_name(type.kind());
    return;
  }
  if (type.nullable() && type.heap().abstract()) {
    text_ += short_ref_name(type.heap().kind());
    return;
  }
  put(type.nullable() ? "(ref null" : "(ref");
  heap_type(type.heap());
  text_ += ')';
}

void Output::limits(const Limits& limits, bool addr64) {
  if (addr64) put(" i64");
  text_ += ' ';
  number(limits.min);
  if (!limits.max) return;
  text_ += ' ';
  number(*limits.max);
}

void Output::table_type(const TableType& type) {
  limits(type.limits, type.addr64);
  val_type(type.elem);
}

void Output::mem_type(const MemType& type) {
  limits(type.limits, type.addr64);
  if (type.shared) put(" shared");
  if (type.page_size_log2 == 16) return;
  put(" (pagesize ");
  number(uint64_t{1} << type.page_size_log2);
  text_ += ')';
}

void Output::global_type(const GlobalType& type) {
  if (!type.mut) return val_type(type.type);
  put(" (mut");
  val_type(type.type);
  text_ += ')';
}

void Output::field_type(const FieldType& type) { global_type(GlobalType{type.type, type.mut}); }

void Output::typed_list(std::string_view keyword, std::span<const ValType> types) {
  if (types.empty()) return;
  put(" (");
  put(keyword);
  for (ValType type : types) val_type(type);
  text_ += ')';
}

void Output::signature(const SubType& type, const IdMap* params) {
  BindingList list(*this, "param", params);
  for (uint32_t i = 0; i < type.params.size(); ++i) list.add(i, type.params[i]);
  list.close();
  typed_list("result", type.results);
}

void Output::type_use(uint32_t type, size_t most, const IdMap* params) {
  put(" (type");
  ref(IndexSpace::type, type);
  text_ += ')';
  if (type >= m_.types.size() || m_.types[type].kind != CompKind::func) return;
  const SubType& func = m_.types[type];
  if (func.params.size() + func.results.size() <= most) signature(func, params);
}

void Output::comp_type(const SubType& type, uint32_t index) {
  switch (type.kind) {
    case CompKind::func:
      put(" (func");
      signature(type, nullptr);
      break;
    case CompKind::struct_: {
      put(" (struct");
      auto ids = fields_.find(index);
      for (uint32_t i = 0; i < type.fields.size(); ++i) {
        put(" (field");
        if (ids != fields_.end()) bind_id(&ids->second, i, true);
        field_type(type.fields[i]);
        text_ += ')';
      }
      break;
    }
    case CompKind::array:
      put(" (array");
      field_type(type.fields.front());
      break;
    case CompKind::cont:
      put(" (cont");
      ref(IndexSpace::type, type.cont.raw);
      break;
  }
  text_ += ')';
}

void Output::sub_type(uint32_t index) {
  put("(type");
  bind(IndexSpace::type, index, true);
  sub_type_body(index);
  text_ += ')';
}

void Output::sub_type_body(uint32_t index) {
  const SubType& type = m_.types[index];
  bool sub = !type.final || type.super;
  if (sub) put(type.final ? " (sub final" : " (sub");
  if (type.super) ref(IndexSpace::type, type.super->raw);
  auto clause = [&](std::string_view keyword, OptionalIndex<TypeIdx> other) {
    if (!other) return;
    put(keyword);
    ref(IndexSpace::type, other->raw);
    text_ += ')';
  };
  clause(" (describes", type.describes);
  clause(" (descriptor", type.descriptor);
  comp_type(type, index);
  if (sub) text_ += ')';
}

void Output::extern_type(const ExternType& type, std::optional<uint32_t> index, const IdMap* params) {
  auto open = [&](std::string_view word, IndexSpace space, bool annotate) {
    put(word);
    if (index) bind(space, *index, annotate);
  };
  switch (type.kind) {
    case ExternKind::func:
      open(" (func", IndexSpace::func, true);
      if (type.exact) put(" (exact");
      type_use(type.type.raw, SIZE_MAX, params);
      if (type.exact) put(")");
      break;
    case ExternKind::table:
      open(" (table", IndexSpace::table, false);
      table_type(type.table);
      break;
    case ExternKind::memory:
      open(" (memory", IndexSpace::memory, false);
      mem_type(type.memory);
      break;
    case ExternKind::global:
      open(" (global", IndexSpace::global, false);
      global_type(type.global);
      break;
    case ExternKind::tag:
      open(" (tag", IndexSpace::tag, true);
      type_use(type.type.raw, SIZE_MAX);
      break;
  }
  text_ += ')';
}

// --- lists of bindings

void BindingList::add(uint32_t index, ValType type) {
  bool named = ids_ && ids_->find(index);
  if (named) close();
  if (!open_) {
    out_.put(" (");
    out_.put(keyword_);
    open_ = true;
  }
  if (named) out_.bind_id(ids_, index, true);
  out_.val_type(type);
  if (named) close();
}

void BindingList::close() {
  if (open_) out_.put(")");
  open_ = false;
}

}  // namespace heddle::text
