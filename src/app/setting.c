#include "app/setting.h"

#include <stdlib.h>

#include "base/mem.h"

void
fs_settings_add(struct fs_settings *list, enum fs_opt_id id,
    enum fs_layer layer, const char *value, char *where)
{
	struct fs_setting *set;

	list->set = fs_xreallocarray(list->set, list->count + 1,
	    sizeof(*list->set));
	set = &list->set[list->count++];
	set->id = id;
	set->layer = layer;
	set->value = value != NULL ? fs_xstrdup(value) : NULL;
	set->where = where;
}

void
fs_settings_free(struct fs_settings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		fs_free_secret(list->set[i].value);
		free(list->set[i].where);
	}
	free(list->set);
	*list = (struct fs_settings){ 0 };
}

const struct fs_setting *
fs_settings_find(const struct fs_settings *list, enum fs_opt_id id)
{
	const struct fs_setting *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct fs_setting *set = &list->set[i];

		if (set->id == id &&
		    (found == NULL || set->layer >= found->layer))
			found = set;
	}
	return found;
}

bool
fs_settings_in(const struct fs_settings *list, enum fs_opt_id id,
    enum fs_layer layer)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->set[i].id == id && list->set[i].layer == layer)
			return true;
	}
	return false;
}
