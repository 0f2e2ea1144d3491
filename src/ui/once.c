#include "ui/once.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/session.h"
#include "base/addr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/num.h"
#include "ui/canvas.h"
#include "ui/screen.h"

#define ROWS		40
#define COLS		120
#define MAX_ROWS	500
#define MAX_COLS	1000
#define COUNT_WAIT	(3 * FS_SEC)	/* for the count of a large store */
#define BUSY_WAIT	(30 * FS_SEC)	/* for a server that is loading */
#define ENOUGH_IDS	1000
#define SESSION_FDS	8

int
fs_once_fail(const struct fs_err *err, int status)
{
	struct fs_str text = { 0 };

	fs_escape(&text, fs_bytes_of(err->msg), false);
	fprintf(stderr, "fsconsole: %s\n", text.data);
	fs_str_free(&text);
	return status;
}

/* From the environment, else the terminal's, else a common one. */
static int
dimension(const char *name, int of_terminal, int max, int otherwise)
{
	const char *text = getenv(name);
	int64_t n;

	if (text != NULL && fs_num_i64(fs_bytes_of(text), 1, max, &n))
		return (int)n;
	return of_terminal > 0 && of_terminal <= max ? of_terminal :
	    otherwise;
}

static void
size(int *rows, int *cols)
{
	struct winsize ws = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	*rows = dimension("LINES", ws.ws_row, MAX_ROWS, ROWS);
	*cols = dimension("COLUMNS", ws.ws_col, MAX_COLS, COLS);
}

/*
 * Waiting
 */

/* A screen full of it: the count too, and for a demo its entities, and until it
 * is late a first tick of its worker. */
static bool
has_all(const struct fs_snap *snap, const struct fs_options *opt, bool late)
{
	bool ticks = opt->demo && !opt->read_only && !late;
	const struct fs_store_view *store = &snap->store;

	if (store->link != FS_VIEW_UP || store->server == NULL ||
	    store->census.count < 0)
		return false;
	if ((opt->demo && snap->ids.count == 0) ||
	    (ticks && snap->stream.ticks == 0))
		return false;
	if (store->census.count == 0)
		return true;
	return snap->ids.count > 0 && store->inspected != NULL;
}

/* A store that is still being counted: what there is of it is shown. */
static bool
has_some(const struct fs_snap *snap)
{
	const struct fs_store_view *store = &snap->store;

	return store->link == FS_VIEW_UP && store->server != NULL &&
	    store->census.scanning && (snap->ids.count == 0 ||
	    store->inspected != NULL);
}

/* To count a large store takes its time: it is waited for until it is late. */
static bool
is_enough(const struct fs_snap *snap, const struct fs_options *opt,
    bool late)
{
	return has_all(snap, opt, late) ||
	    (late && !opt->demo && has_some(snap));
}

/* Whether waiting on can help; err says why it does not. */
static bool
has_failed(const struct fs_snap *snap, struct fs_err *err)
{
	const struct fs_store_view *store = &snap->store;

	if (store->link == FS_VIEW_CONNECTING || store->link == FS_VIEW_UP)
		return false;
	*err = store->err;
	return store->err.code != FS_EBUSY && store->err.code != FS_EUNREADY;
}

static void
wait_for(struct fs_session *session, int64_t deadline)
{
	struct pollfd fds[SESSION_FDS];
	size_t n = fs_session_fds(session, fds, false);
	int ms = fs_clock_poll_ms(deadline);

	poll(fds, (nfds_t)n, ms < 100 ? ms : 100);
	fs_session_take(session, false);
}

/* Of a list that is still growing the first is not the first. */
static void
follow_first(struct fs_session *session, const struct fs_snap *snap,
    bool late, bool *followed)
{
	if (*followed || snap->ids.count == 0 || (!late &&
	    snap->store.census.scanning && snap->ids.count < ENOUGH_IDS))
		return;
	fs_session_follow(session, fs_list_at(&snap->ids, 0));
	*followed = true;
}

static bool
wait_for_data(struct fs_session *session, const struct fs_options *opt,
    struct fs_err *err)
{
	const struct fs_snap *snap = fs_session_snap(session);
	int64_t	start = fs_clock_mono();
	int64_t	time_out = (opt->target->connect_timeout_ms +
		    opt->target->timeout_ms) * FS_MS;
	int64_t	deadline = start + time_out;
	bool	followed = false, late = false;

	while (!is_enough(snap, opt, late)) {
		if (fs_clock_mono() >= deadline)
			return fs_fail(err, err->code != FS_OK ? err->code :
			    FS_ETIMEOUT, "%s", err->code != FS_OK ?
			    err->msg : "the store did not answer in time");
		wait_for(session, deadline);
		if (has_failed(snap, err))
			return false;
		if (err->code == FS_EBUSY || err->code == FS_EUNREADY)
			deadline = start + BUSY_WAIT;
		late = fs_clock_mono() - start >= (time_out / 2 < COUNT_WAIT ?
		    time_out / 2 : COUNT_WAIT);
		follow_first(session, snap, late, &followed);
	}
	return true;
}

/*
 * Printing
 */

static int
print(const struct fs_canvas *cv)
{
	struct fs_str	text = { 0 };
	struct fs_err	err = { 0 };
	bool		good;

	fs_canvas_dump(cv, &text);
	good = fwrite(text.data, 1, text.len, stdout) == text.len &&
	    fflush(stdout) == 0;
	fs_str_free(&text);
	if (good)
		return 0;
	fs_fail(&err, FS_EIO, "stdout: %s", strerror(errno));
	return fs_once_fail(&err, fs_err_status(err.code));
}

/* Whether nothing is missing from what it shows. */
static bool
is_whole(const struct fs_snap *snap)
{
	size_t down = 0, silent = 0;

	if (snap->store.server != NULL)
		fs_server_trouble(snap->store.server, snap->mono_us, &down,
		    &silent);
	return down + silent == 0 && snap->store.census.err.code == FS_OK;
}

static int
draw(const struct fs_options *opt, const struct fs_snap *snap)
{
	bool	utf8 = !opt->ascii &&
		    strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	struct fs_screen screen;
	struct fs_canvas *cv;
	struct fs_str	where = { 0 };
	struct fs_snap	now = *snap;
	int	rows, cols, status;

	size(&rows, &cols);
	fs_target_show(opt->target, &where);
	fs_screen_init(&screen, where.data);
	screen.insecure = opt->target->tls && opt->target->insecure;
	screen.rows = rows;
	screen.cols = cols;
	screen.utf8 = utf8;
	now.mono_us = fs_clock_mono();
	now.wall_us = fs_clock_wall();
	fs_screen_update(&screen, &now);
	cv = fs_canvas_new(rows, cols, utf8);
	fs_screen_draw(&screen, &now, cv);
	status = print(cv);
	if (status == 0 && !is_whole(&now))
		status = 1;
	fs_canvas_free(cv);
	fs_screen_free(&screen);
	fs_str_free(&where);
	return status;
}

int
fs_once_run(const struct fs_options *opt)
{
	struct fs_session_options sso = { .options = opt, .console = true,
	    .demo = opt->demo };
	struct fs_session *session = fs_session_open(&sso);
	struct fs_err err = { 0 };
	int status;

	if (wait_for_data(session, opt, &err))
		status = draw(opt, fs_session_snap(session));
	else
		status = fs_once_fail(&err, 3);
	fs_session_close(session);
	return status;
}
