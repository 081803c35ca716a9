// Has two asynchronous imports under way at once, one of which reads a stream that is written here, and answers when
// both have returned.
//
// world: waiter
// plug: worker.c
// run: twice("ab")
// expect: "abab 4950"
#include <stdlib.h>
#include <string.h>
#include <waiter.h>

struct task {
  waiter_waitable_set_t set;
  heddle_guests_work_stream_u8_writer_t writer;
  uint8_t bytes[100];
  uint32_t written, sum, open;  // subtasks that have not returned yet
  waiter_string_t text;
};

static void add(struct task* task, waiter_subtask_status_t status) {
  if (WAITER_SUBTASK_STATE(status) == WAITER_SUBTASK_RETURNED) return;
  waiter_waitable_join(WAITER_SUBTASK_HANDLE(status), task->set);
  ++task->open;
}

// As much as is taken now; the end of the stream follows the last byte.
static void write_on(struct task* task) {
  while (task->written < sizeof task->bytes) {
    const waiter_waitable_status_t status = heddle_guests_work_stream_u8_write(
        task->writer, task->bytes + task->written, sizeof task->bytes - task->written);
    if (status == WAITER_WAITABLE_STATUS_BLOCKED) return;
    task->written += WAITER_WAITABLE_COUNT(status);
  }
  waiter_waitable_join(task->writer, 0);
  heddle_guests_work_stream_u8_drop_writable(task->writer);
}

static waiter_callback_code_t wait_or_return(struct task* task) {
  if (task->open > 0) return WAITER_CALLBACK_CODE_WAIT(task->set);
  waiter_waitable_set_drop(task->set);
  char digits[12], *digit = digits + sizeof digits;
  for (uint32_t rest = task->sum; rest > 0; rest /= 10) *--digit = (char)('0' + rest % 10);
  const size_t size = (size_t)(digits + sizeof digits - digit);
  waiter_string_t answer = {malloc(task->text.len + 1 + size), task->text.len + 1 + size};
  memcpy(answer.ptr, task->text.ptr, task->text.len);
  answer.ptr[task->text.len] = ' ';
  memcpy(answer.ptr + task->text.len + 1, digit, size);
  exports_waiter_twice_return(answer);
  waiter_string_free(&answer);
  waiter_string_free(&task->text);
  free(task);
  return WAITER_CALLBACK_CODE_EXIT;
}

waiter_callback_code_t exports_waiter_twice(waiter_string_t* text) {
  struct task* task = calloc(1, sizeof *task);
  task->set = waiter_waitable_set_new();
  for (uint32_t i = 0; i < sizeof task->bytes; ++i) task->bytes[i] = (uint8_t)i;
  add(task, heddle_guests_work_sleepy(*text, &task->text));
  const heddle_guests_work_stream_u8_t values = heddle_guests_work_stream_u8_new(&task->writer);
  add(task, heddle_guests_work_sum(values, &task->sum));
  waiter_waitable_join(task->writer, task->set);
  write_on(task);
  waiter_context_set_0(task);
  return wait_or_return(task);
}

waiter_callback_code_t exports_waiter_twice_callback(waiter_event_t* event) {
  struct task* task = waiter_context_get_0();
  if (event->event == WAITER_EVENT_STREAM_WRITE) {
    task->written += WAITER_WAITABLE_COUNT(event->code);
    write_on(task);
  } else if (event->event == WAITER_EVENT_SUBTASK && WAITER_SUBTASK_STATE(event->code) == WAITER_SUBTASK_RETURNED) {
    waiter_waitable_join(event->waitable, 0);
    waiter_subtask_drop(event->waitable);
    --task->open;
  }
  return wait_or_return(task);
}
