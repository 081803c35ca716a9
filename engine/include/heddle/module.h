// Module (spec ch. 2): decoded and validated, ready to be instantiated any number of times in any store of its
// engine.
//
// Threads: immutable; any number may use one at the same time. Copies share it.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/engine.h>
#include <heddle/result.h>

namespace heddle::api {

enum class ExternKind : uint8_t { func, table, memory, global, tag };  // spec 2.3.19

// What a module asks for, or offers. `type` is written as in the text format: "(func (param i32) (result i32))".
struct ImportType {
  std::string module, name;
  ExternKind kind = ExternKind::func;
  std::string type;
};
struct ExportType {
  std::string name;
  ExternKind kind = ExternKind::func;
  std::string type;
};

class Module {
 public:
  // The binary format (spec ch. 5). The bytes are copied. Errors: malformed, invalid.
  static Result<Module> from_binary(const Engine& engine, std::span<const uint8_t> bytes);
  // The text format (spec ch. 6).
  static Result<Module> from_text(const Engine& engine, std::string_view text);
  // A file in either format, told apart by its first bytes.
  static Result<Module> from_file(const Engine& engine, const std::string& path);

  std::string name() const;  // from the name section, or ""
  std::vector<ImportType> imports() const;
  std::vector<ExportType> exports() const;

 private:
  friend struct detail::Access;
  explicit Module(std::shared_ptr<rt::Module> module) : module_(std::move(module)) {}
  std::shared_ptr<rt::Module> module_;
};

}  // namespace heddle::api
