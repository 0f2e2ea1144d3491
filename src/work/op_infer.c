/* A schema deduced from a sample of what is there. */
#include "work/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/rng.h"
#include "store/sample.h"

#define SAMPLE	1000
#define LONGEST	64

/* The longest times left, the longest first, of so many that were seen. */
struct lefts {
	int64_t		longest[LONGEST];	/* ms */
	uint64_t	seen;
};

/* What was seen of one name. */
struct guess {
	char		*name;
	size_t		 len;
	uint64_t	 seen;
	struct lefts	 lefts;		/* of those with a TTL */
	bool		 may_be[FS_TYPE_FLOAT64 + 1];
};

struct guesses {
	struct guess	*guess;		/* sorted by name */
	size_t		 count, size;
	struct lefts	 key_lefts;
};

static void
add_left(struct lefts *l, int64_t ms)
{
	size_t i = l->seen < LONGEST ? (size_t)l->seen : LONGEST - 1;

	l->seen++;
	if (ms <= l->longest[i] && l->seen > LONGEST)
		return;
	for (; i > 0 && l->longest[i - 1] < ms; i--)
		l->longest[i] = l->longest[i - 1];
	l->longest[i] = ms;
}

/* The longest that was left, but for the one in a hundred, 63 at most, that
 * somebody may have set by hand; 0: none was seen. */
static int64_t
longest(const struct lefts *l)
{
	uint64_t odd = l->seen / 100;

	return l->longest[odd < LONGEST ? odd : LONGEST - 1];
}

static int
compare(const struct guess *g, const struct fs_field *field)
{
	return fs_bytes_cmp(fs_bytes(g->name, g->len),
	    fs_bytes(field->name, field->name_len));
}

/* The guess about a field, made if it is new; NULL when there are too many. */
static struct guess *
find(struct guesses *gs, const struct fs_field *field)
{
	size_t low = 0, high = gs->count;
	struct guess *g;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = compare(&gs->guess[mid], field);

		if (c == 0)
			return &gs->guess[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (gs->count == FS_FEATURES_MAX)
		return NULL;
	if (gs->count == gs->size) {
		gs->size = gs->size * 2 + 16;
		gs->guess = fs_xreallocarray(gs->guess, gs->size, sizeof(*g));
	}
	g = &gs->guess[low];
	memmove(g + 1, g, (gs->count++ - low) * sizeof(*g));
	*g = (struct guess){ .name = fs_xmemdup0(field->name,
		field->name_len), .len = field->name_len };
	memset(g->may_be, true, sizeof(g->may_be));
	return g;
}

static void
learn_type(struct guess *g, const struct fs_field *field)
{
	bool whole = field->value_size == SIZE_MAX ||
	    field->value_size == field->value_len;

	for (int i = 0; i <= FS_TYPE_FLOAT64; i++) {
		if (!whole || !fs_type_accepts((enum fs_type)i,
		    fs_bytes(field->value, field->value_len)))
			g->may_be[i] = i == FS_TYPE_STRING;
	}
}

/* Whether a schema, which is JSON and holds it as text, can name it. */
static bool
can_be_named(struct fs_bytes name)
{
	return name.len != 0 && fs_utf8_valid(name) &&
	    memchr(name.data, '\0', name.len) == NULL;
}

static void
learn(struct guesses *gs, const struct fs_entity *entity)
{
	for (size_t i = 0; i < entity->nfields; i++) {
		const struct fs_field *field = &entity->fields[i];
		struct guess *g;

		if (field->value == NULL || !can_be_named(
		    fs_bytes(field->name, field->name_len)) ||
		    (g = find(gs, field)) == NULL)
			continue;
		g->seen++;
		learn_type(g, field);
		if (field->deadline_ms < 0)
			continue;
		add_left(&g->lefts, field->deadline_ms - entity->server_ms);
	}
	if (entity->key_deadline_ms >= 0)
		add_left(&gs->key_lefts,
		    entity->key_deadline_ms - entity->server_ms);
}

/* The time to live that people would have chosen, of which this was left. */
static int64_t
round_up(int64_t ms)
{
	static const int64_t seconds[] = { 1, 2, 5, 10, 15, 20, 30, 45, 60, 90,
	    120, 180, 300, 600, 900, 1200, 1800, 2700, 3600, 7200, 10800,
	    14400, 21600, 28800, 43200 };
	const int64_t day = INT64_C(86400000);

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		if (ms <= seconds[i] * 1000)
			return seconds[i] * 1000;
	}
	return (ms + day - 1) / day * day;
}

static int64_t
ttl_of(const struct guess *g)
{
	return round_up(longest(&g->lefts));
}

/* A field without TTL now and then is a leak, and no batch feature. */
static bool
is_streaming(const struct guess *g)
{
	return 2 * g->lefts.seen >= g->seen;
}

/* What most of the streaming features have. */
static int64_t
common_ttl(const struct guesses *gs, int64_t otherwise)
{
	int64_t best = otherwise;
	size_t most = 0;

	for (size_t i = 0; i < gs->count; i++) {
		int64_t ttl = ttl_of(&gs->guess[i]);
		size_t n = 0;

		if (!is_streaming(&gs->guess[i]))
			continue;
		for (size_t j = 0; j < gs->count; j++)
			n += is_streaming(&gs->guess[j]) &&
			    ttl_of(&gs->guess[j]) == ttl;
		if (n > most) {
			most = n;
			best = ttl;
		}
	}
	return best;
}

static enum fs_type
type_of(const struct guess *g)
{
	static const enum fs_type strict[] = { FS_TYPE_BOOL, FS_TYPE_INT64,
	    FS_TYPE_FLOAT64 };

	for (size_t i = 0; i < sizeof(strict) / sizeof(strict[0]); i++) {
		if (g->may_be[strict[i]])
			return strict[i];
	}
	return FS_TYPE_STRING;
}

static bool
add(struct fs_schema *schema, const struct guess *g, enum fs_class class,
    struct fs_err *err)
{
	struct fs_feature feature = { .name = fs_xstrdup(g->name),
		.class = class, .type = type_of(g) };

	if (class == FS_CLASS_STREAMING &&
	    ttl_of(g) != schema->streaming_ttl_ms)
		feature.ttl_ms = ttl_of(g);
	return fs_schema_add(schema, &feature, err);
}

static struct fs_schema *
deduce(const struct guesses *gs, const struct fs_schema *old,
    struct fs_err *err)
{
	static const enum fs_class classes[] = { FS_CLASS_BATCH,
	    FS_CLASS_STREAMING };
	struct fs_schema *schema = fs_schema_new();
	bool ok = fs_schema_set_prefix(schema, old->prefix, err);

	schema->batch_ttl_ms = longest(&gs->key_lefts) > 0 ?
	    round_up(longest(&gs->key_lefts)) : old->batch_ttl_ms;
	schema->streaming_ttl_ms = common_ttl(gs, old->streaming_ttl_ms);
	for (size_t c = 0; c < 2; c++) {
		for (size_t i = 0; ok && i < gs->count; i++) {
			const struct guess *g = &gs->guess[i];

			if (is_streaming(g) ==
			    (classes[c] == FS_CLASS_STREAMING))
				ok = add(schema, g, classes[c], err);
		}
	}
	if (ok)
		return schema;
	fs_schema_free(schema);
	return NULL;
}

/* False when the store was lost or the job cancelled. */
static bool
look_at(struct fs_job *job, const struct fs_list *ids, struct guesses *gs,
    struct fs_err *err)
{
	struct fs_pace pace;

	fs_pace_begin(&pace, job->request);
	job->done->total = ids->count;
	for (size_t i = 0; i < ids->count; i++) {
		struct fs_entity *entity;
		struct fs_err why = { 0 };

		if (fs_job_cancelled(job, err) ||
		    (!fs_pace_allows(&pace) && !fs_pace_wait(&pace, job, err)))
			return false;
		fs_pace_count(&pace);
		entity = fs_store_inspect(job->store, fs_list_at(ids, i),
		    NULL, &why);
		if (entity == NULL && why.code != FS_ETYPE) {
			*err = why;
			return false;
		}
		if (entity != NULL) {
			learn(gs, entity);
			job->done->done += entity->exists;
		}
		fs_entity_free(entity);
		fs_job_progress(job);
	}
	return true;
}

/* False: none; else err says what was left out. */
static bool
draw(struct fs_job *job, size_t n, struct fs_list *ids, struct fs_err *err)
{
	const struct fs_list *page;
	enum fs_sample_event event;
	struct fs_sample *sample;
	struct fs_rng rng;

	fs_rng_seed_system(&rng);
	sample = fs_job_sample(job, n, &rng);
	while ((event = fs_job_draw(job, sample, &page, err)) ==
	    FS_SAMPLE_IDS) {
		for (size_t i = 0; i < page->count; i++)
			fs_list_add(ids, fs_list_at(page, i));
	}
	fs_sample_close(sample);
	return event == FS_SAMPLE_END;
}

bool
fs_op_infer(struct fs_job *job, struct fs_err *err)
{
	size_t n = job->request->count > 0 ?
	    (size_t)job->request->count : SAMPLE;
	struct guesses gs = { 0 };
	struct fs_list ids = { 0 };
	struct fs_err left_out = { 0 };
	bool ok;

	ok = draw(job, n, &ids, &left_out);
	if (!ok)
		*err = left_out;
	ok = ok && look_at(job, &ids, &gs, err);
	if (ok && gs.count == 0)
		ok = fs_fail(err, FS_ENOENT, "there is no entity to deduce a "
		    "schema from");
	if (ok)
		job->done->schema = deduce(&gs, job->schema, err);
	for (size_t i = 0; i < gs.count; i++)
		free(gs.guess[i].name);
	free(gs.guess);
	fs_list_free(&ids);
	return job->done->schema != NULL && fs_job_end(job, &left_out, err);
}
