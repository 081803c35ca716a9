// Each kind of type by the kinds the specification despecializes it to: a record, a variant, a list, or itself.
#include "component/valid/abi.h"

#include <algorithm>

#include "component/valid/types.h"

namespace heddle::component {
namespace {

struct PrimitiveAbi {
  uint32_t size;
  ValKind flat;
};
constexpr PrimitiveAbi kPrimitiveAbis[] = {
    {1, ValKind::i32}, {1, ValKind::i32}, {1, ValKind::i32},  // bool, s8, u8
    {2, ValKind::i32}, {2, ValKind::i32},                     // s16, u16
    {4, ValKind::i32}, {4, ValKind::i32},                     // s32, u32
    {8, ValKind::i64}, {8, ValKind::i64},                     // s64, u64
    {4, ValKind::f32}, {8, ValKind::f64},                     // f32, f64
    {4, ValKind::i32}, {0, ValKind::bot}, {4, ValKind::i32},  // char, string: see below, error-context
};
static_assert(std::size(kPrimitiveAbis) == std::size(kPrimitives));

constexpr uint64_t align_to(uint64_t n, uint64_t alignment) { return (n + alignment - 1) / alignment * alignment; }
uint32_t saturated(uint64_t n) { return static_cast<uint32_t>(std::min<uint64_t>(n, UINT32_MAX)); }

class AbiOf {
 public:
  AbiOf(const Types& types, uint32_t pointer) : types_(types), pointer_(pointer) {}

  Abi type(const Type& type) const {
    switch (type.kind) {
      case TypeKind::primitive: return value(type.first);
      case TypeKind::record:
      case TypeKind::tuple: return record(type.fields);
      case TypeKind::variant:
      case TypeKind::enum_: return variant(type.fields);
      case TypeKind::list:
      case TypeKind::map: return slice();
      case TypeKind::fixed_list: return fixed_list(value(type.first), type.number);
      case TypeKind::flags: return scalar(type.fields.size() <= 8 ? 1 : type.fields.size() <= 16 ? 2 : 4);
      case TypeKind::option: {
        const Field cases[] = {{}, {{}, type.first}};
        return variant(cases);
      }
      case TypeKind::result: {
        const Field cases[] = {{{}, type.first}, {{}, type.second}};
        return variant(cases);
      }
      case TypeKind::own:
      case TypeKind::borrow:
      case TypeKind::stream:
      case TypeKind::future: return scalar(4);
      case TypeKind::resource:
      case TypeKind::func:
      case TypeKind::async_func:
      case TypeKind::component:
      case TypeKind::instance: return {};
    }
    return {};
  }

  Abi value(ValType type) const {
    if (type.is_defined()) return types_[type].abi(pointer_);
    if (type.primitive() == Primitive::string) return slice();
    const PrimitiveAbi& primitive = kPrimitiveAbis[static_cast<size_t>(type.primitive())];
    return scalar(primitive.size, primitive.flat);
  }

 private:
  static Abi scalar(uint32_t size, heddle::ValType flat = kI32) {
    Abi abi{size, size, {}};
    abi.flat.push(flat);
    return abi;
  }

  // A pointer and a length.
  Abi slice() const {
    Abi abi{2 * pointer_, pointer_, {}};
    for (int i = 0; i < 2; ++i) abi.flat.push(pointer_ == 4 ? kI32 : kI64);
    return abi;
  }

  static Abi fixed_list(const Abi& elem, uint32_t length) {
    Abi abi{saturated(uint64_t{elem.size} * length), elem.alignment, {}};
    for (uint32_t i = 0; i < length && !abi.flat.overflows(kMaxFlatParams); ++i) abi.flat.append(elem.flat);
    return abi;
  }

  Abi record(std::span<const Field> fields) const {
    Abi abi;
    for (const Field& field : fields) {
      const Abi part = value(field.type);
      abi.size = saturated(align_to(abi.size, part.alignment) + part.size);
      abi.alignment = std::max(abi.alignment, part.alignment);
      abi.flat.append(part.flat);
    }
    abi.size = saturated(align_to(abi.size, abi.alignment));
    return abi;
  }

  Abi variant(std::span<const Field> cases) const {
    const uint32_t discriminant = discriminant_size(cases.size());
    Abi abi = scalar(discriminant);
    uint32_t size = 0, alignment = 1;
    for (const Field& one : cases) {
      if (!one.type.present()) continue;
      const Abi part = value(one.type);
      size = std::max(size, part.size);
      alignment = std::max(alignment, part.alignment);
      abi.flat.join(1, part.flat);
    }
    abi.alignment = std::max(alignment, discriminant);
    abi.size = saturated(align_to(align_to(discriminant, alignment) + size, abi.alignment));
    return abi;
  }

  const Types& types_;
  uint32_t pointer_;
};

}  // namespace

void Flat::push(heddle::ValType type) {
  if (overflows(kMaxFlatParams)) return;
  set(count_++, static_cast<unsigned>(type.kind()) - static_cast<unsigned>(ValKind::i32));
}

void Flat::append(const Flat& other) {
  for (size_t i = 0; i < other.count_ && !overflows(kMaxFlatParams); ++i) {
    set(count_++, other.kind(i));
  }
}

void Flat::join(size_t first, const Flat& other) {
  constexpr unsigned kInt32 = 0, kInt64 = 1, kFloat32 = 2;
  for (size_t i = 0; i < other.count_; ++i) {
    const size_t place = first + i;
    if (place > kMaxFlatParams) return;
    const unsigned b = other.kind(i);
    if (place == count_) {
      set(count_++, b);
      continue;
    }
    const unsigned a = kind(place);
    if (a == b) continue;
    const bool small = (a == kInt32 || a == kFloat32) && (b == kInt32 || b == kFloat32);
    set(place, small ? kInt32 : kInt64);
  }
}

void Flat::append_to(std::vector<heddle::ValType>& out) const {
  for (size_t i = 0; i < size(); ++i) out.push_back((*this)[i]);
}

uint32_t discriminant_size(size_t cases) { return cases <= 1 << 8 ? 1 : cases <= 1 << 16 ? 2 : 4; }

Abi abi_of(const Types& types, const Type& type, uint32_t pointer) { return AbiOf(types, pointer).type(type); }
Abi abi_of(const Types& types, ValType type, uint32_t pointer) { return AbiOf(types, pointer).value(type); }

}  // namespace heddle::component
