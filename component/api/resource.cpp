// Handles of resources: of guests', which their instances destroy, and of the embedder's, objects of which guests see
// numbers.
//
// To the canonical ABI a resource type that has a destructor belongs to an instance. The embedder's have one each, in
// which nothing is but the destructor.
#include "component/api/internal.h"
#include "component/canon/builtins.h"

namespace heddle::api::detail {

// --- the embedder's

HostResource::HostResource(canon::Store& store, std::shared_ptr<const ResourceDefinition> definition)
    : definition_(std::move(definition)), type_(std::make_shared<canon::ResourceType>()) {
  canon::ComponentInstance& inst = store.add_instance(nullptr);
  inst.may_block = false;
  type_->impl = &inst;
  type_->dtor = [this](std::span<const canon::CoreVal> args) -> ::heddle::Result<canon::CoreVals> {
    take(static_cast<uint32_t>(args[0].bits));
    return canon::CoreVals();
  };
}

uint32_t HostResource::add(std::shared_ptr<void> object) {
  if (free_.empty()) {
    objects_.push_back(std::move(object));
    return static_cast<uint32_t>(objects_.size() - 1);
  }
  const uint32_t rep = free_.back();
  free_.pop_back();
  objects_[rep] = std::move(object);
  return rep;
}

std::shared_ptr<void> HostResource::find(uint64_t rep) const {
  return rep < objects_.size() ? objects_[rep] : nullptr;
}

std::shared_ptr<void> HostResource::take(uint64_t rep) {
  if (rep >= objects_.size() || !objects_[rep]) return nullptr;
  free_.push_back(static_cast<uint32_t>(rep));
  return std::exchange(objects_[rep], nullptr);
}

namespace {

// An object's number, until a guest has it; of one that is lent, until the call is over.
struct Number final : Handed {
  Number(StoreCell* cell, HostResource& resource, uint32_t rep) : cell(cell), resource(&resource), rep(rep) {}
  ~Number() override {
    if (!handed_over && State::find(cell)) resource->take(rep);
  }
  StoreCell* cell;
  HostResource* resource;
  uint32_t rep;
};

// --- guests'

struct GuestResource final : Handed {
  GuestResource(std::shared_ptr<StoreCell> cell, std::shared_ptr<canon::ResourceType> type, uint64_t rep, bool own)
      : cell(std::move(cell)), type(std::move(type)), rep(rep), own(own) {}
  ~GuestResource() override {
    if (handed_over || !own) return;
    State* state = State::find(cell.get());
    if (!state) return;
    state->drops.push_back({type, rep});
    if (!state->nested()) state->flush_drops();
  }
  std::shared_ptr<StoreCell> cell;
  std::shared_ptr<canon::ResourceType> type;
  uint64_t rep;
  bool own;
};

// SAFETY: the handle in HandleParts is a GuestResource, always.
const GuestResource& guest(const HandleParts& parts) { return static_cast<const GuestResource&>(*parts.handle); }

HostResource* host_of(StoreCell* cell, const WitType& type) {
  State* state = State::find(cell);
  return state ? state->find_host_resource(type.resource.get()) : nullptr;
}

// A number of the object is a pointer to one class only.
bool check_object(Outgoing& o, const HostResource& host, const HandleParts& parts) {
  if (!parts.object) return o.fail(parts.handle ? "the handle of a guest's resource" : "no handle");
  if (parts.key != host.key()) return o.fail("the handle is one of another resource type");
  const bool given = parts.once && (parts.once->handed_over || parts.once->given);
  return !given || o.fail("the handle was given away already");
}

bool check_guest(Outgoing& o, const WitType& type, const HandleParts& parts) {
  if (!parts.handle) return o.fail(parts.object ? "the handle of an object of the embedder's" : "no handle");
  if (guest(parts).cell.get() != o.cell) return o.fail("the handle belongs to another store");
  if (parts.handle->ended) return o.fail("the handle was lent for a call that is over");
  if (guest(parts).type != type.resource) return o.fail("the handle is one of another resource type");
  return (!parts.handle->handed_over && !parts.handle->given) || o.fail("the handle was given away already");
}

}  // namespace

bool put_own(Outgoing& o, const WitType& type, HandleParts& from, Value& to) {
  if (HostResource* host = host_of(o.cell, type)) {
    if (!check_object(o, *host, from)) return false;
    const uint32_t rep = host->add(std::exchange(from.object, nullptr));
    o.give(std::make_shared<Number>(o.cell, *host, rep));
    if (from.once) o.give(std::exchange(from.once, nullptr));
    return set_integer(to, rep), true;
  }
  if (!check_guest(o, type, from)) return false;
  if (!guest(from).own) return o.fail("the handle is borrowed");
  if (from.handle->lent > 0) return o.fail("the handle is lent to a call");
  set_integer(to, guest(from).rep);
  o.give(std::exchange(from.handle, nullptr));
  return true;
}

bool put_borrow(Outgoing& o, const WitType& type, const HandleParts& from, Value& to) {
  if (HostResource* host = host_of(o.cell, type)) {
    if (!check_object(o, *host, from)) return false;
    const uint32_t rep = host->add(from.object);
    o.lend(std::make_shared<Number>(o.cell, *host, rep));
    return set_integer(to, rep), true;
  }
  if (!check_guest(o, type, from)) return false;
  set_integer(to, guest(from).rep);
  o.lend(from.handle);
  return true;
}

HandleParts get_own(Incoming& in, const WitType& type, Value& from) {
  if (HostResource* host = host_of(in.cell, type)) {
    HandleParts made{.object = host->take(from.bits), .key = host->key()};
    if (!made.object) in.problem = "a resource that is gone";
    return made;
  }
  return {std::make_shared<GuestResource>(in.cell->shared_from_this(), type.resource, from.bits, true)};
}

HandleParts get_borrow(Incoming& in, const WitType& type, Value& from) {
  if (HostResource* host = host_of(in.cell, type)) {
    HandleParts made{.object = host->find(from.bits), .key = host->key()};
    if (!made.object) in.problem = "a resource that is gone";
    return made;
  }
  HandleParts made{std::make_shared<GuestResource>(in.cell->shared_from_this(), type.resource, from.bits, false)};
  if (in.call) in.call->borrowed.push_back(made.handle);
  return made;
}

Result<HandleParts> take_own(const HandleParts& from, const void* key) {
  if (from.object) {
    if (from.key != key) return misuse("the handle is one of another class");
    if (from.once->handed_over || from.once->given) return misuse("the handle was given away already");
    from.once->handed_over = true;
    return HandleParts{.object = from.object, .key = key};
  }
  if (!from.handle) return misuse("no handle");
  const GuestResource& resource = guest(from);
  if (resource.handed_over || resource.given) return misuse("the handle was given away already");
  if (resource.lent > 0) return misuse("the handle is lent to a call");
  from.handle->handed_over = true;
  return HandleParts{std::make_shared<GuestResource>(resource.cell, resource.type, resource.rep, true)};
}

// --- their end

Result<void> drop(const HandleParts& parts) {
  if (!parts.handle) return {};
  const GuestResource& resource = guest(parts);
  State* state = State::find(resource.cell.get());
  if (!state) return gone(resource.cell.get());
  if (parts.handle.use_count() > 1) return misuse("the resource is lent to a call");
  if (resource.handed_over || !resource.own || state->nested()) return {};
  parts.handle->handed_over = true;
  return drop_now(*state, {resource.type, resource.rep}, true);
}

Result<void> drop_now(State& state, const State::Drop& drop, bool told) {
  canon::ResourceType& type = *drop.type;
  if (!type.dtor) return {};
  static const canon::CanonicalOptions options;
  struct Destruction final : canon::Caller {
    explicit Destruction(uint64_t rep) : rep(rep) {}
    ::heddle::Result<std::vector<Value>> on_start() override { return std::vector<Value>{Value::integer(rep)}; }
    ::heddle::Result<void> on_resolve(std::optional<std::vector<Value>>) override { return {}; }
    const uint64_t rep;
  };
  canon::Store& store = state.components.canon();
  const canon::FuncInst destroy = [&](std::shared_ptr<canon::Caller> caller, canon::ComponentInstance* from) {
    return store.call(type.dtor, canon::dtor_type(type), options, *type.impl, std::move(caller), from);
  };
  auto done = store.invoke(destroy, std::make_shared<Destruction>(drop.rep));
  if (done.ok()) return {};
  const Error why = state.take_failure(done.error());
  state.fail_dead(why, told);
  return why;
}

}  // namespace heddle::api::detail
