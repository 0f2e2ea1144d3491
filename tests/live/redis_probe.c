/*
 * Drives src/redis for the tests: reads commands from stdin, one a line, and
 * answers each with one line.
 *
 *	redis_probe [URI [NAME=VALUE]...]
 *
 *	open			connect; with what was set before
 *	set NAME VALUE		timeout connect_timeout natmap replicas cacert
 *				cert key sni insecure pass prefix pause
 *				cancel_after storm
 *	gate 0|1, window UNITS BYTES [any] [patient]
 *	cmd [atomic] [+] VERB ARG...	one unit; more commands behind a word ;
 *	node I VERB ARG...	the same, for a node
 *	many N VERB ARG...	N units of it; counts of fates
 *	load FROM TO [atomic]	HSET and PEXPIRE of k:FROM .. k:TO-1
 *	verify			all that load was told are there
 *	scan			SCAN of all nodes: how many keys
 *	add VERB ARG...		put it on its way; then take, or drop
 *	refresh			how the primaries are
 *	watch MS		how all nodes are that say so within so many ms
 *	map, caps, retry, wait MS, cost, close
 *
 * In VERB a _ stands for the blank; in ARG, %NN for a byte.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/batch.h"
#include "redis/watch.h"

#define WORDS_MAX	4000

static struct fs_target	*target;
static struct fs_cluster *cl;
static struct fs_batch	*batch;
static struct fs_watch	*watch;
static struct fs_window	 window;
static bool		 patient;
static atomic_bool	 cancel;
static bool		 gate;
static char		*acknowledged;	/* one for each key of load */
static size_t		 nacknowledged;
static const char	*prefix = "k:";
static long		 pause_ms;	/* behind each unit of many */

static void
on_alarm(int sig)
{
	(void)sig;
	atomic_store(&cancel, true);
}

static void
on_storm(int sig)
{
	(void)sig;
}

static void
timer(int which, int sig, void (*handler)(int), long first_us, long every_us)
{
	struct sigaction sa = { .sa_handler = handler };
	struct itimerval it = {
		.it_value = { first_us / 1000000, first_us % 1000000 },
		.it_interval = { every_us / 1000000, every_us % 1000000 },
	};

	sigaction(sig, &sa, NULL);
	setitimer(which, &it, NULL);
}

/* One line, foreign bytes made plain. */
static void
show_text(struct fs_str *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c > '~' || c == '%')
			fs_str_addf(out, "%%%02x", c);
		else
			fs_str_add_char(out, (char)c);
	}
}

static void
show(struct fs_str *out, const struct fs_reply *reply)
{
	static const char marks[] = { [FS_REPLY_STATUS] = '+',
	    [FS_REPLY_ERROR] = '-', [FS_REPLY_STRING] = '"' };

	switch (reply->type) {
	case FS_REPLY_NIL:
		fs_str_add_text(out, "nil");
		break;
	case FS_REPLY_INTEGER:
		fs_str_add_i64(out, reply->integer);
		break;
	case FS_REPLY_ARRAY:
		fs_str_addf(out, "[%u:", reply->len);
		for (uint32_t i = 0; i < reply->len && i < 20; i++) {
			fs_str_add_char(out, ' ');
			show(out, &reply->item[i]);
		}
		fs_str_add_char(out, ']');
		break;
	default:
		fs_str_add_char(out, marks[reply->type]);
		show_text(out, reply->text, reply->len < 300 ? reply->len :
		    300);
	}
}

static const char *const fates[] = { "answered", "not_sent", "unknown" };

static void
show_unit(const struct fs_unit *unit)
{
	struct fs_str out = { 0 };

	fs_str_addf(&out, "%s code=%d node=%d us=%lld", fates[unit->fate],
	    (int)unit->err.code, unit->node, (long long)unit->took_us);
	for (size_t i = 0; i < unit->nreplies; i++) {
		fs_str_add_char(&out, ' ');
		show(&out, &unit->reply[i]);
	}
	if (unit->err.code != FS_OK) {
		fs_str_add_text(&out, " ");
		show_text(&out, unit->err.msg, strlen(unit->err.msg));
	}
	puts(out.data);
	fs_str_free(&out);
}

static void
show_err(const char *what, const struct fs_err *err)
{
	struct fs_str out = { 0 };

	show_text(&out, err->msg, strlen(err->msg));
	printf("%s code=%d %s\n", what, (int)err->code, out.data);
	fs_str_free(&out);
}

static void
close_all(void)
{
	fs_watch_free(watch);
	fs_batch_free(batch);
	fs_cluster_close(cl);
	watch = NULL;
	batch = NULL;
	cl = NULL;
}

static void
set_patience(void)
{
	int64_t us = patient ? target->timeout_ms * FS_MS : 0;

	if (batch != NULL)
		fs_batch_patience(batch, us, us);
}

static void
do_open(void)
{
	struct fs_err err = { 0 };
	int64_t began = fs_clock_mono();

	close_all();
	cl = fs_cluster_open(target, "fsconsole-probe", &cancel, false, &err);
	if (cl == NULL) {
		show_err("failed", &err);
		return;
	}
	fs_cluster_gate(cl, gate);
	batch = fs_batch_new(cl, &window);
	set_patience();
	printf("opened ms=%lld nodes=%zu\n",
	    (long long)((fs_clock_mono() - began) / FS_MS),
	    fs_cluster_count(cl));
}

static void
put_text(char **to, const char *value)
{
	free(*to);
	*to = fs_xstrdup(value);
}

static void
do_set(const char *name, const char *value)
{
	struct fs_err	err;
	long		n = atol(value);
	bool		ok = true;

	if (strcmp(name, "timeout") == 0)
		target->timeout_ms = n;
	else if (strcmp(name, "connect_timeout") == 0)
		target->connect_timeout_ms = n;
	else if (strcmp(name, "natmap") == 0)
		ok = fs_target_natmap(target, value, &err);
	else if (strcmp(name, "uri") == 0)
		ok = fs_target_uri(target, value, &err);
	else if (strcmp(name, "replicas") == 0)
		target->replica_reads = n != 0;
	else if (strcmp(name, "insecure") == 0)
		target->insecure = n != 0;
	else if (strcmp(name, "cacert") == 0)
		put_text(&target->cacert, value);
	else if (strcmp(name, "cert") == 0)
		put_text(&target->cert, value);
	else if (strcmp(name, "key") == 0)
		put_text(&target->key, value);
	else if (strcmp(name, "sni") == 0)
		put_text(&target->sni, value);
	else if (strcmp(name, "pass") == 0)
		put_text(&target->pass, value);
	else if (strcmp(name, "prefix") == 0)
		prefix = fs_xstrdup(value);	/* once: never freed */
	else if (strcmp(name, "pause") == 0)
		pause_ms = n;
	else if (strcmp(name, "cancel_after") == 0)
		timer(ITIMER_REAL, SIGALRM, on_alarm, n * 1000, 0);
	else if (strcmp(name, "storm") == 0)
		timer(ITIMER_REAL, SIGALRM, on_storm, n, n);
	else
		ok = fs_fail(&err, FS_EUSAGE, "no setting %s", name);
	if (ok)
		puts("ok");
	else
		show_err("failed", &err);
}

/* %NN in place. */
static struct fs_bytes
unescape(char *word)
{
	size_t n = 0;

	for (char *p = word; *p != '\0'; p++) {
		unsigned c;

		if (*p == '%' && sscanf(p + 1, "%2x", &c) == 1) {
			word[n++] = (char)c;
			p += 2;
		} else {
			word[n++] = *p;
		}
	}
	return fs_bytes(word, n);
}

static void
add_command(char **words, size_t n)
{
	enum fs_verb verb;

	for (char *p = words[0]; *p != '\0'; p++) {
		if (*p == '_')
			*p = ' ';
	}
	if (!fs_verb_find(fs_bytes_of(words[0]), &verb)) {
		fprintf(stderr, "no verb %s\n", words[0]);
		exit(2);
	}
	fs_batch_cmd(batch, verb, n - 1);
	for (size_t i = 1; i < n; i++) {
		char *copy = fs_xstrdup(words[i]);

		fs_batch_arg(batch, unescape(copy));
		free(copy);
	}
}

/* [atomic] VERB KEY ARG... ; VERB ... */
static void
add_unit(char **words, size_t n, uint64_t tag, int node)
{
	bool	atomic = n != 0 && strcmp(words[0], "atomic") == 0;
	size_t	from = atomic;

	if (node >= 0)
		fs_batch_node(batch, tag, (size_t)node);
	else
		fs_batch_key(batch, tag, fs_bytes_of(n > from + 1 ?
		    words[from + 1] : ""));
	if (atomic)
		fs_batch_atomic(batch);
	if (target->replica_reads)
		fs_batch_replica(batch);
	for (size_t i = from; i <= n; i++) {
		if (i < n && strcmp(words[i], ";") != 0)
			continue;
		add_command(words + from, i - from);
		from = i + 1;
	}
	fs_batch_end(batch);
}

static void
do_cmd(char **words, size_t n, int node)
{
	add_unit(words, n, 1, node);
	show_unit(fs_batch_take(batch));
}

struct tally {
	size_t		fate[3], good, order;
	struct fs_err	err;
};

static void
count(struct tally *t, const struct fs_unit *unit, bool good)
{
	t->fate[unit->fate]++;
	t->good += good;
	if (unit->err.code != FS_OK && t->err.code == FS_OK)
		t->err = unit->err;
}

static void
show_tally(const struct tally *t, int64_t began)
{
	struct fs_str out = { 0 };

	show_text(&out, t->err.msg, strlen(t->err.msg));
	printf("good=%zu answered=%zu not_sent=%zu unknown=%zu order=%zu "
	    "ms=%lld code=%d %s\n", t->good, t->fate[0], t->fate[1],
	    t->fate[2], t->order, (long long)((fs_clock_mono() - began) /
	    FS_MS), (int)t->err.code, out.len != 0 ? out.data : "-");
	fs_str_free(&out);
}

static void
do_many(char **words, size_t n, size_t many)
{
	struct tally		 t = { 0 };
	const struct fs_unit	*unit;
	int64_t			 began = fs_clock_mono();
	size_t			 i = 0, next = 0;

	while (i < many || fs_batch_pending(batch) > 0) {
		for (; i < many && !fs_batch_full(batch); i++)
			add_unit(words, n, i, -1);
		unit = fs_batch_take(batch);
		t.order += unit->tag != next++;
		count(&t, unit, unit->nreplies != 0 &&
		    unit->reply[0].type != FS_REPLY_ERROR);
		nanosleep(&(struct timespec){ .tv_nsec = pause_ms * 1000000 },
		    NULL);
	}
	show_tally(&t, began);
}

static struct fs_bytes
key_of(char *buf, size_t i)
{
	return fs_bytes(buf, (size_t)sprintf(buf, "%s%zu", prefix, i));
}

static void
add_load(size_t i, bool atomic)
{
	char		name[64];
	struct fs_bytes	key = key_of(name, i);

	fs_batch_key(batch, i, key);
	if (atomic)
		fs_batch_atomic(batch);
	fs_batch_cmd(batch, FS_VERB_HSET, 5);
	fs_batch_arg(batch, key);
	fs_batch_arg_text(batch, "n");
	fs_batch_arg_u64(batch, i);
	fs_batch_arg_text(batch, "pad");
	fs_batch_arg_text(batch, "0123456789012345678901234567890123456789");
	fs_batch_cmd(batch, FS_VERB_PEXPIRE, 2);
	fs_batch_arg(batch, key);
	fs_batch_arg_i64(batch, 86400000);
	fs_batch_end(batch);
}

static bool
load_ok(const struct fs_unit *unit)
{
	return unit->nreplies == 2 &&
	    unit->reply[0].type == FS_REPLY_INTEGER &&
	    unit->reply[1].type == FS_REPLY_INTEGER &&
	    unit->reply[1].integer == 1;
}

static void
do_load(size_t from, size_t to, bool atomic)
{
	struct tally		 t = { 0 };
	const struct fs_unit	*unit;
	int64_t			 began = fs_clock_mono();
	size_t			 next = from;

	if (to > nacknowledged) {
		acknowledged = fs_xrealloc(acknowledged, to);
		memset(acknowledged + nacknowledged, 0, to - nacknowledged);
		nacknowledged = to;
	}
	for (size_t i = from; i < to || fs_batch_pending(batch) > 0;) {
		for (; i < to && !fs_batch_full(batch); i++)
			add_load(i, atomic);
		unit = fs_batch_take(batch);
		t.order += unit->tag != next++;
		acknowledged[unit->tag] = load_ok(unit);
		count(&t, unit, acknowledged[unit->tag]);
	}
	show_tally(&t, began);
}

static bool
verified(const struct fs_unit *unit)
{
	char want[32];

	snprintf(want, sizeof(want), "%llu", (unsigned long long)unit->tag);
	return unit->nreplies == 2 &&
	    unit->reply[0].type == FS_REPLY_ARRAY &&
	    unit->reply[0].item[0].type == FS_REPLY_STRING &&
	    strcmp(unit->reply[0].item[0].text, want) == 0 &&
	    unit->reply[1].type == FS_REPLY_INTEGER &&
	    unit->reply[1].integer > 0;
}

static void
do_verify(void)
{
	struct tally		 t = { 0 };
	const struct fs_unit	*unit;
	int64_t			 began = fs_clock_mono();
	char			 name[64];

	for (size_t i = 0; i < nacknowledged || fs_batch_pending(batch) > 0;) {
		for (; i < nacknowledged && !fs_batch_full(batch); i++) {
			struct fs_bytes key = key_of(name, i);

			if (!acknowledged[i])
				continue;
			fs_batch_key(batch, i, key);
			fs_batch_cmd(batch, FS_VERB_HMGET, 2);
			fs_batch_arg(batch, key);
			fs_batch_arg_text(batch, "n");
			fs_batch_cmd(batch, FS_VERB_PTTL, 1);
			fs_batch_arg(batch, key);
			fs_batch_end(batch);
		}
		if ((unit = fs_batch_take(batch)) != NULL)
			count(&t, unit, verified(unit));
	}
	show_tally(&t, began);
}

static void
do_scan(void)
{
	size_t		keys = 0, lost = 0;
	struct fs_err	err;

	for (size_t node = 0; node < fs_cluster_count(cl); node++) {
		struct fs_str cursor = { 0 };

		fs_str_add_text(&cursor, "0");
		do {
			const struct fs_unit	*unit;
			struct fs_bytes		 next;

			fs_batch_node(batch, node, node);
			if (target->replica_reads)
				fs_batch_replica(batch);
			fs_batch_cmd(batch, FS_VERB_SCAN, 3);
			fs_batch_arg(batch, fs_str_bytes(&cursor));
			fs_batch_arg_text(batch, "COUNT");
			fs_batch_arg_i64(batch, 500);
			fs_batch_end(batch);
			unit = fs_batch_take(batch);
			if (unit->nreplies != 1 ||
			    !fs_reply_want_array(&unit->reply[0], "SCAN", 2,
			    &err)) {
				lost++;
				break;
			}
			keys += unit->reply[0].item[1].len;
			next = fs_bytes(unit->reply[0].item[0].text,
			    unit->reply[0].item[0].len);
			fs_str_clear(&cursor);
			fs_str_add_bytes(&cursor, next);
		} while (strcmp(cursor.data, "0") != 0);
		fs_str_free(&cursor);
	}
	printf("keys=%zu lost=%zu\n", keys, lost);
}

static void
show_node(const struct fs_node_info *node)
{
	printf(" %s,up=%d,slots=%d,keys=%lld,mem=%d,replica=%d", node->name,
	    node->up, node->slots, (long long)node->dbsize,
	    node->used_memory > 0, node->replica);
	if (node->silent_us != 0)
		printf(",silent");
	if (!node->up)
		printf(",code=%d", (int)node->err.code);
}

static void
show_nodes(struct fs_watch *w, int64_t until)
{
	fs_watch_ask(w);
	while (fs_watch_owed(w) != 0 && fs_watch_take(w, -1, until))
		continue;
	printf("nodes=%zu", fs_watch_count(w));
	for (size_t i = 0; i < fs_watch_count(w); i++)
		show_node(fs_watch_node(w, i));
	puts("");
}

static void
do_refresh(void)
{
	struct fs_watch *all = fs_watch_new(cl, false);

	show_nodes(all, FS_NEVER);
	fs_watch_free(all);
}

static void
do_watch(int64_t ms)
{
	if (watch == NULL)
		watch = fs_watch_new(cl, true);
	show_nodes(watch, fs_clock_mono() + ms * FS_MS);
}

static void
do_map(void)
{
	size_t holes = 0;

	for (unsigned s = 0; s < FS_SLOTS; s++)
		holes += fs_cluster_of_slot(cl, s) < 0;
	printf("epoch=%llu holes=%zu", (unsigned long long)fs_cluster_epoch(cl),
	    holes);
	for (size_t i = 0; i < fs_cluster_count(cl); i++) {
		size_t n = fs_cluster_slots(cl, i);

		for (size_t k = 0; k < n; k++) {
			if (fs_cluster_of_slot(cl,
			    fs_cluster_nth_slot(cl, i, k)) != (int)i)
				printf(" wrong");
		}
		printf(" %s=%zu", fs_cluster_name(cl, i), n);
	}
	puts("");
}

static void
do_caps(void)
{
	const struct fs_caps *c = fs_cluster_caps(cl);

	printf("%s %s %s user=%s field_ttl=%d hsetex=%d clustered=%d full=%d\n",
	    c->name, c->version, c->mode, c->user, c->field_ttl, c->hsetex,
	    c->clustered, c->may_be_full);
}

static void
do_retry(void)
{
	struct fs_err	err;
	int64_t		at = fs_cluster_retry_at(cl, 0, &err);

	if (at == FS_NEVER)
		show_err("never", &err);
	else if (at == 0)
		puts("up");
	else
		printf("in ms=%lld\n", (long long)((at - fs_clock_mono()) /
		    FS_MS));
}

static void
do_window(char **words, size_t n)
{
	window.units = n > 0 ? strtoul(words[0], NULL, 10) : 0;
	window.bytes = n > 1 ? strtoul(words[1], NULL, 10) : 0;
	window.any_order = patient = false;
	for (size_t i = 2; i < n; i++) {
		window.any_order |= strcmp(words[i], "any") == 0;
		patient |= strcmp(words[i], "patient") == 0;
	}
	if (batch != NULL)
		fs_batch_window(batch, &window);
	set_patience();
	puts("ok");
}

static void
do_cost(void)
{
	struct fs_cost c = fs_cluster_cost(cl);

	printf("sent=%llu received=%llu trips=%llu waited_ms=%lld\n",
	    (unsigned long long)c.sent, (unsigned long long)c.received,
	    (unsigned long long)c.round_trips,
	    (long long)(c.waited_us / FS_MS));
}

static void
run(char **w, size_t n)
{
	if (strcmp(w[0], "open") == 0) {
		do_open();
	} else if (strcmp(w[0], "set") == 0 && n == 3) {
		do_set(w[1], w[2]);
	} else if (strcmp(w[0], "window") == 0) {
		do_window(w + 1, n - 1);
	} else if (strcmp(w[0], "gate") == 0 && n == 2) {
		gate = w[1][0] == '1';
		if (cl != NULL)
			fs_cluster_gate(cl, gate);
		puts("ok");
	} else if (strcmp(w[0], "close") == 0) {
		close_all();
		puts("ok");
	} else if (cl == NULL) {
		puts("not open");
	} else if (strcmp(w[0], "cmd") == 0) {
		do_cmd(w + 1, n - 1, -1);
	} else if (strcmp(w[0], "node") == 0) {
		do_cmd(w + 2, n - 2, atoi(w[1]));
	} else if (strcmp(w[0], "many") == 0) {
		do_many(w + 2, n - 2, strtoul(w[1], NULL, 10));
	} else if (strcmp(w[0], "load") == 0) {
		do_load(strtoul(w[1], NULL, 10), strtoul(w[2], NULL, 10),
		    n == 4);
	} else if (strcmp(w[0], "verify") == 0) {
		do_verify();
	} else if (strcmp(w[0], "scan") == 0) {
		do_scan();
	} else if (strcmp(w[0], "refresh") == 0) {
		do_refresh();
	} else if (strcmp(w[0], "watch") == 0 && n == 2) {
		do_watch(atoi(w[1]));
	} else if (strcmp(w[0], "map") == 0) {
		do_map();
	} else if (strcmp(w[0], "caps") == 0) {
		do_caps();
	} else if (strcmp(w[0], "retry") == 0) {
		do_retry();
	} else if (strcmp(w[0], "cost") == 0) {
		do_cost();
	} else if (strcmp(w[0], "drop") == 0) {
		fs_batch_drop(batch);
		puts("ok");
	} else if (strcmp(w[0], "add") == 0) {
		add_unit(w + 1, n - 1, 7, -1);
		fs_batch_wait(batch, -1, 0);
		puts("ok");
	} else if (strcmp(w[0], "take") == 0) {
		show_unit(fs_batch_take(batch));
	} else if (strcmp(w[0], "wait") == 0) {
		fs_batch_wait(batch, -1, fs_clock_mono() + atol(w[1]) * FS_MS);
		puts("ok");
	} else {
		puts("what?");
	}
}

int
main(int argc, char **argv)
{
	static char	 line[1 << 20];
	static char	*words[WORDS_MAX];
	struct fs_err	 err;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	target = fs_target_new();
	if (argc > 1 && !fs_target_uri(target, argv[1], &err)) {
		show_err("failed", &err);
		return 2;
	}
	for (;;) {
		size_t	 n = 0;
		char	*rest = line;

		errno = 0;
		if (fgets(line, sizeof(line), stdin) == NULL) {
			if (errno != EINTR)
				break;
			clearerr(stdin);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		while (n < WORDS_MAX && (words[n] = strsep(&rest, " ")) != NULL)
			n++;
		run(words, n);
	}
	close_all();
	fs_target_free(target);
	free(acknowledged);
	return 0;
}
