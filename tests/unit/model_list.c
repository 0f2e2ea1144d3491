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

/* The first of each stays where it is. */
static void
test_unique(void **state)
{
	static const char *const in[] = {
		"u10", "u1", "", "u10", "u2", "u1", "\xff", "u", "", "u10",
	};
	static const char *const out[] = {
		"u10", "u1", "", "u2", "\xff", "u",
	};
	struct fs_list list = { 0 };

	(void)state;
	fs_list_unique(&list);
	assert_int_equal(list.count, 0);
	for (size_t i = 0; i < 10; i++)
		add(&list, in[i]);
	for (int round = 0; round < 2; round++) {
		fs_list_unique(&list);
		assert_int_equal(list.count, 6);
		for (size_t i = 0; i < 6; i++)
			assert_item(&list, i, out[i]);
	}
	fs_list_clear(&list);
	add(&list, "a");
	add(&list, "a");
	fs_list_unique(&list);
	assert_int_equal(list.count, 1);
	fs_list_free(&list);
}

/* An item that is likely to be like others for a while. */
static void
add_random(struct fs_list *list, struct fs_rng *rng, size_t max,
    unsigned alphabet)
{
	struct fs_str item = { 0 };

	for (uint64_t n = fs_rng_below(rng, max + 1); n > 0; n--)
		fs_str_add_char(&item, (char)(fs_rng_below(rng, alphabet) *
		    255 / (alphabet - 1)));
	fs_list_add(list, fs_str_bytes(&item));
	fs_str_free(&item);
}

static int
compare(const void *a, const void *b)
{
	return fs_bytes_cmp(*(const struct fs_bytes *)a,
	    *(const struct fs_bytes *)b);
}

/* The same as the library's sort has it. */
static void
check_sort(struct fs_list *list)
{
	struct fs_list	 from = { 0 };
	struct fs_bytes	*items = calloc(list->count, sizeof(*items));
	size_t		 n = 0;

	fs_list_copy(&from, list);
	for (size_t i = 0; i < from.count; i++)
		items[i] = fs_list_at(&from, i);
	qsort(items, from.count, sizeof(*items), compare);
	fs_list_sort_unique(list);
	for (size_t i = 0; i < from.count; i++) {
		if (i != 0 && fs_bytes_eq(items[i - 1], items[i]))
			continue;
		assert_true(fs_bytes_eq(items[i], fs_list_at(list, n)));
		n++;
	}
	assert_int_equal(list->count, n);
	free(items);
	fs_list_free(&from);
	fs_list_free(list);
}

static void
test_cut(void **state)
{
	struct fs_list list = { 0 };

	(void)state;
	fs_list_cut(&list, 0);
	add(&list, "a");
	add(&list, "");
	add(&list, "ccc");
	fs_list_cut(&list, 3);
	assert_int_equal(list.count, 3);
	fs_list_cut(&list, 2);
	assert_int_equal(list.count, 2);
	add(&list, "d");
	assert_true(fs_bytes_eq(fs_list_at(&list, 0), fs_bytes_of("a")));
	assert_true(fs_bytes_eq(fs_list_at(&list, 1), fs_bytes_of("")));
	assert_true(fs_bytes_eq(fs_list_at(&list, 2), fs_bytes_of("d")));
	fs_list_cut(&list, 0);
	assert_int_equal(list.count, 0);
	fs_list_free(&list);
}

static void
test_sort_many(void **state)
{
	struct fs_list	list = { 0 };
	struct fs_rng	rng;
	char		id[32];

	(void)state;
	fs_rng_seed(&rng, 1);
	for (int i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "u%04u",
		    (unsigned)fs_rng_below(&rng, 5000));
		add(&list, id);
	}
	check_sort(&list);
	for (int i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "tenant%u:users:%u",
		    (unsigned)fs_rng_below(&rng, 3),
		    (unsigned)fs_rng_below(&rng, 9000));
		add(&list, id);
	}
	check_sort(&list);
	for (int i = 0; i < 20000; i++)
		add_random(&list, &rng, 20, 2);
	check_sort(&list);
	for (int i = 0; i < 20000; i++)
		add_random(&list, &rng, 4, 256);
	check_sort(&list);
	for (int i = 0; i < 300; i++)
		for (int n = 0; n <= 40; n++)
			fs_list_add(&list, fs_bytes("\0\0\0\0\0\0\0\0\0\0\0\0"
			    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			    "\0\0\0\0", (size_t)n));
	check_sort(&list);
}

/* Each one longer than the one before: deep, but not for the stack. */
static void
test_sort_deep(void **state)
{
	struct fs_list	list = { 0 };
	struct fs_str	item = { 0 };

	(void)state;
	for (int i = 0; i < 3000; i++) {
		fs_str_add_char(&item, 'a');
		fs_list_add(&list, fs_str_bytes(&item));
	}
	for (int i = 0; i < 1000; i++)
		fs_list_add(&list, fs_bytes(item.data, (size_t)i * 3));
	check_sort(&list);
	fs_str_free(&item);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_find),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_sort_many),
		cmocka_unit_test(test_sort_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
