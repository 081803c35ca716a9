// The space of objects up to kMaxSmallBytes: chunks of 1 MiB, aligned to their size, of 32 blocks of 32 KiB, of 256
// lines of 128 bytes. A chunk's first two blocks hold the bitmaps of the others, so that from an address alone
// everything about an object is found: where objects start (one bit for 8 bytes), which are marked, which lines hold
// a marked object.
//
// A collection clears the line bits, marks, sweeps: what was not marked is no object any more, blocks without a
// marked line are free, those with free lines are recyclable. Allocation takes runs of free lines, from recyclable
// blocks first; whoever gets a run gets it zeroed and bumps through it. Objects never cross a block and never move.
//
// The budget pays for every block that is not free.
#pragma once
#include <cstdint>

#include "runtime/budget.h"
#include "runtime/gc/address_set.h"
#include "runtime/gc/heap.h"

namespace heddle::gc {

inline constexpr uint64_t kLineBytes = 128, kBlockBytes = uint64_t{32} << 10;
inline constexpr uint64_t kMaxSmallBytes = uint64_t{8} << 10;
inline constexpr unsigned kBlocksPerChunk = kChunkBytes / kBlockBytes, kFirstBlock = 2;
inline constexpr size_t kLineWordsPerBlock = kBlockBytes / kLineBytes / 64, kBitWordsPerBlock = kBlockBytes / 8 / 64;

enum class BlockState : uint8_t { free, recyclable, full };

struct Chunk {
  uint64_t starts[kChunkBytes / 8 / 64];  // first: heap.h and machine code set these bits
  uint64_t marks[kChunkBytes / 8 / 64];
  uint64_t lines[kChunkBytes / kLineBytes / 64];
  BlockState states[kBlocksPerChunk];
  bool used_before[kBlocksPerChunk];  // a block that never was is zero
  unsigned free_blocks;
  Chunk* next;

  static Chunk* of(uintptr_t address) { return reinterpret_cast<Chunk*>(address & ~(kChunkBytes - 1)); }
  uintptr_t block(unsigned index) const { return reinterpret_cast<uintptr_t>(this) + index * kBlockBytes; }
};
static_assert(sizeof(Chunk) <= kFirstBlock * kBlockBytes);

// A bit of a bitmap with one bit for 8 bytes, found from the address.
struct Bit {
  uint64_t word, mask;
  static Bit of(uintptr_t address) {
    return {(address & (kChunkBytes - 1)) >> 9, uint64_t{1} << ((address >> 3) & 63)};
  }
};

struct Run {
  uintptr_t begin = 0, end = 0;
};

class BlockSpace {
 public:
  BlockSpace() = default;
  ~BlockSpace();
  BlockSpace(const BlockSpace&) = delete;
  BlockSpace& operator=(const BlockSpace&) = delete;
  void init(rt::Budget* budget, bool poison) {
    budget_ = budget;
    poison_ = poison;
  }

  // Both zeroed; an empty run where there is none.
  Run take_lines(uint64_t least_bytes);  // of a recyclable block
  Run take_block();                      // refused by the budget or the system: empty

  bool has_chunk(uintptr_t address) const { return chunks_.contains(address & ~(kChunkBytes - 1)); }
  // Is this, in one of our chunks, where an object starts?
  static bool starts_object(uintptr_t address) {
    Bit bit = Bit::of(address);
    return (address & 7) == 0 && (Chunk::of(address)->starts[bit.word] & bit.mask);
  }
  static bool is_marked(uintptr_t address) {
    Bit bit = Bit::of(address);
    return Chunk::of(address)->marks[bit.word] & bit.mask;
  }
  static void mark_lines(uintptr_t address, uint64_t bytes) {
    Chunk* chunk = Chunk::of(address);
    uint64_t first = (address & (kChunkBytes - 1)) / kLineBytes;
    uint64_t last = ((address & (kChunkBytes - 1)) + bytes - 1) / kLineBytes;
    for (uint64_t line = first; line <= last; line++) chunk->lines[line >> 6] |= uint64_t{1} << (line & 63);
  }

  void clear_lines();  // before marking
  void sweep();        // after it; allocation starts over
  // Every marked object, in address order.
  template <class Visit>
  void for_each_marked(Visit visit) const;

  uint64_t live_bytes() const { return live_bytes_; }  // in whole lines, as of the last sweep
  // What may be handed out without a charge, as of the last sweep.
  uint64_t recyclable_bytes() const { return blocks_in_use_ * kBlockBytes - live_bytes_; }
  uint64_t blocks_in_use() const { return blocks_in_use_; }

 private:
  bool add_chunk();
  void sweep_chunk(Chunk& chunk);
  void free_block(Chunk& chunk, unsigned index);
  void release_spare_chunks();
  void poison_free_lines(const Chunk& chunk, unsigned index) const;

  Chunk* first_chunk_ = nullptr;
  uint64_t chunk_count_ = 0, blocks_in_use_ = 0, live_bytes_ = 0;
  AddressSet chunks_;
  // Where the search for free lines and for free blocks goes on.
  Chunk* lines_chunk_ = nullptr;
  unsigned lines_block_ = kFirstBlock, next_line_ = 0;
  Chunk* blocks_chunk_ = nullptr;
  rt::Budget* budget_ = nullptr;
  bool poison_ = false;
};

template <class Visit>
void BlockSpace::for_each_marked(Visit visit) const {
  for (Chunk* chunk = first_chunk_; chunk; chunk = chunk->next) {
    for (uint64_t word = kFirstBlock * kBitWordsPerBlock; word < kBlocksPerChunk * kBitWordsPerBlock; word++) {
      for (uint64_t bits = chunk->marks[word]; bits != 0; bits &= bits - 1) {
        uint64_t index = word * 64 + static_cast<uint64_t>(__builtin_ctzll(bits));
        visit(reinterpret_cast<Object*>(reinterpret_cast<uintptr_t>(chunk) + index * 8));
      }
    }
  }
}

}  // namespace heddle::gc
