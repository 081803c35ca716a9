// The short way through a body against the step that takes any instruction: the same verdict, the same error at the
// same place, the same account for translation, whatever the encoding. And labels further away than one byte tells.
#include <doctest/doctest.h>

#include <random>

#include "valid/body.h"
#include "valid/build.h"

namespace heddle::valid {
namespace {

using namespace testing;
using Bytes = std::vector<uint8_t>;

// An unsigned number with `longer` bytes more than it needs.
void put_leb(Bytes& out, uint64_t value, uint32_t longer = 0) {
  for (; value >= 0x80 || longer > 0; value >>= 7) {
    if (value < 0x80) --longer;
    out.push_back(static_cast<uint8_t>(value | 0x80));
  }
  out.push_back(static_cast<uint8_t>(value));
}

struct Outcome {
  bool ok = false;
  Error error;
  std::string text;
  BodyInfo info;
};

// A module with more of everything than one-byte indices reach; its last function is the one under test.
class Subject {
 public:
  static constexpr uint32_t kFuncs = 200, kGlobals = 200;

  Subject() {
    build_.memory();
    types_[0] = build_.type(func_type({}, {}));
    types_[1] = build_.type(func_type({kI32}, {kI32}));
    types_[2] = build_.type(func_type({kI64, kI32}, {kF32}));
    types_[3] = build_.type(func_type({kF64}, {kI32, kI64}));
    for (uint32_t i = 0; i < kFuncs; ++i) build_.func(types_[i % 4], {0x00, 0x0b});
    constexpr ValType kTypes[] = {kI32, kI64, kF32, kF64};
    const std::vector<uint8_t> inits[] = {
        {0x41, 0, 0x0b}, {0x42, 0, 0x0b}, {0x43, 0, 0, 0, 0, 0x0b}, {0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b}};
    for (uint32_t i = 0; i < kGlobals; ++i) {
      build_.module.globals.push_back({{kTypes[i % 4], i % 8 < 4}, build_.expr(inits[i % 4])});
    }
    build_.func(
        types_[1], {0x0b},
        {{49, kI32}, {50, kI64}, {50, kF32}, {50, kF64}, {10, ValType::ref(HeapKind::func, false)}, {90, kI32}});
    auto checked = check_module(build_.module, features_, registry_, nullptr);
    REQUIRE(checked.ok());
    info_ = std::move(checked).value();
    for (size_t i = 0; i < info_.declared_funcs.size(); ++i) info_.declared_funcs[i] = true;
  }

  Outcome check(const Bytes& body, bool short_way) {
    build_.module.code[kFuncs].body = {body, 100};
    ErrorSink sink;
    scratch_.short_way = short_way;
    const Context context{build_.module, features_, registry_, info_, &sink};
    auto result = BodyChecker(context, scratch_).check_body(kFuncs);
    Outcome outcome;
    outcome.ok = result.ok();
    if (result.ok()) {
      outcome.info = result.value();
    } else {
      outcome.error = result.error();
      outcome.text = describe(result.error(), &sink);
    }
    return outcome;
  }

  // The verdict, the same both ways.
  Outcome check(const Bytes& body) {
    const Outcome quick = check(body, true), slow = check(body, false);
    REQUIRE(quick.ok == slow.ok);
    if (quick.ok) {
      CHECK(quick.info.max_height_slots == slow.info.max_height_slots);
      CHECK(quick.info.control_depth == slow.info.control_depth);
      CHECK(quick.info.has_calls == slow.info.has_calls);
      CHECK(quick.info.has_loops == slow.info.has_loops);
      CHECK(quick.info.written_tables == slow.info.written_tables);
    } else {
      CHECK(quick.error.code == slow.error.code);
      CHECK(quick.error.offset == slow.error.offset);
      CHECK(quick.text == slow.text);
    }
    return quick;
  }

 private:
  Build build_;
  Features features_;
  TypeRegistry registry_;
  ModuleInfo info_;
  Scratch scratch_;
  uint32_t types_[4] = {};
};

// Random bodies, mostly valid ones: the types on the stack are followed as long as that is easy.
class Writer {
 public:
  explicit Writer(uint32_t seed) : random_(seed) {}

  Bytes body(uint32_t instructions) {
    out_.clear();
    frames_ = {{0, 'i'}};
    stack_.clear();
    for (uint32_t i = 0; i < instructions && !frames_.empty(); ++i) one();
    while (!frames_.empty()) close();
    return out_;
  }

 private:
  struct Open {
    size_t height;
    char result;  // 0: none
  };

  uint32_t pick(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  uint32_t longer() { return pick(6) != 0 ? 0 : pick(100) != 0 ? pick(3) : 4 + pick(8); }
  void index(uint32_t value) { put_leb(out_, value, longer()); }
  bool top(std::string_view types) const {
    return stack_.size() >= frames_.back().height + types.size() &&
           std::string_view(stack_).substr(stack_.size() - types.size()) == types;
  }
  void replace(size_t pops, std::string_view pushes) {
    stack_.resize(stack_.size() - std::min(pops, stack_.size()));
    stack_ += pushes;
  }

  void constant(char type) {
    out_.push_back(type == 'i' ? 0x41 : type == 'l' ? 0x42 : type == 'f' ? 0x43 : 0x44);
    if (type == 'i' || type == 'l') {
      put_leb(out_, pick(64), longer());
    } else {
      for (int i = 0; i < (type == 'f' ? 4 : 8); ++i) out_.push_back(static_cast<uint8_t>(pick(256)));
    }
    stack_ += type;
  }

  void one() {
    if (pick(500) == 0) return out_.push_back(static_cast<uint8_t>(pick(256)));  // anything
    switch (pick(16)) {
      case 0: return variable();
      case 1: return variable();
      case 2: return open();
      case 3: return frames_.size() > 1 ? close() : void();
      case 4: return branch();
      case 5: return call();
      case 6: return memory();
      case 7:
        if (stack_.size() > frames_.back().height) {
          out_.push_back(0x1a);
          replace(1, "");
        }
        return;
      case 8:
        if (top("lli")) {
          out_.push_back(0x1b);
          replace(3, "l");
        }
        return;
      case 9:
      case 10: return operate();
      case 11: return out_.push_back(0x01);
      default: return constant("ilfd"[pick(4)]);
    }
  }

  void variable() {
    constexpr std::string_view kLocal = "ilfdri";  // by runs of 50, the references being ten
    const uint32_t local = pick(200) == 0 ? 295 + pick(10) : pick(200);
    const char type = local < 200 ? kLocal[local / 50] : 'i';
    if (pick(3) == 0) {
      const uint32_t global = pick(Subject::kGlobals + (pick(200) == 0));
      out_.push_back(0x23);
      index(global);
      stack_ += "ilfd"[global % 4];
    } else if (top(std::string_view(&type, 1))) {
      out_.push_back(static_cast<uint8_t>(0x21 + pick(2)));
      index(local);
      if (out_[out_.size() - 1] == 0x21) replace(1, "");
    } else {
      out_.push_back(0x20);
      index(pick(300) == 0 ? 200 + pick(10) : local);
      stack_ += type;
    }
  }

  void open() {
    if (top("i") && pick(2) == 0) {
      out_.insert(out_.end(), {0x04, 0x40});
      replace(1, "");
      return frames_.push_back({stack_.size(), 0});
    }
    const bool value = pick(2) == 0;
    out_.push_back(static_cast<uint8_t>(0x02 + pick(2)));
    out_.push_back(value ? 0x7f : 0x40);
    frames_.push_back({stack_.size(), value ? 'i' : '\0'});
  }

  void close() {
    const Open f = frames_.back();
    for (; stack_.size() > f.height; stack_.pop_back()) out_.push_back(0x1a);
    if (f.result) constant(f.result);
    out_.push_back(0x0b);
    frames_.pop_back();
  }

  void branch() {
    if (!top("i")) constant('i');
    out_.push_back(0x0d);
    index(pick(static_cast<uint32_t>(frames_.size()) + (pick(200) == 0)));
    replace(1, "");
  }

  void call() {
    constexpr std::string_view kParams[] = {"", "i", "li", "d"}, kResults[] = {"", "i", "f", "il"};
    const uint32_t func = pick(Subject::kFuncs + (pick(200) == 0));
    if (!top(kParams[func % 4])) return;
    out_.push_back(0x10);
    index(func);
    replace(kParams[func % 4].size(), kResults[func % 4]);
  }

  void memory() {
    if (!top("i")) constant('i');
    out_.push_back(0x28);
    put_leb(out_, pick(pick(50) == 0 ? 5 : 3), longer());
    put_leb(out_, pick(2) ? pick(1000) : random_() & 0xffffffff, longer());
  }

  void operate() {
    if (top("ii")) {
      out_.push_back(static_cast<uint8_t>(0x6a + pick(10)));
      replace(2, "i");
    } else if (top("ll")) {
      out_.push_back(static_cast<uint8_t>(0x7c + pick(10)));
      replace(2, "l");
    } else if (top("f")) {
      out_.push_back(0xbb);
      replace(1, "d");
    } else if (top("l")) {
      out_.push_back(0xa7);
      replace(1, "i");
    }
  }

  std::mt19937_64 random_;
  Bytes out_;
  std::vector<Open> frames_;
  std::string stack_;
};

TEST_CASE("both ways agree on random bodies") {
  Subject subject;
  uint32_t valid = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    valid += subject.check(Writer(seed).body(10 + seed % 60)).ok;
  }
  CHECK(valid > 300);
  CHECK(valid < 2700);
}

// An instruction with one number of every length, in a body long enough for the short way.
TEST_CASE("both ways agree on numbers of every length") {
  Subject subject;
  struct Case {
    Bytes before;
    uint8_t op;
    Bytes between, after;
    uint32_t most;  // bytes a number may have
  };
  const Case cases[] = {
      {{}, 0x20, {}, {0x1a}, 5},                     // local.get
      {{0x41, 0}, 0x21, {}, {}, 5},                  // local.set
      {{0x41, 0}, 0x22, {}, {0x1a}, 5},              // local.tee
      {{}, 0x23, {}, {0x1a}, 5},                     // global.get
      {{0x41, 0}, 0x24, {}, {}, 5},                  // global.set
      {{}, 0x41, {}, {0x1a}, 5},                     // i32.const
      {{}, 0x42, {}, {0x1a}, 10},                    // i64.const
      {{0x41, 0}, 0x28, {0x00}, {0x1a}, 10},         // i32.load, offset
      {{0x41, 0, 0x41, 0}, 0x36, {0x00}, {}, 10},    // i32.store, offset
      {{0x02, 0x40, 0x41, 0}, 0x0d, {}, {0x0b}, 5},  // br_if
      {{0x02, 0x40}, 0x0c, {}, {0x0b}, 5},           // br
      {{}, 0x10, {}, {}, 5},                         // call
      {{0x41, 0}, 0x28, {}, {0x00, 0x1a}, 5},        // i32.load, alignment
      {{}, 0x02, {}, {0x0b}, 5},                     // block
  };
  for (const Case& c : cases) {
    CAPTURE(c.op);
    for (uint32_t longer = 0; longer <= c.most; ++longer) {
      Bytes body = c.before;
      body.push_back(c.op);
      body.insert(body.end(), c.between.begin(), c.between.end());
      put_leb(body, 0, longer);
      body.insert(body.end(), c.after.begin(), c.after.end());
      body.insert(body.end(), {0x41, 0});
      body.insert(body.end(), 20, 0x01);
      body.push_back(0x0b);
      const Outcome outcome = subject.check(body);
      CAPTURE(longer);
      if (longer >= c.most) {
        CHECK(outcome.error.code == ErrorCode::leb_too_long);
      } else if (c.op != 0x02) {
        CHECK(outcome.ok);
      }
      body[c.before.size() + c.between.size() + longer + 1] = 0x7f;  // the last byte of the number
      subject.check(body);
    }
  }
}

// `op`, `depth` times around a branch to each label near the ends of the encodings.
void check_nesting(const Bytes& op, const Bytes& last, uint32_t depth) {
  Subject subject;
  for (uint32_t label : {0u, 1u, 126u, 127u, 128u, 129u, 255u, 256u, depth - 1, depth, depth + 1, 16'383u, 16'384u}) {
    for (uint32_t longer : {0u, 1u, 2u}) {
      for (uint8_t branch : {0x0c, 0x0d}) {  // br, br_if
        Bytes body;
        for (uint32_t i = 0; i < depth; ++i) body.insert(body.end(), op.begin(), op.end());
        // Only the function's own label takes a value.
        body.insert(body.end(), {0x41, 0});
        if (branch == 0x0d) body.insert(body.end(), {0x41, 0});
        body.push_back(branch);
        const auto at = static_cast<uint32_t>(body.size());
        put_leb(body, label, longer);
        if (branch == 0x0d) body.push_back(0x1a);
        for (uint32_t i = 0; i < depth; ++i) body.insert(body.end(), last.begin(), last.end());
        body.insert(body.end(), {0x41, 0, 0x0b});
        const Outcome outcome = subject.check(body);
        CAPTURE(label);
        REQUIRE(outcome.ok == (label <= depth));
        if (label > depth) CHECK(outcome.error.code == ErrorCode::unknown_label);
        if (label > depth) CHECK(outcome.error.offset == 100 + at - 1);
        if (label <= depth) CHECK(outcome.info.control_depth >= depth);
      }
    }
  }
}

TEST_CASE("branches out of many blocks") {
  for (uint32_t depth : {130u, 600u, 17'000u}) check_nesting({0x02, 0x40}, {0x0b}, depth);
  check_nesting({0x03, 0x40}, {0x0b}, 700);                 // loop
  check_nesting({0x41, 0, 0x04, 0x40}, {0x0b}, 700);        // if
  check_nesting({0x41, 0, 0x04, 0x40}, {0x05, 0x0b}, 700);  // if, else
  check_nesting({0x1f, 0x40, 0}, {0x0b}, 700);              // try_table
  check_nesting({0x06, 0x40}, {0x19, 0x0b}, 700);           // try, catch_all
}

TEST_CASE("values out of many blocks") {
  Subject subject;
  for (uint32_t depth : {127u, 128u, 600u}) {
    for (bool fits : {true, false}) {
      Bytes body;
      for (uint32_t i = 0; i < depth; ++i) body.insert(body.end(), {0x02, 0x7f});
      body.insert(body.end(), {fits ? uint8_t{0x41} : uint8_t{0x42}, 0, 0x41, 0, 0x0d});
      put_leb(body, depth - 1);
      body.insert(body.end(), depth + 1, 0x0b);
      CHECK(subject.check(body).ok == fits);
    }
  }
}

}  // namespace
}  // namespace heddle::valid
