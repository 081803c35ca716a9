// What the command does with components. One that is built without them knows a component when it sees one, and says
// so.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "tools/heddle/input.h"
#include "tools/heddle/settings.h"

namespace heddle::cli {

bool is_component(std::span<const uint8_t> bytes);

// The binary of a module or a component: the input itself, or what its text says. Reports what is wrong with a text.
std::optional<std::vector<uint8_t>> assemble(const Input& input, const Settings& settings);

// The same, and where it was assembled kept in `kept`.
std::optional<std::span<const uint8_t>> binary_of(const Input& input, const Settings& settings,
                                                  std::vector<uint8_t>& kept);

// As text. Reports what is wrong with the binary.
std::optional<std::string> print_component(const Input& input, std::span<const uint8_t> bytes,
                                           const Settings& settings, bool names);

// Why it is not valid, or cannot be read: where its text has it, if that is what it was.
void report_component_error(const Input& input, const Settings& settings, const Error& error, const ErrorSink& sink);

// Is it valid? Reports what is wrong.
bool validate_component(const Input& input, std::span<const uint8_t> bytes, const Settings& settings);

}  // namespace heddle::cli
