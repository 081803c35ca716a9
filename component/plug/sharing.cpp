#include "component/plug/sharing.h"

#include <algorithm>

namespace heddle::component::plug {

Sharing::Sharing(const Types& types, const Items& imports, const std::vector<bool>& is_served)
    : types_(types), is_served_(is_served), sets_(imports.size()), set_of_(imports.size()) {
  for (; import_ < imports.size(); ++import_) {
    sets_[import_] = {import_};
    set_of_[import_] = import_;
    const Entity& entity = imports[import_].entity;
    if (entity.sort == Sort::type || entity.sort == Sort::instance) visit(entity.type());
  }
  std::erase_if(sets_, [](const std::vector<size_t>& set) { return set.size() < 2; });
  for (std::vector<size_t>& set : sets_) std::sort(set.begin(), set.end());
}

// Is a resource type in it that is served?
bool Sharing::visit(TypeId type) {
  const bool is_resource = types_.is_resource(type);
  if (!is_resource && !types_[type].has_resource) return false;
  const uint64_t identity = types_.identity(type);
  if (const auto before = first_.find(identity); before != first_.end()) {
    if (before->second.served) unite(before->second.import, import_);
    return before->second.served;
  }
  bool served = is_resource && is_served_[import_];
  if (!is_resource) {
    (void)each_part({&types_, type}, [&](const Foreign& part) {
      served |= visit(part.id);
      return Result<void>();
    });
  }
  first_.emplace(identity, First{import_, served});
  return served;
}

void Sharing::unite(size_t owner, size_t user) {
  if (owner == user || !is_served_[user]) return;
  if (pairs_.empty() || pairs_.back() != std::pair(owner, user)) pairs_.emplace_back(owner, user);
  size_t one = set_of_[owner], other = set_of_[user];
  if (one == other) return;
  if (sets_[one].size() < sets_[other].size()) std::swap(one, other);
  for (size_t member : sets_[other]) set_of_[member] = one;
  sets_[one].insert(sets_[one].end(), sets_[other].begin(), sets_[other].end());
  sets_[other].clear();
}

}  // namespace heddle::component::plug
