#include <stdio.h>
#include <stdlib.h>

#include <bsd/string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "ui/pane.h"
#include "ui/part.h"

#define SHORT_LABEL	9
#define LONG_LABEL	18
#define GRAPH		31	/* its column */
#define GRAPH_WIDTH	32
#define ROOMY_ROWS	7
#define ROOMY_COLS	44
#define NODE_ROWS	2	/* of the nodes at least: heading and one */

struct state {
	struct fs_cursor cursor;	/* in the nodes of a cluster */
};

struct line {
	const char		*label;
	char			 value[64];
	char			 beside[64];	/* dim, behind it; */
	char			 brief[32];	/* where it does not fit */
	char			 more[64];	/* where there is room for it */
	enum fs_style		 style;
	enum fs_style		 beside_style;
	const struct fs_series	*trend;		/* of a rate */
	const struct fs_series	*drift;		/* of a size */
};

static char *
count(char *buf, size_t size, uint64_t n)
{
	return fs_num_show_count(buf, size, (int64_t)n);
}

/*
 * What there is to say
 */

/* What may not be asked says by which right it might. */
static bool
say_missed(char *buf, size_t size, const struct fs_snap *snap,
    const char *rule)
{
	const struct fs_server *server = snap->store.server;

	if (server == NULL || strstr(server->missed, rule) == NULL)
		return false;
	snprintf(buf, size, "no right: %s", rule);
	return true;
}

/* How far a count is that is under way, and of when the last one is. */
static void
say_scan(struct line *line, const struct fs_census *census)
{
	char when[16];

	if (census->count < 0) {
		snprintf(line->beside, sizeof(line->beside),
		    "so far, %.0f %% scanned", census->progress * 100);
		snprintf(line->brief, sizeof(line->brief), "%.0f %%",
		    census->progress * 100);
		return;
	}
	fs_clock_hms(census->as_of_wall_us, when, sizeof(when));
	snprintf(line->beside, sizeof(line->beside),
	    "as of %s, scanning %.0f %%", when, census->progress * 100);
	snprintf(line->brief, sizeof(line->brief), "scanning %.0f %%",
	    census->progress * 100);
}

/* How well the number of entities is known. */
static void
say_census(struct line *line, const struct fs_census *census)
{
	if (census->scanning) {
		say_scan(line, census);
		return;
	}
	if (census->count >= 0 && (!census->exact ||
	    census->err.code != FS_OK))
		fs_clock_hms(census->as_of_wall_us, line->brief,
		    sizeof(line->brief));
	if (census->err.code != FS_OK) {
		snprintf(line->beside, sizeof(line->beside), "not counted");
		line->beside_style = FS_STYLE_WARN;
	} else if (line->brief[0] != '\0') {
		snprintf(line->beside, sizeof(line->beside), "as of %s",
		    line->brief);
	}
}

/* How many keys there are no hashes, which is less than how well that is
 * known. */
static void
say_not_hashes(struct line *line, int64_t n)
{
	char text[64];

	if (n == 0)
		return;
	snprintf(text, sizeof(text), "%lld no hash%s", (long long)n,
	    n == 1 ? "" : "es");
	if (line->beside[0] != '\0') {
		strlcpy(line->more, text, sizeof(line->more));
		return;
	}
	strlcpy(line->beside, text, sizeof(line->beside));
	line->beside_style = FS_STYLE_WARN;
}

static struct line
entities(const struct fs_snap *snap)
{
	const struct fs_census *census = &snap->store.census;
	struct line line = { .label = "entities", .style = FS_STYLE_STRONG,
	    .beside_style = FS_STYLE_DIM, .drift = &snap->entities };
	char n[32];

	if (census->count < 0 && census->scanning)
		fs_num_show_count(line.value, sizeof(line.value),
		    census->found);
	else if (census->count < 0)
		snprintf(line.value, sizeof(line.value), "unknown");
	else
		snprintf(line.value, sizeof(line.value), "%s%s",
		    census->exact ? "" : "~",
		    fs_num_show_count(n, sizeof(n), census->count));
	say_census(&line, census);
	if (line.beside[0] == '\0' && say_missed(line.beside,
	    sizeof(line.beside), snap, "+dbsize"))
		line.beside_style = FS_STYLE_WARN;
	say_not_hashes(&line, census->not_hashes);
	return line;
}

/* The greatest share of a node's limit that is used; 0 without limits. */
static double
fullest(const struct fs_server *server)
{
	double share = 0;

	for (size_t i = 0; i < server->nnodes; i++) {
		const struct fs_node *node = &server->nodes[i];

		if (node->maxmemory > 0 && node->used_memory > 0 &&
		    (double)node->used_memory / (double)node->maxmemory >
		    share)
			share = (double)node->used_memory /
			    (double)node->maxmemory;
	}
	return share;
}

static struct line
memory(const struct fs_snap *snap)
{
	const struct fs_server *server = snap->store.server;
	struct line line = { .label = "memory", .value = "unknown",
	    .beside_style = FS_STYLE_DIM, .drift = &snap->memory };
	double share;

	if (server == NULL || server->used_memory < 0) {
		if (say_missed(line.value, sizeof(line.value), snap, "+info"))
			line.style = FS_STYLE_WARN;
		return line;
	}
	fs_num_show_size(line.value, sizeof(line.value), server->used_memory);
	share = fullest(server);
	if (share > 0)
		snprintf(line.beside, sizeof(line.beside), "%.0f %% of limit",
		    share * 100);
	if (share > 0.9)
		line.beside_style = FS_STYLE_WARN;
	return line;
}

static struct line
commands(const struct fs_snap *snap)
{
	const struct fs_server *server = snap->store.server;
	struct line line = { .label = "commands", .value = "unknown",
	    .beside_style = FS_STYLE_DIM, .trend = &snap->operations };
	char n[32];

	if (server != NULL && server->ops_per_second >= 0)
		snprintf(line.value, sizeof(line.value), "%s/s",
		    count(n, sizeof(n), (uint64_t)server->ops_per_second));
	else if (say_missed(line.value, sizeof(line.value), snap, "+info"))
		line.style = FS_STYLE_WARN;
	return line;
}

static struct line
counter(const char *label, uint64_t n)
{
	struct line line = { .label = label };

	count(line.value, sizeof(line.value), n);
	return line;
}

static bool
is_cluster(const struct fs_snap *snap)
{
	return snap->store.server != NULL && snap->store.server->nnodes > 1;
}

/*
 * Few rows
 */

static void
draw_pairs(struct fs_canvas *cv, int row, const char *label,
    const char *left, const char *other, const char *right)
{
	int	cols = fs_canvas_area(cv).cols, half = cols / 2 + 1;
	int	width = cols - half - FS_PART_PAD, end;

	end = fs_part_pair(cv, row, FS_PART_PAD, SHORT_LABEL, label,
	    FS_STYLE_PLAIN, "%s", left);
	if (end + 1 > half)
		other = "";
	if (end + 1 > cols - FS_PART_PAD - (int)strlen(right) ||
	    (int)strlen(other) + 1 + (int)strlen(right) > width)
		return;
	fs_canvas_text(cv, row, half, FS_STYLE_DIM, "%s", other);
	fs_canvas_right(cv, row, half, width, FS_STYLE_PLAIN, "%s", right);
}

/* What stands beside it in so many columns; "" where there is no room. */
static const char *
beside(const struct line *line, int room)
{
	if ((int)strlen(line->beside) <= room)
		return line->beside;
	return (int)strlen(line->brief) <= room ? line->brief : "";
}

/* In so many columns from col on: what stands beside it, and what more if all
 * of it fits. Return the columns used. */
static int
draw_beside(struct fs_canvas *cv, int row, int col, int room,
    const struct line *line)
{
	int used = fs_canvas_text(cv, row, col, line->beside_style, "%s",
	    beside(line, room));

	if (used > 0 && line->more[0] != '\0' &&
	    used + 2 + (int)strlen(line->more) <= room)
		used += 2 + fs_canvas_text(cv, row, col + used + 2,
		    FS_STYLE_WARN, "%s", line->more);
	return used;
}

/* Of a cluster how large it is, unless there is more to know and no room for
 * both. */
static void
draw_short_nodes(struct fs_canvas *cv, int col, const struct line *line,
    bool scanning, size_t nnodes)
{
	int	room = fs_canvas_area(cv).cols - col - FS_PART_PAD;
	bool	matters = scanning || line->beside_style == FS_STYLE_WARN;
	char	nodes[32];
	int	width = snprintf(nodes, sizeof(nodes), "%zu nodes", nnodes);

	if (draw_beside(cv, 0, col, room - width - 1, line) == 0 && matters &&
	    draw_beside(cv, 0, col, room, line) > 0)
		return;
	if (width <= room)
		fs_canvas_right(cv, 0, col, room, FS_STYLE_DIM, "%s", nodes);
}

/* There is no room to say twice that it is not exact. */
static void
say_once(struct line *line, int cols)
{
	int room = cols - 2 * FS_PART_PAD - SHORT_LABEL;

	if (line->value[0] != '~' || line->brief[0] == '\0' ||
	    (int)(strlen(line->value) + strlen(line->brief)) > room)
		return;
	memmove(line->value, line->value + 1, strlen(line->value));
	strlcpy(line->beside, line->brief, sizeof(line->beside));
}

static void
draw_short_first(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_census *census = &snap->store.census;
	struct line line = entities(snap);
	int	cols = fs_canvas_area(cv).cols, col;
	bool	cluster = is_cluster(snap);

	if (!cluster && line.beside_style == FS_STYLE_DIM && !census->scanning)
		say_once(&line, cols);
	if (census->exact && line.beside[0] == '\0')
		snprintf(line.beside, sizeof(line.beside), "exact");
	col = fs_part_pair(cv, 0, FS_PART_PAD, SHORT_LABEL, line.label,
	    line.style, "%s", line.value) + 1;
	if (cluster)
		draw_short_nodes(cv, col, &line, census->scanning,
		    snap->store.server->nnodes);
	else
		fs_canvas_right(cv, 0, col, cols - col - FS_PART_PAD,
		    line.beside_style, "%s",
		    beside(&line, cols - col - FS_PART_PAD));
}

/* Four rows; what a smaller pane has no room for is cut off at the end. */
static void
draw_short(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_stats *stats = &snap->stats;
	char	a[32], b[32];

	draw_short_first(cv, snap);
	draw_pairs(cv, 1, "memory", memory(snap).value, "", commands(snap).
	    value);
	draw_pairs(cv, 2, "writes", count(a, sizeof(a), stats->batch_writes),
	    "stream", count(b, sizeof(b), stats->streaming_writes));
	draw_pairs(cv, 3, "reads", count(a, sizeof(a), stats->reads),
	    "fields", count(b, sizeof(b), stats->fields_returned));
}

/*
 * Many rows
 */

static void
draw_line(struct fs_canvas *cv, int row, const struct line *line)
{
	int	cols = fs_canvas_area(cv).cols, col, graph;

	col = fs_part_pair(cv, row, FS_PART_PAD, LONG_LABEL, line->label,
	    line->style, "%s", line->value) + 2;
	draw_beside(cv, row, col, cols - col - FS_PART_PAD, line);
	graph = cols - FS_PART_PAD - GRAPH;
	if (graph > GRAPH_WIDTH)
		graph = GRAPH_WIDTH;
	if (line->beside[0] != '\0' || graph <= 4)
		return;
	if (line->trend != NULL)
		fs_part_trend(cv, row, GRAPH, graph, line->trend);
	if (line->drift != NULL)
		fs_part_drift(cv, row, GRAPH, graph, line->drift);
}

static void
draw_long(struct fs_canvas *cv, const struct fs_snap *snap)
{
	struct line lines[] = {
		entities(snap), memory(snap), commands(snap),
		counter("batch writes", snap->stats.batch_writes),
		counter("streaming writes", snap->stats.streaming_writes),
		counter("reads", snap->stats.reads),
		counter("fields returned", snap->stats.fields_returned),
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		draw_line(cv, (int)i, &lines[i]);
}

/*
 * The nodes of a cluster
 */

static const char *
role_name(enum fs_role role, bool brief)
{
	static const char *const names[][2] = {
		[FS_ROLE_PRIMARY] = { "primary", "prim" },
		[FS_ROLE_REPLICA] = { "replica", "repl" },
		[FS_ROLE_UNKNOWN] = { "unknown", "?" },
	};

	return names[role][brief];
}

static bool
in_trouble(const struct fs_node *node, int64_t now)
{
	return !node->up || fs_node_is_silent(node, now);
}

/* Each primary with its replicas behind it. */
static int
compare_nodes(const void *a, const void *b)
{
	const struct fs_node *const *left = a, *const *right = b;

	if ((*left)->shard != (*right)->shard)
		return (*left)->shard < (*right)->shard ? -1 : 1;
	if ((*left)->role != (*right)->role)
		return (*left)->role < (*right)->role ? -1 : 1;
	return strcmp((*left)->name, (*right)->name);
}

/* The worst first: a primary is missed more than a replica, and what is down
 * more than what may answer yet. */
static int
compare_trouble(const void *a, const void *b)
{
	const struct fs_node *const *left = a, *const *right = b;

	if ((*left)->role != (*right)->role)
		return (*left)->role < (*right)->role ? -1 : 1;
	if ((*left)->up != (*right)->up)
		return (*right)->up ? -1 : 1;
	return compare_nodes(a, b);
}

/* Those in trouble come first. */
static const struct fs_node **
sorted_nodes(const struct fs_server *server, int64_t now)
{
	const struct fs_node **nodes = fs_xcalloc(server->nnodes,
	    sizeof(*nodes));
	size_t n = 0, bad;

	for (size_t i = 0; i < server->nnodes; i++) {
		if (in_trouble(&server->nodes[i], now))
			nodes[n++] = &server->nodes[i];
	}
	bad = n;
	for (size_t i = 0; i < server->nnodes; i++) {
		if (!in_trouble(&server->nodes[i], now))
			nodes[n++] = &server->nodes[i];
	}
	qsort(nodes, bad, sizeof(*nodes), compare_trouble);
	qsort(nodes + bad, n - bad, sizeof(*nodes), compare_nodes);
	return nodes;
}

static int
longest_name(const struct fs_server *server, bool ports)
{
	int width = 4;

	for (size_t i = 0; i < server->nnodes; i++) {
		const struct fs_node *node = &server->nodes[i];
		int len = (int)strlen(ports ? fs_part_port(node->name) :
		    node->name);

		if (len > width)
			width = len;
	}
	return width;
}

/* What is told of a node: a width with the gap before it, or 0. */
struct columns {
	bool brief;	/* numbers without units, and their headings */
	bool ports;	/* for names, where there is one host */
	int role, slots, keys, memory, ops, latency, name;
};

#define ROLE_WIDTH	8	/* of its name in full */
#define NAME_MIN	16
#define NAME_SHARE	22	/* of a name, before it costs columns */

/* From the roomy to the narrow: the first that fits is taken. */
static const struct columns layouts[] = {
	{ false, false, ROLE_WIDTH, 8, 8, 10, 9, 10, 0 },
	{ false, false, ROLE_WIDTH, 7, 6, 8, 7, 8, 0 },
	{ true, false, ROLE_WIDTH, 6, 6, 6, 6, 6, 0 },
	{ true, true, ROLE_WIDTH, 6, 6, 6, 6, 6, 0 },
	{ true, true, 5, 6, 6, 6, 6, 6, 0 },
	{ true, true, 5, 6, 6, 0, 6, 6, 0 },
	{ true, true, 5, 6, 6, 0, 0, 6, 0 },
	{ true, true, 5, 6, 6, 0, 0, 0, 0 },
};

static int
columns_width(const struct columns *c)
{
	return c->role + c->slots + c->keys + c->memory + c->ops + c->latency;
}

static struct columns
columns(const struct fs_canvas *cv, const struct fs_server *server)
{
	int	room = fs_canvas_area(cv).cols - 2 * FS_PART_PAD;
	bool	shared = fs_part_one_host(server);
	size_t	n = sizeof(layouts) / sizeof(layouts[0]);
	struct columns c = { 0 };

	for (size_t i = 0; i < n; i++) {
		int left, name;

		c = layouts[i];
		c.ports = c.ports && shared;
		name = longest_name(server, c.ports);
		left = room - columns_width(&c);
		c.name = name < left ? name : left > NAME_MIN ? left :
		    NAME_MIN;
		if (left >= (c.brief && name > NAME_SHARE ? NAME_SHARE : name))
			break;
	}
	return c;
}

/* Right in its column, which may be none; returns where that ends. */
static int
draw_cell(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const char *text)
{
	if (width > 0)
		fs_canvas_right(cv, row, col, width, style, "%s", text);
	return col + width;
}

static const char *
short_number(char *buf, size_t size, int64_t n)
{
	return n < 0 ? "" : fs_num_show_short(buf, size, (double)n);
}

/* "1.0G" where it is to be brief. */
static const char *
node_memory(char *buf, size_t size, const struct columns *c, int64_t bytes)
{
	char *blank;

	if (bytes < 0)
		return "";
	blank = strchr(fs_num_show_size(buf, size, bytes), ' ');
	if (c->brief) {
		blank[0] = blank[1];
		blank[1] = '\0';
	}
	return buf;
}

static const char *
node_ops(char *buf, size_t size, const struct columns *c, int64_t n)
{
	short_number(buf, size, n);
	if (n >= 0 && !c->brief)
		strlcat(buf, "/s", size);
	return n < 0 ? "" : buf;
}

/* Milliseconds alone where it is to be brief. */
static const char *
node_latency(char *buf, size_t size, const struct columns *c, int64_t us)
{
	if (us < 0)
		return "";
	if (c->brief && us >= 999 * FS_MS) {
		snprintf(buf, size, "%lld", (long long)(us / FS_MS));
		return buf;
	}
	fs_num_show_ms(buf, size, us);
	if (c->brief)
		*strchr(buf, ' ') = '\0';
	return buf;
}

static void
draw_numbers(struct fs_canvas *cv, int row, int col, const struct columns *c,
    const struct fs_node *node)
{
	char buf[40];

	if (c->brief)
		snprintf(buf, sizeof(buf), "%d", node->slots);
	else
		fs_num_show_count(buf, sizeof(buf), node->slots);
	col = draw_cell(cv, row, col, c->slots, FS_STYLE_PLAIN, buf);
	col = draw_cell(cv, row, col, c->keys, FS_STYLE_PLAIN,
	    short_number(buf, sizeof(buf), node->dbsize));
	col = draw_cell(cv, row, col, c->memory, FS_STYLE_PLAIN,
	    node_memory(buf, sizeof(buf), c, node->used_memory));
	col = draw_cell(cv, row, col, c->ops, FS_STYLE_PLAIN,
	    node_ops(buf, sizeof(buf), c, node->ops_per_second));
	draw_cell(cv, row, col, c->latency, FS_STYLE_PLAIN,
	    node_latency(buf, sizeof(buf), c, node->latency_us));
}

/* Why, without whom: that stands at the begin of the row. */
static void
draw_reason(struct fs_canvas *cv, int row, int col,
    const struct fs_node *node)
{
	const char	*who = strstr(node->err.msg, node->name);
	size_t		 len = strlen(node->name);
	struct fs_err	 why = node->err;

	if (len > 0 && who != NULL && strncmp(who + len, ": ", 2) == 0)
		strlcpy(why.msg, who + len + 2, sizeof(why.msg));
	fs_part_error(cv, row, col, fs_canvas_area(cv).cols - col -
	    FS_PART_PAD, &why);
}

/* Why, and when it is tried again; which is more than the why, so it is first
 * where there is no room for both. */
static void
draw_down(struct fs_canvas *cv, int row, int col, const struct columns *c,
    const struct fs_node *node, int64_t now)
{
	int64_t left = node->retry_mono_us - now;

	col += fs_canvas_text(cv, row, col, FS_STYLE_BAD, "down");
	if (left > 0 && node->retry_mono_us != FS_NEVER)
		col += fs_canvas_text(cv, row, col, FS_STYLE_BAD,
		    ", %s %lld s:", c->brief ? "retry" : "again in",
		    (long long)((left + FS_SEC - 1) / FS_SEC));
	else if (node->retry_mono_us != FS_NEVER && node->retry_mono_us != 0)
		col += fs_canvas_text(cv, row, col, FS_STYLE_BAD,
		    ", trying again:");
	else
		col += fs_canvas_text(cv, row, col, FS_STYLE_BAD, ":");
	draw_reason(cv, row, col + 1, node);
}

/* Its last figures would look like the ones of now. */
static void
draw_silent(struct fs_canvas *cv, int row, int col,
    const struct columns *c, const struct fs_node *node, int64_t now)
{
	col += fs_canvas_text(cv, row, col, FS_STYLE_BAD,
	    "%s %lld s", c->brief ? "silent" : "no answer for",
	    (long long)((now - node->silent_mono_us) / FS_SEC));
	if (node->err.code == FS_OK)
		return;
	col += fs_canvas_text(cv, row, col, FS_STYLE_BAD, ":") + 1;
	draw_reason(cv, row, col, node);
}

static void
draw_node(struct fs_canvas *cv, int row, const struct columns *c,
    const struct fs_node *node, int64_t now)
{
	bool bad = in_trouble(node, now);
	int col = FS_PART_PAD;

	fs_canvas_bytes(cv, row, col, c->name,
	    bad ? FS_STYLE_BAD : FS_STYLE_PLAIN,
	    fs_bytes_of(c->ports ? fs_part_port(node->name) : node->name));
	col += c->name;
	fs_canvas_text(cv, row, col + 1, FS_STYLE_DIM, "%s",
	    role_name(node->role, c->role < ROLE_WIDTH));
	col += c->role + bad;
	if (!node->up)
		draw_down(cv, row, col, c, node, now);
	else if (bad)
		draw_silent(cv, row, col, c, node, now);
	else
		draw_numbers(cv, row, col, c, node);
}

static void
draw_nodes_heading(struct fs_canvas *cv, int row, const struct columns *c)
{
	int col = FS_PART_PAD;

	fs_canvas_text(cv, row, col, FS_STYLE_DIM, "node");
	col += c->name;
	fs_canvas_text(cv, row, col + 1, FS_STYLE_DIM, "role");
	col += c->role;
	col = draw_cell(cv, row, col, c->slots, FS_STYLE_DIM, "slots");
	col = draw_cell(cv, row, col, c->keys, FS_STYLE_DIM, "keys");
	col = draw_cell(cv, row, col, c->memory, FS_STYLE_DIM,
	    c->brief ? "mem" : "memory");
	col = draw_cell(cv, row, col, c->ops, FS_STYLE_DIM,
	    c->brief ? "ops/s" : "ops");
	draw_cell(cv, row, col, c->latency, FS_STYLE_DIM,
	    c->brief ? "ms" : "latency");
}

static void
draw_nodes(const struct state *st, struct fs_canvas *cv, int row, int rows,
    const struct fs_snap *snap)
{
	const struct fs_server *server = snap->store.server;
	const struct fs_node **nodes = sorted_nodes(server, snap->mono_us);
	struct columns c = columns(cv, server);
	int	shown = fs_part_rows(server->nnodes, rows - 1);
	size_t	top = fs_cursor_top(&st->cursor, server->nnodes, shown);

	draw_nodes_heading(cv, row, &c);
	for (int i = 0; i < shown && top + (size_t)i < server->nnodes; i++)
		draw_node(cv, row + 1 + i, &c, nodes[top + (size_t)i],
		    snap->mono_us);
	fs_part_position(cv, row + 1, &st->cursor, server->nnodes, rows - 1);
	free(nodes);
}

/*
 * The pane
 */

/* Behind how many are in trouble the worst of them, or instead of it. */
static void
say_worst(const struct fs_server *server, int64_t now, int width, char *buf,
    size_t size)
{
	const struct fs_node **nodes = sorted_nodes(server, now);
	const struct fs_node *worst = nodes[0];
	const char *word = worst->up ? "silent" : "down";
	const char *name = worst->name;
	int	room = width - 1 - (int)strlen(word);

	free(nodes);
	if ((int)(strlen(buf) + 2 + strlen(name)) <= width) {
		strlcat(buf, ": ", size);
		strlcat(buf, name, size);
		return;
	}
	if ((int)strlen(name) > room && fs_part_one_host(server))
		name = fs_part_port(worst->name);
	if ((int)strlen(name) <= room)
		snprintf(buf, size, "%s %s", name, word);
	else if (room > 2)
		snprintf(buf, size, "%.*s.. %s", room - 2, name, word);
}

static enum fs_style
store_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct fs_schema *schema = snap->schema;
	char	batch[32], streaming[32];

	(void)state;
	if (is_cluster(snap) && fs_part_trouble(snap->store.server,
	    snap->mono_us, buf, size)) {
		say_worst(snap->store.server, snap->mono_us, width, buf, size);
		return FS_STYLE_BAD;
	}
	snprintf(buf, size, width >= 30 ? "TTL %s, streaming %s" : "TTL %s/%s",
	    fs_num_show_exact(batch, sizeof(batch), schema->batch_ttl_ms),
	    fs_num_show_exact(streaming, sizeof(streaming),
	    schema->streaming_ttl_ms));
	return FS_STYLE_PLAIN;
}

static void
store_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	struct fs_rect	area = fs_canvas_area(cv);
	bool		cluster = is_cluster(snap);
	bool		roomy = area.cols >= ROOMY_COLS;
	int		head = roomy && area.rows >= ROOMY_ROWS &&
	    (!cluster || area.rows >= 2 * ROOMY_ROWS) ? ROOMY_ROWS : 4;

	(void)focus;
	if (head == ROOMY_ROWS) {
		draw_long(cv, snap);
		head++;		/* a row between */
	} else {
		draw_short(cv, snap);
	}
	if (cluster && roomy && area.rows - head >= NODE_ROWS)
		draw_nodes(st, cv, head, area.rows - head, snap);
}

static bool
store_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;

	if (!is_cluster(snap))
		return false;
	return fs_cursor_scroll(&st->cursor, id, snap->store.server->nnodes,
	    rows - 6);
}

const struct fs_pane_ops fs_pane_store = {
	.title = "Store",
	.state_size = sizeof(struct state),
	.fact = store_fact,
	.draw = store_draw,
	.command = store_command,
};
