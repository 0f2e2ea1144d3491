/*
 * The store's calls for a test in another language: one command a line on
 * stdin, one line of JSON a command on stdout. Words are divided by blanks and
 * written in hex, so that they may hold any byte; "-" is the empty one.
 */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "store/key.h"
#include "store/pick.h"
#include "store/reader.h"
#include "store/repair.h"
#include "store/sample.h"
#include "store/scan.h"
#include "store/store.h"
#include "store/write.h"

#define WORDS_MAX	16384

static struct fs_target *target;
static struct fs_schema *schema;
static struct fs_store *st;
static struct fs_writer *wr;
static struct fs_picker *pk;
static struct fs_rng rng;
static struct fs_entity *inspected;
static struct fs_bytes word[WORDS_MAX];
static size_t nwords;

/*
 * In and out
 */

static void
decode(char *text)
{
	size_t n = 0;

	word[nwords].data = text;
	for (; isxdigit((unsigned char)text[0]); text += 2) {
		char pair[3] = { text[0], text[1], '\0' };

		((char *)(uintptr_t)word[nwords].data)[n++] =
		    (char)strtol(pair, NULL, 16);
	}
	word[nwords++].len = n;
}

static bool
next_line(void)
{
	static char	*line;
	static size_t	 size;

	nwords = 0;
	if (getline(&line, &size, stdin) == -1) {
		free(line);
		return false;
	}
	for (char *at = strtok(line, " \n"); at != NULL && nwords < WORDS_MAX;
	    at = strtok(NULL, " \n"))
		decode(at);
	return true;
}

static int64_t
number(size_t i)
{
	int64_t n = 0;

	if (i < nwords)
		fs_num_i64(word[i], INT64_MIN, INT64_MAX, &n);
	return n;
}

static void
hex(const char *name, struct fs_bytes bytes)
{
	if (name != NULL)
		printf("\"%s\": ", name);
	if (bytes.data == NULL) {
		printf("null");
		return;
	}
	putchar('"');
	for (size_t i = 0; i < bytes.len; i++)
		printf("%02x", (unsigned char)bytes.data[i]);
	putchar('"');
}

static void
num(const char *name, int64_t n)
{
	printf(", \"%s\": %lld", name, (long long)n);
}

static void
error(const struct fs_err *err)
{
	num("code", err->code);
	printf(", ");
	hex("why", fs_bytes_of(err->msg));
}

static void
list(const char *name, const struct fs_list *ids)
{
	printf(", \"%s\": [", name);
	for (size_t i = 0; i < ids->count; i++) {
		printf("%s", i != 0 ? ", " : "");
		hex(NULL, fs_list_at(ids, i));
	}
	printf("]");
}

static void
words(struct fs_list *to, size_t first, size_t end)
{
	for (size_t i = first; i < end && i < nwords; i++)
		fs_list_add(to, word[i]);
}

/*
 * Commands
 */

static void
show_field(const struct fs_field *field)
{
	printf("{");
	hex("name", fs_bytes(field->name, field->name_len));
	printf(", ");
	hex("value", fs_bytes(field->value, field->value_len));
	num("size", (int64_t)field->value_size);
	num("deadline", field->deadline_ms);
	num("state", field->state);
	num("class", field->class);
	num("ttl", field->ttl_ms);
	printf("}");
}

static void
show_entity(const struct fs_entity *entity)
{
	printf("{");
	hex("id", fs_bytes(entity->id, entity->id_len));
	num("exists", entity->exists);
	error(&entity->err);
	num("found", (int64_t)entity->nfound);
	num("hlen", (int64_t)entity->hlen);
	num("key_deadline", entity->key_deadline_ms);
	num("server_ms", entity->server_ms);
	num("memory", entity->memory_bytes);
	num("slot", entity->slot);
	printf(", \"encoding\": \"%s\", \"node\": \"%s\", \"fields\": [",
	    entity->encoding, entity->node);
	for (size_t i = 0; i < entity->nfields; i++) {
		printf("%s", i != 0 ? ", " : "");
		show_field(&entity->fields[i]);
	}
	printf("]}");
}

static void
show_one(struct fs_entity *entity, const struct fs_err *err)
{
	printf("{\"ok\": %d", entity != NULL);
	error(err);
	if (entity != NULL) {
		printf(", \"entity\": ");
		show_entity(entity);
	}
	printf("}");
}

/* read ID NAME... */
static void
do_read(void)
{
	struct fs_list		 names = { 0 };
	struct fs_err		 err = { 0 };
	struct fs_entity	*entity;

	words(&names, 2, nwords);
	entity = fs_store_read(st, word[1], &names, &err);
	show_one(entity, &err);
	fs_entity_free(entity);
	fs_list_free(&names);
}

/* inspect ID: again when it was the last one too */
static void
do_inspect(void)
{
	struct fs_err		 err = { 0 };
	struct fs_entity	*entity;

	entity = fs_store_inspect(st, word[1], inspected, &err);
	show_one(entity, &err);
	fs_entity_free(inspected);
	inspected = entity;
}

/* many TTLS NNAMES NAME... ID... */
static void
do_many(void)
{
	struct fs_list			 names = { 0 };
	struct fs_reader		*rd;
	const struct fs_entity		*entity;
	size_t				 next = 3 + (size_t)number(2), n = 0;

	words(&names, 3, next);
	rd = fs_reader_open(st, &names, number(1) != 0);
	printf("{\"entities\": [");
	while (next < nwords || fs_reader_pending(rd) > 0) {
		while (next < nwords && !fs_reader_full(rd))
			fs_reader_add(rd, word[next++]);
		entity = fs_reader_take(rd);
		printf("%s", n++ != 0 ? ", " : "");
		show_entity(entity);
	}
	printf("]}");
	fs_reader_close(rd);
	fs_list_free(&names);
}

static void
show_written(const struct fs_written *out)
{
	printf("{\"tag\": %lld", (long long)out->tag);
	num("ack", out->acknowledged);
	num("unknown", out->unknown);
	num("stale", out->renewed_stale);
	num("revived", out->revived);
	num("fields", (int64_t)out->fields);
	error(&out->err);
	printf("}");
}

static void
make_row(struct fs_row *row, size_t first)
{
	row->entity = word[1];
	for (size_t i = first; i + 1 < nwords; i += 2)
		fs_row_add(row, fs_schema_find(schema, word[i]), word[i],
		    word[i + 1]);
}

/* load ID TTL NAME VALUE... | stream ID TTL MUST_EXIST N V... | set ID N V... */
static void
do_write(char kind)
{
	struct fs_row			 row = { 0 };
	const struct fs_written		*out;

	make_row(&row, kind == 'l' ? 3 : kind == 's' ? 4 : 2);
	if (kind == 'l')
		fs_writer_load(wr, 7, &row, number(2));
	else if (kind == 's')
		fs_writer_stream(wr, 7, &row, number(2), number(3) != 0);
	else
		fs_writer_set(wr, 7, &row);
	out = fs_writer_take(wr);
	show_written(out);
	if (fs_writer_take(wr) != NULL)
		printf("more than one outcome");
	fs_row_free(&row);
}

/* loads N FIRST TTL PAD: many through the window; how many were written */
static void
do_loads(void)
{
	struct fs_row			 row = { 0 };
	const struct fs_written		*out;
	struct fs_err			 err = { 0 };
	int64_t				 next = 0, ack = 0, stale = 0;
	int64_t				 failed = 0;
	char				 id[32], *pad;

	pad = fs_xcalloc(1, (size_t)number(4) + 1);
	memset(pad, 'x', (size_t)number(4));
	while (next < number(1) || fs_writer_pending(wr) > 0) {
		while (next < number(1) && !fs_writer_full(wr)) {
			fs_row_clear(&row);
			snprintf(id, sizeof(id), "u%04lld",
			    (long long)(number(2) + next++));
			row.entity = fs_bytes_of(id);
			fs_row_add(&row, 0, fs_bytes_of("country_iso"),
			    fs_bytes_of(pad));
			fs_writer_load(wr, 1, &row, number(3));
		}
		out = fs_writer_take(wr);
		ack += out->acknowledged;
		stale += out->renewed_stale;
		failed += !out->acknowledged;
		if (!out->acknowledged)
			err = out->err;
	}
	printf("{\"ack\": %lld", (long long)ack);
	num("stale", stale);
	num("failed", failed);
	error(&err);
	printf("}");
	fs_row_free(&row);
	free(pad);
}

static void
show_state(const struct fs_scan_state *state)
{
	num("entities", (int64_t)state->entities);
	num("not_hashes", (int64_t)state->not_hashes);
	num("repeats", (int64_t)state->repeats);
	num("complete", state->complete);
	num("approximate", state->approximate);
	num("permille", (int64_t)(state->progress * 1000));
	printf(", ");
	hex("incomplete", fs_bytes_of(state->err.msg));
}

static struct fs_scan_options
scan_options(size_t first)
{
	return (struct fs_scan_options){
		.page = (size_t)number(first),
		.any_type = number(first + 1) != 0,
		.seen_max = (size_t)number(first + 2),
		.rate = number(first + 3),
		.duty = (double)number(first + 4) / 100,
		.untyped = number(first + 5) != 0,
	};
}

/* Memory stays bounded by the limit. */
static void
add_ids(const struct fs_list *keys, size_t limit, struct fs_list *ids)
{
	struct fs_bytes id;

	for (size_t i = 0; i < keys->count; i++) {
		if (fs_key_id(fs_list_at(keys, i), fs_store_prefix(st), &id))
			fs_list_add(ids, id);
	}
	if (limit != 0 && ids->count > 2 * limit + 1000) {
		fs_list_sort_unique(ids);
		fs_list_cut(ids, limit);
	}
}

/* The ids by one scan, sorted, each once; ids NULL: only how many. */
static bool
scan_ids(const struct fs_scan_options *opt, size_t limit, struct fs_list *ids,
    struct fs_scan_state *state, struct fs_err *err)
{
	struct fs_scan_options	 own = *opt;
	struct fs_scan		*sc;
	const struct fs_list	*keys;
	const struct fs_unit	*unit;
	enum fs_scan_event	 event;
	/* A list without limit tells repeats by itself. */
	bool			 whole = ids != NULL && limit == 0;

	own.no_seen = whole && !opt->any_type;
	sc = fs_scan_open(st, &own);
	while ((event = fs_scan_next(sc, &keys, &unit, err)) == FS_SCAN_PAGE) {
		if (ids != NULL)
			add_ids(keys, limit, ids);
	}
	*state = *fs_scan_state(sc);
	fs_scan_close(sc);
	if (ids != NULL) {
		fs_list_sort_unique(ids);
		fs_list_cut(ids, whole ? SIZE_MAX : limit);
	}
	if (own.no_seen) {
		state->repeats = state->entities - ids->count;
		state->entities = ids->count;
	}
	return event == FS_SCAN_END;
}

/* ids LIMIT LISTED OPTIONS... */
static void
do_ids(void)
{
	struct fs_scan_options	opt = scan_options(3);
	struct fs_scan_state	state;
	struct fs_list		ids = { 0 };
	struct fs_err		err = { 0 };
	bool			listed = number(2) != 0, ok;
	int64_t			start = fs_clock_mono();

	ok = scan_ids(&opt, (size_t)number(1), listed ? &ids : NULL,
	    &state, &err);
	printf("{\"ok\": %d", ok);
	num("took", fs_clock_mono() - start);
	error(&err);
	show_state(&state);
	list("ids", &ids);
	printf("}");
	fs_list_free(&ids);
}

/* Between two pages another command runs: a scan in the hands of the test. */
static struct fs_scan *scan;

/* patience MS: how long a replica is waited for */
static void
do_patience(void)
{
	fs_store_patience(st, 0, number(1) * FS_MS);
	printf("{}");
}

/* step OPTIONS...: one page; opens the scan when there is none */
static void
do_step(void)
{
	struct fs_scan_options	 opt = scan_options(1);
	const struct fs_list	*keys;
	const struct fs_unit	*unit;
	struct fs_err		 err = { 0 };
	enum fs_scan_event	 event;

	if (scan == NULL)
		scan = fs_scan_open(st, &opt);
	event = fs_scan_next(scan, &keys, &unit, &err);
	printf("{\"event\": %d", event);
	error(&err);
	show_state(fs_scan_state(scan));
	if (event == FS_SCAN_PAGE) {
		list("keys", keys);
	} else {
		fs_scan_close(scan);
		scan = NULL;
	}
	printf("}");
}

static void
show_counts(const struct fs_list *all)
{
	struct fs_list	sorted = { 0 };
	uint64_t	*counts;
	bool		first = true;

	fs_list_copy(&sorted, all);
	fs_list_sort_unique(&sorted);
	counts = fs_xcalloc(sorted.count, sizeof(*counts));
	for (size_t i = 0; i < all->count; i++)
		counts[fs_list_bsearch(&sorted, fs_list_at(all, i))]++;
	printf(", \"counts\": {");
	for (size_t i = 0; i < sorted.count; i++, first = false) {
		printf("%s", first ? "" : ", ");
		hex(NULL, fs_list_at(&sorted, i));
		printf(": %llu", (unsigned long long)counts[i]);
	}
	printf("}");
	free(counts);
	fs_list_free(&sorted);
}

/* False: none; else err says what was left out. */
static bool
sample(int64_t count, struct fs_list *ids, struct fs_err *err)
{
	struct fs_sample	*sm = fs_sample_open(st,
	    &(struct fs_sample_options){ .rng = &rng,
	    .count = (uint64_t)count });
	const struct fs_list	*page;
	enum fs_sample_event	 event;

	while ((event = fs_sample_next(sm, &page, err)) != FS_SAMPLE_END &&
	    event != FS_SAMPLE_FAIL) {
		for (size_t i = 0; i < page->count; i++)
			fs_list_add(ids, fs_list_at(page, i));
	}
	fs_sample_close(sm);
	return event == FS_SAMPLE_END;
}

/* pick N TIMES: how often each id came; and the fewest and most in one */
static void
do_pick(void)
{
	struct fs_list	all = { 0 }, once = { 0 };
	struct fs_err	err = { 0 };
	size_t		low = SIZE_MAX, high = 0;
	bool		ok = true;
	int64_t		start = fs_clock_mono();

	for (int64_t i = 0; ok && i < number(2); i++) {
		fs_list_clear(&once);
		ok = sample(number(1), &once, &err);
		for (size_t k = 0; k < once.count; k++)
			fs_list_add(&all, fs_list_at(&once, k));
		fs_list_sort_unique(&once);
		low = once.count < low ? once.count : low;
		high = once.count > high ? once.count : high;
	}
	printf("{\"ok\": %d", ok);
	num("took", fs_clock_mono() - start);
	num("low", (int64_t)low);
	num("high", (int64_t)high);
	error(&err);
	show_counts(&all);
	printf("}");
	fs_list_free(&all);
	fs_list_free(&once);
}

/* draw N TIMES [DUTY%]: by one picker that goes on; how often each id came */
static void
do_draw(void)
{
	struct fs_picker	*one = fs_picker_open(st, &rng, -1);
	struct fs_list		 all = { 0 };
	struct fs_err		 err = { 0 };
	bool			 ok = true;

	if (nwords > 3)
		fs_picker_budget(one, 0, (double)number(3) / 100);
	for (int64_t i = 0; ok && i < number(2); i++)
		ok = fs_picker_take(one, (size_t)number(1), &all, &err);
	fs_picker_close(one);
	printf("{\"ok\": %d", ok);
	error(&err);
	show_counts(&all);
	printf("}");
	fs_list_free(&all);
}

/* ticks N TIMES MARGIN: as the streamer does it, one row each */
static void
do_ticks(void)
{
	struct fs_list			 all = { 0 }, ids = { 0 };
	struct fs_err			 err = { 0 };
	struct fs_row			 row = { 0 };
	const struct fs_written		*out;
	int64_t				 ack = 0, revived = 0;
	bool				 ok = true;

	if (pk == NULL)
		pk = fs_picker_open(st, &rng, number(3));
	fs_writer_picker(wr, pk);
	fs_row_add(&row, fs_schema_find(schema, fs_bytes_of("tx_count_5m")),
	    fs_bytes_of("tx_count_5m"), fs_bytes_of("5"));
	fs_cluster_cost(fs_store_cluster(st));
	for (int64_t i = 0; ok && i < number(2); i++) {
		fs_list_clear(&ids);
		ok = fs_picker_take(pk, (size_t)number(1), &ids, &err);
		for (size_t k = 0; ok && k < ids.count; k++) {
			fs_list_add(&all, fs_list_at(&ids, k));
			row.entity = fs_list_at(&ids, k);
			fs_writer_stream(wr, k, &row, 0, true);
		}
		fs_picker_prefetch(pk);
		while ((out = fs_writer_take(wr)) != NULL) {
			ack += out->acknowledged;
			revived += out->revived;
			if (!out->acknowledged)
				err = out->err;
		}
	}
	fs_writer_picker(wr, NULL);
	printf("{\"ok\": %d", ok);
	num("ack", ack);
	num("revived", revived);
	num("round_trips",
	    (int64_t)fs_cluster_cost(fs_store_cluster(st)).round_trips);
	error(&err);
	show_counts(&all);
	printf("}");
	fs_list_free(&all);
	fs_list_free(&ids);
	fs_row_free(&row);
}

static void
show_repair(const struct fs_repair_count *count, bool ok,
    const struct fs_err *err)
{
	printf("{\"ok\": %d", ok);
	error(err);
	num("seen", (int64_t)count->seen);
	num("found", (int64_t)count->found);
	num("deleted", (int64_t)count->deleted);
	num("repaired", (int64_t)count->repaired);
	num("missing", (int64_t)count->missing);
	num("not_hashes", (int64_t)count->not_hashes);
	num("leaks", (int64_t)count->leaks);
	num("keys_without_ttl", (int64_t)count->keys_without_ttl);
	num("orphans", (int64_t)count->orphans);
	num("complete", count->complete);
	printf("}");
}

/* reset DRY */
static void
do_reset(void)
{
	struct fs_repair_options opt = { .dry_run = number(1) != 0 };
	struct fs_reset	*rs = fs_reset_open(st, &opt);
	struct fs_err	 err;

	while (fs_reset_next(rs, &err))
		;
	show_repair(fs_reset_count(rs), err.code == FS_OK, &err);
	fs_reset_close(rs);
}

/* delete ID... */
static void
do_delete(void)
{
	struct fs_list		 ids = { 0 };
	struct fs_delete	*dl;
	struct fs_err		 err = { 0 };

	words(&ids, 1, nwords);
	dl = fs_delete_open(st, &ids);
	while (fs_delete_next(dl, &err))
		;
	show_repair(fs_delete_count(dl), err.code == FS_OK, &err);
	fs_delete_close(dl);
	fs_list_free(&ids);
}

static void
do_server(void)
{
	struct fs_err		 err = { 0 };
	struct fs_server	*server = fs_store_server(st, &err);

	printf("{\"ok\": %d", server != NULL);
	error(&err);
	if (server != NULL) {
		printf(", \"name\": \"%s\", \"version\": \"%s\"", server->name,
		    server->version);
		num("nodes", (int64_t)server->nnodes);
		num("dbsize", server->dbsize);
		num("field_ttl", server->field_ttl);
		num("hsetex", server->hsetex);
	}
	fs_server_free(server);
	printf("}");
}

static void
do_stats(void)
{
	const struct fs_stats *stats = fs_store_stats(st);

	printf("{\"batch_writes\": %llu",
	    (unsigned long long)stats->batch_writes);
	num("streaming_writes", (int64_t)stats->streaming_writes);
	num("reads", (int64_t)stats->reads);
	num("fields_returned", (int64_t)stats->fields_returned);
	printf("}");
}

/* gate OPEN */
static void
do_gate(void)
{
	fs_store_gate(st, number(1) != 0);
	printf("{}");
}

static void
run(void)
{
	struct fs_bytes name = word[0];

#define IS(text)	fs_bytes_eq(name, fs_bytes_of(text))
	if (IS("read"))
		do_read();
	else if (IS("many"))
		do_many();
	else if (IS("inspect"))
		do_inspect();
	else if (IS("load") || IS("stream") || IS("set"))
		do_write(IS("set") ? 'x' : name.data[0]);
	else if (IS("loads"))
		do_loads();
	else if (IS("ids"))
		do_ids();
	else if (IS("step"))
		do_step();
	else if (IS("patience"))
		do_patience();
	else if (IS("pick"))
		do_pick();
	else if (IS("draw"))
		do_draw();
	else if (IS("ticks"))
		do_ticks();
	else if (IS("reset"))
		do_reset();
	else if (IS("delete"))
		do_delete();
	else if (IS("server"))
		do_server();
	else if (IS("stats"))
		do_stats();
	else if (IS("gate"))
		do_gate();
	else
		printf("{\"what\": 1}");
#undef IS
	printf("\n");
	fflush(stdout);
}

/* store_driver URI PREFIX WRITE SEED [FEATURE TTL_MS]... */
int
main(int argc, char **argv)
{
	struct fs_err err = { 0 };

	signal(SIGPIPE, SIG_IGN);
	target = fs_target_new();
	schema = fs_schema_sample();
	if (!fs_target_uri(target, argv[1], &err) ||
	    !fs_schema_set_prefix(schema, argv[2], &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	for (int i = 5; i + 1 < argc; i += 2) {
		int at = fs_schema_find(schema, fs_bytes_of(argv[i]));

		schema->features[at].ttl_ms = atoll(argv[i + 1]);
	}
	fs_rng_seed(&rng, strtoull(argv[4], NULL, 10));
	st = fs_store_open(&(struct fs_store_options){ .target = target,
	    .schema = schema, .name = "fsconsole-test" }, &err);
	if (st == NULL) {
		fprintf(stderr, "%s\n", err.msg);
		return 3;
	}
	fs_store_gate(st, atoi(argv[3]) != 0);
	wr = fs_writer_open(st, 0);
	while (next_line())
		run();
	fs_entity_free(inspected);
	fs_scan_close(scan);
	fs_picker_close(pk);
	fs_writer_close(wr);
	fs_store_close(st);
	fs_schema_free(schema);
	fs_target_free(target);
	return 0;
}
