// The interpreter's code of a module: translated functions and where their cells lie. Grows by one function at a
// time, under the module's lock; what is published is immutable.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "exec/interp/frame.h"
#include "runtime/module.h"

namespace heddle::interp {

// The entry of a function, translated now if this is its first call. Any thread.
Result<const Word*> code_of(rt::FuncCode& code);

// The function whose code holds `pc`; null for the cells that end an activation or a fiber.
const Function* function_at(const rt::Module& module, const Word* pc);

// Where execution stands: in the cell that is or contains `pc`, and that was made of the instruction at `offset`.
struct Place {
  const Function* function = nullptr;
  const Word* pc = nullptr;
  uint32_t offset = 0;  // in bytes of the module
};
// Finds the offsets: by translating again and watching, each function once, for a guest chooses how large its
// functions are and how often they call themselves.
void find_offsets(std::span<Place> places);

// Bytes of all code translated so far.
uint64_t code_bytes(const rt::Module& module);

}  // namespace heddle::interp

namespace heddle::rt {

struct Module::InterpData {
  // What FuncCode::interp points to before the first call: the cell that translates.
  struct Untouched {
    const void* handler;
    FuncCode* code;
  };
  std::unique_ptr<Untouched[]> untouched;
  struct Chunk {
    std::unique_ptr<uint64_t[]> words;
    size_t size = 0, used = 0;
    std::vector<const interp::Function*> functions;  // ascending by address
  };
  std::vector<Chunk> chunks;
  std::vector<std::unique_ptr<interp::Function>> functions;
};

}  // namespace heddle::rt
