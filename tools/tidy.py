#!/usr/bin/env python3
"""The rules no compiler checks, as a test: tools/tidy.py [--root DIR] [--ratchet]

Each rule is a function from the tree to findings `file:line: what is wrong`. Exit code 0 means no finding.
Lengths are a ratchet: what is too long today is listed with its size in tools/tidy_ratchet.json and may only
shrink. `--ratchet` lowers the list to the sizes of today; it never raises or adds an entry.
"""

import concurrent.futures
import dataclasses
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDERS = ("engine", "component", "wasi", "tools", "tests", "examples", "bench", "docs", "spec-tests")
TOP_FILES = ("dev", "meson.build", "meson_options.txt", "README.md", "ARCHITECTURE.md", ".ci/run", ".clang-format",
             ".clang-tidy", ".gitignore")
CODE = (".h", ".cpp", ".inc", ".c")
TEXT = CODE + (".py", ".build", ".md", ".txt", ".json", ".ini", ".wat", ".wast", ".go", ".in")

MAX_COLUMNS = 118
MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 800

# Who may include whom. A folder may always include itself; `public` is what lies in the folders of PUBLIC.
PUBLIC = ("engine/include", "component/include", "wasi/include")
ENGINE_BELOW_EXEC = ("base", "os", "syntax", "valid", "binary", "runtime")
ENGINE = ENGINE_BELOW_EXEC + ("exec", "text", "api")
COMPONENT = ("component/syntax", "component/binary", "component/text", "component/valid", "component/canon",
             "component/plan", "component/link", "component/plug", "component/wave", "component/wit",
             "component/api")
MAY_INCLUDE = {
    "public": ("public",),
    "base": (),
    "os": ("base",),
    "syntax": ("base",),
    "valid": ("base", "syntax"),
    "binary": ("base", "syntax", "valid"),
    "text": ("base", "syntax", "binary"),
    "runtime": ("base", "os", "syntax", "valid", "binary", "public"),
    "exec": ENGINE_BELOW_EXEC + ("public",),
    "api": ENGINE + ("public",),
    "component/syntax": ("base", "syntax"),
    "component/binary": ("base", "syntax", "binary", "component/syntax"),
    "component/text": ("base", "syntax", "binary", "text", "component/syntax", "component/binary"),
    "component/valid": ("base", "syntax", "binary", "valid", "component/syntax"),
    "component/canon": ("base", "syntax", "valid", "runtime", "component/syntax", "component/valid"),
    "component/plan": ("base", "component/syntax", "component/valid", "component/canon"),
    "component/link": ("base", "syntax", "valid", "runtime", "exec", "component/syntax", "component/binary",
                       "component/valid", "component/canon", "component/plan"),
    "component/plug": ("base", "syntax", "valid", "component/syntax", "component/binary", "component/valid",
                       "component/link"),
    "component/wave": ("base", "component/syntax", "component/valid", "component/canon"),
    "component/wit": ("base", "component/syntax", "component/valid"),
    "component/api": ENGINE + tuple(folder for folder in COMPONENT if folder != "component/api") + ("public",),
    "wasi": ("base", "os", "runtime", "exec", "public"),
    "spec-tests": ENGINE + COMPONENT + ("wasi", "public"),
    "tools": ENGINE + COMPONENT + ("wasi", "spec-tests", "public"),
    "tests": ENGINE + COMPONENT + ("wasi", "spec-tests", "tools", "public"),
    "bench": ENGINE + COMPONENT + ("wasi", "public"),
    "examples": ("public",),
}

# Calls that are not made, and what is used instead. With the prefix "library:" only the library refrains.
BANNED = (
    (r"\bstr(?:cpy|cat|ncpy|ncat)\s*\(", "std::string, std::string_view or std::copy"),
    (r"\bv?sprintf\s*\(", "snprintf or fmt::format"),
    (r"\b(?:gets|strtok|tmpnam|mktemp)\s*\(", "a function without hidden state or race"),
    (r"\b(?:ato[ifl]|atoll|strto[a-z]+|sto(?:i|l|ul|ll|ull|f|d))\s*\(", "std::from_chars, with its result checked"),
    (r"(?<![.\w>])s?rand\s*\(", "the host's random or a seeded std::mt19937_64"),
    (r"(?<![.\w>])(?:system|popen)\s*\(", "posix_spawn, without a shell"),
    (r"(?<![.\w>])alloca\s*\(", "a buffer of bounded size"),
    (r"\bstd::regex\b", "a hand-written scan: std::regex recurses and is slow"),
    (r"\b(?:localtime|gmtime|asctime|ctime)\s*\(", "the _r form"),
    (r"\bstd::(?:endl|cout|cerr|cin)\b", "fmt::print or fwrite"),
)
BANNED_IN_LIBRARY = (
    (r"\bthrow\s", "Result: the library throws nothing"),
    (r"\b(?:dynamic_cast|typeid)\b", "a kind field: the library has no RTTI"),
    (r"(?:(?<![.\w>:])|\bstd::)(?:printf|puts|fprintf)\s*\(", "an Error: a library does not print"),
    (r"(?:(?<![.\w>:])|\bstd::)(?:exit|abort)\s*\(", "an Error: a library does not end the process"),
    (r"\bgetenv\s*\(", "a field of the configuration"),
    (r"\b(?:sig)?(?:setjmp|longjmp)\s*\(", "a Result (or a line with SAFETY that says why)"),
    (r"\bvolatile\b(?<!asm volatile)(?<!asm__ volatile)", "std::atomic (or a line with SAFETY that says why)"),
)
# The one place where the library ends the process: a broken invariant.
BANNED_IN_LIBRARY_EXEMPT = ("engine/base/assert.cpp",)

FORBIDDEN_WORDS = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|(?i:not " r"implemented|for " r"now\b)")
MACHINE_PATHS = re.compile(r"(?<![\w.~}])/(?:home|root|Users|work)/[\w.]")
SHARED = "../" + "shared"


@dataclasses.dataclass(frozen=True)
class Source:
    path: str  # from the root, with slashes
    text: str

    @property
    def suffix(self):
        return Path(self.path).suffix

    @property
    def lines(self):
        return self.text.split("\n")

    @property
    def folder(self):
        """The unit of MAY_INCLUDE this file belongs to."""
        parts = self.path.split("/")
        if len(parts) > 2 and parts[1] == "include":
            return "public"
        if parts[0] == "component" and len(parts) > 2:
            return "component/" + parts[1]
        return parts[1] if parts[0] == "engine" and len(parts) > 2 else parts[0]


class Tree:
    """The files of the repository, read once."""

    def __init__(self, root):
        self.root = Path(root)
        self.sources = []
        for folder in FOLDERS:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in TEXT and path.is_file():
                    self.add(path)
        for name in TOP_FILES:
            if (self.root / name).is_file():
                self.add(self.root / name)
        self.by_path = {source.path: source for source in self.sources}

    def add(self, path):
        self.sources.append(Source(path.relative_to(self.root).as_posix(), path.read_text(errors="replace")))

    def code(self, *suffixes):
        return [source for source in self.sources if source.suffix in (suffixes or CODE)]


COMMENT_OR_LITERAL = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\((.*?)\)\1"|"(?:\\.|[^"\\\n])*"|"""
                                r"""(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""", re.S)


def strip(text, keep_strings=False):
    """C++ without comments and (unless kept) the insides of literals; every newline stays where it is."""
    def replace(match):
        found = match.group(0)
        if found.startswith("/"):
            return "\n" * found.count("\n") or " "
        if keep_strings:
            return found
        return '""' + "\n" * found.count("\n")
    return COMMENT_OR_LITERAL.sub(replace, text)


def line_at(text, offset):
    return text.count("\n", 0, offset) + 1


# --- the rules ------------------------------------------------------------------------------------------------------


def check_includes(tree):
    """Every include goes down, and names its file from engine/ (or from the root, or as <heddle/...>)."""
    for source in tree.code(".h", ".cpp", ".inc"):
        allowed = MAY_INCLUDE.get(source.folder)
        if allowed is None:
            continue
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', source.text, re.M):
            place = f"{source.path}:{line_at(source.text, match.start())}"
            quoted, name = match.group(1) == '"', match.group(2)
            target = resolve_include(tree, source, quoted, name)
            if target is None:
                if quoted or name.startswith("heddle/"):
                    yield f"{place}: {name} is no file of the tree, from engine/ or from the root"
            elif target.folder == "public" and quoted:
                yield f"{place}: a public header is included as <heddle/...>"
            elif target.folder != source.folder and target.folder not in allowed:
                yield f"{place}: {source.folder} may not include {target.folder} ({name})"


def resolve_include(tree, source, quoted, name):
    """The file an include means, or None for one from outside."""
    roots = [folder + "/" for folder in PUBLIC] + (["engine/", ""] if quoted else [])
    if quoted and source.folder in ("tests", "tools", "examples", "bench"):
        roots.append(source.path.split("/")[0] + "/")
    for root in roots:
        for path in (root + name, root + name + ".in"):  # the latter: made by the build
            if path in tree.by_path:
                return tree.by_path[path]
    return None


def check_built(tree):
    """Every .cpp is named by the meson.build nearest above it; every header is included by something."""
    included = set()
    for source in tree.code(".h", ".cpp", ".inc", ".c"):
        included.update(Path(name).name for name in re.findall(r'#\s*include\s*["<]([^">]+)[">]', source.text))
    for source in tree.sources:
        path = Path(source.path)
        if source.suffix == ".cpp" and "guests" not in path.parts:
            build = nearest_meson(tree, path)
            name = path.relative_to(build.parent).as_posix() if build else None
            if not build or not names_file(tree.by_path[build.as_posix()].text, name):
                yield f"{source.path}:1: no meson.build names this file"
        elif source.suffix in (".h", ".inc") and source.folder != "public" and path.name not in included:
            yield f"{source.path}:1: nothing includes this file"


def nearest_meson(tree, path):
    for folder in path.parents:
        if (folder / "meson.build").as_posix() in tree.by_path:
            return folder / "meson.build"
    return None


def names_file(meson, name):
    """A literal 'x.cpp', or a foreach over names that appends the suffix."""
    stem = name[: -len(".cpp")]
    return f"'{name}'" in meson or ("+ '.cpp'" in meson and f"'{stem}'" in meson)


BY_HAND = ("cnst", "shuffle", "atomic_wait")  # shapes of which op.h says that each is one of its kind


def read_ops(tree):
    """The rows of ops.inc as {name: (mnemonic, whether only the table and a kernel may name it)}."""
    ops = tree.by_path.get("engine/syntax/ops.inc")
    rows = re.findall(r'^OP\((\w+),\s*\w+,\s*"([^"]+)",\s*(\w+),\s*(\w+),', ops.text, re.M) if ops else []
    return {name: (text, sig != "poly" and shape not in BY_HAND) for name, text, shape, sig in rows}


# Where a kernel or a table of fused operations names instructions by hand, beside ops.inc and the tests.
MNEMONIC_HOMES = re.compile(r"engine/syntax/ops\.inc$|engine/exec/(?:num|simd|v128|kernels)\w*\.(?:h|inc)$|"
                            r"engine/exec/interp/\w+\.inc$|tests/|bench/|examples/|docs/|spec-tests/")


def check_mnemonics(tree):
    """A fixed-signature instruction is named in its row and in its kernel, nowhere else."""
    ops = read_ops(tree)
    typed = re.compile(r"(?:[if](?:32|64)|v128|[if]\d+x\d+|memory_atomic)_")
    names = {name for name, (_, fixed) in ops.items() if fixed and typed.match(name)}
    texts = {text for text, _ in ops.values() if "." in text or "_" in text}
    for source in tree.code(".h", ".cpp", ".inc"):
        if MNEMONIC_HOMES.match(source.path):
            continue
        bare, code = strip(source.text), strip(source.text, keep_strings=True)
        for match in re.finditer(r"\b[a-z]\w*_\w+\b", bare):
            if match.group(0) in names:
                place = f"{source.path}:{line_at(bare, match.start())}"
                yield f"{place}: names {match.group(0)} outside ops.inc and its kernel"
        for match in re.finditer(r'"([^"\\\n]*)"', code):
            if match.group(1) in texts:
                place = f"{source.path}:{line_at(code, match.start())}"
                yield f"{place}: the mnemonic {match.group(0)} is spelled by ops.inc alone; use info(op).text"


def check_banned(tree):
    for source in tree.code(".h", ".cpp", ".inc"):
        if source.path.startswith("tests/guests/"):
            continue  # programs of users, as users write them
        library = source.folder in ENGINE + COMPONENT or source.folder == "wasi"
        rules = list(BANNED)
        if library and source.path not in BANNED_IN_LIBRARY_EXEMPT:
            rules += BANNED_IN_LIBRARY
        if not any(re.search(pattern, source.text) for pattern, _ in rules):
            continue
        bare = strip(source.text).split("\n")
        raw = source.lines
        for number, line in enumerate(bare, 1):
            for pattern, instead in rules:
                match = re.search(pattern, line)
                if match and "SAFETY" not in "".join(raw[max(0, number - 3):number]):
                    yield f"{source.path}:{number}: {match.group(0).strip(' (')} is banned; use {instead}"


def check_text(tree):
    """Width, white space, unfinished business, paths of machines."""
    for source in tree.sources:
        if source.text and not source.text.endswith("\n"):
            yield f"{source.path}:1: does not end with a newline"
        wide = source.suffix in (".h", ".cpp", ".c", ".py", ".build") or source.path == "dev"
        for number, line in enumerate(source.lines, 1):
            if wide and len(line) > MAX_COLUMNS:
                yield f"{source.path}:{number}: {len(line)} columns, more than {MAX_COLUMNS}"
            if line != line.rstrip() or ("\t" in line and source.suffix != ".go"):
                yield f"{source.path}:{number}: trailing white space or a tab"
            if FORBIDDEN_WORDS.search(line):
                yield f"{source.path}:{number}: unfinished business: {FORBIDDEN_WORDS.search(line).group(0)}"
            if MACHINE_PATHS.search(line):
                yield f"{source.path}:{number}: a path of one machine"
            if SHARED in line and source.path != ".ci/run":
                yield f"{source.path}:{number}: only .ci/run knows where CI keeps the suites"


# --- lengths, as a ratchet ------------------------------------------------------------------------------------------

HEAD_NOT_FUNCTION = re.compile(r"^\s*(?:inline\s+)?(?:namespace\b|extern\s*\"\"|(?:template\s*<.*>\s*)?"
                               r"(?:class|struct|union|enum)\b(?!.*\)\s*(?:const|noexcept|->|$)))", re.S)


# A parameter list with what may follow it, or a lambda; not an initialiser and not an argument.
OPENS_FUNCTION = re.compile(r"\)[^=(]*$|\]\s*$|\)\s*(?:noexcept\s*)?:.*$", re.S)


def functions(text):
    """(name, first line, lines) of every function defined at namespace or class scope, by brace matching."""
    bare = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group(0).count("\n"), strip(text), flags=re.M)
    stack, head_start, pending = [], 0, None
    for match in re.finditer(r"[{};]", bare):
        char, at = match.group(0), match.start()
        scope = stack[-1][0] if stack else "scope"
        if char == "{":
            head = bare[head_start:at]
            kind, start = "inner", at
            if scope == "scope":
                start = head_start + len(head) - len(head.lstrip())
                if pending and (not head.strip() or head.lstrip().startswith(",")):
                    kind, start, head = "function", *pending  # the body, after a member initialised with braces
                elif HEAD_NOT_FUNCTION.match(head):
                    kind = "scope"
                elif OPENS_FUNCTION.search(head):
                    kind = "function"
            stack.append((kind, start, head))
        elif char == "}":
            if not stack:
                return
            kind, start, head = stack.pop()
            pending = (start, head) if kind == "function" and re.compile(r"\s*[,{]").match(bare, at + 1) else None
            if kind == "function" and not pending:
                yield function_name(head), line_at(bare, start), line_at(bare, at) - line_at(bare, start) + 1
        else:
            pending = None
        if char != "{" or stack[-1][0] != "inner":
            head_start = at + 1


def function_name(head):
    found = re.search(r"([\w:~]+|operator\s*\S+)\s*\(", head) or re.search(r"(\w+)\s*=", head)
    return found.group(1) if found else head.strip().split("\n")[0][:40]


def is_table(source):
    return source.suffix == ".inc"


def sizes(tree):
    """What is too long: ({path:function: lines}, {path: lines}), and where each function starts."""
    long_functions, long_files, starts = {}, {}, {}
    for source in tree.code(".h", ".cpp", ".c"):
        count = len(source.lines) - 1
        if count > MAX_FILE_LINES:
            long_files[source.path] = count
        if count > MAX_FUNCTION_LINES:
            for name, line, length in functions(source.text):
                key = f"{source.path}:{name}"
                if length > MAX_FUNCTION_LINES and length > long_functions.get(key, 0):
                    long_functions[key], starts[key] = length, line
    return {"functions": long_functions, "files": long_files}, starts


def read_ratchet(tree):
    path = tree.root / "tools" / "tidy_ratchet.json"
    return json.loads(path.read_text()) if path.exists() else {"functions": {}, "files": {}}


def check_lengths(tree):
    found, starts = sizes(tree)
    ratchet = read_ratchet(tree)
    limits = {"functions": MAX_FUNCTION_LINES, "files": MAX_FILE_LINES}
    for kind, limit in limits.items():
        for key, length in found[kind].items():
            recorded = ratchet[kind].get(key)
            place = f"{key.split(':')[0]}:{starts.get(key, 1)}"
            if recorded is None:
                yield f"{place}: {length} lines, more than {limit} ({key})"
            elif length > recorded:
                yield f"{place}: {length} lines, and it was {recorded}: what is too long may only shrink ({key})"
        for key, recorded in ratchet[kind].items():
            if found[kind].get(key, 0) < recorded:
                yield f"tools/tidy_ratchet.json:1: {key} shrank; record it by tools/tidy.py --ratchet"


def lower_ratchet(tree):
    found, _ = sizes(tree)
    lowered = {kind: {key: min(recorded, found[kind][key]) for key, recorded in sorted(entries.items())
                      if key in found[kind]} for kind, entries in read_ratchet(tree).items()}
    (tree.root / "tools" / "tidy_ratchet.json").write_text(json.dumps(lowered, indent=2) + "\n")


# --- public headers compile alone -----------------------------------------------------------------------------------


def check_headers_alone(tree):
    """Each public header compiles alone, with the embedder's flags and with ours; a pass is remembered by content."""
    headers = [source for source in tree.code(".h") if source.folder == "public"]
    compiler = next((name for name in ("clang++-19", "clang++", "g++") if shutil.which(name)), None)
    if not headers or not compiler:
        return
    digest = hashlib.sha256(compiler.encode())
    for source in headers:
        digest.update(source.path.encode() + b"\0" + source.text.encode())
    memory = tree.root / "build" / "tidy-headers"
    if memory.exists() and memory.read_text() == digest.hexdigest():
        return
    base = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-x", "c++"]
    base += [f"-I{tree.root / folder}" for folder in PUBLIC]
    jobs = [(source, base + flags) for source in headers for flags in ([], ["-fno-exceptions", "-fno-rtti"])]
    clean = True
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for source, done in zip((job[0] for job in jobs), pool.map(lambda job: compile_alone(tree, *job), jobs)):
            if done.returncode != 0:
                clean = False
                yield f"{source.path}:1: does not compile alone: {done.stderr.strip().splitlines()[0]}"
    if clean and memory.parent.is_dir():
        memory.write_text(digest.hexdigest())


def compile_alone(tree, source, command):
    name = re.sub(r"^(?:engine|component|wasi)/include/", "", source.path)
    return subprocess.run([*command, "-"], input=f"#include <{name}>\n", capture_output=True, text=True)


RULES = (check_includes, check_built, check_mnemonics, check_banned, check_text, check_lengths, check_headers_alone)


def main(arguments):
    root = Path(arguments[arguments.index("--root") + 1]) if "--root" in arguments else Path(__file__).parent.parent
    tree = Tree(root)
    if "--ratchet" in arguments:
        lower_ratchet(tree)
    findings = [finding for rule in RULES for finding in rule(tree)]
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings) or 'no'} findings in {len(tree.sources)} files")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
