// One function a section, each the mirror of decode.cpp's of the same name.
#include "binary/encode.h"

#include "binary/writer.h"

namespace heddle::binary {
namespace {

using namespace syntax;

// Sections in the order they are written.
constexpr SectionId kOrder[] = {
    SectionId::type,       SectionId::import, SectionId::function, SectionId::table, SectionId::memory,
    SectionId::tag,        SectionId::global, SectionId::export_,  SectionId::start, SectionId::elem,
    SectionId::data_count, SectionId::code,   SectionId::data,
};

class Encoder {
 public:
  Encoder(const Module& module, std::vector<uint8_t>& out) : m_(module), out_(out) {}

  void run();

 private:
  void section(SectionId id);
  void customs(SectionId after);
  void types();
  void imports();
  void functions();
  void tables();
  void memories();
  void tags();
  void globals();
  void exports();
  void elems();
  void elem(const Elem& elem);
  void code();
  void datas();
  void data(const Data& data);
  void expr(const Expr& expr) { out_.bytes(expr.bytes); }

  // A section of `count` items, unless there are none.
  template <class F>
  void items(SectionId id, size_t count, F&& each) {
    if (count == 0) return;
    out_.section(id, [&] {
      out_.u64(count);
      each();
    });
  }

  const Module& m_;
  Writer out_;
};

void Encoder::run() {
  constexpr uint8_t kHeader[] = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
  out_.bytes(kHeader);
  customs(SectionId::custom);
  for (SectionId id : kOrder) {
    section(id);
    customs(id);
  }
}

void Encoder::section(SectionId id) {
  switch (id) {
    case SectionId::custom: return;
    case SectionId::type: return types();
    case SectionId::import: return imports();
    case SectionId::function: return functions();
    case SectionId::table: return tables();
    case SectionId::memory: return memories();
    case SectionId::tag: return tags();
    case SectionId::global: return globals();
    case SectionId::export_: return exports();
    case SectionId::start:
      if (m_.start) out_.section(id, [&] { out_.u32(m_.start->raw); });
      return;
    case SectionId::elem: return elems();
    case SectionId::data_count:
      if (m_.has_data_count) out_.section(id, [&] { out_.u64(m_.datas.size()); });
      return;
    case SectionId::code: return code();
    case SectionId::data: return datas();
  }
}

void Encoder::customs(SectionId after) {
  for (const Custom& custom : m_.customs) {
    if (custom.after != after) continue;
    out_.section(SectionId::custom, [&] {
      out_.name(custom.name);
      out_.bytes(custom.bytes);
    });
  }
}

void Encoder::types() {
  items(SectionId::type, m_.rec_groups.size(), [&] {
    for (const RecGroup& group : m_.rec_groups) {
      if (group.count != 1) {
        out_.byte(0x4e);
        out_.u32(group.count);
      }
      for (uint32_t i = 0; i < group.count; ++i) out_.sub_type(m_.types[group.first + i]);
    }
  });
}

void Encoder::imports() {
  items(SectionId::import, m_.imports.size(), [&] {
    for (const Import& import : m_.imports) {
      out_.name(import.module);
      out_.name(import.name);
      out_.extern_type(import.type);
    }
  });
}

void Encoder::functions() {
  items(SectionId::function, m_.funcs.size() - m_.imported_funcs, [&] {
    for (size_t i = m_.imported_funcs; i < m_.funcs.size(); ++i) out_.u32(m_.funcs[i].raw);
  });
}

void Encoder::tables() {
  items(SectionId::table, m_.tables.size() - m_.imported_tables, [&] {
    for (size_t i = m_.imported_tables; i < m_.tables.size(); ++i) {
      const Table& table = m_.tables[i];
      if (table.init) {
        out_.byte(0x40);
        out_.byte(0x00);
      }
      out_.table_type(table.type);
      if (table.init) expr(*table.init);
    }
  });
}

void Encoder::memories() {
  items(SectionId::memory, m_.memories.size() - m_.imported_memories, [&] {
    for (size_t i = m_.imported_memories; i < m_.memories.size(); ++i) out_.mem_type(m_.memories[i]);
  });
}

void Encoder::tags() {
  items(SectionId::tag, m_.tags.size() - m_.imported_tags, [&] {
    for (size_t i = m_.imported_tags; i < m_.tags.size(); ++i) {
      out_.byte(0);
      out_.u32(m_.tags[i].raw);
    }
  });
}

void Encoder::globals() {
  items(SectionId::global, m_.globals.size() - m_.imported_globals, [&] {
    for (size_t i = m_.imported_globals; i < m_.globals.size(); ++i) {
      out_.global_type(m_.globals[i].type);
      expr(m_.globals[i].init);
    }
  });
}

void Encoder::exports() {
  items(SectionId::export_, m_.exports.size(), [&] {
    for (const Export& item : m_.exports) {
      out_.name(item.name);
      out_.byte(static_cast<uint8_t>(item.kind));
      out_.u32(item.index);
    }
  });
}

// Flags as decode.cpp reads them. Table 0 with the type that an active segment has by default needs no table index.
void Encoder::elem(const Elem& elem) {
  bool active = elem.mode == SegmentMode::active;
  bool short_form = active && elem.table.raw == 0 && (!elem.by_expr || elem.type == kFuncRef);
  uint8_t flags = elem.by_expr ? 4 : 0;
  if (!active) flags |= 1;
  if (elem.mode == SegmentMode::declarative || (active && !short_form)) flags |= 2;
  out_.byte(flags);
  if (active) {
    if (!short_form) out_.u32(elem.table.raw);
    expr(elem.offset);
  }
  if (!short_form) {
    if (elem.by_expr) {
      out_.val_type(elem.type);
    } else {
      out_.byte(0);
    }
  }
  out_.u32(elem.size());
  for (FuncIdx func : elem.funcs) out_.u32(func.raw);
  for (const Expr& item : elem.exprs) expr(item);
}

void Encoder::elems() {
  items(SectionId::elem, m_.elems.size(), [&] {
    for (const Elem& item : m_.elems) elem(item);
  });
}

void Encoder::code() {
  items(SectionId::code, m_.code.size(), [&] {
    for (const Code& code : m_.code) {
      out_.sized([&] {
        out_.u32(code.run_count);
        for (uint32_t i = 0; i < code.run_count; ++i) {
          const LocalRun& run = m_.local_runs[code.first_run + i];
          out_.u32(run.count);
          out_.val_type(run.type);
        }
        expr(code.body);
      });
    }
  });
}

void Encoder::data(const Data& data) {
  bool active = data.mode == SegmentMode::active;
  out_.byte(!active ? 1 : data.memory.raw != 0 ? 2 : 0);
  if (active) {
    if (data.memory.raw != 0) out_.u32(data.memory.raw);
    expr(data.offset);
  }
  out_.u64(data.bytes.size());
  out_.bytes(data.bytes);
}

void Encoder::datas() {
  items(SectionId::data, m_.datas.size(), [&] {
    for (const Data& item : m_.datas) data(item);
  });
}

}  // namespace

std::vector<uint8_t> encode(const Module& module) {
  std::vector<uint8_t> out;
  Encoder(module, out).run();
  return out;
}

}  // namespace heddle::binary
