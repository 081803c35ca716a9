// Threads that wait ("waiting" of class Store in CanonicalABI.md), kept so that finding one that is ready takes no
// look at those that are not, and waking one does not depend on how many there are.
//
// A thread that waits is a candidate, asleep, or behind a gate. All that are ready are candidates, behind a gate that
// is shut or has let one through, or asleep for the same as one of these: who makes one ready tells
// (WaitSource::wake, Waiting::open_gates). Candidates that turn out not to be ready go back to where they are told.
// Of those that wait for the same and are ready alike one is woken, and wakes the next when it goes on: there may be
// more for it.
//
// An instance that has threads knows those of its candidates that may go on while a call of its own is on the stack.
#pragma once
#include <array>
#include <compare>
#include <list>
#include <map>
#include <memory>
#include <set>

namespace heddle::component::canon {

class Choices;
class Thread;
class Waiting;
struct ComponentInstance;

struct SinceOrder {
  bool operator()(const Thread* a, const Thread* b) const;
};
using ThreadsBySince = std::set<Thread*, SinceOrder>;

// Threads that are asleep for the same: by whether there is a gate before them as well, and by how long they wait.
struct AsleepKey {
  bool has_gate;
  uint64_t since;
  auto operator<=>(const AsleepKey&) const = default;
};

// What something waits for that happens to one thing: an event of a waitable or a set, the result of a subtask.
class WaitSource {
 public:
  WaitSource() = default;
  virtual ~WaitSource() = default;
  WaitSource(const WaitSource&) = delete;
  WaitSource& operator=(const WaitSource&) = delete;
  virtual bool has_event() const = 0;

 protected:
  void wake();

 private:
  friend class Waiting;
  std::map<AsleepKey, Thread*> asleep_;
};

// What threads of an instance wait for one after another: to go on where nobody uses the instance alone, to enter
// where there is no backpressure, or both.
enum class Gate : uint8_t { go_on, enter, enter_alone, none };
inline constexpr size_t kGates = 3;

// The threads behind a gate of an instance. One at a time is let through: the next when that one has gone on.
struct GateState {
  ThreadsBySince threads;
  Thread* let_through = nullptr;
};
using Gates = std::array<GateState, kGates>;

// Of a thread: where it is while it waits.
struct WaitPlace {
  enum class State : uint8_t { none, candidate, asleep, gated };
  State state = State::none;
  uint64_t since = 0;
  WaitSource* source = nullptr;
  Gate gate = Gate::none;
  std::list<std::shared_ptr<Thread>>::iterator owner{};
};

class Waiting {
 public:
  void start(std::shared_ptr<Thread> thread, WaitSource* source, Gate gate);
  void stop(Thread& thread);
  void wake_some(WaitSource& source);  // of which some are asleep
  void open_gates(ComponentInstance& inst);
  // One that is ready and whose instance can be entered: the one that has waited longest, or a random one.
  Thread* pick(Choices& choices);
  // The same of the threads of an instance which may go on while a call of its own is on the stack.
  Thread* pick_beside_the_stack(ComponentInstance& inst);
  bool has_any_beside_the_stack(ComponentInstance& inst);
  void sort_out(ComponentInstance& inst);  // it may have threads from now on
  const std::list<std::shared_ptr<Thread>>& all() const { return all_; }
  void clear();

 private:
  void add_candidate(Thread& thread);
  void remove_candidate(Thread& thread);
  bool is_ready(Thread& thread);
  void fall_asleep(Thread& thread);
  void leave_gate(Thread& thread);

  std::list<std::shared_ptr<Thread>> all_;
  ThreadsBySince candidates_;
  uint64_t clock_ = 0;
};

}  // namespace heddle::component::canon
