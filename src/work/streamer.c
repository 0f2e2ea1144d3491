#include "work/streamer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "work/conn.h"
#include "work/mail.h"
#include "work/thread.h"
#include "work/tick.h"

#define LOOK_US	(100 * FS_MS)	/* at the cancel flag of who waits for a tick */

struct fs_streamer {
	struct fs_target	*target;	/* copy of what was given */
	const struct fs_schema	*schema;
	int64_t			 period_us;
	int64_t			 users;
	pthread_t		 thread;
	struct fs_mail		*views;
	atomic_bool		 quit;		/* also ends what waits for the
						   server */

	/* Under the lock. */
	pthread_mutex_t		 lock;
	pthread_cond_t		 asked;		/* the state has changed */
	pthread_cond_t		 idle;		/* no tick is in flight */
	enum fs_run		 run;
	bool			 locked;	/* no resume makes it run */
	bool			 in_flight;
	unsigned		 starts;	/* how often it began to run */
	int64_t			 end_us;	/* until when it has to end */

	/* Of the thread alone. */
	struct fs_conn		 conn;
	struct fs_rng		 rng;
	struct fs_tick		*tick;		/* NULL: the store is closed */
	struct fs_stream_view	 view;
	int64_t			 next_us;	/* when the next tick is due */
	unsigned		 started;	/* starts, when it was set */
};

static void
free_view(void *view)
{
	fs_stream_view_free(view);
}

/* Called with the lock held: the view says what the state is at its time. */
static void
publish(struct fs_streamer *sr)
{
	struct fs_stream_view *view = fs_xmalloc(sizeof(*view));

	/* Not during a tick: what is paused then writes no more. */
	if (sr->view.run != sr->run)
		sr->view.since_mono_us = fs_clock_mono();
	sr->view.run = sr->run;
	sr->view.in_flight = sr->in_flight;
	sr->view.stats = fs_conn_stats(&sr->conn);
	*view = sr->view;
	fs_mail_put(sr->views, view);
}

/*
 * The tick
 */

static void
close_tick(struct fs_streamer *sr)
{
	fs_tick_free(sr->tick);
	sr->tick = NULL;
}

static void
failed(struct fs_streamer *sr, const struct fs_err *err)
{
	if (err->code == FS_ECANCEL)
		return;
	sr->view.errors++;
	sr->view.last_err = *err;
	sr->view.last_err_wall_us = fs_clock_wall();
	fs_log(FS_LOG_WARN, "worker: %s", err->msg);
}

static bool
open_store(struct fs_streamer *sr, struct fs_err *err)
{
	if (!fs_conn_open(&sr->conn, err))
		return false;
	fs_store_gate(sr->conn.store, true);
	if (sr->tick == NULL)
		sr->tick = fs_tick_new(sr->conn.store, &sr->rng);
	return true;
}

/* False: the server would not have us, and asking again could do harm. */
static bool
run_tick(struct fs_streamer *sr)
{
	int64_t start = fs_clock_mono(), took;
	struct fs_ticked done = { 0 };
	struct fs_err err = { 0 };
	bool ok = open_store(sr, &err) &&
	    fs_tick_run(sr->tick, (size_t)sr->users, &done, &err);

	took = fs_clock_mono() - start;
	sr->view.writes += done.fields;
	if (ok) {
		fs_conn_good(&sr->conn);
		if (done.entities == 0)
			return true;	/* an empty store */
		sr->view.ticks++;
		sr->view.last_tick_us = took;
		sr->view.last_tick_mono_us = start;
		fs_hist_add(&sr->view.latency, (uint64_t)took);
		return true;
	}
	failed(sr, &err);
	if (fs_conn_is_lost(err.code) && sr->conn.store != NULL) {
		close_tick(sr);
		fs_conn_failed(&sr->conn, &err);
	}
	return err.code != FS_EAUTH && err.code != FS_ETLS;
}

/*
 * The thread
 */

/* Those whose time went by meanwhile are skipped, not made up. */
static void
schedule(struct fs_streamer *sr)
{
	int64_t late;

	sr->next_us += sr->period_us;
	late = fs_clock_mono() - sr->next_us;
	if (late < 0)
		return;
	late = late / sr->period_us + 1;
	sr->view.skipped += (uint64_t)late;
	sr->next_us += late * sr->period_us;
}

/*
 * Called with the lock held, and free of it during the tick. The mark is set
 * before the state is looked at, so that whoever pauses and then sees no mark
 * knows that no write will follow.
 */
static void
turn(struct fs_streamer *sr)
{
	bool ok;

	sr->in_flight = true;
	if (sr->run == FS_RUNNING) {
		pthread_mutex_unlock(&sr->lock);
		ok = run_tick(sr);
		schedule(sr);
		pthread_mutex_lock(&sr->lock);
		if (!ok && sr->run == FS_RUNNING)
			sr->run = FS_STOPPED;
	}
	sr->in_flight = false;
	pthread_cond_broadcast(&sr->idle);
	publish(sr);
}

/* Called with the lock held: wait until it is time, or the state changes. */
static void
wait_for_time(struct fs_streamer *sr)
{
	enum fs_run run = sr->run;

	if (run == FS_RUNNING && sr->started != sr->starts) {
		sr->started = sr->starts;
		sr->next_us = fs_clock_mono() + sr->period_us;
	}
	fs_cond_wait_until(&sr->asked, &sr->lock,
	    run == FS_RUNNING ? sr->next_us : FS_NEVER);
	if (sr->run != run)
		publish(sr);
}

static void *
run(void *arg)
{
	struct fs_streamer *sr = arg;

	pthread_mutex_lock(&sr->lock);
	publish(sr);
	while (!atomic_load(&sr->quit)) {
		if (sr->run == FS_RUNNING && sr->started == sr->starts &&
		    fs_clock_mono() >= sr->next_us)
			turn(sr);
		else
			wait_for_time(sr);
	}
	pthread_mutex_unlock(&sr->lock);
	close_tick(sr);
	fs_conn_close(&sr->conn);
	return NULL;
}

struct fs_streamer *
fs_streamer_new(const struct fs_streamer_options *opt)
{
	struct fs_streamer *sr = fs_xcalloc(1, sizeof(*sr));
	const struct fs_store_options so = { .schema = opt->schema,
		.name = "fsconsole-streamer", .cancel = &sr->quit };

	sr->target = fs_target_copy(opt->target);
	sr->schema = opt->schema;
	sr->period_us = opt->tick_ms * FS_MS;
	sr->users = opt->users_per_tick;
	sr->views = fs_mail_new(free_view);
	atomic_init(&sr->quit, false);
	pthread_mutex_init(&sr->lock, NULL);
	fs_cond_init(&sr->asked);
	fs_cond_init(&sr->idle);
	fs_conn_init(&sr->conn, &so);
	sr->conn.opt.target = sr->target;
	if (opt->seed != 0)
		fs_rng_seed(&sr->rng, opt->seed);
	else
		fs_rng_seed_system(&sr->rng);
	sr->view.tick_ms = opt->tick_ms;
	sr->view.users_per_tick = opt->users_per_tick;
	sr->view.last_tick_us = -1;
	fs_thread_start(&sr->thread, run, sr);
	return sr;
}

void
fs_streamer_quit(struct fs_streamer *sr)
{
	pthread_mutex_lock(&sr->lock);
	if (sr->end_us == 0)
		sr->end_us = fs_clock_mono() + FS_SEC;
	atomic_store(&sr->quit, true);
	pthread_cond_broadcast(&sr->asked);
	pthread_cond_broadcast(&sr->idle);
	pthread_mutex_unlock(&sr->lock);
}

void
fs_streamer_free(struct fs_streamer *sr)
{
	if (sr == NULL)
		return;
	fs_streamer_quit(sr);
	if (!fs_thread_join(sr->thread, sr->end_us))
		return;		/* all of it is still in use */
	fs_mail_free(sr->views);
	pthread_cond_destroy(&sr->asked);
	pthread_cond_destroy(&sr->idle);
	pthread_mutex_destroy(&sr->lock);
	fs_target_free(sr->target);
	free(sr);
}

/*
 * The state
 */

/* Called with the lock held. */
static void
set_run(struct fs_streamer *sr, enum fs_run run)
{
	if (sr->run == run)
		return;
	if (run == FS_RUNNING)
		sr->starts++;
	sr->run = run;
	pthread_cond_broadcast(&sr->asked);
}

void
fs_streamer_toggle(struct fs_streamer *sr)
{
	pthread_mutex_lock(&sr->lock);
	sr->locked = false;
	set_run(sr, sr->run == FS_RUNNING ? FS_PAUSED : FS_RUNNING);
	pthread_mutex_unlock(&sr->lock);
}

void
fs_streamer_start(struct fs_streamer *sr)
{
	pthread_mutex_lock(&sr->lock);
	sr->locked = false;
	set_run(sr, FS_RUNNING);
	pthread_mutex_unlock(&sr->lock);
}

bool
fs_streamer_lock(struct fs_streamer *sr)
{
	bool was;

	pthread_mutex_lock(&sr->lock);
	sr->locked = true;
	was = sr->run == FS_RUNNING;
	if (was)
		set_run(sr, FS_PAUSED);
	pthread_mutex_unlock(&sr->lock);
	return was;
}

void
fs_streamer_stop(struct fs_streamer *sr)
{
	pthread_mutex_lock(&sr->lock);
	set_run(sr, FS_STOPPED);
	pthread_mutex_unlock(&sr->lock);
}

bool
fs_streamer_pause_wait(struct fs_streamer *sr, const atomic_bool *cancel)
{
	bool was;

	pthread_mutex_lock(&sr->lock);
	was = sr->run == FS_RUNNING;
	if (was)
		set_run(sr, FS_PAUSED);
	while (sr->in_flight && !atomic_load(&sr->quit) &&
	    (cancel == NULL || !atomic_load(cancel)))
		fs_cond_wait_until(&sr->idle, &sr->lock,
		    fs_clock_mono() + LOOK_US);
	pthread_mutex_unlock(&sr->lock);
	return was;
}

void
fs_streamer_resume(struct fs_streamer *sr)
{
	pthread_mutex_lock(&sr->lock);
	if (sr->run == FS_PAUSED && !sr->locked)
		set_run(sr, FS_RUNNING);
	pthread_mutex_unlock(&sr->lock);
}

enum fs_run
fs_streamer_run(struct fs_streamer *sr)
{
	enum fs_run state;

	pthread_mutex_lock(&sr->lock);
	state = sr->run;
	pthread_mutex_unlock(&sr->lock);
	return state;
}

struct fs_stream_view *
fs_streamer_view(struct fs_streamer *sr)
{
	return fs_mail_take(sr->views);
}

int
fs_streamer_fd(const struct fs_streamer *sr)
{
	return fs_mail_fd(sr->views);
}
