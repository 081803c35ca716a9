// What is left to import. Several components may want the same: one import then has the exports that any of them
// wants, under the highest of their versions where these are compatible. An import comes behind those whose types it
// uses, in whichever component these stand.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "component/plug/plug.h"
#include "component/plug/type_writer.h"

namespace heddle::component::plug {

class Left final : private TypeWriter::Owner {
 public:
  Left(Component& out, ErrorSink* sink) : out_(out), sink_(sink), types_(out, *this, sink) {}

  // In the order in which each component has them.
  void want(const Piece& piece, const Item& import);
  // `from` serves it: what is imported cannot use its types.
  void is_served(const Piece& piece, const Item& import, const std::string& from);
  Result<void> write();
  // Where the import that serves this one is, once it is written.
  SortIndex index(const Item& import) const;

  TypeWriter& types() { return types_; }
  uint32_t instances = 0, funcs = 0, components = 0, values = 0;  // that are imported

 private:
  struct Wanted {
    const Piece* piece;
    const Item* import;
    Foreign type() const { return {&piece->checked.types, import->entity.type()}; }
  };
  struct Group {
    std::vector<Wanted> wanted;
    enum class State : uint8_t { waiting, begun, written } state = State::waiting;
    SortIndex index;
  };
  using Key = std::pair<const Types*, uint64_t>;
  static constexpr uint32_t kDeepest = 1000;  // imports of which each uses a type of the next: they are nested calls

  Result<void> provide(const Foreign& type) override;
  Result<void> write(Group& group);
  Result<ExternType> type_of(const Group& group);
  SortIndex add(const Group& group);
  const ExternName& name_of(const Group& group) const;
  template <class Take>
  void each_type(const Piece& piece, const Item& import, Take take) const;

  Component& out_;
  ErrorSink* sink_;
  TypeWriter types_;
  std::vector<Group> groups_;
  uint32_t depth_ = 0;                     // of groups that are begun
  std::map<std::string, size_t> by_name_;  // of compatible versions the same
  std::map<Key, size_t> owners_;           // of types: the group that names them first
  std::map<Key, std::string> served_;      // or who provides them
};

// The same for imports that one import can serve.
std::string group_name(std::string_view import);

}  // namespace heddle::component::plug
