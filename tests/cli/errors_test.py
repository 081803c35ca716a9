"""What wrong input and wrong command lines get."""

import os
import pty
import subprocess
import unittest

from support import ADD, HEDDLE, CommandTest


class Usage(CommandTest):
    def test_help_and_version(self):
        self.assertRegex(self.succeeds("--version").stdout, r"^heddle \d+\.\d+\.\d+\n$")
        self.assertIn("validate", self.succeeds("--help").stdout)
        self.assertIn("--invoke", self.succeeds("help", "run").stdout)
        for command in ("run", "validate", "wat", "print", "wast"):
            self.assertIn("Usage: heddle", self.succeeds(command, "--help").stdout)

    def test_what_cannot_be_written(self):
        for arguments in (["--version"], ["--help"], ["help", "run"], ["validate", "--help"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([HEDDLE, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stderr), (1, "error: <stdout>: No space left on device\n"))

    def test_nothing(self):
        done = self.heddle()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("Usage: heddle", done.stderr)

    def test_unknown_command(self):
        self.fails(2, "valdate", "x.wasm", says=["`valdate`", "did you mean `validate`?"])

    def test_unknown_option(self):
        for command in ("run", "validate", "wat", "print", "wast"):
            self.fails(2, command, "--wams", "gc", "x.wasm",
                       says=["unknown option `--wams` (did you mean `--wasm`?)"])
        self.fails(2, "--preloda", "a=b", "x.wasm", says=["did you mean `--preload`?"])

    def test_missing_file_argument(self):
        for command in ("run", "validate", "wat", "print", "wast"):
            self.fails(2, command, says=["FILE" if command != "run" else "no file to run"])

    def test_wrong_values(self):
        for option, value, says in (
            ("--fuel", "much", "--fuel: wants a number, not `much`"),
            ("--timeout", "10 parsecs", "a duration such as 10s"),
            ("--max-memory", "-1", "a size such as 64M"),
            ("--dir", "::", "HOST[::GUEST][:ro]"),
            ("--preload", "env", "NAME=FILE"),
            ("--memory-mode", "none", "guard or checked"),
            ("--env", "=x", "NAME=VALUE"),
        ):
            self.fails(2, "run", option, value, "x.wasm", says=[says])

    def test_wasm_options(self):
        self.fails(2, "run", "-W", "thraeds=n", "x.wasm", says=["no option `thraeds` (did you mean `threads`?)"])
        self.fails(2, "run", "-W", "threads=maybe", "x.wasm", says=["on (=y) or off (=n)"])
        self.fails(2, "run", "-W", "gc=n", "x.wasm", says=["-W v3=n"])
        self.file("shared.wat", "(module (memory 1 1 shared))")
        self.succeeds("validate", "-W", "gc,simd=y,threads", "shared.wat")
        self.fails(1, "validate", "-W", "threads=n", "shared.wat", says=["shared.wat"])


class Files(CommandTest):
    def test_not_there(self):
        for command in ("run", "validate", "wat", "print"):
            self.fails(1, command, "none.wasm", says=["none.wasm: No such file or directory"])
        self.fails(1, "none.wasm", says=["none.wasm: No such file or directory"])

    def test_folder(self):
        self.fails(1, "run", ".", says=[".: is a folder, not a module"])

    def test_empty(self):
        self.fails(1, self.file("empty.wasm", b""), says=["empty.wasm: offset 0x0: malformed: unexpected end"])

        self.fails(1, "wat", "empty.wasm", says=["empty.wasm: the file is empty"])

    def test_wit_is_no_module(self):
        self.file("a.wit", "package a:b;\n")
        self.file("b", "// about\n\ninterface i {}\n")
        for file in ("a.wit", "b"):
            for command in ("run", "validate", "print", "wat"):
                self.fails(1, command, file, says=[f"error: {file}:", "note: this is WIT", "`heddle wit`"])
        self.assertNotIn("WIT", self.fails(1, "validate", self.file("c", "(modul)")).stderr)

    def test_truncated(self):
        self.binary("add.wasm", ADD)
        whole = (self.folder / "add.wasm").read_bytes()
        for length in range(len(whole)):
            self.file("cut.wasm", whole[:length])
            done = self.heddle("validate", "cut.wasm")
            # Cutting at the end of a section can leave a module.
            self.assertIn(done.returncode, (0, 1), done.stderr)
            if done.returncode:
                self.assertRegex(done.stderr, r"^error: cut\.wasm: offset 0x[0-9a-f]+: \w+: ")

    def test_garbage(self):
        self.fails(1, self.file("x.wasm", b"\0asm\x01\0\0\0\x0d\x01"), says=["x.wasm: offset 0x", "malformed"])
        self.fails(1, self.file("y.wasm", b"\0asm\x02\0\0\0"), says=["offset 0x4", "unknown binary version"])
        self.fails(1, self.file("z.wasm", b"\x7fELF\x02\x01\x01"), says=["z.wasm"])

    def test_text_error(self):
        self.file("bad.wat", '(module\n  (func (export "f") (result i32)\n    i32.ad\n  ))\n')
        for command in ("run", "validate", "wat", "print"):
            done = self.fails(1, command, "bad.wat",
                              says=["bad.wat:3:5: malformed: unknown operator", "    i32.ad\n", "    ^"])
        self.assertNotIn("\x1b", done.stderr)

    def test_unclosed_text(self):
        self.fails(1, self.file("bad.wat", "(module (func"), says=["bad.wat:1:"])

    def test_invalid(self):
        self.binary("bad.wasm", '(module (func) (func $foo (result i32) f32.const 1))')
        self.fails(1, "validate", "bad.wasm",
                   says=["bad.wasm: offset 0x", "invalid: type mismatch", "expected i32, found f32",
                         '(function 1 "foo")'])
        self.fails(1, "bad.wasm", says=["type mismatch"])

    def test_invalid_text(self):
        self.file("bad.wat", "(module\n  (func $foo (result i32)\n    f32.const 1))\n")
        self.fails(1, "validate", "bad.wat", says=["bad.wat", "invalid: type mismatch", '(function 0 "foo")'])

    def test_control_characters_do_not_reach_the_terminal(self):
        self.file("x.wat", '(module (import "\\1b[31m" "x" (func)))')
        self.assertNotIn("\x1b", self.fails(1, "x.wat", says=["unknown import"]).stderr)


class Wit(CommandTest):
    def test_not_there(self):
        for file in ("none.wit", "none.wasm"):
            done = self.fails(1, "wit", file)
            self.assertEqual(done.stderr, f"error: {file}: No such file or directory\n")
        self.file("a.wit", "package a:b;\n")
        for file in ("none.wit", "none.wasm"):
            done = self.fails(1, "wit", "a.wit", "--deps", file)
            self.assertEqual(done.stderr, f"error: {file}: No such file or directory\n")

    def test_hints(self):
        for text, says in (
            ("interface i { use c:d/j.{t}; }", ["there is no package `c:d`", "note: ", "`--deps FILE|FOLDER`"]),
            ("interface i { use j.{t}; } interface j {}", ["there is no type `t` in `j`"]),
            ("interface i { record list { a: u8 } }", ["found the keyword `list`", "note: as a name", "`%list`"]),
            ("interface i { stream: func(); }", ["found the keyword `stream`", "`%stream`"]),
        ):
            self.fails(1, "wit", self.file("a.wit", "package a:b; " + text), says=says)
        self.file("a.wit", "package a:b; interface i { import a; }")
        self.assertNotIn("note", self.fails(1, "wit", "a.wit").stderr)

    def test_what_is_left_out(self):
        self.file("c.wat", '(component (import "m" (core module)) (import "f" (func)))')
        done = self.succeeds("wit", "c.wat")
        self.assertEqual(done.stdout, "package root:component;\n\nworld root {\n  import f: func();\n}\n")
        self.assertEqual(done.stderr, "note: c.wat: `m` is left out: it is a module, which WIT cannot tell\n")


class Imports(CommandTest):
    def test_missing_module(self):
        self.file("x.wat", '(module (import "env" "log" (func (param i32))))')
        self.fails(1, "x.wat", says=["unknown import", '"env" "log" (func (param i32))', "--preload env=FILE"])

    def test_missing_name(self):
        self.file("lib.wat", '(module (func (export "print")) (func (export "read")))')
        self.file("x.wat", '(module (import "lib" "prnt" (func)))')
        self.fails(1, "run", "--preload", "lib=lib.wat", "x.wat", says=['"lib" "prnt"', 'did you mean "print"?'])
        self.file("y.wat", '(module (import "lib" "quite_another" (func)))')
        self.fails(1, "run", "--preload", "lib=lib.wat", "y.wat", says=['"quite_another"', '"print"', '"read"'])

    def test_wrong_type(self):
        self.file("lib.wat", '(module (func (export "f") (param i64)))')
        self.file("x.wat", '(module (import "lib" "f" (func (param i32) (result f32))))')
        self.fails(1, "run", "--preload", "lib=lib.wat", "x.wat",
                   says=["incompatible import type", "(func (param i32) (result f32))", "(func (param i64))"])

    def test_wasi_name(self):
        self.file("x.wat", '(module (import "wasi_snapshot_preview1" "fd_wrte" (func)))')
        self.fails(1, "x.wat", says=["fd_wrte", "fd_write"])


class Colour(CommandTest):
    def shown_on_a_terminal(self, env):
        """What `heddle none.wasm` prints where standard error is a terminal."""
        ours, theirs = pty.openpty()
        try:
            subprocess.run([HEDDLE, "none.wasm"], cwd=self.folder, stderr=theirs,
                           env=dict(os.environ, TERM="xterm", **env),
                           check=False)
            return os.read(ours, 4096).decode()
        finally:
            os.close(ours)
            os.close(theirs)

    def test_only_on_a_terminal(self):
        os.environ.pop("NO_COLOR", None)
        self.assertIn("\x1b[1;31merror", self.shown_on_a_terminal({}))
        self.assertNotIn("\x1b", self.shown_on_a_terminal({"NO_COLOR": "1"}))
        self.assertNotIn("\x1b", self.fails(1, "none.wasm").stderr)


if __name__ == "__main__":
    unittest.main()
