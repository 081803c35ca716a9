// Making random programs, and encoding them.
#include "tests/exec/interp/program.h"

#include <algorithm>
#include <map>

#include "binary/writer.h"

namespace heddle::testing {
namespace {

constexpr std::string_view kTypes = "ilfds";

// Operators whose results are the same bits wherever they run. What makes bits of a NaN visible is not among them.
bool predictable(const OpInfo& row) {
  if (!row.sig.fixed || row.sig.results.size() != 1) return false;
  switch (row.shape) {
    case Shape::test:
    case Shape::rel:
    case Shape::un:
    case Shape::bin:
    case Shape::tern:
    case Shape::trap_un:
    case Shape::trap_bin:
    case Shape::extract:
    case Shape::replace: break;
    default: return false;
  }
  for (std::string_view word : {"f32x4", "f64x2", "relaxed", "copysign", "i32.reinterpret", "i64.reinterpret"}) {
    if (row.text.find(word) != std::string_view::npos) return false;
  }
  return true;
}

std::vector<Op> ops_where(auto predicate) {
  std::vector<Op> list;
  for (size_t i = 0; i < kOpCount; ++i) {
    if (predicate(kOps[i])) list.push_back(static_cast<Op>(i));
  }
  return list;
}

struct Label {
  uint32_t id;
  std::string types;
};

class Generator {
 public:
  Generator(std::mt19937_64& random, Program& program) : random_(random), program_(program) {}
  void add_func();

 private:
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  template <class T>
  const T& any(const std::vector<T>& list) {
    return list[below(static_cast<uint32_t>(list.size()))];
  }
  char any_type() { return "iiiillfds"[below(9)]; }
  std::string any_types(uint32_t most) {
    std::string types;
    for (uint32_t n = below(most + 1); n != 0; --n) types += any_type();
    return types;
  }
  uint32_t new_local(char type) {
    types_ += type;
    return static_cast<uint32_t>(types_.size() - 1);
  }
  std::vector<uint32_t> locals_of(char type) const;
  std::vector<uint32_t> labels_of(const std::string& types) const;

  Node constant(char type);
  Node expr(char type, int depth);
  Node leaf(char type);
  Node plain(Op op, int depth, Node* first);
  Node compound(char type, int depth);
  Node call_of(char type, int depth, bool tail);
  Node address(int depth, uint32_t region);
  Node access(Op op, int depth);
  Node block(const std::string& results, int depth);
  Node if_(char type, int depth, bool with_param);
  Node loop(char type, int depth);
  Node count_down(uint32_t counter, uint32_t label);
  Node branch_with_value(char type, int depth);
  Node set_local(uint32_t local, Node value);
  Node statement(int depth);
  Node many(int depth);
  Node catching(int depth);
  Node end(int depth);
  void arm(Node& into, const std::string& results, int depth);
  Node consume(char type, int depth);

  std::mt19937_64& random_;
  Program& program_;
  Func* func_ = nullptr;
  std::string types_;          // of the locals
  std::vector<Label> labels_;  // those that may be branched to, innermost last
  uint32_t writable_ = 0;      // locals from here on are counters
  std::vector<bool> counter_;
  uint32_t next_label_ = 0;
  uint32_t loops_ = 0;
};

Node node(Node::Kind kind, Op op, uint32_t index, std::vector<Node> children = {}) {
  Node n;
  n.kind = kind;
  n.op = op;
  n.index = index;
  n.children = std::move(children);
  return n;
}

Node i32_constant(uint32_t value) {
  Node n = node(Node::Kind::constant, Op::i32_const, 0);
  n.bits.low = value;
  n.results = "i";
  return n;
}

std::vector<uint32_t> Generator::locals_of(char type) const {
  std::vector<uint32_t> list;
  for (uint32_t i = 0; i < writable_; ++i) {
    if (types_[i] == type) list.push_back(i);
  }
  return list;
}

std::vector<uint32_t> Generator::labels_of(const std::string& types) const {
  std::vector<uint32_t> list;
  for (const Label& label : labels_) {
    if (label.types == types) list.push_back(label.id);
  }
  return list;
}

Node Generator::constant(char type) {
  static const std::vector<uint64_t> kInteresting{0,
                                                  1,
                                                  2,
                                                  5,
                                                  0x7fff,
                                                  0x8000,
                                                  0xffff,
                                                  0x7fffffff,
                                                  0x80000000,
                                                  0xffffffff,
                                                  ~uint64_t{0},
                                                  ~uint64_t{0x8000},
                                                  0xffffffff80000000,
                                                  uint64_t{1} << 63};
  static constexpr Op kOp[] = {Op::i32_const, Op::i64_const, Op::f32_const, Op::f64_const, Op::v128_const};
  Node n = node(Node::Kind::constant, kOp[kTypes.find(type)], 0);
  n.results = type;
  n.bits.low = one_in(3) ? random_() : any(kInteresting);
  if (type == 'f') n.bits.low = std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(n.bits.low)) / 3);
  if (type == 'd') n.bits.low = std::bit_cast<uint64_t>(static_cast<double>(static_cast<int64_t>(n.bits.low)) / 3);
  if (type == 'i') n.bits.low = static_cast<uint32_t>(n.bits.low);
  if (type == 's') n.bits.high = random_();
  return n;
}

Node Generator::leaf(char type) {
  auto locals = locals_of(type);
  if (!locals.empty() && !one_in(3)) return node(Node::Kind::local, Op::local_get, any(locals));
  std::vector<uint32_t> globals;
  for (uint32_t i = 0; i < program_.globals.size(); ++i) {
    if (program_.globals[i] == type) globals.push_back(i);
  }
  if (!globals.empty() && one_in(3)) return node(Node::Kind::global, Op::global_get, any(globals));
  return constant(type);
}

// Operands of `op`; the first one is `first` if that is not null.
Node Generator::plain(Op op, int depth, Node* first) {
  Node n = node(Node::Kind::plain, op, 0);
  std::string_view params = info(op).sig.params;
  for (size_t i = 0; i < params.size(); ++i) {
    n.children.push_back(i == 0 && first ? std::move(*first) : expr(params[i], depth - 1));
  }
  n.index = below(2);  // a lane, where there is one
  return n;
}

Node Generator::expr(char type, int depth) {
  if (depth <= 0 || one_in(5)) return leaf(type);
  static const auto kByResult = [] {
    std::map<char, std::vector<Op>> lists;
    for (char t : kTypes) {
      lists[t] = ops_where([t](const OpInfo& row) { return predictable(row) && row.sig.results[0] == t; });
    }
    // Scalar integers are what the interpreter folds most.
    std::vector<Op>& ints = lists['i'];
    std::vector<Op> scalar;
    std::copy_if(ints.begin(), ints.end(), std::back_inserter(scalar),
                 [](Op op) { return info(op).sig.params[0] == 'i' && info(op).shape != Shape::un; });
    for (int i = 0; i < 3; ++i) ints.insert(ints.end(), scalar.begin(), scalar.end());
    return lists;
  }();
  static const auto kLoads = [] {
    std::map<char, std::vector<Op>> lists;
    for (char t : kTypes) {
      lists[t] = ops_where([t](const OpInfo& row) { return row.shape == Shape::load && row.sig.results[0] == t; });
    }
    return lists;
  }();
  switch (below(10)) {
    case 0: return compound(type, depth);
    case 1: return compound(type, depth);
    case 2: return access(any(kLoads.at(type)), depth);
    case 3: {
      auto locals = locals_of(type);
      if (locals.empty()) return leaf(type);
      Node n = node(Node::Kind::local, Op::local_tee, any(locals));
      n.children.push_back(expr(type, depth - 1));
      return n;
    }
    default: return plain(any(kByResult.at(type)), depth, nullptr);
  }
}

Node Generator::compound(char type, int depth) {
  switch (below(9)) {
    case 0: return block(std::string(1, type), depth);
    case 1: return if_(type, depth, false);
    case 2: return if_(type, depth, true);
    case 3: return loop(type, depth);
    case 4: return call_of(type, depth, false);
    case 5: {
      Node n = node(Node::Kind::sequence, Op{}, 0);
      n.children.push_back(statement(depth - 1));
      n.children.push_back(expr(type, depth - 1));
      return n;
    }
    case 6:
    case 7: return branch_with_value(type, depth);
    default: {
      Node n = node(Node::Kind::select, type == 's' ? Op::select_t : Op::select, 0);
      n.results = type;
      n.children.push_back(expr(type, depth - 1));
      n.children.push_back(expr(type, depth - 1));
      n.children.push_back(expr('i', depth - 1));
      return n;
    }
  }
}

Node Generator::branch_with_value(char type, int depth) {
  auto labels = labels_of(std::string(1, type));
  if (labels.empty()) return block(std::string(1, type), depth);
  Node n = node(Node::Kind::branch, Op::br_if, 0);
  n.label = any(labels);
  n.children.push_back(expr(type, depth - 1));
  n.children.push_back(expr('i', depth - 1));
  return n;
}

Node Generator::call_of(char type, int depth, bool tail) {
  std::vector<uint32_t> callees;
  for (uint32_t i = 0; i + 1 < program_.funcs.size(); ++i) {
    if (program_.funcs[i].results == std::string(1, type)) callees.push_back(i);
  }
  if (callees.empty()) return tail ? node(Node::Kind::unreachable, Op::unreachable, 0) : leaf(type);
  uint32_t callee = any(callees);
  bool indirect = callee < kTableFuncs && one_in(2);
  Op op = tail ? (indirect ? Op::return_call_indirect : Op::return_call) : (indirect ? Op::call_indirect : Op::call);
  Node n = node(Node::Kind::call, op, callee);
  for (char param : program_.funcs[callee].params) n.children.push_back(expr(param, depth - 2));
  if (indirect) {
    // Mostly the callee, through a constant or a local; else whatever the value is.
    n.children.push_back(one_in(6) ? expr('i', 1) : i32_constant(callee));
  }
  return n;
}

// An address in the region, or rarely one beyond memory.
Node Generator::address(int depth, uint32_t region) {
  auto masked = [&](uint32_t mask) {
    return node(Node::Kind::plain, Op::i32_and, 0, {expr('i', depth - 1), i32_constant(mask)});
  };
  if (region != 0) {
    uint32_t mask = region == kFloats ? 0x3ffc : 0x3ff8;
    return node(Node::Kind::plain, Op::i32_or, 0, {masked(mask), i32_constant(region)});
  }
  switch (below(8)) {
    case 0: return node(Node::Kind::plain, Op::i32_or, 0, {expr('i', depth - 1), i32_constant(0x80000000)});
    case 1:
    case 2: return node(Node::Kind::plain, Op::i32_add, 0, {masked(0xff), masked(0xff)});
    case 3: return i32_constant(below(0x1000));
    default: return masked(0x3fff);
  }
}

Node Generator::access(Op op, int depth) {
  const OpInfo& row = info(op);
  bool load = row.shape == Shape::load;
  char type = load ? row.sig.results[0] : row.sig.params[1];
  uint32_t region = type == 'f' ? kFloats : type == 'd' ? kDoubles : 0;
  Node n = node(Node::Kind::access, op, 0);
  n.children.push_back(address(depth, region));
  if (!load) n.children.push_back(expr(type, depth - 1));
  if (region == 0) n.offset = one_in(3) ? below(0x1000) : one_in(30) ? 0x10000 + below(0x10000) : below(16);
  return n;
}

// The children of a block: statements, then the results or an end that is not reached.
void Generator::arm(Node& into, const std::string& results, int depth) {
  for (uint32_t i = below(3); i != 0; --i) into.children.push_back(statement(depth - 1));
  if (one_in(6)) {
    into.children.push_back(end(depth - 1));
    if (one_in(2)) return;
  }
  for (char type : results) into.children.push_back(expr(type, depth - 1));
}

Node Generator::block(const std::string& results, int depth) {
  Node n = node(Node::Kind::block, Op::block, 0);
  n.label = next_label_++;
  n.results = results;
  labels_.push_back({n.label, results});
  arm(n, results, depth);
  labels_.pop_back();
  return n;
}

// Takes the value of `type` that is on the stack, in front of anything else, and leaves one of the same type.
Node Generator::consume(char type, int depth) {
  static const auto kByParam = [] {
    std::map<char, std::vector<Op>> lists;
    for (char t : kTypes) {
      lists[t] = ops_where(
          [t](const OpInfo& row) { return predictable(row) && row.sig.params[0] == t && row.sig.results[0] == t; });
    }
    return lists;
  }();
  Node n = node(Node::Kind::hole, Op{}, 0);
  for (uint32_t i = 1 + below(2); i != 0; --i) n = plain(any(kByParam.at(type)), depth - 1, &n);
  return n;
}

Node Generator::if_(char type, int depth, bool with_param) {
  Node n = node(Node::Kind::if_, Op::if_, 0);
  n.label = next_label_++;
  n.results = type;
  if (with_param) n.params = type;
  n.children.push_back(expr('i', depth - 1));
  labels_.push_back({n.label, n.results});
  for (int side = 0; side < 2; ++side) {
    if (with_param) {
      n.children.push_back(consume(type, depth));
    } else {
      arm(n, n.results, depth);
    }
    if (side == 0) n.split = static_cast<uint32_t>(n.children.size());
  }
  labels_.pop_back();
  if (!with_param) return n;
  Node all = node(Node::Kind::sequence, Op{}, 0);
  all.children.push_back(expr(type, depth - 1));
  all.children.push_back(std::move(n));
  return all;
}

Node Generator::count_down(uint32_t counter, uint32_t label) {
  Node less =
      node(Node::Kind::plain, Op::i32_sub, 0, {node(Node::Kind::local, Op::local_get, counter), i32_constant(1)});
  Node n =
      node(Node::Kind::branch, Op::br_if, 0, {node(Node::Kind::local, Op::local_tee, counter, {std::move(less)})});
  n.label = label;
  return n;
}

Node Generator::set_local(uint32_t local, Node value) {
  return node(Node::Kind::local, Op::local_set, local, {std::move(value)});
}

// A value goes round the loop.
Node Generator::loop(char type, int depth) {
  if (loops_ >= 3) return leaf(type);
  ++loops_;
  uint32_t counter = new_local('i');
  Node all = node(Node::Kind::sequence, Op{}, 0);
  all.children.push_back(set_local(counter, i32_constant(1 + below(4))));
  all.children.push_back(expr(type, depth - 1));
  Node n = node(Node::Kind::block, Op::loop, 0);
  n.label = next_label_++;
  n.params = n.results = type;
  n.children.push_back(consume(type, depth));
  for (uint32_t i = below(3); i != 0; --i) n.children.push_back(statement(depth - 1));
  n.children.push_back(count_down(counter, n.label));
  all.children.push_back(std::move(n));
  --loops_;
  return all;
}

Node Generator::statement(int depth) {
  static const auto kStores = ops_where([](const OpInfo& row) { return row.shape == Shape::store; });
  switch (depth <= 0 ? below(3) : below(12)) {
    case 0:
    case 1:
    case 2: {
      uint32_t local = below(writable_);
      return set_local(local, expr(types_[local], depth));
    }
    case 3:
    case 4: return access(any(kStores), depth);
    case 5: {
      uint32_t global = below(static_cast<uint32_t>(program_.globals.size()));
      return node(Node::Kind::global, Op::global_set, global, {expr(program_.globals[global], depth)});
    }
    case 6: return node(Node::Kind::drop, Op::drop, 0, {expr(any_type(), depth)});
    case 7: return block("", depth);
    case 8: return many(depth);
    case 9: {
      auto labels = labels_of("");
      if (labels.empty()) return block("", depth);
      Node n = node(Node::Kind::branch, Op::br_if, 0, {expr('i', depth - 1)});
      n.label = any(labels);
      return n;
    }
    case 10: return catching(depth);
    default: {
      if (loops_ >= 3) return block("", depth);
      ++loops_;
      uint32_t counter = new_local('i');
      Node all = node(Node::Kind::sequence, Op{}, 0, {set_local(counter, i32_constant(1 + below(4)))});
      Node n = node(Node::Kind::block, Op::loop, 0);
      n.label = next_label_++;
      for (uint32_t i = 1 + below(3); i != 0; --i) n.children.push_back(statement(depth - 1));
      n.children.push_back(count_down(counter, n.label));
      all.children.push_back(std::move(n));
      --loops_;
      return all;
    }
  }
}

// A block of several results, which go to locals.
Node Generator::many(int depth) {
  std::string results = any_types(3);
  Node all = node(Node::Kind::sequence, Op{}, 0);
  all.children.push_back(block(results, depth));
  for (size_t i = results.size(); i-- > 0;) {
    auto locals = locals_of(results[i]);
    all.children.push_back(locals.empty() ? node(Node::Kind::drop, Op::drop, 0)
                                          : node(Node::Kind::local, Op::local_set, any(locals)));
  }
  return all;
}

// block $out (block $caught (result i32) (try_table (catch $tag $caught) ...) (br $out)) (local.set)
Node Generator::catching(int depth) {
  Node out = node(Node::Kind::block, Op::block, 0), caught = node(Node::Kind::block, Op::block, 0);
  Node body = node(Node::Kind::try_, Op::try_table, 0);
  out.label = next_label_++;
  caught.label = next_label_++;
  caught.results = "i";
  body.label = caught.label;
  labels_.push_back({out.label, ""});
  labels_.push_back({caught.label, "i"});
  arm(body, "", depth);
  labels_.resize(labels_.size() - 2);
  Node leave = node(Node::Kind::branch, Op::br, 0);
  leave.label = out.label;
  caught.children = {std::move(body), std::move(leave)};
  out.children.push_back(std::move(caught));
  auto locals = locals_of('i');
  out.children.push_back(locals.empty() ? node(Node::Kind::drop, Op::drop, 0)
                                        : node(Node::Kind::local, Op::local_set, any(locals)));
  return out;
}

// What control does not pass.
Node Generator::end(int depth) {
  switch (below(7)) {
    case 0: {
      Node n = node(Node::Kind::return_, Op::return_, 0);
      for (char type : func_->results) n.children.push_back(expr(type, depth));
      return n;
    }
    case 1: return node(Node::Kind::throw_, Op::throw_, 0, {expr('i', depth)});
    case 2: return one_in(4) ? node(Node::Kind::unreachable, Op::unreachable, 0) : end(depth);
    case 3:
      if (func_->results.size() == 1) return call_of(func_->results[0], depth, true);
      return end(depth);
    case 4:
    case 5: {
      if (labels_.empty()) return end(depth);
      const Label target = any(labels_);
      Node n = node(Node::Kind::table, Op::br_table, 0);
      for (char type : target.types) n.children.push_back(expr(type, depth));
      n.children.push_back(expr('i', depth));
      auto labels = labels_of(target.types);
      for (uint32_t i = below(5); i != 0; --i) n.targets.push_back(any(labels));
      n.targets.push_back(target.id);
      return n;
    }
    default: {
      if (labels_.empty()) return end(depth);
      const Label target = any(labels_);
      Node n = node(Node::Kind::branch, Op::br, 0);
      n.label = target.id;
      for (char type : target.types) n.children.push_back(expr(type, depth));
      return n;
    }
  }
}

void Generator::add_func() {
  Func& func = program_.funcs.emplace_back();
  func_ = &func;
  func.params = any_types(4);
  func.results = one_in(4) ? any_types(3) : std::string(1, any_type());
  types_ = func.params + "i" + any_types(6);
  writable_ = static_cast<uint32_t>(types_.size());
  labels_.clear();
  next_label_ = loops_ = 0;
  Node body = node(Node::Kind::sequence, Op{}, 0);
  const int depth = 2 + static_cast<int>(below(4));
  for (uint32_t i = below(4); i != 0; --i) body.children.push_back(statement(depth));
  for (char type : func.results) body.children.push_back(expr(type, depth));
  func.body = std::move(body);
  func.locals = types_.substr(func.params.size());
}

// ---- the binary format ----

uint8_t type_byte(char letter) { return "\x7f\x7e\x7d\x7c\x7b"[kTypes.find(letter)]; }

class Encoder {
 public:
  explicit Encoder(const Program& program) : program_(program) {}
  std::vector<uint8_t> run();

 private:
  using Bytes = std::vector<uint8_t>;
  uint32_t type_index(const std::string& params, const std::string& results) {
    auto [at, added] = types_.try_emplace({params, results}, static_cast<uint32_t>(order_.size()));
    if (added) order_.push_back(at->first);
    return at->second;
  }
  void section(Bytes& out, uint8_t id, const Bytes& body) {
    binary::Writer w(out);
    w.byte(id);
    w.u32(static_cast<uint32_t>(body.size()));
    w.bytes(body);
  }
  void put(binary::Writer& w, const Node& n);
  void put_children(binary::Writer& w, const Node& n, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) put(w, n.children[i]);
  }
  void put_constant(binary::Writer& w, const Node& n);
  void put_block(binary::Writer& w, const Node& n);
  void put_call(binary::Writer& w, const Node& n);
  uint32_t depth_of(uint32_t label) const {
    for (size_t i = labels_.size(); i-- > 0;) {
      if (labels_[i] == label) return static_cast<uint32_t>(labels_.size() - 1 - i);
    }
    return 0;
  }
  uint32_t local_index(uint32_t local) const {
    return local < func_->params.size() ? local : local + program_.padding;
  }
  Bytes code(const Func& func);

  const Program& program_;
  const Func* func_ = nullptr;
  std::map<std::pair<std::string, std::string>, uint32_t> types_;
  std::vector<std::pair<std::string, std::string>> order_;
  std::vector<uint32_t> labels_;
};

void Encoder::put_constant(binary::Writer& w, const Node& n) {
  w.opcode(info(n.op).code);
  switch (info(n.op).sig.results[0]) {
    case 'i': return w.s32(static_cast<int32_t>(n.bits.low));
    case 'l': return w.s64(static_cast<int64_t>(n.bits.low));
    case 'f': return w.fixed(static_cast<uint32_t>(n.bits.low));
    case 'd': return w.fixed(n.bits.low);
    default: w.fixed(n.bits.low); return w.fixed(n.bits.high);
  }
}

void Encoder::put_block(binary::Writer& w, const Node& n) {
  const bool is_if = n.kind == Node::Kind::if_;
  if (is_if) put(w, n.children[0]);
  w.opcode(info(n.op).code);
  w.s33(static_cast<int32_t>(type_index(n.params, n.results)));
  if (n.kind == Node::Kind::try_) {
    w.u32(1);
    w.byte(0);  // catch
    w.u32(0);   // the tag
    w.u32(depth_of(n.label));
    labels_.push_back(0xffffffff);
  } else {
    labels_.push_back(n.label);
  }
  if (is_if) {
    put_children(w, n, 1, n.split);
    w.opcode(info(Op::else_).code);
    put_children(w, n, n.split, n.children.size());
  } else {
    put_children(w, n, 0, n.children.size());
  }
  w.opcode(info(Op::end).code);
  labels_.pop_back();
}

void Encoder::put_call(binary::Writer& w, const Node& n) {
  w.opcode(info(n.op).code);
  if (info(n.op).imm == Imm::func) return w.u32(n.index);
  const Func& callee = program_.funcs[n.index];
  w.u32(type_index(callee.params, callee.results));
  w.u32(0);
}

void Encoder::put(binary::Writer& w, const Node& n) {
  using enum Node::Kind;
  if (n.kind == block || n.kind == if_ || n.kind == try_) return put_block(w, n);
  put_children(w, n, 0, n.children.size());
  if (n.kind == sequence || n.kind == hole) return;
  if (n.kind == constant) return put_constant(w, n);
  if (n.kind == call) return put_call(w, n);
  w.opcode(info(n.op).code);
  switch (n.kind) {
    case plain:
      if (info(n.op).imm == Imm::lane) w.byte(static_cast<uint8_t>(n.index));
      return;
    case local: return w.u32(local_index(n.index));
    case global: return w.u32(n.index);
    case access: w.u32(0); return w.u32(n.offset);
    case branch: return w.u32(depth_of(n.label));
    case table:
      w.u32(static_cast<uint32_t>(n.targets.size() - 1));
      for (uint32_t target : n.targets) w.u32(depth_of(target));
      return;
    case throw_: return w.u32(0);
    case select:
      if (n.op != Op::select_t) return;
      w.u32(1);
      return w.byte(type_byte(n.results[0]));
    default: return;
  }
}

std::vector<uint8_t> Encoder::code(const Func& func) {
  Bytes body;
  binary::Writer w(body);
  func_ = &func;
  labels_.clear();
  w.u32(static_cast<uint32_t>(func.locals.size()) + (program_.padding != 0));
  if (program_.padding != 0) {
    w.u32(program_.padding);
    w.byte(type_byte('s'));
  }
  for (char type : func.locals) {
    w.u32(1);
    w.byte(type_byte(type));
  }
  put(w, func.body);
  w.opcode(info(Op::end).code);
  return body;
}

std::vector<uint8_t> Encoder::run() {
  Bytes funcs, types, tables, memories, tags, globals, elems, codes;
  const auto count = static_cast<uint32_t>(program_.funcs.size());
  binary::Writer f(funcs), t(types), b(tables), m(memories), g(tags), v(globals), e(elems), c(codes);
  uint32_t tag = type_index("i", "");
  for (binary::Writer* w : {&f, &c}) w->u32(count);
  for (const Func& func : program_.funcs) {
    f.u32(type_index(func.params, func.results));
    Bytes body = code(func);
    c.u32(static_cast<uint32_t>(body.size()));
    c.bytes(body);
  }
  b.bytes(Bytes{1, 0x70, 0, kTableFuncs});
  m.bytes(Bytes{1, 0, 1});
  g.bytes(Bytes{1, 0, static_cast<uint8_t>(tag)});
  v.u32(static_cast<uint32_t>(program_.globals.size()));
  for (char type : program_.globals) {
    v.byte(type_byte(type));
    v.byte(1);
    Node zero = node(Node::Kind::constant,
                     type == 'i'   ? Op::i32_const
                     : type == 'l' ? Op::i64_const
                     : type == 'f' ? Op::f32_const
                     : type == 'd' ? Op::f64_const
                                   : Op::v128_const,
                     0);
    put_constant(v, zero);
    v.opcode(info(Op::end).code);
  }
  const uint32_t in_table = std::min(count, kTableFuncs);
  e.bytes(Bytes{2, 0, 0x41, 0, 0x0b, static_cast<uint8_t>(in_table)});
  for (uint32_t i = 0; i < in_table; ++i) e.u32(i);
  e.bytes(Bytes{3, 0});  // declared: so that C++ may call every function
  e.u32(count);
  for (uint32_t i = 0; i < count; ++i) e.u32(i);
  t.u32(static_cast<uint32_t>(order_.size()));
  for (auto& [params, results] : order_) {
    t.byte(0x60);
    for (const std::string* list : {&params, &results}) {
      t.u32(static_cast<uint32_t>(list->size()));
      for (char type : *list) t.byte(type_byte(type));
    }
  }
  Bytes out{0, 'a', 's', 'm', 1, 0, 0, 0};
  const std::pair<uint8_t, const Bytes*> sections[] = {{1, &types}, {3, &funcs},   {4, &tables}, {5, &memories},
                                                       {13, &tags}, {6, &globals}, {9, &elems},  {10, &codes}};
  for (auto& [id, body] : sections) section(out, id, *body);
  return out;
}

}  // namespace

Program random_program(std::mt19937_64& random, uint32_t funcs) {
  Program program;
  program.globals = "iilfds";
  program.funcs.reserve(funcs);
  Generator generator(random, program);
  for (uint32_t i = 0; i < funcs; ++i) generator.add_func();
  return program;
}

std::vector<uint8_t> encode(const Program& program) { return Encoder(program).run(); }

}  // namespace heddle::testing
