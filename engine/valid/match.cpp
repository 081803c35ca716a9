// Subtyping on canonical types (spec 3.3). Of two defined types the registry's displays decide; the abstract heap
// types form five small lattices, drawn here as one bit set of supertypes per type.
#include "valid/registry.h"

namespace heddle {
namespace {

constexpr uint32_t kHeapKinds = 15;  // with the bottom of all

constexpr uint32_t bit(HeapKind kind) { return uint32_t{1} << static_cast<uint32_t>(kind); }

// Supertypes of each abstract heap type, itself included, by HeapKind.
constexpr uint32_t kSupers[kHeapKinds] = {
    /* any */ bit(HeapKind::any),
    /* eq */ bit(HeapKind::eq) | bit(HeapKind::any),
    /* i31 */ bit(HeapKind::i31) | bit(HeapKind::eq) | bit(HeapKind::any),
    /* struct */ bit(HeapKind::struct_) | bit(HeapKind::eq) | bit(HeapKind::any),
    /* array */ bit(HeapKind::array) | bit(HeapKind::eq) | bit(HeapKind::any),
    /* none */ bit(HeapKind::none) | bit(HeapKind::i31) | bit(HeapKind::struct_) | bit(HeapKind::array) |
        bit(HeapKind::eq) | bit(HeapKind::any),
    /* func */ bit(HeapKind::func),
    /* nofunc */ bit(HeapKind::nofunc) | bit(HeapKind::func),
    /* extern */ bit(HeapKind::extern_),
    /* noextern */ bit(HeapKind::noextern) | bit(HeapKind::extern_),
    /* exn */ bit(HeapKind::exn),
    /* noexn */ bit(HeapKind::noexn) | bit(HeapKind::exn),
    /* cont */ bit(HeapKind::cont),
    /* nocont */ bit(HeapKind::nocont) | bit(HeapKind::cont),
    /* bottom */ 0xffffffff,
};

// The abstract type right above the defined types of a kind, and the bottom below them.
constexpr HeapKind above(CompKind kind) {
  switch (kind) {
    case CompKind::func: return HeapKind::func;
    case CompKind::struct_: return HeapKind::struct_;
    case CompKind::array: return HeapKind::array;
    case CompKind::cont: return HeapKind::cont;
  }
  return HeapKind::any;
}

constexpr HeapKind below(CompKind kind) {
  switch (kind) {
    case CompKind::func: return HeapKind::nofunc;
    case CompKind::struct_:
    case CompKind::array: return HeapKind::none;
    case CompKind::cont: return HeapKind::nocont;
  }
  return HeapKind::none;
}

std::string_view abstract_name(HeapKind kind) {
  constexpr std::string_view kNames[kHeapKinds] = {"any",  "eq",    "i31",    "struct", "array",
                                                   "none", "func",  "nofunc", "extern", "noextern",
                                                   "exn",  "noexn", "cont",   "nocont", "bot"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace

bool TypeRegistry::matches(HeapType sub, HeapType super) const {
  if (sub == super) return true;
  if (sub.abstract()) {
    if (super.abstract()) return kSupers[static_cast<size_t>(sub.kind())] & bit(super.kind());
    return sub == kBotHeap || sub.is(below((*this)[super.index()].kind));
  }
  if (super.abstract()) {
    return kSupers[static_cast<size_t>(above((*this)[sub.index()].kind))] & bit(super.kind());
  }
  return !super.exact() && is_subtype(sub.index(), super.index());
}

bool TypeRegistry::matches_ref(ValType sub, ValType super) const {
  if (!sub.is_ref() || !super.is_ref()) return false;
  return (!sub.nullable() || super.nullable()) && matches(sub.heap(), super.heap());
}

bool TypeRegistry::matches(FieldType sub, FieldType super) const {
  if (sub.mut != super.mut) return false;
  return super.mut ? sub.type == super.type : matches(sub.type, super.type);
}

bool TypeRegistry::matches(std::span<const ValType> sub, std::span<const ValType> super) const {
  if (sub.size() != super.size()) return false;
  for (size_t i = 0; i < sub.size(); ++i) {
    if (!matches(sub[i], super[i])) return false;
  }
  return true;
}

HeapKind TypeRegistry::top_of(HeapType heap) const {
  HeapKind kind = heap.abstract() ? heap.kind() : above((*this)[heap.index()].kind);
  for (HeapKind top : {HeapKind::any, HeapKind::func, HeapKind::extern_, HeapKind::exn}) {
    if (kSupers[static_cast<size_t>(kind)] & bit(top)) return top;
  }
  return HeapKind::cont;
}

std::string to_string(HeapType type) {
  if (type.abstract()) return std::string(abstract_name(type.kind()));
  std::string index = std::to_string(type.index());
  return type.exact() ? "(exact " + index + ")" : index;
}

std::string to_string(ValType type) {
  constexpr std::string_view kNames[] = {"any type", "i32", "i64", "f32", "f64", "v128", "i8", "i16"};
  if (!type.is_ref()) return std::string(kNames[static_cast<size_t>(type.kind())]);
  if (type.nullable() && type.heap().abstract()) {
    HeapKind kind = type.heap().kind();
    switch (kind) {  // the shorthands of spec 6.4.5
      case HeapKind::none: return "nullref";
      case HeapKind::nofunc: return "nullfuncref";
      case HeapKind::noextern: return "nullexternref";
      case HeapKind::noexn: return "nullexnref";
      case HeapKind::nocont: return "nullcontref";
      case HeapKind::any:
      case HeapKind::eq:
      case HeapKind::i31:
      case HeapKind::struct_:
      case HeapKind::array:
      case HeapKind::func:
      case HeapKind::extern_:
      case HeapKind::exn:
      case HeapKind::cont: return std::string(abstract_name(kind)) + "ref";
    }
  }
  return (type.nullable() ? "(ref null " : "(ref ") + to_string(type.heap()) + ")";
}

}  // namespace heddle
