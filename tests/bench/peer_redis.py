#!/usr/bin/python3
"""redis-py's part in the load: windows of 500, rows made here.

    peer_redis.py SOCKET N
"""
import sys

import redis

WINDOW = 500

r = redis.Redis(unix_socket_path=sys.argv[1])
n = int(sys.argv[2])
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
