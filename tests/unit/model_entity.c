#include "model/entity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SERVER	INT64_C(1700000000000)	/* the server's clock, ms */

static struct fs_entity *
entity_at(int64_t server_ms, size_t nfields)
{
	struct fs_entity *entity = fs_entity_new(fs_bytes_of("u1"), nfields);

	entity->server_ms = server_ms;
	return entity;
}

/* A field as a reading finds it: value NULL is missing. */
static void
put(struct fs_entity *entity, size_t i, const char *name, const char *value,
    int64_t deadline_ms)
{
	struct fs_field *field = &entity->fields[i];

	field->class = FS_CLASS_STREAMING;
	fs_field_set_name(field, fs_bytes_of(name));
	field->deadline_ms = deadline_ms;
	if (value == NULL) {
		field->deadline_ms = FS_NOT_THERE;
	} else {
		fs_field_set_value(field, fs_bytes_of(value));
		entity->exists = true;
		entity->nfound++;
		entity->hlen++;
	}
	fs_field_judge(field);
}

static void
assert_field(const struct fs_entity *entity, size_t i, const char *name,
    const char *value, enum fs_field_state state)
{
	assert_true(i < entity->nfields);
	assert_string_equal(entity->fields[i].name, name);
	assert_int_equal(entity->fields[i].state, state);
	if (value == NULL)
		assert_null(entity->fields[i].value);
	else
		assert_string_equal(entity->fields[i].value, value);
}

static void
test_new(void **state)
{
	struct fs_entity *entity = fs_entity_new(fs_bytes("a\0b", 3), 2);

	(void)state;
	assert_int_equal(entity->id_len, 3);
	assert_memory_equal(entity->id, "a\0b", 4);
	assert_false(entity->exists);
	assert_int_equal(entity->key_deadline_ms, FS_NOT_THERE);
	assert_int_equal(fs_entity_key_seconds(entity), -2);
	assert_int_equal(entity->fields[1].state, FS_FIELD_MISSING);
	assert_int_equal(entity->fields[1].deadline_ms, FS_NOT_THERE);
	fs_entity_free(entity);
	fs_entity_free(NULL);
	entity = fs_entity_new(fs_bytes(NULL, 0), 0);
	assert_string_equal(entity->id, "");
	fs_entity_free(entity);
}

static void
test_value(void **state)
{
	struct fs_field field = { 0 };
	char big[FS_VALUE_SHOWN + 1];

	(void)state;
	memset(big, 'x', sizeof(big));
	fs_field_set_value(&field, fs_bytes(big, sizeof(big)));
	assert_int_equal(field.value_len, FS_VALUE_SHOWN);
	assert_int_equal(field.value_size, FS_VALUE_SHOWN + 1);
	fs_field_set_value(&field, fs_bytes(field.value + 1, 2));
	assert_string_equal(field.value, "xx");
	fs_field_set_value(&field, fs_bytes_of(""));
	assert_string_equal(field.value, "");
	assert_int_equal(field.value_size, 0);
	fs_field_set_value(&field, fs_bytes(NULL, 0));
	assert_null(field.value);
	fs_field_set_name(&field, fs_bytes_of("n"));
	fs_field_set_name(&field, fs_bytes("a\0b", 3));
	assert_int_equal(field.name_len, 3);
	free(field.name);
}

static void
test_judge(void **state)
{
	static const struct {
		enum fs_class		class;
		const char		*value;
		int64_t			deadline_ms;
		enum fs_field_state	expected;
	} cases[] = {
		{ FS_CLASS_BATCH, "1", FS_NO_TTL, FS_FIELD_NO_TTL },
		{ FS_CLASS_EXTRA, "1", FS_NO_TTL, FS_FIELD_NO_TTL },
		{ FS_CLASS_STREAMING, "1", FS_NO_TTL, FS_FIELD_LEAK },
		{ FS_CLASS_STREAMING, "1", SERVER, FS_FIELD_LIVE },
		{ FS_CLASS_BATCH, "", SERVER, FS_FIELD_LIVE },
		{ FS_CLASS_BATCH, NULL, FS_NOT_THERE, FS_FIELD_MISSING },
		{ FS_CLASS_STREAMING, NULL, SERVER, FS_FIELD_MISSING },
		{ FS_CLASS_STREAMING, "1", FS_NOT_THERE, FS_FIELD_MISSING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fs_field field = {
			.class = cases[i].class,
			.deadline_ms = cases[i].deadline_ms,
		};

		if (cases[i].value != NULL)
			fs_field_set_value(&field,
			    fs_bytes_of(cases[i].value));
		fs_field_judge(&field);
		assert_int_equal(field.state, cases[i].expected);
		free(field.value);
	}
}

static void
test_left(void **state)
{
	struct fs_entity *entity = entity_at(SERVER, 0);

	(void)state;
	entity->read_mono_us = 5000000;
	assert_int_equal(fs_entity_left_ms(entity, FS_NO_TTL, 0), FS_NO_TTL);
	assert_int_equal(fs_entity_left_ms(entity, FS_NOT_THERE, 0),
	    FS_NOT_THERE);
	assert_int_equal(fs_entity_left_ms(entity, SERVER + 300000, 5000000),
	    300000);
	assert_int_equal(fs_entity_left_ms(entity, SERVER + 300000, 6500000),
	    298500);
	assert_int_equal(fs_entity_left_ms(entity, SERVER + 300, 6500000), 0);
	assert_int_equal(fs_entity_left_ms(entity, 0, 0), 0);
	assert_true(fs_entity_left_ms(entity, INT64_MAX, INT64_MIN) > 0);
	entity->server_ms = INT64_MIN;
	assert_true(fs_entity_left_ms(entity, INT64_MAX, 5000000) > 0);
	fs_entity_free(entity);
}

static void
test_seconds(void **state)
{
	struct fs_entity *entity = entity_at(SERVER, 0);

	(void)state;
	/* HTTL rounds up, TTL to the nearest. */
	assert_int_equal(fs_entity_field_seconds(entity, SERVER + 1), 1);
	assert_int_equal(fs_entity_field_seconds(entity, SERVER + 1000), 1);
	assert_int_equal(fs_entity_field_seconds(entity, SERVER + 1001), 2);
	assert_int_equal(fs_entity_field_seconds(entity, SERVER), 0);
	assert_int_equal(fs_entity_field_seconds(entity, SERVER - 5000), 0);
	assert_int_equal(fs_entity_field_seconds(entity, FS_NO_TTL), -1);
	assert_int_equal(fs_entity_field_seconds(entity, FS_NOT_THERE), -2);
	assert_true(fs_entity_field_seconds(entity, INT64_MAX) > 0);
	entity->key_deadline_ms = SERVER + 1499;
	assert_int_equal(fs_entity_key_seconds(entity), 1);
	entity->key_deadline_ms = SERVER + 1500;
	assert_int_equal(fs_entity_key_seconds(entity), 2);
	entity->key_deadline_ms = FS_NO_TTL;
	assert_int_equal(fs_entity_key_seconds(entity), -1);
	fs_entity_free(entity);
}

static void
test_key_before_field(void **state)
{
	struct fs_entity *entity = entity_at(SERVER, 4);

	(void)state;
	put(entity, 0, "a", "1", SERVER + 9000);
	put(entity, 1, "b", "1", SERVER + 7000);
	put(entity, 2, "c", "1", FS_NO_TTL);
	put(entity, 3, "d", "1", SERVER + 100);
	entity->key_deadline_ms = FS_NO_TTL;
	assert_int_equal(fs_entity_key_before_field(entity), -1);
	entity->key_deadline_ms = SERVER + 9000;
	assert_int_equal(fs_entity_key_before_field(entity), -1);
	entity->key_deadline_ms = SERVER + 5000;
	assert_int_equal(fs_entity_key_before_field(entity), 1);
	entity->key_deadline_ms = SERVER + 7000;
	assert_int_equal(fs_entity_key_before_field(entity), 0);
	fs_entity_free(entity);
}

static void
test_copy(void **state)
{
	struct fs_entity *entity = entity_at(SERVER, 2), *copy;

	(void)state;
	put(entity, 0, "a", "1", SERVER + 9000);
	put(entity, 1, "b", NULL, 0);
	copy = fs_entity_copy(entity);
	fs_entity_free(entity);
	assert_string_equal(copy->id, "u1");
	assert_int_equal(copy->nfields, 2);
	assert_field(copy, 0, "a", "1", FS_FIELD_LIVE);
	assert_field(copy, 1, "b", NULL, FS_FIELD_MISSING);
	fs_entity_free(copy);
	assert_null(fs_entity_copy(NULL));
}

/* Expires, stays expired with its time, and comes back. */
static void
test_follow(void **state)
{
	struct fs_entity *old = entity_at(SERVER, 2), *now;

	(void)state;
	put(old, 0, "a", "1", SERVER + 500);
	put(old, 1, "b", NULL, 0);
	for (int i = 1; i <= 3; i++) {
		now = entity_at(SERVER + i * 1000, 2);
		put(now, 0, "a", NULL, 0);
		put(now, 1, "b", "2", FS_NO_TTL);
		fs_entity_follow(now, old);
		assert_int_equal(now->nfields, 2);
		assert_field(now, 0, "a", "1", FS_FIELD_EXPIRED);
		assert_field(now, 1, "b", "2", FS_FIELD_LEAK);
		assert_int_equal(now->fields[0].gone_wall_us,
		    (SERVER + 500) * 1000);
		assert_int_equal(now->fields[0].deadline_ms, FS_NOT_THERE);
		assert_int_equal(now->fields[0].value_size, 1);
		old = now;
	}
	now = entity_at(SERVER + 9000, 2);
	put(now, 0, "a", "3", SERVER + 20000);
	put(now, 1, "b", "2", FS_NO_TTL);
	fs_entity_follow(now, old);
	assert_field(now, 0, "a", "3", FS_FIELD_LIVE);
	fs_entity_free(now);
}

static void
test_follow_early(void **state)
{
	struct fs_entity *old = entity_at(SERVER, 1);
	struct fs_entity *now = entity_at(SERVER + 1000, 1);

	(void)state;
	put(old, 0, "a", "1", SERVER + 99000);
	put(now, 0, "a", NULL, 0);
	fs_entity_follow(now, old);
	assert_field(now, 0, "a", "1", FS_FIELD_GONE);
	assert_int_equal(now->fields[0].gone_wall_us, (SERVER + 1000) * 1000);
	/* Its deadline passes later, but that is not why it went. */
	old = now;
	now = entity_at(SERVER + 999000, 1);
	put(now, 0, "a", NULL, 0);
	fs_entity_follow(now, old);
	assert_field(now, 0, "a", "1", FS_FIELD_GONE);
	assert_int_equal(now->fields[0].gone_wall_us, (SERVER + 1000) * 1000);
	fs_entity_free(now);
}

/* Deleted, all of it: that is no end of any field's time. */
static void
test_follow_deleted(void **state)
{
	struct fs_entity *old = entity_at(SERVER, 2);
	struct fs_entity *now = entity_at(SERVER + 1000, 2);

	(void)state;
	put(old, 0, "a", "1", FS_NO_TTL);
	put(old, 1, "b", "2", SERVER + 900);
	old->key_deadline_ms = SERVER + 50000;
	put(now, 0, "a", NULL, 0);
	put(now, 1, "b", NULL, 0);
	now->exists = false;
	now->key_deadline_ms = FS_NOT_THERE;
	fs_entity_follow(now, old);
	assert_field(now, 0, "a", "1", FS_FIELD_GONE);
	assert_int_equal(now->fields[0].gone_wall_us, (SERVER + 1000) * 1000);
	assert_field(now, 1, "b", "2", FS_FIELD_EXPIRED);
	fs_entity_free(now);
}

/* All of the key goes: a field without TTL went with it. */
static void
test_follow_key(void **state)
{
	struct fs_entity *old = entity_at(SERVER, 2);
	struct fs_entity *now = entity_at(SERVER + 1000, 1);

	(void)state;
	put(old, 0, "a", "1", FS_NO_TTL);
	put(old, 1, "extra", "2", SERVER + 300);
	old->key_deadline_ms = SERVER + 700;
	put(now, 0, "a", NULL, 0);
	fs_entity_follow(now, old);
	assert_field(now, 0, "a", "1", FS_FIELD_EXPIRED);
	assert_int_equal(now->fields[0].gone_wall_us, (SERVER + 700) * 1000);
	assert_field(now, 1, "extra", "2", FS_FIELD_EXPIRED);
	assert_int_equal(now->fields[1].gone_wall_us, (SERVER + 300) * 1000);
	fs_entity_free(now);
}

/* Extras that leave the hash stay, where their name belongs. */
static void
test_follow_extras(void **state)
{
	struct fs_entity *old = entity_at(SERVER, 5);
	struct fs_entity *now = entity_at(SERVER + 1000, 2);

	(void)state;
	put(old, 0, "a", "1", SERVER + 10);
	put(old, 1, "b", "2", SERVER + 99000);
	put(old, 2, "c", "3", SERVER + 10);
	put(old, 3, "d", NULL, 0);
	put(old, 4, "z", "5", SERVER + 10);
	put(now, 0, "b", "2", SERVER + 99000);
	put(now, 1, "d2", "x", FS_NO_TTL);
	fs_entity_follow(now, old);
	assert_int_equal(now->nfields, 5);
	assert_field(now, 0, "a", "1", FS_FIELD_EXPIRED);
	assert_field(now, 1, "b", "2", FS_FIELD_LIVE);
	assert_field(now, 2, "c", "3", FS_FIELD_EXPIRED);
	assert_field(now, 3, "d2", "x", FS_FIELD_LEAK);
	assert_field(now, 4, "z", "5", FS_FIELD_EXPIRED);
	old = now;
	now = entity_at(SERVER + 2000, 1);
	put(now, 0, "c", "4", SERVER + 99000);
	fs_entity_follow(now, old);
	assert_int_equal(now->nfields, 5);
	assert_field(now, 1, "b", "2", FS_FIELD_GONE);
	assert_field(now, 2, "c", "4", FS_FIELD_LIVE);
	assert_field(now, 3, "d2", "x", FS_FIELD_GONE);
	fs_entity_free(now);
}

/* A part of a large hash says nothing of the fields that are not in it. */
static void
test_follow_part(void **state)
{
	struct fs_entity *old = entity_at(SERVER, 2);
	struct fs_entity *now = entity_at(SERVER + 1000, 1);

	(void)state;
	put(old, 0, "a", "1", SERVER + 10);
	put(old, 1, "b", "2", FS_NO_TTL);
	old->fields[0].state = FS_FIELD_EXPIRED;
	old->fields[0].gone_wall_us = 7;
	put(now, 0, "c", "3", FS_NO_TTL);
	now->hlen = 5000;
	fs_entity_follow(now, old);
	assert_int_equal(now->nfields, 2);
	assert_field(now, 0, "a", "1", FS_FIELD_EXPIRED);
	assert_int_equal(now->fields[0].gone_wall_us, 7);
	assert_field(now, 1, "c", "3", FS_FIELD_LEAK);
	fs_entity_free(now);
}

/* Names that come and go for ever do not fill the memory. */
static void
test_follow_bounded(void **state)
{
	const int many = FS_FIELDS_SHOWN - 20;
	struct fs_entity *old = entity_at(SERVER, (size_t)many), *now;
	char name[32];

	(void)state;
	for (int i = 0; i < many; i++) {
		snprintf(name, sizeof(name), "f%06d", i);
		put(old, (size_t)i, name, "1", SERVER - 1);
	}
	for (int i = many; i < FS_FIELDS_SHOWN + 50; i++) {
		now = entity_at(SERVER + i, 1);
		snprintf(name, sizeof(name), "f%06d", i);
		put(now, 0, name, "1", SERVER + i + 1);
		fs_entity_follow(now, old);
		old = now;
	}
	assert_int_equal(now->nfields, FS_FIELDS_SHOWN + 1);
	fs_entity_free(now);
}

static void
test_follow_failure(void **state)
{
	struct fs_entity *old = entity_at(SERVER, 1);
	struct fs_entity *now = entity_at(0, 0);

	(void)state;
	put(old, 0, "a", "1", SERVER + 10);
	fs_fail(&now->err, FS_ETIMEOUT, "no answer");
	fs_entity_follow(now, old);
	assert_int_equal(now->err.code, FS_ETIMEOUT);
	assert_int_equal(now->server_ms, SERVER);
	assert_field(now, 0, "a", "1", FS_FIELD_LIVE);
	old = now;
	now = entity_at(SERVER + 1000, 0);
	now->exists = true;
	fs_fail(&now->err, FS_ETYPE, "no hash");
	fs_entity_follow(now, old);
	assert_int_equal(now->err.code, FS_ETYPE);
	assert_field(now, 0, "a", "1", FS_FIELD_EXPIRED);
	fs_entity_free(now);
}

static void
test_follow_other(void **state)
{
	struct fs_entity *old = fs_entity_new(fs_bytes_of("u2"), 1);
	struct fs_entity *now = entity_at(SERVER, 1);

	(void)state;
	put(old, 0, "a", "1", SERVER);
	put(now, 0, "a", NULL, 0);
	fs_entity_follow(now, old);
	assert_field(now, 0, "a", NULL, FS_FIELD_MISSING);
	fs_entity_follow(now, NULL);
	assert_int_equal(now->nfields, 1);
	fs_entity_free(now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_key_before_field),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_follow_early),
		cmocka_unit_test(test_follow_deleted),
		cmocka_unit_test(test_follow_key),
		cmocka_unit_test(test_follow_extras),
		cmocka_unit_test(test_follow_part),
		cmocka_unit_test(test_follow_bounded),
		cmocka_unit_test(test_follow_failure),
		cmocka_unit_test(test_follow_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
