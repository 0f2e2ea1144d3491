#!/usr/bin/python3
"""Holds every #include in src/ against the layers of the house.

A layer may include those it is built on and nothing else; what lies outside
(hiredis, curses, threads) has one room each.
"""
import os
import re
import unittest

import tap
from server import TOP

MAY_INCLUDE = {
    "base": "",
    "model": "base",
    "redis": "base",
    "source": "base model",
    "store": "base model redis",
    "work": "base model source store",
    "app": "base model work",
    "cli": "base model app",
    "ui": "base model app",
    "main.c": "base model app cli ui",
}

# What is included, as a pattern, and where alone that may be.
ROOMS = (
    (r"(hiredis|openssl)/", r"redis/"),
    (r"(n?cursesw?|panel|menu|form|term)(\.h|/)", r"ui/term\.c"),
    (r"jansson\.h", r"(source|cli)/"),
    (r"(pthread|threads|semaphore)\.h", r"work/|base/(log|mem)\.c"),
)

# Words of the code, and where alone they may be. A flag to cancel by is handed
# down, so any layer may name its type and look at it.
WORDS = (
    (r"\bpthread_(?!sigmask\b)\w+", r"work/|base/(log|mem)\.c"),
    (r"\batomic_(?!bool\b|load)\w+",
     r"work/|base/(clock|log|mem)\.c|ui/term\.c"),
)

SRC = os.path.join(TOP, "src")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def sources():
    for folder, _, names in os.walk(SRC):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".def")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as f:
                    yield os.path.relpath(path, SRC), f.read()


def includes(text):
    """(whether it is one of ours, name) of each #include."""
    return [(kind == '"', name) for kind, name in INCLUDE.findall(text)]


def wrong_includes(path, text):
    layer = path.split("/")[0]
    allowed = {layer, *MAY_INCLUDE.get(layer, "").split()}
    for ours, name in includes(text):
        if ours and name.split("/")[0] not in allowed:
            yield f'{path} includes "{name}"'
        for pattern, room in ROOMS:
            if re.match(pattern, name) and not re.match(room, path):
                yield f"{path} includes <{name}>"


def wrong_words(path, text):
    code = COMMENT.sub(" ", text)
    for pattern, room in WORDS:
        for word in re.finditer(pattern, code):
            if not re.match(room, path):
                yield f"{path} uses {word.group()}"


class Layers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sources = dict(sources())

    def held(self, rule):
        """What rule says of all sources together."""
        return [w for path, text in self.sources.items()
                for w in rule(path, text)]

    def test_every_file_is_in_a_layer(self):
        self.assertIn("main.c", list(self.sources))
        self.assertEqual([p for p in self.sources
                          if p.split("/")[0] not in MAY_INCLUDE], [])

    def test_includes_go_down(self):
        self.assertEqual(self.held(wrong_includes), [])

    def test_threads_and_locks_stay_in_their_rooms(self):
        self.assertEqual(self.held(wrong_words), [])

    def test_every_verb_is_sent(self):
        """Each is a right that a user is told to need."""
        verbs = re.findall(r"^VERB\((\w+),", self.sources["redis/verbs.def"],
                           re.M)
        self.assertGreater(len(verbs), 30)
        # Not where they are asked about, or told.
        code = "".join(text for path, text in self.sources.items()
                       if path not in ("redis/verb.c", "redis/caps.c"))
        sent = set(re.findall(r"\bFS_VERB_(\w+)", code))
        asked = re.findall(r"fs_resp_head\(out, FS_VERB_(\w+)",
                           self.sources["redis/caps.c"])
        self.assertEqual(set(verbs) - sent - set(asked), set())

    def test_includes_are_named_from_src(self):
        self.assertEqual([
            (path, name) for path, text in self.sources.items()
            for ours, name in includes(text)
            if ours and name not in self.sources], [])


class TheRulesThemselves(unittest.TestCase):
    """That the rules see what they are there to see."""

    def test_includes(self):
        for path, line, bad in (
                ("model/row.c", '#include "base/str.h"', False),
                ("model/row.c", '#include "redis/reply.h"', True),
                ("base/str.c", '# include "model/row.h"', True),
                ("ui/pane.c", '#include "cli/cli.h"', True),
                ("store/key.c", "#include <hiredis/hiredis.h>", True),
                ("redis/link.c", "#include <hiredis/hiredis.h>", False),
                ("redis/link.c", "#include <openssl/ssl.h>", False),
                ("ui/pane.c", "#include <ncurses.h>", True),
                ("ui/term.c", "#include <curses.h>", False),
                ("ui/term.c", "#include <term.h>", False),
                ("store/store.c", "#include <pthread.h>", True),
                ("work/mail.c", "#include <pthread.h>", False),
                ("app/guard.c", "#include <jansson.h>", True)):
            with self.subTest(path=path, line=line):
                self.assertEqual(bool(list(wrong_includes(path, line))), bad)

    def test_words(self):
        for path, line, bad in (
                ("store/scan.h", "const atomic_bool *cancel;", False),
                ("store/scan.c", "if (atomic_load(cancel))", False),
                ("store/scan.c", "atomic_store(cancel, true);", True),
                ("ui/loop.c", "/* pthread_mutex_lock */", False),
                ("ui/loop.c", "pthread_mutex_lock(&m);", True),
                ("ui/loop.c", "pthread_sigmask(SIG_BLOCK, &s, NULL);", False),
                ("work/queue.c", "pthread_mutex_lock(&m);", False)):
            with self.subTest(path=path, line=line):
                self.assertEqual(bool(list(wrong_words(path, line))), bad)


if __name__ == "__main__":
    tap.main()
