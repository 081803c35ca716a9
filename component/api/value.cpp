// Values of the canonical ABI as the templates of component_types.h fill and read them, and what cannot go to a
// guest: what the ABI takes for granted is made sure of here.
#include "base/utf8.h"
#include "component/api/internal.h"
#include "component/canon/error_context.h"
#include "component/canon/loading.h"

namespace heddle::api::detail {

using Kind = Value::Kind;

void set_integer(Value& to, uint64_t bits) { to = Value::integer(bits); }
void set_f32(Value& to, uint32_t bits) { to = Value::f32(bits); }
void set_f64(Value& to, uint64_t bits) { to = Value::f64(bits); }
void set_string(Value& to, std::string_view text) {
  to = Value{.kind = Kind::string};
  to.string.text = text;
  to.string.tagged_code_units = text.size();
}
void set_list(Value& to, size_t count) { to = Value::of(Kind::list, std::vector<Value>(count)); }
void set_record(Value& to, size_t count) { to = Value::of(Kind::record, std::vector<Value>(count)); }
void set_variant(Value& to, uint32_t index, bool payload) {
  to = Value::of(Kind::variant, std::vector<Value>(payload ? 1 : 0), index);
}
void set_packed(Value& to, const void* bytes, size_t size_bytes, size_t count) {
  to = Value{.kind = Kind::packed, .bits = count};
  to.string.text.assign(static_cast<const char*>(bytes), size_bytes);
}

uint64_t bits_of(const Value& value) { return value.bits; }
std::string take_string(Value& value) { return std::move(value.string.text); }
std::string_view view_string(const Value& value) { return value.string.text; }
size_t count_of(const Value& value) { return value.count(); }
bool is_packed(const Value& value) { return value.kind == Kind::packed; }
const void* packed_bytes(const Value& value) { return value.string.text.data(); }
Value& part_of(Value& value, size_t i) { return value.parts[i]; }

void unpack(const WitType& list, Value& value) {
  if (value.kind != Kind::packed || !list.part()) return;
  value = Value::of(Kind::list, canon::elements_of(value, {nullptr, *primitive_of(list.part()->kind)}));
}

// --- what they take

uint64_t bytes_of(const Value& value) {
  uint64_t bytes = sizeof(Value) + value.string.text.size();
  if (value.error_context) bytes += value.error_context->cost();
  for (const Value& part : value.parts) bytes += bytes_of(part);
  return bytes;
}

bool Charge::add(uint64_t bytes) {
  if (!cell_->store->budget.charge(rt::Resource::component_bytes, bytes)) return false;
  bytes_ += bytes;
  return true;
}

Charge::~Charge() {
  if (cell_->store) cell_->store->budget.release(rt::Resource::component_bytes, bytes_);
}

// --- to a guest

bool Outgoing::fail(std::string why) {
  if (problem.empty()) problem = std::move(why);
  return false;
}

bool Outgoing::in(const std::string& place) {
  where = place + (where.empty() ? "" : ", " + where);
  return false;
}

bool Outgoing::fits(const WitType& list, uint64_t count) {
  return count <= list.most_elements || fail("a list of " + std::to_string(count) + " elements is too long");
}

bool Outgoing::fits(std::string_view text) {
  if (text.size() > canon::kMaxStringByteLength) return fail("the string is too long");
  return utf8::valid(text) || fail("the string is not UTF-8");
}

bool Outgoing::fits(char32_t c) {
  return (c <= 0x10ffff && (c < 0xd800 || c > 0xdfff)) || fail("the character is no Unicode scalar value");
}

void Outgoing::give(std::shared_ptr<Handed> handle) {
  handle->given = true;
  given.push_back(std::move(handle));
}

void Outgoing::lend(std::shared_ptr<Handed> handle) {
  ++handle->lent;
  lent.push_back(std::move(handle));
}

void Outgoing::hand_over() {
  for (const auto& handle : given) handle->handed_over = true;
  given.clear();
}

void Outgoing::end_loans() {
  for (const auto& handle : lent) --handle->lent;
  lent.clear();
}

void Outgoing::end_borrows() {
  for (const auto& handle : borrowed) handle->ended = true;
  borrowed.clear();
}

void Outgoing::let_go() {
  for (const auto& handle : given) handle->given = false;
  given.clear();
  end_loans();
  end_borrows();
}

Error Outgoing::error() const {
  return Access::error(ErrorCode::wrong_value, where.empty() ? problem : where + ": " + problem);
}

bool Incoming::charge(uint64_t bytes) {
  if (!cell) return true;  // they come from a text of the embedder's
  if (exhausted || !cell->store || !cell->store->budget.charge(rt::Resource::component_bytes, bytes)) {
    exhausted = true;
    return false;
  }
  charged += bytes;
  return true;
}

void Incoming::release() {
  if (cell->store) cell->store->budget.release(rt::Resource::component_bytes, charged);
}

Error Incoming::error() const {
  if (exhausted) return Access::error(ErrorCode::budget_exceeded);
  return Access::error(ErrorCode::wrong_value, problem);
}

Error misuse(std::string words) { return {ErrorKind::misuse, std::move(words)}; }

}  // namespace heddle::api::detail
