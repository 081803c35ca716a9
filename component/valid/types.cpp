// What is derived from a type when it is added: how large and how deep it is, and what it holds.
#include "component/valid/types.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "component/syntax/limits.h"

namespace heddle::component {
namespace {

uint32_t saturated(uint64_t n) { return static_cast<uint32_t>(std::min<uint64_t>(n, UINT32_MAX)); }

// Takes into `type` what its parts have in them.
class Summary {
 public:
  Summary(const Types& types, Type& type) : types_(types), type_(type) {}

  void run() {
    add(type_.first);
    add(type_.second);
    if (type_.resource != kNoTypeId) add(type_.resource);
    for (const Field& field : type_.fields) {
      ++size_;
      add(field.label);
      add(field.type);
    }
    if (type_.interface) {
      for (const Item& item : type_.interface->imports) add(item);
      for (const Item& item : type_.interface->exports) add(item);
    }
    type_.size = saturated(size_);
    type_.depth = static_cast<uint8_t>(std::min<uint32_t>(depth_ + 1, UINT8_MAX));
    type_.has_borrow |= type_.kind == TypeKind::borrow;
    type_.has_pointer |= type_.kind == TypeKind::list || type_.kind == TypeKind::map;
    // A stream or future is a handle, whatever it carries: that is lowered where it is read.
    if (type_.kind == TypeKind::stream || type_.kind == TypeKind::future) type_.has_pointer = false;
  }

 private:
  void add(std::string_view name) { size_ += name.size() / limits::kNameBytes; }

  void add(const Item& item) {
    add(item.name->text);
    for (const Attribute& attribute : item.name->attributes) add(attribute.text);
    add(item.entity);
  }

  void add(ValType type) {
    if (!type.present()) return;
    if (type.is_defined()) return add(type_id(type));
    ++size_;
    type_.has_pointer |= type.primitive() == Primitive::string;
  }

  void add(const Entity& entity) {
    if (entity.sort == Sort::value) return add(entity.value);
    ++size_;
    if (entity.sort != Sort::core_module) add(entity.type());
  }

  void add(TypeId id) {
    if (types_.is_resource(id)) {
      ++size_;
      type_.has_resource = true;
      return;
    }
    const Type& part = types_[id];
    size_ += part.size;
    depth_ = std::max<uint32_t>(depth_, part.depth);
    type_.has_borrow |= part.has_borrow;
    type_.has_resource |= part.has_resource;
    type_.has_pointer |= part.has_pointer;
  }

  const Types& types_;
  Type& type_;
  uint64_t size_ = 1;
  uint32_t depth_ = 0;
};

}  // namespace

// --- items

void Items::make_index() {
  if (items_.size() <= kFew) return;
  by_name_ = List<uint32_t>();
  by_name_.reserve(items_.size());
  for (uint32_t i = 0; i < items_.size(); ++i) by_name_.push_back(i);
  std::sort(by_name_.begin(), by_name_.end(),
            [&](uint32_t a, uint32_t b) { return items_[a].name->text < items_[b].name->text; });
}

const Item* Items::find(std::string_view name) const {
  if (items_.size() <= kFew) {
    for (const Item& item : items_) {
      if (item.name->text == name) return &item;
    }
    return nullptr;
  }
  const auto* found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [&](uint32_t i, std::string_view wanted) { return items_[i].name->text < wanted; });
  return found != by_name_.end() && items_[*found].name->text == name ? &items_[*found] : nullptr;
}

const CoreItem* CoreItems::make_index() {
  by_name_ = List<uint32_t>();
  by_name_.reserve(items_.size());
  for (uint32_t i = 0; i < items_.size(); ++i) by_name_.push_back(i);
  auto names = [&](uint32_t i) { return std::tie(items_[i].module, items_[i].name); };
  std::sort(by_name_.begin(), by_name_.end(),
            [&](uint32_t a, uint32_t b) { return std::pair(names(a), a) < std::pair(names(b), b); });
  for (size_t i = 1; i < by_name_.size(); ++i) {
    if (names(by_name_[i - 1]) == names(by_name_[i])) return &items_[by_name_[i]];
  }
  return nullptr;
}

const CoreItem* CoreItems::find(std::string_view module, std::string_view name) const {
  const auto wanted = std::pair(module, name);
  auto names = [&](uint32_t i) {
    return std::pair<std::string_view, std::string_view>(items_[i].module, items_[i].name);
  };
  const auto* found = std::lower_bound(by_name_.begin(), by_name_.end(), wanted,
                                       [&](uint32_t i, const auto& least) { return names(i) < least; });
  return found != by_name_.end() && names(*found) == wanted ? &items_[*found] : nullptr;
}

// --- types

TypeId Types::add(Type type) {
  HEDDLE_ASSERT(type.kind != TypeKind::resource);
  Summary(*this, type).run();
  type.abi32 = abi_of(*this, type, 4);
  type.abi64 = abi_of(*this, type, 8);
  const TypeKind kind = type.kind;
  bodies_.push_back(std::move(type));
  entries_.push_back({kind, static_cast<uint32_t>(bodies_.size() - 1)});
  return TypeId{static_cast<uint32_t>(entries_.size() - 1)};
}

TypeId Types::add_resource() {
  entries_.push_back({TypeKind::resource, next_resource_++});
  return TypeId{static_cast<uint32_t>(entries_.size() - 1)};
}

TypeId Types::add_name(TypeId of) {
  entries_.push_back(entries_[index_of(of)]);
  entries_.back().from = of;
  return TypeId{static_cast<uint32_t>(entries_.size() - 1)};
}

TypeId Types::add_name(ResourceId of) {
  HEDDLE_ASSERT(of < next_resource_);
  entries_.push_back({TypeKind::resource, of});
  return TypeId{static_cast<uint32_t>(entries_.size() - 1)};
}

// --- words

std::string_view describe(const Types& types, TypeId id) {
  switch (types.kind(id)) {
    case TypeKind::primitive: return info(types[id].first.primitive()).text;
    case TypeKind::fixed_list: return "fixed-length list";
    case TypeKind::async_func: return "func";
    default: return info(types.kind(id)).text;
  }
}

std::string_view describe(const Types& types, ValType type) {
  return type.is_primitive() ? info(type.primitive()).text : describe(types, type_id(type));
}

std::string_view describe(Sort sort) { return info(sort).text; }

}  // namespace heddle::component
