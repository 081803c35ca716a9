// The JSON is followed while it is read: a stack of what is described goes down the schema below, and each text is
// put where it belongs at once. So nothing is kept of a hostile section, and it cannot be nested deeper than the
// schema. What is described is found by its name in tables, which one walk over the package fills.
#include "component/wit/package_docs.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_map>

// The same headers may be in the program around the library, where they throw exceptions: the linker must not take
// one for the other.
#define NLOHMANN_JSON_NAMESPACE nlohmann::no_exceptions
#define NLOHMANN_JSON_NAMESPACE_BEGIN \
  namespace nlohmann {                \
  inline namespace no_exceptions {
#define NLOHMANN_JSON_NAMESPACE_END \
  }                                 \
  }
#include <nlohmann/json.hpp>

#include "component/syntax/extern_name.h"
#include "component/syntax/semver.h"
#include "component/wit/lexer.h"
#include "component/wit/resolve.h"

namespace heddle::component::wit {
namespace {

constexpr std::string_view kSection = "package-docs";
constexpr uint8_t kNewestVersion = 1;

// --- names

// All but worlds and interfaces stand behind the key of their scope: an interface, what a world imports, what it
// exports, a type.
struct Names {
  template <class T>
  using Map = std::unordered_map<std::string, T>;

  explicit Names(Wit& wit);
  void add_functions(const std::string& scope, std::vector<Function>& functions);
  void add_type(Wit& wit, const std::string& scope, TypeDefIdx index);
  void add_items(Wit& wit, const std::string& scope, std::vector<WorldItem>& items);

  static std::string scope_of(InterfaceIdx index) { return "i" + std::to_string(index.raw) + "/"; }
  static std::string scope_of(WorldIdx index, bool exports) {
    return "w" + std::to_string(index.raw) + (exports ? ">" : "<");
  }
  static std::string scope_of(TypeDefIdx index) { return "t" + std::to_string(index.raw) + "/"; }

  Map<WorldIdx> worlds;          // of the root package
  Map<InterfaceIdx> interfaces;  // likewise
  Map<TypeDefIdx> types;
  Map<Annotations*> functions;  // by the names they have in binaries: "[method]r.f"
  Map<WorldItem*> externs;      // interfaces that worlds import and export
  Map<Field*> fields;
};

// "a:b/i@1.0.0"
std::string full_name(const Wit& wit, InterfaceIdx index) {
  const Interface& interface = wit.interfaces[index];
  const PackageName& package = wit.packages[interface.package].name;
  return package.space + ":" + package.name + "/" + interface.name +
         (package.version.empty() ? "" : "@" + package.version);
}

Names::Names(Wit& wit) {
  const Package& root = wit.packages[wit.root];
  for (WorldIdx index : root.worlds) worlds.emplace(wit.worlds[index].name, index);
  for (InterfaceIdx index : root.interfaces) interfaces.emplace(wit.interfaces[index].name, index);
  for (uint32_t i = 0; i < wit.interfaces.size(); ++i) {
    const std::string scope = scope_of(InterfaceIdx{i});
    for (TypeDefIdx type : wit.interfaces[InterfaceIdx{i}].types) add_type(wit, scope, type);
    add_functions(scope, wit.interfaces[InterfaceIdx{i}].functions);
  }
  for (uint32_t i = 0; i < wit.worlds.size(); ++i) {
    World& world = wit.worlds[WorldIdx{i}];
    add_items(wit, scope_of(WorldIdx{i}, false), world.imports);
    add_items(wit, scope_of(WorldIdx{i}, true), world.exports);
  }
}

void Names::add_functions(const std::string& scope, std::vector<Function>& list) {
  for (Function& function : list) functions.emplace(scope + function.name, &function.annotations);
}

void Names::add_type(Wit& wit, const std::string& scope, TypeDefIdx index) {
  TypeDef& def = wit.types[index];
  types.emplace(scope + def.name, index);
  for (Function& method : def.methods) {
    const bool is_static = method.kind == Function::Kind::static_;
    const std::string name = method.kind == Function::Kind::constructor
                                 ? "[constructor]" + def.name
                                 : (is_static ? "[static]" : "[method]") + def.name + "." + method.name;
    functions.emplace(scope + name, &method.annotations);
  }
  if (def.kind == TypeDef::Kind::tuple) return;
  for (Field& field : def.fields) fields.emplace(scope_of(index) + field.name, &field);
}

void Names::add_items(Wit& wit, const std::string& scope, std::vector<WorldItem>& items) {
  for (WorldItem& item : items) {
    switch (item.kind) {
      case WorldItem::Kind::interface:
        externs.emplace(scope + (item.name.empty() ? full_name(wit, item.interface) : item.name), &item);
        break;
      case WorldItem::Kind::type: add_type(wit, scope, item.type); break;
      case WorldItem::Kind::function: functions.emplace(scope + item.name, &item.function.annotations); break;
    }
  }
}

// --- the schema

// What an object of the JSON is. Those in the second line have an entry for each name.
enum class In : uint8_t {
  package,
  world,
  interface,
  type,
  func,
  stability,
  gate,
  worlds,
  interfaces,
  plain_interfaces,
  types,
  funcs,
  fields,
  gates,
  texts,
};

// Where to look for the names in it: where those of the object around it are, or on a side of the world around it.
enum class Where : uint8_t { here, imports, exports, both };

struct Step {
  In in;
  std::string_view key;
  In to;
  Where where = Where::here;
};

// clang-format off
constexpr Step kSteps[] = {
  {In::package,   "worlds",                     In::worlds},
  {In::package,   "interfaces",                 In::interfaces},
  {In::world,     "stability",                  In::stability},
  {In::world,     "types",                      In::types,            Where::imports},
  // Version 0 tells no side.
  {In::world,     "interfaces",                 In::plain_interfaces, Where::both},
  {In::world,     "interface_exports",          In::plain_interfaces, Where::exports},
  {In::world,     "funcs",                      In::funcs,            Where::both},
  {In::world,     "func_exports",               In::funcs,            Where::exports},
  {In::world,     "interface_import_stability", In::gates,            Where::imports},
  {In::world,     "interface_export_stability", In::gates,            Where::exports},
  {In::world,     "interface_import_docs",      In::texts,            Where::imports},
  {In::world,     "interface_export_docs",      In::texts,            Where::exports},
  {In::interface, "stability",                  In::stability},
  {In::interface, "types",                      In::types},
  {In::interface, "funcs",                      In::funcs},
  {In::type,      "stability",                  In::stability},
  {In::type,      "items",                      In::fields},
  {In::func,      "stability",                  In::stability},
  {In::stability, "stable",                     In::gate},
  {In::stability, "unstable",                   In::gate},
};
// clang-format on

constexpr std::string_view name_of(In in) {
  switch (in) {
    case In::worlds: return "world";
    case In::interfaces:
    case In::plain_interfaces:
    case In::gates:
    case In::texts: return "interface";
    case In::types: return "type";
    case In::funcs: return "function";
    case In::fields: return "field, case or flag";
    case In::package:
    case In::world:
    case In::interface:
    case In::type:
    case In::func:
    case In::stability:
    case In::gate: return {};
  }
  return {};
}

// An object that is being read. What it has none of is null or empty.
struct Frame {
  In in = In::package;
  WorldIdx world;
  std::string scope, other_scope;  // where its names are
  Annotations* annotations = nullptr;
  std::string* docs = nullptr;
  bool foreign = false;  // the import or export of another package's interface
  bool gated = false;    // of `stability`: it has said how
  std::string key;       // of the member that is being read
  uint32_t key_at = 0;
};

// --- reading

// Tells how far the text was read.
struct Cursor {
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at = nullptr;
  const char** end = nullptr;

  const char& operator*() const { return *at; }
  Cursor& operator++() {
    *end = ++at;
    return *this;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at == b.at; }
};

// The functions that nlohmann's parser calls, of which each says whether it goes on. Offsets are those of the binary.
class Reader {
 public:
  using Json = nlohmann::json;

  Reader(Wit& wit, std::string_view text, uint32_t base, ErrorSink* sink)
      : wit_(wit), names_(wit), text_(text), base_(base), sink_(sink) {}

  Result<void> run() {
    const char* begin = text_.data();
    read_to_ = begin;
    static_cast<void>(Json::sax_parse(Cursor{begin, &read_to_}, Cursor{begin + text_.size(), &read_to_}, this));
    if (error_) return *error_;
    for (TypeDef& def : wit_.types) {
      if (def.kind == TypeDef::Kind::use) def.annotations.docs.clear();  // WIT has none there
    }
    return {};
  }

  bool start_object(size_t);
  bool end_object();
  bool key(std::string& name);
  bool string(std::string& value);
  bool null();
  bool boolean(bool) { return take(), unexpected("boolean"); }
  bool number_integer(int64_t) { return take(), unexpected("number"); }
  bool number_unsigned(uint64_t) { return take(), unexpected("number"); }
  bool number_float(double, const std::string&) { return take(), unexpected("number"); }
  bool binary(Json::binary_t&) { return false; }
  bool start_array(size_t) { return take(), unexpected("array"); }
  bool end_array() { return false; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) {
    const auto read = static_cast<uint32_t>(read_to_ - text_.data());
    if (!error_) error_ = malformed(sink_, base_ + read - (read == 0 ? 0 : 1), in_section("this is not JSON"));
    return false;
  }

 private:
  // Every token but commas and colons has a call, which begins with this.
  void take() {
    while (taken_ < text_.size() && std::string_view(" \t\r\n:,").find(text_[taken_]) != std::string_view::npos) {
      ++taken_;
    }
    token_ = base_ + taken_;
    taken_ = static_cast<uint32_t>(read_to_ - text_.data());
  }

  static std::string in_section(const std::string& what) { return std::string(kSection) + ": " + what; }
  bool fail(uint32_t at, const std::string& what) {
    if (!error_) error_ = invalid(sink_, at, in_section(what));
    return false;
  }
  bool unexpected(const std::string& what) {
    return fail(token_, "unexpected " + what + (stack_.empty() ? "" : " as " + component::quoted(stack_.back().key)));
  }

  // What the key of an object names, or null.
  template <class T>
  const T* find(const Names::Map<T>& names, const Frame& in) {
    auto found = names.find(in.scope + in.key);
    if (found == names.end() && !in.other_scope.empty()) found = names.find(in.other_scope + in.key);
    if (found != names.end()) return &found->second;
    fail(in.key_at, "there is no " + std::string(name_of(in.in)) + " " + component::quoted(in.key));
    return nullptr;
  }

  // What an object within another one is; false where there can be none.
  bool step(Frame& top, Frame& made);
  bool named(const Frame& top, Frame& made);
  bool plain_interface(const Frame& top, Frame& made);
  bool set_docs(std::string* to, std::string_view text);
  bool set_gate(const Frame& top, std::string& value);
  bool end_gate(const Frame& frame);

  Wit& wit_;
  Names names_;
  std::string_view text_;
  uint32_t base_;
  ErrorSink* sink_;
  const char* read_to_ = nullptr;  // by the parser
  uint32_t taken_ = 0;             // of `text_`, by calls
  uint32_t token_ = 0;             // where that of this call begins
  std::vector<Frame> stack_;
  std::optional<Error> error_;
};

bool Reader::start_object(size_t) {
  take();
  Frame made;
  if (stack_.empty()) {
    made.docs = &wit_.packages[wit_.root].docs;
  } else if (Frame& top = stack_.back(); name_of(top.in).empty() ? !step(top, made) : !named(top, made)) {
    return false;
  }
  stack_.push_back(std::move(made));
  return true;
}

bool Reader::step(Frame& top, Frame& made) {
  const auto* step = std::find_if(std::begin(kSteps), std::end(kSteps), [&](const Step& candidate) {
    return candidate.in == top.in && candidate.key == top.key;
  });
  if (step == std::end(kSteps)) return unexpected("object");
  made.in = step->to;
  made.scope = top.scope;
  made.annotations = top.annotations;
  made.foreign = top.foreign;
  if (step->where != Where::here) made.scope = Names::scope_of(top.world, step->where == Where::exports);
  if (step->where == Where::both) made.other_scope = Names::scope_of(top.world, true);
  if (step->to != In::gate) return true;
  Gate& gate = made.annotations->gate;
  if (gate.kind != Gate::Kind::none) return fail(top.key_at, "this has two gates");
  gate.kind = top.key == "stable" ? Gate::Kind::since : Gate::Kind::unstable;
  top.gated = true;
  return true;
}

bool Reader::named(const Frame& top, Frame& made) {
  switch (top.in) {
    case In::worlds:
      if (const WorldIdx* world = find(names_.worlds, top)) {
        made.in = In::world;
        made.world = *world;
        made.annotations = &wit_.worlds[*world].annotations;
      }
      break;
    case In::interfaces:
      if (const InterfaceIdx* interface = find(names_.interfaces, top)) {
        made.in = In::interface;
        made.scope = Names::scope_of(*interface);
        made.annotations = &wit_.interfaces[*interface].annotations;
      }
      break;
    case In::plain_interfaces:
      if (!plain_interface(top, made)) return false;
      break;
    case In::gates:
      if (WorldItem* const* item = find(names_.externs, top)) {
        made.in = In::stability;
        made.annotations = &(*item)->annotations;
        made.foreign = wit_.interfaces[(*item)->interface].package != wit_.root;
      }
      break;
    case In::types:
      if (const TypeDefIdx* type = find(names_.types, top)) {
        made.in = In::type;
        made.scope = Names::scope_of(*type);
        made.annotations = &wit_.types[*type].annotations;
      }
      break;
    case In::funcs:
      if (Annotations* const* function = find(names_.functions, top)) {
        made.in = In::func;
        made.annotations = *function;
      }
      break;
    case In::fields:
    case In::texts:
    case In::package:
    case In::world:
    case In::interface:
    case In::type:
    case In::func:
    case In::stability:
    case In::gate: return unexpected("object");
  }
  if (!made.annotations) return false;
  if (made.in != In::stability) made.docs = &made.annotations->docs;
  return true;
}

// One that is defined where it is imported or exported.
bool Reader::plain_interface(const Frame& top, Frame& made) {
  WorldItem* const* item = find(names_.externs, top);
  if (!item) return false;
  if (!wit_.interfaces[(*item)->interface].name.empty()) {
    return fail(top.key_at, component::quoted(top.key) + " is not defined in the world");
  }
  made.in = In::interface;
  made.scope = Names::scope_of((*item)->interface);
  made.annotations = &(*item)->annotations;
  return true;
}

bool Reader::end_object() {
  take();
  const Frame frame = std::move(stack_.back());
  stack_.pop_back();
  if (frame.in == In::gate) return end_gate(frame);
  return frame.in != In::stability || frame.gated || fail(token_, "expected `stable` or `unstable`");
}

bool Reader::end_gate(const Frame& frame) {
  Gate& gate = frame.annotations->gate;
  const bool since = gate.kind == Gate::Kind::since;
  if ((since ? gate.since : gate.unstable).empty())
    return fail(token_, since ? "expected `since`" : "expected `feature`");
  const std::string why = contradiction(gate, wit_.packages[wit_.root].name);
  if (why.empty()) return true;
  // Of what came from another package's world: `include` leaves it out, and older tools did not.
  if (!frame.foreign || !since) return fail(token_, why);
  gate = {};
  return true;
}

bool Reader::key(std::string& name) {
  take();
  stack_.back().key = std::move(name);
  stack_.back().key_at = token_;
  return true;
}

bool Reader::null() {
  take();
  if (stack_.empty()) return unexpected("null");
  const Frame& top = stack_.back();
  if (top.docs && top.key == "docs") return true;
  if (top.in == In::gate && top.key == "deprecated") return true;
  if (top.in == In::funcs) return find(names_.functions, top) != nullptr;
  return unexpected("null");
}

bool Reader::string(std::string& value) {
  take();
  if (stack_.empty()) return unexpected("string");
  const Frame& top = stack_.back();
  switch (top.in) {
    case In::package:
    case In::world:
    case In::interface:
    case In::type:
    case In::func:
      if (top.key == "docs") return set_docs(top.docs, value);
      if (top.key == "stability" && value == "unknown" && top.in != In::package) return true;
      return unexpected("string");
    case In::gate: return set_gate(top, value);
    case In::funcs:
      if (Annotations* const* function = find(names_.functions, top)) return set_docs(&(*function)->docs, value);
      return false;
    case In::fields:
      if (Field* const* field = find(names_.fields, top)) return set_docs(&(*field)->docs, value);
      return false;
    case In::texts:
      if (WorldItem* const* item = find(names_.externs, top)) return set_docs(&(*item)->annotations.docs, value);
      return false;
    case In::gates: return value == "unknown" ? find(names_.externs, top) != nullptr : unexpected("string");
    case In::stability:
    case In::worlds:
    case In::interfaces:
    case In::plain_interfaces:
    case In::types: return unexpected("string");
  }
  return false;
}

// In the form in which the text of WIT gives it back.
bool Reader::set_docs(std::string* to, std::string_view text) {
  if (const auto bad = bad_character(text)) return fail(token_, std::string(bad->what) + " may not stand in WIT");
  *to = normal_docs(text);
  return true;
}

bool Reader::set_gate(const Frame& top, std::string& value) {
  Gate& gate = top.annotations->gate;
  const bool since = gate.kind == Gate::Kind::since;
  if (top.key == "feature") {
    if (!is_label(value)) return fail(token_, component::quoted(value) + " is no name of a feature");
    if (!since) gate.unstable = std::move(value);  // what is stable had one too before
    return true;
  }
  if (top.key != "deprecated" && (top.key != "since" || !since)) return unexpected("string");
  std::string why;
  if (!parse_semver(value, &why)) return fail(token_, "expected a semantic version: " + why);
  (top.key == "since" ? gate.since : gate.deprecated) = std::move(value);
  return true;
}

}  // namespace

Result<void> add_package_docs(const Component& component, Wit& wit, ErrorSink* sink) {
  const Custom* found = nullptr;
  const std::string prefix = std::string(kSection) + ": ";
  for (const Custom& custom : component.customs) {
    if (custom.name != kSection) continue;
    if (found) return invalid(sink, custom.at, prefix + "there are two of these sections");
    found = &custom;
  }
  if (!found) return {};
  if (found->bytes.empty()) return malformed(sink, found->at, prefix + "there is no version");
  const uint8_t version = found->bytes[0];
  if (version > kNewestVersion) {
    return malformed(sink, found->at, prefix + "version " + std::to_string(version) + " is not known");
  }
  const auto* bytes = reinterpret_cast<const char*>(found->bytes.data());
  return Reader(wit, {bytes + 1, found->bytes.size() - 1}, found->at + 1, sink).run();
}

}  // namespace heddle::component::wit
