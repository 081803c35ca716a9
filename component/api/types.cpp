// Types of components, resolved for those who compare them with types of C++.
#include <algorithm>

#include "base/checked.h"
#include "component/api/internal.h"
#include "component/canon/alignment.h"
#include "component/canon/loading.h"
#include "component/canon/shape.h"

namespace heddle::api {

std::string_view name_of(WitKind kind) {
  constexpr std::string_view kNames[] = {"bool",   "s8",     "u8",    "s16",    "u16",    "s32",     "u32",
                                         "s64",    "u64",    "f32",   "f64",    "char",   "string",  "error-context",
                                         "list",   "list",   "map",   "record", "tuple",  "variant", "enum",
                                         "option", "result", "flags", "own",    "borrow", "stream",  "future"};
  return kNames[static_cast<size_t>(kind)];
}

namespace detail {

using component::Primitive;
using component::TypeKind;

// --- from the types of the canonical ABI

namespace {

WitKind kind_of(Primitive type) {
  switch (type) {
    case Primitive::bool_: return WitKind::bool_;
    case Primitive::s8: return WitKind::s8;
    case Primitive::u8: return WitKind::u8;
    case Primitive::s16: return WitKind::s16;
    case Primitive::u16: return WitKind::u16;
    case Primitive::s32: return WitKind::s32;
    case Primitive::u32: return WitKind::u32;
    case Primitive::s64: return WitKind::s64;
    case Primitive::u64: return WitKind::u64;
    case Primitive::f32: return WitKind::f32;
    case Primitive::f64: return WitKind::f64;
    case Primitive::char_: return WitKind::char_;
    case Primitive::string: return WitKind::string;
    case Primitive::error_context: return WitKind::error_context;
  }
  return WitKind::bool_;
}

WitKind kind_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::record: return WitKind::record;
    case TypeKind::variant: return WitKind::variant;
    case TypeKind::list: return WitKind::list;
    case TypeKind::fixed_list: return WitKind::fixed_list;
    case TypeKind::map: return WitKind::map;
    case TypeKind::tuple: return WitKind::tuple;
    case TypeKind::flags: return WitKind::flags;
    case TypeKind::enum_: return WitKind::enum_;
    case TypeKind::option: return WitKind::option;
    case TypeKind::result: return WitKind::result;
    case TypeKind::own: return WitKind::own;
    case TypeKind::borrow: return WitKind::borrow;
    case TypeKind::stream: return WitKind::stream;
    default: return WitKind::future;
  }
}

// --- how values lie in memory, with pointers of 64 bits (CanonicalABI.md, "Alignment", "Element Size")

// More than anybody has.
constexpr uint64_t kHugeSize = uint64_t{1} << 40;

uint64_t tag_size(uint64_t cases) { return cases <= 1 << 8 ? 1 : cases <= 1 << 16 ? 2 : 4; }

void lay_out_fields(WitType& made) {
  made.size = 0;
  for (const auto& part : made.parts) {
    made.offsets.push_back(canon::align_to(made.size, part->alignment));
    made.size = std::min(made.offsets.back() + part->size, kHugeSize);
    made.alignment = std::max(made.alignment, part->alignment);
  }
  made.size = canon::align_to(made.size, made.alignment);
}

void lay_out_cases(WitType& made, uint64_t cases) {
  made.tag = tag_size(cases);
  uint64_t size = 0, alignment = 1;
  for (const auto& part : made.parts) {
    if (!part) continue;
    size = std::max(size, part->size);
    alignment = std::max(alignment, part->alignment);
  }
  made.alignment = std::max(made.tag, alignment);
  made.offsets = {canon::align_to(made.tag, alignment)};
  made.size = canon::align_to(made.offsets[0] + size, made.alignment);
}

void lay_out(WitType& made) {
  switch (made.kind) {
    case WitKind::bool_:
    case WitKind::s8:
    case WitKind::u8: break;
    case WitKind::s16:
    case WitKind::u16: made.size = made.alignment = 2; break;
    case WitKind::s64:
    case WitKind::u64:
    case WitKind::f64: made.size = made.alignment = 8; break;
    case WitKind::list:
    case WitKind::map: {
      const WitType& element = made.pair ? *made.pair : *made.part();
      made.most_elements = canon::kMaxListByteLength / std::max<uint64_t>(element.size, 1);
      [[fallthrough]];
    }
    case WitKind::string:
      made.size = 16;
      made.alignment = 8;
      break;
    case WitKind::fixed_list:
      made.size = std::min(checked_mul(made.part()->size, made.length).value_or(kHugeSize), kHugeSize);
      made.alignment = made.part()->alignment;
      break;
    case WitKind::record:
    case WitKind::tuple: lay_out_fields(made); break;
    case WitKind::variant:
    case WitKind::enum_: lay_out_cases(made, made.parts.size()); break;
    case WitKind::option:
    case WitKind::result: lay_out_cases(made, 2); break;
    case WitKind::flags:
      made.size = made.alignment = made.labels.size() <= 8 ? 1 : made.labels.size() <= 16 ? 2 : 4;
      break;
    default: made.size = made.alignment = 4; break;
  }
}

// Types are written with sharing, and so are these. Each is looked at beside the same one as the world has it
// (`seen`), which has names.
class Builder {
 public:
  Builder() = default;
  explicit Builder(const TypeNames& names) : names_(&names) {}
  // Of no store, whose types may go before these do.
  static Builder of_no_store(const TypeNames& names) {
    Builder made(names);
    made.of_store_ = false;
    return made;
  }

  std::shared_ptr<const WitType> type(const canon::T& t, component::ValType seen = {}) {
    if (!t.present()) return nullptr;
    const canon::Shape shape = canon::shape_of(t);
    auto made = std::make_shared<WitType>();
    if (shape.kind == TypeKind::primitive) {
      made->kind = kind_of(shape.primitive);
      if (names_ && seen.present() && seen.is_defined()) made->name = names_->find(component::type_id(seen));
      lay_out(*made);
      return made;
    }
    const auto known = known_.find(t.type().index());
    if (known != known_.end()) return known->second;
    fill(*made, shape, names_ && seen.present() && seen.is_defined() ? seen : component::ValType());
    lay_out(*made);
    return known_[t.type().index()] = std::move(made);
  }

  std::shared_ptr<const WitFunc> func(std::string name, const canon::FuncType& type,
                                      const component::Type& definition) {
    auto made = std::make_shared<WitFunc>();
    made->name = std::move(name);
    for (const component::Field& field : definition.fields) made->param_names.emplace_back(field.label);
    made->param_names.resize(type.params.size());
    for (size_t i = 0; i < type.params.size(); ++i) {
      const bool seen = i < definition.fields.size();
      made->params.push_back(this->type(type.params[i], seen ? definition.fields[i].type : component::ValType()));
    }
    made->result = this->type(type.result, definition.first);
    made->args = tuple(made->params);
    made->async = type.async;
    made->scalars = is_scalar(made->result) && std::ranges::all_of(made->params, is_scalar);
    return made;
  }

  static std::shared_ptr<const WitType> tuple(std::vector<std::shared_ptr<const WitType>> parts) {
    auto made = std::make_shared<WitType>();
    made->kind = WitKind::tuple;
    made->parts = std::move(parts);
    lay_out(*made);
    return made;
  }

 private:
  static bool is_scalar(const std::shared_ptr<const WitType>& type) {
    return !type || type->kind <= WitKind::char_ || type->kind == WitKind::enum_ || type->kind == WitKind::flags;
  }

  void fill(WitType& made, const canon::Shape& shape, component::ValType seen) {
    const component::Type* world = seen.present() ? &names_->types()[seen] : nullptr;
    if (world && (world->kind != shape.kind || world->fields.size() != shape.type->fields.size())) world = nullptr;
    made.kind = kind_of(shape.kind);
    made.length = shape.type->number;
    if (world) {
      const bool handle = made.kind == WitKind::own || made.kind == WitKind::borrow;
      made.name = names_->find(handle ? world->resource : component::type_id(seen));
    }
    switch (made.kind) {
      case WitKind::own:
      case WitKind::borrow: {
        const auto found = shape.space->resources.find(shape.space->types->resource(shape.type->resource));
        if (found != shape.space->resources.end()) made.resource = found->second;
        return;
      }
      case WitKind::stream:
      case WitKind::future:
        if (of_store_) made.element = std::make_shared<canon::T>(shape.part(shape.type->first));
        break;
      default: break;
    }
    for (size_t i = 0; i < shape.type->fields.size(); ++i) {
      const component::Field& field = shape.type->fields[i];
      if (!field.label.empty()) made.labels.emplace_back(field.label);
      made.parts.push_back(type(shape.part(field.type), world ? world->fields[i].type : component::ValType()));
    }
    if (!shape.type->fields.empty()) return;
    made.parts.push_back(type(shape.part(shape.type->first), world ? world->first : component::ValType()));
    if (made.kind == WitKind::result || made.kind == WitKind::map) {
      made.parts.push_back(type(shape.part(shape.type->second), world ? world->second : component::ValType()));
    }
    if (made.kind == WitKind::map) made.pair = tuple(made.parts);
  }

  const TypeNames* names_ = nullptr;
  bool of_store_ = true;
  std::map<uint32_t, std::shared_ptr<const WitType>> known_;  // of one space
};

}  // namespace

std::optional<Primitive> primitive_of(WitKind kind) {
  switch (kind) {
    case WitKind::bool_: return Primitive::bool_;
    case WitKind::s8: return Primitive::s8;
    case WitKind::u8: return Primitive::u8;
    case WitKind::s16: return Primitive::s16;
    case WitKind::u16: return Primitive::u16;
    case WitKind::s32: return Primitive::s32;
    case WitKind::u32: return Primitive::u32;
    case WitKind::s64: return Primitive::s64;
    case WitKind::u64: return Primitive::u64;
    case WitKind::f32: return Primitive::f32;
    case WitKind::f64: return Primitive::f64;
    case WitKind::char_: return Primitive::char_;
    case WitKind::string: return Primitive::string;
    default: return std::nullopt;
  }
}

std::shared_ptr<const WitType> wit_type(const canon::T& t) { return Builder().type(t); }

std::shared_ptr<const WitFunc> wit_func(std::string name, const canon::FuncType& type,
                                        const component::Type& definition, const TypeNames& names) {
  return Builder(names).func(std::move(name), type, definition);
}

canon::FuncType func_type(const canon::TypeSpace& space, const component::Type& definition, bool async) {
  canon::FuncType made;
  for (const component::Field& field : definition.fields) made.params.emplace_back(&space, field.type);
  made.result = canon::T(&space, definition.first);
  made.async = async;
  return made;
}

// --- how the world calls them

void TypeNames::add(const component::Items& items, const Interface* interface) const {
  using component::Sort;
  for (const component::Item& item : items) {
    const component::Entity& entity = item.entity;
    if (entity.sort == Sort::type) {
      const bool resource = types().is_resource(entity.type());
      const uint64_t key = resource ? types().identity(entity.type()) : component::index_of(entity.type());
      names_.try_emplace(key, Name{interface, item.name->text});
    } else if (entity.sort == Sort::instance && !interface) {
      interfaces_.push_back(std::make_shared<const std::string>(item.name->text));
      add(types().interface(entity.type()).exports, &interfaces_.back());
    }
  }
}

std::shared_ptr<const TypeName> TypeNames::find(component::TypeId id) const {
  if (!std::exchange(complete_, true)) {
    add(loaded_->type().imports, nullptr);
    add(loaded_->type().exports, nullptr);
  }
  auto found = names_.end();
  if (types().is_resource(id)) {
    found = names_.find(types().identity(id));
  } else {
    for (; found == names_.end() && id != component::kNoTypeId; id = types().named_from(id)) {
      found = names_.find(component::index_of(id));
    }
  }
  if (found == names_.end()) return nullptr;
  Name& name = found->second;
  if (!name.made) {
    name.made = std::make_shared<const TypeName>(
        TypeName{name.interface ? *name.interface : nullptr, std::string(name.label)});
  }
  return name.made;
}

// --- lists of what a component has

// Types of functions are made once each, for what an instance has may be listed many times.
struct Lister::Types {
  explicit Types(std::shared_ptr<const link::Loaded> loaded)
      : names(std::move(loaded)), builder(Builder::of_no_store(names)) {
    space.types = &names.types();
  }
  const std::shared_ptr<const WitFunc>& func(component::TypeId id) {
    std::shared_ptr<const WitFunc>& known = funcs[component::index_of(id)];
    if (known) return known;
    const bool async = names.types().kind(id) == component::TypeKind::async_func;
    const component::Type& definition = names.types()[id];
    return known = builder.func("", func_type(space, definition, async), definition);
  }
  std::shared_ptr<const WitType> type(component::ValType type) { return builder.type({&space, type}, type); }

  const TypeNames names;
  canon::TypeSpace space;
  Builder builder;
  std::unordered_map<uint32_t, std::shared_ptr<const WitFunc>> funcs;
};

Lister::Lister(std::shared_ptr<const link::Loaded> loaded) : types_(std::make_unique<Types>(std::move(loaded))) {}
Lister::~Lister() = default;

ComponentItem Lister::item(const component::Entity& entity, std::string name) {
  ComponentItem made{.name = std::move(name)};
  switch (entity.sort) {
    case component::Sort::func:
      made.kind = ComponentKind::func;
      made.func = ComponentAccess::view(types_->func(entity.type()));
      made.type = made.func->to_string();
      break;
    case component::Sort::value:
      made.kind = ComponentKind::value;
      made.wit_type = ComponentAccess::view(types_->type(entity.value));
      break;
    case component::Sort::type:
      made.kind = ComponentKind::type;
      if (types_->names.types().is_resource(entity.type())) break;
      made.wit_type = ComponentAccess::view(types_->type(component::val_type(entity.type())));
      break;
    case component::Sort::component: made.kind = ComponentKind::component; break;
    case component::Sort::instance: made.kind = ComponentKind::instance; break;
    default: made.kind = ComponentKind::module; break;
  }
  return made;
}

// Lists all, but of instances only what `left` bytes of names are enough for.
void Lister::list_into(std::vector<ComponentItem>& all, const component::Items& items, const std::string& prefix,
                       uint64_t& left) {
  for (const component::Item& item : items) {
    const std::string name = prefix + std::string(item.name->text);
    all.push_back(this->item(item.entity, name));
    if (item.entity.sort != component::Sort::instance) continue;
    const component::Items& inside = types_->names.types().interface(item.entity.type()).exports;
    uint64_t bytes = 0;
    for (const component::Item& one : inside) bytes += name.size() + 1 + one.name->text.size();
    if (bytes > left) continue;
    left -= bytes;
    list_into(all, inside, name + "#", left);
  }
}

std::vector<ComponentItem> Lister::all(const component::Items& items) {
  // What stands in front of all names of an instance may be long, and they may be many.
  constexpr uint64_t kListedBytes = uint64_t{64} << 20;
  std::vector<ComponentItem> all;
  uint64_t left = kListedBytes;
  list_into(all, items, "", left);
  return all;
}

// --- as text

namespace {

constexpr size_t kLongest = 2000;  // shared parts are written each time

void append(std::string& text, const WitType* type);

void append_list(std::string& text, const WitType& type, size_t first) {
  for (size_t i = first; i < type.parts.size() && text.size() < kLongest; ++i) {
    if (i > first) text += ", ";
    append(text, type.part(i));
  }
}

void append_labelled(std::string& text, const WitType& type) {
  text += " {";
  for (size_t i = 0; i < type.labels.size() && text.size() < kLongest; ++i) {
    text += (i > 0 ? ", " : " ") + type.labels[i];
    if (!type.parts[i]) continue;
    text += type.kind == WitKind::record ? ": " : "(";
    append(text, type.part(i));
    if (type.kind == WitKind::variant) text += ")";
  }
  text += " }";
}

void append(std::string& text, const WitType* type) {
  if (!type) {
    text += "_";
    return;
  }
  text += name_of(type->kind);
  switch (type->kind) {
    case WitKind::record:
    case WitKind::variant:
    case WitKind::enum_:
    case WitKind::flags: append_labelled(text, *type); return;
    case WitKind::own:
    case WitKind::borrow: text += "<" + (type->name ? type->name->label : "_") + ">"; return;
    case WitKind::result:
      if (!type->parts[0] && !type->parts[1]) return;
      text += "<";
      append(text, type->part(0));
      if (type->parts[1]) {
        text += ", ";
        append(text, type->part(1));
      }
      text += ">";
      return;
    case WitKind::stream:
    case WitKind::future:
      if (!type->parts[0]) return;
      break;
    case WitKind::list:
    case WitKind::fixed_list:
    case WitKind::map:
    case WitKind::tuple:
    case WitKind::option: break;
    default: return;
  }
  text += "<";
  append_list(text, *type, 0);
  if (type->kind == WitKind::fixed_list) text += ", " + std::to_string(type->length);
  text += ">";
}

}  // namespace

std::string to_string(const WitType* type) {
  std::string text;
  append(text, type);
  if (text.size() >= kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

std::string WitType::to_string() const { return detail::to_string(this); }

WitFuncView view_of(const WitFunc& func) { return ComponentAccess::view(func.shared_from_this()); }

std::string WitFunc::to_string() const {
  std::string text = async ? "async func(" : "func(";
  for (size_t i = 0; i < params.size(); ++i) {
    text += (i > 0 ? ", " : "") + param_names[i] + ": " + params[i]->to_string();
  }
  text += ")";
  if (result) text += " -> " + result->to_string();
  return text;
}

// --- names

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string text) {
  for (char& c : text) c = lower(c);
  return text;
}

}  // namespace

// A word begins behind an underscore, and with a capital that follows a small letter.
std::string kebab(std::string_view name) {
  while (name.ends_with('_')) name.remove_suffix(1);
  std::string made;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool begins = is_upper(name[i]) && i > 0 && !is_upper(name[i - 1]) && name[i - 1] != '_';
    if (name[i] == '_' || begins) made += '-';
    if (name[i] != '_') made += lower(name[i]);
  }
  return made;
}

// --- where types differ

bool SignatureCheck::mismatch(const WitType* found, const std::string& stands_for) {
  if (what.empty()) {
    what =
        "the component has " + (found ? found->to_string() : "nothing") + ", the C++ type stands for " + stands_for;
  }
  return false;
}

bool SignatureCheck::wrong_count(size_t found, size_t cpp) {
  what = "the component has " + counted(found, "parameter") + ", the C++ function " + std::to_string(cpp);
  return false;
}

bool SignatureCheck::same_names(const WitType& found, std::string_view of, std::span<const std::string_view> names,
                                const std::string& stands_for) {
  if (names.size() != found.labels.size()) return mismatch(&found, stands_for);
  size_t differing = 0, last = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    if (kebab(names[i]) == lower(found.labels[i])) continue;
    ++differing;
    last = i;
  }
  if (differing == 0) return true;
  if (differing > 1 || !what.empty()) return mismatch(&found, stands_for);
  what = std::string(of) + " " + std::to_string(last + 1) + " is `" + found.labels[last] + "`, the C++ type has `" +
         kebab(names[last]) + "`";
  return false;
}

bool SignatureCheck::in(const std::string& place) {
  where = place + (where.empty() ? "" : ", " + where);
  return false;
}

bool SignatureCheck::is_resource(const WitType& type, const void* key) {
  State* state = State::find(cell);
  const HostResource* host = state ? state->find_host_resource(type.resource.get()) : nullptr;
  if (!host || host->key() == key) return true;
  if (what.empty()) what = "the resource is one of another class of the embedder's";
  return false;
}

Result<bool> check_signature(const std::shared_ptr<StoreCell>& cell, const WitFunc& func,
                             bool (*check)(SignatureCheck&, const WitFunc&)) {
  if (!alive(cell.get()).ok()) return gone(cell.get());
  SignatureCheck c{.cell = cell.get()};
  if (check(c, func)) return !c.has_handles;
  return Access::error(ErrorCode::wrong_signature,
                       "`" + func.name + "`" + (c.where.empty() ? "" : ", " + c.where) + ": " + c.what);
}

}  // namespace detail
}  // namespace heddle::api
