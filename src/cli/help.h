/* Help, and what the manual and the shells are told, from the tables. (pure) */
#ifndef FS_CLI_HELP_H
#define FS_CLI_HELP_H

#include <stdbool.h>

#include "app/command.h"
#include "app/options.h"
#include "cli/out.h"

/*
 * "fsconsole help [COMMAND]" and --help [COMMAND]; also, for the build, "mdoc
 * LIST" (a list of the manual) and "completion SHELL" (bash, zsh). The exit
 * status; a fault is said on stderr.
 */
int fs_help_run(struct fs_out *out, const struct fs_options *opt);
int fs_help_version(struct fs_out *out);

/* The whole, and of one command; at most 80 columns. */
void fs_help_all(struct fs_out *out);
void fs_help_command(struct fs_out *out, const struct fs_command *cmd);

/* A list of the manual in mdoc(7); false when there is none of that name. */
bool fs_help_mdoc(struct fs_out *out, const char *list);

/* A completion script; false for another shell. */
bool fs_help_completion(struct fs_out *out, const char *shell);

#endif
