#include "cli/prom.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "base/escape.h"
#include "base/num.h"

#define METRIC		"fsconsole_"
#define HISTOGRAM	"feature_time_left_seconds"
#define LEN(a)		(sizeof(a) / sizeof((a)[0]))

/* A report and where it goes. */
struct prom {
	struct fs_out			*out;
	const struct fs_audit_report	*report;
	const char			*prefix;
};

/* What a sample tells of the whole store: where in what it is of. */
struct estimate {
	const char	*name, *help;
	size_t		 at;
};

/* One sample of each feature; NAN where there is none. */
struct family {
	const char	*name, *help;
	double		 (*value)(const struct fs_feature_report *feature);
};

static void
add_head(const struct prom *pr, const char *name, const char *type,
    const char *help)
{
	fs_out_printf(pr->out, "# HELP " METRIC "%s %s\n# TYPE " METRIC
	    "%s %s\n", name, help, name, type);
}

/* The visible form, in which a label's own special characters are escaped. */
static void
add_label(const struct prom *pr, const char *name, struct fs_bytes value)
{
	struct fs_str visible = { 0 };

	fs_escape(&visible, value, true);
	fs_out_printf(pr->out, "%s=\"", name);
	for (size_t i = 0; i < visible.len; i++) {
		char c = visible.data[i];

		if (c == '\\' || c == '"')
			fs_out_text(pr->out, "\\");
		fs_out_raw(pr->out, &c, 1);
	}
	fs_out_text(pr->out, "\"");
	fs_str_free(&visible);
}

static void
add_number(const struct prom *pr, double d)
{
	char text[40];

	if (d == floor(d) && fabs(d) < 1e15)
		fs_out_printf(pr->out, "%lld", (long long)d);
	else
		fs_out_text(pr->out, fs_num_show_f64(text, sizeof(text), d));
}

/* NAME{prefix="...": the sample begins. */
static void
begin(const struct prom *pr, const char *name)
{
	fs_out_printf(pr->out, METRIC "%s{", name);
	add_label(pr, "prefix", fs_bytes_of(pr->prefix));
}

static void
end(const struct prom *pr, double value)
{
	fs_out_text(pr->out, "} ");
	add_number(pr, value);
	fs_out_text(pr->out, "\n");
}

static void
add_label_feature(const struct prom *pr,
    const struct fs_feature_report *feature)
{
	fs_out_text(pr->out, ",");
	add_label(pr, "feature", fs_bytes_of(feature->name));
	fs_out_text(pr->out, ",");
	add_label(pr, "class", fs_bytes_of(fs_class_name(feature->class)));
}

static void
add_plain(const struct prom *pr, const char *name, const char *help,
    double value)
{
	add_head(pr, name, "gauge", help);
	begin(pr, name);
	end(pr, value);
}

static void
add_store(const struct prom *pr)
{
	const struct fs_audit_report *report = pr->report;

	add_plain(pr, "entities", "Entities in the store.",
	    (double)report->entities);
	add_plain(pr, "audit_sampled_entities",
	    "Entities that the audit read.", (double)report->sampled);
	add_plain(pr, "audit_complete",
	    "Whether the audit left nothing out.", report->complete);
	add_plain(pr, "audit_approximate",
	    "Whether the number of entities is an estimate.",
	    report->approximate);
	add_plain(pr, "audit_duration_seconds", "How long the audit took.",
	    (double)report->elapsed_us / 1e6);
	add_plain(pr, "keys_without_ttl", "Entities whose key has no TTL.",
	    (double)report->keys_without_ttl);
	add_plain(pr, "orphans",
	    "Entities that hold streaming features alone.",
	    (double)report->orphans);
	add_plain(pr, "not_hashes", "Keys under the prefix that are no hash.",
	    (double)report->not_hashes);
}

#define OF_STORE(member) offsetof(struct fs_audit_report, estimate.member)
#define OF_FEATURE(member) offsetof(struct fs_feature_report, estimate.member)

static const struct estimate store_estimates[] = {
	{ "keys_without_ttl", "Entities whose key has no TTL",
	    OF_STORE(keys_without_ttl) },
	{ "orphans", "Entities that hold streaming features alone",
	    OF_STORE(orphans) },
};

static const struct estimate feature_estimates[] = {
	{ "feature_missing", "Entities that lack the feature",
	    OF_FEATURE(missing) },
	{ "feature_no_ttl", "Fields without TTL", OF_FEATURE(no_ttl) },
	{ "feature_leaks", "Streaming fields without TTL",
	    OF_FEATURE(leaks) },
	{ "feature_over_ttl", "Fields with more time left than configured",
	    OF_FEATURE(over_ttl) },
};

/* The number and the ends of its interval: a family each. */
static const struct {
	const char	*suffix, *help;
	size_t		 at;
} bounds[] = {
	{ "_estimate", "in the whole store, by the sample",
	    offsetof(struct fs_estimate, count) },
	{ "_estimate_low", "at least, with 95 % confidence",
	    offsetof(struct fs_estimate, low) },
	{ "_estimate_high", "at most, with 95 % confidence",
	    offsetof(struct fs_estimate, high) },
};

static double
bound_of(const void *whole, const struct estimate *estimate, size_t bound)
{
	return (double)*(const uint64_t *)(const void *)((const char *)whole +
	    estimate->at + bounds[bound].at);
}

/* The name of a family, and its head. */
static void
begin_estimate(const struct prom *pr, const struct estimate *estimate,
    size_t bound, char *name, size_t size)
{
	char help[120];

	snprintf(name, size, "%s%s", estimate->name, bounds[bound].suffix);
	snprintf(help, sizeof(help), "%s, %s.", estimate->help,
	    bounds[bound].help);
	add_head(pr, name, "gauge", help);
}

static void
add_store_estimate(const struct prom *pr, const struct estimate *estimate)
{
	char name[64];

	for (size_t b = 0; b < LEN(bounds); b++) {
		begin_estimate(pr, estimate, b, name, sizeof(name));
		begin(pr, name);
		end(pr, bound_of(pr->report, estimate, b));
	}
}

static void
add_feature_estimate(const struct prom *pr, const struct estimate *estimate)
{
	char name[64];

	for (size_t b = 0; b < LEN(bounds); b++) {
		begin_estimate(pr, estimate, b, name, sizeof(name));
		for (size_t i = 0; i < pr->report->nfeatures; i++) {
			begin(pr, name);
			add_label_feature(pr, &pr->report->features[i]);
			end(pr, bound_of(&pr->report->features[i], estimate,
			    b));
		}
	}
}

/* Of a sample alone; where all were read the counts say it. */
static void
add_estimates(const struct prom *pr)
{
	if (!pr->report->sample)
		return;
	for (size_t i = 0; i < LEN(store_estimates); i++)
		add_store_estimate(pr, &store_estimates[i]);
	for (size_t i = 0; i < LEN(feature_estimates); i++)
		add_feature_estimate(pr, &feature_estimates[i]);
}

static double
present(const struct fs_feature_report *feature)
{
	return (double)feature->present;
}

static double
missing(const struct fs_feature_report *feature)
{
	return (double)feature->missing;
}

static double
coverage(const struct fs_feature_report *feature)
{
	return feature->coverage_percent / 100;
}

static double
coverage_low(const struct fs_feature_report *feature)
{
	return feature->coverage_low / 100;
}

static double
coverage_high(const struct fs_feature_report *feature)
{
	return feature->coverage_high / 100;
}

static double
no_ttl(const struct fs_feature_report *feature)
{
	return (double)feature->no_ttl;
}

static double
leaks(const struct fs_feature_report *feature)
{
	return (double)feature->leaks;
}

static double
over_ttl(const struct fs_feature_report *feature)
{
	return (double)feature->over_ttl;
}

static double
youngest(const struct fs_feature_report *feature)
{
	return feature->youngest_write_seconds;
}

static double
stalled(const struct fs_feature_report *feature)
{
	return feature->stalled;
}

static double
half_gone(const struct fs_feature_report *feature)
{
	return feature->half_gone_seconds;
}

static double
all_gone(const struct fs_feature_report *feature)
{
	return feature->all_gone_seconds;
}

static const struct family families[] = {
	{ "feature_present", "Entities that have the feature.", present },
	{ "feature_missing", "Entities that lack the feature.", missing },
	{ "feature_coverage_ratio", "Share of entities that have the feature.",
	    coverage },
	{ "feature_coverage_low_ratio",
	    "Lower end of its 95 % confidence interval.", coverage_low },
	{ "feature_coverage_high_ratio",
	    "Upper end of its 95 % confidence interval.", coverage_high },
	{ "feature_no_ttl", "Fields without TTL.", no_ttl },
	{ "feature_leaks", "Streaming fields without TTL.", leaks },
	{ "feature_over_ttl", "Fields with more time left than configured.",
	    over_ttl },
	{ "feature_youngest_write_seconds", "Age of the last write.",
	    youngest },
	{ "feature_stalled",
	    "Whether the last write is older than two intervals.", stalled },
	{ "feature_half_gone_seconds",
	    "When half would be gone if writing stopped now.", half_gone },
	{ "feature_all_gone_seconds",
	    "When all would be gone if writing stopped now.", all_gone },
};

static void
add_family(const struct prom *pr, const struct family *family)
{
	add_head(pr, family->name, "gauge", family->help);
	for (size_t i = 0; i < pr->report->nfeatures; i++) {
		const struct fs_feature_report *f = &pr->report->features[i];

		if (!isfinite(family->value(f)))
			continue;
		begin(pr, family->name);
		add_label_feature(pr, f);
		end(pr, family->value(f));
	}
}

static void
add_quantile(const struct prom *pr, const struct fs_feature_report *feature,
    const char *quantile, double value)
{
	if (!isfinite(value))
		return;
	begin(pr, "feature_ttl_seconds");
	add_label_feature(pr, feature);
	fs_out_printf(pr->out, ",quantile=\"%s\"", quantile);
	end(pr, value);
}

static void
add_ttls(const struct prom *pr)
{
	add_head(pr, "feature_ttl_seconds", "gauge",
	    "Time left of its own TTL, by quantile.");
	for (size_t i = 0; i < pr->report->nfeatures; i++) {
		const struct fs_feature_report *f = &pr->report->features[i];

		add_quantile(pr, f, "0", f->ttl_min);
		add_quantile(pr, f, "0.05", f->ttl_p5);
		add_quantile(pr, f, "0.5", f->ttl_p50);
		add_quantile(pr, f, "0.95", f->ttl_p95);
		add_quantile(pr, f, "1", f->ttl_max);
	}
}

static void
add_bucket(const struct prom *pr, const struct fs_feature_report *feature,
    double le, uint64_t count)
{
	begin(pr, HISTOGRAM "_bucket");
	add_label_feature(pr, feature);
	fs_out_text(pr->out, ",le=\"");
	if (isfinite(le))
		add_number(pr, le);
	else
		fs_out_text(pr->out, "+Inf");
	fs_out_text(pr->out, "\"");
	end(pr, (double)count);
}

/* Each bucket counts what is in those below it, too. */
static void
add_histogram(const struct prom *pr, const struct fs_feature_report *feature)
{
	uint64_t all = 0;

	for (int i = 0; i < FS_AUDIT_BUCKETS; i++) {
		all += feature->histogram[i];
		add_bucket(pr, feature, feature->le_seconds[i], all);
	}
	begin(pr, HISTOGRAM "_sum");
	add_label_feature(pr, feature);
	end(pr, feature->histogram_sum);
	begin(pr, HISTOGRAM "_count");
	add_label_feature(pr, feature);
	end(pr, (double)all);
}

static void
add_histograms(const struct prom *pr)
{
	add_head(pr, HISTOGRAM, "histogram",
	    "Time left of a field; of a batch feature its key's.");
	for (size_t i = 0; i < pr->report->nfeatures; i++)
		add_histogram(pr, &pr->report->features[i]);
}

static void
add_unknown(const struct prom *pr)
{
	const struct fs_list *unknown = &pr->report->unknown;

	add_head(pr, "unknown_feature", "gauge",
	    "Fields of a name that the schema does not know.");
	for (size_t i = 0; i < unknown->count; i++) {
		begin(pr, "unknown_feature");
		fs_out_text(pr->out, ",");
		add_label(pr, "feature", fs_list_at(unknown, i));
		end(pr, (double)pr->report->unknown_count[i]);
	}
}

static void
add_violations(const struct prom *pr)
{
	add_head(pr, "violations", "gauge", "Violations found, by kind.");
	for (int kind = 0; kind < FS_V_COUNT; kind++) {
		begin(pr, "violations");
		fs_out_printf(pr->out, ",kind=\"%s\"",
		    fs_violation_name((enum fs_violation)kind));
		end(pr, (double)pr->report->violation_count[kind]);
	}
}

void
fs_prom_audit(struct fs_out *out, const struct fs_audit_report *report,
    const char *prefix)
{
	struct prom pr = { out, report, prefix };

	add_store(&pr);
	for (size_t i = 0; i < LEN(families); i++)
		add_family(&pr, &families[i]);
	add_estimates(&pr);
	add_ttls(&pr);
	add_histograms(&pr);
	add_unknown(&pr);
	add_violations(&pr);
}
