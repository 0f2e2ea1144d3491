"""Random picks against real servers: are they uniform?"""
import math
import threading
import time

import tap
from driver import PREFIX, Alone, Clustered, fill
from server import Server, on_both


def chi_squared(counts, cells, pick=1):
    """pick: how many different ones come at a time: that makes it more even."""
    want = sum(counts.values()) / cells
    chi = sum((c - want) ** 2 for c in counts.values()) / want
    chi += (cells - len(counts)) * want
    chi /= (cells - pick) / (cells - 1)
    print(f"chi-squared {chi:.0f} of {cells - 1}")
    return chi


def chi_squared_is_high(counts, cells, pick=1):
    """Whether so uneven a count is no chance any more."""
    chi = chi_squared(counts, cells, pick)
    # Wilson and Hilferty: the cube root of chi / df is nearly normal.
    df = cells - 1
    z = ((chi / df) ** (1 / 3) - (1 - 2 / (9 * df))) / math.sqrt(2 / (9 * df))
    print(f"z {z:.2f}, {sum(counts.values())} picks")
    return abs(z) > 5


class Picking:
    """What holds alone and in a cluster."""
    effort = 1

    def names(self, n):
        return sorted(b"u%04d" % i for i in range(1, n + 1))

    def test_picks_are_different_and_there(self):
        self.fill(1000, 200)
        a = self.st("pick", 100, 20)
        self.assertEqual((a["ok"], a["low"], a["high"]), (1, 100, 100))
        self.assertLessEqual(set(a["counts"]), set(self.names(1000)))

    def test_more_picks_than_there_are(self):
        for n in (0, 1, 3, 200, 1000):
            self.flush()
            self.fill(n, 700 if n == 3 else 0)
            a = self.st("pick", 1200, 3)
            self.assertEqual((a["ok"], a["low"], a["high"]), (1, n, n))

    def even(self, n, foreign, pick, times, command="pick", *more, high=0):
        self.fill(n, foreign)
        a = self.st(command, pick, int(times * self.effort), *more)
        self.assertEqual(a["code"], 0, a["why"])
        if high:
            self.assertLess(chi_squared(a["counts"], n, pick), high)
        else:
            self.assertFalse(chi_squared_is_high(a["counts"], n, pick))
        return a

    def test_picks_are_uniform(self):
        self.even(1000, 0, 5, 4000)

    def test_picks_are_uniform_among_keys_of_others(self):
        self.even(1000, 3000, 5, 3000)

    def test_picks_are_uniform_when_few_are_ours(self):
        self.even(300, 30000, 30, 100)

    def test_large_picks_are_uniform(self):
        self.even(5000, 0, 400, 50)

    def test_half_of_a_store_is_uniform(self):
        self.even(2000, 500, 1000, 60)

    def test_a_large_part_of_a_larger_store(self):
        self.fill(40000)
        before = self.scans()
        a = self.st("pick", 15000, 1)
        self.assertEqual((a["ok"], a["low"], a["high"]), (1, 15000, 15000))
        self.assertEqual(set(a["counts"].values()), {1})
        self.assertLessEqual(set(a["counts"]), set(self.names(40000)))
        # It is walked over, and not probed until so many have been met.
        self.assertLess(self.scans() - before, 15000)

    def test_picks_within_a_budget_are_uniform(self):
        self.even(1000, 600, 5, 3000, "draw", 50)

    def test_picks_of_a_small_store_are_uniform(self):
        self.even(100, 0, 5, 2000)

    def test_ticks_are_uniform(self):
        a = self.even(1000, 500, 5, 4000, "ticks", 2000)
        self.assertEqual((a["ack"], a["revived"]),
                         (int(20000 * self.effort), 0))

    def test_ticks_of_a_store_smaller_than_a_tick(self):
        self.fill(3)
        a = self.st("ticks", 5, 20, 2000)
        self.assertEqual((a["ok"], a["ack"]), (1, 60))
        self.assertEqual(set(a["counts"].values()), {20})

    def test_ticks_leave_out_what_is_about_to_go(self):
        self.fill(1000)
        for i in range(1, 501):
            self.key(i)("PEXPIRE", f"{PREFIX}u{i:04}", 1500 if i > 100 else 1)
        a = self.st("ticks", 5, 300, 2000)
        self.assertEqual((a["ok"], a["ack"], a["revived"]), (1, 1500, 0))
        self.assertLessEqual(set(a["counts"]),
                             {b"u%04d" % i for i in range(501, 1001)})


class PickingAlone(Picking, Alone):
    def key(self, i):
        return self.r

    def scans(self):
        return self.r.calls().get("scan", 0)

    def test_a_picker_that_goes_on_is_uniform_when_few_are_ours(self):
        # Keys of a page come together, and the gaps before one count, so that
        # more than chance is allowed; 2,000 where no page goes round the end.
        # Valkey's buckets have several keys, and are drawn one by one here.
        self.even(300, 30000, 30, 6000 if self.kind == "redis" else 1000,
                  "draw", high=1000)

    def test_picks_stay_uniform_while_the_table_is_resized(self):
        self.fill(1000)
        stop = threading.Event()

        def churn():
            with Server.client(self.server) as r:
                while not stop.is_set():
                    r.many(("SET", f"x{i}", 1) for i in range(3000))
                    time.sleep(0.02)
                    r.many(("DEL", f"x{i}") for i in range(3000))
                    time.sleep(0.02)

        thread = threading.Thread(target=churn)
        thread.start()
        try:
            a = self.st("pick", 5, 3000)
        finally:
            stop.set()
            thread.join()
        self.assertFalse(chi_squared_is_high(a["counts"], 1000, 5))

    def test_a_store_that_fills_and_empties_under_the_ticks(self):
        a = self.st("ticks", 5, 3, 2000)
        self.assertEqual((a["ok"], a["ack"]), (1, 0))
        self.fill(200)
        a = self.st("ticks", 5, 5, 2000)
        self.assertGreaterEqual(a["ack"], 10)
        self.fill(5000)
        a = self.st("ticks", 5, 2000, 2000)
        self.assertEqual(a["ack"], 10000)
        self.assertGreater(len(a["counts"]), 3500)
        self.flush()
        a = self.st("ticks", 5, 3, 2000)
        self.assertEqual(a["ok"], 1)
        self.assertEqual(self.r("DBSIZE"), 0)

    def test_a_tick_is_one_round_trip(self):
        self.fill(1000)
        self.st("ticks", 5, 20, 2000)
        before = self.r.info("stats")["total_reads_processed"]
        a = self.st("ticks", 5, 200, 2000)
        reads = (int(self.r.info("stats")["total_reads_processed"]) -
                 int(before))
        print(f"200 ticks: {a['round_trips']} round trips, {reads} reads")
        self.assertLess(a["round_trips"], 215)
        # A flight may be sent in two parts, which a fast server reads alone.
        self.assertGreaterEqual(reads, a["round_trips"])
        self.assertLess(reads, 2 * a["round_trips"])


class PickingCluster(Picking, Clustered):
    effort = 0.6

    def key(self, i):
        return self.cluster.client(f"{PREFIX}u{i:04}")

    def scans(self):
        return sum(r.calls().get("scan", 0) for r in self.cluster.clients())

    def test_all_in_one_slot(self):
        prefix = "fs:{tag}:"
        fill(self.cluster.client, 1000, 500, prefix)
        a = self.open(prefix)("pick", 5, 1500)
        self.assertFalse(chi_squared_is_high(a["counts"], 1000, 5))

    def test_slots_that_tags_have_filled(self):
        names = [f"{{t{i % 7}}}u{i}" for i in range(700)]
        names += ["}{", "{}x", "a{b", "}a{b}"]
        for n in names:
            self.cluster.client(PREFIX + n)("HSET", PREFIX + n, "a", 1)
        a = self.st("pick", 5, 1000)
        self.assertFalse(chi_squared_is_high(a["counts"], len(names), 5))

for case in (PickingAlone, PickingCluster):
    on_both(case)
    del globals()[case.__name__]
del Alone, Clustered, case

if __name__ == "__main__":
    tap.main()
