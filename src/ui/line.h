/* The command line: any command of the table, with its arguments. */
#ifndef FS_UI_LINE_H
#define FS_UI_LINE_H

#include "ui/act.h"
#include "ui/prompt.h"

void fs_line_run(struct fs_act *act, const struct fs_snap *snap,
    const char *line);
/* What the command asks of the store, with options already read. */
void fs_line_request(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd, const struct fs_command_options *opt,
    int argc, char **argv);
/* The command's name as far as it is clear. */
void fs_line_complete(struct fs_prompt *prompt);

#endif
