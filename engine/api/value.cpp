// Values: between what the embedder holds and what slots hold. References of the collected heap are rooted in the
// store's handle table as long as the embedder has them.
#include "api/internal.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>

namespace heddle::api {

using detail::Access;
using detail::StoreCell;

ValType ValType::funcref() { return Access::external(kFuncRef); }
ValType ValType::externref() { return Access::external(kExternRef); }
ValType ValType::anyref() { return Access::external(kAnyRef); }
ValType ValType::eqref() { return Access::external(::heddle::ValType::ref(HeapKind::eq, true)); }
ValType ValType::i31ref() { return Access::external(::heddle::ValType::ref(HeapKind::i31, true)); }
ValType ValType::structref() { return Access::external(::heddle::ValType::ref(HeapKind::struct_, true)); }
ValType ValType::arrayref() { return Access::external(::heddle::ValType::ref(HeapKind::array, true)); }
ValType ValType::exnref() { return Access::external(kExnRef); }
std::string ValType::to_string() const { return ::heddle::to_string(Access::internal(*this)); }

std::string FuncType::to_string() const {
  std::string out = "(func";
  auto append = [&](std::string_view word, const std::vector<ValType>& types) {
    if (types.empty()) return;
    out.append(" (").append(word);
    for (ValType type : types) out.append(" ").append(type.to_string());
    out += ')';
  };
  append("param", params);
  append("result", results);
  return out += ')';
}

// --- rooted references

Ref::Ref(const Ref& other) : cell_(other.cell_) {
  if (other.handle_ != kNone && cell_->store)
    handle_ = cell_->store->add_handle(cell_->store->handles[other.handle_]);
}

Ref& Ref::operator=(const Ref& other) {
  if (this != &other) *this = Ref(other);
  return *this;
}

Ref& Ref::operator=(Ref&& other) noexcept {
  std::swap(cell_, other.cell_);
  std::swap(handle_, other.handle_);
  return *this;
}

void Ref::drop() {
  if (cell_->store) cell_->store->drop_handle(handle_);
}

bool operator==(const Ref& a, const Ref& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return a.cell_ == b.cell_ && a.cell_->store && Access::raw(a) == Access::raw(b);
}

Ref Access::root(StoreCell* cell, rt::Ref ref) {
  Ref out;
  if (!ref) return out;
  out.cell_ = cell->shared_from_this();
  out.handle_ = cell->store->add_handle(ref);
  return out;
}

rt::Ref Access::raw(const Ref& ref) {
  return ref.is_null() || !ref.cell_->store ? 0 : ref.cell_->store->handles[ref.handle_];
}

namespace {

// The type of what a reference that is not null refers to, in a hierarchy (spec 4.5.1, "value typing").
::heddle::ValType dynamic_type(HeapKind top, rt::Ref ref) {
  if (top == HeapKind::func) return ::heddle::ValType::ref(HeapType::defined(rt::to_func(ref)->type, true), false);
  if (top != HeapKind::any) return ::heddle::ValType::ref(top, false);
  if (gc::is_i31(ref)) return ::heddle::ValType::ref(HeapKind::i31, false);
  TypeId type = gc::to_object(ref)->type;
  if (type == gc::kHostRefType) return ::heddle::ValType::ref(HeapKind::any, false);
  return ::heddle::ValType::ref(HeapType::defined(type, true), false);
}

}  // namespace

Result<ExternRef> ExternRef::create(StoreRef in, uint64_t payload) {
  StoreCell* cell = Access::cell(in);
  auto store = detail::alive(cell);
  if (!store.ok()) return detail::gone(cell);
  exec::Entry entry(*store.value());
  if (entry.refused() != ErrorCode::none) return Access::error(entry.refused());
  auto made = store.value()->heap.new_host_ref(payload);
  if (!made.ok()) return Access::error(made.error().code);
  return Access::root_as<ExternRef>(cell, gc::to_ref(made.value()));
}

std::optional<uint64_t> ExternRef::payload() const {
  rt::Ref ref = Access::raw(*this);
  if (!ref || gc::is_i31(ref)) return std::nullopt;
  // SAFETY: a reference of the extern hierarchy that is no i31 is an object, and the header says which.
  gc::Object* object = gc::to_object(ref);
  if (object->type != gc::kHostRefType) return std::nullopt;
  return static_cast<gc::HostRef*>(object)->payload;
}

Result<AnyRef> AnyRef::from_i31(StoreRef in, int32_t value) {
  StoreCell* cell = Access::cell(in);
  if (!detail::alive(cell).ok()) return detail::gone(cell);
  return Access::root_as<AnyRef>(cell, gc::make_i31(static_cast<uint32_t>(value)));
}

std::optional<int32_t> AnyRef::i31() const {
  rt::Ref ref = Access::raw(*this);
  if (!gc::is_i31(ref)) return std::nullopt;
  return static_cast<int32_t>(gc::i31_s(ref));
}

ValType AnyRef::type() const {
  rt::Ref ref = Access::raw(*this);
  if (!ref) return Access::external(::heddle::ValType::ref(HeapKind::none, true));
  ::heddle::ValType own = dynamic_type(HeapKind::any, ref);
  if (own.defined())
    own = ::heddle::ValType::ref(HeapType::defined(own.heap().index()), false);  // no need of `exact`
  return Access::external(own);
}

bool AnyRef::is(ValType type) const {
  ::heddle::ValType wanted = Access::internal(type);
  rt::Ref ref = Access::raw(*this);
  if (!wanted.is_ref()) return false;
  if (!ref) return wanted.nullable();
  // Only the object's own type is looked up: the one asked for may be that of a module that is gone.
  ::heddle::ValType own = dynamic_type(HeapKind::any, ref);
  const TypeRegistry& types = Access::cell(*this)->store->engine->types;
  if (!wanted.defined()) return types.matches(own, wanted);
  if (!own.defined()) return false;
  TypeId id = own.heap().index(), wanted_id = wanted.heap().index();
  std::span<const TypeId> supertypes = types[id].display;
  bool below = std::find(supertypes.begin(), supertypes.end(), wanted_id) != supertypes.end();
  return id == wanted_id || (below && !wanted.heap().exact());
}

// --- values

Val::Val(float value) : type_(ValType::f32()), bits_{std::bit_cast<uint32_t>(value)} {}
Val::Val(double value) : type_(ValType::f64()), bits_{std::bit_cast<uint64_t>(value)} {}
Val::Val(const V128& value) : type_(ValType::v128()) { std::memcpy(bits_, value.bytes.data(), 16); }
Val::Val(const Func& func) : type_(ValType::funcref()) { Access::set_func(*this, func); }
Val::Val(ExternRef ref) : type_(ValType::externref()), ref_(std::move(ref)) {}
Val::Val(AnyRef ref) : type_(ValType::anyref()), ref_(std::move(ref)) {}
Val::Val(ExnRef ref) : type_(ValType::exnref()), ref_(std::move(ref)) {}

Val Val::null(ValType type) {
  if (!type.is_ref() || !type.nullable()) misused("Val::null of a type that has no null");
  Val value;
  value.type_ = type;
  return value;
}

namespace {

void expect(bool is, const Val& value, const char* wanted) {
  if (!is) [[unlikely]]
    misused(("a value of type " + value.type().to_string() + " was asked for its " + wanted).c_str());
}

HeapKind top_of(const TypeRegistry& types, ::heddle::ValType type) { return types.top_of(type.heap()); }

}  // namespace

int32_t Val::i32() const { return expect(type_ == ValType::i32(), *this, "i32"), static_cast<int32_t>(bits_[0]); }
int64_t Val::i64() const { return expect(type_ == ValType::i64(), *this, "i64"), static_cast<int64_t>(bits_[0]); }
double Val::f64() const { return expect(type_ == ValType::f64(), *this, "f64"), std::bit_cast<double>(bits_[0]); }

float Val::f32() const {
  expect(type_ == ValType::f32(), *this, "f32");
  return std::bit_cast<float>(static_cast<uint32_t>(bits_[0]));
}

V128 Val::v128() const {
  expect(type_ == ValType::v128(), *this, "v128");
  V128 value;
  std::memcpy(value.bytes.data(), bits_, 16);
  return value;
}

bool Val::is_null() const { return type_.is_ref() && bits_[0] == 0 && ref_.is_null(); }

Func Val::func() const {
  expect(is_null() || bits_[0], *this, "function");
  return Access::func_of(*this);
}

// The hierarchy of a reference that is not null is known from what it refers to: see Access::hierarchy.
ExternRef Val::externref() const {
  expect(is_null() || Access::hierarchy(*this) == HeapKind::extern_, *this, "external reference");
  return Access::as<ExternRef>(ref_);
}
AnyRef Val::anyref() const {
  expect(is_null() || Access::hierarchy(*this) == HeapKind::any, *this, "reference");
  return Access::as<AnyRef>(ref_);
}
ExnRef Val::exnref() const {
  expect(is_null() || Access::hierarchy(*this) == HeapKind::exn, *this, "exception");
  return Access::as<ExnRef>(ref_);
}

std::string Val::to_string() const {
  std::string out = type_.to_string() + ":";
  char text[40];
  switch (type_.kind()) {
    case ValKind::i32: return out + std::to_string(i32());
    case ValKind::i64: return out + std::to_string(i64());
    case ValKind::f32: std::snprintf(text, sizeof text, "%.9g", static_cast<double>(f32())); break;
    case ValKind::f64: std::snprintf(text, sizeof text, "%.17g", f64()); break;
    case ValKind::v128:
      std::snprintf(text, sizeof text, "0x%016llx%016llx", static_cast<unsigned long long>(bits_[1]),
                    static_cast<unsigned long long>(bits_[0]));
      break;
    case ValKind::ref: return out + (is_null() ? "null" : "ref");
  }
  return out + text;
}

namespace detail {

void Access::set_func(Val& value, const Func& func) {
  value.bits_[0] = rt::to_ref(func.func_);
  value.ref_.cell_ = func.cell_;
}

Func Access::func_of(const Val& value) { return Func(value.ref_.cell_, rt::to_func(value.bits_[0])); }

HeapKind Access::hierarchy(const Val& value) {
  if (!value.ref_.cell_ || !value.ref_.cell_->store) return HeapKind::none;
  return top_of(value.ref_.cell_->store->engine->types, internal(value.type_));
}

Val Access::value(StoreCell* cell, ::heddle::ValType type, const rt::Slot* slots) {
  Val value;
  value.type_ = external(type);
  value.bits_[0] = slots[0];
  if (type.is(::heddle::ValKind::v128)) value.bits_[1] = slots[1];
  if (!type.is_ref()) return value;
  if (top_of(cell->store->engine->types, type) == HeapKind::func) {
    if (slots[0]) value.ref_.cell_ = cell->shared_from_this();
  } else {
    value.bits_[0] = 0;
    value.ref_ = root(cell, slots[0]);
  }
  return value;
}

::heddle::Result<void> Access::to_slots(StoreCell* cell, const Val& value, ::heddle::ValType type, rt::Slot* slots) {
  if (!type.is_ref()) {
    if (internal(value.type_) != type) return ErrorCode::wrong_value;
    std::copy_n(value.bits_, slots_of(type), slots);
    return {};
  }
  if (!value.type_.is_ref()) return ErrorCode::wrong_value;
  slots[0] = 0;
  if (value.is_null()) {
    if (!type.nullable()) return ErrorCode::wrong_value;
    return {};
  }
  if (value.ref_.cell_.get() != cell) return ErrorCode::wrong_store;
  const TypeRegistry& types = cell->store->engine->types;
  HeapKind top = top_of(types, type);
  if (hierarchy(value) != top) return ErrorCode::wrong_value;
  rt::Ref ref = value.bits_[0] ? value.bits_[0] : raw(value.ref_);
  if (!types.matches(dynamic_type(top, ref), type)) return ErrorCode::wrong_value;
  slots[0] = ref;
  return {};
}

}  // namespace detail
}  // namespace heddle::api
