// Finds out who serves what, writes the imports that are left, nests the components, and has the result checked: what
// a plug offers is of the type that is wanted exactly where the whole is valid, and only where it is not is it worth
// while to look for the import that is to blame.
#include "component/plug/plug.h"

#include <algorithm>

#include "component/binary/decode.h"
#include "component/binary/encode.h"
#include "component/link/linker.h"
#include "component/plug/left.h"
#include "component/valid/match.h"

namespace heddle::component::plug {
namespace {

constexpr uint64_t kMatchBytes = uint64_t{1} << 20;  // as much work as for a component of this size

class Plugging {
 public:
  Plugging(Piece& socket, std::vector<Piece>& plugs, ErrorSink* sink)
      : socket_(socket), plugs_(plugs), sink_(sink), left_(out_, sink) {}

  Result<std::vector<uint8_t>> run();
  // The first plug whose export is not of the type the socket wants it to be of.
  Result<void> blame(const Features& features, const TypeRegistry& registry) const;

 private:
  struct Served {
    const Item* import;
    size_t plug;
    const Item* item;
  };

  Error fail(std::string words) const {
    if (sink_) sink_->set(std::move(words));
    return {ErrorCode::incompatible_import};
  }
  void note(std::string text) const {
    if (sink_) sink_->notes.push_back(std::move(text));
  }
  Served find(const Item& import, const std::vector<link::Offers>& offers) const;
  Result<void> serve();
  Error fits_nothing(const Piece& plug) const;
  const Served* served(const Item& import) const;
  void nest();
  void instantiate(const Piece& piece, uint32_t component);
  SortIndex alias(uint32_t instance, const Item& item);
  Result<void> export_all();
  Result<void> export_one(uint32_t instance, const Item& item);
  uint32_t& count(Sort sort) { return counts_[static_cast<size_t>(sort)]; }
  // The index of one more of a sort; types have other sources too.
  uint32_t next(Sort sort) { return sort == Sort::type ? left_.types().add_named() : count(sort)++; }

  Piece& socket_;
  std::vector<Piece>& plugs_;
  ErrorSink* sink_;
  Component out_;
  Left left_;
  std::vector<Served> served_;    // in the order of the imports
  uint32_t counts_[kSorts] = {};  // of what is there behind the imports
};

std::string listed(const Items& items) {
  std::string text;
  for (const Item& item : items) text += (text.empty() ? "`" : ", `") + std::string(item.name->text) + "`";
  return text.empty() ? "nothing" : text;
}

Error Plugging::fits_nothing(const Piece& plug) const {
  note(plug.name + " exports " + listed(plug.type().exports));
  note(socket_.name + " imports " + listed(socket_.type().imports));
  return fail(plug.name + " fits nothing that " + socket_.name + " imports and no plug before it serves");
}

// The first plug that has something for an import serves it; one that has the very version comes before others.
Plugging::Served Plugging::find(const Item& import, const std::vector<link::Offers>& offers) const {
  for (size_t i = 0; i < plugs_.size(); ++i) {
    if (const Item* item = plugs_[i].type().exports.find(import.name->text)) return {&import, i, item};
  }
  for (size_t i = 0; i < plugs_.size(); ++i) {
    if (const Item* item = offers[i].find(import.name->text)) return {&import, i, item};
  }
  return {&import, 0, nullptr};
}

Result<void> Plugging::serve() {
  std::vector<bool> used(plugs_.size());
  std::vector<link::Offers> offers;
  offers.reserve(plugs_.size());
  for (const Piece& plug : plugs_) offers.emplace_back(plug.type().exports);
  for (const Item& import : socket_.type().imports) {
    const Served found = find(import, offers);
    if (!found.item) {
      left_.want(socket_, import);
      continue;
    }
    left_.is_served(socket_, import, plugs_[found.plug].name);
    used[found.plug] = true;
    served_.push_back(found);
  }
  for (size_t i = 0; i < plugs_.size(); ++i) {
    if (!used[i]) return fits_nothing(plugs_[i]);
    for (const Item& import : plugs_[i].type().imports) left_.want(plugs_[i], import);
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

void Plugging::instantiate(const Piece& piece, uint32_t component) {
  Instance instance;
  instance.component = component;
  for (const Item& import : piece.type().imports) {
    const Served* by = &piece == &socket_ ? served(import) : nullptr;
    const SortIndex what =
        by ? alias(left_.instances + static_cast<uint32_t>(by->plug), *by->item) : left_.index(import);
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

// A function's type is written in terms of the types that were exported before it.
Result<void> Plugging::export_one(uint32_t instance, const Item& item) {
  const Types& types = socket_.checked.types;
  std::optional<ExternType> type;
  const SortIndex what = alias(instance, item);
  if (what.sort == Sort::func) {
    const auto written = left_.types().external(types, item.entity);
    if (!written.ok()) {
      if (sink_) sink_->detail = "`" + std::string(item.name->text) + "` cannot be exported: " + sink_->detail;
      return written.error();
    }
    type = written.value();
  }
  out_.exports.push_back({*item.name, what, type, 0});
  extend(out_.order, DefKind::export_, out_.exports.size() - 1);
  const uint32_t exported = next(what.sort);  // an export is one more of its sort
  if (what.sort == Sort::type) left_.types().know({&types, item.entity.type()}, exported);
  if (what.sort == Sort::instance) left_.types().know_exports({&types, item.entity.type()}, exported);
  return {};
}

Result<void> Plugging::export_all() {
  const uint32_t instance = count(Sort::instance) - 1;
  for (const Item& item : socket_.type().exports) TRY(export_one(instance, item));
  return {};
}

Result<std::vector<uint8_t>> Plugging::run() {
  TRY(serve());
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

Result<void> Plugging::blame(const Features& features, const TypeRegistry& registry) const {
  for (size_t i = 0; i < plugs_.size(); ++i) {
    Items given, wanted;
    for (const Served& served : served_) {
      if (served.plug != i) continue;
      given.add({served.import->name, served.item->entity});
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
