// Random functions, run by the interpreter and by the naive evaluator: results, traps, exceptions, memory and globals
// agree. HEDDLE_RANDOM_FUNCTIONS says how many (a multiple of the functions of a program), HEDDLE_RANDOM_SEED where
// to begin, HEDDLE_RANDOM_WRITE where to put the last program, to look at one that fails.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tests/exec/interp/reference.h"
#include "tests/exec/support.h"

using namespace heddle;
using namespace heddle::testing;

namespace {

constexpr uint32_t kFuncs = 12, kCalls = 3;

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (!text) return otherwise;
  uint64_t value = 0;
  const std::string_view digits(text);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? value : otherwise;
}

bool same_float(char type, uint64_t a, uint64_t b) {
  if (type == 'f') {
    float x = std::bit_cast<float>(static_cast<uint32_t>(a)), y = std::bit_cast<float>(static_cast<uint32_t>(b));
    return static_cast<uint32_t>(a) == static_cast<uint32_t>(b) || (std::isnan(x) && std::isnan(y));
  }
  return a == b || (std::isnan(std::bit_cast<double>(a)) && std::isnan(std::bit_cast<double>(b)));
}

// Floats are the same where both are NaN; an i32 is the lower half of its slot.
bool same(char type, Bits a, Bits b) {
  switch (type) {
    case 'i': return static_cast<uint32_t>(a.low) == static_cast<uint32_t>(b.low);
    case 's': return a.low == b.low && a.high == b.high;
    case 'l': return a.low == b.low;
    default: return same_float(type, a.low, b.low);
  }
}

bool same_memory(const uint8_t* a, const uint8_t* b) {
  if (std::memcmp(a, b, kFloats) != 0) return false;
  if (std::memcmp(a, b, kMemoryBytes) == 0) return true;
  for (uint32_t i = kFloats; i < kMemoryBytes;) {
    uint64_t x = 0, y = 0;
    const uint32_t bytes = i < kDoubles ? 4 : 8;
    std::memcpy(&x, a + i, bytes);
    std::memcpy(&y, b + i, bytes);
    if (!same_float(bytes == 4 ? 'f' : 'd', x, y)) return false;
    i += bytes;
  }
  return true;
}

ValType type_of(char letter) {
  switch (letter) {
    case 'i': return kI32;
    case 'l': return kI64;
    case 'f': return kF32;
    case 'd': return kF64;
    default: return kV128;
  }
}

void write(const char* path, const std::vector<uint8_t>& bytes) {
  if (std::FILE* file = std::fopen(path, "wb")) {
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
  }
}

// A program in both worlds.
class Duel {
 public:
  Duel(World& world, std::mt19937_64& random, uint32_t padding) : world_(world), random_(random) {
    program_ = random_program(random, kFuncs);
    program_.padding = padding;
    ErrorSink sink;
    std::vector<uint8_t> bytes = encode(program_);
    if (const char* path = std::getenv("HEDDLE_RANDOM_WRITE")) write(path, bytes);
    auto module = exec::load_module(world.engine, bytes, &sink);
    REQUIRE_MESSAGE(module.ok(), describe(module.error(), &sink));
    module_ = module.value();
    auto instance = exec::instantiate(*world.store, module_, {}, &sink);
    REQUIRE_MESSAGE(instance.ok(), describe(instance.error(), &sink));
    instance_ = instance.value();
  }

  // Empty, or what differs.
  std::string call(uint32_t func) {
    State state{.memory = std::vector<uint8_t>(kMemoryBytes), .globals = std::vector<Bits>(program_.globals.size())};
    std::vector<Bits> args;
    std::vector<exec::Val> values;
    for (char type : program_.funcs[func].params) {
      Bits bits{random_() >> random_() % 64, random_()};
      if (type == 'i' || type == 'f') bits.low = static_cast<uint32_t>(bits.low);
      if (type != 's') bits.high = 0;
      args.push_back(bits);
      values.push_back({.type = type_of(type), .bits = {bits.low, bits.high}});
    }
    Answer wanted = evaluate(program_, func, args, state);
    if (wanted.kind == Answer::Kind::endless) return "";
    std::memset(instance_->memory0_base, 0, kMemoryBytes);
    for (size_t i = 0; i < state.globals.size(); ++i) std::memset(global(i), 0, 16);
    std::vector<exec::Val> found;
    auto outcome = exec::call(*world_.store, *instance_->func(FuncIdx{func}), values, found);
    if (!outcome.ok()) return "not called";
    return compare(wanted, outcome.value(), program_.funcs[func].results, found, state);
  }

 private:
  rt::Slot* global(size_t i) { return instance_->globals()[i]->value; }

  std::string compare(const Answer& wanted, rt::Outcome outcome, const std::string& types,
                      const std::vector<exec::Val>& found, const State& state) {
    switch (wanted.kind) {
      case Answer::Kind::trapped:
        if (outcome != rt::Outcome::trapped) return "no trap";
        if (world_.store->pending.trap.code != wanted.trap) return "another trap";
        break;
      case Answer::Kind::threw: {
        if (outcome != rt::Outcome::threw) return "nothing thrown";
        auto* thrown = static_cast<gc::Exception*>(gc::to_object(world_.store->pending.exception));
        if (thrown->args()[0] != wanted.thrown) return "another exception";
        break;
      }
      default:
        if (outcome == rt::Outcome::trapped) return "trapped: " + message_of(world_.store->pending.trap);
        if (outcome != rt::Outcome::returned || found.size() != types.size()) return "not returned";
        for (size_t i = 0; i < types.size(); ++i) {
          if (!same(types[i], wanted.results[i], {found[i].bits[0], found[i].bits[1]})) return "another result";
        }
    }
    if (!same_memory(state.memory.data(), instance_->memory0_base)) return "another memory";
    for (size_t i = 0; i < state.globals.size(); ++i) {
      if (!same(program_.globals[i], state.globals[i], {global(i)[0], global(i)[1]})) return "another global";
    }
    return "";
  }

  World& world_;
  std::mt19937_64& random_;
  Program program_;
  std::shared_ptr<rt::Module> module_;
  rt::Instance* instance_ = nullptr;
};

void run_random(const rt::EngineConfig& config, uint64_t functions, uint64_t seed, uint32_t padding = 0) {
  std::unique_ptr<World> world;
  for (uint64_t n = 0; n < functions; n += kFuncs, ++seed) {
    if (n % (uint64_t{kFuncs} * 64) == 0) world = std::make_unique<World>(config);
    std::mt19937_64 random(seed);
    Duel duel(*world, random, padding);
    for (uint32_t func = 0; func < kFuncs; ++func) {
      for (uint32_t i = 0; i < kCalls; ++i) {
        std::string difference = duel.call(func);
        CHECK_MESSAGE(difference.empty(), difference << ": seed " << seed << ", function " << func << ", call " << i);
        if (!difference.empty()) return;
      }
    }
  }
}

uint64_t functions() { return setting("HEDDLE_RANDOM_FUNCTIONS", 3000); }
uint64_t first_seed() { return setting("HEDDLE_RANDOM_SEED", 1); }

}  // namespace

TEST_CASE("random functions do what a naive evaluator does") { run_random({}, functions(), first_seed()); }

TEST_CASE("random functions: explicit bounds checks, no polls") {
  rt::EngineConfig config;
  config.memory = rt::MemoryMode::checked;
  config.interruptible = false;
  run_random(config, functions() / 2, first_seed());
}

TEST_CASE("random functions: metered") {
  rt::EngineConfig config;
  config.fuel = true;
  run_random(config, functions() / 2, first_seed());
}

TEST_CASE("random functions in frames wider than 16 bits can name") {
  run_random({}, functions() / 10, first_seed(), 33000);
}
