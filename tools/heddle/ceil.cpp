// The one function of the mathematical library that the command would load it for: hash tables of libstdc++ round
// their sizes up. Mapping that library costs every start a third of a megabyte.
#include "exec/num.h"

extern "C" double ceil(double value) { return heddle::num::fceil(value); }
