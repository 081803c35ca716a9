#!/usr/bin/env python3
"""component/canon against the specification's own definitions.py: oracle.py COMMAND FOLDER [--cases N] [--seed S]

FOLDER holds definitions.py (the official suites' component-reference). COMMAND is heddle-canon, which reads a case a
line and answers with what came of it. Random types and values, encodings, pointer sizes, memories, and guests whose
realloc returns what it should not: both sides must give the same values, the same memory, the same handles and the
same traps.
"""

import argparse
import json
import random
import struct
import subprocess
import sys

PRIMITIVES = ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"]
ENCODINGS = ["utf8", "utf16", "latin1+utf16"]
BITS = {"s8": 8, "u8": 8, "s16": 16, "u16": 16, "s32": 32, "u32": 32, "s64": 64, "u64": 64}


# --- random types and values: what is sent, and what definitions.py makes of it ---


class Types:
    """Types as they are sent, and the same as definitions.py has them."""

    def __init__(self, d, rng, resources):
        self.d, self.rng, self.resources = d, rng, resources

    def make(self, depth, borrow=True):
        rng, d = self.rng, self.d
        kinds = ["prim"] * 4 + ["flags", "enum", "own"] + (["borrow"] if borrow else [])
        if depth > 0:
            kinds += ["list", "record", "tuple", "variant", "option", "result", "fixed", "map"] * 2
        kind = rng.choice(kinds)
        if kind == "prim":
            return {"k": rng.choice(PRIMITIVES)}
        if kind in ("flags", "enum"):
            counts = {"flags": [1, 2, 8, 9, 16, 17, 32], "enum": [1, 2, 255, 256, 257]}
            return {"k": kind, "n": rng.choice(counts[kind])}
        if kind in ("own", "borrow"):
            return {"k": kind, "rt": rng.randrange(len(self.resources))}
        part = lambda: self.make(depth - 1, borrow)
        if kind in ("list", "option"):
            return {"k": kind, "t": part()}
        if kind == "fixed":
            return {"k": kind, "t": part(), "n": rng.randint(1, 4)}
        if kind == "map":
            return {"k": kind, "t": {"k": rng.choice([p for p in PRIMITIVES if p[0] != "f"])}, "u": part()}
        if kind == "result":
            return {"k": kind, "t": rng.choice([None, part()]), "u": rng.choice([None, part()])}
        parts = [part() for _ in range(rng.randint(1, 5))]
        if kind == "variant":
            parts = [rng.choice([None, p, p]) for p in parts]
        return {"k": kind, "f": parts}

    def defined(self, t):
        """The class of definitions.py."""
        d = self.d
        if t is None:
            return None
        kind = t["k"]
        if kind in PRIMITIVES:
            return getattr(d, kind.capitalize() + "Type")()
        parts = [self.defined(p) for p in t.get("f", [])]
        part = self.defined(t.get("t"))
        match kind:
            case "flags": return d.FlagsType([f"l{i}" for i in range(t["n"])])
            case "enum": return d.EnumType([f"l{i}" for i in range(t["n"])])
            case "own": return d.OwnType(self.resources[t["rt"]])
            case "borrow": return d.BorrowType(self.resources[t["rt"]])
            case "list": return d.ListType(part)
            case "fixed": return d.ListType(part, t["n"])
            case "option": return d.OptionType(part)
            case "result": return d.ResultType(part, self.defined(t.get("u")))
            case "map": return d.MapType(part, self.defined(t["u"]))
            case "tuple": return d.TupleType(parts)
            case "record": return d.RecordType([d.FieldType(f"l{i}", p) for i, p in enumerate(parts)])
            case "variant": return d.VariantType([d.CaseType(f"l{i}", p) for i, p in enumerate(parts)])

    def value(self, t):
        """A random value as it is sent."""
        rng = self.rng
        kind = t["k"]
        if kind in BITS:
            bits = BITS[kind]
            low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind[0] == "s" else (0, (1 << bits) - 1)
            return str(rng.choice([low, high, 0, 1, rng.randint(low, high)]))
        match kind:
            case "bool": return str(rng.randint(0, 1))
            case "f32": return str(rng.choice([0x7fc00000, 0x7f800001, 0xffc12345, 0x3f800000, rng.getrandbits(32)]))
            case "f64": return str(rng.choice([0x7ff8 << 48, 0x7ff0_0000_0000_0001, 1023 << 52, rng.getrandbits(64)]))
            case "char": return str(self.character())
            case "string": return self.string()
            case "flags": return str(rng.getrandbits(t["n"]))
            case "enum": return [rng.randrange(t["n"]), None]
            case "own" | "borrow": return str(rng.getrandbits(32))
            case "list" | "map":
                element = t["t"] if kind == "list" else {"k": "tuple", "f": [t["t"], t["u"]]}
                return [self.value(element) for _ in range(rng.choice([0, 1, 2, 5]))]
            case "fixed": return [self.value(t["t"]) for _ in range(t["n"])]
            case "record" | "tuple": return [self.value(p) for p in t["f"]]
        cases = {"option": [None, t.get("t")], "result": [t.get("t"), t.get("u")], "variant": t.get("f")}[kind]
        index = rng.randrange(len(cases))
        return [index, None if cases[index] is None else self.value(cases[index])]

    def character(self, latin1=False):
        ranges = [(0x20, 0x7e), (0x80, 0xff)] if latin1 else [(0x20, 0x7e), (0x80, 0xff), (0x100, 0xd7ff),
                                                              (0xe000, 0xffff), (0x10000, 0x10ffff)]
        return self.rng.randint(*self.rng.choice(ranges))

    def string(self):
        rng = self.rng
        latin1 = rng.random() < 0.5
        text = "".join(chr(rng.randint(0x20, 0x7e) if rng.random() < 0.6 else self.character(latin1))
                       for _ in range(rng.choice([0, 1, 3, 10, 30])))
        encoding = rng.choice(ENCODINGS)
        if encoding == "utf8":
            units = len(text.encode())
        elif encoding == "latin1+utf16" and all(ord(c) < 256 for c in text) and rng.random() < 0.7:
            units = len(text)
        else:
            units = len(text.encode("utf-16-le")) // 2 | (1 << 31 if encoding == "latin1+utf16" else 0)
        return [text.encode().hex(), encoding, str(units)]

    # What is sent, as definitions.py's value, and the other way round.

    def to_python(self, t, v, ptr_size):
        kind = t["k"]
        if kind in BITS or kind in ("own", "borrow"):
            return int(v)
        number = lambda code, as_float: struct.unpack(as_float, struct.pack(code, int(v)))[0]
        match kind:
            case "bool": return bool(int(v))
            case "f32": return number("<I", "<f")
            case "f64": return number("<Q", "<d")
            case "char": return chr(int(v))
            case "string":
                units = int(v[2])
                if v[1] == "latin1+utf16" and units >> 31 and ptr_size == 8:  # the tag of the other pointer size
                    units = units & 0x7fffffff | 1 << 63
                return (bytes.fromhex(v[0]).decode(), v[1], units)
            case "flags": return {f"l{i}": bool(int(v) >> i & 1) for i in range(t["n"])}
            case "enum": return {f"l{v[0]}": None}
            case "list" | "fixed": return [self.to_python(t["t"], e, ptr_size) for e in v]
            case "map": return [self.to_python({"k": "tuple", "f": [t["t"], t["u"]]}, e, ptr_size) for e in v]
            case "tuple": return {str(i): self.to_python(p, v[i], ptr_size) for i, p in enumerate(t["f"])}
            case "record": return {f"l{i}": self.to_python(p, v[i], ptr_size) for i, p in enumerate(t["f"])}
        labels, cases = self.cases(t)
        return {labels[v[0]]: None if cases[v[0]] is None else self.to_python(cases[v[0]], v[1], ptr_size)}

    def cases(self, t):
        match t["k"]:
            case "option": return ["none", "some"], [None, t["t"]]
            case "result": return ["ok", "error"], [t.get("t"), t.get("u")]
            case "variant": return [f"l{i}" for i in range(len(t["f"]))], t["f"]

    def from_python(self, t, v):
        kind = t["k"]
        if kind in BITS or kind in ("own", "borrow"):
            return str(v)
        match kind:
            case "bool": return str(int(v))
            case "f32": return str(struct.unpack("<I", struct.pack("<f", v))[0])
            case "f64": return str(struct.unpack("<Q", struct.pack("<d", v))[0])
            case "char": return str(ord(v))
            case "string": return [v[0].encode().hex(), v[1], str(v[2])]
            case "flags": return str(sum(1 << i for i in range(t["n"]) if v[f"l{i}"]))
            case "enum": return [int(next(iter(v))[1:]), None]
            case "list" | "fixed": return [self.from_python(t["t"], e) for e in v]
            case "map": return [self.from_python({"k": "tuple", "f": [t["t"], t["u"]]}, e) for e in v]
            case "tuple" | "record": return [self.from_python(p, e) for p, e in zip(t["f"], v.values())]
        labels, cases = self.cases(t)
        [(label, payload)] = v.items()
        index = labels.index(label)
        return [index, None if cases[index] is None else self.from_python(cases[index], payload)]


# --- a case ---


class Guest:
    """A guest's memory and its realloc, which follows a script and then goes on allocating."""

    def __init__(self, d, memory, ptr_size, script):
        self.d, self.script, self.calls, self.top = d, script, 0, 64
        self.memory = d.MemInst(bytearray(memory), "i32" if ptr_size == 4 else "i64")

    def realloc(self, old, old_size, alignment, new_size):
        action = self.script[self.calls] if self.calls < len(self.script) else "ok"
        self.calls += 1
        if action == "trap":
            raise self.d.Trap()
        if action != "ok":
            return int(action)
        at = (self.top + alignment - 1) // alignment * alignment
        self.top = at + new_size
        data = self.memory.bytes
        moved = min(old_size, new_size)
        if old + moved <= len(data) and at + moved <= len(data):
            data[at:at + moved] = data[old:old + moved]
        return at


def handles(inst, resources):
    d = []
    for i, h in enumerate(inst.handles.array):
        if h is not None:
            d.append([i, resources.index(h.rt), str(h.rep), int(h.own), h.num_lends])
    return d


def run(d, case, types, inst, others):
    """What definitions.py makes of a case, in the form heddle-canon answers in."""
    guest = Guest(d, bytes.fromhex(case["memory"]), case["ptr"], case["realloc"])
    opts = d.LiftLowerOptions(case["encoding"], guest.memory, None)
    lower = case["do"] == "lower"
    scope = d.Task(None, None, inst, None, None) if lower else d.Subtask()
    cx = d.LiftLowerContext(opts, inst, scope)
    cx.reallocate = guest.realloc
    ts = [types.defined(t) for t in case["types"]]
    try:
        if lower:
            values = [types.to_python(t, v, case["ptr"]) for t, v in zip(case["types"], case["values"])]
            out = d.lower_flat_values(cx, case["max"], values, ts)
            names = d.flatten_types(ts, opts)
            if len(names) > case["max"]:
                names = [guest.memory.ptr_type()]
            result = {"flat": [core(n, v) for n, v in zip(names, out)]}
        else:
            flat = [python_core(n, int(v)) for n, v in case["flat"]]
            out = d.lift_flat_values(cx, case["max"], d.CoreValueIter(flat), ts)
            result = {"values": [types.from_python(t, v) for t, v in zip(case["types"], out)]}
    except d.Trap:
        return {"trap": True}
    result["memory"] = guest.memory.bytes.hex()
    result["handles"] = handles(inst, others)
    return result


def core(name, v):
    if name in ("f32", "f64"):
        code = ("<f", "<I") if name == "f32" else ("<d", "<Q")
        v = struct.unpack(code[1], struct.pack(code[0], v))[0] if isinstance(v, float) else v
    return [name, str(v)]


def python_core(name, bits):
    if name == "f32":
        return struct.unpack("<f", struct.pack("<I", bits))[0]
    if name == "f64":
        return struct.unpack("<d", struct.pack("<Q", bits))[0]
    return bits


class Cases:
    def __init__(self, d, rng):
        self.d, self.rng = d, rng

    def instance(self):
        """An instance with some handles: of resource type 0, which is its own, and 1, which is not."""
        d, rng = self.d, self.rng
        inst = d.ComponentInstance(d.Store())
        resources = [d.ResourceType(inst), d.ResourceType(None)]
        given = []
        for _ in range(6):
            rt, rep, own, lends = rng.randrange(2), rng.getrandbits(32), rng.random() < 0.8, int(rng.random() < 0.1)
            h = d.ResourceHandle(resources[rt], rep, own)
            h.num_lends = lends
            inst.handles.add(h)
            given.append([rt, str(rep), int(own), lends])
        return inst, resources, given

    def common(self, given):
        rng = self.rng
        script = [rng.choice(["ok"] * 12 + ["trap", "3", "4294967295", "2000", "0", "66"]) for _ in range(8)]
        return {"ptr": rng.choice([4, 4, 8]), "encoding": rng.choice(ENCODINGS), "max": rng.choice([1, 4, 16]),
                "memory": rng.randbytes(2048).hex(), "realloc": script, "handles": given}

    def lower(self):
        inst, resources, given = self.instance()
        types = Types(self.d, self.rng, resources)
        ts = [types.make(self.rng.randint(0, 3)) for _ in range(self.rng.choice([1, 1, 2, 5]))]
        case = self.common(given) | {"do": "lower", "types": ts, "values": [types.value(t) for t in ts]}
        return case, types, inst, resources

    def lift(self):
        """What a guest may give: what lowering made, or anything."""
        case, types, inst, resources = self.lower()
        fresh = self.d.ComponentInstance(self.d.Store())
        memory = self.d.MemInst(bytearray(), "i32" if case["ptr"] == 4 else "i64")
        opts = self.d.LiftLowerOptions(case["encoding"], memory)
        ts = [types.defined(t) for t in case["types"]]
        names = self.d.flatten_types(ts, opts)
        if len(names) > case["max"]:
            names = [opts.memory.ptr_type()]
        made = run(self.d, case | {"realloc": []}, Types(self.d, self.rng, resources), fresh, resources)
        honest = "trap" not in made and self.rng.random() < 0.7
        flat = made["flat"] if honest else [[n, str(self.number(n))] for n in names]
        memory = made["memory"] if honest else case["memory"]
        if self.rng.random() < 0.3:  # a bit of it is wrong
            data = bytearray.fromhex(memory)
            data[self.rng.randrange(64, 256)] ^= 1 << self.rng.randrange(8)
            memory = data.hex()
        case |= {"do": "lift", "flat": flat, "memory": memory}
        del case["values"]
        return case, types, inst, resources

    def number(self, name):
        bits = 32 if name.endswith("32") else 64
        return self.rng.choice([0, 1, 2, 3, 5, 8, 64, 128, 2040, (1 << bits) - 1, self.rng.getrandbits(bits)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command")
    parser.add_argument("folder")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.path.insert(0, options.folder)
    sys.dont_write_bytecode = True
    import definitions as d
    d.DETERMINISTIC_PROFILE = True
    cases = Cases(d, random.Random(options.seed))
    process = subprocess.Popen([options.command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    different = traps = 0
    for number in range(options.cases):
        case, types, inst, resources = cases.lower() if number % 2 == 0 else cases.lift()
        wanted = run(d, case, types, inst, resources)
        process.stdin.write(json.dumps(case) + "\n")
        process.stdin.flush()
        found = json.loads(process.stdout.readline() or '"heddle-canon ended"')
        traps += "trap" in wanted
        if found == wanted:
            continue
        different += 1
        if different <= 5:
            print(f"case {number}: {json.dumps(case)}\n  wanted {json.dumps(wanted)}\n  found  {json.dumps(found)}")
        if found == "heddle-canon ended":
            break
    process.stdin.close()
    print(f"canon: {options.cases} cases, {traps} of them traps, {different} different")
    return 1 if different or process.wait() != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
