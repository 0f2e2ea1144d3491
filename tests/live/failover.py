#!/usr/bin/python3
"""The program on a cluster whose masters die and whose slots move: what was
acknowledged is there, and what goes over many entities comes to its end."""
import json
import os
import random
import re
import threading
import unittest

import tap
from fault import Running
from resp import slot
from server import Cluster, Server, folder, wait

ENTITIES, ROWS, USERS, EVENTS = 20000, 30000, 100, 3000
PREFIX = {what: what + ":" for what in ("load", "made", "stream", "read")}


def name(n):
    """Plain, with a hash tag that others have as well, or with odd braces."""
    tag = "{t%d}" % (n // 6 % 50)
    return ("u%05d" % n, tag + "u%05d" % n, "u%05d" % n + tag,
            "a{b%05d" % n, "}{%05d" % n, "{}x%05d" % n)[n % 6]


def csv_file():
    """A file of so many entities."""
    path = os.path.join(folder(), "rows.csv")
    with open(path, "w", encoding="ascii") as f:
        f.write("entity,country_iso\n")
        f.writelines(f"{name(n)},DE\n" for n in range(ROWS))
    return path


def events():
    """One after the other for all users, in pieces over about 6 seconds."""
    pieces = []
    for i in range(EVENTS):
        pieces.append(json.dumps({
            "entity": name(i % USERS), "features": {"tx_count_5m": i},
            "ttl": "600s"}).encode() + b"\n")
        if i % 10 == 9:
            pieces.append(0.02)
    return pieces


def ids():
    """All entities in pieces over about 6 seconds."""
    pieces = []
    for i in range(0, ENTITIES, 100):
        pieces.append("".join(
            f"{name(n)}\n" for n in range(i, i + 100)).encode())
        pieces.append(0.03)
    return pieces


class Moving(unittest.TestCase):
    """Five of them side by side, while something happens to the cluster."""
    maxDiff = None

    def start(self, what, *args, **how):
        prefix = PREFIX.get(what, PREFIX["read"])
        p = Running([*self.cluster.address, "--prefix", prefix,
                     "--timeout", "20s", *args], limit=60, **how)
        self.running[what] = p

    def start_all(self, cluster):
        self.cluster, self.running = cluster, {}
        self.fill()
        self.start("load", "bulk-load", "--from", csv_file(), "--rate",
                   ROWS // 6, "--json")
        self.start("stream", "stream", "--from", "-", "--json",
                   stdin=events())
        self.start("audit", "audit", "--rate", ENTITIES // 6, "--json")
        self.start("entities", "entities", "--rate", ENTITIES // 6, "--json")
        self.start("read", "batch-read", "--from", "-", "--features",
                   "country_iso", "--rows", "ndjson", stdin=ids())
        wait(lambda: self.count("load:*") > 1000, 20, "the load to begin")

    def fill(self):
        """What is read; in the store before anything happens."""
        by_node = {}
        for i in range(ENTITIES):
            key = f"read:{name(i)}"
            by_node.setdefault(self.cluster.client(key), []).extend(
                [("HSET", key, "country_iso", "DE"), ("EXPIRE", key, 9999)])
        for client, commands in by_node.items():
            for i in range(0, len(commands), 5000):
                client.many(commands[i:i + 5000])

    def masters(self):
        """A connection to each node that is one and is up."""
        up = [n.client() for n in self.cluster.nodes if n.process is not None]
        return [r for r in up if r("ROLE")[0] == b"master"]

    def keys(self, pattern):
        found = set()
        for r in self.masters():
            cursor = b"0"
            while True:
                cursor, page = r("SCAN", cursor, "MATCH", pattern, "COUNT",
                                 5000)
                found.update(page)
                if cursor == b"0":
                    break
        return found

    def count(self, pattern):
        return len(self.keys(pattern))

    def results(self):
        """By name; all have to end well."""
        results = {what: p.wait() for what, p in self.running.items()}
        for what, r in results.items():
            self.assertNotIn("Sanitizer", r.err)
            self.assertIn(r.status, (0, 1), f"{what}: {r}")
        return results

    def check_writes(self, results):
        """What was told is true, and nothing was given up."""
        r = results["load"]
        self.assertEqual((r.status, r.json["loaded"]), (0, ROWS), r)
        self.assertEqual(self.keys("load:*"), {
            f"load:{name(n)}".encode() for n in range(ROWS)})
        r = results["stream"]
        self.assertEqual((r.status, r.json["events"]), (0, EVENTS), r)
        # The last event of each is what stays.
        values = {}
        for client in self.masters():
            for key in self.keys("stream:*"):
                try:
                    values[key] = int(client("HGET", key, "tx_count_5m"))
                except Exception:       # MOVED
                    pass
        self.assertEqual(values, {
            f"stream:{name(u)}".encode(): EVENTS - USERS + u
            for u in range(USERS)})

    def check_rows(self, r):
        self.assertEqual(r.status, 0, r)
        rows = [json.loads(line) for line in r.out.splitlines()]
        self.assertEqual({row["entity"] for row in rows},
                         {name(n) for n in range(ENTITIES)})
        self.assertTrue(all(row["features"] == {"country_iso": "DE"}
                            for row in rows))


class Failover(Moving):
    def quiesce(self, node):
        """No more is acknowledged, and the replica has all that was."""
        r = node.client()
        r("CLIENT", "PAUSE", 60000, "WRITE")
        info = r("INFO", "replication").decode()
        goal = int(info.split("master_repl_offset:")[1].split()[0])

        def caught_up():
            line = r("INFO", "replication").decode().split("slave0:")[1]
            return int(line.split("offset=")[1].split(",")[0]) >= goal

        wait(caught_up, 20, "the replica")

    def test_a_master_dies(self):
        with Cluster(replicas=1) as c:
            self.start_all(c)
            # The one that they came in by.
            self.quiesce(c.nodes[0])
            c.nodes[0].kill()
            results = self.results()
            self.check_writes(results)
            self.check_rows(results["read"])
            r = results["audit"]
            self.assertEqual((r.status, r.json["entities"],
                              r.json["complete"]), (0, ENTITIES, True), r)
            r = results["entities"]
            self.assertEqual((r.status, r.json["count"]), (0, ENTITIES), r)


class Crash(Moving):
    """A master dies as it is, with what its replica has not heard of."""

    def test_a_replica_takes_over(self):
        self.crash(1)

    def test_nobody_takes_over(self):
        self.assertGreater(self.crash(0, "--timeout", "2s"), 0)

    def crash(self, replicas, *more):
        """How many of both loads are not acknowledged."""
        # What is in its file was written before it was acknowledged.
        with Cluster(replicas=replicas, args=[
                "--appendonly", "yes", "--appendfsync", "no"]) as c:
            self.cluster, self.running = c, {}
            more = "--rate", ROWS // 3, "--json", *more
            self.start("load", "bulk-load", "--from", csv_file(), *more)
            self.start("made", "bulk-load", "--count", ROWS, *more)
            others = [n.client() for n in c.nodes[1:3]]
            there = lambda: sum(r("DBSIZE") for r in others)
            wait(lambda: there() > ROWS // 3, 20, "some of both")
            # So that some are on their way to it.
            c.nodes[0].freeze()
            before = there()
            wait(lambda: there() > before + 50, 20, "some more")
            c.nodes[0].process.kill()
            c.nodes[0].kill()
            results = self.results()
            with Server(args=["--dir", c.nodes[0].dir,
                              "--appendonly", "yes"]) as s:
                dead = set(s.client()("KEYS", "*"))
            return sum(self.check_counts(what, r, dead)
                       for what, r in results.items())

    def check_counts(self, what, r, dead):
        """Each is acknowledged or not, and what is was written."""
        said = re.search(rf"(\d+) of {ROWS} entities are not acknowledged",
                         r.err)
        failed = int(said[1]) if said else 0
        self.assertEqual(r.status, 1 if failed else 0, r)
        self.assertEqual(r.json["loaded"] + failed, ROWS, r)
        alive = self.keys(PREFIX[what] + "*")
        prefix = PREFIX[what].encode()
        lost = {key for key in dead if key.startswith(prefix)} - alive
        print(f"{what}: {failed} not acknowledged, {len(lost)} lost with it")
        self.assertGreaterEqual(len(alive | lost), ROWS - failed)
        if what == "load":
            named = set(re.findall(rf":\d+: {PREFIX[what]}(\S+): ", r.err))
            # All that may be written, and the first of the others.
            self.assertGreaterEqual(len(named), min(failed, 20), r)
            if failed == len(named):
                self.assertLessEqual(
                    {prefix + name(n).encode() for n in range(ROWS)
                     if name(n) not in named}, alive | lost)
        return failed


class Restart(unittest.TestCase):
    def test_what_comes_back_is_deleted_as_well(self):
        """A server that is started anew from what it had saved."""
        with Server() as s:
            r = s.client()
            r.many(("HSET", f"fs:user:u{i}", "a", i) for i in range(6000))
            r("SAVE")
            p = Running([*s.address, "--timeout", "20s", "reset", "--yes",
                         "--rate", "1500", "--json"], limit=60)
            wait(lambda: r("DBSIZE") < 4000, 20, "some to be deleted")
            s.kill()
            s.start()
            result = p.wait()
            self.assertEqual(s.client()("DBSIZE"), 0, result)
            self.assertEqual(result.status, 0, result)


class Migration(Moving):
    def move(self, number, to):
        self.cluster.migrating(number, to)
        while self.cluster.migrate(number, to, 4):
            pass
        self.cluster.migrated(number, to)
        self.cluster.settle(to)

    def test_slots_move_back_and_forth(self):
        stop, moves = threading.Event(), []

        def migrate():
            rng = random.Random(1)
            while not stop.is_set():
                user = rng.randrange(USERS)
                number = slot(f"stream:{name(user)}")
                self.move(number, (self.cluster.owner[number] +
                                   rng.randrange(1, 3)) % 3)
                moves.append(number)

        with Cluster() as c:
            self.start_all(c)
            thread = threading.Thread(target=migrate)
            thread.start()
            try:
                results = self.results()
            finally:
                stop.set()
                thread.join()
            print(len(moves), "slots were moved")
            self.assertGreater(len(moves), 5)
            self.check_writes(results)
            self.check_rows(results["read"])
            # They may say that they are not complete, if so.
            r = results["audit"]
            if r.status == 0:
                self.assertEqual(r.json["entities"], ENTITIES, r)
            else:
                self.assertIs(r.json["complete"], False, r)
                self.assertRegex(r.err, "slots moved|on the move")
            r = results["entities"]
            if r.status == 0:
                self.assertEqual(r.json["count"], ENTITIES, r)
            else:
                self.assertRegex(r.err, "slots moved|on the move")


class Open(unittest.TestCase):
    """A slot is on the move, and no map tells of it."""
    PLAIN, TAGGED = 2000, 300
    COMMANDS = "entities", "state", "audit"

    @classmethod
    def setUpClass(cls):
        cls.cluster = c = Cluster(replicas=1)
        # Of slots whose keys the second node shows at its end, and the third
        # not any more once it has begun: each is before what it has by then.
        cls.tags = [tag for tag in (f"{{t{i}}}" for i in range(2000))
                    if 10000 <= slot(tag) < 10900][:6]
        cls.tags.sort(key=slot, reverse=True)
        for tag in ["", *cls.tags]:
            for i in range(cls.TAGGED if tag else cls.PLAIN):
                key = f"fs:user:{tag}u{i}"
                c.client(key)("HSET", key, "country_iso", "DE")
        cls.all = cls.PLAIN + cls.TAGGED * len(cls.tags)

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def setUp(self):
        self.count_anew()

    def count_anew(self):
        for n in self.cluster.nodes:
            n.client()("CONFIG", "RESETSTAT")

    def calls(self, verb, nodes):
        return [n.client().calls().get(verb, 0) for n in nodes]

    def start(self, *args):
        return Running([*self.cluster.address, "--timeout", "20s", *args,
                        "--json"], limit=60)

    def begin(self, command):
        """And wait until it is under way."""
        self.count_anew()
        p = self.start(command, "--rate", self.all // 2)
        wait(lambda: min(self.calls("scan", self.cluster.nodes[:3])) > 2, 20,
             "the scan to begin")
        return p

    def close(self, number):
        """Leave it where it is."""
        for r in self.cluster.clients():
            r("CLUSTER", "SETSLOT", number, "STABLE")

    def says_so(self, r, number):
        self.assertEqual(r.status, 1, r)
        self.assertRegex(r.err, r"\Afsconsole: [^\n]*not complete[^\n]*: keys "
                         rf"may be missing: slot {number} of 127\.0\.0\.1:\d+ "
                         r"is on the move\n\Z")
        self.assertIs(r.json["complete"], False, r)

    def found(self, r):
        return next(r.json[n] for n in ("entity_count", "count", "sampled")
                    if n in r.json)

    def test_it_is_opened_meanwhile_and_left_open(self):
        for command, tag in zip(self.COMMANDS, self.tags):
            with self.subTest(command):
                p = self.begin(command)
                self.cluster.migrating(slot(tag), 2)
                self.cluster.migrate(slot(tag), 2)
                r = p.wait()
                self.cluster.migrated(slot(tag), 2)
                self.cluster.settle(2)
                self.says_so(r, slot(tag))
                # What this is about.
                self.assertEqual(self.found(r), self.all - self.TAGGED, r)

    def test_it_was_open_and_is_closed_meanwhile(self):
        number = slot(self.tags[3])
        for command in self.COMMANDS:
            with self.subTest(command):
                self.cluster.migrating(number, 2)
                p = self.begin(command)
                self.close(number)
                self.says_so(p.wait(), number)

    def test_it_was_open_before(self):
        number = slot(self.tags[4])
        self.cluster.migrating(number, 2)
        self.close(number)
        for command in self.COMMANDS:
            with self.subTest(command):
                self.count_anew()
                r = self.start(command).wait()
                self.assertEqual((r.status, r.err), (0, ""), r)
                self.assertIsNot(r.json.get("complete"), False, r)
                self.assertEqual(self.found(r), self.all, r)
                # At the beginning and at the end.
                self.assertEqual(self.calls(
                    "cluster|nodes", self.cluster.nodes[:3]), [2] * 3)

    def test_primaries_are_asked_where_replicas_are_read(self):
        number = slot(self.tags[4])
        self.cluster.migrating(number, 2)
        replicas = self.cluster.nodes[3:]
        r = self.start("entities", "--replica-reads").wait()
        self.close(number)
        self.says_so(r, number)
        self.assertTrue(all(self.calls("scan", replicas)))
        self.assertEqual(self.calls("cluster|nodes", replicas), [0] * 3)

    def test_who_may_not_ask_scans(self):
        number = slot(self.tags[5])
        for n in self.cluster.nodes:
            n.client()("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all",
                       "-cluster|nodes")
        self.cluster.migrating(number, 2)
        for command in self.COMMANDS:
            with self.subTest(command):
                r = self.start(command, "--user", "u", "-a", "p").wait()
                self.assertEqual((r.status, r.err), (0, ""), r)
        self.close(number)
        self.assertEqual(sum(self.calls("cluster|nodes",
                                        self.cluster.nodes[:3])), 0)


if __name__ == "__main__":
    tap.main()
