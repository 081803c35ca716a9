#!/usr/bin/env python3
"""component/canon beside the specification's definitions.py: canon_diff.py DEFINITIONS FOLDER

Every class and function of definitions.py must have a namesake in FOLDER's C++, with as many traps: `trap_if` and
`trap` there, TRAP_IF and its kin here. Traps of a helper that only our side has count where it is called. What
differs must be in REASONS, and what is there must differ.
"""

import ast
import re
import sys
from pathlib import Path

# What has no namesake, or another number of traps, and why.
BOILERPLATE = "boilerplate: the engine's or the validator's types are used"
REASONS = {
    "Trap": "a trap is an Error (component/canon/trap.h)",
    "CoreWebAssemblyException": "an outcome of a call of the engine's",
    "trap": "TRAP_IF",
    "trap_if": "TRAP_IF",
    "ValType": BOILERPLATE, "ExternType": BOILERPLATE, "CoreExternType": BOILERPLATE,
    "CoreImportDecl": BOILERPLATE, "CoreExportDecl": BOILERPLATE, "ModuleType": BOILERPLATE,
    "CoreMemoryType": BOILERPLATE, "ExternDecl": BOILERPLATE, "ComponentType": BOILERPLATE,
    "InstanceType": BOILERPLATE, "PrimValType": BOILERPLATE, "FieldType": BOILERPLATE, "CaseType": BOILERPLATE,
    **{name + "Type": "a kind of component/syntax/types.inc" for name in (
        "Bool", "S8", "U8", "S16", "U16", "S32", "U32", "S64", "U64", "F32", "F64", "Char", "String", "ErrorContext",
        "List", "Record", "Tuple", "Variant", "Enum", "Option", "Result", "Map", "Flags", "Own", "Borrow", "Stream",
        "Future")},
    "CoreFuncType.__eq__": "compared where it is used",
    "type_matches_value": "inside types_match_values",
    "FuncType.param_types": "the member params", "FuncType.extract_types": "parameters have no names at run time",
    "new_already_acquired_lock": "switches of stacks need no locks",
    "ptr_size": "the member MemInst::ptr_size",
    "MemInst.__getitem__": "MemInst::bytes", "MemInst.__setitem__": "MemInst::bytes",
    "MemInst.__len__": "MemInst::bytes",
    "MemInst.ptr_size": "a member",
    "Table.__iter__": "Table::all",
    "Table.remove": "looks itself where get would, and takes without copying",
    **dict.fromkeys(("ReadableBuffer", "WritableBuffer", "ReadableBufferGuestImpl", "ReadableBufferGuestImpl.read",
                     "WritableBufferGuestImpl", "WritableBufferGuestImpl.write"),
                    "BufferGuestImpl is of both directions"),
    **dict.fromkeys(("ReadableStream", "WritableStream", "ReadableFuture", "WritableFuture"),
                    "SharedBase is of both directions"),
    **dict.fromkeys(("core_f32_reinterpret_i32", "core_f64_reinterpret_i64", "core_i32_reinterpret_f32",
                     "core_i64_reinterpret_f64"), "floats are their bits"),
    **dict.fromkeys(("maybe_scramble_nan32", "maybe_scramble_nan64", "random_nan_bits"),
                    "NaNs are always canonical, as the deterministic profile has them"),
    "contains": "Type::has_borrow says it", "contains_async_value": "nothing in the definitions asks",
    "block": "a call on its caller's strand has nobody to go back to, and does what canon_lift would",
    "canon_lower": "a call that may have to block and must not is refused before, as the official suite wants it",
    "match_case": "a value of a variant has the index of its case",
    "canon_lift": "unpack_callback_result refuses other codes before",
    "call_and_trap_on_throw": "who makes a CoreFuncInst turns exceptions into traps",
    "store_string_to_utf8": "check_range looks at alignment too, here of 1",
    "store_probably_utf16_to_latin1_or_utf16": "check_range looks at alignment too, here of 1",
    "canon_resource_drop": "Store::call has the trap of the function that lift gives",
    "canon_subtask_cancel": "a call that would block is refused before its handle is looked at, and what the callee "
                            "runs may take the event",
    "unpack_event": "the pointer is checked, which the specification forgets",
}


class Definition:
    def __init__(self, name, traps, calls=()):
        self.name, self.traps, self.calls = name, traps, list(calls)


# --- definitions.py ---


def python_definitions(text):
    """{name or Class.name: traps}, nested functions as part of the outer one."""
    found = {}

    def traps(node):
        return sum(isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in ("trap", "trap_if")
                   for n in ast.walk(node))

    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = traps(node)
        if isinstance(node, ast.ClassDef):
            found[node.name] = None
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    found[f"{node.name}.{part.name}"] = traps(part)
    return found


# --- C++ ---

TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])+'|\w+(?:::~?\w+)*|.", re.S)
TRAPS = {"TRAP_IF", "TRAP_IF_AT", "TRAP_WITH"}
NOT_FUNCTIONS = {"if", "for", "while", "switch", "return", "catch", "sizeof", "static_assert", "alignas"}


def tokens_of(text):
    text = re.sub(r"^\s*#.*(?:\\\n.*)*$", "", text, flags=re.M)
    return [t for t in TOKEN.findall(text) if not t.isspace() and not t.startswith(("//", "/*"))]


def closing(tokens, at, opening="{", end="}"):
    depth = 0
    for i in range(at, len(tokens)):
        depth += (tokens[i] == opening) - (tokens[i] == end)
        if depth == 0:
            return i
    return len(tokens)


def function_at(tokens, i):
    """(first of the body, its end) where a function's name stands at i and its body follows; else nothing."""
    if i + 1 >= len(tokens) or tokens[i + 1] != "(" or not re.match(r"[A-Za-z_]", tokens[i]):
        return None
    if tokens[i].split("::")[-1] in NOT_FUNCTIONS or tokens[i] in TRAPS | {"TRY", "HEDDLE_ASSERT"}:
        return None
    j = closing(tokens, i + 1, "(", ")") + 1
    while j < len(tokens) and tokens[j] in ("const", "override", "final", "noexcept"):
        j += 1
    if j < len(tokens) and tokens[j] == ":":  # initializers
        while j < len(tokens) and tokens[j] not in ("{", ";"):
            j = closing(tokens, j, "(", ")") + 1 if tokens[j] == "(" else j + 1
    return (j, closing(tokens, j)) if j < len(tokens) and tokens[j] == "{" else None


def cpp_definitions(folder):
    """({qualified name: Definition}, all class names)."""
    found, classes = {}, set()

    def scan(tokens, scope):
        i = 0
        while i < len(tokens):
            if tokens[i] in ("class", "struct", "enum") and i + 1 < len(tokens):
                name = tokens[i + 2] if tokens[i + 1] in ("class", "struct") else tokens[i + 1]
                j = i + 1
                based = False
                while j < len(tokens) and tokens[j] not in ("{", ";", "(", ")", "=") and (based or tokens[j] != ">"):
                    based |= tokens[j] == ":"
                    j += 1
                if j < len(tokens) and tokens[j] in ("{", ";"):
                    classes.add(name)
                if j < len(tokens) and tokens[j] == "{":
                    end = closing(tokens, j)
                    scan(tokens[j + 1:end], name)
                    i = end
                    continue
            body = function_at(tokens, i)
            if body:
                name = tokens[i] if "::" in tokens[i] or not scope else f"{scope}::{tokens[i]}"
                inside = tokens[body[0]:body[1]]
                calls = [t.split("::")[-1] for t, after in zip(inside, inside[1:])
                         if after in ("(", "<") and re.match(r"[A-Za-z_]", t)]
                known = found.setdefault(name, Definition(name, 0))
                known.traps += sum(t in TRAPS for t in inside)
                known.calls += calls
                i = body[1]
            i += 1

    for path in sorted(folder.glob("*.h")) + sorted(folder.glob("*.cpp")):
        text = path.read_text()
        classes |= set(re.findall(r"^\s*using (\w+) =", text, re.M))
        scan(tokens_of(text), "")
    return found, classes


def with_helpers(definition, helpers, seen=()):
    """Its traps and those of the helpers that it calls."""
    total = definition.traps
    for call in definition.calls:
        if call in helpers and call not in seen:
            total += with_helpers(helpers[call], helpers, (*seen, call))
    return total


# --- both ---


def camel_free(name):
    return {"return_": "return_", "yield_": "yield"}.get(name, name)


def differences(python, cpp, classes):
    names = {name.split(".")[-1] for name in python}
    names.add("create")  # what a constructor that can fail is here
    helpers = {d.name.split("::")[-1]: d for d in cpp.values() if d.name.split("::")[-1] not in names}
    for name, traps in python.items():
        owner, _, method = name.rpartition(".")
        if traps is None:
            if name not in classes:
                yield name, "no class of this name"
            continue
        if method == "__init__":
            made = cpp.get(f"{owner}::create")
            if made and made.traps != traps:
                yield name, f"{traps} traps there, {made.traps} here"
            elif owner not in classes:
                yield name, "no class of this name"
            continue
        wanted = f"{owner}::{camel_free(method)}" if owner else name
        ours = cpp.get(wanted)
        if not ours:
            inline = [d for key, d in cpp.items() if key.split("::")[-1] == camel_free(method)]
            if not owner and inline:
                ours = inline[0]
        if not ours:
            yield name, "no function of this name"
            continue
        count = with_helpers(ours, helpers)
        if count != traps:
            yield name, f"{traps} traps there, {count} here"


def main():
    definitions, folder = Path(sys.argv[1]), Path(sys.argv[2])
    python = python_definitions(definitions.read_text())
    cpp, classes = cpp_definitions(folder)
    explained, bad = set(), 0
    for name, what in differences(python, cpp, classes):
        if REASONS.get(name):
            explained.add(name)
            continue
        print(f"{name}: {what}")
        bad += 1
    for name in REASONS:
        if REASONS[name] and name not in explained:
            print(f"{name}: a reason for nothing")
            bad += 1
    print(f"canon-diff: {len(python)} definitions, {len(explained)} that differ with a reason, {bad} without")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
