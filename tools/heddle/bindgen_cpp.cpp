#include "tools/heddle/bindgen_cpp.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "tools/heddle/bindgen_names.h"

namespace heddle::cli {
namespace {

namespace wit = component::wit;
using component::Primitive;
using component::ValType;
using wit::Function;
using wit::TypeDef;

// One interface, or the world itself: what it is called, here and there.
struct Scope {
  std::string name;   // as functions are imported from; "" of a world
  std::string space;  // of C++
  std::vector<wit::TypeDefIdx> types;
  std::vector<Function> functions;
};

enum class Use : uint8_t { value, argument };  // where a type stands: owned, or given to a guest

class Generator {
 public:
  Generator(const wit::Wit& wit, const wit::World& world, ErrorSink* sink) : wit_(wit), world_(world), sink_(sink) {}
  Result<std::string> run();

 private:
  // --- names
  std::string package_space(wit::PackageIdx package) const;
  std::string interface_space(const wit::Interface& interface, const std::string& plain) const;
  std::string interface_name(const wit::Interface& interface, const std::string& plain) const;
  std::string qualified(const TypeDef& type) const;

  // --- types
  Result<std::string> type(ValType type, Use use = Use::value);
  Result<std::string> composed(const TypeDef& type, Use use);
  Result<std::string> either(ValType type);
  bool has_handle(ValType type) const;
  bool is_small(ValType type) const;
  Result<void> define(const TypeDef& type);
  Result<void> record(const TypeDef& type);
  Result<void> variant(const TypeDef& type);
  void names(const TypeDef& type, bool flags);
  Error no_type(std::string_view what);

  // --- interfaces
  void collect(wit::InterfaceIdx index, const std::string& plain);
  Result<void> types_of(const Scope& scope);
  Result<void> host(const Scope& scope);
  Result<void> host_resource(const TypeDef& type);
  Result<void> add_to(const Scope& scope);
  Result<void> guest(const Scope& scope, const std::vector<std::string>& inner);
  struct Call {
    std::string wit_name, name, params, names, result, signature, prefix;
    bool async = false;
  };
  Result<Call> call(const Function& function, const TypeDef* resource, Use use);
  std::string returned(const Call& call) const;
  void add_resource(const TypeDef& type, std::vector<Call>& made, Result<void>& fine);
  Result<std::vector<Call>> calls(const Scope& scope, Use use);
  void open(const std::string& space) { text_ += fmt::format("namespace {} {{\n\n", space); }
  void close(const std::string& space) { text_ += fmt::format("}}  // namespace {}\n\n", space); }
  void docs(const std::string& text, std::string_view indent = "");

  const wit::Wit& wit_;
  const wit::World& world_;
  ErrorSink* sink_;
  std::string text_;
  std::map<uint32_t, Scope> scopes_;  // by their interfaces
  std::vector<uint32_t> order_;       // what is used comes first
  std::set<uint32_t> imported_, exported_;
};

// --- names

std::string Generator::package_space(wit::PackageIdx package) const {
  const wit::PackageName& name = wit_.packages[package].name;
  std::string space = snake(name.space) + "::" + snake(name.name);
  for (uint32_t i = 0; i < wit_.packages.size(); ++i) {
    const wit::PackageName& other = wit_.packages[wit::PackageIdx{i}].name;
    if (other == name || other.space != name.space || other.name != name.name) continue;
    std::string version = name.version;
    for (char& c : version) c = c == '.' || c == '-' || c == '+' ? '_' : c;
    return space.append("::v").append(version);
  }
  return space;
}

std::string Generator::interface_space(const wit::Interface& interface, const std::string& plain) const {
  if (interface.name.empty()) return package_space(world_.package) + "::" + snake(world_.name) + "::" + snake(plain);
  return package_space(interface.package) + "::" + snake(interface.name);
}

std::string Generator::interface_name(const wit::Interface& interface, const std::string& plain) const {
  if (!plain.empty()) return plain;
  const wit::PackageName& package = wit_.packages[interface.package].name;
  return package.space + ":" + package.name + "/" + interface.name +
         (package.version.empty() ? "" : "@" + package.version);
}

std::string Generator::qualified(const TypeDef& type) const {
  std::string space = package_space(world_.package) + "::" + snake(world_.name);
  if (type.owner.kind == wit::Owner::Kind::interface) {
    const auto found = scopes_.find(type.owner.index);
    space = found == scopes_.end() ? interface_space(wit_.interfaces[wit::InterfaceIdx{type.owner.index}], "")
                                   : found->second.space;
  }
  return "::" + space + "::" + pascal(type.name);
}

// --- types

Error Generator::no_type(std::string_view what) {
  if (sink_) sink_->set(fmt::format("{} has no C++ type", what));
  return Error{ErrorCode::wrong_value};
}

Result<std::string> Generator::type(ValType of, Use use) {
  if (of.is_defined()) {
    const TypeDef& type = wit_.type(of);
    if (type.name.empty()) return composed(type, use);
    // A resource by itself is not a type of values: handles are.
    return qualified(type);
  }
  switch (of.primitive()) {
    case Primitive::bool_: return std::string("bool");
    case Primitive::s8: return std::string("int8_t");
    case Primitive::u8: return std::string("uint8_t");
    case Primitive::s16: return std::string("int16_t");
    case Primitive::u16: return std::string("uint16_t");
    case Primitive::s32: return std::string("int32_t");
    case Primitive::u32: return std::string("uint32_t");
    case Primitive::s64: return std::string("int64_t");
    case Primitive::u64: return std::string("uint64_t");
    case Primitive::f32: return std::string("float");
    case Primitive::f64: return std::string("double");
    case Primitive::char_: return std::string("char32_t");
    case Primitive::string: return std::string(use == Use::argument ? "std::string_view" : "std::string");
    case Primitive::error_context: break;
  }
  return std::string("::heddle::ErrorContext");
}

Result<std::string> Generator::either(ValType of) { return of.present() ? type(of) : std::string("void"); }

Result<std::string> Generator::composed(const TypeDef& of, Use) {
  auto handle = [&](std::string_view kind) {
    return fmt::format("::heddle::{}<{}>", kind, qualified(wit_.types[*wit_.type(of.first).resource]));
  };
  switch (of.kind) {
    case TypeDef::Kind::list: return "std::vector<" + TRY(type(of.first)) + ">";
    case TypeDef::Kind::fixed_list: return fmt::format("std::array<{}, {}>", TRY(type(of.first)), of.length);
    case TypeDef::Kind::option: return "std::optional<" + TRY(type(of.first)) + ">";
    case TypeDef::Kind::result:
      return fmt::format("::heddle::Expected<{}, {}>", TRY(either(of.first)), TRY(either(of.second)));
    case TypeDef::Kind::map: return fmt::format("std::map<{}, {}>", TRY(type(of.first)), TRY(type(of.second)));
    case TypeDef::Kind::tuple: {
      std::string parts;
      for (const wit::Field& field : of.fields) parts += (parts.empty() ? "" : ", ") + TRY(type(field.type));
      return "std::tuple<" + parts + ">";
    }
    case TypeDef::Kind::own: return handle("Own");
    case TypeDef::Kind::borrow: return handle("Borrow");
    case TypeDef::Kind::stream:
    case TypeDef::Kind::future:
      if (!of.first.present()) return no_type("a stream or a future without elements");
      return fmt::format("::heddle::{}<{}>", of.kind == TypeDef::Kind::stream ? "StreamReader" : "FutureReader",
                         TRY(type(of.first)));
    default: break;
  }
  return no_type("a type without a name");
}

// What has handles in it is moved, not copied.
bool Generator::has_handle(ValType of) const {
  if (!of.present() || !of.is_defined()) return false;
  const TypeDef& type = wit_.type(of);
  switch (type.kind) {
    case TypeDef::Kind::own:
    case TypeDef::Kind::borrow:
    case TypeDef::Kind::stream:
    case TypeDef::Kind::future: return true;
    default: break;
  }
  for (const wit::Field& field : type.fields) {
    if (has_handle(field.type)) return true;
  }
  return has_handle(type.first) || has_handle(type.second);
}

// What is passed by value anyway.
bool Generator::is_small(ValType of) const {
  if (!of.is_defined()) return of.primitive() != Primitive::string;
  const TypeDef& type = wit_.type(of);
  switch (type.kind) {
    case TypeDef::Kind::enum_:
    case TypeDef::Kind::flags: return true;
    case TypeDef::Kind::alias:
    case TypeDef::Kind::use: return is_small(type.first);
    default: return false;
  }
}

void Generator::docs(const std::string& text, std::string_view indent) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    text_ += fmt::format("{}// {}", indent, text.substr(at, end - at));
    text_.erase(text_.find_last_not_of(' ') + 1);
    if (text_.back() == '\\') text_ += '.';
    text_ += '\n';
    at = end + 1;
  }
}

Result<void> Generator::record(const TypeDef& of) {
  const std::string name = pascal(of.name);
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

Result<void> Generator::variant(const TypeDef& of) {
  const std::string name = pascal(of.name), cases = name + "Cases";
  std::string tags, alternatives, aliases, labels;
  for (const wit::Field& field : of.fields) {
    const std::string one = pascal(field.name);
    const std::string payload = field.type.present() ? ", " + TRY(type(field.type)) : "";
    const std::string made = fmt::format("::heddle::Case<{}::{}{}>", cases, one, payload);
    tags += fmt::format("  struct {};\n", one);
    alternatives += (alternatives.empty() ? "" : ", ") + made;
    aliases += fmt::format("  using {} = {};\n", one, made);
    labels += ", " + snake(field.name);
  }
  text_ += fmt::format("struct {} {{\n{}}};\nstruct {} : std::variant<{}> {{\n  using variant::variant;\n{}}};\n",
                       cases, tags, name, alternatives, aliases);
  text_ += fmt::format("HEDDLE_VARIANT({}{});\n\n", name, labels);
  return {};
}

void Generator::names(const TypeDef& of, bool flags) {
  const std::string name = pascal(of.name);
  std::string labels;
  const std::string_view width = of.fields.size() <= 8 ? "uint8_t" : of.fields.size() <= 16 ? "uint16_t" : "uint32_t";
  text_ += flags ? fmt::format("enum class {} : {} {{\n", name, width) : fmt::format("enum class {} {{\n", name);
  for (size_t i = 0; i < of.fields.size(); ++i) {
    const std::string one = snake(of.fields[i].name);
    docs(of.fields[i].docs, "  ");
    text_ += flags ? fmt::format("  {} = {}u,\n", one, uint64_t{1} << i) : fmt::format("  {},\n", one);
    labels += ", " + one;
  }
  text_ += fmt::format("}};\n{}({}{});\n\n", flags ? "HEDDLE_FLAGS" : "HEDDLE_ENUM", name, labels);
}

Result<void> Generator::define(const TypeDef& of) {
  docs(of.annotations.docs);
  switch (of.kind) {
    case TypeDef::Kind::record: return record(of);
    case TypeDef::Kind::variant: return variant(of);
    case TypeDef::Kind::enum_: names(of, false); return {};
    case TypeDef::Kind::flags: names(of, true); return {};
    case TypeDef::Kind::resource: text_ += fmt::format("class {};\n\n", pascal(of.name)); return {};
    case TypeDef::Kind::alias:
    case TypeDef::Kind::use:
      text_ += fmt::format("using {} = {};\n\n", pascal(of.name), TRY(type(of.first)));
      return {};
    default: text_ += fmt::format("using {} = {};\n\n", pascal(of.name), TRY(composed(of, Use::value))); return {};
  }
}

// --- functions

Result<Generator::Call> Generator::call(const Function& function, const TypeDef* resource, Use use) {
  Call made;
  made.async = function.async;
  made.name = snake(function.name);
  made.wit_name = function.name;
  std::vector<std::string> types;
  auto param = [&](const std::string& name, const std::string& cpp, bool moved, bool by_reference) {
    made.params += (made.params.empty() ? "" : ", ") + (by_reference ? "const " + cpp + "&" : cpp) + " " + name;
    made.names += (made.names.empty() ? "" : ", ") + (moved ? "std::move(" + name + ")" : name);
    types.push_back(by_reference ? "const " + cpp + "&" : cpp);
  };
  if (resource) {
    const std::string name = snake(resource->name);
    switch (function.kind) {
      case Function::Kind::constructor:
        made.wit_name = "[constructor]" + resource->name;
        made.name = "new_" + name;
        break;
      case Function::Kind::static_:
        made.wit_name = "[static]" + resource->name + "." + function.name;
        made.name = name + "_" + snake(function.name);
        break;
      case Function::Kind::method:
        made.wit_name = "[method]" + resource->name + "." + function.name;
        if (use == Use::argument) {
          made.name = name + "_" + snake(function.name);
          param("self", fmt::format("::heddle::Borrow<{}>", qualified(*resource)), true, false);
        }
        break;
      case Function::Kind::free: break;
    }
  }
  for (const wit::Field& field : function.params) {
    const std::string cpp = TRY(type(field.type, use));
    const bool plain = is_small(field.type);
    const bool view = cpp == "std::string_view", handle = has_handle(field.type);
    param(snake(field.name), cpp, !plain && !view && (handle || use == Use::value),
          use == Use::argument && !plain && !view && !handle);
  }
  made.result = "void";
  if (function.result.present())
    made.result = TRY(type(function.result));
  else if (resource && function.kind == Function::Kind::constructor)
    made.result = fmt::format("::heddle::Own<{}>", qualified(*resource));
  std::string list;
  for (const std::string& one : types) list += (list.empty() ? "" : ", ") + one;
  made.signature = fmt::format("{}({})", made.result, list);
  return made;
}

std::string Generator::returned(const Call& call) const {
  const std::string result = "::heddle::Result<" + call.result + ">";
  return call.async ? "::heddle::Task<" + result + ">" : result;
}

Result<std::vector<Generator::Call>> Generator::calls(const Scope& scope, Use use) {
  std::vector<Call> all;
  for (const wit::TypeDefIdx index : scope.types) {
    const TypeDef& type = wit_.types[index];
    if (type.kind != TypeDef::Kind::resource) continue;
    for (const Function& method : type.methods) {
      if (use == Use::value && method.kind == Function::Kind::method) continue;  // of the resource's own class
      all.push_back(TRY(call(method, &type, use)));
    }
  }
  for (const Function& function : scope.functions) all.push_back(TRY(call(function, nullptr, use)));
  return all;
}

// --- what is imported

Result<void> Generator::host_resource(const TypeDef& of) {
  const std::string name = pascal(of.name);
  text_ += fmt::format("// To derive from: what stands behind the handles of `{}`.\nclass {} {{\n public:\n", of.name,
                       name);
  text_ += fmt::format(
      "  {0}() = default;\n  virtual ~{0}() = default;\n  {0}(const {0}&) = delete;\n"
      "  {0}& operator=(const {0}&) = delete;\n",
      name);
  for (const Function& method : of.methods) {
    if (method.kind != Function::Kind::method) continue;
    const Call made = TRY(call(method, &of, Use::value));
    docs(method.annotations.docs, "  ");
    text_ += fmt::format("  virtual {} {}({}) = 0;\n", returned(made), made.name, made.params);
  }
  text_ += "};\n\n";
  return {};
}

Result<void> Generator::add_to(const Scope& scope) {
  text_ += "// `host` must outlive what is instantiated.\n";
  text_ += "inline void add_to(::heddle::ComponentLinker& linker, [[maybe_unused]] Host& host) {\n";
  const std::string prefix = scope.name.empty() ? "" : scope.name + "#";
  for (const Call& made : TRY(calls(scope, Use::value))) {
    text_ += fmt::format("  linker.define(\"{}{}\", [&host]({}) {{ return host.{}({}); }});\n", prefix, made.wit_name,
                         made.params, made.name, made.names);
  }
  for (const wit::TypeDefIdx index : scope.types) {
    const TypeDef& type = wit_.types[index];
    if (type.kind != TypeDef::Kind::resource) continue;
    const std::string name = pascal(type.name);
    text_ += fmt::format("  linker.resource<{}>(\"{}{}\");\n", name, prefix, type.name);
    for (const Function& method : type.methods) {
      if (method.kind != Function::Kind::method) continue;
      const Call made = TRY(call(method, &type, Use::value));
      text_ += fmt::format(
          "  linker.define(\"{}{}\", [](::heddle::Borrow<{}> self{}{}) {{ return self->{}({}); }});\n", prefix,
          made.wit_name, name, made.params.empty() ? "" : ", ", made.params, made.name, made.names);
    }
  }
  text_ += "}\n\n";
  return {};
}

Result<void> Generator::host(const Scope& scope) {
  text_ += fmt::format("// What {} needs: derive from it, and hand it to add_to.\nclass Host {{\n public:\n",
                       scope.name.empty() ? "the world" : "`" + scope.name + "`");
  text_ +=
      "  Host() = default;\n  virtual ~Host() = default;\n  Host(const Host&) = delete;\n"
      "  Host& operator=(const Host&) = delete;\n";
  for (const Call& made : TRY(calls(scope, Use::value))) {
    text_ += fmt::format("  virtual {} {}({}) = 0;\n", returned(made), made.name, made.params);
  }
  text_ += "};\n\n";
  return add_to(scope);
}

// --- what is exported

Result<void> Generator::guest(const Scope& scope, const std::vector<std::string>& inner) {
  const std::vector<Call> all = TRY(calls(scope, Use::argument));
  text_ += fmt::format("// What {} offers.\nclass Guest {{\n public:\n",
                       scope.name.empty() ? "the world" : "`" + scope.name + "`");
  std::string found, members;
  for (const Call& made : all) {
    text_ += fmt::format("  {} {}({}) const {{ return {}_->{}({}); }}\n", returned(made), made.name, made.params,
                         made.name, made.async ? "async" : "operator()", made.names);
    found += fmt::format(
        "    auto {0} = instance.get<{1}>(\"{2}{3}\");\n    if (!{0}) return {0}.error();\n"
        "    made.{0}_.emplace(*{0});\n",
        made.name, made.signature, scope.name.empty() ? "" : scope.name + "#", made.wit_name);
    members += fmt::format("  std::optional<::heddle::TypedComponentFunc<{}>> {}_;\n", made.signature, made.name);
  }
  for (const std::string& space : inner) {
    const std::string name = space.substr(space.rfind(':') + 1);
    text_ += fmt::format("  const ::{}::Guest& {}() const {{ return *{}_; }}\n", space, name, name);
    found += fmt::format(
        "    auto {0} = ::{1}::Guest::from(instance);\n    if (!{0}) return {0}.error();\n"
        "    made.{0}_.emplace(*{0});\n",
        name, space);
    members += fmt::format("  std::optional<::{}::Guest> {}_;\n", space, name);
  }
  text_ += "\n  // Fails where the instance does not have it all.\n";
  text_ += "  static ::heddle::Result<Guest> from([[maybe_unused]] const ::heddle::ComponentInstance& instance) {\n";
  text_ +=
      "    Guest made;\n" + found + "    return made;\n  }\n\n private:\n  Guest() = default;\n" + members + "};\n\n";
  return {};
}

// --- the whole

void Generator::collect(wit::InterfaceIdx index, const std::string& plain) {
  if (scopes_.contains(index.raw)) return;
  const wit::Interface& interface = wit_.interfaces[index];
  for (const wit::InterfaceIdx used : interface.uses) collect(used, "");
  scopes_[index.raw] = {interface_name(interface, plain), interface_space(interface, plain), interface.types,
                        interface.functions};
  order_.push_back(index.raw);
}

Result<void> Generator::types_of(const Scope& scope) {
  for (const wit::TypeDefIdx index : scope.types) TRY(define(wit_.types[index]));
  return {};
}

Result<std::string> Generator::run() {
  Scope own{"", package_space(world_.package) + "::" + snake(world_.name), {}, {}}, out = own;
  for (const wit::WorldItem& item : world_.imports) {
    switch (item.kind) {
      case wit::WorldItem::Kind::interface:
        collect(item.interface, item.name);
        imported_.insert(item.interface.raw);
        break;
      case wit::WorldItem::Kind::type: own.types.push_back(item.type); break;
      case wit::WorldItem::Kind::function: own.functions.push_back(item.function); break;
    }
  }
  for (const wit::WorldItem& item : world_.exports) {
    if (item.kind == wit::WorldItem::Kind::function) out.functions.push_back(item.function);
    if (item.kind != wit::WorldItem::Kind::interface) continue;
    collect(item.interface, item.name);
    exported_.insert(item.interface.raw);
  }
  const std::string name = wit_.packages[world_.package].name.text() + "/" + world_.name;
  text_ = fmt::format(
      "// The world `{}`, made by `heddle bindgen cpp`.\n#pragma once\n#include <heddle/component.h>\n\n", name);
  std::vector<std::string> exports;
  for (const uint32_t index : order_) {
    const Scope& scope = scopes_[index];
    open(scope.space);
    TRY(types_of(scope));
    if (imported_.contains(index)) {
      for (const wit::TypeDefIdx type : scope.types) {
        if (wit_.types[type].kind == TypeDef::Kind::resource) TRY(host_resource(wit_.types[type]));
      }
      if (!TRY(calls(scope, Use::argument)).empty()) TRY(host(scope));
    }
    if (exported_.contains(index)) {
      TRY(guest(scope, {}));
      exports.push_back(scope.space);
    }
    close(scope.space);
  }
  open(own.space);
  docs(world_.annotations.docs);
  TRY(types_of(own));
  for (const wit::TypeDefIdx type : own.types) {
    if (wit_.types[type].kind == TypeDef::Kind::resource) TRY(host_resource(wit_.types[type]));
  }
  if (!TRY(calls(own, Use::argument)).empty()) TRY(host(own));
  TRY(guest(out, exports));
  close(own.space);
  text_.pop_back();
  return text_;
}

}  // namespace

Result<std::string> generate_cpp(const wit::Wit& wit, const wit::World& world, ErrorSink* sink) {
  return Generator(wit, world, sink).run();
}

std::string cpp_file_name(const wit::World& world) { return snake(world.name); }

}  // namespace heddle::cli
