// The handler of SIGSEGV and SIGBUS on Linux. Three parts: per architecture, how to read and redirect the interrupted
// context; per process, the handlers and whom they chain to; per thread, the alternate stack they run on.
#include <signal.h>
#include <ucontext.h>

#include "os/pages.h"
#include "os/signals.h"

namespace heddle::os {
namespace {

// ---- the interrupted context

// An interpreter's handlers take their first four arguments where the preserve_none convention of clang puts them;
// other compilers build them with the platform's convention.
#if defined(__x86_64__)

#if defined(__clang__)
constexpr int kArguments[] = {REG_R12, REG_R13, REG_R14, REG_R15};
#else
constexpr int kArguments[] = {REG_RDI, REG_RSI, REG_RDX, REG_RCX};
#endif
constexpr uintptr_t kRedZone = 128;

void describe(const ucontext_t& context, Fault& fault) {
  const auto& registers = context.uc_mcontext.gregs;
  fault.code = static_cast<uintptr_t>(registers[REG_RIP]);
  for (int i = 0; i < 4; ++i) fault.argument[i] = static_cast<uintptr_t>(registers[kArguments[i]]);
}

// SAFETY: `land` starts as if the faulting frame had called it: below its red zone, with a stack aligned as at a
// function's entry and a return address of 0, where unwinders stop.
void redirect(ucontext_t& context, const FaultScope& scope, const Fault& fault) {
  auto& registers = context.uc_mcontext.gregs;
  uintptr_t sp = (static_cast<uintptr_t>(registers[REG_RSP]) - kRedZone) & ~uintptr_t{15};
  sp -= sizeof(uintptr_t);
  *reinterpret_cast<uintptr_t*>(sp) = 0;
  constexpr greg_t kDirectionFlag = 0x400;
  registers[REG_EFL] &= ~kDirectionFlag;
  registers[REG_RSP] = static_cast<greg_t>(sp);
  registers[REG_RIP] = static_cast<greg_t>(reinterpret_cast<uintptr_t>(scope.land));
  registers[REG_RDI] = static_cast<greg_t>(reinterpret_cast<uintptr_t>(&scope));
  registers[REG_RSI] = static_cast<greg_t>(reinterpret_cast<uintptr_t>(&fault));
}

#elif defined(__aarch64__)

#if defined(__clang__)
constexpr int kArguments[] = {20, 21, 22, 23};
#else
constexpr int kArguments[] = {0, 1, 2, 3};
#endif

void describe(const ucontext_t& context, Fault& fault) {
  fault.code = context.uc_mcontext.pc;
  for (int i = 0; i < 4; ++i) fault.argument[i] = context.uc_mcontext.regs[kArguments[i]];
}

// SAFETY: as if the faulting frame had called `land`, which finds a link register of 0, where unwinders stop.
void redirect(ucontext_t& context, const FaultScope& scope, const Fault& fault) {
  auto& machine = context.uc_mcontext;
  machine.sp &= ~uint64_t{15};
  machine.pc = reinterpret_cast<uintptr_t>(scope.land);
  machine.regs[0] = reinterpret_cast<uintptr_t>(&scope);
  machine.regs[1] = reinterpret_cast<uintptr_t>(&fault);
  machine.regs[30] = 0;
}

#endif

// ---- the process

constexpr int kSignals[] = {SIGSEGV, SIGBUS};
struct sigaction earlier_actions[2];  // written once, before our handler is installed

// Initial-exec: a handler must not be the first to touch lazily allocated thread-local storage.
[[gnu::tls_model("initial-exec")]] thread_local FaultScope* current_scope = nullptr;
[[gnu::tls_model("initial-exec")]] thread_local Fault last_fault;

// Not ours: the handler that was there before decides. Where there was none, the default action ends the process: by
// the instruction faulting again, so that a core file shows the culprit, or by raising the signal again where a
// process sent it.
void chain(int signal, siginfo_t* info, void* context) {
  const struct sigaction& earlier = earlier_actions[signal == SIGBUS];
  bool sent = info->si_code <= 0;
  if (earlier.sa_flags & SA_SIGINFO) {
    earlier.sa_sigaction(signal, info, context);
  } else if (earlier.sa_handler == SIG_IGN && sent) {
    return;
  } else if (earlier.sa_handler != SIG_DFL && earlier.sa_handler != SIG_IGN) {
    earlier.sa_handler(signal);
  } else {
    struct sigaction standard = {};
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, nullptr);
    if (sent) raise(signal);
  }
}

void handle(int signal, siginfo_t* info, void* raw_context) {
  auto& context = *static_cast<ucontext_t*>(raw_context);
  if (current_scope && info->si_code > 0) {
    Fault fault;
    fault.address = info->si_addr;
    describe(context, fault);
    for (FaultScope* scope = current_scope; scope; scope = scope->outer) {
      if (!scope->owns(*scope, fault)) continue;
      last_fault = fault;
      redirect(context, *scope, last_fault);
      return;
    }
  }
  chain(signal, info, raw_context);
}

bool install_handlers() {
  for (int i = 0; i < 2; i++) {
    if (sigaction(kSignals[i], nullptr, &earlier_actions[i]) != 0) return false;
    struct sigaction ours = {};
    ours.sa_sigaction = handle;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&ours.sa_mask);
    if (sigaction(kSignals[i], &ours, nullptr) != 0) return false;
  }
  return true;
}

// ---- the thread

constexpr uint64_t kAlternateBytes = uint64_t{64} << 10;

// A thread's alternate stack, with a guard below it. What was there before comes back when the thread ends. One that
// is large enough already stays.
class AlternateStack {
 public:
  AlternateStack() = default;
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;
  ~AlternateStack() {
    if (!mapping_) return;
    stack_t current = {};
    sigaltstack(nullptr, &current);
    if (current.ss_sp == stack()) sigaltstack(&earlier_, nullptr);
    release(mapping_, mapping_size());
  }

  bool install() {
    if (installed_) return true;
    if (sigaltstack(nullptr, &earlier_) != 0) return false;
    if (!(earlier_.ss_flags & SS_DISABLE) && earlier_.ss_size >= kAlternateBytes) return installed_ = true;
    mapping_ = reserve(mapping_size());
    if (!mapping_) return false;
    stack_t ours = {};
    ours.ss_sp = stack();
    ours.ss_size = kAlternateBytes;
    if (!commit(stack(), kAlternateBytes) || sigaltstack(&ours, nullptr) != 0) {
      release(mapping_, mapping_size());
      mapping_ = nullptr;
      return false;
    }
    return installed_ = true;
  }

 private:
  static uint64_t mapping_size() { return page_size() + kAlternateBytes; }
  void* stack() const { return static_cast<uint8_t*>(mapping_) + page_size(); }
  void* mapping_ = nullptr;
  stack_t earlier_ = {};
  bool installed_ = false;
};

}  // namespace

FaultScope*& current_fault_scope() { return current_scope; }

Result<void> prepare_thread_for_faults() {
  static const bool handlers_installed = install_handlers();
  thread_local AlternateStack stack;
  if (!handlers_installed || !stack.install()) return ErrorCode::out_of_memory;
  return {};
}

}  // namespace heddle::os
