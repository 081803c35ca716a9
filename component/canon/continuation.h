// "### Stack Switching" (CanonicalABI.md): the rest of a computation, which can be gone on with once. Here it is a
// function that has not begun, or a strand in the middle of one (runtime/strand.h); strands are taken from the
// store's pool when a function begins and go back when it has ended.
#pragma once
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "component/canon/instance.h"
#include "runtime/strand.h"

namespace heddle::component::canon {

class Thread;
class Task;

enum class Cancelled : uint32_t { false_ = 0, true_ = 1 };

using ContFunc = std::function<Result<void>(Cancelled)>;

// A strand with what passes between the two sides of its switches.
struct Run {
  std::unique_ptr<rt::Strand> strand;
  ContFunc f;
  Cancelled block_result = Cancelled::false_;
  std::shared_ptr<Thread> block_arg;
  bool ended = false;
  bool abandoned = false;  // the store ends: what is in the middle returns an error, all the way down
  Error error{};           // where it has trapped
};

// The strands of a store that nothing runs on, and that are not paid for.
class RunPool {
 public:
  explicit RunPool(rt::Store& store) : store_(store) {}
  Result<std::unique_ptr<Run>> take();
  void give_back(std::unique_ptr<Run> run);

 private:
  static constexpr size_t kMost = 64;
  rt::Store& store_;
  std::vector<std::unique_ptr<Run>> spare_;
};

// Moved from, or made of nothing, it is none.
class Continuation {
 public:
  Continuation() = default;
  explicit Continuation(ContFunc f) : f(std::move(f)), there_(true) {}
  ~Continuation() { reset(); }
  Continuation(Continuation&& other) noexcept
      : f(std::move(other.f)), run(std::move(other.run)), there_(std::exchange(other.there_, false)) {}
  Continuation& operator=(Continuation&& other) noexcept;
  Continuation(const Continuation&) = delete;
  Continuation& operator=(const Continuation&) = delete;

  explicit operator bool() const { return there_; }
  void reset();  // unwinds what is in the middle

  ContFunc f;                // not begun
  std::unique_ptr<Run> run;  // or this; or neither, on its caller's strand

 private:
  bool there_ = false;
};

// Who resumed what runs now.
struct Handler {
  Thread* current_thread = nullptr;
  Run* run = nullptr;  // or none: on its caller's strand
  Handler* outer = nullptr;
};

// Runs `cont` until it blocks, and the thread has what is left of it, or ends, or traps. Gives the thread to switch
// to, or null.
Result<std::shared_ptr<Thread>> resume(Continuation cont, Cancelled block_result, Thread& current_thread);
inline Continuation cont_new(ContFunc f) { return Continuation(std::move(f)); }
// Back to who resumed; an error where there is nothing to go on with because the store ends.
Result<Cancelled> block(std::shared_ptr<Thread> switch_to);

// A thread that runs on the strand of who calls it, while this lives: where nothing else of its instance can run
// before it has ended, or it never blocks, it needs none of its own.
class OnCallersStrand {
 public:
  explicit OnCallersStrand(Thread& thread);
  ~OnCallersStrand();
  OnCallersStrand(const OnCallersStrand&) = delete;
  OnCallersStrand& operator=(const OnCallersStrand&) = delete;

 private:
  Handler here_;
};

Thread& current_thread();
Task& current_task();
ComponentInstance& current_instance();
bool has_current_thread();  // false: the embedder's own code runs

}  // namespace heddle::component::canon
