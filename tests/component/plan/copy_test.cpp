// Programs against canon: random types and values, encodings, widths of pointers and guests whose realloc returns
// what it should not. Each case is made twice from one seed; lifting and lowering by canon, and a copy, must leave
// the same core values, memory, handles and traps.
#include "component/plan/copy.h"

#include <doctest/doctest.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <random>

#include "base/utf8.h"
#include "component/canon/alignment.h"
#include "component/canon/embedding.h"
#include "component/canon/flattening.h"
#include "exec/load.h"

namespace heddle::component {
namespace {

using canon::CoreVal;
using canon::CoreVals;
using canon::StringEncoding;
using canon::T;
using canon::Val;

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t bits() { return engine_(); }
  uint64_t below(uint64_t n) { return engine_() % n; }
  bool chance(uint64_t percent) { return below(100) < percent; }
  template <class E>
  E pick(std::initializer_list<E> of) {
    return of.begin()[below(of.size())];
  }

 private:
  std::mt19937_64 engine_;
};

constexpr Primitive kScalars[] = {Primitive::bool_, Primitive::s8,  Primitive::u8,  Primitive::s16,
                                  Primitive::u16,   Primitive::s32, Primitive::u32, Primitive::s64,
                                  Primitive::u64,   Primitive::f32, Primitive::f64, Primitive::char_};

class TypeMaker {
 public:
  TypeMaker(Random& random, Types& types, TypeId own, TypeId foreign)
      : random_(random), types_(types), resources_{own, foreign} {}

  ValType make(int depth) {
    const uint64_t kind = random_.below(depth > 0 ? 17 : 9);
    if (kind < 4) return kScalars[random_.below(std::size(kScalars))];
    if (kind < 6) return Primitive::string;
    Type type;
    auto part = [&] { return make(depth - 1); };
    auto labels = [&](uint64_t count) {
      for (; count > 0; --count) type.fields.push_back({});
    };
    switch (kind) {
      case 6:
        type.kind = TypeKind::flags;
        labels(random_.pick<uint64_t>({1, 2, 8, 9, 16, 17, 32}));
        break;
      case 7:
        type.kind = TypeKind::enum_;
        labels(random_.pick<uint64_t>({1, 2, 255, 256, 257}));
        break;
      case 8:
        type.kind = random_.pick({TypeKind::own, TypeKind::borrow});
        type.resource = resources_[random_.below(2)];
        break;
      case 9:
      case 10:
        type.kind = TypeKind::list;
        type.first = part();
        break;
      case 11:
        type.kind = TypeKind::option;
        type.first = part();
        break;
      case 12:
        type.kind = TypeKind::result;
        if (random_.chance(70)) type.first = part();
        if (random_.chance(70)) type.second = part();
        break;
      case 13:
        type.kind = TypeKind::fixed_list;
        type.first = part();
        type.number = 1 + static_cast<uint32_t>(random_.below(4));
        break;
      case 14:
        type.kind = TypeKind::map;
        type.first = random_.pick<ValType>({Primitive::u8, Primitive::string, Primitive::s64});
        type.second = part();
        break;
      default: {
        type.kind = random_.pick({TypeKind::record, TypeKind::tuple, TypeKind::variant});
        labels(1 + random_.below(5));
        for (Field& field : type.fields) {
          if (type.kind != TypeKind::variant || random_.chance(70)) field.type = part();
        }
      }
    }
    return val_type(types_.add(std::move(type)));
  }

 private:
  Random& random_;
  Types& types_;
  TypeId resources_[2];
};

// --- values

std::string random_text(Random& random, bool latin1) {
  std::string text;
  for (uint64_t i = random.pick<uint64_t>({0, 1, 3, 10, 30, 70}); i > 0; --i) {
    const uint64_t kind = random.below(latin1 ? 7 : 10);
    const uint32_t code = kind < 5   ? 0x20 + static_cast<uint32_t>(random.below(0x5e))
                          : kind < 7 ? 0x80 + static_cast<uint32_t>(random.below(0x80))
                          : kind < 9 ? 0x100 + static_cast<uint32_t>(random.below(0xd700))
                                     : 0x10000 + static_cast<uint32_t>(random.below(0x100000));
    utf8::append(text, code);
  }
  return text;
}

Val random_string(Random& random) {
  Val val{.kind = Val::Kind::string};
  val.string.text = random_text(random, random.chance(50));
  val.string.tagged_code_units = val.string.text.size();
  return val;
}

Val random_value(Random& random, const T& t);

std::vector<Val> random_values(Random& random, const canon::Parts& ts) {
  std::vector<Val> values;
  for (const T& t : ts) values.push_back(random_value(random, t));
  return values;
}

Val random_scalar(Random& random, Primitive type) {
  const uint64_t bits = random.pick<uint64_t>({0, 1, UINT64_MAX, random.bits(), random.bits()});
  auto signed_of = [&](uint32_t width) {
    return static_cast<uint64_t>(static_cast<int64_t>(bits << width) >> width);
  };
  switch (type) {
    case Primitive::bool_: return Val::integer(bits & 1);
    case Primitive::u8: return Val::integer(bits & 0xff);
    case Primitive::u16: return Val::integer(bits & 0xffff);
    case Primitive::u32: return Val::integer(bits & 0xffffffff);
    case Primitive::s8: return Val::integer(signed_of(56));
    case Primitive::s16: return Val::integer(signed_of(48));
    case Primitive::s32: return Val::integer(signed_of(32));
    case Primitive::f32:
      return Val::f32(random.pick<uint32_t>({0x7f800001, 0x3f800000, static_cast<uint32_t>(bits)}));
    case Primitive::f64: return Val::f64(random.pick<uint64_t>({0x7ff0000000000001, bits}));
    case Primitive::char_: return Val::integer(bits % 0xd800);
    case Primitive::string: return random_string(random);
    default: return Val::integer(bits);
  }
}

Val random_value(Random& random, const T& t) {
  using Kind = canon::Despecialized::Kind;
  const canon::Despecialized d = canon::despecialize(t);
  switch (d.kind) {
    case Kind::primitive: return random_scalar(random, d.primitive);
    case Kind::list: {
      const std::vector<T> elements(d.has_length ? d.length : random.pick<size_t>({0, 1, 2, 5}), d.parts[0]);
      return Val::of(Val::Kind::list, random_values(random, elements));
    }
    case Kind::record: return Val::of(Val::Kind::record, random_values(random, d.parts));
    case Kind::variant: {
      const size_t index = random.below(d.parts.size());
      std::vector<Val> payload;
      if (d.parts[index].present()) payload.push_back(random_value(random, d.parts[index]));
      return Val::of(Val::Kind::variant, std::move(payload), index);
    }
    case Kind::flags: return Val::integer(random.bits() & ((uint64_t{1} << d.length) - 1));
    default: return Val::integer(random.bits() & 0xffffffff);
  }
}

// --- guests

struct Memory : canon::MemInst {
  std::span<uint8_t> bytes() override { return data; }
  std::vector<uint8_t> data;
};

// An instance with a memory whose allocator follows a script: it allocates, traps, or returns any number.
struct Guest {
  Guest(canon::Store& store, Random& random, bool honest) : inst(store.add_instance(nullptr)) {
    memory.ptr_size = random.pick<uint32_t>({4, 4, 8});
    opts.memory = &memory;
    opts.string_encoding = random.pick({StringEncoding::utf8, StringEncoding::utf16, StringEncoding::latin1_utf16});
    opts.realloc = [this](std::span<const CoreVal> args) { return realloc(args); };
    memory.data.resize(8192);
    for (uint8_t& byte : memory.data) byte = static_cast<uint8_t>(random.bits());
    for (int i = 0; i < 8 && !honest; ++i) {
      script.push_back(random.chance(85) ? kHonest : random.pick<uint64_t>({kTraps, 3, UINT32_MAX, 8000, 0, 66}));
    }
  }

  Result<CoreVals> realloc(std::span<const CoreVal> args) {
    const uint64_t action = calls < script.size() ? script[calls] : kHonest;
    ++calls;
    if (action == kTraps) return ErrorCode::unreachable_executed;
    if (action != kHonest) return CoreVals{{memory.ptr_type(), action}};
    const uint64_t old = args[0].bits, moved = std::min(args[1].bits, args[3].bits), alignment = args[2].bits;
    const uint64_t at = (top + alignment - 1) / alignment * alignment;
    top = at + args[3].bits;
    if (old + moved <= memory.data.size() && at + moved <= memory.data.size()) {
      std::memmove(memory.data.data() + at, memory.data.data() + old, moved);
    }
    return CoreVals{{memory.ptr_type(), at}};
  }

  std::string handles(const canon::TypeSpace& space) const {
    std::string text;
    uint32_t index = 0;
    for (const auto& handle : inst.handles.all()) {
      if (handle) {
        const auto& h = static_cast<const canon::ResourceHandle&>(*handle);
        text += std::to_string(index) + ":" + (h.rt == space.resources.at(0) ? "a" : "b") + std::to_string(h.rep) +
                (h.own ? "o" : "b") + std::to_string(h.num_lends) + " ";
      }
      ++index;
    }
    return text;
  }

  static constexpr uint64_t kHonest = UINT64_MAX, kTraps = UINT64_MAX - 1;
  canon::ComponentInstance& inst;
  Memory memory;
  canon::LiftLowerOptions opts;
  std::vector<uint64_t> script;
  size_t calls = 0;
  uint64_t top = 64;
};

// --- a case

struct Case {
  Case(canon::Store& store, uint64_t seed) : random(seed), from(store, random, true), to(store, random, false) {
    space.types = &types;
    const TypeId own = types.add_resource(), foreign = types.add_resource();
    for (ResourceId id : {0, 1}) space.resources[id] = std::make_shared<canon::ResourceType>();
    space.resources[0]->impl = random.chance(50) ? &from.inst : &to.inst;
    TypeMaker maker(random, types, own, foreign);
    for (uint64_t n = random.pick<uint64_t>({1, 1, 2, 5}); n > 0; --n) {
      ts.emplace_back(&space, maker.make(static_cast<int>(random.below(4))));
    }
    most_in = random.pick<size_t>({1, 4, 16});
    most_out = random.pick<size_t>({1, 4, 16});
    has_pointer = random.chance(30);
    pointer = random.pick<uint64_t>({64, 64, 128, 3, 8190, UINT32_MAX});
    canon::BorrowScope scope;
    canon::LiftLowerContext cx(from.opts, from.inst, &scope);
    auto flat = canon::lower_flat_values(cx, most_in, random_values(random, ts), ts, nullptr);
    if (!flat.ok()) return;
    in.assign(flat.value().begin(), flat.value().end());
    if (random.chance(25)) spoil();
    made = true;
  }

  void spoil() {
    if (random.chance(30) && !in.empty()) {
      CoreVal& val = in[random.below(in.size())];
      const bool wide = val.type == CoreVal::Type::i64 || val.type == CoreVal::Type::f64;
      val.bits ^= uint64_t{1} << random.below(wide ? 64 : 32);
    } else {
      const uint64_t used = std::min<uint64_t>(from.top, from.memory.data.size());
      from.memory.data[random.below(used)] ^= static_cast<uint8_t>(1u << random.below(8));
    }
  }

  std::string by_canon() {
    canon::BorrowScope lift_scope, lower_scope;
    canon::LiftLowerContext lift(from.opts, from.inst, &lift_scope), lower(to.opts, to.inst, &lower_scope);
    canon::CoreValueIter vi(in);
    auto values = canon::lift_flat_values(lift, most_in, vi, ts);
    if (!values.ok()) return trap(values.error());
    const CoreVal out[] = {{to.memory.ptr_type(), pointer}};
    canon::CoreValueIter out_param(out);
    auto flat = canon::lower_flat_values(lower, most_out, values.value(), ts, has_pointer ? &out_param : nullptr);
    if (!flat.ok()) return trap(flat.error());
    std::vector<uint64_t> bits;
    for (const CoreVal& val : flat.value()) bits.push_back(val.bits);
    return outcome(bits);
  }

  std::string by_plan() {
    canon::BorrowScope lift_scope, lower_scope;
    canon::LiftLowerContext lift(from.opts, from.inst, &lift_scope), lower(to.opts, to.inst, &lower_scope);
    plan::Guest source(lift), destination(lower);
    const plan::Program program(ts, ts, {from.memory.ptr_size, to.memory.ptr_size});
    std::vector<uint64_t> bits, out(std::max<size_t>(1, program.flat() <= most_out ? program.flat() : 1));
    for (const CoreVal& val : in) {
      const bool narrow = val.type == CoreVal::Type::i32 || val.type == CoreVal::Type::f32;
      bits.push_back(narrow ? val.bits | random.bits() << 32 : val.bits);
    }
    const bool by_pointer = program.flat() > most_out && has_pointer;
    if (by_pointer) out[0] = pointer;
    auto done = plan::copy(program, source, {bits, most_in}, destination, {out, most_out, by_pointer});
    if (!done.ok()) return trap(done.error());
    return outcome(by_pointer ? std::vector<uint64_t>() : out);
  }

  // Elements of the first type, at 4096 in either memory: of a stream. None where there is no room for one.
  bool write_elements() {
    const uint32_t size = from.memory.ptr_size;
    const uint64_t bytes = std::max(canon::elem_size(ts[0], size), canon::elem_size(ts[0], to.memory.ptr_size));
    count = static_cast<uint32_t>(std::min<uint64_t>(1 + random.below(5), 4096 / bytes));
    const std::vector<T> types_of_all(count, ts[0]);
    const Val list = Val::of(Val::Kind::list, random_values(random, types_of_all));
    canon::BorrowScope scope;
    canon::LiftLowerContext cx(from.opts, from.inst, &scope);
    if (count == 0 || !canon::store_list_into_valid_range(cx, list, kElements, ts[0]).ok()) return false;
    if (random.chance(25)) spoil();
    return true;
  }
  std::string elements_by_canon() {
    canon::BorrowScope lift_scope, lower_scope;
    canon::LiftLowerContext lift(from.opts, from.inst, &lift_scope), lower(to.opts, to.inst, &lower_scope);
    auto list = canon::load_list_from_valid_range(lift, kElements, count, ts[0]);
    if (!list.ok()) return trap(list.error());
    auto stored = canon::store_list_into_valid_range(lower, list.value(), kElements, ts[0]);
    return stored.ok() ? outcome({}) : trap(stored.error());
  }
  std::string elements_by_plan() {
    canon::BorrowScope lift_scope, lower_scope;
    canon::LiftLowerContext lift(from.opts, from.inst, &lift_scope), lower(to.opts, to.inst, &lower_scope);
    plan::Guest source(lift), destination(lower);
    const std::span<const T> one(ts.data(), 1);
    const plan::Program program(one, one, {from.memory.ptr_size, to.memory.ptr_size});
    auto done = plan::copy_elements(program, source, kElements, destination, kElements, count);
    return done.ok() ? outcome({}) : trap(done.error());
  }

  static std::string trap(const Error& error) {
    return "trap " + std::string(text_of(error.code)) + " " + std::to_string(error.offset);
  }
  std::string outcome(const std::vector<uint64_t>& flat) const {
    std::string text;
    for (uint64_t bits : flat) text += std::to_string(bits) + " ";
    text += "calls " + std::to_string(to.calls) + " from " + from.handles(space) + "to " + to.handles(space);
    return text + std::string(to.memory.data.begin(), to.memory.data.end());
  }

  Random random;
  Types types;
  canon::TypeSpace space;
  Guest from, to;
  std::vector<T> ts;
  size_t most_in = 0, most_out = 0;
  bool has_pointer = false;
  uint64_t pointer = 0;
  std::vector<CoreVal> in;
  bool made = false;
  static constexpr uint64_t kElements = 4096;
  uint32_t count = 0;
};

uint64_t case_count() {
  constexpr uint64_t kFew = 4000;
  const char* wanted = std::getenv("HEDDLE_PLAN_CASES");
  uint64_t count = kFew;
  if (wanted) REQUIRE(std::from_chars(wanted, wanted + std::strlen(wanted), count).ec == std::errc());
  return count;
}

// `prepare` makes a case ready or says that it is none.
template <class Prepare>
void compare(const Prepare& prepare, std::string (Case::*canon)(), std::string (Case::*plan)()) {
  auto core = rt::Store::create(exec::make_engine({})).value();
  uint64_t compared = 0, traps = 0, different = 0;
  constexpr uint64_t kBatch = 500;  // a store's instances last as long as it does
  std::unique_ptr<canon::Store> store;
  for (uint64_t seed = 0; seed < case_count(); ++seed) {
    if (seed % kBatch == 0) store = std::make_unique<canon::Store>(*core);
    Case wanted(*store, seed), found(*store, seed);
    if (!prepare(wanted) || !prepare(found)) continue;
    const std::string by_canon = (wanted.*canon)(), by_plan = (found.*plan)();
    ++compared;
    traps += by_canon.starts_with("trap");
    if (by_canon == by_plan) continue;
    ++different;
    CHECK_MESSAGE(by_canon.substr(0, 200) == by_plan.substr(0, 200), "seed " << seed);
    if (different == 10) break;
  }
  CHECK(different == 0);
  CHECK(compared > case_count() / 2);
  CHECK(traps > case_count() / 10);
  MESSAGE(compared << " cases, " << traps << " of them traps");
}

TEST_CASE("copies are what lifting and lowering make of the same values") {
  compare([](const Case& c) { return c.made; }, &Case::by_canon, &Case::by_plan);
}

TEST_CASE("copies of elements are what lifting and lowering a list make of them") {
  compare([](Case& c) { return c.write_elements(); }, &Case::elements_by_canon, &Case::elements_by_plan);
}

}  // namespace
}  // namespace heddle::component
