#!/usr/bin/env python3
"""expect_output.py PROGRAM FILE: runs the program; fine if it exits with 0 and prints what the file holds."""

import difflib
import subprocess
import sys
from pathlib import Path


def main():
    program, expected = sys.argv[1], Path(sys.argv[2])
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    wanted = expected.read_text()
    if done.returncode == 0 and done.stdout == wanted:
        return 0
    found = done.stdout.splitlines(True)
    sys.stdout.writelines(difflib.unified_diff(wanted.splitlines(True), found, str(expected), program))
    print(f"exit code {done.returncode}")
    print(done.stderr, end="")
    return 1


sys.exit(main())
