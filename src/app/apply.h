/*
 * Settings to values: each layer over the one below it, each value read as
 * strictly as its option wants it. (pure)
 */
#ifndef FS_APP_APPLY_H
#define FS_APP_APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "app/options.h"
#include "app/setting.h"
#include "base/err.h"

/* Kept until all layers are in: they change the schema, which comes first. */
struct fs_later {
	char	*schema, *prefix;
	int64_t	 batch_ttl, streaming_ttl;	/* 0: as the schema says */
};

/* One setting. False and err, which names where it was said, on any fault. */
bool fs_apply_one(struct fs_options *opt, struct fs_later *later,
    const struct fs_setting *set, struct fs_err *err);
/* All of them, layer by layer; also when they contradict each other. */
bool fs_apply_all(struct fs_options *opt, struct fs_later *later,
    const struct fs_settings *list, struct fs_err *err);

#endif
