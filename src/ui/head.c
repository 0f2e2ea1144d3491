#include "ui/head.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/num.h"
#include "ui/part.h"

#define GAP	2

/* In the order of the line. */
enum part {
	BRAND, WHERE, SERVER, USER, PREFIX,		/* from the left */
	INSECURE, STATE, LATENCY, NODES, MODE, CLOCK,	/* from the right */
	PARTS
};

struct head {
	char		text[PARTS][160];
	enum fs_style	style[PARTS];
	int		width[PARTS];
	bool		utf8;
};

static void
say(struct head *head, enum part part, enum fs_style style, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

static void
say(struct head *head, enum part part, enum fs_style style, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(head->text[part], sizeof(head->text[part]), fmt, ap);
	va_end(ap);
	head->style[part] = style;
	head->width[part] = (int)fs_escape_width(
	    fs_bytes_of(head->text[part]), head->utf8);
}

static void
say_server(struct head *head, const struct fs_snap *snap, const char *where)
{
	const struct fs_server *server = snap->store.server;

	say(head, BRAND, FS_STYLE_TITLE, "fsconsole");
	if (snap->demo)
		say(head, WHERE, FS_STYLE_STRONG, "demo");
	else
		say(head, WHERE, FS_STYLE_STRONG, "%s",
		    server != NULL && server->where[0] != '\0' ?
		    server->where : where);
	say(head, PREFIX, FS_STYLE_PLAIN, "%s*", snap->schema->prefix);
	if (server == NULL)
		return;
	say(head, SERVER, FS_STYLE_PLAIN, "%s %s%s%s", server->name,
	    server->version,
	    strcmp(server->mode, "standalone") == 0 ? "" : " ",
	    strcmp(server->mode, "standalone") == 0 ? "" : server->mode);
	say(head, USER, FS_STYLE_PLAIN, "as %s", server->user);
}

/* Connected is said of what answers. */
static void
say_up(struct head *head, const struct fs_snap *snap)
{
	const struct fs_store_view	*store = &snap->store;
	const struct fs_server		*server = store->server;
	char				 text[64];

	if (server != NULL && server->nnodes == 1 &&
	    fs_node_is_silent(&server->nodes[0], snap->mono_us)) {
		say(head, STATE, FS_STYLE_BAD, "no answer for %lld s",
		    (long long)((snap->mono_us -
		    server->nodes[0].silent_mono_us) / FS_SEC));
		return;
	}
	say(head, STATE, FS_STYLE_GOOD, "connected");
	if (store->latency_us >= 0)
		say(head, LATENCY, FS_STYLE_PLAIN, "%s",
		    fs_num_show_ms(text, sizeof(text), store->latency_us));
	if (server != NULL && fs_part_trouble(server, snap->mono_us, text,
	    sizeof(text)))
		say(head, NODES, FS_STYLE_BAD, "%s", text);
}

static void
say_link(struct head *head, const struct fs_snap *snap)
{
	const struct fs_store_view *store = &snap->store;
	int64_t	left = store->retry_mono_us - snap->mono_us;

	switch (store->link) {
	case FS_VIEW_UP:
		say_up(head, snap);
		break;
	case FS_VIEW_UNREADY:
		say(head, STATE, FS_STYLE_WARN, "not ready");
		break;
	case FS_VIEW_WAITING:
		if (left > 0)
			say(head, STATE, FS_STYLE_BAD, "reconnecting in %lld s",
			    (long long)((left + FS_SEC - 1) / FS_SEC));
		else
			say(head, STATE, FS_STYLE_BAD, "reconnecting");
		break;
	case FS_VIEW_REFUSED:
		say(head, STATE, FS_STYLE_BAD, "refused");
		break;
	default:
		say(head, STATE, FS_STYLE_WARN, "connecting");
		break;
	}
}

static void
say_rest(struct head *head, const struct fs_snap *snap, bool frozen)
{
	char now[16];

	if (snap->writable)
		say(head, MODE, FS_STYLE_WARN, "WRITE");
	else
		say(head, MODE, FS_STYLE_STRONG, "READ-ONLY");
	fs_clock_hms(snap->wall_us, now, sizeof(now));
	if (frozen)
		say(head, CLOCK, FS_STYLE_WARN, "frozen at %s", now);
	else
		say(head, CLOCK, FS_STYLE_PLAIN, "%s UTC", now);
}

static int
all_width(const struct head *head)
{
	int all = 1;

	for (int i = 0; i < PARTS; i++) {
		if (head->width[i] > 0)
			all += head->width[i] + GAP;
	}
	return all;
}

/* Bare, and in so many columns. */
static void
shorten_where(struct head *head, int max)
{
	struct fs_str	text = { 0 };
	struct fs_bytes	bare = fs_part_bare_where(head->text[WHERE]);

	fs_str_add_bytes(&text, bare);
	if (!fs_escape_fits(bare, (size_t)max, head->utf8)) {
		fs_str_clear(&text);
		fs_part_where(&text, head->text[WHERE], max, head->utf8);
	}
	snprintf(head->text[WHERE], sizeof(head->text[WHERE]), "%s",
	    text.data);
	head->width[WHERE] = (int)fs_escape_width(fs_str_bytes(&text),
	    head->utf8);
	if (head->width[WHERE] > max)
		head->width[WHERE] = max;
	fs_str_free(&text);
}

/* Without this in its text. */
static void
shorten_clock(struct head *head, const char *part)
{
	char	*clock = head->text[CLOCK], *at = strstr(clock, part);
	size_t	 len = strlen(part);

	if (at == NULL)
		return;
	memmove(at, at + len, strlen(at + len) + 1);
	head->width[CLOCK] -= (int)len;
}

/* What is too much is taken from where it is, if that leaves least of it. */
static bool
trim(struct head *head, int cols, int least)
{
	int too_much = all_width(head) - cols;

	if (too_much > 0 && head->width[WHERE] - too_much >= least)
		shorten_where(head, head->width[WHERE] - too_much);
	return all_width(head) <= cols;
}

/*
 * Leave out what matters least, until it fits or only what must stay is left.
 * Where it is goes shorter before the prefix goes, and as short as it can
 * before as whom does.
 */
static void
fit(struct head *head, int cols, bool frozen)
{
	static const struct {
		enum part	part;
		int		where;	/* what is left of that, if it fits */
	} order[] = {
		{ BRAND, 24 }, { LATENCY, 16 }, { CLOCK, 10 }, { PREFIX, 10 },
		{ CLOCK, 10 }, { USER, 10 }, { SERVER, 10 },
	};

	if (all_width(head) > cols) {
		shorten_where(head, cols / 3);
		shorten_clock(head, " UTC");
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) &&
	    all_width(head) > cols; i++) {
		if (order[i].part == CLOCK)
			shorten_clock(head, " at");
		if (order[i].part != CLOCK || !frozen)
			head->width[order[i].part] = 0;
		else if (head->width[PREFIX] == 0)
			say(head, CLOCK, head->style[CLOCK], "frozen");
		trim(head, cols, order[i].where);
	}
	if (!trim(head, cols, 1))
		head->width[WHERE] = 0;
}

void
fs_head_draw(struct fs_canvas *cv, int row, const struct fs_snap *snap,
    const char *where, bool insecure, bool frozen)
{
	struct head	head = { .utf8 = fs_canvas_utf8(cv) };
	int	cols = fs_canvas_area(cv).cols, left = 1, right = cols - 1;

	say_server(&head, snap, where);
	say_link(&head, snap);
	say_rest(&head, snap, frozen);
	if (insecure)
		say(&head, INSECURE, FS_STYLE_BAD, "INSECURE");
	fit(&head, cols, frozen);
	for (int i = BRAND; i <= PREFIX; i++) {
		if (head.width[i] > 0)
			left += fs_canvas_bytes(cv, row, left, head.width[i],
			    head.style[i], fs_bytes_of(head.text[i])) + GAP;
	}
	for (int i = CLOCK; i >= INSECURE; i--) {
		if (head.width[i] == 0)
			continue;
		right -= head.width[i];
		fs_canvas_bytes(cv, row, right, head.width[i], head.style[i],
		    fs_bytes_of(head.text[i]));
		right -= i == LATENCY ? 1 : GAP;
	}
}
