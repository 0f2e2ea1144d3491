"""Runs fsconsole where something is wrong, and holds it to the common rules.

    class Transport(Case):
        def test_05_closed_before_an_answer(self):
            with Fake("expect HMGET *\\n close") as f:
                self.fails(f, ["read", "u0001"], 3, "closed by the server")

    load_tests = in_parallel            # most of these tests only wait

The number in the name is the kind in tests/FAULTS.md.
"""
import concurrent.futures
import contextlib
import json
import os
import re
import signal
import struct
import subprocess
import tempfile
import threading
import time
import unicodedata
import unittest

import tap
from server import FSCONSOLE, die_with_parent, folder

CONNECT, ANSWER = 1.0, 1.0      # seconds, the time-outs that are set here
PATIENT = 4.0                   # where none of them is to be seen

# Above its deadline, for a machine that runs other tests at the same time.
LATE = 1.0 if tap.SLOWNESS == 1 else 4.0

# A sanitizer has its own share of the memory.
RSS_MIB = 256 if tap.SLOWNESS == 1 else 1024

WORKERS = 8


class Result:
    """How it ended: status, out, err, took (seconds), rss (MiB)."""

    def __init__(self, status, out, err, took, rss):
        self.status, self.out, self.err = status, out, err
        self.took, self.rss = took, rss

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return (f"status {self.status} after {self.took:.2f} s, "
                f"{self.rss:.0f} MiB\nstdout: {self.out!r}\n"
                f"stderr: {self.err!r}")


class Running:
    """fsconsole with these arguments; wait() gives the Result.

    stdin is what it reads there, or a list of such pieces and of seconds to
    wait between them, or of functions that wait. before is called in the child before it starts.
    """

    def __init__(self, args, env=None, stdin=b"", before=None, limit=30,
                 program=FSCONSOLE):
        self.files = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.limit = limit
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}
        asan = environment.get("ASAN_OPTIONS", "")
        environment["ASAN_OPTIONS"] = ":".join(
            filter(None, [asan, "quarantine_size_mb=8"]))
        for name in ("FSCONSOLE_URI", "REDISCLI_AUTH", "VALKEYCLI_AUTH"):
            if name not in (env or {}):
                environment.pop(name, None)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [program, *map(str, args)], stdin=subprocess.PIPE,
            stdout=self.files[0], stderr=self.files[1], env=environment,
            preexec_fn=lambda: (die_with_parent(),
                                before() if before else None))
        pieces = stdin if isinstance(stdin, list) else [stdin]
        threading.Thread(target=self._feed, args=(pieces,),
                         daemon=True).start()

    def _feed(self, pieces):
        with contextlib.suppress(BrokenPipeError), self.process.stdin as to:
            for piece in pieces:
                if isinstance(piece, bytes):
                    to.write(piece)
                    to.flush()
                elif callable(piece):
                    piece()
                else:
                    time.sleep(piece)

    @property
    def pid(self):
        return self.process.pid

    def kill(self, sig):
        # Popen's own would take its status when it has ended.
        os.kill(self.pid, sig)

    def wait(self):
        end = self.began + self.limit * tap.SLOWNESS
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid != 0:
                break
            if time.monotonic() > end:
                self.process.send_signal(signal.SIGKILL)
                os.wait4(self.pid, 0)
                self.process.returncode = -9
                raise AssertionError(
                    f"it did not end within {self.limit} s; "
                    f"stderr: {self._text(1)!r}")
            time.sleep(0.005)
        took = time.monotonic() - self.began
        self.process.returncode = os.waitstatus_to_exitcode(status)
        result = Result(self.process.returncode, self._text(0), self._text(1),
                        took, usage.ru_maxrss / 1024)
        for f in self.files:
            f.close()
        return result

    def _text(self, which):
        self.files[which].seek(0)
        # Strict: that it is valid UTF-8 is one of the rules.
        return self.files[which].read().decode()


class WallClock:
    """tests/faults/jumping, and by how much its wall clock is off.

        c = WallClock()
        Running(args, **c.how)
        c.jump(3600)
    """

    program = os.path.join(os.path.dirname(FSCONSOLE), "tests", "faults",
                           "jumping")

    def __init__(self):
        self.path = os.path.join(folder(), "off")
        self.env = {"FS_JUMP": self.path}
        self.how = {"program": self.program, "env": self.env}
        self.jump(0)

    def jump(self, seconds):
        """So far from what the machine has, at once."""
        # It is mapped: written over in its place.
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb",
                  buffering=0) as f:
            f.write(struct.pack("=q", seconds))


def without_rights():
    """How Running starts the program as a user whom permissions hold.

    Root they do not hold. What nobody runs is a copy, since the build may lie
    where only root may enter.
    """
    if os.getuid() != 0:
        return {}
    place = folder()
    os.chmod(place, 0o755)
    program = os.path.join(place, "fsconsole")
    # Not by this process: what it has open for writing, children of other
    # threads have open as well for a moment, and it is then busy.
    subprocess.run(["cp", FSCONSOLE, program], check=True)
    return {"program": program,
            "before": lambda: os.setuid(65534), "env": {"HOME": "/nowhere"}}


class Case(unittest.TestCase):
    """With the rules that hold whatever is wrong."""

    maxDiff = None

    def address(self, where):
        if isinstance(where, (list, tuple)):
            return list(where)
        return where.address

    def start(self, where, args, timeout=ANSWER, connect=CONNECT, **how):
        """fsconsole against a Fake, a Server or arguments of an address."""
        return Running([*self.address(where), "--timeout",
                        f"{int(timeout * 1000)}ms", "--connect-timeout",
                        f"{int(connect * 1000)}ms", *args], **how)

    def run_it(self, where, args, within=None, **how):
        """Run it and hold it to the common rules; within seconds."""
        r = self.start(where, args, **how).wait()
        self.is_clean(r)
        if within is None:
            within = how.get("timeout", ANSWER) + how.get("connect", CONNECT)
        self.assertLessEqual(r.took, within + LATE, r)
        return r

    def is_clean(self, r):
        """No crash, no foreign control character, no lump of memory."""
        self.assertIn(r.status, (0, 1, 2, 3), r)
        self.assertNotIn("Sanitizer", r.err)
        self.assertLessEqual(r.rss, RSS_MIB, r)
        for text in (r.out, r.err):
            for c in set(text) - {"\n"}:
                self.assertNotIn(unicodedata.category(c), ("Cc", "Cf", "Co"),
                                 f"{c!r} in {r}")

    def one_line(self, r, pattern=""):
        """One message on stderr that says what and why."""
        self.assertRegex(r.err, r"\Afsconsole: [^\n]+\n\Z", r)
        self.assertRegex(r.err, "(?s)" + pattern, r)

    def fails(self, where, args, status, pattern="", **how):
        """It ends with this status and one message of this pattern.

        within is for those that end by their deadline alone.
        """
        if "within" not in how:
            how = {"timeout": PATIENT, "connect": PATIENT, **how}
        r = self.run_it(where, args, **how)
        self.assertEqual(r.status, status, r)
        self.one_line(r, pattern)
        return r

    def succeeds(self, where, args, **how):
        how = {"timeout": PATIENT, "connect": PATIENT, **how}
        r = self.run_it(where, args, **how)
        self.assertEqual(r.status, 0, r)
        return r

    def claims_nothing(self, r):
        """No write is reported as done."""
        self.assertNotEqual(r.status, 0, r)
        for name in ("written", "loaded", "written_fields", "deleted",
                     "repaired"):
            found = re.search(rf'"{name}": *(\d+)', r.out)
            if found:
                self.assertEqual(found.group(1), "0", r)


#
# Side by side
#

class _Recorder(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.what = []

    def addSuccess(self, test):
        self.what.append(("addSuccess", test))

    def addFailure(self, test, err):
        self.what.append(("addFailure", test, err))

    def addError(self, test, err):
        self.what.append(("addError", test, err))

    def addSkip(self, test, reason):
        self.what.append(("addSkip", test, reason))

    def addSubTest(self, test, subtest, err):
        self.what.append(("addSubTest", test, subtest, err))


class _Parallel(unittest.TestSuite):
    def run(self, result, debug=False):
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for test, recorder in [(t, pool.submit(_run, t)) for t in self]:
                recorded, took = recorder.result()
                result.startTest(test)
                result.began = time.monotonic() - took
                for name, *args in recorded.what:
                    getattr(result, name)(*args)
                result.stopTest(test)
        return result


def _run(test):
    recorder, began = _Recorder(), time.monotonic()
    test.run(recorder)
    return recorder, time.monotonic() - began


def _flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flat(test)
        else:
            yield test


def in_parallel(_loader, tests, _pattern):
    """For load_tests of a script: its tests share nothing and mostly wait."""
    return _Parallel(sorted(_flat(tests), key=lambda t: t.id()))
