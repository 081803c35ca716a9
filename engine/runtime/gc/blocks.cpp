#include "runtime/gc/blocks.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "os/pages.h"

namespace heddle::gc {
namespace {

constexpr unsigned kLinesPerBlock = kBlockBytes / kLineBytes;
constexpr int kPoison = 0xdb;

// The first line at or after `from` whose bit is `set`; kLinesPerBlock where there is none.
unsigned find_line(const uint64_t* words, unsigned from, bool set) {
  for (unsigned word = from / 64; word < kLineWordsPerBlock; word++) {
    uint64_t bits = set ? words[word] : ~words[word];
    if (word == from / 64) bits &= ~uint64_t{0} << (from % 64);
    if (bits != 0) return word * 64 + static_cast<unsigned>(std::countr_zero(bits));
  }
  return kLinesPerBlock;
}

}  // namespace

BlockSpace::~BlockSpace() {
  if (budget_) budget_->release(rt::Resource::gc_bytes, blocks_in_use_ * kBlockBytes);
  for (Chunk* chunk = first_chunk_; chunk;) {
    Chunk* next = chunk->next;
    os::release(chunk, kChunkBytes);
    chunk = next;
  }
}

Run BlockSpace::take_lines(uint64_t least_bytes) {
  auto least_lines = static_cast<unsigned>((least_bytes + kLineBytes - 1) / kLineBytes);
  while (lines_chunk_) {
    Chunk& chunk = *lines_chunk_;
    if (lines_block_ == kBlocksPerChunk) {
      lines_chunk_ = chunk.next;
      lines_block_ = kFirstBlock;
      next_line_ = 0;
      continue;
    }
    if (chunk.states[lines_block_] == BlockState::recyclable && next_line_ < kLinesPerBlock) {
      const uint64_t* lines = &chunk.lines[lines_block_ * kLineWordsPerBlock];
      unsigned first = find_line(lines, next_line_, false);
      unsigned end = first == kLinesPerBlock ? first : find_line(lines, first, true);
      next_line_ = end;
      if (end - first < std::max(least_lines, 1u)) continue;
      Run run{chunk.block(lines_block_) + first * kLineBytes, chunk.block(lines_block_) + end * kLineBytes};
      std::memset(reinterpret_cast<void*>(run.begin), 0, run.end - run.begin);
      return run;
    }
    lines_block_++;
    next_line_ = 0;
  }
  return {};
}

Run BlockSpace::take_block() {
  if (budget_ && !budget_->charge(rt::Resource::gc_bytes, kBlockBytes)) return {};
  while (blocks_chunk_ && blocks_chunk_->free_blocks == 0) blocks_chunk_ = blocks_chunk_->next;
  if (!blocks_chunk_ && !add_chunk()) {
    if (budget_) budget_->release(rt::Resource::gc_bytes, kBlockBytes);
    return {};
  }
  Chunk& chunk = *blocks_chunk_;
  unsigned index = kFirstBlock;
  while (chunk.states[index] != BlockState::free) index++;
  chunk.states[index] = BlockState::full;
  chunk.free_blocks--;
  blocks_in_use_++;
  Run run{chunk.block(index), chunk.block(index) + kBlockBytes};
  if (chunk.used_before[index]) std::memset(reinterpret_cast<void*>(run.begin), 0, kBlockBytes);
  chunk.used_before[index] = true;
  return run;
}

// A new chunk goes to the front of the list: the searches under way do not meet it.
bool BlockSpace::add_chunk() {
  auto* chunk = static_cast<Chunk*>(os::map_aligned(kChunkBytes, kChunkBytes));
  if (!chunk) return false;
  if (!chunks_.insert(reinterpret_cast<uintptr_t>(chunk))) {
    os::release(chunk, kChunkBytes);
    return false;
  }
  chunk->free_blocks = kBlocksPerChunk - kFirstBlock;  // everything else starts as zero
  static_assert(static_cast<int>(BlockState::free) == 0);
  chunk->next = first_chunk_;
  first_chunk_ = blocks_chunk_ = chunk;
  chunk_count_++;
  return true;
}

void BlockSpace::clear_lines() {
  for (Chunk* chunk = first_chunk_; chunk; chunk = chunk->next) std::memset(chunk->lines, 0, sizeof chunk->lines);
}

void BlockSpace::free_block(Chunk& chunk, unsigned index) {
  std::memset(&chunk.starts[index * kBitWordsPerBlock], 0, kBitWordsPerBlock * sizeof(uint64_t));
  chunk.states[index] = BlockState::free;
  chunk.free_blocks++;
  blocks_in_use_--;
  if (budget_) budget_->release(rt::Resource::gc_bytes, kBlockBytes);
  if (poison_) std::memset(reinterpret_cast<void*>(chunk.block(index)), kPoison, kBlockBytes);
}

void BlockSpace::poison_free_lines(const Chunk& chunk, unsigned index) const {
  const uint64_t* lines = &chunk.lines[index * kLineWordsPerBlock];
  for (unsigned line = 0; line < kLinesPerBlock; line++) {
    if (lines[line / 64] >> (line % 64) & 1) continue;
    std::memset(reinterpret_cast<void*>(chunk.block(index) + line * kLineBytes), kPoison, kLineBytes);
  }
}

void BlockSpace::sweep_chunk(Chunk& chunk) {
  for (unsigned index = kFirstBlock; index < kBlocksPerChunk; index++) {
    if (chunk.states[index] == BlockState::free) continue;
    unsigned live_lines = 0;
    for (unsigned i = 0; i < kLineWordsPerBlock; i++) {
      live_lines += static_cast<unsigned>(std::popcount(chunk.lines[index * kLineWordsPerBlock + i]));
    }
    if (live_lines == 0) {
      free_block(chunk, index);
      continue;
    }
    uint64_t* starts = &chunk.starts[index * kBitWordsPerBlock];
    uint64_t* marks = &chunk.marks[index * kBitWordsPerBlock];
    std::memcpy(starts, marks, kBitWordsPerBlock * sizeof(uint64_t));
    std::memset(marks, 0, kBitWordsPerBlock * sizeof(uint64_t));
    chunk.states[index] = live_lines == kLinesPerBlock ? BlockState::full : BlockState::recyclable;
    live_bytes_ += live_lines * kLineBytes;
    if (poison_) poison_free_lines(chunk, index);
  }
}

// Chunks without a block in use go back to the system, but for a quarter: a heap that breathes does not map and
// unmap.
void BlockSpace::release_spare_chunks() {
  uint64_t kept = 0, may_keep = 2 + chunk_count_ / 4;
  bool released = false;
  for (Chunk** link = &first_chunk_; *link;) {
    Chunk* chunk = *link;
    bool empty = chunk->free_blocks == kBlocksPerChunk - kFirstBlock;
    if (!empty || kept++ < may_keep) {
      link = &chunk->next;
      continue;
    }
    *link = chunk->next;
    os::release(chunk, kChunkBytes);
    chunk_count_--;
    released = true;
  }
  if (!released) return;
  chunks_.clear();
  for (Chunk* chunk = first_chunk_; chunk; chunk = chunk->next) {
    bool inserted = chunks_.insert(reinterpret_cast<uintptr_t>(chunk));
    HEDDLE_ASSERT(inserted);  // there were more before
  }
}

void BlockSpace::sweep() {
  live_bytes_ = 0;
  for (Chunk* chunk = first_chunk_; chunk; chunk = chunk->next) sweep_chunk(*chunk);
  release_spare_chunks();
  lines_chunk_ = blocks_chunk_ = first_chunk_;
  lines_block_ = kFirstBlock;
  next_line_ = 0;
}

}  // namespace heddle::gc
