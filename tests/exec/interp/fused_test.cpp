// Operators that translation makes of others, against those they replace: division by constants, and the end of a
// loop, where a local is advanced and compared.
#include <array>

#include "syntax/op.h"
#include "tests/exec/interp/host.h"

using namespace heddle;
using namespace heddle::testing;

namespace {

constexpr std::array<uint32_t, 24> kHard = {0,          1,          2,          3,          5,          6,
                                            7,          9,          10,         11,         100,        641,
                                            65535,      65536,      65537,      6700417,    0x7ffffffe, 0x7fffffff,
                                            0x80000000, 0x80000001, 0xaaaaaaab, 0xfffffff9, 0xfffffffe, 0xffffffff};

std::string number(uint32_t value) { return std::to_string(static_cast<int32_t>(value)); }

// ---- loops

struct Loop {
  const OpInfo* test = nullptr;
  int step = 1;
  std::string bound;  // the other operand: an instruction
  bool turned = false;
  uint32_t busy = 0;  // how often other locals are used, which then are the pinned ones
};

// Advances $i until the test fails, at most 12 times; gives $i and how often.
std::string loop_function(const Loop& loop, const std::string& bound, std::string_view name) {
  const std::string type = loop.test->sig.params[0] == 'i' ? "i32" : "i64";
  std::string body;
  for (uint32_t i = 0; i < loop.busy; ++i) {
    body +=
        "(local.set $x (i32.add (local.get $y) (local.get $x)))(local.set $y (i32.xor (local.get $x) (local.get "
        "$y)))";
  }
  const std::string stepped =
      "(local.tee $i (" + type + ".add (local.get $i) (" + type + ".const " + std::to_string(loop.step) + ")))";
  return "(func (export \"" + std::string(name) + "\") (param $i " + type + ") (param $n " + type + ") (result " +
         type +
         " i32) (local $x i32) (local $y i32) (local $k i32) (local.set $y (i32.const 5)) (block $out (loop $head " +
         body +
         "(br_if $out (i32.gt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 12)))(br_if $head "
         "(" +
         std::string(loop.test->text) + (loop.turned ? bound + stepped : stepped + bound) +
         "))))(local.get $i) (i32.add (local.get $k) (i32.and (i32.const 0xff00) (local.get $x))))";
}

std::vector<Loop> loops() {
  std::vector<Loop> all;
  for (const OpInfo& row : kOps) {
    if (row.shape != Shape::rel || (row.sig.params != "ii" && row.sig.params != "ll")) continue;
    const std::string type = row.sig.params[0] == 'i' ? "i32" : "i64";
    for (int step : {1, -1, 3, 70000}) {
      for (const std::string& bound :
           {"(" + type + ".const 7)", std::string("(local.get $n)"), std::string("(local.get $i)")}) {
        for (bool turned : {false, true}) {
          for (uint32_t busy : {0u, 3u}) all.push_back({&row, step, bound, turned, busy});
        }
      }
    }
  }
  return all;
}

}  // namespace

TEST_CASE("division by constants is division") {
  World w;
  std::vector<std::string> names;
  std::string text = "(module";
  for (const OpInfo& row : kOps) {
    if (row.shape != Shape::trap_bin || row.sig.params != "ii") continue;
    names.emplace_back(row.text);
    text += "(func (export \"" + names.back() + "\") (param i32 i32) (result i32) (" + names.back() +
            " (local.get 0) (local.get 1)))";
    for (uint32_t d : kHard) {
      const std::string by = "(i32.const " + number(d) + ")";
      text += "(func (export \"" + names.back() + " " + number(d) +
              "\") (param i32) (result i32) (local $to i32) (local.set $to (" + names.back() + " (local.get 0)" + by +
              ")) (i32.sub (local.get $to) (" + names.back() + " (i32.add (local.get 0) (i32.const 0))" + by +
              ")) (i32.add (local.get $to)))";
    }
  }
  rt::Instance& instance = w.instantiate(text + ")");
  REQUIRE(names.size() == 4);
  for (const std::string& name : names) {
    for (uint32_t d : kHard) {
      for (uint32_t n : kHard) {
        INFO(name, " ", n, " ", d);
        const uint64_t expected = w.call(instance, name, {i32(n), i32(d)});
        const ErrorCode trap = w.trap_code();
        const uint64_t found = w.call(instance, name + " " + number(d), {i32(n)});
        CHECK(w.trap_code() == trap);
        if (trap == ErrorCode::none) CHECK(found == expected);
      }
    }
  }
}

TEST_CASE("a step and a branch in one are a step and a branch") {
  World w;
  const std::vector<Loop> all = loops();
  std::string text = "(module (global $i32 (mut i32) (i32.const 0)) (global $i64 (mut i64) (i64.const 0))";
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string type = all[i].test->sig.params[0] == 'i' ? "i32" : "i64";
    text += loop_function(all[i], all[i].bound, "fused " + std::to_string(i));
    // Behind something else the comparison is not the addition's neighbour.
    const std::string apart = "(" + type + ".add " + all[i].bound + " (global.get $" + type + "))";
    text += loop_function(all[i], apart, "apart " + std::to_string(i));
  }
  rt::Instance& instance = w.instantiate(text + ")");
  for (size_t i = 0; i < all.size(); ++i) {
    const bool narrow = all[i].test->sig.params[0] == 'i';
    for (auto [from, n] : {std::pair<int64_t, int64_t>{0, 9}, {5, 3}, {-3, -1}, {0x7ffffffd, -0x7fffffff}, {-2, 2}}) {
      INFO(all[i].test->text, " ", i, " from ", from, " to ", n);
      const auto value = [&](int64_t v) {
        return narrow ? i32(static_cast<uint32_t>(v)) : i64(static_cast<uint64_t>(v));
      };
      std::vector<exec::Val> fused, apart;
      const std::array<exec::Val, 2> args{value(from), value(n)};
      REQUIRE(exec::call(*w.store, w.func(instance, "fused " + std::to_string(i)), args, fused).ok());
      REQUIRE(exec::call(*w.store, w.func(instance, "apart " + std::to_string(i)), args, apart).ok());
      REQUIRE(fused.size() == 2);
      CHECK(fused[0].bits[0] == apart[0].bits[0]);
      CHECK(fused[1].bits[0] == apart[1].bits[0]);
    }
  }
}
