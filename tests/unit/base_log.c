#include "base/log.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/escape.h"

#define THREADS	4
#define LINES	2000

static struct fs_log_line lines[FS_LOG_LINES + 1];

static struct fs_log_line
newest(void)
{
	struct fs_log_line line;

	assert_int_equal(fs_log_copy(&line, 1), 1);
	return line;
}

static int
unset(void **state)
{
	(void)state;
	fs_clock_unset();
	fs_log_to(NULL);
	fs_log_ascii(false);
	return 0;
}

/* The first test: the ring is still empty. */
static void
test_first(void **state)
{
	(void)state;
	assert_int_equal(fs_log_copy(lines, 10), 0);
	fs_clock_set(0, 5 * FS_SEC);
	fs_log(FS_LOG_WARN, "port %d", 6379);
	assert_int_equal(fs_log_copy(lines, 10), 1);
	assert_int_equal(lines[0].seq, 1);
	assert_int_equal(lines[0].wall_us, 5 * FS_SEC);
	assert_int_equal(lines[0].level, FS_LOG_WARN);
	assert_int_equal(lines[0].times, 1);
	assert_string_equal(lines[0].text, "port 6379");
	assert_int_equal(fs_log_copy(lines, 0), 0);
}

static void
test_again(void **state)
{
	struct fs_log_line line;
	uint64_t seq, before;

	(void)state;
	fs_log(FS_LOG_INFO, "again");
	before = newest().seq;
	seq = fs_log_seq();
	fs_clock_set(0, 9 * FS_SEC);
	fs_log(FS_LOG_INFO, "again");
	line = newest();
	assert_int_equal(line.seq, before);
	assert_int_equal(line.times, 2);
	assert_int_equal(line.wall_us, 9 * FS_SEC);
	assert_true(fs_log_seq() != seq);
	fs_log(FS_LOG_ERROR, "again");
	assert_int_equal(newest().times, 1);
	assert_int_equal(newest().seq, before + 1);
	fs_log(FS_LOG_ERROR, "other");
	fs_log(FS_LOG_ERROR, "again");
	assert_int_equal(newest().times, 1);
}

static void
test_escaped(void **state)
{
	(void)state;
	fs_log(FS_LOG_INFO, "%s", "\033]0;x\a\xc2\x9b\x9b gr\xc3\xbcn\n");
	assert_string_equal(newest().text,
	    "\\e]0;x\\x07\\u{9B}\\x9B gr\xc3\xbcn\\n");
	fs_log_ascii(true);
	fs_log(FS_LOG_INFO, "gr\xc3\xbcn");
	assert_string_equal(newest().text, "gr\\u{FC}n");
}

/* Text of every length, of all kinds of units, ends whole and in bounds. */
static void
test_cut(void **state)
{
	static const char *const units[] = {
		"x", "\xc3\xbc", "\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\n",
		"\xff", "\xe2\x80\xae", "e\xcc\x81\xcc\x82",
	};
	struct fs_str raw = { 0 }, all = { 0 };

	(void)state;
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		fs_str_clear(&raw);
		for (int i = 0; i < 3 * FS_LOG_TEXT; i++) {
			struct fs_bytes text;

			fs_str_add_text(&raw, units[u]);
			fs_log(FS_LOG_INFO, "%s", raw.data);
			fs_str_clear(&all);
			fs_escape(&all, fs_str_bytes(&raw), true);
			fs_log_copy(lines, 1);
			text = fs_bytes_of(lines[0].text);
			assert_true(fs_utf8_valid(text));
			if (all.len < FS_LOG_TEXT) {
				assert_string_equal(text.data, all.data);
				continue;
			}
			assert_in_range(text.len, FS_LOG_TEXT - 12,
			    FS_LOG_TEXT - 1);
			assert_string_equal(text.data + text.len - 3,
			    "\xe2\x80\xa6");
			assert_memory_equal(text.data, all.data,
			    text.len - 3);
		}
	}
	fs_str_free(&raw);
	fs_str_free(&all);
}

static void
test_ring(void **state)
{
	char text[32];

	(void)state;
	for (int i = 0; i < FS_LOG_LINES + 7; i++)
		fs_log(FS_LOG_INFO, "line %d", i);
	assert_int_equal(fs_log_copy(lines, FS_LOG_LINES + 1), FS_LOG_LINES);
	for (int i = 0; i < FS_LOG_LINES; i++) {
		snprintf(text, sizeof(text), "line %d", i + 7);
		assert_string_equal(lines[i].text, text);
		assert_int_equal(lines[i].seq, lines[0].seq + (uint64_t)i);
	}
	assert_int_equal(fs_log_copy(lines, 3), 3);
	snprintf(text, sizeof(text), "line %d", FS_LOG_LINES + 4);
	assert_string_equal(lines[0].text, text);
}

static void
test_file(void **state)
{
	char	*data;
	size_t	 size;
	FILE	*file = open_memstream(&data, &size);

	(void)state;
	fs_clock_set(0, 1795435267000000);
	fs_log_to(file);
	fs_log(FS_LOG_WARN, "a\nb");
	fs_log(FS_LOG_WARN, "a\nb");
	fs_log_to(NULL);
	fs_log(FS_LOG_WARN, "unseen");
	fclose(file);
	assert_string_equal(data,
	    "2026-11-23T12:01:07Z warning: a\\nb\n"
	    "2026-11-23T12:01:07Z warning: a\\nb\n");
	free(data);
}

static void *
log_lines(void *arg)
{
	for (int i = 0; i < LINES; i++)
		fs_log(FS_LOG_INFO, "thread %d line %d", *(int *)arg, i);
	return NULL;
}

/* The lines of many threads come whole, each once, and in their order. */
static void
test_threads(void **state)
{
	pthread_t	threads[THREADS];
	int		ids[THREADS], last[THREADS], id, n;
	uint64_t	first = newest().seq;
	FILE		*file = fopen("/dev/null", "w");

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		ids[i] = i;
		last[i] = -1;
		assert_int_equal(pthread_create(&threads[i], NULL, log_lines,
		    &ids[i]), 0);
	}
	for (int i = 0; i < 100; i++) {
		fs_log_to(i % 2 ? NULL : file);
		fs_log_copy(lines, FS_LOG_LINES);
		fs_log_seq();
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	fs_log_to(NULL);
	fclose(file);
	assert_int_equal(newest().seq, first + THREADS * LINES);
	assert_int_equal(fs_log_copy(lines, FS_LOG_LINES), FS_LOG_LINES);
	for (int i = 0; i < FS_LOG_LINES; i++) {
		assert_int_equal(sscanf(lines[i].text, "thread %d line %d",
		    &id, &n), 2);
		assert_in_range(id, 0, THREADS - 1);
		assert_true(n > last[id]);
		last[id] = n;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_first, unset),
		cmocka_unit_test_teardown(test_again, unset),
		cmocka_unit_test_teardown(test_escaped, unset),
		cmocka_unit_test_teardown(test_cut, unset),
		cmocka_unit_test_teardown(test_ring, unset),
		cmocka_unit_test_teardown(test_file, unset),
		cmocka_unit_test_teardown(test_threads, unset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
