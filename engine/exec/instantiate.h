// Instantiation (spec 4.7.2): from a module and its imports to an instance in a store.
#pragma once
#include <memory>
#include <span>

#include "base/result.h"
#include "exec/link.h"
#include "runtime/store.h"

namespace heddle::exec {

// `imports`: one an import, in order, objects of this store (or shared memories it has adopted). Their types are
// checked.
//
// Where execution stopped by a trap or exhaustion, store.pending.trap has it with its backtrace; where the error is
// uncaught_exception, store.pending.exception. Where the instance was refused before any of it ran, pending.trap is
// none. What happened before stays, as the specification has it: an instance
// that failed half-way has written its segments and may have given away functions, so that the store keeps it.
Result<rt::Instance*> instantiate(rt::Store& store, std::shared_ptr<rt::Module> module,
                                  std::span<const Extern> imports, ErrorSink* sink);

}  // namespace heddle::exec
