#include "app/limits.h"

#include <stdarg.h>
#include <string.h>

bool
fs_limits_kinds(const char *text, unsigned *kinds, struct fs_err *err)
{
	*kinds = 0;
	while (text != NULL) {
		size_t len = strcspn(text, ",");
		enum fs_violation kind;

		if (!fs_violation_parse(fs_bytes(text, len), &kind))
			return fs_fail(err, FS_EUSAGE, "--fail-on: unknown "
			    "kind '%.*s'", (int)len, text);
		*kinds |= 1u << kind;
		text = text[len] == ',' ? text + len + 1 : NULL;
	}
	return true;
}

bool
fs_limits_in_vain(const struct fs_command_options *opt,
    const struct fs_schema *schema)
{
	unsigned kinds = 0;

	if (opt->fail_on != NULL &&
	    !fs_limits_kinds(opt->fail_on, &kinds, NULL))
		return false;
	return (opt->max_stalled >= 0 || (kinds & 1u << FS_V_STALLED) != 0) &&
	    !fs_schema_has_interval(schema);
}

static void
add_broken(struct fs_str *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add_broken(struct fs_str *out, const char *fmt, ...)
{
	va_list ap;

	if (out->len != 0)
		fs_str_add_text(out, ", ");
	va_start(ap, fmt);
	fs_str_vaddf(out, fmt, ap);
	va_end(ap);
}

static void
judge_missing(const struct fs_command_options *opt,
    const struct fs_audit_report *report, struct fs_str *broken)
{
	for (size_t i = 0; i < report->nfeatures; i++) {
		const struct fs_feature_report *f = &report->features[i];
		uint64_t all = f->present + f->missing;

		if (opt->max_missing >= 0 && all != 0 && 100.0 *
		    (double)f->missing / (double)all > opt->max_missing)
			add_broken(broken, "%s is missing for %.4g %%",
			    f->name, 100.0 * (double)f->missing / (double)all);
	}
}

/* How many there are in the whole store, of which a sample has only some. */
static void
judge_leaks(const struct fs_command_options *opt,
    const struct fs_audit_report *report, struct fs_str *broken)
{
	uint64_t leaks = 0;

	for (size_t i = 0; i < report->nfeatures; i++)
		leaks += report->sample ?
		    report->features[i].estimate.leaks.count :
		    report->features[i].leaks;
	if (opt->max_leaks < 0 || leaks <= (uint64_t)opt->max_leaks)
		return;
	if (report->sample)
		add_broken(broken, "about %llu leaks, by a sample of %llu of "
		    "%llu entities", (unsigned long long)leaks,
		    (unsigned long long)report->sampled,
		    (unsigned long long)report->entities);
	else
		add_broken(broken, "%llu leaks", (unsigned long long)leaks);
}

static void
judge_stalled(const struct fs_command_options *opt,
    const struct fs_audit_report *report, struct fs_str *broken)
{
	uint64_t stalled = 0;

	for (size_t i = 0; i < report->nfeatures; i++)
		stalled += report->features[i].stalled;
	if (opt->max_stalled >= 0 && stalled > (uint64_t)opt->max_stalled)
		add_broken(broken, "%llu features stalled",
		    (unsigned long long)stalled);
}

bool
fs_limits_judge(const struct fs_command_options *opt,
    const struct fs_audit_report *report, struct fs_err *err)
{
	struct fs_str broken = { 0 };
	unsigned kinds = 0;
	bool ok;

	judge_missing(opt, report, &broken);
	judge_leaks(opt, report, &broken);
	judge_stalled(opt, report, &broken);
	if (opt->fail_on != NULL && !fs_limits_kinds(opt->fail_on, &kinds, err)) {
		fs_str_free(&broken);
		return false;
	}
	for (int i = 0; i < FS_V_COUNT; i++) {
		uint64_t n = report->violation_count[i];

		if ((kinds & 1u << i) != 0 && n != 0)
			add_broken(&broken, "%llu of %s",
			    (unsigned long long)n,
			    fs_violation_name((enum fs_violation)i));
	}
	ok = broken.len == 0;
	if (!ok)
		fs_fail(err, FS_ELIMIT, "beyond the limit: %s", broken.data);
	fs_str_free(&broken);
	return ok;
}
