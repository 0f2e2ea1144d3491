#include "model/audit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *const names[FS_V_COUNT] = {
	[FS_V_LEAK] = "leak",
	[FS_V_MISSING] = "missing",
	[FS_V_NO_KEY_TTL] = "no-key-ttl",
	[FS_V_ORPHAN] = "orphan",
	[FS_V_OVER_TTL] = "over-ttl",
	[FS_V_KEY_BEFORE_FIELD] = "key-before-field",
	[FS_V_NOT_HASH] = "not-hash",
	[FS_V_STALLED] = "stalled",
};

void
fs_audit_report_free(struct fs_audit_report *report)
{
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->nfeatures; i++) {
		free(report->features[i].name);
		for (int kind = 0; kind < FS_FEATURE_KINDS; kind++)
			fs_list_free(&report->features[i].examples[kind]);
	}
	free(report->features);
	fs_list_free(&report->unknown);
	free(report->unknown_count);
	for (int kind = 0; kind < FS_V_COUNT; kind++)
		fs_list_free(&report->examples[kind]);
	free(report);
}

/* The share of what goes that is gone by then: straight between the steps. */
static double
share_gone(const double *gone, double seconds)
{
	int i = 0;

	if (!(seconds >= gone[0]))
		return 0;
	while (i < FS_AUDIT_STEPS && gone[i + 1] <= seconds)
		i++;
	if (i == FS_AUDIT_STEPS)
		return 1;
	return (i + (seconds - gone[i]) / (gone[i + 1] - gone[i])) /
	    FS_AUDIT_STEPS;
}

double
fs_feature_expected(const struct fs_feature_report *feature, double seconds)
{
	double gone;

	if (feature->present == 0 || feature->mortal == 0)
		return feature->coverage_percent;
	gone = share_gone(feature->gone_seconds, seconds) *
	    (double)feature->mortal / (double)feature->present;
	return feature->coverage_percent * (1 - gone);
}

const char *
fs_violation_name(enum fs_violation kind)
{
	return kind < FS_V_COUNT ? names[kind] : "unknown";
}

bool
fs_violation_parse(struct fs_bytes text, enum fs_violation *kind)
{
	for (int i = 0; i < FS_V_COUNT; i++) {
		if (fs_bytes_eq(text, fs_bytes_of(names[i]))) {
			*kind = (enum fs_violation)i;
			return true;
		}
	}
	return false;
}

/*
 * Drills
 */

#define WHOLE_MAX	10000	/* entities; above, a sample: a look is to
				   take a second, at a tenth of a server */
#define SAMPLE		2000
#define SLACK		1.5	/* s: a TTL may be longer than configured by
				   one of them and is no fault yet */

int64_t
fs_drill_sample(uint64_t entities)
{
	return entities == 0 || entities > WHOLE_MAX ? SAMPLE : 0;
}

static double *
new_figures(size_t n)
{
	double *figures = fs_xcalloc(n, sizeof(*figures));

	for (size_t i = 0; i < n; i++)
		figures[i] = NAN;
	return figures;
}

struct fs_drill_report *
fs_drill_report_new(const struct fs_list *features)
{
	struct fs_drill_report *report = fs_xcalloc(1, sizeof(*report));
	size_t n = features->count;

	fs_list_copy(&report->features, features);
	report->forecast = new_figures(n);
	report->forecast_all = new_figures(n);
	report->start = fs_xcalloc(n, sizeof(*report->start));
	report->time_left = fs_xcalloc(n * FS_AUDIT_BUCKETS,
	    sizeof(*report->time_left));
	report->fullest = fs_xcalloc(n, sizeof(*report->fullest));
	report->resumed_seconds = NAN;
	report->error_seconds = report->recovery_seconds = NAN;
	report->error_percent = NAN;
	report->foreign = FS_NO_FEATURE;
	return report;
}

struct fs_drill_point *
fs_drill_report_add(struct fs_drill_report *report)
{
	struct fs_drill_point *point;

	report->points = fs_xreallocarray(report->points,
	    report->npoints + 1, sizeof(*point));
	point = &report->points[report->npoints++];
	point->at_seconds = NAN;
	point->coverage_percent = new_figures(report->features.count);
	point->expected_percent = new_figures(report->features.count);
	return point;
}

static void
free_point(struct fs_drill_point *point)
{
	free(point->coverage_percent);
	free(point->expected_percent);
}

void
fs_drill_report_thin(struct fs_drill_report *report)
{
	size_t kept = 0;

	for (size_t i = 0; i < report->npoints; i++) {
		if (i % 2 == 0 || i == report->npoints - 1)
			report->points[kept++] = report->points[i];
		else
			free_point(&report->points[i]);
	}
	report->npoints = kept;
}

static void
copy_figures(double *to, const double *from, size_t n)
{
	memcpy(to, from, n * sizeof(*to));
}

struct fs_drill_report *
fs_drill_report_copy(const struct fs_drill_report *report)
{
	struct fs_drill_report *copy = fs_drill_report_new(&report->features);
	size_t n = report->features.count;

	copy_figures(copy->forecast, report->forecast, n);
	copy_figures(copy->forecast_all, report->forecast_all, n);
	memcpy(copy->time_left, report->time_left,
	    n * FS_AUDIT_BUCKETS * sizeof(*copy->time_left));
	memcpy(copy->fullest, report->fullest, n * sizeof(*copy->fullest));
	memcpy(copy->start, report->start, n * sizeof(*copy->start));
	copy->start_seconds = report->start_seconds;
	copy->for_seconds = report->for_seconds;
	copy->resumed_seconds = report->resumed_seconds;
	copy->error_seconds = report->error_seconds;
	copy->recovery_seconds = report->recovery_seconds;
	copy->error_percent = report->error_percent;
	copy->foreign = report->foreign;
	copy->foreign_seconds = report->foreign_seconds;
	for (size_t i = 0; i < report->npoints; i++) {
		const struct fs_drill_point *from = &report->points[i];
		struct fs_drill_point *to = fs_drill_report_add(copy);

		to->at_seconds = from->at_seconds;
		copy_figures(to->coverage_percent, from->coverage_percent, n);
		copy_figures(to->expected_percent, from->expected_percent, n);
	}
	return copy;
}

void
fs_drill_report_free(struct fs_drill_report *report)
{
	if (report == NULL)
		return;
	fs_list_free(&report->features);
	for (size_t i = 0; i < report->npoints; i++)
		free_point(&report->points[i]);
	free(report->points);
	free(report->forecast);
	free(report->forecast_all);
	free(report->start);
	free(report->time_left);
	free(report->fullest);
	free(report);
}

double
fs_drill_half_gone(const struct fs_drill_report *report, size_t feature)
{
	double half = report->npoints == 0 ? 0 :
	    report->points[0].coverage_percent[feature] / 2;

	for (size_t i = 1; i < report->npoints && half > 0; i++) {
		const struct fs_drill_point *a = &report->points[i - 1];
		const struct fs_drill_point *b = &report->points[i];
		double from = a->coverage_percent[feature];
		double to = b->coverage_percent[feature];

		if (b->at_seconds > report->resumed_seconds)
			break;
		if (to <= half)
			return a->at_seconds + (b->at_seconds -
			    a->at_seconds) * (from - half) / (from - to);
	}
	return NAN;
}

/*
 * What is seen, against the forecast
 */

static const struct fs_feature_report *
nth_streaming(const struct fs_audit_report *report, size_t n)
{
	for (size_t i = 0; i < report->nfeatures; i++) {
		if (report->features[i].class == FS_CLASS_STREAMING &&
		    n-- == 0)
			return &report->features[i];
	}
	return NULL;
}

static void
begin_feature(struct fs_drill_report *report, size_t i,
    const struct fs_feature_report *seen)
{
	struct fs_feature_report *start = &report->start[i];

	*start = *seen;
	start->name = NULL;
	memset(start->examples, 0, sizeof(start->examples));
	report->forecast[i] = report->start_seconds + seen->half_gone_seconds;
	report->forecast_all[i] = report->start_seconds +
	    seen->all_gone_seconds;
	for (int b = 0; b < FS_AUDIT_BUCKETS; b++) {
		if (seen->histogram[b] > report->fullest[i])
			report->fullest[i] = seen->histogram[b];
	}
}

void
fs_drill_report_begin(struct fs_drill_report *report,
    const struct fs_audit_report *start, double at_seconds)
{
	report->start_seconds = at_seconds;
	for (size_t i = 0; i < report->features.count; i++)
		begin_feature(report, i, nth_streaming(start, i));
}

/*
 * Nothing that the worker wrote is younger than its pause was when the audit
 * began. What had longer to live than configured looks as if it were.
 */
static void
look_for_others(struct fs_drill_report *report,
    const struct fs_audit_report *seen, double at_seconds)
{
	double paused = at_seconds - (double)seen->elapsed_us / 2e6;

	for (size_t i = 0; i < report->features.count &&
	    report->foreign == FS_NO_FEATURE; i++) {
		double age = nth_streaming(seen, i)->youngest_write_seconds;

		if (report->start[i].over_ttl != 0 ||
		    !(age < paused - SLACK))
			continue;
		report->foreign = i;
		report->foreign_seconds = age;
	}
}

/* What is compared with the forecast, unless the pause is over. */
static void
expect(struct fs_drill_report *report, struct fs_drill_point *point, size_t i)
{
	double error, expected = fs_feature_expected(&report->start[i],
	    point->at_seconds - report->start_seconds);

	point->expected_percent[i] = expected;
	error = fabs(point->coverage_percent[i] - expected);
	if (isfinite(error) && !(error <= report->error_percent))
		report->error_percent = error;
}

void
fs_drill_report_see(struct fs_drill_report *report,
    const struct fs_audit_report *seen, double at_seconds)
{
	struct fs_drill_point *point = fs_drill_report_add(report);
	bool paused = !isfinite(report->resumed_seconds);

	point->at_seconds = at_seconds;
	if (paused)
		look_for_others(report, seen, at_seconds);
	for (size_t i = 0; i < report->features.count; i++) {
		const struct fs_feature_report *f = nth_streaming(seen, i);

		point->coverage_percent[i] = f->coverage_percent;
		memcpy(report->time_left + i * FS_AUDIT_BUCKETS, f->histogram,
		    sizeof(f->histogram));
		if (paused && report->foreign == FS_NO_FEATURE)
			expect(report, point, i);
	}
}

/* How far the forecast is from the two points between which the last of it
 * went; NAN: that was not seen, or not forecast. */
static double
error_of_all(const struct fs_drill_report *report, size_t feature)
{
	double forecast = report->forecast_all[feature];

	for (size_t i = 1; i < report->npoints && isfinite(forecast); i++) {
		double from = report->points[i - 1].at_seconds;
		double to = report->points[i].at_seconds;

		if (to > report->resumed_seconds)
			break;
		if (report->points[i].coverage_percent[feature] <= 0)
			return fmax(fmax(from - forecast, forecast - to), 0);
	}
	return NAN;
}

static void
judge(struct fs_drill_report *report, double error)
{
	if (isfinite(error) && !(error <= report->error_seconds))
		report->error_seconds = error;
}

void
fs_drill_report_judge(struct fs_drill_report *report)
{
	for (size_t i = 0; i < report->features.count; i++) {
		judge(report, fabs(fs_drill_half_gone(report, i) -
		    report->forecast[i]));
		judge(report, error_of_all(report, i));
	}
}
