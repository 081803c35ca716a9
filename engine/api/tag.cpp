// Tags, and the exceptions that carry them.
#include "api/internal.h"

#include <algorithm>

namespace heddle::api {

using detail::Access;
using detail::StoreCell;

Result<Tag> Tag::create(StoreRef in, const FuncType& type) {
  StoreCell* cell = Access::cell(in);
  auto alive = detail::alive(cell);
  if (!alive.ok()) return detail::gone(cell);
  rt::Store& store = *alive.value();
  std::vector<::heddle::ValType> params, results;
  for (ValType param : type.params) params.push_back(Access::internal(param));
  for (ValType result : type.results) results.push_back(Access::internal(result));
  auto defined = [](::heddle::ValType t) { return t.defined(); };
  if (std::any_of(params.begin(), params.end(), defined) || std::any_of(results.begin(), results.end(), defined)) {
    return Error(ErrorKind::misuse, "a tag of the host has numbers and abstract reference types");
  }
  auto use = store.engine->types.add_func(params, results);
  if (!use.ok()) return Access::error(use.error().code);
  store.tags.push_back(std::make_unique<rt::Tag>(rt::Tag{.type = use.value()[TypeIdx{0}]}));
  store.types.push_back(std::move(use).value());
  return Access::tag(cell, store.tags.back().get());
}

FuncType Tag::type() const {
  auto store = detail::alive(cell_.get());
  if (!store.ok()) return {};
  return detail::type_of_func(store.value()->engine->types, tag_->type);
}

Result<ExnRef> ExnRef::create(StoreRef in, const Tag& tag, std::span<const Val> args) {
  StoreCell* cell = Access::cell(in);
  auto alive = detail::alive(cell);
  if (!alive.ok()) return detail::gone(cell);
  if (Access::cell(tag) != cell) return Access::error(ErrorCode::wrong_store, "the tag");
  rt::Store& store = *alive.value();
  rt::Tag* thrown = Access::tag(tag);
  const DefType& type = store.engine->types[thrown->type];
  if (args.size() != type.params.size()) {
    return detail::wrong_count("arguments", type.params.size(), args.size());
  }
  exec::Entry entry(store);
  if (entry.refused() != ErrorCode::none) return Access::error(entry.refused());
  auto made = store.heap.new_exception(thrown, type.param_slots);
  if (!made.ok()) return Access::error(made.error().code);
  // The arguments' own handles keep what they refer to, and nothing is allocated any more.
  uint64_t* to = made.value()->args();
  for (size_t i = 0; i < args.size(); ++i) {
    auto put = Access::to_slots(cell, args[i], type.params[i], to);
    if (!put.ok()) return detail::mismatch(put.error().code, "argument", i, type.params[i], args[i]);
    to += slots_of(type.params[i]);
  }
  return Access::root_as<ExnRef>(cell, gc::to_ref(made.value()));
}

namespace {

// Null where the handle is, or its store is gone.
gc::Exception* exception_of(const ExnRef& ref) {
  // SAFETY: what an ExnRef roots was made by a throw or by ExnRef::create.
  return static_cast<gc::Exception*>(gc::to_object(Access::raw(ref)));
}

}  // namespace

Tag ExnRef::tag() const {
  gc::Exception* exception = exception_of(*this);
  return exception ? Access::tag(Access::cell(*this), exception->tag) : Tag();
}

std::vector<Val> ExnRef::args() const {
  std::vector<Val> out;
  gc::Exception* exception = exception_of(*this);
  if (!exception) return out;
  StoreCell* cell = Access::cell(*this);
  const uint64_t* slots = exception->args();
  for (::heddle::ValType type : cell->store->engine->types[exception->tag->type].params) {
    out.push_back(Access::value(cell, type, slots));
    slots += slots_of(type);
  }
  return out;
}

}  // namespace heddle::api
