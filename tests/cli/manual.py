#!/usr/bin/python3
"""The manual, the help and the completions, against the tables."""
import os
import re
import shutil
import subprocess
import unittest

import tap
from server import FSCONSOLE, TOP, Server, folder, on_both
from shell import environment, run
from tui import Tui

BUILD = os.path.dirname(os.path.abspath(FSCONSOLE))
PAGE = os.path.join(BUILD, "man", "fsconsole.1")
SOURCE = os.path.join(TOP, "man", "fsconsole.1.in")


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def table(name, macro):
    """The arguments of each line of a table, strings without quotes."""
    text = text_of(os.path.join(TOP, "src", "app", name))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    rows = []
    for m in re.finditer(macro + r"\(((?:\"(?:\\.|[^\"])*\"|'(?:\\.|[^'])'|"
                         r"[^()\"'])*)\)", text):
        args = re.findall(r"(?:\"(?:\\.|[^\"])*\"\s*)+|'(?:\\.|[^'])'|[^\s,]+",
                          m[1])
        rows.append(["".join(re.findall(r'"((?:\\.|[^"])*)"', a)) if '"' in a
                     else a for a in args])
    return rows


COMMANDS = table("commands.def", "CMD")
OPTIONS = table("options.def", "OPT")
IN_SHELL = [c[1] for c in COMMANDS if c[4] != "CONSOLE"]


class Tables(unittest.TestCase):
    def test_they_were_read(self):
        self.assertGreater(len(COMMANDS), 40)
        self.assertGreater(len(OPTIONS), 50)
        self.assertIn("bulk-load", IN_SHELL)
        self.assertNotIn("zoom", IN_SHELL)


@unittest.skipUnless(os.path.exists(PAGE), "the manual has not been built")
class Manual(unittest.TestCase):
    def setUp(self):
        self.page = text_of(PAGE)

    def test_lists_are_those_of_this_program(self):
        source, page = text_of(SOURCE), self.page
        for name in re.findall(r"^@([A-Z-]+)@$", source, re.M):
            said = run("--help", "mdoc", name.lower()).out
            self.assertIn(said, page)
            page = page.replace(said, f"@{name}@\n", 1)
        self.assertEqual(page, source)

    def test_every_command_and_option_is_there(self):
        for name in IN_SHELL:
            self.assertRegex(self.page, rf"(?m)^\.Ic {name}$")
        for option in OPTIONS:
            self.assertRegex(self.page, rf"(?m)^\.It .*Fl -{option[1]}\b")
        for command in COMMANDS:
            self.assertIn(command[7], self.page)

    def test_nothing_else_is_named(self):
        """Commands and options in the text by hand are in the tables."""
        known = {o[1] for o in OPTIONS}
        for name in re.findall(r"Fl -([a-z-]+)", self.page):
            self.assertIn(name, known)
        for name in re.findall(r"Ic ([a-z-]+)", self.page):
            self.assertIn(name, {c[1] for c in COMMANDS})

    def test_json_names(self):
        """What the section on JSON lists is what the code writes."""
        section = self.page.split(".Sh JSON")[1].split("\n.Sh ")[0]
        words = set()
        for line in section.splitlines():
            for part in re.findall(r"Cm ([^.]*)", line):
                words |= set(re.findall(r"[a-z][a-z0-9_]+", part))
        code = ""
        for name in ("doc.c", "emit.c"):
            code += text_of(os.path.join(TOP, "src", "cli", name))
        written = set(re.findall(r'"([a-z][a-z0-9_]*)"', code))
        self.assertLessEqual(words, written)
        self.assertEqual(written - words, {
            "live", "leak", "missing", "base64", "true", "false", "null"} -
            words)

    def test_one_sentence_a_line(self):
        for line in self.page.splitlines():
            if not line.startswith((".", " ")):
                self.assertNotRegex(line, r"[a-z]{2}\. [A-Z]")

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_lint(self):
        lint = subprocess.run(["mandoc", "-Tlint", PAGE], text=True,
                              capture_output=True, check=False)
        self.assertEqual(lint.stdout + lint.stderr, "")

    def test_sections(self):
        self.assertEqual(re.findall(r"(?m)^\.Sh (.*)$", self.page), [
            "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS",
            "THE CONSOLE", "SCHEMA FILE", "INPUT FILES", "CONFIGURATION",
            "JSON", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES",
            "CAVEATS", "SECURITY CONSIDERATIONS"])

    def test_schema_file_is_one(self):
        section = self.page.split(".Sh SCHEMA FILE")[1]
        text = section.split(".Bd -literal -offset indent\n")[1]
        path = os.path.join(folder(), "schema.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.split(".Ed")[0])
        result = run("--schema", path, "schema")
        self.assertEqual((result.status, result.err), (0, ""))
        self.assertEqual(result.out.count('"name"'), 3)

    def test_configuration_file_is_one(self):
        section = self.page.split(".Sh CONFIGURATION")[1]
        text = section.split(".Bd -literal -offset indent\n")[1]
        path = folder()
        os.mkdir(os.path.join(path, "fsconsole"))
        with open(os.path.join(path, "fsconsole", "config"), "w",
                  encoding="utf-8") as f:
            f.write(text.split(".Ed")[0])
        result = run("--profile", "production", "schema",
                     env={"XDG_CONFIG_HOME": path})
        self.assertEqual((result.status, result.err), (0, ""))


@unittest.skipUnless(os.path.exists(PAGE), "the manual has not been built")
class Examples(unittest.TestCase):
    def test_each_runs(self):
        where = folder()
        bin_ = os.path.join(where, "bin")
        os.mkdir(bin_)
        with open(os.path.join(where, "users.csv"), "w",
                  encoding="ascii") as f:
            f.write("user_id,country_iso,tx_count_7d\nu0001,US,14\n")
        with open(os.path.join(where, "events.ndjson"), "w",
                  encoding="ascii") as f:
            f.write('{"entity":"u0001","features":{"tx_count_5m":3}}\n')
        section = text_of(PAGE).split(".Sh EXAMPLES")[1].split("\n.Sh ")[0]
        lines = re.findall(r"(?m)^\.Dl \$ (.*)$", section)
        self.assertGreater(len(lines), 12)
        with Server() as s:
            script = os.path.join(bin_, "fsconsole")
            with open(script, "w", encoding="ascii") as f:
                f.write(f'#!/bin/sh\nexec "{FSCONSOLE}" -s "{s.path}" "$@"\n')
            os.chmod(script, 0o755)
            env = environment(PATH=bin_ + ":" + os.environ["PATH"])
            for line in lines:
                if "jq" in line and shutil.which("jq") is None:
                    line = line.split(" | jq")[0]
                with self.subTest(line=line):
                    done = subprocess.run(
                        ["sh", "-c", line], cwd=where, env=env, text=True,
                        capture_output=True, timeout=60 * tap.SLOWNESS,
                        check=False)
                    # An entity named in it may have gone by then.
                    self.assertEqual(done.returncode, 0, done)
                    self.assertTrue(done.stdout or ">" in line or
                                    "watch" in line)


@unittest.skipUnless(os.path.exists(PAGE), "the manual has not been built")
@unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
class Rights(unittest.TestCase):
    """The users that the manual makes can do all that it says they can."""

    def setUp(self):
        self.server = Server(self.kind)
        self.addCleanup(self.server.stop)
        self.r = self.server.client()
        for line in self.lines():
            words = subprocess.run(
                ["sh", "-c", "printf '%s\\n' " + line], check=True,
                capture_output=True, text=True).stdout.splitlines()
            self.r(*words[1:])
        self.who = ["-s", self.server.path, "-a", "PASSWORD", "--user"]

    @staticmethod
    def lines():
        """As they are shown, to be typed into a shell."""
        shown = subprocess.run(["mandoc", "-Tascii", PAGE], check=True,
                               capture_output=True, text=True).stdout
        shown = re.sub(r".\x08", "", shown)
        lines = re.findall(r"(redis-cli ACL SETUSER (?:.*\\\n)+.*)", shown)
        assert len(lines) == 2, lines
        return lines

    def nothing_was_denied(self):
        self.assertEqual(self.r("ACL", "LOG"), [])

    def test_commands(self):
        for args in (["bulk-load"], ["stream", "--ticks", "1", "--tick",
                                     "10ms"],
                     ["set", "u0001", "tx_count_5m=3"],
                     ["repair", "--yes"], ["delete", "u0009"]):
            result = run(*self.who, "operator", *args)
            self.assertEqual((result.status, result.err), (0, ""), args)
        for args in (["state"], ["entities"], ["read", "u0001"],
                     ["inspect", "u0001"], ["batch-read"], ["audit"],
                     ["audit", "--sample", "10"], ["schema", "--infer"],
                     ["batch-read", "--count", "5"],
                     ["watch", "u0001", "--for", "200ms"],
                     ["reset", "--dry-run"], ["repair", "--dry-run"]):
            for user in ("viewer", "operator"):
                result = run(*self.who, user, *args)
                self.assertEqual((result.status, result.err), (0, ""),
                                 (user, args))
        self.assertEqual(run(*self.who, "operator", "reset", "--yes").status,
                         0)
        self.nothing_was_denied()
        result = run(*self.who, "viewer", "set", "u0001", "tx_count_5m=3")
        self.assertEqual(result.status, 3)
        self.assertRegex(result.err, r"no right: \+(hset|multi)")

    def console(self, user, *args):
        for i in range(1, 31):
            self.r("HSET", f"fs:user:u{i:04}", "country_iso", "DE", "extra",
                   "x" * 5000 if i == 2 else "x")
        self.r("SET", "fs:user:odd", "1")
        t = Tui([FSCONSOLE, *self.who, user, *args], 120, 40)
        self.addCleanup(t.close)
        t.expect(rf"as {user}")
        t.expect(r"country_iso +DE")
        return t

    def looks_around(self, t):
        t.expect(r"entities +30 +1 no hash")
        t.expect(r"memory +[0-9]")
        t.expect(r"commands +[0-9.]+/s")
        t.expect(r"Inspector ─.*fields   [0-9.]+ K?B   (listpack|hashtable)")
        t.send("r")
        t.expect("(?s)Read ─.*DE")
        t.send("R<enter>")
        t.expect(r"(?s)Batch read ─.*30")
        t.send("ji")
        t.expect("Inspector [─┴]+ u0002")
        t.expect("extra")
        t.send("a")
        t.expect(r"Audit ─.*violations")
        t.send("<esc>")
        t.expect_gone("Audit ─")
        t.send(":audit --sample 10<enter>")
        t.expect(r"Audit ─.*violations")
        t.send("<esc>")
        t.expect_gone("Audit ─")

    def leaves(self, t):
        self.nothing_was_denied()
        self.assertIsNone(t.line("no right"))
        t.send("q")
        self.assertEqual(t.wait_exit(5), 0)
        self.nothing_was_denied()

    def test_console_of_the_viewer(self):
        t = self.console("viewer")
        self.looks_around(t)
        self.leaves(t)

    def test_console_of_the_operator(self):
        t = self.console("operator", "--write", "--tick", "100ms")
        self.looks_around(t)
        t.send("p")
        t.expect(r"writes +[1-9]")
        t.send("b<enter><enter>")
        t.expect(r"entities +200")
        t.send(":drill --for 1s<enter>")
        t.expect("full again")
        t.send("<esc>")
        t.expect_gone("Audit ─")
        t.send("P")
        t.expect("○ stopped")
        t.send(":set u0003 country_iso=FR<enter>")
        t.wait_until(lambda: self.r("HGET", "fs:user:u0003",
                                    "country_iso") == b"FR")
        t.send(":delete u0003<enter>")
        t.wait_until(lambda: self.r("TYPE", "fs:user:u0003") == b"none")
        self.r("PERSIST", "fs:user:u0004")
        t.send(":repair<enter>")
        t.expect("Type fs:user:")
        t.send("fs:user:<enter>")
        t.wait_until(lambda: self.r("PTTL", "fs:user:u0004") > 0)
        t.send("x")
        t.expect("Type fs:user:")
        t.send("fs:user:<enter>")
        t.expect(r"entities +0 ")
        self.leaves(t)


on_both(Rights)
del Rights


@unittest.skipUnless(shutil.which("bash"), "no bash")
class Bash(unittest.TestCase):
    def setUp(self):
        self.script = os.path.join(folder(), "fsconsole")
        with open(self.script, "w", encoding="ascii") as f:
            f.write(run("--help", "completion", "bash").out)

    def complete(self, *words, cwd=None):
        """What is offered for the last word, sorted."""
        done = subprocess.run(
            ["bash", "--norc", "-c",
             'set -u; . "$0"; compopt() { :; }; COMP_WORDS=("$@"); '
             "COMP_CWORD=$(($# - 1)); _fsconsole; "
             'for r in "${COMPREPLY[@]}"; do printf "%s\\n" "$r"; done',
             self.script, "fsconsole", *words],
            capture_output=True, text=True, check=False, cwd=cwd)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return sorted(done.stdout.splitlines())

    def test_commands(self):
        self.assertEqual(self.complete(""), sorted(IN_SHELL))
        self.assertEqual(self.complete("re"), ["read", "repair", "reset"])
        self.assertEqual(self.complete("help", "bu"), ["bulk-load"])
        self.assertEqual(self.complete("-h", "host", "--json", "st"),
                         ["state", "stream"])
        # The value of an option is no command.
        self.assertEqual(self.complete("--prefix", "state", "en"),
                         ["entities"])

    def test_options(self):
        everywhere = sorted("--" + o[1] for o in OPTIONS if o[4] != "COMMAND")
        self.assertEqual(self.complete("-"), everywhere)
        self.assertEqual(self.complete("drill", "--f"), ["--for"])
        self.assertEqual(self.complete("--f"), [])
        self.assertEqual(self.complete("entities", "--m"),
                         ["--match", "--mouse"])

    def test_values(self):
        self.assertEqual(self.complete("--color", ""),
                         ["always", "auto", "never"])
        self.assertEqual(self.complete("--color", "=", "al"), ["always"])
        self.assertEqual(self.complete("--color", "="),
                         ["always", "auto", "never"])
        self.assertEqual(self.complete("batch-read", "--rows", "n"),
                         ["ndjson"])
        self.assertIn("key-before-field",
                      self.complete("audit", "--fail-on", ""))
        self.assertEqual(self.complete("--port", ""), [])
        where = folder()
        os.mkdir(os.path.join(where, "a folder"))
        with open(os.path.join(where, "a.csv"), "wb"):
            pass
        self.assertEqual(self.complete("bulk-load", "--from", "a",
                                       cwd=where), ["a folder", "a.csv"])
        self.assertEqual(self.complete("--cacertdir", "a", cwd=where),
                         ["a folder"])

    @unittest.skipUnless(shutil.which("shellcheck"), "no shellcheck")
    def test_shellcheck(self):
        done = subprocess.run(["shellcheck", self.script], text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.stdout, "")


class Zsh(unittest.TestCase):
    def setUp(self):
        self.script = os.path.join(folder(), "_fsconsole")
        with open(self.script, "w", encoding="ascii") as f:
            f.write(run("--help", "completion", "zsh").out)

    def test_all_is_in_it(self):
        text = text_of(self.script)
        for name in IN_SHELL:
            self.assertRegex(text, rf"(?m)^\t\t'{name}:")
        for option in OPTIONS:
            self.assertRegex(text, rf"(?m)^\t\t'--{option[1]}[=\[]")

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_syntax(self):
        done = subprocess.run(["zsh", "-n", self.script], text=True,
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_completion(self):
        with Tui(["zsh", "-f"], cwd=os.path.dirname(self.script)) as t:
            t.send("fpath+=($PWD); autoload -Uz compinit; compinit -D -u; "
                   "PS1='%#> '<enter>")
            t.expect("^[#%]>")
            for typed, offered in (
                    ("aud", "audit "),
                    ("help bul", "help bulk-load "),
                    ("--demo --streaming", "--demo --streaming-ttl="),
                    ("--color al", "--color always "),
                    ("batch-read --rows n", "batch-read --rows ndjson "),
                    ("read u1 --js", "read u1 --json "),
                    ("bulk-load --from _f", "bulk-load --from _fsconsole "),
                    # The value of an option is no command.
                    ("--prefix state ent", "--prefix state entities "),
                    ("--prefix state drill --fo",
                     "--prefix state drill --for=")):
                with self.subTest(typed=typed):
                    t.send(f"fsconsole {typed}<tab>,")
                    t.expect(f"> fsconsole {offered},")
                    t.send("<c-u>")


if __name__ == "__main__":
    tap.main()
