// Value definitions (Binary.md, "Value Definitions"): is what is written a value of its type, to the last byte? Every
// value takes a byte at least, so that the time is linear in their number.
#include <bit>
#include <cmath>

#include "base/reader.h"
#include "base/utf8.h"
#include "component/valid/checker.h"

namespace heddle::component {
namespace {

class ValueReader {
 public:
  ValueReader(const Types& types, syntax::Bytes bytes) : types_(types), reader_(bytes) {}

  Result<void> value(ValType type) {
    if (type.is_primitive()) return primitive(type.primitive());
    const Type& defined = types_[type];
    switch (defined.kind) {
      case TypeKind::primitive: return primitive(defined.first.primitive());
      case TypeKind::record:
      case TypeKind::tuple:
        for (const Field& field : defined.fields) TRY(value(field.type));
        return {};
      case TypeKind::variant:
      case TypeKind::enum_: {
        const auto which = TRY(reader_.u32());
        if (which >= defined.fields.size()) return wrong();
        return optional(defined.fields[which].type);
      }
      case TypeKind::flags: return reader_.bytes((defined.fields.size() + 7) / 8).ok() ? Result<void>() : wrong();
      case TypeKind::list: return repeated(TRY(reader_.u32()), {defined.first, {}});
      case TypeKind::map: return repeated(TRY(reader_.u32()), {defined.first, defined.second});
      case TypeKind::fixed_list: return repeated(defined.number, {defined.first, {}});
      case TypeKind::option: return TRY(flag()) ? value(defined.first) : Result<void>();
      case TypeKind::result: return optional(TRY(flag()) ? defined.second : defined.first);
      case TypeKind::own:
      case TypeKind::borrow:
      case TypeKind::stream:
      case TypeKind::future:
      case TypeKind::resource:
      case TypeKind::func:
      case TypeKind::async_func:
      case TypeKind::component:
      case TypeKind::instance: break;
    }
    return wrong();
  }

  bool at_end() const { return reader_.at_end(); }

 private:
  static Error wrong() { return Error{ErrorCode::invalid_component}; }

  Result<void> optional(ValType type) { return type.present() ? value(type) : Result<void>(); }

  Result<bool> flag() {
    const auto byte = TRY(reader_.byte());
    return byte <= 1 ? Result(byte == 1) : wrong();
  }

  Result<void> repeated(uint64_t count, std::pair<ValType, ValType> elem) {
    for (uint64_t i = 0; i < count; ++i) {
      TRY(value(elem.first));
      TRY(optional(elem.second));
    }
    return {};
  }

  // The only NaN there is has the canonical bits.
  template <class Float, class Bits>
  Result<void> number(Bits canonical) {
    const auto bits = TRY(reader_.fixed<Bits>());
    return std::isnan(std::bit_cast<Float>(bits)) && bits != canonical ? wrong() : Result<void>();
  }

  Result<void> text(uint64_t size) {
    const auto raw = TRY(reader_.bytes(size));
    return utf8::valid({reinterpret_cast<const char*>(raw.data()), raw.size()}) ? Result<void>() : wrong();
  }

  // Its first byte says how many there are.
  Result<void> character() { return text(utf8::sequence_length(reader_.peek())); }

  Result<void> primitive(Primitive type) {
    switch (type) {
      case Primitive::bool_: return flag().ok() ? Result<void>() : wrong();
      case Primitive::s8:
      case Primitive::u8: return reader_.byte().ok() ? Result<void>() : wrong();
      case Primitive::s16: return reader_.s16().ok() ? Result<void>() : wrong();
      case Primitive::u16: return reader_.u16().ok() ? Result<void>() : wrong();
      case Primitive::s32: return reader_.s32().ok() ? Result<void>() : wrong();
      case Primitive::u32: return reader_.u32().ok() ? Result<void>() : wrong();
      case Primitive::s64: return reader_.s64().ok() ? Result<void>() : wrong();
      case Primitive::u64: return reader_.u64().ok() ? Result<void>() : wrong();
      case Primitive::f32: return number<float>(uint32_t{0x7fc00000});
      case Primitive::f64: return number<double>(uint64_t{0x7ff8000000000000});
      case Primitive::char_: return character();
      case Primitive::string: return text(TRY(reader_.u32()));
      case Primitive::error_context: break;
    }
    return wrong();
  }

  const Types& types_;
  Reader reader_;
};

}  // namespace

Result<void> Checker::value(const Value& value) {
  context_.at = value.at;
  TRY(context_.need(Feature::values, "a value"));
  const ValType type = TRY(val_type(value.type));
  ValueReader reader(types_, value.bytes);
  if (!reader.value(type).ok() || !reader.at_end()) {
    return context_.fail("the bytes of a value are none of type " + std::string(describe(types_, type)));
  }
  push(Entity{Sort::value, type, 0});
  return {};
}

}  // namespace heddle::component
