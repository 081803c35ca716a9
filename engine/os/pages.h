// Address space and the pages behind it. Sizes are rounded up to whole pages; everything fails softly, because a
// guest decides how much is asked for: null or false, never an abort. Fresh pages read as zero and cost nothing until
// touched.
#pragma once
#include <cstdint>

namespace heddle::os {

uint64_t page_size();
// Rounded up to whole pages; UINT64_MAX where that does not fit.
uint64_t to_pages(uint64_t bytes);

void* reserve(uint64_t bytes);                            // inaccessible
void* map_zeroed(uint64_t bytes);                         // readable and writable
void* map_aligned(uint64_t bytes, uint64_t alignment);    // map_zeroed at a multiple of `alignment`, a power of two
[[nodiscard]] bool commit(void* start, uint64_t bytes);   // makes reserved pages readable and writable
[[nodiscard]] bool protect(void* start, uint64_t bytes);  // makes pages inaccessible; what they hold stays
// Contents become zero, the memory goes back to the system. False where it cannot, as where pages are locked.
[[nodiscard]] bool discard(void* start, uint64_t bytes);
// Resizes a mapping made by map_zeroed, moving it where it must; null leaves it as it was.
void* remap(void* start, uint64_t old_bytes, uint64_t new_bytes);
// Never fails: addresses that the process has no mappings left to part from are given back later.
void release(void* start, uint64_t bytes);

}  // namespace heddle::os
