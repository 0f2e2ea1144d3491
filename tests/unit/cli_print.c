#include "cli/print.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/doc.h"

#define SERVER	INT64_C(1700000000000)	/* the server's clock, ms */
#define WALL	INT64_C(1700000000123000)

static struct fs_out	 out, notes;
static struct fs_schema	*schema;
static struct fs_printer printer;
static struct fs_answer	*answer;

static int
set_up(void **state)
{
	(void)state;
	out = notes = (struct fs_out){ .fd = -1, .utf8 = true };
	schema = fs_schema_sample();
	printer = (struct fs_printer){ .out = &out, .notes = &notes };
	printer.ctx.schema = schema;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fs_answer_free(answer);
	answer = NULL;
	fs_printer_free(&printer);
	fs_schema_free(schema);
	fs_out_free(&out);
	fs_out_free(&notes);
	return 0;
}

/* A new answer, in the place of the last one. */
static void
make(enum fs_op op, enum fs_answer_kind kind)
{
	struct fs_request *request = fs_request_new(op);

	fs_answer_free(answer);
	answer = fs_answer_new(request, kind);
	fs_request_free(request);
}

static struct fs_entity *
add_entity(const char *id, size_t nfields)
{
	struct fs_entity *entity = fs_entity_new(fs_bytes_of(id), nfields);

	answer->entities = fs_xreallocarray(answer->entities,
	    answer->nentities + 1, sizeof(*answer->entities));
	answer->entities[answer->nentities++] = entity;
	entity->server_ms = SERVER;
	entity->took_us = 312;
	return entity;
}

static void
put(struct fs_entity *entity, size_t i, const char *name, enum fs_class class,
    const char *value, int64_t left_ms)
{
	struct fs_field *field = &entity->fields[i];

	field->class = class;
	fs_field_set_name(field, fs_bytes_of(name));
	if (value != NULL) {
		entity->exists = true;
		entity->nfound++;
		entity->hlen++;
		fs_field_set_value(field, fs_bytes_of(value));
		field->deadline_ms = left_ms < 0 ? left_ms : SERVER + left_ms;
	}
	fs_field_judge(field);
}

static struct fs_entity *
add_sample(void)
{
	struct fs_entity *entity = add_entity("u1", 4);

	put(entity, 0, "country_iso", FS_CLASS_BATCH, "US", FS_NO_TTL);
	put(entity, 1, "tx_count_5m", FS_CLASS_STREAMING, "3", 298001);
	put(entity, 2, "session_country", FS_CLASS_STREAMING, NULL, 0);
	put(entity, 3, "last_device_id", FS_CLASS_STREAMING, "\xff\x1b[2J",
	    FS_NO_TTL);
	entity->key_deadline_ms = SERVER + 85499600;
	return entity;
}

static void
assert_text(struct fs_out *where, const char *text)
{
	assert_string_equal(where->text.data != NULL ? where->text.data : "",
	    text);
	fs_str_clear(&where->text);
}

static void
done(enum fs_form form, const char *text)
{
	printer.form = form;
	fs_print_done(&printer, answer);
	assert_text(&out, text);
}

static void
test_state(void **state)
{
	(void)state;
	make(FS_OP_STATE, FS_ANSWER_DONE);
	answer->complete = true;
	answer->done = 12400311;
	answer->server = fs_xcalloc(1, sizeof(*answer->server));
	*answer->server = (struct fs_server){ .name = "Redis",
		.version = "8.0.2", .mode = "standalone", .user = "default",
		.where = "redis://h:1/0", .field_ttl = true, .nnodes = 1,
		.used_memory = 3328599654 };
	answer->server->nodes = fs_xcalloc(1, sizeof(struct fs_node));
	done(FS_FORM_TEXT,
	    "server     Redis 8.0.2, standalone\n"
	    "at         redis://h:1/0 as default\n"
	    "entities   12,400,311\n"
	    "prefix     fs:user:\n"
	    "TTL        24h batch, 5m streaming\n"
	    "memory     3.1 GB\n"
	    "field TTL  yes, HSETEX no\n");
	done(FS_FORM_JSON, "{\"key_prefix\":\"fs:user:\","
	    "\"batch_ttl_seconds\":86400,\"streaming_ttl_seconds\":300,"
	    "\"entity_count\":12400311,\"server\":{\"name\":\"Redis\","
	    "\"version\":\"8.0.2\",\"mode\":\"standalone\",\"nodes\":1,"
	    "\"used_memory_bytes\":3328599654,\"field_ttl\":true,"
	    "\"hsetex\":false}}\n");
}

static void
test_read_text(void **state)
{
	(void)state;
	make(FS_OP_READ, FS_ANSWER_DONE);
	add_sample();
	done(FS_FORM_TEXT,
	    "u1   key TTL 23h45m   3 of 4 fields   0.31 ms\n"
	    "country_iso      US          no TTL\n"
	    "tx_count_5m      3            4m59s\n"
	    "session_country  -          missing\n"
	    "last_device_id   \\xFF\\e[2J   no TTL  LEAK\n");
	make(FS_OP_READ, FS_ANSWER_DONE);
	add_entity("u\n", 0);
	done(FS_FORM_TEXT, "u\\n   not there\n");
}

static void
test_read_json(void **state)
{
	(void)state;
	make(FS_OP_READ, FS_ANSWER_DONE);
	add_sample();
	done(FS_FORM_JSON, "{\"entity\":\"u1\",\"exists\":true,"
	    "\"requested\":[\"country_iso\",\"tx_count_5m\","
	    "\"session_country\",\"last_device_id\"],"
	    "\"values\":{\"country_iso\":\"US\",\"tx_count_5m\":\"3\","
	    "\"session_country\":null,"
	    "\"last_device_id\":{\"base64\":\"/xtbMko=\"}},"
	    "\"ttls\":{\"country_iso\":-1,\"tx_count_5m\":299,"
	    "\"session_country\":-2,\"last_device_id\":-1},"
	    "\"key_ttl_seconds\":85500,\"returned_count\":3,"
	    "\"elapsed_ms\":0.312}\n");
}

static void
test_inspect(void **state)
{
	struct fs_entity *entity;

	(void)state;
	make(FS_OP_INSPECT, FS_ANSWER_DONE);
	entity = add_sample();
	strcpy(entity->encoding, "listpackex");
	entity->memory_bytes = 312;
	entity->hlen = 5;
	entity->fields[0].value_size = 1 << 20;
	done(FS_FORM_TEXT,
	    "u1   key TTL 23h45m   listpackex   312 B   5 fields\n"
	    "class      field            value                 left\n"
	    "batch      country_iso      1.0 MB, not shown   no TTL\n"
	    "streaming  tx_count_5m      3                    4m59s\n"
	    "streaming  session_country  -                  missing\n"
	    "streaming  last_device_id   \\xFF\\e[2J           no TTL  LEAK\n"
	    "2 more fields\n");
	fs_print_done(&printer, answer);
	fs_str_clear(&out.text);
	printer.form = FS_FORM_JSON;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data, "\"value\":null,"
	    "\"ttl_seconds\":-1,\"state\":\"no-ttl\","
	    "\"value_bytes\":1048576}"));
	fs_str_clear(&out.text);
	entity->fields[0].value_size = 2;
	done(FS_FORM_JSON, "{\"entity\":\"u1\",\"key\":\"fs:user:u1\","
	    "\"exists\":true,\"key_ttl_seconds\":85500,"
	    "\"encoding\":\"listpackex\",\"memory_bytes\":312,\"fields\":["
	    "{\"name\":\"country_iso\",\"class\":\"batch\",\"value\":\"US\","
	    "\"ttl_seconds\":-1,\"state\":\"no-ttl\"},"
	    "{\"name\":\"tx_count_5m\",\"class\":\"streaming\","
	    "\"value\":\"3\",\"ttl_seconds\":299,\"state\":\"live\"},"
	    "{\"name\":\"session_country\",\"class\":\"streaming\","
	    "\"value\":null,\"ttl_seconds\":-2,\"state\":\"missing\"},"
	    "{\"name\":\"last_device_id\",\"class\":\"streaming\","
	    "\"value\":{\"base64\":\"/xtbMko=\"},\"ttl_seconds\":-1,"
	    "\"state\":\"leak\"}]}\n");
}

/* In one answer, and in parts of which the last is not an answer's end. */
static void
test_entities(void **state)
{
	(void)state;
	make(FS_OP_ENTITIES, FS_ANSWER_DONE);
	done(FS_FORM_TEXT, "");
	done(FS_FORM_JSON,
	    "{\"count\":0,\"complete\":false,\"entity_ids\":[]}\n");
	answer->complete = true;
	done(FS_FORM_JSON, "{\"count\":0,\"entity_ids\":[]}\n");
	fs_list_add(&answer->ids, fs_bytes_of("a\n"));
	fs_list_add(&answer->ids, fs_bytes_of("\xff"));
	done(FS_FORM_TEXT, "a\\n\n\\xFF\n");
	done(FS_FORM_JSON, "{\"count\":2,\"entity_ids\":[\"a\\n\","
	    "{\"base64\":\"/w==\"}]}\n");
	fs_print_part(&printer, answer);
	fs_print_part(&printer, answer);
	done(FS_FORM_JSON, "{\"entity_ids\":[\"a\\n\",{\"base64\":\"/w==\"},"
	    "\"a\\n\",{\"base64\":\"/w==\"},\"a\\n\",{\"base64\":\"/w==\"}],"
	    "\"count\":6}\n");
}

static void
test_batch(void **state)
{
	(void)state;
	make(FS_OP_BATCH_READ, FS_ANSWER_DONE);
	answer->asked = 2;
	answer->field_count = 4;
	answer->fields = 3;
	answer->missing = 1;
	answer->elapsed_us = 1240;
	add_sample();
	add_entity("gone", 0);
	done(FS_FORM_TEXT,
	    "2 entities \xc3\x97 4 features in 1.24 ms, 0.62 ms each\n"
	    "found 3 of 8 values, 1 entity missing\n"
	    "u1          3\n"
	    "gone  missing\n");
	done(FS_FORM_JSON, "{\"entity_count\":2,\"field_count\":4,"
	    "\"returned_count\":3,\"missing_entities\":1,\"elapsed_ms\":1.24,"
	    "\"sample\":[{\"id\":\"u1\",\"field_count\":3},"
	    "{\"id\":\"gone\",\"field_count\":0}]}\n");
}

static void
ask_rows(enum fs_format format)
{
	static const char *const names[] = { "country_iso", "tx_count_5m",
	    "a,b", "last_device_id" };

	printer.rows = format;
	printer.count = 0;
	fs_list_clear(&printer.names);
	for (int i = 0; i < 4; i++)
		fs_list_add(&printer.names, fs_bytes_of(names[i]));
}

static void
make_rows(void)
{
	struct fs_entity *entity;

	make(FS_OP_BATCH_READ, FS_ANSWER_PART);
	entity = add_sample();
	fs_field_set_value(&entity->fields[1], fs_bytes_of(""));
	entity = add_entity("\"x\"\r\n", 4);
	put(entity, 0, "country_iso", FS_CLASS_BATCH, " a", -1);
	put(entity, 1, "tx_count_5m", FS_CLASS_STREAMING, "1,2", -1);
	add_entity("gone", 4);
	entity = add_entity("refused", 4);
	fs_fail(&entity->err, FS_ESERVER, "no");
}

static void
test_rows_csv(void **state)
{
	(void)state;
	ask_rows(FS_FORMAT_CSV);
	make_rows();
	fs_print_part(&printer, answer);
	assert_text(&out,
	    "entity,country_iso,tx_count_5m,\"a,b\",last_device_id\r\n"
	    "u1,US,\"\",,\xff\x1b[2J\r\n"
	    "\"\"\"x\"\"\r\n\",\" a\",\"1,2\",,\r\n"
	    "gone,,,,\r\n");
	fs_print_part(&printer, answer);
	assert_null(strstr(out.text.data, "entity,"));
}

/* A terminal gets no foreign escapes. */
static void
test_rows_csv_on_a_terminal(void **state)
{
	(void)state;
	ask_rows(FS_FORMAT_CSV);
	out.terminal = true;
	make_rows();
	fs_print_part(&printer, answer);
	assert_null(memchr(out.text.data, '\x1b', out.text.len));
	assert_non_null(strstr(out.text.data, ",\\xFF\\e[2J\r\n"));
}

static void
test_rows_ndjson(void **state)
{
	(void)state;
	ask_rows(FS_FORMAT_NDJSON);
	make_rows();
	fs_print_part(&printer, answer);
	assert_text(&out,
	    "{\"entity\":\"u1\",\"features\":{\"country_iso\":\"US\","
	    "\"tx_count_5m\":\"\",\"last_device_id\":"
	    "{\"base64\":\"/xtbMko=\"}}}\n"
	    "{\"entity\":\"\\\"x\\\"\\r\\n\",\"features\":"
	    "{\"country_iso\":\" a\",\"tx_count_5m\":\"1,2\"}}\n"
	    "{\"entity\":\"gone\",\"features\":{}}\n");
}

static void
assert_row(const char *name, const char *value, const char *json)
{
	char text[128];

	make(FS_OP_BATCH_READ, FS_ANSWER_PART);
	put(add_entity("u", 1), 0, name, FS_CLASS_BATCH, value, -1);
	fs_print_part(&printer, answer);
	snprintf(text, sizeof(text),
	    "{\"entity\":\"u\",\"features\":{\"%s\":%s}}\n", name, json);
	assert_text(&out, text);
}

/* What JSON can't say as the schema has it stays a string. */
static void
test_rows_typed(void **state)
{
	static const char *const strings[] = { "007", "+1", "1.", ".5", "-",
	    "1e", "nan", "0x10", "", " 1", "1 ", "01.5" };
	char quoted[32];

	(void)state;
	ask_rows(FS_FORMAT_NDJSON);
	assert_row("tx_count_7d", "14", "14");
	assert_row("tx_count_7d", "-14", "-14");
	assert_row("tx_count_7d", "0", "0");
	assert_row("tx_count_7d", "1.5", "\"1.5\"");
	assert_row("tx_count_7d", "9223372036854775808",
	    "\"9223372036854775808\"");
	assert_row("avg_amount_30d", "92.0", "92.0");
	assert_row("avg_amount_30d", "-1.5e-7", "-1.5e-7");
	assert_row("avg_amount_30d", "1e400", "\"1e400\"");
	assert_row("country_iso", "12", "\"12\"");
	assert_row("unknown", "12", "\"12\"");
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", strings[i]);
		assert_row("avg_amount_30d", strings[i], quoted);
	}
}

/* The summary goes elsewhere, and a header comes also without rows. */
static void
test_rows_summary(void **state)
{
	(void)state;
	ask_rows(FS_FORMAT_CSV);
	make(FS_OP_BATCH_READ, FS_ANSWER_DONE);
	done(FS_FORM_TEXT,
	    "entity,country_iso,tx_count_5m,\"a,b\",last_device_id\r\n");
	assert_text(&notes, "0 entities \xc3\x97 0 features in 0.00 ms\n"
	    "found 0 of 0 values, 0 entities missing\n");
	ask_rows(FS_FORMAT_NDJSON);
	done(FS_FORM_JSON, "");
	assert_text(&notes, "{\"entity_count\":0,\"field_count\":0,"
	    "\"returned_count\":0,\"missing_entities\":0,\"elapsed_ms\":0.0,"
	    "\"sample\":[]}\n");
}

static void
test_watch(void **state)
{
	(void)state;
	make(FS_OP_WATCH, FS_ANSWER_PART);
	answer->events = fs_xcalloc(1, sizeof(*answer->events));
	answer->nevents = 1;
	answer->events[0] = (struct fs_watch_event){ .at_wall_us = WALL,
		.entity = fs_xstrdup("u1"), .entity_len = 2,
		.field = fs_xstrdup("\xff"), .field_len = 1,
		.event = FS_WATCH_EXPIRED };
	fs_print_part(&printer, answer);
	assert_text(&out, "2023-11-14T22:13:20.123Z  expired  u1  \\xFF\n");
	printer.form = FS_FORM_JSON;
	fs_print_part(&printer, answer);
	assert_text(&out, "{\"at\":\"2023-11-14T22:13:20.123Z\","
	    "\"entity\":\"u1\",\"field\":{\"base64\":\"/w==\"},"
	    "\"event\":\"expired\"}\n");
	make(FS_OP_WATCH, FS_ANSWER_DONE);
	done(FS_FORM_JSON, "");
}

static void
test_load_and_stream(void **state)
{
	(void)state;
	make(FS_OP_LOAD, FS_ANSWER_DONE);
	answer->done = 1000000;
	answer->fields = 6000000;
	answer->rejected = 1;
	answer->ttl_ms = 86400000;
	answer->elapsed_us = 24150000;
	done(FS_FORM_TEXT, "loaded 1,000,000 entities, 6,000,000 fields, "
	    "1 row rejected; TTL 24h; 24.2 s, 41.4k entities/s\n");
	done(FS_FORM_JSON, "{\"loaded\":1000000,\"rejected\":1,"
	    "\"fields\":6000000,\"ttl_seconds\":86400,"
	    "\"elapsed_ms\":24150.0,\"entities_per_second\":41407.9}\n");
	make(FS_OP_STREAM, FS_ANSWER_DONE);
	answer->done = 5;
	answer->fields = 25;
	answer->failed = 2;
	answer->elapsed_us = 1000;
	done(FS_FORM_TEXT, "5 events, 25 fields written, 2 not acknowledged; "
	    "1.00 ms\n");
	done(FS_FORM_JSON, "{\"events\":5,\"written_fields\":25,"
	    "\"rejected\":0,\"unacknowledged\":2,\"elapsed_ms\":1.0}\n");
}

static void
test_other_writes(void **state)
{
	(void)state;
	make(FS_OP_SET, FS_ANSWER_DONE);
	answer->fields = 1;
	done(FS_FORM_TEXT, "written 1 feature\n");
	done(FS_FORM_JSON, "{\"written\":1}\n");
	make(FS_OP_DELETE, FS_ANSWER_DONE);
	answer->deleted = 2;
	answer->missing = 1;
	done(FS_FORM_TEXT, "deleted 2 entities, 1 not there\n");
	done(FS_FORM_JSON, "{\"deleted\":2}\n");
	make(FS_OP_RESET, FS_ANSWER_DONE);
	answer->deleted = 200;
	printer.ctx.dry_run = true;
	done(FS_FORM_TEXT, "would delete 200 entities\n");
	done(FS_FORM_JSON, "{\"would_delete\":200}\n");
	make(FS_OP_REPAIR, FS_ANSWER_DONE);
	answer->leaks = 1;
	answer->orphans = 3;
	done(FS_FORM_TEXT, "1 leak, 0 keys without TTL, 3 orphans\n");
	printer.ctx.dry_run = false;
	answer->repaired = 1;
	answer->deleted = 3;
	done(FS_FORM_TEXT, "1 leak, 0 keys without TTL, 3 orphans; "
	    "repaired 1, deleted 3\n");
	done(FS_FORM_JSON, "{\"leaks\":1,\"keys_without_ttl\":0,"
	    "\"orphans\":3,\"repaired\":1,\"deleted\":3}\n");
}

/* What failed before anything was done prints nothing. */
static void
test_failed(void **state)
{
	(void)state;
	for (int op = 0; op < FS_OP_COUNT; op++) {
		make((enum fs_op)op, FS_ANSWER_DONE);
		fs_fail(&answer->err, FS_ECONNECT, "refused");
		done(FS_FORM_TEXT, "");
		done(FS_FORM_JSON, "");
	}
	make(FS_OP_LOAD, FS_ANSWER_DONE);
	fs_fail(&answer->err, FS_ECONNECT, "lost");
	answer->done = 1000;
	done(FS_FORM_JSON, "{\"loaded\":1000,\"rejected\":0,\"fields\":0,"
	    "\"ttl_seconds\":0,\"elapsed_ms\":0.0,"
	    "\"entities_per_second\":null}\n");
}

static struct fs_audit_report *
make_report(void)
{
	struct fs_audit_report *report = fs_xcalloc(1, sizeof(*report));
	struct fs_feature_report *f;

	report->entities = report->sampled = 200;
	report->complete = true;
	report->elapsed_us = 1500;
	report->not_hashes = 1;
	report->nfeatures = 2;
	report->features = f = fs_xcalloc(2, sizeof(*f));
	f[0] = (struct fs_feature_report){ .name = fs_xstrdup("country_iso"),
		.class = FS_CLASS_BATCH, .present = 200, .no_ttl = 200,
		.coverage_percent = 100, .ttl_min = NAN, .ttl_p5 = NAN,
		.ttl_p50 = NAN, .ttl_p95 = NAN, .ttl_max = NAN,
		.youngest_write_seconds = NAN, .half_gone_seconds = NAN,
		.all_gone_seconds = NAN };
	f[1] = (struct fs_feature_report){ .name = fs_xstrdup("tx_count_5m"),
		.class = FS_CLASS_STREAMING, .present = 150, .missing = 50,
		.leaks = 5, .coverage_percent = 75, .ttl_min = 0.5,
		.ttl_p5 = 2, .ttl_p50 = 150, .ttl_p95 = 290,
		.ttl_max = 299.2, .youngest_write_seconds = 0.8,
		.half_gone_seconds = 95, .all_gone_seconds = NAN };
	for (int i = 0; i < FS_AUDIT_BUCKETS; i++)
		f[0].le_seconds[i] = f[1].le_seconds[i] =
		    i == FS_AUDIT_BUCKETS - 1 ? INFINITY : 25 * (i + 1);
	f[1].histogram[0] = 120;
	f[1].histogram[FS_AUDIT_BUCKETS - 1] = 25;
	f[1].histogram_sum = 21750.5;
	fs_list_add(&report->unknown, fs_bytes_of("odd\"\xff"));
	report->unknown_count = fs_xcalloc(1, sizeof(uint64_t));
	report->unknown_count[0] = 7;
	report->violation_count[FS_V_LEAK] = 5;
	fs_list_add(&report->examples[FS_V_LEAK], fs_bytes_of("u1"));
	fs_list_add(&report->examples[FS_V_LEAK], fs_bytes_of("\xff"));
	return report;
}

/* Only where it is so, but in Prometheus always. */
static void
test_approximate(void **state)
{
	(void)state;
	make(FS_OP_STATE, FS_ANSWER_DONE);
	printer.form = FS_FORM_JSON;
	answer->done = 7;
	answer->complete = true;
	fs_print_done(&printer, answer);
	assert_null(strstr(out.text.data, "approximate"));
	answer->approximate = true;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data,
	    "\"entity_count\":7,\"approximate\":true"));
	make(FS_OP_ENTITIES, FS_ANSWER_DONE);
	answer->approximate = answer->complete = true;
	fs_str_clear(&out.text);
	done(FS_FORM_JSON,
	    "{\"count\":0,\"approximate\":true,\"entity_ids\":[]}\n");
	fs_list_add(&answer->ids, fs_bytes_of("u1"));
	fs_print_part(&printer, answer);
	fs_list_clear(&answer->ids);
	done(FS_FORM_JSON,
	    "{\"entity_ids\":[\"u1\"],\"count\":1,\"approximate\":true}\n");
	make(FS_OP_AUDIT, FS_ANSWER_DONE);
	answer->audit = make_report();
	fs_print_done(&printer, answer);
	assert_null(strstr(out.text.data, "approximate"));
	printer.form = FS_FORM_PROMETHEUS;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data,
	    "\nfsconsole_audit_approximate{prefix=\"fs:user:\"} 0\n"));
	answer->audit->approximate = true;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data,
	    "\nfsconsole_audit_approximate{prefix=\"fs:user:\"} 1\n"));
	printer.form = FS_FORM_JSON;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data,
	    "\"complete\":true,\"approximate\":true,"));
}

static void
test_audit_text(void **state)
{
	(void)state;
	make(FS_OP_AUDIT, FS_ANSWER_DONE);
	answer->audit = make_report();
	done(FS_FORM_TEXT,
	    "200 entities, all read in 1.50 ms\n"
	    "feature       there  least  median   most  written  half gone"
	    "  gone\n"
	    "country_iso  100.0%      -       -      -        -          -"
	    "     -\n"
	    "tx_count_5m   75.0%  500ms   2m30s  4m59s    800ms      1m35s"
	    "     -  LEAKS 5\n"
	    "no interval between writes is known, so that nothing is told to "
	    "have stalled\n"
	    "unknown feature  7  odd\"\\xFF\n"
	    "leak  5  u1 \\xFF\n");
	answer->audit->sampled = 100;
	answer->audit->complete = false;
	fs_print_done(&printer, answer);
	/* Without a sample drawn, it is none; a drawn one may be cut short. */
	assert_non_null(strstr(out.text.data, "cut short after 100 of about "
	    "200 entities, read in 1.50 ms; NOT COMPLETE\n"));
	answer->audit->sample = true;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data, "200 entities, a sample of 100 "
	    "read in 1.50 ms; NOT COMPLETE\n"));
	/* All that answered, for a node did not. */
	answer->audit->sample = false;
	answer->audit->sampled = 200;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data, "\n200 entities, 200 read in "
	    "1.50 ms; NOT COMPLETE\n"));
}

/* The same of a sample of half of them. */
static struct fs_audit_report *
make_sample(void)
{
	struct fs_audit_report *report = make_report();
	struct fs_feature_report *f = &report->features[1];

	report->sample = true;
	report->entities = 4000;
	f->coverage_low = 68.58;
	f->coverage_high = 80.5;
	f->estimate.missing = (struct fs_estimate){ 1000, 780, 1257 };
	f->estimate.leaks = (struct fs_estimate){ 100, 44, 226 };
	report->orphans = 1;
	report->estimate.orphans = (struct fs_estimate){ 20, 4, 109 };
	report->violation_count[FS_V_ORPHAN] = 1;
	fs_list_add(&report->examples[FS_V_ORPHAN], fs_bytes_of("u7"));
	return report;
}

/* What was counted in it, and how many there are in all by that. */
static void
test_audit_sample(void **state)
{
	static const char *const has[] = {
	    "\"orphans\":1,\"not_hashes\":1,\"estimates\":{"
	    "\"keys_without_ttl\":{\"count\":0,\"low\":0,\"high\":0},"
	    "\"orphans\":{\"count\":20,\"low\":4,\"high\":109}},",
	    "\"leaks\":5,\"over_ttl\":0,\"estimates\":{\"missing\":{"
	    "\"count\":1000,\"low\":780,\"high\":1257},\"no_ttl\":{"
	    "\"count\":0,\"low\":0,\"high\":0},\"leaks\":{\"count\":100,"
	    "\"low\":44,\"high\":226},\"over_ttl\":{\"count\":0,"
	    "\"low\":0,\"high\":0}},\"ttl_seconds\":",
	}, *const gauges[] = {
	    "\n# HELP fsconsole_orphans_estimate_low Entities that hold "
	    "streaming features alone, at least, with 95 % confidence.\n"
	    "# TYPE fsconsole_orphans_estimate_low gauge\n"
	    "fsconsole_orphans_estimate_low{prefix=\"fs:user:\"} 4\n",
	    "\nfsconsole_feature_leaks_estimate{prefix=\"fs:user:\","
	    "feature=\"tx_count_5m\",class=\"streaming\"} 100\n",
	    "\nfsconsole_feature_missing_estimate_high{prefix=\"fs:user:\","
	    "feature=\"tx_count_5m\",class=\"streaming\"} 1257\n",
	};

	(void)state;
	make(FS_OP_AUDIT, FS_ANSWER_DONE);
	answer->audit = make_sample();
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data, "  LEAKS ~100 (44-226)\n"));
	assert_non_null(strstr(out.text.data,
	    "\norphan  1  ~20 (4-109)  u7\n"));
	assert_non_null(strstr(out.text.data, "\nleak    5               u1"));
	printer.form = FS_FORM_JSON;
	fs_print_done(&printer, answer);
	for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++)
		assert_non_null(strstr(out.text.data, has[i]));
	printer.form = FS_FORM_PROMETHEUS;
	fs_print_done(&printer, answer);
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		assert_non_null(strstr(out.text.data, gauges[i]));
}

static void
test_audit_json(void **state)
{
	static const char *const has[] = {
	    "{\"entities\":200,\"sampled\":200,\"complete\":true,"
	    "\"elapsed_ms\":1.5,\"keys_without_ttl\":0,\"orphans\":0,"
	    "\"not_hashes\":1,\"features\":[{\"name\":\"country_iso\","
	    "\"class\":\"batch\",\"present\":200,\"missing\":0,"
	    "\"coverage_percent\":100.0,\"no_ttl\":200,\"leaks\":0,"
	    "\"over_ttl\":0,\"ttl_seconds\":{\"min\":null,\"p5\":null,"
	    "\"p50\":null,\"p95\":null,\"max\":null},\"histogram\":["
	    "{\"le_seconds\":25.0,\"count\":0},",
	    ",{\"le_seconds\":null,\"count\":0}],"
	    "\"youngest_write_seconds\":null,\"stalled\":false,"
	    "\"half_gone_seconds\":null,\"all_gone_seconds\":null},",
	    "\"unknown_features\":[{\"name\":{\"base64\":\"b2RkIv8=\"},"
	    "\"count\":7}],\"violations\":[{\"kind\":\"leak\",\"count\":5,"
	    "\"examples\":[\"u1\",{\"base64\":\"/w==\"}]}]}\n",
	};

	(void)state;
	make(FS_OP_AUDIT, FS_ANSWER_DONE);
	answer->audit = make_report();
	printer.form = FS_FORM_JSON;
	fs_print_done(&printer, answer);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(out.text.data, has[i]));
	/* Ten of a kind at most, however many were kept. */
	for (int i = 3; i <= 12; i++)
		fs_list_add(&answer->audit->examples[FS_V_LEAK],
		    fs_bytes(i == 10 ? "last" : "more", 4));
	fs_str_clear(&out.text);
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data, "\"more\",\"last\"]"));
	assert_null(strstr(out.text.data, "coverage_low"));
	assert_null(strstr(out.text.data, "estimates"));
	fs_str_clear(&out.text);
	answer->audit->sampled = 100;
	answer->audit->features[0].coverage_low = 98.712;
	answer->audit->features[0].coverage_high = 100;
	answer->audit->features[1].coverage_low = 65.5;
	answer->audit->features[1].coverage_high = 82.25;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data, "\"coverage_percent\":75.0,"
	    "\"coverage_low_percent\":65.5,"
	    "\"coverage_high_percent\":82.25,\"no_ttl\":"));
	printer.form = FS_FORM_TEXT;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data, "\n"
	    "feature       there        95 %  least "));
	assert_non_null(strstr(out.text.data, "\n"
	    "country_iso  100.0%   98.7-100%      - "));
	assert_non_null(strstr(out.text.data, "\n"
	    "tx_count_5m   75.0%  65.5-82.3%  500ms "));
}

static void
test_audit_prometheus(void **state)
{
	static const char *const has[] = {
	    "# HELP fsconsole_entities Entities in the store.\n"
	    "# TYPE fsconsole_entities gauge\n"
	    "fsconsole_entities{prefix=\"fs:user:\"} 200\n",
	    "\nfsconsole_audit_complete{prefix=\"fs:user:\"} 1\n",
	    "\nfsconsole_audit_duration_seconds{prefix=\"fs:user:\"} "
	    "0.0015\n",
	    "\nfsconsole_feature_coverage_ratio{prefix=\"fs:user:\","
	    "feature=\"tx_count_5m\",class=\"streaming\"} 0.75\n",
	    "\nfsconsole_feature_ttl_seconds{prefix=\"fs:user:\","
	    "feature=\"tx_count_5m\",class=\"streaming\",quantile=\"0.5\"} "
	    "150\n",
	    "\n# TYPE fsconsole_feature_time_left_seconds histogram\n"
	    "fsconsole_feature_time_left_seconds_bucket{prefix=\"fs:user:\","
	    "feature=\"country_iso\",class=\"batch\",le=\"25\"} 0\n",
	    "_bucket{prefix=\"fs:user:\",feature=\"tx_count_5m\","
	    "class=\"streaming\",le=\"275\"} 120\n"
	    "fsconsole_feature_time_left_seconds_bucket{prefix=\"fs:user:\","
	    "feature=\"tx_count_5m\",class=\"streaming\",le=\"+Inf\"} 145\n"
	    "fsconsole_feature_time_left_seconds_sum{prefix=\"fs:user:\","
	    "feature=\"tx_count_5m\",class=\"streaming\"} 21750.5\n"
	    "fsconsole_feature_time_left_seconds_count{prefix=\"fs:user:\","
	    "feature=\"tx_count_5m\",class=\"streaming\"} 145\n",
	    "\nfsconsole_unknown_feature{prefix=\"fs:user:\","
	    "feature=\"odd\\\"\\\\xFF\"} 7\n",
	    "\nfsconsole_violations{prefix=\"fs:user:\",kind=\"leak\"} 5\n",
	    "\nfsconsole_violations{prefix=\"fs:user:\",kind=\"stalled\"} "
	    "0\n",
	};

	(void)state;
	make(FS_OP_AUDIT, FS_ANSWER_DONE);
	answer->audit = make_report();
	printer.form = FS_FORM_PROMETHEUS;
	fs_print_done(&printer, answer);
	for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++)
		assert_non_null(strstr(out.text.data, has[i]));
	assert_null(strstr(out.text.data, "_estimate"));
	/* What is not known is left out. */
	assert_null(strstr(out.text.data, "nan"));
	assert_null(strstr(out.text.data, "feature=\"country_iso\","
	    "class=\"batch\",quantile"));
}

static void
test_drill(void **state)
{
	struct fs_drill_report *report;
	struct fs_list names = { 0 };

	(void)state;
	make(FS_OP_DRILL, FS_ANSWER_DONE);
	fs_list_add(&names, fs_bytes_of("tx_count_5m"));
	answer->drill = report = fs_drill_report_new(&names);
	fs_list_free(&names);
	fs_drill_report_add(report)->at_seconds = 1.5;
	report->points[0].coverage_percent[0] = 87.5;
	report->points[0].expected_percent[0] = 85;
	report->forecast[0] = 150;
	report->error_seconds = 2;
	report->error_percent = 2.5;
	done(FS_FORM_TEXT,
	    "  at  tx_count_5m\n"
	    "1.5s        87.5%\n"
	    "tx_count_5m  half gone after 2m30s\n"
	    "forecast off by 2s and 2.5 percentage points, recovered after "
	    "-\n");
	done(FS_FORM_JSON, "{\"timeline\":[{\"at_seconds\":1.5,\"features\":"
	    "{\"tx_count_5m\":87.5},\"expected\":{\"tx_count_5m\":85.0}}],"
	    "\"forecast\":{\"tx_count_5m\":150.0},\"error_seconds\":2.0,"
	    "\"error_percent\":2.5,\"recovery_seconds\":null}\n");
	out.width = 18;
	printer.form = FS_FORM_TEXT;
	fs_print_done(&printer, answer);
	assert_non_null(strstr(out.text.data, "  at  tx_coun\xe2\x80\xa6\n"
	    "1.5s     87.5%\n"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_state),
		CASE(test_read_text),
		CASE(test_read_json),
		CASE(test_inspect),
		CASE(test_entities),
		CASE(test_batch),
		CASE(test_rows_csv),
		CASE(test_rows_csv_on_a_terminal),
		CASE(test_rows_ndjson),
		CASE(test_rows_typed),
		CASE(test_rows_summary),
		CASE(test_watch),
		CASE(test_load_and_stream),
		CASE(test_other_writes),
		CASE(test_failed),
		CASE(test_approximate),
		CASE(test_audit_text),
		CASE(test_audit_json),
		CASE(test_audit_prometheus),
		CASE(test_audit_sample),
		CASE(test_drill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
