#include "ui/loop.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/session.h"
#include "base/addr.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ui/act.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/once.h"
#include "ui/screen.h"
#include "ui/sig.h"
#include "ui/term.h"

#define SESSION_FDS	8
#define FRAME		(40 * FS_MS)	/* between those no key asked for */
#define FIRST_FRAME	(35 * FS_MS)	/* how long it waits for data */
#define NOTICE		(8 * FS_SEC)	/* how long a notice is shown */
#define HUNG_UP		(128 + SIGHUP)

struct loop {
	struct fs_session *session;
	struct fs_term	*term;
	struct fs_canvas *canvas;
	struct fs_screen screen;
	struct fs_act	 act;
	struct fs_keys	 keys;
	struct fs_snap	 snap;		/* the session's, at the time shown */
	sigset_t	 open;
	bool		 utf8;
	bool		 dirty;		/* what is shown is out of date */
	bool		 began;		/* an entity is followed */
	bool		 over;
	int		 status;
	int64_t		 next_frame;	/* not before */
	int64_t		 first_frame;	/* waits for data until then */
	int64_t		 next_second;	/* of the wall clock */
	int64_t		 notice_end;
	char		 notice[sizeof(((struct fs_snap *)0)->notice)];
};

static void
end(struct loop *lp, int status)
{
	lp->over = true;
	lp->status = status;
}

/*
 * What is shown
 */

/* The session's snap again, as of now; as of then while frozen. */
static void
look(struct loop *lp)
{
	int64_t mono = lp->snap.mono_us, wall = lp->snap.wall_us;

	lp->snap = *fs_session_snap(lp->session);
	if (!lp->screen.frozen) {
		mono = fs_clock_mono();
		wall = fs_clock_wall();
	}
	lp->snap.mono_us = mono;
	lp->snap.wall_us = wall;
}

/* A new notice is shown for a while. */
static void
look_at_notice(struct loop *lp)
{
	if (strcmp(lp->notice, lp->snap.notice) == 0)
		return;
	snprintf(lp->notice, sizeof(lp->notice), "%s", lp->snap.notice);
	lp->screen.notice = lp->notice[0] != '\0';
	lp->notice_end = fs_clock_mono() + NOTICE;
}

/* Whether a first frame would have all that it is to have. */
static bool
is_complete(const struct fs_snap *snap)
{
	return snap->store.link == FS_VIEW_UP &&
	    (snap->store.inspected != NULL || snap->store.census.count == 0);
}

static void
look_anew(struct loop *lp)
{
	look(lp);
	look_at_notice(lp);
	fs_screen_update(&lp->screen, &lp->snap);
	fs_act_look(&lp->act, &lp->snap);
	if (!lp->began)
		lp->began = fs_act_begin(&lp->act, &lp->snap);
	if (lp->next_frame == lp->first_frame && is_complete(&lp->snap))
		lp->next_frame = 0;
	lp->dirty = true;
}

static void
take(struct loop *lp)
{
	if (fs_session_take(lp->session, lp->screen.frozen))
		look_anew(lp);
}

static void
resize(struct loop *lp)
{
	int rows, cols;

	fs_term_size(lp->term, &rows, &cols);
	lp->dirty = true;
	if (lp->canvas != NULL && rows == lp->screen.rows &&
	    cols == lp->screen.cols) {
		/* It was another size meanwhile: lines may be torn. */
		fs_term_redraw(lp->term);
		return;
	}
	fs_canvas_free(lp->canvas);
	lp->canvas = fs_canvas_new(rows, cols, lp->utf8);
	lp->screen.rows = rows;
	lp->screen.cols = cols;
	lp->screen.utf8 = lp->utf8;
}

static void
draw(struct loop *lp)
{
	int64_t	now = fs_clock_mono();
	int	col;

	if (!lp->dirty || now < lp->next_frame || !fs_term_ready(lp->term))
		return;
	look(lp);
	if (lp->screen.over == FS_PANE_LOG)	/* it grows by itself */
		fs_screen_update(&lp->screen, &lp->snap);
	col = fs_screen_draw(&lp->screen, &lp->snap, lp->canvas);
	fs_term_blit(lp->term, lp->canvas, lp->screen.rows - 1, col);
	lp->dirty = false;
	lp->next_frame = now + FRAME;
}

/*
 * Time
 */

static void
set_next_second(struct loop *lp)
{
	int64_t into = fs_clock_wall() % FS_SEC;

	lp->next_second = fs_clock_mono() + FS_SEC - into;
}

/* What the clock alone changes on the screen. */
static void
tick(struct loop *lp)
{
	int64_t now = fs_clock_mono();

	if (lp->screen.notice && now >= lp->notice_end &&
	    lp->notice_end != 0) {
		fs_act_dismiss(&lp->act);
		look(lp);
		look_at_notice(lp);
		lp->dirty = true;
	}
	if (now < lp->next_second)
		return;
	set_next_second(lp);
	if (!lp->screen.frozen)
		lp->dirty = true;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static struct timespec
how_long(const struct loop *lp)
{
	int64_t now = fs_clock_mono(), until = lp->next_second, left;

	until = earlier(until, fs_keys_deadline(&lp->keys));
	if (lp->dirty && fs_term_ready(lp->term))
		until = earlier(until, lp->next_frame);
	left = until > now ? until - now : 0;
	return (struct timespec){ .tv_sec = left / FS_SEC,
	    .tv_nsec = left % FS_SEC * 1000 };
}

/*
 * Keys
 */

static void
suspend(struct loop *lp)
{
	fs_term_leave(lp->term);
	fs_sig_stop_self();
	fs_term_enter(lp->term);
	resize(lp);
	lp->dirty = true;
}

static void
serve(struct loop *lp)
{
	unsigned wants = lp->act.wants;

	lp->act.wants = 0;
	if ((wants & FS_WANTS_QUIT) != 0)
		end(lp, 0);
	if ((wants & FS_WANTS_REDRAW) != 0)
		fs_term_redraw(lp->term);
	if ((wants & FS_WANTS_SUSPEND) != 0)
		suspend(lp);
	if ((wants & FS_WANTS_COPY) != 0) {
		bool done = fs_term_copy(lp->term,
		    fs_str_bytes(&lp->act.copied));

		fs_session_notice(lp->session, !done, done ?
		    "copied %zu bytes to the terminal's clipboard" :
		    "%zu bytes: this terminal's clipboard does not take them",
		    lp->act.copied.len);
	}
}

static void
key(struct loop *lp, int which)
{
	if (which == FS_KEY_NONE)
		return;
	if (which == FS_KEY_BREAK) {
		end(lp, 128 + SIGINT);
		return;
	}
	if (which == FS_KEY_PASTE)
		fs_act_paste(&lp->act, &lp->snap,
		    fs_str_bytes(&lp->keys.paste));
	else if (which == FS_KEY_MOUSE)
		fs_act_mouse(&lp->act, &lp->snap, lp->keys.mouse_button,
		    lp->keys.mouse_row, lp->keys.mouse_col);
	else
		fs_act_key(&lp->act, &lp->snap, which);
	serve(lp);
	look(lp);
	fs_screen_update(&lp->screen, &lp->snap);
	fs_act_look(&lp->act, &lp->snap);
	if (lp->screen.notice)
		lp->notice_end = fs_clock_mono() + NOTICE;
	look_at_notice(lp);
	lp->dirty = true;
	lp->next_frame = 0;
}

static void
read_keys(struct loop *lp)
{
	char	buf[4096];
	ssize_t	n = fs_term_read(lp->term, buf, sizeof(buf));
	int64_t	now = fs_clock_mono();
	struct fs_bytes bytes = fs_bytes(buf, n > 0 ? (size_t)n : 0);

	if (n <= 0) {
		end(lp, HUNG_UP);
		return;
	}
	if (fs_keys_is_burst(&lp->keys, bytes, now)) {
		key(lp, fs_keys_burst(&lp->keys, bytes, now));
		return;
	}
	for (ssize_t i = 0; i < n && !lp->over; i++)
		key(lp, fs_keys_byte(&lp->keys, (unsigned char)buf[i], now));
}

/*
 * Waiting
 */

static void
take_signals(struct loop *lp)
{
	int ending = fs_sig_ending();

	if (ending != 0) {
		end(lp, 128 + ending);
		return;
	}
	if (fs_sig_take(SIGWINCH))
		resize(lp);
	if (fs_sig_take(SIGTSTP))
		suspend(lp);
	if (fs_sig_take(SIGCONT)) {	/* after a SIGSTOP: all may be lost */
		fs_term_enter(lp->term);
		resize(lp);
		lp->dirty = true;
	}
}

static void
wait_and_take(struct loop *lp)
{
	struct pollfd	fds[2 + SESSION_FDS] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = fs_term_fd(lp->term), .events = POLLOUT },
	};
	struct timespec	time = how_long(lp);
	size_t		n = 2;

	if (fs_term_ready(lp->term))
		fds[1].fd = -1;
	n += fs_session_fds(lp->session, fds + 2, lp->screen.frozen);
	if (ppoll(fds, (nfds_t)n, &time, &lp->open) == -1 && errno != EINTR)
		end(lp, 1);
	take_signals(lp);
	if ((fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		end(lp, HUNG_UP);
	else if ((fds[0].revents & POLLIN) != 0 && !lp->over)
		read_keys(lp);
}

static void
run(struct loop *lp)
{
	lp->next_frame = lp->first_frame = fs_clock_mono() + FIRST_FRAME;
	while (!lp->over) {
		wait_and_take(lp);
		key(lp, fs_keys_idle(&lp->keys, fs_clock_mono()));
		take(lp);
		tick(lp);
		fs_session_watch(lp->session, lp->screen.over ==
		    FS_PANE_AUDIT && !lp->screen.frozen);
		if (!fs_term_flush(lp->term))
			end(lp, HUNG_UP);
		if (!lp->over)
			draw(lp);
	}
}

/*
 * Beginning and end
 */

static void
begin(struct loop *lp, const struct fs_options *opt)
{
	struct fs_session_options sso = { .options = opt, .console = true,
	    .demo = opt->demo };
	struct fs_str where = { 0 };

	lp->session = fs_session_open(&sso);
	fs_target_show(opt->target, &where);
	fs_screen_init(&lp->screen, where.data);
	lp->screen.insecure = opt->target->tls && opt->target->insecure;
	fs_str_free(&where);
	fs_act_init(&lp->act, lp->session, &lp->screen, opt);
	lp->keys.mouse = opt->mouse;
	resize(lp);
	set_next_second(lp);
	look(lp);
}

static void
finish(struct loop *lp)
{
	fs_term_close(lp->term);
	fs_session_close(lp->session);
	fs_act_free(&lp->act);
	fs_screen_free(&lp->screen);
	fs_keys_free(&lp->keys);
	fs_canvas_free(lp->canvas);
}

int
fs_loop_run(struct fs_options *opt)
{
	struct loop	lp = { 0 };
	struct fs_err	err = { 0 };
	struct fs_term_options to = { .color = opt->color,
	    .mouse = opt->mouse };

	if (opt->once)
		return fs_once_run(opt);
	lp.utf8 = !opt->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	fs_sig_start(&lp.open);
	fs_mem_on_death(fs_term_panic);
	fs_sig_on_crash(fs_term_panic);
	lp.term = fs_term_open(&to, &err);
	if (lp.term == NULL) {
		fs_sig_stop();
		return fs_once_fail(&err, 3);
	}
	begin(&lp, opt);
	run(&lp);
	finish(&lp);
	fs_sig_stop();
	return lp.status;
}
