// What the printers of fields and of instructions share: the text so far, the module, and the identifiers of its
// index spaces; references, bindings and types are written here.
#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "syntax/module.h"
#include "syntax/names.h"
#include "text/print.h"
#include "text/print_atoms.h"

namespace heddle::text {

enum class IndexSpace : uint8_t { func, type, table, memory, global, tag, elem, data };

class Output {
 public:
  Output(const syntax::Module& module, const syntax::Names* names, const PrintOptions& options);

  const syntax::Module& module() const { return m_; }
  const syntax::Names* names() const { return names_; }
  bool comments() const { return options_.comments; }
  std::string& text() { return text_; }

  std::string& put(std::string_view words) { return text_ += words; }
  void number(uint64_t value) { append_number(text_, value); }
  // A new line at a nesting depth. Depths beyond what anybody reads are not indented further: text stays linear.
  void line(size_t depth) {
    text_ += '\n';
    text_.append(2 * std::min<size_t>(depth, kMaxIndent), ' ');
  }

  // " $name" or " 7".
  void ref(IndexSpace space, uint32_t index);
  void ref(const IdMap* map, uint32_t index);
  // Where something is defined: its identifier if it has one, the annotation if that does not say it all, its number.
  void bind(IndexSpace space, uint32_t index, bool annotate = false);
  void bind_id(const IdMap* map, uint32_t index, bool annotate);
  void index_comment(uint32_t index);
  void field_ref(uint32_t type, uint32_t field);

  void heap_type(HeapType type);
  void val_type(ValType type);
  void ref_type(bool nullable, HeapType heap) { val_type(ValType::ref(heap, nullable)); }
  void limits(const Limits& limits, bool addr64);
  void table_type(const TableType& type);
  void mem_type(const MemType& type);
  void global_type(const GlobalType& type);
  void sub_type(uint32_t index);       // (type ...)
  void sub_type_body(uint32_t index);  // what it is
  // " (func (type 0))": of what is imported, where it has an index with that. `params` as for type_use.
  void extern_type(const ExternType& type, std::optional<uint32_t> index, const IdMap* params = nullptr);
  // " (type $t) (param i32) (result i32)": the signature where the index names a function type with at most `most`
  // parameters and results, with the parameters' identifiers if there are any.
  void type_use(uint32_t type, size_t most, const IdMap* params = nullptr);

 private:
  static constexpr size_t kMaxIndent = 40;

  void comp_type(const SubType& type, uint32_t index);
  void signature(const SubType& type, const IdMap* params);
  void typed_list(std::string_view keyword, std::span<const ValType> types);
  void field_type(const FieldType& type);

  const syntax::Module& m_;
  const syntax::Names* names_;
  PrintOptions options_;
  std::array<IdMap, 8> ids_;
  std::unordered_map<uint32_t, IdMap> fields_;  // by type index
  std::string text_;
};

// A run of typed bindings: " (param $a i32) (param i32 i64)". Those with an identifier stand alone.
class BindingList {
 public:
  BindingList(Output& out, std::string_view keyword, const IdMap* ids) : out_(out), keyword_(keyword), ids_(ids) {}
  void add(uint32_t index, ValType type);
  void close();

 private:
  Output& out_;
  std::string_view keyword_;
  const IdMap* ids_;
  bool open_ = false;
};

}  // namespace heddle::text
