/*
 * The table of options.def as data, and what all of them say as values; parse.h
 * reads them.
 */
#ifndef FS_APP_OPTIONS_H
#define FS_APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/str.h"
#include "model/request.h"
#include "model/schema.h"

enum fs_opt_id {
#define OPT(id, name, letter, arg, group, help) FS_OPT_##id,
#include "app/options.def"
#undef OPT
	FS_OPTS_END
};

enum fs_opt_group { FS_OPTS_WHERE, FS_OPTS_HOLDS, FS_OPTS_BEHAVES,
    FS_OPTS_COMMAND };

struct fs_option {
	enum fs_opt_id		 id;
	const char		*name;
	char			 letter;
	const char		*arg;
	enum fs_opt_group	 group;
	const char		*help;
};

const struct fs_option *fs_option_get(enum fs_opt_id id);

enum fs_color { FS_COLOR_AUTO, FS_COLOR_ALWAYS, FS_COLOR_NEVER };

/* The options of single commands; unset numbers are -1, durations 0. */
struct fs_command_options {
	bool		 given[FS_OPTS_END];
	char		*match, *from, *id, *features, *fail_on;
	int64_t		 limit, count, ticks, rate, sample, max_leaks,
			 max_stalled;
	uint64_t	 seed;
	int64_t		 for_ms, ttl_ms, retry_ms;
	double		 max_missing;
	enum fs_format	 format, rows;
	bool		 gentle, strict, prometheus, dry_run, yes,
			 delete_orphans, infer;
};

struct fs_options {
	struct fs_target	*target;	/* --demo's is set by main */
	bool			 address_given;	/* by any means */
	bool			 askpass;
	struct fs_schema	*schema;	/* all options applied */
	int64_t			 tick_ms, users_per_tick;
	bool			 demo, write, read_only, json, once, ascii,
				 mouse, verbose, help, version;
	enum fs_color		 color;
	struct fs_command_options cmd;
	int			 argc;		/* COMMAND and its arguments */
	char			**argv;		/* the caller's texts */
};

void fs_options_free(struct fs_options *opt);

/* Ask for the password on the terminal, as --askpass wants it. */
bool fs_options_askpass(struct fs_options *opt, struct fs_err *err);
/* From now on the store is at this socket, and nothing else is. */
void fs_options_use_socket(struct fs_options *opt, const char *path);

void fs_command_options_init(struct fs_command_options *cmd);
void fs_command_options_free(struct fs_command_options *cmd);

/* The schema as the JSON that --schema reads, appended to out. */
void fs_options_show_schema(const struct fs_schema *schema,
    struct fs_str *out);

#endif
