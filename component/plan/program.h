// Types of values compiled once into a flat program that says how to copy such a value from one guest to another:
// what lies where on either side ("## Alignment", "## Element Size", "## Flattening" of CanonicalABI.md), and what
// has to be checked on the way. copy.h runs it.
//
// A program has a node a definition, parts before wholes, however often it occurs. It stays as it is: calls share it.
#pragma once
#include <array>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "component/canon/types.h"

namespace heddle::component::plan {

enum class Op : uint8_t {
  bool_,
  u8,
  s8,
  u16,
  s16,
  bits32,
  bits64,
  f32,
  f64,
  char_,
  string,
  list,
  fixed_list,
  record,
  variant,
  flags,
  own,
  borrow,
  stream,
  future,
  error_context,
};

using NodeId = uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;  // a case without a payload

// The sides of a copy; arrays of two are indexed by them.
enum Side : uint8_t { kFrom = 0, kTo = 1 };

struct Layout {
  uint64_t size = 0, alignment = 1;  // in bytes
};

// A field of a record and where it lies in it; a case of a variant; the element of a list.
struct Part {
  NodeId node = kNoNode;
  std::array<uint64_t, 2> offset{};
};

// To look at a node takes as long as to copy about so many bytes.
inline constexpr uint64_t kNodeWork = 8;

struct Node {
  Op op = Op::bool_;
  // Both sides have the same bytes, all of which mean something, and none of which has to be looked at.
  bool plain = false;
  bool number = false;        // canon keeps lists of such packed
  uint8_t tag_size = 0;       // bytes of a variant's discriminant or of flags
  uint32_t count = 0;         // elements of a fixed list, labels of flags
  uint32_t flat = 1;          // how many core values; saturates
  uint64_t work = kNodeWork;  // what a value takes at most, but for what it points to: as copying so many bytes
  uint32_t first_part = 0, parts = 0;
  std::array<Layout, 2> layout{};
  std::array<uint64_t, 2> payload{};               // offset of a variant's
  std::array<canon::ResourceType*, 2> resource{};  // of handles
  std::array<canon::T, 2> element{};               // of streams and futures
};

// A value that is one core value on either side, and says all by itself.
struct Scalar {
  Op op = Op::bool_;
  uint32_t count = 0;  // labels of flags, cases of a variant
  uint64_t mask = 0;   // the bits of the core value that count
};

class Program {
 public:
  // How values of `from` become values of `to`: types that are equal but for who sees them. `pointers` are bytes of
  // one on each side.
  Program(std::span<const canon::T> from, std::span<const canon::T> to, std::array<uint32_t, 2> pointers);

  const Node& operator[](NodeId id) const { return nodes_[id]; }
  std::span<const Part> parts(const Node& node) const {
    return std::span(parts_).subspan(node.first_part, node.parts);
  }
  // All of the values as scalars; none where some are not.
  std::span<const Scalar> scalars() const { return scalars_; }
  bool only_scalars() const { return scalars_.size() == flat(); }
  const Node& whole() const { return nodes_.back(); }  // all values as the record they are in memory
  uint32_t flat() const { return whole().flat; }
  // What so many elements of a list take.
  static uint64_t work_of(const Node& element, uint64_t count);
  uint32_t pointer(Side side) const { return pointers_[side]; }
  uint64_t bytes() const { return nodes_.capacity() * sizeof(Node) + parts_.capacity() * sizeof(Part); }

 private:
  NodeId add(const canon::T& from, const canon::T& to);
  NodeId add_definition(const canon::T& from, const canon::T& to);
  NodeId add_primitive(Primitive type);
  NodeId add_list(const canon::Despecialized& from, const canon::Despecialized& to);
  NodeId add_record(const canon::Parts& from, const canon::Parts& to);
  NodeId add_variant(const canon::Parts& from, const canon::Parts& to);
  NodeId add_flags(uint32_t labels);
  Layout pair_of_pointers(Side side) const { return {uint64_t{2} * pointers_[side], pointers_[side]}; }
  NodeId push(Node node);
  bool add_scalars(const Node& node);

  std::array<uint32_t, 2> pointers_;
  std::vector<Node> nodes_;
  std::vector<Part> parts_;
  std::vector<Scalar> scalars_;
  std::map<std::pair<uint32_t, uint32_t>, NodeId> known_;  // while types are added
};

}  // namespace heddle::component::plan
