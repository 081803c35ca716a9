// Arguments, environment, standard input and the exit code.
// args: one "two words" ''
// heddle: --env COLOUR=blue
// stdin: first line
// stdin: second line
// exit: 42
// expect: 3 arguments
// expect: [one] [two words] []
// expect: COLOUR=blue HOME=nothing
// expect: first line
// expect: second line
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  printf("%d arguments\n", argc - 1);
  for (int i = 1; i < argc; i++) printf("[%s]%s", argv[i], i + 1 < argc ? " " : "\n");
  const char* home = getenv("HOME");
  printf("COLOUR=%s HOME=%s\n", getenv("COLOUR"), home ? home : "nothing");
  for (int c; (c = getchar()) != EOF;) putchar(c);
  return 42;
}
