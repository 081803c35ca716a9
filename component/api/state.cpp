// A store's components, and how all that goes on in them is driven.
#include <algorithm>

#include "component/api/internal.h"
#include "os/clock.h"

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

bool State::may_begin(const FuncData& func, Error& error) {
  if (func.lifted && func.lifted->inst.has_ended()) {
    error = Access::error(ErrorCode::cannot_enter, "it has ended by an earlier trap");
    return false;
  }
  if (nested() || !is_to_stop()) [[likely]]
    return true;
  error = Access::error(components.core().stop_if_asked().error().code);
  end_waiting(error);
  return false;
}

bool State::has_room_for_calls() {
  constexpr uint64_t kEnough = uint64_t{64} << 10;
  rt::Budget& budget = components.core().budget;
  return budget.allows(rt::Resource::component_bytes,
                       std::min(budget.limit(rt::Resource::component_bytes) / 8, kEnough));
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

namespace {

struct Driven {
  explicit Driven(Loop& loop) : loop(loop) { loop.driven = true; }
  ~Driven() { loop.driven = false; }
  Driven(const Driven&) = delete;
  Driven& operator=(const Driven&) = delete;
  Loop& loop;
};

}  // namespace

bool State::step() {
  if (trapped_below_) fail_dead(*std::exchange(trapped_below_, std::nullopt), true);
  if (is_to_stop() && stop_waiting()) return true;
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

Result<Progress> State::progress(const std::optional<std::chrono::nanoseconds>& at_most) {
  if (!may_wait()) return misuse("progress() is called by what it runs");
  const uint64_t begun = at_most ? os::monotonic_ns() : 0;
  const auto is_time_up = [&] {
    return at_most && os::monotonic_ns() - begun >= static_cast<uint64_t>(std::max<int64_t>(at_most->count(), 0));
  };
  bool more = false;
  {
    const Driven driven(*loop);
    while (!more && step()) more = is_time_up();
  }
  if (more) loop->tell_of_work();
  if (unclaimed_) return *std::exchange(unclaimed_, std::nullopt);
  if (more) return Progress::more;
  if (loop->waiting > 0) return Progress::waiting;
  const bool left = !calls.empty() || !host_calls.empty() || !copies.empty() || !spawned.empty();
  return left ? Progress::stuck : Progress::done;
}

Result<void> State::run_until(const std::function<bool()>& done) {
  if (!may_wait()) return misuse("a task or a host function that runs cannot wait so: co_await it in a task");
  const Driven driven(*loop);
  while (!done()) {
    if (step()) continue;
    const Error stuck = Access::error(ErrorCode::deadlock);
    if (loop->waiting > 0) {
      loop->wait();
    } else if (!end_waiting(stuck)) {
      return stuck;
    }
  }
  return {};
}

// A destructor that would only be stopped waits until it would not.
void State::flush_drops() {
  while (!drops.empty() && !is_to_stop()) {
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
