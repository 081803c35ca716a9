#!/usr/bin/env python3
"""The official WASI p1 suite: its programs, prebuilt, each with a file that says what it gets and what it does.

  run_suite.py [FOLDER] [PATTERN...]

FOLDER (default $HEDDLE_SPEC_TESTS/wasi/p1) holds X.wasm, X.json and the folders they name; PATTERN selects programs
by part of their name. $HEDDLE is the command to test. A program runs with a fresh copy of its folder. The last line
is `N passed, N failed, N skipped`; where there is no suite, that is said and counted as skipped.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = 72  # of the pinned suite: what is skipped where it cannot be had
HEDDLE = str(Path(os.environ.get("HEDDLE", "build/heddle")).resolve())


def specification(wasm):
    """What X.json says, with its defaults."""
    found = {"args": [], "env": {}, "root": None, "exit_code": 0, "stdout": None, "stderr": None}
    path = wasm.with_suffix(".json")
    if path.exists():
        given = json.loads(path.read_text())
        unknown = set(given) - set(found)
        if unknown:
            raise ValueError(f"{path}: unknown keys {', '.join(sorted(unknown))}")
        found.update(given)
    return found


def run_program(wasm, flags):
    """What is wrong with a program's run, or the empty string."""
    wants = specification(wasm)
    with tempfile.TemporaryDirectory(prefix="heddle-wasi-") as scratch:
        command = [HEDDLE, "run", *flags]
        if wants["root"]:
            root = Path(scratch) / "root"
            shutil.copytree(wasm.parent / wants["root"], root)
            for left in root.rglob("*.cleanup"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            command += ["--dir", f"{root}::/"]
        for name, value in wants["env"].items():
            command += ["--env", f"{name}={value}"]
        done = subprocess.run([*command, str(wasm), *wants["args"]], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=300)
    for stream in ("stdout", "stderr"):
        found = getattr(done, stream).decode(errors="replace")
        if wants[stream] is not None and found != wants[stream]:
            return f"{stream}: wanted {wants[stream]!r}, found {found!r}"
    if done.returncode != wants["exit_code"]:
        output = (done.stdout + done.stderr).decode(errors="replace")
        return f"exit code {done.returncode}, wanted {wants['exit_code']}\n{output[-1500:]}"
    return ""


def main(arguments):
    folder = Path(arguments[0]) if arguments else Path(os.environ.get("HEDDLE_SPEC_TESTS", "")) / "wasi" / "p1"
    programs = sorted(folder.rglob("*.wasm")) if folder.is_dir() else []
    if not programs:
        print(f"THE WASI SUITE IS SKIPPED: no programs in {folder}; set HEDDLE_SPEC_TESTS (spec-tests/README.md)")
        print(f"0 passed, 0 failed, {PROGRAMS} skipped")
        return 0
    passed = failed = 0
    for wasm in programs:
        name = wasm.relative_to(folder).as_posix()
        if arguments[1:] and not any(pattern in name for pattern in arguments[1:]):
            continue
        try:
            problem = run_program(wasm, [])
        except subprocess.TimeoutExpired:
            problem = "still running after five minutes"
        passed, failed = (passed, failed + 1) if problem else (passed + 1, failed)
        if problem:
            print(f"{name}: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
