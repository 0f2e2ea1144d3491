/*
 * Whole screens against what they are to look like: tests/ui/golden.
 * With FS_GOLDEN_WRITE set they are written anew; read the diff then.
 */
#include "ui/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/command.h"
#include "base/log.h"
#include "ui_scene.h"

struct stage {
	struct fs_snap		*snap;
	struct fs_screen	 screen;
	struct fs_canvas	*cv;
	int			 cursor;	/* column, -1 none */
};

/*
 * Golden files
 */

static char *
golden_path(const char *name)
{
	const char *dir = getenv("FS_SRCDIR");

	return fs_xasprintf("%s/tests/ui/golden/%s.txt",
	    dir != NULL ? dir : ".", name);
}

static void
write_golden(const char *path, const struct fs_str *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fwrite(text->data, 1, text->len, file);
	fclose(file);
}

static void
read_golden(const char *path, struct fs_str *text)
{
	FILE	*file = fopen(path, "r");
	char	 buf[4096];
	size_t	 n;

	if (file == NULL)
		fail_msg("no golden screen %s", path);
	while ((n = fread(buf, 1, sizeof(buf), file)) > 0)
		fs_str_add(text, buf, n);
	fclose(file);
}

/* Style by style as well: a letter a cell, so that colours are not free. */
static void
add_styles(struct fs_str *text, const struct fs_canvas *cv)
{
	static const char letters[] = ".dtfhsgwbkai";

	fs_str_add_text(text, "\n");
	for (int row = 0; row < fs_canvas_rows(cv); row++) {
		size_t end = text->len;

		for (int col = 0; col < fs_canvas_cols(cv); col++) {
			const struct fs_cell_text *cell =
			    fs_canvas_cell(cv, row, col);
			bool blank = strcmp(cell->text, " ") == 0;

			fs_str_add_char(text, cell->reverse ? '#' :
			    blank ? ' ' : letters[cell->style]);
			if (cell->reverse || !blank)
				end = text->len;
		}
		fs_str_cut(text, end);
		fs_str_add_char(text, '\n');
	}
}

static void
check(struct stage *st, const char *name)
{
	struct fs_str	is = { 0 }, should = { 0 };
	char		*path = golden_path(name);

	fs_canvas_dump(st->cv, &is);
	add_styles(&is, st->cv);
	if (getenv("FS_GOLDEN_WRITE") != NULL)
		write_golden(path, &is);
	read_golden(path, &should);
	assert_string_equal(is.data, should.data);
	fs_str_free(&is);
	fs_str_free(&should);
	free(path);
}

/*
 * The stage
 */

static void
size(struct stage *st, int rows, int cols, bool utf8)
{
	fs_canvas_free(st->cv);
	st->cv = fs_canvas_new(rows, cols, utf8);
	st->screen.rows = rows;
	st->screen.cols = cols;
	st->screen.utf8 = utf8;
}

static void
draw(struct stage *st)
{
	fs_screen_update(&st->screen, st->snap);
	st->cursor = fs_screen_draw(&st->screen, st->snap, st->cv);
}

static bool
shows(const struct stage *st, const char *text)
{
	struct fs_str all = { 0 };
	bool found;

	fs_canvas_dump(st->cv, &all);
	found = strstr(all.data, text) != NULL;
	fs_str_free(&all);
	return found;
}

/* The commands that these keys are; '~' is Enter, '<' is Esc. */
static void
keys(struct stage *st, const char *text)
{
	for (; *text != '\0'; text++) {
		int key = *text == '~' ? FS_KEY_ENTER :
		    *text == '<' ? FS_KEY_ESC : *text;

		fs_screen_command(&st->screen, st->snap,
		    fs_command_by_key(key)->id);
	}
}

static void
open_stage(struct stage *st, int rows, int cols)
{
	struct fs_list names = { 0 };

	*st = (struct stage){ .snap = scene_new() };
	fs_screen_init(&st->screen, "redis://10.2.0.7:6379/0");
	size(st, rows, cols, true);
	for (int i = 0; i < 6; i++)
		fs_list_add(&names,
		    fs_bytes_of(st->snap->schema->features[i + 4].name));
	fs_batch_asked(st->screen.state[FS_PANE_BATCH_READ], 8, &names);
	fs_list_free(&names);
	fs_screen_update(&st->screen, st->snap);
	keys(st, "jjjjj");	/* to u0006 */
}

static void
close_stage(struct stage *st)
{
	fs_screen_free(&st->screen);
	fs_canvas_free(st->cv);
	scene_free(st->snap);
}

static struct fs_field *
inspected(struct stage *st, const char *name)
{
	return scene_field(st->snap->store.inspected, name);
}

static void
add_node(struct fs_node *node, int i, int64_t retry)
{
	snprintf(node->name, sizeof(node->name), "10.2.0.%d:700%d", 7 + i, i);
	node->role = i < 3 ? FS_ROLE_PRIMARY : FS_ROLE_REPLICA;
	node->shard = (size_t)i % 3;
	node->up = i != 4;
	node->slots = i < 3 ? 5461 : 0;
	node->dbsize = 4130000 + i;
	node->used_memory = INT64_C(1100000000);
	node->maxmemory = INT64_C(1200000000);
	node->ops_per_second = i < 3 ? 2738 : 12;
	node->latency_us = 290 + i * 30;
	if (node->up)
		return;
	fs_fail(&node->err, FS_ECONNECT, "refused");
	node->retry_mono_us = retry;
}

/* Six nodes, of which one replica is down. */
static struct fs_server *
make_cluster(struct stage *st)
{
	struct fs_server *server = st->snap->store.server;

	free(server->nodes);
	server->nodes = fs_xcalloc(6, sizeof(*server->nodes));
	server->nnodes = 6;
	snprintf(server->mode, sizeof(server->mode), "cluster");
	for (int i = 0; i < 6; i++)
		add_node(&server->nodes[i], i, st->snap->mono_us +
		    7 * FS_SEC / 2);
	return server;
}

/*
 * Sizes
 */

static void
check_size(const char *name, int rows, int cols, bool utf8)
{
	struct stage st;

	open_stage(&st, rows, cols);
	size(&st, rows, cols, utf8);
	draw(&st);
	check(&st, name);
	close_stage(&st);
}

static void
test_sizes(void **state)
{
	(void)state;
	check_size("60x16", 16, 60, true);
	check_size("80x24", 24, 80, true);
	check_size("80x24-ascii", 24, 80, false);
	check_size("120x40", 40, 120, true);
	check_size("200x50", 50, 200, true);
}

static void
test_too_small(void **state)
{
	struct stage	st;
	struct fs_str	text = { 0 };

	(void)state;
	open_stage(&st, 12, 50);
	draw(&st);
	fs_canvas_dump(st.cv, &text);
	assert_memory_equal(text.data,
	    "fsconsole needs 60x16; this is 50x12\n", 37);
	size(&st, 5, 20, true);
	draw(&st);
	fs_str_clear(&text);
	fs_canvas_dump(st.cv, &text);
	assert_memory_equal(text.data, "needs 60x16\n", 12);
	fs_str_free(&text);
	close_stage(&st);
}

/* Every size, with everything that can be in front: nothing goes wrong. */
static void
test_all_sizes(void **state)
{
	static const enum fs_pane_id over[] = { FS_PANE_AUDIT, FS_PANE_LOG,
	    FS_PANE_HELP, FS_PANE_VALUE, FS_PANE_FEATURES, FS_PANE_COUNT };
	struct stage st;

	(void)state;
	open_stage(&st, 1, 1);
	fs_value_show(st.screen.state[FS_PANE_VALUE],
	    inspected(&st, "last_device_id"));
	for (int rows = 1; rows < 60; rows += 1 + rows / 9) {
		for (int cols = 1; cols < 220; cols += 1 + cols / 9) {
			size(&st, rows, cols, rows % 2 == 0);
			st.screen.zoom = cols % 2 == 0;
			for (int i = 0; i < 6; i++) {
				st.screen.over = over[i];
				st.screen.asking = i % 2 == 0;
				draw(&st);
			}
		}
	}
	close_stage(&st);
}

/*
 * States
 */

static void
test_before_anything(void **state)
{
	struct stage	st;
	struct fs_snap	*snap;
	const struct fs_schema *schema;

	(void)state;
	open_stage(&st, 24, 80);
	snap = st.snap;
	schema = snap->schema;
	fs_snap_clear(snap);
	snap->schema = schema;
	snap->wall_us = SCENE_WALL;
	snap->mono_us = SCENE_MONO;
	snap->store.census.count = -1;
	snap->stream.tick_ms = 1000;
	snap->stream.last_tick_us = -1;
	draw(&st);
	check(&st, "connecting");
	close_stage(&st);
}

static void
test_lost(void **state)
{
	struct stage	st;
	struct fs_snap	*snap;

	(void)state;
	open_stage(&st, 24, 80);
	snap = st.snap;
	snap->store.link = FS_VIEW_WAITING;
	snap->store.retry_mono_us = SCENE_MONO + 2500 * FS_MS;
	fs_fail(&snap->store.err, FS_ECONNECT,
	    "connect 10.2.0.7:6379: refused");
	snap->stream.run = FS_PAUSED;
	snap->stream.errors = 3;
	snap->stream.last_err_wall_us = SCENE_WALL;
	fs_fail(&snap->stream.last_err, FS_ESERVER, "fs:user:u0006: "
	    "OOM command not allowed when used memory > 'maxmemory'.");
	draw(&st);
	check(&st, "lost");
	size(&st, 40, 120, true);
	draw(&st);
	check(&st, "lost-120x40");
	snap->store.link = FS_VIEW_REFUSED;
	snap->writable = false;
	st.screen.insecure = true;
	size(&st, 24, 100, true);
	draw(&st);
	check(&st, "refused");
	close_stage(&st);
}

/* Where, as whom and what stay in sight, whatever else there is no room for. */
static void
test_head(void **state)
{
	static const struct {
		int		 cols;
		bool		 frozen;
		const char	*line;
	} heads[] = {
		{ 120, false, " fsconsole  /tmp/rev-user/servers/redis-8.0.sock"
		    "  Redis 8.0.2  as ops  fs:user:*     connected 0.31 ms  "
		    "WRITE  12:01:07" },
		{ 80, false, " /tmp/…is-8.0.sock  Redis 8.0.2  as ops  "
		    "fs:user:*   connected  WRITE  12:01:07" },
		{ 80, true, " /tm…0.sock  Redis 8.0.2  as ops  fs:user:*   "
		    "connected  WRITE  frozen 12:01:07" },
		{ 60, false, " /tmp/…dis-8.0.sock  Redis 8.0.2  as ops   "
		    "connected  WRITE" },
		{ 60, true, " /tm…0.sock  Redis 8.0.2  as ops   connected  "
		    "WRITE  frozen" },
	};
	struct stage	st;
	struct fs_str	text = { 0 };

	(void)state;
	open_stage(&st, 24, 80);
	st.snap->store.server->where[0] = '\0';
	free(st.screen.where);
	st.screen.where = fs_xstrdup(
	    "unix:///tmp/rev-user/servers/redis-8.0.sock");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size(&st, 24, heads[i].cols, true);
		st.screen.frozen = heads[i].frozen;
		draw(&st);
		fs_str_clear(&text);
		fs_canvas_dump(st.cv, &text);
		*strchr(text.data, '\n') = '\0';
		assert_string_equal(text.data, heads[i].line);
	}
	fs_str_free(&text);
	close_stage(&st);
}

static void
test_job(void **state)
{
	struct fs_request *request = fs_request_new(FS_OP_LOAD);
	struct stage st;

	(void)state;
	open_stage(&st, 24, 80);
	st.snap->job = fs_answer_new(request, FS_ANSWER_PROGRESS);
	st.snap->job->done = 4210;
	st.snap->job->total = 10000;
	st.snap->job->elapsed_us = 512000;
	st.snap->job_running = true;
	st.snap->job_op = FS_OP_LOAD;
	draw(&st);
	check(&st, "job");
	fs_request_free(request);
	close_stage(&st);
}

/* What the clock alone changes: digits, bars, and nothing else. */
static void
test_countdown(void **state)
{
	struct stage st;

	(void)state;
	open_stage(&st, 24, 80);
	st.snap->mono_us += 2600 * FS_MS;
	st.snap->wall_us += 3 * FS_SEC;
	draw(&st);
	check(&st, "3-seconds-later");
	close_stage(&st);
}

static void
test_inspector(void **state)
{
	struct stage	st;
	struct fs_entity *entity;

	(void)state;
	open_stage(&st, 40, 120);
	entity = st.snap->store.inspected;
	entity->key_deadline_ms = SCENE_SERVER_MS + 40000;
	entity->slot = 5798;
	snprintf(entity->node, sizeof(entity->node), "10.2.0.7:7001");
	scene_set(entity, "failed_logins_15m", "0", 900000);
	draw(&st);
	check(&st, "key-before-field");
	entity->exists = false;
	entity->key_deadline_ms = FS_NOT_THERE;
	for (size_t i = 0; i < entity->nfields; i++)
		entity->fields[i].state = FS_FIELD_MISSING;
	draw(&st);
	check(&st, "gone");
	fs_fail(&entity->err, FS_ETYPE,
	    "WRONGTYPE Operation against a key holding the wrong kind");
	draw(&st);
	check(&st, "not-a-hash");
	close_stage(&st);
}

/* Without a row for facts the border says where the key lies, as it can. */
static void
test_place(void **state)
{
	struct stage	st;
	struct fs_entity *entity;
	struct fs_server *server;

	(void)state;
	open_stage(&st, 24, 80);
	server = make_cluster(&st);
	entity = st.snap->store.inspected;
	entity->slot = 5798;
	snprintf(entity->node, sizeof(entity->node), "10.2.0.8:7001");
	draw(&st);
	assert_true(shows(&st, " key TTL 23h41m  slot 5798 on 10.2.0.8:7001"));
	snprintf(entity->node, sizeof(entity->node), "10.20.30.48:7001");
	draw(&st);
	assert_true(shows(&st, " u0006  key TTL 23h41m  5798 on 10.20.30.48"));
	snprintf(entity->node, sizeof(entity->node), "redis-1.redis:6379");
	entity->key_deadline_ms = FS_NO_TTL;
	entity->slot = 15798;
	draw(&st);
	assert_true(shows(&st, " no key TTL  15798 on redis-1.redis:6379"));
	snprintf(entity->node, sizeof(entity->node),
	    "redis-1.redis.default.svc:6379");
	draw(&st);
	assert_true(shows(&st, " u0006  no key TTL ─"));
	server->nnodes = 1;
	snprintf(entity->node, sizeof(entity->node), "10.2.0.7:7000");
	draw(&st);
	assert_true(shows(&st, " no key TTL  slot 15798 on :7000"));
	close_stage(&st);
}

/* Bars give way to values, and what is still cut is shown below. */
static void
test_long_value(void **state)
{
	struct stage	st;
	struct fs_str	value = { 0 };

	(void)state;
	open_stage(&st, 40, 120);
	fs_str_add_text(&value, "0123456789abcdef-0123456789abcdef-");
	fs_field_set_value(inspected(&st, "last_device_id"),
	    fs_str_bytes(&value));
	draw(&st);
	check(&st, "long-value");
	for (int i = 0; i < 7; i++)
		fs_str_addf(&value, "%d123456789abcdef-", i);
	fs_field_set_value(inspected(&st, "country_iso"),
	    fs_str_bytes(&value));
	keys(&st, "4jjj");
	draw(&st);
	check(&st, "longer-value");
	fs_str_free(&value);
	close_stage(&st);
}

static void
test_hostile(void **state)
{
	struct stage	st;
	struct fs_field	*field;
	char		*big = fs_xcalloc(1, 5000);

	(void)state;
	open_stage(&st, 24, 80);
	field = inspected(&st, "account_age_days");
	fs_field_set_value(field, fs_bytes_of("\033[2J\033]0;x\a"));
	field = inspected(&st, "avg_amount_30d");
	fs_field_set_name(field, fs_bytes_of("日本\r\n\t\u202e"));
	field = inspected(&st, "risk_segment");
	memset(big, 'x', 4096);
	fs_field_set_value(field, fs_bytes(big, 4096));
	field->value_size = 1048576;
	fs_field_set_value(inspected(&st, "country_iso"), fs_bytes("", 0));
	fs_list_free(&st.snap->ids);
	fs_list_add(&st.snap->ids, fs_bytes("", 0));
	fs_list_add(&st.snap->ids, fs_bytes("a\0b", 3));
	fs_list_add(&st.snap->ids, fs_bytes_of("\xff\xfe very long id"));
	fs_fail(&st.snap->store.err, FS_EPROTO, "\033[31mred\n");
	st.snap->store.link = FS_VIEW_WAITING;
	draw(&st);
	check(&st, "hostile");
	free(big);
	close_stage(&st);
}

static void
test_many_fields(void **state)
{
	struct stage	st;
	struct fs_entity *entity;

	(void)state;
	open_stage(&st, 24, 80);
	fs_entity_free(st.snap->store.inspected);
	entity = fs_entity_new(fs_bytes_of("wide"), 300);
	for (size_t i = 0; i < 300; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%03zu", i);
		fs_field_set_name(&entity->fields[i], fs_bytes_of(name));
		fs_field_set_value(&entity->fields[i], fs_bytes_of("1"));
		entity->fields[i].class = FS_CLASS_EXTRA;
		entity->fields[i].deadline_ms = FS_NO_TTL;
		fs_field_judge(&entity->fields[i]);
	}
	entity->exists = true;
	entity->key_deadline_ms = FS_NO_TTL;
	entity->hlen = 100000;
	st.snap->store.inspected = entity;
	draw(&st);
	keys(&st, "4Gk");
	draw(&st);
	check(&st, "many-fields");
	close_stage(&st);
}

static void
test_cluster(void **state)
{
	struct stage st;

	(void)state;
	open_stage(&st, 24, 100);
	make_cluster(&st);
	draw(&st);
	check(&st, "cluster");
	keys(&st, "2z");
	draw(&st);
	check(&st, "cluster-nodes");
	st.snap->mono_us += 4 * FS_SEC;
	draw(&st);
	check(&st, "cluster-retry");
	st.snap->mono_us -= 4 * FS_SEC;
	size(&st, 24, 80, true);
	draw(&st);
	check(&st, "cluster-nodes-80x24");
	keys(&st, "z");
	draw(&st);
	check(&st, "cluster-80x24");
	size(&st, 40, 120, true);
	draw(&st);
	check(&st, "cluster-120x40");
	size(&st, 50, 200, true);
	draw(&st);
	check(&st, "cluster-200x50");
	close_stage(&st);
}

/* The others' figures stay; what it said last is not to be taken for now. */
static void
test_silent_node(void **state)
{
	struct stage	st;
	struct fs_server *server;

	(void)state;
	open_stage(&st, 50, 200);
	server = make_cluster(&st);
	server->nodes[4].up = true;
	server->nodes[1].silent_mono_us = SCENE_MONO - 3200 * FS_MS;
	draw(&st);
	check(&st, "silent-200x50");
	server->nodes[4].up = false;
	fs_fail(&server->nodes[1].err, FS_EBUSY, "LOADING Redis is loading "
	    "the dataset in memory");
	size(&st, 40, 120, true);
	draw(&st);
	check(&st, "silent-120x40");
	server->nnodes = 1;
	server->nodes[0].silent_mono_us = SCENE_MONO - 3200 * FS_MS;
	size(&st, 24, 80, true);
	draw(&st);
	check(&st, "silent-alone");
	close_stage(&st);
}

/* In few columns too it is told which node is missed most. */
static void
test_worst_node(void **state)
{
	struct stage	st;
	struct fs_server *server;
	struct fs_node	*node;

	(void)state;
	open_stage(&st, 24, 80);
	server = make_cluster(&st);
	for (int i = 0; i < 6; i++) {
		node = &server->nodes[i];
		snprintf(node->name, sizeof(node->name), "127.0.0.1:3195%d",
		    i);
	}
	draw(&st);
	assert_true(shows(&st, " 127.0.0.1:31954 down"));
	node = &server->nodes[1];
	node->silent_mono_us = SCENE_MONO - 3200 * FS_MS;
	draw(&st);
	assert_true(shows(&st, " :31951 silent"));
	size(&st, 40, 120, true);
	draw(&st);
	assert_true(shows(&st, " :31951 primary silent 3 s"));
	assert_true(shows(&st, " :31954 replica down, retry 4 s: refused"));
	snprintf(node->name, sizeof(node->name),
	    "redis-1.redis.default.svc.cluster.local:6379");
	draw(&st);
	assert_true(shows(&st, " redis-1.redis.default… prim silent 3 s"));
	size(&st, 24, 80, true);
	draw(&st);
	assert_true(shows(&st, " redis-1.redi.. silent"));
	close_stage(&st);
}

/* However long its name and large its numbers: nothing is cut. */
static void
test_wide_nodes(void **state)
{
	static const char *const names[] = { "127.0.0.1:31950",
	    "255.255.255.255:65535" };
	struct stage	st;
	struct fs_server *server;

	(void)state;
	open_stage(&st, 50, 200);
	server = make_cluster(&st);
	for (int i = 0; i < 2; i++) {
		for (int j = 0; j < 6; j++) {
			struct fs_node *node = &server->nodes[j];

			snprintf(node->name, sizeof(node->name), "%s",
			    names[i]);
			node->up = true;
			node->slots = 16384;
			node->dbsize = 999499;
			node->used_memory = INT64_C(1072693248);
			node->ops_per_second = 999499;
			node->latency_us = 999400;
		}
		size(&st, 50, 200, true);
		draw(&st);
		check(&st, i == 0 ? "nodes-200x50" : "nodes-long-200x50");
		size(&st, 40, 120, true);
		draw(&st);
		check(&st, i == 0 ? "nodes-120x40" : "nodes-long-120x40");
	}
	close_stage(&st);
}

/* The first count, and one that is taken anew. */
static void
test_counting(void **state)
{
	struct stage	st;
	struct fs_census *census;

	(void)state;
	open_stage(&st, 24, 80);
	census = &st.snap->store.census;
	census->scanning = true;
	census->progress = 0.26;
	census->found = 1204000;
	census->count = -1;
	draw(&st);
	check(&st, "counting-80x24");
	size(&st, 50, 200, true);
	draw(&st);
	check(&st, "counting-200x50");
	census->count = 12400311;
	draw(&st);
	check(&st, "recounting-200x50");
	make_cluster(&st);
	size(&st, 40, 120, true);
	draw(&st);
	check(&st, "recounting-120x40");
	close_stage(&st);
}

/* Of what is beside the count the greater doubt comes first. */
static void
test_doubts(void **state)
{
	struct stage	st;
	struct fs_census *census;

	(void)state;
	open_stage(&st, 24, 80);
	census = &st.snap->store.census;
	make_cluster(&st);
	census->not_hashes = 3;
	draw(&st);
	assert_true(shows(&st, "~12,400,311 6 nodes"));
	size(&st, 50, 200, true);
	draw(&st);
	assert_true(shows(&st, "~12,400,311 as of 12:00:58  3 no hashes"));
	census->scanning = true;
	census->progress = 0.26;
	draw(&st);
	assert_true(shows(&st, "as of 12:00:58, scanning 26 %"));
	census->scanning = false;
	fs_fail(&census->err, FS_ECONNECT, "refused");
	size(&st, 24, 80, true);
	draw(&st);
	assert_true(shows(&st, "12,400,311 6 nodes"));
	census->exact = true;
	draw(&st);
	assert_true(shows(&st, "12,400,311 12:00:58"));
	census->count = 40000;
	draw(&st);
	assert_true(shows(&st, "40,000 not counted"));
	census->err.code = FS_OK;
	draw(&st);
	assert_true(shows(&st, "40,000 3 no hashes"));
	close_stage(&st);
}

/* What is shown keeps its names while the next is under way. */
static void
test_batch_names(void **state)
{
	struct stage	st;
	struct fs_list	names = { 0 };
	struct fs_str	text = { 0 };

	(void)state;
	open_stage(&st, 40, 120);
	fs_list_add(&names, fs_bytes_of("another"));
	fs_batch_asked(st.screen.state[FS_PANE_BATCH_READ], 9, &names);
	draw(&st);
	fs_canvas_dump(st.cv, &text);
	assert_null(strstr(text.data, "feature 1"));
	assert_null(strstr(text.data, "another"));
	st.snap->batch_read->id = 9;
	draw(&st);
	fs_str_clear(&text);
	fs_canvas_dump(st.cv, &text);
	assert_non_null(strstr(text.data, "another"));
	fs_str_free(&text);
	fs_list_free(&names);
	close_stage(&st);
}

/*
 * Over the panes
 */

static struct fs_answer *
new_audit(const struct fs_schema *schema)
{
	struct fs_request *request = fs_request_new(FS_OP_AUDIT);
	struct fs_answer *answer = fs_answer_new(request, FS_ANSWER_DONE);
	struct fs_audit_report *report = fs_xcalloc(1, sizeof(*report));

	report->entities = report->sampled = 12400311;
	report->complete = true;
	report->elapsed_us = 21400000;
	report->nfeatures = schema->nfeatures;
	report->features = fs_xcalloc(report->nfeatures,
	    sizeof(*report->features));
	for (size_t i = 0; i < report->nfeatures; i++) {
		struct fs_feature_report *feature = &report->features[i];

		feature->name = fs_xstrdup(schema->features[i].name);
		feature->class = schema->features[i].class;
		feature->coverage_percent = i < 6 ? 100 : 80 - (double)i * 3;
		feature->missing = i < 6 ? 0 : 200000 + i * 1000;
		feature->ttl_p50 = i < 6 ? NAN : 150 + (double)i;
		feature->half_gone_seconds = i < 6 ? NAN : 149;
		feature->all_gone_seconds = i < 6 ? NAN : 300;
		for (int b = 0; b < FS_AUDIT_BUCKETS && i >= 6; b++)
			feature->histogram[b] = (uint64_t)(b * 7) % 13;
	}
	report->features[7].coverage_percent = 0.94;
	report->features[10].coverage_percent = 0.04;
	report->features[10].over_ttl = 3;
	report->features[8].leaks = 12;
	fs_list_add(&report->features[8].examples[FS_V_LEAK],
	    fs_bytes_of("u0021"));
	report->features[9].stalled = true;
	report->features[9].youngest_write_seconds = 159;
	fs_list_add(&report->features[9].examples[FS_V_MISSING],
	    fs_bytes_of("u0031"));
	report->violation_count[FS_V_LEAK] = 12;
	report->violation_ids[FS_V_LEAK] = 2;
	report->violation_count[FS_V_STALLED] = 1;
	fs_list_add(&report->examples[FS_V_LEAK], fs_bytes_of("u0007"));
	fs_list_add(&report->examples[FS_V_LEAK], fs_bytes_of("u0014"));
	answer->audit = report;
	answer->at_mono_us = SCENE_MONO - 7 * FS_SEC;
	fs_request_free(request);
	return answer;
}

static void
test_audit(void **state)
{
	struct stage	st;
	struct fs_bytes	id;

	(void)state;
	open_stage(&st, 24, 80);
	st.snap->audit = new_audit(st.snap->schema);
	fs_screen_show(&st.screen, FS_PANE_AUDIT);
	draw(&st);
	keys(&st, "jjkkjj");	/* over the headings, there and back */
	draw(&st);
	check(&st, "audit");
	assert_int_equal(fs_screen_selected(&st.screen, st.snap).len, 0);
	keys(&st, "g~j");
	draw(&st);
	check(&st, "audit-examples");
	id = fs_screen_selected(&st.screen, st.snap);
	assert_true(fs_bytes_eq(id, fs_bytes_of("u0014")));
	keys(&st, "<");
	assert_int_equal(st.screen.over, FS_PANE_AUDIT);
	keys(&st, "<");
	assert_int_equal(st.screen.over, FS_PANE_COUNT);
	/* Of a feature the entities that show its fault. */
	fs_screen_show(&st.screen, FS_PANE_AUDIT);
	keys(&st, "gjj~");
	draw(&st);
	check(&st, "audit-feature");
	id = fs_screen_selected(&st.screen, st.snap);
	assert_true(fs_bytes_eq(id, fs_bytes_of("u0021")));
	keys(&st, "<");
	/* From "stalled" to the feature that has. */
	keys(&st, "gj~");
	assert_int_equal(fs_screen_selected(&st.screen, st.snap).len, 0);
	/* And there since when, and who lacks it. */
	keys(&st, "~");
	draw(&st);
	check(&st, "audit-stalled");
	keys(&st, "<");
	size(&st, 36, 120, true);
	draw(&st);
	check(&st, "audit-wide");
	/* A new one is under way; before it has said how far it is, too. */
	st.snap->job_running = true;
	st.snap->job_op = FS_OP_AUDIT;
	size(&st, 24, 80, true);
	draw(&st);
	check(&st, "audit-anew");
	st.snap->job_running = false;
	size(&st, 30, 200, true);
	draw(&st);
	check(&st, "audit-200x30");
	close_stage(&st);
}

/* What is known of a part is said to be of a part. */
static void
test_audit_of_a_part(void **state)
{
	struct stage st;
	struct fs_audit_report *report;

	(void)state;
	open_stage(&st, 24, 80);
	st.snap->audit = new_audit(st.snap->schema);
	report = st.snap->audit->audit;
	report->sample = report->approximate = true;
	report->sampled = 2000;
	for (size_t i = 0; i < report->nfeatures; i++) {
		report->features[i].coverage_low = i < 6 ? 99.8 : 50.13;
		report->features[i].coverage_high = i < 6 ? 100 : 54.4;
	}
	fs_screen_show(&st.screen, FS_PANE_AUDIT);
	draw(&st);
	check(&st, "audit-sample");
	keys(&st, "jj~");
	draw(&st);
	check(&st, "audit-sample-feature");
	keys(&st, "<");
	report->sample = report->complete = false;
	draw(&st);
	check(&st, "audit-cut-short");
	close_stage(&st);
}

/* A pause of 30 s, so many seconds ago, or resumed after it. */
static struct fs_answer *
new_drill(const struct fs_schema *schema, int seconds)
{
	struct fs_request *request = fs_request_new(FS_OP_DRILL);
	struct fs_answer *answer = fs_answer_new(request, FS_ANSWER_DONE);
	struct fs_list names = { 0 };
	struct fs_drill_report *drill;

	for (size_t i = 6; i < schema->nfeatures; i++)
		fs_list_add(&names, fs_bytes_of(schema->features[i].name));
	answer->drill = drill = fs_drill_report_new(&names);
	fs_list_free(&names);
	drill->for_seconds = 30;
	for (int at = 0; at <= seconds; at++) {
		struct fs_drill_point *point = fs_drill_report_add(drill);

		point->at_seconds = at;
		for (size_t i = 0; i < drill->features.count; i++) {
			double left = 96 - (3.5 + (double)i / 2) * at;

			point->expected_percent[i] = at > 30 ? NAN :
			    fmax(0, left);
			point->coverage_percent[i] = at > 30 ?
			    30.0 * (at - 30) : fmax(0, left - at % 3);
		}
	}
	for (size_t i = 0; i < drill->features.count; i++) {
		drill->forecast[i] = 13.7 - (double)i;
		drill->forecast_all[i] = 27;
		drill->fullest[i] = 100;
		for (int b = 0; b < FS_AUDIT_BUCKETS; b++)
			drill->time_left[(int)i * FS_AUDIT_BUCKETS + b] =
			    (uint64_t)(seconds > 30 ? 9 * b : 50 - 4 * b);
	}
	if (seconds > 30) {
		drill->resumed_seconds = 30;
		drill->error_seconds = 0.6;
		drill->error_percent = 2;
		drill->recovery_seconds = 3;
	}
	fs_request_free(request);
	return answer;
}

static void
test_drill(void **state)
{
	struct stage st;

	(void)state;
	open_stage(&st, 24, 80);
	st.snap->job = new_drill(st.snap->schema, 12);
	st.snap->job_running = true;
	st.snap->job_op = FS_OP_DRILL;
	fs_screen_show(&st.screen, FS_PANE_AUDIT);
	draw(&st);
	check(&st, "drill");
	size(&st, 30, 200, true);
	draw(&st);
	check(&st, "drill-200x30");
	fs_answer_free(st.snap->job);
	st.snap->job = new_drill(st.snap->schema, 33);
	st.snap->job_running = false;
	size(&st, 16, 120, false);	/* a line a feature */
	draw(&st);
	check(&st, "drill-ended");
	close_stage(&st);
}

/* Looked at 3 s ago. */
static void
test_pause(void **state)
{
	struct fs_answer *drill;
	struct stage st;

	(void)state;
	open_stage(&st, 24, 80);
	drill = new_drill(st.snap->schema, 12);
	st.snap->pause = drill->drill;
	drill->drill = NULL;
	fs_answer_free(drill);
	st.snap->audit = new_audit(st.snap->schema);
	st.snap->stream.run = FS_PAUSED;
	st.snap->stream.since_mono_us = SCENE_MONO - 15 * FS_SEC;
	fs_screen_show(&st.screen, FS_PANE_AUDIT);
	draw(&st);
	check(&st, "pause");
	keys(&st, "~j");	/* there is no list to be moved in */
	draw(&st);
	check(&st, "pause");
	keys(&st, "a");
	draw(&st);
	assert_true(shows(&st, "country_iso"));
	keys(&st, "~");
	draw(&st);
	assert_true(shows(&st, "Enter inspects"));
	keys(&st, "a");
	draw(&st);
	check(&st, "pause");
	st.snap->pause->foreign = 1;
	size(&st, 40, 120, true);
	st.snap->mono_us += 20 * FS_SEC;
	draw(&st);
	check(&st, "pause-foreign");
	close_stage(&st);
}

static void
test_help(void **state)
{
	struct stage st;

	(void)state;
	open_stage(&st, 24, 80);
	keys(&st, "?jj");
	draw(&st);
	check(&st, "help");
	size(&st, 50, 200, true);
	draw(&st);
	check(&st, "help-wide");
	close_stage(&st);
}

static void
test_log(void **state)
{
	struct stage	st;
	struct fs_str	text = { 0 };

	(void)state;
	fs_clock_set(SCENE_MONO, SCENE_WALL);
	open_stage(&st, 16, 60);
	fs_log(FS_LOG_INFO, "connected to \033[31mRedis\\8.0.2");
	for (int i = 0; i < 4; i++)
		fs_log(FS_LOG_ERROR, "streamer: OOM command not allowed");
	fs_log(FS_LOG_WARN, "a refresh took %d ms", 812);
	keys(&st, "l");
	draw(&st);
	check(&st, "log");
	for (int i = 0; i < 40; i++)
		fs_log(FS_LOG_INFO, "line %d", i);
	draw(&st);
	keys(&st, "k");
	fs_log(FS_LOG_INFO, "the last one");
	draw(&st);
	check(&st, "log-scrolled");
	/* The line under the cursor is shown, and copied, whole. */
	fs_log(FS_LOG_WARN, "%s %s", "a long line that has no room in one row",
	    "of so few columns, and in two neither: three are needed");
	keys(&st, "G");
	draw(&st);
	check(&st, "log-long");
	fs_screen_copy(&st.screen, st.snap, &text);
	assert_string_equal(text.data, "12:01:07  warning  a long line that "
	    "has no room in one row of so few columns, and in two neither: "
	    "three are needed");
	fs_str_free(&text);
	fs_clock_unset();
	close_stage(&st);
}

static void
test_value(void **state)
{
	struct stage	st;
	struct fs_str	long_value = { 0 };

	(void)state;
	open_stage(&st, 16, 60);
	for (int i = 0; i < 300; i++)
		fs_str_addf(&long_value, "%d,日\n", i);
	fs_field_set_value(inspected(&st, "account_age_days"),
	    fs_str_bytes(&long_value));
	keys(&st, "4~jj");
	draw(&st);
	check(&st, "value");
	fs_str_free(&long_value);
	close_stage(&st);
}

/* Whether the screen's row begins with this text. */
static bool
row_starts(const struct stage *st, int row, const char *text)
{
	for (int col = 1; *text != '\0'; col++, text++) {
		if (fs_canvas_cell(st->cv, row, col)->text[0] != *text)
			return false;
	}
	return true;
}

/* Its end can be reached whatever it takes to show a byte, and not more. */
static void
test_end_of_value(void **state)
{
	static const bool	utf8s[] = { true, false };
	struct stage		st;
	char			binary[2001];

	(void)state;
	memset(binary, 1, sizeof(binary));
	binary[sizeof(binary) - 1] = 'Z';
	for (int i = 0; i < 2; i++) {
		open_stage(&st, 20, 62);
		size(&st, 20, 62, utf8s[i]);
		fs_field_set_value(inspected(&st, "account_age_days"),
		    fs_bytes(binary, sizeof(binary)));
		/* 15 bytes a line: the last has 5 and the Z. */
		keys(&st, "4~G");
		draw(&st);
		assert_true(row_starts(&st, 2, "\\x01"));
		assert_true(row_starts(&st, 18, "\\x01\\x01\\x01\\x01\\x01Z "));
		keys(&st, "k");
		draw(&st);
		assert_true(row_starts(&st, 18, "\\x01\\x01\\x01\\x01\\x01\\x01"));
		keys(&st, "G");
		size(&st, 40, 122, utf8s[i]);
		draw(&st);
		assert_true(row_starts(&st, 38, "\\x01\\x01\\x01\\x01\\x01"));
		assert_true(row_starts(&st, 2, "\\x01"));
		close_stage(&st);
	}
	open_stage(&st, 20, 60);
	fs_field_set_value(inspected(&st, "account_age_days"),
	    fs_bytes_of("short"));
	keys(&st, "4~G");
	draw(&st);
	assert_true(row_starts(&st, 2, "short"));
	close_stage(&st);
}

static void
test_chooser(void **state)
{
	struct stage	st;
	struct fs_list	names = { 0 };
	struct fs_bytes	unknown;

	(void)state;
	open_stage(&st, 24, 80);
	fs_screen_show(&st.screen, FS_PANE_FEATURES);
	keys(&st, "j jj ");
	draw(&st);
	check(&st, "chooser");
	fs_features_chosen(st.screen.state[FS_PANE_FEATURES], st.snap,
	    &names);
	assert_int_equal(names.count, 9);
	assert_int_equal(fs_list_find(&names, fs_bytes_of("risk_segment")),
	    -1);
	fs_list_clear(&names);
	fs_list_add(&names, fs_bytes_of("tx_count_5m"));
	assert_true(fs_features_choose(st.screen.state[FS_PANE_FEATURES],
	    st.snap, &names, &unknown));
	fs_list_add(&names, fs_bytes_of("none"));
	assert_false(fs_features_choose(st.screen.state[FS_PANE_FEATURES],
	    st.snap, &names, &unknown));
	assert_string_equal(unknown.data, "none");
	fs_list_clear(&names);
	fs_features_chosen(st.screen.state[FS_PANE_FEATURES], st.snap,
	    &names);
	assert_int_equal(names.count, 1);
	keys(&st, "~");
	assert_int_equal(st.screen.over, FS_PANE_COUNT);
	fs_list_free(&names);
	close_stage(&st);
}

static void
test_prompt(void **state)
{
	struct stage st;

	(void)state;
	open_stage(&st, 24, 80);
	fs_prompt_open(&st.screen.prompt, "Entities to load:",
	    fs_bytes_of("200"), NULL);
	st.screen.asking = true;
	draw(&st);
	assert_int_equal(st.cursor, 22);
	check(&st, "prompt");
	close_stage(&st);
}

/*
 * Commands
 */

static void
test_focus(void **state)
{
	struct stage st;

	(void)state;
	open_stage(&st, 24, 80);
	keys(&st, "\t\t");
	assert_int_equal(st.screen.focus, FS_PANE_WORKER);
	fs_screen_command(&st.screen, st.snap, FS_CMD_PREV_PANE);
	assert_int_equal(st.screen.focus, FS_PANE_STORE);
	keys(&st, "6\t");
	assert_int_equal(st.screen.focus, FS_PANE_ENTITIES);
	keys(&st, "?5");
	assert_int_equal(st.screen.focus, FS_PANE_READ);
	assert_int_equal(st.screen.over, FS_PANE_COUNT);
	keys(&st, "z<<");
	assert_false(st.screen.zoom);
	assert_int_equal(st.screen.focus, FS_PANE_ENTITIES);
	assert_false(fs_screen_command(&st.screen, st.snap, FS_CMD_READ));
	close_stage(&st);
}

static const char *
selected(struct stage *st)
{
	return fs_screen_selected(&st->screen, st->snap).data;
}

static void
test_entities(void **state)
{
	struct stage	st;
	void		*entities;

	(void)state;
	open_stage(&st, 24, 80);
	entities = st.screen.state[FS_PANE_ENTITIES];
	keys(&st, "j");
	assert_string_equal(selected(&st), "u0007");
	keys(&st, "G");
	assert_string_equal(selected(&st), "u0200");
	fs_entities_filter(entities, st.snap, fs_bytes_of("17"), false);
	assert_string_equal(selected(&st), "u0179");
	keys(&st, "gj");
	assert_string_equal(selected(&st), "u0117");
	/* The list grows in front of it: the cursor stays on its id. */
	fs_list_add(&st.snap->ids, fs_bytes_of("a17"));
	fs_list_sort_unique(&st.snap->ids);
	draw(&st);
	assert_string_equal(selected(&st), "u0117");
	fs_entities_filter(entities, st.snap, fs_bytes_of("none"), false);
	assert_int_equal(fs_screen_selected(&st.screen, st.snap).len, 0);
	draw(&st);
	check(&st, "filter-none-of-first");
	st.snap->store.ids_complete = true;
	draw(&st);
	check(&st, "filter-none");
	keys(&st, "<");
	assert_string_equal(selected(&st), "u0117");
	fs_list_free(&st.snap->ids);
	draw(&st);
	keys(&st, "jG");
	assert_int_equal(fs_screen_selected(&st.screen, st.snap).len, 0);
	close_stage(&st);
}

/* The end of one id and the start of the next hold no text together. */
static void
test_filter_within_ids(void **state)
{
	struct stage	st;
	void		*entities;

	(void)state;
	open_stage(&st, 24, 80);
	entities = st.screen.state[FS_PANE_ENTITIES];
	fs_list_free(&st.snap->ids);
	fs_list_add(&st.snap->ids, fs_bytes_of("ab"));
	fs_list_add(&st.snap->ids, fs_bytes("a\0u", 3));
	fs_list_add(&st.snap->ids, fs_bytes_of("b"));
	fs_list_add(&st.snap->ids, fs_bytes_of("bb"));
	fs_entities_filter(entities, st.snap, fs_bytes("b\0a", 3), false);
	assert_int_equal(fs_screen_selected(&st.screen, st.snap).len, 0);
	fs_entities_filter(entities, st.snap, fs_bytes("a\0", 2), false);
	assert_int_equal(fs_screen_selected(&st.screen, st.snap).len, 3);
	fs_entities_filter(entities, st.snap, fs_bytes_of("b"), false);
	keys(&st, "G");
	assert_string_equal(selected(&st), "bb");
	keys(&st, "k");
	assert_string_equal(selected(&st), "b");
	close_stage(&st);
}

static void
test_copy(void **state)
{
	struct stage	st;
	struct fs_str	text = { 0 };

	(void)state;
	open_stage(&st, 24, 80);
	fs_screen_copy(&st.screen, st.snap, &text);
	assert_string_equal(text.data, "u0006");
	keys(&st, "4j");
	fs_str_clear(&text);
	fs_screen_copy(&st.screen, st.snap, &text);
	assert_string_equal(text.data, "92.4");
	keys(&st, "3");		/* nothing of its own: the entity */
	fs_str_clear(&text);
	fs_screen_copy(&st.screen, st.snap, &text);
	assert_string_equal(text.data, "u0006");
	fs_str_free(&text);
	close_stage(&st);
}

static void
test_click(void **state)
{
	struct stage st;

	(void)state;
	open_stage(&st, 24, 80);
	fs_screen_click(&st.screen, st.snap, 12, 40);
	assert_int_equal(st.screen.focus, FS_PANE_INSPECTOR);
	assert_true(fs_screen_click(&st.screen, st.snap, 4, 5));
	assert_int_equal(st.screen.focus, FS_PANE_ENTITIES);
	assert_string_equal(selected(&st), "u0003");
	assert_false(fs_screen_click(&st.screen, st.snap, 0, 0));
	assert_false(fs_screen_click(&st.screen, st.snap, -1, 9999));
	close_stage(&st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_all_sizes),
		cmocka_unit_test(test_before_anything),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_job),
		cmocka_unit_test(test_countdown),
		cmocka_unit_test(test_inspector),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many_fields),
		cmocka_unit_test(test_cluster),
		cmocka_unit_test(test_silent_node),
		cmocka_unit_test(test_worst_node),
		cmocka_unit_test(test_wide_nodes),
		cmocka_unit_test(test_counting),
		cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_batch_names),
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_audit_of_a_part),
		cmocka_unit_test(test_drill),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_end_of_value),
		cmocka_unit_test(test_chooser),
		cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_focus),
		cmocka_unit_test(test_entities),
		cmocka_unit_test(test_filter_within_ids),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_click),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
