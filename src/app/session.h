/*
 * The running whole: threads started and stopped, requests down, snapshots up.
 * For the main thread alone; nothing here waits for the network.
 */
#ifndef FS_APP_SESSION_H
#define FS_APP_SESSION_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/guard.h"
#include "app/options.h"
#include "base/err.h"
#include "base/str.h"
#include "model/request.h"
#include "model/snap.h"

struct fs_session;

struct fs_session_options {
	const struct fs_options	*options;	/* outlive the session */
	bool			 console;	/* views, streamer, two workers;
						   else one worker on demand */
	bool			 demo;		/* load 200, start the worker */
};

struct fs_session *fs_session_open(const struct fs_session_options *opt);
/* Cancels and waits at most a second. NULL is a no-op. */
void fs_session_close(struct fs_session *ss);
/* After that: false when a thread could not be waited for, as it looks up a
 * name. It may still use the schema, so that the program has to end by _exit. */
bool fs_session_is_over(void);

/* Of the session, as long as it is open; never NULL. */
struct fs_guard *fs_session_guard(struct fs_session *ss);

/*
 * Hand a request over (it belongs to the session then, also on failure). Its
 * id, or 0 and err: not permitted, or excluded by what runs (bulk-load, reset
 * and the worker's toggle exclude each other; one long job at a time).
 */
uint64_t fs_session_submit(struct fs_session *ss, struct fs_request *request,
    struct fs_err *err);
void fs_session_cancel(struct fs_session *ss);	/* the long job */
/*
 * Whether somebody watches what becomes of the store while the worker is
 * paused. To be called again and again: while it is so, and no long job runs,
 * the store is audited by itself. That makes way for whatever is asked for.
 */
void fs_session_watch(struct fs_session *ss, bool watched);

/* The worker's keys; false and err when excluded or not permitted. */
bool fs_session_toggle(struct fs_session *ss, struct fs_err *err);
/* Always permitted; a tick that is under way ends. */
void fs_session_stop(struct fs_session *ss);
/*
 * No more writes from now on, whatever runs: the worker is paused, and no job
 * that paused it lets it go on. A job that writes goes on to its end. Whether
 * the worker was running.
 */
bool fs_session_lock(struct fs_session *ss);

/*
 * What the views show, of a console; in a shell's session these do nothing.
 * The entity to inspect from now on (its bytes are copied), how often the
 * store is looked at, and a look at once, which also ends the wait for the
 * next try to connect.
 */
void fs_session_follow(struct fs_session *ss, struct fs_bytes id);
void fs_session_refresh(struct fs_session *ss, int64_t refresh_ms);
void fs_session_poke(struct fs_session *ss);

/*
 * Descriptors to poll for reading; returns how many (at most 8). frozen as for
 * fs_session_take().
 */
size_t fs_session_fds(struct fs_session *ss, struct pollfd *fds, bool frozen);

/*
 * Take what has come into the snap; whether anything that a screen shows has
 * changed. Answers of the console's requests go into the snap; the shell's
 * are got by fs_session_answer(). frozen: the snap stays as it is, for as long
 * as the screen is; only what jobs say is taken, and kept for later.
 */
bool fs_session_take(struct fs_session *ss, bool frozen);
const struct fs_snap *fs_session_snap(struct fs_session *ss);
/* The next answer in order, the caller's to free; NULL when none is there. */
struct fs_answer *fs_session_answer(struct fs_session *ss);

/* One line for the operator in the snap's notice. */
void fs_session_notice(struct fs_session *ss, bool bad, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
