// Writes types, and what stands beside them in imports, exports and aliases: decode_types.cpp's mirror.
#pragma once
#include "binary/writer.h"
#include "component/syntax/component.h"

namespace heddle::component {

void write(binary::Writer& out, ValType type);
void write(binary::Writer& out, const DefType& type);
void write(binary::Writer& out, const CoreType& type);
void write(binary::Writer& out, const ExternName& name);
void write(binary::Writer& out, const ExternType& type);
void write(binary::Writer& out, const Import& import);
void write(binary::Writer& out, const Alias& alias);
void write(binary::Writer& out, Sort sort);
void write_result_list(binary::Writer& out, ValType result);

// Definitions and declarations, in their order.
template <class F>
void for_each(const std::vector<Run>& order, F&& each) {
  for (const Run& run : order) {
    for (uint32_t i = run.first; i < run.first + run.count; ++i) each(run.kind, i);
  }
}

}  // namespace heddle::component
