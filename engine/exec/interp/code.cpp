// Making and finding the interpreter's code.
#include "exec/interp/code.h"

#include <algorithm>
#include <new>

#include "exec/interp/control.h"
#include "exec/interp/interp.h"
#include "exec/interp/translate.h"

namespace heddle::interp {

namespace {

using InterpData = rt::Module::InterpData;
constexpr size_t kChunkWords = 4096;  // grows with the module: small modules pay for little

// One translator a thread: its buffers are reused from function to function.
Translator& translator() {
  thread_local Translator instance;
  return instance;
}

// Room for `count` words at the end of the last chunk; null where memory is out.
InterpData::Chunk* room(InterpData& data, size_t count) {
  if (data.chunks.empty() || data.chunks.back().size - data.chunks.back().used < count) {
    size_t size = data.chunks.empty() ? kChunkWords / 4 : std::min(data.chunks.back().size * 2, kChunkWords * 32);
    size = std::max(size, count);
    InterpData::Chunk chunk;
    chunk.words.reset(new (std::nothrow) uint64_t[size]);
    if (!chunk.words) return nullptr;
    chunk.size = size;
    data.chunks.push_back(std::move(chunk));
  }
  return &data.chunks.back();
}

void destroy(InterpData* data) { delete data; }

// The instruction that a word of a function's code comes from. Instructions that emit nothing share a word with the
// next one that does: the last origin at or before the word. The cell that makes the frame stands in front of the
// first instruction.
uint32_t offset_in(const std::vector<Origin>& origins, uint32_t word) {
  auto above = std::upper_bound(origins.begin(), origins.end(), word,
                                [](uint32_t at, const Origin& origin) { return at < origin.word; });
  return above == origins.begin() ? origins.front().offset : (above - 1)->offset;
}

}  // namespace

Result<const Word*> code_of(rt::FuncCode& code) {
  const rt::Module& module = *code.module;
  InterpData& data = *module.interp;
  std::lock_guard<std::mutex> guard(module.translate_lock);
  const InterpData::Untouched* cell = &data.untouched[code.index - module.syntax.imported_funcs];
  const Word* current = code.interp.load(std::memory_order_acquire);
  if (current != reinterpret_cast<const Word*>(cell)) return current;  // another thread was first

  auto function = std::make_unique<Function>();
  Translator& t = translator();
  t.run(module, code.index - module.syntax.imported_funcs, *function, nullptr);
  const std::vector<Word>& words = t.words();
  InterpData::Chunk* chunk = room(data, words.size());
  if (!chunk) return ErrorCode::out_of_memory;
  Word* to = chunk->words.get() + chunk->used;
  std::copy(words.begin(), words.end(), to);
  chunk->used += words.size();
  function->words = to;
  chunk->functions.push_back(function.get());
  data.functions.push_back(std::move(function));
  code.interp.store(to, std::memory_order_release);
  return const_cast<const Word*>(to);
}

const Function* function_at(const rt::Module& module, const Word* pc) {
  std::lock_guard<std::mutex> guard(module.translate_lock);
  for (const InterpData::Chunk& chunk : module.interp->chunks) {
    if (pc < chunk.words.get() || pc >= chunk.words.get() + chunk.used) continue;
    auto above = std::upper_bound(chunk.functions.begin(), chunk.functions.end(), pc,
                                  [](const Word* at, const Function* f) { return at < f->words; });
    return above == chunk.functions.begin() ? nullptr : *(above - 1);
  }
  return nullptr;
}

void find_offsets(std::span<Place> places) {
  for (size_t i = 0; i < places.size(); ++i) {
    const Function& function = *places[i].function;
    auto same = [&](const Place& place) { return place.function == &function; };
    std::span<const Place> before = places.first(i);
    if (std::any_of(before.begin(), before.end(), same)) continue;  // found with the first one
    Translator t;
    Function copy;
    std::vector<Origin> origins;
    t.run(*function.module, function.index - function.module->syntax.imported_funcs, copy, &origins);
    for (Place& place : places.subspan(i)) {
      if (same(place)) place.offset = offset_in(origins, static_cast<uint32_t>(place.pc - function.words));
    }
  }
}

uint64_t code_bytes(const rt::Module& module) {
  std::lock_guard<std::mutex> guard(module.translate_lock);
  uint64_t words = 0;
  for (const InterpData::Chunk& chunk : module.interp->chunks) words += chunk.used;
  return words * sizeof(Word);
}

void attach(rt::Module& module) {
  auto* data = new InterpData;
  module.interp = {data, destroy};
  size_t count = module.syntax.code.size();
  data->untouched = std::make_unique<InterpData::Untouched[]>(count);
  for (size_t i = 0; i < count; ++i) {
    rt::FuncCode& code = module.code[i];
    data->untouched[i] = {reinterpret_cast<const void*>(&op_translate), &code};
    code.interp.store(reinterpret_cast<const Word*>(&data->untouched[i]), std::memory_order_release);
    code.array.store(&entry, std::memory_order_release);
  }
}

}  // namespace heddle::interp
