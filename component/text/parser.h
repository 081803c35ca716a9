// The parser of components, in one pass: a definition can only name what stands before it, so that every identifier
// is known when it is met. What is written inside a definition but is one of its own (types, aliases, instances made
// of exports) is appended before it, and so is the alias that an identifier of an outer scope stands for; what an
// inline export abbreviates goes to the end of its component.
//
// Scopes and types nest by recursion, each at most limits::kNesting deep.
#pragma once
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "component/syntax/limits.h"
#include "component/syntax/quote.h"
#include "component/text/input.h"
#include "component/text/parse.h"
#include "text/annotations.h"
#include "text/embed.h"
#include "text/symbols.h"

namespace heddle::component {

struct Scope;

// A type whose definition is seen, in the scope that defines it; null where it is not.
struct KnownType {
  const Scope* scope = nullptr;
  uint32_t position = 0;  // among the definitions
};

// A component, a type of components, instances or core modules while it is being read: its index spaces, and where
// its definitions go. What it cannot hold is null.
struct Scope {
  const Scope* outer = nullptr;
  std::string_view id;  // of what it is the scope of; may be empty
  uint32_t number = 0;  // among all scopes of the text
  std::array<uint32_t, kSorts> counts{};
  uint32_t& count(Sort sort) { return counts[static_cast<size_t>(sort)]; }
  std::vector<KnownType> known_types;  // by index
  KnownType known(uint32_t type) const { return type < known_types.size() ? known_types[type] : KnownType(); }

  std::vector<Run>* order = nullptr;
  std::vector<Alias>* aliases = nullptr;
  std::vector<CoreType>* core_types = nullptr;
  std::vector<DefType>* types = nullptr;
  std::vector<Import>* imports = nullptr;
  Component* component = nullptr;
  Names* names = nullptr;

  std::unique_ptr<heddle::text::TypeSpace> core_space;  // of its core types, where there are any
  std::vector<Export> exports;                          // inline ones
};

// What an outer alias may be of, and what core instances export.
constexpr bool is_outer_sort(Sort sort) {
  return sort == Sort::core_module || sort == Sort::core_type || sort == Sort::type || sort == Sort::component;
}
constexpr bool is_core_export(Sort sort) { return sort < Sort::core_type; }

class Parser {
 public:
  Parser(Tokens& tokens, const Features& features, const heddle::Features& core, ErrorSink* sink)
      : tokens_(tokens), features_(features), core_features_(core), in_(tokens, sink), notes_(tokens, sink) {}

  Result<Parsed> run();              // one component
  Result<Parsed> run_definitions();  // its definitions alone

 private:
  // What a definition is called: by its identifier, and for people.
  struct Binding {
    const Token* id = nullptr;
    std::optional<std::string> name;
  };
  // What may stand between a definition's sort and what it is.
  struct Head {
    Sort sort = Sort::func;
    uint32_t at = 0;   // where its parenthesis is
    uint32_t end = 0;  // the token that closes it
    Binding binding;
    std::vector<ExternName> exports;
  };
  class Inside;
  class Deeper;
  class ValueParser;

  // parse_component.cpp: definitions
  Result<void> whole(Component& component, Names& names);
  Result<void> contents(Component& component, Names& names, std::string_view id);
  Result<void> binary_component(Component& component, Names& names);
  Result<void> definition();
  Result<void> sorted_definition(uint32_t at, uint32_t end);
  Result<void> custom_sections();
  Result<Head> head(Sort sort, uint32_t at);
  bool at_inline(Word word) const;
  bool at_inline_alias() const;
  Result<bool> abbreviation(const Head& head);
  Result<void> defined(const Head& head);
  Result<void> nested_component(const Head& head);
  Result<void> func(const Head& head);
  Result<void> core_func(const Head& head);
  Result<void> type(const Head& head);
  Result<void> import(uint32_t at);
  Result<void> export_definition(uint32_t at);
  Result<void> start(uint32_t at);
  Result<void> alias(uint32_t at);
  Result<Alias> alias_target(Sort sort, uint32_t at);
  Result<Sort> alias_sort();
  Result<void> add_alias(const Alias& alias, const Head& head);
  Result<ExternName> extern_name();
  bool at_attribute(uint32_t index) const;
  Result<void> flush_exports();

  // parse_instance.cpp: core modules, and instances of both kinds
  Result<void> core_module(const Head& head);
  Result<void> core_instance(const Head& head);
  Result<void> core_args(CoreInstance& instance);
  Result<void> core_exports(CoreInstance& instance);
  Result<void> instance(const Head& head);
  Result<void> args(Instance& instance);
  Result<void> exports(Instance& instance);
  bool at_exports() const;

  // parse_type.cpp
  Result<DefType> def_type(std::string_view id);
  Result<void> parts(DefType& type, std::string_view id);
  Result<void> fields(DefType& type, Word word);
  Result<void> labels(DefType& type);
  Result<void> list(DefType& type);
  Result<void> result(DefType& type);
  Result<void> func_type(DefType& type);
  Result<void> resource(DefType& type);
  Result<void> declarations(DefType& type, std::string_view id);
  Result<void> declaration(DefType& type);
  Result<void> exported_type(uint32_t at);
  Result<ValType> val_type();
  std::optional<Primitive> primitive() const;
  bool at_val_type() const;
  bool at_type_item() const;
  Result<uint32_t> add_type(DefType type);
  Result<uint32_t> type_use(Sort sort);
  Result<Binding> extern_type(ExternType& type, bool may_be_bound);
  Result<void> extern_type_of(ExternType& type);
  Result<void> type_bound(ExternType& type);
  Result<void> value_bound(ExternType& type);

  // parse_core_type.cpp
  Result<void> core_type(const Head& head);
  Result<void> core_rec(uint32_t at);
  Result<void> sub_type(const Binding& binding, uint32_t at);
  Result<void> rec_group(uint32_t at);
  Result<std::unique_ptr<ModuleType>> module_type(std::string_view id);
  Result<void> module_declaration(ModuleType& type);
  Result<void> module_import(ModuleType& type, uint32_t at);
  Result<heddle::ExternType> core_extern_type();
  heddle::text::TypeSpace& core_space();

  // parse_canon.cpp
  Result<void> canon(uint32_t at);
  Result<Canon> canon_body(uint32_t at);
  Result<void> operands(Canon& canon);
  Result<void> options(Canon& canon);
  Result<bool> option(CanonOption& option);
  Result<uint32_t> option_index(Sort sort);
  Result<void> add_canon(Canon canon, const Head& head);

  // parse_value.cpp
  Result<void> value(const Head& head);

  // parse_index.cpp: identifiers, indices, references
  enum class Prefix : uint8_t { core, maybe, none };  // does `core` stand before core sorts?
  Result<uint32_t> index(Sort sort);                  // a number or an identifier
  Result<uint32_t> item(Sort sort, Prefix prefix);    // (sort index "export"*)
  Result<uint32_t> index_or_item(Sort sort, Prefix prefix);
  Result<uint32_t> item_index(Sort sort);  // behind the sort
  Result<SortIndex> any_item();
  Result<uint32_t> lookup(Sort sort, const Token& id);
  Result<uint32_t> outer_scope();
  Result<uint32_t> outer_index(Sort sort, uint32_t scope);
  Result<uint32_t> add_alias(const Alias& alias);
  Result<Sort> sort(std::string_view what);
  Result<Sort> core_sort(std::string_view what);
  Result<Binding> binding();
  std::string shown_name(const Binding& binding);
  Result<void> call(Sort sort, uint32_t index, const Binding& binding);
  Result<uint32_t> define(Sort sort, const Binding& binding);
  Result<void> bind(Sort sort, const Token& id, uint32_t index);
  void know(KnownType type);                    // what the type is that has just been defined
  const Scope* outwards(uint32_t count) const;  // null beyond the outermost one
  std::optional<uint32_t> find(const Scope& scope, Sort sort, std::string_view name) const {
    return symbols_.find(key(scope, sort), name);
  }
  static uint32_t key(const Scope& scope, Sort sort) { return scope.number << 4 | static_cast<uint32_t>(sort); }
  std::string_view id_name(const Token& id);  // stays valid
  std::string_view id_name(const Binding& binding) { return binding.id ? id_name(*binding.id) : std::string_view(); }
  Error unknown(Sort sort, const Token& id, const Scope* from) const;  // which it is not in

  // helpers
  Result<std::string_view> string();  // a name in quotes, kept
  std::string_view keep(std::string_view text);
  syntax::Bytes keep_bytes(std::string_view bytes);
  void keep_module(heddle::text::ParsedModule parsed, const Head& head, CoreModule& module);
  Result<void> need(Feature feature, const Token& at) const;
  Result<void> count_types(uint64_t count, const Token& at);
  uint32_t place() const { return in_.peek().offset; }

  // One more of a kind, which continues the order of the scope.
  template <class T>
  Result<void> append(DefKind kind, std::vector<T>& items, T item) {
    if (items.size() >= limits::kDefinitions) {
      return in_.fail(ErrorCode::limit_exceeded, in_.peek(), "more than a million of " + quoted(text_of(kind)));
    }
    items.push_back(std::move(item));
    extend(*scope_->order, kind, items.size() - 1);
    return {};
  }

  Tokens& tokens_;
  const Features& features_;
  const heddle::Features& core_features_;
  Cursor in_;
  heddle::text::Annotations notes_;
  Scope* scope_ = nullptr;
  heddle::text::Symbols symbols_;
  std::deque<std::string> ids_;   // identifiers with escapes
  heddle::text::Symbols labels_;  // of types that values are written of, each in a scope of its own
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> label_scopes_;  // by the number of the scope, the position in it
  std::list<std::vector<uint8_t>> storage_;
  uint32_t scopes_ = 0, open_scopes_ = 0, open_types_ = 0;
  uint64_t types_ = 0;
};

// One level of nesting more: of scopes, or of types within types.
class Parser::Deeper {
 public:
  explicit Deeper(uint32_t& depth) : depth_(depth) { ++depth_; }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  Result<void> check(const Parser& parser) const {
    if (depth_ <= limits::kNesting) return {};
    return parser.in_.fail(ErrorCode::limit_exceeded, parser.in_.peek(),
                           "nesting: " + std::to_string(depth_) + ", at most " + std::to_string(limits::kNesting));
  }

 private:
  uint32_t& depth_;
};

// A scope for as long as it is open.
class Parser::Inside {
 public:
  Inside(Parser& parser, std::string_view id) : parser_(parser), deeper_(parser.open_scopes_), outer_(parser.scope_) {
    scope.outer = outer_;
    scope.id = id;
    scope.number = parser.scopes_++;
    parser.scope_ = &scope;
  }
  ~Inside() { parser_.scope_ = outer_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  Result<void> check() const {
    if (parser_.scopes_ > limits::kScopes) {
      return parser_.in_.fail(ErrorCode::limit_exceeded, parser_.in_.peek(), "more than 100000 scopes");
    }
    return deeper_.check(parser_);
  }

  Scope scope;

 private:
  Parser& parser_;
  Deeper deeper_;
  Scope* outer_;
};

}  // namespace heddle::component
