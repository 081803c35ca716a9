// heddle-mutate: malformed modules, many of them. Takes the modules below the paths it is given and feeds the engine
// every truncation and every single-bit flip of the first of them, then random mutants of all. Each is loaded; what
// turns out valid is instantiated and its exports are called, under fuel and a budget. A crash is the sanitizer's to
// report; the program itself finds what takes too long (1 s + 10 us a byte, more where the engine is instrumented) or
// too much memory (64 x size + 64 MiB) to load. The bytes at fault are left in mutant-<pid>.wasm. --extremes begins
// with valid modules that are hard on both.
//
//   heddle-mutate [--extremes] [--modules N] [--mutants N] [--seed N] [--max-bytes N] PATH...
//   heddle-mutate --write DIR PATH...       only writes the modules it found: a corpus for other fuzzers
#include <malloc.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <new>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exec/instantiate.h"
#include "exec/invoke.h"
#include "exec/load.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/extremes.h"

// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizers' own.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

// --- memory in use, by counting ---

namespace {
size_t g_used_bytes = 0, g_peak_bytes = 0;
}

// All forms, so that what one of them allocates none of the sanitizer's own frees.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  void* p = std::malloc(size);
  if (!p) return nullptr;
  g_used_bytes += malloc_usable_size(p);
  if (g_used_bytes > g_peak_bytes) g_peak_bytes = g_used_bytes;
  return p;
}
void* operator new(size_t size) {
  void* p = operator new(size, std::nothrow);
  if (!p) std::abort();
  return p;
}
void* operator new[](size_t size) { return operator new(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return operator new(size, std::nothrow); }
void operator delete(void* p) noexcept {
  if (p) g_used_bytes -= malloc_usable_size(p);
  std::free(p);
}
void operator delete(void* p, size_t) noexcept { operator delete(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { operator delete(p); }
void operator delete[](void* p) noexcept { operator delete(p); }
void operator delete[](void* p, size_t) noexcept { operator delete(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { operator delete(p); }

namespace heddle::fuzz {
namespace {

struct Options {
  uint64_t modules = 200, mutants = 100'000, seed = 1, max_bytes = 4096;
  bool extremes = false;
  std::vector<std::string> paths;
  std::string write;
};

struct Counts {
  uint64_t tried = 0, valid = 0, ran = 0;
};

// How many times slower the sanitizers may make the engine: loops that only look at types suffer most.
double slowdown() { return __sanitizer_set_death_callback ? 10 : 1; }

const Bytes* g_current = nullptr;  // what the death callback saves

std::string save_current() {
  std::string path = "mutant-" + std::to_string(getpid()) + ".wasm";
  if (FILE* file = std::fopen(path.c_str(), "wb")) {
    std::fwrite(g_current->data(), 1, g_current->size(), file);
    std::fclose(file);
  }
  return path;
}

void on_death() {
  if (g_current) std::fprintf(stderr, "heddle-mutate: the module at fault is in %s\n", save_current().c_str());
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "heddle-mutate: %s; the module is in %s\n", what.c_str(), save_current().c_str());
  std::exit(1);
}

// --- what is done with each module ---

class Subject {
 public:
  Subject() {
    rt::EngineConfig config;
    for (size_t i = 0; i < std::size(kFeatures); ++i) config.features.set(static_cast<Feature>(i), true);
    config.fuel = true;
    config.stack_bytes = 1 << 20;
    for (rt::MemoryMode mode : {rt::MemoryMode::guard, rt::MemoryMode::checked}) {
      config.memory = mode;
      engines_.push_back(exec::make_engine(config));
    }
  }

  void exercise(const Bytes& bytes, Counts& counts) {
    g_current = &bytes;
    size_t used_before = g_used_bytes;
    g_peak_bytes = g_used_bytes;
    const std::clock_t start = std::clock();  // processor time: other processes do not count
    ErrorSink sink;
    auto loaded = exec::load_module(engines_[counts.tried++ % engines_.size()], bytes, &sink);
    double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    double allowed = slowdown() * (1 + 10e-6 * static_cast<double>(bytes.size()));
    if (seconds > allowed) fail("loading took " + std::to_string(seconds) + " s");
    if (g_peak_bytes - used_before > 64 * bytes.size() + (64u << 20)) {
      fail("loading took " + std::to_string(g_peak_bytes - used_before) + " bytes");
    }
    if (loaded.ok()) {
      ++counts.valid;
      if (loaded.value()->syntax.imports.empty()) run(std::move(loaded).value(), counts);
    } else if (describe(loaded.error(), &sink).empty()) {
      fail("the error says nothing");
    }
    g_current = nullptr;
  }

 private:
  void run(const std::shared_ptr<rt::Module>& module, Counts& counts) {
    auto created = rt::Store::create(module->engine);
    if (!created.ok()) fail("no store");
    std::unique_ptr<rt::Store> store = std::move(created).value();
    using rt::Resource;
    store->budget.set_limit(Resource::memory_bytes, 16u << 20);
    store->budget.set_limit(Resource::table_elements, 100'000);
    store->budget.set_limit(Resource::gc_bytes, 4u << 20);
    store->budget.set_limit(Resource::stack_bytes, 16u << 20);
    store->context.fuel = 50'000;
    auto instance = exec::instantiate(*store, module, {}, nullptr);
    if (!instance.ok()) return;
    ++counts.ran;
    for (const syntax::Export& e : module->syntax.exports) {
      if (e.kind != ExternKind::func) continue;
      const DefType& type = module->engine->types[module->info.funcs[e.index]->id];
      std::vector<exec::Val> args, results;
      for (ValType param : type.params) args.push_back({.type = param});
      store->context.fuel = 20'000;
      auto outcome = exec::call(*store, *exec::export_of(*instance.value(), e).func, args, results);
      if (outcome.ok() && store->poisoned) fail("the store is poisoned: " + store->poison_reason);
    }
  }

  std::vector<std::shared_ptr<rt::Engine>> engines_;
};

// --- mutants ---

class Mutator {
 public:
  Mutator(const std::vector<Bytes>& corpus, uint64_t seed) : corpus_(corpus), random_(seed) {}

  Bytes next() {
    Bytes bytes = pick(corpus_);
    for (uint64_t changes = 1 + below(1 + below(8)); changes > 0; --changes) change(bytes);
    return bytes;
  }

 private:
  uint64_t below(uint64_t bound) { return random_() % bound; }
  const Bytes& pick(const std::vector<Bytes>& from) { return from[below(from.size())]; }

  void change(Bytes& bytes) {
    if (bytes.size() < 9) bytes.resize(9);
    size_t at = 8 + below(bytes.size() - 8), count = std::min<size_t>(1 + below(16), bytes.size() - at);
    auto spot = bytes.begin() + static_cast<ptrdiff_t>(at);
    auto end = spot + static_cast<ptrdiff_t>(count);
    switch (below(8)) {
      case 0: bytes[at] ^= static_cast<uint8_t>(1u << below(8)); break;
      case 1: bytes[at] = static_cast<uint8_t>(random_()); break;
      case 2: bytes[at] = kTelling[below(std::size(kTelling))]; break;
      case 3: bytes.erase(spot, end); break;
      case 4: bytes.insert(spot, count, static_cast<uint8_t>(random_())); break;
      case 5: {  // a piece of itself
        Bytes piece(spot, end);
        bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(below(bytes.size())), piece.begin(), piece.end());
        break;
      }
      case 6: {  // a piece of another
        const Bytes& other = pick(corpus_);
        size_t from = below(other.size());
        size_t length = std::min<size_t>(1 + below(64), other.size() - from);
        bytes.insert(spot, other.begin() + static_cast<ptrdiff_t>(from),
                     other.begin() + static_cast<ptrdiff_t>(from + length));
        break;
      }
      default: std::shuffle(spot, end, random_); break;
    }
  }

  // Limits of LEB128, type codes, prefixes.
  static constexpr uint8_t kTelling[] = {0x00, 0x01, 0x3f, 0x40, 0x41, 0x5f, 0x60, 0x63, 0x64, 0x6f,
                                         0x70, 0x7b, 0x7f, 0x80, 0x81, 0xfb, 0xfc, 0xfd, 0xfe, 0xff};
  const std::vector<Bytes>& corpus_;
  std::mt19937_64 random_;
};

void flip_and_truncate(Subject& subject, const Bytes& module, Counts& counts) {
  for (size_t size = 0; size < module.size(); ++size) {
    subject.exercise(Bytes(module.begin(), module.begin() + static_cast<ptrdiff_t>(size)), counts);
  }
  Bytes flipped = module;
  for (size_t bit = 0; bit < module.size() * 8; ++bit) {
    flipped[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    subject.exercise(flipped, counts);
    flipped[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
  }
}

// Are all of them taken?
bool exercise_extremes(Subject& subject) {
  bool all = true;
  for (const Extreme& extreme : extremes()) {
    Counts counts;
    subject.exercise(extreme.make(), counts);
    if (counts.valid == 1) continue;
    all = false;
    std::fprintf(stderr, "heddle-mutate: the module \"%s\" is not taken\n", std::string(extreme.name).c_str());
  }
  std::printf("%zu extreme modules\n", extremes().size());
  std::fflush(stdout);
  return all;
}

// --- the command line ---

bool parse_number(const char* text, uint64_t& number) {
  const char* end = text + std::strlen(text);
  auto [stopped, error] = std::from_chars(text, end, number);
  return error == std::errc() && stopped == end;
}

bool parse(int argc, char** argv, Options& options) {
  const std::map<std::string_view, uint64_t*> numbers = {{"--modules", &options.modules},
                                                         {"--mutants", &options.mutants},
                                                         {"--seed", &options.seed},
                                                         {"--max-bytes", &options.max_bytes}};
  for (int i = 1; i < argc; ++i) {
    auto option = numbers.find(argv[i]);
    if (argv[i] == std::string_view("--extremes")) {
      options.extremes = true;
    } else if (argv[i] == std::string_view("--write") && i + 1 < argc) {
      options.write = argv[++i];
    } else if (option == numbers.end()) {
      options.paths.emplace_back(argv[i]);
    } else {
      ++i;
      if (i == argc || !parse_number(argv[i], *option->second)) return false;
    }
  }
  return !options.paths.empty();
}

int write_corpus(const std::vector<Bytes>& corpus, const std::string& folder) {
  for (size_t i = 0; i < corpus.size(); ++i) {
    FILE* file = std::fopen((folder + "/" + std::to_string(i) + ".wasm").c_str(), "wb");
    if (!file) return 1;
    const bool written = std::fwrite(corpus[i].data(), 1, corpus[i].size(), file) == corpus[i].size();
    std::fclose(file);
    if (!written) return 1;
  }
  return 0;
}

int fuzz(const Options& options) {
  std::vector<Bytes> corpus = collect_modules(options.paths, options.max_bytes);
  if (corpus.empty()) {
    std::fprintf(stderr, "heddle-mutate: no modules there\n");
    return 2;
  }
  if (!options.write.empty()) return write_corpus(corpus, options.write);
  // The first N of a fixed shuffle: not all of them from the same script.
  std::mt19937_64 order(7);
  std::shuffle(corpus.begin(), corpus.end(), order);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(on_death);
  Subject subject;
  if (options.extremes && !exercise_extremes(subject)) return 1;
  Counts systematic, random;
  size_t chosen = std::min<size_t>(options.modules, corpus.size());
  for (size_t i = 0; i < chosen; ++i) flip_and_truncate(subject, corpus[i], systematic);
  std::printf("%zu modules: %llu truncations and bit flips, %llu of them valid, %llu ran\n", chosen,
              static_cast<unsigned long long>(systematic.tried), static_cast<unsigned long long>(systematic.valid),
              static_cast<unsigned long long>(systematic.ran));
  std::fflush(stdout);
  Mutator mutator(corpus, options.seed);
  for (uint64_t i = 0; i < options.mutants; ++i) subject.exercise(mutator.next(), random);
  std::printf("%zu modules: %llu mutants, %llu of them valid, %llu ran\n", corpus.size(),
              static_cast<unsigned long long>(random.tried), static_cast<unsigned long long>(random.valid),
              static_cast<unsigned long long>(random.ran));
  return 0;
}

}  // namespace
}  // namespace heddle::fuzz

int main(int argc, char** argv) {
  heddle::fuzz::Options options;
  if (!heddle::fuzz::parse(argc, argv, options)) {
    std::fprintf(stderr,
                 "usage: heddle-mutate [--extremes] [--modules N] [--mutants N] [--seed N] [--max-bytes N] PATH...\n"
                 "       heddle-mutate --write DIR PATH...\n");
    return 2;
  }
  return heddle::fuzz::fuzz(options);
}
