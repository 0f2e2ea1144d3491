#include "model/list.h"

#include <stdlib.h>

#include "base/mem.h"

#define FIRST_SIZE	16

static size_t
start_of(const struct fs_list *list, size_t i)
{
	return i == 0 ? 0 : list->end[i - 1] + 1;
}

void
fs_list_free(struct fs_list *list)
{
	fs_str_free(&list->text);
	free(list->end);
	*list = (struct fs_list){ 0 };
}

void
fs_list_clear(struct fs_list *list)
{
	fs_str_clear(&list->text);
	list->count = 0;
}

void
fs_list_add(struct fs_list *list, struct fs_bytes item)
{
	if (list->count == list->size) {
		list->size = list->size != 0 ? list->size * 2 : FIRST_SIZE;
		list->end = fs_xreallocarray(list->end, list->size,
		    sizeof(*list->end));
	}
	fs_str_add_bytes(&list->text, item);
	list->end[list->count++] = list->text.len;
	fs_str_add(&list->text, "", 1);
}

void
fs_list_cut(struct fs_list *list, size_t count)
{
	if (count >= list->count)
		return;
	fs_str_cut(&list->text, start_of(list, count));
	list->count = count;
}

void
fs_list_copy(struct fs_list *to, const struct fs_list *from)
{
	if (to == from)
		return;
	fs_list_clear(to);
	if (from->count == 0)
		return;
	if (to->size < from->count) {
		to->end = fs_xreallocarray(to->end, from->count,
		    sizeof(*to->end));
		to->size = from->count;
	}
	memcpy(to->end, from->end, from->count * sizeof(*to->end));
	to->count = from->count;
	fs_str_add_bytes(&to->text, fs_str_bytes(&from->text));
}

struct fs_bytes
fs_list_at(const struct fs_list *list, size_t i)
{
	size_t start = start_of(list, i);

	return fs_bytes(list->text.data + start, list->end[i] - start);
}

long
fs_list_find(const struct fs_list *list, struct fs_bytes item)
{
	for (size_t i = 0; i < list->count; i++) {
		if (fs_bytes_eq(fs_list_at(list, i), item))
			return (long)i;
	}
	return -1;
}

long
fs_list_bsearch(const struct fs_list *list, struct fs_bytes item)
{
	size_t	low = 0, high = list->count;

	while (low < high) {
		size_t	middle = low + (high - low) / 2;
		int	order = fs_bytes_cmp(item, fs_list_at(list, middle));

		if (order == 0)
			return (long)middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}
