#include "tools/heddle/bindgen_cpp.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "tools/heddle/bindgen_names.h"

namespace heddle::cli {
namespace {

namespace wit = component::wit;
using component::Primitive;
using component::ValType;
using wit::Function;
using wit::TypeDef;
using wit::TypeDefIdx;

// More than so many in one pack and compilers give up.
constexpr size_t kMostParts = 256;
// A type is called by four names, wherever it is used.
constexpr size_t kMostNameBytes = 256;

// One interface, or the world itself.
struct Scope {
  std::string space;  // of C++
  std::string docs;
  std::vector<TypeDefIdx> types;
  std::vector<Function> functions;
  bool is_world = false;
  std::vector<std::string> imports{}, exports{};  // of an interface: the names under which the world has it
};

enum class Use : uint8_t { value, argument };  // where a type stands: owned, or given to a guest

class Generator {
 public:
  Generator(const wit::Wit& wit, const wit::World& world, ErrorSink* sink) : wit_(wit), world_(world), sink_(sink) {}
  Result<std::string> run();

 private:
  // --- names
  Result<void> name_fits(const std::string& name);
  Result<void> names_fit(const Function& function);
  Result<void> names_fit();
  void name_packages();
  void name_types(const Scope& scope);
  std::string interface_space(const wit::Interface& interface, const std::string& plain);
  std::string interface_name(const wit::Interface& interface, const std::string& plain) const;
  std::string plain_name(TypeDefIdx type) const { return names_[type.raw].substr(names_[type.raw].rfind(':') + 1); }

  // --- types
  Result<std::string> type(ValType type, Use use = Use::value);
  Result<std::string> composed(const TypeDef& type);
  Result<std::string> either(ValType type);
  struct Passing {
    bool moved = false;     // it has handles
    bool by_value = false;  // it is as small as a reference
  };
  Passing passing(ValType type);
  Result<void> define(TypeDefIdx index);
  Result<void> record(TypeDefIdx index);
  Result<void> variant(TypeDefIdx index);
  void names(TypeDefIdx index);
  Error fail(std::string words);
  Result<void> fits(const std::string& name, size_t parts, std::string_view what);

  // --- interfaces
  using Items = std::vector<std::pair<uint32_t, std::string>>;  // interfaces, and their names in the world
  struct Part {
    std::string space, item, name;  // one of them; what it is called in C++
  };
  std::vector<Part> parts(const Items& items, Names& taken) const;
  struct Call {
    std::string wit_name, name, params, names, result, signature, docs;
    bool async = false;
  };
  void collect(wit::InterfaceIdx index, const std::string& plain);
  Result<void> types_of(const Scope& scope);
  Result<void> imported(const Scope& scope);
  Result<void> host(const Scope& scope);
  Result<void> host_resource(TypeDefIdx index);
  Result<void> add_to(const Scope& scope);
  void add_both(std::string_view function, const std::string& name, const std::string& body);
  void add_world(const Scope& own);
  bool has_host(const Scope& scope) const;
  void pure(const Call& call);
  Result<void> guest(const Scope& scope);
  Result<Call> call(const Function& function, std::optional<TypeDefIdx> resource, Use use);
  std::string returned(const Call& call) const;
  Result<std::vector<Call>> calls(const Scope& scope, Use use, Names& taken);
  void open(const Scope& scope);
  void close(const Scope& scope) { text_ += fmt::format("}}  // namespace {}\n\n", scope.space); }
  void docs(const std::string& text, std::string_view indent = "");

  const wit::Wit& wit_;
  const wit::World& world_;
  ErrorSink* sink_;
  std::string text_;
  std::vector<std::string> packages_;            // their namespaces
  Names spaces_;                                 // of all interfaces, and of the world
  std::vector<std::string> names_;               // of types, with their namespaces
  std::map<uint32_t, std::string> tags_;         // of variants: the classes that have their cases
  std::vector<std::optional<Passing>> passing_;  // of types
  std::map<uint32_t, Scope> scopes_;             // by their interfaces
  std::vector<uint32_t> order_;                  // what is used comes first
  Items imported_, exported_;
};

// --- names

Result<void> Generator::name_fits(const std::string& name) {
  if (name.size() <= kMostNameBytes) return {};
  return fail(
      fmt::format("`{}...` is a name of {} bytes: at most {}", name.substr(0, 32), name.size(), kMostNameBytes));
}

Result<void> Generator::names_fit(const Function& function) {
  TRY(name_fits(function.name));
  for (const wit::Field& param : function.params) TRY(name_fits(param.name));
  return {};
}

Result<void> Generator::names_fit() {
  for (const wit::Package& package : wit_.packages.items()) {
    for (const std::string* name : {&package.name.space, &package.name.name, &package.name.version}) {
      TRY(name_fits(*name));
    }
  }
  for (const wit::Interface& interface : wit_.interfaces.items()) {
    TRY(name_fits(interface.name));
    for (const Function& function : interface.functions) TRY(names_fit(function));
  }
  for (const TypeDef& type : wit_.types.items()) {
    TRY(name_fits(type.name));
    for (const Function& method : type.methods) TRY(names_fit(method));
    for (const wit::Field& field : type.fields) TRY(name_fits(field.name));
  }
  TRY(name_fits(world_.name));
  for (const auto* items : {&world_.imports, &world_.exports}) {
    for (const wit::WorldItem& item : *items) {
      TRY(name_fits(item.name));
      TRY(names_fit(item.function));
    }
  }
  return {};
}

// All is in one namespace of its own: what is called like a package may be a function of C.
void Generator::name_packages() {
  std::map<std::string, int> alike;
  const auto name = [](const wit::PackageName& of) {
    return "wit::" + name_space(of.space) + "::" + name_space(of.name);
  };
  for (const wit::Package& package : wit_.packages.items()) ++alike[name(package.name)];
  for (const wit::Package& package : wit_.packages.items()) {
    std::string space = name(package.name), version = package.name.version;
    for (char& c : version) c = c == '.' || c == '-' || c == '+' ? '_' : c;
    packages_.push_back(alike[space] > 1 ? space + "::v" + version : space);
  }
}

std::string Generator::interface_space(const wit::Interface& interface, const std::string& plain) {
  const std::string world = packages_[world_.package.raw] + "::" + name_space(world_.name);
  return spaces_.take(interface.name.empty() ? world + "::" + name_space(plain)
                                             : packages_[interface.package.raw] + "::" + name_space(interface.name));
}

std::string Generator::interface_name(const wit::Interface& interface, const std::string& plain) const {
  if (!plain.empty()) return plain;
  const wit::PackageName& package = wit_.packages[interface.package].name;
  return package.space + ":" + package.name + "/" + interface.name +
         (package.version.empty() ? "" : "@" + package.version);
}

// The classes of cases come last: their names are nobody's but ours.
void Generator::name_types(const Scope& scope) {
  Names taken{"Host", "Guest"};
  for (const TypeDefIdx index : scope.types) {
    names_[index.raw] = "::" + scope.space + "::" + taken.take(pascal(wit_.types[index].name));
  }
  for (const TypeDefIdx index : scope.types) {
    if (wit_.types[index].kind == TypeDef::Kind::variant) tags_[index.raw] = taken.take(plain_name(index) + "Cases");
  }
}

// --- types

Error Generator::fail(std::string words) {
  if (sink_) sink_->set(std::move(words));
  return Error{ErrorCode::wrong_value};
}

Result<void> Generator::fits(const std::string& name, size_t parts, std::string_view what) {
  if (parts <= kMostParts) return {};
  return fail(fmt::format("{} has {} {}: C++ compilers take {} at most", name, parts, what, kMostParts));
}

Result<std::string> Generator::type(ValType of, Use use) {
  if (of.is_defined()) {
    // A resource by itself is not a type of values: handles are.
    return wit_.type(of).name.empty() ? composed(wit_.type(of)) : names_[of.index()];
  }
  switch (of.primitive()) {
    case Primitive::bool_: return std::string("bool");
    case Primitive::s8: return std::string("::std::int8_t");
    case Primitive::u8: return std::string("::std::uint8_t");
    case Primitive::s16: return std::string("::std::int16_t");
    case Primitive::u16: return std::string("::std::uint16_t");
    case Primitive::s32: return std::string("::std::int32_t");
    case Primitive::u32: return std::string("::std::uint32_t");
    case Primitive::s64: return std::string("::std::int64_t");
    case Primitive::u64: return std::string("::std::uint64_t");
    case Primitive::f32: return std::string("float");
    case Primitive::f64: return std::string("double");
    case Primitive::char_: return std::string("char32_t");
    case Primitive::string: return std::string(use == Use::argument ? "::std::string_view" : "::std::string");
    case Primitive::error_context: break;
  }
  return std::string("::heddle::ErrorContext");
}

Result<std::string> Generator::either(ValType of) { return of.present() ? type(of) : std::string("void"); }

Result<std::string> Generator::composed(const TypeDef& of) {
  auto handle = [&](std::string_view kind) {
    return fmt::format("::heddle::{}<{}>", kind, names_[wit_.type(of.first).resource->raw]);
  };
  switch (of.kind) {
    case TypeDef::Kind::list: return "::std::vector<" + TRY(type(of.first)) + ">";
    case TypeDef::Kind::fixed_list: return fmt::format("::std::array<{}, {}>", TRY(type(of.first)), of.length);
    case TypeDef::Kind::option: return "::std::optional<" + TRY(type(of.first)) + ">";
    case TypeDef::Kind::result:
      return fmt::format("::heddle::Expected<{}, {}>", TRY(either(of.first)), TRY(either(of.second)));
    case TypeDef::Kind::map: return fmt::format("::std::map<{}, {}>", TRY(type(of.first)), TRY(type(of.second)));
    case TypeDef::Kind::tuple: {
      std::string parts;
      TRY(fits(of.name.empty() ? "a tuple" : "`" + of.name + "`", of.fields.size(), "elements"));
      for (const wit::Field& field : of.fields) parts += (parts.empty() ? "" : ", ") + TRY(type(field.type));
      return "::std::tuple<" + parts + ">";
    }
    case TypeDef::Kind::own: return handle("Own");
    case TypeDef::Kind::borrow: return handle("Borrow");
    case TypeDef::Kind::stream:
    case TypeDef::Kind::future:
      return fmt::format("::heddle::{}<{}>", of.kind == TypeDef::Kind::stream ? "StreamReader" : "FutureReader",
                         of.first.present() ? TRY(type(of.first)) : "void");
    default: break;
  }
  return fail("a type without a name has no C++ type");
}

// Types are asked about once each, in their order: so none asks far.
Generator::Passing Generator::passing(ValType of) {
  if (!of.present()) return {};
  if (!of.is_defined()) return {false, of.primitive() != Primitive::string};
  std::optional<Passing>& known = passing_[of.index()];
  if (known) return *known;
  const TypeDef& type = wit_.type(of);
  Passing made;
  switch (type.kind) {
    case TypeDef::Kind::own:
    case TypeDef::Kind::borrow:
    case TypeDef::Kind::stream:
    case TypeDef::Kind::future: made.moved = true; break;
    case TypeDef::Kind::enum_:
    case TypeDef::Kind::flags: made.by_value = true; break;
    case TypeDef::Kind::alias:
    case TypeDef::Kind::use: made = passing(type.first); break;
    default:
      for (const wit::Field& field : type.fields) made.moved |= passing(field.type).moved;
      made.moved |= passing(type.first).moved;
      made.moved |= passing(type.second).moved;
  }
  known = made;
  return made;
}

void Generator::docs(const std::string& text, std::string_view indent) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    std::replace(line.begin(), line.end(), '\r', ' ');  // to compilers, it ends the comment
    text_ += fmt::format("{}// {}", indent, line);
    text_.erase(text_.find_last_not_of(' ') + 1);
    if (text_.back() == '\\') text_ += '.';
    text_ += '\n';
    at = end + 1;
  }
}

Result<void> Generator::record(TypeDefIdx index) {
  const TypeDef& of = wit_.types[index];
  const std::string name = plain_name(index);
  std::string members;
  text_ += fmt::format("struct {} {{\n", name);
  for (const wit::Field& field : of.fields) {
    docs(field.docs, "  ");
    text_ += fmt::format("  {} {}{{}};\n", TRY(type(field.type)), snake(field.name));
    members += ", " + snake(field.name);
  }
  text_ += fmt::format("}};\nHEDDLE_RECORD({}{});\n\n", name, members);
  return {};
}

Result<void> Generator::variant(TypeDefIdx index) {
  const std::string name = plain_name(index), cases = tags_[index.raw];
  std::string tags, alternatives, aliases, labels;
  Names taken{name, cases};
  for (const wit::Field& field : wit_.types[index].fields) {
    const std::string one = taken.take(pascal(field.name));
    const std::string payload = field.type.present() ? ", " + TRY(type(field.type)) : "";
    const std::string made = fmt::format("::heddle::Case<{}::{}{}>", cases, one, payload);
    tags += fmt::format("  struct {};\n", one);
    alternatives += (alternatives.empty() ? "" : ", ") + made;
    aliases += fmt::format("  using {} = {};\n", one, made);
    labels += ", " + snake(field.name);
  }
  text_ += fmt::format("struct {} {{\n{}}};\nstruct {} : ::std::variant<{}> {{\n  using variant::variant;\n{}}};\n",
                       cases, tags, name, alternatives, aliases);
  text_ += fmt::format("HEDDLE_VARIANT({}{});\n\n", name, labels);
  return {};
}

// An enum, or flags.
void Generator::names(TypeDefIdx index) {
  const TypeDef& of = wit_.types[index];
  const bool flags = of.kind == TypeDef::Kind::flags;
  const std::string name = plain_name(index);
  std::string labels;
  const std::string_view width = of.fields.size() <= 8 ? "uint8_t" : of.fields.size() <= 16 ? "uint16_t" : "uint32_t";
  text_ +=
      flags ? fmt::format("enum class {} : ::std::{} {{\n", name, width) : fmt::format("enum class {} {{\n", name);
  for (size_t i = 0; i < of.fields.size(); ++i) {
    const std::string one = snake(of.fields[i].name);
    docs(of.fields[i].docs, "  ");
    text_ += flags ? fmt::format("  {} = {}u,\n", one, uint64_t{1} << i) : fmt::format("  {},\n", one);
    labels += ", " + one;
  }
  text_ += fmt::format("}};\n{}({}{});\n\n", flags ? "HEDDLE_FLAGS" : "HEDDLE_ENUM", name, labels);
}

Result<void> Generator::define(TypeDefIdx index) {
  const TypeDef& of = wit_.types[index];
  docs(of.annotations.docs);
  const std::string what = "`" + of.name + "`";
  switch (of.kind) {
    case TypeDef::Kind::record: TRY(fits(what, of.fields.size(), "fields")); return record(index);
    case TypeDef::Kind::variant: TRY(fits(what, of.fields.size(), "cases")); return variant(index);
    case TypeDef::Kind::enum_: TRY(fits(what, of.fields.size(), "cases")); return names(index), Result<void>();
    case TypeDef::Kind::flags: return names(index), Result<void>();
    case TypeDef::Kind::resource: text_ += fmt::format("class {};\n\n", plain_name(index)); return {};
    case TypeDef::Kind::alias:
    case TypeDef::Kind::use:
      text_ += fmt::format("using {} = {};\n\n", plain_name(index), TRY(type(of.first)));
      return {};
    default: text_ += fmt::format("using {} = {};\n\n", plain_name(index), TRY(composed(of))); return {};
  }
}

// --- functions

Result<Generator::Call> Generator::call(const Function& function, std::optional<TypeDefIdx> resource, Use use) {
  Call made;
  made.async = function.async;
  made.name = snake(function.name);
  made.wit_name = function.name;
  made.docs = function.annotations.docs;
  std::string types;
  auto param = [&](const std::string& name, const std::string& cpp, bool moved) {
    made.params += (made.params.empty() ? "" : ", ") + cpp + " " + name;
    made.names += (made.names.empty() ? "" : ", ") + (moved ? "::std::move(" + name + ")" : name);
    types += (types.empty() ? "" : ", ") + cpp;
  };
  if (resource) {
    const std::string& label = wit_.types[*resource].name;
    if (function.kind == Function::Kind::constructor) {
      made.wit_name = "[constructor]" + label;
      made.name = "new_" + snake(label);
    } else {
      const bool method = function.kind == Function::Kind::method;
      made.wit_name = (method ? "[method]" : "[static]") + label + "." + function.name;
      if (!method || use == Use::argument) made.name = snake(label) + "_" + snake(function.name);
      if (method && use == Use::argument) param("self", "::heddle::Borrow<" + names_[resource->raw] + ">", true);
    }
  }
  TRY(fits("`" + made.wit_name + "`", function.params.size() + (made.params.empty() ? 0 : 1), "parameters"));
  Names taken = use == Use::value ? Names{"caller", "get", "host", "self"} : Names{"self"};
  for (const wit::Field& field : function.params) {
    const Passing how = passing(field.type);
    const bool view = field.type.is_primitive() && use == Use::argument, owned = how.moved || use == Use::value;
    const std::string cpp = TRY(type(field.type, use)), name = taken.take(snake(field.name));
    const bool by_value = how.by_value || view;
    param(name, by_value || owned ? cpp : "const " + cpp + "&", !by_value && owned);
  }
  made.result = "void";
  if (function.result.present())
    made.result = TRY(type(function.result));
  else if (resource && function.kind == Function::Kind::constructor)
    made.result = fmt::format("::heddle::Own<{}>", names_[resource->raw]);
  made.signature = fmt::format("{}({})", made.result, types);
  return made;
}

std::string Generator::returned(const Call& call) const {
  const std::string result = "::heddle::Result<" + call.result + ">";
  return call.async ? "::heddle::Task<" + result + ">" : result;
}

// Those of resources come first, and step back where a free function has the same name.
Result<std::vector<Generator::Call>> Generator::calls(const Scope& scope, Use use, Names& taken) {
  std::vector<Call> free, all;
  for (const Function& function : scope.functions) {
    free.push_back(TRY(call(function, std::nullopt, use)));
    free.back().name = taken.take(free.back().name);
  }
  for (const TypeDefIdx index : scope.types) {
    const TypeDef& type = wit_.types[index];
    if (type.kind != TypeDef::Kind::resource) continue;
    for (const Function& method : type.methods) {
      if (use == Use::value && method.kind == Function::Kind::method) continue;  // of the resource's own class
      all.push_back(TRY(call(method, index, use)));
      all.back().name = taken.take(all.back().name);
    }
  }
  std::move(free.begin(), free.end(), std::back_inserter(all));
  return all;
}

std::vector<Generator::Part> Generator::parts(const Items& items, Names& taken) const {
  std::vector<Part> made;
  for (const auto& [index, item] : items) {
    const wit::Interface& interface = wit_.interfaces[wit::InterfaceIdx{index}];
    const bool plain = item.find(':') == std::string::npos;
    made.push_back({scopes_.at(index).space, item, taken.take(snake(plain ? item : interface.name))});
  }
  return made;
}

// --- what is imported

constexpr std::string_view kCaller = "::heddle::ComponentCaller& caller";
constexpr std::string_view kGet =
    "template <class Get>\n  requires ::std::invocable<const Get&, ::heddle::ComponentCaller&>\n";

std::string listed(std::string_view first, const std::string& rest) {
  return std::string(first) + (rest.empty() ? "" : ", " + rest);
}

std::string either_of(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "`" : i + 1 < names.size() ? ", `" : " or `") + names[i] + "`";
  }
  return text;
}

// Where there is one name, nobody has to say it.
std::string name_param(const std::vector<std::string>& names) {
  return names.size() == 1 ? fmt::format("::std::string_view name = \"{}\"", names[0])
                           : std::string("::std::string_view name");
}

Result<void> Generator::host_resource(TypeDefIdx index) {
  const TypeDef& of = wit_.types[index];
  const std::string name = plain_name(index);
  text_ += fmt::format("// To derive from: what stands behind the handles of `{}`.\nclass {} {{\n public:\n", of.name,
                       name);
  text_ += fmt::format(
      "  {0}() = default;\n  virtual ~{0}() = default;\n  {0}(const {0}&) = delete;\n"
      "  {0}& operator=(const {0}&) = delete;\n",
      name);
  for (const Function& method : of.methods) {
    if (method.kind != Function::Kind::method) continue;
    pure(TRY(call(method, index, Use::value)));
  }
  text_ += "};\n\n";
  return {};
}

// For a host, and for who finds it. What that gives may be of a class that is several hosts, hence `Host& host`.
void Generator::add_both(std::string_view function, const std::string& name, const std::string& body) {
  const std::string_view rest = name.empty() ? "" : ", name";
  text_ += fmt::format(
      "// `get` is asked with each call: Host& get(::heddle::ComponentCaller&).\n{}"
      "void {}(::heddle::ComponentLinker& linker, [[maybe_unused]] Get get{}) {{\n{}}}\n\n",
      kGet, function, name, body);
  text_ += fmt::format(
      "// `host` must outlive what is instantiated.\n"
      "inline void {0}(::heddle::ComponentLinker& linker, Host& host{1}) {{\n"
      "  {0}(linker, [&host](::heddle::ComponentCaller&) -> Host& {{ return host; }}{2});\n}}\n\n",
      function, name, rest);
}

Result<void> Generator::add_to(const Scope& scope) {
  std::string body;
  if (!scope.is_world) body = "  auto to = linker.interface(name);\n";
  const std::string_view to = scope.is_world ? "linker" : "to";
  Names taken;
  for (const Call& made : TRY(calls(scope, Use::value, taken))) {
    body += fmt::format(
        "  {}.define(\"{}\", [get]({}) {{\n    Host& host = get(caller);\n    return host.{}({});\n  }});\n", to,
        made.wit_name, listed(kCaller, made.params), made.name, listed("caller", made.names));
  }
  for (const TypeDefIdx index : scope.types) {
    const TypeDef& type = wit_.types[index];
    if (type.kind != TypeDef::Kind::resource) continue;
    const std::string& name = names_[index.raw];
    body += fmt::format("  {}.resource<{}>(\"{}\");\n", to, name, type.name);
    for (const Function& method : type.methods) {
      if (method.kind != Function::Kind::method) continue;
      const Call made = TRY(call(method, index, Use::value));
      const std::string self = fmt::format("::heddle::Borrow<{}> self", name);
      body += fmt::format("  {}.define(\"{}\", []({}) {{ return self->{}({}); }});\n", to, made.wit_name,
                          listed(kCaller, listed(self, made.params)), made.name, listed("caller", made.names));
    }
  }
  if (scope.imports.size() > 1) text_ += "// `name` is " + either_of(scope.imports) + ".\n";
  if (!scope.is_world) return add_both("add_to", ", " + name_param(scope.imports), body), Result<void>();
  return add_both(imported_.empty() ? "add_to" : "add_functions_to", "", body), Result<void>();
}

// The world's functions and all its interfaces.
void Generator::add_world(const Scope& own) {
  if (imported_.empty()) return;
  std::string params, found, given;
  const auto add = [&](const std::string& function, const std::string& space, const std::string& name,
                       const std::string& item) {
    params += fmt::format(", {}Host& {}", space, name);
    found += fmt::format("  {}(linker, get{});\n", function, item);
    given += fmt::format("  {}(linker, {}{});\n", function, name, item);
  };
  Names taken{"add_functions_to", "linker", "host"};
  if (has_host(own)) add("add_functions_to", "", "host", "");
  for (const Part& part : parts(imported_, taken)) {
    const std::string space = "::" + part.space + "::";
    add(space + "add_to", space, part.name, ", \"" + part.item + "\"");
  }
  text_ += fmt::format(
      "// All that the world imports. `get` is asked with each call, for an object that is every Host.\n"
      "{}void add_to(::heddle::ComponentLinker& linker, Get get) {{\n{}}}\n\n",
      kGet, found);
  text_ += fmt::format(
      "// All that the world imports. The hosts must outlive what is instantiated.\n"
      "inline void add_to(::heddle::ComponentLinker& linker{}) {{\n{}}}\n\n",
      params, given);
}

// A function to implement.
void Generator::pure(const Call& call) {
  docs(call.docs, "  ");
  text_ += fmt::format("  virtual {} {}({}) = 0;\n", returned(call), call.name, listed(kCaller, call.params));
}

Result<void> Generator::host(const Scope& scope) {
  text_ += fmt::format("// What {} needs: derive from it, and hand it to add_to.\nclass Host {{\n public:\n",
                       scope.is_world ? "the world" : either_of(scope.imports));
  text_ +=
      "  Host() = default;\n  virtual ~Host() = default;\n  Host(const Host&) = delete;\n"
      "  Host& operator=(const Host&) = delete;\n";
  Names taken;
  for (const Call& made : TRY(calls(scope, Use::value, taken))) pure(made);
  text_ += "};\n\n";
  return add_to(scope);
}

// Resources too are defined for a linker, though nobody calls a function of theirs.
bool Generator::has_host(const Scope& scope) const {
  return !scope.functions.empty() || std::any_of(scope.types.begin(), scope.types.end(), [&](TypeDefIdx type) {
    return wit_.types[type].kind == TypeDef::Kind::resource;
  });
}

Result<void> Generator::imported(const Scope& scope) {
  for (const TypeDefIdx type : scope.types) {
    if (wit_.types[type].kind == TypeDef::Kind::resource) TRY(host_resource(type));
  }
  return has_host(scope) ? host(scope) : Result<void>();
}

// --- what is exported

// Members go by `this`: a parameter may have the name of one.
Result<void> Generator::guest(const Scope& scope) {
  Names taken{"from"};
  const std::vector<Call> all = TRY(calls(scope, Use::argument, taken));
  const std::vector<Part> inner = scope.is_world ? parts(exported_, taken) : std::vector<Part>();
  text_ += fmt::format("// What {} offers.\nclass Guest {{\n public:\n",
                       scope.is_world ? "the world" : either_of(scope.exports));
  const auto take = [](const std::string& member, const std::string& found) {
    return fmt::format("    if (auto found = {}; !found) return found.error();\n    else made.{}.emplace(*found);\n",
                       found, member);
  };
  std::string found, members;
  for (const Call& made : all) {
    const std::string member = taken.take(made.name + "_");
    docs(made.docs, "  ");
    text_ += fmt::format("  {} {}({}) const {{ return this->{}->{}({}); }}\n", returned(made), made.name, made.params,
                         member, made.async ? "async" : "operator()", made.names);
    found += take(member, fmt::format("instance.get<{}>({}\"{}\")", made.signature, scope.is_world ? "" : "in + ",
                                      made.wit_name));
    members += fmt::format("  ::std::optional<::heddle::TypedComponentFunc<{}>> {};\n", made.signature, member);
  }
  for (const Part& part : inner) {
    const std::string member = taken.take(part.name + "_");
    text_ += fmt::format("  const ::{}::Guest& {}() const {{ return *this->{}; }}\n", part.space, part.name, member);
    found += take(member, fmt::format("::{}::Guest::from(instance, \"{}\")", part.space, part.item));
    members += fmt::format("  ::std::optional<::{}::Guest> {};\n", part.space, member);
  }
  text_ += "\n  // Fails where the instance does not have it all.";
  if (scope.exports.size() > 1) text_ += " `name` is " + either_of(scope.exports) + ".";
  text_ += "\n  static ::heddle::Result<Guest> from([[maybe_unused]] const ::heddle::ComponentInstance& instance";
  if (!scope.is_world) text_ += ", [[maybe_unused]] " + name_param(scope.exports);
  text_ += ") {\n";
  if (!scope.is_world && !all.empty()) text_ += "    const ::std::string in = ::std::string(name) + \"#\";\n";
  text_ += "    Guest made;\n" + found + "    return made;\n  }\n\n private:\n  Guest() = default;\n" + members;
  text_ += "};\n\n";
  return {};
}

// --- the whole

void Generator::open(const Scope& scope) {
  text_ += fmt::format("namespace {} {{\n\n", scope.space);
  docs(scope.docs);
  if (!scope.docs.empty()) text_ += '\n';
}

void Generator::collect(wit::InterfaceIdx index, const std::string& plain) {
  if (scopes_.contains(index.raw)) return;
  const wit::Interface& interface = wit_.interfaces[index];
  for (const wit::InterfaceIdx used : interface.uses) collect(used, "");
  scopes_[index.raw] = {interface_space(interface, plain), interface.annotations.docs, interface.types,
                        interface.functions};
  name_types(scopes_[index.raw]);
  order_.push_back(index.raw);
}

Result<void> Generator::types_of(const Scope& scope) {
  for (const TypeDefIdx index : scope.types) {
    passing(wit::val_type(index));
    TRY(define(index));
  }
  return {};
}

Result<std::string> Generator::run() {
  TRY(names_fit());
  name_packages();
  names_.resize(wit_.types.size());
  passing_.resize(wit_.types.size());
  const std::string& package = packages_[world_.package.raw];
  Scope own{spaces_.take(package + "::" + name_space(world_.name)), world_.annotations.docs, {}, {}, true};
  std::vector<Function> offered;
  const auto interface = [&](const wit::WorldItem& item) {
    collect(item.interface, item.name);
    return interface_name(wit_.interfaces[item.interface], item.name);
  };
  for (const wit::WorldItem& item : world_.imports) {
    switch (item.kind) {
      case wit::WorldItem::Kind::interface: {
        const std::string name = interface(item);
        scopes_[item.interface.raw].imports.push_back(name);
        imported_.emplace_back(item.interface.raw, name);
        break;
      }
      case wit::WorldItem::Kind::type: own.types.push_back(item.type); break;
      case wit::WorldItem::Kind::function: own.functions.push_back(item.function); break;
    }
  }
  for (const wit::WorldItem& item : world_.exports) {
    if (item.kind == wit::WorldItem::Kind::function) offered.push_back(item.function);
    if (item.kind != wit::WorldItem::Kind::interface) continue;
    exported_.emplace_back(item.interface.raw, interface(item));
    scopes_[item.interface.raw].exports.push_back(exported_.back().second);
  }
  name_types(own);
  std::erase_if(imported_, [&](const auto& item) { return !has_host(scopes_.at(item.first)); });
  const std::string name = wit_.packages[world_.package].name.text() + "/" + world_.name;
  text_ = fmt::format(
      "// The world `{}`, made by `heddle bindgen cpp`.\n#pragma once\n#include <heddle/component.h>\n\n", name);
  for (const uint32_t index : order_) {
    const Scope& scope = scopes_[index];
    open(scope);
    TRY(types_of(scope));
    if (!scope.imports.empty()) TRY(imported(scope));
    if (!scope.exports.empty()) TRY(guest(scope));
    close(scope);
  }
  open(own);
  TRY(types_of(own));
  TRY(imported(own));
  add_world(own);
  own.types.clear();  // whose resources the host has
  own.functions = std::move(offered);
  TRY(guest(own));
  close(own);
  text_.pop_back();
  return text_;
}

}  // namespace

Result<std::string> generate_cpp(const wit::Wit& wit, const wit::World& world, ErrorSink* sink) {
  return Generator(wit, world, sink).run();
}

std::string cpp_file_name(const wit::World& world) { return snake(world.name); }

}  // namespace heddle::cli
