"""Scans against real servers, alone and in a cluster."""
import threading
import unittest

import tap
from driver import (ECONNECT, END, EPERM, EPROTO, PAGE, PREFIX, Alone,
                    Clustered, Store, fill)
from fake import Fake
from resp import slot
from server import Cluster, Server, on_both


class Walking:
    """What holds alone and in a cluster."""

    def names(self, n):
        return sorted(b"u%04d" % i for i in range(1, n + 1))

    def test_all_ids_sorted_each_once(self):
        self.fill(12345, 500)
        a = self.st.ids()
        self.assertEqual((a["ok"], a["complete"], a["approximate"]), (1, 1, 0))
        self.assertEqual(a["ids"], self.names(12345))
        self.assertEqual(a["entities"], 12345)
        self.assertEqual(a["permille"], 1000)

    def test_count_alone(self):
        self.fill(5000, 500)
        a = self.st.ids(listed=False)
        self.assertEqual((a["entities"], a["ids"], a["complete"]), (5000, [], 1))

    def test_the_first_of_them(self):
        self.fill(5000)
        a = self.st.ids(limit=100)
        self.assertEqual(a["ids"], self.names(5000)[:100])
        self.assertEqual(a["entities"], 5000)

    def test_an_empty_store(self):
        a = self.st.ids()
        self.assertEqual((a["ok"], a["entities"], a["complete"]), (1, 0, 1))

    def test_progress_goes_from_0_to_1_evenly(self):
        self.fill(20000)
        seen, given = [], 0
        while True:
            a = self.st.step(page=100)
            if a["event"] == END:
                break
            self.assertEqual(a["event"], PAGE)
            given += len(a["keys"])
            seen.append((a["permille"], given / 20000))
        self.assertEqual(a["permille"], 1000)
        self.assertEqual([s[0] for s in seen], sorted(s[0] for s in seen))
        worst = max(abs(p / 1000 - share) for p, share in seen)
        self.assertLess(worst, 0.1)

    def test_a_count_needs_little_memory(self):
        """Of 20,000 keys about 1,000 are remembered."""
        self.fill(20000)
        a = self.st.ids(listed=False, seen_max=20000)
        self.assertEqual((a["entities"], a["complete"], a["approximate"]),
                         (20000, 1, 0))


class WalkingAlone(Walking, Alone):
    def key(self, i):
        return self.r

    def test_what_is_no_hash(self):
        self.fill(3000)
        self.r.many(("SET", f"{PREFIX}s{i}", 1) for i in range(700))
        self.r.many(("SET", f"other{i}", 1) for i in range(70))
        a = self.st.ids(any_type=1)
        self.assertEqual((a["entities"], a["not_hashes"]), (3000, 700))
        self.assertEqual(a["ids"], self.names(3000))
        a = self.st.ids(listed=False, any_type=1)
        self.assertEqual((a["entities"], a["not_hashes"]), (3000, 700))
        a = self.st.ids()
        self.assertEqual((a["entities"], a["not_hashes"]), (3000, 0))
        a = self.st.ids(listed=False, untyped=1)
        self.assertEqual((a["entities"], a["not_hashes"]), (3700, 0))

    def test_few_keys_match(self):
        """Who walks is asked on the way, whether it has found any or not."""
        self.fill(3, foreign=10000)
        for options in ({}, {"duty": 50}, {"rate": 1000000}):
            with self.subTest(options):
                found, pages = [], []
                while True:
                    a = self.st.step(page=100, **options)
                    if a["event"] == END:
                        break
                    found += a["keys"]
                    pages.append(a["permille"])
                self.assertEqual(len(found), 3)
                self.assertGreater(len(pages), 50)
                self.assertLess(pages[0], 100)

    def test_growing_and_shrinking_under_the_scan(self):
        self.fill(5000)
        stop, repeats = threading.Event(), 0

        def churn():
            with Server.client(self.server) as r:
                while not stop.is_set():
                    r.many(("SET", f"x{i}", 1) for i in range(40000))
                    r.many(("DEL", f"x{i}") for i in range(40000))

        thread = threading.Thread(target=churn)
        thread.start()
        try:
            for _ in range(15):
                a = self.st.ids(any_type=1, page=50)
                self.assertEqual(a["ids"], self.names(5000))
                self.assertEqual((a["complete"], a["not_hashes"]), (1, 0))
                a = self.st.ids(listed=False, page=50, seen_max=20000)
                self.assertEqual((a["entities"], a["approximate"]), (5000, 0))
                repeats += a["repeats"]
            print(f"{repeats} repeats")
        finally:
            stop.set()
            thread.join()

    def test_a_rate_is_kept(self):
        self.fill(2000)
        a = self.st.ids(rate=2000)
        self.assertEqual(a["entities"], 2000)
        self.assertGreater(a["took"], 850000)
        self.assertLess(a["took"], 2000000 * tap.SLOWNESS)

    def test_a_duty_is_kept(self):
        self.fill(20000)
        self.r("CONFIG", "RESETSTAT")
        a = self.st.ids(page=100, duty=10)
        stat = self.r.info("commandstats")["cmdstat_scan"]
        busy = int(stat.split("usec=")[1].split(",")[0])
        print(f"duty 10 %: {a['took']} us, busy {busy} us")
        self.assertLess(busy / a["took"], 0.1)

    def test_a_user_who_may_not_scan(self):
        self.r("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all", "-scan")
        with Store(f"unix://u:p@{self.server.path}") as st:
            a = st.ids()
            self.assertEqual((a["ok"], a["code"]), (0, EPERM))
            b = st("pick", 5, 1)
            self.assertEqual((b["ok"], b["code"]), (0, EPERM))

    def test_without_dbsize(self):
        self.fill(3000)
        self.r("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all", "-dbsize")
        with Store(f"unix://u:p@{self.server.path}") as st:
            a = st.ids()
            self.assertEqual((a["entities"], a["complete"]), (3000, 1))
            a = st("pick", 50, 2)
            self.assertEqual((a["ok"], a["low"]), (1, 50))
            self.flush()
            a = st("pick", 50, 2)
            self.assertEqual((a["ok"], a["high"]), (1, 0))

    def test_the_server_goes_away(self):
        own = Server(self.kind)
        with own.client() as r:
            r.many(("HSET", f"{PREFIX}{i}", "a", 1) for i in range(5000))
        with Store(own) as st:
            self.assertEqual(st.step(page=100)["event"], PAGE)
            own.stop()
            a = st.step()
            while a["event"] == PAGE:
                a = st.step()
            self.assertEqual((a["event"], a["complete"]), (END, 0))
            self.assertIn("sock", a["incomplete"])
            a = st.ids()
            self.assertEqual((a["ok"], a["code"]), (0, ECONNECT))

    def filled(self, own, n):
        r = own.client()
        r("ACL", "SETUSER", "blind", "on", ">p", "~*", "+@all", "-info")
        fill(lambda key: r, n)

    def started_anew(self, n, user=""):
        """Half of a walk, the same keys in another process, the rest."""
        own = Server(self.kind)
        self.addCleanup(own.stop)
        self.filled(own, n)
        given = []
        with Store(f"unix://{user}{own.path}") as st:
            while len(given) < n / 2:
                given += st.step(page=100, seen_max=20000)["keys"]
            own.kill()
            own.start()
            self.filled(own, n)
            while (a := st.step())["event"] == PAGE:
                given += a["keys"]
        self.assertEqual(a["event"], END)
        return a, given

    def test_the_server_starts_anew(self):
        a, given = self.started_anew(1000)
        self.assertEqual((a["complete"], a["approximate"]), (1, 0))
        self.assertEqual(len(given), 1000)
        for user in ("", "blind:p@"):
            a, given = self.started_anew(20000, user)
            self.assertEqual(a["complete"], 0)
            self.assertIn("restarted", a["incomplete"])
            self.assertEqual(len(given), len(set(given)))


class WalkingCluster(Walking, Clustered):
    def key(self, i):
        return self.cluster.client(f"{PREFIX}u{i:04}")

    def test_all_in_one_slot(self):
        prefix = "fs:{tag}:"
        fill(self.cluster.client, 1000, 500, prefix)
        st = self.open(prefix)
        a = st.ids()
        self.assertEqual((a["ids"], a["complete"]), (self.names(1000), 1))

    def test_ids_with_tags_and_braces(self):
        names = [f"{{t{i % 7}}}u{i}" for i in range(700)]
        names += ["}{", "{}x", "a{b", "}a{b}"]
        for n in names:
            self.cluster.client(PREFIX + n)("HSET", PREFIX + n, "a", 1)
        a = self.st.ids()
        self.assertEqual(a["ids"], sorted(n.encode() for n in names))

    def test_a_key_that_is_not_at_home(self):
        """Moved there when it was on the move: others may be missing."""
        self.fill(300)
        key = PREFIX + "stray"
        number = slot(key)
        to = (self.cluster.owner[number] + 1) % 3
        there = self.cluster.nodes[to].client()
        self.cluster.migrating(number, to)
        there.many([["ASKING"], ["HSET", key, "a", 1]])
        for r in self.cluster.clients():
            r("CLUSTER", "SETSLOT", number, "STABLE")
        for options in ({}, {"listed": False}, {"limit": 9},
                        {"any_type": 1}):
            with self.subTest(options):
                a = self.st.ids(**options)
                self.assertEqual((a["ok"], a["complete"], a["approximate"]),
                                 (1, 0, 0))
                self.assertIn(f"slot {number} of ", a["incomplete"])

    def test_reset_of_a_cluster(self):
        self.fill(3000, 100)
        a = self.st("reset", 0)
        self.assertEqual((a["ok"], a["deleted"], a["complete"]), (1, 3000, 1))
        self.assertEqual(sum(c("DBSIZE") for c in self.cluster.clients()), 100)


class NodeLost(unittest.TestCase):
    kind = "redis"

    def test_a_replica_takes_over(self):
        """Of 6,000 keys about 3,000 are remembered; by slots all are."""
        cluster = Cluster(self.kind, replicas=1)
        self.addCleanup(cluster.stop)
        fill(cluster.client, 6000)
        for r in cluster.clients():
            self.assertEqual(r("WAIT", 1, 20000), 1)
        given = []
        with Store(f"redis://127.0.0.1:{cluster.nodes[1].port}") as st:
            st("patience", 30000)
            while len(given) < 3000:
                given += st.step(page=100, seen_max=20000)["keys"]
            cluster.nodes[0].kill()
            # The others go on meanwhile.
            while (a := st.step())["event"] == PAGE:
                given += a["keys"]
        self.assertEqual((a["event"], a["complete"], a["approximate"]),
                         (END, 1, 0), a)
        self.assertEqual(len(given), 6000)
        self.assertEqual(len(set(given)), 6000)

    def test_a_node_that_dies_is_named(self):
        cluster = Cluster(self.kind, args=["--cluster-require-full-coverage",
                                           "no"])
        self.addCleanup(cluster.stop)
        fill(cluster.client, 3000)
        with Store(f"redis://127.0.0.1:{cluster.nodes[0].port}") as st:
            for _ in range(3):
                st.step(page=50)
            dead = cluster.nodes[2]
            dead.stop()
            a = st.step()
            while a["event"] == PAGE:
                a = st.step()
            self.assertEqual((a["event"], a["complete"]), (END, 0))
            self.assertIn(str(dead.port), a["incomplete"])
            a = st.ids()
            self.assertEqual((a["ok"], a["complete"]), (1, 0))
            self.assertGreater(a["entities"], 1500)


def page(cursor, *keys):
    """A reply of SCAN, as the fake's script writes it."""
    text = f"*2\\r\\n${len(str(cursor))}\\r\\n{cursor}\\r\\n*{len(keys)}\\r\\n"
    return text + "".join(f"${len(k)}\\r\\n{k}\\r\\n" for k in keys)


class Odd(unittest.TestCase):
    """What no server does, or seldom: against a scripted one."""

    def scan(self, script, **options):
        with Fake(script) as f:
            with Store(f.uri()) as st:
                return st.ids(**options)

    def test_keys_that_come_again(self):
        again = [f"{PREFIX}u{i}" for i in range(3)]
        script = (f"expect SCAN 0 *\n send {page(5, *again)}\n"
                  f"expect SCAN 5 *\n send {page(9, *again[1:], PREFIX + 'x')}\n"
                  f"expect SCAN 9 *\n send {page(0, *again)}\n")
        want = [b"u0", b"u1", b"u2", b"x"]
        a = self.scan(script)
        self.assertEqual((a["ids"], a["entities"], a["complete"]), (want, 4, 1))
        a = self.scan(script, listed=False)
        self.assertEqual((a["entities"], a["repeats"], a["approximate"]),
                         (4, 5, 0))
        a = self.scan(script, listed=False, seen_max=1)
        self.assertEqual((a["entities"], a["approximate"]), (9, 1))

    def test_keys_that_were_not_asked_for(self):
        a = self.scan(f"expect SCAN 0 *\n send "
                      f"{page(0, 'other', PREFIX, PREFIX + 'u1', '')}\n")
        self.assertEqual(a["ids"], [b"u1"])

    def test_a_cursor_that_never_ends(self):
        a = self.scan(f"always SCAN *\n send {page(7, PREFIX + 'u1')}\n",
                      page=1000)
        self.assertEqual((a["ok"], a["complete"], a["ids"]), (1, 0, [b"u1"]))
        self.assertIn("end", a["incomplete"])

    def test_answers_that_are_none(self):
        for reply in ("+OK\\r\\n", ":1\\r\\n", "*0\\r\\n", "*2\\r\\n:0\\r\\n*0\\r\\n",
                      "*2\\r\\n$1\\r\\nx\\r\\n*0\\r\\n",
                      "*2\\r\\n$0\\r\\n\\r\\n*0\\r\\n",
                      "*2\\r\\n$20\\r\\n18446744073709551616\\r\\n*0\\r\\n",
                      "*2\\r\\n$1\\r\\n0\\r\\n$1\\r\\nx\\r\\n",
                      "*2\\r\\n$1\\r\\n0\\r\\n*1\\r\\n:1\\r\\n",
                      "*3\\r\\n$1\\r\\n0\\r\\n*0\\r\\n*0\\r\\n"):
            a = self.scan(f"expect SCAN *\n send {reply}\n")
            self.assertEqual((a["ok"], a["code"]), (0, EPROTO), reply)

    def test_the_largest_cursor(self):
        top = 2 ** 64 - 1
        a = self.scan(f"expect SCAN 0 *\n send {page(top, PREFIX + 'a')}\n"
                      f"expect SCAN {top} *\n send {page(0, PREFIX + 'b')}\n")
        self.assertEqual((a["ids"], a["complete"]), ([b"a", b"b"], 1))

    def test_a_connection_that_is_lost_and_comes_back(self):
        a = self.scan(f"expect SCAN 0 *\n send {page(5, PREFIX + 'a')}\n"
                      f"expect SCAN 5 *\n times 2\n close\n"
                      f"expect SCAN 5 *\n send {page(0, PREFIX + 'b')}\n")
        self.assertEqual((a["ids"], a["complete"]), ([b"a", b"b"], 1))

    def test_an_error_in_the_middle(self):
        a = self.scan(f"expect SCAN 0 *\n send {page(5, PREFIX + 'a')}\n"
                      f"expect SCAN 5 *\n reply -ERR out of order\n")
        self.assertEqual((a["ok"], a["ids"], a["complete"]), (1, [b"a"], 0))
        self.assertIn("out of order", a["incomplete"])

    def test_what_nodes_say_of_slots_on_the_move(self):
        mine = f"{'a' * 40} :1@2 myself,master - 0 0 1 connected 0-16383 "
        for said, what in (
                (mine + f"[7->-{'b' * 40}]\\n", "slot 7 of "),
                (mine + f"[7-<-{'b' * 40}]", "slot 7 of "),
                (mine + f"[16384->-{'b' * 40}]", ""), (mine + "[7->-", ""),
                (mine.replace("myself,", "") + f"[7->-{'b' * 40}]", ""),
                ("", ""), ("\\n" * 1000, ""), (None, ""), (0, "")):
            with self.subTest(said):
                text = "$-1\\r\\n" if said is None else ":7\\r\\n"
                if isinstance(said, str):
                    size = len(said.replace("\\n", "\n"))
                    text = f"${size}\\r\\n{said}\\r\\n"
                a = self.scan("slots 0-16383\nalways CLUSTER NODES\n "
                              f"send {text}\n"
                              f"always SCAN *\n send {page(0, PREFIX + 'a')}\n")
                self.assertEqual((a["ok"], a["ids"], a["complete"]),
                                 (1, [b"a"], what == ""))
                self.assertIn(what, a["incomplete"])

    def test_a_type_that_is_an_error(self):
        a = self.scan(f"expect SCAN 0 *\n send {page(0, PREFIX + 'a')}\n"
                      "expect TYPE *\n reply -NOPERM no\n", any_type=1)
        self.assertEqual((a["ok"], a["code"]), (0, EPERM))

    def test_a_key_that_moves_before_its_type_is_asked_for(self):
        """The others of the page stay where they are."""
        gone = PREFIX + "a"
        for word in ("MOVED", "ASK"):
            with self.subTest(word):
                rest = "".join(f"always TYPE {PREFIX}{k}\n reply -MOVED "
                               f"{slot(PREFIX + k)} %{{A}}\n" for k in "bc")
                a = self.scan(
                    f"node A\nslots 0-16383\nexpect SCAN 0 *\n send "
                    f"{page(0, gone, PREFIX + 'b', PREFIX + 'c')}\n"
                    f"always TYPE {gone}\n reply -{word} {slot(gone)} %{{B}}\n"
                    f"hash {PREFIX}b f=1\nhash {PREFIX}c f=1\n"
                    f"node B\nhash {gone} f=1\n{rest}", any_type=1)
                self.assertEqual(a["ok"], 1, a)
                self.assertEqual(a["ids"], [b"a", b"b", b"c"])

    def test_picks_where_cursors_have_all_bits(self):
        keys = [f"{PREFIX}u{i}" for i in range(30)]
        with Fake("always DBSIZE\n reply :100000\n"
                  f"always SCAN 0 *\n send {page(0, *keys)}\n"
                  f"always SCAN *\n send {page(2**64 - 1)}\n") as f:
            with Store(f.uri()) as st:
                a = st("pick", 10, 3)
        self.assertEqual((a["ok"], a["low"], a["high"]), (1, 10, 10))

    def test_picks_from_a_server_whose_cursors_mean_nothing(self):
        keys = [f"{PREFIX}u{i}" for i in range(30)]
        with Fake("always DBSIZE\n reply :100000\n"
                  f"always SCAN 0 *\n send {page(1, *keys[:20])}\n"
                  f"always SCAN 1 *\n send {page(0, *keys[20:])}\n"
                  f"always SCAN *\n send {page(1)}\n") as f:
            with Store(f.uri()) as st:
                a = st("pick", 10, 3)
        self.assertEqual((a["ok"], a["low"], a["high"]), (1, 10, 10))


for case in (WalkingAlone, WalkingCluster, NodeLost):
    on_both(case)
    del globals()[case.__name__]
del Alone, Clustered, case

if __name__ == "__main__":
    tap.main()
