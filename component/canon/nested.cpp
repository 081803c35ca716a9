#include "component/canon/nested.h"

namespace heddle::component::canon {

std::shared_ptr<Thread> NestedTasks::take() {
  std::shared_ptr<Thread> thread = std::move(spare_);
  if (!thread || thread.use_count() > 1 || thread->task.use_count() > 1) {
    thread = std::make_shared<Thread>(std::make_shared<Task>(ft_, opts_, inst_, nullptr));
    thread->task->implicit_thread = thread.get();
  }
  for (uint64_t& slot : thread->storage) slot = 0;
  thread->task->state = Task::State::started;
  return thread;
}

void NestedTasks::Running::end() {
  HEDDLE_ASSERT(thread_->task->num_borrows == 0);
  of_.spare_ = std::move(thread_);
}

}  // namespace heddle::component::canon
