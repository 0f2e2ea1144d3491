"""A scripted Redis: tests/fake, with its script written in the test.

    with Fake('''
        hash fs:user:u0001 @60000 age=30 clicks=2@30000
        expect HMGET fs:user:u0001 *
            part 5
            reset
    ''') as f:
        run([FSCONSOLE, *f.address, "read", "u0001"])
        f.check()                       # all that was expected has come
        f.commands("HMGET")             # as they came, as lists of words

tests/fake/README tells the language. A script without a node begins with
"node A".
"""
import codecs
import os
import re
import subprocess
import threading

from server import FSCONSOLE, folder, wait

FAKE = os.environ.get("FSCONSOLE_FAKE") or os.path.join(
    os.path.dirname(FSCONSOLE), "tests", "fake", "fake")


class Fake:
    """A script that is being played.

    ports, hosts and paths say by the name of a node where it is; log holds
    (node, connection, words) for each command so far.
    """

    def __init__(self, script):
        if not re.search(r"^\s*node\b", script, re.M):
            script = "node A\n" + script
        path = os.path.join(folder(), "script")
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(script)
        self.ports, self.hosts, self.paths = {}, {}, {}
        self.log, self.missing = [], []
        self._lock = threading.Lock()
        self._echoes = threading.Semaphore(0)
        self.process = subprocess.Popen(
            [FAKE, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        for line in self.process.stdout:
            words = line.split()
            if words == ["ready"]:
                break
            self.hosts[words[1]], *port = words[2:]
            if port:
                self.ports[words[1]] = int(port[0])
            else:
                self.paths[words[1]] = words[2]
        else:
            raise RuntimeError(f"{FAKE} ended with {self.process.wait()}")
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            words = line.split()
            if words == ["echo"]:
                self._echoes.release()
                continue
            with self._lock:
                if words[0] == "missing":
                    self.missing.append(line.rstrip())
                else:
                    self.log.append((words[0], int(words[1]),
                                     [_text(w) for w in words[2:]]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """End it; what was expected and did not come is in missing then."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
            self.process.wait(30)
            self.thread.join(30)
            self.process.stdout.close()

    def check(self):
        """End it, and fail if something that was expected did not come."""
        self.stop()
        if self.missing:
            raise AssertionError("\n".join(
                ["the script was not played to its end:", *self.missing,
                 "what came:", *map(str, self.log)]))

    def uri(self, node="A", scheme="redis"):
        return f"{scheme}://{self.hosts[node]}:{self.ports[node]}"

    @property
    def address(self):
        """Arguments that tell fsconsole of the first node."""
        name = next(iter(self.hosts))
        if name in self.paths:
            return ["-s", self.paths[name]]
        return ["-h", self.hosts[name], "-p", str(self.ports[name])]

    def commands(self, *words, node=None):
        """What came and begins with these words: lists of words."""
        want = [w.upper() for w in words]
        self._catch_up()
        with self._lock:
            return [line for name, _, line in self.log
                    if node in (None, name)
                    and [w.upper() for w in line[:len(want)]] == want]

    def _catch_up(self):
        """Until all that came so far is in the log."""
        if not self.process.stdin.closed:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            if not self._echoes.acquire(timeout=30):
                raise AssertionError("the fake does not answer")

    def connections(self, node=None):
        return len(self.commands("<accept>", node=node))

    def wait_for(self, *words, count=1, timeout=10):
        """Wait until so many commands came that begin with these words."""
        wait(lambda: len(self.commands(*words)) >= count, timeout,
             f"{count} of {words}")


def _text(word):
    raw = codecs.escape_decode(word.encode())[0]
    return raw.decode("utf-8", "surrogateescape")
