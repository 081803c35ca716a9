// From a file to a module, and the errors of that way as the user sees them: where, what kind, what was expected, in
// which function; for texts with the line and a caret.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "runtime/module.h"
#include "syntax/features.h"
#include "tools/heddle/input.h"

namespace heddle::cli {

// "file.wasm: offset 0x1a: invalid: type mismatch: expected i32, found f32 (function 3 "foo")"
void report_error(const Input& input, std::span<const uint8_t> binary, const Features& features, const Error& error,
                  const ErrorSink& sink);

// The same for a binary alone.
void report_binary_error(const Input& input, const Error& error, const ErrorSink& sink, std::string_view suffix = {});

// And for a text: `file:line:column: kind: words`, the line, a caret below the column.
void report_text_error(std::string_view name, std::string_view source, const Error& error, const ErrorSink& sink,
                       std::string_view suffix = {});

// The module's binary: the input itself, or what its text says. Reports what is wrong with a text.
std::optional<std::vector<uint8_t>> assemble(const Input& input, const Features& features);

// Reads, assembles, decodes and validates a file; reports what is wrong.
std::shared_ptr<rt::Module> load_file(const std::shared_ptr<rt::Engine>& engine, const std::string& path);
std::shared_ptr<rt::Module> load_input(const std::shared_ptr<rt::Engine>& engine, const Input& input);

}  // namespace heddle::cli
