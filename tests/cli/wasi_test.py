"""heddle run, for programs: what they are given, and what is said where that cannot be."""

import os
import subprocess
import time
import unittest

from support import HEDDLE, CommandTest


def program(imports, body, module="wasi_snapshot_preview1"):
    text = "".join(f'(import "{module}" "{name}" (func ${name} {type}))' for name, type in imports.items())
    return f'(module {text} (memory (export "memory") 1) (func (export "_start") {body}))'


EXIT = {"proc_exit": "(param i32)"}
IO = "(param i32 i32 i32 i32) (result i32)"
OPEN = "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)"


class Wasi(CommandTest):
    def test_both_names(self):
        for module in ("wasi_snapshot_preview1", "wasi_unstable"):
            self.file("exit.wat", program(EXIT, "(call $proc_exit (i32.const 9))", module))
            self.assertEqual(self.heddle("exit.wat").returncode, 9)

    def test_unknown_function(self):
        self.file("odd.wat", program({"fd_wrte": IO}, ""))
        self.fails(1, "odd.wat", says=['"fd_wrte"', 'did you mean "fd_write"'])

    def test_wrong_signature(self):
        self.file("odd.wat", program({"fd_write": "(param i64)"}, ""))
        self.fails(1, "odd.wat", says=["(param i64)", "(param i32 i32 i32 i32) (result i32)"])

    def test_directory_that_is_not_there(self):
        self.file("exit.wat", program(EXIT, ""))
        self.fails(1, "run", "--dir", "nowhere", "exit.wat", says=["directory `nowhere`: No such file or directory"])
        self.fails(1, "run", "--dir", "exit.wat::/x", "exit.wat", says=["directory `exit.wat`: Not a directory"])

    def test_directories_are_only_what_was_granted(self):
        """Makes a file beneath the first directory; the exit code is the errno."""
        body = """(i32.store (i32.const 0) (i32.const 0x77656e)) ;; "new"
          (call $proc_exit (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
            (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))"""
        self.file("make.wat", program({**EXIT, "path_open": OPEN}, body))
        (self.folder / "data").mkdir()
        made = self.folder / "data" / "new"
        self.assertEqual(self.heddle("make.wat").returncode, 8)  # badf: there is no directory
        self.assertEqual(self.heddle("run", "--dir", "data:ro", "make.wat").returncode, 69)  # rofs
        self.assertFalse(made.exists())
        self.assertEqual(self.heddle("run", "--dir", "data::/", "make.wat").returncode, 0)
        self.assertTrue(made.exists())

    def test_a_pipe_that_nobody_reads(self):
        body = """(i32.store (i32.const 4) (i32.const 5))
          (call $proc_exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))"""
        self.file("write.wat", program({**EXIT, "fd_write": IO}, body))
        reads, writes = os.pipe()
        os.close(reads)
        done = subprocess.run([HEDDLE, "write.wat"], cwd=self.folder, stdout=writes, timeout=60)
        os.close(writes)
        self.assertEqual(done.returncode, 64)  # pipe

    def test_timeout_while_waiting_in_the_host(self):
        body = "(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))"
        self.file("wait.wat", program({"fd_read": IO}, body))
        reads, writes = os.pipe()
        start = time.monotonic()
        done = subprocess.run([HEDDLE, "run", "--timeout", "100ms", "wait.wat"], cwd=self.folder, stdin=reads,
                              capture_output=True, timeout=60)
        os.close(reads)
        os.close(writes)
        self.assertEqual(done.returncode, 134)
        self.assertIn(b"deadline exceeded", done.stderr)
        self.assertLess(time.monotonic() - start, 30)


if __name__ == "__main__":
    unittest.main()
