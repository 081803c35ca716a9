// The heap. Roots are a list the test controls; the native stack is scanned only where a test says so, so that
// "unrooted" means what it says.
#include "runtime/gc/heap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "os/clock.h"
#include "os/pages.h"
#include "runtime/fiber.h"

using namespace heddle;
using namespace heddle::gc;

namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

SubType struct_type(const std::vector<ValType>& fields) {
  SubType type;
  type.kind = CompKind::struct_;
  for (ValType field : fields) type.fields.push_back({field, true});
  return type;
}

SubType array_type(ValType element) {
  SubType type = struct_type({element});
  type.kind = CompKind::array;
  return type;
}

// The types of these tests, by index.
enum Types : uint32_t { kNode, kLeaf, kRefs, kBytes, kWide, kMixed, kMedium, kHuge };

struct World final : RootSource {
  TypeRegistry registry;
  TypeUse use;
  rt::Budget budget;
  std::vector<Ref> roots;
  std::vector<rt::Fiber*> released;
  Heap heap;  // goes first

  explicit World(bool zeal = false, uint64_t limit = rt::Budget::kUnlimited) {
    syntax::Module module;
    auto add = [&](SubType type) {
      module.rec_groups.push_back({.first = static_cast<uint32_t>(module.types.size()), .count = 1});
      module.types.push_back(std::move(type));
    };
    add(struct_type({kAnyRef, kAnyRef, kI64}));                         // kNode
    add(struct_type({kI64}));                                           // kLeaf
    add(array_type(kAnyRef));                                           // kRefs
    add(array_type(ValKind::i8));                                       // kBytes
    add(struct_type(std::vector<ValType>(100, kAnyRef)));               // kWide: more than a mask of words holds
    add(struct_type({kI32, kAnyRef, kV128, ValKind::i8, kExternRef}));  // kMixed
    add(struct_type(std::vector<ValType>(30, kI64)));                   // kMedium: two lines
    add(struct_type(std::vector<ValType>(9000, kAnyRef)));              // kHuge: a large object
    auto added = registry.add(module);
    REQUIRE(added.ok());
    use = std::move(added).value();
    budget.set_limit(rt::Resource::gc_bytes, limit);
    heap.init(&registry, &budget, this, zeal, this,
              [](void* owner, rt::Fiber* fiber) { static_cast<World*>(owner)->released.push_back(fiber); });
  }

  void visit_roots(RootVisitor& visitor) override {
    for (Ref root : roots) visitor.exact(root);
  }
  const DefType& type(Types which) const { return registry[use[TypeIdx{which}]]; }
  Struct* make(Types which) {
    auto object = heap.new_struct(type(which));
    if (!object.ok()) FAIL("no room for a struct");
    return object.value();
  }
  Array* make_array(Types which, uint32_t length) {
    auto object = heap.new_array(type(which), length);
    if (!object.ok()) FAIL("no room for an array");
    return object.value();
  }
  Ref& field(Struct* object, size_t index) const {
    const DefType& def = registry[object->type];
    return *reinterpret_cast<Ref*>(object->field(def.offsets[index]));
  }
  Ref& element(Array* array, uint32_t index) { return reinterpret_cast<Ref*>(array->elements())[index]; }
};

}  // namespace

TEST_CASE("gc: what is not rooted is reclaimed, what is rooted stays where it is") {
  for (bool zeal : {false, true}) {
    World world(zeal);
    Struct* kept = world.make(kLeaf);
    world.field(kept, 0) = 0x1234;
    world.roots.push_back(to_ref(kept));
    Ref lost = to_ref(world.make(kLeaf));
    CHECK(world.heap.holds(lost));
    world.heap.collect();
    CHECK(world.heap.holds(to_ref(kept)));
    CHECK(!world.heap.holds(lost));
    CHECK(world.field(kept, 0) == 0x1234);
    CHECK(kept->type == world.type(kLeaf).id);
    world.roots.clear();
    world.heap.collect();
    CHECK(!world.heap.holds(to_ref(kept)));
    CHECK(world.heap.stats().live_bytes == 0);
    CHECK(world.heap.stats().blocks == 0);
    CHECK(world.budget.used(rt::Resource::gc_bytes) == 0);
  }
}

TEST_CASE("gc: zeal collects at every allocation and overwrites what it frees") {
  World world(true);
  world.roots.push_back(to_ref(world.make(kLeaf)));
  Struct* lost = world.make(kMedium);
  uint64_t before = world.heap.stats().collections;
  Struct* next = world.make(kLeaf);
  CHECK(world.heap.stats().collections == before + 1);
  CHECK(world.heap.holds(to_ref(next)));
  world.heap.collect();
  CHECK(!world.heap.holds(to_ref(lost)));
  CHECK(!world.heap.holds(to_ref(next)));
  CHECK(lost->type == 0xdbdbdbdb);
}

TEST_CASE("gc: every kind of object keeps what it refers to") {
  for (bool zeal : {false, true}) {
    World world(zeal);
    auto leaf = [&] { return to_ref(world.make(kLeaf)); };
    // The holder is rooted first: in zeal mode the next allocation collects.
    Array* refs = world.make_array(kRefs, 3);
    world.roots.push_back(to_ref(refs));
    for (uint32_t i = 0; i < 3; i++) world.element(refs, i) = leaf();
    Struct* wide = world.make(kWide);
    world.roots.push_back(to_ref(wide));
    for (size_t i = 0; i < 100; i++) world.field(wide, i) = leaf();
    Struct* huge = world.make(kHuge);
    world.roots.push_back(to_ref(huge));
    world.field(huge, 0) = leaf();
    world.field(huge, 8999) = leaf();
    Struct* mixed = world.make(kMixed);
    world.roots.push_back(to_ref(mixed));
    world.field(mixed, 1) = leaf();
    world.field(mixed, 4) = make_i31(77);
    Array* long_refs = world.make_array(kRefs, 100'000);
    world.roots.push_back(to_ref(long_refs));
    world.element(long_refs, 99'999) = leaf();
    auto exception = world.heap.new_exception(nullptr, 2);
    REQUIRE(exception.ok());
    world.roots.push_back(to_ref(exception.value()));
    exception.value()->args()[1] = leaf();
    world.heap.collect();

    auto holds = [&](Ref ref) { return world.heap.holds(ref) && to_object(ref)->type == world.type(kLeaf).id; };
    for (uint32_t i = 0; i < 3; i++) CHECK(holds(world.element(refs, i)));
    for (size_t i = 0; i < 100; i++) CHECK(holds(world.field(wide, i)));
    CHECK(holds(world.field(huge, 0)));
    CHECK(holds(world.field(huge, 8999)));
    CHECK(holds(world.field(mixed, 1)));
    CHECK(i31_u(world.field(mixed, 4)) == 77);
    CHECK(holds(world.element(long_refs, 99'999)));
    CHECK(holds(exception.value()->args()[1]));
    world.roots.clear();
    world.heap.collect();
    CHECK(world.budget.used(rt::Resource::gc_bytes) == 0);
  }
}

TEST_CASE("gc: a descriptor lives as long as what it describes") {
  TypeRegistry registry;
  syntax::Module module;
  module.rec_groups.push_back({.first = 0, .count = 2});
  SubType described = struct_type({kI64}), descriptor = struct_type({kI64});
  described.descriptor = TypeIdx{1};
  descriptor.describes = TypeIdx{0};
  module.types = {described, descriptor};
  auto use = registry.add(module);
  REQUIRE(use.ok());
  World world;
  Heap heap;
  heap.init(&registry, nullptr, &world, true, nullptr, nullptr);
  const DefType& type = registry[use.value()[TypeIdx{0}]];
  REQUIRE(type.descriptor_offset != 0);
  Struct* object = heap.new_struct(type).value();
  world.roots.push_back(to_ref(object));
  Struct* its_descriptor = heap.new_struct(registry[use.value()[TypeIdx{1}]]).value();
  *reinterpret_cast<Ref*>(object->field(type.descriptor_offset)) = to_ref(its_descriptor);
  heap.collect();
  CHECK(heap.holds(to_ref(its_descriptor)));
}

TEST_CASE("gc: cycles are reclaimed") {
  World world;
  Struct* a = world.make(kNode);
  Struct* b = world.make(kNode);
  world.field(a, 0) = to_ref(b);
  world.field(b, 1) = to_ref(a);
  world.roots.push_back(to_ref(a));
  world.heap.collect();
  CHECK(world.heap.holds(to_ref(b)));
  world.roots.clear();
  world.heap.collect();
  CHECK(!world.heap.holds(to_ref(a)));
  CHECK(!world.heap.holds(to_ref(b)));
}

TEST_CASE("gc: words that are not references are ignored") {
  World world;
  Struct* object = world.make(kNode);
  rt::FuncRef func;
  world.roots = {0,
                 1,
                 make_i31(5),
                 rt::to_ref(&func),
                 to_ref(object) + 8,
                 to_ref(object) - 8,
                 to_ref(object) + 1,
                 to_ref(object) & ~(kMiB - 1),
                 UINT64_MAX,
                 0xffff'ffff'ffff'fff8,
                 8};
  world.heap.collect();
  CHECK(!world.heap.holds(to_ref(object)));
}

TEST_CASE("gc: a list of a million elements and a wide array, with any mark stack") {
  for (uint64_t entries : {uint64_t{256}, UINT64_MAX}) {
    World world;
    world.heap.limit_mark_stack(entries);
    world.roots.push_back(0);
    for (uint64_t i = 0; i < 1'000'000; i++) {
      Struct* node = world.make(kNode);
      world.field(node, 0) = world.roots[0];
      world.field(node, 2) = i;
      world.roots[0] = to_ref(node);
    }
    Array* array = world.make_array(kRefs, 20'000);
    world.roots.push_back(to_ref(array));
    for (uint32_t i = 0; i < 20'000; i++) {
      Struct* node = world.make(kNode);
      world.element(array, i) = to_ref(node);
      world.field(node, 1) = to_ref(world.make(kLeaf));
    }
    world.heap.collect();
    uint64_t expected = 1'000'000;
    for (Ref ref = world.roots[0]; ref != 0;) {
      auto* node = static_cast<Struct*>(to_object(ref));
      if (!world.heap.holds(ref) || world.field(node, 2) != --expected) FAIL("an element is gone");
      ref = world.field(node, 0);
    }
    CHECK(expected == 0);
    for (uint32_t i = 0; i < 20'000; i++) {
      REQUIRE(world.heap.holds(world.element(array, i)));
      REQUIRE(world.heap.holds(world.field(static_cast<Struct*>(to_object(world.element(array, i))), 1)));
    }
  }
}

TEST_CASE("gc: objects are zeroed, also where others lay before") {
  World world;
  for (int round = 0; round < 3; round++) {
    std::vector<Struct*> objects;
    for (int i = 0; i < 20'000; i++) {
      Struct* object = world.make(i % 3 == 0 ? kMedium : kNode);
      const DefType& type = world.registry[object->type];
      for (size_t f = 0; f < type.fields.size(); f++) REQUIRE(world.field(object, f) == 0);
      for (size_t f = 0; f < type.fields.size(); f++) world.field(object, f) = 0x0101010101010101;
      // One in ten survives: lines are recycled one by one.
      if (i % 10 == 0) world.roots.push_back(to_ref(object));
    }
    world.heap.collect();
    for (Ref root : world.roots) REQUIRE(world.heap.holds(root));
  }
}

TEST_CASE("gc: a gigabyte passes through a budget of 16 MiB") {
  World world(false, 16 * kMiB);
  world.roots.resize(1000);
  uint64_t bytes = 0, n = 0;
  while (bytes < 1024 * kMiB) {
    Types which = n % 64 == 0 ? kMedium : n % 7 == 0 ? kLeaf : kNode;
    Struct* object = world.make(which);
    bytes += world.type(which).object_size;
    world.roots[n * 7919 % 1000] = to_ref(object);
    if (n % 100'000 == 0) {
      Array* array = world.make_array(kBytes, 1'000'000);
      array->elements()[999'999] = 1;
      bytes += 1'000'000;
      REQUIRE(world.budget.used(rt::Resource::gc_bytes) <= 16 * kMiB);
    }
    n++;
  }
  CHECK(world.heap.stats().allocated_bytes >= 1024 * kMiB);
  CHECK(world.heap.stats().collections >= 64);
}

TEST_CASE("gc: a heap that is full says so, and goes on when there is room again") {
  World world(false, 4 * kMiB);
  world.roots.push_back(0);
  uint64_t made = 0;
  while (true) {
    auto object = world.heap.new_struct(world.type(kNode));
    if (!object.ok()) {
      CHECK(object.error().code == ErrorCode::gc_heap_exhausted);
      break;
    }
    world.field(object.value(), 0) = world.roots[0];
    world.roots[0] = to_ref(object.value());
    made++;
  }
  CHECK(made * 32 > 3 * kMiB);
  CHECK(world.heap.stats().collections < 100);
  CHECK(world.heap.new_array(world.type(kBytes), 5'000'000).error().code == ErrorCode::gc_heap_exhausted);
  world.roots.clear();
  CHECK(world.heap.new_array(world.type(kBytes), 3'000'000).ok());
  CHECK(world.heap.new_struct(world.type(kNode)).ok());
}

TEST_CASE("gc: arrays of any length, or an error") {
  World world;
  CHECK(world.make_array(kBytes, 0)->length == 0);
  // Around the sizes where the space changes.
  for (uint32_t length : {8192u - 17, 8192u - 16, 8192u - 15, 8192u}) {
    Array* array = world.make_array(kBytes, length);
    world.roots.push_back(to_ref(array));
    CHECK(array->length == length);
    for (uint32_t i = 0; i < length; i++) REQUIRE(array->elements()[i] == 0);
    array->elements()[length - 1] = 1;
  }
  CHECK(world.heap.new_array(world.type(kRefs), UINT32_MAX).error().code == ErrorCode::array_too_large);
  CHECK(world.heap.new_array(world.type(kBytes), UINT32_MAX).error().code == ErrorCode::array_too_large);
  Array* big = world.make_array(kBytes, 1'000'000'000);  // costs nothing until it is touched
  CHECK(big->elements()[999'999'999] == 0);
  world.heap.collect();
  for (Ref root : world.roots) CHECK(world.heap.holds(root));
  CHECK(!world.heap.holds(to_ref(big)));
}

namespace {

// The only references to the objects are in this frame.
[[gnu::noinline]] bool native_stack_keeps(World& world) {
  Struct* volatile object = world.make(kLeaf);
  world.heap.collect();
  return world.heap.holds(to_ref(object));
}

[[gnu::noinline]] void make_many(World& world, std::vector<uint64_t>& hidden) {
  for (int i = 0; i < 1000; i++) hidden.push_back(~to_ref(world.make(kLeaf)));
}

}  // namespace

TEST_CASE("gc: the native stack is a root") {
  World world;
  CHECK(!native_stack_keeps(world));
  world.heap.set_native_base(__builtin_frame_address(0));
  CHECK(native_stack_keeps(world));
  std::vector<uint64_t> hidden;  // complements: the vector is not a root
  make_many(world, hidden);
  world.heap.collect();
  int kept = 0;
  for (uint64_t word : hidden) kept += world.heap.holds(~word);
  CHECK(kept < 20);  // a stale word or two may be left on the stack
}

TEST_CASE("gc: a continuation keeps what its fiber's stack refers to; when it dies the fiber is released") {
  for (bool zeal : {false, true}) {
    World world(zeal);
    auto inner = rt::Fiber::create(65536, nullptr), outer = rt::Fiber::create(65536, nullptr);
    REQUIRE(inner.ok());
    REQUIRE(outer.ok());
    rt::Fiber &first = *inner.value(), &second = *outer.value();
    first.parent = &second;  // suspended together
    auto continuation = world.heap.new_continuation(0, &first);
    REQUIRE(continuation.ok());
    world.roots.push_back(to_ref(continuation.value()));
    *first.value_sp++ = to_ref(world.make(kLeaf));
    *second.value_sp++ = to_ref(world.make(kLeaf));
    *second.value_sp = to_ref(world.make(kLeaf));  // above the stack's end
    world.heap.collect();
    CHECK(world.heap.holds(first.value_base[0]));
    CHECK(world.heap.holds(second.value_base[0]));
    CHECK(!world.heap.holds(*second.value_sp));
    CHECK(world.released.empty());
    auto consumed = world.heap.new_continuation(0, nullptr);
    REQUIRE(consumed.ok());
    world.roots.clear();
    world.heap.collect();
    REQUIRE(world.released.size() == 2);
    CHECK(world.released[0] == &first);
    CHECK(world.released[1] == &second);
    world.heap.collect();
    CHECK(world.released.size() == 2);
  }
}

TEST_CASE("gc: dropped continuations give their fibers back long before their objects fill the heap") {
  World world;
  std::vector<std::unique_ptr<rt::Fiber>> fibers;
  size_t most_held = 0;
  for (int i = 0; i < 10'000; i++) {
    fibers.push_back(std::make_unique<rt::Fiber>());
    auto continuation = world.heap.new_continuation(0, fibers.back().get());
    REQUIRE(continuation.ok());
    if (i % 100 == 0) world.roots.push_back(to_ref(continuation.value()));
    most_held = std::max(most_held, fibers.size() - world.released.size());
  }
  CHECK(most_held < 500);
  uint64_t collections = world.heap.stats().collections;
  CHECK(collections < 100);
  // Consumed ones own nothing: any number of them is no reason to collect.
  for (int i = 0; i < 10'000; i++) REQUIRE(world.heap.new_continuation(0, nullptr).ok());
  CHECK(world.heap.stats().collections <= collections + 1);
}

namespace {

// A program that makes and links objects at random, and a model of what its objects hold.
class RandomProgram {
 public:
  RandomProgram(World& world, uint64_t seed) : world_(world), state_(seed) { world_.roots.resize(kRoots); }

  void step() {
    Ref& root = world_.roots[random() % kRoots];
    switch (random() % 8) {
      case 0: root = 0; break;
      case 1:
      case 2: link(root, world_.roots[random() % kRoots]); break;
      case 3: root = make_i31(static_cast<uint32_t>(random())); break;
      default: root = make(); break;
    }
  }

  // Walks everything reachable: each object is alive, of its kind, and numbered as it was when it was made.
  uint64_t check() {
    std::vector<Ref> work = world_.roots;
    std::vector<bool> seen(kinds_.size());
    uint64_t reached = 0;
    while (!work.empty()) {
      Ref ref = work.back();
      work.pop_back();
      if (ref == 0 || is_i31(ref)) continue;
      if (!world_.heap.holds(ref)) FAIL("a reachable object is gone");
      auto* object = static_cast<Struct*>(to_object(ref));
      bool is_array = object->type == world_.type(kRefs).id;
      uint64_t number =
          is_array ? i31_u(world_.element(static_cast<Array*>(to_object(ref)), 0)) : world_.field(object, 2);
      if (number >= kinds_.size() || is_array != (kinds_[number] != 0)) FAIL("an object was overwritten");
      if (seen[number]) continue;
      seen[number] = true;
      reached++;
      if (!is_array) {
        work.push_back(world_.field(object, 0));
        work.push_back(world_.field(object, 1));
        continue;
      }
      auto* array = static_cast<Array*>(to_object(ref));
      if (array->length != kinds_[number]) FAIL("a length was overwritten");
      for (uint32_t i = 1; i < array->length; i++) work.push_back(world_.element(array, i));
    }
    return reached;
  }

 private:
  static constexpr size_t kRoots = 200;

  uint64_t random() {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return state_ >> 33;
  }

  Ref make() {
    auto number = static_cast<uint32_t>(kinds_.size());
    if (random() % 4 != 0) {
      Struct* node = world_.make(kNode);
      world_.field(node, 2) = number;
      kinds_.push_back(0);
      return to_ref(node);
    }
    uint32_t length = random() % 50 == 0 ? 3000 : 2 + static_cast<uint32_t>(random() % 40);  // large, medium, small
    Array* array = world_.make_array(kRefs, length);
    world_.element(array, 0) = make_i31(number);
    kinds_.push_back(length);
    return to_ref(array);
  }

  void link(Ref from, Ref to) {
    if (from == 0 || is_i31(from)) return;
    auto* object = to_object(from);
    if (object->type == world_.type(kNode).id) {
      world_.field(static_cast<Struct*>(object), random() % 2) = to;
    } else {
      auto* array = static_cast<Array*>(object);
      world_.element(array, 1 + static_cast<uint32_t>(random() % (array->length - 1))) = to;
    }
  }

  World& world_;
  uint64_t state_;
  std::vector<uint32_t> kinds_;  // by number: the length of an array, 0 for a node
};

}  // namespace

TEST_CASE("gc: random programs find everything they can reach as they left it") {
  for (uint64_t seed = 1; seed <= 4; seed++) {
    bool zeal = seed == 1;
    World world(zeal, zeal ? rt::Budget::kUnlimited : 32 * kMiB);
    RandomProgram program(world, seed);
    for (int i = 0; i < (zeal ? 5'000 : 200'000); i++) {
      program.step();
      if (i % 1000 == 0) program.check();
      if (seed == 2 && i % 500 == 0) world.heap.collect();
    }
    CHECK(program.check() > 50);
    CHECK(world.heap.stats().collections > 0);
  }
}

namespace {

uint64_t mapped_bytes() {
  unsigned long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (!file) return 0;
  int read = std::fscanf(file, "%lu", &pages);
  std::fclose(file);
  return read == 1 ? pages * os::page_size() : 0;
}

}  // namespace

TEST_CASE("gc: chunks that are not needed any more go back to the system") {
  World world;
  for (int i = 0; i < 2'000'000; i++) {
    Struct* node = world.make(kNode);
    if (world.roots.empty()) world.roots.push_back(0);
    world.field(node, 0) = world.roots[0];
    world.roots[0] = to_ref(node);
  }
  CHECK(world.budget.used(rt::Resource::gc_bytes) >= 64'000'000);
  uint64_t mapped = mapped_bytes();
  world.roots.clear();
  for (int i = 0; i < 20; i++) world.heap.collect();
  CHECK(world.budget.used(rt::Resource::gc_bytes) == 0);
  CHECK(mapped_bytes() + 48 * kMiB < mapped);
  CHECK(world.make(kNode) != nullptr);
}

TEST_CASE("gc: the time of a collection is linear in what lives") {
  auto collect_time = [](uint64_t nodes) {
    World world;
    world.roots.push_back(0);
    for (uint64_t i = 0; i < nodes; i++) {
      Struct* node = world.make(kNode);
      world.field(node, 0) = world.roots[0];
      world.roots[0] = to_ref(node);
    }
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
      uint64_t start = os::thread_cpu_ns();
      world.heap.collect();
      best = std::min(best, os::thread_cpu_ns() - start);
    }
    return best;
  };
  uint64_t small = collect_time(100'000), large = collect_time(800'000);
  CHECK(large < 8 * small * 4);
}
