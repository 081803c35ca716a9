#include "component/link/module_cache.h"

#include <algorithm>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "exec/load.h"

namespace heddle::component::link {
namespace {

class ModuleCache {
 public:
  static ModuleCache& process() {
    static ModuleCache cache;
    return cache;
  }

  std::shared_ptr<rt::Module> find(const rt::Engine& engine, size_t hash, std::span<const uint8_t> bytes) {
    const std::lock_guard held(lock_);
    const auto [first, last] = modules_.equal_range(hash);
    size_t looked_at = 0;
    for (auto at = first; at != last && looked_at < kMostAlike; ++at, ++looked_at) {
      std::shared_ptr<rt::Module> module = at->second.lock();
      if (module && module->engine.get() == &engine && std::ranges::equal(module->bytes, bytes)) return module;
    }
    return nullptr;
  }

  void add(size_t hash, const std::shared_ptr<rt::Module>& module) {
    const std::lock_guard held(lock_);
    if (modules_.size() >= look_through_at_) {
      std::erase_if(modules_, [](const auto& entry) { return entry.second.expired(); });
      look_through_at_ = std::max(kFew, 2 * modules_.size());
    }
    modules_.emplace(hash, module);
  }

 private:
  static constexpr size_t kFew = 64;
  static constexpr size_t kMostAlike = 4;  // who makes many of one hash does not have them compared with each other
  std::mutex lock_;
  std::unordered_multimap<size_t, std::weak_ptr<rt::Module>> modules_;
  size_t look_through_at_ = kFew;  // for those that are gone
};

}  // namespace

Result<std::shared_ptr<rt::Module>> load_shared_module(const std::shared_ptr<rt::Engine>& engine,
                                                       std::span<const uint8_t> bytes, ErrorSink* sink) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t hash = std::hash<std::string_view>()(text);
  ModuleCache& cache = ModuleCache::process();
  if (auto known = cache.find(*engine, hash, bytes)) return known;
  std::shared_ptr<rt::Module> module = TRY(exec::load_module(engine, bytes, sink));
  cache.add(hash, module);
  return module;
}

}  // namespace heddle::component::link
