/*
 * The threads, for a test in another language: one command a line on stdin,
 * one line on stdout for each, of "name=value" divided by tabs.
 *
 *	work_driver SOCKET TICK_MS USERS REFRESH_MS [PASSWORD]
 */
#include <sys/resource.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "work/streamer.h"
#include "work/worker.h"

#define WORDS_MAX	64

static struct fs_target *target;
static struct fs_schema *schema;
static struct fs_streamer *streamer;
static struct fs_worker *quick, *jobs;
static struct fs_store_view *view;		/* the newest taken */
static struct fs_stream_view *stream;
static size_t nids;				/* kept across views */
static char *word[WORDS_MAX];
static size_t nwords;

static bool
is(size_t i, const char *text)
{
	return i < nwords && strcmp(word[i], text) == 0;
}

static int64_t
number(size_t i)
{
	int64_t n;

	if (i >= nwords || !fs_num_i64(fs_bytes_of(word[i]), INT64_MIN,
	    INT64_MAX, &n))
		abort();
	return n;
}

static struct fs_worker *
worker(size_t i)
{
	return is(i, "quick") ? quick : jobs;
}

static void
print_err(const struct fs_err *err)
{
	printf("\tcode=%d\terr=%s\n", (int)err->code, err->msg);
}

/*
 * Views
 */

static void
take_view(void)
{
	struct fs_store_view *new = fs_worker_view(quick);

	if (new == NULL)
		return;
	fs_store_view_free(view);
	view = new;
	if (view->ids != NULL)
		nids = view->ids->count;
}

static void
print_entity(const struct fs_entity *entity)
{
	printf("\tid=%s\texists=%d\tfound=%zu\tentity_code=%d\texpired=",
	    entity->id, entity->exists, entity->nfound,
	    (int)entity->err.code);
	for (size_t i = 0; i < entity->nfields; i++) {
		const struct fs_field *f = &entity->fields[i];

		if (fs_field_is_past(f))
			printf("%s:%s ", f->name, f->value);
	}
}

/* view MS: the newest, waiting so long for one that is newer. */
static void
do_view(void)
{
	struct pollfd pfd = { .fd = fs_worker_view_fd(quick),
		.events = POLLIN };

	poll(&pfd, 1, (int)number(1));
	take_view();
	if (view == NULL) {
		printf("none=1\n");
		return;
	}
	printf("link=%d\tretry_ms=%lld\tcount=%lld\texact=%d\tscanning=%d\t"
	    "ids=%zu\tcomplete=%d\treads=%llu", (int)view->link,
	    view->retry_mono_us == FS_NEVER ? -1 : (long long)
	    ((view->retry_mono_us - fs_clock_mono()) / 1000),
	    (long long)view->census.count, view->census.exact,
	    view->census.scanning, nids, view->ids_complete,
	    (unsigned long long)view->stats.reads);
	if (view->inspected != NULL)
		print_entity(view->inspected);
	print_err(&view->err);
}

static void
do_stream(void)
{
	struct fs_stream_view *new = fs_streamer_view(streamer);

	if (new != NULL) {
		fs_stream_view_free(stream);
		stream = new;
	}
	if (stream == NULL) {
		printf("none=1\n");
		return;
	}
	printf("run=%d\tin_flight=%d\tticks=%llu\twrites=%llu\terrors=%llu\t"
	    "skipped=%llu\tstreaming_writes=%llu", (int)stream->run,
	    stream->in_flight, (unsigned long long)stream->ticks,
	    (unsigned long long)stream->writes,
	    (unsigned long long)stream->errors,
	    (unsigned long long)stream->skipped,
	    (unsigned long long)stream->stats.streaming_writes);
	print_err(&stream->last_err);
}

/*
 * Requests
 */

static void
add_words(struct fs_list *list, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		fs_list_add(list, fs_bytes_of(word[i]));
}

static enum fs_op
op_of(const char *name)
{
	for (int op = 0; op < FS_OP_COUNT; op++) {
		if (strcmp(fs_op_name((enum fs_op)op), name) == 0)
			return (enum fs_op)op;
	}
	abort();
}

/* u0001, u0002, ... */
static void
add_entities(struct fs_list *list, int64_t n)
{
	for (int64_t i = 1; i <= n; i++) {
		char id[32];

		snprintf(id, sizeof(id), "u%04lld", (long long)i);
		fs_list_add(list, fs_bytes_of(id));
	}
}

static void
set_option(struct fs_request *rq, const char *name, size_t i)
{
	if (strcmp(name, "count") == 0)
		rq->count = number(i);
	else if (strcmp(name, "for") == 0)
		rq->for_ms = number(i);
	else if (strcmp(name, "ticks") == 0)
		rq->ticks = number(i);
	else if (strcmp(name, "retry") == 0)
		rq->retry_ms = number(i);
	else if (strcmp(name, "rate") == 0)
		rq->rate = number(i);
	else if (strcmp(name, "from") == 0)
		rq->from = fs_xstrdup(word[i]);
	else if (strcmp(name, "gentle") == 0)
		rq->gentle = number(i) != 0;
	else if (strcmp(name, "strict") == 0)
		rq->strict = number(i) != 0;
	else if (strcmp(name, "dry") == 0)
		rq->dry_run = number(i) != 0;
	else if (strcmp(name, "rows") == 0)
		rq->rows = number(i) != 0;
	else if (strcmp(name, "entity") == 0)
		add_words(&rq->entities, i, i + 1);
	else if (strcmp(name, "entities") == 0)
		add_entities(&rq->entities, number(i));
	else if (strcmp(name, "feature") == 0)
		add_words(&rq->features, i, i + 1);
	else if (strcmp(name, "value") == 0)
		add_words(&rq->values, i, i + 1);
	else
		abort();
}

/* ask quick|job OP [NAME VALUE]... */
static void
do_ask(void)
{
	struct fs_request *rq = fs_request_new(op_of(word[2]));

	rq->may_write = fs_op_writes(rq->op);
	rq->seed = 42;
	for (size_t i = 3; i + 1 < nwords; i += 2)
		set_option(rq, word[i], i + 1);
	if (!fs_worker_submit(worker(1), rq))
		fs_request_free(rq);
	printf("ok=1\n");
}

static void
print_events(const struct fs_answer *a)
{
	static const char *const names[] = { "set", "expired", "renewed",
	    "gone" };

	for (size_t i = 0; i < a->nevents; i++)
		printf("%s:%s ", a->events[i].field,
		    names[a->events[i].event]);
}

static void
print_done(const struct fs_answer *a)
{
	printf("\tdone=%llu\tfields=%llu\trejected=%llu\tfailed=%llu\t"
	    "missing=%llu\tdeleted=%llu\tasked=%llu\tcomplete=%d\ttook=%lld",
	    (unsigned long long)a->done, (unsigned long long)a->fields,
	    (unsigned long long)a->rejected, (unsigned long long)a->failed,
	    (unsigned long long)a->missing, (unsigned long long)a->deleted,
	    (unsigned long long)a->asked, a->complete,
	    (long long)a->elapsed_us);
	print_err(&a->err);
}

/* wait quick|job MS: the last answer, and what came before it. */
static void
do_wait(void)
{
	struct fs_worker *wk = worker(1);
	int64_t end = fs_clock_mono() + number(2) * FS_MS;
	struct fs_answer *a = NULL;
	size_t entities = 0, bad = 0, ids = 0, progress = 0;

	printf("events=");
	while (fs_clock_mono() < end) {
		struct pollfd pfd = { .fd = fs_worker_answer_fd(wk),
			.events = POLLIN };

		poll(&pfd, 1, fs_clock_poll_ms(end));
		a = fs_worker_answer(wk);
		if (a == NULL)
			continue;
		entities += a->kind == FS_ANSWER_PART ? a->nentities : 0;
		bad += a->nbad;
		ids += a->ids.count;
		progress += a->kind == FS_ANSWER_PROGRESS;
		print_events(a);
		if (a->kind == FS_ANSWER_DONE)
			break;
		fs_answer_free(a);
		a = NULL;
	}
	printf("\tentities=%zu\tbad=%zu\tids=%zu\tprogress=%zu", entities,
	    bad, ids, progress);
	if (a != NULL)
		print_done(a);
	else
		printf("\tnone=1\n");
	fs_answer_free(a);
}

/*
 * The rest
 */

static void
do_pause(void)
{
	int64_t start = fs_clock_mono();
	bool was = fs_streamer_pause_wait(streamer, NULL);

	printf("was=%d\ttook=%lld\n", was,
	    (long long)(fs_clock_mono() - start));
}

static void
do_free(void)
{
	int64_t start = fs_clock_mono();

	fs_worker_quit(quick);
	fs_worker_quit(jobs);
	fs_streamer_quit(streamer);
	fs_worker_free(quick);
	fs_worker_free(jobs);
	fs_streamer_free(streamer);
	printf("took=%lld\n", (long long)(fs_clock_mono() - start));
	quick = jobs = NULL;
	streamer = NULL;
}

static void
do_cpu(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	printf("us=%lld\n", (long long)(ru.ru_utime.tv_sec +
	    ru.ru_stime.tv_sec) * 1000000 + ru.ru_utime.tv_usec +
	    ru.ru_stime.tv_usec);
}

/* What gives no answer of its own. */
static bool
do_order(void)
{
	if (is(0, "start"))
		fs_streamer_start(streamer);
	else if (is(0, "stop"))
		fs_streamer_stop(streamer);
	else if (is(0, "toggle"))
		fs_streamer_toggle(streamer);
	else if (is(0, "lock"))
		fs_streamer_lock(streamer);
	else if (is(0, "resume"))
		fs_streamer_resume(streamer);
	else if (is(0, "follow"))
		fs_worker_follow(quick, fs_bytes_of(nwords > 1 ? word[1] :
		    ""));
	else if (is(0, "poke"))
		fs_worker_poke(quick);
	else if (is(0, "cancel"))
		fs_worker_cancel(worker(1));
	else
		return false;
	printf("ok=1\n");
	return true;
}

static void
obey(void)
{
	if (do_order())
		return;
	if (is(0, "view"))
		do_view();
	else if (is(0, "stream"))
		do_stream();
	else if (is(0, "ask"))
		do_ask();
	else if (is(0, "wait"))
		do_wait();
	else if (is(0, "pause"))
		do_pause();
	else if (is(0, "free"))
		do_free();
	else if (is(0, "cpu"))
		do_cpu();
	else
		abort();
}

static void
split(char *line)
{
	nwords = 0;
	for (char *w = strtok(line, " \n"); w != NULL && nwords < WORDS_MAX;
	    w = strtok(NULL, " \n"))
		word[nwords++] = w;
}

static void
start_all(char **argv)
{
	const struct fs_streamer_options so = { .target = target,
		.schema = schema, .tick_ms = atoi(argv[2]),
		.users_per_tick = atoi(argv[3]) };
	struct fs_worker_options wo = { .name = "test-job", .target = target,
		.schema = schema, .tick_ms = so.tick_ms };

	streamer = fs_streamer_new(&so);
	wo.streamer = streamer;
	jobs = fs_worker_new(&wo);
	wo.name = "test-quick";
	wo.refresh_ms = atoi(argv[4]);
	quick = fs_worker_new(&wo);
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	target = fs_target_new();
	free(target->host);
	target->host = NULL;
	target->socket = fs_xstrdup(argv[1]);
	if (argc > 5)
		target->pass = fs_xstrdup(argv[5]);
	schema = fs_schema_sample();
	start_all(argv);
	while (getline(&line, &size, stdin) != -1) {
		split(line);
		obey();
	}
	if (quick != NULL)
		do_free();
	free(line);
	fs_store_view_free(view);
	fs_stream_view_free(stream);
	fs_target_free(target);
	fs_schema_free(schema);
	return 0;
}
