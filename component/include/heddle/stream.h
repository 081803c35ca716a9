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

template <class T>
std::shared_ptr<Copy> new_write(const std::shared_ptr<CopyEnd>& end, std::vector<T>& values) {
  auto put = [](void* from, Outgoing& o, const WitType& list, Value& to) {
    return Wit<std::vector<T>>::put(o, list, *static_cast<std::vector<T>*>(from), to);
  };
  auto put_back = [](void* to, size_t first, StoreCell* cell, const WitType& list, Value& rest) {
    Incoming in(cell);
    std::vector<T> back = Wit<std::vector<T>>::get(in, list, rest);
    std::move(back.begin(), back.end(), static_cast<std::vector<T>*>(to)->begin() + static_cast<ptrdiff_t>(first));
  };
  return new_write(end, values.size(), {&values, put, put_back});
}

template <class T>
Result<std::vector<T>> taken_from(Copy& copy) {
  if (const Error* error = copy.error()) return *error;
  if (copy.count() == 0) return std::vector<T>();
  Incoming in(copy.cell());
  std::vector<T> values = Wit<std::vector<T>>::get(in, copy.type(), copy.taken());
  if (!in.ok()) return in.error();
  return values;
}

template <class T>
Task<Result<std::vector<T>>> read_some(std::shared_ptr<CopyEnd> end, size_t most) {
  const std::shared_ptr<Copy> copy = new_read(end, most);
  co_await Awaited(copy);
  co_return taken_from<T>(*copy);
}

template <class T>
Task<Result<size_t>> write_some(std::shared_ptr<CopyEnd> end, std::vector<T> values) {
  const std::shared_ptr<Copy> copy = new_write(end, values);
  co_await Awaited(copy);
  if (const Error* error = copy->error()) co_return *error;
  co_return copy->count();
}

}  // namespace detail

// The readable end of a stream that a component writes. Move-only.
template <class T>
class StreamReader {
 public:
  StreamReader() = default;  // none
  explicit operator bool() const { return static_cast<bool>(end_); }
  // At most so many elements, as soon as there are any. None: the stream has ended.
  Task<Result<std::vector<T>>> read(size_t most = 4096) const { return detail::read_some<T>(end_, most); }

  StreamReader(StreamReader&&) noexcept = default;
  StreamReader& operator=(StreamReader&&) noexcept = default;
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

 private:
  friend class ComponentVal;
  friend struct detail::Wit<StreamReader>;
  template <class U>
  friend std::pair<StreamReader<U>, StreamWriter<U>> make_stream();
  explicit StreamReader(std::shared_ptr<detail::CopyEnd> end) : end_(std::move(end)) {}
  std::shared_ptr<detail::CopyEnd> end_;
};

// The writable end of a stream whose readable one a component has, or is to have.
template <class T>
class StreamWriter {
 public:
  StreamWriter() = default;  // none
  explicit operator bool() const { return static_cast<bool>(end_); }
  // How many of the values were taken, as soon as some were. 0: nobody reads any more.
  Task<Result<size_t>> write(std::vector<T> values) const { return detail::write_some<T>(end_, std::move(values)); }
  // All of them, unless the reader goes: how many were taken.
  Task<Result<size_t>> write_all(std::vector<T> values) const { return write_rest(end_, std::move(values)); }
  // The same, and then the stream has ended. (A writer that is the parameter of a coroutine ends with its task.)
  Task<Result<size_t>> end_with(std::vector<T> values) && { return write_rest(std::move(end_), std::move(values)); }

  StreamWriter(StreamWriter&&) noexcept = default;
  StreamWriter& operator=(StreamWriter&&) noexcept = default;
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;

 private:
  template <class U>
  friend std::pair<StreamReader<U>, StreamWriter<U>> make_stream();
  explicit StreamWriter(std::shared_ptr<detail::CopyEnd> end) : end_(std::move(end)) {}
  static Task<Result<size_t>> write_rest(std::shared_ptr<detail::CopyEnd> end, std::vector<T> values) {
    size_t taken = 0;
    while (!values.empty()) {
      const std::shared_ptr<detail::Copy> copy = detail::new_write(end, values);
      co_await detail::Awaited(copy);
      if (const Error* error = copy->error()) co_return *error;
      if (copy->count() == 0) break;
      taken += copy->count();
      values.erase(values.begin(), values.begin() + static_cast<ptrdiff_t>(copy->count()));
    }
    end = nullptr;
    co_return taken;
  }
  std::shared_ptr<detail::CopyEnd> end_;
};

template <class T>
std::pair<StreamReader<T>, StreamWriter<T>> make_stream() {
  auto [reader, writer] = detail::new_ends(false);
  return {StreamReader<T>(std::move(reader)), StreamWriter<T>(std::move(writer))};
}

// The readable end of a future: one value, once.
template <class T>
class FutureReader {
 public:
  FutureReader() = default;  // none
  explicit operator bool() const { return static_cast<bool>(end_); }
  Task<Result<T>> read() const { return read_one(end_); }

  FutureReader(FutureReader&&) noexcept = default;
  FutureReader& operator=(FutureReader&&) noexcept = default;
  FutureReader(const FutureReader&) = delete;
  FutureReader& operator=(const FutureReader&) = delete;

 private:
  friend class ComponentVal;
  friend struct detail::Wit<FutureReader>;
  template <class U>
  friend std::pair<FutureReader<U>, FutureWriter<U>> make_future();
  explicit FutureReader(std::shared_ptr<detail::CopyEnd> end) : end_(std::move(end)) {}
  static Task<Result<T>> read_one(std::shared_ptr<detail::CopyEnd> end) {
    const std::shared_ptr<detail::Copy> copy = detail::new_read(end, 1);
    co_await detail::Awaited(copy);
    Result<std::vector<T>> values = detail::taken_from<T>(*copy);
    if (!values) co_return values.error();
    if (values->empty()) co_return Error(ErrorKind::host, "the future will have no value");
    co_return std::move((*values)[0]);
  }
  std::shared_ptr<detail::CopyEnd> end_;
};

// The writable end of a future. One that goes without a value leaves its reader waiting.
template <class T>
class FutureWriter {
 public:
  FutureWriter() = default;  // none
  explicit operator bool() const { return static_cast<bool>(end_); }
  // False: nobody wants it any more.
  Task<Result<bool>> write(T value) const { return write_one(end_, std::move(value)); }

  FutureWriter(FutureWriter&&) noexcept = default;
  FutureWriter& operator=(FutureWriter&&) noexcept = default;
  FutureWriter(const FutureWriter&) = delete;
  FutureWriter& operator=(const FutureWriter&) = delete;

 private:
  template <class U>
  friend std::pair<FutureReader<U>, FutureWriter<U>> make_future();
  explicit FutureWriter(std::shared_ptr<detail::CopyEnd> end) : end_(std::move(end)) {}
  static Task<Result<bool>> write_one(std::shared_ptr<detail::CopyEnd> end, T value) {
    std::vector<T> values;
    values.push_back(std::move(value));
    const std::shared_ptr<detail::Copy> copy = detail::new_write(end, values);
    co_await detail::Awaited(copy);
    if (const Error* error = copy->error()) co_return *error;
    co_return copy->count() == 1;
  }
  std::shared_ptr<detail::CopyEnd> end_;
};

template <class T>
std::pair<FutureReader<T>, FutureWriter<T>> make_future() {
  auto [reader, writer] = detail::new_ends(true);
  return {FutureReader<T>(std::move(reader)), FutureWriter<T>(std::move(writer))};
}

template <class T>
ComponentVal::ComponentVal(StreamReader<T> reader)
    : kind_(WitKind::stream), end_(std::move(reader.end_)), elements_(&detail::Wit<T>::check) {}
template <class T>
ComponentVal::ComponentVal(FutureReader<T> reader)
    : kind_(WitKind::future), end_(std::move(reader.end_)), elements_(&detail::Wit<T>::check) {}
template <class T>
Result<StreamReader<T>> ComponentVal::stream() const {
  Result<void> fits = detail::check_end(end_.get(), false, &detail::Wit<T>::check);
  if (!fits) return fits.error();
  return StreamReader<T>(end_);
}
template <class T>
Result<FutureReader<T>> ComponentVal::future() const {
  Result<void> fits = detail::check_end(end_.get(), true, &detail::Wit<T>::check);
  if (!fits) return fits.error();
  return FutureReader<T>(end_);
}

namespace detail {

template <class End, class T, WitKind kKind>
struct EndWit {
  static std::string name() { return std::string(name_of(kKind)) + "<" + Wit<T>::name() + ">"; }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != kKind) return c.mismatch(type, name());
    c.has_handles = true;
    return Wit<T>::check(c, type->part()) || c.in("element");
  }
};
template <class T>
struct Wit<StreamReader<T>> : EndWit<StreamReader<T>, T, WitKind::stream> {
  static bool put(Outgoing& o, const WitType& type, StreamReader<T>& from, auto&& to) {
    return put_end(o, type, from.end_, value_of(to));
  }
  static StreamReader<T> get(Incoming& in, const WitType& type, auto&& from) {
    return StreamReader<T>(get_end(in, type, value_of(from)));
  }
};
template <class T>
struct Wit<FutureReader<T>> : EndWit<FutureReader<T>, T, WitKind::future> {
  static bool put(Outgoing& o, const WitType& type, FutureReader<T>& from, auto&& to) {
    return put_end(o, type, from.end_, value_of(to));
  }
  static FutureReader<T> get(Incoming& in, const WitType& type, auto&& from) {
    return FutureReader<T>(get_end(in, type, value_of(from)));
  }
};

}  // namespace detail
}  // namespace heddle::api
