// Error contexts among values of other types.
#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;

namespace failures {

struct Failure {
  ErrorContext why;
  uint32_t times = 0;
};
HEDDLE_RECORD(Failure, why, times);

struct Outcome : std::variant<Case<struct Failed, ErrorContext>, Case<struct Fine>> {
  using variant::variant;
};
HEDDLE_VARIANT(Outcome, failed, fine);

}  // namespace failures

namespace {

ComponentFeatures with_error_contexts() {
  ComponentFeatures features;
  REQUIRE(features.set("component-model-error-context", true));
  return features;
}

// What a component makes of a value of that type.
template <class T>
T passed(const std::string& type, const std::string& flat, const T& value) {
  ComponentWorld world;
  world.linker.define("take", [](T taken) { return taken; });
  const auto component = Component::from_text(world.engine, heddle::testing::echo(type, flat), with_error_contexts());
  REQUIRE_MESSAGE(component.ok(), component.error().to_string());
  return world.linker.instantiate(world.store, *component).value().get<T(T)>("give").value()(value).value();
}

}  // namespace

TEST_CASE("component api: error contexts are parts of types of the embedder's own") {
  const ErrorContext broke("it broke");
  using failures::Failure;
  const Failure failure =
      passed<Failure>("(record (field \"why\" error-context) (field \"times\" u32))", "i32 i32", {broke, 2});
  CHECK(failure.why == broke);
  CHECK(failure.times == 2);

  using failures::Outcome;
  const Outcome outcome = passed<Outcome>("(variant (case \"failed\" error-context) (case \"fine\"))", "i32 i32",
                                          Case<failures::Failed, ErrorContext>{broke});
  CHECK(std::get<0>(outcome).value == broke);
  CHECK(ErrorContext().debug_message().empty());
}
