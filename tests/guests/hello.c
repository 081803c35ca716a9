// The program `./dev run` shows: C, printf, the stock compiler.
// expect: Hello from WebAssembly.
// expect: 2^0 + ... + 2^31 = 4294967295
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

int main(void) {
  uint64_t sum = 0;
  for (int i = 0; i < 32; i++) sum += UINT64_C(1) << i;
  printf("Hello from WebAssembly.\n2^0 + ... + 2^31 = %" PRIu64 "\n", sum);
  return 0;
}
