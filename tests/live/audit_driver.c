/*
 * An audit or a repair for a test in another language, as one line of JSON:
 *
 *	audit_driver URI PREFIX audit SAMPLE RATE GENTLE SEED [FEATURE TTL
 *	    INTERVAL]...
 *	audit_driver URI PREFIX repair DRY DELETE GATE RATE GENTLE
 *
 * Foreign bytes are in hex. The lines on stderr tell how far it is: done, of how
 * many, percent walked over to draw a sample (-100: not now).
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/audit.h"
#include "store/repair.h"

static struct fs_target *target;
static struct fs_schema *schema;

static void
hex(struct fs_bytes bytes)
{
	putchar('"');
	for (size_t i = 0; i < bytes.len; i++)
		printf("%02x", (unsigned char)bytes.data[i]);
	putchar('"');
}

static void
num(const char *name, uint64_t n)
{
	printf(", \"%s\": %llu", name, (unsigned long long)n);
}

static void
real(const char *name, double d)
{
	if (isfinite(d))
		printf(", \"%s\": %.17g", name, d);
	else
		printf(", \"%s\": null", name);
}

static void
estimate(const char *name, const struct fs_estimate *estimate)
{
	printf(", \"%s\": [%llu, %llu, %llu]", name,
	    (unsigned long long)estimate->count,
	    (unsigned long long)estimate->low,
	    (unsigned long long)estimate->high);
}

static void
error(const struct fs_err *err)
{
	printf("{\"code\": %d, \"why\": ", err->code);
	hex(fs_bytes_of(err->msg));
}

static void
show_feature(const struct fs_feature_report *fr)
{
	printf("\"%s\": {\"class\": %d", fr->name, fr->class);
	num("present", fr->present);
	num("missing", fr->missing);
	num("no_ttl", fr->no_ttl);
	num("leaks", fr->leaks);
	num("over_ttl", fr->over_ttl);
	estimate("all_missing", &fr->estimate.missing);
	estimate("all_leaks", &fr->estimate.leaks);
	estimate("all_over_ttl", &fr->estimate.over_ttl);
	real("coverage", fr->coverage_percent);
	real("low", fr->coverage_low);
	real("high", fr->coverage_high);
	real("min", fr->ttl_min);
	real("p50", fr->ttl_p50);
	real("max", fr->ttl_max);
	real("youngest", fr->youngest_write_seconds);
	num("stalled", fr->stalled);
	real("half", fr->half_gone_seconds);
	real("all", fr->all_gone_seconds);
	printf(", \"histogram\": [");
	for (int i = 0; i < FS_AUDIT_BUCKETS; i++)
		printf("%s%llu", i != 0 ? ", " : "",
		    (unsigned long long)fr->histogram[i]);
	printf("]}");
}

static void
show_violations(const struct fs_audit_report *report)
{
	const char *comma = "";

	printf(", \"violations\": {");
	for (int kind = 0; kind < FS_V_COUNT; kind++) {
		const struct fs_list *ids = &report->examples[kind];

		if (report->violation_count[kind] == 0 && ids->count == 0)
			continue;
		printf("%s\"%s\": {\"examples\": [", comma,
		    fs_violation_name((enum fs_violation)kind));
		for (size_t i = 0; i < ids->count; i++) {
			printf("%s", i != 0 ? ", " : "");
			hex(fs_list_at(ids, i));
		}
		printf("]");
		num("count", report->violation_count[kind]);
		printf("}");
		comma = ", ";
	}
	printf("}");
}

static void
show_report(const struct fs_audit_report *report)
{
	num("entities", report->entities);
	num("sampled", report->sampled);
	num("complete", report->complete);
	num("approximate", report->approximate);
	num("sample", report->sample);
	estimate("all_keys_without_ttl", &report->estimate.keys_without_ttl);
	estimate("all_orphans", &report->estimate.orphans);
	num("keys_without_ttl", report->keys_without_ttl);
	num("orphans", report->orphans);
	num("not_hashes", report->not_hashes);
	num("elapsed_us", (uint64_t)report->elapsed_us);
	printf(", \"features\": {");
	for (size_t i = 0; i < report->nfeatures; i++) {
		printf("%s", i != 0 ? ", " : "");
		show_feature(&report->features[i]);
	}
	printf("}, \"unknown\": {");
	for (size_t i = 0; i < report->unknown.count; i++) {
		printf("%s", i != 0 ? ", " : "");
		hex(fs_list_at(&report->unknown, i));
		printf(": %llu", (unsigned long long)report->unknown_count[i]);
	}
	printf("}");
	show_violations(report);
}

static void
step(uint64_t done, uint64_t total, double walked)
{
	fprintf(stderr, "%llu %llu %d\n", (unsigned long long)done,
	    (unsigned long long)total, (int)(100 * walked));
}

static void
run_audit(struct fs_store *st, char **argv)
{
	struct fs_rng		 rng;
	struct fs_err		 err;
	struct fs_audit		*au;
	struct fs_audit_report	*report;
	uint64_t		 done, total;

	fs_rng_seed(&rng, strtoull(argv[3], NULL, 10));
	au = fs_audit_open(st, &(struct fs_audit_options){
	    .sample = strtoull(argv[0], NULL, 10), .rate = atoll(argv[1]),
	    .gentle = atoi(argv[2]) != 0, .rng = &rng });
	while (fs_audit_next(au, &err)) {
		fs_audit_progress(au, &done, &total);
		step(done, total, fs_audit_drawn(au));
		fs_audit_report_free(fs_audit_report(au));
	}
	error(&err);
	fs_audit_progress(au, &done, &total);
	num("done", done);
	num("total", total);
	report = fs_audit_report(au);
	show_report(report);
	printf("}\n");
	fs_audit_report_free(report);
	fs_audit_close(au);
}

static void
run_repair(struct fs_store *st, char **argv)
{
	const struct fs_repair_count	*count;
	struct fs_repair		*rp;
	struct fs_err			 err;

	fs_store_gate(st, atoi(argv[2]) != 0);
	rp = fs_repair_open(st, &(struct fs_repair_options){
	    .dry_run = atoi(argv[0]) != 0, .delete_orphans = atoi(argv[1]) != 0,
	    .rate = atoll(argv[3]), .gentle = atoi(argv[4]) != 0 });
	count = fs_repair_count(rp);
	while (fs_repair_next(rp, &err))
		step(count->seen, 0, -1);
	error(&err);
	num("seen", count->seen);
	num("found", count->found);
	num("leaks", count->leaks);
	num("keys_without_ttl", count->keys_without_ttl);
	num("orphans", count->orphans);
	num("repaired", count->repaired);
	num("deleted", count->deleted);
	num("not_hashes", count->not_hashes);
	num("complete", count->complete);
	printf("}\n");
	fs_repair_close(rp);
}

int
main(int argc, char **argv)
{
	struct fs_err	 err = { 0 };
	struct fs_store	*st;

	signal(SIGPIPE, SIG_IGN);
	if (argc < 8)
		return 2;
	target = fs_target_new();
	schema = fs_schema_sample();
	for (int i = 8; i + 2 < argc; i += 3) {
		int at = fs_schema_find(schema, fs_bytes_of(argv[i]));

		schema->features[at].ttl_ms = atoll(argv[i + 1]);
		schema->features[at].interval_ms = atoll(argv[i + 2]);
	}
	if (!fs_target_uri(target, argv[1], &err) ||
	    !fs_schema_set_prefix(schema, argv[2], &err) ||
	    (st = fs_store_open(&(struct fs_store_options){ .target = target,
	    .schema = schema, .name = "fsconsole-test" }, &err)) == NULL) {
		fprintf(stderr, "%s\n", err.msg);
		return 3;
	}
	if (argv[3][0] == 'a')
		run_audit(st, argv + 4);
	else
		run_repair(st, argv + 4);
	fs_store_close(st);
	fs_schema_free(schema);
	fs_target_free(target);
	return 0;
}
