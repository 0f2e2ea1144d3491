/* argv to settings and words, by getopt_long(3). */
#ifndef FS_APP_ARGV_H
#define FS_APP_ARGV_H

#include <stdbool.h>

#include "app/setting.h"
#include "base/err.h"

struct fs_argv {
	struct fs_settings	*list;		/* is added to */
	char			**words;	/* room for argc of them: COMMAND
						   and its arguments */
	int			 nwords;
	bool			 line;		/* typed in the console: options
						   of single commands alone */
};

/*
 * Options before, between and behind words; "--" ends them. A password is
 * overwritten in argv once read, also when there is a fault elsewhere.
 */
bool fs_argv_parse(struct fs_argv *ap, int argc, char **argv,
    struct fs_err *err);

#endif
