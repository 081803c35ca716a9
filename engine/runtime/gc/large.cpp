#include "runtime/gc/large.h"

#include <algorithm>
#include <cstdlib>

namespace heddle::gc {

LargeSpace::~LargeSpace() {
  while (first_) {
    Header* header = first_;
    first_ = header->next;
    drop(header);
  }
}

Object* LargeSpace::allocate(uint64_t bytes) {
  if (bytes > PTRDIFF_MAX - sizeof(Header)) return nullptr;
  uint64_t total = sizeof(Header) + bytes;
  if (budget_ && !budget_->charge(rt::Resource::gc_bytes, total)) return nullptr;
  auto* header = static_cast<Header*>(std::calloc(1, total));
  if (!header || !addresses_.insert(reinterpret_cast<uintptr_t>(header->object()))) {
    std::free(header);
    if (budget_) budget_->release(rt::Resource::gc_bytes, total);
    return nullptr;
  }
  header->bytes = total;
  header->next = first_;
  first_ = header;
  bytes_ += total;
  auto address = reinterpret_cast<uintptr_t>(header->object());
  lowest_ = std::min(lowest_, address);
  highest_ = std::max(highest_, address);
  return header->object();
}

void LargeSpace::drop(Header* header) {
  bytes_ -= header->bytes;
  if (budget_) budget_->release(rt::Resource::gc_bytes, header->bytes);
  std::free(header);
}

void LargeSpace::sweep() {
  if (!first_) return;
  addresses_.clear();
  for (Header** link = &first_; *link;) {
    Header* header = *link;
    if (!header->marked) {
      *link = header->next;
      drop(header);
      continue;
    }
    header->marked = false;
    bool inserted = addresses_.insert(reinterpret_cast<uintptr_t>(header->object()));
    HEDDLE_ASSERT(inserted);  // there were more before
    link = &header->next;
  }
}

}  // namespace heddle::gc
