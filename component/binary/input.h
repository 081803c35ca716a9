// What every part of the decoder reads through: one reader, always bounded by the innermost section, and the atoms of
// the format. A byte that is not what must be there is told in the suite's words, with the byte and what it is for.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/reader.h"
#include "binary/types.h"
#include "component/syntax/component.h"
#include "component/syntax/features.h"

namespace heddle::component {

class Input {
 public:
  Input(syntax::Bytes bytes, const Features& features, const heddle::Features& core, ErrorSink* sink)
      : reader(bytes), core(reader, core, sink), features(features), sink(sink) {}

  uint32_t offset() const { return reader.offset(); }
  Result<uint8_t> byte() { return reader.byte(); }
  Result<uint32_t> u32() { return reader.u32(); }

  Result<std::string_view> name();
  Result<bool> flag();  // async?, cancel?, sh?
  // <T>?, of which this is the first byte: is there a T?
  Result<bool> optional(std::string_view what);
  // A vector's length: every element takes at least `least_bytes`, so that what is reserved is bounded.
  Result<uint32_t> count(size_t least_bytes = 1);
  // A valid one is below any that could be told from none.
  Result<uint32_t> type_index();

  Result<Sort> sort(std::string_view what);
  Result<Sort> core_sort(std::string_view what);
  Result<SortIndex> sort_index();
  Result<SortIndex> core_sort_index();

  Error wrong(uint8_t byte, uint32_t at, std::string_view what) const;  // "invalid leading byte (0x6) for `what`"
  Error unknown(ErrorCode code, uint32_t index, uint32_t at) const;     // "unknown type 5: type index out of bounds"
  Result<void> need(Feature feature, uint32_t at);

  // `count` more definitions in a vector that already has some; told where it would be too many.
  template <class T>
  Result<void> reserve(std::vector<T>& items, uint32_t count, const char* what) {
    const uint64_t wanted = items.size() + uint64_t{count};
    if (wanted > most_of_a_kind()) return binary::over_limit(sink, offset(), what, wanted, most_of_a_kind());
    if (wanted > items.capacity()) {
      items.reserve(std::max<size_t>(wanted, std::min<size_t>(2 * items.capacity(), most_of_a_kind())));
    }
    return {};
  }
  // One more of a kind, which continues the order of its scope.
  template <class T>
  Result<void> append(std::vector<Run>& order, DefKind kind, std::vector<T>& items, T item, const char* what) {
    TRY(reserve(items, 1, what));
    items.push_back(std::move(item));
    extend(order, kind, items.size() - 1);
    return {};
  }
  Result<void> add_types(uint64_t count, uint32_t at);  // to those of all scopes

  // One scope further in: a component, a component or instance type, a core module type.
  class Scope {
   public:
    explicit Scope(Input& in) : in_(in) { ++in_.nesting_; }
    ~Scope() { --in_.nesting_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    Result<void> check(uint32_t at);  // is it one too many, or too deep?

   private:
    Input& in_;
  };

  Reader reader;
  binary::TypeReader core;  // reads through `reader`
  const Features& features;
  ErrorSink* const sink;

 private:
  static uint64_t most_of_a_kind();

  uint32_t nesting_ = 0;
  uint64_t types_ = 0, scopes_ = 0;
};

}  // namespace heddle::component
