/*
 * The drill: the streaming worker is paused, what becomes of the coverage is
 * followed and set against what was forecast at the pause, and then it is
 * resumed and its recovery followed.
 */
#include "work/job.h"

#include "base/clock.h"
#include "base/rng.h"
#include "store/audit.h"

#define POINTS		60		/* in the time that was asked for */
#define EVERY_MIN	(250 * FS_MS)
#define EVERY_MAX	(5 * FS_SEC)
#define STEADY_US	(500 * FS_MS)
#define STEADY_PERCENT	2.0		/* it grows less in that time */
#define STEADY_MAX	(30 * FS_SEC)
#define RECOVER_MIN	(10 * FS_SEC)
#define RECOVERED	0.95		/* of what there was at the pause */

struct drill {
	struct fs_job		*job;
	struct fs_drill_report	*report;
	struct fs_rng		 rng;
	uint64_t		 entities;	/* as last seen; 0 not known */
	int64_t			 pause_us;
	int64_t			 look_us, took_us;	/* of the last look */
};

/*
 * Looking
 */

/* Gently: a drill goes on for long, on a store that others use. */
static struct fs_audit_report *
look(struct drill *dr, struct fs_err *err)
{
	struct fs_job *job = dr->job;
	struct fs_audit_report *report = NULL;
	struct fs_err fault = { 0 };
	struct fs_audit *au;

	dr->look_us = fs_clock_mono();
	au = fs_audit_open(job->store, &(struct fs_audit_options){
	    .sample = (uint64_t)fs_drill_sample(dr->entities),
	    .gentle = true, .rng = &dr->rng });
	while (!fs_job_cancelled(job, &fault) && fs_audit_next(au, &fault))
		;
	if (fault.code == FS_OK) {
		report = fs_audit_report(au);
		dr->entities = report->entities;
	} else {
		*err = fault;
	}
	fs_audit_close(au);
	dr->took_us = fs_clock_mono() - dr->look_us;
	return report;
}

/* What was seen is as of the middle of looking. */
static double
seen_seconds(const struct drill *dr)
{
	int64_t middle = dr->look_us + dr->took_us / 2;

	return (double)(middle - dr->pause_us) / FS_SEC;
}

static double
mean_of_report(const struct fs_audit_report *report)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < report->nfeatures; i++) {
		if (report->features[i].class != FS_CLASS_STREAMING)
			continue;
		sum += report->features[i].coverage_percent;
		n++;
	}
	return n != 0 ? sum / (double)n : 0;
}

/*
 * The report
 */

static void
init_report(struct drill *dr)
{
	const struct fs_schema *schema = dr->job->schema;
	struct fs_list names = { 0 };

	for (size_t i = 0; i < schema->nfeatures; i++) {
		if (schema->features[i].class == FS_CLASS_STREAMING)
			fs_list_add(&names,
			    fs_bytes_of(schema->features[i].name));
	}
	dr->report = dr->job->done->drill = fs_drill_report_new(&names);
	dr->report->for_seconds = (double)dr->job->request->for_ms / 1000;
	fs_list_free(&names);
}

/* For whoever watches while it goes on. */
static void
send_report(struct drill *dr)
{
	struct fs_answer *part = fs_job_part(dr->job);

	part->drill = fs_drill_report_copy(dr->report);
	part->done = dr->job->done->done;
	part->total = dr->job->done->total;
	part->elapsed_us = fs_clock_mono() - dr->job->start_us;
	fs_job_send(dr->job, part);
}

static void
add_point(struct drill *dr, const struct fs_audit_report *report, double at)
{
	fs_drill_report_see(dr->report, report, at);
	dr->job->done->done = dr->report->npoints;
	send_report(dr);
}

/* Who else writes keeps alive what is to go: nothing can be learnt then. */
static bool
is_alone(struct drill *dr, struct fs_err *err)
{
	const struct fs_drill_report *r = dr->report;
	const char *name;

	if (r->foreign == FS_NO_FEATURE)
		return true;
	name = fs_list_at(&r->features, r->foreign).data;
	fs_fail(err, FS_EUSAGE, "drill: %s was written %.1f s ago, in the "
	    "pause: somebody else writes to this store; stop that first",
	    name, r->foreign_seconds);
	fs_drill_report_free(dr->report);
	dr->report = dr->job->done->drill = NULL;
	return false;
}

/* Look and add what was seen. */
static bool
look_and_add(struct drill *dr, struct fs_err *err)
{
	struct fs_audit_report *report = look(dr, err);

	if (report == NULL)
		return false;
	add_point(dr, report, seen_seconds(dr));
	fs_audit_report_free(report);
	return is_alone(dr, err);
}

static double
mean_of_point(const struct fs_drill_report *r, size_t i)
{
	double sum = 0;

	for (size_t j = 0; j < r->features.count; j++)
		sum += r->points[i].coverage_percent[j];
	return sum / (double)r->features.count;
}

/*
 * The course of it
 */

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
every(const struct drill *dr)
{
	int64_t us = dr->job->request->for_ms * FS_MS / POINTS;

	if (us < EVERY_MIN)
		return EVERY_MIN;
	return least(us, EVERY_MAX);
}

/* The time of the next look: not before the last one has ended. */
static int64_t
next_look(const struct drill *dr)
{
	int64_t step = every(dr);

	return dr->look_us + (step > dr->took_us ? step : dr->took_us);
}

/* A worker that has only just begun has not covered the store yet. */
static bool
wait_until_steady(struct drill *dr, struct fs_err *err)
{
	struct fs_job *job = dr->job;
	int64_t end = fs_clock_mono() + least(STEADY_MAX,
	    least(job->request->for_ms, job->schema->streaming_ttl_ms) *
	    FS_MS);
	int64_t step = STEADY_US;
	double before = -1;

	if (step < 2 * job->tick_ms * FS_MS)
		step = 2 * job->tick_ms * FS_MS;
	while (fs_clock_mono() < end) {
		struct fs_audit_report *report = look(dr, err);
		double now;

		if (report == NULL)
			return false;
		now = mean_of_report(report);
		fs_audit_report_free(report);
		if (before >= 0 && now - before < STEADY_PERCENT)
			break;
		before = now;
		if (!fs_job_wait(job, fs_clock_mono() + step, err))
			return false;
	}
	return true;
}

/* The forecast, from what there is at the pause, or soon after it. */
static bool
begin(struct drill *dr, struct fs_err *err)
{
	struct fs_audit_report *start = look(dr, err);

	if (start == NULL)
		return false;
	fs_drill_report_begin(dr->report, start, seen_seconds(dr));
	add_point(dr, start, 0);
	fs_audit_report_free(start);
	return true;
}

/* While it is paused. The last look ends with the pause. */
static bool
follow(struct drill *dr, struct fs_err *err)
{
	int64_t end = fs_clock_after(dr->pause_us, dr->job->request->for_ms);
	int64_t last, next;

	if (!begin(dr, err))
		return false;
	do {
		last = end - dr->took_us;
		next = least(next_look(dr), last);
		if (!fs_job_wait(dr->job, next, err) ||
		    !look_and_add(dr, err))
			return false;
	} while (next < last);
	fs_drill_report_judge(dr->report);
	return true;
}

/* Once it is resumed. */
static bool
recover(struct drill *dr, struct fs_err *err)
{
	struct fs_drill_report *r = dr->report;
	int64_t start = fs_clock_mono(), next;
	int64_t most = dr->job->request->for_ms * FS_MS;
	double wanted = RECOVERED * mean_of_point(r, 0);

	r->resumed_seconds = (double)(start - dr->pause_us) / FS_SEC;
	if (most < RECOVER_MIN)
		most = RECOVER_MIN;
	for (next = start + every(dr); next - start < most;
	    next = next_look(dr)) {
		if (!fs_job_wait(dr->job, next, err) ||
		    !look_and_add(dr, err))
			return false;
		if (mean_of_point(r, r->npoints - 1) < wanted)
			continue;
		r->recovery_seconds = r->points[r->npoints - 1].at_seconds -
		    r->resumed_seconds;
		break;
	}
	return true;
}

static bool
is_writer(const struct fs_job *job, struct fs_err *err)
{
	if (job->streamer == NULL ||
	    fs_streamer_run(job->streamer) != FS_RUNNING)
		return fs_fail(err, FS_EUSAGE, "drill: the worker does not run "
		    "here, and only what writes to the store can be paused");
	if (fs_schema_count(job->schema, FS_CLASS_STREAMING) == 0)
		return fs_fail(err, FS_EUSAGE,
		    "drill: the schema has no streaming feature");
	return true;
}

bool
fs_op_drill(struct fs_job *job, struct fs_err *err)
{
	struct drill dr = { .job = job };
	bool ok;

	if (!is_writer(job, err) ||
	    !fs_store_need_field_ttl(job->store, err))
		return false;
	fs_rng_seed_system(&dr.rng);
	if (!wait_until_steady(&dr, err))
		return false;
	init_report(&dr);
	if (!fs_streamer_pause_wait(job->streamer, job->cancel))
		return fs_fail(err, FS_EUSAGE, "drill: the worker was stopped "
		    "meanwhile");
	dr.pause_us = fs_clock_mono();
	ok = follow(&dr, err);
	fs_streamer_resume(job->streamer);
	return ok && recover(&dr, err);
}
