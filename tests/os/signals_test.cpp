// Faults become jumps to a scope's landing function; every other fault goes to whom it went before.
#include "os/signals.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "os/pages.h"

using namespace heddle;

namespace {

// A scope that owns one mapping and comes back by longjmp, as the interpreter does by unwinding.
struct JumpScope : os::FaultScope {
  uint8_t* start = nullptr;
  uint64_t size = 0;
  jmp_buf back;
  os::Fault fault;
  bool aligned = false;
};

bool owns(const os::FaultScope& self, const os::Fault& fault) {
  auto& scope = static_cast<const JumpScope&>(self);
  return reinterpret_cast<uintptr_t>(fault.address) - reinterpret_cast<uintptr_t>(scope.start) < scope.size;
}

void land(const os::FaultScope& self, const os::Fault& fault) {
  auto& scope = const_cast<JumpScope&>(static_cast<const JumpScope&>(self));
  scope.fault = fault;
  // Code that relies on the stack's alignment faults where it is wrong.
  alignas(16) volatile char local[32] = {};
  scope.aligned = reinterpret_cast<uintptr_t>(&local[0]) % 16 == 0;
  os::current_fault_scope() = scope.outer;
  std::longjmp(scope.back, 1);
}

[[gnu::noinline]] void touch(volatile uint8_t* address) { *address = 1; }

void enter(JumpScope& scope, uint8_t* start, uint64_t size) {
  scope.owns = owns;
  scope.land = land;
  scope.start = start;
  scope.size = size;
  scope.outer = os::current_fault_scope();
  os::current_fault_scope() = &scope;
}

bool faults_at(uint8_t* mapping, uint64_t size, uint8_t* address) {
  JumpScope scope;
  enter(scope, mapping, size);
  if (setjmp(scope.back) != 0) return scope.fault.address == address && scope.fault.code != 0 && scope.aligned;
  touch(address);
  os::current_fault_scope() = scope.outer;
  return false;
}

}  // namespace

TEST_CASE("signals: a fault lands in the scope that owns the address, again and again") {
  if constexpr (!os::faults_supported()) return;
  REQUIRE(os::prepare_thread_for_faults().ok());
  REQUIRE(os::prepare_thread_for_faults().ok());
  uint64_t size = 16 * os::page_size();
  auto* mapping = static_cast<uint8_t*>(os::reserve(size));
  REQUIRE(mapping);
  for (int i = 0; i < 1000; i++) REQUIRE(faults_at(mapping, size, mapping + i));
  CHECK(os::current_fault_scope() == nullptr);
  os::release(mapping, size);
}

TEST_CASE("signals: the inner scope that does not own an address passes it to the outer one") {
  if constexpr (!os::faults_supported()) return;
  REQUIRE(os::prepare_thread_for_faults().ok());
  uint64_t size = os::page_size();
  auto* first = static_cast<uint8_t*>(os::reserve(size));
  auto* second = static_cast<uint8_t*>(os::reserve(size));
  JumpScope outer, inner;
  enter(outer, first, size);
  enter(inner, second, size);
  if (setjmp(outer.back) == 0) {
    if (setjmp(inner.back) == 0) {
      touch(first + 5);
      FAIL("no fault");
    }
    FAIL("the inner scope took the outer one's fault");
  }
  CHECK(outer.fault.address == first + 5);
  CHECK(os::current_fault_scope() == nullptr);
  os::release(first, size);
  os::release(second, size);
}

TEST_CASE("signals: every thread can fault") {
  if constexpr (!os::faults_supported()) return;
  uint64_t size = os::page_size();
  auto* mapping = static_cast<uint8_t*>(os::reserve(size));
  for (int round = 0; round < 20; round++) {
    std::thread threads[4];
    bool landed[4] = {};
    for (int t = 0; t < 4; t++) {
      threads[t] = std::thread([&, t] {
        landed[t] = os::prepare_thread_for_faults().ok();
        for (int i = 0; i < 50; i++) landed[t] = landed[t] && faults_at(mapping, size, mapping + t);
      });
    }
    for (auto& thread : threads) thread.join();
    for (bool ok : landed) CHECK(ok);
  }
  os::release(mapping, size);
}

// As an interpreter's handlers are called: two arguments where the signal handler expects them.
#if defined(__clang__) && __has_cpp_attribute(clang::preserve_none)
#define HANDLER_CALL [[clang::preserve_none]]
#else
#define HANDLER_CALL
#endif

namespace {

HANDLER_CALL [[gnu::noinline]] void fault_with(uintptr_t first, uintptr_t second, volatile uint8_t* address) {
  *address = 1;
  asm volatile("" ::"r"(first), "r"(second));
}

}  // namespace
#undef HANDLER_CALL

TEST_CASE("signals: the first two arguments of a faulting handler are known") {
  if constexpr (!os::faults_supported()) return;
  REQUIRE(os::prepare_thread_for_faults().ok());
  uint64_t size = os::page_size();
  auto* mapping = static_cast<uint8_t*>(os::reserve(size));
  JumpScope scope;
  enter(scope, mapping, size);
  if (setjmp(scope.back) == 0) {
    auto* volatile call = &fault_with;  // through a pointer: the convention is kept
    call(0x1234, 0x5678, mapping);
    FAIL("no fault");
  }
  CHECK(scope.fault.argument[0] == 0x1234);
  CHECK(scope.fault.argument[1] == 0x5678);
  os::release(mapping, size);
}

// Handlers are installed once a process: what they chain to is tested in a fresh one.
TEST_CASE("signals: what nobody owns goes to whom it went before") {
  if constexpr (!os::faults_supported()) return;
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  REQUIRE(length > 0);
  self[length] = 0;
  for (const char* earlier : {"handler", "default"}) {
    pid_t child = fork();
    if (child == 0) {
      setenv("HEDDLE_TEST_CHAIN", earlier, 1);
      execl(self, self, "--test-case=signals: child of the chain test", static_cast<char*>(nullptr));
      _exit(77);  // as under an emulator, which cannot execute its guest's files
    }
    int status = -1;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
      MESSAGE("skipped: this program cannot execute itself");
      return;
    }
    if (std::strcmp(earlier, "handler") == 0) {
      CHECK(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 42);
    } else {
      CHECK(WIFSIGNALED(status));
      CHECK(WTERMSIG(status) == SIGSEGV);
    }
  }
}

TEST_CASE("signals: child of the chain test") {
  const char* earlier = std::getenv("HEDDLE_TEST_CHAIN");
  if (!earlier) return;
  signal(SIGSEGV, std::strcmp(earlier, "handler") == 0 ? [](int) { _exit(42); } : SIG_DFL);
  REQUIRE(os::prepare_thread_for_faults().ok());
  uint64_t size = os::page_size();
  auto* mapping = static_cast<uint8_t*>(os::reserve(size));
  REQUIRE(faults_at(mapping, size, mapping));
  touch(reinterpret_cast<uint8_t*>(16));
  FAIL("the fault was swallowed");
}
