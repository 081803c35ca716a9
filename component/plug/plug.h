// One component out of several: a socket gets what it imports from the exports of plugs, by name and by compatible
// version as in linking (component/link/linker.h). What no plug offers is imported by the whole, what several of them
// want once; the exports are those of the socket. Plugs do not serve one another: imports that share resource types
// have to come from one plug.
//
// What is left or exported may use types of an interface that a plug serves. It is imported too then, for its types
// only; resource types of a plug are exported for the functions that use them.
//
//   (component (import ...) (component PLUG) (component SOCKET)
//     (instance (instantiate PLUG ...)) (instance (instantiate SOCKET (with "a:b/c" ...))) (export ...))
#pragma once
#include <string>
#include <vector>

#include "component/valid/check.h"

namespace heddle::component::plug {

// A component that was checked; `checked` has views of `syntax`, and survives its being moved from.
struct Piece {
  std::string name;  // as errors call it
  Component syntax;
  Checked checked;

  const Interface& type() const { return checked.types.interface(checked.root.type); }
};

// The binary format of the whole, which is valid. All that can be wrong says so in `sink`: it has no place in a
// file. The pieces have given away their syntax afterwards.
Result<std::vector<uint8_t>> plug(Piece& socket, std::vector<Piece>& plugs, const Features& features,
                                  const heddle::Features& core, TypeRegistry& registry, ErrorSink* sink);

}  // namespace heddle::component::plug
