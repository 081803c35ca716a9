"""Guests that ask for more and more, or never end: each ends at its budget, by a trap, in bounded time,
    and the host's
memory stays near the budget: what the host keeps for components, what the guest's memories may have, a little more,
and what a component that does nothing takes.
"""

import os
import resource
import subprocess
import tempfile
import time
import unittest
from dataclasses import dataclass, field
from pathlib import Path

from support import HEDDLE

MIB = 1 << 20
COMPONENT_BYTES = 256 * MIB  # rt::Budget::kComponentBytes
MEMORY_BYTES = 64 * MIB
MORE = 16 * MIB
SECONDS = 20
MOST_CPU_SECONDS = 600  # one that does not end is ended
FUEL = 1_000_000  # what a loop that keeps nothing runs on

BUDGET = "store budget exceeded"
NO_FUEL = "all fuel consumed"

MEMORY = """(core module $Memory
    (memory (export "m") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $Memory))"""
OPTIONS = '(memory (core memory $memory "m")) (realloc (core func $memory "realloc"))'
EVENTS = '(memory (core memory $memory "m"))'

# The names guests call built-ins by: what defines them, and their core types.
BUILTINS = {
    "new-set": ("waitable-set.new", "(result i32)"),
    "wait": (f"waitable-set.wait {EVENTS}", "(param i32 i32) (result i32)"),
    "poll": (f"waitable-set.poll {EVENTS}", "(param i32 i32) (result i32)"),
    "join": ("waitable.join", "(param i32 i32)"),
    "yield": ("thread.yield", "(result i32)"),
    "cancel": ("subtask.cancel", "(param i32) (result i32)"),
    "cancel-async": ("subtask.cancel async", "(param i32) (result i32)"),
    "drop-subtask": ("subtask.drop", "(param i32)"),
    "return": ("task.return", ""),
    "cancelled": ("task.cancel", ""),
    "inc": ("backpressure.inc", ""),
    "dec": ("backpressure.dec", ""),
    "get": ("context.get i32 0", "(result i32)"),
    "set": ("context.set i32 0", "(param i32)"),
    "new-stream": ("stream.new $s", "(result i64)"),
    "read": (f"stream.read $s async {EVENTS}", "(param i32 i32 i32) (result i32)"),
    "write": (f"stream.write $s async {EVENTS}", "(param i32 i32 i32) (result i32)"),
    "cancel-read": ("stream.cancel-read $s", "(param i32) (result i32)"),
    "cancel-write": ("stream.cancel-write $s", "(param i32) (result i32)"),
    "new-future": ("future.new $t", "(result i64)"),
    "read-future": (f"future.read $t async {EVENTS}", "(param i32 i32) (result i32)"),
    "cancel-future": ("future.cancel-read $t", "(param i32) (result i32)"),
    "new-outer": ("stream.new $ss", "(result i64)"),
    "read-outer": (f"stream.read $ss async {OPTIONS}", "(param i32 i32 i32) (result i32)"),
    "write-outer": (f"stream.write $ss async {OPTIONS}", "(param i32 i32 i32) (result i32)"),
    "cancel-outer": ("stream.cancel-read $ss", "(param i32) (result i32)"),
    "read-nothing": ("stream.read $n async", "(param i32 i32 i32) (result i32)"),
    "write-nothing": ("stream.write $n async", "(param i32 i32 i32) (result i32)"),
    "new-nothing": ("stream.new $n", "(result i64)"),
    "cancel-nothing": ("stream.cancel-read $n", "(param i32) (result i32)"),
    "new-error": (f"error-context.new {OPTIONS}", "(param i32 i32) (result i32)"),
    "new-resource": ("resource.new $r", "(param i32) (result i32)"),
    "drop-resource": ("resource.drop $r", "(param i32)"),
    "new-thread": ("thread.new-indirect $start (table $table)", "(param i32 i32) (result i32)"),
    "resume-then": ("thread.yield-then-resume", "(param i32) (result i32)"),
    "suspend": ("thread.suspend", "(result i32)"),
}
TYPES = """(type $s (stream u8)) (type $t (future u8)) (type $ss (stream $s)) (type $n (stream))"""


def component(core, uses="", exports="", before="", imports=None, memory=MEMORY, name=""):
    """A component: its core module's text may call the built-ins `uses` names, and the functions `imports` gives (a
    name: the core function's definition, and its core type)."""
    calls = {name: (f"(canon {BUILTINS[name][0]} (core func ${name}))", BUILTINS[name][1]) for name in uses.split()}
    calls |= imports or {}
    defined = "\n  ".join(definition for definition, _ in calls.values())
    imported = "\n    ".join(f'(import "" "{name}" (func ${name} {type}))' for name, (_, type) in calls.items())
    given = " ".join(f'(export "{name}" (func ${name}))' for name in calls)
    return f"""(component {name}
  {TYPES}
  {memory}
  {before}
  {defined}
  (core module $m
    (import "memory" "m" (memory 1))
    {imported}
    {core})
  (core instance $i (instantiate $m (with "memory" (instance $memory)) (with "" (instance {given}))))
  {exports})"""


def loop(body):
    return f"(loop $again {body} (br $again))"


def exported(lift="", type="", name="f"):
    return f'(func (export "{name}") {type} (canon lift (core func $i "{name}") {lift}))'


def simple(body, uses, locals="(local $i i32) (local $l i64)", **more):
    """A sync function without parameters that does `body` for ever."""
    return component(f'(func (export "f") {locals} {loop(body)})', uses, exported(), **more)


CALLBACK = 'async (callback (core func $i "cb"))'
WAITS_FOR_EVER = """(global $set (mut i32) (i32.const 0))
    (func (export "f") (result i32)
      (if (i32.eqz (global.get $set)) (then (global.set $set (call $new-set))))
      (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
    (func (export "cb") (param i32 i32 i32) (result i32) (call $cancelled) (i32.const 0))"""


def caller(inner, body, uses="", type="async", lower="async", core_type="(result i32)", before="", first="",
           locals="(local $i i32)"):
    """A component that holds `inner`, and calls its function `f` in a loop."""
    held = f"""{inner}
  (instance $c (instantiate $C))
  {before}"""
    imports = {"call": (f'(canon lower (func $c "f") {lower} (core func $call))', core_type)}
    return component(f'(func (export "f") {locals} {first} {loop(body)})', uses,
                     exported(type="async"), held, imports)


def callee(core, uses="", lift=CALLBACK, type="async", before="", exports="", memory=MEMORY):
    return component(core, uses, exported(lift, type) + exports, before, memory=memory, name="$C")


WAITING = callee(WAITS_FOR_EVER, "new-set cancelled")


@dataclass
class Hostile:
    name: str
    text: str
    says: str
    options: list = field(default_factory=list)
    invoke: str = "f()"


def with_table(text):
    memory = '(with "memory" (instance $memory))'
    return text.replace(memory, memory + ' (with "table" (instance $t))')


def handles():
    """What fills a table."""
    resource = "(type $r (resource (rep i32)))"
    for name, body, uses in [
            ("waitable sets", "(drop (call $new-set))", "new-set"),
            ("streams", "(drop (call $new-stream))", "new-stream"),
            ("futures", "(drop (call $new-future))", "new-future"),
            ("error contexts", "(drop (call $new-error (i32.const 0) (i32.const 8)))", "new-error"),
            ("error contexts with text", "(drop (call $new-error (i32.const 0) (i32.const 9000)))", "new-error")]:
        yield Hostile(name, simple(body, uses), BUDGET)
    yield Hostile("own handles", simple("(drop (call $new-resource (i32.const 1)))", "new-resource", before=resource),
                  BUDGET)
    yield Hostile("streams that are read", simple(
        "(drop (call $read (i32.wrap_i64 (call $new-stream)) (i32.const 0) (i32.const 1)))", "new-stream read"),
            BUDGET)
    yield Hostile("streams that are waited for", simple(
        """(local.set $i (i32.wrap_i64 (call $new-stream)))
           (drop (call $read (local.get $i) (i32.const 0) (i32.const 1)))
           (call $join (local.get $i) (call $new-set))""", "new-stream read new-set join"), BUDGET)
    destructor = f"""(core module $D
      (import "" "t" (table 1 funcref))
      (func (export "dtor") (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0))))
    (core module $T (table (export "t") 1 funcref))
    (core instance $t (instantiate $T))
    (core instance $d (instantiate $D (with "" (instance $t))))
    (type $r (resource (rep i32) (dtor (core func $d "dtor"))))"""
    core = """(import "table" "t" (table 1 funcref))
    (elem (i32.const 0) func $again)
    (func $again (param i32) (call $drop-resource (call $new-resource (i32.const 1))))
    (func (export "f") (call $again (i32.const 0)))"""
    text = component(core, "new-resource drop-resource", exported(), destructor)
    text = with_table(text)
    yield Hostile("destructors that drop", text, "")
    core = """(import "table" "t" (table 1 funcref))
    (elem (i32.const 0) func $again)
    (func $again (param i32) (drop (call $new-resource (i32.const 1))) (drop (call $new-resource (i32.const 1))))
    (func (export "f") (loop $again (call $drop-resource (call $new-resource (i32.const 1))) (br $again)))"""
    text = component(core, "new-resource drop-resource", exported(), destructor)
    text = with_table(text)
    yield Hostile("destructors that make", text, BUDGET)


def calls():
    """Calls that never return, and those that are cancelled."""
    yield Hostile("subtasks", caller(WAITING, "(drop (call $call))"), BUDGET)
    stackful = callee("""(func (export "f") (drop (call $wait (call $new-set) (i32.const 0))))""",
        "new-set wait", "async")
    yield Hostile("tasks with stacks", caller(stackful, "(drop (call $call))"), BUDGET)
    # One has the instance for itself and blocks: the others wait to enter.
    blocking = callee("""(func (export "f") (drop (call $wait (call $new-set) (i32.const 0))))""", "new-set wait", "")
    yield Hostile("calls that wait to enter", caller(blocking, "(drop (call $call))"), BUDGET)
    full = callee(f"""(func $start (call $inc)) (start $start)
    (func (export "f") (result i32) (i32.const 0))
    (func (export "cb") (param i32 i32 i32) (result i32) (unreachable))
    (func (export "g") (call $inc) (call $dec))""", "inc dec", exports=exported(name="g"))
    yield Hostile("backpressure with thousands waiting", component(
        f"""(func (export "f") (local $n i32)
          (loop $more (drop (call $call)) (br_if $more (i32.lt_u (local.tee $n (i32.add (local.get $n)
              (i32.const 1))) (i32.const 4000))))
          {loop("(call $g)")})""", "", exported(type="async"), f"{full} (instance $c (instantiate $C))", {
              "call": ('(canon lower (func $c "f") async (core func $call))', "(result i32)"),
              "g": ('(canon lower (func $c "g") (core func $g))', "")}), NO_FUEL, ["--fuel", str(FUEL)])
    yield Hostile("backpressure", simple("(call $inc)", "inc"), "backpressure counter overflow")
    yield Hostile("calls that are cancelled", caller(
        WAITING, """(local.set $i (i32.shr_u (call $call) (i32.const 4)))
        (drop (call $cancel (local.get $i))) (call $drop-subtask (local.get $i))""", "cancel drop-subtask"),
        NO_FUEL, ["--fuel", str(FUEL)])
    deaf = callee("""(func (export "f") (result i32) (i32.or (i32.const 2) (i32.shl (call $new-set) (i32.const 4))))
    (func (export "cb") (param i32 i32 i32) (result i32) (i32.or (i32.const 2) (i32.shl (call $new-set)
        (i32.const 4))))""",
                  "new-set")
    yield Hostile("cancelling twice", caller(
        deaf, "(drop (call $cancel-async (local.get $i)))", "cancel-async",
        first="(local.set $i (i32.shr_u (call $call) (i32.const 4)))"), "`subtask.cancel` called twice")
    borrower = callee(WAITS_FOR_EVER.replace('"f") (result', '"f") (param i32) (result'), "new-set cancelled",
                      type='async (param "x" (borrow $R))', before="""(import "r" (type $R (sub resource)))""")
    lender = f"""(type $r (resource (rep i32)))
  {borrower}
  (instance $c (instantiate $C (with "r" (type $r))))"""
    yield Hostile("one handle lent to many calls", component(
        f"""(func (export "f") (local $i i32) (local.set $i (call $new-resource (i32.const 1)))
        {loop("(drop (call $call (local.get $i)))")})""", "new-resource", exported(type="async"), lender,
        {"call": ('(canon lower (func $c "f") async (core func $call))', "(param i32) (result i32)")}), BUDGET)
    yield Hostile("a task that returns twice", component(
        """(func (export "f") (result i32) (call $return) (call $return) (i32.const 0))
        (func (export "cb") (param i32 i32 i32) (result i32) (unreachable))""", "return",
        exported(CALLBACK, "async")), "returned or was cancelled more than once")


def crowds():
    """Thousands that wait for the same, which happens again and again and is gone before one of them goes on."""
    stack = '(func (export "f") (drop (call $wait (global.get $set) (i32.const 0))))'
    callback = """(func (export "f") (result i32) (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
    (func (export "cb") (param i32 i32 i32) (result i32) (unreachable))"""
    # Who has the instance for itself and blocks: the others have what they wait for, and must not go on.
    alone = exported('async (callback (core func $i "cb"))', "async", "h")
    for name, many, waits, lift, uses in [
            ("callbacks", 100_000, callback, CALLBACK, ""), ("stacks", 5_000, stack, "async", ""),
            ("callbacks beside threads", 100_000, callback, CALLBACK, "suspend"),
            ("callbacks beside one that blocks", 100_000, callback, CALLBACK, "")]:
        blocks = "blocks" in name
        happens = f"""(global $set (mut i32) (i32.const 0)) (global $l (mut i64) (i64.const 0))
    (func $start (global.set $set (call $new-set)) (global.set $l (call $new-nothing))
      (call $join (i32.wrap_i64 (global.get $l)) (global.get $set)))
    (start $start)
    {waits}
    (func (export "h") (result i32) (drop (call $wait (call $new-set) (i32.const 0))) (unreachable))
    (func (export "g")
      (drop (call $read-nothing (i32.wrap_i64 (global.get $l)) (i32.const 0) (i32.const 1)))
      (drop (call $write-nothing (i32.wrap_i64 (i64.shr_u (global.get $l) (i64.const 32)))
          (i32.const 0) (i32.const 1)))
      (drop (call $poll (global.get $set) (i32.const 0))))"""
        inner = callee(happens, f"new-set new-nothing join wait poll read-nothing write-nothing {uses}", lift,
                       exports=exported(name="g") + alone * blocks)
        imports = {name: (f'(canon lower (func $c "{name}") {lower} (core func ${name}))', core_type)
                   for name, lower, core_type in [("f", "async", "(result i32)"), ("g", "", ""),
                                                  ("h", "async", "(result i32)")][:2 + blocks]}
        calls = f"""(func (export "f") (local $n i32)
          (loop $more (drop (call $f)) (br_if $more (i32.lt_u (local.tee $n (i32.add (local.get $n)
              (i32.const 1))) (i32.const {many}))))
          {"(drop (call $h))" * blocks}
          {loop("(call $g) (drop (call $yield))")})"""
        yield Hostile(f"{name} that wait for one set", component(
            calls, "yield", exported("async", "async"), f"{inner} (instance $c (instantiate $C))", imports),
                      NO_FUEL, ["--fuel", str(4 * FUEL)])


def chain(length, times):
    """Functions $f0, $f1, ... of components, each of which calls the one before; the first returns."""
    text = ""
    for n in range(length):
        arguments = f'(with "f" (func $f{n - 1}))' if n else ""
        imported = '(import "f" (func $f)) (core func $call (canon lower (func $f)))' if n else ""
        calls = f'(import "" "call" (func $call)) (func (export "f") {"(call $call)" * times})'
        core = calls if n else '(func (export "f"))'
        given = '(with "" (instance (export "call" (func $call))))' if n else ""
        text += f"""(component $C{n} {imported} (core module $m {core}) (core instance $i (instantiate $m {given}))
    (func (export "f") (canon lift (core func $i "f"))))
  (instance $c{n} (instantiate $C{n} {arguments})) (alias export $c{n} "f" (func $f{n}))
  """
    return text


def recursion():
    """Functions that call themselves by way of their component."""
    table = """(core module $T (table (export "t") 1 funcref))
  (core instance $t (instantiate $T))"""
    for name, lift, lower, result in [("sync calls", "", "", ""), ("async calls with stacks", "async", "async",
        "(result i32)")]:
        type = "async" if lift else ""
        drop = "drop" if result else ""
        core = f"""(import "table" "t" (table 1 funcref))
    (func (export "f") ({drop or "block"} (call_indirect {result} (i32.const 0))))"""
        text = component(core, "", f"""(func $f {type} (canon lift (core func $i "f") {lift}))
  (core func $call (canon lower (func $f) {lower}))
  (core module $fill (import "" "t" (table 1 funcref)) (import "" "call" (func $call {result}))
      (elem (i32.const 0) func $call))
  (core instance (instantiate $fill (with "" (instance (export "t" (table $table)) (export "call" (func $call))))))
  (export "f" (func $f))""", table + '(alias core export $t "t" (core table $table))')
        text = with_table(text)
        yield Hostile(f"recursion of {name}", text, "")
    yield Hostile("calls through many components", f'(component {chain(300, 2)} (export "f" (func $f299)))', "",
                  ["--fuel", str(FUEL)])
    tree = '(component $C0 (core module $m) (core instance (instantiate $m)))'
    for n in range(1, 24):
        tree = f"(component $C{n} {tree} (instance (instantiate $C{n - 1})) (instance (instantiate $C{n - 1})))"
    yield Hostile("a tree of instances", f'(component {tree} (instance (instantiate $C23)))', BUDGET, invoke="")


def storms():
    """Loops that keep nothing, and go on until there is no fuel or no time."""
    fuel = ["--fuel", str(FUEL)]
    yield Hostile("joining", component(
        f"""(func (export "f") (local $i i32) (local $a i32) (local $b i32)
        (local.set $i (i32.wrap_i64 (call $new-stream))) (local.set $a (call $new-set)) (local.set $b (call $new-set))
        {loop("(call $join (local.get $i) (local.get $a)) (call $join (local.get $i) (local.get $b))")})""",
        "new-stream new-set join", exported()), NO_FUEL, fuel)
    for name, new, copy, arguments, cancel, end in [
            ("reads", "new-stream", "read", "(i32.const 0) (i32.const 1)", "cancel-read", "(local.get $l)"),
            ("writes", "new-stream", "write", "(i32.const 0) (i32.const 1)", "cancel-write",
             "(i64.shr_u (local.get $l) (i64.const 32))"),
            ("reads of a future", "new-future", "read-future", "(i32.const 0)", "cancel-future", "(local.get $l)")]:
        yield Hostile(f"{name} that are cancelled", component(
            f"""(func (export "f") (local $i i32) (local $l i64)
            (local.set $l (call ${new})) (local.set $i (i32.wrap_i64 {end}))
            {loop(f"(drop (call ${copy} (local.get $i) {arguments})) (drop (call ${cancel} (local.get $i)))")})""",
            f"{new} {copy} {cancel}", exported()), NO_FUEL, fuel)
    yields = component(f'(func (export "f") {loop("(drop (call $yield))")})', "yield", exported("async", "async"))
    yield Hostile("yielding", yields, NO_FUEL, fuel)
    yield Hostile("yielding until a deadline", yields, "deadline exceeded", ["--timeout", "300ms"])
    callback = component("""(func (export "f") (result i32) (i32.const 1))
    (func (export "cb") (param i32 i32 i32) (result i32) (i32.const 1))""", "", exported(CALLBACK, "async"))
    yield Hostile("a callback that yields", callback, NO_FUEL, fuel)
    yield Hostile("a callback that yields until a deadline", callback, "deadline exceeded", ["--timeout", "300ms"])
    yield Hostile("polling", component(
        f"""(func (export "f") (local $i i32) (local.set $i (call $new-set))
        {loop("(drop (call $poll (local.get $i) (i32.const 0)))")})""",
        "new-set poll", exported("async", "async")), NO_FUEL, fuel)
    yield Hostile("setting a context", simple("(call $set (i32.add (call $get) (i32.const 1)))", "get set"),
        NO_FUEL, fuel)
    yield Hostile("waiting for nothing", component(
        '(func (export "f") (drop (call $wait (call $new-set) (i32.const 0))))', "new-set wait",
            exported("async", "async")),
        "deadlock detected")
    yield Hostile("streams of nothing, as much as can be", component(
        f"""(func (export "f") (local $l i64) (local.set $l (call $new-nothing))
        {loop('''(drop (call $read-nothing (i32.wrap_i64 (local.get $l)) (i32.const 0) (i32.const 0xfffffff)))
        (drop (call $write-nothing (i32.wrap_i64 (i64.shr_u (local.get $l) (i64.const 32))) (i32.const 0)
            (i32.const 0xfffffff)))
        (drop (call $cancel-nothing (i32.wrap_i64 (local.get $l))))''')})""",
        "new-nothing read-nothing write-nothing cancel-nothing", exported()), NO_FUEL, fuel)


def threads():
    start = "(core type $start (func (param i32)))"
    before = f"""{start}
  (core module $T (table (export "t") 1 funcref))
  (core instance $t (instantiate $T))
  (alias core export $t "t" (core table $table))
  {chain(150, 1)}"""
    through = {"through": ("(canon lower (func $f149) (core func $through))", "")}
    new = "(call $new-thread (i32.const 0) (i32.const 0))"
    for name, body, run, says in [
            ("threads", f"(drop {new})", "", BUDGET),
            ("threads with stacks", f"(drop (call $resume-then {new}))", "(drop (call $suspend))", BUDGET),
            ("threads that end", f"(drop (call $resume-then {new}))", "", NO_FUEL),
            ("threads with deep stacks", f"(drop (call $resume-then {new}))", "(call $deep (i32.const 150))", BUDGET),
            ("threads whose stacks were deep", f"(drop (call $resume-then {new}))",
             "(call $deeper (i32.const 150)) (drop (call $suspend))", BUDGET),
            ("threads that called through components", f"(drop (call $resume-then {new}))",
             "(call $through) (drop (call $suspend))", BUDGET)]:
        core = f"""(import "table" "t" (table 1 funcref))
    (elem (i32.const 0) func $run)
    (func $deep (param i32) (local {"i64 " * 200})
      (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (drop (call $suspend)))))
    (func $deeper (param i32) (local {"i64 " * 200})
      (if (local.get 0) (then (call $deeper (i32.sub (local.get 0) (i32.const 1))))))
    (func $run (param i32) {run})
    (func (export "f") {loop(body)})"""
        text = component(core, "new-thread resume-then suspend", exported("async", "async"), before, through)
        text = with_table(text)
        yield Hostile(name, text, says, ["--fuel", str(FUEL)] if says == NO_FUEL else [])


def values():
    """Values that are more than they look, and allocators."""
    many = """(core module $Memory
    (memory (export "m") 300)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $Memory))"""
    core = f"""(func (export "f") (result i32) (local $i i32)
      (loop $more
        (i32.store (i32.add (i32.const 64) (local.get $i)) (i32.const 1048576))
        (i32.store (i32.add (i32.const 68) (local.get $i)) (i32.const 16777216))
        (local.set $i (i32.add (local.get $i) (i32.const 8)))
        (br_if $more (i32.lt_u (local.get $i) (i32.const 800000))))
      (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 100000))
      (i32.const 0))"""
    yield Hostile("a long string many times", component(
        core, "", exported(OPTIONS, "(result (list string))"), memory=many), BUDGET)
    takes = callee('(func (export "f") (param i32 i32))', "", OPTIONS, '(param "x" string)')
    passes = """(call $call (i32.const 0) (i32.const 60000))"""
    same = caller(takes.replace("(i32.const 1024)", "(i32.const 0)"), passes, "", "", EVENTS, "(param i32 i32)")
    yield Hostile("an allocator that gives the same always", same, NO_FUEL, ["--fuel", str(FUEL // 100)])
    grows = takes.replace("(i32.const 1024)", """
      (if (result i32) (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then (unreachable))
        (else (memory.fill (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1048576)) (i32.const 1)
            (i32.const 1048576))
          (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1048576))))""")
    yield Hostile("an allocator that grows its memory", caller(grows, passes, "", "", EVENTS, "(param i32 i32)"),
        "unreachable")
    called = callee('(func (export "f"))', "", "", "")
    yield Hostile("a post-return that calls", component(
        '(func (export "f")) (func (export "after") (call $call))', "",
            exported('(post-return (core func $i "after"))'),
        f"{called} (instance $c (instantiate $C))", {"call": ('(canon lower (func $c "f") (core func $call))', "")}),
        "cannot leave component instance")
    yield Hostile("an allocator that calls", caller(
        callee("""(func (export "f") (param i32 i32)) (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (drop (call $new-set)) (i32.const 0))""", "new-set", OPTIONS.replace("$memory \"realloc", "$i \"realloc"),
               '(param "x" string)'), passes, "", "", EVENTS, "(param i32 i32)"), "cannot leave component instance")
    yield streams_of_streams()
    yield types_alike()


def types_alike():
    """Two types that are the same, and would be 2^17 types were they written without sharing, are compared again and
    again."""
    before = ""
    for x in "pq":
        before += f"(type ${x}0 (list u8))"
        for n in range(1, 18):
            before += f"(type ${x}{n}' (tuple ${x}{n - 1} ${x}{n - 1})) (type ${x}{n} (list ${x}{n}'))"
        before += f"(type $s{x} (stream ${x}17))"
    body = "(drop (call $read (local.get $i) (i32.const 0) (i32.const 1))) (drop (call $cancel (local.get $i)))"
    core = f"""(func (export "f") (local $i i32) (local.set $i (i32.wrap_i64 (call $new))) {loop(body)})"""
    return Hostile("types that are alike", component(core, "", exported(), before, {
        "new": ("(canon stream.new $sp (core func $new))", "(result i64)"),
        "read": (f"(canon stream.read $sp async {OPTIONS} (core func $read))", "(param i32 i32 i32) (result i32)"),
        "cancel": ("(canon stream.cancel-read $sq (core func $cancel))", "(param i32) (result i32)")}),
        NO_FUEL, ["--fuel", str(FUEL)])


def copies():
    """What is copied without a look at each part, or has parts that take longer than their bytes: all costs fuel."""
    fuel = ["--fuel", "10000"]
    wide = '(core module $Memory (memory (export "m") 450) (func (export "realloc") (param i32 i32 i32 i32)' \
           ' (result i32) (i32.const 0))) (core instance $memory (instantiate $Memory))'
    tuples = "(type $t0 bool) " + " ".join(f"(type $t{i + 1} (tuple $t{i}))" for i in range(90))
    for name, types, type, core_type, args in [
            ("a list of a fixed length", "(type $many (list bool 25000000))", "$many", "(param i32)",
             "(i32.const 0)"),
            ("many parts", f"(type $many (tuple{' bool' * 20000}))", "$many", "(param i32)", "(i32.const 0)"),
            ("tuples in tuples", tuples, "(list $t90)", "(param i32 i32)", "(i32.const 0) (i32.const 10000000)")]:
        takes = component(f'(func (export "f") {core_type})', "", exported(OPTIONS, f'(param "x" {type})'), types,
                          memory=wide, name="$C")
        imports = {"call": (f'(canon lower (func $c "f") {EVENTS} (core func $call))', core_type)}
        yield Hostile(name, component(f'(func (export "f") {loop(f"(call $call {args})")})', "", exported(),
                                      f"{takes} (instance $c (instantiate $C))", imports, memory=wide), NO_FUEL, fuel)
    takes = component("""(global $s (mut i32) (i32.const 0))
    (func (export "f") (param i32) (global.set $s (local.get 0)))
    (func (export "g") (drop (call $read (global.get $s) (i32.const 0) (i32.const 25000000))))""", "read",
                      exported(type='(param "s" $s)') + exported(name="g"), memory=wide, name="$C")
    passes = """(drop (call $write (local.get $w) (i32.const 0) (i32.const 25000000))) (call $g)
        (drop (call $cancel-write (local.get $w)))"""
    yield Hostile("a stream of bytes", component(
        f"""(func (export "f") (local $l i64) (local $w i32)
        (local.set $l (call $new-stream)) (call $call (i32.wrap_i64 (local.get $l)))
        (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $l) (i64.const 32))))
        {loop(passes)})""", "new-stream write cancel-write", exported(),
        f"{takes} (instance $c (instantiate $C))", {
            "call": ('(canon lower (func $c "f") (core func $call))', "(param i32)"),
            "g": ('(canon lower (func $c "g") (core func $g))', "")}, memory=wide), NO_FUEL, fuel)
    text = f"(canon error-context.debug-message string-encoding=utf16 {OPTIONS} (core func $message))"
    message = {"message": (text, "(param i32 i32)")}
    yield Hostile("the message of an error", component(
        f"""(func (export "f") (local $i i32)
        (local.set $i (call $new-error (i32.const 0) (i32.const 10000000)))
        {loop("(call $message (local.get $i) (i32.const 28000000))")})""", "new-error", exported(), imports=message,
        memory=wide), NO_FUEL, ["--fuel", "400000"])


def streams_of_streams():
    """The callee takes one stream after another out of a stream and keeps them."""
    takes = callee(
        """(global $s (mut i32) (i32.const 0))
        (func (export "f") (param i32) (global.set $s (local.get 0))
          (drop (call $read-outer (global.get $s) (i32.const 0) (i32.const 1))))
        (func (export "g") (drop (call $cancel-outer (global.get $s)))
          (drop (call $read-outer (global.get $s) (i32.const 0) (i32.const 1))))""",
        "read-outer cancel-outer", "", '(param "x" $ss)', exports=exported(name="g"))
    core = f"""(func (export "f") (local $l i64) (local $w i32)
      (local.set $l (call $new-outer))
      (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $l) (i64.const 32))))
      (call $call (i32.wrap_i64 (local.get $l)))
      {loop('''(i32.store (i32.const 0) (i32.wrap_i64 (call $new-stream)))
      (drop (call $write-outer (local.get $w) (i32.const 0) (i32.const 1)))
      (call $g)''')})"""
    text = component(core, "new-outer new-stream write-outer", exported(type="async"),
                     f"{takes} (instance $c (instantiate $C))",
                     {"call": ('(canon lower (func $c "f") (core func $call))', "(param i32)"),
                      "g": ('(canon lower (func $c "g") (core func $g))', "")})
    return Hostile("streams of streams", text, BUDGET)


def full_and_empty():
    """One instance after another fills its table, and empties it again."""
    fills = component(f"""(func (export "f") (local $i i32)
      (loop $more (drop (call $new-set)) (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
          (i32.const 800000))))
      (loop $less (call $drop-set (local.get $i))
        (br_if $less (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))""", "new-set", exported(),
        imports={"drop-set": ("(canon waitable-set.drop (core func $drop-set))", "(param i32)")}, name="$C")
    instances = "".join(f'(instance $c{i} (instantiate $C)) (canon lower (func $c{i} "f") (core func $c{i}))'
                        for i in range(12))
    calls = {f"c{i}": ("", "") for i in range(12)}
    return Hostile("tables that were full", component(
        f'(func (export "f") {"".join(f"(call $c{i})" for i in range(12))})', "", exported(),
        f"{fills} {instances}", calls), BUDGET)


def instances():
    """Instances by the thousand, of components that are small and make much."""
    yield full_and_empty()
    func = '(core module $m (func (export "f"))) (core instance $i (instantiate $m))'
    lifted = f'{func} (func $f (canon lift (core func $i "f")))'
    for name, made in [
            ("instances made of exports",
             f"""{lifted} (instance {" ".join(f'(export "a{i}" (func $f))' for i in range(2000))})"""),
            ("core instances made of exports",
             f"""{func} (alias core export $i "f" (core func $f))
             (core instance {" ".join(f'(export "a{i}" (func $f))' for i in range(5000))})"""),
            ("exports with long names", f'{lifted} (export "{"a" * 100_000}" (func $f))'),
            *((f"globals, {count} at once", f"""(core module $m {"(global (mut i64) (i64.const 0))" * count})
             (core instance (instantiate $m))""") for count in (1000, 2050, 4200)),
            ("tables", f'(core module $m {"(table 0 funcref)" * 1000}) (core instance (instantiate $m))'),
            ("elements", f"""(core module $m (func $f) (elem func {"$f " * 20_000}))
             (core instance (instantiate $m))"""),
            ("values", f"""(value $v string "{"a" * 20_000}") (instance (export "v" (value $v)))""")]:
        text = f"(component $C0 {made})"
        for i in range(4):
            text = f'(component $C{i + 1} {text} {f"(instance (instantiate $C{i}))" * 10})'
        yield Hostile(f"many {name}", f"(component {text} (instance (instantiate $C4)) {lifted}"
                      ' (export "f" (func $f)))', BUDGET)


def refused():
    """More instances than there may be, with a start function and without."""
    for name, core in [("a start function", "(func $start) (start $start)"), ("nothing to start", "")]:
        text = f"""(component (core module $m {core} (func (export "f"))) (core instance (instantiate $m))
          (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))"""
        yield Hostile(f"too many instances with {name}", text, BUDGET, ["-W", "max-instances=1"])


GROUPS = (handles, calls, crowds, recursion, storms, threads, values, copies, instances, refused)


def limit_cpu():
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))


class HostileTest(unittest.TestCase):
    def run_guest(self, folder, guest):
        """What the command said, how it ended, and the most memory it had."""
        path = Path(folder) / "guest.wat"
        path.write_text(guest.text)
        command = [HEDDLE, "run", "-W", "all-proposals=y", "--max-memory", str(MEMORY_BYTES), *guest.options,
                   *(["--invoke", guest.invoke] if guest.invoke else []), str(path)]
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
                                       preexec_fn=limit_cpu)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            return said.read().decode(errors="replace"), process.returncode, usage.ru_maxrss * 1024

    def test_hostile_guests(self):
        with tempfile.TemporaryDirectory(prefix="heddle-hostile-") as folder:
            idle = component('(func (export "f"))', "", exported())
            said, code, least = self.run_guest(folder, Hostile("idle", idle, ""))
            self.assertEqual(code, 0, said)
            sanitized = least > 24 * MIB  # whose memory is no measure, and time neither
            most = least + COMPONENT_BYTES + MORE
            for guest in (guest for group in GROUPS for guest in group()):
                with self.subTest(guest.name):
                    began = time.monotonic()
                    said, code, rss = self.run_guest(folder, guest)
                    took = time.monotonic() - began
                    if os.environ.get("HEDDLE_HOSTILE_SHOW"):
                        end = said.splitlines()[0][-90:]
                        print(f"{guest.name:42} {code:4} {rss / MIB:6.0f} MiB {took:5.2f} s  {end}")
                    self.assertEqual(code, 134, said)
                    self.assertIn(guest.says, said)
                    if sanitized:
                        continue
                    self.assertLess(took, SECONDS)
                    self.assertLess(rss, most + (MEMORY_BYTES if "memory" in guest.name else 0))

    def test_a_result_whose_text_is_long(self):
        """Of a string of control characters, it has several for each."""
        wide = MEMORY.replace('"m") 1', '"m") 1000')
        text = component("""(func (export "f") (result i32)
          (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 60000000)) (i32.const 0))""",
                         "", exported(OPTIONS, "(result string)"), memory=wide)
        with tempfile.TemporaryDirectory(prefix="heddle-hostile-") as folder:
            least = self.run_guest(folder, Hostile("idle", component('(func (export "f"))', "", exported()), ""))[2]
            said, code, rss = self.run_guest(folder, Hostile("", text, ""))
            self.assertEqual(code, 0, said)
            if least <= 24 * MIB:
                self.assertLess(rss, least + MEMORY_BYTES + COMPONENT_BYTES + MORE)


if __name__ == "__main__":
    unittest.main()
