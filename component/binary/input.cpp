// Where a byte may mean several things, what it is for is the caller's to say: the words are those of the suite.
#include "component/binary/input.h"

#include <charconv>

#include "component/syntax/limits.h"

namespace heddle::component {

uint64_t Input::most_of_a_kind() { return limits::kDefinitions; }

Error Input::wrong(uint8_t byte, uint32_t at, std::string_view what) const {
  if (sink && sink->headline.empty()) {
    char digits[2];
    auto end = std::to_chars(digits, digits + sizeof digits, byte, 16).ptr;
    sink->headline.append(text_of(ErrorCode::bad_leading_byte)).append(" (0x").append(digits, end).append(") for ");
    sink->headline.append(what);
  }
  return Error{ErrorCode::bad_leading_byte, at};
}

Error Input::unknown(ErrorCode code, uint32_t index, uint32_t at) const {
  if (sink && sink->headline.empty()) {
    sink->headline.append(text_of(code)).append(" ").append(std::to_string(index));
    sink->set("index out of bounds");
  }
  return Error{code, at};
}

Result<void> Input::need(Feature feature, uint32_t at) {
  if (features.has(feature)) return {};
  const FeatureInfo& info = kFeatures[static_cast<size_t>(feature)];
  if (sink) sink->set("needs " + std::string(info.flag) + " (" + std::string(info.what) + ")");
  return Error{ErrorCode::feature_disabled, at};
}

Result<std::string_view> Input::name() {
  const uint32_t start = offset();
  auto size = TRY(u32());
  if (size > reader.remaining()) return Error{ErrorCode::unexpected_end, start};
  auto raw = TRY(reader.bytes(size));
  std::string_view text(reinterpret_cast<const char*>(raw.data()), raw.size());
  if (!utf8::valid(text)) return Error{ErrorCode::bad_utf8, start};
  return text;
}

Result<bool> Input::flag() {
  const uint32_t start = offset();
  auto value = TRY(byte());
  if (value > 1) return Error{ErrorCode::bad_boolean, start};
  return value == 1;
}

Result<bool> Input::optional(std::string_view what) {
  const uint32_t start = offset();
  auto value = TRY(byte());
  if (value > 1) return wrong(value, start, what);
  return value == 1;
}

Result<uint32_t> Input::count(size_t least_bytes) {
  const uint32_t start = offset();
  auto n = TRY(u32());
  if (n > reader.remaining() / least_bytes) return Error{ErrorCode::unexpected_end, start};
  return n;
}

Result<uint32_t> Input::type_index() {
  const uint32_t start = offset();
  auto index = TRY(u32());
  if (index >= ValType::kMostTypes) return unknown(ErrorCode::unknown_type, index, start);
  return index;
}

Result<Sort> Input::core_sort(std::string_view what) {
  const uint32_t start = offset();
  auto code = TRY(byte());
  for (size_t i = 0; is_core(static_cast<Sort>(i)); ++i) {
    if (kSortInfos[i].code == code) return static_cast<Sort>(i);
  }
  return wrong(code, start, what);
}

Result<Sort> Input::sort(std::string_view what) {
  const uint32_t start = offset();
  auto code = TRY(byte());
  if (code == 0) return core_sort(what);
  const size_t i = static_cast<size_t>(Sort::func) + code - 1;
  if (i >= kSorts) return wrong(code, start, what);
  const auto sort = static_cast<Sort>(i);
  if (sort == Sort::value) TRY(need(Feature::values, start));
  return sort;
}

Result<SortIndex> Input::sort_index() {
  auto kind = TRY(sort("component external kind"));
  auto index = TRY(u32());
  return SortIndex{kind, index};
}

Result<SortIndex> Input::core_sort_index() {
  auto kind = TRY(core_sort("core external kind"));
  auto index = TRY(u32());
  return SortIndex{kind, index};
}

Result<void> Input::add_types(uint64_t count, uint32_t at) {
  types_ += count;
  if (types_ > limits::kTypes) return binary::over_limit(sink, at, "types", types_, limits::kTypes);
  return {};
}

Result<void> Input::Scope::check(uint32_t at) {
  if (++in_.scopes_ > limits::kScopes) {
    return binary::over_limit(in_.sink, at, "scopes", in_.scopes_, limits::kScopes);
  }
  if (in_.nesting_ > limits::kNesting) {
    return binary::over_limit(in_.sink, at, "nesting", in_.nesting_, limits::kNesting);
  }
  return {};
}

}  // namespace heddle::component
