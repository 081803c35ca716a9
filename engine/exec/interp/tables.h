// Between the handler files and pick(): each file offers the grids of its families.
#pragma once
#include "exec/interp/families.h"

namespace heddle::interp {

extern const Grid kBinGrid, kRelGrid, kTrapBinGrid, kDivByGrid, kUnGrid, kBranchGrid, kStepBranchGrid;  // ops_int.cpp
extern const Grid kFloatBinGrid, kFloatRelGrid, kFloatUnGrid, kFloatBranchGrid;        // ops_float.cpp
extern const Grid kLoadGrid, kLoadIndexGrid, kStoreGrid, kLoadFarGrid, kStoreFarGrid,  // ops_memory.cpp
    kLoadLaneGrid, kStoreLaneGrid;
extern const Grid kTableGetGrid, kTableSetGrid, kMemorySizeGrid;                        // ops_table.cpp
extern const Grid kRefUnGrid, kRefTestGrid, kRefCastGrid, kBrCastGrid, kStructGetGrid,  // ops_object.cpp
    kStructSetGrid, kArrayGetGrid, kArraySetGrid, kObjectNewGrid, kArrayNewGrid;
extern const Grid kVectorBinGrid, kVectorUnGrid, kVectorShiftGrid, kVectorTernGrid,  // ops_vector.cpp
    kSplatGrid, kExtractGrid, kReplaceGrid, kShuffleGrid, kVectorConstGrid;
extern const Grid kMovGrid, kFloatMovGrid, kSelectGrid, kGlobalGetGrid, kGlobalSetGrid,  // ops_move.cpp
    kRetGrid, kFloatRetGrid, kBrTableGrid;

// The poll word is set: why, and what follows.
HEDDLE_HANDLER(op_interrupt);
// What goes back in the code looks first whether somebody wants the guest to stop.
#define POLL()                                                           \
  do {                                                                   \
    if (ctx->context->poll.load(std::memory_order_relaxed)) [[unlikely]] \
      HEDDLE_GOTO(op_interrupt);                                         \
  } while (0)

}  // namespace heddle::interp
