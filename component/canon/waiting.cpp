#include "component/canon/waiting.h"

#include <algorithm>
#include <iterator>

#include "component/canon/embedding.h"

namespace heddle::component::canon {
namespace {

using State = WaitPlace::State;

ComponentInstance& instance_of(const Thread& thread) { return thread.task->inst; }

bool is_open(const ComponentInstance& inst, Gate gate) {
  const bool alone = !inst.exclusive_thread, free = inst.backpressure == 0;
  return gate == Gate::go_on ? alone : gate == Gate::enter ? free : alone && free;
}

AsleepKey asleep_key(const Thread& thread) { return {thread.place.gate != Gate::none, thread.place.since}; }

// Where the thread's gate is; it has one.
GateState& gate_of(Thread& thread) { return instance_of(thread).gates[static_cast<size_t>(thread.place.gate)]; }

bool could_pass(const Thread& thread) {
  const WaitPlace& place = thread.place;
  return place.gate != Gate::none && (!place.source || place.source->has_event());
}

// Has it entered its instance, and would it not go on to use the one stack in linear memory that a call may be using?
// ("Component Invariants", 3; the definitions leave out only the thread that has the right to at the moment, the
// official suite all that would take it.)
bool may_go_on_beside(const Thread& thread) {
  const Task& task = *thread.task;
  const bool needs_the_stack = &thread == task.implicit_thread && task.ft.async && task.needs_exclusive();
  return thread.index && !needs_the_stack;
}

}  // namespace

bool SinceOrder::operator()(const Thread* a, const Thread* b) const { return a->place.since < b->place.since; }

void WaitSource::wake() {
  if (!asleep_.empty()) instance_of(*asleep_.begin()->second).store->waiting.wake_some(*this);
}

void Waiting::start(std::shared_ptr<Thread> thread, WaitSource* source, Gate gate) {
  Thread& it = *thread;
  HEDDLE_ASSERT(it.place.state == State::none);
  it.place = {State::none, ++clock_, source, gate, all_.insert(all_.end(), std::move(thread))};
  add_candidate(it);
}

void Waiting::add_candidate(Thread& thread) {
  thread.place.state = State::candidate;
  candidates_.insert(&thread);
  ComponentInstance& inst = instance_of(thread);
  if (inst.has_threads && may_go_on_beside(thread)) inst.beside_the_stack.insert(&thread);
}

void Waiting::remove_candidate(Thread& thread) {
  candidates_.erase(&thread);
  ComponentInstance& inst = instance_of(thread);
  if (inst.has_threads) inst.beside_the_stack.erase(&thread);
}

void Waiting::sort_out(ComponentInstance& inst) {
  for (const auto& thread : inst.threads.all()) {
    if (thread && thread->place.state == State::candidate && may_go_on_beside(*thread)) {
      inst.beside_the_stack.insert(thread.get());
    }
  }
}

void Waiting::stop(Thread& thread) {
  WaitPlace& place = thread.place;
  HEDDLE_ASSERT(place.state != State::none);
  if (place.state == State::candidate) remove_candidate(thread);
  if (place.state == State::gated) gate_of(thread).threads.erase(&thread);
  if (place.source) {
    if (place.state == State::asleep) place.source->asleep_.erase(asleep_key(thread));
    if (place.source->has_event()) place.source->wake();
  }
  leave_gate(thread);
  place.state = State::none;
  all_.erase(place.owner);
}

// Those without a gate are ready alike, but that who uses the instance alone, of which there is one at most, must not
// go on beside a call of it. Those with one go through it one after another. Where the order is a matter of chance
// each is to be possible.
void Waiting::wake_some(WaitSource& source) {
  auto& asleep = source.asleep_;
  const auto wake = [&](auto at) -> Thread& {
    Thread& thread = *at->second;
    asleep.erase(at);
    add_candidate(thread);
    return thread;
  };
  if (instance_of(*asleep.begin()->second).store->choices.is_random()) {
    while (!asleep.empty()) wake(asleep.begin());
    return;
  }
  while (!asleep.empty() && !asleep.begin()->first.has_gate && !may_go_on_beside(wake(asleep.begin()))) continue;
  if (const auto first = asleep.lower_bound({.has_gate = true, .since = 0}); first != asleep.end()) wake(first);
}

// It has been let through, and makes room for the next.
void Waiting::leave_gate(Thread& thread) {
  if (thread.place.gate == Gate::none || gate_of(thread).let_through != &thread) return;
  gate_of(thread).let_through = nullptr;
  open_gates(instance_of(thread));
}

void Waiting::open_gates(ComponentInstance& inst) {
  const bool all = inst.store->choices.is_random();
  for (size_t i = 0; i < kGates; ++i) {
    GateState& gate = inst.gates[i];
    if (!is_open(inst, static_cast<Gate>(i))) continue;
    while (!gate.threads.empty() && (all || !gate.let_through)) {
      Thread* thread = *gate.threads.begin();
      gate.threads.erase(gate.threads.begin());
      gate.let_through = thread;
      add_candidate(*thread);
    }
  }
}

void Waiting::fall_asleep(Thread& thread) {
  remove_candidate(thread);
  const bool gated = could_pass(thread);
  thread.place.state = gated ? State::gated : State::asleep;
  if (gated) gate_of(thread).threads.insert(&thread);
  if (WaitSource* source = thread.place.source; source && !gated)
    source->asleep_.emplace(asleep_key(thread), &thread);
  leave_gate(thread);
}

// Threads of an instance that trapped wait for ever: it cannot be entered any more.
bool Waiting::is_ready(Thread& thread) {
  if (!instance_of(thread).may_enter_from(nullptr)) {
    remove_candidate(thread);
    thread.place.state = State::asleep;
    return false;
  }
  if (thread.ready()) return true;
  fall_asleep(thread);
  return false;
}

// One that falls asleep may let another through its gate: it is looked at again.
Thread* Waiting::pick(Choices& choices) {
  if (!choices.is_random()) {
    while (!candidates_.empty() && !is_ready(**candidates_.begin())) continue;
    return candidates_.empty() ? nullptr : *candidates_.begin();
  }
  std::vector<Thread*> ready;
  for (bool all_ready = false; !all_ready;) {
    ready.clear();
    all_ready = true;
    for (Thread* thread : std::vector<Thread*>(candidates_.begin(), candidates_.end())) {
      if (is_ready(*thread)) {
        ready.push_back(thread);
      } else {
        all_ready = false;
      }
    }
  }
  return ready.empty() ? nullptr : ready[choices.among(ready.size())];
}

// Its instance has been entered: that it cannot be is no reason to put it aside.
bool Waiting::has_any_beside_the_stack(ComponentInstance& inst) {
  ThreadsBySince& threads = inst.beside_the_stack;
  while (!threads.empty() && !(*threads.begin())->ready()) fall_asleep(**threads.begin());
  return !threads.empty();
}

Thread* Waiting::pick_beside_the_stack(ComponentInstance& inst) {
  if (!has_any_beside_the_stack(inst)) return nullptr;
  if (!inst.store->choices.is_random()) return *inst.beside_the_stack.begin();
  std::vector<Thread*> ready;
  std::ranges::copy_if(inst.beside_the_stack, std::back_inserter(ready),
                       [](Thread* thread) { return thread->ready(); });
  return ready[inst.store->choices.among(ready.size())];
}

void Waiting::clear() {
  for (const auto& thread : all_) {
    if (thread->place.source) thread->place.source->asleep_.clear();
    remove_candidate(*thread);
    thread->place = {};
  }
  all_.clear();
}

}  // namespace heddle::component::canon
