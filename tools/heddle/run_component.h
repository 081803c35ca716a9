// `heddle run` of a component: links it with those it is given, calls a function of it.
#pragma once
#include "runtime/store.h"
#include "tools/heddle/input.h"
#include "tools/heddle/run_options.h"

namespace heddle::cli {

bool holds_component(const Input& input);      // a binary or a text
void report_no_component(const Input& input);  // what it is instead

// The exit code.
int run_component(const Input& input, const RunOptions& options, rt::Store& store);

}  // namespace heddle::cli
