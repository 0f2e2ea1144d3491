#define _XOPEN_SOURCE_EXTENDED 1

#include "ui/term.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "ui/theme.h"

#define MAX_ROWS	500
#define MAX_COLS	1000
#define GAP		3	/* blanks that take the style before them */
#define LEAVE_MS	200	/* for a terminal that takes nothing */
#define COPY_MAX	65536	/* bytes in base64 */

static const char paste_on[] = "\033[?2004h";
static const char paste_off[] = "\033[?2004l";
static const char mouse_on[] = "\033[?1000h\033[?1006h";
static const char mouse_off[] = "\033[?1006l\033[?1000l";

struct shown {
	char	text[20];
	uint8_t	style;
	bool	reverse;
};

struct fs_term {
	struct fs_term_options opt;
	SCREEN		*screen;
	FILE		*file;		/* what curses writes to */
	int		 out;		/* the terminal, non-blocking */
	bool		 blocking;	/* it could not be made so */
	struct fs_str	 pending;	/* still to be sent */
	size_t		 sent;		/* of it */
	struct shown	*shown;		/* what curses was last told */
	int		 rows, cols;
	int		 colors;
	bool		 gone;
};

/* For fs_term_panic(): all that it needs, where a handler can find it. */
static struct {
	volatile sig_atomic_t	active;
	int			fd;
	struct termios		before;
	char			reset[256];
	size_t			len;
	atomic_bool		busy;	/* the terminal is being changed */
	atomic_bool		begun;
} panic;

/*
 * The thread that panics need not be this one, which must then leave the
 * terminal as it was left: it goes no further.
 */
static void
begin_change(void)
{
	atomic_store(&panic.busy, true);
	if (!atomic_load(&panic.begun))
		return;
	atomic_store(&panic.busy, false);
	for (;;)
		pause();
}

static void
end_change(void)
{
	atomic_store(&panic.busy, false);
}

/* Not for long: it may be this thread that was in the middle of a change. */
static void
wait_for_change(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < 50 && atomic_load(&panic.busy); i++)
		nanosleep(&moment, NULL);
}

/*
 * The terminal's modes
 */

/*
 * No byte is a signal, which would also throw away what was typed before it:
 * the beginning of a paste, say, whose rest would then be taken for keys.
 */
static void
set_raw(const struct termios *before)
{
	struct termios raw = *before;

	raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
	raw.c_lflag &= ~(tcflag_t)ISIG;
	raw.c_oflag &= ~(tcflag_t)ONLCR;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

void
fs_term_panic(void)
{
	int saved = errno;

	atomic_store(&panic.begun, true);
	wait_for_change();
	if (panic.active == 0)
		return;
	panic.active = 0;
	if (write(panic.fd, panic.reset, panic.len) == -1)
		errno = saved;
	tcsetattr(STDIN_FILENO, TCSANOW, &panic.before);
	errno = saved;
}

static int
add_reset(int c)
{
	if (panic.len < sizeof(panic.reset))
		panic.reset[panic.len++] = (char)c;
	return c;
}

static void
add_reset_text(const char *text)
{
	for (; *text != '\0'; text++)
		add_reset(*text);
}

static void
add_reset_cap(const char *name)
{
	char *cap = tigetstr(name);

	if (cap != NULL && cap != (char *)-1)
		tputs(cap, 1, add_reset);
}

/* Ends whatever was cut off, and undoes what a frame can have set. */
static void
prepare_panic(int fd, bool mouse)
{
	panic.fd = fd;
	panic.len = 0;
	add_reset('\030');
	if (mouse)
		add_reset_text(mouse_off);
	add_reset_text(paste_off);
	add_reset_cap("op");
	add_reset_cap("sgr0");
	add_reset_cap("cnorm");
	add_reset_cap("rmcup");
}

/*
 * Opening
 */

static bool
fail_term(struct fs_err *err, const char *name, const char *what)
{
	if (name == NULL || name[0] == '\0')
		return fs_fail(err, FS_EIO, "TERM is not set; "
		    "set TERM=xterm-256color or use --once");
	return fs_fail(err, FS_EIO, "TERM=%s %s; "
	    "set TERM=xterm-256color or use --once", name, what);
}

static bool
check_term(struct fs_err *err)
{
	const char	*name = getenv("TERM");
	int		 why;
	bool		 good;

	if (name == NULL || name[0] == '\0')
		return fail_term(err, name, "");
	if (setupterm(NULL, STDOUT_FILENO, &why) == ERR)
		return fail_term(err, name, why == 0 ?
		    "is not known here" : "cannot be used");
	good = cursor_address != NULL && clear_screen != NULL &&
	    !generic_type && !hard_copy;
	del_curterm(cur_term);
	return good || fail_term(err, name, "cannot address the cursor");
}

/* The same terminal, but non-blocking for this descriptor alone. */
static int
open_again(void)
{
	const char	*name = ttyname(STDOUT_FILENO);
	struct stat	 a, b;
	int		 fd;

	if (name == NULL)
		return -1;
	fd = open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &a) == 0 && fstat(STDOUT_FILENO, &b) == 0 &&
	    a.st_rdev == b.st_rdev)
		return fd;
	close(fd);
	return -1;
}

static FILE *
open_file(void)
{
	int	 fd = memfd_create("fsconsole screen", MFD_CLOEXEC);
	FILE	*file = fd == -1 ? tmpfile() : fdopen(fd, "w");

	if (file == NULL && fd != -1)
		close(fd);
	return file;
}

static bool
open_files(struct fs_term *term, struct fs_err *err)
{
	term->file = open_file();
	if (term->file == NULL)
		return fs_fail(err, FS_EIO, "screen: %s", strerror(errno));
	term->out = open_again();
	if (term->out == -1) {
		term->blocking = true;
		term->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	}
	if (term->out == -1)
		return fs_fail(err, FS_EIO, "terminal: %s", strerror(errno));
	return true;
}

static int
count_colors(enum fs_color color)
{
	const char *no = getenv("NO_COLOR");

	if (color == FS_COLOR_NEVER || !has_colors())
		return 0;
	if (color == FS_COLOR_AUTO && no != NULL && no[0] != '\0')
		return 0;
	if (start_color() == ERR || use_default_colors() == ERR)
		return 0;
	return COLORS;
}

static void
start_pairs(struct fs_term *term)
{
	term->colors = count_colors(term->opt.color);
	for (int style = 0; style < FS_STYLE_COUNT; style++) {
		struct fs_look look = fs_theme_look((enum fs_style)style,
		    term->colors);

		if (look.color >= 0)
			init_pair((short)(style + 1), (short)look.color, -1);
	}
}

static bool
start_curses(struct fs_term *term, struct fs_err *err)
{
	/* Its description was found before: what is missing is not that. */
	term->screen = newterm(NULL, term->file, stdin);
	if (term->screen == NULL)
		return fs_fail(err, FS_EIO, "the terminal cannot be used: "
		    "too many open files, or no memory");
	typeahead(-1);
	nonl();
	start_pairs(term);
	prepare_panic(term->out, term->opt.mouse);
	return true;
}

/*
 * Sending
 */

/* What curses has written since; the file is empty again. */
static void
collect(struct fs_term *term)
{
	int	fd = fileno(term->file);
	off_t	len;
	ssize_t	n;

	fflush(term->file);
	len = lseek(fd, 0, SEEK_CUR);
	if (len <= 0)
		return;
	fs_str_room(&term->pending, (size_t)len);
	n = pread(fd, term->pending.data + term->pending.len, (size_t)len, 0);
	if (n > 0) {
		term->pending.len += (size_t)n;
		term->pending.data[term->pending.len] = '\0';
	}
	lseek(fd, 0, SEEK_SET);
	if (ftruncate(fd, 0) == -1)
		term->gone = true;
}

/* Where writing could wait, only as much as there surely is room for. */
static size_t
allowance(const struct fs_term *term, size_t left)
{
	struct pollfd pfd = { .fd = term->out, .events = POLLOUT };

	if (!term->blocking)
		return left;
	if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0)
		return 0;
	return left < 64 ? left : 64;
}

bool
fs_term_ready(const struct fs_term *term)
{
	return term->pending.len == 0;
}

bool
fs_term_flush(struct fs_term *term)
{
	while (!term->gone && term->sent < term->pending.len) {
		size_t	left = allowance(term, term->pending.len - term->sent);
		ssize_t	n;

		if (left == 0)
			return true;
		begin_change();
		n = write(term->out, term->pending.data + term->sent, left);
		end_change();
		if (n > 0)
			term->sent += (size_t)n;
		else if (n == -1 && errno == EAGAIN)
			return true;
		else if (n == -1 && errno != EINTR)
			term->gone = true;
	}
	fs_str_clear(&term->pending);
	term->sent = 0;
	return !term->gone;
}

/* Send all, but wait no longer than that; then what is left is dropped. */
static void
flush_for(struct fs_term *term, int ms)
{
	struct pollfd	pfd = { .fd = term->out, .events = POLLOUT };
	int64_t		deadline = fs_clock_mono() + ms * FS_MS;

	while (fs_term_flush(term) && !fs_term_ready(term) &&
	    fs_clock_mono() < deadline)
		poll(&pfd, 1, fs_clock_poll_ms(deadline));
	if (fs_term_ready(term))
		return;
	tcflush(term->out, TCOFLUSH);
	fs_str_clear(&term->pending);
	term->sent = 0;
	fs_str_add(&term->pending, panic.reset, panic.len);
	fs_term_flush(term);
}

/*
 * Entering and leaving
 */

static void
enter(struct fs_term *term)
{
	begin_change();
	panic.active = 1;
	set_raw(&panic.before);
	end_change();
	fs_str_add_text(&term->pending, paste_on);
	if (term->opt.mouse)
		fs_str_add_text(&term->pending, mouse_on);
}

void
fs_term_leave(struct fs_term *term)
{
	curs_set(1);
	endwin();
	if (term->opt.mouse)
		fs_str_add_text(&term->pending, mouse_off);
	fs_str_add_text(&term->pending, paste_off);
	collect(term);
	flush_for(term, LEAVE_MS);
	panic.active = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &panic.before);
}

void
fs_term_enter(struct fs_term *term)
{
	/* Left properly: its modes may have been changed meanwhile. */
	if (panic.active == 0)
		tcgetattr(STDIN_FILENO, &panic.before);
	enter(term);
	fs_term_redraw(term);
}

static void
free_term(struct fs_term *term)
{
	if (term->screen != NULL)
		delscreen(term->screen);
	if (term->file != NULL)
		fclose(term->file);
	if (term->out != -1)
		close(term->out);
	fs_str_free(&term->pending);
	free(term->shown);
	free(term);
}

struct fs_term *
fs_term_open(const struct fs_term_options *opt, struct fs_err *err)
{
	struct fs_term *term;
	int rows, cols;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &panic.before) == -1) {
		fs_fail(err, FS_EIO, "the console needs a terminal; "
		    "--once prints the screen without one");
		return NULL;
	}
	if (!check_term(err))
		return NULL;
	term = fs_xcalloc(1, sizeof(*term));
	term->opt = *opt;
	term->out = -1;
	if (!open_files(term, err) || !start_curses(term, err)) {
		free_term(term);
		return NULL;
	}
	fs_term_size(term, &rows, &cols);
	enter(term);
	return term;
}

void
fs_term_close(struct fs_term *term)
{
	if (term == NULL)
		return;
	fs_term_leave(term);
	free_term(term);
}

/*
 * Size
 */

void
fs_term_size(struct fs_term *term, int *rows, int *cols)
{
	struct winsize size = { 0 };

	ioctl(term->out, TIOCGWINSZ, &size);
	*rows = size.ws_row > 0 ? size.ws_row : 24;
	*cols = size.ws_col > 0 ? size.ws_col : 80;
	if (*rows > MAX_ROWS)
		*rows = MAX_ROWS;
	if (*cols > MAX_COLS)
		*cols = MAX_COLS;
	if (*rows == term->rows && *cols == term->cols)
		return;
	term->rows = *rows;
	term->cols = *cols;
	resizeterm(*rows, *cols);
	free(term->shown);
	term->shown = fs_xcalloc((size_t)*rows * (size_t)*cols,
	    sizeof(*term->shown));
	fs_term_redraw(term);
}

/*
 * Drawing
 */

static attr_t
attributes(const struct fs_term *term, const struct shown *cell)
{
	struct fs_look	look = fs_theme_look((enum fs_style)cell->style,
	    term->colors);
	attr_t		attr = A_NORMAL;

	if (look.bold)
		attr |= A_BOLD;
	if (look.dim)
		attr |= A_DIM;
	if (cell->reverse)
		attr |= A_REVERSE;
	return attr;
}

/* The character and its marks; one that curses sees otherwise is a '?'. */
static void
characters(const struct shown *cell, wchar_t wide[CCHARW_MAX + 1])
{
	struct fs_bytes	text = fs_bytes_of(cell->text);
	uint32_t	cp;
	size_t		n, pos = 0;
	int		count = 0;

	for (; (n = fs_utf8_decode(text, pos, &cp)) != 0; pos += n) {
		if (count < CCHARW_MAX)
			wide[count++] = (wchar_t)cp;
	}
	wide[count] = L'\0';
	if (count == 0 || fs_utf8_decode(text, 0, &cp) == 0 ||
	    wcwidth(wide[0]) != fs_utf8_width(cp)) {
		wide[0] = L'?';
		wide[1] = L'\0';
	}
}

static void
put(const struct fs_term *term, int row, int col, const struct shown *cell)
{
	struct fs_look	look = fs_theme_look((enum fs_style)cell->style,
	    term->colors);
	short		pair = look.color >= 0 ? (short)(cell->style + 1) : 0;
	wchar_t		wide[CCHARW_MAX + 1];
	cchar_t		c;

	characters(cell, wide);
	setcchar(&c, wide, attributes(term, cell), pair, NULL);
	mvadd_wch(row, col, &c);
}

static bool
is_blank(const struct fs_canvas *cv, int row, int col)
{
	const struct fs_cell_text *cell = fs_canvas_cell(cv, row, col);

	return !cell->reverse && strcmp(cell->text, " ") == 0;
}

/* A short gap between words keeps their style: it costs nothing to send. */
static uint8_t
blank_style(const struct fs_canvas *cv, int row, int col)
{
	int from = col, to = col, cols = fs_canvas_cols(cv);

	while (from > 0 && col - from <= GAP && is_blank(cv, row, from - 1))
		from--;
	while (to < cols && to - from <= GAP && is_blank(cv, row, to))
		to++;
	if (from == 0 || to == cols || to - from > GAP)
		return FS_STYLE_PLAIN;
	return fs_canvas_cell(cv, row, from - 1)->style;
}

static struct shown
wanted(const struct fs_canvas *cv, int row, int col)
{
	const struct fs_cell_text *cell = fs_canvas_cell(cv, row, col);
	struct shown want = { .style = cell->style, .reverse = cell->reverse };

	memcpy(want.text, cell->text, sizeof(want.text));
	if (is_blank(cv, row, col))
		want.style = blank_style(cv, row, col);
	return want;
}

static bool
same(const struct shown *a, const struct shown *b)
{
	return a->style == b->style && a->reverse == b->reverse &&
	    strcmp(a->text, b->text) == 0;
}

static void
draw_cells(struct fs_term *term, const struct fs_canvas *cv)
{
	for (int row = 0; row < term->rows; row++) {
		for (int col = 0; col < term->cols; col++) {
			struct shown *old = &term->shown[row * term->cols +
			    col];
			struct shown new = wanted(cv, row, col);

			if (same(old, &new))
				continue;
			*old = new;
			if (new.text[0] != '\0')
				put(term, row, col, &new);
		}
	}
}

void
fs_term_blit(struct fs_term *term, const struct fs_canvas *cv, int row,
    int col)
{
	if (fs_canvas_rows(cv) != term->rows ||
	    fs_canvas_cols(cv) != term->cols || !fs_term_ready(term))
		return;
	draw_cells(term, cv);
	curs_set(col >= 0 ? 1 : 0);
	leaveok(stdscr, col < 0);
	if (col >= 0)
		move(row, col < term->cols ? col : term->cols - 1);
	wnoutrefresh(stdscr);
	doupdate();
	collect(term);
	fs_term_flush(term);
}

void
fs_term_redraw(struct fs_term *term)
{
	memset(term->shown, 0, (size_t)term->rows * (size_t)term->cols *
	    sizeof(*term->shown));
	clearok(curscr, TRUE);
}

/*
 * The rest
 */

int
fs_term_fd(const struct fs_term *term)
{
	return term->out;
}

ssize_t
fs_term_read(struct fs_term *term, char *buf, size_t size)
{
	ssize_t n;

	(void)term;
	do
		n = read(STDIN_FILENO, buf, size);
	while (n == -1 && errno == EINTR);
	return n;
}

static void
add_base64(struct fs_str *out, struct fs_bytes in)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < in.len; i += 3) {
		size_t		left = in.len - i;
		unsigned	n = 0;

		for (size_t j = 0; j < 3; j++)
			n = n << 8 | (j < left ?
			    (unsigned char)in.data[i + j] : 0U);
		for (size_t j = 0; j < 4; j++)
			fs_str_add_char(out, j > left ? '=' :
			    digits[n >> (18 - 6 * j) & 63]);
	}
}

bool
fs_term_copy(struct fs_term *term, struct fs_bytes text)
{
	const char *name = getenv("TERM");

	if (text.len > COPY_MAX / 4 * 3 || name == NULL ||
	    strncmp(name, "linux", 5) == 0 || strncmp(name, "vt", 2) == 0)
		return false;
	fs_str_add_text(&term->pending, "\033]52;c;");
	add_base64(&term->pending, text);
	fs_str_add_text(&term->pending, "\a");
	return fs_term_flush(term);
}
