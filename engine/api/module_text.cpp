// Modules from texts and files. A translation unit of its own: who loads binaries only links no text parser.
#include "api/internal.h"

#include <cstdio>

#include "syntax/limits.h"
#include "text/assemble.h"
#include "text/parse.h"
#include "valid/check.h"

namespace heddle::api {

using detail::Access;
using detail::ErrorData;

namespace {

Error text_error(std::string_view text, const ::heddle::Error& error, const ErrorSink& sink) {
  ErrorData data = *Access::data(Access::error(error, sink));
  ::heddle::text::Position at = ::heddle::text::position_of(text, error.offset);
  data.message = std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + data.message;
  return Access::error(std::move(data));
}

// The same error with the file's name in front.
Error in_file(const std::string& path, const Error& error) {
  ErrorData data = *Access::data(error);
  data.message = path + ": " + data.message;
  return Access::error(std::move(data));
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Result<std::vector<uint8_t>> read(const std::string& path) {
  std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) return Access::error(ErrorCode::file_not_readable, path);
  std::vector<uint8_t> bytes;
  constexpr size_t kPiece = size_t{64} << 10;
  for (;;) {
    size_t before = bytes.size();
    bytes.resize(before + kPiece);
    size_t got = std::fread(bytes.data() + before, 1, kPiece, file.get());
    bytes.resize(before + got);
    if (bytes.size() > limits::kModuleBytes) return Access::error(ErrorCode::limit_exceeded, path);
    if (got == kPiece) continue;
    if (std::ferror(file.get())) return Access::error(ErrorCode::file_not_readable, path);
    return bytes;
  }
}

}  // namespace

Result<Module> Module::from_text(const Engine& engine, std::string_view text) {
  rt::Engine& own = *Access::engine(engine);
  ErrorSink sink;
  auto parsed = ::heddle::text::parse_module(text, own.config.features, &sink);
  if (!parsed.ok()) return text_error(text, parsed.error(), sink);
  Result<Module> module = from_binary(engine, ::heddle::text::assemble(parsed.value()));
  if (module.ok()) return module;
  // Validated once more, as it was parsed: then the error's place is one in the text.
  ErrorSink again;
  auto checked = valid::check_all(parsed.value().module, own.config.features, own.types, &again);
  if (checked.ok()) return module;
  ::heddle::Error error = checked.error();
  error.offset = parsed.value().text_offset(error.offset);
  return text_error(text, error, again);
}

Result<Module> Module::from_file(const Engine& engine, const std::string& path) {
  Result<std::vector<uint8_t>> bytes = read(path);
  if (!bytes) return bytes.error();
  const bool binary = bytes->empty() || (*bytes)[0] == 0;
  Result<Module> module =
      binary ? from_binary(engine, *bytes)
             : from_text(engine, std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!module) return in_file(path, module.error());
  return module;
}

}  // namespace heddle::api
