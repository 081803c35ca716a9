// Core Wasm inside a text that is more than a module, such as a component's: modules and types among the tokens of
// the whole, read where a cursor stands and up to where the cursor then is.
#pragma once
#include <memory>
#include <optional>

#include "text/cursor.h"
#include "text/parse.h"

namespace heddle::text {

class Parser;

// The fields of a module, up to the token `last`, which closes it.
Result<ParsedModule> parse_fields(Tokens& tokens, Cursor& in, uint32_t last, const Features& features);

// An index space of core types outside any module, in which types are numbered as they are read.
class TypeSpace {
 public:
  TypeSpace(Tokens& tokens, const Features& features, ErrorSink* sink);
  ~TypeSpace();
  TypeSpace(const TypeSpace&) = delete;
  TypeSpace& operator=(const TypeSpace&) = delete;

  uint32_t size() const;
  Result<void> bind(const Token& id, uint32_t index);  // before the types are read, which may refer to one another
  Result<SubType> sub_type(Cursor& in);                // the next one
  void end_group(uint32_t first);                      // of recursive types, or of one
  void add_opaque();                                   // the next one is no type of its own: an alias, a module type
  // Where a function's type is written out and is none of the space yet, it becomes the next one, in `added`.
  Result<ExternType> extern_type(Cursor& in, std::optional<SubType>& added);
  Result<ValType> val_type(Cursor& in);

 private:
  template <class F>
  auto read(Cursor& in, F&& part);

  std::unique_ptr<Parser> parser_;
};

}  // namespace heddle::text
