/*
 * Options: from argv, environment and configuration file to values. Nothing
 * here touches the network.
 */
#ifndef FS_APP_PARSE_H
#define FS_APP_PARSE_H

#include <stdbool.h>

#include "app/options.h"
#include "base/err.h"

/*
 * argv over environment over profile over configuration file over default.
 * False and err (FS_EUSAGE, naming the option or FILE:LINE) on any fault, an
 * unknown command and an option that the command does not take among them. A
 * password in argv is overwritten there once read. With --help or --version
 * nothing else is looked at.
 */
bool fs_parse_options(struct fs_options *opt, int argc, char **argv,
    struct fs_err *err);

/*
 * The options and arguments of one command typed in the console: words as of
 * a shell (quotes understood). cmd is set anew; argv is freed with one free().
 */
bool fs_parse_line(const char *line, struct fs_command_options *cmd,
    int *argc, char ***argv, struct fs_err *err);

#endif
