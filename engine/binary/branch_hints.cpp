// Branch hints: per function, the offsets of branches (counted from the code entry's first byte) and whether they are
// likely taken. Placement is checked in one walk over each hinted body.
#include <algorithm>

#include "base/reader.h"
#include "binary/names.h"
#include "binary/writer.h"
#include "syntax/immediates.h"

namespace heddle::binary {
namespace {

using namespace syntax;

class HintReader {
 public:
  HintReader(const Module& module, BranchHints& hints, bool strict, ErrorSink* sink)
      : m_(module), hints_(hints), strict_(strict), sink_(sink) {}

  Result<void> section(Reader in);

 private:
  Result<void> func(Reader& in);
  Result<BranchHint> hint(Reader& in);
  Result<void> check_targets(uint32_t func, const std::vector<BranchHint>& hints, uint32_t at);
  Error wrong(uint32_t at, const char* what, ErrorCode code = ErrorCode::branch_hint_annotation) {
    if (sink_) sink_->set(what);
    return Error{code, at};
  }

  const Module& m_;
  BranchHints& hints_;
  bool strict_;
  ErrorSink* sink_;
};

Result<void> HintReader::section(Reader in) {
  auto count = TRY(in.count());
  int64_t previous = -1;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t at = in.offset();
    if (strict_) {
      Reader ahead = in;
      auto index = TRY(ahead.u32());
      if (index <= previous) return wrong(at, "functions must ascend");
      previous = index;
    }
    TRY(func(in));
  }
  if (strict_ && !in.at_end()) return wrong(in.offset(), "section size mismatch");
  return {};
}

Result<void> HintReader::func(Reader& in) {
  uint32_t at = in.offset();
  auto index = TRY(in.u32());
  auto count = TRY(in.count());
  bool defined = index >= m_.imported_funcs && index - m_.imported_funcs < m_.code.size();
  if (strict_ && !defined) return wrong(at, "not in a function");
  std::vector<BranchHint> list;
  list.reserve(std::min<size_t>(count, in.remaining() / 3));
  for (uint32_t i = 0; i < count; ++i) {
    auto next = TRY(hint(in));
    bool ascends = list.empty() || next.offset > list.back().offset;
    if (strict_ && !ascends) return wrong(at, "offsets must ascend");
    if (ascends) list.push_back(next);
  }
  if (strict_) TRY(check_targets(index, list, at));
  if (defined && !list.empty()) hints_.emplace(index, std::move(list));
  return {};
}

Result<BranchHint> HintReader::hint(Reader& in) {
  BranchHint hint;
  hint.offset = TRY(in.u32());
  uint32_t at = in.offset();
  auto size = TRY(in.u32());
  if (size != 1) return wrong(at, "a hint is one byte");
  auto value = TRY(in.byte());
  if (value > 1) return wrong(at, "invalid hint value");
  hint.likely = value == 1;
  return hint;
}

Result<void> HintReader::check_targets(uint32_t func, const std::vector<BranchHint>& hints, uint32_t at) {
  const Code& code = m_.code[func - m_.imported_funcs];
  Reader body(code.body.bytes, code.body.offset);
  size_t next = 0;
  while (next < hints.size() && !body.at_end()) {
    uint32_t here = body.offset() - code.entry_offset;
    auto op = TRY(read_op(body));
    if (here > hints[next].offset) break;
    if (here == hints[next].offset) {
      if (op != Op::if_ && op != Op::br_if) return wrong(body.offset(), "", ErrorCode::branch_hint_target);
      ++next;
    }
    TRY(read_immediates(body, info(op)));
  }
  if (next < hints.size()) return wrong(at, "invalid offset");
  return {};
}

}  // namespace

BranchHints decode_branch_hints(const Module& module) {
  BranchHints hints;
  if (const Custom* custom = find_custom(module, kBranchHintSection)) {
    static_cast<void>(HintReader(module, hints, false, nullptr).section(Reader(custom->bytes, custom->offset)).ok());
  }
  return hints;
}

Result<BranchHints> decode_branch_hints_strict(const Module& module, ErrorSink* sink) {
  BranchHints hints;
  const Custom* custom = find_custom(module, kBranchHintSection);
  if (!custom) return hints;
  if (custom->after == SectionId::code || custom->after == SectionId::data) {
    if (sink) sink->set("must precede the code section");
    return Error{ErrorCode::branch_hint_annotation, custom->offset};
  }
  auto read = HintReader(module, hints, true, sink).section(Reader(custom->bytes, custom->offset));
  if (read.ok()) return hints;
  Error error = read.error();
  if (error.code == ErrorCode::branch_hint_annotation || error.code == ErrorCode::branch_hint_target) return error;
  if (sink) sink->set(std::string(text_of(error.code)));
  return Error{ErrorCode::branch_hint_annotation, error.offset};
}

std::vector<uint8_t> encode_branch_hints(const BranchHints& hints) {
  if (hints.empty()) return {};
  std::vector<uint32_t> funcs;
  for (const auto& [func, list] : hints) funcs.push_back(func);
  std::sort(funcs.begin(), funcs.end());
  std::vector<uint8_t> bytes;
  Writer out(bytes);
  out.u64(funcs.size());
  for (uint32_t func : funcs) {
    const std::vector<BranchHint>& list = hints.at(func);
    out.u32(func);
    out.u64(list.size());
    for (const BranchHint& hint : list) {
      out.u32(hint.offset);
      out.u32(1);
      out.byte(hint.likely);
    }
  }
  return bytes;
}

}  // namespace heddle::binary
