"""Real servers for the tests: Redis and Valkey, alone and as clusters.

They listen on loopback or on a unix socket, keep nothing on disk outside a
folder of their own, and are gone with it when the test ends, however it ends.
Where there is no server with field TTL, the test that asks is skipped.

    with Server("redis") as s:          # or s = Server(); self.addCleanup(s.stop)
        run([FSCONSOLE, "-s", s.path, ...])
        s.client()("HGETALL", "fs:user:u0001")

    with Cluster("valkey", replicas=1) as c:
        c.nodes[0].port; c.client(key)("HGETALL", key)
"""
import atexit
import contextlib
import ctypes
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import tap
from resp import Resp, slot

TOP = os.environ.get("FS_SRCDIR") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCAL = os.environ.get("FS_LOCAL") or os.path.join(TOP, ".local")
FSCONSOLE = os.environ.get("FSCONSOLE") or os.path.join(TOP, "fsconsole")

# The first versions that have HEXPIRE.
FIELD_TTL = {"redis": (7, 4), "valkey": (9, 0)}
KINDS = tuple(FIELD_TTL)

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent():
    """For preexec_fn: end this process when the test script ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


#
# Where the servers are
#

_found = {}


def find(kind="redis"):
    """The path of a server of this kind, or None; why() says why not."""
    if kind not in _found:
        _found[kind] = _find(kind)
    return _found[kind][0]


def why(kind="redis"):
    find(kind)
    return _found[kind][1]


def _find(kind):
    named = os.environ.get(f"FSCONSOLE_{kind.upper()}_SERVER")
    name = f"{kind}-server"
    candidates = [named] if named else [
        os.path.join(LOCAL, "bin", name), shutil.which(name)]
    reason = f"no {name}"
    for path in filter(None, candidates):
        if not os.access(path, os.X_OK):
            reason = f"no {path}"
            continue
        version = _version(path)
        if version >= FIELD_TTL[kind]:
            return path, ""
        reason = "{} {} has no field TTL".format(
            path, ".".join(map(str, version)) or "of no version")
    return None, reason


def _version(path):
    out = subprocess.run([path, "--version"], capture_output=True, text=True,
                         check=False).stdout
    found = re.search(r"v=(\d+)\.(\d+)", out)
    return tuple(map(int, found.groups())) if found else ()


def require(kind):
    """The path of a server of this kind; skips the test without one."""
    path = find(kind)
    if path is None and tap.STRICT:
        raise AssertionError(why(kind))
    if path is None:
        raise unittest.SkipTest(why(kind))
    return path


def on_both(case):
    """Class decorator: runs a TestCase on Redis and on Valkey.

    self.kind says which; give it to Server() and Cluster().
    """
    module = sys.modules[case.__module__]
    for kind in KINDS:
        name = f"{case.__name__}_{kind}"
        setattr(module, name, type(name, (case,), {
            "kind": kind, "__module__": case.__module__,
            "__qualname__": name}))


#
# Ports and folders
#

def free_port():
    """A loopback port that nobody listens on.

    Below the range of outgoing connections, so that none of those takes it;
    that somebody else binds it first is for the caller to notice.
    """
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def folder():
    """A new private folder, gone when the script ends."""
    # A unix socket's path must fit 107 bytes.
    base = tempfile.gettempdir()
    path = tempfile.mkdtemp(prefix="fs-", dir=base if len(base) < 60 else "/tmp")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


#
# TLS
#

class Tls:
    """An authority, and a certificate of it for 127.0.0.1 and localhost."""

    def __init__(self, names="IP:127.0.0.1,DNS:localhost"):
        if shutil.which("openssl") is None:
            raise unittest.SkipTest("no openssl to make certificates with")
        self.dir = folder()
        self.ca = self._in("ca.crt")
        self.cert, self.key = self._in("server.crt"), self._in("server.key")
        self.client_cert = self._in("client.crt")
        self.client_key = self._in("client.key")
        _openssl("req", "-x509", "-newkey", "ec", *_EC, "-nodes", "-days", "2",
                 "-subj", "/CN=fsconsole test authority",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-keyout", self._in("ca.key"), "-out", self.ca)
        self._sign("server", "localhost", names)
        self._sign("client", "client", "DNS:client")

    def _in(self, name):
        return os.path.join(self.dir, name)

    def _sign(self, name, subject, names):
        with open(self._in("ext"), "w", encoding="ascii") as f:
            f.write(f"subjectAltName={names}\n"
                    "basicConstraints=CA:FALSE\n"
                    "subjectKeyIdentifier=hash\n"
                    "authorityKeyIdentifier=keyid\n")
        _openssl("req", "-new", "-newkey", "ec", *_EC, "-nodes",
                 "-subj", f"/CN={subject}", "-keyout", self._in(name + ".key"),
                 "-out", self._in("csr"))
        _openssl("x509", "-req", "-days", "2", "-in", self._in("csr"),
                 "-CA", self.ca, "-CAkey", self._in("ca.key"),
                 "-CAcreateserial", "-extfile", self._in("ext"),
                 "-out", self._in(name + ".crt"))

    def context(self):
        c = ssl.create_default_context(cafile=self.ca)
        c.load_cert_chain(self.client_cert, self.client_key)
        return c


_EC = ("-pkeyopt", "ec_paramgen_curve:prime256v1")


def _openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


#
# One server
#

# Arguments of a server that can be made to load slowly, and speaks meanwhile.
LOADING = ("--enable-debug-command", "yes",
           "--loading-process-events-interval-bytes", "1024")


class Server:
    """A server of its own, on a unix socket and, if asked for, a TCP port.

    tcp: listen on 127.0.0.1 too, `port` says where. tls: a Tls, to listen
    with TLS instead. args: more of the server's own arguments, which win.
    path, port, pid, dir, kind and log (the path of its log) can be read.
    """

    def __init__(self, kind="redis", tcp=False, tls=None, args=(),
                 cluster=False):
        self.kind, self.tls, self.cluster = kind, tls, cluster
        self.program = require(kind)
        self.args = [str(a) for a in args]
        self.tcp = tcp or cluster or tls is not None
        self.dir = folder()
        self.path = os.path.join(self.dir, "sock")
        self.log = os.path.join(self.dir, "log")
        self.port = self.bus = 0
        self.process = None
        self._clients = []
        try:
            self._start_somewhere()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    @property
    def uri(self):
        if self.tls is not None:
            return f"rediss://127.0.0.1:{self.port}"
        if self.tcp:
            return f"redis://127.0.0.1:{self.port}"
        return f"unix://{self.path}"

    @property
    def address(self):
        """Arguments that tell fsconsole where it is."""
        if self.tls is not None:
            return ["-u", self.uri, "--cacert", self.tls.ca]
        if self.tcp:
            return ["-h", "127.0.0.1", "-p", str(self.port)]
        return ["-s", self.path]

    def client(self, user=None, password=None):
        """A connection over the unix socket, closed with the server."""
        r = Resp(self.path)
        self._clients.append(r)
        if password is not None:
            r("AUTH", *([user] if user else []), password)
        return r

    def stop(self):
        """End it and delete what it left. Stopped already is fine."""
        self._close_clients()
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def kill(self, sig=signal.SIGKILL):
        """End it as a crash would; start() brings it back, empty."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(sig)
        self.process.wait()
        self.process = None

    def start(self):
        """Start it again at the same place after kill()."""
        self._close_clients()
        self._start()

    def freeze(self):
        """Let it answer nothing any more, with its connections open."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def monitor(self):
        """A list to which MONITOR's lines are added when the block ends."""
        lines, mark = [], f"monitor-{random.random()}"
        with Resp(self.path) as r:
            r("MONITOR")
            yield lines
            self.client()("ECHO", mark)
            while True:
                line = r.read().decode("utf-8", "replace")
                if mark in line:
                    return
                lines.append(line)

    @contextlib.contextmanager
    def loading(self, seconds):
        """It loads what it holds anew, for about so long from here on.

        The server is to be started with args=LOADING. When the block ends it
        has loaded all of it.
        """
        r = self.client()
        r("CONFIG", "SET", "key-load-delay", int(seconds * 1e6 / r("DBSIZE")))
        load = threading.Thread(target=self.client(), args=("DEBUG", "RELOAD"))
        load.start()
        try:
            wait(lambda: "LOADING" in str(r.many([["PING"]])[0]), 5,
                 "it to load")
            yield
        finally:
            load.join()

    def _close_clients(self):
        for r in self._clients:
            r.close()
        self._clients.clear()

    def _start_somewhere(self):
        for attempt in range(10):
            if self.tcp:
                self.port = free_port()
                self.bus = free_port() if self.cluster else 0
            try:
                return self._start()
            except RuntimeError as e:
                if "in use" not in str(e) or attempt == 9:
                    raise

    def _start(self):
        argv = [self.program, "--save", "", "--appendonly", "no",
                "--dir", self.dir, "--unixsocket", self.path,
                "--unixsocketperm", "700", "--bind", "127.0.0.1",
                "--port", "0" if self.tls else str(self.port),
                "--logfile", self.log]
        if self.tls is not None:
            argv += ["--tls-port", str(self.port),
                     "--tls-cert-file", self.tls.cert,
                     "--tls-key-file", self.tls.key,
                     "--tls-ca-cert-file", self.tls.ca,
                     "--tls-auth-clients", "optional"]
        if self.cluster:
            argv += ["--cluster-enabled", "yes",
                     "--cluster-config-file", "nodes.conf",
                     "--cluster-port", str(self.bus),
                     "--cluster-announce-ip", "127.0.0.1",
                     "--cluster-node-timeout", "2000",
                     "--repl-diskless-sync-delay", "0"]
            if self.tls is not None:
                argv += ["--tls-cluster", "yes", "--tls-replication", "yes"]
        self.process = subprocess.Popen(
            argv + self.args, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent)
        wait(self._answers, 20, "the server to answer")

    def _answers(self):
        if self.process.poll() is not None:
            self.process = None
            with contextlib.suppress(OSError), open(
                    self.log, encoding="utf-8", errors="replace") as f:
                raise RuntimeError(f"{self.program}: " + f.read()[-600:])
            raise RuntimeError(f"{self.program} did not start")
        try:
            with Resp(self.path, timeout=5) as r:
                reply = r.many([["PING"]])[0]
        except OSError:
            return False
        # A server that wants a password, or that loads, is up as well.
        return reply == b"PONG" or "NOAUTH" in str(reply)


def wait(condition, timeout=10, what="it"):
    """Wait until condition() is true and return what it returned."""
    end = time.monotonic() + timeout * tap.SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s for {what}")
        time.sleep(0.01)


#
# A cluster
#

class Cluster:
    """Masters that share all slots evenly, each with so many replicas.

    nodes are Servers: the masters first, then the replicas, of which
    nodes[masters + i] follows nodes[i % masters].
    """

    def __init__(self, kind="redis", masters=3, replicas=0, tls=None, args=()):
        self.kind, self.masters = kind, masters
        self.nodes, self.owner = [], []
        self._clients = {}
        try:
            for _ in range(masters * (1 + replicas)):
                self.nodes.append(Server(kind, cluster=True, tls=tls,
                                         args=args))
            self._meet()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for node in self.nodes:
            node.stop()

    @property
    def address(self):
        """Arguments that tell fsconsole of its first node."""
        return self.nodes[0].address

    def node(self, key):
        """The master that has the slot of a key."""
        return self.nodes[self.owner[slot(key)]]

    def client(self, key):
        """A connection to the master that has the slot of a key."""
        node = self.node(key)
        if node not in self._clients:
            self._clients[node] = node.client()
        return self._clients[node]

    def clients(self):
        """A connection to each master."""
        return [node.client() for node in self.nodes[:self.masters]]

    def id(self, node):
        return node.client()("CLUSTER", "MYID").decode()

    def migrating(self, number, to):
        """Open a slot for migration to nodes[to]: from here on ASK."""
        source, target = self.nodes[self.owner[number]], self.nodes[to]
        target.client()("CLUSTER", "SETSLOT", number, "IMPORTING",
                        self.id(source))
        source.client()("CLUSTER", "SETSLOT", number, "MIGRATING",
                        self.id(target))

    def migrate(self, number, to, count=1 << 30):
        """Move up to count keys of an open slot to nodes[to]."""
        source, target = self.nodes[self.owner[number]], self.nodes[to]
        r = source.client()
        keys = r("CLUSTER", "GETKEYSINSLOT", number, count)
        if keys:
            r("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        return keys

    def migrated(self, number, to):
        """Give a slot to nodes[to]: from here on MOVED."""
        owner = self.id(self.nodes[to])
        # The new owner first, so that the slot always has one.
        for node in [self.nodes[to], *self.nodes[:self.masters]]:
            node.client()("CLUSTER", "SETSLOT", number, "NODE", owner)
        self.owner[number] = to

    def settle(self, to):
        """Wait until all masters have heard of the owner's new epoch.

        Who moves a slot on before that makes two nodes of one epoch, and the
        one that loses deletes the keys of the slot: a loss of Redis' own.
        """
        all_of_them = self.clients()
        owner = all_of_them[to]
        name = owner("CLUSTER", "MYID").decode()

        def heard(r, mine):
            lines = r("CLUSTER", "NODES").decode().splitlines()
            info = r("CLUSTER", "INFO").decode()
            now = int(re.search(r"cluster_current_epoch:(\d+)", info)[1])
            return now >= mine and any(
                line.startswith(name) and int(line.split()[6]) == mine
                for line in lines)

        def all_heard():
            info = owner("CLUSTER", "INFO").decode()
            mine = int(re.search(r"cluster_my_epoch:(\d+)", info)[1])
            return all(heard(r, mine) for r in all_of_them)

        wait(all_heard, 10, "the cluster to agree")

    def wait_ok(self, timeout=30):
        """Wait until every node sees all slots served and all nodes."""
        wait(lambda: all(map(self._is_ok, self.nodes)), timeout,
             "the cluster to be ok")

    def _is_ok(self, node):
        with Resp(node.path) as r:
            text = r("CLUSTER", "INFO").decode()
            info = dict(line.split(":", 1) for line in text.splitlines())
            role = r("ROLE")
        return (info["cluster_state"] == "ok"
                and int(info["cluster_known_nodes"]) == len(self.nodes)
                and int(info["cluster_slots_ok"]) == 16384
                and (role[0] == b"master" or role[3] == b"connected"))

    def _meet(self):
        first, masters = self.nodes[0], self.nodes[:self.masters]
        for i, node in enumerate(self.nodes):
            node.client()("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
        for i, node in enumerate(masters):
            low = 16384 * i // self.masters
            high = 16384 * (i + 1) // self.masters - 1
            self.owner += [i] * (high - low + 1)
            node.client()("CLUSTER", "ADDSLOTSRANGE", low, high)
        for node in self.nodes[1:]:
            node.client()("CLUSTER", "MEET", "127.0.0.1", first.port,
                          first.bus)
        wait(lambda: all(self._knows_all(n) for n in self.nodes), 30,
             "the nodes to meet")
        for i, node in enumerate(self.nodes[self.masters:]):
            node.client()("CLUSTER", "REPLICATE",
                          self.id(masters[i % self.masters]))
        self.wait_ok()
        # Who replicates whom is hearsay; a node killed before it is heard has
        # no replica that anybody could wait for.
        wait(lambda: all(self._knows_replicas(n) for n in self.nodes), 30,
             "the replicas to be known")

    def _knows_replicas(self, node):
        with Resp(node.path) as r:
            known = r("CLUSTER", "NODES").decode().count("slave ")
        return known == len(self.nodes) - self.masters

    def _knows_all(self, node):
        with Resp(node.path) as r:
            lines = r("CLUSTER", "NODES").decode().splitlines()
        return (len(lines) == len(self.nodes)
                and not any("handshake" in line for line in lines))
