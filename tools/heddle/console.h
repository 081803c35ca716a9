// What the command says to its user, all of it on standard error: `error:` and `note:` lines, coloured on a terminal
// only (and never under NO_COLOR), and the exit codes scripts rely on.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace heddle::cli {

// A guest that ends by itself gives its own code instead.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,         // a module that does not load, a file that cannot be read, a suite that does not pass
  kUsage = 2,          // the command line is wrong
  kInterrupted = 130,  // SIGINT
  kTrapped = 134,      // the guest trapped; what a shell reports for an aborted process
};

void error(std::string_view message);
void note(std::string_view message);  // more about the error before it
bool coloured(int fd);
std::string emphasised(std::string_view text, int fd);  // bold where `fd` is coloured

// The candidate nearest to what was typed, or "" where none is near enough to be meant.
std::string_view nearest(std::string_view typed, const std::vector<std::string_view>& candidates);
// " (did you mean `x`?)", or "".
std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& candidates);

}  // namespace heddle::cli
