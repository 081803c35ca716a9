// Traps in words.
#include "runtime/trap.h"

#include <cstdio>

#include "runtime/budget.h"
#include "runtime/module.h"

namespace heddle::rt {

std::string Budget::refusal() const {
  if (!refusal_.what) return {};
  return std::string(refusal_.what) + ": " + std::to_string(refusal_.wanted) + " wanted, " +
         std::to_string(refusal_.used) + " of " + std::to_string(refusal_.limit) + " in use";
}

std::string message_of(const Trap& trap) {
  if (!trap.message.empty()) return trap.message;
  return std::string(text_of(trap.code));
}

std::string format_backtrace(const Trap& trap) {
  std::string out;
  char buffer[64];
  for (size_t i = 0; i < trap.frames.size(); ++i) {
    const Frame& frame = trap.frames[i];
    std::string module, name;
    if (frame.module) {
      module = frame.module->names().module;
      name = frame.module->func_name(frame.func);
    }
    std::snprintf(buffer, sizeof buffer, "%3zu: ", i);
    out += buffer;
    if (!module.empty()) out.append(module).append("!");
    out += name.empty() ? "<unnamed>" : name;
    std::snprintf(buffer, sizeof buffer, " (func %u)", frame.func);
    out += buffer;
    if (frame.offset) {
      std::snprintf(buffer, sizeof buffer, " at 0x%x", frame.offset);
      out += buffer;
    }
    out += '\n';
  }
  if (trap.omitted) out.append("     ").append(std::to_string(trap.omitted)).append(" more\n");
  return out;
}

}  // namespace heddle::rt
