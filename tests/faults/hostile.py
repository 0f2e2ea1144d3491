#!/usr/bin/python3
"""What tests/FAULTS.md says of hostile and odd data, by kind.

It stands in real hashes and in errors of a server, and is looked at where
people see it: on the console's cells and in what the commands print.
"""
import json
import os
import re
import unicodedata

import tap
from fake import Fake
from fault import Case, in_parallel
from resp import slot
from server import FSCONSOLE, Cluster, Server, folder
from tui import Tui

PREFIX = "fs:user:"
BORDER = 24             # its column between the entities and the rest

# What is stored, and how it must look.
COMMANDS = (
    (b"\x1b[31;7;5mx", r"\e[31;7;5mx"),
    (b"\x1b]0;owned\x07", r"\e]0;owned\x07"),
    (b"\x1b]8;;http://x\x1b\\y", r"\e]8;;http://x\e\\y"),
    (b"\x1b]52;c;b3duZWQ=\x07", r"\e]52;c;b3duZWQ=\x07"),
    (b"\x1bP+q544e\x1b\\", r"\eP+q544e\e\\"))
C1 = ((b"a\xc2\x9b31;7mx", r"a\u{9B}31;7mx"), (b"b\x9b31;7mx", r"b\x9B31;7mx"),
      (b"c\xc2\x9d0;t\xc2\x9c", r"c\u{9D}0;t\u{9C}"))
BROKEN = ((b"a\xff\xfe", r"a\xFF\xFE"), (b"b\xc0\xaf", r"b\xC0\xAF"),
          (b"c\xed\xa0\x80", r"c\xED\xA0\x80"), (b"d\xe6\x97", r"d\xE6\x97"),
          (b"e\xf4\x90\x80\x80", r"e\xF4\x90\x80\x80"))
BIDI = (("a\u202eb".encode(), r"a\u{202E}b"),
        ("c\u2066d\u2069".encode(), r"c\u{2066}d\u{2069}"),
        ("e\u061cf\u200f".encode(), r"e\u{61C}f\u{200F}"))
INVISIBLE = (("a\u200db".encode(), r"a\u{200D}b"),
             ("c\u200cd".encode(), r"c\u{200C}d"),
             ("\ufeffe".encode(), r"\u{FEFF}e"),
             ("f\u2028g\u00adh".encode(), r"f\u{2028}g\u{AD}h"))
MARKS = ((("e" + "\u0301" * 200).encode(),
          "e\u0301\u0301" + r"\u{301}" * 198),
         ("\u0300x".encode(), None))
WIDE = (("日本語" * 40).encode(), "日本語" * 40), \
    (("x" + "漢😀" * 40).encode(), "x" + "漢😀" * 40)
SPOOFING = ((b"a\r\nfsconsole: b", r"a\r\nfsconsole: b"),
            (b"c\td", r"c\td"), (b"e\b\b\bf\x7f", r"e\x08\x08\x08f\x7F"),
            (b"g\x0bh\x0c", r"g\x0Bh\x0C"))
ZERO = ((b"a\0b", r"a\x00b"), (b"\0", r"\x00"))

# What ncurses sends itself, and what is said of a terminal.
OURS = rb"\x1b(\[[0-?]*[ -/]*[@-~]|[()][0-9A-B]|[=>78])"


def nfc(text):
    return unicodedata.normalize("NFC", text)


class Hostile(Case):
    def console(self, where, *args, cols=120, rows=40, under=(), **how):
        t = Tui([*under, FSCONSOLE, *map(str, self.address(where)),
                 "--timeout", "4s", *args], cols, rows, **how)
        self.addCleanup(t.close)
        return t

    def is_sound(self, t, *foreign):
        """Nothing foreign was sent, and the cells are where they belong."""
        t.settle(0.1)
        raw = bytes(t.raw)
        for sequence in foreign:
            self.assertNotIn(sequence, raw)
        # A wait may end within a character or a sequence.
        rest = re.sub(OURS, b"", raw).rsplit(b"\x1b", 1)[0] \
            if re.search(rb"\x1b[^a-zA-Z]*\Z", raw) else re.sub(OURS, b"", raw)
        for c in set(rest.decode()) - set("\r\n\b"):
            self.assertNotIn(unicodedata.category(c),
                             ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"),
                             f"{c!r} in {rest!r}")
        self.has_its_border(t)

    def has_its_border(self, t):
        for y in range(2, t.screen.lines - 2):
            self.assertIn(t.cell(BORDER, y).data, "│├┤┬┴┼|+", t.text())

    def leaves(self, t):
        t.send("q")
        self.assertEqual(t.wait_exit(3), 0, t.text())
        self.assertEqual(t.left_behind(), [])

    def looks(self, texts):
        """In key, field and value, on the console and in the commands."""
        with Server() as s:
            r = s.client()
            for raw, _ in texts:
                r("HSET", PREFIX.encode() + raw, b"zz" + raw, b"=" + raw)
                r("EXPIRE", PREFIX.encode() + raw, 86400)
            self.on_the_console(s, sorted(texts))
            self.in_commands(s, texts)

    def on_the_console(self, s, texts):
        t = self.console(s)
        for _, shown in texts:
            t.wait_until(lambda shown=shown: any(
                nfc(shown[:8]) in nfc(l[2:BORDER]) for l in t.lines()),
                what=f"the id {shown}")
        for i, (raw, shown) in enumerate(texts):
            t.wait_until(lambda shown=shown: re.search(
                r"extra +" + re.escape(nfc("zz" + shown)[:8]) + ".* " +
                re.escape(nfc("=" + shown)[:3]), nfc(t.text())),
                what=f"the field and the value {shown}")
            if i == 0:
                t.send("4G<enter>")
                t.expect(r"Value ─* zz.*  \d+ B( ─)?$")
                t.wait_until(lambda shown=shown: nfc("=" + shown)[:60] in
                             nfc(t.text()), what=f"the value {shown}")
                t.send("<esc>")
                t.expect_gone(r"Value ─")
                t.send("1")
            t.send("j<enter>1")
            self.is_sound(t, raw if raw[:1] in b"\x1b" else b"\x1b[31;7;5m")
        self.leaves(t)

    def in_commands(self, s, texts):
        r = self.succeeds(s, ["entities"])
        for _, shown in texts:
            self.assertIn(shown, r.out.split("\n"))
        for raw, shown in texts:
            if b"\0" in raw:
                continue
            name = os.fsdecode(raw)
            r = self.succeeds(s, ["inspect", name])
            self.assertIn("zz" + shown, r.out)
            self.assertIn("=" + shown, r.out)
            r = self.succeeds(s, ["read", name, "zz" + name])
            self.assertIn("=" + shown, r.out)
            self.assertEqual(len(self.succeeds(
                s, ["--json", "read", name, "zz" + name]).json["values"]), 1)
            r = self.run_it(s, ["read", name, "no" + name])
            self.assertIn("no" + shown, r.out)
            # As an id that is not there.
            r = self.run_it(s, ["read", "no" + name, "country_iso"])
            self.assertEqual(r.status, 1)
            self.assertIn("no" + shown, r.out + r.err)


class Texts(Hostile):
    def test_95_terminal_commands(self):
        self.looks(COMMANDS)

    def test_96_c1(self):
        self.looks(C1)

    def test_97_broken_utf8(self):
        self.looks(BROKEN)

    def test_98_bidi(self):
        self.looks(BIDI)

    def test_99_invisible(self):
        self.looks(INVISIBLE)

    def test_100_marks(self):
        self.looks(MARKS[:1])

    def test_101_wide(self):
        self.looks(WIDE)

    def test_101_wide_at_any_edge(self):
        """No border moves, whatever the width of the pane."""
        with Server() as s:
            for raw, _ in WIDE:
                s.client()("HSET", PREFIX.encode() + raw, raw, raw)
            t = self.console(s)
            t.expect("日本語日")
            for cols in range(110, 122):
                t.resize(cols, 40)
                t.wait_until(lambda: t.line(r"─ (stopped|paused) ─") and
                             "日" in t.text())
                t.settle(0.1)
                edge = {t.cell(x, 20).data in "│├" for x in range(20, 26)}
                self.assertIn(True, edge, t.text())
                for line in t.lines():
                    width = sum(1 + (unicodedata.east_asian_width(c) in "WF")
                                for c in line)
                    self.assertLessEqual(width, cols)
            self.leaves(t)

    def test_102_spoofing(self):
        self.looks(SPOOFING)

    def test_103_zero(self):
        self.looks(ZERO)

    def test_95_to_103_in_a_deduced_schema(self):
        """A schema is for a terminal too, and is read back to the same."""
        texts = [t for many in (COMMANDS, C1, BROKEN, BIDI, INVISIBLE,
                                SPOOFING, ZERO) for t in many]
        with Server() as s:
            for raw, _ in texts:
                s.client()("HSET", PREFIX + "u0001", raw, "1")
            out = self.succeeds(s, ["schema", "--infer"]).out
        for c in set(out) - {"\n"}:
            self.assertNotIn(unicodedata.category(c), ("Cc", "Cf", "Zl"), out)
        self.assertEqual(
            {f["name"] for f in json.loads(out)["features"]},
            {raw.decode() for raw, _ in texts
             if raw not in [b for b, _ in BROKEN] + [C1[1][0]] and
             b"\0" not in raw})
        path = os.path.join(folder(), "schema.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write(out)
        again = self.succeeds(["-s", "/nowhere"],
                              ["--schema", path, "schema"]).out
        self.assertEqual(again, out)


class Errors(Hostile):
    TEXTS = [t for t in COMMANDS + C1 + BROKEN + BIDI + INVISIBLE + SPOOFING
             if not {13, 10} & set(t[0])]

    @staticmethod
    def script(raw):
        return (f"hash {PREFIX}u0001 @60000 country_iso=DE\nalways HMGET *\n"
                " reply -ERR\\s" + "".join(f"\\x{b:02x}" for b in raw) + "\n")

    def test_104_of_the_server(self):
        whole = b" ".join(raw for raw, _ in self.TEXTS)
        for raw, shown in self.TEXTS:
            with Fake(self.script(raw)) as f:
                r = self.fails(f, ["read", "u0001"], 3)
                self.assertIn("ERR " + shown, r.err)
        with Fake(self.script(whole)) as f:
            r = self.fails(f, ["read", "u0001"], 3)
            self.assertIn(self.TEXTS[0][1], r.err)
            t = self.console(f)
            t.expect("u0001")
            t.send("r")
            t.expect(r"ERR \\e\[31;7;5mx \\e\]0")
            self.is_sound(t, b"\x1b]", b"\x1b[31;7;5m", b"\x1bP")
            self.leaves(t)

    def test_104_of_arguments(self):
        for raw, shown in self.TEXTS + list(SPOOFING):
            word = os.fsdecode(raw)
            for args in ([word], ["--timeout", word, "state"],
                         ["read", "x", word], ["--schema", word, "schema"],
                         ["--write", "bulk-load", "--from", word]):
                r = self.run_it(["-s", "/nowhere/" + word], args)
                self.assertIn(r.status, (1, 2, 3), r)
                self.one_line(r)
                self.assertIn(shown, r.err)

    def test_104_of_rows(self):
        """And in what an input file is refused for."""
        with Server() as s:
            for raw, shown in self.TEXTS:
                r = self.run_it(
                    s, ["bulk-load", "--from", "-", "--format", "csv"],
                    stdin=b"entity,tx_count_7d\nu1," + raw + b"\n")
                self.assertEqual(r.status, 1, r)
                self.one_line(r, "stdin:2: ")
                self.assertRegex(r.err, re.escape(shown) + "|UTF-8")

    def test_105_log_and_verbose(self):
        """In the log's pane and its lines on stderr; no window has a title."""
        raw = b"".join(raw for raw, _ in COMMANDS[:2] + C1[:2] + BIDI[:1])
        script = "always <accept>\n send -DENIED\\s" + "".join(
            f"\\x{b:02x}" for b in raw) + "\\r\\n\n close\n"
        with Fake(script) as f:
            log = os.path.join(folder(), "log")
            t = self.console(f, "--verbose", under=[
                "sh", "-c", f"exec \"$@\" 2>'{log}'", "sh"])
            t.expect(r"\\e\[31;7;5mx")
            t.send("l")
            t.expect(r"Log ─.*\\e\]0;owned")
            t.settle(0.1)
            for foreign in (b"\x1b]", b"\x1b[31;7;5m", b"\x9b", b"\xc2\x9b",
                            "\u202e".encode()):
                self.assertNotIn(foreign, t.raw)
            self.leaves(t)
            with open(log, "rb") as lines:
                text = lines.read().decode()
            self.assertIn(r"\e]0;owned\x07", text)
            for c in set(text) - {"\n"}:
                self.assertNotIn(unicodedata.category(c), ("Cc", "Cf"), text)
            r = self.run_it(f, ["--verbose", "state"], timeout=4, connect=4)
            self.assertEqual(r.status, 3)
            self.assertIn(r"\e]0;owned\x07", r.err)

    def test_105_after_the_end(self):
        """What the console says when there is no screen to say it on."""
        for how in ({"term": "\x1b]0;owned\x07"},):
            t = self.console(["-s", "/nowhere/\x1b]0;owned\x07"], **how)
            self.assertEqual(t.wait_exit(3), 3)
            self.assertIn(r"\e]0;owned\x07", t.text())
            self.assertNotIn(b"\x1b", t.raw)
        r = self.run_it(["-s", "/nowhere/\x1b]0;owned\x07"], ["--once"])
        self.assertEqual(r.status, 3)
        self.one_line(r, r"\\e\]0;owned")


class Large(Hostile):
    def sent(self, r):
        return int(r.info("stats")["total_net_output_bytes"])

    def test_106_a_mebibyte(self):
        """Shown with its size, and never fetched whole for that."""
        with Server() as s:
            r = s.client()
            r("HSET", PREFIX + "u0001", "zz", "y" * (1 << 20), "country_iso",
              "DE")
            before = self.sent(r)
            t = self.console(s)
            t.expect(r"extra +zz +.*1\.0 MB")
            t.send("4G<enter>")
            t.expect(r"Value ─+ zz  1\.0 MB ─")
            t.expect("too large")
            t.settle(0.5)
            self.leaves(t)
            self.succeeds(s, ["inspect", "u0001"])
            self.assertLess(self.sent(r) - before, 200000)

    def test_106_a_hundred_thousand_fields(self):
        with Server() as s:
            r = s.client()
            for i in range(0, 100000, 5000):
                r("HSET", PREFIX + "u0001", *sum(
                    ([f"f{n}", n] for n in range(i, i + 5000)), []))
            r("HSET", PREFIX + "u0001", "country_iso", "DE")
            before, began = self.sent(r), r.info("commandstats")
            t = self.console(s)
            t.expect(r"of 100,00\d fields|100,001")
            t.expect(r"country_iso +DE")
            t.settle(0.5)
            t.send("4G")
            t.settle(0.5)
            self.leaves(t)
            out = self.succeeds(s, ["inspect", "u0001"]).out
            self.assertIn("100,001", out)
            self.assertLess(self.sent(r) - before, 2000000)
            stats = r.info("commandstats")
            self.assertIn("cmdstat_hscan", stats)
            for name in ("cmdstat_hgetall", "cmdstat_hkeys", "cmdstat_hvals"):
                self.assertEqual(stats.get(name), began.get(name))


class Odd(Hostile):
    def test_107_empty(self):
        """An empty id is no entity; empty fields and values are."""
        with Server() as s:
            r = s.client()
            r("HSET", PREFIX, "country_iso", "DE")
            r("HSET", PREFIX + "u0001", "", "noname", "country_iso", "")
            self.assertEqual(self.succeeds(s, ["entities"]).out, "u0001\n")
            fields = self.succeeds(s, ["--json", "inspect", "u0001"]).out
            self.assertIn("noname", fields)
            values = self.succeeds(
                s, ["--json", "read", "u0001", "country_iso"]).json["values"]
            self.assertEqual(values, {"country_iso": ""})
            self.fails(s, ["read", "", "country_iso"], 2, "empty")
            t = self.console(s)
            t.expect(r"Entities ─+ 1 ─")
            t.expect(r"country_iso +\(empty\) +no TTL")
            t.expect("noname")
            self.is_sound(t)
            self.leaves(t)

    def test_108_glob_in_the_prefix(self):
        """It is a text: only keys that begin with it are entities."""
        with Server() as s:
            r = s.client()
            prefix = "a*b?[c]\\"
            r("HSET", prefix + "u1", "country_iso", "DE")
            for other in ("aXbYc\\", "aXb?[c]\\", "a*bY[c]\\", "a*b?c\\",
                          "a*b?[c]"):
                r("HSET", other + "u2", "country_iso", "FR")
            at = [*s.address, "--prefix", prefix]
            self.assertEqual(self.succeeds(at, ["entities"]).out, "u1\n")
            self.assertEqual(self.succeeds(
                at, ["entities", "--match", "u[1-9]"]).out, "u1\n")
            self.assertEqual(self.succeeds(
                at, ["--json", "state"]).json["entity_count"], 1)
            t = self.console(at)
            t.expect(r"Entities ─+ 1 ─")
            t.expect(r"country_iso +DE")
            self.leaves(t)
            self.succeeds(at, ["reset", "--yes"])
            self.assertEqual(r("DBSIZE"), 5)

    def test_109_braces(self):
        """Of all that a cluster hashes only what it says is the tag."""
        ids = ["{a}b", "{}a", "a{b", "a}b{c}", "{{a}}", "a{}{b}", "x{y}{z}",
               "}{", "{" * 40]
        with Cluster(masters=3) as c:
            at = c.nodes[0].address
            rows = "".join(f"{i},DE\n" for i in ids)
            self.succeeds(at, ["bulk-load", "--from", "-", "--format", "csv"],
                          timeout=8, stdin=("entity,country_iso\n" + rows).encode())
            r = self.succeeds(at, ["entities"], timeout=8)
            self.assertEqual(sorted(r.out.split()), sorted(ids))
            for i in ids:
                key = PREFIX + i
                self.assertEqual(c.client(key)("HGET", key, "country_iso"),
                                 b"DE")
                r = self.succeeds(at, ["inspect", i], timeout=8)
                self.assertIn(f"slot {slot(key)} at ", r.out)

    def test_110_other_keys(self):
        """What is no hash is named; what is another's is left alone."""
        with Server() as s:
            r = s.client()
            r("HSET", PREFIX + "u0001", "country_iso", "DE")
            r("SET", PREFIX + "s", "x")
            r("RPUSH", PREFIX + "l", "x")
            r("SADD", PREFIX + "t", "x")
            r("XADD", PREFIX + "x", "*", "a", "b")
            r("HSET", "fs:users", "country_iso", "DE")
            self.assertEqual(self.succeeds(s, ["entities"]).out, "u0001\n")
            for name in "sltx":
                r1 = self.run_it(s, ["read", name, "country_iso"])
                self.assertEqual(r1.status, 1)
                self.one_line(r1, "WRONGTYPE")
            t = self.console(s)
            t.expect(r"Entities ─+ 1 ─")
            t.send(":inspect s<enter>")
            t.expect("not a hash")
            self.is_sound(t)
            self.leaves(t)
            self.succeeds(s, ["reset", "--yes"])
            self.assertEqual(r("DBSIZE"), 5)

    def test_111_numbers(self):
        """Shown as they are; those to be written must be numbers, in any
        locale, and those that we print too."""
        odd = ("NaN", "inf", "-inf", "1e400", "9223372036854775808",
               "-9223372036854775808", "3,5", "0x1p3", " 1", "")
        with Server() as s:
            r = s.client()
            for i, value in enumerate(odd):
                r("HSET", PREFIX + f"u{i}", "avg_amount_30d", value,
                  "tx_count_7d", value, "last_login_ts", value)
            # Where there is no such locale it is C, and lines are ASCII.
            t = self.console(s, under=["env", "LC_ALL=de_DE.utf8"])
            t.expect(r"connected \d+\.\d\d ms")
            for i, value in enumerate(odd):
                t.expect(r"Inspector [─-].* u%d " % i)
                t.expect(r"avg_amount_30d +" + re.escape(value.strip()))
                self.assertEqual(self.succeeds(
                    s, ["--json", "read", f"u{i}", "avg_amount_30d"]).json[
                        "values"], {"avg_amount_30d": value})
                t.send("j<enter>1")
            self.is_sound(t)
            self.leaves(t)
            self.assertIn(self.run_it(s, ["audit"], timeout=4).status, (0, 1))
            for value in ("NaN", "inf", "1e400", "3,5", "0x1p3", "1_0", " 1"):
                for name in ("avg_amount_30d", "tx_count_7d"):
                    self.fails(s, ["--write", "set", "u0", f"{name}={value}"],
                               2, name, env={"LC_ALL": "de_DE.utf8"})
            self.succeeds(s, ["--write", "set", "u0", "avg_amount_30d=3.5"],
                          env={"LC_ALL": "de_DE.utf8"})
            self.assertEqual(r("HGET", PREFIX + "u0", "avg_amount_30d"),
                             b"3.5")
            self.assertIn(".", str(self.succeeds(
                s, ["--json", "read", "u0"],
                env={"LC_ALL": "de_DE.utf8"}).json["elapsed_ms"]))
            for value in ("9223372036854775808", "-9223372036854775809",
                          "1.5"):
                self.fails(s, ["--write", "set", "u0", f"tx_count_7d={value}"],
                           2, "tx_count_7d")
            for value in ("9223372036854775807", "-9223372036854775808"):
                self.succeeds(s, ["--write", "set", "u0",
                                  f"tx_count_7d={value}"])
                self.assertEqual(r("HGET", PREFIX + "u0", "tx_count_7d"),
                                 value.encode())

    def test_112_odd_times(self):
        """Of a last login that is yet to come, or never was."""
        times = ("99999999999999", "-1", "0", "253402300800000",
                 "9223372036854775807", "-9223372036854775808", "soon")
        with Server() as s:
            r = s.client()
            for i, value in enumerate(times):
                r("HSET", PREFIX + f"u{i}", "last_login_ts", value,
                  "country_iso", "DE")
                r("HPEXPIRE", PREFIX + f"u{i}", 600000, "FIELDS", 1,
                  "last_login_ts")
            t = self.console(s)
            for i, value in enumerate(times):
                t.expect(r"Inspector ─.* u%d " % i)
                t.expect(r"last_login_ts +" + value)
                t.send("j<enter>1")
            self.is_sound(t)
            self.leaves(t)
            for kind in ([], ["--json"]):
                r = self.run_it(s, [*kind, "audit"], timeout=4)
                self.assertIn(r.status, (0, 1))
            doc = json.loads(r.out)
            self.assertEqual(doc["entities"]["read"] if isinstance(
                doc["entities"], dict) else doc["entities"], len(times))


load_tests = in_parallel

if __name__ == "__main__":
    tap.main()
