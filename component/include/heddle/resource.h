// Handles of resources (WIT.md, "Item: resource"). Who has an Own has the resource, and its end is the resource's
// end; a Borrow is lent for one call.
//
// Of a resource that a guest defines, R is any type that the embedder tells it by: `struct Blob;` will do. Of one
// that the embedder defines (ComponentLinker::resource), R is the class of what stands behind the handles:
//   linker.resource<Counter>("shop:api/counters#counter");
//   linker.define("shop:api/counters#[constructor]counter", [](uint32_t n) { return Own<Counter>::make(n); });
//   linker.define("shop:api/counters#[method]counter.next", [](Borrow<Counter> self) { return self->next(); });
// When the last guest lets go of one, or the store ends, the object is destroyed.
#pragma once
#include <memory>
#include <type_traits>
#include <utility>

#include <heddle/component_types.h>

namespace heddle::api {

template <class R>
class Borrow;
class ComponentVal;

namespace detail {

// What tells resource types of the embedder from each other.
template <class R>
inline char resource_key = 0;

struct HandleParts {
  std::shared_ptr<Handed> handle{};  // of a guest's resource
  std::shared_ptr<void> object{};    // of the embedder's
  const void* key = nullptr;         // which class the object is of
  std::shared_ptr<Handed> once{};    // of an object in values that can be copied: they are one handle
};
bool put_own(Outgoing& o, const WitType& type, HandleParts& from, Value& to);
bool put_borrow(Outgoing& o, const WitType& type, const HandleParts& from, Value& to);
HandleParts get_own(Incoming& in, const WitType& type, Value& from);
HandleParts get_borrow(Incoming& in, const WitType& type, Value& from);
Result<void> drop(const HandleParts& parts);
// What an Own is made of out of a value, whose copies are given away by that. `key`: its class.
Result<HandleParts> take_own(const HandleParts& from, const void* key);

template <class R>
R* object_in(const HandleParts& parts) {
  if (!parts.object) no_value(Error(ErrorKind::misuse, "the handle has no object of the embedder's"));
  return static_cast<R*>(parts.object.get());
}

}  // namespace detail

template <class R>
class Own {
 public:
  Own() = default;  // none
  Own(Own&&) noexcept = default;
  Own& operator=(Own&&) noexcept = default;
  Own(const Own&) = delete;
  Own& operator=(const Own&) = delete;
  // A new resource of the embedder's.
  template <class... A>
  static Own make(A&&... args) {
    return of(std::make_shared<R>(std::forward<A>(args)...));
  }
  static Own of(std::shared_ptr<R> object) {
    return Own({.object = std::move(object), .key = &detail::resource_key<R>});
  }

  explicit operator bool() const { return parts_.handle || parts_.object; }
  // The object; asking a handle of a guest's resource for it ends the process.
  R* operator->() const { return detail::object_in<R>(parts_); }
  R& operator*() const { return *operator->(); }
  // Lends it: keep the Own until the call is over, or it lasts as long as the call. Until then it cannot be given
  // away. Lent to a call that trapped it stays lent as long as the store: its callee may have lent it on.
  Borrow<R> borrow() const { return Borrow<R>(parts_); }
  // Ends it now, and says how the guest's destructor went. In a host function it ends when the guest that called has
  // gone on, and this says nothing. The destructor of an Own does the same as soon as it can; if the guest's traps,
  // the next progress() of an EventLoop says so.
  Result<void> drop() { return detail::drop(std::exchange(parts_, {})); }

 private:
  friend struct detail::Wit<Own>;
  friend class ComponentVal;
  explicit Own(detail::HandleParts parts) : parts_(std::move(parts)) {}
  detail::HandleParts parts_;
};

template <class R>
class Borrow {
 public:
  Borrow() = default;  // none
  Borrow(Borrow&&) noexcept = default;
  Borrow& operator=(Borrow&&) noexcept = default;
  Borrow(const Borrow&) = delete;
  Borrow& operator=(const Borrow&) = delete;

  explicit operator bool() const { return parts_.handle || parts_.object; }
  R* operator->() const { return detail::object_in<R>(parts_); }
  R& operator*() const { return *operator->(); }

 private:
  friend class Own<R>;
  friend struct detail::Wit<Borrow>;
  explicit Borrow(detail::HandleParts parts) : parts_(std::move(parts)) {}
  detail::HandleParts parts_;
};

namespace detail {

template <class R>
struct IsGivenAway<Own<R>> : std::true_type {};

template <class R>
struct Wit<Own<R>> {
  static std::string name() { return "own<_>"; }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::own) return c.mismatch(type, name());
    c.has_handles = true;
    return c.is_resource(*type, &resource_key<R>);
  }
  static bool put(Outgoing& o, const WitType& type, Own<R>& from, auto&& to) {
    return put_own(o, type, from.parts_, value_of(to));
  }
  static Own<R> get(Incoming& in, const WitType& type, auto&& from) {
    return Own<R>(get_own(in, type, value_of(from)));
  }
};

template <class R>
struct Wit<Borrow<R>> {
  static std::string name() { return "borrow<_>"; }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::borrow) return c.mismatch(type, name());
    c.has_handles = true;
    return c.is_resource(*type, &resource_key<R>);
  }
  static bool put(Outgoing& o, const WitType& type, const Borrow<R>& from, auto&& to) {
    return put_borrow(o, type, from.parts_, value_of(to));
  }
  static Borrow<R> get(Incoming& in, const WitType& type, auto&& from) {
    return Borrow<R>(get_borrow(in, type, value_of(from)));
  }
};

}  // namespace detail
}  // namespace heddle::api
