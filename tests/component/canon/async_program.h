// What async_oracle.cpp keeps of a case, its instances, tasks and functions: what their code knows of itself.
#pragma once
#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "component/canon/embedding.h"
#include "component/canon/flattening.h"

namespace heddle::component::canon::async_oracle {

using Json = nlohmann::json;
using Values = Result<CoreVals>;
using HandleIndex = uint32_t;
using Handles = std::vector<HandleIndex>;

inline constexpr uint32_t kEvent = 1008, kResults = 512, kMemory = 1024;
inline constexpr int kMostOperations = 300, kMostTicks = 1000;

inline bool holds(const Handles& some, HandleIndex x) { return std::find(some.begin(), some.end(), x) != some.end(); }

inline bool remove_from(Handles& some, HandleIndex x) {
  const auto at = std::find(some.begin(), some.end(), x);
  if (at == some.end()) return false;
  some.erase(at);
  return true;
}

inline CoreVals i32s(std::initializer_list<uint64_t> values) {
  CoreVals all;
  for (uint64_t v : values) all.push_back({CoreVal::Type::i32, v});
  return all;
}

struct Memory : MemInst {
  std::span<uint8_t> bytes() override { return data; }
  std::vector<uint8_t> data;
};

struct Pending {
  std::vector<std::string> kinds;
  uint32_t at = 0;
  std::optional<HandleIndex> lent;
};

// What an instance's code knows of its handles.
struct Instance {
  explicit Instance(ComponentInstance& inst) : inst(inst) {
    for (uint32_t i = 0; i < kMemory; ++i) memory.data.push_back(static_cast<uint8_t>(i % 251));
  }

  void forget(const std::string& kind, HandleIndex x) {
    remove_from(known[kind], x);
    for (std::set<HandleIndex>* some : {&busy, &waits, &done, &asked, &delivered, &borrowed}) some->erase(x);
    joined.erase(x);
    subs.erase(x);
    lent.erase(x);
    waiters.erase(x);
  }
  uint32_t u32(uint32_t at) const {
    uint32_t value = 0;
    std::memcpy(&value, memory.data.data() + at, 4);
    return value;
  }
  bool is_joined_to(HandleIndex set) const {
    return std::any_of(joined.begin(), joined.end(), [set](const auto& pair) { return pair.second == set; });
  }
  bool free(HandleIndex x) const {
    return !busy.contains(x) && !waits.contains(x) && !done.contains(x) && !joined.contains(x);
  }

  ComponentInstance& inst;
  Memory memory;
  std::map<std::string, Handles> known;
  std::set<HandleIndex> busy, waits, done, asked, delivered, borrowed;
  std::map<HandleIndex, HandleIndex> joined;
  std::map<HandleIndex, Pending> subs;
  std::map<HandleIndex, int> lent, waiters;
  int backpressure = 0;
  uint32_t results = 0;
};

// What a task knows of itself.
struct Record {
  size_t number = 0;
  std::shared_ptr<Task> task;
  size_t segment = 0;
  bool returned = false, cancelled = false;
  Handles borrows;
  std::optional<HandleIndex> waits_for;
};

struct Function {
  Json f;
  FuncType ft;
  CanonicalOptions opts;
  FuncInst inst;
  bool is(const char* lift) const { return f["lift"] == lift; }
};

struct Args {
  uint32_t a, b, c;
  bool force;
};

inline std::string end_of(const std::string& kind) {
  return kind == "stream" ? "sr" : kind == "future" ? "fr" : "res";
}

inline bool any(HandleIndex) { return true; }

template <class Fits>
std::optional<HandleIndex> pick(Instance& s, std::initializer_list<std::string> kinds, uint32_t a, bool force,
                                Fits fits) {
  if (force) return a % 10;
  Handles found;
  for (const std::string& kind : kinds) {
    for (const HandleIndex x : s.known[kind]) {
      if (fits(x)) found.push_back(x);
    }
  }
  if (found.empty()) return std::nullopt;
  return found[a % found.size()];
}

}  // namespace heddle::component::canon::async_oracle
