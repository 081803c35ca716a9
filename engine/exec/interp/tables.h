// Between the handler files and pick(): each file offers the grids of its families.
#pragma once
#include "exec/interp/families.h"

namespace heddle::interp {

extern const Grid kBinGrid, kRelGrid, kTrapBinGrid, kDivByGrid, kUnGrid, kBranchGrid, kStepBranchGrid;  // ops_int.cpp
extern const Grid kFloatBinGrid, kFloatRelGrid, kFloatUnGrid, kFloatBranchGrid;        // ops_float.cpp
extern const Grid kLoadGrid, kLoadIndexGrid, kStoreGrid, kLoadFarGrid, kStoreFarGrid,  // ops_memory.cpp
    kLoadLaneGrid, kStoreLaneGrid;
extern const Grid kRefUnGrid, kRefTestGrid, kRefCastGrid, kBrCastGrid, kStructGetGrid,  // ops_object.cpp
    kStructSetGrid, kArrayGetGrid, kArraySetGrid, kObjectNewGrid, kArrayNewGrid;
extern const Grid kVectorBinGrid, kVectorUnGrid, kVectorShiftGrid, kVectorTernGrid,  // ops_vector.cpp
    kSplatGrid, kExtractGrid, kReplaceGrid, kShuffleGrid, kVectorConstGrid;
extern const Grid kMovGrid, kFloatMovGrid, kSelectGrid, kGlobalGetGrid, kGlobalSetGrid,  // ops_move.cpp
    kRetGrid, kFloatRetGrid, kBrTableGrid;

// The poll word is set: why, and what follows.
HEDDLE_HANDLER(op_interrupt);

}  // namespace heddle::interp
