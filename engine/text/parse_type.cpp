// Types (spec 6.4) and type uses (6.6.4). An inline signature stands for the first function type of its own that has
// it; where there is none, one is appended to the module.
#include <bit>

#include "text/number.h"
#include "text/parser.h"

namespace heddle::text {
namespace {

constexpr uint32_t kMaxTypeIndex = 1 << 24;  // what a HeapType can hold; far beyond limits::kTypes

struct AbstractHeap {
  Word word;
  HeapKind kind;
};
constexpr AbstractHeap kAbstractHeaps[] = {
    {Word::any, HeapKind::any},           {Word::eq, HeapKind::eq},         {Word::i31, HeapKind::i31},
    {Word::struct_, HeapKind::struct_},   {Word::array, HeapKind::array},   {Word::none, HeapKind::none},
    {Word::func, HeapKind::func},         {Word::nofunc, HeapKind::nofunc}, {Word::extern_, HeapKind::extern_},
    {Word::noextern, HeapKind::noextern}, {Word::exn, HeapKind::exn},       {Word::noexn, HeapKind::noexn},
    {Word::cont, HeapKind::cont},         {Word::nocont, HeapKind::nocont},
};
constexpr AbstractHeap kShortRefs[] = {
    {Word::anyref, HeapKind::any},        {Word::eqref, HeapKind::eq},
    {Word::i31ref, HeapKind::i31},        {Word::structref, HeapKind::struct_},
    {Word::arrayref, HeapKind::array},    {Word::nullref, HeapKind::none},
    {Word::funcref, HeapKind::func},      {Word::nullfuncref, HeapKind::nofunc},
    {Word::externref, HeapKind::extern_}, {Word::nullexternref, HeapKind::noextern},
    {Word::exnref, HeapKind::exn},        {Word::nullexnref, HeapKind::noexn},
    {Word::contref, HeapKind::cont},      {Word::nullcontref, HeapKind::nocont},
};
struct Plain {
  Word word;
  ValKind kind;
};
constexpr Plain kPlainTypes[] = {
    {Word::i32, ValKind::i32}, {Word::i64, ValKind::i64},   {Word::f32, ValKind::f32},
    {Word::f64, ValKind::f64}, {Word::v128, ValKind::v128},
};

template <class Row, size_t kCount>
const Row* find(const Row (&rows)[kCount], Keyword word) {
  for (const Row& row : rows) {
    if (word.is(row.word)) return &row;
  }
  return nullptr;
}

}  // namespace

std::optional<HeapKind> heap_kind(Keyword word) {
  auto* row = find(kAbstractHeaps, word);
  return row ? std::optional(row->kind) : std::nullopt;
}

Result<void> Parser::type_fields(uint32_t first, uint32_t last) {
  for (uint32_t i = first; i < last && in_.token(i).kind == Tok::lparen; i = in_.token(i).length + 1) {
    in_.jump(i);
    uint32_t start = static_cast<uint32_t>(module_.types.size());
    if (in_.take_open(Word::rec)) {
      while (in_.at_open(Word::type)) TRY(type_field());
      TRY(in_.close());
    } else if (in_.at_open(Word::type)) {
      TRY(type_field());
    } else {
      continue;
    }
    auto count = static_cast<uint32_t>(module_.types.size()) - start;
    module_.rec_groups.push_back({start, count});
    if (count == 1) enter_inline_type(start);
  }
  return {};
}

Result<void> Parser::type_field() {
  uint32_t at = place();
  TRY(in_.open(Word::type));
  TRY(id_and_name(result_.names.types, static_cast<uint32_t>(module_.types.size())));
  SubType type = TRY(sub_type());
  type.at = at;
  module_.types.push_back(std::move(type));
  return in_.close();
}

Result<SubType> Parser::sub_type() {
  SubType type;
  bool sub = in_.take_open(Word::sub);
  if (sub) {
    type.final = in_.take(Word::final_);
    if (in_.at_index()) type.super = TypeIdx{TRY(index(Space::type))};
    if (in_.at_index()) return in_.fail(ErrorCode::sub_type, in_.peek(), "more than one super type");
  }
  for (Word word : {Word::describes, Word::descriptor}) {
    const Token& at = in_.peek();
    if (!in_.take_open(word)) continue;
    TRY(need(Feature::custom_descriptors, at));
    (word == Word::describes ? type.describes : type.descriptor) = TypeIdx{TRY(index(Space::type))};
    TRY(in_.close());
  }
  TRY(comp_type(type));
  if (sub) TRY(in_.close());
  return type;
}

Result<void> Parser::comp_type(SubType& type) {
  const Token& at = in_.peek();
  if (in_.take_open(Word::func)) {
    type.kind = CompKind::func;
    TRY(signature(true));
    type.params = List<ValType>(params_);
    type.results = List<ValType>(results_);
  } else if (in_.take_open(Word::struct_)) {
    type.kind = CompKind::struct_;
    TRY(struct_fields(type));
  } else if (in_.take_open(Word::array)) {
    type.kind = CompKind::array;
    type.fields.push_back(TRY(field_type()));
  } else if (in_.take_open(Word::cont)) {
    TRY(need(Feature::stack_switching, at));
    type.kind = CompKind::cont;
    type.cont = TypeIdx{TRY(index(Space::type))};
  } else {
    if (in_.at(Tok::lparen)) in_.skip();
    return in_.unexpected("`func`, `struct`, `array` or `cont`");
  }
  return in_.close();
}

Result<void> Parser::struct_fields(SubType& type) {
  auto self = static_cast<uint32_t>(module_.types.size());
  while (in_.take_open(Word::field)) {
    if (at_binding()) {
      auto field = static_cast<uint32_t>(type.fields.size());
      if (in_.at(Tok::id)) TRY(bind(symbols_, kFieldScope + self, "field", in_.peek(), field));
      TRY(id_and_name(result_.names.fields[self], field));
      type.fields.push_back(TRY(field_type()));
    } else {
      while (!in_.at(Tok::rparen)) type.fields.push_back(TRY(field_type()));
    }
    TRY(in_.close());
  }
  return {};
}

Result<FieldType> Parser::field_type() {
  FieldType field;
  field.mut = in_.take_open(Word::mut);
  if (in_.take(Word::i8)) {
    field.type = ValKind::i8;
  } else if (in_.take(Word::i16)) {
    field.type = ValKind::i16;
  } else {
    field.type = TRY(val_type());
  }
  if (field.mut) TRY(in_.close());
  return field;
}

bool Parser::at_ref_type() const {
  return in_.at_open(Word::ref) || (in_.at(Tok::keyword) && find(kShortRefs, in_.peek().word));
}

bool Parser::at_val_type() const {
  return at_ref_type() || (in_.at(Tok::keyword) && find(kPlainTypes, in_.peek().word));
}

Result<ValType> Parser::val_type() {
  if (auto* plain = find(kPlainTypes, in_.peek().word)) {
    in_.skip();
    return ValType(plain->kind);
  }
  if (!at_ref_type()) return in_.unexpected("a value type");
  return ref_type();
}

Result<ValType> Parser::ref_type() {
  if (auto* abstract = find(kShortRefs, in_.peek().word)) {
    in_.skip();
    return ValType::ref(abstract->kind, true);
  }
  if (!in_.take_open(Word::ref)) return in_.unexpected("a reference type");
  bool nullable = in_.take(Word::null);
  HeapType heap = TRY(heap_type());
  TRY(in_.close());
  return ValType::ref(heap, nullable);
}

Result<HeapType> Parser::heap_type() {
  if (auto kind = heap_kind(in_.peek().word)) {
    in_.skip();
    return HeapType(*kind);
  }
  const Token& at = in_.peek();
  if (in_.take_open(Word::exact)) {
    TRY(need(Feature::custom_descriptors, at));
    HeapType type = TRY(defined_type());
    TRY(in_.close());
    return HeapType::defined(type.index(), true);
  }
  if (!in_.at_index()) return in_.unexpected("a heap type");
  return defined_type();
}

Result<HeapType> Parser::defined_type() {
  const Token& at = in_.peek();
  uint32_t type = TRY(index(Space::type));
  if (type >= kMaxTypeIndex) return in_.fail(ErrorCode::unknown_type, at);
  return HeapType::defined(type);
}

bool Parser::addr64() {
  if (in_.take(Word::i64)) return true;
  in_.take(Word::i32);
  return false;
}

// Before 3.0 sizes were 32 bits wide.
Result<Limits> Parser::limits() {
  auto size = [&]() -> Result<uint64_t> {
    if (features_.has(Feature::v3)) return in_.nat64();
    return uint64_t{TRY(in_.nat32())};
  };
  Limits limits;
  limits.min = TRY(size());
  if (in_.at(Tok::nat)) limits.max = TRY(size());
  return limits;
}

Result<TableType> Parser::table_type() {
  TableType type;
  type.addr64 = addr64();
  type.limits = TRY(limits());
  type.elem = TRY(ref_type());
  return type;
}

Result<MemType> Parser::mem_type() {
  MemType type;
  type.addr64 = addr64();
  type.limits = TRY(limits());
  const Token& at = in_.peek();
  if (in_.take(Word::shared)) {
    TRY(need(Feature::threads, at));
    type.shared = true;
  }
  if (in_.at_open(Word::pagesize)) type.page_size_log2 = TRY(page_size());
  return type;
}

Result<uint8_t> Parser::page_size() {
  TRY(need(Feature::custom_page_sizes, in_.peek()));
  TRY(in_.open(Word::pagesize));
  const Token& at = in_.peek();
  uint32_t bytes = TRY(in_.nat32());
  if (!std::has_single_bit(bytes)) return in_.fail(ErrorCode::bad_page_size, at, "it must be a power of two");
  TRY(in_.close());
  return static_cast<uint8_t>(std::countr_zero(bytes));
}

Result<GlobalType> Parser::global_type() {
  GlobalType type;
  type.mut = in_.take_open(Word::mut);
  type.type = TRY(val_type());
  if (type.mut) TRY(in_.close());
  return type;
}

Result<void> Parser::signature(bool named) {
  params_.clear();
  results_.clear();
  param_names_.clear();
  while (in_.take_open(Word::param)) {
    if (named && at_binding()) {
      TRY(binding(param_names_, static_cast<uint32_t>(params_.size())));
      params_.push_back(TRY(val_type()));
    } else {
      while (at_val_type()) params_.push_back(TRY(val_type()));
    }
    TRY(in_.expect(Tok::rparen, "a value type or `)`"));
  }
  while (in_.take_open(Word::result)) {
    while (at_val_type()) results_.push_back(TRY(val_type()));
    TRY(in_.expect(Tok::rparen, "a value type or `)`"));
  }
  if (in_.at_open(Word::param) || in_.at_open(Word::type)) {
    return in_.unexpected("types, parameters and results in this order");
  }
  return {};
}

Result<uint32_t> Parser::type_use(bool named) {
  const Token& at = in_.peek();
  if (!in_.take_open(Word::type)) {
    uint32_t start = place();
    TRY(signature(named));
    return inline_type(start);
  }
  uint32_t type = TRY(index(Space::type));
  TRY(in_.close());
  TRY(signature(named));
  if (!params_.empty() || !results_.empty()) TRY(check_signature(type, at));
  return type;
}

// The signature beside (type x) repeats that of x.
Result<void> Parser::check_signature(uint32_t type, const Token& at) {
  if (type >= module_.types.size()) {
    return in_.fail_headline(ErrorCode::unknown_symbol_type, at, "unknown type " + std::to_string(type));
  }
  const SubType& found = module_.types[type];
  if (!in_module_ && found.kind != CompKind::func) return {};  // perhaps what stands for a type from elsewhere
  if (found.kind != CompKind::func || found.params != params_ || found.results != results_) {
    return in_.fail(ErrorCode::inline_function_type, at, "it differs from the type that is named");
  }
  return {};
}

uint32_t Parser::inline_type(uint32_t at) {
  SubType type;
  type.at = at;
  type.params = List<ValType>(params_);
  type.results = List<ValType>(results_);
  auto index = static_cast<uint32_t>(module_.types.size());
  module_.types.push_back(std::move(type));
  enter_inline_type(index);
  uint32_t found = inline_types_.find(signature_key_)->second;
  if (found == index) {
    module_.rec_groups.push_back({index, 1});
  } else {
    module_.types.pop_back();
  }
  return found;
}

// The first type with a signature is the one that is found by it.
void Parser::enter_inline_type(uint32_t index) {
  const SubType& type = module_.types[index];
  if (type.kind != CompKind::func || !type.final || type.super || type.describes || type.descriptor) return;
  signature_key_.clear();
  auto add = [&](uint32_t word) { signature_key_.append(reinterpret_cast<const char*>(&word), sizeof word); };
  for (ValType t : type.params) add(t.bits());
  add(~0u);
  for (ValType t : type.results) add(t.bits());
  inline_types_.try_emplace(signature_key_, index);
}

}  // namespace heddle::text
