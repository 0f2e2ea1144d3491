"""src/redis from Python: redis_probe as a child, one line in, one line out."""
import os
import re
import select
import subprocess
import time

from server import FSCONSOLE, die_with_parent

PROBE = os.environ.get("FS_PROBE") or os.path.join(
    os.path.dirname(FSCONSOLE), "tests", "live", "redis_probe")


class Result:
    """A line of the probe: its first word, NAME=VALUE of it, and the rest."""

    def __init__(self, line, took):
        self.line, self.took = line, took
        self.what = line.split(" ", 1)[0]
        self.values = {k: int(v) for k, v in
                       re.findall(r"(?:^| )(\w+)=(-?\d+)(?= |$)", line)}

    def __getattr__(self, name):
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(f"{name} in: {self.line}") from None

    def __contains__(self, text):
        return text in self.line

    def __repr__(self):
        return self.line


class Probe:
    def __init__(self, uri, **settings):
        self.process = subprocess.Popen(
            [PROBE, uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1, preexec_fn=die_with_parent)
        for name, value in settings.items():
            self("set", name, value)

    def __call__(self, *words, timeout=60):
        """Send a command and wait for its line."""
        self.send(*words)
        return self.result(timeout)

    def send(self, *words):
        self.began = time.monotonic()
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def result(self, timeout=60):
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            raise AssertionError("the probe does not answer")
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the probe ended: {self.process.wait()}")
        return Result(line.rstrip("\n"), time.monotonic() - self.began)

    def open(self):
        result = self("open")
        if result.what != "opened":
            raise AssertionError(result.line)
        return result

    def memory(self):
        """Its largest resident size so far, in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s*(\d+) kB", f.read())[1]) * 1024

    def stop(self):
        """End it; a sanitizer's report, a leak among them, is a failure."""
        if self.process.stdin.closed:
            return
        self.process.stdin.close()
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.stdout.close()
        if status != 0:
            raise AssertionError(f"the probe ended with {status}")
