// Linking components that were validated apart: an import is served by an export of its name, or of the highest
// compatible version of it (`a:b/c@0.2.3` serves who wants `a:b/c@0.2.0`), whose type must be a subtype of the
// import's.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "component/link/items.h"
#include "component/syntax/semver.h"

namespace heddle::component::link {

// The exports of a component, for who looks for many of them. Finding one is null where there is none.
class Offers {
 public:
  explicit Offers(const Items& exports);
  const component::Item* find(std::string_view import) const;

 private:
  const Items* exports_;
  struct Best {
    SemVer version;
    const component::Item* item;
  };
  std::unordered_map<std::string, Best> highest_;  // by what compatible versions share
};
const component::Item* find_compatible(const Items& exports, std::string_view import);
// Does a name serve another? The same one does; so does a compatible interface of at least the version.
bool serves(std::string_view given, std::string_view wanted);

// Is what `given` exports as `exported` of the type that `wanted` imports as `name`? If not, the sink says where not.
// Resource types of other imports of `wanted` are bind_resources' to compare.
Result<void> check_import(const rt::Engine& engine, const Loaded& given, const Entity& exported, const Loaded& wanted,
                          const Entity& imported, std::string_view name, const Features& features, ErrorSink* sink);
// Resource types that `entity` names are what `item` has in their place. Each import is checked by itself: where
// several name one resource type, as an interface does that uses another one's, they have to be given the same; and
// functions that name one must have been made with it.
// `path`: of the import, for the sink.
Result<void> bind_resources(canon::TypeSpace& space, const Entity& entity, const Item& item, const std::string& path,
                            ErrorSink* sink);

}  // namespace heddle::component::link
