"""What runs of an instance while nobody, or somebody else, has entered it: allocators for results that come late,
tasks that use it alone, calls of itself."""

import unittest

from support import CommandTest

MEMORY = """(core module $Memory (memory (export "m") 1))
  (core instance $memory (instantiate $Memory))"""

# Answers with a text when it has yielded.
ANSWERS = f"""{MEMORY}
  (canon task.return (result string) (memory (core memory $memory "m")) (core func $return))
  (core module $m
    (import "" "return" (func $return (param i32 i32)))
    (func (export "f") (result i32) (i32.const 1))
    (func (export "cb") (param i32 i32 i32) (result i32) (call $return (i32.const 0) (i32.const 4)) (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))))))
  (func (export "f") async (result string) (canon lift (core func $i "f") async (memory (core memory $memory "m"))
    (callback (core func $i "cb"))))"""


# Has an async function that does nothing.
IDLE = """(core module $m (func (export "g")))
  (core instance $i (instantiate $m))
  (func (export "g") async (canon lift (core func $i "g")))"""


def asks(*whom, allocator):
    """Asks each for its text and waits; `ok` is a call of something harmless. `allocator` is its allocator's code,
    which may call $idle, a function of the component $IDLE."""
    imports = "".join(f'(import "{name}" (instance ${name} (export "f" (func async (result string)))))'
                      for name in whom)
    lowered = "".join(f"""(canon lower (func ${name} "f") async (memory (core memory $memory "m"))
      (realloc (core func $memory "realloc")) (core func ${name}-f))""" for name in whom)
    takes = "".join(f'(import "" "{name}" (func ${name} (param i32) (result i32)))' for name in whom)
    calls = "".join(f"""(call $join (i32.shr_u (call ${name} (i32.const 16)) (i32.const 4)) (local.get $s))"""
                    for name in whom)
    given = "".join(f'(export "{name}" (func ${name}-f))' for name in whom)
    return f"""{imports}
  (import "IDLE" (instance $Idle (export "g" (func async))))
  (canon lower (func $Idle "g") async (core func $idle))
  (canon waitable-set.new (core func $new))
  (canon waitable.join (core func $join))
  (core module $Memory
    (import "" "idle" (func $idle (result i32)))
    (memory (export "m") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) {allocator}))
  (core instance $memory (instantiate $Memory (with "" (instance (export "idle" (func $idle))))))
  {lowered}
  (canon task.return (core func $return))
  (core module $m
    {takes}
    (import "" "new" (func $new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "return" (func $return))
    (func (export "run") (result i32) (local $s i32)
      (local.set $s (call $new))
      {calls}
      (i32.or (i32.const 2) (i32.shl (local.get $s) (i32.const 4))))
    (func (export "cb") (param i32 i32 i32) (result i32) (call $return) (i32.const 0))
    (func (export "ok") (drop (call $new))))
  (core instance $i (instantiate $m (with "" (instance {given} (export "new" (func $new))
    (export "join" (func $join)) (export "return" (func $return))))))
  (func (export "run") async (canon lift (core func $i "run") async (callback (core func $i "cb"))))
  (func (export "ok") (canon lift (core func $i "ok")))"""


# Its task has it for itself, and yields until `set` is called; then it calls `told`.
SPINS = """(import "told" (func $told))
    (canon lower (func $told) (core func $told'))
    (canon task.return (core func $return))
    (canon thread.yield (core func $yield))
    (core module $m
      (import "" "return" (func $return)) (import "" "yield" (func $yield (result i32)))
      (import "" "told" (func $told))
      (global $go (mut i32) (i32.const 0))
      (func (export "spin") (result i32)
        (loop $l (drop (call $yield)) (br_if $l (i32.eqz (global.get $go))))
        (call $told) (call $return) (i32.const 0))
      (func (export "other") (result i32) (call $return) (i32.const 0))
      (func (export "set") (global.set $go (i32.const 1)))
      (func (export "cb") (param i32 i32 i32) (result i32) (unreachable)))
    (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))
      (export "yield" (func $yield)) (export "told" (func $told'))))))
    (func (export "spin") async (canon lift (core func $i "spin") async (callback (core func $i "cb"))))
    (func (export "other") async (canon lift (core func $i "other") async (callback (core func $i "cb"))))
    (func (export "set") (canon lift (core func $i "set")))"""


class EnteredTest(CommandTest):
    def script(self, text):
        self.file("script.wast", text)
        self.succeeds("wast", "script.wast", timeout=20)

    def test_an_allocator_that_calls_for_a_late_result(self):
        self.script(f"""(component $B {ANSWERS})
(component $IDLE {IDLE})
(component $A {asks("B", allocator="(drop (call $idle)) (i32.const 1024)")})
(assert_trap (invoke $A "run") "cannot leave component instance")""")

    def test_an_allocator_that_traps_for_a_late_result(self):
        # Who else has a result for it is none the worse.
        self.script(f"""(component $B {ANSWERS})
(component $C {ANSWERS})
(component $D {ANSWERS})
(component $IDLE {IDLE})
(component $A {asks("B", "C", allocator="(unreachable)")})
(assert_trap (invoke $A "run") "unreachable")
(assert_return (invoke $D "f") (str.const "\\00\\00\\00\\00"))
(assert_trap (invoke $A "ok") "cannot enter component instance")""")

    def test_a_future_whose_reader_has_trapped(self):
        self.script(f"""(component $B
  (type $t (future u8))
  {MEMORY}
  (canon future.new $t (core func $new))
  (canon future.write $t async (memory (core memory $memory "m")) (core func $write))
  (core module $m
    (import "" "new" (func $new (result i64))) (import "" "write" (func $write (param i32 i32) (result i32)))
    (global $w (mut i32) (i32.const 0))
    (func (export "give") (result i32) (local $both i64)
      (local.set $both (call $new))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (i32.wrap_i64 (local.get $both)))
    (func (export "write") (result i32) (call $write (global.get $w) (i32.const 0))))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "write" (func $write))))))
  (func (export "give") (result $t) (canon lift (core func $i "give")))
  (func (export "write") (result u32) (canon lift (core func $i "write"))))
(component $A
  (type $t (future u8))
  (import "B" (instance $b (export "give" (func (result (future u8))))))
  {MEMORY}
  (canon lower (func $b "give") (core func $give))
  (canon future.read $t async (memory (core memory $memory "m")) (core func $read))
  (core module $m
    (import "" "give" (func $give (result i32))) (import "" "read" (func $read (param i32 i32) (result i32)))
    (func (export "f") (drop (call $read (call $give) (i32.const 0))) (unreachable)))
  (core instance $i (instantiate $m (with "" (instance (export "give" (func $give)) (export "read" (func $read))))))
  (func (export "f") (canon lift (core func $i "f"))))
(assert_trap (invoke $A "f") "unreachable")
(assert_return (invoke $B "write") (u32.const 1))""")

    def test_who_yields_does_not_go_on_for_another_call(self):
        # STARTING is what a call is told that has to wait; whoever yields calls back when nobody is in the way.
        self.file("spin.wat", f"""(component
  (core module $T (table (export "t") 1 funcref)) (core instance $table (instantiate $T))
  (core module $P (import "" "t" (table 1 funcref)) (type $v (func))
    (func (export "told") (call_indirect (type $v) (i32.const 0))))
  (core instance $p (instantiate $P (with "" (instance $table))))
  (func $told (canon lift (core func $p "told")))
  (component $B {SPINS})
  (component $A
    (import "spin" (func $spin async)) (import "other" (func $other async)) (import "set" (func $set))
    (canon lower (func $spin) async (core func $spin'))
    (canon lower (func $other) async (core func $other'))
    (canon lower (func $set) (core func $set'))
    (canon waitable-set.new (core func $new)) (canon waitable.join (core func $join))
    (canon task.return (result u32) (core func $return))
    (core module $m
      (import "" "spin" (func $spin (result i32))) (import "" "other" (func $other (result i32)))
      (import "" "set" (func $set)) (import "" "new" (func $new (result i32)))
      (import "" "join" (func $join (param i32 i32))) (import "" "return" (func $return (param i32)))
      (global $s (mut i32) (i32.const 0)) (global $ended (mut i32) (i32.const 0))
      (global $told (mut i32) (i32.const 0))
      (func (export "told") (global.set $told (i32.const 40)))
      (func (export "run") (result i32) (local $call i32)
        (global.set $s (call $new))
        (local.set $call (call $spin))
        (if (i32.ne (i32.and (local.get $call) (i32.const 15)) (i32.const 1)) (then (unreachable)))
        (call $join (i32.shr_u (local.get $call) (i32.const 4)) (global.get $s))
        (local.set $call (call $other))
        (if (i32.and (local.get $call) (i32.const 15)) (then (unreachable)))
        (call $join (i32.shr_u (local.get $call) (i32.const 4)) (global.get $s))
        (call $set)
        (i32.or (i32.const 2) (i32.shl (global.get $s) (i32.const 4))))
      (func (export "cb") (param i32 i32 i32) (result i32)
        (if (i32.eq (local.get 2) (i32.const 2)) (then
          (global.set $ended (i32.add (global.get $ended) (i32.const 1)))))
        (if (i32.eq (global.get $ended) (i32.const 2)) (then
          (call $return (i32.add (global.get $ended) (global.get $told))) (return (i32.const 0))))
        (i32.or (i32.const 2) (i32.shl (global.get $s) (i32.const 4)))))
    (core instance $i (instantiate $m (with "" (instance (export "spin" (func $spin'))
      (export "other" (func $other')) (export "set" (func $set')) (export "new" (func $new))
      (export "join" (func $join)) (export "return" (func $return))))))
    (func (export "told") (canon lift (core func $i "told")))
    (func (export "run") async (result u32) (canon lift (core func $i "run") async (callback (core func $i "cb")))))
  (instance $b (instantiate $B (with "told" (func $told))))
  (instance $a (instantiate $A (with "spin" (func $b "spin")) (with "other" (func $b "other"))
    (with "set" (func $b "set"))))
  (canon lower (func $a "told") (core func $told'))
  (core module $fill (import "" "t" (table 1 funcref)) (import "" "told" (func $told))
    (elem (i32.const 0) func $told))
  (core instance (instantiate $fill (with "" (instance (export "t" (table $table "t"))
    (export "told" (func $told'))))))
  (func (export "run") (alias export $a "run")))""")
        done = self.succeeds("run", "--timeout", "5s", "--invoke", "run()", "spin.wat", timeout=20)
        self.assertEqual(done.stdout, "42\n")

    def test_a_call_of_itself_lifts_all_before_it_lowers(self):
        self.script("""(component
  (type $r (resource (rep i32)))
  (canon resource.new $r (core func $new))
  (core module $G (func (export "g") (param i32 i32) (result i32)
    (i32.add (i32.mul (local.get 0) (i32.const 10)) (local.get 1))))
  (core instance $gi (instantiate $G))
  (func $g (param "a" (own $r)) (param "b" (own $r)) (result u32) (canon lift (core func $gi "g")))
  (canon lower (func $g) (core func $g'))
  (core module $C
    (import "" "new" (func $new (param i32) (result i32))) (import "" "g" (func $g (param i32 i32) (result i32)))
    (func (export "twice") (result i32) (local $h i32)
      (local.set $h (call $new (i32.const 5))) (call $g (local.get $h) (local.get $h)))
    (func (export "two") (result i32) (call $g (call $new (i32.const 5)) (call $new (i32.const 6)))))
  (core instance $c (instantiate $C (with "" (instance (export "new" (func $new)) (export "g" (func $g'))))))
  (func (export "two") (result u32) (canon lift (core func $c "two")))
  (func (export "twice") (result u32) (canon lift (core func $c "twice"))))
(assert_return (invoke "two") (u32.const 21))
(assert_trap (invoke "twice") "unknown handle index 1")""")


if __name__ == "__main__":
    unittest.main()
