#include "app/parse.h"

#include <stdlib.h>
#include <string.h>

#include "app/apply.h"
#include "app/argv.h"
#include "app/command.h"
#include "app/profile.h"
#include "app/setting.h"
#include "app/words.h"
#include "base/mem.h"
#include "work/schema.h"

/*
 * Environment
 */

static void
from_environment(struct fs_settings *list)
{
	static const char *const auth[] = { "REDISCLI_AUTH",
	    "VALKEYCLI_AUTH" };
	const char *uri = getenv("FSCONSOLE_URI");
	const char *color = getenv("NO_COLOR");
	struct fs_target *t = fs_target_new();
	bool has_pass;

	if (uri != NULL && uri[0] != '\0')
		fs_settings_add(list, FS_OPT_URI, FS_LAYER_ENVIRONMENT, uri,
		    fs_xstrdup("FSCONSOLE_URI"));
	/* A password that stands in our own URI is meant for it. */
	has_pass = uri != NULL && fs_target_uri(t, uri, NULL) &&
	    t->pass != NULL;
	for (size_t i = 0; !has_pass && i < 2; i++) {
		const char *pass = getenv(auth[i]);

		if (pass == NULL || pass[0] == '\0')
			continue;
		fs_settings_add(list, FS_OPT_PASS, FS_LAYER_ENVIRONMENT, pass,
		    fs_xstrdup(auth[i]));
		has_pass = true;
	}
	fs_target_free(t);
	if (color != NULL && color[0] != '\0')
		fs_settings_add(list, FS_OPT_COLOR, FS_LAYER_ENVIRONMENT,
		    "never", fs_xstrdup("NO_COLOR"));
}

/*
 * The whole
 */

static bool
load_schema(struct fs_options *opt, const struct fs_later *later,
    struct fs_err *err)
{
	struct fs_schema *schema;

	schema = later->schema != NULL ?
	    fs_work_schema_load(later->schema, err) : fs_schema_sample();
	if (schema == NULL)
		return false;
	opt->schema = schema;
	if (later->prefix != NULL &&
	    !fs_schema_set_prefix(schema, later->prefix, err))
		return fs_fail_in(err, "--prefix");
	if (later->batch_ttl != 0)
		schema->batch_ttl_ms = later->batch_ttl;
	if (later->streaming_ttl != 0)
		schema->streaming_ttl_ms = later->streaming_ttl;
	return true;
}

/* What does not go together. */
static bool
check(const struct fs_options *opt, const struct fs_settings *list,
    struct fs_err *err)
{
	const struct fs_command *cmd;

	if (opt->write && opt->read_only)
		return fs_fail(err, FS_EUSAGE,
		    "--write and --read-only exclude each other");
	if (opt->argc == 0) {
		for (int id = 0; id < FS_OPTS_END; id++) {
			if (opt->cmd.given[id])
				return fs_fail(err, FS_EUSAGE,
				    "--%s: no command that it belongs to",
				    fs_option_get((enum fs_opt_id)id)->name);
		}
		if (fs_settings_in(list, FS_OPT_JSON, FS_LAYER_ARGV))
			return fs_fail(err, FS_EUSAGE,
			    "--json: the console prints none; name a command");
		return true;
	}
	cmd = fs_command_for_shell(opt->argv[0], err);
	if (cmd == NULL)
		return false;
	if (opt->once)
		return fs_fail(err, FS_EUSAGE, "%s does not take --once",
		    cmd->name);
	return fs_command_takes_all(cmd, &opt->cmd, err);
}

static bool
resolve(struct fs_options *opt, struct fs_settings *list,
    struct fs_err *err)
{
	const struct fs_setting *set = fs_settings_find(list, FS_OPT_PROFILE);
	const char *profile = set != NULL ? set->value : NULL;
	struct fs_later later = { 0 };
	char *path = fs_profile_path();
	bool ok;

	from_environment(list);
	ok = fs_profile_load(path, profile, list, err) &&
	    fs_apply_all(opt, &later, list, err) && check(opt, list, err) &&
	    load_schema(opt, &later, err);
	free(path);
	free(later.schema);
	free(later.prefix);
	return ok;
}

bool
fs_parse_options(struct fs_options *opt, int argc, char **argv,
    struct fs_err *err)
{
	struct fs_settings list = { 0 };
	struct fs_argv ap = { .list = &list };
	bool ok;

	*opt = (struct fs_options){ .target = fs_target_new(),
		.tick_ms = 1000, .users_per_tick = 5 };
	fs_command_options_init(&opt->cmd);
	ap.words = fs_xcalloc((size_t)argc + 1, sizeof(*ap.words));
	ok = fs_argv_parse(&ap, argc, argv, err);
	opt->argc = ap.nwords;
	opt->argv = ap.words;
	opt->help = fs_settings_in(&list, FS_OPT_HELP, FS_LAYER_ARGV);
	opt->version = fs_settings_in(&list, FS_OPT_VERSION, FS_LAYER_ARGV);
	if (ok && !opt->help && !opt->version)
		ok = resolve(opt, &list, err);
	fs_settings_free(&list);
	return ok;
}

/*
 * A line of the console
 */

static bool
line_options(const struct fs_settings *list, struct fs_command_options *cmd,
    struct fs_err *err)
{
	struct fs_options opt = { 0 };
	bool ok = true;

	fs_command_options_init(&opt.cmd);
	for (size_t i = 0; ok && i < list->count; i++)
		ok = fs_apply_one(&opt, NULL, &list->set[i], err);
	*cmd = opt.cmd;
	return ok;
}

bool
fs_parse_line(const char *line, struct fs_command_options *cmd, int *argc,
    char ***argv, struct fs_err *err)
{
	struct fs_settings list = { 0 };
	struct fs_argv ap = { .list = &list, .line = true };
	const struct fs_command *found;
	char *with_name = fs_xasprintf("fsconsole %s", line), **words;
	bool ok;
	int n;

	fs_command_options_init(cmd);
	*argc = 0;
	*argv = NULL;
	ok = fs_words_split(with_name, &n, &words, err);
	free(with_name);
	if (!ok)
		return false;
	/* getopt reads words[1] on; what is no option moves to the front. */
	ap.words = fs_xcalloc((size_t)n + 1, sizeof(*ap.words));
	ok = fs_argv_parse(&ap, n, words, err) && line_options(&list, cmd, err);
	memcpy(words, ap.words, ((size_t)ap.nwords + 1) * sizeof(*words));
	free(ap.words);
	fs_settings_free(&list);
	*argc = ap.nwords;
	*argv = words;
	if (ok && *argc > 0 && (found = fs_command_find(words[0])) != NULL)
		ok = fs_command_takes_all(found, cmd, err);
	if (ok)
		return true;
	fs_command_options_free(cmd);
	free(words);
	*argc = 0;
	*argv = NULL;
	return false;
}
