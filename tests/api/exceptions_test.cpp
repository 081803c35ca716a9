// Tags and exceptions as an embedder uses them: makes, throws, catches and looks into them.
#include "tests/api/world.h"

using namespace heddle;
using testing::check_misuse;
using testing::contains;
using World = testing::ApiWorld;

namespace {

// A guest that catches what a host function throws with an imported tag.
constexpr const char* kCatcher = R"((module
  (import "env" "not-found" (tag $e (param i32 f64)))
  (import "env" "get" (func $get (param i32) (result i64)))
  (tag $own (export "own") (param i32 f64))
  (export "not-found" (tag $e))
  (func (export "get") (param i32) (result i64) (call $get (local.get 0)))
  (func (export "safe") (param i32) (result i64)
    (block $h (result i32 f64)
      (try_table (result i64) (catch $own $h) (catch $e $h) (call $get (local.get 0))) (return))
    (drop) (i64.extend_i32_s) (i64.const -1) (i64.mul))
  (func (export "throw") (param i32) (throw $own (local.get 0) (f64.const 0.25)))))";

struct Keys : World {
  explicit Keys(const Config& config = {}) : World(config) {
    Result<Tag> made = Tag::create(store, {.params = {ValType::i32(), ValType::f64()}});
    REQUIRE(made.ok());
    linker.define("env", "not-found", *made);
    linker.define("env", "get", [tag = *made](Caller& caller, int32_t key) -> Result<int64_t> {
      if (key < 0) return caller.exception(tag, {key, 1.5});
      return int64_t{key} * 10;
    });
    not_found.emplace(*made);
  }
  std::optional<Tag> not_found;
};

}  // namespace

TEST_CASE("api exceptions: a host function throws, the guest catches") {
  for (bool zeal : {false, true}) {
    Config config;
    config.gc_zeal = zeal;
    Keys w(config);
    Instance i = w.instantiate(kCatcher);
    auto safe = i.typed<int64_t(int32_t)>("safe").value();
    CHECK(safe(7).value() == 70);
    CHECK(safe(-7).value() == 7);
    CHECK(w.not_found->type().to_string() == "(func (param i32 f64))");
    CHECK(i.tag("not-found").value() == *w.not_found);
    CHECK(!(i.tag("own").value() == *w.not_found));
    CHECK(i.exports()[0].kind == ExternKind::tag);
  }
}

TEST_CASE("api exceptions: what nobody catches reaches the embedder with its tag and arguments") {
  Keys w;
  Instance i = w.instantiate(kCatcher);
  auto get = i.typed<int64_t(int32_t)>("get").value();
  Error error = get(-3).error();
  CHECK(error.kind() == ErrorKind::exception);
  CHECK(error.trap() == nullptr);
  CHECK(error.message() == "uncaught exception");
  CHECK(contains(error.to_string(), "thrown: (tag (param i32 f64)) i32:-3 f64:1.5"));
  ExnRef thrown = error.exception();
  REQUIRE(thrown);
  CHECK(thrown.tag() == *w.not_found);
  w.store.collect_garbage();
  REQUIRE(thrown.args().size() == 2);
  CHECK(thrown.args()[0].i32() == -3);
  CHECK(thrown.args()[1].f64() == 1.5);
  CHECK(get(4).value() == 40);  // the store goes on

  Error own = i.func("throw").value().call({9}).error();
  CHECK(own.exception().tag() == i.tag("own").value());
  CHECK(own.exception().args()[0].i32() == 9);
}

TEST_CASE("api exceptions: an exception may be kept, thrown again, and given to the guest as a value") {
  Keys w;
  ExnRef kept;
  w.linker.define("env", "again", [&kept]() -> Result<void> { return Error(kept); });
  Instance thrower = w.instantiate(kCatcher);
  Instance i = w.instantiate(R"((module (import "env" "not-found" (tag $e (param i32 f64)))
    (import "env" "again" (func $again))
    (func (export "again") (result i32)
      (block $h (result i32 f64) (try_table (catch $e $h) (call $again)) (unreachable)) (drop))
    (func (export "ref") (param exnref) (result i32)
      (block $h (result i32 f64) (try_table (catch $e $h) (throw_ref (local.get 0))) (unreachable)) (drop))
    (func (export "same") (param exnref) (result exnref)
      (block $h (result exnref) (try_table (catch_all_ref $h) (throw_ref (local.get 0))) (unreachable)))))");
  kept = thrower.func("get").value().call({-8}).error().exception();
  CHECK(i.typed<int32_t()>("again").value()().value() == -8);
  CHECK(i.typed<int32_t()>("again").value()().value() == -8);
  CHECK(i.typed<int32_t(ExnRef)>("ref").value()(kept).value() == -8);
  CHECK(i.typed<ExnRef(ExnRef)>("same").value()(kept).value() == kept);
  ExnRef made = ExnRef::create(w.store, *w.not_found, std::vector<Val>{5, 0.5}).value();
  CHECK(i.typed<int32_t(ExnRef)>("ref").value()(made).value() == 5);
  CHECK(made != kept);
  kept = ExnRef();
  Error nothing = i.typed<int32_t()>("again").value()().error();
  CHECK(nothing.kind() == ErrorKind::host);
  CHECK(contains(nothing.message(), "no exception of this store"));
}

TEST_CASE("api exceptions: references among the arguments stay alive, and come out as they went in") {
  Config config;
  config.gc_zeal = true;
  World w(config);
  Tag tag = Tag::create(w.store,
                        {
                            .params = {ValType::externref(), ValType::anyref(), ValType::funcref(), ValType::v128()},
                        })
                .value();
  w.linker.define("h", "e", tag);
  Instance i = w.instantiate(R"((module (import "h" "e" (tag $e (param externref anyref funcref v128)))
    (func (export "again") (param exnref)
      (block $h (result externref anyref funcref v128)
        (try_table (catch $e $h) (throw_ref (local.get 0))) (unreachable))
      (throw $e))))");
  V128 vector;
  vector.bytes[3] = 7;
  Func again = i.func("again").value();
  ExternRef payload = ExternRef::create(w.store, 77).value();
  ExnRef thrown;
  {
    AnyRef number = AnyRef::from_i31(w.store, -5).value();
    ExnRef made = ExnRef::create(w.store, tag, std::vector<Val>{payload, number, again, vector}).value();
    thrown = again.call({made}).error().exception();
  }
  w.store.collect_garbage();
  std::vector<Val> args = thrown.args();
  REQUIRE(args.size() == 4);
  CHECK(args[0].externref() == payload);
  CHECK(args[1].anyref().i31() == -5);
  CHECK(args[2].func() == again);
  CHECK(args[3].v128() == vector);
}

TEST_CASE("api exceptions: through a host function, and into the one that called it") {
  Keys w;
  Func inner;
  bool seen = false;
  w.linker.define("env", "call", [&](Caller&) -> Result<int64_t> {
    auto results = inner.call({-4});
    if (!results && results.error().exception()) {
      seen = results.error().exception().tag() == *w.not_found;
      return results.error();
    }
    return Trap("it did not throw");
  });
  Instance first = w.instantiate(kCatcher);
  inner = first.func("get").value();
  Instance i = w.instantiate(R"((module (import "env" "not-found" (tag $e (param i32 f64)))
    (import "env" "call" (func $call (result i64)))
    (func (export "caught") (result i32)
      (block $h (result i32 f64) (try_table (catch $e $h) (drop (call $call))) (unreachable)) (drop))))");
  CHECK(i.typed<int32_t()>("caught").value()().value() == -4);
  CHECK(seen);
}

TEST_CASE("api exceptions: in the start function") {
  Keys w;
  Module module = Module::from_text(w.engine, R"((module (import "env" "not-found" (tag $e (param i32 f64)))
    (func $s (throw $e (i32.const 6) (f64.const 0))) (start $s)))")
                      .value();
  Error error = w.linker.instantiate(w.store, module).error();
  CHECK(error.kind() == ErrorKind::exception);
  CHECK(error.exception().tag() == *w.not_found);
  CHECK(error.exception().args()[0].i32() == 6);
}

TEST_CASE("api exceptions: what is wrong is refused, with words") {
  Keys w;
  const Tag tag = *w.not_found;
  check_misuse(ExnRef::create(w.store, tag, std::vector<Val>{1}).error(), "expected 2 arguments, found 1");
  check_misuse(ExnRef::create(w.store, tag, std::vector<Val>{1, 2}).error(), "argument 1: expected f64, found i32");
  World other;
  check_misuse(ExnRef::create(other.store, tag, std::vector<Val>{1, 2.0}).error(), "another store");
  other.linker.define("env", "not-found", tag);
  Module module =
      Module::from_text(other.engine, R"((module (import "env" "not-found" (tag (param i32 f64)))))").value();
  check_misuse(other.linker.instantiate(other.store, module).error(), "another store");

  // A tag of another type, or none: said as for every import.
  w.linker.define("env", "not-found", Tag::create(w.store, {.params = {ValType::i64()}}).value());
  Module importer =
      Module::from_text(w.engine, R"((module (import "env" "not-found" (tag (param i32 f64)))))").value();
  Error unlinkable = w.linker.instantiate(w.store, importer).error();
  CHECK(unlinkable.kind() == ErrorKind::unlinkable);
  CHECK(contains(unlinkable.message(), "(param i32 f64)"));
  CHECK(contains(unlinkable.message(), "(param i64)"));

  // A host function whose exception cannot be made stops the guest, and says why.
  w.linker.define("h", "f", [tag](Caller& caller) -> Result<void> { return caller.exception(tag, {1}); });
  w.linker.define("h", "foreign", [&other](Caller&) -> Result<void> {
    Tag foreign = Tag::create(other.store, {}).value();
    return Error(ExnRef::create(other.store, foreign, {}).value());
  });
  Instance i = w.instantiate(R"((module (import "h" "f" (func $f)) (import "h" "foreign" (func $g))
    (func (export "f") (call $f)) (func (export "foreign") (call $g))))");
  Error refused = i.typed<void()>("f").value()().error();
  CHECK(contains(refused.message(), "expected 2 arguments, found 1"));
  CHECK(refused.trap());
  Error foreign = i.typed<void()>("foreign").value()().error();
  CHECK(foreign.kind() == ErrorKind::host);
  CHECK(contains(foreign.message(), "no exception of this store"));

  check_misuse(i.tag("f").error(), "is a function");
  CHECK(ExnRef().args().empty());
  Instance typed = w.instantiate(R"((module (type $s (struct)) (func (export "f") (param (ref null $s)))))");
  FuncType own = typed.func("f").value().type();
  check_misuse(Tag::create(w.store, {.params = own.params}).error(), "abstract");
}

TEST_CASE("api exceptions: handles outlive their store without harm") {
  Engine engine;
  std::optional<Tag> tag;
  ExnRef exception;
  Error error;
  {
    Store store(engine);
    tag.emplace(Tag::create(store, {.params = {ValType::i32()}}).value());
    exception = ExnRef::create(store, *tag, std::vector<Val>{4}).value();
    error = Error(exception);
  }
  CHECK(exception.args().empty());
  CHECK(tag->type().params.empty());
  CHECK(error.kind() == ErrorKind::exception);
  CHECK(contains(error.to_string(), "i32:4"));
  Store second(engine);
  check_misuse(ExnRef::create(second, *tag, std::vector<Val>{4}).error(), "another store");
}
