// Names of packages and of their items, and the order in which these can be resolved.
#include "component/wit/resolve.h"

#include <algorithm>
#include <iterator>

#include "component/syntax/semver.h"
#include "component/wit/resolver.h"

namespace heddle::component::wit {
namespace {

PackageName name_of(const ast::PackageName& name) {
  return {std::string(name.space.text), std::string(name.name.text), std::string(name.version)};
}

}  // namespace

std::string folded(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// --- names
// ----------------------------------------------------------------------------------------------------------

// The files of a group agree on the package's name, which at least one has to tell.
Result<void> Resolver::declare_group(const Group& group) {
  const ast::Header* header = nullptr;
  std::string docs;
  std::vector<const ast::Items*> files;
  for (const ast::File& file : group.files) {
    files.push_back(&file.items);
    if (!file.header) continue;
    const std::string name = name_of(file.header->name).text();
    if (header && name != name_of(header->name).text()) {
      return fail(file.header->offset, "this is package " + quoted(name) + " in one file and " +
                                           quoted(name_of(header->name).text()) + " in another");
    }
    if (!file.header->docs.empty() && !docs.empty()) {
      return fail(file.header->offset, "the package is documented in two files");
    }
    if (!file.header->docs.empty()) docs = file.header->docs;
    if (!header) header = &*file.header;
  }
  if (!header) {
    return fail(kNoOffset,
                group.name + ": no file tells the name of the package: it begins with `package namespace:name;`");
  }
  TRY(declare_package(*header, docs, files, group.translated));
  for (const ast::File& file : group.files) {
    for (const ast::NestedPackage& nested : file.nested) {
      TRY(declare_package(nested.header, nested.header.docs, {&nested.items}, group.translated));
    }
  }
  return {};
}

Result<void> Resolver::declare_package(const ast::Header& header, std::string docs,
                                       const std::vector<const ast::Items*>& files, bool translated) {
  const auto package = static_cast<uint32_t>(packages_.size());
  const std::string name = name_of(header.name).text();
  auto [known, fresh] = package_names_.try_emplace(name, package);
  if (!fresh) {
    const Source* other = sources_.find(packages_[known->second].header->offset);
    if (other) note("the other definition is in " + other->name);
    return fail(header.offset, "the package " + quoted(name) + " is defined twice");
  }
  packages_.push_back({&header, std::move(docs), translated, {}, {}, {}});
  for (const ast::Items* items : files) {
    files_.push_back({items, package, {}});
    TRY(declare_items(static_cast<uint32_t>(files_.size() - 1)));
  }
  return {};
}

Result<void> Resolver::declare_items(uint32_t file) {
  const auto declare = [&](Item item) -> Result<void> {
    item.file = file;
    item.enabled = TRY(enabled(item.annotations(), item.name().offset, files_[file].package));
    const auto index = static_cast<uint32_t>(items_.size());
    Declared& package = packages_[files_[file].package];
    if (package.items.add(item.name().text, index)) {
      return fail(item.name().offset, quoted(item.name().text) + " is defined twice in the package");
    }
    package.in_order.push_back(index);
    files_[file].names.add(item.name().text, index);
    items_.push_back(item);
    return {};
  };
  for (const ast::Interface& interface : files_[file].items->interfaces) {
    Item item;
    item.interface = &interface;
    TRY(declare(item));
  }
  for (const ast::World& world : files_[file].items->worlds) {
    Item item;
    item.world = &world;
    TRY(declare(item));
  }
  return {};
}

// The names that `use` gives to items are the file's alone.
Result<void> Resolver::declare_uses(uint32_t file) {
  for (const ast::TopLevelUse& use : files_[file].items->uses) {
    const uint32_t item = TRY(find_item(file, use.path, true));
    // Another package's worlds are named where they are included; what `use` brings from there is interfaces.
    if (items_[item].world && files_[items_[item].file].package != files_[file].package) {
      return fail(use.path.name.offset, quoted(use.path.name.text) + " is a world, where an interface is wanted");
    }
    if (files_[file].names.add(use.as.text, item)) {
      return fail(use.as.offset, quoted(use.as.text) + " is defined twice in this file");
    }
  }
  return {};
}

Result<uint32_t> Resolver::find_item(uint32_t file, const ast::UsePath& path, bool own_package_only) {
  const ast::Id& name = path.name;
  const Declared* package = &packages_[files_[file].package];
  if (path.package) {
    const std::string wanted = name_of(*path.package).text();
    auto found = package_names_.find(wanted);
    if (found == package_names_.end()) {
      for (const auto& [known, index] : package_names_) {
        if (sink_ && sink_->notes.size() < 20) note("there is " + quoted(known));
      }
      note("packages that others need come from a folder `deps` beside the files, or from `--deps FILE|FOLDER`");
      return fail(path.package->space.offset, "there is no package " + quoted(wanted));
    }
    package = &packages_[found->second];
  } else if (!own_package_only) {
    if (const uint32_t* item = files_[file].names.find(name.text)) return *item;
  }
  if (const uint32_t* item = package->items.find(name.text)) return *item;
  return fail(name.offset, "there is no interface or world " + quoted(name.text) + " in " +
                               quoted(name_of(package->header->name).text()));
}

Result<uint32_t> Resolver::find_item(uint32_t file, const ast::UsePath& path, Wanted wanted) {
  const uint32_t item = TRY(find_item(file, path));
  const bool is_world = items_[item].world != nullptr;
  if (is_world == (wanted == Wanted::world)) return item;
  return fail(path.name.offset, quoted(path.name.text) + (is_world ? " is a world, where an interface is wanted"
                                                                   : " is an interface, where a world is wanted"));
}

Result<uint32_t> Resolver::find_enabled(uint32_t file, const ast::UsePath& path, Wanted wanted) {
  const uint32_t item = TRY(find_item(file, path, wanted));
  if (!items_[item].enabled) return disabled(path.name, wanted == Wanted::world ? "world" : "interface");
  return items_[item].index;
}

// --- gates
// ----------------------------------------------------------------------------------------------------------

std::string contradiction(const Gate& gate, const PackageName& package) {
  // A feature says nothing about versions: packages that have none yet are gated by features in practice.
  if (package.version.empty() && (gate.kind == Gate::Kind::since || !gate.deprecated.empty())) {
    return "the package " + quoted(package.text()) + " has gates, and so must have a version";
  }
  if (gate.kind != Gate::Kind::since) return "";
  const auto since = parse_semver(gate.since, nullptr), now = parse_semver(package.version, nullptr);
  if (!since || !now || precedence(*since, *now) <= 0) return "";
  return "the gate names version " + gate.since + ", which comes after that of the package, " + package.version;
}

Result<bool> Resolver::enabled(const Annotations& annotations, uint32_t offset, uint32_t package) {
  const Gate& gate = annotations.gate;
  if (gate.kind == Gate::Kind::none) return true;
  if (std::string why = contradiction(gate, name_of(packages_[package].header->name)); !why.empty()) {
    return fail(offset, std::move(why));
  }
  return gate.kind != Gate::Kind::unstable || packages_[package].translated || options_.all_features ||
         options_.features.contains(gate.unstable);
}

// In something that is left out: what is kept there would refer to it.
Result<void> Resolver::check_contained(const ast::Id& name, const Annotations& annotations, uint32_t package) {
  if (!TRY(enabled(annotations, name.offset, package))) return {};
  return fail(name.offset, quoted(name.text) +
                               " is part of what is behind a feature that is not enabled, and is not "
                               "behind one itself");
}

Error Resolver::disabled(const ast::Id& name, std::string_view what) const {
  return fail(name.offset, "the " + std::string(what) + " " + quoted(name.text) +
                               " is behind a feature that is not enabled, and what refers to it is not");
}

// --- order
// ----------------------------------------------------------------------------------------------------------

// Where an item refers to others.
Result<void> Resolver::collect_edges(uint32_t item, std::vector<Edge>& edges) {
  const uint32_t file = items_[item].file;
  const auto refer = [&](const ast::UsePath& path, Wanted wanted) -> Result<void> {
    edges.push_back({TRY(find_item(file, path, wanted)), path.name.offset});
    return {};
  };
  const auto is_disabled = [&](const Annotations& annotations) -> Result<bool> {
    return !TRY(enabled(annotations, 0, files_[file].package));
  };
  const auto refer_all = [&](const ast::Body& body) -> Result<void> {
    for (const ast::Use& use : body.uses) TRY(refer(use.from, Wanted::interface));
    return {};
  };
  if (const ast::Interface* interface = items_[item].interface) return refer_all(interface->body);
  const ast::World& world = *items_[item].world;
  TRY(refer_all(world.body));
  for (const ast::Extern& external : world.externs) {
    if (external.kind == ast::Extern::Kind::interface) TRY(refer_all(external.interface));
    if (external.path.name.text.empty()) continue;
    if (TRY(is_disabled(external.annotations))) {
      TRY(find_item(file, external.path));  // whatever it is
    } else {
      TRY(refer(external.path, Wanted::interface));
    }
  }
  for (const ast::Include& include : world.includes) TRY(refer(include.from, Wanted::world));
  return {};
}

Error Resolver::cycle(const Order& order, std::string_view what, const std::vector<std::string>& names) const {
  std::string path;
  const size_t shown = std::min<size_t>(order.cycle.size(), 10);
  for (size_t i = 0; i < shown; ++i) path += quoted(names[order.cycle[i]]) + " refers to ";
  if (shown < order.cycle.size()) path += "others, which refer to ";
  note(path + quoted(names[order.cycle[0]]));
  return fail(order.offset, std::string(what) + " " + quoted(names[order.cycle[0]]) + " refers to itself");
}

Result<std::vector<uint32_t>> Resolver::sorted_packages(const std::vector<std::vector<Edge>>& edges) {
  std::vector<std::vector<Edge>> between(packages_.size());
  for (uint32_t item = 0; item < edges.size(); ++item) {
    const uint32_t from = files_[items_[item].file].package;
    for (const Edge& edge : edges[item]) {
      const uint32_t to = files_[items_[edge.to].file].package;
      if (to != from) between[from].push_back({to, edge.offset});
    }
  }
  for (uint32_t file = 0; file < files_.size(); ++file) {
    for (const ast::TopLevelUse& use : files_[file].items->uses) {
      const uint32_t to = files_[items_[TRY(find_item(file, use.path, true))].file].package;
      if (to != files_[file].package) between[files_[file].package].push_back({to, use.path.name.offset});
    }
  }
  Order order = sort(between);
  if (order.cycle.empty()) return std::move(order.order);
  std::vector<std::string> names;
  names.reserve(packages_.size());
  for (const Declared& package : packages_) names.push_back(name_of(package.header->name).text());
  return cycle(order, "the package", names);
}

Result<std::vector<uint32_t>> Resolver::sorted_items(const std::vector<std::vector<Edge>>& edges) {
  // Packages are in order already, so that only references inside of one matter.
  std::vector<std::vector<Edge>> inside(edges.size());
  for (uint32_t item = 0; item < edges.size(); ++item) {
    std::copy_if(edges[item].begin(), edges[item].end(), std::back_inserter(inside[item]), [&](const Edge& edge) {
      return files_[items_[edge.to].file].package == files_[items_[item].file].package;
    });
  }
  Order order = sort(inside);
  if (order.cycle.empty()) return std::move(order.order);
  std::vector<std::string> names;
  names.reserve(items_.size());
  for (const Item& item : items_) names.emplace_back(item.name().text);
  const bool worlds = items_[order.cycle[0]].world != nullptr;
  return cycle(order, worlds ? "the world" : "the interface", names);
}

// Those of one package, interfaces and worlds in the order of their references.
Result<void> Resolver::resolve_items(const std::vector<uint32_t>& order, uint32_t package) {
  Package& resolved = wit_.packages[packages_[package].index];
  for (uint32_t i : order) {
    Item& item = items_[i];
    if (!item.interface) continue;
    if (!item.enabled) {
      for (const ast::TypeDef& def : item.interface->body.types) {
        TRY(check_contained(def.name, def.annotations, package));
      }
      TRY(check_names(item));
      continue;
    }
    Interface interface;
    interface.annotations = item.annotations();
    interface.name = item.name().text;
    interface.package = packages_[package].index;
    const InterfaceIdx index = wit_.interfaces.push(std::move(interface));
    interface_names_.push({});
    item.index = index.raw;
    resolved.interfaces.push_back(index);
    TRY(resolve_interface(item.interface->body, item.file, index));
  }
  for (uint32_t i : order) {
    if (items_[i].world) TRY(items_[i].enabled ? resolve_world(i) : check_names(items_[i]));
  }
  // What a world leaves unsaid is added when all have been united, so that it is not taken for said.
  for (uint32_t i : order) {
    if (items_[i].enabled && items_[i].world) TRY(elaborate(i));
  }
  return {};
}

Result<Wit> Resolver::run(const std::vector<Group>& groups) {
  for (const Group& group : groups) TRY(declare_group(group));
  for (uint32_t file = 0; file < files_.size(); ++file) TRY(declare_uses(file));
  std::vector<std::vector<Edge>> edges(items_.size());
  for (uint32_t item = 0; item < items_.size(); ++item) TRY(collect_edges(item, edges[item]));
  const std::vector<uint32_t> packages = TRY(sorted_packages(edges));
  const std::vector<uint32_t> items = TRY(sorted_items(edges));
  std::vector<std::vector<uint32_t>> by_package(packages_.size());
  for (uint32_t item : items) by_package[files_[items_[item].file].package].push_back(item);
  for (uint32_t package : packages) {
    Declared& declared = packages_[package];
    Package fresh;
    fresh.docs = declared.docs;
    fresh.name = name_of(declared.header->name);
    declared.index = wit_.packages.push(std::move(fresh));
    TRY(resolve_items(by_package[package], package));
  }
  if (!packages_.empty()) wit_.root = packages_[0].index;
  return std::move(wit_);
}

Result<Wit> resolve(const std::vector<Group>& groups, const Sources& sources, const ResolveOptions& options,
                    ErrorSink* sink) {
  return Resolver(sources, options, sink).run(groups);
}

}  // namespace heddle::component::wit
