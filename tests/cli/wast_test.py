"""heddle wast: what the runner of test scripts says, and that it can fail."""

import json
import unittest

from support import CommandTest

GOOD = """(module (func (export "f") (param i32) (result i32) local.get 0)
  (func (export "nan") (result f32) f32.const nan)
  (func (export "trap") unreachable))
(assert_return (invoke "f" (i32.const 5)) (i32.const 5))
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_trap (invoke "trap") "unreachable")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_malformed (module quote "(func") "unexpected token")
(assert_unlinkable (module (import "spectest" "unknown" (func))) "unknown import")
"""

# Each command of these is wrong: one failure a line.
BAD = """(module (func (export "f") (result i32) i32.const 5) (func (export "trap") unreachable))
(assert_return (invoke "f") (i32.const 6))
(assert_return (invoke "f") (i64.const 5))
(assert_return (invoke "f"))
(assert_return (invoke "g"))
(assert_return (invoke "trap"))
(assert_trap (invoke "f") "unreachable")
(assert_trap (invoke "trap") "integer overflow")
(assert_exhaustion (invoke "trap") "call stack exhausted")
(assert_exception (invoke "trap"))
(assert_suspension (invoke "trap") "unhandled tag")
(assert_invalid (module) "type mismatch")
(assert_invalid (module (func (result i32))) "unknown local")
(assert_malformed (module quote "(func)") "unexpected token")
(assert_malformed (module quote "(func (result i32))") "type mismatch")
(assert_unlinkable (module) "unknown import")
(assert_unlinkable (module (import "spectest" "unknown" (func))) "incompatible import type")
(module (func (result i32)))
(invoke "trap")
(register "x" $none)
"""


class Scripts(CommandTest):
    def test_good(self):
        done = self.succeeds("wast", self.file("good.wast", GOOD))
        self.assertRegex(done.stdout, r"^ok   good\.wast: 7 passed \(\d+ ms\)\n$")

    def test_every_wrong_command_fails(self):
        done = self.heddle("wast", "--json", self.file("bad.wast", BAD))
        self.assertEqual(done.returncode, 1, done.stderr)
        report = json.loads(done.stdout)["files"][0]
        self.assertEqual([f["line"] for f in report["failures"]], list(range(2, BAD.count("\n") + 1)), done.stdout)
        self.assertEqual((report["passed"], report["failed"]), (1, BAD.count("\n") - 1))

    def test_failure_says_wanted_and_found(self):
        self.file("bad.wast", BAD)
        done = self.heddle("wast", "bad.wast")
        self.assertIn("bad.wast:2: wanted", done.stdout)
        self.assertIn("i32:6, found i32:5\n", done.stdout)
        self.assertTrue(done.stdout.startswith("FAIL bad.wast: 1 passed, 19 failed"), done.stdout)

    def test_syntax_error_is_a_failure(self):
        done = self.heddle("wast", self.file("bad.wast", GOOD + "(assert_return"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("bad.wast:10", done.stdout)

    def test_folders(self):
        self.file("a/good.wast", GOOD)
        self.file("a/b/bad.wast", BAD)
        self.file("a/other.txt", "")
        done = self.heddle("wast", "a", "-j", "2")
        self.assertEqual(done.returncode, 1)
        lines = [line for line in done.stdout.splitlines() if not line.startswith("  ")]
        self.assertTrue(lines[0].startswith("FAIL a/b/bad.wast"), done.stdout)
        self.assertTrue(lines[1].startswith("ok   a/good.wast"), done.stdout)
        self.assertEqual(lines[2], "FAIL: 8 commands passed, 19 failed in 1 of 2 files")

    def test_nothing_to_run(self):
        self.fails(2, "wast", "none.wast", says=["none.wast: no such file or folder"])
        self.fails(2, "wast", ".", says=["no .wast file"])
        self.fails(2, "wast", ".", "-W", "fuel=1000", says=["scripts run without limits of a store"])

    def test_modes(self):
        self.file("good.wast", GOOD)
        self.succeeds("wast", "--memory-mode", "checked", "--gc-zeal", "good.wast")
        self.assertIn("10 passed", self.succeeds("wast", "--roundtrip", "good.wast").stdout)


if __name__ == "__main__":
    unittest.main()
