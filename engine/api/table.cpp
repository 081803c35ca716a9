// Tables and globals: cells whose types are checked on the way in.
#include "api/internal.h"
#include "syntax/limits.h"

namespace heddle::api {

using detail::Access;
using detail::StoreCell;

namespace {

Error wrong(ErrorCode code, ::heddle::ValType wanted, const Val& found) {
  return Access::error(code, "expected " + ::heddle::to_string(wanted) + ", found " + found.type().to_string());
}

}  // namespace

Result<Table> Table::create(StoreRef in, const TableType& type, const Val& init) {
  StoreCell* cell = Access::cell(in);
  auto alive = detail::alive(cell);
  if (!alive.ok()) return detail::gone(cell);
  rt::Store& store = *alive.value();
  ::heddle::TableType wanted;
  wanted.elem = Access::internal(type.element);
  // A defined type would have to be held by the table: it is known by the modules that define it only.
  if (!wanted.elem.is_ref() || wanted.elem.defined()) {
    return Error(ErrorKind::misuse, "elements of a table of the host have an abstract reference type");
  }
  if (type.max && *type.max < type.min) return Access::error(ErrorCode::size_minimum);
  wanted.limits.min = type.min;
  wanted.limits.max = type.max;
  wanted.addr64 = type.table64;
  rt::Slot first[2];
  auto put = Access::to_slots(cell, init, wanted.elem, first);
  if (!put.ok()) return wrong(put.error().code, wanted.elem, init);
  auto made = rt::Table::create(wanted, first[0], &store.budget);
  if (!made.ok()) return Access::error(made.error().code);
  store.tables.push_back(std::move(made).value());
  return Access::table(cell, store.tables.back().get());
}

TableType Table::type() const {
  TableType out;
  if (!detail::alive(cell_.get()).ok()) return out;
  ::heddle::TableType type = table_->current_type();
  out.element = Access::external(type.elem);
  out.min = type.limits.min;
  out.max = type.limits.max;
  out.table64 = type.addr64;
  return out;
}

uint64_t Table::size() const { return detail::alive(cell_.get()).ok() ? table_->size : 0; }

Result<Val> Table::get(uint64_t index) const {
  if (!detail::alive(cell_.get()).ok()) return detail::gone(cell_.get());
  if (index >= table_->size) return Access::error(ErrorCode::out_of_bounds_table);
  return Access::value(cell_.get(), table_->type.elem, &table_->elems[index]);
}

Result<void> Table::set(uint64_t index, const Val& value) {
  if (!detail::alive(cell_.get()).ok()) return detail::gone(cell_.get());
  if (index >= table_->size) return Access::error(ErrorCode::out_of_bounds_table);
  auto put = Access::to_slots(cell_.get(), value, table_->type.elem, &table_->elems[index]);
  if (!put.ok()) return wrong(put.error().code, table_->type.elem, value);
  return {};
}

Result<uint64_t> Table::grow(uint64_t delta, const Val& init) {
  if (!detail::alive(cell_.get()).ok()) return detail::gone(cell_.get());
  rt::Slot value[2];
  auto put = Access::to_slots(cell_.get(), init, table_->type.elem, value);
  if (!put.ok()) return wrong(put.error().code, table_->type.elem, init);
  uint64_t before = table_->grow(delta, value[0]);
  if (before == UINT64_MAX) return Error(ErrorKind::exhaustion, "the table cannot grow so far");
  return before;
}

Result<Global> Global::create(StoreRef in, const Val& value, bool is_mutable) {
  StoreCell* cell = Access::cell(in);
  auto alive = detail::alive(cell);
  if (!alive.ok()) return detail::gone(cell);
  rt::Store& store = *alive.value();
  ::heddle::ValType type = Access::internal(value.type());
  if (type.defined())
    return Error(ErrorKind::misuse, "a global of the host has a number or an abstract reference type");
  auto made = std::make_unique<rt::Global>();
  made->type = {.type = type, .mut = is_mutable};
  auto put = Access::to_slots(cell, value, type, made->value);
  if (!put.ok()) return wrong(put.error().code, type, value);
  store.globals.push_back(std::move(made));
  return Access::global(cell, store.globals.back().get());
}

ValType Global::type() const {
  return detail::alive(cell_.get()).ok() ? Access::external(global_->type.type) : ValType();
}

bool Global::is_mutable() const { return detail::alive(cell_.get()).ok() && global_->type.mut; }

Result<Val> Global::get() const {
  if (!detail::alive(cell_.get()).ok()) return detail::gone(cell_.get());
  return Access::value(cell_.get(), global_->type.type, global_->value);
}

Result<void> Global::set(const Val& value) {
  if (!detail::alive(cell_.get()).ok()) return detail::gone(cell_.get());
  if (!global_->type.mut) return Error(ErrorKind::misuse, "the global is immutable");
  auto put = Access::to_slots(cell_.get(), value, global_->type.type, global_->value);
  if (!put.ok()) return wrong(put.error().code, global_->type.type, value);
  return {};
}

}  // namespace heddle::api
