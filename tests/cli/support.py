"""What the tests of the command share: running it in a folder of its own."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

HEDDLE = os.environ.get("HEDDLE", "build/heddle")
HEDDLE = str(Path(HEDDLE).resolve())

ADD = """(module
  (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
  (func (export "swap") (param i32 f64) (result f64 i32) local.get 1 local.get 0)
  (func (export "wide") (param i64) (result i64) local.get 0)
  (func (export "half") (param f32) (result f32) local.get 0 f32.const 0.5 f32.mul)
  (func (export "same") (param v128) (result v128) local.get 0)
  (func (export "null") (param externref) (result externref i31ref) local.get 0 i32.const -7 ref.i31)
)"""

TRAP = """(module $maths
  (func $divide (param i32 i32) (result i32) local.get 0 local.get 1 i32.div_s)
  (func $outer (param i32) (result i32) i32.const 1 local.get 0 call $divide)
  (export "outer" (func $outer))
)"""

LOOP = '(module (func (export "_start") (loop br 0)))'


class CommandTest(unittest.TestCase):
    """Each test has an empty folder, which is where the command runs."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="heddle-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content)
        return name

    def heddle(self, *arguments, stdin=b"", env=None, timeout=120):
        """Run the command; standard output and error as text."""
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run([HEDDLE, *map(str, arguments)], cwd=self.folder, input=stdin, capture_output=True,
                              timeout=timeout, env=dict(os.environ, **(env or {})))
        done.stderr = done.stderr.decode(errors="replace")
        done.raw = done.stdout
        done.stdout = done.stdout.decode(errors="replace")
        return done

    def succeeds(self, *arguments, **options):
        done = self.heddle(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return done

    def fails(self, code, *arguments, says=(), **options):
        """The command ends with `code` and its standard error holds every text of `says`."""
        done = self.heddle(*arguments, **options)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        for text in says:
            self.assertIn(text, done.stderr)
        self.assertTrue(done.stderr.startswith("error: "), done.stderr)
        return done

    def binary(self, name, text):
        """The binary of a module's text, as a file."""
        self.file(name + ".source", text)
        self.succeeds("wat", name + ".source", "-o", name)
        return name
