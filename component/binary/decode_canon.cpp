// Canonical definitions (Binary.md, "Canonical Definitions"): a code, and what canon.inc says follows it.
#include <array>
#include <optional>

#include "component/binary/parts.h"

namespace heddle::component {
namespace {

constexpr auto kCanonOfCode = [] {
  std::array<std::optional<CanonOp>, 256> ops{};
  for (size_t i = 0; i < std::size(kCanons); ++i) ops[kCanons[i].code] = static_cast<CanonOp>(i);
  return ops;
}();

Result<List<CanonOption>> options(Input& in) {
  List<CanonOption> list;
  auto n = TRY(in.count());
  list.reserve(n);
  for (uint32_t i = 0; i < n; ++i) {
    CanonOption option;
    option.at = in.offset();
    auto code = TRY(in.byte());
    if (code > static_cast<uint8_t>(OptionKind::callback)) return in.wrong(code, option.at, "canonical option");
    option.kind = static_cast<OptionKind>(code);
    if (option.kind >= OptionKind::async) TRY(in.need(Feature::async, option.at));
    if (has_index(option.kind)) option.index = TRY(in.u32());
    list.push_back(option);
  }
  return list;
}

// The sort of what is lifted or lowered, which is always a function.
Result<void> func_sort(Input& in, std::string_view what) {
  const uint32_t start = in.offset();
  auto sort = TRY(in.byte());
  if (sort != 0) return in.wrong(sort, start, what);
  return {};
}

Result<void> lift_or_lower(Input& in, Canon& canon) {
  const bool lifts = info(canon.op).operands == Operands::lift;
  TRY(func_sort(in, lifts ? "canonical function lift" : "canonical function lower"));
  canon.func = TRY(in.u32());
  canon.options = TRY(options(in));
  if (lifts) canon.type = TRY(in.type_index());
  return {};
}

Result<void> operands(Input& in, Canon& canon) {
  switch (info(canon.op).operands) {
    case Operands::lift:
    case Operands::lower: return lift_or_lower(in, canon);
    case Operands::none: break;
    case Operands::type: canon.type = TRY(in.type_index()); break;
    case Operands::type_options:
      canon.type = TRY(in.type_index());
      canon.options = TRY(options(in));
      break;
    case Operands::type_async:
      canon.type = TRY(in.type_index());
      canon.async = TRY(in.flag());
      break;
    case Operands::task_return:
      canon.result = TRY(decode_result_list(in));
      canon.options = TRY(options(in));
      break;
    case Operands::async: canon.async = TRY(in.flag()); break;
    case Operands::cancellable: canon.cancellable = TRY(in.flag()); break;
    case Operands::wait:
      canon.cancellable = TRY(in.flag());
      canon.core_memory = TRY(in.u32());
      break;
    case Operands::context:
      canon.slot_type = TRY(in.core.val_type());
      canon.slot = TRY(in.u32());
      break;
    case Operands::options: canon.options = TRY(options(in)); break;
    case Operands::thread_new:
      canon.core_type = TRY(in.u32());
      canon.core_table = TRY(in.u32());
      break;
    case Operands::spawn_ref:
      canon.shared = TRY(in.flag());
      canon.core_type = TRY(in.u32());
      break;
    case Operands::spawn_indirect:
      canon.shared = TRY(in.flag());
      canon.core_type = TRY(in.u32());
      canon.core_table = TRY(in.u32());
      break;
    case Operands::shared: canon.shared = TRY(in.flag()); break;
  }
  return {};
}

}  // namespace

Result<Canon> decode_canon(Input& in) {
  Canon canon;
  canon.at = in.offset();
  auto code = TRY(in.byte());
  auto op = kCanonOfCode[code];
  if (!op) return in.wrong(code, canon.at, "canonical function");
  TRY(in.need(info(*op).feature, canon.at));
  canon.op = *op;
  TRY(operands(in, canon));
  return canon;
}

}  // namespace heddle::component
