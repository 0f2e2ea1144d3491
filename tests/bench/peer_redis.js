// node-redis's part in the bench: windows of 500, rows made here.
//
//	node peer_redis.js load SOCKET N	HSET of six features and PEXPIRE
//	node peer_redis.js stream SOCKET N	HSETEX of five features
//	node peer_redis.js audit SOCKET		SCAN, deadlines of five fields and key
//	node peer_redis.js read SOCKET K R	R times HMGET of five features of
//						K entities in one go; p50 in us
const { createClient } = require('redis');

const WINDOW = 500;
const STREAMING = ['last_login_ts', 'last_device_id', 'tx_count_5m',
	'failed_logins_15m', 'session_country'];

const keyOf = (i) => 'fs:user:u' + String(i).padStart(4, '0');

async function load(r, n) {
	for (let first = 1; first <= n; first += WINDOW) {
		const done = [];

		for (let i = first; i < first + WINDOW && i <= n; i++) {
			done.push(r.hSet(keyOf(i), {
				country_iso: 'US', risk_segment: 'low',
				account_age_days: 7 + i * 7 % 2394,
				tx_count_7d: i % 81,
				avg_amount_30d: (500 + i * 37 % 34500) / 100,
				chargeback_count_180d: i % 4,
			}));
			done.push(r.pExpire(keyOf(i), 86400000));
		}
		await Promise.all(done);
	}
}

async function stream(r, n) {
	for (let first = 1; first <= n; first += WINDOW) {
		const done = [];

		for (let i = first; i < first + WINDOW && i <= n; i++)
			done.push(r.sendCommand(['HSETEX', keyOf(i), 'PX', '300000',
				'FIELDS', '5', 'last_login_ts', '1716998413541',
				'last_device_id', 'ios-9f02',
				'tx_count_5m', String(i % 13),
				'failed_logins_15m', '0', 'session_country', 'US']));
		await Promise.all(done);
	}
}

async function audit(r) {
	let cursor = 0, found = 0;

	do {
		const page = await r.scan(cursor,
			{ MATCH: 'fs:user:*', COUNT: 1000 });
		const done = [];

		for (const key of page.keys) {
			done.push(r.sendCommand(['HPEXPIRETIME', key, 'FIELDS', '5',
				...STREAMING]));
			done.push(r.sendCommand(['PEXPIRETIME', key]));
		}
		found += (await Promise.all(done)).length / 2;
		cursor = Number(page.cursor);
	} while (cursor !== 0);
	console.log(found);
}

async function read(r, k, rounds) {
	const took = [];

	for (let round = 0; round < rounds; round++) {
		const began = process.hrtime.bigint();
		const done = [];

		for (let i = 1; i <= k; i++)
			done.push(r.hmGet(keyOf(i), STREAMING));
		await Promise.all(done);
		took.push(Number(process.hrtime.bigint() - began) / 1000);
	}
	took.sort((a, b) => a - b);
	console.log(took[Math.floor(rounds / 2)]);
}

async function main(what, path, ...numbers) {
	const r = createClient({ socket: { path } });

	await r.connect();
	await { load, stream, audit, read }[what](r, ...numbers.map(Number));
	await r.quit();
}

main(...process.argv.slice(2));
