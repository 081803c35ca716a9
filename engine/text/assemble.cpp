// Names go last, branch hints before the code section (both are required there); what the text itself has as a custom
// section of that name stays as it is.
#include "text/assemble.h"

#include "binary/encode.h"
#include "binary/names.h"

namespace heddle::text {
namespace {

void add_custom(syntax::Module& module, std::string_view name, std::vector<uint8_t> bytes, syntax::SectionId after) {
  if (bytes.empty() || binary::find_custom(module, name)) return;
  module.storage.push_back(std::move(bytes));
  module.customs.push_back({.name = std::string(name), .bytes = module.storage.back(), .after = after});
}

}  // namespace

std::vector<uint8_t> assemble(ParsedModule&& parsed) { return assemble(parsed); }

std::vector<uint8_t> assemble(ParsedModule& parsed) {
  syntax::Module& module = parsed.module;
  add_custom(module, binary::kBranchHintSection, binary::encode_branch_hints(parsed.hints),
             syntax::SectionId::data_count);
  add_custom(module, binary::kNameSection, binary::encode_names(parsed.names), syntax::SectionId::data);
  return binary::encode(module);
}

}  // namespace heddle::text
