#include "app/command.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/limits.h"
#include "app/parse.h"
#include "base/mem.h"
#include "sample_schema.h"

static struct fs_err err;

/* The request of a line as typed, or NULL and err. */
static struct fs_request *
ask(const char *line)
{
	struct fs_command_options opt;
	struct fs_request *rq = NULL;
	char **argv;
	int argc;

	err = (struct fs_err){ 0 };
	if (!fs_parse_line(line, &opt, &argc, &argv, &err))
		return NULL;
	rq = fs_command_request(fs_command_find(argv[0]), &opt, argc, argv,
	    schema, &err);
	fs_command_options_free(&opt);
	free(argv);
	return rq;
}

static void
refused(const char *line, const char *part)
{
	struct fs_request *rq = ask(line);

	if (rq != NULL)
		fail_msg("accepted: %s", line);
	assert_int_equal(err.code, FS_EUSAGE);
	if (strstr(err.msg, part) == NULL)
		fail_msg("message '%s' without '%s'", err.msg, part);
}

/* The items joined by '|'. */
static void
list_is(const struct fs_list *list, const char *expected)
{
	char got[500] = "";

	for (size_t i = 0; i < list->count; i++) {
		strcat(got, i > 0 ? "|" : "");
		strcat(got, fs_list_at(list, i).data);
	}
	assert_string_equal(got, expected);
}

static void
test_find(void **state)
{
	static const struct { const char *name; int id; } cases[] = {
		{ "read", FS_CMD_READ }, { "reset", FS_CMD_RESET },
		{ "res", FS_CMD_RESET }, { "in", FS_CMD_INSPECT },
		{ "batch", FS_CMD_BATCH_READ }, { "bu", FS_CMD_BULK_LOAD },
		{ "entities", FS_CMD_ENTITIES }, { "ent", -1 },
		{ "enter", FS_CMD_ENTER }, { "stop", FS_CMD_STOP },
		{ "q", FS_CMD_QUIT }, { "re", -1 }, { "", -1 }, { "x", -1 },
		{ "readx", -1 }, { "b", -1 }, { "s", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fs_command *cmd = fs_command_find(cases[i].name);

		if ((cmd != NULL ? (int)cmd->id : -1) != cases[i].id)
			fail_msg("'%s' is %s", cases[i].name,
			    cmd != NULL ? cmd->name : "nothing");
	}
	assert_int_equal(fs_command_for_shell("stre", &err)->id,
	    FS_CMD_STREAM);
	assert_null(fs_command_for_shell("quit", &err));
	assert_int_equal(err.code, FS_EUSAGE);
}

static void
test_keys(void **state)
{
	char buf[16];

	(void)state;
	assert_int_equal(fs_command_by_key('b')->id, FS_CMD_BULK_LOAD);
	assert_int_equal(fs_command_by_key(FS_KEY_DOWN)->id, FS_CMD_DOWN);
	assert_int_equal(fs_command_by_key(FS_KEY_HOME)->id, FS_CMD_TOP);
	assert_int_equal(fs_command_by_key('\n')->id, FS_CMD_ENTER);
	assert_null(fs_command_by_key(0));
	assert_null(fs_command_by_key(0x1f600));
	assert_string_equal(fs_command_key_name(fs_command_get(FS_CMD_READ),
	    buf), "r");
	assert_string_equal(fs_command_key_name(fs_command_get(
	    FS_CMD_PAGE_DOWN), buf), "PgDn");
	assert_string_equal(fs_command_key_name(fs_command_get(
	    FS_CMD_FREEZE), buf), "Space");
	assert_string_equal(fs_command_key_name(fs_command_get(
	    FS_CMD_STATE), buf), "");
	for (int i = 0; i < FS_CMD_COUNT; i++) {
		const struct fs_command *a = fs_command_get(
		    (enum fs_cmd_id)i);

		assert_int_equal(a->id, i);
		assert_non_null(a->help);
		assert_string_not_equal(fs_group_name(a->group), "");
		if (a->key != 0)	/* each key means one thing */
			assert_ptr_equal(fs_command_by_key(a->key), a);
	}
}

static void
test_read(void **state)
{
	struct fs_request *rq;

	(void)state;
	assert_non_null(rq = ask("read u1 b a b"));
	assert_int_equal(rq->op, FS_OP_READ);
	list_is(&rq->entities, "u1");
	list_is(&rq->features, "b|a");
	assert_false(rq->may_write);
	fs_request_free(rq);
	assert_non_null(rq = ask("read u1"));
	assert_int_equal(rq->features.count, schema->nfeatures);
	fs_request_free(rq);
	refused("read", "ENTITY");
	refused("read ''", "empty entity");
	refused("inspect", "ENTITY");
	refused("inspect a b", "too many: 'b'");
	refused("state x", "too many");
	refused("quit", "asks nothing");
}

static void
test_batch_read(void **state)
{
	struct fs_request *rq;

	(void)state;
	assert_non_null(rq = ask("batch-read"));
	assert_int_equal(rq->count, 100);
	assert_int_equal(rq->entities.count, 0);
	assert_false(rq->rows);
	fs_request_free(rq);
	assert_non_null(rq = ask("batch-read --count 7 --features x,y "
	    "--rows csv"));
	assert_int_equal(rq->count, 7);
	list_is(&rq->features, "x|y");
	assert_true(rq->rows);
	fs_request_free(rq);
	assert_non_null(rq = ask("batch-read u1 u2 u1"));
	list_is(&rq->entities, "u1|u2");
	assert_int_equal(rq->count, 0);
	fs_request_free(rq);
	assert_non_null(rq = ask("batch-read --from x"));
	assert_string_equal(rq->from, "x");
	fs_request_free(rq);
	refused("batch-read --count 3 --from x", "exclude");
	refused("batch-read --count 3 u1", "--count");
	refused("batch-read --from x u1", "--from");
	refused("batch-read --count 0", "--count");
	refused("batch-read --features a,,b", "empty name");
	refused("batch-read --features ''", "empty name");
}

/* So many that to compare each with all would take minutes. */
static void
test_many(void **state)
{
	const int n = 300000;
	char **argv = calloc((size_t)n + 2, sizeof(*argv));
	struct fs_command_options opt;
	struct fs_request *rq;

	(void)state;
	fs_command_options_init(&opt);
	argv[0] = fs_xstrdup("delete");
	for (int i = 0; i < n; i++)
		argv[i + 1] = fs_xasprintf("u%d", n - i);
	argv[n + 1] = fs_xstrdup("u7");
	rq = fs_command_request(fs_command_get(FS_CMD_DELETE), &opt, n + 2,
	    argv, schema, &err);
	assert_non_null(rq);
	assert_int_equal(rq->entities.count, n);
	assert_string_equal(fs_list_at(&rq->entities, 0).data, "u300000");
	assert_string_equal(fs_list_at(&rq->entities, (size_t)n - 1).data,
	    "u1");
	fs_request_free(rq);
	fs_command_options_free(&opt);
	for (int i = 0; i < n + 2; i++)
		free(argv[i]);
	free(argv);
}

static void
test_load(void **state)
{
	struct fs_request *rq;

	(void)state;
	assert_non_null(rq = ask("bulk-load"));
	assert_int_equal(rq->op, FS_OP_LOAD);
	assert_int_equal(rq->count, 200);
	assert_int_equal(rq->seed, 42);
	assert_int_equal(rq->ttl_ms, 0);
	fs_request_free(rq);
	assert_non_null(rq = ask("bulk-load --from x.csv --format csv --id "
	    "user --ttl 2d --strict --rate 10 --gentle"));
	assert_int_equal(rq->count, -1);
	assert_int_equal(rq->format, FS_FORMAT_CSV);
	assert_string_equal(rq->id_column, "user");
	assert_int_equal(rq->ttl_ms, 172800000);
	assert_int_equal(rq->rate, 10);
	assert_true(rq->gentle);
	assert_true(rq->strict);
	fs_request_free(rq);
	assert_non_null(rq = ask("bulk-load --count 0"));
	assert_int_equal(rq->count, 0);
	fs_request_free(rq);
	refused("bulk-load --from x --count 2", "exclude");
	refused("bulk-load --from x --seed 2", "exclude");
	refused("bulk-load --id x", "--id only with --from");
	refused("bulk-load --strict", "--strict only with --from");
	refused("bulk-load x", "too many");
}

static void
test_stream(void **state)
{
	struct fs_request *rq;

	(void)state;
	assert_non_null(rq = ask("stream --ticks 3 --retry 30s"));
	assert_int_equal(rq->op, FS_OP_STREAM);
	assert_int_equal(rq->ticks, 3);
	assert_int_equal(rq->retry_ms, 30000);
	fs_request_free(rq);
	assert_non_null(rq = ask("stream --from x"));
	assert_string_equal(rq->from, "x");
	fs_request_free(rq);
	refused("stream --ticks 3 --for 3s", "exclude");
	refused("stream --ticks 3 --from x", "exclude");
	refused("stream --ticks 0", "--ticks");
	refused("stream --ticks 3 --rate 5", "--rate only with --from");
	refused("stream --for 3s --gentle", "--gentle only with --from");
	refused("drill", "--for");
	assert_non_null(rq = ask("drill --for 2m"));
	assert_int_equal(rq->for_ms, 120000);
	fs_request_free(rq);
}

static void
test_set(void **state)
{
	struct fs_request *rq;

	(void)state;
	assert_non_null(rq = ask("set u1 tx_count_7d=3 x=a=b y="));
	list_is(&rq->entities, "u1");
	list_is(&rq->features, "tx_count_7d|x|y");
	list_is(&rq->values, "3|a=b|");
	fs_request_free(rq);
	refused("set", "ENTITY");
	refused("set u1", "FEATURE=VALUE");
	refused("set u1 x", "FEATURE=VALUE");
	refused("set u1 =x", "FEATURE=VALUE");
	refused("set u1 x=1 x=2", "twice");
	refused("set u1 tx_count_7d=3x", "tx_count_7d is int64");
	assert_non_null(rq = ask("delete a b a"));
	list_is(&rq->entities, "a|b");
	fs_request_free(rq);
	refused("delete", "ENTITY");
	assert_non_null(rq = ask("reset --dry-run --yes"));
	assert_true(rq->dry_run);
	fs_request_free(rq);
	assert_non_null(rq = ask("repair --delete-orphans"));
	assert_true(rq->delete_orphans);
	fs_request_free(rq);
}

static void
test_budget(void **state)
{
	static const char *const lines[] = { "audit --rate 10 --gentle",
		"reset --rate 10 --gentle", "repair --rate 10 --gentle",
		"state --rate 10 --gentle", "entities --rate 10 --gentle",
		"schema --infer --rate 10 --gentle",
		"batch-read --rate 10 --gentle",
		"bulk-load --rate 10 --gentle",
		"stream --from x --rate 10 --gentle" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct fs_request *rq = ask(lines[i]);

		assert_non_null(rq);
		assert_int_equal(rq->rate, 10);
		assert_true(rq->gentle);
		fs_request_free(rq);
	}
	refused("drill --for 1s --rate 10", "--rate");
	refused("schema --rate 10", "--infer");
}

static void
test_audit(void **state)
{
	struct fs_request *rq;

	(void)state;
	assert_non_null(rq = ask("audit --sample 50 --fail-on leak,orphan"));
	assert_int_equal(rq->count, 50);
	fs_request_free(rq);
	refused("audit --fail-on leak,leek", "unknown kind 'leek'");
	refused("audit --fail-on ''", "unknown kind");
	assert_non_null(rq = ask("entities --match 'u*' --limit 5"));
	assert_string_equal(rq->match, "u*");
	assert_int_equal(rq->count, 5);
	fs_request_free(rq);
	assert_non_null(rq = ask("schema --infer --sample 9"));
	assert_int_equal(rq->op, FS_OP_INFER);
	assert_int_equal(rq->count, 9);
	fs_request_free(rq);
	refused("schema --sample 9", "--infer");
}

static void
test_judge(void **state)
{
	struct fs_command_options opt;
	struct fs_feature_report f = { .name = (char *)(uintptr_t)"f",
	    .present = 90, .missing = 10, .leaks = 3, .stalled = true };
	struct fs_audit_report report = { .features = &f, .nfeatures = 1 };

	(void)state;
	report.violation_count[FS_V_ORPHAN] = 4;
	fs_command_options_init(&opt);
	assert_true(fs_limits_judge(&opt, &report, &err));
	opt.max_missing = 10;
	opt.max_leaks = 3;
	opt.max_stalled = 1;
	assert_true(fs_limits_judge(&opt, &report, &err));
	opt.max_missing = 9.9;
	assert_false(fs_limits_judge(&opt, &report, &err));
	assert_int_equal(err.code, FS_ELIMIT);
	assert_non_null(strstr(err.msg, "f is missing for 10 %"));
	opt.max_leaks = 2;
	opt.max_stalled = 0;
	assert_false(fs_limits_judge(&opt, &report, &err));
	assert_non_null(strstr(err.msg, "3 leaks, 1 features stalled"));
	fs_command_options_init(&opt);
	opt.fail_on = (char *)(uintptr_t)"leak,stalled";
	assert_true(fs_limits_judge(&opt, &report, &err));
	opt.fail_on = (char *)(uintptr_t)"leak,orphan";
	assert_false(fs_limits_judge(&opt, &report, &err));
	assert_non_null(strstr(err.msg, "4 of orphan"));
}

static void
test_stalled_in_vain(void **state)
{
	struct fs_command_options opt;
	struct fs_feature f[] = {
		{ .class = FS_CLASS_BATCH, .interval_ms = 1000 },
		{ .class = FS_CLASS_STREAMING },
	};
	struct fs_schema with = { .features = f, .nfeatures = 2 };

	(void)state;
	fs_command_options_init(&opt);
	assert_false(fs_limits_in_vain(&opt, &with));
	opt.max_leaks = 0;
	opt.fail_on = (char *)(uintptr_t)"leak,orphan";
	assert_false(fs_limits_in_vain(&opt, &with));
	opt.fail_on = (char *)(uintptr_t)"leak,stalled";
	assert_true(fs_limits_in_vain(&opt, &with));
	opt.fail_on = NULL;
	opt.max_stalled = 0;
	assert_true(fs_limits_in_vain(&opt, &with));
	f[1].interval_ms = 1;
	assert_false(fs_limits_in_vain(&opt, &with));
}

/* Few were met, and many there are. */
static void
test_judge_a_sample(void **state)
{
	struct fs_command_options opt;
	struct fs_feature_report f[2] = {
		{ .present = 95, .missing = 5, .leaks = 3,
		    .estimate.leaks = { 39, 14, 103 } },
		{ .present = 100, .leaks = 1,
		    .estimate.leaks = { 13, 2, 66 } },
	};
	struct fs_audit_report report = { .features = f, .nfeatures = 2,
	    .sample = true, .sampled = 100, .entities = 1300 };

	(void)state;
	fs_command_options_init(&opt);
	opt.max_leaks = 52;
	opt.max_missing = 5;
	assert_true(fs_limits_judge(&opt, &report, &err));
	opt.max_leaks = 51;
	assert_false(fs_limits_judge(&opt, &report, &err));
	assert_non_null(strstr(err.msg,
	    "about 52 leaks, by a sample of 100 of 1300 entities"));
	report.sample = false;
	assert_true(fs_limits_judge(&opt, &report, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_batch_read),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_stalled_in_vain),
		cmocka_unit_test(test_judge_a_sample),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
