// Functions of components: called by the embedder, or written by it for a component to call.
//
//   auto greet = instance.get<std::string(std::string_view, uint32_t)>("shop:api/greetings#greet");
//   if (!greet) return report(greet.error());          // no such function, or of another type: it says where not
//   Result<std::string> text = (*greet)("you", 3);     // runs until there is a result
//   Result<std::string> later = co_await greet->async("you", 3);  // in a task: others run meanwhile
//
// component_types.h says which C++ types stand for which of WIT.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <heddle/component_types.h>
#include <heddle/component_val.h>
#include <heddle/func.h>
#include <heddle/task.h>
#include <heddle/wit_type.h>

namespace heddle::api {

template <class Signature>
class TypedComponentFunc;

// What a host function learns about who calls it. Optional first parameter, as a reference; valid until the function,
// or the task that it is, has ended.
class ComponentCaller {
 public:
  operator StoreRef() const;
  // See Caller::consume_fuel.
  Result<void> consume_fuel(uint64_t fuel) const { return StoreRef(*this).consume_fuel(fuel); }
  // The pointer given to Store::set_data.
  template <class T>
  T& data() const {
    return *static_cast<T*>(StoreRef(*this).data());
  }

 private:
  friend struct detail::Access;
  friend struct detail::ComponentAccess;
  explicit ComponentCaller(detail::StoreCell* cell) : cell_(cell) {}
  detail::StoreCell* cell_;
};

namespace detail {

// One call's arguments and result: where its types have no handles, perhaps as they lie in memory (stored.h).
struct CallValues;
std::shared_ptr<CallValues> new_call(StoreCell* cell, const WitFunc& func, bool may_store);
Outgoing& outgoing(CallValues& call);
Value& arg_of(CallValues& call, size_t i);
Value& result_of(CallValues& call);
bool is_stored(const CallValues& call);
Stored args_of(CallValues& call, const WitFunc& func);
Stored result_of(CallValues& call, const WitFunc& func);
Stored make_result(CallValues& call, const WitFunc& func);  // a host function's

// The same of a call that does not wait, of functions among whose types there is no handle. Null: the function has to
// be called in the general way.
struct StoredCall;
StoredCall* begin_stored(const std::shared_ptr<StoreCell>& cell, const WitFunc& func);
bool call_stored(const std::shared_ptr<StoreCell>& cell, const WitFunc& func, StoredCall& call, Error& error);
void end_stored(StoredCall* call);
Outgoing& outgoing(StoredCall& call);
Stored args_of(StoredCall& call, const WitFunc& func);
Stored result_of(StoredCall& call, const WitFunc& func);
Stored make_result(StoredCall& call, const WitFunc& func);  // a host function's

// Runs until there is a result; false: `error` says why there is none.
bool call(const std::shared_ptr<StoreCell>& cell, const std::shared_ptr<const WitFunc>& func,
          const std::shared_ptr<CallValues>& values, Error& error);
// The same where all are numbers, by core values: those of the arguments, in whose place the result's comes. Nothing:
// the function has to be called in the general way.
std::optional<bool> call_numbers(const std::shared_ptr<StoreCell>& cell, const WitFunc& func, uint64_t* values,
                                 Error& error);
// The same as something to wait for; then: did it fail?
std::shared_ptr<Operation> call_operation(const std::shared_ptr<StoreCell>& cell, std::shared_ptr<const WitFunc> func,
                                          std::shared_ptr<CallValues> call);
const Error* error_of(const Operation& call);

template <class T>
struct IsTask : std::false_type {
  using type = T;
};
template <class T>
struct IsTask<Task<T>> : std::true_type {
  using type = T;
};

inline constexpr size_t kMostCoreValues = 16;
template <class R, class... A>
inline constexpr bool kAllNumbers =
    (... && kNumber<A>) && (std::is_void_v<R> || kNumber<R>) && sizeof...(A) <= kMostCoreValues;

WitFuncView view_of(const WitFunc& func);

// Are these the parameters and is this the result?
template <class R, class... A>
bool check_types(SignatureCheck& c, const WitFunc& func) {
  if (func.params.size() != sizeof...(A)) {
    return c.wrong_count(func.params.size(), sizeof...(A));
  }
  [[maybe_unused]] size_t i = 0;
  [[maybe_unused]] auto param = [&](bool fits) {
    ++i;
    return fits || c.in("parameter " + std::to_string(i) + " `" + func.param_names[i - 1] + "`");
  };
  if (!(... && param(Wit<A>::check(c, func.params[i].get())))) return false;
  if constexpr (std::is_void_v<R>) {
    return !func.result || c.mismatch(func.result.get(), "nothing") || c.in("result");
  } else {
    return Wit<R>::check(c, func.result.get()) || c.in("result");
  }
}

// --- host functions

// A host function that may wait, on its way. Begun once.
struct HostTask {
  HostTask() = default;
  virtual ~HostTask() = default;
  HostTask(const HostTask&) = delete;
  HostTask& operator=(const HostTask&) = delete;
  virtual void begin(std::shared_ptr<Loop> loop, void (*on_done)(void*), void* context) = 0;
  virtual bool done() const = 0;
  virtual bool finish(const WitFunc& func, CallValues& call, Error& error) = 0;
};

// What begin_stored() gives.
class StoredHold {
 public:
  StoredHold(const std::shared_ptr<StoreCell>& cell, const WitFunc& func) : call_(begin_stored(cell, func)) {}
  ~StoredHold() {
    if (call_) end_stored(call_);
  }
  StoredHold(const StoredHold&) = delete;
  StoredHold& operator=(const StoredHold&) = delete;
  explicit operator bool() const { return call_ != nullptr; }
  StoredCall& operator*() const { return *call_; }

 private:
  StoredCall* const call_;
};

// A host function without its types. It is a task if it has `start`; the arguments live as long as what that makes.
struct HostComponentFunction {
  bool (*check)(SignatureCheck& c, const WitFunc& func) = nullptr;
  bool (*call)(void* function, ComponentCaller& caller, const WitFunc& func, CallValues& call,
               Error& error) = nullptr;
  std::unique_ptr<HostTask> (*start)(void* function, const ComponentCaller& caller, const WitFunc& func,
                                     CallValues& call, Error& error) = nullptr;
  // Besides `call` where all are numbers: `values` are as in detail::call_numbers.
  bool (*call_numbers)(void* function, ComponentCaller& caller, uint64_t* values, Error& error) = nullptr;
  // And where there are no handles.
  bool (*call_stored)(void* function, ComponentCaller& caller, const WitFunc& func, StoredCall& call,
                      Error& error) = nullptr;
  std::shared_ptr<void> function{};
};

// What it gives, whatever it is wrapped in.
template <class R>
struct HostResult {
  using Returned = typename IsTask<R>::type;  // a Result or what is in it
  using Type = typename Unwrapped<Returned>::type;
  static constexpr bool kTask = IsTask<R>::value;
};

// `to`: where the result goes. A value of any type may be one or none.
template <class V>
bool put_host_value(const WitFunc& func, Outgoing& o, const auto& to, V& value) {
  if constexpr (std::is_same_v<V, std::optional<ComponentVal>>) {
    if (!func.result) return !value || o.fail("expected nothing, found a value");
    if (!value) return o.fail("expected " + func.result->to_string() + ", found nothing");
    return Wit<ComponentVal>::put(o, *func.result, *value, to());
  } else {
    return Wit<V>::put(o, *func.result, value, to());
  }
}
template <class Type, class V>
bool put_host_result(const WitFunc& func, Outgoing& o, const auto& to, V& value, Error& error) {
  if constexpr (std::is_same_v<V, Result<Type>>) {
    if (!value.ok()) return error = value.error(), false;
    if constexpr (std::is_void_v<Type>) {
      return true;
    } else {
      return put_host_result<Type>(func, o, to, value.value(), error);
    }
  } else {
    if (put_host_value(func, o, to, value)) return true;
    o.in("`" + func.name + "`: result");
    return error = o.error(), false;
  }
}

// A host function whose C++ types are its signature: how it is checked, given its arguments and called. kCaller: it
// takes a ComponentCaller& before them.
template <class F, class R, bool kCaller, class... A>
struct TypedHost {
  using Function = F;
  using Return = R;
  using Args = std::tuple<A...>;
  using Type = typename HostResult<R>::Type;
  static constexpr bool kNumbers = kAllNumbers<Type, A...>;
  static_assert(!HostResult<R>::kTask || !(... || kIsView<A>),
                "heddle: a host function that is a task owns its arguments: std::string, std::vector");
  static_assert(!kIsView<Type> || std::is_same_v<Type, std::string_view>,
                "heddle: a host function gives what it returns away: std::string, std::vector");

  static bool check(SignatureCheck& c, const WitFunc& func) { return check_types<Type, A...>(c, func); }

  // `at(i)`: where the argument is.
  static Args take(const WitFunc& func, Incoming& in, const auto& at) {
    size_t i = 0;
    [[maybe_unused]] auto next = [&]<class T>(std::type_identity<T>) {
      T made = Wit<T>::get(in, *func.params[i], at(i));
      ++i;
      return made;
    };
    return Args{next(std::type_identity<A>())...};
  }
  static Args from_numbers(const uint64_t* values) {
    return [&]<size_t... i>(std::index_sequence<i...>) {
      return Args{from_core<A>(values[i])...};
    }(std::index_sequence_for<A...>());
  }

  static R apply(F& function, ComponentCaller& caller, Args& args) {
    return std::apply(
        [&](A&... arg) -> R {
          if constexpr (kCaller) {
            return function(caller, std::move(arg)...);
          } else {
            return function(std::move(arg)...);
          }
        },
        args);
  }
};

template <class T>
inline constexpr bool kIsList = std::is_same_v<T, std::vector<ComponentVal>>;
template <class T>
inline constexpr bool kIsSpan =
    std::is_same_v<T, std::span<ComponentVal>> || std::is_same_v<T, std::span<const ComponentVal>>;

// The same of one that takes values of any type, as L. kType: it takes a WitFuncView before them.
template <class F, class R, bool kCaller, bool kType, class L>
struct AnyHost {
  using Function = F;
  using Return = R;
  struct Args {
    WitFuncView type;
    std::vector<ComponentVal> values;
  };
  using Type = typename HostResult<R>::Type;
  static constexpr bool kNumbers = false;
  static_assert(std::is_void_v<Type> || std::is_same_v<Type, ComponentVal> ||
                    std::is_same_v<Type, std::optional<ComponentVal>>,
                "heddle: what define_any defines returns a std::optional<ComponentVal>, a ComponentVal or nothing, a "
                "Result of these or a Task of these");
  static_assert(!HostResult<R>::kTask || kIsList<L>,
                "heddle: a host function that is a task owns its arguments: std::vector<ComponentVal>");

  static bool check(SignatureCheck& c, const WitFunc& func) {
    c.has_handles = true;
    if constexpr (std::is_void_v<Type>) {
      return !func.result || c.mismatch(func.result.get(), "nothing") || c.in("result");
    } else if constexpr (std::is_same_v<Type, ComponentVal>) {
      return Wit<ComponentVal>::check(c, func.result.get()) || c.in("result");
    }
    return true;
  }

  static Args take(const WitFunc& func, Incoming& in, const auto& at) {
    Args made{view_of(func), {}};
    made.values.reserve(func.params.size());
    for (size_t i = 0; i < func.params.size(); ++i) {
      made.values.push_back(Wit<ComponentVal>::get(in, *func.params[i], at(i)));
    }
    return made;
  }

  static R apply(F& function, ComponentCaller& caller, Args& args) {
    auto values = [&]() -> decltype(auto) {
      if constexpr (kIsList<L>) {
        return std::move(args.values);
      } else {
        return L(args.values);
      }
    };
    if constexpr (kCaller && kType) {
      return function(caller, args.type, values());
    } else if constexpr (kCaller) {
      return function(caller, values());
    } else if constexpr (kType) {
      return function(args.type, values());
    } else {
      return function(values());
    }
  }
};

// Either without its types. `Host` is one of the two.
template <class Host>
struct HostComponentAdapter {
  using F = typename Host::Function;
  using R = typename Host::Return;
  using Args = typename Host::Args;
  using Type = typename HostResult<R>::Type;
  using Returned = typename HostResult<R>::Returned;
  static constexpr bool kTask = HostResult<R>::kTask;

  template <class At>
  static std::optional<Args> take(const WitFunc& func, Outgoing& o, const At& at, Error& error) {
    Incoming in(o);
    std::optional<Args> args(Host::take(func, in, at));
    if (in.ok()) return args;
    error = in.error();
    return std::nullopt;
  }

  template <class At, class To>
  static bool invoke(F& function, ComponentCaller& caller, const WitFunc& func, Outgoing& o, const At& at,
                     const To& to, Error& error) {
    std::optional<Args> args = take(func, o, at, error);
    if (!args) return false;
    if constexpr (std::is_void_v<R>) {
      Host::apply(function, caller, *args);
      return true;
    } else {
      R returned = Host::apply(function, caller, *args);
      return put_host_result<Type>(func, o, to, returned, error);
    }
  }

  // An exception ends here, in the embedder's own translation unit: the library is compiled without them.
  template <class Body>
  static bool guarded([[maybe_unused]] Error& error, const Body& body) {
#if defined(__cpp_exceptions)
    try {
      return body();
    } catch (const std::exception& thrown) {
      error = Trap(thrown.what());
    } catch (...) {
      error = Trap("a host function threw something that is no std::exception");
    }
    return false;
#else
    return body();
#endif
  }

  // `body(at, to)`: where an argument is, and where the result goes.
  template <class Body>
  static auto with_places(const WitFunc& func, CallValues& call, const Body& body) {
    if (is_stored(call)) {
      return body([&](size_t i) { return part_of(args_of(call, func), i); }, [&] { return make_result(call, func); });
    }
    return body([&](size_t i) -> Value& { return arg_of(call, i); }, [&]() -> Value& { return result_of(call); });
  }

  static bool call(void* function, ComponentCaller& caller, const WitFunc& func, CallValues& call, Error& error) {
    return guarded(error, [&] {
      return with_places(func, call, [&](const auto& at, const auto& to) {
        return invoke(*static_cast<F*>(function), caller, func, outgoing(call), at, to, error);
      });
    });
  }

  static bool call_stored(void* function, ComponentCaller& caller, const WitFunc& func, StoredCall& call,
                          Error& error) {
    auto at = [&](size_t i) { return part_of(args_of(call, func), i); };
    auto to = [&] { return make_result(call, func); };
    return guarded(error,
                   [&] { return invoke(*static_cast<F*>(function), caller, func, outgoing(call), at, to, error); });
  }

  static bool call_numbers(void* function, ComponentCaller& caller, uint64_t* values, Error& error) {
    return guarded(error, [&] {
      Args args = Host::from_numbers(values);
      auto put = [&]([[maybe_unused]] auto&& value) { values[0] = to_core<Type>(value); };
      if constexpr (std::is_void_v<R>) {
        Host::apply(*static_cast<F*>(function), caller, args);
      } else if constexpr (std::is_same_v<R, Type>) {
        put(Host::apply(*static_cast<F*>(function), caller, args));
      } else {
        R returned = Host::apply(*static_cast<F*>(function), caller, args);
        if (!returned.ok()) return error = returned.error(), false;
        if constexpr (!std::is_void_v<Type>) put(returned.value());
      }
      return true;
    });
  }

  struct Running final : HostTask {
    Running(const ComponentCaller& caller, Args args) : caller(caller), args(std::move(args)) {}
    void begin(std::shared_ptr<Loop> loop, void (*on_done)(void*), void* context) override {
      auto handle = TaskAccess::handle(task);
      handle.promise().on_done = on_done;
      handle.promise().done_context = context;
      if (std::exchange(handle.promise().begun, true)) return;  // the function has started it itself
      handle.promise().loop = std::move(loop);
      handle.resume();
    }
    bool done() const override { return task.done(); }
    bool finish(const WitFunc& func, CallValues& call, Error& error) override {
      return guarded(error, [&] {
        if constexpr (std::is_void_v<Returned>) {
          TaskAccess::handle(task).promise().take();
          return true;
        } else {
          Returned returned = TaskAccess::handle(task).promise().take();
          return with_places(func, call, [&](const auto&, const auto& to) {
            return put_host_result<Type>(func, outgoing(call), to, returned, error);
          });
        }
      });
    }
    ComponentCaller caller;
    Args args;
    R task;
  };

  static std::unique_ptr<HostTask> start(void* function, const ComponentCaller& caller, const WitFunc& func,
                                         CallValues& call, Error& error) {
    std::unique_ptr<Running> running;
    const bool made = guarded(error, [&] {
      std::optional<Args> args =
          with_places(func, call, [&](const auto& at, const auto&) { return take(func, outgoing(call), at, error); });
      if (!args) return false;
      running = std::make_unique<Running>(caller, *std::move(args));
      running->task = Host::apply(*static_cast<F*>(function), running->caller, running->args);
      if (!running->task) error = Trap("the function gave no task");
      return static_cast<bool>(running->task);
    });
    return made ? std::move(running) : nullptr;
  }

  static HostComponentFunction make(F function) {
    HostComponentFunction made{.check = &Host::check, .function = std::make_shared<F>(std::move(function))};
    if constexpr (kTask) {
      made.start = &start;
    } else {
      made.call = &call;
      made.call_stored = &call_stored;
      if constexpr (Host::kNumbers) made.call_numbers = &call_numbers;
    }
    return made;
  }
};

template <class F, class Signature>
struct TypedHostOf;
template <class F, class R, class... A>
struct TypedHostOf<F, R(A...)> {
  using type = TypedHost<F, R, false, std::remove_cvref_t<A>...>;
};
template <class F, class R, class C, class... A>
  requires std::same_as<std::remove_cvref_t<C>, ComponentCaller>
struct TypedHostOf<F, R(C, A...)> {
  using type = TypedHost<F, R, true, std::remove_cvref_t<A>...>;
};

// kCaller, kType: what it has been found to take before its arguments.
template <class F, bool kCaller, bool kType, class Signature>
struct AnyHostOf {
  static_assert(sizeof(F) == 0,
                "heddle: what define_any defines takes its arguments as a std::vector<ComponentVal> or a "
                "std::span<ComponentVal>, and before them perhaps a ComponentCaller&, then a const WitFuncView&");
};
template <class F, class R, class C, class... A>
  requires std::same_as<std::remove_cvref_t<C>, ComponentCaller>
struct AnyHostOf<F, false, false, R(C, A...)> : AnyHostOf<F, true, false, R(A...)> {};
template <class F, bool kCaller, class R, class T, class... A>
  requires std::same_as<std::remove_cvref_t<T>, WitFuncView>
struct AnyHostOf<F, kCaller, false, R(T, A...)> : AnyHostOf<F, kCaller, true, R(A...)> {};
template <class F, bool kCaller, bool kType, class R, class L>
  requires(kIsList<std::remove_cvref_t<L>> || kIsSpan<std::remove_cvref_t<L>>)
struct AnyHostOf<F, kCaller, kType, R(L)> {
  using type = AnyHost<F, R, kCaller, kType, std::remove_cvref_t<L>>;
};

template <class F>
constexpr void check_callable() {
  static_assert(
      Callable<F>,
      "heddle: a host function is a lambda, a function pointer or an object with one call operator, and its "
      "parameters have types: none is `auto`. A member function or a std::bind goes into a lambda.");
}

template <class F>
HostComponentFunction host_component_function([[maybe_unused]] F function) {
  check_callable<F>();
  if constexpr (Callable<F>) {
    using Host = typename TypedHostOf<F, typename SignatureOf<F>::type>::type;
    return HostComponentAdapter<Host>::make(std::move(function));
  } else {
    return {};
  }
}
template <class F>
HostComponentFunction any_component_function([[maybe_unused]] F function) {
  check_callable<F>();
  if constexpr (Callable<F>) {
    using Of = AnyHostOf<F, false, false, typename SignatureOf<F>::type>;
    if constexpr (requires { typename Of::type; }) {
      return HostComponentAdapter<typename Of::type>::make(std::move(function));
    }
  }
  return {};
}

}  // namespace detail

// A function that a component exports. Copying is cheap.
class ComponentFunc {
 public:
  // Moving one copies it: none is ever empty.
  ComponentFunc(const ComponentFunc&) = default;
  ComponentFunc& operator=(const ComponentFunc&) = default;
  ~ComponentFunc() = default;

  const std::string& name() const { return func_->name; }
  std::string type() const { return func_->to_string(); }  // "func(name: string) -> u32"
  WitFuncView func_type() const { return detail::view_of(*func_); }

  // Calls with values whose types are checked. Nothing: the function has no result.
  Result<std::optional<ComponentVal>> call(const std::vector<ComponentVal>& args = {}) const;
  // The same with the arguments as WAVE: call_wave("\"you\", 3"). Options at the end may be left out.
  Result<std::optional<ComponentVal>> call_wave(std::string_view args) const;
  Task<Result<std::optional<ComponentVal>>> async(const std::vector<ComponentVal>& args = {}) const;

  // The same function with its signature known to the compiler. Fails with `misuse` where it has another.
  template <class Signature>
  Result<TypedComponentFunc<Signature>> typed() const;

 private:
  friend struct detail::ComponentAccess;
  ComponentFunc(std::shared_ptr<detail::StoreCell> cell, std::shared_ptr<const detail::WitFunc> func)
      : cell_(std::move(cell)), func_(std::move(func)) {}
  std::shared_ptr<detail::StoreCell> cell_;
  std::shared_ptr<const detail::WitFunc> func_;
};

namespace detail {

// Is it a reference that would have to give away what it refers to, and cannot?
template <class T>
inline constexpr bool kIsKept = std::is_const_v<std::remove_reference_t<T>> && kIsGivenAway<std::remove_cvref_t<T>>;
template <class... A>
constexpr bool may_take() {
  static_assert(!(... || kIsKept<A>),
                "heddle: an Own and the reader of a stream or a future are given away: Own<R>, not const Own<R>&");
  return true;
}

}  // namespace detail

template <class R, class... A>
class TypedComponentFunc<R(A...)> {
  static_assert(!detail::kIsView<R>, "heddle: what a component returns is the caller's: std::string, std::vector");
  static_assert(detail::may_take<A...>());

 public:
  // Moving one copies it: none is ever empty.
  TypedComponentFunc(const TypedComponentFunc&) = default;
  TypedComponentFunc& operator=(const TypedComponentFunc&) = default;
  ~TypedComponentFunc() = default;

  // Calls, and runs the store until there is a result. The error is whatever ended the call: a trap, exhaustion, a
  // deadlock. In a host function or a task, which cannot wait so, a call that has to wait is cancelled where it does,
  // with `misuse`: there co_await async().
  Result<R> operator()(A... args) const {
    if constexpr (detail::kAllNumbers<R, std::remove_cvref_t<A>...>) {
      uint64_t values[detail::kMostCoreValues] = {detail::to_core<std::remove_cvref_t<A>>(args)...};
      Error error;
      if (const std::optional<bool> called = detail::call_numbers(cell_, *func_, values, error)) {
        if (!*called) return error;
        if constexpr (std::is_void_v<R>) {
          return {};
        } else {
          return detail::from_core<R>(values[0]);
        }
      }
    }
    // A host function that is called meanwhile may destroy this object.
    const std::shared_ptr<detail::StoreCell> cell = cell_;
    const std::shared_ptr<const detail::WitFunc> func = func_;
    const bool stored = stored_;
    if (stored) {
      if (std::optional<Result<R>> called = call_stored(cell, *func, args...)) return *std::move(called);
    }
    std::shared_ptr<detail::CallValues> values = detail::new_call(cell.get(), *func, stored);
    if (!put(*func, *values, args...)) return detail::outgoing(*values).error();
    Error error;
    if (!detail::call(cell, func, values, error)) return error;
    return result_in(cell.get(), *func, *values);
  }

  // The same as a task. The arguments are taken now; the call begins when it is awaited. Destroying the task asks the
  // component to cancel the call.
  Task<Result<R>> async(A... args) const {
    std::shared_ptr<detail::CallValues> values = detail::new_call(cell_.get(), *func_, stored_);
    const bool fits = put(*func_, *values, args...);
    return wait(cell_, func_, std::move(values), fits);
  }

 private:
  friend class ComponentFunc;
  TypedComponentFunc(std::shared_ptr<detail::StoreCell> cell, std::shared_ptr<const detail::WitFunc> func,
                     bool stored)
      : cell_(std::move(cell)), func_(std::move(func)), stored_(stored) {}

  static std::optional<Result<R>> call_stored(const std::shared_ptr<detail::StoreCell>& cell,
                                              const detail::WitFunc& func, A&... args) {
    const detail::StoredHold call(cell, func);
    if (!call) return std::nullopt;
    detail::Outgoing& o = detail::outgoing(*call);
    auto at = [&](size_t i) { return part_of(detail::args_of(*call, func), i); };
    if (!put_at(func, o, at, args...)) return Result<R>(o.error());
    Error error;
    if (!detail::call_stored(cell, func, *call, error)) return Result<R>(error);
    return result(cell.get(), func, detail::result_of(*call, func));
  }

  template <class... U>
  static bool put(const detail::WitFunc& func, detail::CallValues& values, U&... args) {
    if (detail::is_stored(values)) {
      auto at = [&](size_t i) { return part_of(detail::args_of(values, func), i); };
      return put_at(func, detail::outgoing(values), at, args...);
    }
    auto at = [&](size_t i) -> detail::Value& { return detail::arg_of(values, i); };
    return put_at(func, detail::outgoing(values), at, args...);
  }
  // `at(i)`: where the argument goes.
  template <class At, class... U>
  static bool put_at([[maybe_unused]] const detail::WitFunc& func, [[maybe_unused]] detail::Outgoing& o,
                     [[maybe_unused]] const At& at, U&... args) {
    [[maybe_unused]] size_t i = 0;
    [[maybe_unused]] auto one = [&]<class T>(T& arg) {
      if constexpr (detail::kIsKept<T>)
        return false;  // said above
      else {
        const bool fits = detail::Wit<std::remove_cvref_t<T>>::put(o, *func.params[i], arg, at(i));
        if (!fits) return o.in("parameter " + std::to_string(i + 1) + " `" + func.param_names[i] + "`");
        return ++i, true;
      }
    };
    return (... && one(args));
  }

  static Result<R> result(detail::StoreCell* cell, const detail::WitFunc& func, [[maybe_unused]] auto&& from) {
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      detail::Incoming in(cell);
      R made = detail::Wit<R>::get(in, *func.result, from);
      if (!in.ok()) return in.error();
      return made;
    }
  }

  static Result<R> result_in(detail::StoreCell* cell, const detail::WitFunc& func, detail::CallValues& values) {
    if (detail::is_stored(values)) return result(cell, func, detail::result_of(values, func));
    return result(cell, func, detail::result_of(values));
  }

  static Task<Result<R>> wait(std::shared_ptr<detail::StoreCell> cell, std::shared_ptr<const detail::WitFunc> func,
                              std::shared_ptr<detail::CallValues> values, bool fits) {
    if (!fits) co_return detail::outgoing(*values).error();
    const std::shared_ptr<detail::Operation> call = detail::call_operation(cell, func, values);
    co_await detail::Awaited(call);
    if (const Error* error = detail::error_of(*call)) co_return *error;
    co_return result_in(cell.get(), *func, *values);
  }

  std::shared_ptr<detail::StoreCell> cell_;
  std::shared_ptr<const detail::WitFunc> func_;
  bool stored_;  // there are no handles among its types
};

namespace detail {
// May its values be stored?
Result<bool> check_signature(const std::shared_ptr<StoreCell>& cell, const WitFunc& func,
                             bool (*check)(SignatureCheck&, const WitFunc&));
template <class R, class... A>
auto checker(std::type_identity<R(A...)>) {
  return &check_types<R, std::remove_cvref_t<A>...>;
}
}  // namespace detail

template <class Signature>
Result<TypedComponentFunc<Signature>> ComponentFunc::typed() const {
  Result<bool> fits = detail::check_signature(cell_, *func_, detail::checker(std::type_identity<Signature>()));
  if (!fits) return fits.error();
  return TypedComponentFunc<Signature>(cell_, func_, *fits);
}

}  // namespace heddle::api
