// Are two modules the same, as far as the text format can tell? Bodies are compared instruction by instruction and
// immediate by immediate, since one number has many encodings in the binary format; locals one by one, since runs may
// be split differently; a data count section is left to whether it is needed.
#pragma once
#include <string>

#include "syntax/module.h"

namespace heddle::test {

// Empty if they are the same, else where they first differ.
std::string difference(const syntax::Module& a, const syntax::Module& b);

}  // namespace heddle::test
