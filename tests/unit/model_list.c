#include "model/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"

static void
add(struct fs_list *list, const char *text)
{
	fs_list_add(list, fs_bytes_of(text));
}

static void
assert_item(const struct fs_list *list, size_t i, const char *text)
{
	struct fs_bytes item = fs_list_at(list, i);

	assert_int_equal(item.len, strlen(text));
	assert_string_equal(item.data, text);
}

static void
test_add_and_find(void **state)
{
	struct fs_list list = { 0 };

	(void)state;
	assert_int_equal(fs_list_find(&list, fs_bytes_of("a")), -1);
	assert_int_equal(fs_list_bsearch(&list, fs_bytes_of("a")), -1);
	add(&list, "");
	add(&list, "u0001");
	fs_list_add(&list, fs_bytes("a\0b", 3));
	fs_list_add(&list, fs_bytes(NULL, 0));
	assert_int_equal(list.count, 4);
	assert_item(&list, 0, "");
	assert_item(&list, 1, "u0001");
	assert_int_equal(fs_list_at(&list, 2).len, 3);
	assert_memory_equal(fs_list_at(&list, 2).data, "a\0b", 4);
	assert_item(&list, 3, "");
	assert_int_equal(fs_list_find(&list, fs_bytes("a\0b", 3)), 2);
	assert_int_equal(fs_list_find(&list, fs_bytes("a", 1)), -1);
	assert_int_equal(fs_list_find(&list, fs_bytes_of("")), 0);
	fs_list_clear(&list);
	assert_int_equal(list.count, 0);
	add(&list, "x");
	assert_item(&list, 0, "x");
	fs_list_free(&list);
	fs_list_free(&list);
}

static void
test_copy(void **state)
{
	struct fs_list from = { 0 }, to = { 0 };

	(void)state;
	fs_list_copy(&to, &from);
	assert_int_equal(to.count, 0);
	for (int i = 0; i < 100; i++)
		add(&from, i % 2 ? "odd" : "");
	add(&to, "old");
	fs_list_copy(&to, &from);
	fs_list_copy(&to, &to);
	fs_list_clear(&from);
	assert_int_equal(to.count, 100);
	assert_item(&to, 0, "");
	assert_item(&to, 99, "odd");
	add(&to, "new");
	assert_item(&to, 100, "new");
	fs_list_copy(&to, &from);
	assert_int_equal(to.count, 0);
	fs_list_free(&from);
	fs_list_free(&to);
}

static void
test_sort(void **state)
{
	static const char *const in[] = {
		"u10", "u1", "", "u2", "u1", "\xff", "u", "",
	};
	static const char *const sorted[] = {
		"", "u", "u1", "u10", "u2", "\xff",
	};
	struct fs_list list = { 0 };

	(void)state;
	fs_list_sort_unique(&list);
	assert_int_equal(list.count, 0);
	for (size_t i = 0; i < 8; i++)
		add(&list, in[i]);
	fs_list_sort_unique(&list);
	assert_int_equal(list.count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_item(&list, i, sorted[i]);
		assert_int_equal(fs_list_bsearch(&list,
		    fs_bytes_of(sorted[i])), i);
	}
	assert_int_equal(fs_list_bsearch(&list, fs_bytes_of("u0")), -1);
	assert_int_equal(fs_list_bsearch(&list, fs_bytes_of("u3")), -1);
	assert_int_equal(fs_list_bsearch(&list, fs_bytes("", 1)), -1);
	fs_list_sort_unique(&list);
	assert_int_equal(list.count, 6);
	fs_list_free(&list);
}

static void
test_sort_many(void **state)
{
	struct fs_list	list = { 0 };
	struct fs_rng	rng;
	char		id[16];

	(void)state;
	fs_rng_seed(&rng, 1);
	for (int i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "u%04u",
		    (unsigned)fs_rng_below(&rng, 5000));
		add(&list, id);
	}
	fs_list_sort_unique(&list);
	assert_in_range(list.count, 4800, 5000);
	for (size_t i = 1; i < list.count; i++)
		assert_true(fs_bytes_cmp(fs_list_at(&list, i - 1),
		    fs_list_at(&list, i)) < 0);
	fs_list_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_find),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_sort_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
