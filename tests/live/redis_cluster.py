#!/usr/bin/python3
"""src/redis on clusters: the map, redirects, nodes that come, go and lie."""
import os
import random
import re
import threading
import time
import unittest

import tap
from fake import Fake
from probe import Probe
from resp import slot
from server import TOP, Cluster, on_both, wait

with open(os.path.join(TOP, "src/base/err.h"), encoding="utf-8") as f:
    E = {name: i for i, name in enumerate(
        re.findall(r"^\t(FS_\w+)[ ,]", f.read(), re.M))}


def probed(case, uri, **settings):
    settings.setdefault("timeout", 3000)
    p = Probe(uri, **settings)
    case.addCleanup(p.stop)
    p("gate", 1)
    p.opened = p.open()
    return p


def epoch(p):
    return p("map").epoch


class Real(unittest.TestCase):
    """One cluster for the class, empty before each test."""
    kind, replicas = "redis", 0

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(cls.kind, replicas=cls.replicas)

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def setUp(self):
        self.clients = self.cluster.clients()
        for r in self.clients:
            r("FLUSHALL")
            r("CONFIG", "RESETSTAT")
        self.probe = probed(self, self.cluster.nodes[0].uri)

    def calls(self, verb):
        return [r.calls().get(verb, 0) for r in self.cluster.clients()]

    def move(self, number, to):
        """All of a move, keys included."""
        self.cluster.migrating(number, to)
        self.cluster.migrate(number, to)
        self.cluster.migrated(number, to)
        self.cluster.settle(to)

    def elsewhere(self, key):
        """A slot's number, and an index of a node that has it not."""
        number = slot(key)
        return number, (self.cluster.owner[number] + 1) % 3


@on_both
class Maps(Real):
    def test_found_by_asking(self):
        self.assertEqual(self.probe.opened.nodes, 3)
        self.assertIn("clustered=1", self.probe("caps"))
        line = self.probe("map")
        self.assertEqual(line.holes, 0)
        self.assertNotIn("wrong", line)
        for node in self.cluster.nodes:
            self.assertRegex(line.line, rf"127\.0\.0\.1:{node.port}=546[12]")

    def test_from_any_node_and_from_a_socket(self):
        for uri in [n.uri for n in self.cluster.nodes] + [
                "unix://" + self.cluster.nodes[2].path]:
            p = probed(self, uri)
            self.assertEqual(p.opened.nodes, 3)
            self.assertEqual(p("load", 0, 300).good, 300)

    def test_load_verify_scan(self):
        p = self.probe
        r = p("load", 0, 20000)
        self.assertEqual((r.good, r.order), (20000, 0), r)
        r = p("load", 20000, 25000, "atomic")
        self.assertEqual((r.good, r.order), (5000, 0), r)
        self.assertEqual(p("verify").good, 25000)
        self.assertEqual(p("scan").keys, 25000)
        self.assertEqual(sum(self.calls("hset")), 25000)

    def test_any_order(self):
        self.probe("window", 500, 0, "any")
        self.assertEqual(self.probe("load", 0, 5000).good, 5000)
        self.assertEqual(self.probe("verify").good, 5000)

    def test_tags_and_braces(self):
        for key in ("{u1}:a", "{u1}:b", "a{}b", "{{x}}", "}{", "{", "a{b}c{d}",
                    "%00{%01}", "%ff%fe"):
            r = self.probe("cmd", "HSET", key, "f", "1", ";", "PTTL", key)
            self.assertEqual(r.what, "answered", r)
            self.assertNotIn("-MOVED", r)
            self.assertNotIn("-CROSSSLOT", r)

    def test_refresh(self):
        self.probe("load", 0, 1000)
        r = self.probe("refresh")
        self.assertEqual(r.nodes, 3)
        keys = [int(n) for n in re.findall(r"keys=(\d+)", r.line)]
        self.assertEqual(sum(keys), 1000)
        self.assertEqual(r.line.count("up=1"), 3)


@on_both
class Redirects(Real):
    def test_moved(self):
        p, key = self.probe, "moved:1"
        p("cmd", "HSET", key, "f", "1")
        p("load", 0, 200)               # connected to all
        number, to = self.elsewhere(key)
        before = epoch(p)
        self.move(number, to)
        time.sleep(1.1)
        asked = sum(self.calls("cluster|shards"))
        for _ in range(5):
            r = p("cmd", "HMGET", key, "f")
            self.assertIn('"1', r)
        self.assertIn(str(self.cluster.nodes[to].port), p("map"))
        self.assertGreater(epoch(p), before)
        p("wait", 100)
        self.assertLessEqual(sum(self.calls("cluster|shards")), asked + 1)
        # Only the first one was redirected.
        self.assertEqual(p("cmd", "HMGET", key, "f").node, r.node)

    def test_ask(self):
        p, key = self.probe, "ask:1"
        p("cmd", "HSET", key, "f", "1")
        number, to = self.elsewhere(key)
        self.cluster.migrating(number, to)
        before = epoch(p)
        self.assertIn('"1', p("cmd", "HMGET", key, "f"))
        self.cluster.migrate(number, to)
        r = p("cmd", "HMGET", key, "f", ";", "PTTL", key)
        self.assertIn('[1: "1] -1', r)
        r = p("cmd", "HSET", key, "g", "2", ";", "PEXPIRE", key, "100000")
        self.assertIn(" 1 1", r)
        # A key that was never there, whole and inside of MULTI.
        new = "{%s}new" % key
        r = p("cmd", "atomic", "HSET", new, "g", "2", ";", "PEXPIRE", new,
              "100000")
        self.assertEqual(r.what, "answered")
        self.assertIn(" 1 1", r)
        self.assertEqual(epoch(p), before)
        there = self.cluster.nodes[to].client()
        self.assertEqual(there.many([["ASKING"], ["HGET", new, "g"]])[1], b"2")
        self.cluster.migrated(number, to)
        self.assertIn('"2', p("cmd", "HMGET", new, "g"))

    def test_moved_within_multi(self):
        p, key = self.probe, "multi:1"
        number, to = self.elsewhere(key)
        self.move(number, to)
        r = p("cmd", "atomic", "HSET", key, "f", "1", ";", "PEXPIRE", key, "99")
        self.assertEqual(r.what, "answered", r)
        self.assertIn(" 1 1", r)

    def test_slots_move_while_loading(self):
        """Back and forth, with their keys; nothing that was told is lost."""
        p, stop, moves = self.probe, threading.Event(), []

        def migrate():
            rng = random.Random(1)
            while not stop.is_set():
                number = rng.randrange(16384)
                back = self.cluster.owner[number]
                self.move(number, (back + 1) % 3)
                self.move(number, back)
                moves.append(number)

        thread = threading.Thread(target=migrate)
        thread.start()
        try:
            for i in range(4):
                r = p("load", i * 20000, (i + 1) * 20000,
                      *(["atomic"] if i % 2 else []))
                self.assertEqual(r.good, 20000, r)
                r = p("verify")
                self.assertEqual(r.good, (i + 1) * 20000, r)
        finally:
            stop.set()
            thread.join()
        self.assertGreater(len(moves), 10)
        self.assertEqual(p("verify").good, 80000)
        self.assertEqual(p("scan").keys, 80000)

    def test_one_hot_slot_moves_while_loading(self):
        p, stop = self.probe, threading.Event()
        p("set", "prefix", "{hot}:")
        number = slot("{hot}")

        def migrate():
            to = self.cluster.owner[number]
            while not stop.is_set():
                to = (to + 1) % 3
                self.cluster.migrating(number, to)
                while self.cluster.migrate(number, to, 200):
                    pass
                self.cluster.migrated(number, to)
                self.cluster.settle(to)
                # Five redirects are the end of a unit's patience.
                stop.wait(0.3 * tap.SLOWNESS)

        thread = threading.Thread(target=migrate)
        thread.start()
        try:
            for i in range(3):
                r = p("load", i * 2000, (i + 1) * 2000)
                self.assertEqual(r.good, 2000, r)
        finally:
            stop.set()
            thread.join()
        self.assertEqual(p("verify").good, 6000)


class Nodes(unittest.TestCase):
    """Each with a cluster of its own, as they break it."""

    def test_one_is_dead(self):
        with Cluster() as c:
            p = probed(self, c.nodes[0].uri, timeout=800)
            self.assertEqual(p("load", 0, 3000).good, 3000)
            c.nodes[1].kill()
            began = time.monotonic()
            r = p("load", 0, 3000)
            self.assertLess(time.monotonic() - began, 3 * tap.SLOWNESS)
            self.assertGreater(r.good, 1700)
            self.assertEqual(r.good + r.not_sent + r.unknown +
                             (r.answered - r.good), 3000)
            r = p("refresh")
            self.assertEqual(r.line.count("up=1"), 2, r)
            self.assertIn(f":{c.nodes[1].port},up=0", r)

    def row(self, line, node):
        return re.search(rf":{node.port},(\S*)", line.line)[1]

    def test_one_is_frozen_and_nobody_waits(self):
        with Cluster() as c:
            p = probed(self, c.nodes[0].uri, timeout=30000)
            self.assertNotIn("silent", p("watch", 10000))
            c.nodes[1].freeze()
            r = p("watch", 500)
            self.assertLess(r.took, 10 * tap.SLOWNESS)
            self.assertRegex(self.row(r, c.nodes[1]), "up=1.*silent")
            # It is not asked again; the others are, and answer.
            c.nodes[0].client()("HSET", next(
                f"k{i}" for i in range(100)
                if c.node(f"k{i}") is c.nodes[0]), "f", 1)
            r = p("watch", 500)
            self.assertIn("keys=1", self.row(r, c.nodes[0]))
            self.assertEqual(r.line.count("silent"), 1)
            c.nodes[1].thaw()
            wait(lambda: "silent" not in p("watch", 1000), 20,
                 "the late answer")

    def test_replicas_are_asked_how_they_are(self):
        with Cluster(replicas=1) as c:
            p = probed(self, c.nodes[0].uri)
            wait(lambda: p("watch", 1000).nodes == 6, 30, "all six")
            for n in c.nodes[3:]:
                n.client()("CONFIG", "RESETSTAT")
            p("load", 0, 1000)
            p("verify")
            p("scan")
            r = p("watch", 3000)
            self.assertEqual(r.line.count("replica=1"), 3, r)
            for n in c.nodes[3:]:
                self.assertLessEqual(
                    {v for v in n.client().calls() if v in (
                        "info", "dbsize", "scan", "hmget", "readonly")},
                    {"info", "dbsize"})
            # One that was a primary is still told of when it is none.
            c.nodes[1].kill()
            wait(lambda: ",replica=1,silent,code=" in p("watch", 1000), 30,
                 "a replica to take over")
            r = p("watch", 1000)
            self.assertEqual(r.nodes, 6, r)
            self.assertIn("up=0,slots=0", self.row(r, c.nodes[1]))
            self.assertEqual(p("map").holes, 0)
            c.nodes[5].kill()
            wait(lambda: "up=0" in self.row(p("watch", 1000), c.nodes[5]),
                 30, "the replica to be missed")

    def test_the_first_one_is_dead(self):
        """The others know the map as well."""
        with Cluster(replicas=1) as c:
            p = probed(self, c.nodes[0].uri, timeout=20000)
            p("window", 200, 0, "patient")
            self.assertEqual(p("load", 0, 2000).good, 2000)
            c.nodes[0].kill()
            r = p("load", 2000, 4000)
            self.assertEqual(r.answered, r.good, r)
            self.assertGreater(r.good, 1700)
            r = p("load", 4000, 6000)
            self.assertEqual(r.good, 2000, r)
            self.assertEqual(p("map").holes, 0)

    def test_failover_while_loading(self):
        with Cluster(replicas=1) as c:
            p = probed(self, c.nodes[2].uri, timeout=20000)
            p("window", 200, 0, "patient")
            p.send("load", 0, 150000)
            time.sleep(0.3)
            c.nodes[0].kill()
            r = p.result(120)
            self.assertEqual(r.good + r.unknown + r.not_sent, 150000, r)
            self.assertGreater(r.good, 149000)
            lost = r.good - p("verify").good
            # What Redis itself loses: acknowledged and not yet replicated.
            self.assertLess(lost, 1000)

    def test_a_node_leaves_and_another_joins(self):
        with Cluster() as c:
            p = probed(self, c.nodes[0].uri)
            p("load", 0, 500)
            before = epoch(p)
            mine = [n for n in range(16384) if c.owner[n] == 2]
            self.give(c, mine, 1)
            time.sleep(1.1)
            r = p("load", 0, 500)       # keys are gone with the slots' moves
            self.assertEqual(r.good, 500, r)
            time.sleep(1.1)
            p("cmd", "PTTL", "x")
            p("wait", 50)
            line = p("map")
            self.assertGreater(line.epoch, before)
            self.assertEqual(line.holes, 0)
            self.assertNotIn(f":{c.nodes[2].port}=", line)
            self.assertIn("lost=0", p("scan"))
            self.assertEqual(p("refresh").nodes, 2)
            wait(lambda: (p("cmd", "PTTL", "x"), not self.connected(c))[1], 5,
                 "the connection to close")

    def connected(self, c):
        return "fsconsole-probe" in c.nodes[2].client()(
            "CLIENT", "LIST").decode()

    def give(self, c, numbers, to):
        owner = c.id(c.nodes[to])
        for r in c.clients():
            r("FLUSHALL")
        # The highest epoch, so that nobody takes the slots back.
        c.nodes[to].client()("CLUSTER", "BUMPEPOCH")
        for node in [c.nodes[to], *c.nodes]:
            node.client().many(["CLUSTER", "SETSLOT", n, "NODE", owner]
                               for n in numbers)
        for n in numbers:
            c.owner[n] = to
        c.wait_ok()


class Replicas(Real):
    replicas = 1

    @staticmethod
    def known(cluster):
        """Whether each node sees a replica of each range."""
        return all(len(line) == 4 for node in cluster.nodes
                   for line in node.client()("CLUSTER", "SLOTS"))

    def test_one_that_is_gone_is_done_without(self):
        """What it would have been asked for its primary can tell."""
        with Cluster(replicas=1) as c:
            wait(lambda: self.known(c), 10, "the replicas to be known")
            p = probed(self, c.nodes[0].uri, replicas=1,
                       timeout=1500 * tap.SLOWNESS)
            self.assertEqual(p("load", 0, 3000).good, 3000)
            self.assertEqual(p("scan").keys, 3000)
            c.nodes[4].freeze()
            self.assertEqual(p("verify").good, 3000)
            self.assertEqual(p("scan").keys, 3000)
            for i in range(20):
                self.assertIn("answered", p("cmd", "HMGET", f"k:{i}", "n"))
            c.nodes[3].kill()
            self.assertEqual(p("scan").keys, 3000)
            self.assertEqual(p("verify").good, 3000)

    def test_they_read_and_primaries_write(self):
        wait(lambda: self.known(self.cluster), 10, "the replicas to be known")
        p = probed(self, self.cluster.nodes[0].uri, replicas=1)
        self.assertEqual(p("load", 0, 3000).good, 3000)
        for n in self.cluster.nodes:
            n.client()("CONFIG", "RESETSTAT")
        time.sleep(0.3)
        self.assertEqual(p("scan").keys, 3000)
        for i in range(20):
            self.assertNotIn("-MOVED", p("cmd", "HMGET", f"k:{i}", "n"))
        calls = [n.client().calls() for n in self.cluster.nodes]
        self.assertEqual([c.get("scan", 0) for c in calls[:3]], [0, 0, 0])
        self.assertTrue(all(c.get("scan", 0) for c in calls[3:]), calls)
        self.assertEqual(sum(c.get("hmget", 0) for c in calls[3:]), 20)


class Lies(unittest.TestCase):
    """What a healthy cluster does not say."""

    def fake(self, script):
        fake = Fake(script)
        self.addCleanup(fake.stop)
        return fake

    def probe(self, fake, **settings):
        settings.setdefault("timeout", 600)
        return probed(self, fake.uri(), **settings)

    def fails(self, result, code, text):
        self.assertEqual(result.code, E[code], result)
        self.assertIn(text, result)

    def came(self, fake, count, *words, node=None):
        """So many commands of this kind came, and not one more."""
        wait(lambda: len(fake.commands(*words, node=node)) >= count, 5)
        self.assertEqual(len(fake.commands(*words, node=node)), count)

    TWO = ("node A\nslots 0-8191\n{}\n"
           "node B\nslots 8192-16383\n{}\n")

    def test_a_loop(self):
        key = "foo"                                     # 12182, of B
        fake = self.fake(self.TWO.format(
            "always HMGET *\n reply -MOVED 12182 %{B}",
            "always HMGET *\n reply -MOVED 12182 %{A}"))
        r = self.probe(fake)("cmd", "HMGET", key, "f")
        self.fails(r, "FS_ESERVER", "redirect loop")
        self.assertEqual(r.what, "not_sent")
        self.came(fake, 6, "HMGET")

    def test_an_ask_loop(self):
        fake = self.fake(self.TWO.format(
            "always HMGET *\n reply -ASK 12182 %{B}",
            "always HMGET *\n reply -ASK 12182 %{A}"))
        p = self.probe(fake)
        before = epoch(p)
        self.fails(p("cmd", "HMGET", "foo", "f"), "FS_ESERVER",
                   "redirect loop")
        self.came(fake, 6, "HMGET")
        self.assertGreaterEqual(len(fake.commands("ASKING")), 2)
        self.assertEqual(epoch(p), before)

    def test_malformed(self):
        for text in ("MOVED", "MOVED 1", "MOVED 16384 %{A}", "MOVED -1 %{A}",
                     "MOVED 1 127.0.0.1", "MOVED 1 127.0.0.1:0",
                     "MOVED 1 127.0.0.1:99999", "ASK 1 :x", "MOVED 1 ?:7000"):
            with self.subTest(text):
                fake = self.fake("slots 0-16383\n"
                                 f"always HMGET *\n reply -{text}")
                self.fails(self.probe(fake)("cmd", "HMGET", "foo", "f"),
                           "FS_EPROTO", "malformed redirect")

    def test_half_a_word_is_an_error_like_any(self):
        fake = self.fake("slots 0-16383\nalways HMGET *\n reply -MO")
        r = self.probe(fake)("cmd", "HMGET", "foo", "f")
        self.assertIn("answered", r)
        self.assertIn(" -MO", r)

    def test_moved_to_the_same_host(self):
        fake = self.fake(self.TWO.format(
            "", "expect HMGET *\n reply -MOVED 12182 :%{A.port}"))
        p = self.probe(fake)
        self.assertIn("[1: nil]", p("cmd", "HMGET", "foo", "f"))
        self.came(fake, 1, "HMGET", node="A")

    def test_moved_to_nowhere(self):
        fake = self.fake(self.TWO.format(
            "", "always HMGET *\n reply -MOVED 12182 127.0.0.1:1"))
        r = self.probe(fake)("cmd", "HMGET", "foo", "f")
        self.fails(r, "FS_ECONNECT", "127.0.0.1:1")

    def test_a_map_that_stays_wrong(self):
        """Is asked for once a second, whatever the number of redirects."""
        fake = self.fake(self.TWO.format(
            "", "always HMGET *\n reply -MOVED 12182 %{A}"))
        p = self.probe(fake)
        began = time.monotonic()
        while time.monotonic() - began < 2.5:
            self.assertIn("[1: nil]", p("cmd", "HMGET", "foo", "f"))
        self.assertGreater(len(fake.commands("HMGET", node="B")), 1)
        asked = len(fake.commands("CLUSTER", "SHARDS"))
        self.assertIn(asked, (2, 3, 4))

    def test_one_node_is_slow_and_another_talks(self):
        """What comes early waits there, not here."""
        fake = self.fake(self.TWO.format(
            "always HMGET *\n pause 1500\n default",
            r"always HMGET *" "\n " r"send *1\r\n$1000000\r\n" "\n "
            "repeat 100000 xxxxxxxxxx\n " r"send \r\n"))
        p = self.probe(fake, timeout=30000)
        p("add", "HMGET", "{bar}", "f")                 # 5061, of A
        r = p("many", 120, "HMGET", "foo", "f")
        self.assertEqual(r.good, 121, r)
        if tap.SLOWNESS == 1:
            self.assertLess(p.memory(), 70 << 20)

    def test_tryagain(self):
        fake = self.fake("slots 0-16383\nalways HMGET *\n times 3\n "
                         "reply -TRYAGAIN Multiple keys request during "
                         "rehashing of slot")
        self.assertIn("[1: nil]", self.probe(fake)("cmd", "HMGET", "foo", "f"))
        fake = self.fake("slots 0-16383\nalways HMGET *\n reply -TRYAGAIN x")
        r = self.probe(fake, timeout=5000)("cmd", "HMGET", "foo", "f")
        self.assertIn("-TRYAGAIN", r)
        self.came(fake, 6, "HMGET")
        self.assertLess(r.took, 2 * tap.SLOWNESS)

    def test_clusterdown(self):
        fake = self.fake("slots 0-16383\nalways HMGET *\n times 3\n "
                         "reply -CLUSTERDOWN The cluster is down")
        self.assertIn("[1: nil]", self.probe(fake)("cmd", "HMGET", "foo", "f"))
        fake = self.fake("slots 0-16383\nalways HMGET *\n "
                         "reply -CLUSTERDOWN The cluster is down")
        r = self.probe(fake)("cmd", "HMGET", "foo", "f")
        self.assertIn("-CLUSTERDOWN", r)
        self.assertLess(r.took, 1 * tap.SLOWNESS)

    def test_masterdown(self):
        fake = self.fake("slots 0-16383\nalways HMGET *\n times 2\n "
                         "reply -MASTERDOWN Link with MASTER is down")
        self.assertIn("[1: nil]", self.probe(fake)("cmd", "HMGET", "foo", "f"))

    def test_the_pair_goes_together(self):
        """Moved between HSET and its PEXPIRE: both are sent again."""
        fake = self.fake(self.TWO.format(
            "", "expect PEXPIRE *\n reply -MOVED 12182 %{A}"))
        r = self.probe(fake)("cmd", "HSET", "foo", "f", "1", ";", "PEXPIRE",
                             "foo", "1000")
        self.assertEqual(r.what, "answered")
        self.came(fake, 1, "HSET", node="A")
        self.came(fake, 1, "PEXPIRE", node="A")

    def test_what_was_done_in_part_stays_unknown(self):
        """HSET was carried out before all of it was refused elsewhere."""
        to = "reply -MOVED 12182 %{A}"
        fake = self.fake(self.TWO.format(
            "always HSET *\n reply -MOVED 12182 %{B}\n"
            "always PEXPIRE *\n reply -MOVED 12182 %{B}",
            f"always HSET *\n skip 1\n {to}\nalways PEXPIRE *\n {to}"))
        r = self.probe(fake)("cmd", "HSET", "foo", "f", "1", ";", "PEXPIRE",
                             "foo", "1000")
        self.fails(r, "FS_ESERVER", "redirect loop")
        self.assertEqual(r.what, "unknown")

    def test_slots_where_there_are_no_shards(self):
        fake = self.fake("slots 0-16383\nalways CLUSTER SHARDS\n reply "
                         "-ERR Unknown subcommand or wrong number of arguments"
                         " for 'SHARDS'. Try CLUSTER HELP.")
        self.assertEqual(self.probe(fake)("map").holes, 0)

    def odd(self, slots):
        return self.fake("slots 0-16383\nalways CLUSTER SHARDS\n reply -ERR no"
                         "\nalways CLUSTER SLOTS\n reply " + slots)

    def test_odd_maps(self):
        fake = self.odd(r"*2\r\n*3\r\n:0\r\n:12182\r\n"
                        r"*2\r\n$-1\r\n:%{A.port}\r\n"
                        r"*3\r\n:12184\r\n:16383\r\n*2\r\n$1\r\n?\r\n:7000")
        p = self.probe(fake)
        self.assertEqual(p("map").holes, 16384 - 12183)
        self.assertIn("answered", p("cmd", "HMGET", "foo", "f"))
        self.fails(p("cmd", "HMGET", "a", "f"), "FS_EBUSY",
                   "no node serves slot 15495")

    def test_maps_that_are_none(self):
        for slots, code, text in (
                (r"*0", "FS_EBUSY", "no node has slots"),
                (r"*1\r\n:1", "FS_EPROTO", "SLOTS"),
                (r"*2\r\n*3\r\n:0\r\n:9\r\n*2\r\n+h\r\n:1\r\n"
                 r"*3\r\n:9\r\n:12\r\n*2\r\n+g\r\n:1", "FS_EPROTO",
                 "slot 9 has two primaries"),
                ("-NOPERM User u has no permissions to run the "
                 "'cluster|slots' command", "FS_EPERM", "+cluster|slots")):
            with self.subTest(text):
                p = Probe(self.odd(slots).uri())
                self.addCleanup(p.stop)
                self.fails(p("open"), code, text)

    def test_natmap(self):
        fake = self.fake("node A\nslots 0-16383\n"
                         "always CLUSTER SHARDS\n reply -ERR no\n"
                         "always CLUSTER SLOTS\n "
                         r"reply *1\r\n*3\r\n:0\r\n:16383\r\n"
                         r"*2\r\n$8\r\n10.9.9.9\r\n:7000" "\n"
                         "node B\n")
        p = self.probe(fake, natmap="10.9.9.9:7000=127.0.0.1:"
                       + str(fake.ports["B"]))
        self.assertIn("answered", p("cmd", "HMGET", "foo", "f"))
        self.came(fake, 1, "HMGET", node="B")

    def test_no_slot_is_crossed(self):
        """Every unit is for one slot: the servers never say CROSSSLOT."""
        fake = self.fake(self.TWO.format("", ""))
        p = self.probe(fake)
        p("load", 0, 500)
        self.came(fake, 500, "HSET")
        for node, low, high in (("A", 0, 8191), ("B", 8192, 16383)):
            keys = [w[1] for w in fake.commands("HSET", node=node)]
            self.assertTrue(keys)
            self.assertTrue(all(low <= slot(k) <= high for k in keys))


if __name__ == "__main__":
    tap.main()
