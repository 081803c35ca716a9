// The unit tests' main: doctest's own, without its signal handlers: it puts them in place for each test case, over
// the engine's, which turn faults into traps.
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
