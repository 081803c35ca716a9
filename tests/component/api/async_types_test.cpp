// Types of WIT as types of C++, there and back through async functions.
#include <stdexcept>
#include <thread>

#include "component/api/shop.h"

using namespace heddle::api;
using heddle::testing::async_echo;
using heddle::testing::ComponentWorld;

namespace shop {

// Throws when it is made to be filled.
struct Fragile {
  std::string text;
  static inline bool throws = false;
  Fragile() {
    if (throws) throw std::runtime_error("made to fail");
  }
};
HEDDLE_RECORD(Fragile, text);

}  // namespace shop

namespace {

Task<Result<void>> elsewhere(std::vector<std::jthread>& threads) {
  Completion<> done;
  threads.emplace_back([completer = done.completer()] { completer.complete(); });
  co_return co_await done;
}

// What comes back to who called is what was sent. `take` answers at once, or after it has waited; as a task or not;
// each knows the type.
template <class T>
void async_there_and_back(std::string_view definitions, std::string_view type, const std::vector<T>& values) {
  for (const std::string_view how : {"plain", "task", "waits", "lowered async"}) {
    ComponentWorld world;
    std::vector<std::jthread> threads;
    T seen{};
    if (how == "plain") {
      world.linker.define("take", [&](const T& value) { return seen = value; });
    } else {
      world.linker.define("take", [&](T value) -> Task<Result<T>> {
        if (how == "waits") {
          const Result<void> waited = co_await elsewhere(threads);
          CHECK(waited.ok());
        }
        seen = value;
        co_return value;
      });
    }
    const ComponentInstance instance = world.instantiate(async_echo(definitions, type, how == "lowered async"));
    auto give = instance.get<T(const T&)>("give");
    REQUIRE_MESSAGE(give.ok(), give.error().to_string());
    for (const T& value : values) {
      for (const bool in_a_task : {true, false}) {
        Result<T> back = in_a_task ? EventLoop(world.store).run(give->async(value)) : (*give)(value);
        REQUIRE_MESSAGE(back.ok(), back.error().to_string());
        CHECK(*back == value);
        CHECK(seen == value);
        seen = T{};
      }
    }
  }
}

}  // namespace

TEST_CASE("component api: what async functions take and give, there and back") {
  async_there_and_back<std::string>("", "string", {"", "ab", std::string(5000, 'x')});
  async_there_and_back<std::vector<uint64_t>>("", "(list u64)", {{}, {1, 2, 3}});
  async_there_and_back<std::vector<std::string>>("", "(list string)", {{}, {"", "a", "bc"}});
  async_there_and_back<std::map<std::string, uint32_t>>("", "(map string u32)", {{{"a", 1}, {"b", 2}}, {}});
  async_there_and_back<std::vector<shop::LineItem>>(R"(
    (type $point' (record (field "x" s32) (field "y" s32)))
    (import "point" (type $point (eq $point')))
    (type $item' (record (field "product-name" string) (field "unit-price" u64) (field "where" (list $point))))
    (import "item" (type $item (eq $item'))))",
                                                    "(list $item)",
                                                    {{{"tea", 3, {{1, 2}}}, {"milk", 4, {{5, 6}, {7, 8}}}}, {}});
}

TEST_CASE("component api: an async function's values that cannot be") {
  ComponentWorld world;
  world.linker.define("take", [](std::string) -> Task<Result<std::string>> { co_return std::string("\xff"); });
  const ComponentInstance instance = world.instantiate(async_echo("", "string"));
  auto give = instance.get<std::string(std::string_view)>("give").value();
  CHECK_CONTAINS(give("\xff").error().message(), "parameter 1 `value`: the string is not UTF-8");
  CHECK_CONTAINS(EventLoop(world.store).run(give.async("\xff")).error().message(), "the string is not UTF-8");
  const Error trapped = give("x").error();
  CHECK_CONTAINS(trapped.message(), "result: the string is not UTF-8");
  CHECK(trapped.trap() != nullptr);
}

TEST_CASE("component api: an exception while arguments are made ends the caller") {
  const std::string list = "(type $r' (record (field \"text\" string))) (import \"r\" (type $r (eq $r')))";
  using Values = std::vector<shop::Fragile>;
  ComponentWorld world;
  world.linker.define("take", [](Values values) -> Task<Values> { co_return values; });
  const auto give = world.instantiate(async_echo(list + "(type $l (list $r))", "$l")).get<Values(Values)>("give");
  REQUIRE_MESSAGE(give.ok(), give.error().to_string());
  const Values values(2);
  shop::Fragile::throws = true;
  const Result<Values> back = (*give)(values);
  shop::Fragile::throws = false;
  CHECK_CONTAINS(back.error().message(), "made to fail");
}
