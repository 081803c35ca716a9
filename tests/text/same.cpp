// Field by field, in the order of the sections.
#include "text/same.h"

#include "syntax/immediates.h"

namespace heddle::test {
namespace {

using namespace syntax;

bool same(const BlockType& a, const BlockType& b) {
  return a.kind == b.kind && a.value == b.value && a.type == b.type;
}

bool same(const MemArg& a, const MemArg& b) {
  return a.align_log2 == b.align_log2 && a.memory == b.memory && a.offset == b.offset;
}

// The elements of a list are as long as their canonical encoding tells; compared through what reads them.
bool same_list(const OpInfo& row, Immediates& a, Immediates& b) {
  for (uint32_t i = 0; i < a.count; ++i) {
    switch (row.imm) {
      case Imm::labels:
        if (read_label(a.list).value() != read_label(b.list).value()) return false;
        break;
      case Imm::select_types:
        if (read_val_type(a.list).value() != read_val_type(b.list).value()) return false;
        break;
      case Imm::try_table: {
        CatchClause x = read_catch(a.list).value(), y = read_catch(b.list).value();
        if (x.kind != y.kind || x.tag != y.tag || x.label != y.label) return false;
        break;
      }
      case Imm::resume:
      case Imm::resume_throw: {
        Handler x = read_handler(a.list).value(), y = read_handler(b.list).value();
        if (x.switches != y.switches || x.tag != y.tag || x.label != y.label) return false;
        break;
      }
      default: return true;  // array.new_fixed: a count without a list
    }
  }
  return true;
}

bool same(const OpInfo& row, Immediates& a, Immediates& b) {
  return a.index == b.index && a.index2 == b.index2 && same(a.block, b.block) && same(a.memarg, b.memarg) &&
         a.bits == b.bits && a.bytes == b.bytes && a.lane == b.lane && a.heap == b.heap && a.heap2 == b.heap2 &&
         a.nullable == b.nullable && a.nullable2 == b.nullable2 && a.count == b.count && same_list(row, a, b);
}

bool same(const Expr& a, const Expr& b) {
  Reader x(a.bytes), y(b.bytes);
  while (!x.at_end() && !y.at_end()) {
    auto op = read_op(x), other = read_op(y);
    if (!op.ok() || !other.ok() || op.value() != other.value()) return false;
    const OpInfo& row = info(op.value());
    auto i = read_immediates(x, row), k = read_immediates(y, row);
    if (!i.ok() || !k.ok() || !same(row, i.value(), k.value())) return false;
  }
  return x.at_end() && y.at_end();
}

bool same(const SubType& a, const SubType& b) {
  return a.kind == b.kind && a.final == b.final && a.super == b.super && a.describes == b.describes &&
         a.descriptor == b.descriptor && a.params == b.params && a.results == b.results && a.fields == b.fields &&
         a.cont == b.cont;
}

bool same(const RecGroup& a, const RecGroup& b) { return a.first == b.first && a.count == b.count; }

bool same(const TableType& a, const TableType& b) {
  return a.elem == b.elem && a.limits == b.limits && a.addr64 == b.addr64;
}

bool same(const MemType& a, const MemType& b) {
  return a.limits == b.limits && a.addr64 == b.addr64 && a.shared == b.shared && a.page_size_log2 == b.page_size_log2;
}

bool same(const GlobalType& a, const GlobalType& b) { return a.type == b.type && a.mut == b.mut; }

bool same(const Import& a, const Import& b) {
  return a.module == b.module && a.name == b.name && a.type.kind == b.type.kind && a.type.exact == b.type.exact &&
         a.type.type == b.type.type && same(a.type.table, b.type.table) && same(a.type.memory, b.type.memory) &&
         same(a.type.global, b.type.global);
}

bool same(const Table& a, const Table& b) {
  if (!same(a.type, b.type) || a.init.has_value() != b.init.has_value()) return false;
  return !a.init || same(*a.init, *b.init);
}

bool same(const Global& a, const Global& b) { return same(a.type, b.type) && same(a.init, b.init); }

bool same(const Export& a, const Export& b) { return a.name == b.name && a.kind == b.kind && a.index == b.index; }

bool same(const Elem& a, const Elem& b) {
  if (a.mode != b.mode || a.table != b.table || a.type != b.type || a.by_expr != b.by_expr || a.funcs != b.funcs ||
      a.exprs.size() != b.exprs.size() || !same(a.offset, b.offset)) {
    return false;
  }
  for (size_t i = 0; i < a.exprs.size(); ++i) {
    if (!same(a.exprs[i], b.exprs[i])) return false;
  }
  return true;
}

bool same(Bytes a, Bytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

bool same(const Data& a, const Data& b) {
  return a.mode == b.mode && a.memory == b.memory && same(a.offset, b.offset) && same(a.bytes, b.bytes);
}

bool same(TypeIdx a, TypeIdx b) { return a == b; }

std::vector<LocalRun> merged_locals(const Module& module, const Code& code) {
  std::vector<LocalRun> runs;
  for (uint32_t i = 0; i < code.run_count; ++i) {
    const LocalRun& run = module.local_runs[code.first_run + i];
    if (run.count == 0) continue;
    if (!runs.empty() && runs.back().type == run.type) {
      runs.back().count += run.count;
    } else {
      runs.push_back(run);
    }
  }
  return runs;
}

bool same_code(const Module& a, const Module& b, size_t i) {
  std::vector<LocalRun> x = merged_locals(a, a.code[i]), y = merged_locals(b, b.code[i]);
  if (x.size() != y.size()) return false;
  for (size_t k = 0; k < x.size(); ++k) {
    if (x[k].count != y[k].count || x[k].type != y[k].type) return false;
  }
  return same(a.code[i].body, b.code[i].body);
}

template <class T>
bool differ(const char* what, const std::vector<T>& a, const std::vector<T>& b, std::string& where) {
  if (!where.empty()) return true;
  if (a.size() != b.size()) {
    where = std::string(what) + " count";
    return true;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (same(a[i], b[i])) continue;
    where = std::string(what) + " " + std::to_string(i);
    return true;
  }
  return false;
}

}  // namespace

std::string difference(const Module& a, const Module& b) {
  std::string where;
  differ("type", a.types, b.types, where);
  differ("rec group", a.rec_groups, b.rec_groups, where);
  differ("import", a.imports, b.imports, where);
  differ("function", a.funcs, b.funcs, where);
  differ("table", a.tables, b.tables, where);
  differ("memory", a.memories, b.memories, where);
  differ("tag", a.tags, b.tags, where);
  differ("global", a.globals, b.globals, where);
  differ("export", a.exports, b.exports, where);
  differ("elem", a.elems, b.elems, where);
  differ("data", a.datas, b.datas, where);
  if (!where.empty()) return where;
  if (a.start != b.start) return "start";
  if (a.code.size() != b.code.size()) return "body count";
  for (size_t i = 0; i < a.code.size(); ++i) {
    if (!same_code(a, b, i)) return "body " + std::to_string(i);
  }
  return {};
}

}  // namespace heddle::test
