/*
 * The floor: what the server itself takes, with a client that does as little
 * as can be done in C. No library, no values, no checks but the count of the
 * replies' lines. What fsconsole does is measured against it in the same run.
 *
 *	floor load SOCKET N	HSET of 6 fields and PEXPIRE, bytes ready-made
 *	floor stream SOCKET N	HSETEX of 5 fields, bytes ready-made
 *	floor read SOCKET K R	R times K entities: HMGET of 5, their deadlines,
 *				the key's, the time; the median of a round
 *	floor audit SOCKET	SCAN of 1,000, five deadlines and the key's of
 *				each; the next page asked for with the reads
 *	floor same SOCKET	the same with what fsconsole asks: no TYPE, the
 *				deadlines of all eleven features, the key's and
 *				HLEN; the time once a page
 *	floor neighbour SOCKET	another client's HMGET, 2,000 a second, until
 *				stdin ends: p50, p99, p99.9 and how many
 *	floor run COMMAND...	run it; its seconds, size in kB and status go
 *				to stderr as the last line (a small parent: the
 *				size of a large one would count as the child's)
 *
 * Prints seconds (load, stream, audit) or microseconds (read, neighbour).
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH	"country_iso", "risk_segment", "account_age_days", \
		"tx_count_7d", "avg_amount_30d", "chargeback_count_180d"
#define FIELDS	"last_login_ts", "last_device_id", "tx_count_5m", \
		"failed_logins_15m", "session_country"

struct bytes {
	char	*data;
	size_t	 len, size;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
dial(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(2, "%s: too long", path);
	strcpy(sun.sun_path, path);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(3, "connect %s", path);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(3, "%s", path);
	return fd;
}

static void
put(struct bytes *b, const void *data, size_t len)
{
	if (b->len + len > b->size) {
		b->size = (b->len + len) * 2;
		if ((b->data = realloc(b->data, b->size)) == NULL)
			err(3, NULL);
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* A command of n words. */
static void
command(struct bytes *b, size_t n, ...)
{
	char head[32];
	va_list ap;

	put(b, head, (size_t)snprintf(head, sizeof(head), "*%zu\r\n", n));
	va_start(ap, n);
	for (size_t i = 0; i < n; i++) {
		const char *word = va_arg(ap, const char *);
		size_t len = strlen(word);

		put(b, head, (size_t)snprintf(head, sizeof(head), "$%zu\r\n",
		    len));
		put(b, word, len);
		put(b, "\r\n", 2);
	}
	va_end(ap);
}

static size_t
lines_in(const char *data, size_t len)
{
	const char *end = data + len;
	size_t n = 0;

	while ((data = memchr(data, '\n', (size_t)(end - data))) != NULL) {
		data++;
		n++;
	}
	return n;
}

/* Write all and read until so many lines have come, both as they can. */
static void
pump(int fd, const char *data, size_t len, size_t lines)
{
	static char in[65536];
	size_t sent = 0;

	while (lines > 0) {
		struct pollfd pfd = { .fd = fd,
		    .events = (short)(sent < len ? POLLIN | POLLOUT : POLLIN) };
		ssize_t n;

		if (sent < len && (n = write(fd, data + sent, len - sent)) > 0)
			sent += (size_t)n;
		if ((n = read(fd, in, sizeof(in))) > 0) {
			size_t got = lines_in(in, (size_t)n);

			lines -= got < lines ? got : lines;
		} else if (n == 0)
			errx(3, "the server closed the connection");
		else if (lines > 0 && poll(&pfd, 1, -1) == -1)
			err(3, "poll");
	}
}

static void
load(int fd, size_t n)
{
	struct bytes b = { 0 };
	uint32_t seed = 42;

	for (size_t i = 1; i <= n; i++) {
		char key[40], age[16], tx[16], avg[16], back[16];

		seed = seed * 1664525u + 1013904223u;
		snprintf(key, sizeof(key), "fs:user:u%04zu", i);
		snprintf(age, sizeof(age), "%u", 7 + (seed >> 8) % 2394);
		snprintf(tx, sizeof(tx), "%u", (seed >> 4) % 81);
		snprintf(avg, sizeof(avg), "%u.%02u", 5 + (seed >> 9) % 345,
		    (seed >> 3) % 100);
		snprintf(back, sizeof(back), "%u", (seed >> 27) % 4);
		command(&b, 14, "HSET", key, "country_iso", "US",
		    "risk_segment", "low", "account_age_days", age,
		    "tx_count_7d", tx, "avg_amount_30d", avg,
		    "chargeback_count_180d", back);
		command(&b, 3, "PEXPIRE", key, "86400000");
	}
	double began = now();
	pump(fd, b.data, b.len, 2 * n);
	printf("%.6f\n", now() - began);
	free(b.data);
}

static void
stream(int fd, size_t n)
{
	static const char *name[] = { FIELDS };
	struct bytes b = { 0 };

	for (size_t i = 1; i <= n; i++) {
		char key[40];

		snprintf(key, sizeof(key), "fs:user:u%04zu", i);
		command(&b, 16, "HSETEX", key, "PX", "300000", "FIELDS", "5",
		    name[0], "1716998413541", name[1], "ios-9f02", name[2],
		    "3", name[3], "0", name[4], "US");
	}
	double began = now();
	pump(fd, b.data, b.len, n);
	printf("%.6f\n", now() - began);
	free(b.data);
}

static void
deadlines(struct bytes *b, const char *key)
{
	static const char *name[] = { FIELDS };

	command(b, 9, "HPEXPIRETIME", key, "FIELDS", "5", name[0], name[1],
	    name[2], name[3], name[4]);
	command(b, 2, "PEXPIRETIME", key);
}

/* The lines of the replies to these bytes, found by asking once. */
static size_t
lines_of(int fd, const struct bytes *b)
{
	char in[65536];
	size_t sent = 0, lines = 0;

	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (sent < b->len &&
		    (n = write(fd, b->data + sent, b->len - sent)) > 0)
			sent += (size_t)n;
		if (poll(&pfd, 1, 200) == 0 && sent == b->len)
			return lines;
		if ((n = read(fd, in, sizeof(in))) > 0)
			lines += lines_in(in, (size_t)n);
	}
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
read_rounds(int fd, size_t k, size_t rounds)
{
	static const char *name[] = { FIELDS };
	struct bytes b = { 0 };
	double *took = calloc(rounds, sizeof(*took));

	if (took == NULL)
		err(3, NULL);
	for (size_t i = 1; i <= k; i++) {
		char key[40];

		snprintf(key, sizeof(key), "fs:user:u%04zu", i);
		command(&b, 7, "HMGET", key, name[0], name[1], name[2],
		    name[3], name[4]);
		deadlines(&b, key);
		command(&b, 1, "TIME");
	}
	size_t lines = lines_of(fd, &b);
	for (size_t i = 0; i < rounds; i++) {
		double began = now();

		pump(fd, b.data, b.len, lines);
		took[i] = (now() - began) * 1e6;
	}
	qsort(took, rounds, sizeof(*took), by_value);
	printf("%.2f\n", took[rounds / 2]);
	free(took);
	free(b.data);
}

/*
 * An audit by hand. A page is "*2", "$n", cursor, "*k", then k times "$n" and
 * the key; a read is "*5" and five ":n", then ":n" (or with eleven, and another
 * ":n", and once "*2" and two strings).
 */
struct reader {
	int	 fd;
	char	 buf[1 << 16];
	size_t	 pos, len;
};

static char *
line(struct reader *r)
{
	for (;;) {
		char *start = r->buf + r->pos;
		char *end = memchr(start, '\n', r->len - r->pos);
		struct pollfd pfd = { .fd = r->fd, .events = POLLIN };
		ssize_t n;

		if (end != NULL) {
			end[-1] = '\0';
			r->pos = (size_t)(end + 1 - r->buf);
			return start;
		}
		memmove(r->buf, start, r->len - r->pos);
		r->len -= r->pos;
		r->pos = 0;
		while ((n = read(r->fd, r->buf + r->len,
		    sizeof(r->buf) - r->len)) == -1)
			poll(&pfd, 1, -1);
		if (n == 0)
			errx(3, "the server closed the connection");
		r->len += (size_t)n;
	}
}

static void
send_all(int fd, struct bytes *b)
{
	size_t sent = 0;

	while (sent < b->len) {
		struct pollfd pfd = { .fd = fd, .events = POLLOUT };
		ssize_t n = write(fd, b->data + sent, b->len - sent);

		if (n > 0)
			sent += (size_t)n;
		else
			poll(&pfd, 1, -1);
	}
	b->len = 0;
}

static void
ask_page(struct bytes *b, const char *cursor, int same)
{
	if (same)
		command(b, 6, "SCAN", cursor, "MATCH", "fs:user:*", "COUNT",
		    "1000");
	else
		command(b, 8, "SCAN", cursor, "MATCH", "fs:user:*", "COUNT",
		    "1000", "TYPE", "hash");
}

/* What fsconsole asks of an entity; the first one's answers end with TIME. */
static void
glance(struct bytes *b, const char *key, int time)
{
	static const char *name[] = { BATCH, FIELDS };

	command(b, 15, "HPEXPIRETIME", key, "FIELDS", "11", name[0], name[1],
	    name[2], name[3], name[4], name[5], name[6], name[7], name[8],
	    name[9], name[10]);
	command(b, 2, "PEXPIRETIME", key);
	command(b, 2, "HLEN", key);
	if (time)
		command(b, 1, "TIME");
}

/*
 * Each page is answered before the reads that were sent behind its question,
 * so those of the page before are still to come when its keys are known.
 */
static void
audit(int fd, int same)
{
	static struct reader r;
	struct bytes b = { 0 };
	char cursor[32] = "0";
	size_t pending = 0, entities = 0;
	double began = now();

	r.fd = fd;
	ask_page(&b, cursor, same);
	send_all(fd, &b);
	do {
		size_t keys;

		line(&r);
		line(&r);
		snprintf(cursor, sizeof(cursor), "%s", line(&r));
		keys = (size_t)atol(line(&r) + 1);
		if (strcmp(cursor, "0") != 0)
			ask_page(&b, cursor, same);
		for (size_t i = 0; i < keys; i++) {
			line(&r);
			if (same)
				glance(&b, line(&r), i == 0);
			else
				deadlines(&b, line(&r));
		}
		send_all(fd, &b);
		for (; pending > 0; pending--)
			line(&r);
		pending = same ? 14 * keys + (keys != 0 ? 5 : 0) : 7 * keys;
		entities += keys;
	} while (strcmp(cursor, "0") != 0);
	for (; pending > 0; pending--)
		line(&r);
	printf("%.6f %zu\n", now() - began, entities);
	free(b.data);
}

/* Percentiles of one HMGET at a time, while something else goes on. */
static void
neighbour(int fd)
{
	static double took[1 << 20];
	static const char *name[] = { FIELDS };
	struct bytes b = { 0 };
	size_t n = 0, lines;
	struct pollfd in = { .fd = 0, .events = POLLIN };
	struct timespec pause = { .tv_nsec = 500000 };

	command(&b, 7, "HMGET", "fs:user:u0001", name[0], name[1], name[2],
	    name[3], name[4]);
	lines = lines_of(fd, &b);
	while (n < sizeof(took) / sizeof(*took) && poll(&in, 1, 0) == 0) {
		double began = now();

		pump(fd, b.data, b.len, lines);
		took[n++] = (now() - began) * 1e6;
		nanosleep(&pause, NULL);
	}
	qsort(took, n, sizeof(*took), by_value);
	printf("%.1f %.1f %.1f %zu\n", took[n / 2], took[n * 99 / 100],
	    took[n * 999 / 1000], n);
	free(b.data);
}

static int
run(char **argv)
{
	double began = now();
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (pid == -1 || wait4(pid, &status, 0, &usage) == -1)
		err(3, "%s", argv[0]);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
	fprintf(stderr, "%.6f %ld %d\n", now() - began, usage.ru_maxrss,
	    status);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "load") == 0)
		load(dial(argv[2]), (size_t)atol(argv[3]));
	else if (argc >= 4 && strcmp(argv[1], "stream") == 0)
		stream(dial(argv[2]), (size_t)atol(argv[3]));
	else if (argc >= 5 && strcmp(argv[1], "read") == 0)
		read_rounds(dial(argv[2]), (size_t)atol(argv[3]),
		    (size_t)atol(argv[4]));
	else if (argc >= 3 && strcmp(argv[1], "audit") == 0)
		audit(dial(argv[2]), 0);
	else if (argc >= 3 && strcmp(argv[1], "same") == 0)
		audit(dial(argv[2]), 1);
	else if (argc >= 3 && strcmp(argv[1], "neighbour") == 0)
		neighbour(dial(argv[2]));
	else if (argc >= 3 && strcmp(argv[1], "run") == 0)
		return run(argv + 2);
	else
		errx(2, "usage: floor load|stream|read|audit|same|neighbour "
		    "SOCKET ..., run COMMAND");
	return 0;
}
