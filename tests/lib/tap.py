"""Runs the unittest cases of a script and prints TAP, one line for each.

A test script ends with

    if __name__ == "__main__":
        tap.main()

and is run by `make check`, or by hand, with the names of the tests wanted:

    PYTHONPATH=tests/lib /usr/bin/python3 tests/live/read.py [CLASS[.TEST]...]

What the tests print becomes diagnostics. A script that hangs is ended with a
traceback after FS_TEST_TIMEOUT seconds.
"""
import faulthandler
import io
import os
import signal
import sys
import time
import traceback
import unittest

# How much longer than usual things may take, under a sanitizer for example.
SLOWNESS = float(os.environ.get("FS_TEST_SLOWNESS") or 1)

# Servers that are not there are a failure and no reason to skip.
STRICT = bool(os.environ.get("FS_TEST_STRICT"))


class _Comment(io.TextIOBase):
    """A stream whose lines are TAP diagnostics on another stream."""

    def __init__(self, out):
        self.out, self.line = out, ""

    def write(self, text):
        self.line += text
        while "\n" in self.line:
            line, self.line = self.line.split("\n", 1)
            self.out.write(f"# {line}\n")
        self.out.flush()
        return len(text)


class _Result(unittest.TestResult):
    def __init__(self, out):
        super().__init__()
        self.out, self.count, self.began = out, 0, time.monotonic()
        self.good = True

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def _line(self, ok, test, directive="", diagnostics=""):
        self.count += 1
        self.good = self.good and ok
        name = _name(test).replace("#", "\\#")
        print("ok" if ok else "not ok", self.count, "-", name + directive,
              file=self.out)
        for line in diagnostics.rstrip().splitlines():
            print("#", line, file=self.out)
        took = time.monotonic() - self.began
        if took > 5:
            print(f"# took {took:.1f} s", file=self.out)
        self.out.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line(False, test, "", _report(err))

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._line(False, subtest, "", _report(err))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line(True, test, " # SKIP " + " ".join(reason.split()))

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._line(False, test, " # TODO expected to fail", _report(err))

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._line(False, test, "", "it was expected to fail")


def _name(test):
    return test.id().removeprefix("__main__.")


def _report(err):
    return "".join(traceback.format_exception(*err))


def skip_all(reason):
    """Ends a script none of whose tests can run here."""
    print("1..0 # SKIP", " ".join(reason.split()))
    sys.exit(0)


def main():
    out = sys.stdout
    sys.stdout = _Comment(out)
    limit = float(os.environ.get("FS_TEST_TIMEOUT") or 300 * SLOWNESS)
    faulthandler.dump_traceback_later(limit, exit=True)
    # What nohup, or a shell for a job in the background, has ignored would
    # stay so in what is started here; what is caught does not.
    for sig in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(sig) == signal.SIG_IGN:
            signal.signal(sig, lambda *_: None)
    print("TAP version 13", file=out)
    loader = unittest.TestLoader()
    module = sys.modules["__main__"]
    names = sys.argv[1:]
    suite = (loader.loadTestsFromNames(names, module) if names
             else loader.loadTestsFromModule(module))
    result = _Result(out)
    suite.run(result)
    # Last, so that a script that ends early is seen to lack it.
    print(f"1..{result.count}", file=out)
    out.flush()
    sys.exit(0 if result.good and result.count > 0 else 1)
