// Values in the host's memory, as the templates of component_types.h write and read them, and calls by such.
#include <cstring>

#include "component/api/internal.h"

namespace heddle::api::detail {
namespace {

uint8_t* bytes_at(const Stored& value, uint64_t offset, uint64_t size) {
  return value.memory->at(value.at + offset, size);
}

// Integers of up to 64 bits, little-endian as in a guest's memory.
void write(const Stored& to, uint64_t offset, uint64_t bits, uint64_t size) {
  std::memcpy(bytes_at(to, offset, size), &bits, size);
}
uint64_t read(const Stored& from, uint64_t offset, uint64_t size) {
  uint64_t bits = 0;
  std::memcpy(&bits, bytes_at(from, offset, size), size);
  return bits;
}

constexpr uint64_t kPointer = link::HostMemory::kPointer;

const WitType& element_of(const WitType& list) { return list.kind == WitKind::map ? *list.pair : *list.part(); }

// Where the elements of a list lie that is not a part of its place.
uint64_t make_elements(const Stored& to, uint64_t count) {
  const WitType& element = element_of(*to.type);
  const uint64_t ptr = to.memory->allocate(element.alignment, count * element.size);
  write(to, 0, ptr, kPointer);
  write(to, kPointer, count, kPointer);
  return ptr;
}

}  // namespace

void set_integer(const Stored& to, uint64_t bits) { write(to, 0, bits, to.type->size); }
void set_f32(const Stored& to, uint32_t bits) { write(to, 0, bits, sizeof(bits)); }
void set_f64(const Stored& to, uint64_t bits) { write(to, 0, bits, sizeof(bits)); }

void set_string(const Stored& to, std::string_view text) {
  const uint64_t ptr = to.memory->allocate(1, text.size());
  if (!text.empty()) std::memcpy(to.memory->at(ptr, text.size()), text.data(), text.size());
  write(to, 0, ptr, kPointer);
  write(to, kPointer, text.size(), kPointer);
}

void set_list(const Stored& to, size_t count) {
  if (to.type->kind != WitKind::fixed_list) make_elements(to, count);
}

void set_variant(const Stored& to, uint32_t index, bool) { write(to, 0, index, to.type->tag); }

void set_packed(const Stored& to, const void* bytes, size_t size_bytes, size_t count) {
  const uint64_t ptr = to.type->kind == WitKind::fixed_list ? to.at : make_elements(to, count);
  if (size_bytes > 0) std::memcpy(to.memory->at(ptr, size_bytes), bytes, size_bytes);
}

uint64_t bits_of(const Stored& value) {
  return read(value, 0, value.type->tag > 0 ? value.type->tag : value.type->size);
}

std::string_view view_string(const Stored& value) {
  const uint64_t size = read(value, kPointer, kPointer);
  return {reinterpret_cast<const char*>(value.memory->at(read(value, 0, kPointer), size)), size};
}

size_t count_of(const Stored& value) {
  return value.type->kind == WitKind::fixed_list ? value.type->length : read(value, kPointer, kPointer);
}

const void* packed_bytes(const Stored& value) {
  const bool here = value.type->kind == WitKind::fixed_list;
  return value.memory->at(here ? value.at : read(value, 0, kPointer), count_of(value) * value.type->part()->size);
}

Stored part_of(const Stored& value, size_t i) {
  const WitType& type = *value.type;
  switch (type.kind) {
    case WitKind::list:
    case WitKind::map: {
      const WitType& element = element_of(type);
      return {value.memory, &element, read(value, 0, kPointer) + i * element.size};
    }
    case WitKind::fixed_list: return {value.memory, type.part(), value.at + i * type.part()->size};
    case WitKind::record:
    case WitKind::tuple: return {value.memory, type.part(i), value.at + type.offsets[i]};
    case WitKind::option: return {value.memory, type.part(), value.at + type.offsets[0]};
    default: return {value.memory, type.part(bits_of(value)), value.at + type.offsets[0]};
  }
}

Value& value_of(const Stored&) { assertion_failed("no handle is stored", __FILE__, __LINE__); }

// --- calls

namespace {

// What the thread's next calls use again: more than are kept are under way only for a time. A store may outlive what
// its thread keeps.
template <class T>
class Spare {
 public:
  static std::unique_ptr<T> take() {
    if (over_ || kept().empty()) return std::make_unique<T>();
    std::unique_ptr<T> taken = std::move(kept().back());
    kept().pop_back();
    return taken;
  }
  static void give_back(std::unique_ptr<T> it) {
    if (!over_ && kept().size() < kMost) kept().push_back(std::move(it));
  }

 private:
  static constexpr size_t kMost = 64;
  struct Kept {
    Kept() = default;
    ~Kept() { over_ = true; }
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    std::vector<std::unique_ptr<T>> all;
  };
  static std::vector<std::unique_ptr<T>>& kept() {
    thread_local Kept kept;
    return kept.all;
  }
  static inline thread_local bool over_ = false;
};

StoredCall& begin(StoreCell& cell) {
  StoredCall* call = Spare<StoredCall>::take().release();
  call->out.emplace(&cell);
  return *call;
}

}  // namespace

SpareMemory take_spare_memory() { return SpareMemory(Spare<link::HostMemory>::take().release()); }

void BackToSpare::operator()(link::HostMemory* memory) const {
  memory->clear();
  Spare<link::HostMemory>::give_back(std::unique_ptr<link::HostMemory>(memory));
}

StoredCall* begin_stored(const std::shared_ptr<StoreCell>& cell, const WitFunc& func) {
  State* state = State::find(cell.get());
  // SAFETY: functions of handles are FuncData, all of them.
  const auto& data = static_cast<const FuncData&>(func);
  if (!state || !alive(cell.get()).ok() || !data.lifted || !data.lifted->may_be_called_at_once()) return nullptr;
  StoredCall& call = begin(*cell);
  call.args.allocate(func.args->alignment, func.args->size);
  return &call;
}

void end_stored(StoredCall* call) {
  call->args.clear();
  call->result.clear();
  call->out.reset();
  Spare<StoredCall>::give_back(std::unique_ptr<StoredCall>(call));
}

bool call_stored(const std::shared_ptr<StoreCell>& cell, const WitFunc& func, StoredCall& call, Error& error) {
  State& state = State::in(*cell);
  const auto called =
      link::call_from_host(state.components, *static_cast<const FuncData&>(func).lifted, call.args, call.result);
  if (!called.ok()) {
    error = state.take_failure(called.error());
    state.fail_dead(error, true);
    return false;
  }
  if (!state.drops.empty() && state.may_wait()) state.flush_drops();
  return true;
}

Outgoing& outgoing(StoredCall& call) { return *call.out; }
Stored args_of(StoredCall& call, const WitFunc& func) { return {&call.args, func.args.get(), 0}; }
Stored result_of(StoredCall& call, const WitFunc& func) { return {&call.result, func.result.get(), 0}; }

Stored make_result(StoredCall& call, const WitFunc& func) {
  call.result.allocate(func.result->alignment, func.result->size);
  return result_of(call, func);
}

bool is_stored(const CallValues& call) { return call.stored; }
Stored args_of(CallValues& call, const WitFunc& func) { return {call.args_memory.get(), func.args.get(), 0}; }
Stored result_of(CallValues& call, const WitFunc& func) { return {call.result_memory.get(), func.result.get(), 0}; }

Stored make_result(CallValues& call, const WitFunc& func) {
  call.result_memory = take_spare_memory();
  call.result_memory->allocate(func.result->alignment, func.result->size);
  return result_of(call, func);
}

link::StoredValues& HostBytes::begin() const { return detail::begin(state_.cell); }
void HostBytes::end(link::StoredValues& values) const { end_stored(&static_cast<StoredCall&>(values)); }

::heddle::Result<void> HostBytes::call(link::StoredValues& values) const {
  ComponentCaller caller = ComponentAccess::caller(&state_.cell);
  Error error;
  auto& call = static_cast<StoredCall&>(values);
  if (function_->call_stored(function_->function.get(), caller, *func_, call, error)) return {};
  return host_failure(state_, error);
}

}  // namespace heddle::api::detail
