/*
 * Sorting millions of ids. A list is a stretch of text that is random to walk
 * in another order, so the next few bytes of each item lie beside its index
 * and are sorted by themselves; only items that are alike in these are looked
 * at again.
 */
#include "model/list.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

#define KEY_BYTES	7	/* and how many of them there are */
#define FEW		24	/* sorted by insertion */

struct item {
	uint64_t	key;
	size_t		index;
};

/*
 * The bytes from depth on, so that keys are in the order of the items. Keys
 * that are equal and not full are those of equal items.
 */
static uint64_t
key_of(struct fs_bytes item, size_t depth)
{
	size_t		left = item.len - depth, n;
	uint64_t	key = 0;

	n = left < KEY_BYTES ? left : KEY_BYTES;
	for (size_t i = 0; i < n; i++)
		key = key << 8 | (unsigned char)item.data[depth + i];
	return key << (8 * (KEY_BYTES - n)) << 8 | n;
}

static bool
is_full(uint64_t key)
{
	return (key & 0xff) == KEY_BYTES;
}

static void
insertion_sort(struct item *items, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct item	item = items[i];
		size_t		at = i;

		for (; at > 0 && items[at - 1].key > item.key; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

/* Bring each item into the bucket of its byte, where it is. */
static void
permute(struct item *items, int shift, size_t next[256], const size_t end[256])
{
	for (int byte = 0; byte < 256; byte++) {
		while (next[byte] < end[byte]) {
			struct item *item = &items[next[byte]];
			int to = (int)(item->key >> shift & 0xff);
			struct item moved = *item;

			*item = items[next[to]];
			items[next[to]++] = moved;
		}
	}
}

/* By key, from the byte at shift down. */
static void
sort_keys(struct item *items, size_t n, int shift)
{
	size_t next[256], end[256] = { 0 }, start = 0;

	if (n <= FEW) {
		insertion_sort(items, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		end[items[i].key >> shift & 0xff]++;
	for (int byte = 0; byte < 256; byte++) {
		next[byte] = start;
		start = end[byte] += start;
	}
	permute(items, shift, next, end);
	if (shift == 0)
		return;
	for (int byte = 0; byte < 256; byte++) {
		start = byte == 0 ? 0 : end[byte - 1];
		if (end[byte] - start > 1)
			sort_keys(items + start, end[byte] - start, shift - 8);
	}
}

/* How far all of them are alike, of which depth bytes are known. */
static size_t
common_prefix(const struct fs_list *list, const struct item *items, size_t n,
    size_t depth)
{
	struct fs_bytes	first = fs_list_at(list, items[0].index);
	size_t		common = first.len;

	for (size_t i = 1; i < n && common > depth; i++) {
		struct fs_bytes	item = fs_list_at(list, items[i].index);
		size_t		at = depth;

		if (common > item.len)
			common = item.len;
		while (at < common && item.data[at] == first.data[at])
			at++;
		common = at;
	}
	return common;
}

/* Items that are alike in their first depth bytes. */
static void
sort_items(const struct fs_list *list, struct item *items, size_t n,
    size_t depth)
{
	size_t end;

	depth = common_prefix(list, items, n, depth);
	for (size_t i = 0; i < n; i++)
		items[i].key = key_of(fs_list_at(list, items[i].index),
		    depth);
	sort_keys(items, n, 56);
	for (size_t start = 0; start < n; start = end) {
		end = start + 1;
		while (end < n && items[end].key == items[start].key)
			end++;
		if (end - start > 1 && is_full(items[start].key))
			sort_items(list, items + start, end - start,
			    depth + KEY_BYTES);
	}
}

static bool
is_sorted_unique(const struct fs_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		if (fs_bytes_cmp(fs_list_at(list, i - 1),
		    fs_list_at(list, i)) >= 0)
			return false;
	}
	return true;
}

/* The items in their order, the caller's to free. */
static struct item *
sorted_items(const struct fs_list *list)
{
	struct item *items = fs_xreallocarray(NULL, list->count,
	    sizeof(*items));

	for (size_t i = 0; i < list->count; i++)
		items[i].index = i;
	sort_items(list, items, list->count, 0);
	return items;
}

void
fs_list_sort_unique(struct fs_list *list)
{
	struct fs_list	 sorted = { 0 };
	struct item	*items;

	if (is_sorted_unique(list))
		return;
	items = sorted_items(list);
	fs_str_room(&sorted.text, list->text.len);
	for (size_t i = 0; i < list->count; i++) {
		struct fs_bytes item = fs_list_at(list, items[i].index);

		if (i == 0 || !fs_bytes_eq(item,
		    fs_list_at(&sorted, sorted.count - 1)))
			fs_list_add(&sorted, item);
	}
	free(items);
	fs_list_free(list);
	*list = sorted;
}

/* Those that are the first of their kind, by index; the caller's to free. */
static bool *
mark_firsts(const struct fs_list *list)
{
	bool		*first = fs_xcalloc(list->count, sizeof(*first));
	struct item	*items = sorted_items(list);
	size_t		 least = items[0].index;

	for (size_t i = 1; i < list->count; i++) {
		size_t at = items[i].index;

		if (!fs_bytes_eq(fs_list_at(list, at),
		    fs_list_at(list, least))) {
			first[least] = true;
			least = at;
		} else if (at < least) {
			least = at;
		}
	}
	first[least] = true;
	free(items);
	return first;
}

void
fs_list_unique(struct fs_list *list)
{
	struct fs_list	 kept = { 0 };
	bool		*first;

	if (is_sorted_unique(list))
		return;
	first = mark_firsts(list);
	fs_str_room(&kept.text, list->text.len);
	for (size_t i = 0; i < list->count; i++) {
		if (first[i])
			fs_list_add(&kept, fs_list_at(list, i));
	}
	free(first);
	fs_list_free(list);
	*list = kept;
}
