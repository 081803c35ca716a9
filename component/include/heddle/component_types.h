// C++ types as types of the Component Model (WIT):
//
//   bool; uint8_t ... int64_t: u8 ... s64; float, double: f32, f64; char32_t: char
//   std::string, std::string_view         string
//   std::vector<T>, std::span<const T>    list<T>; std::array<T, n> list<T, n>; std::map<K, V> map<K, V>
//   std::optional<T>, Expected<T, E>      option<T>, result<T, E>
//   std::tuple<T...>, std::variant<T...>  tuple<T...>, a variant (std::monostate: a case without a value)
//   HEDDLE_RECORD, HEDDLE_ENUM, HEDDLE_FLAGS, HEDDLE_VARIANT: types of the embedder's own
//   Own<R>, Borrow<R> (resource.h); StreamReader<T>, FutureReader<T> (stream.h); ErrorContext (error_context.h)
//
// Views are for what goes to the guest, and for parameters of host functions that are no tasks. Names of C++ become
// those of WIT by their words: firstName, first_name and First_Name are `first-name`; class_ is `class`.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <heddle/expected.h>
#include <heddle/passing.h>
#include <heddle/result.h>
#include <heddle/store.h>
#include <heddle/stored.h>
#include <heddle/wit_type.h>

namespace heddle::api {
namespace detail {

struct StoreCell;

// Says where a C++ type does not stand for a component's type. The innermost place is told.
struct SignatureCheck {
  StoreCell* cell = nullptr;
  std::string where{}, what{};
  bool has_handles = false;  // or values of any type: what passes as Values, and is not stored
  bool mismatch(const WitType* found, const std::string& stands_for);  // gives false
  bool in(const std::string& place);                                   // gives false
  bool wrong_count(size_t found, size_t cpp);                          // of parameters; gives false
  // Are the names those of C++, one for one? `what` they are of: "field". stands_for: as for mismatch.
  bool same_names(const WitType& found, std::string_view what, std::span<const std::string_view> names,
                  const std::string& stands_for);
  // Is it, of resource types that the host defines, the one that is defined by this class; or else a guest's?
  bool is_resource(const WitType& type, const void* key);
};

// Values of components, from outside: one makes what it is to be, then fills its parts.
void set_integer(Value& to, uint64_t bits);
void set_f32(Value& to, uint32_t bits);
void set_f64(Value& to, uint64_t bits);
void set_string(Value& to, std::string_view text);
void set_list(Value& to, size_t count);
void set_record(Value& to, size_t count);
void set_variant(Value& to, uint32_t index, bool payload);
void set_packed(Value& to, const void* bytes, size_t size_bytes, size_t count);
uint64_t bits_of(const Value& value);
std::string take_string(Value& value);
std::string_view view_string(const Value& value);
size_t count_of(const Value& value);
bool is_packed(const Value& value);
const void* packed_bytes(const Value& value);
Value& part_of(Value& value, size_t i);
void unpack(const WitType& list, Value& value);  // numbers one by one

std::string kebab(std::string_view name);  // of a C++ name

// --- what the macros leave behind, found by the type they are about

template <class T>
concept RecordType = requires { heddle_record(static_cast<const T*>(nullptr)); };
template <class T>
concept EnumType = requires { heddle_enum(static_cast<const T*>(nullptr)); };
template <class T>
concept FlagsType = requires { heddle_flags(static_cast<const T*>(nullptr)); };
template <class T>
concept VariantType = requires { heddle_variant(static_cast<const T*>(nullptr)); };

template <class T, class M>
struct Member {
  std::string_view name;
  M T::* member;
};
template <class T, class M>
constexpr Member<T, M> member(std::string_view name, M T::* m) {
  return {name, m};
}
template <class E>
struct Enumerator {
  std::string_view name;
  E value;
};

// --- from C++ to WIT and back

// check: is a component's type what T stands for? put: false where a value cannot go there. get: where it cannot, the
// Incoming says so, and what is given does not count.
template <class T>
struct Wit {
  static_assert(sizeof(T) == 0,
                "heddle: not a type that a component's function can take or return (see heddle/component_types.h)");
};

// The integers of C++, `long long` and `long` among them, whichever of these int64_t is. Not those of characters.
template <class T>
concept Integer = std::is_same_v<T, signed char> || std::is_same_v<T, unsigned char> || std::is_same_v<T, short> ||
                  std::is_same_v<T, unsigned short> || std::is_same_v<T, int> || std::is_same_v<T, unsigned> ||
                  std::is_same_v<T, long> || std::is_same_v<T, unsigned long> || std::is_same_v<T, long long> ||
                  std::is_same_v<T, unsigned long long>;
template <Integer T>
inline constexpr WitKind kIntegerKind = sizeof(T) == 1   ? (std::is_signed_v<T> ? WitKind::s8 : WitKind::u8)
                                        : sizeof(T) == 2 ? (std::is_signed_v<T> ? WitKind::s16 : WitKind::u16)
                                        : sizeof(T) == 4 ? (std::is_signed_v<T> ? WitKind::s32 : WitKind::u32)
                                                         : (std::is_signed_v<T> ? WitKind::s64 : WitKind::u64);

// Numbers that pass as core values, without a Value in between. A core value of 32 bits has its high bits clear.
template <class T>
inline constexpr bool kNumber = std::is_arithmetic_v<T> && !std::is_same_v<T, char32_t>;
template <class T>
uint64_t to_core(T from) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<uint32_t>(from);
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<uint64_t>(from);
  } else {
    return sizeof(T) == 8 ? static_cast<uint64_t>(from) : static_cast<uint32_t>(from);
  }
}
template <class T>
T from_core(uint64_t bits) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<uint32_t>(bits));
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(bits);
  } else {
    return static_cast<T>(bits);
  }
}

template <class T, WitKind kKind>
struct PrimitiveWit {
  static std::string name() { return std::string(name_of(kKind)); }
  static bool check(SignatureCheck& c, const WitType* type) {
    return (type && type->kind == kKind) || c.mismatch(type, name());
  }
};

template <class T, WitKind kKind>
struct IntegerWit : PrimitiveWit<T, kKind> {
  static bool put(Outgoing&, const WitType&, T from, auto&& to) {
    return set_integer(to, static_cast<uint64_t>(from)), true;
  }
  static T get(Incoming&, const WitType&, auto&& from) { return static_cast<T>(bits_of(from)); }
};
template <>
struct Wit<bool> : IntegerWit<bool, WitKind::bool_> {};
template <Integer T>
struct Wit<T> : IntegerWit<T, kIntegerKind<T>> {};

template <>
struct Wit<float> : PrimitiveWit<float, WitKind::f32> {
  static bool put(Outgoing&, const WitType&, float from, auto&& to) {
    return set_f32(to, std::bit_cast<uint32_t>(from)), true;
  }
  static float get(Incoming&, const WitType&, auto&& from) {
    return std::bit_cast<float>(static_cast<uint32_t>(bits_of(from)));
  }
};
template <>
struct Wit<double> : PrimitiveWit<double, WitKind::f64> {
  static bool put(Outgoing&, const WitType&, double from, auto&& to) {
    return set_f64(to, std::bit_cast<uint64_t>(from)), true;
  }
  static double get(Incoming&, const WitType&, auto&& from) { return std::bit_cast<double>(bits_of(from)); }
};
template <>
struct Wit<char32_t> : PrimitiveWit<char32_t, WitKind::char_> {
  static bool put(Outgoing& o, const WitType&, char32_t from, auto&& to) {
    return o.fits(from) && (set_integer(to, from), true);
  }
  static char32_t get(Incoming&, const WitType&, auto&& from) { return static_cast<char32_t>(bits_of(from)); }
};
template <>
struct Wit<std::string> : PrimitiveWit<std::string, WitKind::string> {
  static bool put(Outgoing& o, const WitType&, std::string_view from, auto&& to) {
    return o.fits(from) && (set_string(to, from), true);
  }
  static std::string get(Incoming&, const WitType&, auto&& from) { return take_string(from); }
};
template <>
struct Wit<std::string_view> : PrimitiveWit<std::string_view, WitKind::string> {
  static bool put(Outgoing& o, const WitType&, std::string_view from, auto&& to) {
    return o.fits(from) && (set_string(to, from), true);
  }
  static std::string_view get(Incoming&, const WitType&, auto&& from) { return view_string(from); }
};

// Numbers lie in a list as they lie in a guest's memory.
template <class T>
inline constexpr bool kPacked = std::is_arithmetic_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char32_t>;

template <class T>
struct ListWit {
  static std::string name() { return "list<" + Wit<T>::name() + ">"; }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::list) return c.mismatch(type, name());
    return Wit<T>::check(c, type->part()) || c.in("element");
  }
  template <class List>
  static bool put(Outgoing& o, const WitType& type, List& from, auto&& to) {
    return o.fits(type, from.size()) && put_all(o, type, from, to);
  }
  template <class List>
  static bool put_all(Outgoing& o, const WitType& type, List& from, auto&& to) {
    if constexpr (kPacked<T>) {
      set_packed(to, from.data(), from.size() * sizeof(T), from.size());
      return true;
    } else {
      set_list(to, from.size());
      size_t i = 0;
      for (auto&& element : from) {
        if (!Wit<T>::put(o, *type.part(), element, part_of(to, i))) return o.in("element " + std::to_string(i));
        ++i;
      }
      return true;
    }
  }
  template <class Take>
  static void get_all(Incoming& in, const WitType& type, auto&& from, const Take& take) {
    unpack(type, from);
    const size_t count = count_of(from);
    for (size_t i = 0; i < count; ++i) take(i, Wit<T>::get(in, *type.part(), part_of(from, i)));
  }
};
template <class T>
struct Wit<std::vector<T>> : ListWit<T> {
  static std::vector<T> get(Incoming& in, const WitType& type, auto&& from) {
    // Values of any type are made of numbers as they lie there.
    if constexpr (requires { Wit<T>::get_list(in, type, value_of(from)); }) {
      return Wit<T>::get_list(in, type, value_of(from));
    }
    std::vector<T> made;
    if constexpr (kPacked<T>) {
      if (is_packed(from)) {
        made.resize(count_of(from));
        if (!made.empty()) std::memcpy(made.data(), packed_bytes(from), made.size() * sizeof(T));
        return made;
      }
    }
    made.reserve(count_of(from));
    ListWit<T>::get_all(in, type, from, [&](size_t, T&& element) { made.push_back(std::move(element)); });
    return made;
  }
};
template <class T>
struct Wit<std::span<const T>> : ListWit<T> {
  static_assert(kPacked<T>, "heddle: a span is of numbers; other elements are passed in a std::vector");
  static std::span<const T> get(Incoming& in, const WitType&, auto&& from) {
    if (is_packed(from)) return {static_cast<const T*>(packed_bytes(from)), count_of(from)};
    if (count_of(from) > 0) in.problem = "a list that is none of numbers";
    return {};
  }
};
template <class T, size_t kLength>
struct Wit<std::array<T, kLength>> {
  static std::string name() { return "list<" + Wit<T>::name() + ", " + std::to_string(kLength) + ">"; }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::fixed_list || type->length != kLength) return c.mismatch(type, name());
    return Wit<T>::check(c, type->part()) || c.in("element");
  }
  template <class List>
  static bool put(Outgoing& o, const WitType& type, List& from, auto&& to) {
    return ListWit<T>::put_all(o, type, from, to);
  }
  static std::array<T, kLength> get(Incoming& in, const WitType& type, auto&& from) {
    std::array<T, kLength> made{};
    if constexpr (kPacked<T>) {
      if (is_packed(from)) {
        std::memcpy(made.data(), packed_bytes(from), std::min(count_of(from), kLength) * sizeof(T));
        return made;
      }
    }
    ListWit<T>::get_all(in, type, from, [&](size_t i, T&& element) { made[i] = std::move(element); });
    return made;
  }
};
template <class K, class V>
struct Wit<std::map<K, V>> {
  static std::string name() { return "map<" + Wit<K>::name() + ", " + Wit<V>::name() + ">"; }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::map) return c.mismatch(type, name());
    return (Wit<K>::check(c, type->part(0)) || c.in("key")) && (Wit<V>::check(c, type->part(1)) || c.in("value"));
  }
  template <class Map>
  static bool put(Outgoing& o, const WitType& type, Map& from, auto&& to) {
    if (!o.fits(type, from.size())) return false;
    set_list(to, from.size());
    size_t i = 0;
    for (auto& [key, value] : from) {
      auto&& pair = part_of(to, i++);
      set_record(pair, 2);
      if (!Wit<K>::put(o, *type.part(0), key, part_of(pair, 0))) return o.in("key");
      if (!Wit<V>::put(o, *type.part(1), value, part_of(pair, 1))) return o.in("value");
    }
    return true;
  }
  static std::map<K, V> get(Incoming& in, const WitType& type, auto&& from) {
    std::map<K, V> made;
    for (size_t i = 0; i < count_of(from); ++i) {
      auto&& pair = part_of(from, i);
      K key = Wit<K>::get(in, *type.part(0), part_of(pair, 0));
      made.insert_or_assign(std::move(key), Wit<V>::get(in, *type.part(1), part_of(pair, 1)));
    }
    return made;
  }
};

// --- what has one value or another

// The value of a case, where it has one.
template <class T>
struct Payload {
  static constexpr bool kHas = !std::is_empty_v<T>;
  static std::string name() {
    if constexpr (kHas) return Wit<T>::name();
    return "";
  }
  static bool check(SignatureCheck& c, const WitType* type) {
    if constexpr (kHas) {
      return Wit<T>::check(c, type);
    } else {
      return !type || c.mismatch(type, "nothing");
    }
  }
  template <class U>
  static bool put(Outgoing& o, const WitType* type, U& from, auto&& to, uint32_t index) {
    set_variant(to, index, kHas);
    if constexpr (kHas) return Wit<T>::put(o, *type, from, part_of(to, 0));
    return true;
  }
  static T get(Incoming& in, const WitType* type, auto&& from) {
    if constexpr (kHas) return Wit<T>::get(in, *type, part_of(from, 0));
    return T{};
  }
};
template <class Tag, class T>
  requires(!std::is_void_v<T>)
struct Payload<Case<Tag, T>> {
  static constexpr bool kHas = true;
  static std::string name() { return Wit<T>::name(); }
  static bool check(SignatureCheck& c, const WitType* type) { return Wit<T>::check(c, type); }
  template <class U>
  static bool put(Outgoing& o, const WitType* type, U& from, auto&& to, uint32_t index) {
    set_variant(to, index, true);
    return Wit<T>::put(o, *type, from.value, part_of(to, 0));
  }
  static Case<Tag, T> get(Incoming& in, const WitType* type, auto&& from) {
    return {Wit<T>::get(in, *type, part_of(from, 0))};
  }
};

template <class T>
struct Wit<std::optional<T>> {
  static std::string name() { return "option<" + Wit<T>::name() + ">"; }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::option) return c.mismatch(type, name());
    return Wit<T>::check(c, type->part()) || c.in("some");
  }
  template <class U>
  static bool put(Outgoing& o, const WitType& type, U& from, auto&& to) {
    set_variant(to, from.has_value(), from.has_value());
    return !from || Wit<T>::put(o, *type.part(), *from, part_of(to, 0)) || o.in("some");
  }
  static std::optional<T> get(Incoming& in, const WitType& type, auto&& from) {
    if (bits_of(from) == 0) return std::nullopt;
    return Wit<T>::get(in, *type.part(), part_of(from, 0));
  }
};

template <class T, class E>
struct Wit<Expected<T, E>> {
  using Value_ = Something<T>;
  using Failure = Something<E>;
  static std::string name() {
    const std::string ok = Payload<Value_>::name(), error = Payload<Failure>::name();
    if (error.empty()) return ok.empty() ? "result" : "result<" + ok + ">";
    return "result<" + (ok.empty() ? "_" : ok) + ", " + error + ">";
  }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::result) return c.mismatch(type, name());
    return (Payload<Value_>::check(c, type->part(0)) || c.in("ok")) &&
           (Payload<Failure>::check(c, type->part(1)) || c.in("error"));
  }
  template <class U>
  static bool put(Outgoing& o, const WitType& type, U& from, auto&& to) {
    if (from.ok()) return Payload<Value_>::put(o, type.part(0), from.value(), to, 0) || o.in("ok");
    return Payload<Failure>::put(o, type.part(1), from.error(), to, 1) || o.in("error");
  }
  static Expected<T, E> get(Incoming& in, const WitType& type, auto&& from) {
    if (bits_of(from) == 0) return Payload<Value_>::get(in, type.part(0), from);
    return Err<Failure>{Payload<Failure>::get(in, type.part(1), from)};
  }
};

template <class T, class Alternatives>
struct VariantWit;
template <class T, class... A>
struct VariantWit<T, std::variant<A...>> {
  static constexpr size_t kCases = sizeof...(A);
  static std::string label(size_t i) {
    if constexpr (VariantType<T>) return kebab(heddle_variant(static_cast<const T*>(nullptr))[i]);
    return "case " + std::to_string(i);
  }
  static std::string name() {
    std::string text = "variant {";
    size_t i = 0;
    auto add = [&](const std::string& payload) {
      text += (i > 0 ? ", " : " ") + label(i) + (payload.empty() ? "" : "(" + payload + ")");
      ++i;
    };
    (add(Payload<A>::name()), ...);
    return text + " }";
  }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::variant || type->labels.size() != kCases) return c.mismatch(type, name());
    if constexpr (VariantType<T>) {
      const auto labels = heddle_variant(static_cast<const T*>(nullptr));
      static_assert(labels.size() == kCases, "heddle: HEDDLE_VARIANT names each case of the variant, in their order");
      if (!c.same_names(*type, "case", labels, name())) return false;
    }
    size_t i = 0;
    auto one = [&](bool fits) {
      ++i;
      return fits || c.in("case `" + type->labels[i - 1] + "`");
    };
    return (... && one(Payload<A>::check(c, type->part(i))));
  }
  template <class U>
  static bool put(Outgoing& o, const WitType& type, U& from, auto&& to) {
    return put_at(o, type, from, to, std::index_sequence_for<A...>());
  }
  static T get(Incoming& in, const WitType& type, auto&& from) {
    T made{};
    get_at(in, type, from, made, std::index_sequence_for<A...>());
    return made;
  }

 private:
  template <class U, size_t... i>
  static bool put_at(Outgoing& o, const WitType& type, U& from, auto&& to, std::index_sequence<i...>) {
    using Plain = std::conditional_t<std::is_const_v<U>, const std::variant<A...>, std::variant<A...>>;
    Plain& plain = from;
    bool fits = false;
    const bool found = (... || (plain.index() == i &&
                                (fits = Payload<A>::put(o, type.part(i), *std::get_if<i>(&plain), to, i), true)));
    if (!found) return o.fail("a variant without a value");
    return fits || o.in("case `" + type.labels[plain.index()] + "`");
  }
  template <size_t... i>
  static void get_at(Incoming& in, const WitType& type, auto&& from, T& made, std::index_sequence<i...>) {
    const uint64_t index = bits_of(from);
    static_cast<void>(
        (... || (index == i && (made.template emplace<i>(Payload<A>::get(in, type.part(i), from)), true))));
  }
};
template <class... A>
struct Wit<std::variant<A...>> : VariantWit<std::variant<A...>, std::variant<A...>> {};
template <VariantType T>
struct Wit<T> : VariantWit<T, typename T::variant> {};

// --- records and tuples

template <class... A>
struct Wit<std::tuple<A...>> {
  static std::string name() {
    std::string text = "tuple<";
    ((text += text.back() == '<' ? "" : ", ", text += Wit<A>::name()), ...);
    return text + ">";
  }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::tuple || type->parts.size() != sizeof...(A)) return c.mismatch(type, name());
    size_t i = 0;
    auto one = [&](bool fits) {
      ++i;
      return fits || c.in("element " + std::to_string(i - 1));
    };
    return (... && one(Wit<A>::check(c, type->part(i))));
  }
  template <class U>
  static bool put(Outgoing& o, const WitType& type, U& from, auto&& to) {
    set_record(to, sizeof...(A));
    return put_at(o, type, from, to, std::index_sequence_for<A...>());
  }
  static std::tuple<A...> get(Incoming& in, const WitType& type, auto&& from) {
    return get_at(in, type, from, std::index_sequence_for<A...>());
  }

 private:
  template <class U, size_t... i>
  static bool put_at(Outgoing& o, const WitType& type, U& from, auto&& to, std::index_sequence<i...>) {
    return (... && (Wit<A>::put(o, *type.part(i), std::get<i>(from), part_of(to, i)) ||
                    o.in("element " + std::to_string(i))));
  }
  template <size_t... i>
  static std::tuple<A...> get_at(Incoming& in, const WitType& type, auto&& from, std::index_sequence<i...>) {
    return std::tuple<A...>{Wit<A>::get(in, *type.part(i), part_of(from, i))...};
  }
};

template <RecordType T>
struct Wit<T> {
  template <class F>
  static auto with_fields(const F& f) {
    return std::apply([&](const auto&... field) { return f(field...); },
                      heddle_record(static_cast<const T*>(nullptr)));
  }
  static std::string name() {
    std::string text = "record {";
    with_fields([&](const auto&... f) { (add_name(text, f), ...); });
    return text + " }";
  }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::record) return c.mismatch(type, name());
    return with_fields([&](const auto&... f) {
      const std::array<std::string_view, sizeof...(f)> names{f.name...};
      if (!c.same_names(*type, "field", names, name())) return false;
      size_t i = 0;
      return (... && check_field(c, *type, i++, f));
    });
  }
  template <class U>
  static bool put(Outgoing& o, const WitType& type, U& from, auto&& to) {
    set_record(to, type.parts.size());
    return with_fields([&](const auto&... f) {
      size_t i = 0;
      return (... && put_field(o, type, i++, f, from, to));
    });
  }
  static T get(Incoming& in, const WitType& type, auto&& from) {
    T made{};
    with_fields([&](const auto&... f) {
      size_t i = 0;
      (get_field(in, type, i++, f, from, made), ...);
    });
    return made;
  }

 private:
  template <class M>
  static void add_name(std::string& text, const Member<T, M>& field) {
    text += (text.back() == '{' ? " " : ", ") + kebab(field.name) + ": " + Wit<M>::name();
  }
  template <class M>
  static bool check_field(SignatureCheck& c, const WitType& type, size_t i, const Member<T, M>&) {
    return Wit<M>::check(c, type.part(i)) || c.in("field `" + type.labels[i] + "`");
  }
  template <class M, class U>
  static bool put_field(Outgoing& o, const WitType& type, size_t i, const Member<T, M>& field, U& from, auto&& to) {
    return Wit<M>::put(o, *type.part(i), from.*field.member, part_of(to, i)) ||
           o.in("field `" + type.labels[i] + "`");
  }
  template <class M>
  static void get_field(Incoming& in, const WitType& type, size_t i, const Member<T, M>& field, auto&& from,
                        T& made) {
    made.*field.member = Wit<M>::get(in, *type.part(i), part_of(from, i));
  }
};

// --- names alone

template <class T>
struct NamesWit {
  static std::string name_as(std::string text, const auto& names) {
    for (const auto& one : names) text += (text.back() == '{' ? " " : ", ") + kebab(one.name);
    return text + " }";
  }
  template <size_t kCount>
  static bool same(SignatureCheck& c, const std::array<Enumerator<T>, kCount>& all, const WitType& type,
                   std::string_view what, const std::string& stands_for) {
    std::array<std::string_view, kCount> names;
    for (size_t i = 0; i < kCount; ++i) names[i] = all[i].name;
    return c.same_names(type, what, names, stands_for);
  }
};

template <EnumType T>
struct Wit<T> : NamesWit<T> {
  static constexpr auto kAll = heddle_enum(static_cast<const T*>(nullptr));
  static std::string name() { return NamesWit<T>::name_as("enum {", kAll); }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::enum_) return c.mismatch(type, name());
    return NamesWit<T>::same(c, kAll, *type, "case", name());
  }
  static bool put(Outgoing& o, const WitType&, T from, auto&& to) {
    for (uint32_t i = 0; i < kAll.size(); ++i) {
      if (kAll[i].value == from) return set_variant(to, i, false), true;
    }
    return o.fail("a value that the enum has no name for");
  }
  static T get(Incoming&, const WitType&, auto&& from) { return kAll[bits_of(from) % kAll.size()].value; }
};

template <FlagsType T>
struct Wit<T> : NamesWit<T> {
  static constexpr auto kAll = heddle_flags(static_cast<const T*>(nullptr));
  static std::string name() { return NamesWit<T>::name_as("flags {", kAll); }
  static bool check(SignatureCheck& c, const WitType* type) {
    if (!type || type->kind != WitKind::flags) return c.mismatch(type, name());
    return NamesWit<T>::same(c, kAll, *type, "flag", name());
  }
  static bool put(Outgoing&, const WitType&, T from, auto&& to) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < kAll.size(); ++i) bits |= uint64_t{(from & kAll[i].value) == kAll[i].value} << i;
    return set_integer(to, bits), true;
  }
  static T get(Incoming&, const WitType&, auto&& from) {
    T made{};
    for (uint32_t i = 0; i < kAll.size(); ++i) {
      if (bits_of(from) >> i & 1) made = made | kAll[i].value;
    }
    return made;
  }
};

// Does something occur in it that Is<> says of itself?
template <template <class> class Is, class T>
inline constexpr bool kOccurs = Is<T>::value;
template <template <class> class Is, class T>
inline constexpr bool kOccurs<Is, std::vector<T>> = kOccurs<Is, T>;
template <template <class> class Is, class T>
inline constexpr bool kOccurs<Is, std::optional<T>> = kOccurs<Is, T>;
template <template <class> class Is, class... T>
inline constexpr bool kOccurs<Is, std::tuple<T...>> = (... || kOccurs<Is, T>);
template <template <class> class Is, class... T>
inline constexpr bool kOccurs<Is, std::variant<T...>> = (... || kOccurs<Is, T>);
template <template <class> class Is, class T, size_t kLength>
inline constexpr bool kOccurs<Is, std::array<T, kLength>> = kOccurs<Is, T>;
template <template <class> class Is, class K, class V>
inline constexpr bool kOccurs<Is, std::map<K, V>> = kOccurs<Is, K> || kOccurs<Is, V>;
template <template <class> class Is, class T, class E>
inline constexpr bool kOccurs<Is, Expected<T, E>> = kOccurs<Is, T> || kOccurs<Is, E>;
template <template <class> class Is, class Tag, class T>
inline constexpr bool kOccurs<Is, Case<Tag, T>> = kOccurs<Is, T>;
template <template <class> class Is, class T, class M>
inline constexpr bool kOccurs<Is, Member<T, M>> = kOccurs<Is, M>;
template <template <class> class Is, RecordType T>
inline constexpr bool kOccurs<Is, T> = kOccurs<Is, decltype(heddle_record(static_cast<const T*>(nullptr)))>;
template <template <class> class Is, VariantType T>
inline constexpr bool kOccurs<Is, T> = kOccurs<Is, typename T::variant>;

template <class T>
struct IsView : std::is_same<T, std::string_view> {};
template <class T>
struct IsView<std::span<T>> : std::true_type {};
template <class T>
inline constexpr bool kIsView = kOccurs<IsView, T>;

// What can be given away once: Own, and the readable ends of streams and futures.
template <class T>
struct IsGivenAway : std::false_type {};
template <class T>
inline constexpr bool kIsGivenAway = kOccurs<IsGivenAway, T>;

}  // namespace detail
}  // namespace heddle::api

// --- types of the embedder's own. Each macro stands in the namespace of its type, behind it.

#define HEDDLE_PARENS ()
#define HEDDLE_EXPAND(...) HEDDLE_EXPAND4(HEDDLE_EXPAND4(HEDDLE_EXPAND4(HEDDLE_EXPAND4(__VA_ARGS__))))
#define HEDDLE_EXPAND4(...) HEDDLE_EXPAND3(HEDDLE_EXPAND3(HEDDLE_EXPAND3(HEDDLE_EXPAND3(__VA_ARGS__))))
#define HEDDLE_EXPAND3(...) HEDDLE_EXPAND2(HEDDLE_EXPAND2(HEDDLE_EXPAND2(HEDDLE_EXPAND2(__VA_ARGS__))))
#define HEDDLE_EXPAND2(...) HEDDLE_EXPAND1(HEDDLE_EXPAND1(HEDDLE_EXPAND1(HEDDLE_EXPAND1(__VA_ARGS__))))
#define HEDDLE_EXPAND1(...) __VA_ARGS__
#define HEDDLE_EACH(M, T, ...) __VA_OPT__(HEDDLE_EXPAND(HEDDLE_EACH_NEXT(M, T, __VA_ARGS__)))
#define HEDDLE_EACH_NEXT(M, T, a, ...) M(T, a) __VA_OPT__(, HEDDLE_EACH_AGAIN HEDDLE_PARENS(M, T, __VA_ARGS__))
#define HEDDLE_EACH_AGAIN() HEDDLE_EACH_NEXT
#define HEDDLE_MEMBER(T, a) ::heddle::api::detail::member(#a, &T::a)
#define HEDDLE_ENUMERATOR(T, a) \
  ::heddle::api::detail::Enumerator<T> { #a, T::a }
#define HEDDLE_LABEL(T, a) std::string_view(#a)

// struct Point { int32_t x, y; };  HEDDLE_RECORD(Point, x, y)
#define HEDDLE_RECORD(T, ...)                                      \
  [[maybe_unused]] constexpr auto heddle_record(const T*) {        \
    return std::tuple{HEDDLE_EACH(HEDDLE_MEMBER, T, __VA_ARGS__)}; \
  }                                                                \
  static_assert(std::is_class_v<T>)
// enum class Color { red, green };  HEDDLE_ENUM(Color, red, green)
#define HEDDLE_ENUM(T, ...)                                            \
  [[maybe_unused]] constexpr auto heddle_enum(const T*) {              \
    return std::array{HEDDLE_EACH(HEDDLE_ENUMERATOR, T, __VA_ARGS__)}; \
  }                                                                    \
  static_assert(std::is_enum_v<T>)
// enum class Access : uint8_t { read = 1, write = 2 };  HEDDLE_FLAGS(Access, read, write)
#define HEDDLE_FLAGS(T, ...)                                                                                      \
  [[maybe_unused]] constexpr auto heddle_flags(const T*) {                                                        \
    return std::array{HEDDLE_EACH(HEDDLE_ENUMERATOR, T, __VA_ARGS__)};                                            \
  }                                                                                                               \
  [[maybe_unused]] constexpr T operator|(T a, T b) {                                                              \
    return static_cast<T>(static_cast<std::underlying_type_t<T>>(a) | static_cast<std::underlying_type_t<T>>(b)); \
  }                                                                                                               \
  [[maybe_unused]] constexpr T operator&(T a, T b) {                                                              \
    return static_cast<T>(static_cast<std::underlying_type_t<T>>(a) & static_cast<std::underlying_type_t<T>>(b)); \
  }                                                                                                               \
  static_assert(std::is_enum_v<T>)
// struct Shape : std::variant<Circle, Square> { using variant::variant; };  HEDDLE_VARIANT(Shape, circle, square)
#define HEDDLE_VARIANT(T, ...)                                    \
  [[maybe_unused]] constexpr auto heddle_variant(const T*) {      \
    return std::array{HEDDLE_EACH(HEDDLE_LABEL, T, __VA_ARGS__)}; \
  }                                                               \
  static_assert(std::is_class_v<T>)
