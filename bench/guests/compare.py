#!/usr/bin/env python3
"""compare.py NAME=COMMAND...: the guests of this folder under several engines, in seconds of CPU time.

COMMAND runs a module's export: it is followed by `--invoke EXPORT FILE ARG`, as in
`compare.py heddle='build/heddle run' other='other run'`. The engines take turns, and the best of five runs counts;
an engine that cannot run a guest has no figure. The guests are compiled with clang-19 and build/heddle.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEDDLE = HERE.parents[1] / "build" / "heddle"
RUNS = 5

GUESTS = {
    "gc.wat": {"list": 1000000, "trees": 18, "sort": 1000000, "dispatch": 10000000},
    "memory64.c": {"matrix": 8, "chase": 20000000, "sieve": 20},
    "simd.c": {"saxpy": 20000, "dot": 20000, "mandelbrot": 2048, "bytes": 10000},
}
TARGETS = {"memory64": ("--target=wasm64", "-mbulk-memory"), "simd": ("--target=wasm32", "-msimd128")}


def compile_guest(source, folder):
    module = Path(folder) / (source.stem + ".wasm")
    if source.suffix == ".wat":
        command = [HEDDLE, "wat", source, "-o", module]
    else:
        command = ["clang-19", *TARGETS[source.stem], "-O2", "-nostdlib", "-Wl,--no-entry", "-o", module, source]
    subprocess.run(command, check=True)
    return module


def cpu_seconds(command):
    """Of one run; None where it fails."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime if child.returncode == 0 else None


def main(arguments):
    engines = {name: command.split() for name, _, command in (a.partition("=") for a in arguments)}
    print(f"{'':24}", *(f"{name:>10}" for name in engines))
    with tempfile.TemporaryDirectory() as folder:
        for source, exports in GUESTS.items():
            module = compile_guest(HERE / source, folder)
            for export, size in exports.items():
                times = {name: [] for name in engines}
                for _ in range(RUNS):
                    for name, command in engines.items():
                        times[name].append(cpu_seconds([*command, "--invoke", export, module, str(size)]))
                best = ["-" if None in of else f"{min(of):.3f}" for of in times.values()]
                print(f"{module.stem + ' ' + export:24}", *(f"{figure:>10}" for figure in best), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
