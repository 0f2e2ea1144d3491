// node-redis's part in the load: windows of 500, rows made here.
//
//	node peer_redis.js SOCKET N
const { createClient } = require('redis');

const WINDOW = 500;

async function main(path, n) {
	const r = createClient({ socket: { path } });

	await r.connect();
	for (let first = 1; first <= n; first += WINDOW) {
		const done = [];

		for (let i = first; i < first + WINDOW && i <= n; i++) {
			const key = 'fs:user:u' + String(i).padStart(4, '0');

			done.push(r.hSet(key, {
				country_iso: 'US', risk_segment: 'low',
				account_age_days: 7 + i * 7 % 2394,
				tx_count_7d: i % 81,
				avg_amount_30d: (500 + i * 37 % 34500) / 100,
				chargeback_count_180d: i % 4,
			}));
			done.push(r.pExpire(key, 86400000));
		}
		await Promise.all(done);
	}
	await r.quit();
}

main(process.argv[2], Number(process.argv[3]));
