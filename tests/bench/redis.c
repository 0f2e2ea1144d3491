/*
 * src/redis alone, against the floor: the same commands, formatted as they
 * are sent, every reply checked.
 *
 *	redis load SOCKET N [UNITS]	HSET of 6 fields and PEXPIRE
 *	redis stream SOCKET N [UNITS]	HSETEX of 5 fields
 *	redis read SOCKET K R		R times K entities: HMGET of 5, their
 *					deadlines, the key's, the time
 *	redis one SOCKET R		R times HMGET of 5; and the same by bare
 *					write and read, in turns
 *
 * Prints seconds (load, stream) or microseconds (read, one: the median).
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/batch.h"

#define FIELDS	5
static const char *const names[FIELDS] = { "last_login_ts", "last_device_id",
    "tx_count_5m", "failed_logins_15m", "session_country" };

static struct fs_cluster *cl;
static struct fs_batch *b;

static struct fs_bytes
id_of(char *buf, size_t i)
{
	return fs_bytes(buf, (size_t)sprintf(buf, "u%04zu", i));
}

static void
key_arg(size_t i)
{
	char key[48] = "fs:user:";

	fs_batch_arg(b, fs_bytes(key, 8 + id_of(key + 8, i).len));
}

static void
open_unit(size_t i)
{
	char key[48] = "fs:user:";

	fs_batch_key(b, i, fs_bytes(key, 8 + id_of(key + 8, i).len));
}

static void
add_load(size_t i)
{
	static uint32_t seed = 42;
	char text[16];

	seed = seed * 1664525u + 1013904223u;
	open_unit(i);
	fs_batch_cmd(b, FS_VERB_HSET, 13);
	key_arg(i);
	fs_batch_arg_text(b, "country_iso");
	fs_batch_arg_text(b, "US");
	fs_batch_arg_text(b, "risk_segment");
	fs_batch_arg_text(b, "low");
	fs_batch_arg_text(b, "account_age_days");
	fs_batch_arg_u64(b, 7 + (seed >> 8) % 2394);
	fs_batch_arg_text(b, "tx_count_7d");
	fs_batch_arg_u64(b, (seed >> 4) % 81);
	fs_batch_arg_text(b, "avg_amount_30d");
	fs_batch_arg(b, fs_bytes(text, (size_t)sprintf(text, "%u.%02u",
	    5 + (seed >> 9) % 345, (seed >> 3) % 100)));
	fs_batch_arg_text(b, "chargeback_count_180d");
	fs_batch_arg_u64(b, (seed >> 27) % 4);
	fs_batch_cmd(b, FS_VERB_PEXPIRE, 2);
	key_arg(i);
	fs_batch_arg_i64(b, 86400000);
	fs_batch_end(b);
}

static void
add_stream(size_t i)
{
	static const char *const values[FIELDS] = { "1716998413541",
	    "ios-9f02", "3", "0", "US" };

	open_unit(i);
	fs_batch_cmd(b, FS_VERB_HSETEX, 5 + 2 * FIELDS);
	key_arg(i);
	fs_batch_arg_text(b, "PX");
	fs_batch_arg_text(b, "300000");
	fs_batch_arg_text(b, "FIELDS");
	fs_batch_arg_i64(b, FIELDS);
	for (int k = 0; k < FIELDS; k++) {
		fs_batch_arg_text(b, names[k]);
		fs_batch_arg_text(b, values[k]);
	}
	fs_batch_end(b);
}

static void
must_integer(const struct fs_reply *reply)
{
	struct fs_err	e;
	int64_t		n;

	if (!fs_reply_want_integer(reply, "reply", &n, &e))
		errx(3, "%s", e.msg);
}

static void
write_many(void (*add)(size_t), size_t n, size_t units, size_t nreplies)
{
	const struct fs_unit	*unit;
	int64_t			 began = fs_clock_mono();
	struct rusage		 ru;
	size_t			 i = 1;

	fs_batch_window(b, &(struct fs_window){ .units = units,
	    .bytes = units * 512 });
	while (i <= n || fs_batch_pending(b) > 0) {
		while (i <= n && !fs_batch_full(b))
			add(i++);
		unit = fs_batch_take(b);
		if (unit->nreplies != nreplies)
			errx(3, "%s", unit->err.msg);
		for (size_t r = 0; r < nreplies; r++)
			must_integer(&unit->reply[r]);
	}
	getrusage(RUSAGE_SELF, &ru);
	printf("%.6f s, %ld kB, cpu %.3f s\n",
	    (double)(fs_clock_mono() - began) / 1e6, ru.ru_maxrss,
	    (double)ru.ru_utime.tv_sec + (double)ru.ru_utime.tv_usec / 1e6 +
	    (double)ru.ru_stime.tv_sec + (double)ru.ru_stime.tv_usec / 1e6);
}

static void
add_hmget(size_t i)
{
	fs_batch_cmd(b, FS_VERB_HMGET, 1 + FIELDS);
	key_arg(i);
	for (int k = 0; k < FIELDS; k++)
		fs_batch_arg_text(b, names[k]);
}

static void
add_read(size_t i)
{
	open_unit(i);
	add_hmget(i);
	fs_batch_cmd(b, FS_VERB_HPEXPIRETIME, 3 + FIELDS);
	key_arg(i);
	fs_batch_arg_text(b, "FIELDS");
	fs_batch_arg_i64(b, FIELDS);
	for (int k = 0; k < FIELDS; k++)
		fs_batch_arg_text(b, names[k]);
	fs_batch_cmd(b, FS_VERB_PEXPIRETIME, 1);
	key_arg(i);
	fs_batch_cmd(b, FS_VERB_TIME, 0);
	fs_batch_end(b);
}

static int
by_value(const void *x, const void *y)
{
	int64_t p = *(const int64_t *)x, q = *(const int64_t *)y;

	return (p > q) - (p < q);
}

static double
median(int64_t *took, size_t n)
{
	qsort(took, n, sizeof(*took), by_value);
	return (double)took[n / 2];
}

static void
read_rounds(size_t k, size_t rounds)
{
	int64_t *took = fs_xcalloc(rounds, sizeof(*took));

	for (size_t r = 0; r < rounds; r++) {
		int64_t began = fs_clock_mono();
		size_t i = 1;

		while (i <= k || fs_batch_pending(b) > 0) {
			while (i <= k && !fs_batch_full(b))
				add_read(i++);
			if (fs_batch_take(b)->nreplies != 4)
				errx(3, "no answer");
		}
		took[r] = fs_clock_mono() - began;
	}
	printf("%.2f\n", median(took, rounds));
	free(took);
}

/* As bare as it can be: a blocking socket, ready-made bytes. */
static int64_t
bare(int fd, const char *ask, size_t len)
{
	static char in[65536];
	int64_t began = fs_clock_mono();

	if (write(fd, ask, len) != (ssize_t)len || read(fd, in,
	    sizeof(in)) <= 0)
		err(3, "bare");
	return fs_clock_mono() - began;
}

static int64_t
ours(void)
{
	int64_t began = fs_clock_mono();
	struct fs_err e;

	open_unit(1);
	add_hmget(1);
	fs_batch_end(b);
	if (!fs_reply_want_array(&fs_batch_take(b)->reply[0], "HMGET", FIELDS,
	    &e))
		errx(3, "%s", e.msg);
	return fs_clock_mono() - began;
}

static void
one(const char *path, size_t rounds)
{
	static const char ask[] = "*7\r\n$5\r\nHMGET\r\n$13\r\nfs:user:u0001"
	    "\r\n$13\r\nlast_login_ts\r\n$14\r\nlast_device_id\r\n$11\r\n"
	    "tx_count_5m\r\n$17\r\nfailed_logins_15m\r\n$15\r\n"
	    "session_country\r\n";
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int64_t *took[2] = { fs_xcalloc(rounds, sizeof(int64_t)),
	    fs_xcalloc(rounds, sizeof(int64_t)) };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	double floor, mine;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(3, "%s", path);
	/* In runs of 100, so that each finds its own traces warm. */
	for (size_t i = 0; i < rounds; i += 100) {
		for (size_t k = i; k < rounds && k < i + 100; k++)
			took[0][k] = bare(fd, ask, sizeof(ask) - 1);
		for (size_t k = i; k < rounds && k < i + 100; k++)
			took[1][k] = ours();
	}
	floor = median(took[0], rounds);
	mine = median(took[1], rounds);
	printf("bare %.1f us, ours %.1f us, %.3f x\n", floor, mine,
	    mine / floor);
	free(took[0]);
	free(took[1]);
	close(fd);
}

int
main(int argc, char **argv)
{
	struct fs_target *target = fs_target_new();
	struct fs_err e;
	size_t n, units;

	if (argc < 4)
		errx(2, "see the head of %s", __FILE__);
	signal(SIGPIPE, SIG_IGN);
	free(target->host);
	target->host = NULL;
	target->socket = fs_xstrdup(argv[2]);
	target->timeout_ms = 60000;
	if ((cl = fs_cluster_open(target, "bench", NULL, false, &e)) == NULL)
		errx(3, "%s", e.msg);
	fs_cluster_gate(cl, true);
	b = fs_batch_new(cl, NULL);
	n = strtoul(argv[3], NULL, 10);
	units = argc > 4 ? strtoul(argv[4], NULL, 10) : 1000;
	if (strcmp(argv[1], "load") == 0)
		write_many(add_load, n, units, 2);
	else if (strcmp(argv[1], "stream") == 0)
		write_many(add_stream, n, units, 1);
	else if (strcmp(argv[1], "read") == 0)
		read_rounds(n, units);
	else if (strcmp(argv[1], "one") == 0)
		one(argv[2], n);
	fs_batch_free(b);
	fs_cluster_close(cl);
	fs_target_free(target);
	return 0;
}
