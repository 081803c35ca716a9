// heddle-canon-async: the other side of async_oracle.py, where the idea is told and everything has the same names. A
// case a line in JSON, an answer a line: what every operation gave, and what the tables hold in the end; or that it
// trapped.
#include <array>
#include <cstdio>
#include <deque>

#include "component/canon/builtins.h"
#include "component/canon/future.h"
#include "component/canon/subtask.h"
#include "exec/load.h"
#include "tests/component/canon/async_program.h"

namespace {

using namespace heddle;
using namespace heddle::component::canon;
using namespace heddle::component::canon::async_oracle;
using component::Primitive;
using component::TypeId;
using component::TypeKind;
using component::Types;

class Run {
 public:
  Run(rt::Store& core, const Json& one) : case_(one), store_(core) {
    for (const int parent : one["insts"]) {
      ComponentInstance* outer = parent < 0 ? nullptr : &insts_[static_cast<size_t>(parent)].inst;
      insts_.emplace_back(store_.add_instance(outer));
      if (!one["threads"].empty()) insts_.back().inst.let_have_threads();
      insts_.back().inst.may_block = one["blocks"][insts_.size() - 1];
    }
    const TypeId resource = types_.add_resource();
    space_ = {&types_, {{types_.resource(resource), rt_}}};
    rt_->impl = &insts_.back().inst;
    component::ValType elem;
    if (!one["elem"].is_null()) elem = one["elem"] == "u8" ? Primitive::u8 : Primitive::bool_;
    elem_ = T(&space_, elem);
    stream_ = add(TypeKind::stream, elem, {});
    future_ = add(TypeKind::future, elem, {});
    own_ = add(TypeKind::own, {}, resource);
    borrow_ = add(TypeKind::borrow, {}, resource);
    for (const Json& f : one["funcs"]) lift(f);
  }

  Json run() {
    const auto done = host();
    Json result = {{"trace", std::move(trace_)}};
    if (done.ok()) {
      result["state"] = state();
    } else {
      result["trap"] = true;
      result["why"] = text_of(done.error().code);
    }
    return result;
  }
  void close() {
    tasks_.clear();
    on_cancels_.clear();
    store_.close();
  }

 private:
  template <class... Parts>
  void trace(Parts&&... parts) {
    trace_.push_back(Json::array({std::forward<Parts>(parts)...}));
  }
  static void append(Json& to, std::span<const CoreVal> values) {
    for (const CoreVal& v : values) to.push_back(v.bits);
  }

  T add(TypeKind kind, component::ValType first, TypeId resource) {
    component::Type type;
    type.kind = kind;
    type.first = first;
    type.resource = resource;
    return {&space_, component::val_type(types_.add(std::move(type)))};
  }
  T type(const std::string& kind) const {
    if (kind == "u32") return {&space_, component::ValType(Primitive::u32)};
    return kind == "stream" ? stream_ : kind == "future" ? future_ : kind == "own" ? own_ : borrow_;
  }
  CanonicalOptions& options(size_t i, bool async) {
    CanonicalOptions& made = options_.emplace_back();
    made.memory = &insts_[i].memory;
    made.async = async;
    return made;
  }

  void lift(const Json& f) {
    const size_t number = funcs_.size(), i = f["inst"];
    Function& made = funcs_.emplace_back();
    made.f = f;
    made.ft.async = f["async"];
    for (const Json& kind : f["param"]) made.ft.params.push_back(type(kind));
    if (!f["result"].empty()) made.ft.result = type(f["result"][0]);
    made.opts = options(i, !made.is("sync"));
    if (made.is("callback")) {
      made.opts.callback = [this, number](std::span<const CoreVal> args) { return callback(number, args); };
    }
    auto entered = [this, number](std::span<const CoreVal> args) { return this->entered(number, args); };
    made.inst = store_.lift(entered, made.ft, made.opts, insts_[i].inst);
  }

  // --- functions

  Record& record() { return tasks_.at(&current_task()); }
  static HandleIndex me() { return *current_thread().index; }

  Values entered(size_t number, std::span<const CoreVal> args) {
    const Function& function = funcs_[number];
    const size_t i = function.f["inst"];
    Instance& s = insts_[i];
    Record& record = tasks_[&current_task()];
    record = {};
    record.number = number;
    record.task = current_thread().task;
    s.known["thr"].push_back(me());
    Json entry = {i, "enter", number};
    append(entry, args);
    trace_.push_back(entry);
    for (size_t p = 0; p < args.size(); ++p)
      receive(i, function.f["param"][p], static_cast<HandleIndex>(args[p].bits), &record);
    if (function.is("callback")) return step(i, s, record);
    TRY(run(i, function.f["segments"][0]["ops"]));
    if (function.is("stackful")) {
      TRY(finish(i, s, record));
      return CoreVals();
    }
    TRY(drop_borrows(s, record));
    CoreVals result = TRY(this->result(i, s, function.f));
    remove_from(s.known["thr"], me());
    return result;
  }

  Values callback(size_t number, std::span<const CoreVal> args) {
    Record& record = this->record();
    const size_t i = funcs_[record.number].f["inst"];
    Instance& s = insts_[i];
    Json entry = {i, "event", number};
    append(entry, args);
    trace_.push_back(entry);
    if (record.waits_for) --s.waiters[*record.waits_for];
    record.waits_for.reset();
    note(i, s, {args[0].bits, args[1].bits, args[2].bits});
    return step(i, s, record);
  }

  Values step(size_t i, Instance& s, Record& record) {
    const Json& segments = funcs_[record.number].f["segments"];
    if (record.segment < segments.size()) {
      const Json& segment = segments[record.segment++];
      TRY(run(i, segment["ops"]));
      if (segment["end"] == 1) return i32s({1});
      if (segment["end"] == 2) {
        const auto x = pick(s, {"set"}, segment["set"], false, [&](HandleIndex set) { return s.is_joined_to(set); });
        if (!x) return i32s({1});
        ++s.waiters[*x];
        record.waits_for = x;
        return i32s({2 | *x << 4});
      }
    }
    TRY(finish(i, s, record));
    return i32s({0});
  }

  Result<void> finish(size_t i, Instance& s, Record& record) {
    const Json& f = funcs_[record.number].f;
    if (!record.returned && f["forgets"] == 0) {
      TRY(drop_borrows(s, record));
      if (record.cancelled && f["cancels"] == 1) {
        TRY(canon_task_cancel());
        trace(i, "cancelled");
      } else {
        TRY(give(i, s, record));
      }
      record.returned = true;
    }
    remove_from(s.known["thr"], me());
    return {};
  }

  Result<void> give(size_t i, Instance& s, const Record& record) {
    const Function& function = funcs_[record.number];
    const CoreVals result = TRY(this->result(i, s, function.f));
    Json entry = {i, "give"};
    append(entry, result);
    trace_.push_back(entry);
    return canon_task_return(function.ft.result, options(i, true), result);
  }

  Result<void> drop_borrows(Instance& s, Record& record) {
    for (const HandleIndex x : record.borrows) {
      if (!holds(s.known["res"], x)) continue;
      TRY(canon_resource_drop(rt_, x));
      s.forget("res", x);
    }
    record.borrows.clear();
    return {};
  }

  Values result(size_t i, Instance& s, const Json& f) {
    if (f["result"].empty()) return CoreVals();
    const std::string kind = f["result"][0];
    const uint32_t value = f["value"];
    return i32s({kind == "u32" ? value : TRY(take(i, s, kind, value))});
  }

  Result<HandleIndex> take(size_t, Instance& s, const std::string& kind, uint32_t a) {
    std::optional<HandleIndex> x;
    if (kind == "own") {
      x = pick(s, {"res"}, a, false, [&](HandleIndex h) { return s.lent[h] == 0 && !s.borrowed.contains(h); });
      if (!x) x = TRY(canon_resource_new(rt_, a));
    } else {
      x = pick(s, {end_of(kind)}, a, false, [&](HandleIndex h) { return s.free(h); });
      if (!x) x = TRY(new_pair(s, kind)).first;
    }
    s.forget(end_of(kind), *x);
    return *x;
  }

  void receive(size_t i, const std::string& kind, HandleIndex v, Record* record) {
    Instance& s = insts_[i];
    if (kind == "u32" || (kind == "borrow" && i == insts_.size() - 1)) return;
    s.known[end_of(kind)].push_back(v);
    if (kind != "borrow") return;
    record->borrows.push_back(v);
    s.borrowed.insert(v);
  }

  Result<std::pair<HandleIndex, HandleIndex>> new_pair(Instance& s, const std::string& kind) {
    const bool stream = kind == "stream";
    const uint64_t both = TRY(stream ? canon_stream_new(elem_) : canon_future_new(elem_));
    const auto r = static_cast<HandleIndex>(both), w = static_cast<HandleIndex>(both >> 32);
    s.known[stream ? "sr" : "fr"].push_back(r);
    s.known[stream ? "sw" : "fw"].push_back(w);
    return std::pair(r, w);
  }

  // --- events

  void note(size_t i, Instance& s, const std::array<uint64_t, 3>& event) {
    const auto code = event[0];
    const auto p1 = static_cast<HandleIndex>(event[1]), p2 = static_cast<HandleIndex>(event[2]);
    if (code == 1 && p2 >= 2) resolved(i, s, p1, p2);
    if (code >= 2 && code <= 5) copied(s, p1, code >= 4, p2);
    if (code == 6) record().cancelled = true;
  }

  void resolved(size_t i, Instance& s, HandleIndex x, uint32_t state) {
    s.delivered.insert(x);
    Pending pending;
    if (const auto at = s.subs.find(x); at != s.subs.end()) {
      pending = at->second;
      s.subs.erase(at);
    }
    if (pending.lent) --s.lent[*pending.lent];
    if (state != 2) return;
    for (const std::string& kind : pending.kinds) receive(i, kind, s.u32(pending.at), nullptr);
  }

  static void copied(Instance& s, HandleIndex x, bool future, uint32_t result) {
    s.busy.erase(x);
    if ((result & 15) == 1 || (future && (result & 15) == 0)) s.done.insert(x);
  }

  // --- operations: what they give; null where they are left out

  using Gave = Result<Json>;
  using Operation = Gave (Run::*)(size_t, Instance&, const Args&);
  static const std::map<std::string, Operation> kOperations;

  Result<void> run(size_t i, const Json& ops) {
    for (const Json& op : ops) {
      if (--left_ < 0) return Error{ErrorCode::unreachable_executed};
      const std::string name = op[0];
      const Args args{op[1], op[2], op[3], op[4] != 0};
      const Json gave = TRY((this->*kOperations.at(name))(i, insts_[i], args));
      if (gave.is_null()) continue;
      Json entry = {i, name};
      for (const Json& part : gave) entry.push_back(part);
      trace_.push_back(entry);
    }
    return {};
  }

  Gave op_trap(size_t, Instance&, const Args&) { return Error{ErrorCode::unreachable_executed}; }

  Gave op_set_new(size_t, Instance& s, const Args&) {
    const HandleIndex x = TRY(canon_waitable_set_new());
    s.known["set"].push_back(x);
    return Json{x};
  }

  Json event(size_t i, Instance& s, uint32_t code) {
    const uint32_t p1 = s.u32(kEvent), p2 = s.u32(kEvent + 4);
    note(i, s, {code, p1, p2});
    return {code, p1, p2};
  }

  Gave op_set_wait(size_t i, Instance& s, const Args& args) {
    const auto x =
        pick(s, {"set"}, args.a, args.force, [&](HandleIndex set) { return args.c == 0 || s.is_joined_to(set); });
    if (!x) return Json();
    ++s.waiters[*x];
    const uint32_t code = TRY(canon_waitable_set_wait(args.b != 0, s.memory, *x, kEvent));
    --s.waiters[*x];
    return event(i, s, code);
  }

  Gave op_set_poll(size_t i, Instance& s, const Args& args) {
    const auto x = pick(s, {"set"}, args.a, args.force, any);
    if (!x) return Json();
    return event(i, s, TRY(canon_waitable_set_poll(args.b != 0, s.memory, *x, kEvent)));
  }

  Gave op_set_drop(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"set"}, args.a, args.force,
                        [&](HandleIndex set) { return !s.is_joined_to(set) && s.waiters[set] == 0; });
    if (!x) return Json();
    TRY(canon_waitable_set_drop(*x));
    s.forget("set", *x);
    return Json{*x};
  }

  Gave op_join(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"sub", "sr", "sw", "fr", "fw"}, args.a, args.force,
                        [&](HandleIndex h) { return !s.waits.contains(h); });
    if (!x) return Json();
    const HandleIndex to = args.c ? pick(s, {"set"}, args.b, false, any).value_or(0) : 0;
    TRY(canon_waitable_join(*x, to));
    s.joined.erase(*x);
    if (to) s.joined[*x] = to;
    return Json{*x, to};
  }

  Gave op_sub_cancel(size_t i, Instance& s, const Args& args) {
    const auto x = pick(s, {"sub"}, args.a, args.force, [&](HandleIndex h) {
      return !s.asked.contains(h) && !s.delivered.contains(h) && (args.b || !s.joined.contains(h));
    });
    if (!x) return Json();
    s.asked.insert(*x);
    if (!args.b) s.waits.insert(*x);
    const uint32_t state = TRY(canon_subtask_cancel(args.b != 0, *x));
    s.waits.erase(*x);
    if (state != kBlocked) resolved(i, s, *x, state);
    return Json{*x, state};
  }

  Gave op_sub_drop(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"sub"}, args.a, args.force, [&](HandleIndex h) { return s.delivered.contains(h); });
    if (!x) return Json();
    TRY(canon_subtask_drop(*x));
    s.forget("sub", *x);
    return Json{*x};
  }

  Gave op_stream_new(size_t, Instance& s, const Args&) {
    const auto both = TRY(new_pair(s, "stream"));
    return Json{both.first, both.second};
  }
  Gave op_future_new(size_t, Instance& s, const Args&) {
    const auto both = TRY(new_pair(s, "future"));
    return Json{both.first, both.second};
  }

  template <class Call>
  Gave copy(size_t i, Instance& s, const char* kind, const Args& args, Call call) {
    const auto x = pick(s, {kind}, args.a, args.force, [&](HandleIndex h) {
      return !s.busy.contains(h) && !s.waits.contains(h) && !s.done.contains(h) && (args.b || !s.joined.contains(h));
    });
    if (!x) return Json();
    s.busy.insert(*x);
    if (!args.b) s.waits.insert(*x);
    const uint32_t result = TRY(call(options(i, args.b != 0), *x, args.c % 400, args.c / 400 % 12));
    s.waits.erase(*x);
    if (result != kBlocked) copied(s, *x, kind[0] == 'f', result);
    return Json{*x, result};
  }

  Gave op_read(size_t i, Instance& s, const Args& args) {
    return copy(i, s, "sr", args, [&](CanonicalOptions& opts, HandleIndex x, uint32_t at, uint32_t n) {
      return canon_stream_read(elem_, opts, x, at, n);
    });
  }
  Gave op_write(size_t i, Instance& s, const Args& args) {
    return copy(i, s, "sw", args, [&](CanonicalOptions& opts, HandleIndex x, uint32_t at, uint32_t n) {
      return canon_stream_write(elem_, opts, x, at, n);
    });
  }
  Gave op_future_read(size_t i, Instance& s, const Args& args) {
    return copy(i, s, "fr", args, [&](CanonicalOptions& opts, HandleIndex x, uint32_t at, uint32_t) {
      return canon_future_read(elem_, opts, x, at);
    });
  }
  Gave op_future_write(size_t i, Instance& s, const Args& args) {
    return copy(i, s, "fw", args, [&](CanonicalOptions& opts, HandleIndex x, uint32_t at, uint32_t) {
      return canon_future_write(elem_, opts, x, at);
    });
  }

  Gave cancel_copy(Instance& s, const char* kind, Result<uint32_t> (*call)(const T&, bool, uint32_t),
                   const Args& args) {
    const auto x = pick(s, {kind}, args.a, args.force, [&](HandleIndex h) {
      return s.busy.contains(h) && !s.waits.contains(h) && (args.b || !s.joined.contains(h));
    });
    if (!x) return Json();
    const uint32_t result = TRY(call(elem_, args.b != 0, *x));
    if (result != kBlocked) copied(s, *x, kind[0] == 'f', result);
    return Json{*x, result};
  }

  Gave op_cancel_read(size_t, Instance& s, const Args& args) {
    return cancel_copy(s, "sr", canon_stream_cancel_read, args);
  }
  Gave op_cancel_write(size_t, Instance& s, const Args& args) {
    return cancel_copy(s, "sw", canon_stream_cancel_write, args);
  }
  Gave op_future_cancel_read(size_t, Instance& s, const Args& args) {
    return cancel_copy(s, "fr", canon_future_cancel_read, args);
  }
  Gave op_future_cancel_write(size_t, Instance& s, const Args& args) {
    return cancel_copy(s, "fw", canon_future_cancel_write, args);
  }

  Gave op_drop(size_t, Instance& s, const Args& args) {
    constexpr const char* kKinds[] = {"sr", "sw", "fr", "fw"};
    constexpr Result<void> (*kCalls[])(const T&, uint32_t) = {canon_stream_drop_readable, canon_stream_drop_writable,
                                                              canon_future_drop_readable, canon_future_drop_writable};
    const std::string kind = kKinds[args.b % 4];
    const auto x = pick(s, {kind}, args.a, args.force, [&](HandleIndex h) {
      return !s.busy.contains(h) && !s.waits.contains(h) && (kind != "fw" || s.done.contains(h));
    });
    if (!x) return Json();
    TRY(kCalls[args.b % 4](elem_, *x));
    s.forget(kind, *x);
    return Json{*x};
  }

  Gave op_res_new(size_t i, Instance& s, const Args& args) {
    if (i != insts_.size() - 1) return Json();
    const HandleIndex x = TRY(canon_resource_new(rt_, args.a));
    s.known["res"].push_back(x);
    return Json{x};
  }
  Gave op_res_rep(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"res"}, args.a, args.force, any);
    if (!x) return Json();
    return Json{*x, TRY(canon_resource_rep(rt_, *x))};
  }
  Gave op_res_drop(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"res"}, args.a, args.force, [&](HandleIndex h) { return s.lent[h] == 0; });
    if (!x) return Json();
    TRY(canon_resource_drop(rt_, *x));
    s.forget("res", *x);
    return Json{*x};
  }

  // Nothing: what the call needs is not there.
  Result<std::optional<CoreVals>> arguments(size_t i, Instance& s, const Json& f, const Args& args,
                                            std::optional<HandleIndex>& lent) {
    CoreVals all;
    for (const std::string kind : f["param"]) {
      HandleIndex v = args.c;
      if (kind == "borrow") {
        lent = pick(s, {"res"}, args.c, args.force, any);
        if (!lent) return std::optional<CoreVals>();
        ++s.lent[*lent];
        v = *lent;
      } else if (kind == "own" && i != insts_.size() - 1 && s.known["res"].empty()) {
        return std::optional<CoreVals>();
      } else if (kind != "u32") {
        v = TRY(take(i, s, kind, args.c));
      }
      all.push_back({CoreVal::Type::i32, v});
    }
    return std::optional(all);
  }

  Gave op_call(size_t i, Instance& s, const Args& args) {
    const size_t number = args.a % funcs_.size();
    Function& callee = funcs_[number];
    const bool async = args.b != 0 && callee.ft.async, by_pointer = async && !callee.f["result"].empty();
    std::optional<HandleIndex> lent;
    auto core = TRY(arguments(i, s, callee.f, args, lent));
    if (!core) return Json();
    const uint32_t at = kResults + 4 * (s.results % 100);
    if (by_pointer) ++s.results;
    Json entry = {i, "call", number};
    append(entry, *core);
    trace_.push_back(entry);
    if (by_pointer) core->push_back({CoreVal::Type::i32, at});
    const CoreVals gave = TRY(store_.lower(callee.inst, callee.ft, options(i, async), s.inst)(*core));
    Json told = Json::array();
    append(told, gave);
    if (const HandleIndex sub = async ? static_cast<HandleIndex>(gave[0].bits >> 4) : 0) {
      s.known["sub"].push_back(sub);
      s.subs[sub] = {callee.f["result"], at, lent};
      return told;
    }
    if (lent) --s.lent[*lent];
    for (const std::string kind : callee.f["result"]) {
      receive(i, kind, async ? s.u32(at) : static_cast<HandleIndex>(gave[0].bits), nullptr);
    }
    return told;
  }

  bool may_end(const Record& record) const { return !record.returned && !funcs_[record.number].is("sync"); }

  Gave op_return(size_t i, Instance& s, const Args& args) {
    Record& record = this->record();
    if (!args.force && !may_end(record)) return Json();
    if (!args.force) TRY(drop_borrows(s, record));
    TRY(give(i, s, record));
    record.returned = true;
    return Json::array();
  }
  Gave op_task_cancel(size_t, Instance& s, const Args& args) {
    Record& record = this->record();
    if (!args.force && (!may_end(record) || !record.cancelled)) return Json();
    TRY(drop_borrows(s, record));
    TRY(canon_task_cancel());
    record.returned = true;
    return Json::array();
  }

  Gave op_context_get(size_t, Instance&, const Args& args) {
    return Json::array({canon_context_get(CoreVal::Type::i32, args.a % 2)});
  }
  Gave op_context_set(size_t, Instance&, const Args& args) {
    canon_context_set(CoreVal::Type::i32, args.a % 2, args.c);
    return Json::array();
  }
  Gave op_inc(size_t, Instance& s, const Args&) {
    ++s.backpressure;
    TRY(canon_backpressure_inc());
    return Json::array();
  }
  Gave op_dec(size_t, Instance& s, const Args& args) {
    if (s.backpressure == 0 && !args.force) return Json();
    --s.backpressure;
    TRY(canon_backpressure_dec());
    return Json::array();
  }

  // --- threads

  Json cancelled(uint32_t cancelled) {
    if (cancelled) record().cancelled = true;
    return Json::array({cancelled});
  }

  Gave op_yield(size_t, Instance&, const Args& args) { return cancelled(TRY(canon_thread_yield(args.b != 0))); }

  Gave op_thread_new(size_t i, Instance& s, const Args& args) {
    const size_t scripts = case_["threads"].size();
    if (scripts == 0) return Json();
    const CoreFuncType ft{{CoreVal::Type::i32}, {}};
    auto ftbl = [&](uint64_t) -> Result<CoreFuncRef> {
      return CoreFuncRef{ft, [this, i](std::span<const CoreVal> given) { return thread(i, given[0].bits); }};
    };
    const HandleIndex x = TRY(canon_thread_new_indirect(ft, ftbl, 1, {CoreVal::Type::i32, args.a % scripts}));
    s.known["thr"].push_back(x);
    s.known["idle"].push_back(x);
    return Json{x};
  }

  Values thread(size_t i, uint64_t script) {
    trace(i, "thread", me(), script);
    TRY(run(i, case_["threads"][script]));
    remove_from(insts_[i].known["thr"], me());
    return CoreVals();
  }

  Gave op_thread_index(size_t, Instance&, const Args&) { return Json::array({TRY(canon_thread_index())}); }

  Gave op_resume_later(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"idle"}, args.a, args.force, any);
    if (!x) return Json();
    remove_from(s.known["idle"], *x);
    TRY(canon_thread_resume_later(*x));
    return Json{*x};
  }

  template <class Call>
  Gave suspended(Instance& s, Call call) {
    const HandleIndex self = me();
    s.known["idle"].push_back(self);
    const uint32_t was_cancelled = TRY(call());
    remove_from(s.known["idle"], self);
    return cancelled(was_cancelled);
  }

  Gave op_suspend(size_t, Instance& s, const Args& args) {
    return suspended(s, [&] { return canon_thread_suspend(args.b != 0); });
  }
  Gave op_suspend_resume(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"idle"}, args.a, args.force, any);
    if (!x) return Json();
    remove_from(s.known["idle"], *x);
    return suspended(s, [&] { return canon_thread_suspend_then_resume(args.b != 0, *x); });
  }
  Gave op_yield_resume(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"idle"}, args.a, args.force, any);
    if (!x) return Json();
    remove_from(s.known["idle"], *x);
    return cancelled(TRY(canon_thread_yield_then_resume(args.b != 0, *x)));
  }
  Gave op_suspend_promote(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"thr"}, args.a, args.force, any);
    if (!x) return Json();
    return suspended(s, [&] { return canon_thread_suspend_then_promote(args.b != 0, *x); });
  }
  Gave op_yield_promote(size_t, Instance& s, const Args& args) {
    const auto x = pick(s, {"thr"}, args.a, args.force, any);
    if (!x) return Json();
    return cancelled(TRY(canon_thread_yield_then_promote(args.b != 0, *x)));
  }

  // --- the host

  Result<void> host() {
    for (const Json& action : case_["host"]) {
      const std::string name = action[0];
      if (name == "call") {
        TRY(host_call(on_cancels_.size(), action[1], action[2]));
      } else if (name == "tick") {
        for (int n = action[1]; n > 0; --n) TRY(store_.tick());
      } else if (!on_cancels_.empty()) {
        TRY(host_cancel(action[1].get<size_t>() % on_cancels_.size()));
      }
    }
    for (int n = 0; n < kMostTicks && TRY(store_.tick()); ++n) continue;
    return {};
  }

  Result<void> host_cancel(size_t n) {
    if (resolved_calls_.contains(n) || !on_cancels_[n]) return {};
    trace("host", "cancel", n);
    return std::exchange(on_cancels_[n], nullptr)->on_cancel(nullptr);
  }

  Result<void> host_call(size_t n, size_t number, uint32_t value) {
    struct HostCall final : Caller {
      HostCall(Run& oracle, size_t n, size_t params, uint32_t value)
          : oracle(oracle), n(n), args(params, Val::integer(value)) {}
      Result<std::vector<Val>> on_start() override { return args; }
      Result<void> on_resolve(std::optional<std::vector<Val>> result) override {
        oracle.resolved_calls_.insert(n);
        Json told = result ? Json::array() : Json();
        if (result) {
          for (const Val& v : *result) told.push_back(v.bits);
        }
        oracle.trace("host", "resolved", n, told);
        return {};
      }
      Run& oracle;
      const size_t n;
      const std::vector<Val> args;
    };
    trace("host", "call", n);
    on_cancels_.emplace_back();
    const auto call = std::make_shared<HostCall>(*this, n, funcs_[number].f["param"].size(), value);
    on_cancels_[n] = TRY(store_.invoke(funcs_[number].inst, call));
    return {};
  }

  // --- what there is in the end

  Json state() {
    Json all = Json::array();
    for (const Instance& s : insts_) all.push_back(state_of(s));
    return all;
  }

  static Json more_of(const Handle& h) {
    if (h.kind == Handle::Kind::resource) {
      const auto& resource = static_cast<const ResourceHandle&>(h);
      return {resource.own ? 1 : 0, resource.num_lends};
    }
    if (h.kind == Handle::Kind::waitable_set) {
      const auto& set = static_cast<const WaitableSet&>(h);
      return {set.elems.size(), set.num_waiting};
    }
    const int event = static_cast<const Waitable&>(h).has_pending_event() ? 1 : 0;
    if (h.kind == Handle::Kind::subtask) return {static_cast<int>(static_cast<const Subtask&>(h).state), event};
    return {static_cast<int>(static_cast<const CopyEnd&>(h).state), event};
  }

  static Json state_of(const Instance& s) {
    Json handles = Json::array(), threads = Json::array();
    for (size_t x = 0; x < s.inst.handles.all().size(); ++x) {
      const auto& h = s.inst.handles.all()[x];
      if (!h) continue;
      Json entry = {x, static_cast<int>(h->kind)};
      for (const Json& part : more_of(*h)) entry.push_back(part);
      handles.push_back(entry);
    }
    for (size_t x = 0; x < s.inst.threads.all().size(); ++x) {
      const auto& thread = s.inst.threads.all()[x];
      if (thread) threads.push_back({x, thread->waiting() ? 1 : 0});
    }
    std::string hex;
    for (uint8_t byte : s.memory.data) {
      constexpr char kDigits[] = "0123456789abcdef";
      hex.append({kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return Json::array({handles, threads, s.inst.backpressure, s.inst.num_waiting_to_enter,
                        s.inst.exclusive_thread ? 1 : 0, s.inst.may_enter ? 1 : 0, s.inst.may_leave ? 1 : 0, hex});
  }

  const Json& case_;
  Json trace_ = Json::array();
  int left_ = kMostOperations;
  Types types_;
  std::shared_ptr<ResourceType> rt_ = std::make_shared<ResourceType>();
  TypeSpace space_;
  T elem_, stream_, future_, own_, borrow_;
  std::deque<CanonicalOptions> options_;
  std::deque<Instance> insts_;
  std::deque<Function> funcs_;
  Store store_;
  std::map<const Task*, Record> tasks_;
  std::vector<OnCancel> on_cancels_;
  std::set<size_t> resolved_calls_;
};

#define OPERATION(name) {#name, &Run::op_##name}
const std::map<std::string, Run::Operation> Run::kOperations = {
    OPERATION(trap),
    OPERATION(set_new),
    OPERATION(set_wait),
    OPERATION(set_poll),
    OPERATION(set_drop),
    OPERATION(join),
    OPERATION(sub_cancel),
    OPERATION(sub_drop),
    OPERATION(stream_new),
    OPERATION(future_new),
    OPERATION(read),
    OPERATION(write),
    OPERATION(future_read),
    OPERATION(future_write),
    OPERATION(cancel_read),
    OPERATION(cancel_write),
    OPERATION(drop),
    OPERATION(future_cancel_read),
    OPERATION(res_new),
    OPERATION(res_rep),
    OPERATION(future_cancel_write),
    OPERATION(res_drop),
    OPERATION(call),
    OPERATION(return),
    OPERATION(task_cancel),
    OPERATION(context_get),
    OPERATION(context_set),
    OPERATION(inc),
    OPERATION(dec),
    OPERATION(yield),
    OPERATION(thread_new),
    OPERATION(thread_index),
    OPERATION(resume_later),
    OPERATION(suspend),
    OPERATION(suspend_resume),
    OPERATION(yield_resume),
    OPERATION(yield_promote),
    OPERATION(suspend_promote),
};

Json answer(rt::Store& core, const Json& one) {
  const uint64_t before = core.budget.used(rt::Resource::component_bytes);
  Json result;
  {
    Run run(core, one);
    result = run.run();
    run.close();
  }
  result["left"] = core.budget.used(rt::Resource::component_bytes) - before;
  return result;
}

}  // namespace

int main() {  // NOLINT(bugprone-exception-escape): the JSON library's, which end the program
  auto core = rt::Store::create(exec::make_engine({}));
  char* line = nullptr;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0) {
    const Json one = Json::parse(std::string_view(line));
    const std::string text = answer(*core.value(), one).dump() + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
  std::free(line);
  return 0;
}
