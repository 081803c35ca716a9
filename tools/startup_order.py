#!/usr/bin/env python3
"""Writes tools/heddle/startup.order: the functions that `heddle run` executes for a small program, by linker name.

The command has a few hundred kilobytes of code for that and ten times as much for everything else, and Linux maps
sixteen pages around each one touched: laid side by side (lld's --symbol-ordering-file), what starts a program takes a
megabyte less of memory, and what runs before main(), a few bytes of each file that has any and of the C++ library's,
as much again. Names that have gone are ignored by the linker; run this again when the figure grows.

    tools/startup_order.py COMMAND MODULE    needs valgrind and a COMMAND with symbols
"""

import bisect
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ORDER = Path(__file__).resolve().parent / "heddle" / "startup.order"
PLACE = re.compile(r"(0x[0-9a-f]+|[+-]\d+|\*) ")
OBJECT = re.compile(r"(c?)ob=\((\d+)\)(?: (.*))?$")


def executed(command, module):
    """The addresses of the command's instructions that ran, from callgrind's profile."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        subprocess.run(["valgrind", "--tool=callgrind", "--dump-instr=yes", f"--callgrind-out-file={profile}",
                        command, "run", module], check=True, capture_output=True)
        lines = profile.read_text().splitlines()
    names, found = {}, {}
    current, address = None, 0
    for line in lines:
        if match := OBJECT.match(line):
            called, number, name = match.groups()
            if name:
                names[number] = name
            if not called:
                current = number
        elif match := PLACE.match(line):
            place = match.group(1)
            if place[0] in "+-":
                address += int(place)
            elif place != "*":
                address = int(place, 16)
            found.setdefault(current, set()).add(address)
    return next(found[number] for number, name in names.items() if Path(name).name == Path(command).name)


def functions(command):
    """Addresses in order, and the name at each."""
    listing = subprocess.run(["nm", "--defined-only", command], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in listing.splitlines())
    symbols = sorted((int(address, 16), name) for address, kind, name in rows if kind in "tTwW")
    return [address for address, _ in symbols], [name for _, name in symbols]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    command, module = sys.argv[1:]
    starts, names = functions(command)
    touched = sorted({bisect.bisect(starts, address) - 1 for address in executed(command, module)})
    chosen = dict.fromkeys(names[i] for i in touched if i >= 0)
    ORDER.write_text("".join(name + "\n" for name in chosen))
    print(f"{ORDER.name}: {len(chosen)} functions")


if __name__ == "__main__":
    main()
