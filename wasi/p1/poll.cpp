// poll_oneoff: wait until at least one of several things happens: a time, a descriptor ready to be read or written.
#include <algorithm>
#include <vector>

#include "os/clock.h"
#include "wasi/p1/p1.h"

namespace heddle::wasi::p1 {
namespace {

// One poll: the wishes in order, and for those of descriptors that may have to wait, where they are in `fds`.
struct Poll {
  struct Wish {
    Event event;
    bool happened = false;
    std::optional<uint64_t> due_ns;  // a clock's, on the monotonic one
    std::optional<size_t> in_fds;
    Entry* entry = nullptr;
  };
  std::vector<Wish> wishes;
  std::vector<pollfd> fds;

  void fail(Wish& wish, Errno error) {
    wish.event.error = error;
    wish.happened = true;
  }
  void add_clock(Wish& wish, const Subscription& from);
  void add_fd(P1& p1, Wish& wish, FdNumber fd);
  void look_at_fds();
  void look_at_clocks();
  std::optional<uint64_t> first_due_ns() const;
  bool anything() const {
    return std::any_of(wishes.begin(), wishes.end(), [](const Wish& wish) { return wish.happened; });
  }
};

uint64_t add_saturated(uint64_t a, uint64_t b) {
  uint64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

void Poll::add_clock(Wish& wish, const Subscription& from) {
  if (from.clock > kLast<ClockId> || (from.clock_flags & ~SubclockFlags::kAll)) return fail(wish, Errno::inval);
  auto id = static_cast<ClockId>(from.clock);
  if (id != ClockId::realtime && id != ClockId::monotonic) return fail(wish, Errno::notsup);
  uint64_t now_ns = os::monotonic_ns();
  if (!(from.clock_flags & kAbstime)) {
    wish.due_ns = add_saturated(now_ns, from.timeout);
  } else if (id == ClockId::monotonic) {
    wish.due_ns = from.timeout;
  } else {
    uint64_t real_ns = os::realtime_ns();
    wish.due_ns = from.timeout <= real_ns ? now_ns : add_saturated(now_ns, from.timeout - real_ns);
  }
}

void Poll::add_fd(P1& p1, Wish& wish, FdNumber fd) {
  bool reads = wish.event.type == EventType::fd_read;
  Rights needed = rights::poll_fd_readwrite | (reads ? rights::fd_read : rights::fd_write);
  Errno error = p1.find_file(fd, needed, wish.entry);
  if (error != Errno::success) return fail(wish, error == Errno::isdir ? Errno::badf : error);
  if (wish.entry->type == FileType::regular_file) {  // never has to wait
    wish.event.bytes = reads ? available(*wish.entry) : 0;
    wish.happened = true;
    return;
  }
  wish.in_fds = fds.size();
  fds.push_back({wish.entry->number(), static_cast<short>(reads ? POLLIN : POLLOUT), 0});
}

void Poll::look_at_fds() {
  for (Wish& wish : wishes) {
    if (!wish.in_fds || wish.happened) continue;
    short found = fds[*wish.in_fds].revents;
    if (!found) continue;
    wish.happened = true;
    if (found & POLLNVAL) wish.event.error = Errno::badf;
    if (found & POLLHUP) wish.event.flags = kHangup;
    if (wish.event.type == EventType::fd_read) wish.event.bytes = available(*wish.entry);
  }
}

void Poll::look_at_clocks() {
  std::optional<uint64_t> now_ns;
  for (Wish& wish : wishes) {
    if (!wish.due_ns || wish.happened) continue;
    if (!now_ns) now_ns = os::monotonic_ns();
    wish.happened = *wish.due_ns <= *now_ns;
  }
}

std::optional<uint64_t> Poll::first_due_ns() const {
  std::optional<uint64_t> first;
  for (const Wish& wish : wishes) {
    if (wish.due_ns && (!first || *wish.due_ns < *first)) first = wish.due_ns;
  }
  return first;
}

}  // namespace

Errno poll_all(P1& p1, std::span<const Subscription> wanted, GuestSpan<Event> events, GuestPtr<Size> nevents) {
  P1_CHECK(p1.charge(wanted.size() * Layout<Subscription>::kSize));
  Poll poll;
  poll.wishes.resize(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].type > static_cast<uint8_t>(EventType::fd_write)) return Errno::inval;
    Poll::Wish& wish = poll.wishes[i];
    wish.event.userdata = wanted[i].userdata;
    wish.event.type = static_cast<EventType>(wanted[i].type);
    if (wish.event.type == EventType::clock) {
      poll.add_clock(wish, wanted[i]);
    } else {
      poll.add_fd(p1, wish, wanted[i].fd);
    }
  }

  // What has happened already is told at once, together with what else is ready at this moment.
  std::optional<uint64_t> until_ns = poll.anything() ? std::optional<uint64_t>(0) : poll.first_due_ns();
  Woken woken = P1_TRY(wait(poll.fds, until_ns, p1.stop()));
  if (woken == Woken::stopped) return kErrnoStopped;
  poll.look_at_fds();
  poll.look_at_clocks();

  Size happened = 0;
  for (const Poll::Wish& wish : poll.wishes) {
    if (wish.happened) events.set(happened++, wish.event);
  }
  nevents.set(happened);
  return Errno::success;
}

Errno poll_oneoff(P1& p1, GuestArray<Subscription> in, GuestArray<Event> out, Size count, GuestPtr<Size> nevents) {
  if (count == 0 || count > kMostSubscriptions) return Errno::inval;
  GuestSpan<Subscription> wanted;
  GuestSpan<Event> events;
  if (!in.in(p1.memory(), count, wanted) || !out.in(p1.memory(), count, events)) return Errno::fault;
  std::vector<Subscription> copies(count);  // other threads of the guest may write to the originals
  for (Size i = 0; i < count; ++i) copies[i] = wanted.get(i);
  return poll_all(p1, copies, events, nevents);
}

}  // namespace heddle::wasi::p1
