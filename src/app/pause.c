#include "app/pause.h"

#include "base/clock.h"

#define REST_MIN	FS_SEC
#define REST_MAX	(5 * FS_SEC)
#define REST_SHARE	60	/* of the time that the pause has lasted */
#define POINTS_MAX	240	/* more than a screen can tell apart */

bool
fs_pause_goes_on(const struct fs_snap *snap)
{
	return snap->stream.run == FS_PAUSED &&
	    snap->store.link == FS_VIEW_UP &&
	    fs_schema_count(snap->schema, FS_CLASS_STREAMING) != 0;
}

/* As the last audit found it, else as it has been counted. */
static uint64_t
entities(const struct fs_snap *snap)
{
	if (snap->audit != NULL && snap->audit->audit != NULL)
		return snap->audit->audit->entities;
	return snap->store.census.count > 0 ?
	    (uint64_t)snap->store.census.count : 0;
}

struct fs_request *
fs_pause_request(const struct fs_snap *snap)
{
	struct fs_request *rq = fs_request_new(FS_OP_AUDIT);

	rq->by_itself = rq->gentle = true;
	rq->count = fs_drill_sample(entities(snap));
	return rq;
}

int64_t
fs_pause_rest(const struct fs_snap *snap, int64_t now_us)
{
	int64_t rest = (now_us - snap->stream.since_mono_us) / REST_SHARE;

	if (rest < REST_MIN)
		return REST_MIN;
	return rest < REST_MAX ? rest : REST_MAX;
}

/* The curves go as far as a value can live, and on when that has passed. */
static double
longest_life(const struct fs_schema *schema)
{
	int64_t longest = 0;

	for (size_t i = 0; i < schema->nfeatures; i++) {
		const struct fs_feature *feature = &schema->features[i];
		int64_t ttl = fs_feature_ttl(schema, feature);

		if (feature->class == FS_CLASS_STREAMING && ttl > longest)
			longest = ttl;
	}
	return (double)longest / 1000;
}

/* The first look makes the forecast. */
static void
begin(struct fs_snap *snap, const struct fs_audit_report *seen, double at)
{
	struct fs_list names = { 0 };

	for (size_t i = 0; i < seen->nfeatures; i++) {
		if (seen->features[i].class == FS_CLASS_STREAMING)
			fs_list_add(&names,
			    fs_bytes_of(seen->features[i].name));
	}
	snap->pause = fs_drill_report_new(&names);
	snap->pause->for_seconds = longest_life(snap->schema);
	fs_drill_report_begin(snap->pause, seen, at);
	fs_list_free(&names);
}

/* A sample that somebody chose is as rough as he likes. */
static bool
is_look(const struct fs_snap *snap, const struct fs_answer *answer)
{
	const struct fs_audit_report *seen = answer->audit;

	return fs_pause_goes_on(snap) && answer->err.code == FS_OK &&
	    seen != NULL && seen->complete &&
	    (answer->by_itself || seen->sampled == seen->entities) &&
	    answer->at_mono_us - seen->elapsed_us >=
	    snap->stream.since_mono_us;
}

void
fs_pause_look(struct fs_snap *snap, const struct fs_answer *answer)
{
	const struct fs_audit_report *seen = answer->audit;
	int64_t middle;
	double at;

	if (!is_look(snap, answer))
		return;
	middle = answer->at_mono_us - seen->elapsed_us / 2;
	at = (double)(middle - snap->stream.since_mono_us) / FS_SEC;
	if (snap->pause == NULL)
		begin(snap, seen, at);
	if (snap->pause->npoints >= POINTS_MAX)
		fs_drill_report_thin(snap->pause);
	fs_drill_report_see(snap->pause, seen, at);
}

void
fs_pause_forget(struct fs_snap *snap)
{
	fs_drill_report_free(snap->pause);
	snap->pause = NULL;
}
