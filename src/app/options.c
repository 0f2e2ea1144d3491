#include "app/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/readpassphrase.h>

#include "base/mem.h"
#include "work/schema.h"

static const struct fs_option options[] = {
#define OPT(id, name, letter, arg, group, help) \
	{ FS_OPT_##id, name, letter, arg, FS_OPTS_##group, help },
#include "app/options.def"
#undef OPT
};

const struct fs_option *
fs_option_get(enum fs_opt_id id)
{
	return &options[id];
}

void
fs_options_free(struct fs_options *opt)
{
	fs_target_free(opt->target);
	fs_schema_free(opt->schema);
	fs_command_options_free(&opt->cmd);
	free(opt->argv);
	*opt = (struct fs_options){ 0 };
}

static void
set_password(struct fs_target *target, const char *text)
{
	fs_free_secret(target->pass);
	target->pass = fs_xstrdup(text);
}

bool
fs_options_askpass(struct fs_options *opt, struct fs_err *err)
{
	char	buf[1024];
	bool	ok;

	errno = 0;
	ok = readpassphrase("Password: ", buf, sizeof(buf),
	    RPP_REQUIRE_TTY) != NULL;
	if (ok)
		set_password(opt->target, buf);
	explicit_bzero(buf, sizeof(buf));
	return ok || fs_fail(err, FS_EUSAGE, "--askpass: %s",
	    errno != 0 ? strerror(errno) : "no password was typed");
}

void
fs_options_use_socket(struct fs_options *opt, const char *path)
{
	struct fs_target *t = fs_target_new();

	t->connect_timeout_ms = opt->target->connect_timeout_ms;
	t->timeout_ms = opt->target->timeout_ms;
	t->scan_rate = opt->target->scan_rate;
	free(t->host);
	t->host = NULL;
	t->socket = fs_xstrdup(path);
	fs_target_free(opt->target);
	opt->target = t;
}

void
fs_options_show_schema(const struct fs_schema *schema, struct fs_str *out)
{
	fs_work_schema_write(schema, out);
}

void
fs_command_options_init(struct fs_command_options *cmd)
{
	*cmd = (struct fs_command_options){ .limit = -1, .count = -1,
		.ticks = -1, .rate = -1, .sample = -1, .max_leaks = -1,
		.max_stalled = -1, .max_missing = -1 };
}

void
fs_command_options_free(struct fs_command_options *cmd)
{
	free(cmd->match);
	free(cmd->from);
	free(cmd->id);
	free(cmd->features);
	free(cmd->fail_on);
	fs_command_options_init(cmd);
}
