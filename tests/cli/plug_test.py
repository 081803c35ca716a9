"""`heddle plug`: several components become one, which is valid, imports what is left and does what they did."""

import resource
import unittest

from support import HEDDLE, CommandTest

# Imports an adder and a resource that nobody here has; exports a type of its own world.
SOCKET = """(component
  (import "env:log/sink@0.2.0" (instance $log
    (export "level" (type $l (sub resource)))
    (export "[constructor]level" (func (param "n" u32) (result (own $l))))))
  (import "math:lib/add@1.0.0" (instance $add
    (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
  (alias export $add "add" (func $f))
  (core func $add (canon lower (func $f)))
  (core module $m
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (func (export "double") (param i32) (result i32) (call $add (local.get 0) (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance (export "add" (func $add))))))
  (type $pair' (record (field "x" u32)))
  (export $pair "pair" (type $pair'))
  (func $take (param "p" $pair) (result u32) (canon lift (core func $i "double")))
  (export "take" (func $take)))
"""

# Has a later version of the adder, and uses a later one of the resource.
PLUG = """(component
  (import "env:log/sink@0.2.3" (instance $log
    (export "level" (type $l (sub resource)))
    (export "[method]level.get" (func (param "self" (borrow $l)) (result u32)))))
  (core module $m (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m))
  (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (instance $x (export "add" (func $add)))
  (export "math:lib/add@1.2.0" (instance $x)))
"""

LOG = """(component
  (type $level (resource (rep i32)))
  (core func $new (canon resource.new $level))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "get") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func $new (param "n" u32) (result (own $level)) (canon lift (core func $i "new")))
  (func $get (param "self" (borrow $level)) (result u32) (canon lift (core func $i "get")))
  (component $c
    (import "level" (type $l (sub resource)))
    (import "new" (func $n (param "n" u32) (result (own $l))))
    (import "get" (func $g (param "self" (borrow $l)) (result u32)))
    (export $l2 "level" (type $l))
    (export "[constructor]level" (func $n) (func (param "n" u32) (result (own $l2))))
    (export "[method]level.get" (func $g) (func (param "self" (borrow $l2)) (result u32))))
  (instance $e (instantiate $c (with "level" (type $level)) (with "new" (func $new)) (with "get" (func $get))))
  (export "env:log/sink@0.2.4" (instance $e)))
"""

# Interfaces that use each other's types: `b` those of `a`; the world its own type.
CHAIN = """(component
  (import "t:t/a" (instance $a
    (export "r" (type $r (sub resource)))
    (type $kind' (variant (case "none") (case "some" string)))
    (export "kind" (type $kind (eq $kind')))
    (export "f" (func (param "k" (list $kind)) (result (tuple (option $kind) u8))))))
  (alias export $a "r" (type $r))
  (alias export $a "kind" (type $kind))
  (import "t:t/b" (instance $b
    (alias outer 1 $r (type $r'))
    (export "r" (type $r (eq $r')))
    (alias outer 1 $kind (type $kind'))
    (export "kind" (type $kind (eq $kind')))
    (type $color' (enum "red" "blue")) (export "color" (type $color (eq $color')))
    (type $set' (flags "x" "y")) (export "set" (type $set (eq $set')))
    (export "g" (func async (param "r" (borrow $r)) (param "k" $kind) (param "s" (stream $set))
                 (result (result (own $r) (error $color)))))))
  (type $u16 u16)
  (import "size" (type $size (eq $u16)))
  (import "host" (type $host (sub resource)))
  (import "log" (func (param "n" $size) (param "h" (own $host))))
  (import "t:t/c" (instance (export "k" (func (result (future (list u8 4)))))))
  (import "made" (component
    (import "x" (func (param "n" $size)))
    (export "y" (instance (export "z" (func))))))
)"""

# Logs what it is asked, and takes its types as an HTTP server does: a resource has several names.
SERVER = """(component
  (import "t:web/log" (instance $log (export "log" (func (param "n" u32)))))
  (import "t:web/types" (instance $types
    (export "fields" (type $fields (sub resource)))
    (export "headers" (type $headers (eq $fields)))
    (export "trailers" (type $trailers (eq $headers)))
    (export "request" (type $request (sub resource)))
    (export "[constructor]fields" (func (result (own $fields))))
    (export "[method]fields.size" (func (param "self" (borrow $fields)) (result u32)))
    (export "[static]request.make" (func (param "headers" (own $headers)) (param "trailers" (option (own $trailers)))
      (result (own $request))))
    (export "[method]request.headers" (func (param "self" (borrow $request)) (result (own $headers))))))
  (alias export $types "headers" (type $headers))
  (alias export $types "request" (type $request))
  (import "t:web/next" (instance $next
    (alias outer 1 $headers (type $h')) (export "headers" (type $h (eq $h')))
    (alias outer 1 $request (type $r')) (export "request" (type $r (eq $r')))
    (export "handle" (func (param "r" (own $r)) (result (own $h))))))
  (export "t:web/handler" (instance $next)))
"""

# Types that are made of one another, and a function; and who uses them by name in its world.
LINES = """
    (type $p' (record (field "x" u32) (field "y" u32)))
    (DO "point" (type $point (eq $p')))
    (type $l' (record (field "a" $point) (field "b" $point)))
    (DO "line" (type $line (eq $l')))
    (DO "width" (func $width (param "l" $line) (result u32)))"""
DRAWING = f"""(component
  (import "a:b/lines@1.1.0" (instance $lines {LINES.replace("DO", "export")}))
  (alias export $lines "line" (type $l))
  (import "line" (type $line (eq $l)))
  (import "a:b/paper" (instance
    (alias outer 1 $l (type $l')) (export "line" (type $line (eq $l')))
    (export "draw" (func (param "l" (list $line))))))
  (alias export $lines "width" (func $width))
  (core func $width (canon lower (func $width)))
  (core module $m
    (import "" "width" (func $width (param i32 i32 i32 i32) (result i32)))
    (func (export "f") (param i32 i32 i32 i32) (result i32)
      (i32.mul (i32.const 2) (call $width (local.get 0) (local.get 1) (local.get 2) (local.get 3)))))
  (core instance $i (instantiate $m (with "" (instance (export "width" (func $width))))))
  (func $f (param "l" $line) (result u32) (canon lift (core func $i "f")))
  (export "twice" (func $f))
  (component $c
    (type $p' (record (field "x" u32) (field "y" u32))) (import "p" (type $p (eq $p')))
    (type $l' (record (field "a" $p) (field "b" $p))) (import "l" (type $l (eq $l')))
    (import "f" (func $f (param "l" $l) (result u32)))
    (export $l2 "line" (type $l) (type (eq $l)))
    (export "twice" (func $f) (func (param "l" $l2) (result u32))))
  (alias export $lines "point" (type $p))
  (instance $e (instantiate $c (with "p" (type $p)) (with "l" (type $l)) (with "f" (func $f))))
  (export "a:b/twice" (instance $e)))
"""
HAS_LINES = f"""(component
  (type $p (record (field "x" u32) (field "y" u32)))
  (type $l (record (field "a" $p) (field "b" $p)))
  (core module $m
    (func (export "width") (param i32 i32 i32 i32) (result i32) (i32.sub (local.get 2) (local.get 0))))
  (core instance $i (instantiate $m))
  (func $width (param "l" $l) (result u32) (canon lift (core func $i "width")))
  (component $c {LINES.replace("DO", "import")}
    (export $p2 "point" (type $point))
    (type $l2' (record (field "a" $p2) (field "b" $p2)))
    (export $l2 "line" (type $l2'))
    (export "width" (func $width) (func (param "l" $l2) (result u32))))
  (instance $e (instantiate $c (with "point" (type $p)) (with "line" (type $l)) (with "width" (func $width))))
  (export "a:b/lines@1.2.0" (instance $e)))
"""


class PlugTest(CommandTest):
    def setUp(self):
        super().setUp()
        for name, text in (("socket", SOCKET), ("plug", PLUG), ("log", LOG)):
            self.file(name + ".wat", text)

    def world(self, file):
        text = self.succeeds("wit", file).stdout
        return [line.strip() for line in text.split("}")[0].splitlines() if line.startswith("  ")]

    def test_imports_that_need_each_other_deeply(self):
        def files(count):
            self.file("socket.wat", "(component " + "".join(f'(import "x{i}" (instance))' for i in range(count)) +
                      '(import "p" (func $p)) (export "q" (func $p)))')
            chain = ""
            for i in reversed(range(count)):
                used = f'(export "t{i + 1}" (type (eq $t{i + 1})))' if i + 1 < count else ""
                chain += (f'(import "x{i}" (instance $x{i} {used} (export "t{i}" (type (sub resource)))))'
                          f'(alias export $x{i} "t{i}" (type $t{i}))')
            self.file("plug.wat", f"""(component {chain}
              (core module $m (func (export "f")))
              (core instance $i (instantiate $m))
              (func (export "p") (canon lift (core func $i "f"))))""")
        plug = ["plug", "socket.wat", "--plug", "plug.wat", "-o", "out.wasm"]
        files(900)
        self.succeeds(*plug)
        files(20000)
        self.fails(1, *plug, says=["error: socket.wat: `x0` cannot be left to import: imports use the types of others"
                                   " more than 1000 deep\n"])

    def test_what_is_left_is_imported_once(self):
        self.succeeds("plug", "socket.wat", "--plug", "plug.wat", "-o", "out.wasm")
        self.succeeds("validate", "out.wasm")
        text = self.succeeds("print", "out.wasm").stdout
        imports = [line for line in text.splitlines() if line.startswith("  (import ")]
        self.assertEqual(imports, ['  (import "env:log/sink@0.2.3" (instance (;0;) (type 0)))'])
        for wanted in ('(export "[constructor]level" (func', '(export "[method]level.get" (func'):
            self.assertIn(wanted, text.split('(import "env:log')[0])  # both halves of it

    def test_a_result_can_be_plugged_again_and_runs(self):
        self.succeeds("plug", "socket.wat", "--plug", "plug.wat", "-o", "half.wasm")
        self.succeeds("plug", "half.wasm", "--plug", "log.wat", "-o", "whole.wasm")
        self.assertEqual(self.succeeds("run", "--invoke", "take({x: 21})", "whole.wasm").stdout, "42\n")
        self.fails(1, "plug", "whole.wasm", "--plug", "log.wat", "-o", "more.wasm",
                   says=["log.wat fits nothing that whole.wasm imports", "note: log.wat exports `env:log/sink@0.2.4`",
                         "note: whole.wasm imports nothing"])

    def test_several_plugs(self):
        self.file("log3.wat", LOG.replace("0.2.4", "0.2.3"))
        # Plugs do not serve one another: that of `plug.wat` is left.
        self.succeeds("plug", "socket.wat", "--plug", "log.wat", "--plug", "plug.wat", "-o", "out.wasm")
        text = self.succeeds("print", "out.wasm").stdout
        self.assertEqual(text.count('\n  (import "env:log/sink@0.2.3"'), 1)
        self.succeeds("plug", "out.wasm", "--plug", "log3.wat", "-o", "whole.wasm")
        self.assertEqual(self.succeeds("run", "--invoke", "take({x: 4})", "whole.wasm").stdout, "8\n")
        self.fails(1, "plug", "socket.wat", "--plug", "log.wat", "--plug", "log3.wat", "-o", "no.wasm",
                   says=["log3.wat fits nothing that socket.wat imports and no plug before it serves"])

    def test_types_of_imports_that_are_left(self):
        self.file("chain.wat", CHAIN)
        self.file("c.wat", """(component
          (core module $m (memory (export "m") 1) (func (export "k") (result i32) unreachable))
          (core instance $i (instantiate $m))
          (type $four (list u8 4))
          (func $k (result (future $four)) (canon lift (core func $i "k")))
          (instance $c (export "k" (func $k)))
          (export "t:t/c" (instance $c)))""")
        gates = ["-W", "all-proposals=y"]
        self.succeeds("plug", *gates, "chain.wat", "--plug", "c.wat", "-o", "out.wasm")
        before = self.succeeds("print", *gates, "--no-names", "chain.wat").stdout
        after = self.succeeds("print", *gates, "--no-names", "out.wasm").stdout
        names = [line.split('"')[1] for line in before.splitlines() if line.startswith("  (import ")]
        names.remove("t:t/c")
        self.assertEqual([line.split('"')[1] for line in after.splitlines() if line.startswith("  (import ")], names)
        for part in ('(variant (case "none") (case "some" string))', '(enum "red" "blue")', '(flags "x" "y")'):
            self.assertEqual(after.split("\n  (component")[0].count(part), 1)  # used by name thereafter

    def test_what_does_not_fit(self):
        self.file("bad.wat", PLUG.replace('"a" u32', '"a" s32'))
        self.fails(1, "plug", "socket.wat", "--plug", "bad.wat", "-o", "no.wasm",
                   says=["bad.wat is not what socket.wat imports: type mismatch for import `math:lib/add@1.0.0`: "
                         "type mismatch in instance export `add`: type mismatch in function parameter `a`: expected "
                         "primitive `u32` found primitive `s32`", "note: bad.wat exports `math:lib/add@1.2.0`"])
        self.assertFalse((self.folder / "no.wasm").exists())
        self.file("old.wat", PLUG.replace("1.2.0", "2.0.0"))
        self.fails(1, "plug", "socket.wat", "--plug", "old.wat", "-o", "no.wasm",
                   says=["old.wat fits nothing", "note: old.wat exports `math:lib/add@2.0.0`",
                         "note: socket.wat imports `env:log/sink@0.2.0`, `math:lib/add@1.0.0`"])
        self.file("chain.wat", CHAIN)
        self.file("a.wat", LOG.replace("env:log/sink@0.2.4", "t:t/a"))
        self.fails(1, "plug", "-W", "all-proposals=y", "chain.wat", "--plug", "a.wat", "-o", "no.wasm",
                   says=["chain.wat: `t:t/b` cannot be left to import: it uses a resource type of `t:t/a`, which "
                         "a.wat provides"])

    def test_the_very_version_comes_first(self):
        def exporting(version, result):
            return f"""(component
              (core module $m (func (export "f") (result i32) (i32.const {result})))
              (core instance $i (instantiate $m))
              (func $f (result u32) (canon lift (core func $i "f")))
              (instance $x (export "f" (func $f)))
              (export "a:b/c@{version}" (instance $x)))"""
        self.file("wants.wat", """(component
          (import "a:b/c@1.2.0" (instance $i (export "f" (func (result u32)))))
          (import "d" (instance))
          (alias export $i "f" (func $f))
          (export "f" (func $f)))""")
        self.file("later.wat", exporting("1.3.0", 3).removesuffix(")") +
                  '(instance $d) (export "d" (instance $d)))')
        self.file("very.wat", exporting("1.2.0", 2))
        for order in (["very.wat", "later.wat"], ["later.wat", "very.wat"]):
            plugs = [word for file in order for word in ("--plug", file)]
            self.succeeds("plug", "wants.wat", *plugs, "-o", "out.wasm")
            self.assertEqual(self.succeeds("run", "--invoke", "f()", "out.wasm").stdout, "2\n")
            links = [word for file in order
                     for word in ("--link", f"a:b/c@1.{'23'[file == 'later.wat']}.0={file}")]
            run = self.succeeds("run", *links, "--link", "d=later.wat", "--invoke", "f()", "wants.wat")
            self.assertEqual(run.stdout, "2\n")

    def test_resources_that_have_several_names(self):
        self.file("server.wat", SERVER)
        self.file("log.wat", """(component
          (core module $m (func (export "log") (param i32)))
          (core instance $i (instantiate $m))
          (func $log (param "n" u32) (canon lift (core func $i "log")))
          (instance $x (export "log" (func $log)))
          (export "t:web/log" (instance $x)))""")
        self.succeeds("plug", "server.wat", "--plug", "log.wat", "-o", "out.wasm")
        before, after = (self.succeeds("wit", file).stdout for file in ("server.wat", "out.wasm"))
        self.assertIn("type trailers = headers;", after)
        self.assertIn("use types.{headers, request};", after)
        self.assertEqual(after.split("interface types")[1], before.split("interface types")[1])
        # And what serves another such.
        self.file("middle.wat", SERVER.replace("t:web/handler", "t:web/next"))
        self.succeeds("plug", "server.wat", "--plug", "middle.wat", "-o", "two.wasm")
        self.succeeds("plug", "two.wasm", "--plug", "middle.wat", "--plug", "log.wat", "-o", "three.wasm")
        # Plugs do not serve one another: that of `middle.wat` is left.
        imports = [line for line in self.world("three.wasm") if line.startswith("import")]
        self.assertEqual(imports, ["import t:web/types;", "import t:web/log;", "import t:web/next;"])
        # Methods of each name.
        self.file("names.wat", """(component
          (import "t:web/log" (instance (export "log" (func (param "n" u32)))))
          (import "t:t/i" (instance
            (export "r" (type $r (sub resource))) (export "h" (type $h (eq $r)))
            (export "[method]h.m" (func (param "self" (borrow $h))))
            (export "[method]r.m" (func (param "self" (borrow $r)))))))""")
        self.succeeds("plug", "names.wat", "--plug", "log.wat", "-o", "out.wasm")

    def test_types_of_an_interface_that_is_served(self):
        self.file("drawing.wat", DRAWING)
        self.file("lines.wat", HAS_LINES)
        self.succeeds("plug", "drawing.wat", "--plug", "lines.wat", "-o", "out.wasm")
        text = self.succeeds("wit", "out.wasm").stdout
        self.assertEqual([line.strip() for line in text.split("\n}")[0].splitlines() if line.startswith("  ")], [
            "import a:b/lines@1.1.0;", "import a:b/paper;", "use a:b/lines@1.1.0.{line};",
            "export twice: func(l: line) -> u32;", "export a:b/twice;"])
        self.assertNotIn("width: ", text)  # for its types only
        self.assertEqual(text.count("record line"), 1)
        twice = "twice({a: {x: 1, y: 0}, b: {x: 22, y: 5}})"
        links = ["--link", "a:b/lines@1.2.0=lines.wat"]
        self.file("bare.wat", DRAWING.replace('(import "a:b/paper" (instance', "(type (instance"))
        self.succeeds("plug", "bare.wat", "--plug", "lines.wat", "-o", "out.wasm")
        for file in ("bare.wat", "out.wasm"):
            self.assertEqual(self.succeeds("run", *links, "--invoke", twice, file).stdout, "42\n")

    def test_a_resource_of_an_interface_that_is_served(self):
        self.file("s.wat", """(component
          (import "env:log/sink@0.2.0" (instance $log
            (export "level" (type $l (sub resource)))
            (export "[method]level.get" (func (param "self" (borrow $l)) (result u32)))
            (export "[constructor]level" (func (param "n" u32) (result (own $l))))))
          (alias export $log "level" (type $l))
          (import "the-level" (type $level (eq $l)))
          (alias export $log "[constructor]level" (func $new))
          (alias export $log "[method]level.get" (func $get))
          (core func $new (canon lower (func $new)))
          (core func $get (canon lower (func $get)))
          (core module $m
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "get" (func $get (param i32) (result i32)))
            (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
            (func (export "read") (param i32) (result i32) (call $get (local.get 0)))
            (func (export "both") (param i32) (result i32) (call $get (call $new (local.get 0)))))
          (core instance $i (instantiate $m (with "" (instance
            (export "new" (func $new)) (export "get" (func $get))))))
          (type $pair' (record (field "one" (own $level)) (field "n" u32))) (import "pair" (type $pair (eq $pair')))
          (func (export "make") (param "n" u32) (result (own $level)) (canon lift (core func $i "make")))
          (func (export "both") (param "n" u32) (result u32) (canon lift (core func $i "both"))))""")
        self.fails(1, "plug", "s.wat", "--plug", "log.wat", "-o", "out.wasm",
                   says=["s.wat: `pair` cannot be left to import: it uses a resource type of `env:log/sink@0.2.0`, "
                         "which log.wat provides"])
        self.file("s.wat", "".join(line for line in (self.folder / "s.wat").read_text().splitlines(True)
                                   if "$pair" not in line))
        self.succeeds("plug", "s.wat", "--plug", "log.wat", "-o", "out.wasm")
        self.assertEqual(self.succeeds("run", "--invoke", "both(7)", "out.wasm").stdout, "7\n")
        self.assertIn('(export (;2;) "the-level" (type', self.succeeds("print", "out.wasm").stdout)

    # `a` has a resource, which `b` uses.
    PAIR = """
      (import "t:t/a" (instance $a (export "r" (type $r (sub resource))) (export "n" (func (result (own $r))))))
      (alias export $a "r" (type $r))
      (type $v' (variant (case "some" (own $r)) (case "none")))
      (import "t:t/b" (instance $b
        (alias outer 1 $r (type $r')) (export "r" (type $r (eq $r')))
        (type $v' (variant (case "some" (own $r)) (case "none"))) (export "v" (type $v (eq $v')))
        (export "f" (func (param "v" $v)))))"""

    HAS_A = """(component
      (type $r (resource (rep i32)))
      (core module $m (func (export "n") (result i32) unreachable))
      (core instance $i (instantiate $m))
      (func $n (result (own $r)) (canon lift (core func $i "n")))
      (component $c
        (import "r" (type $r (sub resource))) (import "n" (func $n (result (own $r))))
        (export $r2 "r" (type $r)) (export "n" (func $n) (func (result (own $r2)))))
      (instance $a (instantiate $c (with "r" (type $r)) (with "n" (func $n))))
      (export "t:t/a" (instance $a)))"""

    def test_imports_that_share_resources(self):
        self.file("s.wat", f'(component {self.PAIR} (import "t:t/c" (instance)))')
        exports = {"a": '(export "t:t/a" (instance $a))', "b": '(export "t:t/b" (instance $b))',
                   "c": '(instance $c) (export "t:t/c" (instance $c))'}
        def plugs(*which):
            words = []
            for letters in which:
                self.file(letters + ".wat", f"(component {self.PAIR} {' '.join(exports[c] for c in letters)})")
                words += ["--plug", letters + ".wat"]
            return words
        # Whoever has both serves both, even if it comes later.
        self.succeeds("plug", "s.wat", *plugs("ac", "ab"), "-o", "out.wasm")
        text = self.succeeds("print", "out.wasm").stdout
        self.assertRegex(text, r"\(alias export (\d+) \"t:t/a\" \(instance[^\n]*\n  \(alias export \1 \"t:t/b\"")
        self.fails(1, "plug", "s.wat", *plugs("a", "ab"), "-o", "no.wasm",
                   says=["a.wat fits nothing that s.wat imports and no plug before it serves\n",
                         "note: `t:t/a` comes from ab.wat: it has the imports too that share its resource types\n"])
        words = plugs("a", "b")
        self.succeeds("plug", "s.wat", *words, *plugs("c"), "-o", "out.wasm")  # both have that of a third
        self.file("a.wat", self.HAS_A)
        self.fails(1, "plug", "s.wat", *words, "-o", "no.wasm",
                   says=["error: s.wat: `t:t/b`, which b.wat provides, has resource types of `t:t/a`, which a.wat "
                         "provides\nnote: plugs do not serve one another\n"])
        self.file("s.wat", f'(component {self.PAIR} (export "t:t/d" (instance $b)))')
        self.fails(1, "plug", "s.wat", "--plug", "a.wat", "-o", "no.wasm",
                   says=["s.wat: `t:t/b` cannot be left to import: it uses a resource type of `t:t/a`, which a.wat"])

    def test_many_plugs(self):
        count = 5000
        imports = "".join(f'(import "a:b/c{i}@1.0.0" (instance))' for i in range(count))
        self.file("s.wat", f'(component (import "x" (instance)) {imports})')
        self.file("x.wat", '(component (instance $x) (export "x" (instance $x)))')
        begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        self.fails(1, "plug", "s.wat", *["--plug", "x.wat"] * count, "-o", "out.wasm", says=["x.wat fits nothing"])
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - begun
        if "build-" not in HEDDLE:  # where time is no measure
            self.assertLess(seconds, 1.5)

    def test_attributes_of_what_is_left(self):
        def importing(interface, id):
            return f'(import "store" (implements "{interface}") (external-id "{id}") (instance))'
        self.file("s.wat", f'(component (import "x" (instance)) {importing("a:b/c", "A")})')
        self.file("x.wat", f'(component (instance $x) {importing("a:b/c", "A")} (export "x" (instance $x)))')
        features = ["-W", "component-model-implements"]
        self.succeeds("plug", *features, "s.wat", "--plug", "x.wat", "-o", "out.wasm")
        for other in (importing("a:b/c", "B"), importing("a:b/d", "A"), '(import "store" (instance))'):
            self.file("x.wat", f'(component (instance $x) {other} (export "x" (instance $x)))')
            self.fails(1, "plug", *features, "s.wat", "--plug", "x.wat", "-o", "no.wasm",
                       says=["`store` cannot be left to import: x.wat says something else of it"])

    def test_types_that_are_shared_stay_so(self):
        types = "(type $t0 (instance))"
        for i in range(14):
            types += (f'(type $t{i + 1} (instance (export "a" (instance (type $t{i})))'
                      f' (export "b" (instance (type $t{i})))))')
        self.file("s.wat", f'(component (import "x" (instance)) {types} (import "f" (instance (type $t14))))')
        self.file("x.wat", '(component (instance $x) (export "x" (instance $x)))')
        self.succeeds("plug", "s.wat", "--plug", "x.wat", "-o", "out.wasm")
        self.assertLess((self.folder / "out.wasm").stat().st_size, 2000)

    def plug_seconds(self, imports, exports):
        """The CPU time that it takes to plug one component with instances that another exports."""
        self.file("s.wat", f"(component {imports})")
        self.file("x.wat", f"(component (instance $x) {exports})")
        begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        self.succeeds("plug", "s.wat", "--plug", "x.wat", "-o", "out.wasm")
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - begun

    def test_many_versions(self):
        count = 8000
        imports = "".join(f'(import "a:b/c{i}@1.0.0" (instance))' for i in range(count))
        exports = "".join(f'(export "a:b/c{i}@1.1.0" (instance $x))' for i in range(count))
        self.assertLess(self.plug_seconds(imports, exports), 3)

    def test_many_imports(self):
        count = 150_000
        imports = "".join(f'(import "c{i}" (instance (type $t)))' for i in range(count))
        exports = "".join(f'(export "c{i}" (instance $x))' for i in range(count))
        seconds = self.plug_seconds(f"(type $t (instance)) {imports}", exports)
        if "build-" not in HEDDLE:  # where time is no measure
            self.assertLess(seconds, 2.5)

    def test_what_is_no_component(self):
        self.file("core.wat", "(module)")
        self.fails(1, "plug", "socket.wat", "--plug", "core.wat", "-o", "no.wasm", says=["core.wat: a core module"])
        self.fails(1, "plug", "missing.wat", "--plug", "core.wat", "-o", "no.wasm", says=["missing.wat"])
        self.fails(2, "plug", "socket.wat", says=["--plug"])


if __name__ == "__main__":
    unittest.main()
