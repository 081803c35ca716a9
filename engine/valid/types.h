// Validity of types (spec 3.2.x). Of a module's type section first everything that can be said without knowing which
// types are equal, so that the registry can take the types; then, on canonical types, the subtyping declarations.
#pragma once
#include "valid/context.h"
#include "valid/extern_type.h"

namespace heddle::valid {

Result<void> check_types(Context& context);
Result<void> check_subtyping(Context& context);  // context.info.types is there

Result<void> check_memory_type(const Context& context, const MemType& memory);
Result<void> check_table_size(const Context& context, const TableType& table);  // all but its elements' type
Result<void> check_tag_type(const Context& context, const DefType& type);

// One rec group, checked and entered into the registry: what components do, whose types come one after another.
// `ids` are those of all types before it, which its indices name, and get those of its own; `use` holds it.
Result<void> add_group(std::span<const SubType> group, std::vector<TypeId>& ids, TypeUse& use,
                       const Features& features, TypeRegistry& registry, ErrorSink* sink);
// An external type outside a module, at `at`, whose indices are those of `ids`.
Result<CanonicalType> check_extern_type(const ExternType& type, uint32_t at, std::span<const TypeId> ids,
                                        const Features& features, const TypeRegistry& registry, ErrorSink* sink);

}  // namespace heddle::valid
