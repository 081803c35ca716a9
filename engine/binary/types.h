// Reads the types of module fields (spec 5.3, with descriptors, continuation types, shared and custom-page limits).
// What instructions name too (heap, reference and value types) is read by syntax/immediates.h; here the proposals
// those types come from are checked as well, and a proposal that is switched off is named in the error.
#pragma once
#include "base/reader.h"
#include "syntax/features.h"
#include "syntax/types.h"

namespace heddle::binary {

class TypeReader {
 public:
  TypeReader(Reader& reader, const Features& features, ErrorSink* sink)
      : reader_(reader), features_(features), sink_(sink) {}

  Result<ValType> ref_type();
  Result<ValType> val_type();
  Result<FieldType> field_type();  // storage type, mutability
  Result<SubType> sub_type();
  Result<TableType> table_type();
  Result<MemType> mem_type();
  Result<GlobalType> global_type();
  Result<TypeIdx> tag_type();
  Result<ExternType> extern_type();

  // Refuses what a switched-off proposal would have brought, naming its flag.
  Result<void> need(Feature feature, uint32_t offset, ErrorCode code = ErrorCode::feature_disabled);

 private:
  Result<ValType> allowed(Result<ValType> type, uint32_t offset);
  Result<List<ValType>> result_type(uint32_t most, const char* what);
  Result<TypeIdx> type_index();
  Result<void> comp_type(SubType& type);
  Result<bool> mutability();
  Result<Limits> limits(uint8_t flags);

  Reader& reader_;
  const Features& features_;
  ErrorSink* sink_;
};

// "types: 1000001, at most 1000000"
Error over_limit(ErrorSink* sink, uint32_t offset, const char* what, uint64_t found, uint64_t most);

}  // namespace heddle::binary
