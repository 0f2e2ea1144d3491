/* A list of byte strings in one block: entity ids, names, values. */
#ifndef FS_MODEL_LIST_H
#define FS_MODEL_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Zero-initialise. Costs the bytes and one size_t an item. */
struct fs_list {
	struct fs_str	 text;		/* all of it, NUL behind each */
	size_t		*end;		/* where each item's NUL is */
	size_t		 count;
	size_t		 size;
};

void fs_list_free(struct fs_list *list);	/* and empty again */
void fs_list_clear(struct fs_list *list);
void fs_list_add(struct fs_list *list, struct fs_bytes item);
/* Keep only the first so many. */
void fs_list_cut(struct fs_list *list, size_t count);
/* What was in to is dropped. */
void fs_list_copy(struct fs_list *to, const struct fs_list *from);
/* A view, good until the list changes; NUL-terminated. */
struct fs_bytes fs_list_at(const struct fs_list *list, size_t i);
/* Sort by bytes and drop repeats. */
void fs_list_sort_unique(struct fs_list *list);
/* Drop repeats alone: the first of each stays where it is among the others. */
void fs_list_unique(struct fs_list *list);
/* Index of an equal item, or -1: linear, and binary when sorted. */
long fs_list_find(const struct fs_list *list, struct fs_bytes item);
long fs_list_bsearch(const struct fs_list *list, struct fs_bytes item);

#endif
