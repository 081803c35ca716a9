// The grammar of WIT.md, a function a production. An item's documentation and gates are read before it is known what
// item it is, and are checked against what it turns out to be.
#include "component/wit/parser.h"

#include <charconv>
#include <iterator>

#include "component/syntax/limits.h"
#include "component/wit/lexer.h"

namespace heddle::component::wit {
namespace {

using namespace ast;
using Kind = Token::Kind;

std::string found(const Token& token) {
  switch (token.kind) {
    case Kind::end: return "the end of the text";
    case Kind::id: return "the identifier " + quoted(token.text);
    case Kind::keyword: return "the keyword " + quoted(token.text);
    case Kind::integer: return "the number " + quoted(token.text);
    case Kind::string: return "a string";
    case Kind::punctuation: return quoted(token.text);
  }
  return {};
}

struct TypeWord {
  std::string_view word;
  Type::Kind kind;
  uint8_t least, most;  // arguments
};
constexpr TypeWord kTypeWords[] = {
    {"list", Type::Kind::list, 1, 1},     {"option", Type::Kind::option, 1, 1}, {"result", Type::Kind::result, 0, 2},
    {"tuple", Type::Kind::tuple, 1, 255}, {"map", Type::Kind::map, 2, 2},       {"future", Type::Kind::future, 0, 1},
    {"stream", Type::Kind::stream, 0, 1},
};

struct DefWord {
  std::string_view word;
  TypeDef::Kind kind;
};
constexpr DefWord kDefWords[] = {
    {"type", TypeDef::Kind::alias}, {"record", TypeDef::Kind::record}, {"variant", TypeDef::Kind::variant},
    {"enum", TypeDef::Kind::enum_}, {"flags", TypeDef::Kind::flags},   {"resource", TypeDef::Kind::resource},
};

class Parser {
 public:
  Parser(const Source& source, ErrorSink* sink) : lexer_(source, sink) {}

  Result<File> file();

 private:
  // Tokens.
  Result<void> advance() {
    token_ = TRY(lexer_.next(token_.end));
    return {};
  }
  bool at(std::string_view word) const { return token_.is(word); }
  Result<bool> accept(std::string_view word);
  Result<void> expect(std::string_view word);
  Error expected(std::string_view what) const;
  Error fail(const Id& id, std::string what) const { return lexer_.fail(id.offset - lexer_.base(), std::move(what)); }
  Result<Id> id(std::string_view what = "an identifier");
  // Items between brackets, separated by commas, the last of which may be followed by one.
  template <class Item>
  Result<void> list(std::string_view close, Item item);

  // Names.
  Result<PackageName> package_name();
  Result<void> refuse_nesting() const;
  Result<std::string_view> version();
  Result<UsePath> use_path();
  Result<UsePath> rest_of_path(Id first);
  Result<std::vector<Rename>> renames(bool as_needed);

  // Annotations.
  Result<Annotations> annotations();
  Result<void> annotation(Annotations& found);
  Result<std::string> field(std::string_view name, bool is_version);
  Result<void> refuse_gate(const Annotations& annotations, std::string_view what) const;
  Result<void> refuse_external_id(const Annotations& annotations, std::string_view what) const;

  // Types.
  Result<Type> type();
  Result<void> arguments(Type& type, const TypeWord& word);
  Result<std::vector<Field>> params();
  Result<Func> func(Annotations annotations, Id name, Func::Kind kind);
  Result<void> signature(Func& func);
  Result<Func> resource_func(Annotations annotations);
  const DefWord* def_word() const;
  Result<TypeDef> type_def(Annotations annotations, const DefWord& word);
  Result<void> fields(TypeDef& def);

  // Items.
  Result<Use> use(Annotations annotations);
  Result<Body> interface_body();
  Result<bool> begins_path(const Token& first);
  Result<Extern> extern_(Annotations annotations);
  Result<Include> include(Annotations annotations);
  Result<World> world(Annotations annotations);
  Result<TopLevelUse> top_level_use();
  Result<bool> item(Annotations& annotations, Items& items);
  Result<void> package(Annotations annotations, File& file, bool first);

  Lexer lexer_;
  Token token_;
  uint32_t depth_ = 0;              // of types
  uint32_t annotation_offset_ = 0;  // of the first of an item, for messages
};

// --- tokens
// ---------------------------------------------------------------------------------------------------------

Result<bool> Parser::accept(std::string_view word) {
  if (!at(word)) return false;
  TRY(advance());
  return true;
}

Error Parser::expected(std::string_view what) const {
  return lexer_.fail(token_.offset, "expected " + std::string(what) + ", found " + found(token_));
}

Result<void> Parser::expect(std::string_view word) {
  if (!at(word)) return expected(quoted(word));
  return advance();
}

Result<Id> Parser::id(std::string_view what) {
  if (token_.kind == Kind::keyword) {
    const Token next = TRY(lexer_.next(token_.end));  // behind a name there is none
    if (next.kind == Kind::punctuation) lexer_.note("as a name it is written `%" + std::string(token_.text) + "`");
  }
  if (token_.kind != Kind::id) return expected(what);
  Id id{token_.text, lexer_.base() + token_.offset};
  TRY(advance());
  return id;
}

template <class Item>
Result<void> Parser::list(std::string_view close, Item item) {
  while (!TRY(accept(close))) {
    TRY(item());
    if (TRY(accept(","))) continue;
    if (!at(close)) return expected("`,` or " + quoted(close));
  }
  return {};
}

// --- names
// ----------------------------------------------------------------------------------------------------------

Result<std::string_view> Parser::version() {
  std::string_view version = TRY(lexer_.version(token_.offset));
  token_.end = token_.offset + static_cast<uint32_t>(version.size());
  TRY(advance());
  return version;
}

// The grammar keeps a place for nested namespaces and packages, which no tool fills.
Result<void> Parser::refuse_nesting() const {
  if (!at(":") && !at("/")) return {};
  return lexer_.fail(token_.offset, "namespaces and packages are not nested: a name has one of each");
}

// package-decl, without its keyword
Result<PackageName> Parser::package_name() {
  PackageName name;
  name.space = TRY(id());
  TRY(expect(":"));
  name.name = TRY(id());
  TRY(refuse_nesting());
  if (TRY(accept("@"))) name.version = TRY(version());
  return name;
}

// use-path
Result<UsePath> Parser::use_path() {
  Id first = TRY(id("the name of an interface or world"));
  return rest_of_path(first);
}

Result<UsePath> Parser::rest_of_path(Id first) {
  UsePath path;
  path.name = first;
  if (!TRY(accept(":"))) return path;
  PackageName package;
  package.space = first;
  package.name = TRY(id());
  if (at(":")) TRY(refuse_nesting());
  TRY(expect("/"));
  path.name = TRY(id());
  TRY(refuse_nesting());
  if (TRY(accept("@"))) package.version = TRY(version());
  path.package = package;
  return path;
}

// use-names-list, include-names-list
Result<std::vector<Rename>> Parser::renames(bool as_needed) {
  const Token open = token_;
  TRY(expect("{"));
  std::vector<Rename> names;
  TRY(list("}", [&]() -> Result<void> {
    Rename rename;
    rename.name = rename.as = TRY(id());
    if (as_needed && !at("as")) return expected("`as`");
    if (TRY(accept("as"))) rename.as = TRY(id());
    names.push_back(rename);
    return {};
  }));
  if (names.empty()) return lexer_.fail(open.offset, "expected at least one name between `{` and `}`");
  return names;
}

// --- annotations
// ----------------------------------------------------------------------------------------------------

// gate, external-id
Result<Annotations> Parser::annotations() {
  Annotations found;
  found.docs = lexer_.docs(token_);
  annotation_offset_ = token_.offset;
  while (at("@")) {
    TRY(annotation(found));
    if (std::string more = lexer_.docs(token_); !more.empty()) {
      found.docs += (found.docs.empty() ? "" : "\n") + more;
    }
  }
  if (!found.gate.deprecated.empty() && found.gate.kind == Gate::Kind::none) {
    return lexer_.fail(annotation_offset_, "`@deprecated` needs `@since` or `@unstable` beside it");
  }
  return found;
}

Result<void> Parser::annotation(Annotations& found) {
  const uint32_t place = token_.offset;
  TRY(expect("@"));
  Id name = TRY(id("an annotation"));
  Gate& gate = found.gate;
  bool again = false;
  if (name.text == "since" || name.text == "unstable") {
    if (gate.kind != Gate::Kind::none) return lexer_.fail(place, "an item has one `@since` or one `@unstable`");
    const bool since = name.text == "since";
    gate.kind = since ? Gate::Kind::since : Gate::Kind::unstable;
    (since ? gate.since : gate.unstable) = TRY(field(since ? "version" : "feature", since));
  } else if (name.text == "deprecated") {
    again = !gate.deprecated.empty();
    gate.deprecated = TRY(field("version", true));
  } else if (name.text == "external-id") {
    again = found.external_id.has_value();
    TRY(expect("("));
    if (token_.kind != Kind::string) return expected("a string");
    found.external_id = TRY(lexer_.decoded(token_));
    TRY(advance());
    TRY(expect(")"));
  } else {
    return fail(name, "unknown annotation " + quoted("@" + std::string(name.text)));
  }
  if (again) return lexer_.fail(place, quoted("@" + std::string(name.text)) + " stands twice before an item");
  return {};
}

// version-field, feature-field
Result<std::string> Parser::field(std::string_view name, bool is_version) {
  TRY(expect("("));
  if (token_.kind != Kind::id || token_.text != name) return expected(quoted(name));
  TRY(advance());
  TRY(expect("="));
  std::string value(is_version ? TRY(version()) : TRY(id("the name of a feature")).text);
  TRY(expect(")"));
  return value;
}

Result<void> Parser::refuse_gate(const Annotations& annotations, std::string_view what) const {
  if (annotations.gate.kind == Gate::Kind::none) return {};
  return lexer_.fail(annotation_offset_, std::string(what) + " has no gates");
}

Result<void> Parser::refuse_external_id(const Annotations& annotations, std::string_view what) const {
  if (!annotations.external_id) return {};
  return lexer_.fail(annotation_offset_, std::string(what) + " has no `@external-id`");
}

// --- types
// ----------------------------------------------------------------------------------------------------------

// ty
Result<Type> Parser::type() {
  if (depth_ == limits::kNesting) return lexer_.fail(token_.offset, "types are nested too deeply");
  Type type;
  type.offset = lexer_.base() + token_.offset;
  for (size_t i = 0; i < std::size(kPrimitives); ++i) {
    if (token_.text != kPrimitives[i].text) continue;
    // `error-context` is no keyword: only one that is escaped is a name.
    if (token_.kind != Kind::keyword &&
        (token_.kind != Kind::id || token_.end - token_.offset != token_.text.size())) {
      continue;
    }
    type.kind = Type::Kind::primitive;
    type.primitive = static_cast<Primitive>(i);
    TRY(advance());
    return type;
  }
  for (const TypeWord& word : kTypeWords) {
    if (!TRY(accept(word.word))) continue;
    type.kind = word.kind;
    ++depth_;
    TRY(arguments(type, word));
    --depth_;
    return type;
  }
  if (at("own") || at("borrow")) {
    type.kind = at("own") ? Type::Kind::own : Type::Kind::borrow;
    TRY(advance());
    TRY(expect("<"));
    type.name = TRY(id("the name of a resource"));
    TRY(expect(">"));
    return type;
  }
  type.kind = Type::Kind::name;
  type.name = TRY(id("a type"));
  return type;
}

Result<void> Parser::arguments(Type& type, const TypeWord& word) {
  if (!at("<") && word.least == 0) return {};
  TRY(expect("<"));
  if (word.kind == Type::Kind::tuple) {
    TRY(list(">", [&]() -> Result<void> {
      type.args.push_back(TRY(this->type()));
      return {};
    }));
    if (type.args.empty()) return lexer_.fail(type.offset - lexer_.base(), "a tuple has at least one element");
    return {};
  }
  // `_` stands for no type where an error follows.
  if (word.kind == Type::Kind::result && TRY(accept("_"))) {
    type.args.emplace_back();
    if (!at(",")) return expected("`,`");
  } else {
    type.args.push_back(TRY(this->type()));
  }
  if (word.kind == Type::Kind::list && TRY(accept(","))) {
    const Token length = token_;
    if (length.kind != Kind::integer) return expected("a length");
    const std::string_view text = length.text;
    if (std::from_chars(text.data(), text.data() + text.size(), type.length).ec != std::errc() ||
        length.text[0] == '0') {
      return lexer_.fail(length.offset, "a length is a number from 1 to 4294967295, without leading zeros");
    }
    type.kind = Type::Kind::fixed_list;
    TRY(advance());
  } else if (word.least == 2 || (word.most == 2 && at(","))) {
    TRY(expect(","));
    type.args.push_back(TRY(this->type()));
  }
  return expect(">");
}

// param-list
Result<std::vector<Field>> Parser::params() {
  std::vector<Field> params;
  TRY(expect("("));
  TRY(list(")", [&]() -> Result<void> {
    Field param;
    param.name = TRY(id("the name of a parameter"));
    TRY(expect(":"));
    param.type = TRY(type());
    params.push_back(std::move(param));
    return {};
  }));
  return params;
}

// func-type, and the semicolon behind it
Result<void> Parser::signature(Func& func) {
  func.params = TRY(params());
  if (TRY(accept("->"))) func.result = TRY(type());
  return expect(";");
}

Result<Func> Parser::func(Annotations annotations, Id name, Func::Kind kind) {
  Func func;
  func.annotations = std::move(annotations);
  func.name = name;
  func.kind = kind;
  func.async = TRY(accept("async"));
  TRY(expect("func"));
  TRY(signature(func));
  return func;
}

// resource-method
Result<Func> Parser::resource_func(Annotations annotations) {
  if (at("constructor")) {
    Func func;
    func.annotations = std::move(annotations);
    func.kind = Func::Kind::constructor;
    func.name = {token_.text, lexer_.base() + token_.offset};
    TRY(advance());
    TRY(signature(func));
    return func;
  }
  Id name = TRY(id("`constructor` or the name of a method"));
  TRY(expect(":"));
  const bool is_static = TRY(accept("static"));
  return func(std::move(annotations), name, is_static ? Func::Kind::static_ : Func::Kind::method);
}

const DefWord* Parser::def_word() const {
  for (const DefWord& word : kDefWords) {
    if (at(word.word)) return &word;
  }
  return nullptr;
}

// typedef-item
Result<TypeDef> Parser::type_def(Annotations annotations, const DefWord& word) {
  TypeDef def;
  def.annotations = std::move(annotations);
  def.kind = word.kind;
  TRY(advance());
  def.name = TRY(id());
  switch (def.kind) {
    case TypeDef::Kind::alias:
      TRY(expect("="));
      def.alias = TRY(type());
      TRY(expect(";"));
      break;
    case TypeDef::Kind::resource:
      if (TRY(accept(";"))) break;
      if (!at("{")) return expected("`;` or `{`");
      TRY(advance());
      while (!TRY(accept("}"))) {
        Annotations before = TRY(this->annotations());
        def.methods.push_back(TRY(resource_func(std::move(before))));
      }
      break;
    case TypeDef::Kind::record:
    case TypeDef::Kind::variant:
    case TypeDef::Kind::enum_:
    case TypeDef::Kind::flags:
      TRY(fields(def));
      if (def.fields.empty())
        return fail(def.name, quoted(def.name.text) + " is empty: this needs at least one part");
      break;
  }
  return def;
}

// record-fields, variant-cases, enum-cases, flags-fields
Result<void> Parser::fields(TypeDef& def) {
  TRY(expect("{"));
  return list("}", [&]() -> Result<void> {
    Field field;
    field.docs = lexer_.docs(token_);
    field.name = TRY(id());
    if (def.kind == TypeDef::Kind::record) {
      TRY(expect(":"));
      field.type = TRY(type());
    } else if (def.kind == TypeDef::Kind::variant && TRY(accept("("))) {
      field.type = TRY(type());
      TRY(expect(")"));
    }
    def.fields.push_back(std::move(field));
    return {};
  });
}

// --- items
// ----------------------------------------------------------------------------------------------------------

// use-item
Result<Use> Parser::use(Annotations annotations) {
  TRY(refuse_external_id(annotations, "a `use`"));
  Use use;
  use.annotations = std::move(annotations);
  TRY(expect("use"));
  use.from = TRY(use_path());
  TRY(expect("."));
  use.names = TRY(renames(false));
  TRY(expect(";"));
  return use;
}

// interface-items between braces
Result<Body> Parser::interface_body() {
  Body body;
  TRY(expect("{"));
  while (!TRY(accept("}"))) {
    Annotations before = TRY(annotations());
    if (at("use")) {
      body.uses.push_back(TRY(use(std::move(before))));
    } else if (const DefWord* word = def_word()) {
      body.types.push_back(TRY(type_def(std::move(before), *word)));
    } else {
      Id name = TRY(id("a type, a function, `use` or `}`"));
      TRY(expect(":"));
      body.funcs.push_back(TRY(func(std::move(before), name, Func::Kind::free)));
    }
  }
  return body;
}

// At the colon behind the first name of an import or export: what follows decides whether the two are a package, in
// the path of an interface. `a:b` without white space is one token, and can be nothing else; `a: b` gives the
// interface `b` a name.
Result<bool> Parser::begins_path(const Token& first) {
  const Token second = TRY(lexer_.next(token_.end));
  if (second.kind != Kind::id) return false;
  const Token behind = TRY(lexer_.next(second.end));
  if (behind.is("/")) return true;
  if (token_.offset != first.end || second.offset != token_.end) return false;
  if (behind.is(":")) return true;
  const std::string name(first.text), interface(second.text);
  return lexer_.fail(behind.offset, "expected `/`, found " + found(behind) + ": `" + name + ":" + interface +
                                        "` is a package; `" + name + ": " + interface +
                                        "`, with a space, gives the interface " + quoted(interface) + " a name");
}

// import-item, export-item
Result<Extern> Parser::extern_(Annotations annotations) {
  Extern found;
  found.exported = at("export");
  TRY(advance());
  const Token first = token_;
  Id name = TRY(id("a name"));
  if (!at(":")) {
    found.path.name = name;
  } else if (TRY(begins_path(first))) {
    found.path = TRY(rest_of_path(name));
  } else {
    TRY(advance());
    found.name = name;
    found.kind = at("interface")                ? Extern::Kind::interface
                 : at("func") || at("async")    ? Extern::Kind::func
                 : token_.kind == Kind::id      ? Extern::Kind::named_path
                                                : Extern::Kind::path;
    if (found.kind == Extern::Kind::path) return expected("`func`, `async`, `interface` or the name of an interface");
  }
  if (found.kind == Extern::Kind::path) TRY(refuse_external_id(annotations, "an interface under its own name"));
  found.annotations = std::move(annotations);
  switch (found.kind) {
    case Extern::Kind::interface:
      TRY(advance());
      found.interface = TRY(interface_body());
      return found;
    case Extern::Kind::func: found.func = TRY(func(found.annotations, name, Func::Kind::free)); return found;
    case Extern::Kind::named_path: found.path = TRY(use_path()); break;
    case Extern::Kind::path: break;
  }
  TRY(expect(";"));
  return found;
}

// include-item
Result<Include> Parser::include(Annotations annotations) {
  TRY(refuse_external_id(annotations, "an `include`"));
  Include include;
  include.annotations = std::move(annotations);
  TRY(expect("include"));
  include.from = TRY(use_path());
  if (!TRY(accept("with"))) {
    TRY(expect(";"));
    return include;
  }
  include.names = TRY(renames(true));
  TRY(accept(";"));
  return include;
}

// world-item
Result<World> Parser::world(Annotations annotations) {
  World world;
  world.annotations = std::move(annotations);
  TRY(expect("world"));
  world.name = TRY(id("the name of a world"));
  TRY(expect("{"));
  while (!TRY(accept("}"))) {
    Annotations before = TRY(this->annotations());
    if (at("use")) {
      world.body.uses.push_back(TRY(use(std::move(before))));
    } else if (at("import") || at("export")) {
      world.externs.push_back(TRY(extern_(std::move(before))));
    } else if (at("include")) {
      world.includes.push_back(TRY(include(std::move(before))));
    } else if (const DefWord* word = def_word()) {
      world.body.types.push_back(TRY(type_def(std::move(before), *word)));
    } else {
      return expected("`import`, `export`, `include`, `use`, a type or `}`");
    }
  }
  return world;
}

// toplevel-use-item
Result<TopLevelUse> Parser::top_level_use() {
  TopLevelUse use;
  TRY(expect("use"));
  use.path = TRY(use_path());
  use.as = TRY(accept("as")) ? TRY(id()) : use.path.name;
  TRY(expect(";"));
  return use;
}

// package-items: one, or false where none begins here
Result<bool> Parser::item(Annotations& annotations, Items& items) {
  if (at("use")) {
    TRY(refuse_gate(annotations, "a `use` outside interfaces and worlds"));
    TRY(refuse_external_id(annotations, "a `use`"));
    items.uses.push_back(TRY(top_level_use()));
  } else if (at("interface")) {
    TRY(refuse_external_id(annotations, "an interface"));
    Interface interface;
    TRY(advance());
    interface.annotations = std::move(annotations);
    interface.name = TRY(id("the name of an interface"));
    interface.body = TRY(interface_body());
    items.interfaces.push_back(std::move(interface));
  } else if (at("world")) {
    TRY(refuse_external_id(annotations, "a world"));
    items.worlds.push_back(TRY(world(std::move(annotations))));
  } else {
    return false;
  }
  return true;
}

// package-decl, and nested-package-definition
Result<void> Parser::package(Annotations annotations, File& file, bool first) {
  TRY(refuse_gate(annotations, "a package"));
  TRY(refuse_external_id(annotations, "a package"));
  Header header;
  header.docs = std::move(annotations.docs);
  header.offset = lexer_.base() + token_.offset;
  TRY(expect("package"));
  header.name = TRY(package_name());
  if (first && TRY(accept(";"))) {
    file.header = std::move(header);
    return {};
  }
  NestedPackage nested;
  nested.header = std::move(header);
  if (!first && at(";")) return lexer_.fail(token_.offset, "only the first package of a file is without braces");
  if (!at("{")) return expected(first ? "`;` or `{`" : "`{`");
  TRY(advance());
  while (!TRY(accept("}"))) {
    Annotations before = TRY(this->annotations());
    if (at("package")) return lexer_.fail(token_.offset, "packages are not nested in packages, but in files");
    if (!TRY(item(before, nested.items))) return expected("`interface`, `world`, `use` or `}`");
  }
  file.nested.push_back(std::move(nested));
  return {};
}

// wit-file
Result<File> Parser::file() {
  TRY(lexer_.check_characters());
  TRY(advance());
  File file;
  for (bool first = true; token_.kind != Kind::end; first = false) {
    Annotations before = TRY(annotations());
    if (at("package")) {
      TRY(package(std::move(before), file, first));
    } else if (!TRY(item(before, file.items))) {
      return expected("`package`, `interface`, `world` or `use`");
    }
  }
  return file;
}

}  // namespace

Result<File> parse(const Source& source, ErrorSink* sink) { return Parser(source, sink).file(); }

}  // namespace heddle::component::wit
