/*
 * What an audit counts, entity by entity, in a memory that depends on the
 * schema alone. (pure)
 */
#include <math.h>
#include <stdlib.h>

#include "base/hist.h"
#include "base/mem.h"
#include "model/entity.h"
#include "store/audit.h"

#define SLACK_MS	1000	/* more left than configured by so much is
				   a clock that differs, not a fault */
#define NAMES_MAX	1000	/* unknown ones told apart */
#define NAMES_SIZE	2048	/* a power of two, above that */
#define MORE_NAMES	"(more)"
#define Z95		1.959963984540054
#define BY_CHANCE	0.001	/* that a sample missed the youngest writes */

struct feature_tally {
	const struct fs_feature	*feature;
	int64_t		 ttl_ms;	/* configured; 0: none */
	int64_t		 scale_ms;	/* of the buckets */
	uint64_t	 present, no_ttl, leaks, over_ttl;
	int64_t		 longest_ms;	/* left, not over the TTL; -1 */
	uint64_t	 bucket[FS_AUDIT_BUCKETS];
	double		 sum_ms;	/* of all in the buckets */
	struct fs_hist	 own;		/* ms left of its own TTL */
	struct fs_hist	 life;		/* and until it or its key goes */
	struct fs_list	 examples[FS_FEATURE_KINDS];
};

/* Names and how often; an open table of their indices. */
struct names {
	struct fs_list	 list;
	uint64_t	 count[NAMES_MAX + 1];
	uint16_t	 slot[NAMES_SIZE];	/* index + 1; 0: free */
};

struct fs_tally {
	struct feature_tally *features;
	size_t		 nfeatures;
	uint64_t	 entities, keys_without_ttl, orphans, not_hashes;
	uint64_t	 violations[FS_V_COUNT];
	uint64_t	 ids[FS_V_COUNT];	/* that show them */
	struct fs_list	 examples[FS_V_COUNT];
	size_t		 most;		/* examples of a kind */
	size_t		 room;		/* bytes, for those beyond the first */
	struct names	 unknown;
};

/* One entity while it is counted. */
struct subject {
	struct fs_tally	*tally;
	struct fs_bytes	 id;
	int64_t		 key_deadline_ms, server_ms;
	uint64_t	 batch, streaming;	/* features that are there */
	uint64_t	 found[FS_V_COUNT];
};

struct fs_tally *
fs_tally_new(const struct fs_schema *schema, size_t examples)
{
	struct fs_tally *tally = fs_xcalloc(1, sizeof(*tally));

	tally->most = examples != 0 ? examples : FS_EXAMPLES;
	tally->room = FS_EXAMPLES_BYTES;
	tally->nfeatures = schema->nfeatures;
	tally->features = fs_xcalloc(schema->nfeatures,
	    sizeof(*tally->features));
	for (size_t i = 0; i < schema->nfeatures; i++) {
		struct feature_tally *ft = &tally->features[i];

		ft->feature = &schema->features[i];
		ft->ttl_ms = fs_feature_ttl(schema, ft->feature);
		ft->scale_ms = ft->ttl_ms != 0 ? ft->ttl_ms :
		    schema->batch_ttl_ms;
		ft->longest_ms = -1;
	}
	return tally;
}

void
fs_tally_free(struct fs_tally *tally)
{
	if (tally == NULL)
		return;
	for (int kind = 0; kind < FS_V_COUNT; kind++)
		fs_list_free(&tally->examples[kind]);
	for (size_t i = 0; i < tally->nfeatures; i++) {
		for (int kind = 0; kind < FS_FEATURE_KINDS; kind++)
			fs_list_free(&tally->features[i].examples[kind]);
	}
	fs_list_free(&tally->unknown.list);
	free(tally->features);
	free(tally);
}

/*
 * Counting
 */

/* An entity's faults come one after the other: it is the last one or new. */
static void
add_example(struct fs_tally *tally, struct fs_list *examples,
    struct fs_bytes id)
{
	size_t n = examples->count, need = id.len + 1 + sizeof(size_t);

	if (n >= tally->most ||
	    (n > 0 && fs_bytes_eq(fs_list_at(examples, n - 1), id)))
		return;
	if (n >= FS_EXAMPLES) {
		if (need > tally->room)
			return;
		tally->room -= need;
	}
	fs_list_add(examples, id);
}

/* A fault of a feature: of the entity's, and with its own examples. */
static void
found(struct feature_tally *ft, struct subject *sj, enum fs_violation kind)
{
	sj->found[kind]++;
	add_example(sj->tally, &ft->examples[kind], sj->id);
}

static int64_t
left_of(const struct subject *sj, int64_t deadline_ms)
{
	return deadline_ms > sj->server_ms ? deadline_ms - sj->server_ms : 0;
}

/* Buckets are equal shares of the scale; what is above is in the last. */
static size_t
bucket_of(const struct feature_tally *ft, int64_t left_ms)
{
	if (left_ms <= 0)
		return 0;
	if (left_ms >= ft->scale_ms)
		return FS_AUDIT_BUCKETS - 1;
	return (size_t)((left_ms * FS_AUDIT_BUCKETS - 1) / ft->scale_ms);
}

/* How long until it is gone, by its own deadline or by the key's. A leak has
 * no time left of the kind that its feature has, but goes with its key. */
static void
count_life(struct feature_tally *ft, const struct subject *sj,
    int64_t deadline_ms)
{
	int64_t	key = sj->key_deadline_ms, left;
	bool	own = deadline_ms >= 0;

	if (!own && key < 0)
		return;
	left = left_of(sj, own ? deadline_ms : key);
	if (own || ft->feature->class != FS_CLASS_STREAMING) {
		ft->bucket[bucket_of(ft, left)]++;
		ft->sum_ms += (double)left;
	}
	if (own && key >= 0 && key < deadline_ms)
		left = left_of(sj, key);
	fs_hist_add(&ft->life, (uint64_t)left);
}

static void
count_own_ttl(struct feature_tally *ft, struct subject *sj,
    int64_t deadline_ms)
{
	int64_t left = left_of(sj, deadline_ms);

	fs_hist_add(&ft->own, (uint64_t)left);
	if (sj->key_deadline_ms >= 0 && sj->key_deadline_ms < deadline_ms)
		sj->found[FS_V_KEY_BEFORE_FIELD] = 1;
	if (ft->ttl_ms == 0)
		return;
	if (left > ft->ttl_ms + SLACK_MS) {
		ft->over_ttl++;
		found(ft, sj, FS_V_OVER_TTL);
	} else if (left > ft->longest_ms) {
		ft->longest_ms = left;
	}
}

static void
count_feature(struct feature_tally *ft, struct subject *sj,
    int64_t deadline_ms)
{
	bool streaming = ft->feature->class == FS_CLASS_STREAMING;

	if (deadline_ms < FS_NO_TTL) {
		found(ft, sj, FS_V_MISSING);
		return;
	}
	ft->present++;
	sj->streaming += streaming;
	sj->batch += !streaming;
	count_life(ft, sj, deadline_ms);
	if (deadline_ms >= 0) {
		count_own_ttl(ft, sj, deadline_ms);
		return;
	}
	ft->no_ttl++;
	if (!streaming)
		return;
	ft->leaks++;
	found(ft, sj, FS_V_LEAK);
}

/* An orphan has streaming features and nothing else, known or unknown. */
static void
count_key(struct subject *sj, uint64_t hlen)
{
	struct fs_tally *tally = sj->tally;

	if (sj->key_deadline_ms == FS_NO_TTL) {
		tally->keys_without_ttl++;
		sj->found[FS_V_NO_KEY_TTL] = 1;
	}
	if (sj->streaming != 0 && sj->batch == 0 && hlen <= sj->streaming) {
		tally->orphans++;
		sj->found[FS_V_ORPHAN] = 1;
	}
}

void
fs_tally_entity(struct fs_tally *tally, struct fs_bytes id,
    int64_t key_deadline_ms, const int64_t *field_deadline_ms, uint64_t hlen,
    int64_t server_ms)
{
	struct subject sj = { .tally = tally, .id = id, .server_ms = server_ms,
	    .key_deadline_ms = key_deadline_ms };

	tally->entities++;
	for (size_t i = 0; i < tally->nfeatures; i++)
		count_feature(&tally->features[i], &sj, field_deadline_ms[i]);
	count_key(&sj, hlen);
	for (int kind = 0; kind < FS_V_COUNT; kind++) {
		if (sj.found[kind] == 0)
			continue;
		tally->violations[kind] += sj.found[kind];
		tally->ids[kind]++;
		add_example(tally, &tally->examples[kind], id);
	}
}

void
fs_tally_not_hash(struct fs_tally *tally, struct fs_bytes id)
{
	tally->not_hashes++;
	tally->violations[FS_V_NOT_HASH]++;
	tally->ids[FS_V_NOT_HASH]++;
	add_example(tally, &tally->examples[FS_V_NOT_HASH], id);
}

/*
 * Unknown features
 */

static uint32_t
hash(struct fs_bytes name)
{
	uint32_t h = 2166136261;	/* FNV-1a */

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)name.data[i]) * 16777619;
	return h ^ h >> 15;
}

/* Its place in the table: of the name, or free. */
static uint16_t *
find_slot(struct names *names, struct fs_bytes name)
{
	for (size_t i = hash(name);; i++) {
		uint16_t *slot = &names->slot[i % NAMES_SIZE];

		if (*slot == 0 || fs_bytes_eq(fs_list_at(&names->list,
		    *slot - 1U), name))
			return slot;
	}
}

void
fs_tally_unknown(struct fs_tally *tally, struct fs_bytes name)
{
	struct names	*names = &tally->unknown;
	uint16_t	*slot = find_slot(names, name);

	if (*slot == 0 && names->list.count >= NAMES_MAX) {
		name = fs_bytes_of(MORE_NAMES);
		slot = find_slot(names, name);
	}
	if (*slot == 0) {
		fs_list_add(&names->list, name);
		*slot = (uint16_t)names->list.count;
	}
	names->count[*slot - 1]++;
}

/*
 * The report
 */

static double
seconds(uint64_t ms)
{
	return (double)ms / 1000;
}

static double
seconds_at(const struct fs_hist *hist, double q)
{
	return hist->count != 0 ? seconds(fs_hist_at(hist, q)) : NAN;
}

struct interval {
	double	low, high;
};

/*
 * Wilson's 95 % interval of a share, of which n of a population are known; the
 * less is left of the population the narrower, and of all it is the share.
 */
static struct interval
interval_of(double share, double n, double population)
{
	double z2 = Z95 * Z95, centre, half;

	if (population <= n || n == 0)
		return (struct interval){ share, share };
	n *= (population - 1) / (population - n);
	centre = (share + z2 / (2 * n)) / (1 + z2 / n);
	half = Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n +
	    z2 / (4 * n * n));
	/* 0 and 1 are ends of their intervals, whatever is rounded. */
	return (struct interval){ share == 0 ? 0 : centre - half,
	    share == 1 ? 1 : centre + half };
}

static uint64_t
within(double d, uint64_t least, uint64_t most)
{
	if (!(d > (double)least))
		return least;
	return d < (double)most ? (uint64_t)d : most;
}

/*
 * How many of the population are as k of n that are known. No fewer than were
 * seen, and those that were seen not to be are not.
 */
static struct fs_estimate
estimate(uint64_t k, uint64_t n, uint64_t population)
{
	uint64_t	most = population > n ? population - (n - k) : k;
	double		all = (double)population, share;
	struct interval	in;

	if (n == 0 || population <= n)
		return (struct fs_estimate){ k, k, most };
	share = (double)k / (double)n;
	in = interval_of(share, (double)n, all);
	return (struct fs_estimate){ within(round(all * share), k, most),
	    within(floor(all * in.low), k, most),
	    within(ceil(all * in.high), k, most) };
}

/*
 * In a sample the youngest write may only have been missed: if writes came
 * evenly over the TTL, would so many have missed it by chance?
 */
static bool
is_by_chance(const struct feature_tally *ft, int64_t youngest_ms)
{
	double older = 1 - (double)youngest_ms / (double)ft->ttl_ms;

	return pow(fmax(older, 0), (double)ft->own.count) > BY_CHANCE;
}

/*
 * The age of the last write, as the TTL was renewed by it. Where not one has a
 * TTL left it is older than that, or there never was one.
 */
static void
judge_writer(const struct fs_tally *tally, const struct feature_tally *ft,
    bool sampled, struct fs_feature_report *fr)
{
	int64_t interval = ft->feature->interval_ms, youngest = ft->ttl_ms;

	fr->youngest_write_seconds = NAN;
	if (ft->ttl_ms == 0 || tally->entities == 0)
		return;
	if (ft->longest_ms >= 0) {
		youngest -= ft->longest_ms < youngest ? ft->longest_ms :
		    youngest;
		fr->youngest_write_seconds = seconds((uint64_t)youngest);
	} else if (ft->own.count != 0 || ft->leaks != 0) {
		return;
	}
	fr->stalled = interval > 0 && youngest / 2 >= interval &&
	    youngest > 2 * interval && !(sampled && is_by_chance(ft,
	    youngest));
}

/* When this share of all that are there is gone. */
static double
gone_at(const struct feature_tally *ft, double share)
{
	double gone = share * (double)ft->present;

	if (ft->present == 0)
		return NAN;
	if (gone > (double)ft->life.count)
		return INFINITY;
	return seconds_at(&ft->life, gone / (double)ft->life.count);
}

static void
report_times(const struct feature_tally *ft, struct fs_feature_report *fr)
{
	fr->ttl_min = seconds_at(&ft->own, 0);
	fr->ttl_p5 = seconds_at(&ft->own, 0.05);
	fr->ttl_p50 = seconds_at(&ft->own, 0.5);
	fr->ttl_p95 = seconds_at(&ft->own, 0.95);
	fr->ttl_max = seconds_at(&ft->own, 1);
	fr->half_gone_seconds = gone_at(ft, 0.5);
	fr->all_gone_seconds = gone_at(ft, 1);
	fr->mortal = ft->life.count;
	for (int i = 0; i <= FS_AUDIT_STEPS; i++)
		fr->gone_seconds[i] = seconds_at(&ft->life,
		    (double)i / FS_AUDIT_STEPS);
	for (int i = 0; i < FS_AUDIT_BUCKETS; i++) {
		fr->histogram[i] = ft->bucket[i];
		fr->le_seconds[i] = seconds((uint64_t)ft->scale_ms) * (i + 1) /
		    FS_AUDIT_BUCKETS;
	}
	fr->le_seconds[FS_AUDIT_BUCKETS - 1] = INFINITY;
	fr->histogram_sum = ft->sum_ms / 1000;
}

/* Its shares of those that were read, and of how many there are by them. */
static void
report_shares(uint64_t n, uint64_t population, struct fs_feature_report *fr)
{
	double		share = n != 0 ? (double)fr->present / (double)n : 0;
	struct interval	in = interval_of(share, (double)n,
			    (double)population);

	fr->coverage_percent = 100 * share;
	fr->coverage_low = 100 * in.low;
	fr->coverage_high = 100 * in.high;
	fr->estimate.missing = estimate(fr->missing, n, population);
	fr->estimate.no_ttl = estimate(fr->no_ttl, n, population);
	fr->estimate.leaks = estimate(fr->leaks, n, population);
	fr->estimate.over_ttl = estimate(fr->over_ttl, n, population);
}

static void
report_feature(const struct fs_tally *tally, const struct feature_tally *ft,
    uint64_t population, struct fs_feature_report *fr)
{
	fr->name = fs_xstrdup(ft->feature->name);
	fr->class = ft->feature->class;
	fr->present = ft->present;
	fr->missing = tally->entities - ft->present;
	fr->no_ttl = ft->no_ttl;
	fr->leaks = ft->leaks;
	fr->over_ttl = ft->over_ttl;
	report_shares(tally->entities, population, fr);
	for (int kind = 0; kind < FS_FEATURE_KINDS; kind++)
		fs_list_copy(&fr->examples[kind], &ft->examples[kind]);
	report_times(ft, fr);
	judge_writer(tally, ft, population > tally->entities, fr);
}

struct name_count {
	struct fs_bytes	name;
	uint64_t	count;
};

/* The most frequent first, then by name. */
static int
by_count(const void *a, const void *b)
{
	const struct name_count *left = a, *right = b;

	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return fs_bytes_cmp(left->name, right->name);
}

static void
report_unknown(const struct names *names, struct fs_audit_report *report)
{
	size_t			 n = names->list.count;
	struct name_count	*order = fs_xcalloc(n, sizeof(*order));

	for (size_t i = 0; i < n; i++)
		order[i] = (struct name_count){ fs_list_at(&names->list, i),
		    names->count[i] };
	qsort(order, n, sizeof(*order), by_count);
	report->unknown_count = fs_xcalloc(n, sizeof(*report->unknown_count));
	for (size_t i = 0; i < n; i++) {
		fs_list_add(&report->unknown, order[i].name);
		report->unknown_count[i] = order[i].count;
	}
	free(order);
}

static void
report_violations(const struct fs_tally *tally,
    struct fs_audit_report *report)
{
	struct fs_list *stalled = &report->examples[FS_V_STALLED];

	for (int kind = 0; kind < FS_V_COUNT; kind++) {
		report->violation_count[kind] = tally->violations[kind];
		report->violation_ids[kind] = tally->ids[kind];
		fs_list_copy(&report->examples[kind], &tally->examples[kind]);
	}
	for (size_t i = 0; i < report->nfeatures; i++) {
		if (!report->features[i].stalled)
			continue;
		report->violation_count[FS_V_STALLED]++;
		report->violation_ids[FS_V_STALLED]++;
		if (stalled->count < tally->most)
			fs_list_add(stalled,
			    fs_bytes_of(report->features[i].name));
	}
}

struct fs_audit_report *
fs_tally_report(const struct fs_tally *tally, uint64_t population)
{
	struct fs_audit_report *report = fs_xcalloc(1, sizeof(*report));

	report->sampled = tally->entities;
	report->entities = population > tally->entities ? population :
	    tally->entities;
	report->complete = true;
	report->keys_without_ttl = tally->keys_without_ttl;
	report->orphans = tally->orphans;
	report->not_hashes = tally->not_hashes;
	report->estimate.keys_without_ttl = estimate(tally->keys_without_ttl,
	    report->sampled, report->entities);
	report->estimate.orphans = estimate(tally->orphans, report->sampled,
	    report->entities);
	report->nfeatures = tally->nfeatures;
	report->features = fs_xcalloc(tally->nfeatures,
	    sizeof(*report->features));
	for (size_t i = 0; i < tally->nfeatures; i++)
		report_feature(tally, &tally->features[i], report->entities,
		    &report->features[i]);
	report_unknown(&tally->unknown, report);
	report_violations(tally, report);
	return report;
}
