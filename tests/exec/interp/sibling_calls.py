#!/usr/bin/env python3
"""sibling_calls.py OBJECT...: do the interpreter's handlers, as g++ compiled them, go on by jumps?

clang guarantees the tail calls that handlers end in; g++ makes sibling calls of them as long as nothing stands in
the way, such as a local variable whose address escapes. Where one is not made the native stack grows with every
instruction of the guest.

In the hot files (ops_int, ops_float, ops_memory, ops_move, ops_slot, ops_vector) a handler calls nothing, never
returns, and dispatches by an indirect jump. In the others a handler may call C++ functions by name, and return where
MAY_RETURN gives the reason; what it may never do is call through a register, which is a dispatch that should have
been a jump.
"""

import re
import subprocess
import sys
from pathlib import Path

HOT = ("ops_int", "ops_float", "ops_memory", "ops_move", "ops_slot", "ops_vector")

# (const Word* pc, Slot* fp, uint8_t* mem, Instance* ctx, Word acc, Word l0, v128 vec), mangled: g++ keeps l1
# elsewhere.
HANDLER = re.compile(r"op_\w+PKmPmPhPNS?\w*2rt8InstanceEmmDv16_h")

MAY_RETURN = {
    "op_trap": "leaves the activation: a trap",
    "op_interrupt": "leaves the activation: interrupted",
    "op_exit": "leaves the activation: the first frame has returned",
    "op_call_host": "leaves the activation where the host function trapped",
    "op_throw": "leaves the activation where nothing catches",
    "op_throw_ref": "leaves the activation where nothing catches",
    "op_suspend": "leaves the activation: a trap",
    "op_resume": "leaves the activation: a trap",
    "op_resume_throw": "leaves the activation: a trap, or nothing catches",
    "op_resume_throw_ref": "leaves the activation: a trap, or nothing catches",
    "op_switch": "leaves the activation: a trap",
    "op_fiber_return": "leaves the activation: a trap",
}


def functions(disassembly):
    """(mangled name, instructions) of each function; a relocation belongs to the instruction in front of it."""
    for found in re.finditer(r"^[0-9a-f]+ <([^>]+)>:\n((?:.+\n?)*)", disassembly, re.M):
        yield found.group(1), found.group(2).splitlines()


def plain_name(mangled):
    return re.search(r"(op_[a-z0-9_]*?)(?:I|E|PK|$)", mangled).group(1)


def findings(disassembly, hot):
    """How many handlers there are, and what is wrong with them."""
    count, wrong = 0, []
    for name, lines in functions(disassembly):
        if not HANDLER.search(name):
            continue
        count += 1
        code = [line.split("\t", 1)[1].strip() for line in lines if re.match(r"\s+[0-9a-f]+:\t", line)]
        if not any(instruction.startswith("jmp") and "*" in instruction for instruction in code):
            if plain_name(name) not in MAY_RETURN and ".cold" not in name:
                wrong.append(f"{name}: no indirect jump")
        for instruction in code:
            if instruction.startswith("call"):
                through_register = "*" in instruction and "(%rip)" not in instruction
                if hot or through_register:
                    wrong.append(f"{name}: {instruction}")
            elif instruction.startswith("ret") and (hot or plain_name(name) not in MAY_RETURN):
                wrong.append(f"{name}: returns")
    return count, wrong


def main(paths):
    total, hot_files, wrong = 0, set(), []
    for path in map(Path, paths):
        hot = next((name for name in HOT if f"_{name}.cpp" in path.name), None)
        text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True,
                              check=True).stdout
        count, bad = findings(text, hot is not None)
        if hot and count == 0:
            bad = [f"{path.name}: no handlers found"]
        if hot:
            hot_files.add(hot)
        total += count
        wrong += bad
    wrong += [f"no object of {name}" for name in HOT if name not in hot_files]
    for line in wrong[:50]:
        print(line)
    print(f"{total} handlers, {len(wrong)} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
