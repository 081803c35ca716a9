// One text in several worlds, which must give the same results: loads and stores of memories of every kind, fields
// and elements of every type, casts. Operands come from locals, from the registers that results are left in, and from
// the code; a frame of very many slots takes the general form of each operator, an ordinary one the direct.
#include "syntax/op.h"
#include "tests/exec/interp/host.h"

using namespace heddle;
using namespace heddle::testing;

namespace {

// The letter's type, and what makes an i64 of it.
std::string type_name(char letter) {
  switch (letter) {
    case 'i': return "i32";
    case 'l': return "i64";
    case 'f': return "f32";
    case 'd': return "f64";
    default: return "v128";
  }
}
std::string as_bits(char letter, const std::string& value) {
  switch (letter) {
    case 'i': return "(i64.extend_i32_u " + value + ")";
    case 'l': return value;
    case 'f': return "(i64.extend_i32_u (i32.reinterpret_f32 " + value + "))";
    case 'd': return "(i64.reinterpret_f64 " + value + ")";
    default:
      return "(i64.add (i64x2.extract_lane 0 (local.tee $w " + value +
             ")) (i64.mul (i64.const 31) (i64x2.extract_lane 1 (local.get $w))))";
  }
}
// A value of the type made of the i64 `from`.
std::string of_bits(char letter, const std::string& from) {
  std::string mixed = "(i64.mul " + from + " (i64.const 0x1234567890abcdf))";
  switch (letter) {
    case 'i': return "(i32.wrap_i64 " + mixed + ")";
    case 'l': return mixed;
    case 'f': return "(f32.convert_i64_s " + mixed + ")";
    case 'd': return "(f64.convert_i64_s " + mixed + ")";
    default: return "(i64x2.replace_lane 1 (i64x2.splat " + mixed + ") " + from + ")";
  }
}

// Locals that push all others out of reach of 16 bits.
std::string padding(bool wide) {
  std::string text;
  for (int i = 0; wide && i < 40000; ++i) text += " v128";
  return wide ? "(local" + text + ")" : text;
}

// ---- memories

struct MemoryKind {
  const char* memories;
  bool addr64;
  uint32_t index;
  bool wide = false;
  rt::MemoryMode mode = rt::MemoryMode::guard;
};

// Where the address comes from.
enum class Form : uint8_t { local, sum, difference };
constexpr Form kForms[] = {Form::local, Form::sum, Form::difference};
std::string function_name(const OpInfo& row, Form form) {
  return std::string(row.text) + std::to_string(static_cast<int>(form));
}

// A function of a load, of a store and a look at what it wrote, or of what does both. The access ends at most 32
// bytes behind $p.
std::string memory_function(const OpInfo& row, const MemoryKind& kind, Form form) {
  const bool computed = form != Form::local;
  const std::string a = kind.addr64 ? "i64" : "i32",
                    q = kind.addr64 ? "(local.get $p)" : "(i64.extend_i32_u (local.get $p))";
  const std::string memory = " " + std::to_string(kind.index) + " ";
  const std::string addresses[] = {"(local.get $p)", "(" + a + ".add (local.get $p) (local.get $one))",
                                   "(" + a + ".add (local.get $p) (" + a + ".const -8))"};
  const std::string lane = row.imm == Imm::memarg_lane ? " 1 " : " ";
  std::string text = "(func (export \"" + function_name(row, form) + "\") (param $p " + a + ") (result i64) " +
                     padding(kind.wide) + "(local $one " + a + ") (local $v v128) (local $w v128)";
  const char stored = row.sig.params.size() > 1 ? row.sig.params[1] : '\0';
  if (stored != '\0') text += "(local $x " + type_name(stored) + ")";
  text += "(local.set $one (" + a + ".const 1))";
  std::string operands = addresses[static_cast<size_t>(form)];
  if (stored != '\0') {
    text += "(local.set $x " + of_bits(stored, q) + ")";
    operands += computed ? of_bits(stored, "(i64.add " + q + " (i64.const 3))") : "(local.get $x)";
    if (row.sig.params.size() > 2) operands += of_bits(stored, q);
  }
  const std::string offset = form == Form::difference ? "offset=0" : "offset=7";
  const std::string access = "(" + std::string(row.text) + memory + offset + lane + operands + ")";
  const std::string look =
      "(i64.add (i64.load" + memory + "offset=8 (local.get $p)) (i64.load" + memory + "offset=16 (local.get $p)))";
  if (row.sig.results.empty()) return text + access + look + ")";
  const std::string result = as_bits(row.sig.results[0], access);
  const bool writes = row.shape == Shape::atomic_rmw || row.shape == Shape::atomic_cmpxchg;
  return text + (writes ? "(i64.add " + result + look + ")" : result) + ")";
}

bool is_access(const OpInfo& row) {
  switch (row.shape) {
    case Shape::load:
    case Shape::store:
    case Shape::load_lane:
    case Shape::store_lane:
    case Shape::atomic_load:
    case Shape::atomic_store:
    case Shape::atomic_rmw:
    case Shape::atomic_cmpxchg: return true;
    default: return false;
  }
}

std::string memory_module(const MemoryKind& kind) {
  std::string text = "(module " + std::string(kind.memories);
  text += "(data (memory " + std::to_string(kind.index) + ") (" + (kind.addr64 ? "i64" : "i32") +
          ".const 64) \"\\80\\ff\\7f\\01\\c0\\fe\\3f\\40\\f0\\0d\\85\\99\\aa\\bb\\cc\\dd\\ee\\90\\7e\\81\\01\\02\")";
  for (const OpInfo& row : kOps) {
    if (!is_access(row)) continue;
    for (Form form : kForms) text += memory_function(row, kind, form);
  }
  return text + ")";
}

// What all accesses give, in order; trap codes where they trap.
std::vector<uint64_t> memory_results(const MemoryKind& kind) {
  rt::EngineConfig config;
  config.memory = kind.mode;
  World w(config);
  rt::Instance& instance = w.instantiate(memory_module(kind));
  std::vector<uint64_t> results;
  for (const OpInfo& row : kOps) {
    if (!is_access(row)) continue;
    for (Form form : kForms) {
      for (uint32_t at : {56u, 57u, 60u, 65535u, 65536u - 7u, 65536u - 8u, 65536u - 9u, 65536u - 24u, 0xfffffffeu}) {
        exec::Val arg = kind.addr64 ? i64(at) : i32(at);
        const uint64_t value = w.call(instance, function_name(row, form), {arg});
        results.push_back(w.outcome == rt::Outcome::returned ? value : static_cast<uint64_t>(w.trap_code()));
      }
    }
  }
  return results;
}

}  // namespace

TEST_CASE("accesses give the same in memories of every kind") {
  const std::vector<uint64_t> expected = memory_results({.memories = "(memory 1)", .addr64 = false, .index = 0});
  const MemoryKind kinds[] = {
      {"(memory 1)", false, 0, true},
      {"(memory 1)", false, 0, false, rt::MemoryMode::checked},
      {"(memory i64 1)", true, 0},
      {"(memory i64 1)", true, 0, true},
      {"(memory 1 1 (pagesize 65536))", false, 0},
      {"(memory 65536 (pagesize 1))", false, 0},
      {"(memory 0) (memory 1)", false, 1},
      {"(memory 3) (memory i64 1)", true, 1},
      {"(memory i64 3) (memory 1)", false, 1, true},
  };
  for (const MemoryKind& kind : kinds) {
    CAPTURE(std::string(kind.memories));
    CAPTURE(kind.wide);
    CHECK(memory_results(kind) == expected);
  }
}

TEST_CASE("64-bit addresses do not wrap") {
  World w;
  rt::Instance& i = w.instantiate(R"((module (memory i64 1) (memory $far i64 1)
    (func (export "near") (param i64) (result i32) (i32.load8_u offset=0xffffffff (local.get 0)))
    (func (export "large") (param i64) (result i32) (i32.load8_u offset=0xffffffffffffff00 (local.get 0)))
    (func (export "far") (param i64) (result i32) (i32.load8_u $far offset=0xffffffff (local.get 0)))
    (func (export "store") (param i64) (i64.store offset=8 (local.get 0) (i64.const 1)))))");
  for (const char* name : {"near", "large", "far", "store"}) {
    for (uint64_t at :
         {uint64_t{0xffffffff00000001}, uint64_t{0xfffffffffffffff8}, uint64_t{0x100}, uint64_t{65529}}) {
      if (std::string_view(name) == "store" && at == 0x100) continue;
      w.call(i, name, {i64(at)});
      CHECK(w.trap_code() == ErrorCode::out_of_bounds_memory);
    }
  }
}

// ---- tables

namespace {

// Fills a table of four and sums what is in it, with operands from everywhere; the size of a memory is the step. `a`:
// the type of its addresses.
std::string table_module(const std::string& a, bool wide) {
  std::string text = "(module (memory " + a + " 1) (table $t " + a + " 4 i31ref) (func (export \"f\") (param $p " +
                     a + ") (result i64)" + padding(wide) + "(local $i " + a + ") (local $r i31ref) (local $sum i64)";
  const std::string at_i = "(local.get $i)", computed = "(" + a + ".xor (local.get $i) (local.get $p))",
                    constant = "(" + a + ".const 1)";
  auto add = [&](const std::string& ref) {
    text += "(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 5)) (i64.extend_i32_u (i31.get_u " + ref +
            "))))";
  };
  const std::string i32 = a == "i32" ? at_i : "(i32.wrap_i64 " + at_i + ")";
  text += "(loop $again (local.set $r (ref.i31 (i32.add " + i32 + " (i32.const 7))))";
  for (const std::string& index : {at_i, computed, constant}) {
    for (const std::string& value : {std::string("(local.get $r)"), "(ref.i31 (i32.mul " + i32 + "(i32.const 3)))"}) {
      text += "(table.set $t " + index + value + ")";
      add("(table.get $t " + index + ")");
      text += "(local.set $r (table.get $t " + index + "))";
      add("(local.get $r)");
    }
    text += "(table.set $t " + index + "(ref.null i31))";
    text +=
        "(local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (ref.is_null (table.get $t " + index + ")))))";
  }
  return text + "(br_if $again (" + a + ".lt_u (local.tee $i (" + a + ".add (local.get $i) (memory.size))) (" + a +
         ".const 4)))) (local.get $sum)))";
}

}  // namespace

TEST_CASE("elements of tables are read and written alike by every handler") {
  World narrow;
  rt::Instance& expected = narrow.instantiate(table_module("i32", false));
  for (const std::string type : {"i32", "i64"}) {
    for (bool wide : {false, true}) {
      CAPTURE(type);
      CAPTURE(wide);
      World w;
      rt::Instance& i = w.instantiate(table_module(type, wide));
      for (uint32_t p : {0u, 3u, 4u, 0xfffffffcu}) {
        const exec::Val arg = type == "i32" ? i32(p) : i64(p);
        const uint64_t sum = w.call(i, "f", {arg});
        if (p < 4) {
          CHECK(w.outcome == rt::Outcome::returned);
          CHECK(sum == narrow.call(expected, "f", {i32(p)}));
        } else {
          CHECK(w.trap_code() == ErrorCode::out_of_bounds_table);
        }
      }
    }
  }
  World w;
  rt::Instance& i = w.instantiate(table_module("i64", false));
  w.call(i, "f", {i64(uint64_t{1} << 32)});
  CHECK(w.trap_code() == ErrorCode::out_of_bounds_table);
}

// ---- objects

namespace {

struct Field {
  const char *storage, *suffix;
  char letter;
};
constexpr Field kFields[] = {{"i8", "_s", 'i'},  {"i8", "_u", 'i'}, {"i16", "_s", 'i'},
                             {"i16", "_u", 'i'}, {"i32", "", 'i'},  {"i64", "", 'l'},
                             {"f32", "", 'f'},   {"f64", "", 'd'},  {"v128", "", 's'}};

// Writes and reads in a loop, so that the most used locals are pinned; a sum of what was read.
std::string object_function(const Field& field, size_t number, bool wide) {
  const std::string n = std::to_string(number), s = "$s" + n, a = "$a" + n, t = type_name(field.letter);
  const std::string get = std::string("get") + field.suffix;
  const std::string computed = of_bits(field.letter, "(i64.extend_i32_u (local.get $i))");
  std::string text = "(func (export \"" + n + "\") (param $p i32) (result i64)" + padding(wide) +
                     "(local $sum i64) (local $i i32) (local $r (ref null " + s + ")) (local $h (ref null $h" + n +
                     ")) (local $l (ref null " + a + ")) (local $x " + t + ") (local $w v128)";
  text += "(local.set $r (struct.new " + s + " (i32.const 1) (local.get $x) (ref.i31 (local.get $p))))";
  text +=
      "(local.set $h (struct.new $h" + n + " (local.get $r) (array.new " + a + " " + computed + " (i32.const 5))))";
  text += "(local.set $l (array.new_fixed " + a + " 3 (local.get $x) " + computed + " (local.get $x)))";
  const std::string structs[] = {"(local.get $r)", "(struct.get $h" + n + " 0 (local.get $h))",
                                 "(ref.as_non_null (local.get $r))"};
  const std::string arrays[] = {"(local.get $l)", "(struct.get $h" + n + " 1 (local.get $h))"};
  const std::string indices[] = {"(local.get $i)", "(i32.const 1)", "(i32.shr_u (local.get $i) (i32.const 1))"};
  std::vector<std::string> values{"(local.get $x)", computed, "(local.tee $x " + computed + ")"};
  if (field.letter == 'i' || field.letter == 'l') values.push_back("(" + t + ".const -5)");
  auto add = [&](const std::string& value) {
    text +=
        "(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) " + as_bits(field.letter, value) + "))";
  };
  text += "(loop $again ";
  for (const std::string& value : values) {
    for (const std::string& ref : structs) {
      text += "(struct.set " + s + " 1 " + ref + value + ")";
      add("(struct." + get + " " + s + " 1 " + ref + ")");
    }
    for (const std::string& ref : arrays) {
      for (const std::string& index : indices) {
        text += "(array.set " + a + ref + index + value + ")";
        add("(array." + get + " " + a + ref + index + ")");
      }
    }
  }
  text +=
      "(br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $l)))))";
  text += "(i64.add (local.get $sum) (i64.extend_i32_u (i32.add (array.len " + arrays[1] +
          ") (i31.get_s (struct.get " + s + " 2 (local.get $r)))))))";
  return text;
}

std::vector<uint64_t> object_results(bool wide, bool zeal) {
  rt::EngineConfig config;
  config.gc_zeal = zeal;
  World w(config);
  std::string text = "(module ";
  for (size_t i = 0; i < std::size(kFields); ++i) {
    const std::string n = std::to_string(i), storage = kFields[i].storage;
    text += "(type $s" + n + " (struct (field (mut i8)) (field (mut " + storage + ")) (field i31ref)))";
    text += "(type $a" + n + " (array (mut " + storage + ")))";
    text += "(type $h" + n + " (struct (field (ref null $s" + n + ")) (field (ref null $a" + n + "))))";
  }
  for (size_t i = 0; i < std::size(kFields); ++i) text += object_function(kFields[i], i, wide);
  rt::Instance& instance = w.instantiate(text + ")");
  std::vector<uint64_t> results;
  for (size_t i = 0; i < std::size(kFields); ++i) {
    results.push_back(w.call(instance, std::to_string(i), {i32(1000)}));
    CHECK(w.outcome == rt::Outcome::returned);
  }
  return results;
}

// Which tests a value passes, a bit each, by every operator that asks.
std::string cast_module(bool wide) {
  const char* targets[] = {"(ref $base)", "(ref null $sub)", "(ref $last)", "(ref null struct)", "(ref array)",
                           "(ref i31)",   "(ref null eq)",   "(ref $ints)", "(ref null none)"};
  std::string text = R"((module
    (type $base (sub (struct (field i32)))) (type $sub (sub $base (struct (field i32) (field i64))))
    (type $last (sub final $sub (struct (field i32) (field i64) (field f32)))) (type $ints (array i32))
    (func $make (param $n i32) (result anyref)
      (block $e (block $d (block $c (block $b (block $a (block $z
        (br_table $z $a $b $c $d $e (local.get $n)))
        (return (ref.null any))) (return (ref.i31 (i32.const 5)))) (return (struct.new $base (i32.const 1))))
        (return (struct.new $sub (i32.const 1) (i64.const 2))))
        (return (struct.new $last (i32.const 1) (i64.const 2) (f32.const 3))))
      (array.new_default $ints (i32.const 2)))
    (func (export "f") (param $n i32) (result i64))";
  text += padding(wide) + "(local $r anyref) (local $bits i64) (local.set $r (call $make (local.get $n)))";
  auto bit = [&](const std::string& condition) {
    text +=
        "(local.set $bits (i64.or (i64.shl (local.get $bits) (i64.const 1)) (i64.extend_i32_u " + condition + ")))";
  };
  for (const std::string ref : {"(local.get $r)", "(call $make (local.get $n))"}) {
    for (const std::string target : targets) {
      bit("(ref.test " + target + ref + ")");
      bit("(block $no (result i32) (drop (block $yes (result anyref) (br_on_cast $yes anyref " + target + ref +
          ") (drop) (br $no (i32.const 0)))) (i32.const 1))");
      bit("(block $no (result i32) (drop (block $fails (result anyref) (br_on_cast_fail $fails anyref " + target +
          ref + ") (drop) (br $no (i32.const 0)))) (i32.const 1))");
    }
    bit("(ref.is_null " + ref + ")");
    bit("(block $null (result i32) (br_on_null $null (i32.const 1) " + ref + ") (drop) (drop) (i32.const 0))");
    text += "(block $null (drop (br_on_null $null " + ref +
            ")) (local.set $bits (i64.add (local.get $bits) (i64.const 3))))";
    text += "(drop (block $it (result anyref) (br_on_non_null $it " + ref +
            ") (local.set $bits (i64.add (local.get $bits) (i64.const 7))) (ref.null any)))";
  }
  return text + "(local.get $bits)))";
}

}  // namespace

TEST_CASE("fields and elements are read and written alike by every handler") {
  const std::vector<uint64_t> expected = object_results(true, false);
  CHECK(object_results(false, false) == expected);
  CHECK(object_results(false, true) == expected);
}

TEST_CASE("casts and tests agree in every form") {
  World direct, general;
  rt::Instance& a = direct.instantiate(cast_module(false));
  rt::Instance& b = general.instantiate(cast_module(true));
  for (uint32_t n = 0; n <= 6; ++n) {
    CAPTURE(n);
    CHECK(direct.call(a, "f", {i32(n)}) == general.call(b, "f", {i32(n)}));
    CHECK(direct.outcome == rt::Outcome::returned);
  }
}
