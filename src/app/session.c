#include "app/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/digest.h"
#include "app/journal.h"
#include "app/kept.h"
#include "app/pause.h"
#include "base/clock.h"
#include "base/mem.h"
#include "model/stats.h"
#include "work/streamer.h"
#include "work/thread.h"
#include "work/worker.h"

#define REFRESH_MS	1000
#define DEMO_COUNT	200
#define DEMO_SEED	42
#define SHORT_BATCH	1000	/* entities, above which it is a long job */
#define SHORT_DELETE	100
#define SAMPLE_US	FS_SEC
#define LOOK_AGAIN	(5 * FS_SEC)	/* at a pause, when that failed */

struct fs_session {
	const struct fs_options	*options;
	bool			 console, demo;
	struct fs_guard		 guard;
	struct fs_worker	*quick;		/* console: short requests */
	struct fs_worker	*jobs;		/* long ones; the shell's */
	struct fs_streamer	*streamer;	/* NULL: there is none */
	struct fs_snap		 snap;
	uint64_t		 last_id;
	uint64_t		 demo_id;	/* its first load; 0: done */
	uint64_t		 job_id;	/* console: what runs; 0 */
	enum fs_op		 job_op;
	uint64_t		 look_id;	/* at a pause, under way; 0 */
	int64_t			 look_us;	/* when the next is due */
	bool			 look_failed;	/* the last one; it was said */
	struct fs_request	*held[8];	/* until the demo is loaded */
	size_t			 nheld;
	struct fs_kept		 answers;	/* the shell's, to be got */
	struct fs_kept		 frozen;	/* of jobs, for a later snap */
	struct fs_stats		 baseline;	/* when reset */
	uint64_t		 writes_then;	/* the worker's, at the last
						   sample */
	int64_t			 sample_us;	/* when the next is due */
};

/*
 * Notices
 */

void
fs_session_notice(struct fs_session *ss, bool bad, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ss->snap.notice, sizeof(ss->snap.notice), fmt, ap);
	va_end(ap);
	ss->snap.notice_bad = bad;
}

/*
 * Answers, as they wait for the shell
 */

struct fs_answer *
fs_session_answer(struct fs_session *ss)
{
	return fs_kept_take(&ss->answers);
}

/*
 * Opening
 */

static void
start_streamer(struct fs_session *ss)
{
	const struct fs_streamer_options so = {
		.target = ss->options->target,
		.schema = ss->options->schema,
		.tick_ms = ss->options->tick_ms,
		.users_per_tick = ss->options->users_per_tick,
	};

	if (ss->console || ss->demo)
		ss->streamer = fs_streamer_new(&so);
}

static struct fs_worker *
start_worker(struct fs_session *ss, const char *name, int64_t refresh_ms)
{
	const struct fs_worker_options wo = {
		.name = name,
		.target = ss->options->target,
		.schema = ss->options->schema,
		.streamer = ss->streamer,
		.tick_ms = ss->options->tick_ms,
		.users_per_tick = ss->options->users_per_tick,
		.refresh_ms = refresh_ms,
	};

	return fs_worker_new(&wo);
}

/* The program's own request: it needs no unlocking, for the store is its. */
static void
load_demo(struct fs_session *ss)
{
	struct fs_request *rq = fs_request_new(FS_OP_LOAD);

	rq->id = ss->demo_id = ++ss->last_id;
	rq->count = DEMO_COUNT;
	rq->seed = DEMO_SEED;
	rq->may_write = true;
	fs_worker_submit(ss->jobs, rq);
}

static void
init_snap(struct fs_session *ss)
{
	struct fs_snap *snap = &ss->snap;

	snap->schema = ss->options->schema;
	snap->demo = ss->demo;
	snap->read_only = ss->guard.read_only;
	snap->store.link = FS_VIEW_CONNECTING;
	snap->store.census.count = -1;
	snap->store.latency_us = -1;
	snap->stream.tick_ms = ss->options->tick_ms;
	snap->stream.users_per_tick = ss->options->users_per_tick;
	snap->stream.last_tick_us = -1;
}

struct fs_session *
fs_session_open(const struct fs_session_options *opt)
{
	struct fs_session *ss = fs_xcalloc(1, sizeof(*ss));
	const struct fs_options *o = opt->options;

	ss->options = o;
	ss->console = opt->console;
	ss->demo = opt->demo;
	fs_kept_init(&ss->answers);
	fs_kept_init(&ss->frozen);
	ss->sample_us = fs_clock_mono() + SAMPLE_US;
	fs_guard_init(&ss->guard, o->schema->prefix, o->read_only,
	    !opt->console || opt->demo || o->write);
	init_snap(ss);
	start_streamer(ss);
	if (opt->console)
		ss->quick = start_worker(ss, "fsconsole", REFRESH_MS);
	ss->jobs = start_worker(ss, opt->console ? "fsconsole-job" :
	    "fsconsole", 0);
	if (opt->demo)
		load_demo(ss);
	return ss;
}

void
fs_session_close(struct fs_session *ss)
{
	if (ss == NULL)
		return;
	/* All at the same time, so that the second is not one for each. */
	if (ss->streamer != NULL)
		fs_streamer_quit(ss->streamer);
	if (ss->quick != NULL)
		fs_worker_quit(ss->quick);
	fs_worker_quit(ss->jobs);
	fs_worker_free(ss->quick);
	fs_worker_free(ss->jobs);
	/* Whose job may still be at it. */
	if (fs_thread_none_left())
		fs_streamer_free(ss->streamer);
	for (size_t i = 0; i < ss->nheld; i++)
		fs_request_free(ss->held[i]);
	fs_kept_drop(&ss->answers);
	fs_kept_drop(&ss->frozen);
	fs_snap_clear(&ss->snap);
	free(ss);
}

bool
fs_session_is_over(void)
{
	return fs_thread_none_left();
}

struct fs_guard *
fs_session_guard(struct fs_session *ss)
{
	return &ss->guard;
}

/*
 * Requests
 */

/* Those that take long, or that a reader should not have to wait for. */
static bool
is_long(const struct fs_request *rq)
{
	switch (rq->op) {
	case FS_OP_READ:
	case FS_OP_INSPECT:
	case FS_OP_SET:
		return false;
	case FS_OP_DELETE:
		return rq->entities.count > SHORT_DELETE;
	case FS_OP_BATCH_READ:
		return rq->from != NULL || rq->count > SHORT_BATCH ||
		    rq->entities.count > SHORT_BATCH;
	default:
		return true;
	}
}

/* What runs in the console by itself, or for long, is a guest. A short batch
 * read is not: where few keys are ours it would hold the refresh for seconds. */
static void
be_gentle(struct fs_request *rq)
{
	if (rq->op == FS_OP_AUDIT || rq->op == FS_OP_ENTITIES ||
	    rq->op == FS_OP_STATE || rq->op == FS_OP_INFER ||
	    rq->op == FS_OP_BATCH_READ)
		rq->gentle = true;
}

static bool
is_excluded(const struct fs_session *ss, struct fs_err *err)
{
	if (ss->demo_id != 0) {
		fs_fail(err, FS_EUSAGE, "the demo is being loaded");
		return true;
	}
	if (ss->job_id == 0)
		return false;
	fs_fail(err, FS_EUSAGE, "%s is running; c cancels it",
	    fs_op_name(ss->job_op));
	return true;
}

static bool
submit_to(struct fs_worker *wk, struct fs_request *rq, struct fs_err *err)
{
	if (fs_worker_submit(wk, rq))
		return true;
	fs_request_free(rq);
	return fs_fail(err, FS_EUSAGE, "too many requests are waiting");
}

/* What was begun by itself makes way. */
static void
drop_look(struct fs_session *ss)
{
	if (ss->look_id != 0)
		fs_worker_cancel(ss->jobs);
	ss->look_id = 0;
}

static bool
submit_console(struct fs_session *ss, struct fs_request *rq,
    struct fs_err *err)
{
	struct fs_answer *begun;

	rq->rows = false;	/* the screen shows none */
	if (!is_long(rq))
		return submit_to(ss->quick, rq, err);
	if (is_excluded(ss, err)) {
		fs_request_free(rq);
		return false;
	}
	be_gentle(rq);
	drop_look(ss);
	begun = fs_answer_new(rq, FS_ANSWER_PROGRESS);
	if (!submit_to(ss->jobs, rq, err)) {
		fs_answer_free(begun);
		return false;
	}
	ss->job_id = begun->id;
	ss->job_op = begun->op;
	ss->snap.job_running = true;
	ss->snap.job_op = begun->op;
	fs_digest_job(&ss->snap, begun);
	return true;
}

/* What is asked of a demo waits until there is something in it. */
static bool
submit_shell(struct fs_session *ss, struct fs_request *rq,
    struct fs_err *err)
{
	if (ss->demo_id == 0)
		return submit_to(ss->jobs, rq, err);
	if (ss->nheld < sizeof(ss->held) / sizeof(ss->held[0])) {
		ss->held[ss->nheld++] = rq;
		return true;
	}
	fs_request_free(rq);
	return fs_fail(err, FS_EUSAGE, "too many requests are waiting");
}

/* What needs no look at the store to be refused. */
static bool
is_possible(const struct fs_session *ss, const struct fs_request *rq,
    struct fs_err *err)
{
	if (rq->op == FS_OP_DRILL && ss->streamer == NULL)
		return fs_fail(err, FS_EUSAGE, "only what writes to the store "
		    "can be paused: use the console, or --demo");
	return true;
}

uint64_t
fs_session_submit(struct fs_session *ss, struct fs_request *request,
    struct fs_err *err)
{
	uint64_t id = ++ss->last_id;

	request->id = id;
	if (!fs_guard_permit(&ss->guard, request, err) ||
	    !is_possible(ss, request, err)) {
		fs_request_free(request);
		return 0;
	}
	if (!(ss->console ? submit_console(ss, request, err) :
	    submit_shell(ss, request, err)))
		return 0;
	return id;
}

/* What has not even been handed over gets its answer here. */
static void
refuse_held(struct fs_session *ss, const struct fs_err *why)
{
	struct fs_answer *answer;

	for (size_t i = 0; i < ss->nheld; i++) {
		answer = fs_answer_new(ss->held[i], FS_ANSWER_DONE);
		answer->err = *why;
		fs_kept_add(&ss->answers, answer);
		fs_request_free(ss->held[i]);
	}
	ss->nheld = 0;
}

void
fs_session_cancel(struct fs_session *ss)
{
	struct fs_err why = { 0 };

	fs_worker_cancel(ss->jobs);
	fs_fail(&why, FS_ECANCEL, "cancelled");
	refuse_held(ss, &why);
}

/*
 * A pause of the worker, watched
 */

void
fs_session_watch(struct fs_session *ss, bool watched)
{
	struct fs_request *rq;

	if (!watched || !fs_pause_goes_on(&ss->snap)) {
		drop_look(ss);
		ss->look_us = 0;
		ss->look_failed = false;
		return;
	}
	if (ss->look_id != 0 || ss->job_id != 0 || ss->demo_id != 0 ||
	    fs_clock_mono() < ss->look_us)
		return;
	rq = fs_pause_request(&ss->snap);
	rq->id = ++ss->last_id;
	if (fs_worker_submit(ss->jobs, rq))
		ss->look_id = ss->last_id;
	else
		fs_request_free(rq);
}

/* A look has ended, unless it had to make way. */
static void
looked(struct fs_session *ss, struct fs_answer *answer)
{
	bool ok = answer->err.code == FS_OK;
	int64_t now = fs_clock_mono();

	ss->look_id = 0;
	ss->look_us = now + (ok ? fs_pause_rest(&ss->snap, now) : LOOK_AGAIN);
	if (!ok && !ss->look_failed && answer->err.code != FS_ECANCEL)
		fs_session_notice(ss, true, "audit: %s", answer->err.msg);
	ss->look_failed = !ok;
	if (ok)
		fs_digest_answer(&ss->snap, answer);
	else
		fs_answer_free(answer);
}

/*
 * The streaming worker
 */

bool
fs_session_toggle(struct fs_session *ss, struct fs_err *err)
{
	if (ss->streamer == NULL)
		return fs_fail(err, FS_EUSAGE, "there is no worker");
	if (ss->guard.read_only)
		return fs_fail(err, FS_EGUARD, "the worker writes, and this "
		    "session is read-only");
	if (!ss->guard.unlocked)
		return fs_fail(err, FS_EGUARD, "writes are locked");
	if (ss->demo_id != 0 || (ss->job_id != 0 &&
	    (ss->job_op == FS_OP_LOAD || ss->job_op == FS_OP_RESET ||
	    ss->job_op == FS_OP_DRILL))) {
		is_excluded(ss, err);
		return false;
	}
	fs_streamer_toggle(ss->streamer);
	return true;
}

bool
fs_session_lock(struct fs_session *ss)
{
	fs_guard_lock(&ss->guard);
	return ss->streamer != NULL && fs_streamer_lock(ss->streamer);
}

void
fs_session_stop(struct fs_session *ss)
{
	if (ss->streamer != NULL)
		fs_streamer_stop(ss->streamer);
}

void
fs_session_follow(struct fs_session *ss, struct fs_bytes id)
{
	if (ss->quick != NULL)
		fs_worker_follow(ss->quick, id);
}

void
fs_session_refresh(struct fs_session *ss, int64_t refresh_ms)
{
	if (ss->quick != NULL)
		fs_worker_refresh(ss->quick, refresh_ms);
}

void
fs_session_poke(struct fs_session *ss)
{
	if (ss->quick != NULL)
		fs_worker_poke(ss->quick);
}

/*
 * Taking
 */

static struct fs_stats
count(const struct fs_session *ss)
{
	struct fs_stats sum = fs_worker_stats(ss->jobs), more;

	if (ss->quick != NULL) {
		more = fs_worker_stats(ss->quick);
		fs_stats_add(&sum, &more);
	}
	fs_stats_add(&sum, &ss->snap.stream.stats);
	return sum;
}

/* Without its entities, what was asked of it would be answered wrongly. */
static void
demo_failed(struct fs_session *ss, struct fs_err why)
{
	fs_fail_in(&why, "demo");
	fs_session_notice(ss, true, "%s", why.msg);
	refuse_held(ss, &why);
}

/* Hand over what had to wait for the demo. */
static void
demo_loaded(struct fs_session *ss, const struct fs_answer *answer)
{
	ss->demo_id = 0;
	if (answer->err.code != FS_OK)
		demo_failed(ss, answer->err);
	else if (!ss->guard.read_only)
		fs_streamer_start(ss->streamer);
	for (size_t i = 0; i < ss->nheld; i++) {
		if (!fs_worker_submit(ss->jobs, ss->held[i]))
			fs_request_free(ss->held[i]);
	}
	ss->nheld = 0;
	fs_session_poke(ss);
}

/* A request of the console has ended. */
static void
ended(struct fs_session *ss, const struct fs_answer *answer)
{
	bool ok = answer->err.code == FS_OK;
	char text[sizeof(ss->snap.notice)];

	if (answer->id == ss->job_id) {
		ss->job_id = 0;
		ss->snap.job_running = false;
	}
	if (answer->op == FS_OP_RESET && ok)
		ss->baseline = count(ss);
	fs_journal_end(answer);
	if (fs_digest_notice(answer, text, sizeof(text)))
		fs_session_notice(ss, !ok, "%s", text);
	if (fs_op_writes(answer->op))
		fs_session_poke(ss);
}

static void
take_answer(struct fs_session *ss, struct fs_answer *answer)
{
	bool done = answer->kind == FS_ANSWER_DONE;

	if (answer->id == ss->demo_id && ss->demo_id != 0) {
		if (done)
			demo_loaded(ss, answer);
		fs_answer_free(answer);
		return;
	}
	if (answer->by_itself) {
		if (done && answer->id == ss->look_id)
			looked(ss, answer);
		else
			fs_answer_free(answer);
		return;
	}
	if (!ss->console) {
		fs_kept_add(&ss->answers, answer);
		return;
	}
	if (done)
		ended(ss, answer);
	fs_digest_answer(&ss->snap, answer);
}

/* Nobody may see a change, but no job is to wait for the console. */
static void
keep_of_jobs(struct fs_session *ss)
{
	struct fs_answer *answer;

	while ((answer = fs_worker_answer(ss->jobs)) != NULL)
		fs_kept_merge(&ss->frozen, answer);
}

static bool
take_answers(struct fs_session *ss, struct fs_worker *wk)
{
	struct fs_answer *answer;
	bool any = false;

	while (wk != NULL && (answer = fs_worker_answer(wk)) != NULL) {
		take_answer(ss, answer);
		any = true;
	}
	return any;
}

static bool
take_views(struct fs_session *ss)
{
	struct fs_store_view *store = ss->quick != NULL ?
	    fs_worker_view(ss->quick) : NULL;
	struct fs_stream_view *stream = ss->streamer != NULL ?
	    fs_streamer_view(ss->streamer) : NULL;

	if (store != NULL)
		fs_digest_view(&ss->snap, store);
	if (stream != NULL && ss->console)
		fs_journal_run(ss->snap.stream.run, stream->run);
	if (stream != NULL)
		fs_digest_stream(&ss->snap, stream);
	return store != NULL || stream != NULL;
}

/* Once a second, also for seconds in which nobody asked. */
static bool
sample(struct fs_session *ss)
{
	int64_t late = fs_clock_mono() - ss->sample_us;
	uint64_t writes = ss->snap.stream.writes;
	size_t seconds;

	if (late < 0)
		return false;
	seconds = (size_t)(late / SAMPLE_US) + 1;
	fs_digest_sample(&ss->snap, seconds, writes - ss->writes_then);
	ss->writes_then = writes;
	ss->sample_us += (int64_t)seconds * SAMPLE_US;
	return true;
}

bool
fs_session_take(struct fs_session *ss, bool frozen)
{
	struct fs_answer *answer;
	struct fs_stats sum;
	bool changed;

	if (frozen) {
		keep_of_jobs(ss);
		return false;
	}
	changed = take_views(ss);
	while ((answer = fs_kept_take(&ss->frozen)) != NULL) {
		take_answer(ss, answer);
		changed = true;
	}
	changed |= take_answers(ss, ss->quick);
	changed |= take_answers(ss, ss->jobs);
	if (!ss->console)
		return changed;
	sum = count(ss);
	changed |= sample(ss);
	fs_stats_sub(&sum, &ss->baseline);
	ss->snap.stats = sum;
	return changed;
}

const struct fs_snap *
fs_session_snap(struct fs_session *ss)
{
	ss->snap.writable = ss->guard.unlocked;
	ss->snap.mono_us = fs_clock_mono();
	ss->snap.wall_us = fs_clock_wall();
	return &ss->snap;
}

size_t
fs_session_fds(struct fs_session *ss, struct pollfd *fds, bool frozen)
{
	const int all[] = {
		fs_worker_answer_fd(ss->jobs),
		ss->quick != NULL ? fs_worker_answer_fd(ss->quick) : -1,
		ss->quick != NULL ? fs_worker_view_fd(ss->quick) : -1,
		ss->streamer != NULL ? fs_streamer_fd(ss->streamer) : -1,
	};
	size_t n = 0, last = frozen ? 1 : sizeof(all) / sizeof(all[0]);

	for (size_t i = 0; i < last; i++) {
		if (all[i] != -1)
			fds[n++] = (struct pollfd){ .fd = all[i],
				.events = POLLIN };
	}
	return n;
}
