#!/usr/bin/python3
"""F, cluster: kinds 82 to 94 of tests/FAULTS.md."""
import tap
from fake import Fake
from fault import Case, in_parallel
from resp import slot
from server import Cluster, wait

KEY = "fs:user:u0001"
SLOT = slot(KEY)
HASH = f"hash {KEY} @60000 country_iso=DE tx_count_5m=3@30000\n"
READ = ["read", "u0001", "country_iso", "--json"]
SET = ["set", "u0001", "country_iso=US", "--json"]
SET_STREAMING = ["set", "u0001", "tx_count_5m=9", "--json"]
ROWS = b"entity,country_iso\nu0001,US\n"
LOAD = ["bulk-load", "--from", "-", "--format", "csv", "--id", "entity",
        "--json"]


class Redirects(Case):
    def two(self, at_a, at_b=""):
        """A has all slots by its map, and says at_a; the data is at B."""
        return Fake(f"node A\nslots 0-16383\n{at_a}\nnode B\n{HASH}{at_b}")

    def reads(self, f):
        r = self.succeeds(f, READ)
        self.assertEqual(r.json["values"], {"country_iso": "DE"})

    def test_82_moved(self):
        with self.two(f"expect HMGET *\n reply -MOVED {SLOT} %{{B}}") as f:
            self.reads(f)
            self.assertEqual(len(f.commands("HMGET", node="A")), 1)
            self.assertEqual(len(f.commands("HMGET", node="B")), 1)
            self.assertEqual(f.commands("ASKING"), [])
            f.check()

    def test_82_moved_writes(self):
        moved = f" reply -MOVED {SLOT} %{{B}}\n"
        for args, verb in ((SET, "HSET"), (SET_STREAMING, "HSETEX")):
            with self.two(f"always {verb} *\n{moved}") as f:
                r = self.succeeds(f, args)
                self.assertEqual(r.json["written"], 1)
                self.assertEqual(len(f.commands(verb, node="B")), 1)
        with self.two("lack HSETEX\nalways HSET *\n" + moved +
                      "always HPEXPIRE *\n" + moved, "lack HSETEX\n") as f:
            r = self.succeeds(f, SET_STREAMING)
            self.assertEqual(r.json["written"], 1)
            for word in ("MULTI", "HSET", "HPEXPIRE", "EXEC"):
                self.assertEqual(len(f.commands(word, node="B")), 1)

    def test_82_many_moved_ask_for_one_map(self):
        """All is refused by A until B is known; the map is asked for once."""
        ids = [f"u{i:04}" for i in range(1, 61)]
        rules = "".join(f"always HMGET fs:user:{u} *\n reply -MOVED "
                        f"{slot('fs:user:' + u)} %{{B}}\n" for u in ids)
        data = "".join(f"hash fs:user:{u} country_iso=DE\n" for u in ids)
        with Fake(f"node A\nslots 0-16383\n{rules}node B\n{data}") as f:
            r = self.succeeds(f, ["batch-read", *ids, "--features",
                                  "country_iso", "--json"], timeout=3)
            self.assertEqual(r.json["returned_count"], 60)
            self.assertLessEqual(len(f.commands("CLUSTER", "SHARDS")), 4)
            self.assertEqual(len(f.commands("HMGET", node="B")), 60)

    def test_83_ask(self):
        for args, verbs in ((READ, ["HMGET"]), (SET, ["HSET"]),
                            (SET_STREAMING, ["HSETEX"])):
            rules = "".join(f"expect {v} *\n reply -ASK {SLOT} %{{B}}\n"
                            for v in verbs)
            with self.subTest(args[0]), self.two(rules) as f:
                r = self.succeeds(f, args)
                if args is READ:
                    self.assertEqual(r.json["values"], {"country_iso": "DE"})
                self.asked_before_each(f)
                for verb in verbs:
                    self.assertEqual(len(f.commands(verb, node="B")), 1)
                f.check()

    def test_83_ask_for_a_transaction(self):
        ask = f" reply -ASK {SLOT} %{{B}}\n"
        with self.two(f"lack HSETEX\nalways HSET *\n{ask}always HPEXPIRE *\n"
                      f"{ask}", "lack HSETEX\n") as f:
            r = self.succeeds(f, SET_STREAMING)
            self.assertEqual(r.json["written"], 1)
            came = [c[0] for c in f.commands(node="B")]
            at = came.index("ASKING")
            self.assertEqual(came[at:at + 5],
                             ["ASKING", "MULTI", "HSET", "HPEXPIRE", "EXEC"])

    def asked_before_each(self, f):
        came = [c[0] for c in f.commands(node="B")]
        for i, word in enumerate(came):
            if word in ("HMGET", "HSET", "HSETEX", "PEXPIRETIME", "TIME",
                        "HPEXPIRETIME"):
                self.assertEqual(came[i - 1], "ASKING", came)

    def test_83_the_map_is_kept(self):
        """The next one goes to A again."""
        with self.two(f"expect HMGET *\n reply -ASK {SLOT} %{{B}}\n" + HASH
                      ) as f:
            self.succeeds(f, ["batch-read", "u0001", "--json"])
            p = self.start(f, ["watch", "u0001", "--for", "1s"])
            self.is_clean(p.wait())
            self.assertLessEqual(len(f.commands("ASKING", node="B")), 4)

    def test_84_loop(self):
        with self.two(f"always HMGET *\n reply -MOVED {SLOT} %{{B}}",
                      f"always HMGET *\n reply -MOVED {SLOT} %{{A}}") as f:
            self.gives_up(f, READ, "HMGET")
        with self.two(f"always HMGET *\n reply -ASK {SLOT} %{{B}}",
                      f"always HMGET *\n reply -ASK {SLOT} %{{A}}") as f:
            self.gives_up(f, READ, "HMGET")
        with self.two(f"always HMGET *\n reply -MOVED {SLOT} %{{A}}") as f:
            self.gives_up(f, READ, "HMGET")

    def gives_up(self, f, args, verb):
        """Sent once, and again for each of five redirects."""
        r = self.fails(f, args, 3, "redirect loop")
        self.assertEqual(len(f.commands(verb)), 6)
        return r

    def test_84_loop_of_a_write(self):
        with self.two(f"always HSET *\n reply -MOVED {SLOT} %{{B}}",
                      f"always HSET *\n reply -MOVED {SLOT} %{{A}}") as f:
            self.claims_nothing(self.gives_up(f, SET, "HSET"))

    def test_84_to_ever_new_nodes(self):
        with self.two(f"always HMGET *\n reply -MOVED {SLOT} 127.0.0.1:1"
                      ) as f:
            self.fails(f, READ, 3, "refused|redirect")

    def test_85_no_host(self):
        with self.two(f"expect HMGET *\n reply -MOVED {SLOT} :%{{B.port}}"
                      ) as f:
            self.reads(f)
            f.check()

    def test_86_malformed(self):
        resolved = rf"MOVED {SLOT} a\e[2Jb:1"
        for text in ("MO", "MOVED", r"MOVED\s", f"MOVED {SLOT}",
                     "MOVED 16384 %{B}", "MOVED -1 %{B}", "MOVED x %{B}",
                     "MOVED 99999999999999999999 %{B}", f"MOVED {SLOT} nohost",
                     f"MOVED {SLOT} 127.0.0.1:0", f"MOVED {SLOT} 127.0.0.1:x",
                     f"MOVED {SLOT} 127.0.0.1:65536", f"MOVED {SLOT} :",
                     f"MOVED {SLOT} " + "h" * 300 + ":1", f"ASK {SLOT}",
                     f"ASK 16384 %{{B}}", resolved,
                     rf"MOVED {SLOT} a\0b:1", f"MOVED  {SLOT} %{{B}}"):
            said = {"MO": "(HMGET|HSET): MO", resolved: r"a\\e\[2Jb:1"}.get(
                text, "malformed redirect: ")
            with self.subTest(text), self.two(
                    f"always HMGET *\n reply -{text}\n"
                    f"always HSET *\n reply -{text}") as f:
                self.fails(f, READ, 3, said, within=4)
                self.claims_nothing(self.fails(f, SET, 3, said, within=4))

    def test_87_tryagain(self):
        for times in (1, 3, 5):
            with self.subTest(times), Fake(
                    f"slots 0-16383\n{HASH}expect HMGET *\n times {times}\n"
                    " reply -TRYAGAIN Multiple keys request during rehashing "
                    "of slot") as f:
                self.reads(f)
                f.check()

    def test_87_tryagain_for_ever(self):
        with Fake(f"slots 0-16383\n{HASH}always HMGET *\n reply -TRYAGAIN x\n"
                  "always HSET *\n reply -TRYAGAIN x") as f:
            self.fails(f, READ, 3, "TRYAGAIN")
            self.assertLessEqual(len(f.commands("HMGET")), 6)
            self.claims_nothing(self.fails(f, SET, 3, "TRYAGAIN"))

    def test_88_clusterdown(self):
        with Fake(f"slots 0-16383\n{HASH}expect HMGET *\n times 2\n"
                  " reply -CLUSTERDOWN The cluster is down") as f:
            self.reads(f)
            f.check()
        with Fake(f"slots 0-16383\n{HASH}always HMGET *\n"
                  " reply -CLUSTERDOWN Hash slot not served\n"
                  "always HSET *\n reply -CLUSTERDOWN The cluster is down"
                  ) as f:
            self.fails(f, READ, 3, "CLUSTERDOWN")
            self.claims_nothing(self.fails(f, SET, 3, "CLUSTERDOWN"))

    def test_93_slot_moves_within_a_pair(self):
        """HSET was done at A, PEXPIRE is not any more: both go to B."""
        with Fake(f"node A\nslots 0-16383\nalways PEXPIRE *\n"
                  f" reply -MOVED {SLOT} %{{B}}\nnode B\n{HASH}") as f:
            r = self.succeeds(f, LOAD, stdin=ROWS)
            self.assertEqual(r.json["loaded"], 1)
            self.assertEqual(len(f.commands("HSET", node="B")), 1)
            self.assertEqual(len(f.commands("PEXPIRE", node="B")), 1)


class Order(Case):
    """Writes to one key, of which some are refused for a while."""

    def events(self, *values):
        return b"".join(b'{"entity":"u0001","features":{"tx_count_5m":%d}}\n'
                        % v for v in values)

    def streams(self, f, *pieces, retry="5s"):
        args = ["stream", "--from", "-", "--json"]
        return self.run_it(f, args + (["--retry", retry] if retry else []),
                           stdin=list(pieces), within=4)

    def values(self, f, node=None):
        return [int(c[-1]) for c in f.commands("HSETEX", node=node)]

    def test_87_put_off_and_overtaken(self):
        for word in ("TRYAGAIN", "CLUSTERDOWN", "LOADING"):
            rules = f"slots 0-16383\nexpect HSETEX *\n reply -{word} x\n"
            with self.subTest(word), Fake(rules) as f:
                r = self.streams(f, self.events(1, 2))
                self.assertEqual((r.status, r.json["events"]), (0, 2), r)
                self.assertEqual(self.values(f), [1, 2])
            with self.subTest(word, retry=False), Fake(rules) as f:
                r = self.streams(f, self.events(1, 2), retry=None)
                self.assertEqual((r.status, r.json["events"]), (1, 1), r)
                self.assertIn("a later write to the same key", r.err)
                self.assertEqual(self.values(f), [1, 2])

    def test_87_all_put_off(self):
        """With pauses by chance; they come back as they were."""
        with Fake("slots 0-16383\nexpect HSETEX *\n times 20\n"
                  " reply -LOADING x\n") as f:
            r = self.streams(f, self.events(*range(20)))
            self.assertEqual((r.status, r.json["events"]), (0, 20), r)
            self.assertEqual(self.values(f)[20:], list(range(20)))

    def test_82_some_are_still_on_the_old_way(self):
        """2 hears late that the slot has moved; 3 knows it already."""
        moved = f" reply -MOVED {SLOT} %{{B}}\n"
        stale = "always CLUSTER *\n skip 2\n reply -ERR x\n"
        with Fake(f"node A\nslots 0-16383\n{stale}expect HSETEX *\n{moved}"
                  f"expect HSETEX *\n pause 400\n{moved}node B\n{stale}"
                  ) as f:
            r = self.streams(f, self.events(1, 2), 0.1, self.events(3))
            self.assertEqual((r.status, r.json["events"]), (0, 3), r)
            self.assertEqual(self.values(f, "B"), [1, 2, 3])

    def test_83_asked_in_order(self):
        ask = f" reply -ASK {SLOT} %{{B}}\n"
        with Fake(f"node A\nslots 0-16383\nexpect HSETEX *\n{ask}"
                  f"expect HSETEX *\n pause 400\n{ask}"
                  f"always HSETEX *\n{ask}node B\n") as f:
            r = self.streams(f, self.events(1, 2), 0.1, self.events(3))
            self.assertEqual((r.status, r.json["events"]), (0, 3), r)
            self.assertEqual(self.values(f, "B"), [1, 2, 3])
            self.assertEqual(len(f.commands("ASKING", node="B")), 3)

    def test_83_asked_for_and_then_refused_no_more(self):
        """The move was called off: 1 must not come to B behind 2 at A."""
        with Fake(f"node A\nslots 0-16383\nexpect HSETEX *\n"
                  f" reply -ASK {SLOT} %{{B}}\nexpect HSETEX *\n pause 300\n"
                  " default\nnode B\n") as f:
            r = self.streams(f, self.events(1, 2))
            self.assertEqual((r.status, r.json["events"]), (0, 2), r)
            self.assertEqual(self.values(f, "B"), [])


class Maps(Case):
    def answer(self, shards, slots, args=None, status=None, pattern="",
               data=HASH, **how):
        with Fake(f"node A\nslots 0-16383\n{data}always CLUSTER SHARDS\n"
                  f" reply {shards}\nalways CLUSTER SLOTS\n reply {slots}\n"
                  ) as f:
            r = self.run_it(f, args or READ, **how)
            if status is not None:
                self.assertEqual(r.status, status, r)
            if r.status == 3:
                self.one_line(r, pattern)
            return r

    NO = "-ERR unknown subcommand"

    def test_90_holes(self):
        r = self.answer(self.NO, r"*1\r\n*3\r\n:0\r\n:0\r\n*2\r\n$9\r\n"
                        r"127.0.0.1\r\n:%{A.port}", status=3)
        self.assertIn(f"slot {SLOT}", r.err)

    def test_90_none_at_all(self):
        self.answer(self.NO, "*0", status=3, pattern="no node has slots")
        self.answer("*0", "*0", status=3, pattern="no node has slots")

    def test_90_overlap(self):
        one = r"*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:{}"
        self.answer(self.NO, r"*2\r\n" + one.format("%{A.port}") + r"\r\n"
                    + one.format("1"), status=3, pattern="two primaries")

    def test_90_endpoints(self):
        """NULL and nothing mean the node that was asked."""
        for host, good in ((r"$-1", True), (r"$0\r\n", True),
                           (r"$1\r\n?", False), (":1", False),
                           ("*0", False), ("$3\\r\\na\\0b", False)):
            with self.subTest(host):
                r = self.answer(self.NO, r"*1\r\n*3\r\n:0\r\n:16383\r\n"
                                rf"*2\r\n{host}\r\n:%{{A.port}}")
                self.assertEqual(r.status, 0 if good else 3, r)

    def test_90_shards(self):
        node = (r"*14\r\n$2\r\nid\r\n$1\r\nx\r\n$4\r\nport\r\n:{port}\r\n"
                r"$2\r\nip\r\n$9\r\n127.0.0.1\r\n$8\r\nendpoint\r\n{host}\r\n"
                r"$4\r\nrole\r\n$6\r\nmaster\r\n$18\r\nreplication-offset\r\n"
                r":0\r\n$6\r\nhealth\r\n$6\r\nonline")
        shard = (r"*1\r\n*4\r\n$5\r\nslots\r\n*2\r\n:0\r\n:16383\r\n"
                 r"$5\r\nnodes\r\n*1\r\n" + node)
        for host, port, good in ((r"$-1", "%{A.port}", True),
                                 (r"$0\r\n", "%{A.port}", True),
                                 (r"$1\r\n?", "%{A.port}", False),
                                 (r"$9\r\n127.0.0.1", "0", False),
                                 (r"$9\r\n127.0.0.1", "65536", False),
                                 (r"$9\r\n127.0.0.1", "-1", False)):
            with self.subTest(host=host, port=port):
                r = self.answer(shard.replace("{port}", port).replace(
                    "{host}", host), self.NO)
                self.assertEqual(r.status, 0 if good else 3, r)

    def test_90_nonsense(self):
        for text in (":1", "$-1", "*-1", r"$3\r\nabc", r"*1\r\n:1",
                     r"*1\r\n*0", r"*1\r\n*2\r\n:0\r\n:1",
                     r"*1\r\n*3\r\n:5\r\n:1\r\n*2\r\n$-1\r\n:1",
                     r"*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$-1\r\n:1",
                     r"*1\r\n*3\r\n:-1\r\n:5\r\n*2\r\n$-1\r\n:1",
                     r"*1\r\n*3\r\n$1\r\n0\r\n:5\r\n*2\r\n$-1\r\n:1",
                     r"-ERR \e[2J", r"*1\r\n*1\r\n*1\r\n*1\r\n*0"):
            with self.subTest(text):
                self.answer(text, text, status=3)

    def test_90_known_by_slots_alone(self):
        """Before Redis 7 there is no CLUSTER SHARDS."""
        with Fake(f"slots 0-16383\n{HASH}always CLUSTER SHARDS\n reply -ERR "
                  "Unknown subcommand or wrong number of arguments for "
                  "'SHARDS'") as f:
            self.succeeds(f, READ)


class Nodes(Case):
    """Three nodes, each with a third of the slots."""

    def three(self, **rules):
        text = ""
        low = {"A": 0, "B": 5461, "C": 10923}
        high = {"A": 5460, "B": 10922, "C": 16383}
        for name in "ABC":
            text += f"node {name}\nslots {low[name]}-{high[name]}\n"
            for i in range(1, 61):
                key = f"fs:user:u{i:04}"
                if low[name] <= slot(key) <= high[name]:
                    text += f"hash {key} @60000 country_iso=D{name}\n"
            text += rules.get(name, "")
        return Fake(text)

    def count(self, name):
        low = {"A": 0, "B": 5461, "C": 10923}[name]
        high = {"A": 5460, "B": 10922, "C": 16383}[name]
        return sum(low <= slot(f"fs:user:u{i:04}") <= high
                   for i in range(1, 61))

    IDS = [f"u{i:04}" for i in range(1, 61)]

    def test_90_all_is_well(self):
        with self.three() as f:
            r = self.succeeds(f, ["entities", "--json"])
            self.assertEqual(r.json["entity_ids"], self.IDS)
            r = self.succeeds(f, ["batch-read", *self.IDS, "--features",
                                  "country_iso", "--json"])
            self.assertEqual(r.json["missing_entities"], 0)

    def test_91_one_node_dead(self):
        for how in ("close", "reset", "leave"):
            with self.subTest(how), self.three(
                    C=f"always <accept>\n {how}\n") as f:
                r = self.run_it(f, ["batch-read", *self.IDS, "--features",
                                    "country_iso", "--rows", "ndjson"],
                                within=3)
                self.assertEqual(r.status, 1, r)
                self.assertEqual(r.out.count('"DA"'), self.count("A"))
                self.assertEqual(r.out.count('"DB"'), self.count("B"))
                self.assertNotIn('"DC"', r.out)
                self.assertEqual(
                    sum(f"{u}: " in r.err for u in self.IDS),
                    self.count("C"), r)

    def test_91_one_node_silent(self):
        with self.three(C="always HMGET *\n stall\n") as f:
            r = self.run_it(f, ["batch-read", *self.IDS, "--features",
                                "country_iso", "--rows", "ndjson"], within=3)
            self.assertEqual(r.status, 1, r)
            self.assertEqual(r.out.count('"DA"'), self.count("A"))
            self.assertEqual(r.out.count('"DB"'), self.count("B"))

    def test_91_state_and_loads(self):
        with self.three(C="always <accept>\n close\n") as f:
            r = self.run_it(f, ["state", "--json"], within=3)
            self.assertIn(r.status, (0, 1, 3), r)
            rows = b"entity,country_iso\n" + b"".join(
                b"%s,US\n" % u.encode() for u in self.IDS)
            r = self.run_it(f, LOAD, stdin=rows, within=3)
            self.assertIn(r.status, (1, 3), r)
            if r.out:
                self.assertLessEqual(r.json["loaded"],
                                     60 - self.count("C"))

    def test_94_node_leaves_during_a_scan(self):
        for args in (["entities", "--json"], ["audit", "--json"]):
            with self.subTest(args[0]), self.three(
                    C="expect SCAN *\n leave\n") as f:
                r = self.run_it(f, args, within=4)
                self.assertRegex(r.err + r.out, "incomplete|not complete|"
                                 '"complete": *false|lost the connection')
                if args[0] == "entities":
                    self.assertIn(r.status, (1, 3), r)

    def test_94_every_node_leaves(self):
        gone = "always SCAN *\n leave\n"
        with self.three(A=gone, B=gone, C=gone) as f:
            r = self.run_it(f, ["entities", "--json"], within=4)
            self.assertEqual(r.status, 3, r)


class Real(Case):
    """What a cluster does by itself."""

    def test_89_no_crossslot(self):
        with Cluster(masters=2) as c:
            for args in (["bulk-load", "--count", "200"],
                         ["stream", "--ticks", "2"],
                         ["set", "u0001", "country_iso=US", "tx_count_5m=1"],
                         ["batch-read", "--count", "50"], ["audit"],
                         ["inspect", "u0001"], ["read", "u0001"],
                         ["delete", "u0001", "u0002", "u0003"],
                         ["repair", "--yes"], ["entities"], ["state"],
                         ["reset", "--yes"]):
                r = self.succeeds(c, args, timeout=5, connect=5)
                self.assertNotIn("CROSSSLOT", r.err)
            self.assertEqual(sum(r("DBSIZE") for r in c.clients()), 0)

    def test_92_failover_in_the_middle(self):
        with Cluster(masters=2, replicas=1) as c:
            p = self.start(c, ["bulk-load", "--count", "30000", "--rate",
                               "15000", "--json"], timeout=5, connect=5)
            r = c.nodes[0].client()
            wait(lambda: r("DBSIZE") > 1000, 20, "some entities")
            c.nodes[2].client()("CLUSTER", "FAILOVER")
            result = p.wait()
            self.is_clean(result)
            held = sum(max(c.nodes[i].client()("DBSIZE"),
                           c.nodes[i + 2].client()("DBSIZE"))
                       for i in (0, 1))
            if result.status == 0:
                self.assertEqual(result.json["loaded"], 30000, result)
                self.assertEqual(held, 30000)
            else:
                self.assertIn(result.status, (1, 3), result)
                if result.out:
                    self.assertLessEqual(result.json["loaded"], held)

    def test_91_node_is_killed(self):
        with Cluster(masters=3) as c:
            self.succeeds(c, ["bulk-load", "--count", "60"], timeout=5)
            ids = [f"u{i:04}" for i in range(1, 61)]
            dead = {u for u in ids if c.node(f"fs:user:{u}") is c.nodes[2]}
            c.nodes[2].kill()
            r = self.run_it(c, ["batch-read", *ids, "--rows", "ndjson"],
                            within=3)
            self.assertIn(r.status, (1, 3), r)
            self.assertLessEqual(r.out.count("\n"), 60 - len(dead))

    def test_91_a_sample_says_what_it_left_out(self):
        # The others answer on, however long this takes.
        with Cluster(masters=3, args=["--cluster-require-full-coverage",
                                      "no"]) as c:
            self.succeeds(c, ["bulk-load", "--count", "3000"], timeout=5)
            c.nodes[2].kill()
            for args in (["audit", "--sample", "50", "--json"],
                         ["schema", "--infer"],
                         ["batch-read", "--count", "50", "--json"]):
                with self.subTest(args[0]):
                    r = self.run_it(c, args, within=4)
                    self.assertIn(r.status, (1, 3), r)
                    self.assertIn(str(c.nodes[2].port), r.err, r)
                    if args[0] == "audit" and r.out:
                        self.assertIs(r.json["complete"], False)


class Down(Case):
    """A node is killed of which there is no replica, or none takes over."""

    COUNT = 1500
    IDS = [f"u{i:04}" for i in range(1, COUNT + 1)]
    ROWS = b"entity,country_iso\n" + b"".join(
        b"%s,US\n" % u.encode() for u in IDS)
    EVENTS = b"".join(
        b'{"entity":"%s","features":{"tx_count_5m":1}}\n' % u.encode()
        for u in IDS)
    NO_COVERAGE = ["--cluster-require-full-coverage", "no"]

    def fill(self, c):
        self.succeeds(c, ["bulk-load", "--count", self.COUNT], timeout=5)

    def kill(self, c, *nodes):
        """And wait until the others know."""
        for i in nodes:
            c.nodes[i].kill()
        r = c.nodes[0].client()
        wait(lambda: b"fail" in r("CLUSTER", "NODES"), 20, "the others")

    def ends(self, c, args, within=6, **how):
        """By the usual deadlines, with a word for the node that is gone."""
        r = self.run_it(c, args, timeout=5, connect=5, limit=120,
                        within=within * tap.SLOWNESS, **how)
        self.assertEqual(r.status, 1, r)
        return r

    def lived(self, c):
        return sum(c.node("fs:user:" + u) is not c.nodes[2]
                   for u in self.IDS)

    def test_88_nothing_is_waited_for_again_and_again(self):
        with Cluster(masters=3) as c:
            self.fill(c)
            self.kill(c, 2)
            r = c.nodes[0].client()
            wait(lambda: b"cluster_state:fail" in r("CLUSTER", "INFO"), 20,
                 "the cluster to be down")
            gone, lived = str(c.nodes[2].port), self.lived(c)
            for args in (["audit", "--json"], ["audit", "--sample", "200"],
                         ["repair", "--dry-run"], ["reset", "--dry-run"],
                         ["reset", "--yes"]):
                with self.subTest(args):
                    r = self.ends(c, args)
                    self.assertEqual(r.out, "")
                    self.assertRegex(r.err, f"not complete.*{gone}.*refused"
                                     ".*; .*CLUSTERDOWN")
            for args in (["state", "--json"], ["entities", "--json"]):
                with self.subTest(args):
                    r = self.ends(c, args)
                    self.assertIs(r.json["complete"], False)
                    self.assertRegex(r.err, f"{lived} of about 1[45]")
            for args, stdin in ((["batch-read", "--from", "-"],
                                 "\n".join(self.IDS).encode()),
                                (LOAD, self.ROWS),
                                (["stream", "--from", "-"], self.EVENTS),
                                (["stream", "--ticks", "1"], b"")):
                with self.subTest(args):
                    r = self.run_it(c, args, stdin=stdin, timeout=5,
                                    connect=5, within=6 * tap.SLOWNESS)
                    self.assertEqual(r.status, 3, r)
                    self.assertRegex(r.err, "CLUSTERDOWN|refused")

    def test_91_what_the_others_hold(self):
        with Cluster(masters=3, args=self.NO_COVERAGE) as c:
            self.fill(c)
            self.kill(c, 2)
            lived = self.lived(c)
            r = self.ends(c, ["audit"])
            self.assertRegex(r.out, f"cut short after {lived:,} of about "
                             "1,[45].. entities, read in .*NOT COMPLETE")
            self.assertRegex(r.err, f"{lived} of about 1[45]")
            r = self.ends(c, ["audit", "--json"])
            self.assertEqual(r.json["sampled"], lived)
            self.assertGreater(r.json["entities"], lived)
            r = self.ends(c, ["stream", "--from", "-", "--json"],
                          stdin=self.EVENTS)
            self.assertGreater(r.json["events"], 0)
            r = self.ends(c, LOAD, stdin=self.ROWS)
            self.assertEqual(r.json["loaded"], lived)
            r = self.ends(c, ["--once"])
            self.assertIn("1 of 3 nodes down", r.out)
            ids = self.IDS[:20]
            held = sum(c.node("fs:user:" + u) is not c.nodes[2] for u in ids)
            r = self.ends(c, ["delete", *ids, "--json"])
            self.assertEqual(r.json["deleted"], held)
            self.assertIn(f"{20 - held} of 20 entities are not deleted",
                          r.err)

    def test_91_frozen(self):
        """It takes connections, and says nothing: one time-out in all."""
        with Cluster(masters=3, args=self.NO_COVERAGE) as c:
            self.fill(c)
            c.nodes[2].freeze()
            try:
                r = self.ends(c, ["batch-read", "--from", "-", "--json"],
                              stdin="\n".join(self.IDS * 4).encode(),
                              within=7)
                self.assertEqual(r.json["returned_count"] / 6,
                                 4 * self.lived(c))
                r = self.ends(c, ["audit", "--json"], within=7)
                self.assertEqual(r.json["sampled"], self.lived(c))
                r = self.ends(c, ["--once"], within=10)
                self.assertRegex(r.out, "1 of 3 nodes (silent|down)")
                self.assertRegex(r.out, "primary +[1-9]")
            finally:
                c.nodes[2].thaw()

    def test_92_no_replica_takes_over(self):
        """Most masters are gone, so that none is elected: 30 s in all."""
        with Cluster(masters=3, replicas=1) as c:
            self.fill(c)
            self.kill(c, 1, 2)
            p = self.start(c, ["audit", "--sample", "100"], timeout=5,
                           connect=5, limit=120)
            load = self.start(c, LOAD, stdin=self.ROWS, timeout=5, connect=5,
                              limit=120)
            for r in (p.wait(), load.wait()):
                self.is_clean(r)
                self.assertIn(r.status, (1, 3), r)
                self.assertLess(r.took, 33 * tap.SLOWNESS, r)
                self.assertRegex(r.err, "CLUSTERDOWN|refused")


load_tests = in_parallel

if __name__ == "__main__":
    tap.main()
