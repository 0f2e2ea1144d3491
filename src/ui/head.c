#include "ui/head.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/num.h"
#include "ui/part.h"

#define GAP	2

/* In the order of the line; the ones of least weight give way first. */
enum part {
	BRAND, WHERE, SERVER, USER, PREFIX,		/* from the left */
	INSECURE, STATE, LATENCY, NODES, MODE, CLOCK,	/* from the right */
	PARTS
};
static const int weight[PARTS] = {
	[BRAND] = 0, [WHERE] = 9, [SERVER] = 6, [USER] = 5, [PREFIX] = 4,
	[INSECURE] = 8, [STATE] = 10, [LATENCY] = 1, [NODES] = 7,
	[MODE] = 11, [CLOCK] = 3,
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
	if (server->tls && server->insecure)
		say(head, INSECURE, FS_STYLE_BAD, "INSECURE");
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

/* Without what goes without saying: redis://, unix:// and database 0. */
static void
shorten_where(struct head *head, int max)
{
	static const char *const plain[] = { "redis://", "unix://" };
	char	*where = head->text[WHERE];
	size_t	 len = strlen(where), skip;

	for (size_t i = 0; i < 2; i++) {
		skip = strlen(plain[i]);
		if (strncmp(where, plain[i], skip) == 0) {
			memmove(where, where + skip, len - skip + 1);
			len -= skip;
		}
	}
	if (len > 2 && strcmp(where + len - 2, "/0") == 0)
		where[len - 2] = '\0';
	head->width[WHERE] = (int)fs_escape_width(fs_bytes_of(where),
	    head->utf8);
	if (head->width[WHERE] > max)
		head->width[WHERE] = max;
}

static void
shorten(struct head *head, int cols, bool frozen)
{
	char *clock = strstr(head->text[CLOCK], " UTC");

	shorten_where(head, cols / 3);
	if (clock != NULL && !frozen) {
		*clock = '\0';
		head->width[CLOCK] -= 4;
	}
}

/* Leave out the least, until it fits or only what must stay is left. */
static void
fit(struct head *head, int cols, bool frozen)
{
	int least;

	if (all_width(head) > cols)
		shorten(head, cols, frozen);
	while (all_width(head) > cols) {
		least = -1;
		for (int i = 0; i < PARTS; i++) {
			if (head->width[i] > 0 && weight[i] < 8 &&
			    !(i == CLOCK && frozen) &&
			    (least == -1 || weight[i] < weight[least]))
				least = i;
		}
		if (least == -1)
			break;
		head->width[least] = 0;
	}
	if (all_width(head) > cols)
		head->width[WHERE] -= all_width(head) - cols;
	if (head->width[WHERE] < 0)
		head->width[WHERE] = 0;
}

void
fs_head_draw(struct fs_canvas *cv, int row, const struct fs_snap *snap,
    const char *where, bool frozen)
{
	struct head	head = { .utf8 = fs_canvas_utf8(cv) };
	int	cols = fs_canvas_area(cv).cols, left = 1, right = cols - 1;

	say_server(&head, snap, where);
	say_link(&head, snap);
	say_rest(&head, snap, frozen);
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
