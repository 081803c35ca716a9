// Calls that run on their callers' strands (OnCallersStrand): of functions that are not async, in instances without
// threads, and of allocators.
#pragma once
#include <memory>
#include <vector>

#include "component/canon/task.h"

namespace heddle::component::canon {

// The tasks of one function's calls on their callers' strands: mostly one, which the next call uses again when nobody
// holds it any more. A function may be called while it runs, by a component that is nested in its own.
class NestedTasks {
 public:
  NestedTasks(const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst)
      : ft_(ft), opts_(opts), inst_(inst) {}

  // One of them, while this lives. Its thread is not registered: an instance that has no means to name threads cannot
  // tell. Where it does not end by itself, it has trapped, and lives as long as the function.
  class Running {
   public:
    explicit Running(NestedTasks& of) : of_(of), thread_(of.take()), on_strand_(*thread_) {}
    ~Running() {
      if (thread_) of_.trapped_.push_back(std::move(thread_));
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    Task& task() { return *thread_->task; }
    void end();  // its task has resolved

   private:
    NestedTasks& of_;
    std::shared_ptr<Thread> thread_;
    const OnCallersStrand on_strand_;
  };

 private:
  std::shared_ptr<Thread> take();

  const FuncType& ft_;
  const CanonicalOptions& opts_;
  ComponentInstance& inst_;
  std::shared_ptr<Thread> spare_;
  std::vector<std::shared_ptr<Thread>> trapped_;
};

}  // namespace heddle::component::canon
