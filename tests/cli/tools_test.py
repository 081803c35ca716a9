"""heddle validate, wat, print: from text to binary and back."""

import json
import shutil
import subprocess
import unittest
from pathlib import Path

from support import ADD, HEDDLE, TRAP, CommandTest


class Libraries(CommandTest):
    def test_the_mathematical_library_is_not_loaded(self):
        """Each library costs every start time and memory: one use of `nan` or `pow` would load it."""
        done = subprocess.run([HEDDLE], env={"LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True, text=True)
        if "libc.so" not in done.stdout or "libstdc++" in done.stdout or "build-" in HEDDLE:
            self.skipTest("another kind of build")
        self.assertNotIn("libm.so", done.stdout)


class Formats(CommandTest):
    def test_validate_is_silent(self):
        self.file("a.wat", ADD)
        done = self.succeeds("validate", "a.wat", self.binary("a.wasm", ADD))
        self.assertEqual(done.stdout + done.stderr, "")

    def test_validate_looks_at_every_file(self):
        self.file("a.wat", ADD)
        self.file("b.wat", "(module (func (result i32)))")
        self.file("c.wat", "(module (func (result i64)))")
        self.fails(1, "validate", "b.wat", "a.wat", "c.wat", says=["b.wat", "c.wat"])

    def test_validate_takes_components(self):
        preamble = b"\0asm\x0d\0\1\0"
        self.file("empty.wasm", preamble)
        self.file("record.wasm", preamble + b"\x07\x03\x01\x72\x00")
        self.file("f64map.wasm", preamble + b"\x07\x04\x01\x63\x75\x7d")
        self.succeeds("validate", "empty.wasm")
        self.fails(1, "validate", "record.wasm",
                   says=["record.wasm: offset 0xb: invalid", "record type must have at least one field"])
        self.fails(1, "validate", "f64map.wasm", says=["`f64` is no type for the keys of a map"])
        self.fails(1, "validate", "-W", "component-model-map=n", "f64map.wasm", says=["component-model-map"])

    def test_wit_resolves_a_folder_with_its_deps(self):
        (self.folder / "wit" / "deps" / "c").mkdir(parents=True)
        self.file("wit/a.wit", "package a:b@1.0.0;\nworld w { import c:d/i; import e; }")
        self.file("wit/e.wit", "interface e { @unstable(feature = x) f: func(); use e:f/i.{t}; }")
        self.file("wit/deps/c/i.wit", "package c:d; interface i {}")
        self.file("wit/deps/e.wit", "package e:f; interface i { type t = u8; }")
        plain = self.succeeds("wit", "wit").stdout
        self.assertIn("import c:d/i;\n  import e:f/i;\n  import e;", plain)
        self.assertNotIn("f: func()", plain)
        self.file("again.wit", plain)
        self.assertEqual(self.succeeds("wit", "again.wit").stdout, plain)
        for gate in (["--features", "y,x"], ["--all-features"]):
            self.assertIn("f: func()", self.succeeds("wit", *gate, "wit").stdout)
        self.succeeds("wit", "wit", "-o", "out.wit")
        self.assertEqual((self.folder / "out.wit").read_text(), plain)
        self.succeeds("wit", "wit/deps/c", "--deps", "wit/deps/e.wit")

    def test_wit_tells_the_place_of_an_error(self):
        self.file("a.wit", "package a:b;\ninterface i {\n  f: func() -> t;\n}\n")
        self.fails(1, "wit", "a.wit",
                   says=["a.wit:3:16: invalid: there is no type `t`\n  f: func() -> t;\n               ^"])
        self.file("b.wit", "package a:b;\ninterface i {\n  f: func(;\n}\n")
        self.fails(1, "wit", "b.wit", says=["b.wit:3:11: malformed: expected the name of a parameter, found `;`"])
        self.fails(1, "wit", "none.wit", says=["none.wit: "])
        crlf = self.fails(1, "wit", "-", stdin="package a:b;\r\ninterface i { f: func(; }\r\n")
        self.assertIn("<stdin>:2:23: malformed: ", crlf.stderr)
        self.assertNotIn("\\0d", crlf.stderr)
        self.fails(1, "wit", self.binary("a.wasm", ADD), says=["a.wasm: this is a binary, where the text of WIT"])
        (self.folder / "empty").mkdir()
        self.fails(1, "wit", "empty", says=["there is no .wit file in this folder"])

    def test_what_needs_realloc(self):
        text = """(component
          (type $t (%s string))
          (import "f" (func $f (param "x" $t) (result $t)))
          (core module $m (memory (export "m") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
          (core instance $i (instantiate $m))
          (alias core export $i "m" (core memory $m))
          (alias core export $i "realloc" (core func $realloc))
          (core func (canon lower (func $f) (memory $m)))
          %s)"""
        # A stream is a handle: what it carries is allocated where it is read.
        self.file("a.wat", text % ("stream", ""))
        self.succeeds("validate", "a.wat")
        self.file("b.wat", text % ("stream", "(core func (canon stream.read $t async (memory $m)))"))
        self.fails(1, "validate", "b.wat", says=["canonical option `realloc` is required"])
        read = "(core func (canon stream.read $t async (memory $m) (realloc $realloc)))"
        self.file("c.wat", text % ("stream", read))
        self.succeeds("validate", "c.wat")
        self.file("d.wat", text % ("list", ""))
        self.fails(1, "validate", "d.wat", says=["canonical option `realloc` is required"])

    def test_validate_points_into_the_text_of_components(self):
        self.file("a.wat", '(component\n  (type (record))\n)')
        self.fails(1, "validate", "a.wat",
                   says=["a.wat:2:3: invalid: record type", "record type must have at least one field", "^"])
        self.file("b.wat", '(component\n  (core module\n    (func (result i32))))')
        self.fails(1, "validate", "b.wat", says=["b.wat:3:23: invalid", "type mismatch",
                                                "(in core module 0, function 0)"])

    def test_there_and_back(self):
        for text in (ADD, TRAP):
            self.binary("one.wasm", text)
            self.succeeds("print", "one.wasm", "-o", "two.wat")
            self.succeeds("wat", "two.wat", "-o", "two.wasm")
            self.assertEqual((self.folder / "one.wasm").read_bytes(), (self.folder / "two.wasm").read_bytes())

    def test_components_there_and_back(self):
        text = """(component $top
          (core module $m (func (export "f") (param i32)))
          (core instance $i (instantiate $m))
          (func (export "f") (param "x" u32) (canon lift (core func $i "f"))))"""
        self.file("one.wat", text)
        self.succeeds("wat", "one.wat", "-o", "one.wasm")
        self.succeeds("validate", "one.wat", "one.wasm")
        self.succeeds("print", "one.wasm", "-o", "two.wat")
        self.assertIn("(core instance $i (;0;) (instantiate $m))", (self.folder / "two.wat").read_text())
        self.succeeds("wat", "two.wat", "-o", "two.wasm")
        self.assertEqual((self.folder / "one.wasm").read_bytes(), (self.folder / "two.wasm").read_bytes())
        self.assertIn('(@custom "component-name"', self.succeeds("print", "--no-names", "one.wasm").stdout)

    def test_errors_in_the_text_of_a_component(self):
        self.file("a.wat", "(component\n  (export \"f\" (func $f)))")
        self.fails(1, "wat", "a.wat", says=["a.wat:2:21: malformed: unknown func $f", "                    ^"])
        self.file("b.wat", "(component (type error-context))")
        self.fails(1, "print", "b.wat", says=["needs component-model-error-context"])
        self.succeeds("print", "-W", "component-model-error-context", "b.wat")

    def test_print_keeps_names(self):
        self.binary("trap.wasm", TRAP)
        self.assertIn("$divide", self.succeeds("print", "trap.wasm").stdout)
        self.assertNotIn("call $divide", self.succeeds("print", "--no-names", "trap.wasm").stdout)

    def test_standard_streams(self):
        binary = self.succeeds("wat", "-", stdin=ADD).raw
        self.assertTrue(binary.startswith(b"\0asm\x01\0\0\0"))
        self.assertIn("i32.add", self.succeeds("print", "-", stdin=binary).stdout)

    def test_print_takes_text(self):
        self.assertIn("(module", self.succeeds("print", self.file("a.wat", ADD)).stdout)

    def test_wat_takes_no_binary(self):
        self.fails(1, "wat", self.binary("a.wasm", ADD), says=["a.wasm is no text", "heddle print"])

    def test_output_that_cannot_be_written(self):
        self.fails(1, "wat", self.file("a.wat", ADD), "-o", "none/a.wasm", says=["none/a.wasm: No such file"])


RESOURCES = """(component
  (import "wasi:io/poll@0.2.0" (instance $p
    (export "pollable" (type $r (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $r)) (result bool)))
    (export "[constructor]pollable" (func (param "n" u8) (result (own $r))))
    (type $rec (record (field "a" string) (field "b" (list (option u8)))))
    (export "rec" (type $rec' (eq $rec)))
    (export "poll" (func async (param "in" (list (borrow $r))) (param "x" $rec')
                                (result (result (tuple u8 char) (error string)))))))
  (alias export $p "pollable" (type $r))
  (import "my:own/use@1.0.0" (instance
    (alias outer 1 $r (type $r))
    (export "pollable" (type $r' (eq $r)))
    (export "f" (func (param "p" (own $r'))))))
  (import "plain" (func (param "s" (stream u8)) (result (future string)))))"""


BINDGEN = """package a:b@1.0.0;
/// What there is.
interface types {
  /// Two numbers.
  record two-numbers { first: s32, %default: option<list<string>> }
  variant shape { circle(f64), %union(two-numbers), nothing }
  enum color { dark-red, blue }
  flags access { read, write }
  resource blob {
    /// Of a size.
    constructor(size: u32);
    read: async func(n: u32) -> result<list<u8>, string>;
    merge: static func(a: own<blob>, b: borrow<blob>) -> blob;
  }
  /// Opens it.
  open: func(name: string) -> tuple<blob, stream<u8>>;
  why: func() -> option<error-context>;
}
interface out { use types.{shape, two-numbers as pair}; draw: func(shapes: list<shape>, at: pair, c: char) -> bool; }
world all { import types; import log: func(text: string); export out; export types; export run: async func(); }
world some { import types; }
"""


# Names that WIT tells apart and C++ does not, and those that mean something to C++ or to the header itself.
HARD_NAMES = """package time:log;
interface i {
  record x-1 { uint8-t: u8, uint32-t: u32, %string: string, vector: list<u8>, std: u8 }
  record x1 { x1: x-1, thread-local: u8, static-cast: u8, char8-t: u8, assert: u8, optional: option<u8> }
  variant shape { shape(u32), shape-cases, %variant, a-1, a1 }
  record shape-cases { x: u8 }
  record guest { host: u8 }
  enum e { e, char16-t, linux }
  resource blob {
    constructor();
    make: static func(self: u8, host: string) -> blob;
    read: func(host: string, name: string);
    seen: func(caller: string, get: u8);
  }
  resource get { take: func(get: u8); }
  /// By hand.
  blob-make: func();
  new-blob: func() -> blob;
  blob-read: func();
  alloca: func(size: u32) -> u32;
  offsetof: func(htobe32: u8, strdupa: u8);
  give: func(get: u8, caller: u8, host: u8) -> get;
  host: func(host: string, linker: string, name: string, to: x1, found: shape, made: e, %in: shape-cases);
  %from: func(%from: string);
}
interface p { resource plain; }
interface foo { f: func(); }
world w {
  import connect: func(host: string, port: u16);
  import i;
  export i;
  import p;
  export foo;
  export foo: func();
  export x:y/types@1.0.0;
  export x:y/types@2.0.0;
  export z:y/types;
  import add-to: interface { record q { a: u8 } f: func(q: q); }
  import add-functions-to: interface { f: func(caller: u8); }
  import linker: interface { resource host; }
  import host: interface { f: func(); }
  import empty: interface { type t = u8; }
  export add-to: interface { record q { a: u16 } f: func(q: q); }
}
package x:y@1.0.0 { interface types { f: func(); } }
package x:y@2.0.0 { interface types { f: func(); } }
package z:y { interface types { f: func(); } }
"""


class Bindgen(CommandTest):
    def compiles(self, code):
        compiler = next((name for name in ("clang++-19", "clang++", "g++") if shutil.which(name)), None)
        root = Path(__file__).resolve().parent.parent.parent
        include = [f"-I{root / folder}" for folder in ("engine/include", "component/include")]
        done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", *include,
                               "-x", "c++", "-"], input=code, cwd=self.folder, text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_header_compiles(self):
        self.file("all.wit", BINDGEN)
        self.succeeds("bindgen", "cpp", "all.wit", "--world", "all")
        header = (self.folder / "all.h").read_text()
        for line in ("namespace wit::a::b::types {", "HEDDLE_RECORD(TwoNumbers, first, default_);",
                     "enum class Access : ::std::uint8_t {", "using Pair = ::wit::a::b::types::TwoNumbers;",
                     "// Two numbers.", "  // Opens it.\n  virtual ",
                     "  // Of a size.\n  virtual ", "// What there is.\n"):
            self.assertIn(line, header)
        self.compiles('#include "all.h"\n')

    def test_hosts_learn_who_calls(self):
        """One object for all, or one for each store; the world's functions and its interfaces at once, or by one."""
        self.file("all.wit", BINDGEN)
        self.succeeds("bindgen", "cpp", "all.wit", "--world", "all")
        self.compiles("""#include "all.h"
using namespace wit::a::b;
using heddle::ComponentCaller;
class Blob final : public types::Blob {
 public:
  heddle::Task<heddle::Result<heddle::Expected<std::vector<uint8_t>, std::string>>> read(ComponentCaller& caller,
                                                                                       uint32_t n) override {
    if (auto paid = caller.consume_fuel(n); !paid) co_return paid.error();
    co_return std::vector<uint8_t>(n);
  }
};
heddle::Task<> write(heddle::StreamWriter<uint8_t>) { co_return; }
class Agent final : public types::Host, public all::Host {
 public:
  heddle::Result<std::tuple<heddle::Own<types::Blob>, heddle::StreamReader<uint8_t>>> open(
      ComponentCaller& caller, std::string) override {
    auto [reader, writer] = heddle::make_stream<uint8_t>();
    heddle::EventLoop(caller).spawn(write(std::move(writer)));
    return std::tuple(heddle::Own<types::Blob>::of(std::make_shared<Blob>()), std::move(reader));
  }
  heddle::Result<std::optional<heddle::ErrorContext>> why(ComponentCaller&) override { return std::nullopt; }
  heddle::Result<heddle::Own<types::Blob>> new_blob(ComponentCaller&, uint32_t) override {
    return heddle::Own<types::Blob>::of(std::make_shared<Blob>());
  }
  heddle::Result<heddle::Own<types::Blob>> blob_merge(ComponentCaller&, heddle::Own<types::Blob> a,
                                                      heddle::Borrow<types::Blob>) override {
    return a;
  }
  heddle::Result<void> log(ComponentCaller&, std::string) override { return {}; }
};
void for_all(heddle::ComponentLinker& linker, Agent& agent) {
  all::add_to(linker, agent, agent);
  all::add_functions_to(linker, agent);
  types::add_to(linker, agent);
}
void for_each_store(heddle::ComponentLinker& linker) {
  const auto get = [](ComponentCaller& caller) -> Agent& { return caller.data<Agent>(); };
  all::add_to(linker, get);
  all::add_functions_to(linker, get);
  types::add_to(linker, [](auto& caller) -> types::Host& { return caller.template data<Agent>(); });
}
""")

    def test_hard_names(self):
        self.file("w.wit", HARD_NAMES)
        self.succeeds("bindgen", "cpp", "w.wit")
        self.compiles("""#include <ctime>
#include "w.h"
namespace i = wit::time::log::i;
i::X1_ second(const i::Shape&, const i::ShapeCases&);
void all(heddle::ComponentLinker& linker, i::Host& host, wit::time::log::p::Host& resources) {
  add_to(linker, host);
  add_to(linker, resources);
}
void all(heddle::ComponentCaller& caller, i::Host& host) {
  (void)host.new_blob(caller);
  (void)host.new_blob_(caller);
}
namespace w = wit::time::log::w;
void world(heddle::ComponentLinker& linker, w::Host& own, i::Host& i, wit::time::log::p::Host& p,
           w::add_to_::Host& add_to, w::add_functions_to_::Host& functions, w::linker::Host& resources,
           w::host::Host& host) {
  w::add_functions_to(linker, own);
  w::add_to(linker, own, i, p, add_to, functions, resources, host);
}
void all(const wit::time::log::w::Guest& guest) {
  (void)guest.foo();
  (void)guest.foo_().f();
  (void)guest.types().f();
  (void)guest.types_().f();
  (void)guest.types__().f();
  (void)guest.add_to().f({.a = uint16_t{1}});
}
""")

    def test_one_interface_under_several_names(self):
        self.file("w.wit", """package a:b;
          interface store { resource bucket { get: func() -> string; } open: func() -> bucket; }
          world w { import one: store; import two: store; import store; export three: store; }""")
        self.succeeds("bindgen", "cpp", "w.wit")
        header = (self.folder / "w.h").read_text()
        self.assertIn("`name` is `one`, `two` or `a:b/store`.", header)
        self.assertEqual(header.count("class Bucket {"), 1)
        self.compiles("""#include "w.h"
using wit::a::b::store::Host;
heddle::Result<heddle::Own<wit::a::b::store::Bucket>> all(heddle::ComponentLinker& linker, Host& one, Host& two,
                                                          const heddle::ComponentInstance& instance) {
  add_to(linker, one, "one");
  add_to(linker, two, "two");
  add_to(linker, two, "a:b/store");
  wit::a::b::w::add_to(linker, one, two, two);
  return wit::a::b::w::Guest::from(instance).value().three().open();
}
""")

    def test_types_that_are_used_over_and_over(self):
        records = "".join(f"record t{i} {{ a: t{i - 1}, b: t{i - 1}, c: t{i - 1} }}\n" for i in range(1, 61))
        self.file("w.wit", f"package a:b; interface i {{ type t0 = u8; {records} f: func(a: t60); }}"
                           " world w { import i; }")
        self.succeeds("bindgen", "cpp", "w.wit", timeout=20)

    def test_names_that_differ_by_their_hyphens(self):
        digits = 14
        names = ["a" + "".join("-1" if which >> i & 1 else "1" for i in range(digits)) for which in range(2**digits)]
        types = "".join(f"type {name} = u8; " for name in names)
        self.file("w.wit", f"package a:b; interface i {{ {types} }} world w {{ import i; }}")
        self.succeeds("bindgen", "cpp", "w.wit", timeout=20)
        lines = (self.folder / "w.h").read_text().splitlines()
        self.assertEqual(len({line.split()[1] for line in lines if line.startswith("using ")}), len(names))

    def test_more_parts_than_compilers_take(self):
        fields = ", ".join(f"c{i}: u8" for i in range(257))
        for type, says in ((f"record r {{ {fields} }}", "a:b/w: `r` has 257 fields: C++ compilers take 256 at most"),
                           (f"f: func({fields});", "a:b/w: `f` has 257 parameters: C++ compilers take 256 at most")):
            self.file("w.wit", f"package a:b; interface i {{ {type} }} world w {{ import i; }}")
            self.fails(1, "bindgen", "cpp", "w.wit", says=[says])

    def test_names_that_are_too_long(self):
        name = "a" * 300
        for wit in (f"interface i {{ record r {{ {name}: u8 }} }}", f"interface i {{ {name}: func(); }}",
                    f"interface i {{ f: func({name}: u8); }}", f"interface i {{ resource r {{ {name}: func(); }} }}",
                    "interface i {}"):
            package = "a:b" if name in wit else f"a:{name}"
            self.file("w.wit", f"package {package}; {wit} world w {{ import i; }}")
            self.fails(1, "bindgen", "cpp", "w.wit",
                       says=[f"`{name[:32]}...` is a name of 300 bytes: at most 256"])

    def test_components(self):
        self.file("c.wat", """(component (import "f" (func (param "e" error-context))))""")
        self.succeeds("bindgen", "cpp", "c.wat")
        self.assertIn("::heddle::ErrorContext e", (self.folder / "root.h").read_text())
        component = (self.folder / "c.wat").read_bytes()
        header = self.succeeds("bindgen", "cpp", "-", "-o", "-", stdin=component).stdout
        self.assertIn("::heddle::ErrorContext e", header)

    def test_worlds(self):
        self.file("all.wit", BINDGEN)
        worlds = ["there are these worlds:\n  a:b/all@1.0.0\n  a:b/some@1.0.0"]
        self.fails(2, "bindgen", "cpp", "all.wit", "--world", "sone",
                   says=["unknown world: `sone`", "did you mean `some`", *worlds])
        self.fails(2, "bindgen", "cpp", "all.wit", says=["which world? `--world NAME` says", *worlds])
        self.assertIn("namespace wit::a::b::some", self.succeeds("bindgen", "cpp", "all.wit", "--world", "a:b/some",
                                                             "-o", "-").stdout)
        self.fails(2, "bindgen", "rust", "all.wit", says=["rust"])

    def test_documentation_stays_a_comment(self):
        self.file("w.wit", "package a:b; interface i {\n  /// One,\r #error two. \\\r\n  f: func();\n}"
                           " world w { import i; }")
        self.succeeds("bindgen", "cpp", "w.wit")
        self.compiles('#include "w.h"\n')
        self.assertIn("// One,  #error two. \\.\n", (self.folder / "w.h").read_text())

    def test_ends_of_nothing(self):
        self.file("w.wit", "package a:b; world w { import f: func(s: stream) -> future; export g: func(f: future); }")
        made = self.succeeds("bindgen", "cpp", "w.wit", "-o", "-").stdout
        for part in ("FutureReader<void>> f(::heddle::ComponentCaller& caller, ::heddle::StreamReader<void> s)",
                     "g(::heddle::FutureReader<void> f)"):
            self.assertIn(part, made)


class WitOfComponents(CommandTest):
    def test_comes_back(self):
        self.file("c.wat", RESOURCES)
        text = self.succeeds("wit", "c.wat").stdout
        for part in ("import plain: func(s: stream<u8>) -> future<string>;", "resource pollable {",
                     "ready: func() -> bool;", "constructor(n: u8);", "use wasi:io/poll@0.2.0.{pollable};",
                     "poll: async func(in: list<borrow<pollable>>, x: rec) -> result<tuple<u8, char>, string>;"):
            self.assertIn(part, text)
        self.file("c.wit", text)
        self.assertEqual(self.succeeds("wit", "c.wit").stdout, text)

    def test_names_are_counted_wherever_they_are_said(self):
        label = "a" * 1000
        functions = "".join(f'(import "f{i}" (func (type $t)))' for i in range(20_000))
        self.file("c.wat", f'(component (type $t (func (param "{label}" u8))) {functions})')
        for command in ("wit", "validate"):
            self.fails(1, command, "c.wat", says=["type size: ", "at most 1000000"])
        path = "a" * 100_000
        uses = "".join(f"interface i{i} {{ use p:{path}/i.{{t}}; }} " for i in range(1000))
        self.file("w.wit", f"package a:b; {uses} package p:{path} {{ interface i {{ type t = u8; }} }}")
        self.fails(1, "wit", "w.wit", says=["w.wit: its WIT: more than 67108864 bytes"], timeout=20)

    def test_an_interface_shows_its_parts_in_several_places(self):
        self.file("c.wat", """(component
          (import "a:b/i" (instance
            (export "r" (type $r (sub resource)))
            (export "[method]r.m" (func (param "self" (borrow $r))))))
          (component $part
            (import "r" (type $r (sub resource)))
            (import "n" (func $n (result (own $r))))
            (export $r2 "r" (type $r))
            (export "[static]r.n" (func $n) (func (result (own $r2)))))
          (component $user
            (import "r" (type $r (sub resource)))
            (import "n" (func $n (result (own $r))))
            (export $r2 "r" (type $r))
            (export "get" (func $n) (func (result (own $r2)))))
          (type $own (resource (rep i32)))
          (core module $m (func (export "n") (result i32) i32.const 1))
          (core instance $c (instantiate $m))
          (func $n (result (own $own)) (canon lift (core func $c "n")))
          (instance $j (instantiate $part (with "r" (type $own)) (with "n" (func $n))))
          (export "a:b/i" (instance $j))
          (instance $k (instantiate $user (with "r" (type $own)) (with "n" (func $n))))
          (export "a:b/k" (instance $k)))""")
        text = self.succeeds("wit", "c.wat").stdout
        for part in ("  import a:b/i;", "  export a:b/i;", "      m: func();\n      n: static func() -> r;",
                     "    use i.{r};"):
            self.assertIn(part, text)

    def test_types_keep_the_interface_they_come_from(self):
        self.file("c.wat", """(component
          (import "a:b/i" (instance $i
            (type $p (record (field "x" u8)))
            (export "p" (type (eq $p)))))
          (alias export $i "p" (type $p))
          (core module $m (func (export "f") (param i32)))
          (core instance $c (instantiate $m))
          (func $f (param "p" $p) (canon lift (core func $c "f")))
          (component $shim
            (type $p' (record (field "x" u8)))
            (import "p" (type $p (eq $p')))
            (import "f" (func $f (param "p" $p)))
            (export $q "q" (type $p))
            (export "f" (func $f) (func (param "p" $q))))
          (instance $s (instantiate $shim (with "p" (type $p)) (with "f" (func $f))))
          (export "own" (instance $s)))""")
        self.assertIn("    use a:b/i.{p as q};\n\n    f: func(p: q);\n", self.succeeds("wit", "c.wat").stdout)

    def test_gates_are_for_those_who_run(self):
        self.file("c.wat", """(component (import "f" (func (param "e" error-context))))""")
        text = self.succeeds("wit", "c.wat").stdout
        self.assertIn("import f: func(e: error-context);", text)
        self.assertEqual(self.succeeds("wit", "-", stdin=(self.folder / "c.wat").read_bytes()).stdout, text)

    def test_a_world_names_what_it_uses_of_an_interface(self):
        self.file("c.wat", """(component
          (import "my:shop/c" (instance $c
            (export "r" (type $r (sub resource)))
            (type $q' (record (field "a" u8)))
            (export "q" (type $q (eq $q')))
            (export "mk" (func (result (own $r))))
            (export "get" (func (result $q)))))
          (import "q" (func))
          (alias export $c "mk" (func $f))
          (export "give" (func $f))
          (alias export $c "get" (func $g))
          (export "get" (func $g)))""")
        text = self.succeeds("wit", "c.wat").stdout
        for part in ("  use my:shop/c.{r, q as q-c};", "  export give: func() -> r;",
                     "  export get: func() -> q-c;"):
            self.assertIn(part, text)
        self.file("c.wit", text)
        self.assertEqual(self.succeeds("wit", "c.wit").stdout, text)

    def test_types_of_what_has_no_path(self):
        # Value types are the same where their parts are; a resource type has one place.
        inner = """(import "x" (instance $x
            (type $p' (record (field "a" u8)))
            (export "p" (type (eq $p')))
            %s))"""
        self.file("c.wat", f"""(component {inner % ""} (export "y" (instance $x)))""")
        text = self.succeeds("wit", "c.wat").stdout
        self.assertEqual(text.count("record p {"), 2)
        self.file("c.wit", text)
        self.assertEqual(self.succeeds("wit", "c.wit").stdout, text)
        resource = inner % '(export "t" (type (sub resource)))'
        self.file("r.wat", f"""(component {resource} (export "y" (instance $x)))""")
        says = "it is a resource type of the world, or of an interface that has no name, which nothing else can use"
        self.fails(1, "wit", "r.wat", says=["r.wat: `t` has no WIT: " + says])
        self.file("w.wat", """(component
          (import "r" (type $r (sub resource)))
          (instance $i (export "r" (type $r)))
          (export "y" (instance $i)))""")
        self.fails(1, "wit", "w.wat", says=["`r` has no WIT: " + says])

    def test_a_use_has_no_external_id(self):
        self.file("c.wat", """(component
          (import "a:b/i" (instance $i (export "r" (external-id "1") (type (sub resource)))))
          (alias export $i "r" (type $r))
          (import "a:b/j" (instance
            (alias outer 1 $r (type $r))
            (export "r" (external-id "2") (type (eq $r)))))
          (import "s" (external-id "3") (type (eq $r))))""")
        text = self.succeeds("wit", "c.wat").stdout
        self.assertEqual(text.count("@external-id"), 1)
        self.file("c.wit", text)
        self.assertEqual(self.succeeds("wit", "c.wit").stdout, text)

    def test_what_a_name_implements(self):
        self.file("c.wat", """(component
          (type $i (instance (export "f" (func))))
          (import "one" (implements "a:b/i@1.0.0") (external-id "//One") (instance (type $i)))
          (import "two" (implements "a:b/i@1.0.0") (instance (type $i)))
          (import "three" (external-id "3") (func))
          (import "four" (external-id "4") (type (sub resource))))""")
        text = self.succeeds("wit", "c.wat").stdout
        for part in ('  @external-id("//One")\n  import one: a:b/i@1.0.0;\n  import two: a:b/i@1.0.0;',
                     '  @external-id("3")\n  import three: func();', '  @external-id("4")\n  resource four;'):
            self.assertIn(part, text)

    def test_packages_in_binary(self):
        self.file("p.wat", """(component
          (type (export "types") (component
            (export "a:b/types@1.0.0" (instance
              (export "r" (type $r (sub resource)))
              (export "[method]r.m" (func (param "self" (borrow $r))))))))
          (type (export "user") (component
            (import "a:b/types@1.0.0" (instance $t (export "r" (type (sub resource)))))
            (alias export $t "r" (type $r))
            (export "a:b/user@1.0.0" (instance
              (alias outer 1 $r (type $r))
              (export "s" (type $s (eq $r)))
              (export "t" (type $t (eq $s)))
              (export "f" (func (param "x" (own $t)) (param "y" (own $s))))))))
          (type (export "w") (component
            (export "a:b/w@1.0.0" (component
              (type $n u8)
              (import "n" (type $n' (eq $n)))
              (import "c:d/e" (instance (export "g" (func))))
              (export "h" (func (param "n" $n'))))))))""")
        self.assertEqual(self.succeeds("wit", "p.wat").stdout, """package a:b@1.0.0;

interface types {
  resource r {
    m: func();
  }
}

interface user {
  use types.{r as s};

  type t = s;

  f: func(x: t, y: s);
}

world w {
  import c:d/e;

  type n = u8;

  export h: func(n: n);
}

package c:d {
  interface e {
    g: func();
  }
}
""")

    def test_wit_has_the_documentation_of_a_package(self):
        docs = {"docs": "a package", "interfaces": {"i": {
            "types": {"t": {"stability": {"unstable": {"feature": "x"}}}}, "funcs": {"f": {"docs": "one\ntwo"}}}}}
        escaped = json.dumps(docs).replace("\\", "\\\\").replace('"', '\\"')
        self.file("p.wat", """(component
          (type (export "i") (component
            (export "a:b/i@1.0.0" (instance (type $t u8) (export "t" (type (eq $t))) (export "f" (func))))))
          (@custom "package-docs" "\\01%s"))""" % escaped)
        self.succeeds("wat", "p.wat", "-o", "p.wasm")
        text = self.succeeds("wit", "p.wasm").stdout
        self.assertEqual(text, """/// a package
package a:b@1.0.0;

interface i {
  @unstable(feature = x)
  type t = u8;

  /// one
  /// two
  f: func();
}
""")
        # What a component has was enabled when it was made.
        self.file("w.wit", "package a:c; world w { use a:b/i@1.0.0.{t}; }")
        self.assertIn("@unstable(feature = x)", self.succeeds("wit", "w.wit", "--deps", "p.wasm").stdout)
        self.file("again.wit", text)
        self.fails(1, "wit", "w.wit", "--deps", "again.wit", says=["`t`"])

        binary = (self.folder / "p.wasm").read_bytes()
        self.file("bad.wasm", binary.replace(b"feature", b"Feature"))
        says = "offset 0x%x: invalid: package-docs: unexpected string as `Feature`" % (binary.index(b"feature") + 10)
        self.fails(1, "wit", "bad.wasm", says=[says])
        self.fails(1, "wit", "w.wit", "--deps", "bad.wasm", says=["bad.wasm: offset 0x", "package-docs: unexpected"])
        self.succeeds("validate", "bad.wasm")

    def test_components_are_packages_that_others_need(self):
        package = """(component
          (type (export "user") (component
            (import "a:types/t@1.0.0" (instance $t (export "x" (type (sub resource)))))
            (alias export $t "x" (type $x))
            (export "a:%s/user@1.0.0" (instance
              (alias outer 1 $x (type $x))
              (export "x" (type $x' (eq $x)))
              (export "f" (func (param "x" (own $x')))))))))"""
        self.file("p/deps/one.wat", package % "one")
        self.file("two.wat", package % "two")
        self.succeeds("wat", "two.wat", "-o", "p/deps/two.wasm")
        self.file("p/w.wit", "package a:b; world w { import a:one/user@1.0.0; import a:two/user@1.0.0; }")
        text = self.succeeds("wit", "p").stdout
        # What the first of the two needs of a third package is what both mean.
        self.assertEqual(text.count("package a:types@1.0.0 {"), 1)
        self.assertIn("  import a:types/t@1.0.0;\n  import a:one/user@1.0.0;", text)
        # Where it is there as a whole, that is taken.
        self.file("p/deps/types.wit", "package a:types@1.0.0; interface t { resource x; other: func(); }")
        self.assertIn("other: func();", self.succeeds("wit", "p").stdout)
        self.file("p/deps/core.wat", "(module)")
        self.fails(1, "wit", "p", says=["error: p/deps/core.wat: this is a module, where the text of WIT or"])

    def test_standard_input_is_wit(self):
        text = "package a:b;\n\nworld w {\n  import f: func();\n}\n"
        self.assertEqual(self.succeeds("wit", "-", stdin=text).stdout, text)

    def test_interfaces_that_differ_by_case(self):
        self.file("c.wat", '(component (import "a:b/i" (instance $i)) (export "a:b/I" (instance $i)))')
        self.fails(1, "wit", "c.wat", says=["c.wat: `a:b/I` has no WIT beside `a:b/i`: the case of letters tells no"])

    def test_what_has_none(self):
        self.file("c.wat", '(component (core module $m) (export "m" (core module $m)))')
        self.fails(1, "wit", "c.wat", says=["`m` has no WIT: it is a module"])
        self.file("t.wat", '(component (type $t (record (field "x" u8))) (export "t" (type $t)))')
        self.fails(1, "wit", "t.wat", says=["`t` has no WIT: it is a type, and worlds export none"])
        self.file("d.wat", "(component (export \"x\" (func 0)))")
        self.fails(1, "wit", "d.wat", says=["d.wat:"])


if __name__ == "__main__":
    unittest.main()
