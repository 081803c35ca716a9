// heddle-canon: the other side of oracle.py. A case a line in JSON, an answer a line: what lifting or lowering made
// of it, with the memory and the handles afterwards, or that it trapped.
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "component/canon/alignment.h"
#include "component/canon/embedding.h"
#include "component/canon/flattening.h"
#include "exec/load.h"

namespace {

using namespace heddle;
using namespace heddle::component::canon;
using component::Primitive;
using component::TypeId;
using component::TypeKind;
using component::Types;
using Json = nlohmann::json;

// Negative numbers have the bits they have in 64.
uint64_t parse_number(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  uint64_t value = 0;
  std::from_chars(digits.data() + negative, digits.data() + digits.size(), value);
  return negative ? -value : value;
}

uint64_t number(const Json& text) { return parse_number(text.get_ref<const std::string&>()); }

std::vector<uint8_t> from_hex(const std::string& hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    uint8_t byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    bytes.push_back(byte);
  }
  return bytes;
}

std::string to_hex(std::span<const uint8_t> bytes) {
  std::string hex;
  for (uint8_t byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex.append({kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return hex;
}

constexpr std::string_view kEncodings[] = {"utf8", "utf16", "latin1+utf16"};
StringEncoding encoding(const Json& name) {
  return static_cast<StringEncoding>(
      std::find(std::begin(kEncodings), std::end(kEncodings), name.get<std::string>()) - std::begin(kEncodings));
}

// Types as oracle.py sends them.
class Builder {
 public:
  Builder(Types& types, const std::vector<TypeId>& resources) : types_(types), resources_(resources) {}

  component::ValType type(const Json& t) {
    if (t.is_null()) return {};
    const std::string kind = t["k"];
    for (size_t i = 0; i < std::size(component::kPrimitives); ++i) {
      if (component::kPrimitives[i].text == kind) return static_cast<Primitive>(i);
    }
    component::Type made;
    made.kind = kind_of(kind);
    made.first = t.contains("t") ? type(t["t"]) : component::ValType();
    made.second = t.contains("u") ? type(t["u"]) : component::ValType();
    if (kind == "own" || kind == "borrow") made.resource = resources_[t["rt"].get<size_t>()];
    if (kind == "fixed") made.number = t["n"];
    if (kind == "flags" || kind == "enum") {
      for (int i = 0; i < t["n"].get<int>(); ++i) made.fields.push_back({});
    }
    if (t.contains("f")) {
      for (const Json& part : t["f"]) made.fields.push_back({{}, type(part)});
    }
    return component::val_type(types_.add(std::move(made)));
  }

 private:
  static TypeKind kind_of(const std::string& kind) {
    if (kind == "fixed") return TypeKind::fixed_list;
    for (size_t i = 1; i < std::size(component::kTypeInfos); ++i) {
      if (component::kTypeInfos[i].text == kind) return static_cast<TypeKind>(i);
    }
    std::abort();
  }

  Types& types_;
  const std::vector<TypeId>& resources_;
};

Val value(const Json& t, const Json& v) {
  const std::string kind = t["k"];
  if (kind == "f32") return Val::f32(static_cast<uint32_t>(number(v)));
  if (kind == "f64") return Val::f64(number(v));
  if (kind == "string") {
    const std::vector<uint8_t> text = from_hex(v[0]);
    Val string{.kind = Val::Kind::string};
    string.string = {{text.begin(), text.end()}, encoding(v[1]), number(v[2])};
    return string;
  }
  auto list = [&](auto&& part_of) {
    std::vector<Val> parts;
    for (size_t i = 0; i < v.size(); ++i) parts.push_back(value(part_of(i), v[i]));
    return parts;
  };
  if (kind == "list" || kind == "fixed") {
    return Val::of(Val::Kind::list, list([&](size_t) -> const Json& { return t["t"]; }));
  }
  if (kind == "map") {
    const Json pair = {{"k", "tuple"}, {"f", {t["t"], t["u"]}}};
    return Val::of(Val::Kind::list, list([&](size_t) -> const Json& { return pair; }));
  }
  if (kind == "record" || kind == "tuple") {
    return Val::of(Val::Kind::record, list([&](size_t i) -> const Json& { return t["f"][i]; }));
  }
  if (!v.is_array()) return Val::integer(number(v));
  const size_t index = v[0];
  std::vector<Val> payload;
  if (!v[1].is_null()) {
    const Json& part = kind == "variant" ? t["f"][index] : kind == "result" && index == 1 ? t["u"] : t["t"];
    payload.push_back(value(part, v[1]));
  }
  return Val::of(Val::Kind::variant, std::move(payload), index);
}

// Of elements that are packed.
T number_type(const Json& t) {
  for (size_t i = 0; i < std::size(component::kPrimitives); ++i) {
    if (component::kPrimitives[i].text == t["k"].get<std::string>())
      return {nullptr, component::ValType(static_cast<Primitive>(i))};
  }
  std::abort();
}

// The same back: signed numbers with their sign.
Json answer(const Json& t, const Val& v) {
  const std::string kind = t["k"];
  switch (v.kind) {
    case Val::Kind::integer:
      if (kind[0] == 's') return std::to_string(static_cast<int64_t>(v.bits));
      return std::to_string(v.bits);
    case Val::Kind::f32:
    case Val::Kind::f64: return std::to_string(v.bits);
    case Val::Kind::string:
      return {to_hex({reinterpret_cast<const uint8_t*>(v.string.text.data()), v.string.text.size()}),
              kEncodings[static_cast<size_t>(v.string.encoding)], std::to_string(v.string.tagged_code_units)};
    case Val::Kind::packed: return answer(t, Val::of(Val::Kind::list, elements_of(v, number_type(t["t"]))));
    case Val::Kind::list:
    case Val::Kind::record: {
      const Json pair = kind == "map" ? Json{{"k", "tuple"}, {"f", {t["t"], t["u"]}}} : Json();
      Json parts = Json::array();
      for (size_t i = 0; i < v.parts.size(); ++i) {
        const Json& part = kind == "map" ? pair : v.kind == Val::Kind::list ? t["t"] : t["f"][i];
        parts.push_back(answer(part, v.parts[i]));
      }
      return parts;
    }
    case Val::Kind::variant: {
      if (v.parts.empty()) return {v.bits, nullptr};
      const Json& part = kind == "variant" ? t["f"][v.bits] : kind == "result" && v.bits == 1 ? t["u"] : t["t"];
      return {v.bits, answer(part, v.parts[0])};
    }
    default: std::abort();
  }
}

struct Memory : MemInst {
  std::span<uint8_t> bytes() override { return data; }
  std::vector<uint8_t> data;
};

// As class Guest of oracle.py.
struct Guest {
  Result<CoreVals> realloc(std::span<const CoreVal> args) {
    const std::string action = calls < script.size() ? script[calls].get<std::string>() : "ok";
    ++calls;
    if (action == "trap") return ErrorCode::unreachable_executed;
    if (action != "ok") return CoreVals{{memory.ptr_type(), parse_number(action)}};
    const uint64_t old = args[0].bits, moved = std::min(args[1].bits, args[3].bits), alignment = args[2].bits;
    const uint64_t at = (top + alignment - 1) / alignment * alignment;
    top = at + args[3].bits;
    std::vector<uint8_t>& data = memory.data;
    if (old + moved <= data.size() && at + moved <= data.size()) {
      std::memmove(data.data() + at, data.data() + old, moved);
    }
    return CoreVals{{memory.ptr_type(), at}};
  }

  Memory memory;
  Json script;
  size_t calls = 0;
  uint64_t top = 64;
};

constexpr std::string_view kCoreTypes[] = {"i32", "i64", "f32", "f64"};

Json handles_of(const ComponentInstance& inst, const TypeSpace& space) {
  Json all = Json::array();
  for (uint32_t i = 1; i < inst.handles.all().size(); ++i) {
    auto handle = inst.handles.get(i);
    if (!handle.ok()) continue;
    const auto& h = static_cast<const ResourceHandle&>(*handle.value());
    const int rt = h.rt == space.resources.at(0) ? 0 : 1;
    all.push_back({i, rt, std::to_string(h.rep), h.own ? 1 : 0, h.num_lends});
  }
  return all;
}

// What validation has worked out once is what the definitions say.
void check_abi(const T& t, uint32_t ptr_size, const LiftOptions& opts) {
  const component::Abi abi = component::abi_of(*t.space()->types, t.type(), ptr_size);
  HEDDLE_ASSERT(abi.size == elem_size(t, ptr_size) && abi.alignment == alignment(t, ptr_size));
  const CoreTypes flat = flatten_type(t, opts);
  HEDDLE_ASSERT(abi.flat.size() == std::min(flat.size(), component::kMaxFlatParams + 1));
  constexpr heddle::ValType kTypes[] = {kI32, kI64, kF32, kF64};
  for (size_t i = 0; i < flat.size() && flat.size() <= component::kMaxFlatParams; ++i) {
    HEDDLE_ASSERT(abi.flat[i] == kTypes[static_cast<size_t>(flat[i])]);
  }
}

Json run(Store& store, const Json& one) {
  Types types;
  std::vector<TypeId> ids = {types.add_resource(), types.add_resource()};
  ComponentInstance& inst = store.add_instance(nullptr);
  TypeSpace space{&types, {{0, std::make_shared<ResourceType>()}, {1, std::make_shared<ResourceType>()}}};
  space.resources[0]->impl = &inst;
  for (const Json& given : one["handles"]) {
    auto h = std::make_shared<ResourceHandle>(space.resources[given[0].get<uint32_t>()], number(given[1]),
                                              given[2].get<int>() != 0);
    h->num_lends = given[3];
    static_cast<void>(inst.handles.add(h).value());
  }
  std::vector<T> ts;
  for (const Json& t : one["types"]) ts.emplace_back(&space, Builder(types, ids).type(t));
  Guest guest;
  guest.memory.data = from_hex(one["memory"]);
  guest.memory.ptr_size = one["ptr"];
  guest.script = one["realloc"];
  LiftLowerOptions opts;
  opts.string_encoding = encoding(one["encoding"]);
  opts.memory = &guest.memory;
  opts.realloc = [&](std::span<const CoreVal> args) { return guest.realloc(args); };
  for (const T& t : ts) check_abi(t, guest.memory.ptr_size, opts);
  BorrowScope scope;
  LiftLowerContext cx(opts, inst, &scope);
  const size_t most = one["max"];
  Json result;
  if (one["do"] == "lower") {
    std::vector<Val> values;
    for (size_t i = 0; i < ts.size(); ++i) values.push_back(value(one["types"][i], one["values"][i]));
    auto flat = lower_flat_values(cx, most, values, ts);
    if (!flat.ok()) return {{"trap", true}};
    result["flat"] = Json::array();
    for (const CoreVal& v : flat.value()) {
      result["flat"].push_back({kCoreTypes[static_cast<size_t>(v.type)], std::to_string(v.bits)});
    }
  } else {
    std::vector<CoreVal> flat;
    for (const Json& v : one["flat"]) {
      const auto* type = std::find(std::begin(kCoreTypes), std::end(kCoreTypes), v[0].get<std::string>());
      flat.push_back({static_cast<CoreVal::Type>(type - std::begin(kCoreTypes)), number(v[1])});
    }
    CoreValueIter vi(flat);
    auto values = lift_flat_values(cx, most, vi, ts);
    if (!values.ok()) return {{"trap", true}};
    result["values"] = Json::array();
    for (size_t i = 0; i < ts.size(); ++i) result["values"].push_back(answer(one["types"][i], values.value()[i]));
  }
  result["memory"] = to_hex(guest.memory.data);
  result["handles"] = handles_of(inst, space);
  return result;
}

}  // namespace

int main() {
  auto core = rt::Store::create(exec::make_engine({}));
  Store store(*core.value());
  char* line = nullptr;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0) {
    const std::string text = run(store, Json::parse(std::string_view(line))).dump() + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
  std::free(line);
  return 0;
}
