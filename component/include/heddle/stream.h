// Streams and futures between the embedder and components (WIT.md, stream<T> and future<T>). A function that takes or
// gives a stream takes or gives its readable end; who keeps the writable one writes:
//
//   auto [reader, writer] = make_stream<uint8_t>();
//   Task<Result<uint32_t>> sum = add_up.async(std::move(reader));
//   loop.start(sum);
//   Result<size_t> taken = co_await writer.write(bytes);
//
// A copy happens when both sides are there: read and write are awaited in tasks. One at a time of an end. Destroying
// a task that waits cancels its copy; destroying an end tells the other side. Handles that are written and that
// nobody took go as the values do that write() was given. What a component has written and nobody has picked up yet
// is the store's to pay for: one that writes more than the store may use ends with an exhaustion error.
#pragma once
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <heddle/component_types.h>
#include <heddle/component_val.h>
#include <heddle/task.h>

namespace heddle::api {

template <class T>
class StreamReader;
template <class T>
class StreamWriter;
template <class T>
class FutureReader;
template <class T>
class FutureWriter;

namespace detail {

// One end of a stream or a future, in the embedder's hands. What is between the two ends is made when the readable
// one goes to a component, which says what its elements are; until then a writer waits.
struct CopyEnd;
std::pair<std::shared_ptr<CopyEnd>, std::shared_ptr<CopyEnd>> new_ends(bool future);
bool put_end(Outgoing& o, const WitType& type, std::shared_ptr<CopyEnd>& from, Value& to);
std::shared_ptr<CopyEnd> get_end(Incoming& in, const WitType& type, Value& from);
// Is it an end that a component gave, of such elements? Else why not.
Result<void> check_end(const CopyEnd* end, bool future, bool (*elements)(SignatureCheck&, const WitType*));

// One copy. The values to write are put when the type of the elements is known; where there are handles among them,
// those from `first` on that were not taken are put back.
struct Copy : Operation {
  struct Source {
    void* values = nullptr;
    bool (*put)(void* values, Outgoing& o, const WitType& list, Value& to) = nullptr;
    void (*put_back)(void* values, size_t first, StoreCell* cell, const WitType& list, Value& rest) = nullptr;
  };
  virtual const Error* error() const = 0;
  virtual Value& taken() = 0;               // a list
  virtual const WitType& type() const = 0;  // of the list; known once something was copied
  virtual StoreCell* cell() const = 0;
  virtual size_t count() const = 0;
};
std::shared_ptr<Copy> new_read(const std::shared_ptr<CopyEnd>& end, size_t most);
std::shared_ptr<Copy> new_write(const std::shared_ptr<CopyEnd>& end, size_t count, const Copy::Source& source);

// Elements that are copied at once: of those that are nothing only how many there are.
template <class T>
struct Elements {
  using Values = std::vector<T>;
  static std::string name(std::string_view of) { return std::string(of) + "<" + Wit<T>::name() + ">"; }
  static bool check(SignatureCheck& c, const WitType* type) { return Wit<T>::check(c, type); }
  static size_t count(const Values& values) { return values.size(); }
  // `n` of them, from `first` on; and what is left of those back to where it was.
  static Values take_piece(Values& values, size_t first, size_t n) {
    const auto at = values.begin() + static_cast<ptrdiff_t>(first);
    return Values(std::make_move_iterator(at), std::make_move_iterator(at + static_cast<ptrdiff_t>(n)));
  }
  static void put_rest(Values& values, size_t first, Values& piece, size_t taken) {
    std::move(piece.begin() + static_cast<ptrdiff_t>(taken), piece.end(),
              values.begin() + static_cast<ptrdiff_t>(first + taken));
  }
  static bool put(void* from, Outgoing& o, const WitType& list, Value& to) {
    return Wit<Values>::put(o, list, *static_cast<Values*>(from), to);
  }
  static void put_back(void* to, size_t first, StoreCell* cell, const WitType& list, Value& rest) {
    Incoming in(cell);
    Values back = Wit<Values>::get(in, list, rest);
    std::move(back.begin(), back.end(), static_cast<Values*>(to)->begin() + static_cast<ptrdiff_t>(first));
  }
  static Result<Values> taken_from(Copy& copy) {
    Incoming in(copy.cell());
    Values values = Wit<Values>::get(in, copy.type(), copy.taken());
    if (!in.ok()) return in.error();
    return values;
  }
};
template <>
struct Elements<void> {
  using Values = size_t;
  static std::string name(std::string_view of) { return std::string(of); }
  static bool check(SignatureCheck& c, const WitType* type) { return !type || c.mismatch(type, "nothing"); }
  static size_t count(Values values) { return values; }
  static Values take_piece(Values&, size_t, size_t n) { return n; }
  static void put_rest(Values&, size_t, Values&, size_t) {}
  static bool put(void* from, Outgoing& o, const WitType& list, Value& to) {
    const size_t count = *static_cast<Values*>(from);
    set_packed(to, nullptr, 0, count);
    return o.fits(list, count);
  }
  static constexpr decltype(Copy::Source::put_back) put_back = nullptr;
  static Result<Values> taken_from(Copy& copy) { return copy.count(); }
};

template <class T>
using ElementsOf = typename Elements<T>::Values;

template <class T>
std::shared_ptr<Copy> new_write(const std::shared_ptr<CopyEnd>& end, ElementsOf<T>& values) {
  static_assert(!kIsView<T>, "heddle: what is written waits for its reader: std::string, std::vector");
  return new_write(end, Elements<T>::count(values), {&values, &Elements<T>::put, Elements<T>::put_back});
}

template <class T>
Result<ElementsOf<T>> taken_from(Copy& copy) {
  if (const Error* error = copy.error()) return *error;
  if (copy.count() == 0) return ElementsOf<T>();
  return Elements<T>::taken_from(copy);
}

template <class T>
Task<Result<ElementsOf<T>>> read_some(std::shared_ptr<CopyEnd> end, size_t most) {
  const std::shared_ptr<Copy> copy = new_read(end, most);
  co_await Awaited(copy);
  co_return taken_from<T>(*copy);
}

template <class T>
Task<Result<size_t>> write_some(std::shared_ptr<CopyEnd> end, ElementsOf<T> values) {
  const std::shared_ptr<Copy> copy = new_write<T>(end, values);
  co_await Awaited(copy);
  if (const Error* error = copy->error()) co_return *error;
  co_return copy->count();
}

template <class T>
Task<Result<bool>> write_one(std::shared_ptr<CopyEnd> end, ElementsOf<T> value) {
  const std::shared_ptr<Copy> copy = new_write<T>(end, value);
  co_await Awaited(copy);
  if (const Error* error = copy->error()) co_return *error;
  co_return copy->count() == 1;
}

// What is offered at once is a few times what the reader took last: else one that takes little would cost as much
// each time as all that is left.
template <class T>
Task<Result<size_t>> write_rest(std::shared_ptr<CopyEnd> end, ElementsOf<T> values) {
  constexpr size_t kLeast = 64, kTimes = 16;
  const size_t count = Elements<T>::count(values);
  size_t taken = 0, most = count;
  while (taken < count) {
    ElementsOf<T> piece = Elements<T>::take_piece(values, taken, std::min(most, count - taken));
    const std::shared_ptr<Copy> copy = new_write<T>(end, piece);
    co_await Awaited(copy);
    if (const Error* error = copy->error()) co_return *error;
    if (copy->count() == 0) break;
    Elements<T>::put_rest(values, taken, piece, copy->count());
    taken += copy->count();
    most = std::max(kLeast, kTimes * copy->count());
  }
  end = nullptr;
  co_return taken;
}

template <class End, class T, WitKind kKind>
struct EndWit;

// An end in the embedder's hands. Move-only.
class StreamEnd {
 public:
  StreamEnd() = default;  // none
  explicit operator bool() const { return static_cast<bool>(end_); }

  StreamEnd(StreamEnd&&) noexcept = default;
  StreamEnd& operator=(StreamEnd&&) noexcept = default;
  StreamEnd(const StreamEnd&) = delete;
  StreamEnd& operator=(const StreamEnd&) = delete;
  ~StreamEnd() = default;

 protected:
  explicit StreamEnd(std::shared_ptr<CopyEnd> end) : end_(std::move(end)) {}
  std::shared_ptr<CopyEnd> end_;

 private:
  friend class api::ComponentVal;
  template <class End, class T, WitKind kKind>
  friend struct EndWit;
};

}  // namespace detail

// The readable end of a stream that a component writes. Of one without elements, StreamReader<void>, what is read is
// how many there were.
template <class T>
class StreamReader : public detail::StreamEnd {
 public:
  StreamReader() = default;
  // At most so many elements, as soon as there are any. None: the stream has ended. Where it has not, but the
  // instance that wrote has trapped, that is the error.
  Task<Result<detail::ElementsOf<T>>> read(size_t most = 4096) const {
    static_assert(!detail::kIsView<T>, "heddle: what is read is the reader's: std::string, std::vector");
    return detail::read_some<T>(end_, most);
  }

 private:
  friend class ComponentVal;
  template <class End, class U, WitKind kKind>
  friend struct detail::EndWit;
  template <class U>
  friend std::pair<StreamReader<U>, StreamWriter<U>> make_stream();
  using StreamEnd::StreamEnd;
};

// The writable end of a stream whose readable one a component has, or is to have. To one without elements,
// StreamWriter<void>, is written how many there are.
template <class T>
class StreamWriter : public detail::StreamEnd {
 public:
  using Values = detail::ElementsOf<T>;
  StreamWriter() = default;
  // How many of the values were taken, as soon as some were. 0: nobody reads any more.
  Task<Result<size_t>> write(Values values) const { return detail::write_some<T>(end_, std::move(values)); }
  // All of them, unless the reader goes: how many were taken.
  Task<Result<size_t>> write_all(Values values) const { return detail::write_rest<T>(end_, std::move(values)); }
  // The same, and then the stream has ended. (A writer that is the parameter of a coroutine ends with its task.)
  Task<Result<size_t>> end_with(Values values) && {
    return detail::write_rest<T>(std::move(end_), std::move(values));
  }

 private:
  template <class U>
  friend std::pair<StreamReader<U>, StreamWriter<U>> make_stream();
  using StreamEnd::StreamEnd;
};

template <class T>
std::pair<StreamReader<T>, StreamWriter<T>> make_stream() {
  auto [reader, writer] = detail::new_ends(false);
  return {StreamReader<T>(std::move(reader)), StreamWriter<T>(std::move(writer))};
}

// The readable end of a future: one value, once; FutureReader<void>: none, once.
template <class T>
class FutureReader : public detail::StreamEnd {
 public:
  FutureReader() = default;
  Task<Result<T>> read() const {
    static_assert(!detail::kIsView<T>, "heddle: what is read is the reader's: std::string, std::vector");
    return read_one(end_);
  }

 private:
  friend class ComponentVal;
  template <class End, class U, WitKind kKind>
  friend struct detail::EndWit;
  template <class U>
  friend std::pair<FutureReader<U>, FutureWriter<U>> make_future();
  using StreamEnd::StreamEnd;
  static Task<Result<T>> read_one(std::shared_ptr<detail::CopyEnd> end) {
    const std::shared_ptr<detail::Copy> copy = detail::new_read(end, 1);
    co_await detail::Awaited(copy);
    auto values = detail::taken_from<T>(*copy);
    if (!values) co_return values.error();
    if (detail::Elements<T>::count(*values) == 0) co_return Error(ErrorKind::host, "the future will have no value");
    if constexpr (std::is_void_v<T>) {
      co_return {};
    } else {
      co_return std::move((*values)[0]);
    }
  }
};

// The writable end of a future. One that goes without a value leaves its reader waiting.
template <class T>
class FutureWriter : public detail::StreamEnd {
 public:
  FutureWriter() = default;
  // False: nobody wants it any more.
  Task<Result<bool>> write(T value) const {
    std::vector<T> values;
    values.push_back(std::move(value));
    return detail::write_one<T>(end_, std::move(values));
  }

 private:
  template <class U>
  friend std::pair<FutureReader<U>, FutureWriter<U>> make_future();
  using StreamEnd::StreamEnd;
};
template <>
class FutureWriter<void> : public detail::StreamEnd {
 public:
  FutureWriter() = default;
  Task<Result<bool>> write() const { return detail::write_one<void>(end_, 1); }

 private:
  template <class U>
  friend std::pair<FutureReader<U>, FutureWriter<U>> make_future();
  using StreamEnd::StreamEnd;
};

template <class T>
std::pair<FutureReader<T>, FutureWriter<T>> make_future() {
  auto [reader, writer] = detail::new_ends(true);
  return {FutureReader<T>(std::move(reader)), FutureWriter<T>(std::move(writer))};
}

template <class T>
ComponentVal::ComponentVal(StreamReader<T> reader)
    : kind_(WitKind::stream), end_(std::move(reader.end_)), elements_(&detail::Elements<T>::check) {}
template <class T>
ComponentVal::ComponentVal(FutureReader<T> reader)
    : kind_(WitKind::future), end_(std::move(reader.end_)), elements_(&detail::Elements<T>::check) {}
template <class T>
Result<StreamReader<T>> ComponentVal::stream() const {
  Result<void> fits = detail::check_end(end_.get(), false, &detail::Elements<T>::check);
  if (!fits) return fits.error();
  return StreamReader<T>(end_);
}
template <class T>
Result<FutureReader<T>> ComponentVal::future() const {
  Result<void> fits = detail::check_end(end_.get(), true, &detail::Elements<T>::check);
  if (!fits) return fits.error();
  return FutureReader<T>(end_);
}

namespace detail {

template <class T>
struct IsGivenAway<StreamReader<T>> : std::true_type {};
template <class T>
struct IsGivenAway<FutureReader<T>> : std::true_type {};

template <class End, class T, WitKind kKind>
struct EndWit {
  static std::string name() { return Elements<T>::name(name_of(kKind)); }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != kKind) return c.mismatch(type, name());
    c.has_handles = true;
    return Elements<T>::check(c, type->part()) || c.in("element");
  }
  static bool put(Outgoing& o, const WitType& type, End& from, auto&& to) {
    return put_end(o, type, from.end_, value_of(to));
  }
  static End get(Incoming& in, const WitType& type, auto&& from) { return End(get_end(in, type, value_of(from))); }
};
template <class T>
struct Wit<StreamReader<T>> : EndWit<StreamReader<T>, T, WitKind::stream> {};
template <class T>
struct Wit<FutureReader<T>> : EndWit<FutureReader<T>, T, WitKind::future> {};

}  // namespace detail
}  // namespace heddle::api
