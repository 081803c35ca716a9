// A store's components, and how all that goes on in them is driven.
#include "component/api/internal.h"

namespace heddle::api::detail {

State::State(StoreCell& cell) : components(*cell.store), cell(cell), loop(std::make_shared<Loop>()) {
  cell.store->interruptor->on_raise([waits = loop] { waits->wake_up(); });
}

// Tasks first: what they hold may look at the rest. Of what waits for what goes, tasks of other stores are told.
State::~State() {
  if (acting_) misused("a store is destroyed by a task that runs in it");
  spawned.take();
  const auto running = host_calls.take();
  for (const auto& call : running) {
    call->over = true;
    call->task.reset();
    call->caller = nullptr;
  }
  for (const auto& call : calls.take()) {
    call->on_cancel = nullptr;
    call->fail(gone(&cell));
    if (call->waiting) call->loop->resume(call);
  }
  for (const auto& copy : copies.take()) copy->fail(gone(&cell));
  loop->ready.clear();
}

State* State::find(const StoreCell* cell) {
  return cell && cell->store ? static_cast<State*>(cell->components.get()) : nullptr;
}

State& State::in(StoreCell& cell) {
  if (!cell.components) cell.components = std::make_shared<State>(cell);
  return *static_cast<State*>(cell.components.get());
}

// --- failures

Error State::take_failure(const ::heddle::Error& error) {
  const rt::Outcome outcome = components.fail(error);
  Error made = failure(&cell, outcome);
  components.begin();
  return made;
}

void State::fail_dead(const Error& why, bool claimed) {
  if (nested()) {
    trapped_below_ = why;
    return;
  }
  components.canon().end_trapped();
  std::vector<std::shared_ptr<Call>> dead;
  for (const std::shared_ptr<Call>& call : calls.all()) {
    const link::LiftedFunc* lifted = static_cast<const FuncData&>(*call->func).lifted;
    if (lifted && lifted->inst.has_ended()) dead.push_back(call);
  }
  std::vector<std::shared_ptr<StoresCopy>> broken;
  for (const std::shared_ptr<StoresCopy>& copy : copies.all()) {
    if (copy->has_lost_writer()) broken.push_back(copy);
  }
  if (dead.empty() && broken.empty() && !claimed) unclaimed_ = why;
  for (const std::shared_ptr<Call>& call : dead) call->fail(why);
  for (const std::shared_ptr<StoresCopy>& copy : broken) copy->fail(why);
}

bool State::inside(canon::ComponentInstance& inst, const std::function<::heddle::Result<void>()>& f, Error& error) {
  if (!inst.may_enter_from(nullptr)) {
    error = take_failure(::heddle::Error{ErrorCode::cannot_enter});
    return false;
  }
  ++components.canon().nesting_depth;
  const auto done = inst.inside(nullptr, f);
  --components.canon().nesting_depth;
  if (!done.ok()) error = take_failure(done.error());
  return done.ok();
}

bool State::end_waiting(const Error& why) {
  const auto stuck_calls = calls.all();
  const auto stuck_copies = copies.all();
  for (const std::shared_ptr<Call>& call : stuck_calls) {
    call->abandon();
    call->error = why;
    if (call->waiting) loop->resume(call);
  }
  for (const std::shared_ptr<StoresCopy>& copy : stuck_copies) copy->give_up(why);
  return !stuck_calls.empty() || !stuck_copies.empty();
}

// An interruption, or a deadline that has passed, ends calls that wait as it ends those that run. If there are none,
// it is not theirs: an interruption is for the next one.
bool State::stop_waiting() {
  if (calls.empty() && copies.empty()) return false;
  const auto asked = components.core().stop_if_asked();
  return !asked.ok() && end_waiting(Access::error(asked.error().code));
}

// --- driving

bool State::step() {
  if (trapped_below_) fail_dead(*std::exchange(trapped_below_, std::nullopt), true);
  flush_drops();
  loop->drain();
  if (!loop->ready.empty()) {
    const Loop::Action action = std::move(loop->ready.front());
    loop->ready.pop_front();
    acting_ = true;
    action.act(action.what.get());
    acting_ = false;
    return true;
  }
  auto ticked = components.canon().tick();
  if (ticked.ok()) return ticked.value();
  fail_dead(take_failure(ticked.error()));
  return true;
}

Result<Progress> State::progress() {
  if (!may_wait()) return misuse("progress() is called by what it runs");
  while (step() || stop_waiting()) {
  }
  if (unclaimed_) return *std::exchange(unclaimed_, std::nullopt);
  if (loop->waiting > 0) return Progress::waiting;
  const bool left = !calls.empty() || !host_calls.empty() || !copies.empty() || !spawned.empty();
  return left ? Progress::stuck : Progress::done;
}

Result<void> State::run_until(const std::function<bool()>& done) {
  if (!may_wait()) return misuse("a task or a host function that runs cannot wait so: co_await it in a task");
  while (!done()) {
    if (step() || stop_waiting()) continue;
    const Error stuck = Access::error(ErrorCode::deadlock);
    if (loop->waiting > 0) {
      loop->wait();
    } else if (!end_waiting(stuck)) {
      return stuck;
    }
  }
  return {};
}

void State::flush_drops() {
  while (!drops.empty()) {
    const std::vector<Drop> now = std::exchange(drops, {});
    for (const Drop& drop : now) {
      if (drop.type->impl->may_enter_from(nullptr)) static_cast<void>(drop_now(*this, drop, false));
    }
  }
}

// --- resources of the embedder's

HostResource& State::host_resource(const std::shared_ptr<const ResourceDefinition>& definition) {
  std::unique_ptr<HostResource>& made = host_resources_[definition];
  if (!made) {
    made = std::make_unique<HostResource>(components.canon(), definition);
    host_resource_of_.emplace(made->type().get(), made.get());
  }
  return *made;
}

HostResource* State::find_host_resource(const canon::ResourceType* type) {
  const auto found = host_resource_of_.find(type);
  return found == host_resource_of_.end() ? nullptr : found->second;
}

}  // namespace heddle::api::detail
