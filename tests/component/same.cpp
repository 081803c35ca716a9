// Both are written down, a line for each part, and the lines are compared.
#include "component/same.h"

#include <span>
#include <string_view>
#include <vector>

namespace heddle::test {
namespace {

using namespace component;

class Listing {
 public:
  explicit Listing(const Component& c) { whole(c); }

  // Each with the path of what it belongs to.
  std::vector<std::string> lines;

 private:
  // Something at this place of a list, and what belongs to it.
  template <class T, class F>
  void each(std::string_view what, const T& items, F&& show) {
    for (size_t i = 0; i < items.size(); ++i) {
      const size_t outer = path_.size();
      path_ += (path_.empty() ? "" : ".") + std::string(what) + "[" + std::to_string(i) + "]";
      show(items[i]);
      path_.resize(outer);
    }
  }
  template <class... Words>
  void line(const Words&... words) {
    std::string text = path_ + ":";
    ((text += " ", text += shown(words)), ...);
    lines.push_back(std::move(text));
  }

  static std::string shown(const char* text) { return text; }
  static std::string shown(const std::string& text) { return text; }
  static std::string shown(std::string_view name) { return '"' + std::string(name) + '"'; }
  static std::string shown(bool flag) { return flag ? "true" : "false"; }
  static std::string shown(uint64_t n) { return std::to_string(n); }
  static std::string shown(uint32_t n) { return std::to_string(n); }
  template <class E>
    requires std::is_enum_v<E>
  static std::string shown(E e) {
    return std::to_string(static_cast<int>(e));
  }
  template <class T>
  static std::string shown(const std::optional<T>& item) {
    return item ? shown(*item) : "none";
  }
  template <class Tag>
  static std::string shown(OptionalIndex<Index<Tag>> index) {
    return index ? shown(index->raw) : "none";
  }
  static std::string shown(component::ValType type) {
    if (!type.present()) return "none";
    return type.is_primitive() ? std::string(info(type.primitive()).text) : "type " + std::to_string(type.index());
  }
  static std::string shown(heddle::ValType type) { return "core " + std::to_string(type.bits()); }
  static std::string shown(const FieldType& field) { return shown(field.type) + (field.mut ? " mut" : ""); }
  static std::string shown(const Field& field) { return shown(field.label) + " " + shown(field.type); }
  static std::string shown(SortIndex what) { return "sort " + shown(what.sort) + " " + shown(what.index); }
  static std::string shown(const Limits& limits) { return shown(limits.min) + " to " + shown(limits.max); }
  static std::string shown(const component::ExternType& type) {
    return "sort " + shown(type.sort) + " bound " + shown(type.bound) + " " + shown(type.index) + " " +
           shown(type.type);
  }
  static std::string shown(const ExternName& name) {
    std::string text = shown(name.text);
    for (const Attribute& a : name.attributes) text += " attribute " + shown(a.kind) + " " + shown(a.text);
    return text;
  }
  static std::string shown(const heddle::ExternType& type);
  static std::string shown(const SubType& type);
  static std::string shown(syntax::Bytes bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text = "bytes ";
    for (uint8_t b : bytes) text.append({kDigits[b >> 4], kDigits[b & 15]});
    return text;
  }
  template <class T>
  static std::string all(const T& items) {
    std::string text = "(";
    for (const auto& item : items) text += shown(item) + ", ";
    return text + ")";
  }

  void order(const std::vector<Run>& runs) {
    each("order", runs, [&](const Run& run) { line(run.kind, run.first, run.count); });
  }
  void alias(const Alias& a) { line(a.target, a.sort, a.scope, a.index, a.name); }
  void core_type(const CoreType& type);
  void def_type(const DefType& type);
  void canon(const Canon& c);
  void instances(const Component& c);
  void whole(const Component& c);

  std::string path_;
};

std::string Listing::shown(const heddle::ExternType& type) {
  std::string text = "core extern " + shown(type.kind) + (type.exact ? " exact " : " ");
  switch (type.kind) {
    case ExternKind::func:
    case ExternKind::tag: return text + shown(type.type.raw);
    case ExternKind::table:
      return text + shown(type.table.elem) + " " + shown(type.table.limits) + " " + shown(type.table.addr64);
    case ExternKind::memory:
      return text + shown(type.memory.limits) + " " + shown(type.memory.addr64) + " " + shown(type.memory.shared) +
             " " + std::to_string(type.memory.page_size_log2);
    case ExternKind::global: return text + shown(type.global.type) + " " + shown(type.global.mut);
  }
  return text;
}

std::string Listing::shown(const SubType& type) {
  return "sub " + shown(type.kind) + " " + shown(type.final) + " " + shown(type.super) + " " + shown(type.describes) +
         " " + shown(type.descriptor) + " " + shown(type.cont.raw) + " " + all(type.params) + all(type.results) +
         all(type.fields);
}

void Listing::core_type(const CoreType& type) {
  line("rec", type.is_rec, all(type.types), "module", type.module != nullptr);
  if (!type.module) return;
  order(type.module->order);
  each("import", type.module->imports, [&](const CoreImport& i) { line(i.module, i.name, i.type); });
  each("type", type.module->types, [&](const CoreType& t) { core_type(t); });
  each("alias", type.module->aliases, [&](const Alias& a) { alias(a); });
  each("export", type.module->exports, [&](const CoreExport& e) { line(e.name, e.type); });
}

void Listing::def_type(const DefType& type) {
  line(type.kind, type.rep, type.first, type.second, type.number, all(type.fields), type.declarations != nullptr);
  if (!type.declarations) return;
  order(type.declarations->order);
  each("core type", type.declarations->core_types, [&](const CoreType& t) { core_type(t); });
  each("type", type.declarations->types, [&](const DefType& t) { def_type(t); });
  each("alias", type.declarations->aliases, [&](const Alias& a) { alias(a); });
  each("import", type.declarations->imports, [&](const component::Import& i) { line(i.name, i.type); });
  each("export", type.declarations->exports, [&](const component::Import& e) { line(e.name, e.type); });
}

void Listing::canon(const Canon& c) {
  line(std::string(info(c.op).text), c.async, c.cancellable, c.shared, c.func, c.type, c.core_type, c.core_table,
       c.core_memory, c.slot, c.slot_type, c.result);
  each("option", c.options, [&](const CanonOption& o) { line(o.kind, o.index); });
}

void Listing::instances(const Component& c) {
  each("core instance", c.core_instances, [&](const CoreInstance& i) {
    line(i.module);
    each("arg", i.args, [&](const CoreInstance::Arg& a) { line(a.name, a.instance); });
    each("export", i.exports, [&](const CoreInstance::Export& e) { line(e.name, e.what); });
  });
  each("instance", c.instances, [&](const Instance& i) {
    line(i.component);
    each("arg", i.args, [&](const Instance::Arg& a) { line(a.name, a.what); });
    each("export", i.exports, [&](const Instance::Export& e) { line(e.name, e.what); });
  });
}

void Listing::whole(const Component& c) {
  order(c.order);
  each("custom", c.customs, [&](const component::Custom& s) { line(s.name, s.bytes); });
  each("core module", c.core_modules, [&](const CoreModule& m) { line(m.bytes); });
  instances(c);
  each("core type", c.core_types, [&](const CoreType& t) { core_type(t); });
  each("component", c.components, [&](const Component& nested) { whole(nested); });
  each("alias", c.aliases, [&](const Alias& a) { alias(a); });
  each("type", c.types, [&](const DefType& t) { def_type(t); });
  each("canon", c.canons, [&](const Canon& definition) { canon(definition); });
  each("start", c.starts, [&](const Start& s) { line(s.func, all(s.args), s.results); });
  each("import", c.imports, [&](const component::Import& i) { line(i.name, i.type); });
  each("export", c.exports, [&](const component::Export& e) { line(e.name, e.what, e.type); });
  each("value", c.values, [&](const Value& v) { line(v.type, v.bytes); });
}

}  // namespace

std::string difference(const Component& a, const Component& b) {
  const std::vector<std::string> first = Listing(a).lines, second = Listing(b).lines;
  for (size_t i = 0; i < first.size() && i < second.size(); ++i) {
    if (first[i] != second[i]) return first[i] + "\n  and " + second[i];
  }
  if (first.size() == second.size()) return "";
  return "only one has " + (first.size() > second.size() ? first[second.size()] : second[first.size()]);
}

}  // namespace heddle::test
