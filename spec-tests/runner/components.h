// What scripts do with components: as Session is for modules. Where the library has no components there is none of
// this, and scripts that name components do not parse.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec-tests/runner/session.h"
#include "text/script.h"

namespace heddle::wast {

class Components {
 public:
  virtual ~Components() = default;

  // The script, of which this keeps the values.
  virtual Result<text::Script> parse(std::string_view source, const Features& features, ErrorSink* sink) = 0;
  // Must come before what follows: the components of this script run in `store`.
  virtual void open(rt::Store& store) = 0;

  // Makes it the latest definition; an empty name names nothing.
  virtual Result<void> define(const std::string& name, const text::ModuleSource& source, ErrorSink* sink) = 0;
  virtual bool has_definition(const std::string& name) const = 0;  // an empty one is the latest
  virtual Ended instantiate(const std::string& name, const std::string& definition) = 0;
  virtual bool has_instance(const std::string& name) const = 0;
  // What came back is kept for matches() and in_words().
  virtual Ended invoke(const text::Action& action) = 0;
  virtual bool matches(const std::vector<text::Pattern>& results) const = 0;
  virtual std::string in_words() const = 0;
};

// `file`: the script's, for some assert that a gate is closed. `seed`: of the scheduler; first in, first out without.
std::unique_ptr<Components> make_components(const std::string& file, std::optional<uint64_t> seed);

}  // namespace heddle::wast
