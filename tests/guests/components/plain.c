// A guest that binds itself: what a generator of bindings would write, the canonical ABI of strings, lists, records,
// variants and a resource, is written by hand. plain.wat makes a component of it, so that nothing but a compiler is
// needed.
typedef unsigned int u32;
typedef unsigned char u8;
#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("host"), import_name(name)))

extern u8 __heap_base;
static u32 top;

EXPORT("realloc") void* allocate(void* old, u32 old_size, u32 alignment, u32 size) {
  if (!top) top = (u32)&__heap_base;
  top = (top + alignment - 1) & -alignment;
  u8* fresh = (u8*)top;
  top += size;
  u32 pages = (top + 65535) / 65536;
  u32 there = (u32)__builtin_wasm_memory_size(0);
  if (pages > there && __builtin_wasm_memory_grow(0, pages - there) == (unsigned long)-1) __builtin_trap();
  for (u32 i = 0; i < old_size && i < size; ++i) fresh[i] = ((u8*)old)[i];
  return fresh;
}

// After a call whose result was read: all that the call allocated goes at once.
EXPORT("free") void release(void* result) {
  (void)result;
  top = 0;
}

typedef struct {
  u8* at;
  u32 size;
} text;
typedef struct {
  text* at;
  u32 size;
} texts;

// measure: func(text: string) -> result<stats, problem>
//   record stats { words: u32, longest: string }  variant problem { empty, too-long(u32) }
typedef struct {
  u8 is_error;
  union {
    struct {
      u32 words;
      text longest;
    } stats;
    struct {
      u8 which;
      u32 size;
    } problem;
  };
} measured;

EXPORT("measure") measured* measure(u8* at, u32 size) {
  measured* out = allocate(0, 0, 4, sizeof *out);
  out->is_error = size == 0 || size > 100;
  if (out->is_error) {
    out->problem.which = size > 100;
    out->problem.size = size;
    return out;
  }
  out->stats.words = 0;
  out->stats.longest = (text){at, 0};
  for (u32 begin = 0; begin < size;) {
    u32 end = begin;
    while (end < size && at[end] != ' ') ++end;
    if (end > begin) ++out->stats.words;
    if (end - begin > out->stats.longest.size) out->stats.longest = (text){at + begin, end - begin};
    begin = end + 1;
  }
  return out;
}

// reverse: func(items: list<string>) -> list<string>
EXPORT("reverse") texts* reverse(text* at, u32 size) {
  texts* out = allocate(0, 0, 4, sizeof *out);
  *out = (texts){at, size};
  for (u32 i = 0; i < size / 2; ++i) {
    text other = at[i];
    at[i] = at[size - 1 - i];
    at[size - 1 - i] = other;
  }
  return out;
}

// resource counter { constructor(start: u32); next: func() -> u32; }
IMPORT("new") u32 handle_of(u32* counter);

static u32 slots[16];  // what the free function leaves alone
static u32 used;
static u32 dropped;

EXPORT("counter") u32 counter(u32 start) {
  if (used == 16) __builtin_trap();
  slots[used] = start;
  return handle_of(&slots[used++]);
}
EXPORT("next") u32 next(u32* counter) { return (*counter)++; }
EXPORT("drop") void drop(u32* counter) {
  (void)counter;
  ++dropped;
}
EXPORT("dropped") u32 count(void) { return dropped; }

// total: func(starts: list<u32>) -> u32, by its own interface: the resource goes out and comes back.
IMPORT("counter") u32 make_counter(u32 start);
IMPORT("next") u32 call_next(u32 handle);
IMPORT("drop") void drop_handle(u32 handle);

EXPORT("total") u32 total(u32* at, u32 size) {
  u32 sum = 0;
  for (u32 i = 0; i < size; ++i) {
    u32 handle = make_counter(at[i]);
    sum += call_next(handle) + call_next(handle);
    drop_handle(handle);
  }
  return sum;
}
