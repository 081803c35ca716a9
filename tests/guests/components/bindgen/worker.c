// Asynchronous exports with callbacks: one answers after it has let others run, one reads a stream to its end.
//
// world: worker
#include <stdlib.h>
#include <string.h>
#include <worker.h>

#define WORK(name) exports_heddle_guests_work_##name

// The text of the task, which the callback returns twice.
worker_callback_code_t WORK(sleepy)(worker_string_t* text) {
  worker_string_t* kept = malloc(sizeof *kept);
  *kept = *text;
  worker_context_set_0(kept);
  return WORKER_CALLBACK_CODE_YIELD;
}

worker_callback_code_t WORK(sleepy_callback)(worker_event_t* event) {
  (void)event;
  worker_string_t *kept = worker_context_get_0(), twice;
  twice.len = 2 * kept->len;
  twice.ptr = malloc(twice.len + 1);
  memcpy(twice.ptr, kept->ptr, kept->len);
  memcpy(twice.ptr + kept->len, kept->ptr, kept->len);
  WORK(sleepy_return)(twice);
  worker_string_free(&twice);
  worker_string_free(kept);
  free(kept);
  return WORKER_CALLBACK_CODE_EXIT;
}

struct sum {
  WORK(stream_u8_t) stream;
  worker_waitable_set_t set;
  uint32_t total;
  uint8_t buffer[16];
};

static void take(struct sum* task, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) task->total += task->buffer[i];
}

static worker_callback_code_t finish(struct sum* task) {
  worker_waitable_join(task->stream, 0);
  WORK(stream_u8_drop_readable)(task->stream);
  worker_waitable_set_drop(task->set);
  WORK(sum_return)(task->total);
  free(task);
  return WORKER_CALLBACK_CODE_EXIT;
}

// Reads until it has to wait or there is nothing more.
static worker_callback_code_t read_on(struct sum* task) {
  for (;;) {
    const worker_waitable_status_t status = WORK(stream_u8_read)(task->stream, task->buffer, sizeof task->buffer);
    if (status == WORKER_WAITABLE_STATUS_BLOCKED) return WORKER_CALLBACK_CODE_WAIT(task->set);
    take(task, WORKER_WAITABLE_COUNT(status));
    if (WORKER_WAITABLE_STATE(status) == WORKER_WAITABLE_DROPPED) return finish(task);
  }
}

worker_callback_code_t WORK(sum)(WORK(stream_u8_t) values) {
  struct sum* task = calloc(1, sizeof *task);
  task->stream = values;
  task->set = worker_waitable_set_new();
  worker_waitable_join(values, task->set);
  worker_context_set_0(task);
  return read_on(task);
}

worker_callback_code_t WORK(sum_callback)(worker_event_t* event) {
  struct sum* task = worker_context_get_0();
  take(task, WORKER_WAITABLE_COUNT(event->code));
  return WORKER_WAITABLE_STATE(event->code) == WORKER_WAITABLE_DROPPED ? finish(task) : read_on(task);
}
