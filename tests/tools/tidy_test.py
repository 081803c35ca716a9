"""Each rule of tools/tidy.py, on a tree made for it: it finds what it is for, and leaves the rest alone."""

import importlib.util
import json
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
spec = importlib.util.spec_from_file_location("tidy", ROOT / "tools" / "tidy.py")
tidy = importlib.util.module_from_spec(spec)
sys.modules["tidy"] = tidy
spec.loader.exec_module(tidy)


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def findings(self, rule):
        return list(rule(tidy.Tree(self.root)))

    def assert_one(self, rule, *parts):
        found = self.findings(rule)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    # includes

    def test_include_goes_down(self):
        self.write("engine/base/result.h", "\n")
        self.write("engine/valid/check.h", '#include "base/result.h"\n')
        self.assertEqual(self.findings(tidy.check_includes), [])

    def test_include_may_not_go_up(self):
        self.write("engine/base/result.h", '// words\n#include "valid/check.h"\n')
        self.write("engine/valid/check.h", "\n")
        self.assert_one(tidy.check_includes, "engine/base/result.h:2", "base may not include valid")

    def test_engine_never_includes_the_jit(self):
        self.write("engine/runtime/tier.h", '#include "jit/code.h"\n')
        self.write("jit/code.h", "\n")
        self.assertEqual(len(self.findings(tidy.check_includes)), 1)

    def test_public_headers_include_only_public_ones(self):
        self.write("engine/include/heddle/value.h", '#include <cstdint>\n#include "base/result.h"\n')
        self.write("engine/base/result.h", "\n")
        self.assert_one(tidy.check_includes, "public may not include base")

    def test_includes_are_written_from_engine(self):
        self.write("engine/base/result.h", '#include "assert.h"\n')
        self.write("engine/base/assert.h", "\n")
        self.assert_one(tidy.check_includes, "assert.h is no file of the tree")

    def test_public_headers_are_included_by_angle(self):
        self.write("engine/include/heddle/value.h", "\n")
        self.write("tools/run.cpp", '#include "heddle/value.h"\n')
        self.assert_one(tidy.check_includes, "included as <heddle/...>")

    # the build

    def test_source_no_build_names(self):
        self.write("engine/base/meson.build", "heddle_sources += files('a.cpp')\n")
        self.write("engine/base/a.cpp", "\n")
        self.write("engine/base/b.cpp", "\n")
        self.assert_one(tidy.check_built, "engine/base/b.cpp:1")

    def test_build_of_a_folder_above_names_a_file(self):
        self.write("engine/base/meson.build", "heddle_sources += files('deep/a.cpp')\n")
        self.write("engine/base/deep/a.cpp", "\n")
        self.assertEqual(self.findings(tidy.check_built), [])

    def test_header_nothing_includes(self):
        self.write("engine/base/used.h", "\n")
        self.write("engine/base/unused.h", '#include "base/used.h"\n')
        self.assert_one(tidy.check_built, "engine/base/unused.h")

    # mnemonics

    def write_ops(self):
        self.write("engine/syntax/ops.inc", 'OP(i32_add, 0x6a, "i32.add", bin, ii_i, none, v1)\n'
                                            'OP(block, 0x02, "block", ctrl, poly, block, v1)\n')

    def test_instruction_named_by_hand(self):
        self.write_ops()
        self.write("engine/valid/expr.cpp", "int f() {\n  return Op::i32_add;\n}\n")
        self.assert_one(tidy.check_mnemonics, "engine/valid/expr.cpp:2", "i32_add")

    def test_mnemonic_in_a_literal(self):
        self.write_ops()
        self.write("engine/text/print.cpp", 'auto s = "i32.add";\n')
        self.assert_one(tidy.check_mnemonics, '"i32.add"')

    def test_comments_kernels_tests_and_polymorphic_names_are_free(self):
        self.write_ops()
        self.write("engine/exec/num.h", "constexpr auto& i32_add = iadd;\n")
        self.write("engine/valid/expr.cpp", "// i32_add, \"i32.add\"\nauto a = Op::block;\n")
        self.write("tests/valid/expr_test.cpp", 'auto s = "i32.add";\n')
        self.assertEqual(self.findings(tidy.check_mnemonics), [])

    # calls, words, width

    def test_banned_call(self):
        self.write("tools/run.cpp", "int n = a" "toi(text);\n")
        self.assert_one(tidy.check_banned, "tools/run.cpp:1", "from_chars")

    def test_banned_call_in_comment_or_string(self):
        self.write("tools/run.cpp", '// sprintf(x)\nauto s = "sprintf(x)";\nmy_sprintf(x);\n')
        self.assertEqual(self.findings(tidy.check_banned), [])

    def test_library_throws_nothing_but_tools_may(self):
        self.write("tools/run.cpp", "void f() { throw 1; }\n")
        self.assertEqual(self.findings(tidy.check_banned), [])
        self.write("engine/base/a.cpp", "void f() { throw 1; }\n")
        self.assert_one(tidy.check_banned, "engine/base/a.cpp:1")

    def test_safety_excuses(self):
        self.write("engine/os/a.cpp", "// SAFETY: the handler writes it.\nvolatile int x;\n")
        self.assertEqual(self.findings(tidy.check_banned), [])

    def test_width(self):
        self.write("tools/run.cpp", "//" + "x" * 117 + "\n")
        self.assert_one(tidy.check_text, "119 columns")

    def test_white_space(self):
        self.write("tools/run.cpp", "int a; \n\tint b;\nint c;")
        self.assertEqual(len(self.findings(tidy.check_text)), 3)

    def test_unfinished_business(self):
        self.write("tools/run.cpp", "// TO" + "DO\n// this is not " + "implemented\n// todos\n")
        self.assertEqual(len(self.findings(tidy.check_text)), 2)

    def test_paths_of_machines(self):
        self.write("docs/build.md", "in /ho" + "me/ann/x, ~/.cache/heddle, https://x.org/wo" + "rk/a\n")
        self.assert_one(tidy.check_text, "one machine")

    def test_only_ci_knows_the_shared_suites(self):
        self.write("README.md", "see .." + "/shared\n")
        self.assert_one(tidy.check_text, "only .ci/run")

    # lengths

    def long_function(self, lines):
        return "namespace a {\nint f(int x) {\n" + "  x += 1;\n" * (lines - 2) + "}\n}\n"

    def test_function_at_the_limit(self):
        self.write("engine/base/a.cpp", self.long_function(70))
        self.assertEqual(self.findings(tidy.check_lengths), [])

    def test_function_too_long(self):
        self.write("engine/base/a.cpp", self.long_function(71))
        self.assert_one(tidy.check_lengths, "engine/base/a.cpp:2", "71 lines", "engine/base/a.cpp:f")

    def test_file_too_long_and_tables_exempt(self):
        self.write("engine/base/a.cpp", "int a;\n" * 801)
        self.write("engine/base/a.inc", "ERR(a)\n" * 2000)
        self.assert_one(tidy.check_lengths, "801 lines")

    def test_ratchet_holds(self):
        self.write("engine/base/a.cpp", self.long_function(90))
        self.write("tools/tidy_ratchet.json", json.dumps({"functions": {"engine/base/a.cpp:f": 90}, "files": {}}))
        self.assertEqual(self.findings(tidy.check_lengths), [])
        self.write("engine/base/a.cpp", self.long_function(91))
        self.assert_one(tidy.check_lengths, "may only shrink")
        self.write("engine/base/a.cpp", self.long_function(80))
        self.assert_one(tidy.check_lengths, "record it by")

    def test_ratchet_is_only_lowered(self):
        self.write("engine/base/a.cpp", self.long_function(80))
        self.write("engine/base/b.cpp", self.long_function(99))
        entries = {"engine/base/a.cpp:f": 90, "engine/base/b.cpp:f": 95, "engine/base/gone.cpp:f": 90}
        self.write("tools/tidy_ratchet.json", json.dumps({"functions": entries, "files": {}}))
        tidy.lower_ratchet(tidy.Tree(self.root))
        lowered = json.loads((self.root / "tools" / "tidy_ratchet.json").read_text())
        self.assertEqual(lowered["functions"], {"engine/base/a.cpp:f": 80, "engine/base/b.cpp:f": 95})

    def test_functions_are_found(self):
        text = """
struct S {
  S(int a) : a_{a}, b_(1) {
    go();
  }
  int get() const { return a_; }
};
enum class E : int { a, b };
constexpr int kTable[] = {
    1,
};
template <class T>
auto g(T t) -> int {
  if (t) {
    return 1;
  }
  return [&] { return 2; }();
}
"""
        self.assertEqual([(name, lines) for name, _, lines in tidy.functions(text)], [("S", 3), ("get", 1), ("g", 7)])

    # public headers

    def test_header_compiles_alone(self):
        self.write("engine/include/heddle/a.h", "#pragma once\n#include <cstdint>\nint64_t f();\n")
        self.assertEqual(self.findings(tidy.check_headers_alone), [])
        self.write("engine/include/heddle/b.h", "#pragma once\nstd::string_view f();\n")
        found = self.findings(tidy.check_headers_alone)
        self.assertTrue(found)
        self.assertTrue(all("engine/include/heddle/b.h" in finding for finding in found))


if __name__ == "__main__":
    unittest.main()
