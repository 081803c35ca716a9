#!/usr/bin/env python3
"""tests/exec/interp/sibling_calls.py finds what it should in disassemblies, and nothing else."""

import importlib.util
import unittest
from pathlib import Path

PATH = Path(__file__).resolve().parent.parent / "exec" / "interp" / "sibling_calls.py"
SPEC = importlib.util.spec_from_file_location("sibling_calls", PATH)
sibling_calls = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sibling_calls)

ARGS = "PKmPmPhPNS_2rt8InstanceEmmDv16_h"


def function(name, *instructions):
    lines = [f"{i:8x}:\t{text}" for i, text in enumerate(instructions)]
    return f"0000000000000000 <_ZN6heddle6interp{len(name)}{name}E{ARGS}>:\n" + "\n".join(lines) + "\n\n"


class SiblingCalls(unittest.TestCase):
    def check(self, text, hot, count, wrong):
        found, lines = sibling_calls.findings(text, hot)
        self.assertEqual(found, count)
        self.assertEqual([line.split(": ", 1)[1] for line in lines], wrong)

    def test_jumps_are_fine(self):
        self.check(function("op_mov", "mov    %rax,(%rsi)", "jmp    *%rax", "nop"), True, 1, [])

    def test_calls_returns_and_dead_ends_are_not(self):
        self.check(function("op_mov", "call   *%rax", "ret"), True, 1,
                   ["no indirect jump", "call   *%rax", "returns"])

    def test_cold_handlers_may_call_functions_by_name(self):
        body = ("call   *0x0(%rip)        # 10 <x>", "jmp    *%rax")
        self.check(function("op_call", *body), False, 1, [])
        self.check(function("op_call", *body), True, 1, ["call   *0x0(%rip)        # 10 <x>"])
        self.check(function("op_call", "call   *%rax", "jmp    *%rax"), False, 1, ["call   *%rax"])

    def test_only_those_may_return_that_leave(self):
        self.check(function("op_exit", "ret"), False, 1, [])
        self.check(function("op_call", "jmp    *%rax", "ret"), False, 1, ["returns"])

    def test_other_functions_do_not_matter(self):
        self.check("0000000000000000 <_Z4mainv>:\n   0:\tcall   *%rax\n\n", True, 0, [])


if __name__ == "__main__":
    unittest.main()
