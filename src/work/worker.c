#include "work/worker.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/mem.h"
#include "work/bell.h"
#include "work/job.h"
#include "work/mail.h"
#include "work/queue.h"
#include "work/refresh.h"
#include "work/thread.h"

#define REQUESTS	64
#define ANSWERS		32
#define TICK_MS		1000
#define USERS		5

static fs_operation *const operations[FS_OP_COUNT] = {
	[FS_OP_STATE] =		fs_op_state,
	[FS_OP_ENTITIES] =	fs_op_entities,
	[FS_OP_READ] =		fs_op_read,
	[FS_OP_BATCH_READ] =	fs_op_batch_read,
	[FS_OP_INSPECT] =	fs_op_inspect,
	[FS_OP_WATCH] =		fs_op_watch,
	[FS_OP_LOAD] =		fs_op_load,
	[FS_OP_STREAM] =	fs_op_stream,
	[FS_OP_SET] =		fs_op_set,
	[FS_OP_DELETE] =	fs_op_delete,
	[FS_OP_RESET] =		fs_op_reset,
	[FS_OP_AUDIT] =		fs_op_audit,
	[FS_OP_DRILL] =		fs_op_drill,
	[FS_OP_REPAIR] =	fs_op_repair,
	[FS_OP_INFER] =		fs_op_infer,
};

/* What the main thread wants besides requests. */
struct orders {
	bool		new;		/* or there is a new request */
	bool		follow;		/* id is new */
	struct fs_str	id;
	bool		poke;
	int64_t		refresh_ms;	/* 0: as it is */
};

struct fs_worker {
	struct fs_worker_options opt;
	char			*name;		/* copies of what was given */
	struct fs_target	*target;
	pthread_t		 thread;
	struct fs_queue		*requests, *answers;
	struct fs_mail		*views;		/* NULL: without refresh */
	int			 wake;		/* bell: requests, orders, quit */
	int			 stop;		/* bell: the job is cancelled */

	atomic_bool		 quit;
	atomic_bool		 cancel;	/* the job, soon */
	atomic_bool		 abort;		/* what waits for the server */
	struct fs_counted	 counted;

	/* Under the lock. */
	pthread_mutex_t		 lock;
	struct orders		 orders;
	uint64_t		 submitted, taken;	/* requests, ever */
	uint64_t		 cancelled;	/* all up to this one */
	bool			 busy;
	enum fs_op		 op;		/* while busy */
	int64_t			 end_us;	/* until when it has to end */

	/* Of the thread alone. */
	struct fs_conn		 conn;
	struct fs_refresher	*refresher;	/* NULL: without refresh */
	bool			 ids_sent;	/* in the last view */
};

/*
 * Views and numbers
 */

/* A list of ids is sent again when its view was not taken. */
static void
publish(struct fs_worker *wk)
{
	bool lost = wk->ids_sent && fs_mail_waiting(wk->views);
	struct fs_store_view *view = fs_refresher_view(wk->refresher, lost);

	wk->ids_sent = view->ids != NULL;
	fs_mail_put(wk->views, view);
}

/*
 * Requests
 */

/* From here on it can be cancelled; it may have been already. */
static void
begin(struct fs_worker *wk, const struct fs_request *rq)
{
	bool cancelled;

	pthread_mutex_lock(&wk->lock);
	wk->busy = true;
	wk->op = rq->op;
	cancelled = ++wk->taken <= wk->cancelled || atomic_load(&wk->quit);
	atomic_store(&wk->cancel, cancelled);
	pthread_mutex_unlock(&wk->lock);
}

static void
end(struct fs_worker *wk)
{
	pthread_mutex_lock(&wk->lock);
	wk->busy = false;
	if (!atomic_load(&wk->quit)) {
		atomic_store(&wk->cancel, false);
		atomic_store(&wk->abort, false);
		fs_bell_silence(wk->stop);
	}
	pthread_mutex_unlock(&wk->lock);
}

/* With refresh the connection is made there, and who asks meanwhile is told
 * why there is none; without, asking is what makes it. */
static bool
connect_for(struct fs_worker *wk, struct fs_err *err)
{
	if (wk->conn.store != NULL)
		return true;
	if (wk->refresher != NULL) {
		*err = wk->conn.err;
		return false;
	}
	fs_conn_hurry(&wk->conn);
	return fs_conn_open(&wk->conn, err);
}

static bool
carry_out(struct fs_worker *wk, struct fs_job *job, struct fs_err *err)
{
	bool ok;

	if (fs_job_cancelled(job, err) || !connect_for(wk, err))
		return false;
	/* Or an answer that lies there is taken for one that is owed. */
	if (wk->refresher != NULL && fs_refresher_owed(wk->refresher))
		fs_refresher_wait(wk->refresher, -1, 0);
	fs_job_begin(job);
	job->start_us = job->progress_us = fs_clock_mono();
	ok = operations[job->request->op](job, err);
	if (wk->conn.store != NULL)
		fs_store_gate(wk->conn.store, false);
	return ok;
}

/* The connection may have been lost by it. */
static void
look_after(struct fs_worker *wk, bool was_open, const struct fs_err *err)
{
	if (wk->conn.store != NULL && err->code != FS_OK)
		fs_conn_failed(&wk->conn, err);
	if (wk->refresher == NULL || !was_open || wk->conn.store != NULL)
		return;
	fs_refresher_lost(wk->refresher);
	publish(wk);
}

static void
serve(struct fs_worker *wk, struct fs_request *rq)
{
	struct fs_job job = { .request = rq, .schema = wk->opt.schema,
		.conn = &wk->conn, .patient = wk->refresher == NULL,
		.streamer = wk->opt.streamer,
		.tick_ms = wk->opt.tick_ms,
		.users_per_tick = wk->opt.users_per_tick,
		.cancel = &wk->cancel, .quit = &wk->quit, .bell = wk->stop,
		.answers = wk->answers, .counted = &wk->counted };
	struct fs_answer *done = fs_answer_new(rq, FS_ANSWER_DONE);
	struct fs_err err = { 0 };
	bool was_open = wk->conn.store != NULL;

	job.done = done;
	job.start_us = fs_clock_mono();
	begin(wk, rq);
	if (!carry_out(wk, &job, &err)) {
		/* Else it would be told as done well. */
		assert(err.code != FS_OK);
		done->err = err;
	}
	if (done->elapsed_us == 0)
		done->elapsed_us = fs_clock_mono() - job.start_us;
	done->at_mono_us = fs_clock_mono();
	fs_counted_put(&wk->counted, &wk->conn);
	look_after(wk, was_open, &err);
	end(wk);
	fs_job_send(&job, done);
	fs_request_free(rq);
}

/*
 * The thread
 */

static void
obey(struct fs_worker *wk)
{
	struct orders orders;

	pthread_mutex_lock(&wk->lock);
	orders = wk->orders;
	wk->orders = (struct orders){ 0 };
	if (orders.new)
		fs_bell_silence(wk->wake);
	pthread_mutex_unlock(&wk->lock);
	if (orders.follow)
		fs_refresher_follow(wk->refresher, fs_str_bytes(&orders.id));
	if (orders.refresh_ms != 0)
		fs_refresher_pace(wk->refresher, orders.refresh_ms * FS_MS);
	if (orders.poke)
		fs_refresher_poke(wk->refresher);
	fs_str_free(&orders.id);
}

/* Until there is a request, an order, or it is time for a refresh; meanwhile
 * answers may come to what the last one asked. */
static void
wait_for_work(struct fs_worker *wk, int64_t due)
{
	struct pollfd pfd = { .fd = wk->wake, .events = POLLIN };
	int64_t left = due - fs_clock_mono();
	struct timespec ts;

	if (left <= 0)
		return;
	if (wk->refresher != NULL && fs_refresher_owed(wk->refresher)) {
		fs_refresher_wait(wk->refresher, wk->wake, due);
		return;
	}
	ts = (struct timespec){ .tv_sec = left / FS_SEC,
		.tv_nsec = left % FS_SEC * 1000 };
	ppoll(&pfd, 1, due == FS_NEVER ? NULL : &ts, NULL);
}

static void
turn(struct fs_worker *wk)
{
	struct fs_request *rq = fs_queue_take(wk->requests);
	int64_t due = FS_NEVER;

	if (rq != NULL) {
		serve(wk, rq);
		return;
	}
	if (wk->refresher != NULL)
		due = fs_refresher_due(wk->refresher);
	if (due > fs_clock_mono())
		wait_for_work(wk, due);
	else if (fs_refresher_step(wk->refresher))
		publish(wk);
}

static void *
run(void *arg)
{
	struct fs_worker *wk = arg;

	if (wk->refresher != NULL) {
		publish(wk);
		obey(wk);
		if (fs_refresher_step(wk->refresher))
			publish(wk);
	}
	while (!atomic_load(&wk->quit)) {
		obey(wk);
		turn(wk);
	}
	fs_refresher_free(wk->refresher);
	fs_conn_close(&wk->conn);
	return NULL;
}

/*
 * Calls of the main thread
 */

static void
free_request(void *request)
{
	fs_request_free(request);
}

static void
free_answer(void *answer)
{
	fs_answer_free(answer);
}

static void
free_view(void *view)
{
	fs_store_view_free(view);
}

static void
start_refresh(struct fs_worker *wk)
{
	wk->views = fs_mail_new(free_view);
	wk->refresher = fs_refresher_new(&wk->conn);
	fs_refresher_pace(wk->refresher, wk->opt.refresh_ms * FS_MS);
}

struct fs_worker *
fs_worker_new(const struct fs_worker_options *opt)
{
	struct fs_worker *wk = fs_xcalloc(1, sizeof(*wk));
	struct fs_store_options so = { .schema = opt->schema,
		.cancel = &wk->abort };

	wk->opt = *opt;
	if (wk->opt.tick_ms == 0)
		wk->opt.tick_ms = TICK_MS;
	if (wk->opt.users_per_tick == 0)
		wk->opt.users_per_tick = USERS;
	so.name = wk->name = fs_xstrdup(opt->name);
	so.target = wk->target = fs_target_copy(opt->target);
	pthread_mutex_init(&wk->lock, NULL);
	wk->requests = fs_queue_new(REQUESTS, free_request);
	wk->answers = fs_queue_new(ANSWERS, free_answer);
	wk->wake = fs_bell_open();
	wk->stop = fs_bell_open();
	so.hasty = opt->refresh_ms != 0;	/* a screen shows why it waits */
	fs_conn_init(&wk->conn, &so);
	if (opt->refresh_ms != 0)
		start_refresh(wk);
	fs_thread_start(&wk->thread, run, wk);
	return wk;
}

void
fs_worker_quit(struct fs_worker *wk)
{
	pthread_mutex_lock(&wk->lock);
	if (wk->end_us == 0)
		wk->end_us = fs_clock_mono() + FS_SEC;
	atomic_store(&wk->quit, true);
	atomic_store(&wk->cancel, true);
	atomic_store(&wk->abort, true);
	fs_bell_ring(wk->stop);
	fs_bell_ring(wk->wake);
	pthread_mutex_unlock(&wk->lock);
}

void
fs_worker_free(struct fs_worker *wk)
{
	if (wk == NULL)
		return;
	fs_worker_quit(wk);
	if (!fs_thread_join(wk->thread, wk->end_us))
		return;		/* all of it is still in use */
	fs_queue_free(wk->requests);
	fs_queue_free(wk->answers);
	fs_mail_free(wk->views);
	fs_bell_close(wk->wake);
	fs_bell_close(wk->stop);
	pthread_mutex_destroy(&wk->lock);
	fs_str_free(&wk->orders.id);
	fs_target_free(wk->target);
	free(wk->name);
	free(wk);
}

bool
fs_worker_submit(struct fs_worker *wk, struct fs_request *request)
{
	bool ok;

	pthread_mutex_lock(&wk->lock);
	ok = fs_queue_try_put(wk->requests, request);
	wk->submitted += ok;
	wk->orders.new = true;
	fs_bell_ring(wk->wake);
	pthread_mutex_unlock(&wk->lock);
	return ok;
}

/* What is lost by not waiting for the answers of a writing job is to know what
 * was written; so that goes on until the server has answered. */
void
fs_worker_cancel(struct fs_worker *wk)
{
	pthread_mutex_lock(&wk->lock);
	wk->cancelled = wk->submitted;
	if (wk->busy) {
		atomic_store(&wk->cancel, true);
		if (!fs_op_writes(wk->op) || wk->op == FS_OP_DRILL)
			atomic_store(&wk->abort, true);
		fs_bell_ring(wk->stop);
	}
	pthread_mutex_unlock(&wk->lock);
}

/* False where there is nobody to obey; else the lock is held. */
static bool
begin_order(struct fs_worker *wk)
{
	if (wk->views == NULL)
		return false;
	pthread_mutex_lock(&wk->lock);
	return true;
}

static void
give_order(struct fs_worker *wk)
{
	wk->orders.new = true;
	fs_bell_ring(wk->wake);
	pthread_mutex_unlock(&wk->lock);
}

void
fs_worker_follow(struct fs_worker *wk, struct fs_bytes id)
{
	if (!begin_order(wk))
		return;
	wk->orders.follow = true;
	fs_str_clear(&wk->orders.id);
	fs_str_add_bytes(&wk->orders.id, id);
	give_order(wk);
}

void
fs_worker_refresh(struct fs_worker *wk, int64_t refresh_ms)
{
	if (!begin_order(wk))
		return;
	wk->orders.refresh_ms = refresh_ms;
	give_order(wk);
}

void
fs_worker_poke(struct fs_worker *wk)
{
	if (!begin_order(wk))
		return;
	wk->orders.poke = true;
	give_order(wk);
}

struct fs_answer *
fs_worker_answer(struct fs_worker *wk)
{
	return fs_queue_take(wk->answers);
}

struct fs_store_view *
fs_worker_view(struct fs_worker *wk)
{
	return wk->views != NULL ? fs_mail_take(wk->views) : NULL;
}

struct fs_stats
fs_worker_stats(struct fs_worker *wk)
{
	return fs_counted_get(&wk->counted);
}

int
fs_worker_answer_fd(const struct fs_worker *wk)
{
	return fs_queue_fd(wk->answers);
}

int
fs_worker_view_fd(const struct fs_worker *wk)
{
	return wk->views != NULL ? fs_mail_fd(wk->views) : -1;
}
