// Structs and arrays: types by name of the registry, objects by fields and elements.
//
// A value is turned into slots and slots into storage, and back; both know sizes only, since the machine is
// little-endian and a slot holds a small number in its low bytes (exec/v128.h).
#include "api/internal.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/checked.h"
#include "syntax/limits.h"

namespace heddle::api {

using detail::Access;
using detail::AggregateType;
using detail::StoreCell;

using TypePtr = std::shared_ptr<const AggregateType>;

namespace {

// --- types

FieldType external(const ::heddle::FieldType& from) {
  FieldType field;
  field.type = Access::external(from.type.unpacked());
  field.packed_bits = from.type.is_packed() ? static_cast<uint8_t>(8 * storage_size(from.type)) : 0;
  field.is_mutable = from.mut;
  return field;
}

Result<::heddle::FieldType> internal(const FieldType& from) {
  ::heddle::FieldType field{Access::internal(from.type), from.is_mutable};
  // A defined type would have to be held by this one: it is known by the modules that define it only.
  if (field.type.defined()) return Error(ErrorKind::misuse, "a field of the host has no module's own type");
  if (from.packed_bits == 0) return field;
  if (field.type != kI32 || (from.packed_bits != 8 && from.packed_bits != 16)) {
    return Error(ErrorKind::misuse, "a packed field is an i32 of 8 or 16 bits");
  }
  field.type = from.packed_bits == 8 ? ::heddle::ValKind::i8 : ::heddle::ValKind::i16;
  return field;
}

Result<TypePtr> make_type(const Engine& engine, CompKind kind, std::span<const FieldType> fields) {
  if (fields.size() > limits::kStructFields) return Error(ErrorKind::misuse, "a struct has at most 10000 fields");
  syntax::Module module;
  SubType type;
  type.kind = kind;
  for (const FieldType& from : fields) {
    auto field = internal(from);
    if (!field) return field.error();
    type.fields.push_back(*field);
  }
  module.types.push_back(std::move(type));
  module.rec_groups.push_back({.first = 0, .count = 1});
  auto made = std::make_shared<AggregateType>();
  made->engine = Access::engine(engine);
  auto use = made->engine->types.add(module);
  if (!use.ok()) return Access::error(use.error().code);
  made->own = std::move(use).value();
  made->id = made->own[TypeIdx{0}];
  return TypePtr(std::move(made));
}

// The type that a reference type names, held by whoever in the store defines it.
Result<TypePtr> find_type(StoreRef in, ValType ref, CompKind kind) {
  StoreCell* cell = Access::cell(in);
  auto alive = detail::alive(cell);
  if (!alive.ok()) return detail::gone(cell);
  rt::Store& store = *alive.value();
  ::heddle::ValType type = Access::internal(ref);
  Error none(ErrorKind::misuse, type.is_ref() ? ::heddle::to_string(type) + " names no such type of a module here"
                                              : ::heddle::to_string(type) + " is no reference type");
  if (!type.defined()) return none;
  const TypeId id = type.heap().index();
  TypePtr found;
  if (auto own = cell->types.find(id); own != cell->types.end()) found = own->second;
  for (auto instance = store.instances.begin(); !found && instance != store.instances.end(); ++instance) {
    std::span<const TypeId> ids = (*instance)->module->info.types.ids();
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) continue;
    auto made = std::make_shared<AggregateType>();
    made->engine = store.engine;
    made->id = id;
    made->module = (*instance)->keep;
    found = std::move(made);
  }
  if (!found || store.engine->types[id].kind != kind) return none;
  return found;
}

const DefType& type_of(const TypePtr& type) { return type->engine->types[type->id]; }

ValType ref_to(const TypePtr& type) {
  return Access::external(::heddle::ValType::ref(HeapType::defined(type->id), true));
}

// --- objects

void load(const uint8_t* from, ::heddle::ValType type, rt::Slot* slots) {
  slots[0] = 0;
  std::memcpy(slots, from, storage_size(type));
}

::heddle::Result<void> store_value(StoreCell* cell, const Val& value, ::heddle::ValType type, uint8_t* to) {
  rt::Slot slots[2];
  TRY(Access::to_slots(cell, value, type.unpacked(), slots));
  std::memcpy(to, slots, storage_size(type));
  return {};
}

// What an object is made in: the store entered, the type held by it from now on.
class Making {
 public:
  Making(StoreRef in, const TypePtr& type) : cell_(Access::cell(in)) {
    auto alive = detail::alive(cell_);
    if (!alive.ok()) {
      refused_ = detail::gone(cell_);
      return;
    }
    if (type->engine != alive.value()->engine) {
      refused_ = Access::error(ErrorCode::wrong_engine, "the type's is not the store's");
      return;
    }
    entry_.emplace(*alive.value(), __builtin_frame_address(0));
    if (entry_->refused() != ErrorCode::none) refused_ = Access::error(entry_->refused());
    cell_->types.try_emplace(type->id, type);
  }
  const std::optional<Error>& refused() const { return refused_; }
  StoreCell* cell() const { return cell_; }
  gc::Heap& heap() const { return cell_->store->heap; }

 private:
  StoreCell* cell_;
  std::optional<exec::Entry> entry_;
  std::optional<Error> refused_;
};

// The object behind a handle and its type; null where there is none any more.
struct Place {
  gc::Object* object = nullptr;
  const DefType* type = nullptr;
};

Place place_of(const AnyRef& ref) {
  rt::Ref raw = Access::raw(ref);
  if (!raw) return {};
  // SAFETY: what a StructRef or an ArrayRef roots was checked to be one when it was made.
  gc::Object* object = gc::to_object(raw);
  return {object, &Access::cell(ref)->store->engine->types[object->type]};
}

Error missing(const AnyRef& ref, ErrorCode null) {
  return ref.is_null() ? Access::error(null) : detail::gone(Access::cell(ref));
}

Result<Ref> cast(const AnyRef& ref, CompKind kind, const char* word) {
  rt::Ref raw = Access::raw(ref);
  if (raw) {
    ::heddle::ValType type = Access::internal(ref.type());
    bool is = type.defined() && Access::cell(ref)->store->engine->types[type.heap().index()].kind == kind;
    if (!is) return Error(ErrorKind::misuse, ref.type().to_string() + " is no " + word);
  } else if (!ref.is_null()) {
    return detail::gone(Access::cell(ref));
  }
  return Ref(ref);
}

}  // namespace

// --- types

Result<StructType> StructType::create(const Engine& engine, std::span<const FieldType> fields) {
  auto made = make_type(engine, CompKind::struct_, fields);
  if (!made) return made.error();
  return Access::type<StructType>(*made);
}

Result<StructType> StructType::of(StoreRef store, ValType type) {
  auto found = find_type(store, type, CompKind::struct_);
  if (!found) return found.error();
  return Access::type<StructType>(*found);
}

std::vector<FieldType> StructType::fields() const {
  std::vector<FieldType> out;
  for (const ::heddle::FieldType& field : type_of(type_).fields) out.push_back(external(field));
  return out;
}

ValType StructType::ref() const { return ref_to(type_); }

bool operator==(const StructType& a, const StructType& b) {
  return a.type_->id == b.type_->id && a.type_->engine == b.type_->engine;
}

Result<ArrayType> ArrayType::create(const Engine& engine, const FieldType& element) {
  auto made = make_type(engine, CompKind::array, {&element, 1});
  if (!made) return made.error();
  return Access::type<ArrayType>(*made);
}

Result<ArrayType> ArrayType::of(StoreRef store, ValType type) {
  auto found = find_type(store, type, CompKind::array);
  if (!found) return found.error();
  return Access::type<ArrayType>(*found);
}

FieldType ArrayType::element() const { return external(type_of(type_).fields[0]); }

ValType ArrayType::ref() const { return ref_to(type_); }

bool operator==(const ArrayType& a, const ArrayType& b) {
  return a.type_->id == b.type_->id && a.type_->engine == b.type_->engine;
}

// --- structs

Result<StructRef> StructRef::create(StoreRef in, const StructType& of, std::span<const Val> fields) {
  Making making(in, Access::type(of));
  if (making.refused()) return *making.refused();
  const DefType& type = type_of(Access::type(of));
  if (type.descriptor_offset != 0) return Error(ErrorKind::misuse, "the host makes no structs with descriptors");
  if (fields.size() != type.fields.size()) {
    return detail::wrong_count("fields", type.fields.size(), fields.size());
  }
  auto made = making.heap().new_struct(type);
  if (!made.ok()) return Access::error(made.error().code);
  for (size_t i = 0; i < fields.size(); ++i) {
    auto put = store_value(making.cell(), fields[i], type.fields[i].type, made.value()->field(type.offsets[i]));
    if (!put.ok()) return detail::mismatch(put.error().code, "field", i, type.fields[i].type, fields[i]);
  }
  return Access::root_as<StructRef>(making.cell(), gc::to_ref(made.value()));
}

Result<StructRef> StructRef::cast(const AnyRef& ref) {
  auto same = api::cast(ref, CompKind::struct_, "struct");
  if (!same) return same.error();
  return Access::as<StructRef>(*std::move(same));
}

std::vector<FieldType> StructRef::fields() const {
  std::vector<FieldType> out;
  Place at = place_of(*this);
  if (!at.object) return out;
  for (const ::heddle::FieldType& field : at.type->fields) out.push_back(external(field));
  return out;
}

namespace {

Error no_field(uint32_t field, size_t count) {
  return Error(ErrorKind::misuse, "field " + std::to_string(field) + " of a struct of " + std::to_string(count));
}

}  // namespace

Result<Val> StructRef::get(uint32_t field) const {
  Place at = place_of(*this);
  if (!at.object) return missing(*this, ErrorCode::null_structure);
  if (field >= at.type->fields.size()) return no_field(field, at.type->fields.size());
  ::heddle::ValType type = at.type->fields[field].type;
  rt::Slot slots[2];
  load(static_cast<gc::Struct*>(at.object)->field(at.type->offsets[field]), type, slots);
  return Access::value(Access::cell(*this), type.unpacked(), slots);
}

Result<void> StructRef::set(uint32_t field, const Val& value) const {
  Place at = place_of(*this);
  if (!at.object) return missing(*this, ErrorCode::null_structure);
  if (field >= at.type->fields.size()) return no_field(field, at.type->fields.size());
  const ::heddle::FieldType& type = at.type->fields[field];
  if (!type.mut) return Error(ErrorKind::misuse, "field " + std::to_string(field) + " is immutable");
  uint8_t* to = static_cast<gc::Struct*>(at.object)->field(at.type->offsets[field]);
  auto put = store_value(Access::cell(*this), value, type.type, to);
  if (!put.ok()) return detail::mismatch(put.error().code, "field", field, type.type, value);
  return {};
}

// --- arrays

namespace {

// An array of `length` elements, of which put(element type, where they go) makes what they are to be.
template <class Put>
Result<ArrayRef> make_array(StoreRef in, const TypePtr& of, size_t length, Put put) {
  Making making(in, of);
  if (making.refused()) return *making.refused();
  const DefType& type = type_of(of);
  if (length > UINT32_MAX) return Access::error(ErrorCode::array_too_large);
  auto made = making.heap().new_array(type, static_cast<uint32_t>(length));
  if (!made.ok()) return Access::error(made.error().code);
  Result<void> done = put(making.cell(), type, made.value()->elements());
  if (!done) return done.error();
  return Access::root_as<ArrayRef>(making.cell(), gc::to_ref(made.value()));
}

// `count` bytes of an array of numbers, from an element on; `found` is where.
Result<void> find_bytes(const Place& at, uint32_t index, size_t count, uint8_t*& found) {
  if (at.type->fields[0].type.is_ref()) return Error(ErrorKind::misuse, "the elements are references, not numbers");
  const uint64_t size = at.type->elem_size;
  if (count % size != 0) {
    return Error(ErrorKind::misuse,
                 std::to_string(count) + " bytes are no whole number of elements of " + std::to_string(size));
  }
  auto* array = static_cast<gc::Array*>(at.object);
  if (!in_bounds(index, count / size, array->length)) return Access::error(ErrorCode::out_of_bounds_array);
  found = array->elements() + index * size;
  return {};
}

}  // namespace

Result<ArrayRef> ArrayRef::create(StoreRef store, const ArrayType& of, uint32_t length, const Val& element) {
  return make_array(store, Access::type(of), length,
                    [&](StoreCell* cell, const DefType& type, uint8_t* to) -> Result<void> {
                      uint8_t bytes[16];
                      auto put = store_value(cell, element, type.fields[0].type, bytes);
                      if (!put.ok()) {
                        return detail::mismatch(put.error().code, "element", 0, type.fields[0].type, element);
                      }
                      for (uint64_t i = 0; i < length; ++i)
                        std::memcpy(to + i * type.elem_size, bytes, type.elem_size);
                      return {};
                    });
}

Result<ArrayRef> ArrayRef::create(StoreRef store, const ArrayType& of, std::span<const Val> elements) {
  return make_array(store, Access::type(of), elements.size(),
                    [&](StoreCell* cell, const DefType& type, uint8_t* to) -> Result<void> {
                      for (size_t i = 0; i < elements.size(); ++i) {
                        auto put = store_value(cell, elements[i], type.fields[0].type, to + i * type.elem_size);
                        if (!put.ok()) {
                          return detail::mismatch(put.error().code, "element", i, type.fields[0].type, elements[i]);
                        }
                      }
                      return {};
                    });
}

Result<ArrayRef> ArrayRef::from_bytes(StoreRef store, const ArrayType& of, std::span<const uint8_t> bytes) {
  const uint32_t size = type_of(Access::type(of)).elem_size;
  return make_array(store, Access::type(of), bytes.size() / size,
                    [&](StoreCell*, const DefType& type, uint8_t* to) -> Result<void> {
                      if (type.fields[0].type.is_ref() || bytes.size() % size != 0) {
                        return Error(ErrorKind::misuse, "these are not the bytes of a whole number of elements");
                      }
                      if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
                      return {};
                    });
}

Result<ArrayRef> ArrayRef::cast(const AnyRef& ref) {
  auto same = api::cast(ref, CompKind::array, "array");
  if (!same) return same.error();
  return Access::as<ArrayRef>(*std::move(same));
}

FieldType ArrayRef::element() const {
  Place at = place_of(*this);
  return at.object ? external(at.type->fields[0]) : FieldType();
}

uint32_t ArrayRef::length() const {
  Place at = place_of(*this);
  return at.object ? static_cast<gc::Array*>(at.object)->length : 0;
}

Result<Val> ArrayRef::get(uint32_t index) const {
  Place at = place_of(*this);
  if (!at.object) return missing(*this, ErrorCode::null_array);
  auto* array = static_cast<gc::Array*>(at.object);
  if (index >= array->length) return Access::error(ErrorCode::out_of_bounds_array);
  ::heddle::ValType type = at.type->fields[0].type;
  rt::Slot slots[2];
  load(array->elements() + uint64_t{index} * at.type->elem_size, type, slots);
  return Access::value(Access::cell(*this), type.unpacked(), slots);
}

Result<void> ArrayRef::set(uint32_t index, const Val& value) const {
  Place at = place_of(*this);
  if (!at.object) return missing(*this, ErrorCode::null_array);
  auto* array = static_cast<gc::Array*>(at.object);
  if (index >= array->length) return Access::error(ErrorCode::out_of_bounds_array);
  const ::heddle::FieldType& type = at.type->fields[0];
  if (!type.mut) return Error(ErrorKind::misuse, "the elements are immutable");
  uint8_t* to = array->elements() + uint64_t{index} * at.type->elem_size;
  auto put = store_value(Access::cell(*this), value, type.type, to);
  if (!put.ok()) return detail::mismatch(put.error().code, "element", index, type.type, value);
  return {};
}

Result<void> ArrayRef::read(uint32_t index, std::span<uint8_t> to) const {
  Place at = place_of(*this);
  if (!at.object) return missing(*this, ErrorCode::null_array);
  uint8_t* bytes = nullptr;
  if (Result<void> found = find_bytes(at, index, to.size(), bytes); !found) return found;
  if (!to.empty()) std::memcpy(to.data(), bytes, to.size());
  return {};
}

Result<void> ArrayRef::write(uint32_t index, std::span<const uint8_t> from) const {
  Place at = place_of(*this);
  if (!at.object) return missing(*this, ErrorCode::null_array);
  if (!at.type->fields[0].mut) return Error(ErrorKind::misuse, "the elements are immutable");
  uint8_t* bytes = nullptr;
  if (Result<void> found = find_bytes(at, index, from.size(), bytes); !found) return found;
  if (!from.empty()) std::memcpy(bytes, from.data(), from.size());
  return {};
}

}  // namespace heddle::api
