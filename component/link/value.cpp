#include "component/link/value.h"

#include "base/reader.h"
#include "base/utf8.h"
#include "component/canon/encoding.h"

namespace heddle::component::link {
namespace {

using canon::T;
using canon::Val;
using Kind = canon::Despecialized::Kind;

class ValueReader {
 public:
  explicit ValueReader(syntax::Bytes bytes) : reader_(bytes) {}

  // Options and results begin with a byte, other variants with a number: the same where it is small.
  Result<Val> value(const T& type) {
    const canon::Despecialized d = despecialize(type);
    switch (d.kind) {
      case Kind::primitive: return primitive(d.primitive);
      case Kind::list:
        return parts(Val::Kind::list, d.has_length ? d.length : TRY(reader_.u32()),
                     [&](size_t) { return d.parts[0]; });
      case Kind::record: return parts(Val::Kind::record, d.parts.size(), [&](size_t i) { return d.parts[i]; });
      case Kind::variant: {
        const uint32_t index = TRY(reader_.u32());
        T payload = d.parts[index];
        Val made = TRY(parts(Val::Kind::variant, payload.present() ? 1 : 0, [&](size_t) { return payload; }));
        made.bits = index;
        return made;
      }
      case Kind::flags: {
        uint64_t bits = 0;
        for (uint32_t i = 0; i < (d.length + 7) / 8; ++i) bits |= uint64_t{TRY(reader_.byte())} << (8 * i);
        return Val::integer(bits);
      }
      default: break;
    }
    return Error{ErrorCode::invalid_component};
  }

 private:
  template <class TypeAt>
  Result<Val> parts(Val::Kind kind, uint64_t count, const TypeAt& type_at) {
    std::vector<Val> made;
    made.reserve(std::min<uint64_t>(count, reader_.remaining()));
    for (uint64_t i = 0; i < count; ++i) made.push_back(TRY(value(type_at(i))));
    return Val::of(kind, std::move(made));
  }

  Result<std::string> text(uint64_t size) {
    const auto raw = TRY(reader_.bytes(size));
    return std::string(raw.begin(), raw.end());
  }

  Result<Val> primitive(Primitive type) {
    switch (type) {
      case Primitive::bool_:
      case Primitive::u8: return Val::integer(TRY(reader_.byte()));
      case Primitive::s8:
        return Val::integer(static_cast<uint64_t>(int64_t{static_cast<int8_t>(TRY(reader_.byte()))}));
      case Primitive::s16:
      case Primitive::s32: return Val::integer(static_cast<uint64_t>(int64_t{TRY(reader_.s32())}));
      case Primitive::u16:
      case Primitive::u32: return Val::integer(TRY(reader_.u32()));
      case Primitive::s64: return Val::integer(static_cast<uint64_t>(TRY(reader_.s64())));
      case Primitive::u64: return Val::integer(TRY(reader_.u64()));
      case Primitive::f32: return Val::f32(TRY(reader_.fixed<uint32_t>()));
      case Primitive::f64: return Val::f64(TRY(reader_.fixed<uint64_t>()));
      case Primitive::char_: {
        const std::string one = TRY(text(utf8::sequence_length(reader_.peek())));
        return Val::integer(*canon::CodePoints(one).begin());
      }
      case Primitive::string: {
        Val made{.kind = Val::Kind::string};
        made.string.text = TRY(text(TRY(reader_.u32())));
        made.string.tagged_code_units = made.string.text.size();
        return made;
      }
      case Primitive::error_context: break;
    }
    return Error{ErrorCode::invalid_component};
  }

  Reader reader_;
};

}  // namespace

Result<Val> read_value(const T& type, syntax::Bytes bytes) { return ValueReader(bytes).value(type); }

}  // namespace heddle::component::link
