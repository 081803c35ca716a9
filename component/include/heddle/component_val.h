// A value of any type of the Component Model, for calls whose types are not known when the program is compiled. It
// knows its own shape, belongs to no store (unless it is a handle), and is written and read as WAVE:
// `{name: "x", sizes: [1, 2], mode: some(fast)}`.
//
// It takes part in typed functions too: instance.get<ComponentVal(std::string_view)>("parse").
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <heddle/component_types.h>
#include <heddle/error_context.h>
#include <heddle/resource.h>
#include <heddle/wit_type.h>

namespace heddle::api {

template <class T>
class StreamReader;
template <class T>
class FutureReader;
namespace detail {
struct CopyEnd;
}

class ComponentVal {
 public:
  using Field = std::pair<std::string, ComponentVal>;

  ComponentVal() : ComponentVal(false) {}
  ComponentVal(const ComponentVal&) = default;
  ComponentVal& operator=(const ComponentVal&) = default;
  // The other is `false` again.
  ComponentVal(ComponentVal&& other) noexcept : ComponentVal() { swap(other); }
  ComponentVal& operator=(ComponentVal&& other) noexcept {
    ComponentVal moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~ComponentVal() = default;
  ComponentVal(bool value) : kind_(WitKind::bool_), bits_(value) {}
  // Goes wherever an integer goes that it fits: ComponentVal(5) is a u8 as well.
  template <detail::Integer T>
  ComponentVal(T value) : kind_(detail::kIntegerKind<T>), bits_(static_cast<uint64_t>(value)) {}
  ComponentVal(float value);
  ComponentVal(double value);
  ComponentVal(char32_t value) : kind_(WitKind::char_), bits_(value) {}
  ComponentVal(std::string value) : kind_(WitKind::string), text_(std::move(value)) {}
  ComponentVal(std::string_view value) : ComponentVal(std::string(value)) {}
  ComponentVal(const char* value) : ComponentVal(std::string(value)) {}
  // No pointer is a bool.
  template <class T>
    requires(!std::is_same_v<std::remove_cv_t<T>, char>)
  ComponentVal(T*) = delete;
  ComponentVal(std::nullptr_t) = delete;
  ComponentVal(ErrorContext value) : kind_(WitKind::error_context), error_context_(std::move(value)) {}
  // Copies of such a value are one handle, or one end, which can be given away once. An object of the embedder's
  // lives as long as a guest has it or a copy is there.
  template <class R>
  ComponentVal(Own<R> handle);
  template <class T>
  ComponentVal(StreamReader<T> reader);
  template <class T>
  ComponentVal(FutureReader<T> reader);

  static ComponentVal list(std::vector<ComponentVal> elements) { return {WitKind::list, {}, std::move(elements)}; }
  static ComponentVal tuple(std::vector<ComponentVal> elements) { return {WitKind::tuple, {}, std::move(elements)}; }
  static ComponentVal record(std::vector<Field> fields);
  static ComponentVal variant(std::string label, std::optional<ComponentVal> payload = std::nullopt);
  static ComponentVal enum_(std::string label) { return {WitKind::enum_, {std::move(label)}, {}}; }
  static ComponentVal flags(std::vector<std::string> labels) { return {WitKind::flags, std::move(labels), {}}; }
  static ComponentVal none() { return {WitKind::option, {"none"}, {}}; }
  static ComponentVal some(ComponentVal value) { return {WitKind::option, {"some"}, {std::move(value)}}; }
  static ComponentVal ok(std::optional<ComponentVal> value = std::nullopt);
  static ComponentVal err(std::optional<ComponentVal> value = std::nullopt);

  // A list of a fixed length is a list; a map is a list of tuples.
  WitKind kind() const { return kind_; }
  // The value, if it is one of that C++ type: as<uint32_t>(), as<std::string>(), as<bool>().
  template <class T>
  std::optional<T> as() const;
  // Takes the handle out: no copy can be given away any more. `misuse` if it is none, is borrowed, was given away, or
  // is one of the embedder's of another class.
  template <class R>
  Result<Own<R>> own() const;
  // The object of the embedder's that the handle stands for, owned or borrowed; null: there is none, or it is of
  // another class. As long as this value; the guest may end what it lent sooner.
  template <class R>
  R* object() const {
    const bool is_one = handle_.object && handle_.key == &detail::resource_key<R>;
    return is_one ? static_cast<R*>(handle_.object.get()) : nullptr;
  }
  // The end of a stream or a future that a component gave, if it is one of such elements; ComponentVal stands for
  // any.
  template <class T>
  Result<StreamReader<T>> stream() const;
  template <class T>
  Result<FutureReader<T>> future() const;
  // Of lists and tuples: the elements; of a record its fields' values; of a variant, an option or a result its value,
  // if there is one.
  std::span<const ComponentVal> parts() const { return parts_; }
  // Of a record: the fields' names; of flags those that are set; of all that have cases the name of the case.
  std::span<const std::string> labels() const { return labels_; }
  // A field of a record; null: there is no such.
  const ComponentVal* field(std::string_view name) const;

  std::string to_string() const;  // as WAVE
  // The value of that type that WAVE writes so. `misuse`: the text is another's; the message says what was expected,
  // and at which byte. Handles, streams and futures have no text.
  static Result<ComponentVal> parse(const WitTypeView& type, std::string_view wave);
  // Handles and ends are equal if they are the same.
  friend bool operator==(const ComponentVal& a, const ComponentVal& b);

 private:
  friend struct detail::Wit<ComponentVal>;
  friend struct detail::Access;
  ComponentVal(WitKind kind, std::vector<std::string> labels, std::vector<ComponentVal> parts)
      : kind_(kind), labels_(std::move(labels)), parts_(std::move(parts)) {}
  void swap(ComponentVal& other) noexcept;

  WitKind kind_ = WitKind::bool_;
  uint64_t bits_ = 0;
  std::string text_;
  std::vector<std::string> labels_;
  std::vector<ComponentVal> parts_;
  detail::HandleParts handle_;
  std::optional<ErrorContext> error_context_;
  std::shared_ptr<detail::CopyEnd> end_;
  bool (*elements_)(detail::SignatureCheck& c, const detail::WitType* type) = nullptr;  // of an end of the embedder's
};

namespace detail {

// Fits any type; each value is looked at when it is given.
template <>
struct Wit<ComponentVal> {
  static std::string name() { return "a value of any type"; }
  static bool check(SignatureCheck& c, const WitType* type) {
    c.has_handles = true;
    return type || c.mismatch(type, name());
  }
  static bool put(Outgoing& o, const WitType& type, const ComponentVal& from, Value& to);
  static bool put(Outgoing& o, const WitType& type, const ComponentVal& from, const Stored& to) {
    return put(o, type, from, value_of(to));
  }
  static ComponentVal get(Incoming& in, const WitType& type, Value& from);
  static std::vector<ComponentVal> get_list(Incoming& in, const WitType& type, Value& from);
  static ComponentVal get(Incoming& in, const WitType& type, const Stored& from) {
    return get(in, type, value_of(from));
  }
};

template <class T, WitKind kKind>
WitKind kind_of_wit(const PrimitiveWit<T, kKind>*) {
  return kKind;
}

}  // namespace detail

template <class R>
ComponentVal::ComponentVal(Own<R> handle) : kind_(WitKind::own), handle_(std::move(handle.parts_)) {
  if (handle_.object) handle_.once = std::make_shared<detail::Handed>();
}
template <class R>
Result<Own<R>> ComponentVal::own() const {
  if (kind_ != WitKind::own) return Error(ErrorKind::misuse, "expected own, found " + std::string(name_of(kind_)));
  Result<detail::HandleParts> parts = detail::take_own(handle_, &detail::resource_key<R>);
  if (!parts) return parts.error();
  return Own<R>(*std::move(parts));
}

template <class T>
std::optional<T> ComponentVal::as() const {
  if (detail::kind_of_wit(static_cast<detail::Wit<T>*>(nullptr)) != kind_) return std::nullopt;
  if constexpr (std::is_same_v<T, std::string>) {
    return text_;
  } else if constexpr (std::is_same_v<T, ErrorContext>) {
    return error_context_;
  } else if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<uint32_t>(bits_));
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(bits_);
  } else {
    return static_cast<T>(bits_);
  }
}

}  // namespace heddle::api
