// A function a production of the grammar. In interfaces what is used comes first, then types, then functions; in
// worlds imported interfaces, types, imported functions, exports.
#include "component/wit/print.h"

#include <charconv>

#include "component/wit/lexer.h"
#include "component/wit/source.h"

namespace heddle::component::wit {
namespace {

// `error-context` is no keyword, but a type where one may stand.
std::string spelled(std::string_view name) {
  return (is_keyword(name) || name == info(Primitive::error_context).text ? "%" : "") + std::string(name);
}

// In characters that any text may have.
std::string escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      out += c;
    } else {
      out += {'\\', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string_view word(TypeDef::Kind kind) {
  switch (kind) {
    case TypeDef::Kind::alias: return "type";
    case TypeDef::Kind::use: return "use";
    case TypeDef::Kind::record: return "record";
    case TypeDef::Kind::variant: return "variant";
    case TypeDef::Kind::enum_: return "enum";
    case TypeDef::Kind::flags: return "flags";
    case TypeDef::Kind::resource: return "resource";
    case TypeDef::Kind::tuple: return "tuple";
    case TypeDef::Kind::list:
    case TypeDef::Kind::fixed_list: return "list";
    case TypeDef::Kind::option: return "option";
    case TypeDef::Kind::result: return "result";
    case TypeDef::Kind::map: return "map";
    case TypeDef::Kind::future: return "future";
    case TypeDef::Kind::stream: return "stream";
    case TypeDef::Kind::own: return "own";
    case TypeDef::Kind::borrow: return "borrow";
  }
  return {};
}

class Printer {
 public:
  explicit Printer(const Wit& wit) : wit_(wit) {}

  Result<std::string> run(ErrorSink* sink) {
    root(wit_.packages[wit_.root]);
    for (uint32_t i = 0; i < wit_.packages.size(); ++i) {
      if (PackageIdx{i} != wit_.root) nested(wit_.packages[PackageIdx{i}]);
    }
    if (!is_full()) return std::move(out_);
    if (sink) sink->set("its WIT: more than " + std::to_string(kMostText) + " bytes");
    return Error{ErrorCode::limit_exceeded, kNoOffset};
  }

 private:
  bool is_full() const { return out_.size() > kMostText; }

  // Lines.
  void line(std::string_view text) {
    if (is_full()) return;
    if (!text.empty()) out_.append(2 * depth_, ' ');
    out_.append(text).append("\n");
    any_ = true;
  }
  void open(const std::string& text) {
    line(text + " {");
    ++depth_;
    any_ = false;
  }
  void close() {
    --depth_;
    line("}");
  }
  // An empty line between what stands in the same braces.
  void separate() {
    if (any_) line("");
  }
  void docs(const std::string& text);
  void annotations(const Annotations& annotations);

  // Items.
  void root(const Package& package);
  void nested(const Package& package);
  void items(const Package& package);
  void interface(const Interface& interface);
  void interface_items(const Interface& interface);
  void types(const std::vector<TypeDefIdx>& types, PackageIdx package);
  void use(const std::vector<TypeDefIdx>& types, size_t& i, PackageIdx package);
  void define(const TypeDef& def);
  void fields(const TypeDef& def);
  void resource(const TypeDef& def);
  void world(const World& world);
  void world_item(const WorldItem& item, const char* doing, PackageIdx package);

  // Parts.
  std::string path(InterfaceIdx index, PackageIdx from) const;
  std::string signature(const Function& function) const;
  std::string type(ValType type) const;
  std::string parts(const TypeDef& def) const;

  const Wit& wit_;
  std::string out_;
  size_t depth_ = 0;
  bool any_ = false;  // is there something in these braces yet?
};

void Printer::docs(const std::string& text) {
  if (text.empty()) return;
  for (std::string_view rest = text;;) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    line((end == 0 ? "///" : "/// ") + std::string(rest.substr(0, end)));
    if (end == rest.size()) return;
    rest.remove_prefix(end + 1);
  }
}

void Printer::annotations(const Annotations& annotations) {
  docs(annotations.docs);
  const Gate& gate = annotations.gate;
  if (gate.kind == Gate::Kind::since) line("@since(version = " + gate.since + ")");
  if (gate.kind == Gate::Kind::unstable) line("@unstable(feature = " + spelled(gate.unstable) + ")");
  if (!gate.deprecated.empty()) line("@deprecated(version = " + gate.deprecated + ")");
  if (annotations.external_id) line("@external-id(\"" + escaped(*annotations.external_id) + "\")");
}

// --- items
// ----------------------------------------------------------------------------------------------------------

std::string header(const Package& package) {
  const PackageName& name = package.name;
  return "package " + spelled(name.space) + ":" + spelled(name.name) +
         (name.version.empty() ? "" : "@" + name.version);
}

void Printer::root(const Package& package) {
  docs(package.docs);
  line(header(package) + ";");
  items(package);
}

void Printer::nested(const Package& package) {
  separate();
  docs(package.docs);
  open(header(package));
  items(package);
  close();
}

void Printer::items(const Package& package) {
  for (InterfaceIdx index : package.interfaces) interface(wit_.interfaces[index]);
  for (WorldIdx index : package.worlds) world(wit_.worlds[index]);
}

void Printer::interface(const Interface& interface) {
  separate();
  annotations(interface.annotations);
  open("interface " + spelled(interface.name));
  interface_items(interface);
  close();
}

void Printer::interface_items(const Interface& interface) {
  types(interface.types, interface.package);
  for (const Function& function : interface.functions) {
    if (is_full()) return;
    separate();
    annotations(function.annotations);
    line(spelled(function.name) + ": " + signature(function) + ";");
  }
}

void Printer::types(const std::vector<TypeDefIdx>& types, PackageIdx package) {
  for (size_t i = 0; i < types.size() && !is_full();) {
    const TypeDef& def = wit_.types[types[i]];
    if (def.kind == TypeDef::Kind::use) {
      use(types, i, package);
      continue;
    }
    separate();
    annotations(def.annotations);
    define(def);
    ++i;
  }
}

// As many types as one statement can say.
void Printer::use(const std::vector<TypeDefIdx>& types, size_t& i, PackageIdx package) {
  const TypeDef& first = wit_.types[types[i]];
  const Owner from = wit_.type(first.first).owner;
  annotations(first.annotations);
  std::string names;
  for (; i < types.size(); ++i) {
    const TypeDef& def = wit_.types[types[i]];
    if (def.kind != TypeDef::Kind::use || def.annotations != first.annotations) break;
    const TypeDef& used = wit_.type(def.first);
    if (used.owner != from) break;
    names += (names.empty() ? "" : ", ") + spelled(used.name);
    if (used.name != def.name) names += " as " + spelled(def.name);
  }
  line("use " + path(InterfaceIdx{from.index}, package) + ".{" + names + "};");
}

void Printer::define(const TypeDef& def) {
  switch (def.kind) {
    case TypeDef::Kind::record:
    case TypeDef::Kind::variant:
    case TypeDef::Kind::enum_:
    case TypeDef::Kind::flags: return fields(def);
    case TypeDef::Kind::resource: return resource(def);
    case TypeDef::Kind::alias:
    case TypeDef::Kind::use: return line("type " + spelled(def.name) + " = " + type(def.first) + ";");
    case TypeDef::Kind::tuple:
    case TypeDef::Kind::list:
    case TypeDef::Kind::fixed_list:
    case TypeDef::Kind::option:
    case TypeDef::Kind::result:
    case TypeDef::Kind::map:
    case TypeDef::Kind::future:
    case TypeDef::Kind::stream:
    case TypeDef::Kind::own:
    case TypeDef::Kind::borrow: return line("type " + spelled(def.name) + " = " + parts(def) + ";");
  }
}

void Printer::fields(const TypeDef& def) {
  open(std::string(word(def.kind)) + " " + spelled(def.name));
  for (const Field& field : def.fields) {
    docs(field.docs);
    std::string text = spelled(field.name);
    if (def.kind == TypeDef::Kind::record) text += ": " + type(field.type);
    if (def.kind == TypeDef::Kind::variant && field.type.present()) text += "(" + type(field.type) + ")";
    line(text + ",");
  }
  close();
}

void Printer::resource(const TypeDef& def) {
  const std::string head = "resource " + spelled(def.name);
  if (def.methods.empty()) return line(head + ";");
  open(head);
  for (const Function& method : def.methods) {
    annotations(method.annotations);
    std::string name = spelled(method.name) + ": ";
    if (method.kind == Function::Kind::static_) name += "static ";
    if (method.kind == Function::Kind::constructor) name.clear();
    line(name + signature(method) + ";");
  }
  close();
}

void Printer::world(const World& world) {
  separate();
  annotations(world.annotations);
  open("world " + spelled(world.name));
  std::vector<TypeDefIdx> defined;
  for (const WorldItem& item : world.imports) {
    if (item.kind == WorldItem::Kind::interface) world_item(item, "import ", world.package);
    if (item.kind == WorldItem::Kind::type) defined.push_back(item.type);
  }
  types(defined, world.package);
  for (const WorldItem& item : world.imports) {
    if (item.kind == WorldItem::Kind::function) world_item(item, "import ", world.package);
  }
  if (!world.exports.empty()) separate();
  for (const WorldItem& item : world.exports) world_item(item, "export ", world.package);
  close();
}

void Printer::world_item(const WorldItem& item, const char* doing, PackageIdx package) {
  std::string head = doing + (item.name.empty() ? "" : spelled(item.name) + ": ");
  if (item.kind == WorldItem::Kind::function) {
    annotations(item.function.annotations);
    return line(head + signature(item.function) + ";");
  }
  annotations(item.annotations);
  const Interface& interface = wit_.interfaces[item.interface];
  if (!interface.name.empty()) return line(head + path(item.interface, package) + ";");
  open(head + "interface");
  interface_items(interface);
  close();
}

// --- parts
// ----------------------------------------------------------------------------------------------------------

std::string Printer::path(InterfaceIdx index, PackageIdx from) const {
  const Interface& interface = wit_.interfaces[index];
  if (interface.package == from) return spelled(interface.name);
  const PackageName& name = wit_.packages[interface.package].name;
  return spelled(name.space) + ":" + spelled(name.name) + "/" + spelled(interface.name) +
         (name.version.empty() ? "" : "@" + name.version);
}

std::string Printer::signature(const Function& function) const {
  std::string text = function.async ? "async " : "";
  text += function.kind == Function::Kind::constructor ? "constructor(" : "func(";
  for (size_t i = 0; i < function.params.size(); ++i) {
    text += (i ? ", " : "") + spelled(function.params[i].name) + ": " + type(function.params[i].type);
  }
  text += ")";
  if (function.result.present()) text += " -> " + type(function.result);
  return text;
}

std::string Printer::type(ValType type) const {
  if (!type.present()) return "_";
  if (type.is_primitive()) return std::string(info(type.primitive()).text);
  const TypeDef& def = wit_.type(type);
  if (!def.name.empty()) return spelled(def.name);
  return def.kind == TypeDef::Kind::own ? this->type(def.first) : parts(def);
}

// A type that needs no name.
std::string Printer::parts(const TypeDef& def) const {
  std::string inner;
  if (def.kind == TypeDef::Kind::tuple) {
    for (const Field& field : def.fields) inner += (inner.empty() ? "" : ", ") + type(field.type);
  } else if (def.first.present() || def.second.present()) {
    inner = type(def.first);
  }
  if (def.second.present()) inner += ", " + type(def.second);
  if (def.kind == TypeDef::Kind::fixed_list) inner += ", " + std::to_string(def.length);
  return std::string(word(def.kind)) + (inner.empty() ? "" : "<" + inner + ">");
}

}  // namespace

Result<std::string> print(const Wit& wit, ErrorSink* sink) { return Printer(wit).run(sink); }

}  // namespace heddle::component::wit
