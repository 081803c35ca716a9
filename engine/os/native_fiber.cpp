#include "os/native_fiber.h"

#include <new>

#include "os/pages.h"

#if defined(HEDDLE_BOOST_CONTEXT)
#include <boost/context/detail/fcontext.hpp>
#else
#include <ucontext.h>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEDDLE_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define HEDDLE_TSAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HEDDLE_ASAN
#endif
#if defined(__SANITIZE_THREAD__)
#define HEDDLE_TSAN
#endif
#if defined(HEDDLE_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(HEDDLE_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace heddle::os {
namespace {

// What the sanitizers know of a stack.
struct Watched {
#if defined(HEDDLE_ASAN)
  void* fake_stack = nullptr;
  const void* bottom = nullptr;
  size_t size = 0;
#endif
#if defined(HEDDLE_TSAN)
  void* fiber = nullptr;
#endif
};

// Before leaving `from` for `to`; `ends` where nothing will come back to `from`.
void leave([[maybe_unused]] Watched& from, [[maybe_unused]] Watched& to, [[maybe_unused]] bool ends) {
#if defined(HEDDLE_ASAN)
  __sanitizer_start_switch_fiber(ends ? nullptr : &from.fake_stack, to.bottom, to.size);
#endif
#if defined(HEDDLE_TSAN)
  from.fiber = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(to.fiber, 0);
#endif
}

// After arriving on `at`, which `from` was left for.
void arrive([[maybe_unused]] Watched& at, [[maybe_unused]] Watched* from) {
#if defined(HEDDLE_ASAN)
  const void* bottom = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(at.fake_stack, &bottom, &size);
  at.fake_stack = nullptr;
  if (from) {
    from->bottom = bottom;
    from->size = size;
  }
#endif
}

}  // namespace

struct NativeFiber::Switch {
  Watched inside, outside;
#if defined(HEDDLE_BOOST_CONTEXT)
  boost::context::detail::fcontext_t inner = nullptr, outer = nullptr;
#else
  ucontext_t inner, outer;
  const void *parked_at = nullptr, *resumed_from = nullptr;
#endif
};

NativeFiber::NativeFiber(uint8_t* low, uint8_t* high) : low_(low), high_(high), switch_(new Switch) {}

Result<std::unique_ptr<NativeFiber>> NativeFiber::create_on(uint8_t* low, uint64_t bytes) {
  std::unique_ptr<NativeFiber> fiber(new (std::nothrow) NativeFiber(low, low + bytes));
  if (!fiber) return ErrorCode::out_of_memory;
#if defined(HEDDLE_ASAN)
  fiber->switch_->inside.bottom = low;
  fiber->switch_->inside.size = bytes;
#endif
#if defined(HEDDLE_TSAN)
  fiber->switch_->inside.fiber = __tsan_create_fiber(0);
#endif
  return fiber;
}

NativeFiber::~NativeFiber() {
  HEDDLE_ASSERT(state_ == State::idle || state_ == State::ready);
#if defined(HEDDLE_TSAN)
  if (switch_->inside.fiber) __tsan_destroy_fiber(switch_->inside.fiber);
#endif
}

void NativeFiber::start(Body body, void* argument) {
  HEDDLE_ASSERT(state_ == State::idle);
  body_ = body;
  argument_ = argument;
  state_ = State::ready;
}

bool NativeFiber::discard_below(uint64_t bytes) {
  HEDDLE_ASSERT(state_ == State::idle && bytes <= this->bytes());
  return discard(low_, this->bytes() - bytes);
}

// The first frame on the stack. Never returns: its last switch is for good.
void NativeFiber::run() {
  arrive(switch_->inside, &switch_->outside);
  body_(argument_);
  state_ = State::idle;
  leave(switch_->inside, switch_->outside, true);
}

#if defined(HEDDLE_BOOST_CONTEXT)

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

[[gnu::noinline]] void NativeFiber::resume() {
  HEDDLE_ASSERT(state_ == State::ready || state_ == State::parked);
  Switch& s = *switch_;
  if (state_ == State::ready) {
    s.inner = make_fcontext(high_, bytes(), [](transfer_t from) {
      auto& fiber = *static_cast<NativeFiber*>(from.data);
      fiber.switch_->outer = from.fctx;
      fiber.run();
      jump_fcontext(fiber.switch_->outer, nullptr);
    });
  }
  state_ = State::running;
  leave(s.outside, s.inside, false);
  s.inner = jump_fcontext(s.inner, this).fctx;
  arrive(s.outside, nullptr);
}

[[gnu::noinline]] void NativeFiber::park() {
  HEDDLE_ASSERT(state_ == State::running);
  Switch& s = *switch_;
  state_ = State::parked;
  leave(s.inside, s.outside, false);
  s.outer = jump_fcontext(s.outer, nullptr).fctx;
  arrive(s.inside, &s.outside);
}

// A context is the address of the registers that it saved on its stack.
const void* NativeFiber::parked_at() const { return switch_->inner; }
const void* NativeFiber::resumed_from() const { return switch_->outer; }

#else

namespace {

// A context holds the registers, but is not on the stack: __builtin_unwind_init() puts into the caller's frame those
// that the collector has to see.
[[gnu::noinline]] const void* below_the_caller() { return __builtin_frame_address(0); }

}  // namespace

[[gnu::noinline]] void NativeFiber::resume() {
  HEDDLE_ASSERT(state_ == State::ready || state_ == State::parked);
  Switch& s = *switch_;
  if (state_ == State::ready) {
    getcontext(&s.inner);
    s.inner.uc_stack.ss_sp = low_;
    s.inner.uc_stack.ss_size = bytes();
    s.inner.uc_link = nullptr;
    // makecontext passes integers: the two halves of a pointer.
    void (*begin)(unsigned, unsigned) = [](unsigned high, unsigned low) {
      auto* fiber = reinterpret_cast<NativeFiber*>(static_cast<uintptr_t>(uint64_t{high} << 32 | low));
      fiber->run();
      setcontext(&fiber->switch_->outer);
    };
    const auto self = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(this));
    makecontext(&s.inner, reinterpret_cast<void (*)()>(begin), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
  }
  state_ = State::running;
  __builtin_unwind_init();
  s.resumed_from = below_the_caller();
  leave(s.outside, s.inside, false);
  swapcontext(&s.outer, &s.inner);
  arrive(s.outside, nullptr);
}

[[gnu::noinline]] void NativeFiber::park() {
  HEDDLE_ASSERT(state_ == State::running);
  Switch& s = *switch_;
  state_ = State::parked;
  __builtin_unwind_init();
  s.parked_at = below_the_caller();
  leave(s.inside, s.outside, false);
  swapcontext(&s.inner, &s.outer);
  arrive(s.inside, &s.outside);
}

const void* NativeFiber::parked_at() const { return switch_->parked_at; }
const void* NativeFiber::resumed_from() const { return switch_->resumed_from; }

#endif

}  // namespace heddle::os
