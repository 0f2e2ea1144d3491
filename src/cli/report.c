/* What an audit and a drill found, as text. */
#include "cli/text.h"

#include <math.h>

#include "base/escape.h"
#include "base/num.h"
#include "cli/table.h"

#define NUM	32
#define AT_WIDTH 8		/* the first column of a timeline */
#define LEAST_NAME 6		/* "100.0%" stands below it */

static const char *
count(char buf[NUM], uint64_t n)
{
	return fs_num_show_count(buf, NUM, (int64_t)n);
}

/* "4m59s", "never", "-" when it is not known. */
static const char *
seconds(char buf[NUM], double s)
{
	if (isinf(s))
		return "never";
	return isfinite(s) ? fs_num_show_duration(buf, NUM,
	    (int64_t)(s * 1000), true) : "-";
}

static void
print_scope(struct fs_out *out, const struct fs_audit_report *report)
{
	char a[NUM], b[NUM], c[NUM];

	bool some = report->sampled < report->entities || !report->complete;

	fs_out_printf(out, "%s%s entities, %s%s read in %s",
	    report->approximate ? "~" : "", count(a, report->entities),
	    some && report->complete ? "a sample of " : "",
	    some ? count(b, report->sampled) : "all",
	    fs_num_show_ms(c, sizeof(c), report->elapsed_us));
	if (!report->complete)
		fs_out_look(out, FS_LOOK_WARN, "; NOT COMPLETE");
	fs_out_text(out, "\n");
}

/* One word for what needs attention most; the counts stand below. */
static void
add_note(struct fs_table *table, const struct fs_feature_report *feature)
{
	char text[NUM];

	if (feature->leaks != 0)
		fs_table_printf(table, FS_LOOK_BAD, "LEAKS %s", count(text,
		    feature->leaks));
	else if (feature->stalled)
		fs_table_text(table, FS_LOOK_BAD, "STALLED");
	else if (feature->over_ttl != 0)
		fs_table_printf(table, FS_LOOK_WARN, "over TTL %s",
		    count(text, feature->over_ttl));
	else
		fs_table_text(table, FS_LOOK_PLAIN, "");
}

static void
add_coverage(struct fs_table *table, const struct fs_feature_report *feature,
    const struct fs_out *out)
{
	double half = (feature->coverage_high - feature->coverage_low) / 2;
	enum fs_look look = feature->missing != 0 ? FS_LOOK_WARN :
	    FS_LOOK_GOOD;

	if (feature->present + feature->missing == 0)
		fs_table_text(table, FS_LOOK_PLAIN, "-");
	else if (half > 0)
		fs_table_printf(table, look, "%.1f%s%.1f%%",
		    feature->coverage_percent, out->utf8 ? "\xc2\xb1" : "+-",
		    half);
	else
		fs_table_printf(table, look, "%.1f%%",
		    feature->coverage_percent);
}

static void
add_feature(struct fs_table *table, const struct fs_feature_report *feature,
    const struct fs_out *out)
{
	char text[NUM];

	fs_table_bytes(table, FS_LOOK_PLAIN, fs_bytes_of(feature->name));
	add_coverage(table, feature, out);
	fs_table_text(table, FS_LOOK_PLAIN, seconds(text, feature->ttl_min));
	fs_table_text(table, FS_LOOK_PLAIN, seconds(text, feature->ttl_p50));
	fs_table_text(table, FS_LOOK_PLAIN, seconds(text, feature->ttl_max));
	fs_table_text(table, FS_LOOK_PLAIN, seconds(text,
	    feature->youngest_write_seconds));
	fs_table_text(table, FS_LOOK_PLAIN, seconds(text,
	    feature->half_gone_seconds));
	fs_table_text(table, FS_LOOK_PLAIN, seconds(text,
	    feature->all_gone_seconds));
	add_note(table, feature);
}

static void
print_features(struct fs_out *out, const struct fs_audit_report *report)
{
	static const char *const head[] = { "feature", "there", "least",
	    "median", "most", "written", "half gone", "gone", "" };
	struct fs_table table = { .columns = "srrrrrrrl" };

	for (int i = 0; i < 9; i++)
		fs_table_text(&table, FS_LOOK_DIM, head[i]);
	for (size_t i = 0; i < report->nfeatures; i++)
		add_feature(&table, &report->features[i], out);
	fs_table_print(&table, out);
	fs_table_free(&table);
}

static void
print_unknown(struct fs_out *out, const struct fs_audit_report *report)
{
	struct fs_table table = { .columns = "lrs" };
	char text[NUM];

	for (size_t i = 0; i < report->unknown.count; i++) {
		fs_table_text(&table, FS_LOOK_DIM, "unknown feature");
		fs_table_text(&table, FS_LOOK_PLAIN, count(text,
		    report->unknown_count[i]));
		fs_table_bytes(&table, FS_LOOK_PLAIN,
		    fs_list_at(&report->unknown, i));
	}
	fs_table_print(&table, out);
	fs_table_free(&table);
}

/* The examples of one kind, divided by blanks. */
static void
join(struct fs_str *str, const struct fs_list *examples)
{
	for (size_t i = 0; i < examples->count; i++) {
		if (i > 0)
			fs_str_add_char(str, ' ');
		fs_str_add_bytes(str, fs_list_at(examples, i));
	}
}

static void
print_violations(struct fs_out *out, const struct fs_audit_report *report)
{
	struct fs_table	table = { .columns = "lrs" };
	struct fs_str	examples[FS_V_COUNT] = { 0 };
	char		text[NUM];

	for (int kind = 0; kind < FS_V_COUNT; kind++) {
		if (report->violation_count[kind] == 0)
			continue;
		join(&examples[kind], &report->examples[kind]);
		fs_table_text(&table, FS_LOOK_BAD,
		    fs_violation_name((enum fs_violation)kind));
		fs_table_text(&table, FS_LOOK_PLAIN, count(text,
		    report->violation_count[kind]));
		fs_table_bytes(&table, FS_LOOK_DIM,
		    fs_str_bytes(&examples[kind]));
	}
	fs_table_print(&table, out);
	fs_table_free(&table);
	for (int kind = 0; kind < FS_V_COUNT; kind++)
		fs_str_free(&examples[kind]);
}

void
fs_text_audit(struct fs_out *out, const struct fs_audit_report *report)
{
	print_scope(out, report);
	print_features(out, report);
	print_unknown(out, report);
	print_violations(out, report);
}

/* The names of the features, cut where the terminal is too narrow. */
static void
add_names(struct fs_table *table, const struct fs_out *out,
    const struct fs_list *names, size_t nshown)
{
	size_t most = out->width > AT_WIDTH + nshown * (LEAST_NAME + 2) ?
	    (out->width - AT_WIDTH) / nshown - 2 : LEAST_NAME;

	for (size_t i = 0; i < nshown; i++) {
		struct fs_str name = { 0 };

		fs_escape_fit(&name, fs_list_at(names, i),
		    out->width == 0 ? SIZE_MAX : most, out->utf8);
		fs_table_text(table, FS_LOOK_DIM, name.data != NULL ?
		    name.data : "");
		fs_str_free(&name);
	}
}

static void
print_timeline(struct fs_out *out, const struct fs_drill_report *report)
{
	char		 columns[FS_TABLE_COLUMNS] = "r";
	size_t		 nshown = report->features.count;
	struct fs_table	 table = { .columns = columns };

	if (nshown > FS_TABLE_COLUMNS - 2)
		nshown = FS_TABLE_COLUMNS - 2;
	memset(columns + 1, 'r', nshown);
	fs_table_text(&table, FS_LOOK_DIM, "at");
	add_names(&table, out, &report->features, nshown);
	for (size_t p = 0; p < report->npoints; p++) {
		const struct fs_drill_point *point = &report->points[p];

		fs_table_printf(&table, FS_LOOK_PLAIN, "%.1fs",
		    point->at_seconds);
		for (size_t i = 0; i < nshown; i++)
			fs_table_printf(&table, FS_LOOK_PLAIN, "%.1f%%",
			    point->coverage_percent[i]);
	}
	fs_table_print(&table, out);
	fs_table_free(&table);
}

void
fs_text_drill(struct fs_out *out, const struct fs_drill_report *report)
{
	struct fs_table table = { .columns = "lr" };
	char text[NUM];

	print_timeline(out, report);
	for (size_t i = 0; i < report->features.count; i++) {
		fs_table_bytes(&table, FS_LOOK_PLAIN,
		    fs_list_at(&report->features, i));
		fs_table_printf(&table, FS_LOOK_PLAIN, "half gone after %s",
		    seconds(text, report->forecast[i]));
	}
	fs_table_print(&table, out);
	fs_table_free(&table);
	fs_out_printf(out, "forecast off by %s", seconds(text,
	    report->error_seconds));
	fs_out_printf(out, ", recovered after %s\n", seconds(text,
	    report->recovery_seconds));
}
