// Tags (spec 4.2.11): what exceptions are told apart by, and suspensions.
//
//   Tag not_found = *Tag::create(store, {.params = {ValType::i32()}});
//   linker.define("env", "not-found", not_found);
//   linker.define("env", "get", [not_found](Caller& caller, int32_t key) -> Result<int64_t> {
//     ...
//     return caller.exception(not_found, {key});
//   });
//
// Where nobody catches it, the embedder's call ends with an error of kind `exception`, which has it:
//
//   ExnRef thrown = error.exception();
//   if (thrown.tag() == not_found) use(thrown.args()[0].i32());
#pragma once
#include <memory>

#include <heddle/result.h>
#include <heddle/value.h>

namespace heddle::api {

class Tag {
 public:
  // For a guest to import: Linker::define. An exception's arguments are the parameters; results are what resuming a
  // suspension gives (stack switching proposal). Errors: misuse where a type is a reference to a module's own type.
  static Result<Tag> create(StoreRef store, const FuncType& type);

  FuncType type() const;
  // The same tag: a module has a new one in each of its instances.
  friend bool operator==(const Tag& a, const Tag& b) { return a.tag_ == b.tag_ && a.cell_ == b.cell_; }

 private:
  friend class ExnRef;
  friend struct detail::Access;
  Tag() = default;
  Tag(std::shared_ptr<detail::StoreCell> cell, rt::Tag* tag) : cell_(std::move(cell)), tag_(tag) {}
  std::shared_ptr<detail::StoreCell> cell_;
  rt::Tag* tag_ = nullptr;
};

}  // namespace heddle::api
