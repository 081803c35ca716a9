// Components from text, instantiated in a store of their own, for the benchmarks: what fails ends the program.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "component/link/instantiate.h"
#include "component/syntax/features.h"
#include "component/text/parse.h"
#include "exec/load.h"

namespace heddle::bench {

class Composition {
 public:
  explicit Composition(const std::string& text) {
    component::Features features;
    features.set(component::Feature::async_stackful, true);
    ErrorSink sink;
    auto parsed = check(component::parse(text, features, Features(), &sink));
    loaded_ = check(component::link::load(engine_, std::move(parsed.component), text.size(), features, &sink));
    renew();
  }
  // Another store, with an instance in it.
  void renew() {
    store_.reset();
    core_ = check(rt::Store::create(engine_));
    store_ = std::make_unique<component::link::ComponentStore>(*core_);
    instantiate();
  }
  void instantiate() {
    instance_ = check(component::link::instantiate(*store_, {loaded_, &loaded_->root, nullptr}, {}, nullptr));
  }

  const component::link::FuncItem& func(const char* name) const {
    return std::get<component::link::FuncItem>(*instance_->find(name));
  }
  std::vector<component::canon::Val> call(const char* name, std::vector<component::canon::Val> args) {
    return check(store_->call(func(name).inst, std::move(args)));
  }
  component::link::ComponentStore& store() { return *store_; }

  template <class T>
  static T check(Result<T> result) {
    if (!result.ok()) {
      std::fprintf(stderr, "%s\n", std::string(text_of(result.error().code)).c_str());
      std::abort();
    }
    return std::move(result).value();
  }

 private:
  std::shared_ptr<rt::Engine> engine_ = exec::make_engine({});
  std::unique_ptr<rt::Store> core_;
  std::shared_ptr<const component::link::Loaded> loaded_;
  std::unique_ptr<component::link::ComponentStore> store_;
  std::shared_ptr<const component::link::InstanceItem> instance_;
};

}  // namespace heddle::bench
