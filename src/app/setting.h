/*
 * What was asked for, as text, before it means anything: an option, its value,
 * and where it was said. (pure)
 */
#ifndef FS_APP_SETTING_H
#define FS_APP_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "app/options.h"

/* The later one wins. */
enum fs_layer {
	FS_LAYER_DEFAULT,
	FS_LAYER_FILE,
	FS_LAYER_PROFILE,
	FS_LAYER_ENVIRONMENT,
	FS_LAYER_ARGV,
	FS_LAYER_COUNT
};

struct fs_setting {
	enum fs_opt_id	 id;
	enum fs_layer	 layer;
	char		*value;		/* NULL: an option without one */
	char		*where;		/* "--port", "FILE:3: port" */
};

/* Zero-initialise. */
struct fs_settings {
	struct fs_setting	*set;
	size_t			 count;
};

/* Copies value (may be NULL); takes where. */
void fs_settings_add(struct fs_settings *list, enum fs_opt_id id,
    enum fs_layer layer, const char *value, char *where);
/* Values are overwritten first, for there may be passwords among them. */
void fs_settings_free(struct fs_settings *list);

/* The last of the highest layer that says so, or NULL; until the next add. */
const struct fs_setting *fs_settings_find(const struct fs_settings *list,
    enum fs_opt_id id);
bool fs_settings_in(const struct fs_settings *list, enum fs_opt_id id,
    enum fs_layer layer);

#endif
