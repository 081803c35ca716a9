#include "component/plan/program.h"

#include <algorithm>
#include <optional>

#include "base/checked.h"
#include "component/canon/alignment.h"

namespace heddle::component::plan {
namespace {

using canon::Despecialized;
using canon::Parts;
using canon::T;
using Kind = Despecialized::Kind;

constexpr Side kSides[] = {kFrom, kTo};
constexpr uint32_t kManyFlat = 1u << 16;  // more than can ever be passed

Node scalar(Op op, uint32_t size, bool plain) {
  Node node{.op = op, .plain = plain};
  for (Side side : kSides) node.layout[side] = {size, size};
  return node;
}

uint32_t saturated(uint64_t count) { return static_cast<uint32_t>(std::min<uint64_t>(count, kManyFlat)); }

// Sizes that no memory has are all the same.
constexpr uint64_t kHugeSize = uint64_t{1} << 60;
uint64_t bounded(std::optional<uint64_t> size) { return std::min(size.value_or(kHugeSize), kHugeSize); }

uint64_t bounded_sum(uint64_t a, uint64_t b) { return bounded(a + b); }

bool same_layout(const Node& node) {
  return node.layout[kFrom].size == node.layout[kTo].size &&
         node.layout[kFrom].alignment == node.layout[kTo].alignment;
}

}  // namespace

uint64_t Program::work_of(const Node& element, uint64_t count) {
  const bool at_once = element.plain || element.number;
  return bounded(checked_mul(count, at_once ? element.layout[kFrom].size : element.work));
}

Program::Program(std::span<const T> from, std::span<const T> to, std::array<uint32_t, 2> pointers)
    : pointers_(pointers) {
  HEDDLE_ASSERT(from.size() == to.size());
  add_record(from, to);
  if (flat() > kMaxFlatParams || !add_scalars(whole())) scalars_.clear();
  known_.clear();
  nodes_.shrink_to_fit();
  parts_.shrink_to_fit();
}

NodeId Program::push(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId Program::add(const T& from, const T& to) {
  if (!from.present()) return kNoNode;
  if (from.parts() || to.parts()) return add_definition(from, to);
  const std::pair key(from.type().index(), to.type().index());
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  return known_[key] = add_definition(from, to);
}

NodeId Program::add_definition(const T& from, const T& to) {
  const Despecialized f = canon::despecialize(from), t = canon::despecialize(to);
  HEDDLE_ASSERT(f.kind == t.kind);
  auto index = [&](Op op) {
    Node node = scalar(op, 4, false);
    node.resource = {f.rt, t.rt};
    if (!f.parts.empty()) node.element = {f.parts[0], t.parts[0]};
    return push(std::move(node));
  };
  switch (f.kind) {
    case Kind::primitive: return add_primitive(f.primitive);
    case Kind::list: return add_list(f, t);
    case Kind::record: return add_record(f.parts, t.parts);
    case Kind::variant: return add_variant(f.parts, t.parts);
    case Kind::flags: return add_flags(f.length);
    case Kind::own: return index(Op::own);
    case Kind::borrow: return index(Op::borrow);
    case Kind::stream: return index(Op::stream);
    case Kind::future: return index(Op::future);
  }
  return kNoNode;
}

NodeId Program::add_primitive(Primitive type) {
  auto number = [&](Op op, uint32_t size, bool plain = true) {
    Node node = scalar(op, size, plain);
    node.number = true;
    return push(std::move(node));
  };
  switch (type) {
    case Primitive::bool_: return push(scalar(Op::bool_, 1, false));
    case Primitive::u8: return number(Op::u8, 1);
    case Primitive::s8: return number(Op::s8, 1);
    case Primitive::u16: return number(Op::u16, 2);
    case Primitive::s16: return number(Op::s16, 2);
    case Primitive::u32:
    case Primitive::s32: return number(Op::bits32, 4);
    case Primitive::u64:
    case Primitive::s64: return number(Op::bits64, 8);
    case Primitive::f32: return number(Op::f32, 4, false);
    case Primitive::f64: return number(Op::f64, 8, false);
    case Primitive::char_: return push(scalar(Op::char_, 4, false));
    case Primitive::error_context: return push(scalar(Op::error_context, 4, false));
    case Primitive::string: break;
  }
  Node node{.op = Op::string, .flat = 2};
  for (Side side : kSides) node.layout[side] = pair_of_pointers(side);
  return push(std::move(node));
}

NodeId Program::add_list(const Despecialized& from, const Despecialized& to) {
  const NodeId id = add(from.parts[0], to.parts[0]);
  const Node& element = nodes_[id];
  Node node{.op = from.has_length ? Op::fixed_list : Op::list};
  node.first_part = static_cast<uint32_t>(parts_.size());
  node.parts = 1;
  if (from.has_length) {
    node.plain = element.plain;
    node.count = from.length;
    node.flat = saturated(uint64_t{element.flat} * from.length);
    node.work = bounded_sum(kNodeWork, work_of(element, from.length));
    for (Side side : kSides) {
      node.layout[side] = {bounded(checked_mul(element.layout[side].size, from.length)),
                           element.layout[side].alignment};
    }
  } else {
    node.flat = 2;
    for (Side side : kSides) node.layout[side] = pair_of_pointers(side);
  }
  parts_.push_back({id});
  return push(std::move(node));
}

NodeId Program::add_record(const Parts& from, const Parts& to) {
  Node node{.op = Op::record, .plain = true, .flat = 0};
  std::vector<Part> fields;
  uint64_t used = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    Part& field = fields.emplace_back(Part{add(from[i], to[i])});
    const Node& part = nodes_[field.node];
    node.flat = saturated(node.flat + uint64_t{part.flat});
    node.plain &= part.plain;
    node.work = bounded_sum(node.work, part.work);
    used = bounded(used + part.layout[kFrom].size);
    for (Side side : kSides) {
      Layout& layout = node.layout[side];
      field.offset[side] = canon::align_to(layout.size, part.layout[side].alignment);
      layout.size = bounded(field.offset[side] + part.layout[side].size);
      layout.alignment = std::max(layout.alignment, part.layout[side].alignment);
    }
  }
  for (Layout& layout : node.layout) layout.size = canon::align_to(layout.size, layout.alignment);
  node.plain &= same_layout(node) && used == node.layout[kFrom].size;
  node.first_part = static_cast<uint32_t>(parts_.size());
  node.parts = static_cast<uint32_t>(fields.size());
  parts_.insert(parts_.end(), fields.begin(), fields.end());
  return push(std::move(node));
}

NodeId Program::add_variant(const Parts& from, const Parts& to) {
  const T tag(nullptr, canon::discriminant_type(from));
  Node node{.op = Op::variant};
  node.tag_size = static_cast<uint8_t>(canon::elem_size(tag, 4));
  std::vector<Part> cases;
  std::array<Layout, 2> payload{};
  uint32_t flat = 0;
  uint64_t work = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    const Part& one = cases.emplace_back(Part{add(from[i], to[i])});
    if (one.node == kNoNode) continue;
    const Node& part = nodes_[one.node];
    flat = std::max(flat, part.flat);
    work = std::max(work, part.work);
    for (Side side : kSides) {
      payload[side].size = std::max(payload[side].size, part.layout[side].size);
      payload[side].alignment = std::max(payload[side].alignment, part.layout[side].alignment);
    }
  }
  node.flat = saturated(uint64_t{flat} + 1);
  node.work = bounded_sum(kNodeWork, work);
  for (Side side : kSides) {
    Layout& layout = node.layout[side];
    layout.alignment = std::max<uint64_t>(node.tag_size, payload[side].alignment);
    node.payload[side] = canon::align_to(node.tag_size, payload[side].alignment);
    layout.size = canon::align_to(bounded(node.payload[side] + payload[side].size), layout.alignment);
  }
  node.first_part = static_cast<uint32_t>(parts_.size());
  node.parts = static_cast<uint32_t>(cases.size());
  parts_.insert(parts_.end(), cases.begin(), cases.end());
  return push(std::move(node));
}

// False: one of them is none.
bool Program::add_scalars(const Node& node) {
  constexpr uint64_t kNarrow = UINT32_MAX;
  switch (node.op) {
    case Op::record: {
      const auto fields = parts(node);
      return std::all_of(fields.begin(), fields.end(),
                         [&](const Part& field) { return add_scalars(nodes_[field.node]); });
    }
    case Op::variant: scalars_.push_back({node.op, node.parts, kNarrow}); return node.flat == 1;
    case Op::bool_:
    case Op::flags: scalars_.push_back({node.op, node.count, kNarrow}); return true;
    case Op::u8: scalars_.push_back({node.op, 0, UINT8_MAX}); return true;
    case Op::u16: scalars_.push_back({node.op, 0, UINT16_MAX}); return true;
    case Op::s8:
    case Op::s16:
    case Op::bits32:
    case Op::f32:
    case Op::char_: scalars_.push_back({node.op, 0, kNarrow}); return true;
    case Op::bits64:
    case Op::f64: scalars_.push_back({node.op, 0, UINT64_MAX}); return true;
    default: return false;
  }
}

NodeId Program::add_flags(uint32_t labels) {
  const uint32_t size = canon::elem_size_flags(labels);
  Node node = scalar(Op::flags, size, labels == 8 * size);
  node.tag_size = static_cast<uint8_t>(size);
  node.count = labels;
  return push(std::move(node));
}

}  // namespace heddle::component::plan
