// Engine: a configuration, the types of all modules, the machinery that executes. A process needs one.
//
// Threads: any number may use an engine at the same time. It lives as long as the last module or store made from it.
#pragma once
#include <memory>

#include <heddle/config.h>
#include <heddle/forward.h>

namespace heddle::api {

class Engine {
 public:
  explicit Engine(const Config& config = {});

 private:
  friend struct detail::Access;
  std::shared_ptr<rt::Engine> engine_;
};

}  // namespace heddle::api
