// The parts of a component that have a file of their own in the decoder.
#pragma once
#include "component/binary/input.h"

namespace heddle::component {

Result<ValType> decode_val_type(Input& in);
Result<ValType> decode_result_list(Input& in);
Result<DefType> decode_type(Input& in);
Result<CoreType> decode_core_type(Input& in);
Result<ExternName> decode_extern_name(Input& in);
Result<ExternType> decode_extern_type(Input& in);
Result<Import> decode_import(Input& in);
Result<Alias> decode_alias(Input& in);
Result<Canon> decode_canon(Input& in);

}  // namespace heddle::component
