// What is left to import. Several components may want the same: one import then has the exports that any of them
// wants, under the highest of their versions where these are compatible. An import comes behind those whose types it
// uses, in whichever component these stand.
//
// Where what is left uses types of an interface that a plug serves, the interface is imported for its types, as
// a `use` in WIT does. That cannot be done with resource types, of which each provider has its own.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "component/plug/offers.h"
#include "component/plug/plug.h"
#include "component/plug/type_writer.h"

namespace heddle::component::plug {

class Left final : private TypeWriter::Owner {
 public:
  Left(Component& out, ErrorSink* sink) : out_(out), sink_(sink), types_(out, *this, sink) {}

  // In the order in which each component has them.
  void want(const Piece& piece, const Item& import);
  // `from` serves it: what is imported cannot use its resource types.
  void is_served(const Piece& piece, const Item& import, const std::string& from);
  // Of a type of `piece`, the first resource type that a plug provides.
  std::optional<Foreign> served_resource(const Foreign& type);
  std::string provider(const Foreign& resource) const;
  // Those types in `type` that plugs provide and that are or have resource types, parts first, each once: whoever
  // asks gives them names.
  void take_served(const Foreign& type, std::vector<Foreign>& into);
  // Where resource types have names for a while, or no longer.
  void lend(const std::vector<Foreign>& resources) {
    for (const Foreign& resource : resources) named_.insert(key(resource));
  }
  void take_back(const std::vector<Foreign>& resources) {
    for (const Foreign& resource : resources) named_.erase(key(resource));
  }
  // Before `write`: this will be exported. True where it uses types of what is served.
  Result<bool> need(const Foreign& type);
  Result<void> write();
  // Where the import that serves this one is, once it is written.
  SortIndex index(const Item& import) const;

  TypeWriter& types() { return types_; }
  uint32_t instances = 0, funcs = 0, components = 0, values = 0;  // that are imported

 private:
  struct Wanted {
    const Piece* piece;
    const Item* import;
    bool types_only = false;
    Foreign type() const { return {&piece->checked.types, import->entity.type()}; }
  };
  struct Served {
    Wanted import;
    std::string from;
  };
  struct Group {
    std::vector<Wanted> wanted;
    enum class State : uint8_t { waiting, begun, written } state = State::waiting;
    SortIndex index;
  };
  using Key = std::pair<const Types*, uint64_t>;
  static constexpr uint32_t kDeepest = 1000;  // imports of which each uses a type of the next: they are nested calls

  static Key key(const Foreign& type) { return {type.types, type.types->identity(type.id)}; }
  Result<void> provide(const Foreign& type) override;
  bool can_import(const Foreign& type) override { return !served_resource(type); }
  Result<void> write_types(const Wanted& import);
  Result<void> write(Group& group);
  Result<ExternType> type_of(const Group& group);
  SortIndex add(const Group& group);
  const ExternName& name_of(const Group& group) const;
  template <class Take>
  void each_type(const Piece& piece, const Item& import, Take take) const;

  Component& out_;
  ErrorSink* sink_;
  TypeWriter types_;
  std::deque<Group> groups_;
  bool written_ = false;
  uint32_t depth_ = 0;                     // of groups that are begun
  std::map<std::string, size_t> by_name_;  // of compatible versions the same
  std::map<Key, size_t> owners_;           // of types: the group that names them first
  std::map<Key, Served> served_;           // or who provides them
  std::set<Key> named_;                    // of these, those that were taken
  std::map<Key, std::optional<Foreign>> resources_;
  std::map<Key, bool> needed_;
};

}  // namespace heddle::component::plug
