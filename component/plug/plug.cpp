// Finds out who serves what, writes the imports that are left, nests the components, and has the result checked: what
// a plug offers is of the type that is wanted exactly where the whole is valid, and only where it is not is it worth
// while to look for the import that is to blame.
#include "component/plug/plug.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "component/binary/decode.h"
#include "component/binary/encode.h"
#include "component/link/linker.h"
#include "component/plug/left.h"
#include "component/plug/offers.h"
#include "component/plug/sharing.h"
#include "component/valid/match.h"

namespace heddle::component::plug {
namespace {

constexpr uint64_t kMatchBytes = uint64_t{1} << 20;  // as much work as for a component of this size

class Plugging {
 public:
  Plugging(Piece& socket, std::vector<Piece>& plugs, ErrorSink* sink)
      : socket_(socket), plugs_(plugs), sink_(sink), left_(out_, sink) {}

  Result<std::vector<uint8_t>> run();
  // Who is not what the socket wants it to be: plugs that do not know one another, the first plug by itself, or an
  // export that has no type outside.
  Result<void> blame(const Features& features, const TypeRegistry& registry);

 private:
  struct Served {
    const Item* import;
    Offer by;
    const Item* part = nullptr;  // of a type: the one that the item has
  };

  // An import that does not come from the first plug that has it.
  struct Moved {
    size_t from, to;
    const Item* import;
  };

  Error fail(std::string words) const {
    if (sink_) sink_->set(std::move(words));
    return {ErrorCode::incompatible_import};
  }
  void note(std::string text) const {
    if (sink_) sink_->notes.push_back(std::move(text));
  }
  std::optional<Served> find_type(const Item& import);
  Result<void> blame_plugs(const Features& features, const TypeRegistry& registry) const;
  Result<void> blame_pairs() const;
  Result<void> blame_exports();
  std::vector<std::optional<Offer>> choose();
  Result<void> serve();
  void serve_types(const Served& served);
  Result<void> need_types();
  Error fits_nothing(size_t plug) const;
  const Served* served(const Item& import) const;
  void nest();
  void instantiate(const Piece& piece, uint32_t component);
  SortIndex alias(uint32_t instance, const Item& item);
  SortIndex alias(const Served& served);
  Result<void> export_all();
  Result<ExternType> func_type(const Item& func);
  std::optional<ExternType> instance_type(const Item& item, uint32_t index);
  Result<void> export_type(const Foreign& type);
  const Served* served_type(TypeId type) const;
  Result<void> export_one(uint32_t instance, const Item& item);
  uint32_t& count(Sort sort) { return counts_[static_cast<size_t>(sort)]; }
  // The index of one more of a sort; types have other sources too.
  uint32_t next(Sort sort) { return sort == Sort::type ? left_.types().add_named() : count(sort)++; }

  Piece& socket_;
  std::vector<Piece>& plugs_;
  ErrorSink* sink_;
  Component out_;
  Left left_;
  std::vector<Served> served_;                 // in the order of the imports
  std::map<TypeId, Served> served_types_;      // that imports of the socket have which are served
  std::set<std::string_view> exported_types_;  // the names that types got
  std::deque<std::string> names_;              // those that are made up
  std::map<std::string_view, size_t> numbers_;
  std::set<const Item*> ascribed_;  // exports whose type is written down
  std::vector<Moved> moved_;
  std::optional<std::pair<size_t, size_t>> apart_;  // imports that share resource types, of different plugs
  uint32_t counts_[kSorts] = {};                    // of what is there behind the imports
};

std::string listed(const Items& items) {
  std::string text;
  for (const Item& item : items) text += (text.empty() ? "`" : ", `") + std::string(item.name->text) + "`";
  return text.empty() ? "nothing" : text;
}

Error Plugging::fits_nothing(size_t index) const {
  const Piece& plug = plugs_[index];
  for (const Moved& moved : moved_) {
    if (moved.from != index) continue;
    note("`" + std::string(moved.import->name->text) + "` comes from " + plugs_[moved.to].name +
         ": it has the imports too that share its resource types");
  }
  note(plug.name + " exports " + listed(plug.type().exports));
  note(socket_.name + " imports " + listed(socket_.type().imports));
  return fail(plug.name + " fits nothing that " + socket_.name + " imports and no plug before it serves");
}

// A type of what is served comes from there too where it is or has a resource type. Others are imported.
std::optional<Plugging::Served> Plugging::find_type(const Item& import) {
  const Types& types = socket_.checked.types;
  if (import.entity.sort != Sort::type || !left_.served_resource({&types, import.entity.type()})) return std::nullopt;
  const Served* found = served_type(import.entity.type());
  if (!found) return std::nullopt;
  const Served served{&import, found->by, found->part};
  return served_types_.try_emplace(import.entity.type(), served).first->second;
}

// By the name that it is a name of. Names of names of names are followed only so far.
const Plugging::Served* Plugging::served_type(TypeId type) const {
  uint32_t far = 100;
  for (; type != kNoTypeId && far-- > 0; type = socket_.checked.types.named_from(type)) {
    if (const auto found = served_types_.find(type); found != served_types_.end()) return &found->second;
  }
  return nullptr;
}

// Each import by itself, but those that share resource types from one plug where one has them all: plugs do not know
// the resource types of others.
std::vector<std::optional<Offer>> Plugging::choose() {
  const Items& imports = socket_.type().imports;
  const Offers offers(plugs_);
  std::vector<std::optional<Offer>> chosen;
  chosen.reserve(imports.size());
  for (const Item& import : imports) chosen.push_back(offers.find(import.name->text));
  std::map<size_t, link::Offers> of_plugs;
  const auto offer_of = [&](size_t plug, const Item& import) {
    return of_plugs.try_emplace(plug, plugs_[plug].type().exports).first->second.find(import.name->text);
  };
  std::vector<bool> is_served(chosen.size());
  for (size_t i = 0; i < chosen.size(); ++i) is_served[i] = chosen[i].has_value();
  const Sharing sharing(socket_.checked.types, imports, is_served);
  for (const std::vector<size_t>& together : sharing.sets()) {
    std::set<size_t> tried;
    for (size_t candidate : together) {
      const size_t plug = chosen[candidate]->plug;
      if (!tried.insert(plug).second) continue;
      const auto has = [&](size_t i) { return offer_of(plug, imports[i]) != nullptr; };
      if (!std::ranges::all_of(together, has)) continue;
      for (size_t i : together) {
        if (chosen[i]->plug == plug) continue;
        moved_.push_back({chosen[i]->plug, plug, &imports[i]});
        chosen[i] = Offer{plug, offer_of(plug, imports[i])};
      }
      break;
    }
  }
  for (const auto& [owner, user] : sharing.pairs()) {
    if (!apart_ && chosen[owner]->plug != chosen[user]->plug) apart_ = {owner, user};
  }
  return chosen;
}

Result<void> Plugging::serve() {
  std::vector<bool> used(plugs_.size());
  const auto chosen = choose();
  for (size_t i = 0; i < chosen.size(); ++i) {
    const Item& import = socket_.type().imports[i];
    if (const auto offer = chosen[i]) {
      left_.is_served(socket_, import, plugs_[offer->plug].name);
      used[offer->plug] = true;
      served_.push_back({&import, *offer});
      serve_types(served_.back());
    } else if (const auto type = find_type(import)) {
      served_.push_back(*type);
    } else {
      left_.want(socket_, import);
    }
  }
  for (size_t i = 0; i < plugs_.size(); ++i) {
    if (!used[i]) return fits_nothing(i);
    for (const Item& import : plugs_[i].type().imports) left_.want(plugs_[i], import);
  }
  return {};
}

// What an import that is served has in it.
void Plugging::serve_types(const Served& served) {
  const Entity& wanted = served.import->entity;
  if (wanted.sort != Sort::instance || served.by.item->entity.sort != Sort::instance) return;
  const Items& given = plugs_[served.by.plug].checked.types.interface(served.by.item->entity.type()).exports;
  for (const Item& item : socket_.checked.types.interface(wanted.type()).exports) {
    if (item.entity.sort != Sort::type) continue;
    if (const Item* part = given.find(item.name->text)) {
      served_types_.try_emplace(item.entity.type(), Served{served.import, served.by, part});
    }
  }
}

// Those that exports use have to have names outside. An instance then says in its type which names.
Result<void> Plugging::need_types() {
  for (const Item& item : socket_.type().exports) {
    if (item.entity.sort != Sort::func && item.entity.sort != Sort::instance) continue;
    const bool needs = TRY(left_.need({&socket_.checked.types, item.entity.type()}));
    if (needs && item.entity.sort == Sort::instance) ascribed_.insert(&item);
  }
  return {};
}

const Plugging::Served* Plugging::served(const Item& import) const {
  const auto found = std::ranges::lower_bound(served_, &import, {}, &Served::import);
  return found != served_.end() && found->import == &import ? &*found : nullptr;
}

SortIndex Plugging::alias(uint32_t instance, const Item& item) {
  Alias alias;
  alias.sort = item.entity.sort;
  alias.scope = instance;
  alias.name = item.name->text;
  out_.aliases.push_back(alias);
  extend(out_.order, DefKind::alias, out_.aliases.size() - 1);
  return {alias.sort, next(alias.sort)};
}

SortIndex Plugging::alias(const Served& served) {
  const SortIndex item = alias(left_.instances + static_cast<uint32_t>(served.by.plug), *served.by.item);
  return served.part ? alias(item.index, *served.part) : item;
}

void Plugging::instantiate(const Piece& piece, uint32_t component) {
  Instance instance;
  instance.component = component;
  for (const Item& import : piece.type().imports) {
    const Served* by = &piece == &socket_ ? served(import) : nullptr;
    const SortIndex what = by ? alias(*by) : left_.index(import);
    instance.args.push_back({import.name->text, what});
  }
  out_.instances.push_back(std::move(instance));
  extend(out_.order, DefKind::instance, out_.instances.size() - 1);
  ++count(Sort::instance);
}

// Plugs, then the socket, as components and as instances.
void Plugging::nest() {
  const auto add = [&](Piece& piece) {
    out_.components.push_back(std::move(piece.syntax));
    extend(out_.order, DefKind::component, out_.components.size() - 1);
  };
  for (Piece& plug : plugs_) add(plug);
  add(socket_);
  uint32_t component = left_.components;
  for (const Piece& plug : plugs_) instantiate(plug, component++);
  instantiate(socket_, component);
}

// What a function uses of the types that a plug provides has to have a name outside. Parts come first.
Result<ExternType> Plugging::func_type(const Item& func) {
  std::vector<Foreign> types;
  left_.take_served({&socket_.checked.types, func.entity.type()}, types);
  for (const Foreign& type : types) TRY(export_type(type));
  return left_.types().external(socket_.checked.types, func.entity);
}

// Of one that uses types that have their names outside from an import; its resource types stay what they are.
// Where that cannot be said, it may do without.
std::optional<ExternType> Plugging::instance_type(const Item& item, uint32_t index) {
  const Types& types = socket_.checked.types;
  const std::vector<Foreign> lent = left_.types().lend({&types, item.entity.type()}, index);
  left_.lend(lent);
  const auto type = left_.types().external(types, item.entity);
  left_.take_back(lent);
  left_.types().forget(lent);
  if (!type.ok() && sink_) sink_->detail.clear();
  return type.ok() ? std::optional(type.value()) : std::nullopt;
}

Result<void> Plugging::export_type(const Foreign& type) {
  const Served* served = served_type(type.id);
  if (!served) return fail("it uses a resource type of " + left_.provider(*left_.served_resource(type)));
  ExternName name{(served->import->entity.sort == Sort::type ? served->import : served->part)->name->text, {}};
  const std::string_view base = name.text;
  size_t& number = numbers_[base];
  while (socket_.type().exports.find(name.text) || !exported_types_.insert(name.text).second) {
    name.text = names_.emplace_back(std::string(base) + "-t" + std::to_string(++number));
  }
  SortIndex what{Sort::type, 0};
  if (type.types->is_resource(type.id)) {
    what = alias(*served);
  } else {
    what.index = TRY(left_.types().type(type));
  }
  out_.exports.push_back({name, what, std::nullopt, 0});
  extend(out_.order, DefKind::export_, out_.exports.size() - 1);
  left_.types().know(type, next(Sort::type));
  return {};
}

// A function's type is written in terms of the types that were exported before it.
Result<void> Plugging::export_one(uint32_t instance, const Item& item) {
  const Types& types = socket_.checked.types;
  std::optional<ExternType> type;
  const SortIndex what = alias(instance, item);
  if (what.sort == Sort::func) {
    const auto written = func_type(item);
    if (!written.ok()) {
      if (sink_) sink_->detail = "`" + std::string(item.name->text) + "` cannot be exported: " + sink_->detail;
      return written.error();
    }
    type = written.value();
  }
  if (ascribed_.contains(&item)) type = instance_type(item, what.index);
  out_.exports.push_back({*item.name, what, type, 0});
  extend(out_.order, DefKind::export_, out_.exports.size() - 1);
  const uint32_t exported = next(what.sort);  // an export is one more of its sort
  if (what.sort == Sort::type) left_.types().know({&types, item.entity.type()}, exported);
  if (what.sort == Sort::instance) left_.types().know_exports({{&types, item.entity.type()}}, exported);
  return {};
}

Result<void> Plugging::export_all() {
  const uint32_t instance = count(Sort::instance) - 1;
  for (const Item& item : socket_.type().exports) TRY(export_one(instance, item));
  return {};
}

Result<std::vector<uint8_t>> Plugging::run() {
  TRY(serve());
  TRY(need_types());
  TRY(left_.write());
  count(Sort::instance) = left_.instances;
  count(Sort::func) = left_.funcs;
  count(Sort::value) = left_.values;
  count(Sort::component) = left_.components;
  nest();
  count(Sort::component) += static_cast<uint32_t>(out_.components.size());
  TRY(export_all());
  return encode(out_);
}

Result<void> Plugging::blame_plugs(const Features& features, const TypeRegistry& registry) const {
  for (size_t i = 0; i < plugs_.size(); ++i) {
    Items given, wanted;
    for (const Served& served : served_) {
      if (served.by.plug != i || served.part) continue;
      given.add({served.import->name, served.by.item->entity});
      wanted.add(*served.import);
    }
    given.make_index();
    wanted.make_index();
    ErrorSink why;
    Context context(features, &why, kMatchBytes);
    Matcher matcher(context, registry, plugs_[i].checked.types, socket_.checked.types);
    const auto matched = matcher.items(given, wanted, socket_.type().imported, "import");
    if (!matched.ok()) {
      note(plugs_[i].name + " exports " + listed(plugs_[i].type().exports));
      return fail(plugs_[i].name + " is not what " + socket_.name + " imports: " + describe(matched.error(), &why));
    }
  }
  return {};
}

Result<void> Plugging::blame_pairs() const {
  if (!apart_) return {};
  const auto words = [&](size_t index) {
    const Item& import = socket_.type().imports[index];
    return "`" + std::string(import.name->text) + "`, which " + plugs_[served(import)->by.plug].name + " provides";
  };
  note("plugs do not serve one another");
  return fail(socket_.name + ": " + words(apart_->second) + ", has resource types of " + words(apart_->first));
}

Result<void> Plugging::blame_exports() {
  const Types& types = socket_.checked.types;
  for (const Item& item : socket_.type().exports) {
    if (item.entity.sort != Sort::instance) continue;
    for (const Item& part : types.interface(item.entity.type()).exports) {
      if (part.entity.sort != Sort::type || types.is_resource(part.entity.type())) continue;
      const auto resource = left_.served_resource({&types, part.entity.type()});
      if (!resource) continue;
      return fail(socket_.name + ": `" + std::string(item.name->text) + "` cannot be exported: its `" +
                  std::string(part.name->text) + "` has a resource type of " + left_.provider(*resource));
    }
  }
  return {};
}

Result<void> Plugging::blame(const Features& features, const TypeRegistry& registry) {
  TRY(blame_pairs());
  TRY(blame_plugs(features, registry));
  return blame_exports();
}

}  // namespace

Result<std::vector<uint8_t>> plug(Piece& socket, std::vector<Piece>& plugs, const Features& features,
                                  const heddle::Features& core, TypeRegistry& registry, ErrorSink* sink) {
  Plugging plugging(socket, plugs, sink);
  std::vector<uint8_t> bytes = TRY(plugging.run());
  ErrorSink why;
  const auto decoded = decode(bytes, features, core, &why);
  auto right = decoded.ok() ? Result<void>() : Result<void>(decoded.error());
  if (decoded.ok()) {
    const auto checked = check(decoded.value(), bytes.size(), features, core, registry, &why);
    if (!checked.ok()) right = checked.error();
  }
  if (right.ok()) return bytes;
  TRY(plugging.blame(features, registry));
  if (sink) sink->set("what comes of it is not valid: " + describe(right.error(), &why));
  return right.error();
}

}  // namespace heddle::component::plug
