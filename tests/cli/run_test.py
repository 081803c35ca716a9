"""heddle run: programs, functions, limits and how they end."""

import signal
import subprocess
import time
import unittest

from support import ADD, HEDDLE, LOOP, TRAP, CommandTest

EXIT = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const 7))))"""

# Writes its arguments, each with its NUL, to standard output.
ECHO = """(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $sizes (i32.const 0) (i32.const 4)))
    (drop (call $args (i32.const 256) (i32.const 1024)))
    (i32.store (i32.const 8) (i32.const 1024))
    (i32.store (i32.const 12) (i32.load (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"""


class Functions(CommandTest):
    def invoke(self, name, *arguments):
        self.file("add.wat", ADD)
        return self.succeeds("run", "--invoke", name, "add.wat", *arguments).stdout

    def test_integers(self):
        self.assertEqual(self.invoke("add", "1", "2"), "3\n")
        self.assertEqual(self.invoke("add", "-1", "0x10"), "15\n")
        self.assertEqual(self.invoke("add", "4294967295", "0"), "-1\n")
        self.assertEqual(self.invoke("wide", "-9223372036854775808"), "-9223372036854775808\n")
        self.assertEqual(self.invoke("wide", "0xffffffffffffffff"), "-1\n")

    def test_results_one_a_line(self):
        self.assertEqual(self.invoke("swap", "7", "2.5"), "2.5\n7\n")

    def test_floats(self):
        self.assertEqual(self.invoke("half", "5"), "2.5\n")
        self.assertEqual(self.invoke("half", "-inf"), "-inf\n")
        self.assertEqual(self.invoke("half", "nan"), "nan\n")
        self.assertEqual(self.invoke("half", "0x1.8p1"), "1.5\n")

    def test_vectors_and_references(self):
        self.assertEqual(self.invoke("same", "0x0123456789abcdef0011223344556677"),
                         "0x0123456789abcdef0011223344556677\n")
        self.assertEqual(self.invoke("null", "null"), "null\ni31:-7\n")

    def test_invoke_may_follow_the_file(self):
        self.file("add.wat", ADD)
        self.assertEqual(self.succeeds("add.wat", "--invoke", "add", "40", "2").stdout, "42\n")

    def test_wrong_arguments(self):
        self.file("add.wat", ADD)
        self.fails(2, "run", "--invoke", "add", "add.wat", "1", says=["takes 2 arguments, not 1", "(param i32 i32)"])
        self.fails(2, "run", "--invoke", "add", "add.wat", "1", "4294967296",
                   says=["argument 2", "`4294967296` is no i32"])
        self.fails(2, "run", "--invoke", "add", "add.wat", "1", "x", says=["`x` is no i32"])

    def test_wrong_name(self):
        self.file("add.wat", ADD)
        self.fails(2, "run", "--invoke", "ad", "add.wat", "1", "2",
                   says=["no function `ad` (did you mean `add`?)", "swap (param i32 f64) (result f64 i32)"])

    def test_nothing_to_run_is_explained(self):
        self.file("add.wat", ADD)
        done = self.succeeds("add.wat")
        self.assertIn("--invoke", done.stderr)
        self.assertEqual(self.succeeds("run", self.file("empty.wat", "(module)")).stderr, "")


class Sources(CommandTest):
    def test_standard_input(self):
        self.assertEqual(self.succeeds("run", "--invoke", "add", "-", "1", "2", stdin=ADD).stdout, "3\n")
        self.binary("add.wasm", ADD)
        binary = (self.folder / "add.wasm").read_bytes()
        self.assertEqual(self.succeeds("run", "--invoke", "add", "-", "1", "2", stdin=binary).stdout, "3\n")

    def test_binary_is_told_by_content(self):
        self.binary("odd.name", ADD)
        self.assertEqual(self.succeeds("run", "--invoke", "add", "odd.name", "1", "2").stdout, "3\n")

    def test_preload(self):
        self.file("lib.wat", '(module (func (export "two") (result i32) i32.const 2))')
        self.file("use.wat", '(module (import "lib" "two" (func $two (result i32)))'
                             ' (func (export "four") (result i32) call $two call $two i32.add))')
        done = self.succeeds("run", "--preload", "lib=lib.wat", "--invoke", "four", "use.wat")
        self.assertEqual(done.stdout, "4\n")


class Programs(CommandTest):
    def test_exit_code_is_the_guests(self):
        self.assertEqual(self.heddle(self.binary("exit.wasm", EXIT)).returncode, 7)

    def test_arguments(self):
        self.binary("echo.wasm", ECHO)
        self.assertEqual(self.succeeds("echo.wasm", "a", "--dir", "-x").stdout, "echo.wasm\0a\0--dir\0-x\0")
        self.assertEqual(self.succeeds("run", "--argv0", "me", "echo.wasm", "--", "b").stdout, "me\0--\0b\0")


class Endings(CommandTest):
    def test_trap(self):
        self.binary("trap.wasm", TRAP)
        done = self.fails(134, "run", "--invoke", "outer", "trap.wasm", "0",
                          says=["trap.wasm: trap: integer divide by zero"])
        self.assertRegex(done.stderr, r"0: maths!divide \(func 0\) at 0x[0-9a-f]+\n")
        self.assertRegex(done.stderr, r"1: maths!outer \(func 1\) at 0x[0-9a-f]+\n")

    def test_trap_in_start(self):
        self.fails(134, self.file("start.wat", "(module (start 0) (func unreachable))"), says=["trap: unreachable"])

    def test_stack_overflow(self):
        deep = self.file("deep.wat", '(module (func $f (export "_start") call $f))')
        self.fails(134, deep, says=["call stack exhausted"])

    def test_uncaught_exception(self):
        self.fails(134, self.file("throw.wat", '(module (tag $t) (func (export "_start") throw $t))'),
                   says=["uncaught exception (tag)"])
        thrown = "(throw $t (i32.const 7) (f64.const 1.5))"
        module = self.file("args.wat", f"(module (tag $t (param i32 f64)) (func $f {thrown}) (start $f))")
        self.fails(134, module, says=["uncaught exception (tag (param i32 f64)) 7 1.5"])

    def test_fuel(self):
        self.fails(134, "run", "--fuel", "10000", self.file("loop.wat", LOOP), says=["all fuel consumed"])
        self.fails(134, "run", "-W", "fuel=10000", "loop.wat", says=["all fuel consumed"])

    def test_timeout(self):
        start = time.monotonic()
        self.fails(134, "run", "--timeout", "100ms", self.file("loop.wat", LOOP), says=["deadline exceeded"])
        self.assertLess(time.monotonic() - start, 60)

    def test_max_memory(self):
        grow = '(module (memory 1) (func (export "grow") (param i32) (result i32) local.get 0 memory.grow))'
        self.file("grow.wat", grow)
        run = ["run", "--max-memory", "1M", "--invoke", "grow", "grow.wat"]
        self.assertEqual(self.succeeds(*run, "15").stdout, "1\n")
        self.assertEqual(self.succeeds(*run, "16").stdout, "-1\n")

    def test_interrupt(self):
        self.file("loop.wat", LOOP)
        # Where the tests run in the background, SIGINT is ignored and stays so in what they start.
        process = subprocess.Popen([HEDDLE, "loop.wat"], cwd=self.folder,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=60), 130)
        finally:
            process.kill()
            process.wait()

    def test_stats(self):
        self.file("add.wat", ADD)
        done = self.succeeds("run", "--stats", "--fuel", "1000", "--invoke", "add", "add.wat", "1", "2")
        self.assertEqual(done.stdout, "3\n")
        for word in ("load", "instantiate", "fuel", "process"):
            self.assertIn(word, done.stderr)

    def test_checked_memory_and_zeal(self):
        touch = '(module (memory 1) (func (export "at") (param i32) (result i32) local.get 0 i32.load))'
        self.file("touch.wat", touch)
        for mode in ("guard", "checked"):
            run = ["run", "--memory-mode", mode, "--gc-zeal", "--invoke", "at", "touch.wat"]
            self.assertEqual(self.succeeds(*run, "65532").stdout, "0\n")
            self.fails(134, *run, "65533", says=["out of bounds memory access"])


# Adds, greets, traps, and blocks for ever.
COMPONENT = """(component
  (core module $m
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $top))
      (global.set $top (i32.add (global.get $top) (local.get 3)))
      (local.get $at))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "same") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0))
    (func (export "trap") (unreachable)))
  (core instance $i (instantiate $m))
  (type $point (record (field "x" u8) (field "tags" (list string))))
  (export $point' "point" (type $point))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (func $same (param "text" string) (result string)
    (canon lift (core func $i "same") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func (export "trap") (canon lift (core func $i "trap")))
  (instance (export "my:pkg/text@1.2.0") (export "same" (func $same))))"""

USER = """(component
  (import "my:pkg/text@1.0.0" (instance $text (export "same" (func (param "text" string) (result string)))))
  (export "same" (func $text "same")))"""


class Components(CommandTest):
    def setUp(self):
        super().setUp()
        self.file("c.wat", COMPONENT)

    def invoke(self, call):
        return self.succeeds("run", "--invoke", call, "c.wat").stdout

    def test_functions(self):
        self.assertEqual(self.invoke("add(1, 4294967295)"), "0\n")
        self.assertEqual(self.invoke('my:pkg/text@1.2.0#same("h\\u{e9}\\n")'), '"h\u00e9\\n"\n')
        self.succeeds("wat", "c.wat", "-o", "c.wasm")
        self.assertEqual(self.succeeds("run", "--invoke", "add(2,3)", "c.wasm").stdout, "5\n")

    def test_wrong_calls(self):
        self.fails(2, "run", "--invoke", "sub(1)", "c.wat", says=["exports no function `sub`", "add", "#same"])
        self.fails(2, "run", "--invoke", "add(1)", "c.wat", says=["expected the argument `b`"])
        self.fails(2, "run", "--invoke", "add(1, 4294967296)", "c.wat", says=["b: expected a number from 0 to"])
        self.fails(2, "run", "--invoke", "add(1, 2", "c.wat", says=["expected `)`, found the end"])
        self.fails(134, "run", "--invoke", "trap()", "c.wat", says=["trap: unreachable"])
        self.fails(1, "run", "c.wat", says=["c.wat is no program", "--invoke", "add"])

    def test_where_arguments_go(self):
        self.fails(2, "run", "--invoke", "add", "c.wat",
                   says=["expected the argument `a`, found the end", "note: ", "`--invoke 'add(a, b)'`"])
        self.fails(2, "run", "--invoke", "add", "c.wat", "1", "2", says=["note: perhaps `--invoke 'add(1, 2)'`"])
        done = self.fails(2, "run", "--invoke", "add(1, 2)", "c.wat", "more", says=["not behind the file"])
        self.assertNotIn("perhaps", done.stderr)
        self.fails(2, "run", "--invoke", "my:pkg/text@1.2.0#same(hi)", "c.wat",
                   says=["text: expected a string in double quotes, found `hi`"])

    def test_imports_of_wasi(self):
        self.file("wasi.wat", '(component (import "wasi:cli/environment@0.2.12" (instance (export "f" (func)))))')
        self.fails(1, "run", "wasi.wat", says=["`--link wasi:cli/environment@0.2.12=FILE`", "no WASI yet"])

    def test_links(self):
        self.file("user.wat", USER)
        missing = ["unknown import: `my:pkg/text@1.0.0`", "--link"]
        self.fails(1, "run", "--invoke", 'same("x")', "user.wat", says=missing)
        linked = self.succeeds("run", "--link", "my:pkg/text@1.0.0=c.wat", "--invoke", 'same("x")', "user.wat")
        self.assertEqual(linked.stdout, '"x"\n')
        self.assertEqual(linked.stderr, "")
        unused = self.succeeds("run", "--link", "add=c.wat", "--invoke", "add(1, 2)", "c.wat")
        self.assertEqual((unused.stdout, unused.stderr), ("3\n", "note: `--link add=c.wat`: nothing imports it\n"))
        self.fails(1, "run", "--link", "my:pkg/txt=c.wat", "user.wat", says=["exports no `my:pkg/txt`"])
        self.file("other.wat", USER.replace("(result string)", "(result u8)"))
        self.fails(1, "run", "--link", "my:pkg/text@1.0.0=c.wat", "other.wat", says=["is not what is imported"])
        self.fails(2, "run", "--link", "nothing", "user.wat", says=["wants IFACE=FILE"])

    def test_types_need_nobody(self):
        self.file("types.wat", """(component
          (import "a:b/types" (instance $t
            (type $p' (record (field "x" u8))) (export "point" (type $p (eq $p')))))
          (core module $m (func (export "f") (result i32) i32.const 7))
          (core instance $i (instantiate $m))
          (func (export "f") (result u32) (canon lift (core func $i "f"))))""")
        self.assertEqual(self.succeeds("run", "--invoke", "f()", "types.wat").stdout, "7\n")

    def test_versions_in_words(self):
        self.file("user.wat", USER)
        same = ["run", "--invoke", 'my:pkg/text@1.1.0#same("x")', "c.wat"]
        self.assertEqual(self.succeeds(*same).stdout, '"x"\n')
        self.assertEqual(self.succeeds("run", "--invoke", 'my:pkg/text#same("x")', "c.wat").stdout, '"x"\n')
        meant = "(did you mean `my:pkg/text@1.2.0#same`?)"
        self.fails(2, "run", "--invoke", 'my:pkg/text@2.0.0#same("x")', "c.wat", says=[meant])
        self.fails(1, "run", "--link", "my:pkg/text=c.wat", "user.wat",
                   says=["exports no `my:pkg/text` (did you mean `my:pkg/text@1.2.0`?)"])
        self.file("two.wat", COMPONENT.replace("my:pkg/text@1.2.0", "my:pkg/text@2.0.0"))
        self.fails(1, "run", "--link", "my:pkg/text@2.0.0=two.wat", "user.wat",
                   says=["unknown import: `my:pkg/text@1.0.0`",
                         "`--link my:pkg/text@2.0.0=two.wat` gives another version, which does not serve it"])

    def test_links_in_any_order(self):
        def passing(wanted, given):
            return f"""(component
              (import "a:b/{wanted}" (instance $w (export "f" (func (result u32)))))
              (alias export $w "f" (func $f))
              (instance $g (export "f" (func $f)))
              (export "a:b/{given}" (instance $g)))"""
        self.file("one.wat", passing("two", "one"))
        self.file("two.wat", passing("three", "two"))
        self.file("end.wat", """(component
          (core module $m (func (export "f") (result i32) i32.const 7))
          (core instance $i (instantiate $m))
          (func $f (result u32) (canon lift (core func $i "f")))
          (instance $g (export "f" (func $f)))
          (export "a:b/three" (instance $g)))""")
        links = ["--link", "a:b/two=two.wat", "--link", "a:b/three=end.wat"]
        for order in (links, links[2:] + links[:2]):
            self.assertEqual(self.succeeds("run", *order, "--invoke", "a:b/one#f()", "one.wat").stdout, "7\n")
        self.file("end.wat", passing("two", "three"))
        self.fails(1, "run", *links, "one.wat",
                   says=["two.wat needs `a:b/three` of end.wat, which needs `a:b/two` of two.wat: neither"])

    def test_what_is_no_component(self):
        self.file("hello", "hello")
        self.file("m.wat", "(module)")
        for file, says in (("hello", "hello: this is neither a component nor the text of one"),
                           ("m.wat", "m.wat: a core module, where a component is wanted")):
            self.fails(1, "run", "--link", f"a:b/c={file}", "c.wat", says=[says])
            self.fails(1, "plug", "c.wat", "--plug", file, "-o", "out.wasm", says=[says])

    def test_resources_of_imports(self):
        self.file("blobs.wat", """(component
          (core module $m (func (export "new") (result i32) (i32.const 7)))
          (type $blob' (resource (rep i32)))
          (export $blob "blob" (type $blob'))
          (canon resource.new $blob (core func $new))
          (core module $n (import "" "new" (func $new (param i32) (result i32)))
            (func (export "make") (result i32) (call $new (i32.const 7))))
          (core instance $i (instantiate $n (with "" (instance (export "new" (func $new))))))
          (func (export "make") (result (own $blob)) (canon lift (core func $i "make"))))""")
        self.file("user.wat", """(component
          (import "blob" (type $blob (sub resource)))
          (import "other" (type $other (eq $blob)))
          (import "make" (func $make (result (own $other))))
          (canon resource.drop $blob (core func $drop))
          (canon lower (func $make) (core func $make'))
          (core module $m (import "" "make" (func $make (result i32))) (import "" "drop" (func $drop (param i32)))
            (func (export "run") (call $drop (call $make))))
          (core instance $i
            (instantiate $m (with "" (instance (export "make" (func $make')) (export "drop" (func $drop))))))
          (func (export "run") (canon lift (core func $i "run"))))""")
        self.fails(1, "run", "--invoke", "run()", "user.wat", says=["unknown import: `blob`", "--link blob=FILE"])
        self.file("others.wat", (self.folder / "blobs.wat").read_text())
        run = ["--invoke", "run()", "user.wat"]
        self.succeeds("run", "--link", "blob=blobs.wat", "--link", "make=blobs.wat", *run)
        refused = ["`make`: its resource types are not those of another import"]
        self.fails(1, "run", "--link", "blob=blobs.wat", "--link", "make=others.wat", *run, says=refused)

    def test_deadlock(self):
        self.file("d.wat", """(component
          (core module $m
            (import "" "new" (func $new (result i32)))
            (func (export "f") (result i32) (i32.or (i32.const 2) (i32.shl (call $new) (i32.const 4))))
            (func (export "cb") (param i32 i32 i32) (result i32) (unreachable)))
          (canon waitable-set.new (core func $new))
          (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
          (func (export "f") async (result u32)
            (canon lift (core func $i "f") async (callback (core func $i "cb")))))""")
        self.fails(134, "run", "--invoke", "f()", "d.wat", says=["deadlock detected"])

    def test_bombs_end_at_the_budget(self):
        for builtin in ("waitable-set.new", "stream.new $s", "future.new $t"):
            result = "i32" if "set" in builtin else "i64"
            self.file("bomb.wat", f"""(component
              (type $s (stream u8))
              (type $t (future u8))
              (core module $m
                (import "" "new" (func $new (result {result})))
                (func (export "f") (loop $again (drop (call $new)) (br $again))))
              (canon {builtin} (core func $new))
              (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
              (func (export "f") (canon lift (core func $i "f"))))""")
            with self.subTest(builtin):
                self.fails(134, "run", "--invoke", "f()", "bomb.wat", says=["store budget exceeded"])


if __name__ == "__main__":
    unittest.main()
