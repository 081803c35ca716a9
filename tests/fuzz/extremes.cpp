#include "tests/fuzz/extremes.h"

#include <initializer_list>

namespace heddle::fuzz {
namespace {

constexpr uint32_t kMillion = 1'000'000;

void put(Bytes& out, std::initializer_list<uint8_t> bytes) { out.insert(out.end(), bytes); }
void put(Bytes& out, const Bytes& bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
void number(Bytes& out, uint64_t n) {
  for (; n >= 0x80; n >>= 7) out.push_back(static_cast<uint8_t>(n | 0x80));
  out.push_back(static_cast<uint8_t>(n));
}
Bytes times(uint32_t count, const Bytes& item) {
  Bytes out;
  out.reserve(count * item.size());
  for (uint32_t i = 0; i < count; ++i) put(out, item);
  return out;
}
// A vector of `count` times the same item.
Bytes vec(uint32_t count, const Bytes& item) {
  Bytes out;
  number(out, count);
  put(out, times(count, item));
  return out;
}
Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) put(out, part);
  return out;
}
Bytes sized(const Bytes& content) {
  Bytes out;
  number(out, content.size());
  put(out, content);
  return out;
}
Bytes section(uint8_t id, const Bytes& content) { return joined({{id}, sized(content)}); }
Bytes module(std::initializer_list<Bytes> sections) {
  Bytes out = {0, 'a', 's', 'm', 1, 0, 0, 0};
  for (const Bytes& part : sections) put(out, part);
  return out;
}
// A type section that is one group of `count` types.
Bytes one_group(uint32_t count, const Bytes& types) {
  Bytes content = {1, 0x4e};
  number(content, count);
  put(content, types);
  return section(1, content);
}

const Bytes kNothing = {0x60, 0, 0};  // the type [] -> []

// `count` functions of type [] -> [] with this code entry.
Bytes functions(uint32_t count, const Bytes& entry) {
  return module({section(1, vec(1, kNothing)), section(3, vec(count, {0})), section(10, vec(count, sized(entry)))});
}

Bytes functions_in_groups() { return module({section(1, vec(kMillion, kNothing))}); }
Bytes functions_in_one_group() { return module({one_group(kMillion, times(kMillion, kNothing))}); }
Bytes structs_in_one_group() { return module({one_group(kMillion, times(kMillion, {0x5f, 0}))}); }
Bytes arrays_in_one_group() { return module({one_group(kMillion, times(kMillion, {0x5e, 0x7f, 0}))}); }

// Each refers to the one before, so that no two are equal.
Bytes different_groups() {
  Bytes content;
  number(content, kMillion);
  put(content, kNothing);
  for (uint32_t i = 0; i + 1 < kMillion; ++i) {
    put(content, {0x5e, 0x63, static_cast<uint8_t>(i | 0x80), static_cast<uint8_t>(i >> 7 | 0x80),
                  static_cast<uint8_t>(i >> 14), 0});
  }
  return module({section(1, content)});
}

// Supertypes as deep as they may be.
Bytes subtype_chains() {
  Bytes types;
  for (uint32_t i = 0; i < kMillion; ++i) {
    put(types, {0x50, i % 64 != 0});
    if (i % 64 != 0) number(types, i - 1);
    put(types, {0x5f, 0});
  }
  return module({one_group(kMillion, types)});
}

// Pairs at the end of long chains, whose lists of supertypes nobody shares.
Bytes subtype_fans() {
  Bytes types = {0x50, 0, 0x5f, 0};
  for (uint32_t i = 1; i < 62; ++i) {
    put(types, {0x50, 1});
    number(types, i - 1);
    put(types, {0x5f, 0});
  }
  for (uint32_t i = 62; i < 200'000; ++i) {
    put(types, {0x50, 1});
    number(types, i % 2 == 0 ? 61 : i - 1);
    put(types, {0x5f, 0});
  }
  return module({one_group(200'000, types)});
}

Bytes wide_structs() { return module({section(1, vec(100, joined({{0x5f}, vec(10'000, {0x64, 0x6b, 0})})))}); }
Bytes empty_functions() { return functions(kMillion, {0, 0x0b}); }
Bytes imports() { return module({section(1, vec(1, kNothing)), section(2, vec(kMillion, {0, 0, 0, 0}))}); }
Bytes globals() { return module({section(6, vec(kMillion, {0x7f, 0, 0x41, 0, 0x0b}))}); }
Bytes tables() { return module({section(4, vec(100'000, {0x70, 0, 0}))}); }
Bytes element_segments() { return module({section(9, vec(3 * kMillion, {1, 0, 0}))}); }
Bytes elements() { return module({section(9, joined({{1, 5, 0x70}, vec(3 * kMillion, {0xd0, 0x70, 0x0b})}))}); }
Bytes data_segments() { return module({section(5, {1, 0, 1}), section(11, vec(100'000, {0, 0x41, 0, 0x0b, 0}))}); }
Bytes custom_sections() { return module({times(kMillion, {0, 1, 0})}); }

Bytes exports() {
  Bytes content;
  number(content, kMillion);
  for (uint32_t i = 0; i < kMillion; ++i) {
    put(content, {4});
    for (uint32_t k = 0; k < 4; ++k) content.push_back(static_cast<uint8_t>(' ' + (i >> 6 * k & 63)));
    put(content, {2, 0});
  }
  return module({section(5, {1, 0, 0}), section(7, content)});
}

Bytes nested_blocks() { return functions(10, joined({{0}, times(99'999, {0x02, 0x40}), Bytes(100'000, 0x0b)})); }
Bytes long_function() { return functions(1, joined({{0}, times(2'500'000, {0x41, 0, 0x1a}), {0x0b}})); }
Bytes branch_tables() { return functions(100, joined({{0, 0x41, 0, 0x0e}, vec(65'520, {0}), {0, 0x0b}})); }
// Every target takes a thousand values that are there.
Bytes wide_branch_tables() {
  const Bytes wide = joined({{0x60, 0}, vec(1000, {0x7f})});
  Bytes entry = {0};
  put(entry, times(120, {0x02, 1}));
  put(entry, times(1001, {0x41, 0}));
  put(entry, {0x0e});
  number(entry, 65'520);
  for (uint32_t i = 0; i <= 65'520; ++i) entry.push_back(static_cast<uint8_t>(i % 120));
  put(entry, Bytes(121, 0x0b));
  return module(
      {section(1, joined({{2}, kNothing, wide})), section(3, vec(20, {1})), section(10, vec(20, sized(entry)))});
}
// Likewise, of references that match in different ways, whose types are compared one by one.
Bytes matching_branch_tables() {
  const Bytes abstract = joined({{0x60, 0}, vec(1000, {0x70})});
  const Bytes defined = joined({{0x60, 0}, vec(1000, {0x63, 0})});
  Bytes entry = {0};
  for (uint32_t i = 0; i < 120; ++i) put(entry, {0x02, static_cast<uint8_t>(1 + i % 2)});
  put(entry, times(1000, {0xd2, 0}));
  put(entry, {0x41, 0, 0x0e});
  number(entry, 65'520);
  for (uint32_t i = 0; i <= 65'520; ++i) entry.push_back(static_cast<uint8_t>(i % 120));
  put(entry, times(120, {0x0b, 0x00}));
  put(entry, {0x0b});
  return module({section(1, joined({{3}, kNothing, abstract, defined})), section(3, {2, 0, 1}),
                 section(7, {1, 1, 'f', 0, 0}), section(10, joined({{2}, sized({0, 0x0b}), sized(entry)}))});
}
// Calls that push a thousand values each.
Bytes wide_calls() {
  const Bytes wide = joined({{0x60, 0}, vec(1000, {0x7f})});
  const Bytes calls = joined({{0}, times(500'000, {0x02, 0x40, 0x10, 0, 0x0c, 0, 0x0b}), {0x0b}});
  return module({section(1, joined({{2}, kNothing, wide})), section(3, {2, 1, 0}),
                 section(10, joined({{2}, sized({0, 0x00, 0x0b}), sized(calls)}))});
}
Bytes unused_locals() { return functions(100'000, {1, 0xd0, 0x86, 3, 0x7f, 0x0b}); }
Bytes used_locals() { return functions(100'000, {1, 0xd0, 0x86, 3, 0x7f, 0x20, 0xcf, 0x86, 3, 0x1a, 0x0b}); }
Bytes empty_runs_of_locals() { return functions(1, joined({vec(2 * kMillion, {0, 0x7f}), {0x0b}})); }
Bytes long_constant() {
  return module({section(6, joined({{1, 0x7f, 0, 0x41, 0}, times(kMillion, {0x41, 0, 0x6a}), {0x0b}}))});
}

constexpr Extreme kExtremes[] = {
    {"function types in groups of their own", functions_in_groups},
    {"function types in one group", functions_in_one_group},
    {"struct types in one group", structs_in_one_group},
    {"array types in one group", arrays_in_one_group},
    {"different groups", different_groups},
    {"chains of subtypes", subtype_chains},
    {"fans of subtypes", subtype_fans},
    {"wide structs", wide_structs},
    {"empty functions", empty_functions},
    {"imports", imports},
    {"exports", exports},
    {"globals", globals},
    {"tables", tables},
    {"element segments", element_segments},
    {"elements", elements},
    {"data segments", data_segments},
    {"custom sections", custom_sections},
    {"nested blocks", nested_blocks},
    {"a long function", long_function},
    {"branch tables", branch_tables},
    {"wide branch tables", wide_branch_tables},
    {"matching branch tables", matching_branch_tables},
    {"wide calls", wide_calls},
    {"unused locals", unused_locals},
    {"used locals", used_locals},
    {"empty runs of locals", empty_runs_of_locals},
    {"a long constant expression", long_constant},
};

}  // namespace

std::span<const Extreme> extremes() { return kExtremes; }

}  // namespace heddle::fuzz
