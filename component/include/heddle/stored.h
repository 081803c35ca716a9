// Values as they lie in a linear memory with pointers of 64 bits (CanonicalABI.md, "Storing"): how they pass between
// C++ and a component where no handle is among them. Used by the templates of component_types.h.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::component::canon {
struct Val;
}
namespace heddle::component::link {
class HostMemory;
}

namespace heddle::api::detail {

struct WitType;
using Value = component::canon::Val;

// The place of a value. What has parts is made first, then its parts are.
struct Stored {
  component::link::HostMemory* memory = nullptr;
  const WitType* type = nullptr;
  uint64_t at = 0;
};

void set_integer(const Stored& to, uint64_t bits);  // booleans, characters and flags, too
void set_f32(const Stored& to, uint32_t bits);
void set_f64(const Stored& to, uint64_t bits);
void set_string(const Stored& to, std::string_view text);
void set_list(const Stored& to, size_t count);
inline void set_record(const Stored&, size_t) {}
void set_variant(const Stored& to, uint32_t index, bool payload);
void set_packed(const Stored& to, const void* bytes, size_t size_bytes, size_t count);
uint64_t bits_of(const Stored& value);
std::string_view view_string(const Stored& value);
inline std::string take_string(const Stored& value) { return std::string(view_string(value)); }
size_t count_of(const Stored& value);
inline bool is_packed(const Stored&) { return true; }  // numbers lie one after another
const void* packed_bytes(const Stored& value);
Stored part_of(const Stored& value, size_t i);
inline void unpack(const WitType&, const Stored&) {}

// Handles, and values of any type, are not stored: whose function has such calls with Values.
Value& value_of(const Stored& value);
inline Value& value_of(Value& value) { return value; }

}  // namespace heddle::api::detail
