// Marks what can be reached. Every word it meets, exact or not, goes one way: is it the start of one of the heap's
// objects, and not marked yet? So null, i31 and references to functions need no case of their own, and a wrong word
// does no harm.
//
// Work waits on an explicit stack. Where that can grow no more, objects are marked without being remembered, and the
// marked ones are scanned once more until none is left out: slower, never wrong.
#pragma once
#include <cstdint>

#include "runtime/gc/blocks.h"
#include "runtime/gc/heap.h"
#include "runtime/gc/large.h"

namespace heddle::gc {

class Marker final : public RootVisitor {
 public:
  Marker(BlockSpace& blocks, LargeSpace& large) : blocks_(blocks), large_(large) {}
  ~Marker();
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;
  void init(const TypeRegistry* types) { types_ = types; }

  void conservative(const uint64_t* first, const uint64_t* last) override;
  void exact(Ref ref) override { visit(ref); }
  // The words between this function's caller and `base`, and what registers hold.
  void native_stack(const void* base);
  void drain();   // until everything reachable from what was visited is marked
  void finish();  // gives back a stack that grew large

  void set_stack_limit(uint64_t entries) { stack_limit_ = entries; }  // for tests

 private:
  // How objects of a type are scanned. `mask`: words that hold references, of objects of up to 64 words.
  enum class Shape : uint8_t { leaf, words, fields, refs, exception, continuation };
  struct Plan {
    TypeId type = kNoType;
    Shape shape = Shape::leaf;
    uint64_t mask = 0;
    const DefType* def = nullptr;
  };
  static constexpr unsigned kPlans = 128;
  static constexpr uint64_t kFirstEntries = 256;

  void visit(uint64_t word);
  void push(Object* object);
  void grow_stack();
  void scan(Object* object);
  void scan_fields(Object* object, const DefType& type);
  void rescan();
  const Plan& plan_of(TypeId type);
  Plan make_plan(TypeId type) const;
  void scan_native_words(const void* base);

  BlockSpace& blocks_;
  LargeSpace& large_;
  const TypeRegistry* types_ = nullptr;
  Object* first_entries_[kFirstEntries];
  Object** stack_ = first_entries_;
  uint64_t count_ = 0, capacity_ = kFirstEntries, stack_limit_ = UINT64_MAX;
  bool overflowed_ = false;
  Plan plans_[kPlans];  // by id, the last one of each place
};

}  // namespace heddle::gc
