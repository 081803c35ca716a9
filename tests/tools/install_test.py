"""What `./dev install` puts in place is enough: programs are built against it alone, and run."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("HEDDLE", ROOT / "build" / "heddle")).resolve().parent

ADD = """(module
  (import "host" "print" (func $print (param i32)))
  (func (export "add") (param i32 i32) (result i32)
    (call $print (local.get 0))
    (i32.add (local.get 0) (local.get 1))))"""


class InstallTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name) / "root"
        self.do("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", self.root)

    def do(self, *command, **options):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=self.folder.name,
                              **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def flags(self, package):
        found = [path.parent for path in self.root.rglob(f"{package}.pc")]
        self.assertEqual(len(found), 1)
        # No other package is found.
        environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(found[0]), "PKG_CONFIG_SYSROOT_DIR": str(self.root)}
        environment.pop("PKG_CONFIG_PATH", None)
        return self.do("pkg-config", "--cflags", "--libs", package, env=environment).split()

    def build(self, name, source, package):
        compiler = next(name for name in ("clang++-19", "clang++", "g++") if shutil.which(name))
        path = Path(self.folder.name) / name
        path.with_suffix(".cpp").write_text(source)
        self.do(compiler, "-std=c++20", "-I.", path.with_suffix(".cpp"), *self.flags(package), "-o", path)
        return path

    def test_readme_embedding(self):
        code = re.search(r"<!-- embedding -->\n```cpp\n(.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)
        source = f"#include <cstdio>\n#include <heddle/heddle.h>\nint main() {{\n{code}}}\n"
        program = self.build("embed", source, "heddle")
        (Path(self.folder.name) / "add.wat").write_text(ADD)
        self.assertEqual(self.do(program), "the guest says 2\n5\n")

    def test_wasi(self):
        source = "#include <heddle/wasi.h>\nint main() { heddle::Engine engine; }\n"
        self.do(self.build("wasi", source, "heddle-wasi"))

    def test_components(self):
        source = (ROOT / "examples" / "crawl.cpp").read_text()
        done = self.do(self.build("crawl", source, "heddle-component"))
        self.assertEqual(done, (ROOT / "examples" / "crawl.txt").read_text())

    def test_bindgen(self):
        command = next(path for path in self.root.rglob("heddle") if path.is_file())
        self.do(command, "bindgen", "cpp", ROOT / "examples" / "agent.wit")
        source = (ROOT / "examples" / "agents.cpp").read_text()
        done = self.do(self.build("agents", source, "heddle-component"))
        self.assertEqual(done, (ROOT / "examples" / "agents.txt").read_text())

    def test_command(self):
        command = next(path for path in self.root.rglob("heddle") if path.is_file())
        self.assertIn("heddle", self.do(command, "--version"))


if __name__ == "__main__":
    unittest.main()
