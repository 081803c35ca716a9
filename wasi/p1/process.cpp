// Arguments, environment, clocks, random numbers, the end of the program.
#include <sched.h>

#include "os/clock.h"
#include "wasi/host/random.h"
#include "wasi/p1/p1.h"

namespace heddle::wasi::p1 {
namespace {

Errno put_sizes(const std::vector<std::string>& texts, GuestPtr<Size> count, GuestPtr<Size> size) {
  uint64_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size() + 1;
  if (texts.size() > UINT32_MAX || bytes > UINT32_MAX) return Errno::overflow;
  count.set(static_cast<Size>(texts.size()));
  size.set(static_cast<Size>(bytes));
  return Errno::success;
}

// The texts one behind the other, each with its NUL, and where each starts.
Errno put_texts(P1& p1, const std::vector<std::string>& texts, GuestArray<uint32_t> starts, GuestArray<uint8_t> buf) {
  uint64_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size() + 1;
  GuestSpan<uint32_t> to_starts;
  GuestSpan<uint8_t> to_buf;
  if (!starts.in(p1.memory(), texts.size(), to_starts) || !buf.in(p1.memory(), bytes, to_buf)) return Errno::fault;
  P1_CHECK(p1.charge(bytes));
  uint32_t at = 0;
  for (uint32_t i = 0; i < to_starts.count(); ++i) {
    to_starts.set(i, buf.address() + at);
    std::memcpy(to_buf.bytes().data() + at, texts[i].c_str(), texts[i].size() + 1);
    at += static_cast<uint32_t>(texts[i].size()) + 1;
  }
  return Errno::success;
}

}  // namespace

Errno args_get(P1& p1, GuestArray<uint32_t> argv, GuestArray<uint8_t> argv_buf) {
  return put_texts(p1, p1.grants().args, argv, argv_buf);
}

Errno args_sizes_get(P1& p1, GuestPtr<Size> argc, GuestPtr<Size> argv_buf_size) {
  return put_sizes(p1.grants().args, argc, argv_buf_size);
}

Errno environ_get(P1& p1, GuestArray<uint32_t> environ, GuestArray<uint8_t> environ_buf) {
  return put_texts(p1, p1.grants().env, environ, environ_buf);
}

Errno environ_sizes_get(P1& p1, GuestPtr<Size> count, GuestPtr<Size> buf_size) {
  return put_sizes(p1.grants().env, count, buf_size);
}

Errno clock_res_get(P1&, ClockId id, GuestPtr<Timestamp> out) {
  // The clocks of processor time count in the unit of the monotonic one.
  out.set(id == ClockId::realtime ? os::realtime_resolution_ns() : os::monotonic_resolution_ns());
  return Errno::success;
}

Errno clock_time_get(P1&, ClockId id, Timestamp, GuestPtr<Timestamp> out) {
  switch (id) {
    case ClockId::realtime: out.set(os::realtime_ns()); break;
    case ClockId::monotonic: out.set(os::monotonic_ns()); break;
    case ClockId::process_cputime_id: out.set(os::process_cpu_ns()); break;
    case ClockId::thread_cputime_id: out.set(os::thread_cpu_ns()); break;
  }
  return Errno::success;
}

Ends proc_exit(P1& p1, ExitCode code) {
  rt::Outcome outcome = p1.store().trap(ErrorCode::exited);
  p1.store().pending.trap.exit_code = static_cast<int32_t>(code);
  return {outcome};
}

// A signal of the guest's would have to be the host's: there is none.
Errno proc_raise(P1&, Signal) { return Errno::notsup; }

Errno sched_yield(P1& p1) {
  ::sched_yield();
  return p1.stop().load(std::memory_order_relaxed) ? kErrnoStopped : Errno::success;
}

Errno random_get(P1& p1, GuestSpan<uint8_t> buf) {
  P1_CHECK(p1.charge(buf.count()));
  return to_errno(random_bytes(buf.bytes(), p1.stop()));
}

}  // namespace heddle::wasi::p1
