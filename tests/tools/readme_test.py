"""What README shows is true: the embedding compiles, the commands it names exist."""

import re
import shutil
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()


class ReadmeTest(unittest.TestCase):
    def test_embedding_compiles(self):
        self.compiles("embedding", "heddle/heddle.h")

    def test_components_compile(self):
        self.compiles("components", "heddle/component.h")

    def compiles(self, part, header):
        code = re.search(rf"<!-- {part} -->\n```cpp\n(.*?)```", README, re.S).group(1)
        self.assertLessEqual(len(code.splitlines()), 10)
        source = f"#include <cstdio>\n#include <{header}>\nint main() {{\n{code}}}\n"
        compiler = next(name for name in ("clang++-19", "clang++", "g++") if shutil.which(name))
        command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++", "-"]
        command += [f"-I{ROOT / part / 'include'}" for part in ("engine", "component")]
        done = subprocess.run(command, input=source, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_links_lead_somewhere(self):
        for name in ("README.md", "ARCHITECTURE.md", "spec-tests/README.md"):
            path = ROOT / name
            for link in re.findall(r"\]\(([^)#:]+)\)", re.sub(r"```.*?```", "", path.read_text(), flags=re.S)):
                self.assertTrue((path.parent / link).exists(), f"{name}: {link}")

    def test_dev_commands_exist(self):
        listed = subprocess.run([ROOT / "dev", "--help"], capture_output=True, text=True).stdout
        commands = set(re.findall(r"^  ([\w-]+) ", listed, re.M))
        for row in re.findall(r"^\| (`\./dev .*?) \|", README, re.M):
            for name in re.findall(r"`(?:\./dev )?([\w-]+)", row):
                self.assertIn(name, commands)
        self.assertLessEqual({"run", "build", "test", "spec", "fmt", "lint", "tidy", "asan", "ubsan", "tsan", "fuzz",
                              "bench", "check", "install"}, commands)


if __name__ == "__main__":
    unittest.main()
