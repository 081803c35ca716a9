#!/usr/bin/env python3
"""The async part of component/canon against definitions.py: async_oracle.py COMMAND FOLDER [--cases N] [--seed S]

A case is instances, functions whose core code is lists of operations, and what the host does: calls, ticks, asks for
cancellation. Both sides run the same lists: this one on definitions.py, COMMAND (heddle-canon-async) on
component/canon. Operations name handles by kind and number, and are left out where their instance has none that fits;
some take an index as it is, and may trap. What every operation gave, what the host heard, where it trapped, and what
the tables hold in the end must be equal, and everything released.

Where a choice is open both take the first: the thread that waits longest, the waitable that joined first.
"""

import argparse
import json
import random
import subprocess
import sys
import threading
import types
from collections import Counter
from pathlib import Path

EVENT, RESULTS, MEMORY = 1008, 512, 1024  # where events and results go, and how much memory there is
MOST_OPERATIONS, MOST_TICKS = 300, 1000
BLOCKED = 0xFFFFFFFF
FILL = bytes(i % 251 for i in range(MEMORY))

# --- definitions.py: its choices made, and what ADR 0006 has otherwise ---

FIRST = [
    ("random.choice(list(candidates)).resume(Cancelled.TRUE)",
     "min(candidates, key = lambda t: t.index).resume(Cancelled.TRUE)"),
    ("candidates = { thread for thread in self.waiting if thread.ready() }",
     "candidates = [ thread for thread in self.waiting if thread.ready() ]"),
    ("thread = random.choice(list(candidates))\n", "thread = candidates[0]\n"),
    ("    random.shuffle(self.elems)\n", ""),
    ("random.choice(list(candidates)).resume()", "candidates[0].resume()"),
]
ADR_0006 = [
    # A cancelled copy says so even where a part was copied.
    ("    if result == CopyResult.DROPPED:\n      e.state = CopyState.DONE\n"
     "    else:\n      e.state = CopyState.IDLE\n    assert(0 <= result",
     "    if e.state == CopyState.CANCELLING_COPY and result == CopyResult.COMPLETED: result = CopyResult.CANCELLED\n"
     "    e.state = CopyState.DONE if result == CopyResult.DROPPED else CopyState.IDLE\n    assert(0 <= result"),
    # Only who yields gives way.
    ("def wait_until(self, ready_func, cancellable = False)",
     "def wait_until(self, ready_func, cancellable = False, gives_way = False)"),
    ("if ready_func() and not DETERMINISTIC_PROFILE and random.randint(0,1):", "if ready_func() and not gives_way:"),
    ("    self.start_waiting_internal(ready_func)\n", "    self.start_waiting_internal(ready_func, not gives_way)\n"),
    ("  def start_waiting_internal(self, ready_func):\n",
     "  def start_waiting_internal(self, ready_func, for_event = False):\n    self.for_event = for_event\n"),
    ("return self.wait_until(lambda: True, cancellable)", "return self.wait_until(lambda: True, cancellable, True)"),
    ("thread.wait_until(lambda: not inst.exclusive_thread, cancellable = True)",
     "thread.wait_until(lambda: not inst.exclusive_thread, True, True)"),
    # A sync call that must not block and could traps before it begins.
    ("  thread = current_thread()\n  trap_if(not thread.task.inst.may_leave)\n\n  flat_ft",
     "  thread = current_thread()\n  trap_if(not thread.task.inst.may_leave)\n"
     "  trap_if(not opts.async_ and ft.async_ and not may_block(thread.task))\n\n  flat_ft"),
    # Who uses the instance alone goes on before another call begins.
    ("      inst.enter_from(caller)\n      on_cancel = canon_lift(",
     "      inst.enter_from(caller)\n"
     "      if ft.async_ and (not opts.async_ or opts.callback):\n"
     "        t = inst.exclusive_thread\n"
     "        if t and t.ready() and t.for_event: t.resume()\n"
     "      on_cancel = canon_lift("),
    # While a function that is not async blocks nobody is resumed who would use the stack.
    ("candidates = { t for t in inst.threads if t.ready() and t is not inst.exclusive_thread }",
     "candidates = threads_to_run(task)"),
]
# Where the definitions would fail an assertion that a guest can break.
FAULTS = [
    # A thread that runs has no use for being resumed; it keeps `cancellable` from when it last blocked.
    ("candidates = { t for t in self.threads if t.cancellable }",
     "candidates = { t for t in self.threads if t.cancellable and not t.running() }"),
    # That a subtask has begun is a pending event as well: `subtask.cancel` gives how it ended.
    ("        subtask.wait_for_pending_event()\n",
     "        trap_if(subtask.in_waitable_set())\n"
     "        subtask.has_sync_waiter = True\n        thread.wait_until(subtask.resolved)\n"
     "        subtask.has_sync_waiter = False\n"),
    # What a cancellation resumes may be of the same instance, and take the event.
    ("    subtask.on_cancel(thread.task.inst)\n",
     "    subtask.on_cancel(thread.task.inst)\n    trap_if(subtask.resolve_delivered())\n"),
    # It is the writer that is pending when a future is dropped: the writable end cannot be dropped before.
    ("        assert(isinstance(self.pending_buffer, WritableBuffer))\n", ""),
]
ADDED = """
def needs_the_stack(t):
  return t is t.task.inst.exclusive_thread or \\
         (t is t.task.implicit_thread and t.task.ft.async_ and t.task.needs_exclusive())

def threads_to_run(task):
  return [ t for t in task.inst.store.waiting
           if t.task.inst is task.inst and t.index is not None and t.ready() and not needs_the_stack(t) ]

def may_block(task):
  return task.ft.async_ or task.state == Task.State.RESOLVED or bool(threads_to_run(task))
"""


def load_definitions(folder):
    text = (Path(folder) / "definitions.py").read_text()
    for old, new in FIRST + ADR_0006 + FAULTS:
        if text.count(old) != 1:
            raise SystemExit(f"definitions.py does not have this once any more:\n{old}")
        text = text.replace(old, new)
    module = types.ModuleType("definitions")
    sys.modules["definitions"] = module
    exec(compile(text + ADDED, "definitions.py", "exec"), module.__dict__)
    module.DETERMINISTIC_PROFILE = True
    switching = Switching(module)
    return module, switching


# --- stack switching: traps go to who resumed, and what is left in the middle can be ended ---


class Abandoned(BaseException):
    pass


class Worker:
    """A thread of Python's that runs one continuation after another."""

    def __init__(self, switching):
        self.switching, self.lock = switching, threading.Lock()
        self.lock.acquire()
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        self.switching.local.worker = self
        while True:
            self.lock.acquire()
            handler_error = block_arg = None
            try:
                block_arg = self.f(self.block_result)
            except BaseException as error:
                handler_error = error.with_traceback(None) if isinstance(error, Abandoned) else error
            handler = self.handler
            handler.cont, handler.block_arg, handler.error = None, block_arg, handler_error
            self.f = None
            self.switching.parked.discard(self)
            self.switching.spare.append(self)
            handler.lock.release()


class Switching:
    def __init__(self, d):
        self.d, self.local, self.spare, self.parked = d, threading.local(), [], set()
        d.cont_new, d.resume, d.block = self.cont_new, self.resume, self.block
        d.current_thread = lambda: self.local.worker.handler.current_thread

    def handler_of(self, thread):
        handler = self.d.Handler()
        handler.lock = threading.Lock()
        handler.lock.acquire()
        handler.current_thread, handler.error = thread, None
        return handler

    def cont_new(self, f):
        cont = self.d.Continuation()
        cont.f, cont.worker = f, None
        return cont

    def resume(self, cont, block_result, current_thread):
        handler = self.handler_of(current_thread)
        worker = cont.worker
        if worker is None:
            worker = self.spare.pop() if self.spare else Worker(self)
            worker.f, worker.abandoned = cont.f, False
        self.parked.discard(worker)
        worker.handler, worker.block_result = handler, block_result
        worker.lock.release()
        handler.lock.acquire()
        if handler.error is not None:
            raise handler.error
        return handler.cont, handler.block_arg

    def block(self, switch_to):
        worker = self.local.worker
        cont = self.d.Continuation()
        cont.worker = worker
        handler = worker.handler
        handler.cont, handler.block_arg = cont, switch_to
        self.parked.add(worker)
        handler.lock.release()
        worker.lock.acquire()
        if worker.abandoned:
            raise Abandoned
        return worker.block_result

    def end(self):
        while self.parked:
            worker = self.parked.pop()
            worker.abandoned, worker.handler = True, self.handler_of(None)
            handler = worker.handler
            worker.lock.release()
            handler.lock.acquire()


# --- a case, run by the definitions; async_oracle.cpp has the same under the same names ---

WAITABLES = ("sub", "sr", "sw", "fr", "fw")
ENDS = {"stream": "sr", "future": "fr", "own": "res", "borrow": "res"}


class Instance:
    """What an instance's code knows of its handles."""

    def __init__(self, inst, memory):
        self.inst, self.memory = inst, memory
        self.known = {kind: [] for kind in (*WAITABLES, "set", "res", "thr", "idle")}
        self.busy, self.waits, self.done, self.asked, self.delivered, self.borrowed = (set() for _ in range(6))
        self.joined, self.subs, self.lent, self.waiters = {}, {}, Counter(), Counter()
        self.backpressure = self.results = 0

    def forget(self, kind, x):
        if x in self.known[kind]:
            self.known[kind].remove(x)
        for some in (self.busy, self.waits, self.done, self.asked, self.delivered, self.borrowed):
            some.discard(x)
        for some in (self.joined, self.subs, self.lent, self.waiters):
            some.pop(x, None)

    def u32(self, at):
        return int.from_bytes(self.memory.bytes[at:at + 4], "little")


class Record:
    """What a task knows of itself."""

    def __init__(self, number, function, task):
        self.number, self.function, self.task = number, function, task
        self.segment, self.returned, self.cancelled, self.borrows, self.waits_for = 0, False, False, [], None


class Run:
    def __init__(self, d, case):
        self.d, self.case, self.trace, self.left = d, case, [], MOST_OPERATIONS
        self.store, self.tasks = d.Store(), {}
        self.insts = []
        for parent in case["insts"]:
            inst = d.ComponentInstance(self.store, self.insts[parent].inst if parent >= 0 else None)
            memory = d.MemInst(bytearray(FILL), "i32")
            self.insts.append(Instance(inst, memory))
        self.rt = d.ResourceType(self.insts[-1].inst)
        self.elem = {"u8": d.U8Type(), "bool": d.BoolType(), None: None}[case["elem"]]
        self.stream, self.future = d.StreamType(self.elem), d.FutureType(self.elem)
        self.funcs = [self.lift(n, f) for n, f in enumerate(case["funcs"])]

    def type(self, kind):
        d = self.d
        return {"u32": d.U32Type(), "stream": self.stream, "future": self.future, "own": d.OwnType(self.rt),
                "borrow": d.BorrowType(self.rt)}[kind]

    def options(self, i, async_=False):
        return self.d.CanonicalOptions(memory=self.insts[i].memory, async_=async_)

    def lift(self, number, f):
        d, i = self.d, f["inst"]
        ft = d.FuncType([self.type(k) for k in f["param"]], [self.type(k) for k in f["result"]], f["async"])
        opts = self.options(i, f["lift"] != "sync")
        if f["lift"] == "callback":
            opts.callback = lambda args: self.callback(number, args)
        entered = lambda args: self.entered(number, args)
        return ft, self.store.lift(entered, ft, opts, self.insts[i].inst), opts

    # functions

    def record(self):
        return self.tasks[id(self.d.current_task())]

    def me(self):
        return self.d.current_thread().index

    def entered(self, number, args):
        f = self.case["funcs"][number]
        i, s = f["inst"], self.insts[f["inst"]]
        record = Record(number, f, self.d.current_task())
        self.tasks[id(record.task)] = record
        s.known["thr"].append(self.me())
        self.trace.append([i, "enter", number, *args])
        for kind, v in zip(f["param"], args):
            self.receive(i, kind, v, record)
        if f["lift"] == "callback":
            return self.step(i, s, record)
        self.run(i, f["segments"][0]["ops"])
        if f["lift"] == "stackful":
            self.finish(i, s, record)
            return []
        self.drop_borrows(s, record)
        result = self.result(i, s, f)
        s.known["thr"].remove(self.me())
        return result

    def callback(self, number, args):
        record = self.record()
        i = record.function["inst"]
        s = self.insts[i]
        self.trace.append([i, "event", number, *args])
        if record.waits_for is not None:
            s.waiters[record.waits_for] -= 1
            record.waits_for = None
        self.note(i, s, *args)
        return self.step(i, s, record)

    def step(self, i, s, record):
        segments = record.function["segments"]
        if record.segment < len(segments):
            segment = segments[record.segment]
            record.segment += 1
            self.run(i, segment["ops"])
            if segment["end"] == 1:
                return [1]
            if segment["end"] == 2:
                x = self.pick(s, ("set",), segment["set"], 0, lambda x: x in s.joined.values())
                if x is None:
                    return [1]
                s.waiters[x] += 1
                record.waits_for = x
                return [2 | x << 4]
        self.finish(i, s, record)
        return [0]

    def finish(self, i, s, record):
        if not record.returned and not record.function["forgets"]:
            self.drop_borrows(s, record)
            if record.cancelled and record.function["cancels"]:
                self.d.canon_task_cancel()
                self.trace.append([i, "cancelled"])
            else:
                self.give(i, s, record)
            record.returned = True
        s.known["thr"].remove(self.me())

    def give(self, i, s, record):
        ft, _, opts = self.funcs[record.number]
        result = self.result(i, s, record.function)
        self.trace.append([i, "give", *result])
        self.d.canon_task_return(ft.result, self.options(i, True), result)

    def drop_borrows(self, s, record):
        for x in record.borrows:
            if x in s.known["res"]:
                self.d.canon_resource_drop(self.rt, x)
                s.forget("res", x)
        record.borrows = []

    def result(self, i, s, f):
        if not f["result"]:
            return []
        kind = f["result"][0]
        return [f["value"] if kind == "u32" else self.take(i, s, kind, f["value"])]

    def free(self, s, x):
        return x not in s.busy and x not in s.waits and x not in s.done and x not in s.joined

    def take(self, i, s, kind, a):
        """A handle to give away; a new one where there is none."""
        if kind == "own":
            x = self.pick(s, ("res",), a, 0, lambda x: s.lent[x] == 0 and x not in s.borrowed)
            if x is None:
                x = self.d.canon_resource_new(self.rt, a)[0]
        else:
            x = self.pick(s, (ENDS[kind],), a, 0, lambda x: self.free(s, x))
            if x is None:
                x = self.new_pair(s, kind)[0]
        s.forget(ENDS[kind], x)
        return x

    def receive(self, i, kind, v, record=None):
        s = self.insts[i]
        if kind == "u32" or (kind == "borrow" and i == len(self.insts) - 1):
            return
        s.known[ENDS[kind]].append(v)
        if kind == "borrow":
            record.borrows.append(v)
            s.borrowed.add(v)

    def new_pair(self, s, kind):
        both = self.d.canon_stream_new(self.stream) if kind == "stream" else self.d.canon_future_new(self.future)
        r, w = both[0] & 0xFFFFFFFF, both[0] >> 32
        s.known["sr" if kind == "stream" else "fr"].append(r)
        s.known["sw" if kind == "stream" else "fw"].append(w)
        return [r, w]

    # events

    def note(self, i, s, code, p1, p2):
        if code == 1 and p2 >= 2:
            self.resolved(i, s, p1, p2)
        elif 2 <= code <= 5:
            self.copied(s, p1, code >= 4, p2)
        elif code == 6:
            self.record().cancelled = True

    def resolved(self, i, s, x, state):
        s.delivered.add(x)
        kinds, at, lent = s.subs.pop(x, ([], 0, None))
        if lent is not None:
            s.lent[lent] -= 1
        if state == 2:
            for kind in kinds:
                self.receive(i, kind, s.u32(at))

    def copied(self, s, x, future, result):
        s.busy.discard(x)
        if result & 15 == 1 or (future and result & 15 == 0):
            s.done.add(x)

    # operations: what they give, or None where they are left out

    def run(self, i, ops):
        for name, *arguments in ops:
            self.left -= 1
            if self.left < 0:
                raise self.d.Trap
            gave = getattr(self, "op_" + name)(i, self.insts[i], *arguments)
            if gave is not None:
                self.trace.append([i, name, *gave])

    def pick(self, s, kinds, a, force, fits=lambda x: True):
        if force:
            return a % 10
        found = [x for kind in kinds for x in s.known[kind] if fits(x)]
        return found[a % len(found)] if found else None

    def op_trap(self, i, s, a, b, c, force):
        raise self.d.Trap

    def op_set_new(self, i, s, a, b, c, force):
        x = self.d.canon_waitable_set_new()[0]
        s.known["set"].append(x)
        return [x]

    def op_set_wait(self, i, s, a, b, c, force):
        x = self.pick(s, ("set",), a, force, lambda x: c == 0 or x in s.joined.values())
        if x is None:
            return None
        s.waiters[x] += 1
        code = self.d.canon_waitable_set_wait(bool(b), s.memory, x, EVENT)[0]
        s.waiters[x] -= 1
        event = [code, s.u32(EVENT), s.u32(EVENT + 4)]
        self.note(i, s, *event)
        return event

    def op_set_poll(self, i, s, a, b, c, force):
        x = self.pick(s, ("set",), a, force)
        if x is None:
            return None
        code = self.d.canon_waitable_set_poll(bool(b), s.memory, x, EVENT)[0]
        event = [code, s.u32(EVENT), s.u32(EVENT + 4)]
        self.note(i, s, *event)
        return event

    def op_set_drop(self, i, s, a, b, c, force):
        x = self.pick(s, ("set",), a, force, lambda x: x not in s.joined.values() and s.waiters[x] == 0)
        if x is None:
            return None
        self.d.canon_waitable_set_drop(x)
        s.forget("set", x)
        return [x]

    def op_join(self, i, s, a, b, c, force):
        x = self.pick(s, WAITABLES, a, force, lambda x: x not in s.waits)
        if x is None:
            return None
        to = self.pick(s, ("set",), b, 0) if c else None
        self.d.canon_waitable_join(x, to or 0)
        s.joined.pop(x, None)
        if to:
            s.joined[x] = to
        return [x, to or 0]

    def op_sub_cancel(self, i, s, a, b, c, force):
        x = self.pick(s, ("sub",), a, force,
                      lambda x: x not in s.asked and x not in s.delivered and (b or x not in s.joined))
        if x is None:
            return None
        s.asked.add(x)
        if not b:
            s.waits.add(x)
        state = self.d.canon_subtask_cancel(bool(b), x)[0]
        s.waits.discard(x)
        if state != BLOCKED:
            self.resolved(i, s, x, state)
        return [x, state]

    def op_sub_drop(self, i, s, a, b, c, force):
        x = self.pick(s, ("sub",), a, force, lambda x: x in s.delivered)
        if x is None:
            return None
        self.d.canon_subtask_drop(x)
        s.forget("sub", x)
        return [x]

    def op_stream_new(self, i, s, a, b, c, force):
        return self.new_pair(s, "stream")

    def op_future_new(self, i, s, a, b, c, force):
        return self.new_pair(s, "future")

    def copy(self, s, kind, call, a, b, c, force):
        x = self.pick(s, (kind,), a, force,
                      lambda x: x not in s.busy and x not in s.waits and x not in s.done and (b or x not in s.joined))
        if x is None:
            return None
        s.busy.add(x)
        if not b:
            s.waits.add(x)
        opts = self.d.CanonicalOptions(memory=s.memory, async_=bool(b))
        if kind[0] == "s":
            result = call(self.stream, opts, x, c % 400, c // 400 % 12)[0]
        else:
            result = call(self.future, opts, x, c % 400)[0]
        s.waits.discard(x)
        if result != BLOCKED:
            self.copied(s, x, kind[0] == "f", result)
        return [x, result]

    def op_read(self, i, s, a, b, c, force):
        return self.copy(s, "sr", self.d.canon_stream_read, a, b, c, force)

    def op_write(self, i, s, a, b, c, force):
        return self.copy(s, "sw", self.d.canon_stream_write, a, b, c, force)

    def op_future_read(self, i, s, a, b, c, force):
        return self.copy(s, "fr", self.d.canon_future_read, a, b, c, force)

    def op_future_write(self, i, s, a, b, c, force):
        return self.copy(s, "fw", self.d.canon_future_write, a, b, c, force)

    def cancel_copy(self, s, kind, call, a, b, force):
        x = self.pick(s, (kind,), a, force,
                      lambda x: x in s.busy and x not in s.waits and (b or x not in s.joined))
        if x is None:
            return None
        result = call(self.stream if kind[0] == "s" else self.future, bool(b), x)[0]
        if result != BLOCKED:
            self.copied(s, x, kind[0] == "f", result)
        return [x, result]

    def op_cancel_read(self, i, s, a, b, c, force):
        return self.cancel_copy(s, "sr", self.d.canon_stream_cancel_read, a, b, force)

    def op_cancel_write(self, i, s, a, b, c, force):
        return self.cancel_copy(s, "sw", self.d.canon_stream_cancel_write, a, b, force)

    def op_future_cancel_read(self, i, s, a, b, c, force):
        return self.cancel_copy(s, "fr", self.d.canon_future_cancel_read, a, b, force)

    def op_future_cancel_write(self, i, s, a, b, c, force):
        return self.cancel_copy(s, "fw", self.d.canon_future_cancel_write, a, b, force)

    def op_drop(self, i, s, a, b, c, force):
        d = self.d
        kind, call, t = [("sr", d.canon_stream_drop_readable, self.stream),
                         ("sw", d.canon_stream_drop_writable, self.stream),
                         ("fr", d.canon_future_drop_readable, self.future),
                         ("fw", d.canon_future_drop_writable, self.future)][b % 4]
        x = self.pick(s, (kind,), a, force,
                      lambda x: x not in s.busy and x not in s.waits and (kind != "fw" or x in s.done))
        if x is None:
            return None
        call(t, x)
        s.forget(kind, x)
        return [x]

    def op_res_new(self, i, s, a, b, c, force):
        if i != len(self.insts) - 1:
            return None
        x = self.d.canon_resource_new(self.rt, a)[0]
        s.known["res"].append(x)
        return [x]

    def op_res_rep(self, i, s, a, b, c, force):
        x = self.pick(s, ("res",), a, force)
        return None if x is None else [x, self.d.canon_resource_rep(self.rt, x)[0]]

    def op_res_drop(self, i, s, a, b, c, force):
        x = self.pick(s, ("res",), a, force, lambda x: s.lent[x] == 0)
        if x is None:
            return None
        self.d.canon_resource_drop(self.rt, x)
        s.forget("res", x)
        return [x]

    def op_call(self, i, s, a, b, c, force):
        number = a % len(self.funcs)
        f = self.case["funcs"][number]
        ft, func, _ = self.funcs[number]
        async_ = bool(b) and f["async"]
        args, lent = [], None
        for kind in f["param"]:
            if kind == "u32":
                args.append(c)
            elif kind == "borrow":
                lent = self.pick(s, ("res",), c, force)
                if lent is None:
                    return None
                s.lent[lent] += 1
                args.append(lent)
            elif kind == "own" and i != len(self.insts) - 1 and not s.known["res"]:
                return None
            else:
                args.append(self.take(i, s, kind, c))
        at = RESULTS + 4 * (s.results % 100)
        if async_ and f["result"]:
            s.results += 1
        self.trace.append([i, "call", number, *args])
        core = args + ([at] if async_ and f["result"] else [])
        opts = self.options(i, async_)
        gave = self.store.lower(func, ft, opts, s.inst)(core)
        if async_ and gave[0] >> 4:
            s.known["sub"].append(gave[0] >> 4)
            s.subs[gave[0] >> 4] = (f["result"], at, lent)
            return gave
        if lent is not None:
            s.lent[lent] -= 1
        for kind in f["result"]:
            self.receive(i, kind, s.u32(at) if async_ else gave[0])
        return gave

    def op_return(self, i, s, a, b, c, force):
        record = self.record()
        if not force and (record.returned or record.function["lift"] == "sync"):
            return None
        if not force:
            self.drop_borrows(s, record)
        self.give(i, s, record)
        record.returned = True
        return []

    def op_task_cancel(self, i, s, a, b, c, force):
        record = self.record()
        if not force and (record.returned or not record.cancelled or record.function["lift"] == "sync"):
            return None
        self.drop_borrows(s, record)
        self.d.canon_task_cancel()
        record.returned = True
        return []

    def op_context_get(self, i, s, a, b, c, force):
        return self.d.canon_context_get("i32", a % 2)

    def op_context_set(self, i, s, a, b, c, force):
        self.d.canon_context_set("i32", a % 2, c)
        return []

    def op_inc(self, i, s, a, b, c, force):
        s.backpressure += 1
        self.d.canon_backpressure_inc()
        return []

    def op_dec(self, i, s, a, b, c, force):
        if s.backpressure == 0 and not force:
            return None
        s.backpressure -= 1
        self.d.canon_backpressure_dec()
        return []

    # threads

    def cancelled(self, cancelled):
        if cancelled:
            self.record().cancelled = True
        return [int(cancelled)]

    def op_yield(self, i, s, a, b, c, force):
        return self.cancelled(self.d.canon_thread_yield(bool(b))[0])

    def op_thread_new(self, i, s, a, b, c, force):
        if not self.case["threads"]:
            return None
        d = self.d
        ft = d.CoreFuncType(["i32"], [])
        table = d.Table()
        table.add(d.CoreFuncRef(ft, lambda args: self.thread(i, args[0])))
        x = d.canon_thread_new_indirect(ft, table, 1, a % len(self.case["threads"]))[0]
        s.known["thr"].append(x)
        s.known["idle"].append(x)
        return [x]

    def thread(self, i, script):
        self.trace.append([i, "thread", self.me(), script])
        self.run(i, self.case["threads"][script])
        self.insts[i].known["thr"].remove(self.me())
        return []

    def op_thread_index(self, i, s, a, b, c, force):
        return self.d.canon_thread_index()

    def op_resume_later(self, i, s, a, b, c, force):
        x = self.pick(s, ("idle",), a, force)
        if x is None:
            return None
        if x in s.known["idle"]:
            s.known["idle"].remove(x)
        self.d.canon_thread_resume_later(x)
        return [x]

    def suspended(self, s, call):
        me = self.me()
        s.known["idle"].append(me)
        cancelled = call()[0]
        if me in s.known["idle"]:
            s.known["idle"].remove(me)
        return self.cancelled(cancelled)

    def op_suspend(self, i, s, a, b, c, force):
        return self.suspended(s, lambda: self.d.canon_thread_suspend(bool(b)))

    def then_resume(self, s, call, a, b, force, suspends):
        x = self.pick(s, ("idle",), a, force)
        if x is None:
            return None
        if x in s.known["idle"]:
            s.known["idle"].remove(x)
        if suspends:
            return self.suspended(s, lambda: call(bool(b), x))
        return self.cancelled(call(bool(b), x)[0])

    def op_suspend_resume(self, i, s, a, b, c, force):
        return self.then_resume(s, self.d.canon_thread_suspend_then_resume, a, b, force, True)

    def op_yield_resume(self, i, s, a, b, c, force):
        return self.then_resume(s, self.d.canon_thread_yield_then_resume, a, b, force, False)

    def op_suspend_promote(self, i, s, a, b, c, force):
        x = self.pick(s, ("thr",), a, force)
        return None if x is None else self.suspended(
            s, lambda: self.d.canon_thread_suspend_then_promote(bool(b), x))

    def op_yield_promote(self, i, s, a, b, c, force):
        x = self.pick(s, ("thr",), a, force)
        return None if x is None else self.cancelled(self.d.canon_thread_yield_then_promote(bool(b), x)[0])

    # the host

    def host(self):
        on_cancels, self.resolved_calls = [], set()
        for name, a, b in self.case["host"]:
            if name == "call":
                on_cancels.append(self.host_call(len(on_cancels), a, b))
            elif name == "tick":
                for _ in range(a):
                    self.store.tick()
            elif on_cancels:
                n = a % len(on_cancels)
                if n not in self.resolved_calls and on_cancels[n]:
                    self.trace.append(["host", "cancel", n])
                    on_cancel, on_cancels[n] = on_cancels[n], None
                    on_cancel(None)
        for _ in range(MOST_TICKS):
            if not any(t.ready() for t in self.store.waiting):
                break
            self.store.tick()

    def host_call(self, n, number, value):
        def on_start():
            return [value for _ in self.case["funcs"][number]["param"]]

        def on_resolve(result):
            self.resolved_calls.add(n)
            self.trace.append(["host", "resolved", n, result])

        self.trace.append(["host", "call", n])
        return self.store.invoke(self.funcs[number][1], on_start, on_resolve)

    def state(self):
        return [self.state_of(s) for s in self.insts]

    def state_of(self, s):
        d, inst = self.d, s.inst
        kinds = {d.ResourceHandle: 0, d.ReadableStreamEnd: 1, d.WritableStreamEnd: 2, d.ReadableFutureEnd: 3,
                 d.WritableFutureEnd: 4, d.Subtask: 5, d.WaitableSet: 6}
        handles = []
        for x, h in enumerate(inst.handles.array):
            if h is None:
                continue
            kind = kinds[type(h)]
            if kind == 0:
                more = [int(h.own), h.num_lends]
            elif kind == 6:
                more = [len(h.elems), h.num_waiting]
            elif kind == 5:
                more = [int(h.state), int(h.has_pending_event())]
            else:
                more = [h.state.value, int(h.has_pending_event())]
            handles.append([x, kind, *more])
        threads = [[x, int(t.waiting())] for x, t in enumerate(inst.threads.array) if t is not None]
        return [handles, threads, inst.backpressure, inst.num_waiting_to_enter,
                int(inst.exclusive_thread is not None), int(inst.may_enter), int(inst.may_leave),
                s.memory.bytes.hex()]


def run(d, switching, case):
    one = Run(d, case)
    try:
        one.host()
        result = {"trace": one.trace, "state": one.state()}
    except d.Trap:
        result = {"trace": one.trace, "trap": True}
    except AssertionError as error:
        at = error.__traceback__
        while at.tb_next:
            at = at.tb_next
        result = {"trace": one.trace, "assertion": at.tb_frame.f_code.co_name, "line": at.tb_lineno}
    switching.end()
    return result


# --- random cases ---

OPERATIONS = {
    "set_new": 3, "set_wait": 3, "set_poll": 4, "set_drop": 1, "join": 8, "sub_cancel": 4, "sub_drop": 3,
    "stream_new": 4, "future_new": 3, "read": 6, "write": 6, "future_read": 3, "future_write": 4, "cancel_read": 3,
    "cancel_write": 3, "future_cancel_read": 2, "future_cancel_write": 2, "drop": 4, "res_new": 2, "res_rep": 1,
    "res_drop": 2, "call": 9, "return": 3, "task_cancel": 2, "context_get": 1, "context_set": 1, "inc": 1, "dec": 2,
    "yield": 3,
}
THREADS = {"thread_new": 5, "thread_index": 1, "resume_later": 3, "suspend": 2, "suspend_resume": 3,
           "yield_resume": 3, "suspend_promote": 1, "yield_promote": 2}

# What belongs together, for random operations seldom meet.
MOTIFS = [
    ["set_new", "stream_new", "read", "join", "write", "set_wait"], ["set_new", "future_new", "future_read", "join"],
    ["call", "set_new", "join", "set_wait", "sub_drop"], ["call", "sub_cancel", "sub_drop"],
    ["call", "call", "set_new", "join", "join", "set_poll", "sub_cancel"],
    ["stream_new", "write", "call", "cancel_write"],
    ["stream_new", "call", "read", "write", "drop", "drop"], ["future_new", "call", "future_write", "drop"],
    ["res_new", "call", "call", "res_drop"], ["inc", "call", "call", "yield", "dec"], ["call", "yield", "sub_cancel"],
    ["read", "join", "set_wait", "cancel_read"], ["return", "yield", "set_wait"], ["future_read", "yield", "return"],
]


class Cases:
    def __init__(self, rng):
        self.rng = rng

    def make(self):
        rng = self.rng
        self.insts = [-1]
        for i in range(1, rng.choice([1, 2, 2, 3, 3, 3])):
            self.insts.append(rng.choice([-1, -1, -1, -1, rng.randrange(i)]))
        self.weights = dict(OPERATIONS)
        threads = rng.random() < 0.4
        # Which instances have code that blocks in the middle.
        self.blocks = [threads or rng.random() < 0.7 for _ in self.insts]
        if threads:
            self.weights |= THREADS
        for name in rng.sample(list(self.weights), rng.randint(0, 8)):
            self.weights[name] *= rng.choice([0, 0, 4])
        self.force = rng.choice([0, 0, 0, 0.01, 0.05])
        self.sync = rng.choice([0.1, 0.3, 0.6])
        self.functions = [self.header(i) for i in [0, 0, *(rng.randrange(len(self.insts))
                                                           for _ in range(rng.randint(1, 6)))]]
        for f in self.functions[:2]:  # what the host calls
            f["param"], f["result"] = rng.choice([[], ["u32"]]), rng.choice([[], ["u32"]])
        self.functions.sort(key=lambda f: f["inst"])
        for f in self.functions:
            f["segments"] = [self.segment(f["inst"]) for _ in range(rng.randint(1, 4))]
        scripts = [self.ops(rng.randrange(len(self.insts))) for _ in range(3)] if threads else []
        return {"insts": self.insts, "elem": rng.choice(["u8", "u8", None, "bool"]), "funcs": self.functions,
                "threads": scripts, "host": self.host(), "blocks": self.blocks}

    def header(self, i):
        rng = self.rng
        is_async = rng.random() < 0.92
        last = i == len(self.insts) - 1
        lifts = ["sync", "callback", "callback", *(["stackful"] * 2 if self.blocks[i] else [])]
        results = [[], [], ["u32"], ["u32"], ["stream"], ["future"], *([["own"]] * 3 if last else [])]
        return {"inst": i, "async": is_async,
                "lift": rng.choice(lifts) if is_async else "sync",
                "param": rng.choice([[], [], ["u32"], ["stream"], ["future"], ["borrow"], ["own"],
                                     ["u32", "stream"]]),
                "result": rng.choice(results), "value": rng.randrange(100), "cancels": int(rng.random() < 0.7),
                "forgets": int(rng.random() < 0.02)}

    def segment(self, i):
        return {"ops": self.ops(i), "end": self.rng.choice([0, 1, 1, 2, 2, 2]), "set": self.rng.randrange(8)}

    def ops(self, i):
        rng = self.rng
        names = []
        for _ in range(rng.randint(1, 4)):
            if rng.random() < 0.5:
                names += rng.choice(MOTIFS)
            else:
                names += rng.choices(list(self.weights), list(self.weights.values()), k=rng.randint(1, 5))
        return [self.operation(i, name) for name in names]

    def operation(self, i, name):
        rng = self.rng
        a, b, c = rng.randrange(64), int(not self.blocks[i] or rng.random() >= self.sync), rng.randrange(5000)
        if not self.blocks[i] and name in ("set_wait", "yield"):
            name = "set_poll"
        if name == "call":
            fitting = [n for n, f in enumerate(self.functions) if f["inst"] > i or rng.random() < 0.06]
            if not fitting:
                return ["yield" if self.blocks[i] else "set_new", a, b, c, 0]
            a = rng.choice(fitting)
        elif name in ("join", "drop", "set_wait"):
            c = int(rng.random() < 0.85)
            b = rng.randrange(8) if name != "set_wait" else b
        elif name == "inc" and rng.random() < 0.5:
            name = "dec"
        return [name, a, b, c, int(rng.random() < self.force)]

    def host(self):
        rng = self.rng
        callable = [n for n, f in enumerate(self.functions)
                    if set(f["param"]) <= {"u32"} and set(f["result"]) <= {"u32"}]
        actions = [["call", callable[0], 7]]
        for _ in range(rng.randint(2, 12)):
            kind = rng.choice(["call", "call", "call", "tick", "tick", "cancel"])
            if kind == "call":
                actions.append(["call", rng.choice(callable), rng.randrange(100)])
            elif kind == "tick":
                actions.append(["tick", rng.randint(1, 4), 0])
            elif kind == "cancel":
                actions.append(["cancel", rng.randrange(4), 0])
        return actions + [["tick", 0, 0]]


def fixed(insts, funcs, host):
    """A case written by hand: functions are (instance, how lifted, operations)."""
    header = {"async": True, "param": [], "result": [], "value": 0, "cancels": 1, "forgets": 0}
    return {"insts": insts, "elem": "u8", "threads": [], "host": host, "blocks": [True for _ in insts], "funcs": [
        {**header, "inst": inst, "lift": lift, "segments": [{"ops": ops, "end": 0, "set": 0}]}
        for inst, lift, ops in funcs]}


def op(name, a=0, b=0, c=0):
    return [name, a, b, c, 0]


# What random cases have found.
FIXED = [
    # A task asks for its own cancellation, by way of the table it shares with its caller.
    fixed([-1], [(0, "stackful", [op("call", 1, 1)]), (0, "stackful", [op("yield", b=1), op("sub_cancel", b=1)])],
          [["call", 0, 0]]),
    # A subtask is cancelled that has begun since, and does not end at once.
    fixed([-1, -1], [(0, "stackful", [op("call", 1, 1), op("call", 1, 1), op("yield"), op("yield"),
                                      op("sub_cancel", 1), op("sub_cancel")]),
                     (1, "sync", [op("yield"), op("yield"), op("yield")])], [["call", 0, 0]]),
    # What a cancellation resumes takes the event of it, or puts the subtask into a set.
    fixed([-1], [(0, "stackful", [op("call", 1, 1), op("set_new"), op("join", c=1), op("sub_cancel", b=1)]),
                 (0, "stackful", [op("yield", b=1), op("task_cancel"), op("set_poll")])], [["call", 0, 0]]),
    fixed([-1], [(0, "stackful", [op("call", 1, 1), op("set_new"), op("sub_cancel")]),
                 (0, "stackful", [op("yield", b=1), op("join", c=1), op("yield")])], [["call", 0, 0]]),
    # A future's readable end is dropped while the writer waits.
    fixed([-1], [(0, "stackful", [op("future_new"), op("future_write", b=1), op("drop", b=2)])], [["call", 0, 0]]),
    # The store ends while a thread is in the middle.
    fixed([-1], [(0, "stackful", [op("set_new"), op("set_wait")])], [["call", 0, 0]]),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command")
    parser.add_argument("folder")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one case, shown")
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    sys.setrecursionlimit(20000)
    d, switching = load_definitions(options.folder)
    process = None
    counts = Counter()
    for number in range(options.cases):
        if options.only is not None and number != options.only:
            continue
        rng = random.Random(options.seed * 1_000_003 + number)
        case = FIXED[number] if number < len(FIXED) else Cases(rng).make()
        wanted = run(d, switching, case)
        if process is None:
            process = subprocess.Popen([options.command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write(json.dumps(case) + "\n")
        process.stdin.flush()
        found = json.loads(process.stdout.readline() or '"heddle-canon-async ended"')
        if found == "heddle-canon-async ended":
            process.wait()
            process = None
        elif left := found.pop("left"):
            counts["with something not released"] += 1
            found["not released"] = left
        why = found.pop("why", "") if isinstance(found, dict) else ""
        counts["traps"] += "trap" in wanted
        counts["assertions of the definitions"] += "assertion" in wanted
        counts["operations"] += len(wanted["trace"])
        if options.only is not None:
            print(json.dumps(case), *wanted["trace"], sep="\n")
        if found == wanted:
            continue
        counts["different"] += 1
        if counts["different"] <= 5:
            explain(number, wanted, found, why)
    if process:
        process.stdin.close()
        counts["different"] += process.wait() != 0
    told = ", ".join(f"{n} {what}" for what, n in counts.items())
    print(f"async: {options.cases} cases, {told}")
    return 1 if counts["different"] else 0


def explain(number, wanted, found, why):
    print(f"case {number}: {why}")
    if not isinstance(found, dict):
        print(" ", found, {k: v for k, v in wanted.items() if k != "trace"}, *wanted["trace"][-6:], sep="\n  ")
        return
    same = 0
    while wanted["trace"][same:same + 1] and wanted["trace"][same:same + 1] == found["trace"][same:same + 1]:
        same += 1
    print("  both  ", *wanted["trace"][max(0, same - 8):same], sep="\n    ")
    for side, one in (("wanted", wanted), ("found ", found)):
        print(f"  {side}", *one["trace"][same:same + 4], sep="\n    ")
        print("   ", {k: v for k, v in one.items() if k not in ("trace", "state")})
    if wanted["trace"] == found["trace"] and "state" in wanted and "state" in found:
        for i, (w, f) in enumerate(zip(wanted["state"], found["state"])):
            if w != f:
                print(f"  instance {i}\n    wanted {w}\n    found  {f}")


if __name__ == "__main__":
    sys.exit(main())
