// Values of any type: between their own shape and what a component's type asks for.
#include <algorithm>
#include <bit>

#include "component/api/internal.h"
#include "component/canon/loading.h"
#include "component/wave/wave.h"

namespace heddle::api {

ComponentVal::ComponentVal(float value) : kind_(WitKind::f32), bits_(std::bit_cast<uint32_t>(value)) {}
ComponentVal::ComponentVal(double value) : kind_(WitKind::f64), bits_(std::bit_cast<uint64_t>(value)) {}

void ComponentVal::swap(ComponentVal& other) noexcept {
  std::swap(kind_, other.kind_);
  std::swap(bits_, other.bits_);
  text_.swap(other.text_);
  labels_.swap(other.labels_);
  parts_.swap(other.parts_);
  std::swap(handle_, other.handle_);
  error_context_.swap(other.error_context_);
  end_.swap(other.end_);
  std::swap(elements_, other.elements_);
}

ComponentVal ComponentVal::record(std::vector<Field> fields) {
  ComponentVal made(WitKind::record, {}, {});
  for (Field& field : fields) {
    made.labels_.push_back(std::move(field.first));
    made.parts_.push_back(std::move(field.second));
  }
  return made;
}

namespace {

std::vector<ComponentVal> payload(std::optional<ComponentVal> value) {
  std::vector<ComponentVal> made;
  if (value) made.push_back(*std::move(value));
  return made;
}

}  // namespace

ComponentVal ComponentVal::variant(std::string label, std::optional<ComponentVal> value) {
  return {WitKind::variant, {std::move(label)}, payload(std::move(value))};
}
ComponentVal ComponentVal::ok(std::optional<ComponentVal> value) {
  return {WitKind::result, {"ok"}, payload(std::move(value))};
}
ComponentVal ComponentVal::err(std::optional<ComponentVal> value) {
  return {WitKind::result, {"err"}, payload(std::move(value))};
}

const ComponentVal* ComponentVal::field(std::string_view name) const {
  if (kind_ != WitKind::record) return nullptr;
  const auto found = std::find(labels_.begin(), labels_.end(), name);
  return found == labels_.end() ? nullptr : &parts_[static_cast<size_t>(found - labels_.begin())];
}

bool operator==(const ComponentVal& a, const ComponentVal& b) {
  return a.kind_ == b.kind_ && a.bits_ == b.bits_ && a.text_ == b.text_ && a.labels_ == b.labels_ &&
         a.parts_ == b.parts_ && a.handle_.handle == b.handle_.handle && a.handle_.object == b.handle_.object &&
         a.error_context_ == b.error_context_ && a.end_ == b.end_;
}

// --- as text

namespace {

detail::Value leaf(WitKind kind, uint64_t bits, const std::string& text) {
  using detail::Value;
  if (kind == WitKind::f32) return Value::f32(static_cast<uint32_t>(bits));
  if (kind == WitKind::f64) return Value::f64(bits);
  Value made = Value::integer(bits);
  if (kind != WitKind::string) return made;
  made.kind = Value::Kind::string;
  made.string.text = text;
  made.string.tagged_code_units = text.size();
  return made;
}

}  // namespace

std::string ComponentVal::to_string() const {
  if (const auto primitive = detail::primitive_of(kind_)) {
    return component::wave::print(leaf(kind_, bits_, text_), {nullptr, *primitive});
  }
  auto joined = [&](bool with_labels) {
    std::string text;
    for (size_t i = 0; i < std::max(parts_.size(), labels_.size()); ++i) {
      text += i > 0 ? ", " : "";
      if (with_labels) text += component::wave::label(labels_[i]) + (i < parts_.size() ? ": " : "");
      if (i < parts_.size()) text += parts_[i].to_string();
    }
    return text;
  };
  switch (kind_) {
    case WitKind::list: return "[" + joined(false) + "]";
    case WitKind::tuple: return "(" + joined(false) + ")";
    case WitKind::record:
    case WitKind::flags: return "{" + joined(true) + "}";
    case WitKind::option:
    case WitKind::result: return labels_[0] + (parts_.empty() ? "" : "(" + parts_[0].to_string() + ")");
    case WitKind::variant:
    case WitKind::enum_:
      return component::wave::label(labels_[0]) + (parts_.empty() ? "" : "(" + parts_[0].to_string() + ")");
    default: return "<" + std::string(name_of(kind_)) + ">";
  }
}

namespace detail {
namespace {

// A type that is of no store any more as one that has a definition. Labels are views of it.
class Definitions {
 public:
  canon::T type(const WitType& of) {
    space_.types = &types_;
    return {&space_, add(&of)};
  }

 private:
  static component::TypeKind kind_of(WitKind kind) {
    using component::TypeKind;
    switch (kind) {
      case WitKind::list: return TypeKind::list;
      case WitKind::fixed_list: return TypeKind::fixed_list;
      case WitKind::map: return TypeKind::map;
      case WitKind::record: return TypeKind::record;
      case WitKind::tuple: return TypeKind::tuple;
      case WitKind::variant: return TypeKind::variant;
      case WitKind::enum_: return TypeKind::enum_;
      case WitKind::option: return TypeKind::option;
      case WitKind::result: return TypeKind::result;
      case WitKind::flags: return TypeKind::flags;
      case WitKind::own: return TypeKind::own;
      case WitKind::borrow: return TypeKind::borrow;
      case WitKind::stream: return TypeKind::stream;
      default: return TypeKind::future;
    }
  }

  component::ValType add(const WitType* of) {
    if (!of) return {};
    if (of->kind == WitKind::error_context) return component::Primitive::error_context;
    if (const auto primitive = primitive_of(of->kind)) return *primitive;
    if (const auto known = known_.find(of); known != known_.end()) return known->second;
    component::Type made;
    made.kind = kind_of(of->kind);
    made.number = of->length;
    const bool fields = !of->labels.empty() || of->kind == WitKind::tuple || of->kind == WitKind::record;
    for (size_t i = 0; fields && i < of->parts.size(); ++i) {
      const std::string_view label = of->labels.empty() ? std::string_view() : of->labels[i];
      made.fields.push_back({label, add(of->part(i))});
    }
    if (!fields && !of->parts.empty()) made.first = add(of->part(0));
    if (!fields && of->parts.size() > 1) made.second = add(of->part(1));
    return known_[of] = component::val_type(types_.add(std::move(made)));
  }

  component::Types types_;
  canon::TypeSpace space_;
  std::map<const WitType*, component::ValType> known_;
};

}  // namespace

Error wave_error(const ::heddle::Error& error, const ErrorSink& sink) {
  ErrorData data = *Access::data(Access::error({error.code}, sink));
  data.message += ", at byte " + std::to_string(error.offset);
  return Access::error(std::move(data));
}

}  // namespace detail

Result<ComponentVal> ComponentVal::parse(const WitTypeView& view, std::string_view wave) {
  const detail::WitType& type = *detail::ComponentAccess::type(view);
  detail::Definitions definitions;
  ErrorSink sink;
  auto parsed = component::wave::parse(wave, definitions.type(type), &sink);
  if (!parsed.ok()) return detail::wave_error(parsed.error(), sink);
  detail::Incoming in(nullptr);
  return detail::Wit<ComponentVal>::get(in, type, parsed.value());
}

// --- to and from components

namespace detail {
namespace {

using Dynamic = Wit<ComponentVal>;

// As they are read aloud: "an s8", "a u8".
std::string article(WitKind kind) {
  const std::string name(name_of(kind));
  const bool digits = name.back() >= '0' && name.back() <= '9';
  const std::string_view vowels = digits ? "sf" : "aeiou";
  return (vowels.find(name[0]) == std::string_view::npos ? "a " : "an ") + name;
}

std::optional<uint32_t> index_of_label(const WitType& type, std::string_view label) {
  switch (type.kind) {
    case WitKind::option: return label == "some" ? 1 : 0;
    case WitKind::result: return label == "err" ? 1 : 0;
    default: break;
  }
  const auto found = std::find(type.labels.begin(), type.labels.end(), label);
  if (found == type.labels.end()) return std::nullopt;
  return static_cast<uint32_t>(found - type.labels.begin());
}

const WitType* payload_type(const WitType& type, uint32_t index) {
  if (type.kind == WitKind::option) return index == 1 ? type.part() : nullptr;
  return type.part(index);
}

bool put_case(Outgoing& o, const WitType& type, const ComponentVal& from, Value& to) {
  const std::string& label = from.labels()[0];
  const auto index = index_of_label(type, label);
  if (!index) return o.fail("there is no case `" + label + "` in " + type.to_string());
  const WitType* wanted = payload_type(type, *index);
  if (from.parts().size() != (wanted ? 1u : 0u)) {
    return o.fail("`" + label + "` has " + (wanted ? "" : "no ") + "value, as " + type.to_string() + " says");
  }
  set_variant(to, *index, wanted != nullptr);
  return !wanted || Dynamic::put(o, *wanted, from.parts()[0], part_of(to, 0)) || o.in("`" + label + "`");
}

bool put_flags(Outgoing& o, const WitType& type, const ComponentVal& from, Value& to) {
  uint64_t bits = 0;
  for (const std::string& label : from.labels()) {
    const auto index = index_of_label(type, label);
    if (!index) return o.fail("there is no flag `" + label + "` in " + type.to_string());
    bits |= uint64_t{1} << *index;
  }
  return set_integer(to, bits), true;
}

bool put_record(Outgoing& o, const WitType& type, const ComponentVal& from, Value& to) {
  if (from.parts().size() != type.parts.size()) return o.fail("expected " + type.to_string());
  set_record(to, type.parts.size());
  for (size_t i = 0; i < type.parts.size(); ++i) {
    const ComponentVal* field = type.kind == WitKind::record ? from.field(type.labels[i]) : &from.parts()[i];
    const std::string name = type.kind == WitKind::record ? "`" + type.labels[i] + "`" : std::to_string(i);
    if (!field) return o.fail("there is no field " + name);
    if (!Dynamic::put(o, *type.part(i), *field, part_of(to, i))) return o.in(name);
  }
  return true;
}

bool put_map(Outgoing& o, const WitType& type, const ComponentVal& from, Value& to) {
  set_list(to, from.parts().size());
  for (size_t i = 0; i < from.parts().size(); ++i) {
    const ComponentVal& pair = from.parts()[i];
    if (pair.kind() != WitKind::tuple || pair.parts().size() != 2) return o.fail("expected a key and a value");
    Value& made = part_of(to, i);
    set_record(made, 2);
    for (size_t k = 0; k < 2; ++k) {
      if (!Dynamic::put(o, *type.part(k), pair.parts()[k], part_of(made, k))) return o.in(std::to_string(i));
    }
  }
  return true;
}

bool put_list(Outgoing& o, const WitType& type, const ComponentVal& from, Value& to) {
  const size_t count = from.parts().size();
  if (type.kind == WitKind::fixed_list) {
    if (count != type.length) return o.fail("expected " + std::to_string(type.length) + " elements");
  } else if (!o.fits(type, count)) {
    return false;
  }
  if (type.kind == WitKind::map) return put_map(o, type, from, to);
  set_list(to, count);
  for (size_t i = 0; i < count; ++i) {
    if (!Dynamic::put(o, *type.part(), from.parts()[i], part_of(to, i))) return o.in(std::to_string(i));
  }
  return true;
}

bool is_integer(WitKind kind) { return kind >= WitKind::s8 && kind <= WitKind::u64; }
bool is_signed(WitKind kind) {
  return kind == WitKind::s8 || kind == WitKind::s16 || kind == WitKind::s32 || kind == WitKind::s64;
}

// Of whichever type the integer is: `bits` has its sign.
bool put_integer(Outgoing& o, const WitType& type, WitKind found, uint64_t bits, Value& to) {
  const uint64_t width = type.size * 8, most = ~uint64_t{0} >> (64 - width + (is_signed(type.kind) ? 1 : 0));
  const bool negative = is_signed(found) && static_cast<int64_t>(bits) < 0;
  const bool fits = negative ? is_signed(type.kind) && ~bits <= most : bits <= most;
  if (fits) return set_integer(to, bits), true;
  const std::string number = negative ? std::to_string(static_cast<int64_t>(bits)) : std::to_string(bits);
  return o.fail("expected " + type.to_string() + ", found the number " + number);
}

bool same_kind(WitKind wanted, WitKind found) {
  if (wanted == WitKind::fixed_list || wanted == WitKind::map) return found == WitKind::list;
  if (wanted == WitKind::borrow && found == WitKind::own) return true;  // it is lent
  return wanted == found;
}

}  // namespace

bool Dynamic::put(Outgoing& o, const WitType& type, const ComponentVal& from, Value& to) {
  if (is_integer(type.kind) && is_integer(from.kind_)) return put_integer(o, type, from.kind_, from.bits_, to);
  if (!same_kind(type.kind, from.kind_))
    return o.fail("expected " + type.to_string() + ", found " + article(from.kind_));
  switch (type.kind) {
    case WitKind::string: return o.fits(from.text_) && (set_string(to, from.text_), true);
    case WitKind::char_: return o.fits(static_cast<char32_t>(from.bits_)) && (set_integer(to, from.bits_), true);
    case WitKind::f32: return set_f32(to, static_cast<uint32_t>(from.bits_)), true;
    case WitKind::f64: return set_f64(to, from.bits_), true;
    case WitKind::list:
    case WitKind::fixed_list:
    case WitKind::map: return put_list(o, type, from, to);
    case WitKind::record:
    case WitKind::tuple: return put_record(o, type, from, to);
    case WitKind::variant:
    case WitKind::enum_:
    case WitKind::option:
    case WitKind::result: return put_case(o, type, from, to);
    case WitKind::flags: return put_flags(o, type, from, to);
    case WitKind::own: {
      HandleParts parts = from.handle_;
      return put_own(o, type, parts, to);
    }
    case WitKind::borrow: return put_borrow(o, type, from.handle_, to);
    case WitKind::stream:
    case WitKind::future: {
      SignatureCheck c{.cell = o.cell};
      if (from.elements_ && !from.elements_(c, type.part())) return o.fail("element: " + c.what);
      std::shared_ptr<CopyEnd> end = from.end_;
      return put_end(o, type, end, to);
    }
    case WitKind::error_context: return Wit<ErrorContext>::put(o, type, *from.error_context_, to);
    default: return set_integer(to, from.bits_), true;
  }
}

namespace {

uint64_t room_for(const std::string& label) { return sizeof(label) + rt::Budget::block_bytes(label.size()); }

uint64_t room_for_labels(const WitType& type) {
  uint64_t bytes = 0;
  for (const std::string& label : type.labels) bytes += room_for(label);
  return bytes;
}

// What a value's parts and names take, but for lists: that is known with their elements.
uint64_t room_for_parts(const WitType& type, const Value& from) {
  constexpr uint64_t kPart = sizeof(ComponentVal);
  switch (type.kind) {
    case WitKind::record: return type.parts.size() * kPart + room_for_labels(type);
    case WitKind::tuple: return type.parts.size() * kPart;
    case WitKind::map: return from.parts.size() * 3 * kPart;
    case WitKind::flags: return room_for_labels(type);
    case WitKind::enum_:
    case WitKind::variant: return from.parts.size() * kPart + room_for(type.labels[from.bits]);
    case WitKind::option:
    case WitKind::result: return from.parts.size() * kPart + sizeof(std::string);
    default: return 0;
  }
}

}  // namespace

// A number is a byte where it comes from: who gives many could fill the host's memory.
std::vector<ComponentVal> Dynamic::get_list(Incoming& in, const WitType& type, Value& from) {
  std::vector<ComponentVal> made;
  const uint64_t count = from.count();
  if (!in.charge(count * sizeof(ComponentVal))) return discard(in.cell, type, from), made;
  made.reserve(count);
  if (from.kind != Value::Kind::packed) {
    for (Value& element : from.parts) made.push_back(get(in, *type.part(), element));
    return made;
  }
  const canon::T element_type(nullptr, *primitive_of(type.part()->kind));
  Value element;
  for (uint64_t i = 0; i < count; ++i) {
    static_cast<void>(canon::element_of(from, element_type, i, element));
    made.push_back(get(in, *type.part(), element));
  }
  return made;
}

ComponentVal Dynamic::get(Incoming& in, const WitType& type, Value& from) {
  ComponentVal made(type.kind, {}, {});
  if (!in.charge(room_for_parts(type, from))) return discard(in.cell, type, from), made;
  switch (type.kind) {
    case WitKind::string: made.text_ = take_string(from); break;
    case WitKind::list:
    case WitKind::fixed_list:
      made.kind_ = WitKind::list;
      made.parts_ = get_list(in, type, from);
      break;
    case WitKind::map:
      made.kind_ = WitKind::list;
      for (Value& pair : from.parts) {
        made.parts_.push_back(ComponentVal::tuple(
            {get(in, *type.part(0), part_of(pair, 0)), get(in, *type.part(1), part_of(pair, 1))}));
      }
      break;
    case WitKind::record: made.labels_ = type.labels; [[fallthrough]];
    case WitKind::tuple:
      for (size_t i = 0; i < type.parts.size(); ++i) made.parts_.push_back(get(in, *type.part(i), from.parts[i]));
      break;
    case WitKind::variant:
    case WitKind::enum_:
    case WitKind::option:
    case WitKind::result: {
      const auto index = static_cast<uint32_t>(from.bits);
      made.labels_ = {type.kind == WitKind::option   ? (index ? "some" : "none")
                      : type.kind == WitKind::result ? (index ? "err" : "ok")
                                                     : type.labels[index]};
      if (const WitType* payload = from.parts.empty() ? nullptr : payload_type(type, index)) {
        made.parts_.push_back(get(in, *payload, from.parts[0]));
      }
      break;
    }
    case WitKind::flags:
      for (size_t i = 0; i < type.labels.size(); ++i) {
        if (from.bits >> i & 1) made.labels_.push_back(type.labels[i]);
      }
      break;
    case WitKind::own:
      made.handle_ = get_own(in, type, from);
      if (made.handle_.object) made.handle_.once = std::make_shared<Handed>();
      break;
    case WitKind::borrow: made.handle_ = get_borrow(in, type, from); break;
    case WitKind::stream:
    case WitKind::future: made.end_ = get_end(in, type, from); break;
    case WitKind::error_context: made.error_context_ = Wit<ErrorContext>::get(in, type, from); break;
    default: made.bits_ = from.bits; break;
  }
  return made;
}

}  // namespace detail
}  // namespace heddle::api
