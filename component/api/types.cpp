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

// Types are written with sharing, and so are these.
class Builder {
 public:
  std::shared_ptr<const WitType> type(const canon::T& t) {
    if (!t.present()) return nullptr;
    const canon::Shape shape = canon::shape_of(t);
    auto made = std::make_shared<WitType>();
    if (shape.kind == TypeKind::primitive) {
      made->kind = kind_of(shape.primitive);
      lay_out(*made);
      return made;
    }
    std::shared_ptr<const WitType>& known = known_[t.type().index()];
    if (!known) {
      fill(*made, shape);
      lay_out(*made);
      known = std::move(made);
    }
    return known;
  }

  static std::shared_ptr<const WitType> tuple(std::vector<std::shared_ptr<const WitType>> parts) {
    auto made = std::make_shared<WitType>();
    made->kind = WitKind::tuple;
    made->parts = std::move(parts);
    lay_out(*made);
    return made;
  }

 private:
  void fill(WitType& made, const canon::Shape& shape) {
    made.kind = kind_of(shape.kind);
    made.length = shape.type->number;
    switch (made.kind) {
      case WitKind::own:
      case WitKind::borrow: {
        const auto found = shape.space->resources.find(shape.space->types->resource(shape.type->resource));
        if (found != shape.space->resources.end()) made.resource = found->second;
        return;
      }
      case WitKind::stream:
      case WitKind::future: made.element = std::make_shared<canon::T>(shape.part(shape.type->first)); break;
      default: break;
    }
    for (const component::Field& field : shape.type->fields) {
      if (!field.label.empty()) made.labels.emplace_back(field.label);
      made.parts.push_back(type(shape.part(field.type)));
    }
    if (!shape.type->fields.empty()) return;
    made.parts.push_back(type(shape.part(shape.type->first)));
    if (made.kind == WitKind::result || made.kind == WitKind::map) {
      made.parts.push_back(type(shape.part(shape.type->second)));
    }
    if (made.kind == WitKind::map) made.pair = tuple(made.parts);
  }

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

namespace {

bool is_scalar(const std::shared_ptr<const WitType>& type) {
  return !type || type->kind <= WitKind::char_ || type->kind == WitKind::enum_ || type->kind == WitKind::flags;
}

}  // namespace

std::shared_ptr<const WitFunc> wit_func(std::string name, const canon::FuncType& type,
                                        const component::Type& definition) {
  auto made = std::make_shared<WitFunc>();
  Builder builder;
  made->name = std::move(name);
  for (const component::Field& field : definition.fields) made->param_names.emplace_back(field.label);
  made->param_names.resize(type.params.size());
  for (const canon::T& param : type.params) made->params.push_back(builder.type(param));
  made->result = builder.type(type.result);
  made->args = builder.tuple(made->params);
  made->async = type.async;
  made->scalars = is_scalar(made->result) && std::ranges::all_of(made->params, is_scalar);
  return made;
}

canon::FuncType func_type(const canon::TypeSpace& space, const component::Type& definition, bool async) {
  canon::FuncType made;
  for (const component::Field& field : definition.fields) made.params.emplace_back(&space, field.type);
  made.result = canon::T(&space, definition.first);
  made.async = async;
  return made;
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
    case WitKind::borrow: text += "<_>"; return;
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

bool SignatureCheck::same_name(std::string_view cpp, std::string_view label) const {
  std::string small(label);
  for (char& c : small) c = lower(c);
  return kebab(cpp) == small;
}

// --- where types differ

bool SignatureCheck::mismatch(const WitType* found, const std::string& stands_for) {
  if (what.empty()) {
    what =
        "the component has " + (found ? found->to_string() : "nothing") + ", the C++ type stands for " + stands_for;
  }
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
