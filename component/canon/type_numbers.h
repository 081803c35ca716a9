// Numbers of value types: two types have the same one where they are the same in meaning, wherever they are from. To
// find a type's number takes as long as its definitions are, each of which is looked at once, however often others
// refer to it; and once it has been found, next to nothing.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "component/canon/types.h"

namespace heddle::component::canon {

class TypeNumbers {
 public:
  // The spaces of the types live as long as this.
  bool same(const T& a, const T& b);

 private:
  // Of what has a resource type in it every instance has its own; else `space` is null.
  struct Definition {
    const Type* type;
    const TypeSpace* space;
    friend bool operator==(const Definition&, const Definition&) = default;
  };
  struct Hash {
    size_t operator()(const Definition& of) const {
      const std::hash<const void*> hash;
      return hash(of.type) * 31 + hash(of.space);
    }
  };
  // Definitions are as many as the components have; those of instances may be any number, and are forgotten where
  // they are too many.
  static constexpr size_t kMostOfInstances = 1 << 15;

  uint32_t number_of(const TypeSpace* space, ValType type);
  std::string shape_of(const TypeSpace* space, const Type& type);

  std::unordered_map<Definition, uint32_t, Hash> numbers_;
  std::unordered_map<std::string, uint32_t> shapes_;  // what a definition says, by the numbers of what it refers to
  size_t of_instances_ = 0;
};

}  // namespace heddle::component::canon
