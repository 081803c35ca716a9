// Canonical definitions (Explainer.md, "Canonical Definitions") and their options, as they are written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/list.h"
#include "component/syntax/types.h"

namespace heddle::component {

enum class CanonOp : uint8_t {
#define CANON(name, code, text, operands, feature) name,
#include "component/syntax/canon.inc"
#undef CANON
};

// What follows a canonical definition's code: see canon.inc.
enum class Operands : uint8_t {
  lift,
  lower,
  none,
  type,
  type_options,
  type_async,
  task_return,
  async,
  cancellable,
  wait,
  context,
  options,
  thread_new,
  spawn_ref,
  spawn_indirect,
  shared,
};

struct CanonInfo {
  uint8_t code;
  std::string_view text;
  Operands operands;
  Feature feature;
};
inline constexpr CanonInfo kCanons[] = {
#define CANON(name, code, text, operands, feature) {code, text, Operands::operands, Feature::feature},
#include "component/syntax/canon.inc"
#undef CANON
};
constexpr const CanonInfo& info(CanonOp op) { return kCanons[static_cast<size_t>(op)]; }

// By their codes in the binary format.
enum class OptionKind : uint8_t { utf8, utf16, latin1_utf16, memory, realloc, post_return, async, callback };
inline constexpr std::string_view kOptionTexts[] = {
    "string-encoding=utf8",
    "string-encoding=utf16",
    "string-encoding=latin1+utf16",
    "memory",
    "realloc",
    "post-return",
    "async",
    "callback",
};
constexpr std::string_view text_of(OptionKind kind) { return kOptionTexts[static_cast<size_t>(kind)]; }

struct CanonOption {
  OptionKind kind = OptionKind::utf8;
  uint32_t index = 0;  // memory: of a core memory; realloc, post_return, callback: of a core function
  uint32_t at = 0;
};
constexpr bool has_index(OptionKind kind) { return kind >= OptionKind::memory && kind != OptionKind::async; }

// Which parts one has says info(op).operands; the others stay as they are here.
struct Canon {
  CanonOp op = CanonOp::lift;
  bool async = false;         // type_async, async
  bool cancellable = false;   // cancellable, wait
  bool shared = false;        // spawn_ref, spawn_indirect, shared
  uint32_t func = 0;          // lift: a core function. lower: a function
  uint32_t type = 0;          // lift: the function type. type, type_options, type_async: a resource, stream or future
  uint32_t core_type = 0;     // thread_new, spawn_ref, spawn_indirect
  uint32_t core_table = 0;    // thread_new, spawn_indirect
  uint32_t core_memory = 0;   // wait
  uint32_t slot = 0;          // context
  heddle::ValType slot_type;  // context
  ValType result;             // task_return; may be absent
  uint32_t at = 0;            // see Component
  List<CanonOption> options;  // in the order they are written
};

}  // namespace heddle::component
