// Programs over a memory with 64-bit indices: each export takes a size and gives a checksum.
// clang-19 --target=wasm64 -mbulk-memory -O2 -nostdlib -Wl,--no-entry -o memory64.wasm memory64.c
#define EXPORT(name) __attribute__((export_name(name)))

enum { kSide = 192, kNodes = 1 << 16 };
static double left[kSide][kSide], right[kSide][kSide], product[kSide][kSide];

EXPORT("matrix") long matrix(long rounds) {
  for (long i = 0; i < kSide; ++i) {
    for (long j = 0; j < kSide; ++j) left[i][j] = (double)(i + j), right[i][j] = (double)(i - j);
  }
  double sum = 0;
  for (long round = 0; round < rounds; ++round) {
    for (long i = 0; i < kSide; ++i) {
      for (long j = 0; j < kSide; ++j) {
        double cell = 0;
        for (long k = 0; k < kSide; ++k) cell += left[i][k] * right[k][j];
        product[i][j] = cell;
      }
    }
    sum += product[round % kSide][1];
  }
  return (long)sum;
}

struct node {
  struct node* next;
  long value;
};
static struct node nodes[kNodes];

EXPORT("chase") long chase(long steps) {
  for (long i = 0; i < kNodes; ++i) {
    nodes[i].next = &nodes[(i * 40503 + 1) % kNodes];
    nodes[i].value = i;
  }
  long sum = 0;
  for (struct node* at = nodes; steps != 0; --steps, at = at->next) sum += at->value;
  return sum;
}

static unsigned char flags[1 << 20];

EXPORT("sieve") long sieve(long rounds) {
  long primes = 0;
  for (long round = 0; round < rounds; ++round) {
    for (long i = 2; i < (long)sizeof flags; ++i) flags[i] = 1;
    for (long i = 2; i * i < (long)sizeof flags; ++i) {
      if (!flags[i]) continue;
      for (long j = i * i; j < (long)sizeof flags; j += i) flags[j] = 0;
    }
    for (long i = 2; i < (long)sizeof flags; ++i) primes += flags[i];
  }
  return primes;
}
