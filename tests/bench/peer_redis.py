#!/usr/bin/python3
"""redis-py's part in the bench: windows of 500, rows made here.

    peer_redis.py load SOCKET N         HSET of six features and PEXPIRE
    peer_redis.py stream SOCKET N       HSETEX of five features
    peer_redis.py audit SOCKET          SCAN, deadlines of five fields and key
    peer_redis.py read SOCKET K R       R times HMGET of five features of K
                                        entities in one round trip; p50 in us
"""
import sys
import time

import redis

WINDOW = 500
STREAMING = ["last_login_ts", "last_device_id", "tx_count_5m",
             "failed_logins_15m", "session_country"]


def load(r, n):
    for first in range(1, n + 1, WINDOW):
        with r.pipeline(transaction=False) as p:
            for i in range(first, min(first + WINDOW, n + 1)):
                key = f"fs:user:u{i:04d}"
                p.hset(key, mapping={
                    "country_iso": "US", "risk_segment": "low",
                    "account_age_days": 7 + i * 7 % 2394, "tx_count_7d": i % 81,
                    "avg_amount_30d": (500 + i * 37 % 34500) / 100,
                    "chargeback_count_180d": i % 4})
                p.pexpire(key, 86400000)
            p.execute()


def stream(r, n):
    for first in range(1, n + 1, WINDOW):
        with r.pipeline(transaction=False) as p:
            for i in range(first, min(first + WINDOW, n + 1)):
                p.execute_command(
                    "HSETEX", f"fs:user:u{i:04d}", "PX", 300000, "FIELDS", 5,
                    "last_login_ts", 1716998413541, "last_device_id",
                    "ios-9f02", "tx_count_5m", i % 13, "failed_logins_15m", 0,
                    "session_country", "US")
            p.execute()


def audit(r):
    cursor, found = None, 0
    while cursor != 0:
        cursor, keys = r.scan(cursor or 0, "fs:user:*", 1000)
        with r.pipeline(transaction=False) as p:
            for key in keys:
                p.execute_command("HPEXPIRETIME", key, "FIELDS", 5, *STREAMING)
                p.execute_command("PEXPIRETIME", key)
            found += sum(isinstance(x, list) for x in p.execute())
    print(found)


def read(r, k, rounds):
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        with r.pipeline(transaction=False) as p:
            for i in range(1, k + 1):
                p.hmget(f"fs:user:u{i:04d}", STREAMING)
            p.execute()
        took.append(time.perf_counter() - began)
    print(sorted(took)[rounds // 2] * 1e6)


what, path, *numbers = sys.argv[1:]
{"load": load, "stream": stream, "audit": audit, "read": read}[what](
    redis.Redis(unix_socket_path=path), *map(int, numbers))
