// What comes back to who called, through a guest's memory, is what was sent.
#pragma once
#include <string>
#include <vector>

#include "component/api/world.h"

namespace heddle::testing {

// What comes back to who called is what was sent: at once, and in a task. `take` is what the component calls.
template <class T, class Take, class Check>
void there_and_back_by(const std::string& component, const std::vector<T>& values, Take take, const Check& taken) {
  ComponentWorld world;
  world.linker.define("take", std::move(take));
  const api::ComponentInstance instance = world.instantiate(component);
  api::Result<api::TypedComponentFunc<T(T)>> give = instance.get<T(T)>("give");
  REQUIRE_MESSAGE(give.ok(), give.error().to_string());
  for (const T& value : values) {
    for (const bool at_once : {true, false}) {
      api::Result<T> back = at_once ? (*give)(value) : api::EventLoop(world.store).run(give->async(value));
      REQUIRE_MESSAGE(back.ok(), back.error().to_string());
      CHECK(*back == value);
      taken(value);
    }
  }
}

// And so is what a host function is given, one that knows the type, and one that takes any.
template <class T>
void there_and_back_through(const std::string& component, const std::vector<T>& values) {
  T seen{};
  auto take = [&](T value) {
    seen = value;
    return value;
  };
  there_and_back_by(component, values, take, [&](const T& value) {
    CHECK(seen == value);
    seen = T{};
  });
  there_and_back_by(component, values, [](api::ComponentVal value) { return value; }, [](const T&) {});
}

template <class T>
void there_and_back(std::string_view type, std::string_view flat, const std::vector<T>& values) {
  there_and_back_through(echo(type, flat), values);
}

}  // namespace heddle::testing
