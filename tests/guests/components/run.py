#!/usr/bin/env python3
"""Guests of the Component Model, compiled from C and run by $HEDDLE.

NAME.wat is a component whose text has the core module of NAME.c where it says `binary "@NAME.c@"`: clang-19 is all
that takes. What is in bindgen/ is built as its users do it, with wit-bindgen and wasm-tools; where these are not in
PATH it is skipped. Files say in comments what to do:

  run: CALL         calls a function; `expect: LINE` behind it says what is printed, or `fails: TEXT` with what words
  world: NAME       bindgen/: the world of bindgen/guests.wit that the file binds
  plug: FILE...     bindgen/: other guests, which are plugged into this one before it runs
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEDDLE = str(Path(os.environ.get("HEDDLE", "build/heddle")).resolve())
CLANG = ["clang-19", "-O2", "-Wall", "-Wextra"]


class Wrong(Exception):
    """What is wrong with a guest."""


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace",
                          timeout=600)
    if done.returncode != 0:
        raise Wrong(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-2000:]}"
                    f"{done.stderr[-2000:]}")
    return done.stdout


def directives(path):
    """[(key, value)] of the comments a file begins with."""
    found = []
    for line in path.read_text().splitlines():
        if not line.startswith(("//", ";;")):
            break
        match = re.match(r"(?://|;;) (run|expect|fails|world|plug): ?(.*)$", line)
        if match:
            found.append(match.groups())
    return found


def by_key(path, key):
    return [value for known, value in directives(path) if known == key]


# --- building -------------------------------------------------------------------------------------------------------


def assemble(wat, folder):
    """A text with the modules it names in it, as a binary."""
    def module(match):
        core = folder / (match.group(1) + ".wasm")
        run(*CLANG, "--target=wasm32", "-nostdlib", "-Wl,--no-entry", "-o", core, HERE / match.group(1))
        return '"' + "".join(f"\\{byte:02x}" for byte in core.read_bytes()) + '"'

    text = folder / wat.name
    text.write_text(re.sub(r'"@([\w.]+)@"', module, wat.read_text()))
    component = folder / (wat.stem + ".wasm")
    run(HEDDLE, "wat", text, "-o", component)
    return component


def bind(source, folder):
    """What wit-bindgen, clang and wasm-tools make of a guest, and `heddle plug` of it and others."""
    world, = by_key(source, "world")
    bindings = folder / ("of_" + source.stem)
    run("wit-bindgen", "c", HERE / "bindgen" / "guests.wit", "--world", world, "--out-dir", bindings)
    core, component = folder / (source.stem + ".core.wasm"), folder / (source.stem + ".wasm")
    run(*CLANG, "--target=wasm32-wasi", "-mexec-model=reactor", "-Wno-unused-parameter", "-I", bindings, "-o", core,
        source, *bindings.glob("*.c"), *bindings.glob("*.o"))
    run("wasm-tools", "component", "new", core, "-o", component)
    plugs = [bind(source.with_name(name), folder) for names in by_key(source, "plug") for name in names.split()]
    if not plugs:
        return component
    check(component, folder)
    whole = folder / (source.stem + ".whole.wasm")
    run(HEDDLE, "plug", component, *[part for plug in plugs for part in ("--plug", plug)], "-o", whole)
    run("wasm-tools", "validate", "--features", "all", whole)
    return whole


# --- checking -------------------------------------------------------------------------------------------------------


def check(component, folder):
    """It is valid, and comes back from its text and from its WIT."""
    run(HEDDLE, "validate", component)
    text = run(HEDDLE, "print", component)
    (folder / "printed.wat").write_text(text)
    run(HEDDLE, "wat", folder / "printed.wat", "-o", folder / "again.wasm")
    run(HEDDLE, "validate", folder / "again.wasm")
    if run(HEDDLE, "print", folder / "again.wasm") != text:
        raise Wrong("what is printed is not what its binary prints")
    wit = run(HEDDLE, "wit", component)
    (folder / "printed.wit").write_text(wit)
    # A component has its items in any order, WIT some before others.
    again = run(HEDDLE, "wit", folder / "printed.wit")
    if sorted(filter(None, again.splitlines())) != sorted(filter(None, wit.splitlines())):
        raise Wrong("the WIT of the WIT differs")


def call(component, invoke, wanted):
    done = subprocess.run([HEDDLE, "run", "--invoke", invoke, str(component)], capture_output=True, text=True,
                          timeout=600)
    fails = [text for key, text in wanted if key == "fails"]
    if fails:
        if done.returncode == 0 or any(text not in done.stderr for text in fails):
            raise Wrong(f"{invoke}: wanted a failure that says {fails}, found {done.stdout}{done.stderr}")
        return
    expected = "".join(text + "\n" for key, text in wanted)
    if done.returncode != 0 or done.stdout != expected:
        raise Wrong(f"{invoke}: wanted {expected}found {done.stdout}{done.stderr}")


def calls(path):
    """[(call, what is wanted of it)]"""
    found = []
    for key, value in directives(path):
        if key == "run":
            found.append((value, []))
        elif key in ("expect", "fails"):
            found[-1][1].append((key, value))
    return found


def guest(path, build):
    with tempfile.TemporaryDirectory(prefix="heddle-guest-") as name:
        folder = Path(name)
        component = build(path, folder)
        check(component, folder)
        for invoke, wanted in calls(path):
            call(component, invoke, wanted)


def main():
    passed = failed = skipped = 0
    wanted = [(path, assemble) for path in sorted(HERE.glob("*.wat"))]
    bound = sorted((HERE / "bindgen").glob("*.c"))
    missing = [tool for tool in ("wit-bindgen", "wasm-tools") if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED {len(bound)} guests in bindgen/: {' and '.join(missing)} not found in PATH")
        skipped = len(bound)
    else:
        wanted += [(path, bind) for path in bound]
    for path, build in wanted:
        try:
            guest(path, build)
            passed += 1
        except (Wrong, subprocess.SubprocessError, ValueError) as wrong:
            failed += 1
            print(f"{path.name}: {wrong}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
