#include "app/command.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

#define LOAD_COUNT	200	/* as the sample store has it */
#define LOAD_SEED	42
#define READ_COUNT	100
#define NAME_SHOWN	80	/* bytes of a foreign name in a message */

static const struct fs_command commands[] = {
#define CMD(id, name, key, group, where, danger, args, help) \
	{ FS_CMD_##id, name, key, FS_GROUP_##group, FS_WHERE_##where, \
	    FS_DANGER_##danger, args, help },
#include "app/commands.def"
#undef CMD
};

static const struct key_name {
	int		 key;
	const char	*name;
} key_names[] = {
	{ ' ',			"Space" },
	{ FS_KEY_TAB,		"Tab" },
	{ FS_KEY_ENTER,		"Enter" },
	{ FS_KEY_ESC,		"Esc" },
	{ FS_KEY_CTRL_L,	"Ctrl-L" },
	{ FS_KEY_CTRL_U,	"Ctrl-U" },
	{ FS_KEY_CTRL_Z,	"Ctrl-Z" },
	{ FS_KEY_UP,		"Up" },
	{ FS_KEY_DOWN,		"Down" },
	{ FS_KEY_LEFT,		"Left" },
	{ FS_KEY_RIGHT,		"Right" },
	{ FS_KEY_HOME,		"Home" },
	{ FS_KEY_END,		"End" },
	{ FS_KEY_PGUP,		"PgUp" },
	{ FS_KEY_PGDN,		"PgDn" },
	{ FS_KEY_BTAB,		"Shift-Tab" },
	{ FS_KEY_BACKSPACE,	"Backspace" },
	{ FS_KEY_DELETE,	"Delete" },
	{ FS_KEY_F1,		"F1" },
	{ FS_KEY_F5,		"F5" },
};

/* Keys that mean the same as another one. */
static const struct alias {
	int	key, means;
} aliases[] = {
	{ FS_KEY_DOWN,	'j' },
	{ FS_KEY_UP,	'k' },
	{ FS_KEY_HOME,	'g' },
	{ FS_KEY_END,	'G' },
	{ FS_KEY_F1,	'?' },
	{ '\n',		FS_KEY_ENTER },
};

/*
 * The table
 */

const struct fs_command *
fs_command_get(enum fs_cmd_id id)
{
	return &commands[id];
}

static const struct fs_command *
find(const char *name, bool shell)
{
	const struct fs_command *found = NULL;
	size_t len = strlen(name);

	if (len == 0)
		return NULL;
	for (size_t i = 0; i < FS_CMD_COUNT; i++) {
		const struct fs_command *cmd = &commands[i];

		if (strncmp(cmd->name, name, len) != 0 ||
		    (shell && cmd->where == FS_WHERE_CONSOLE))
			continue;
		if (cmd->name[len] == '\0')
			return cmd;
		if (found == NULL || strlen(cmd->name) < strlen(found->name))
			found = cmd;
	}
	for (size_t i = 0; found != NULL && i < FS_CMD_COUNT; i++) {
		const struct fs_command *cmd = &commands[i];

		if (strncmp(cmd->name, name, len) != 0 ||
		    (shell && cmd->where == FS_WHERE_CONSOLE))
			continue;
		if (strncmp(cmd->name, found->name, strlen(found->name)) != 0)
			return NULL;
	}
	return found;
}

const struct fs_command *
fs_command_find(const char *name)
{
	return find(name, false);
}

/* The names that it could mean, in the order of the table. */
static void
list_meant(const char *name, struct fs_str *out)
{
	for (size_t i = 0; i < FS_CMD_COUNT; i++) {
		if (commands[i].where == FS_WHERE_CONSOLE ||
		    strncmp(commands[i].name, name, strlen(name)) != 0)
			continue;
		fs_str_addf(out, "%s%s", out->len != 0 ? ", " : "",
		    commands[i].name);
	}
}

const struct fs_command *
fs_command_for_shell(const char *name, struct fs_err *err)
{
	const struct fs_command *cmd = find(name, true);
	struct fs_str meant = { 0 };

	if (cmd != NULL)
		return cmd;
	list_meant(name, &meant);
	cmd = find(name, false);
	if (meant.len != 0 && name[0] != '\0')
		fs_fail(err, FS_EUSAGE, "'%.*s' could be %s", NAME_SHOWN,
		    name, meant.data);
	else if (cmd != NULL)
		fs_fail(err, FS_EUSAGE, "%s: a command of the console alone",
		    cmd->name);
	else
		fs_fail(err, FS_EUSAGE, "unknown command '%.*s'; fsconsole "
		    "--help lists them", NAME_SHOWN, name);
	fs_str_free(&meant);
	return NULL;
}

const struct fs_command *
fs_command_by_key(int key)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (aliases[i].key == key)
			key = aliases[i].means;
	}
	for (size_t i = 0; key != FS_KEY_NONE && i < FS_CMD_COUNT; i++) {
		if (commands[i].key == key)
			return &commands[i];
	}
	return NULL;
}

const char *
fs_command_key_name(const struct fs_command *cmd, char buf[16])
{
	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		if (key_names[i].key == cmd->key)
			return key_names[i].name;
	}
	if (cmd->key > ' ' && cmd->key < 0x7f)
		snprintf(buf, 16, "%c", cmd->key);
	return buf;
}

const char *
fs_group_name(enum fs_cmd_group group)
{
	static const char *const names[FS_GROUP_COUNT] = {
		[FS_GROUP_STORE] = "Store",
		[FS_GROUP_WRITE] = "Write",
		[FS_GROUP_WORKER] = "Worker",
		[FS_GROUP_VIEW] = "View",
		[FS_GROUP_MOVE] = "Move",
		[FS_GROUP_SESSION] = "Session",
	};

	return group < FS_GROUP_COUNT ? names[group] : "";
}

/*
 * Options of commands
 */

bool
fs_command_takes(const struct fs_command *cmd, enum fs_opt_id id)
{
	const char *name = fs_option_get(id)->name, *at = cmd->args;
	size_t len = strlen(name);

	while ((at = strstr(at, "--")) != NULL) {
		at += 2;
		if (strncmp(at, name, len) == 0 &&
		    !isalnum((unsigned char)at[len]) && at[len] != '-')
			return true;
	}
	return false;
}

bool
fs_command_takes_all(const struct fs_command *cmd,
    const struct fs_command_options *opt, struct fs_err *err)
{
	for (int i = 0; i < FS_OPTS_END; i++) {
		enum fs_opt_id id = (enum fs_opt_id)i;

		if (opt->given[i] && !fs_command_takes(cmd, id))
			return fs_fail(err, FS_EUSAGE, "%s does not take --%s",
			    cmd->name, fs_option_get(id)->name);
	}
	return true;
}

/* False when both are given. */
static bool
exclude(const struct fs_command *cmd, const struct fs_command_options *opt,
    enum fs_opt_id a, enum fs_opt_id b, struct fs_err *err)
{
	if (!opt->given[a] || !opt->given[b])
		return true;
	return fs_fail(err, FS_EUSAGE, "%s: --%s and --%s exclude each other",
	    cmd->name, fs_option_get(a)->name, fs_option_get(b)->name);
}

/* False when the first is given without the second. */
static bool
needs(const struct fs_command *cmd, const struct fs_command_options *opt,
    enum fs_opt_id a, enum fs_opt_id b, struct fs_err *err)
{
	if (!opt->given[a] || opt->given[b])
		return true;
	return fs_fail(err, FS_EUSAGE, "%s: --%s only with --%s", cmd->name,
	    fs_option_get(a)->name, fs_option_get(b)->name);
}

/*
 * Arguments to requests. Each of these gets what is behind the command's name.
 */

struct args {
	const struct fs_command			*cmd;
	const struct fs_command_options		*opt;
	int					 argc;
	char					**argv;
	const struct fs_schema			*schema;
};

static char *
copy_text(const char *text)
{
	return text != NULL ? fs_xstrdup(text) : NULL;
}

/* Once each, in the order given. */
static void
add_once(struct fs_list *list, struct fs_bytes item)
{
	if (fs_list_find(list, item) == -1)
		fs_list_add(list, item);
}

static bool
add_entity(const struct args *a, struct fs_request *rq, const char *id,
    struct fs_err *err)
{
	if (id[0] == '\0')
		return fs_fail(err, FS_EUSAGE, "%s: an empty entity",
		    a->cmd->name);
	add_once(&rq->entities, fs_bytes_of(id));
	return true;
}

static bool
add_entities(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	for (int i = 0; i < a->argc; i++) {
		if (!add_entity(a, rq, a->argv[i], err))
			return false;
	}
	return true;
}

static bool
want_entity(const struct args *a, struct fs_err *err)
{
	if (a->argc > 0)
		return true;
	return fs_fail(err, FS_EUSAGE, "%s: which ENTITY?", a->cmd->name);
}

static bool
want_nothing(const struct args *a, int most, struct fs_err *err)
{
	if (a->argc <= most)
		return true;
	return fs_fail(err, FS_EUSAGE, "%s: one argument too many: '%.*s'",
	    a->cmd->name, NAME_SHOWN, a->argv[most]);
}

static void
all_features(const struct args *a, struct fs_request *rq)
{
	if (rq->features.count != 0)
		return;
	for (size_t i = 0; i < a->schema->nfeatures; i++)
		fs_list_add(&rq->features,
		    fs_bytes_of(a->schema->features[i].name));
}

/* What --rate and --gentle say, where a command takes them. */
static void
set_budget(const struct args *a, struct fs_request *rq)
{
	rq->rate = a->opt->rate > 0 ? a->opt->rate : 0;
	rq->gentle = a->opt->gentle;
}

static bool
no_arguments(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	rq->dry_run = a->opt->dry_run;
	rq->delete_orphans = a->opt->delete_orphans;
	set_budget(a, rq);
	return want_nothing(a, 0, err);
}

static bool
entities(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	rq->match = copy_text(a->opt->match);
	rq->count = a->opt->limit > 0 ? a->opt->limit : 0;
	set_budget(a, rq);
	return want_nothing(a, 0, err);
}

static bool
read_one(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	if (!want_entity(a, err) || !add_entity(a, rq, a->argv[0], err))
		return false;
	for (int i = 1; i < a->argc; i++)
		add_once(&rq->features, fs_bytes_of(a->argv[i]));
	all_features(a, rq);
	return true;
}

/* "a,b,c" */
static bool
feature_list(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	const char *text = a->opt->features;

	while (text != NULL) {
		size_t len = strcspn(text, ",");

		if (len == 0)
			return fs_fail(err, FS_EUSAGE, "%s: --features: an "
			    "empty name in '%s'", a->cmd->name,
			    a->opt->features);
		add_once(&rq->features, fs_bytes(text, len));
		text = text[len] == ',' ? text + len + 1 : NULL;
	}
	all_features(a, rq);
	return true;
}

static bool
batch_read(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	if (!exclude(a->cmd, a->opt, FS_OPT_COUNT, FS_OPT_FROM, err))
		return false;
	if (a->argc > 0 && (a->opt->count != -1 || a->opt->from != NULL))
		return fs_fail(err, FS_EUSAGE, "%s: entities named, and --%s "
		    "too", a->cmd->name,
		    a->opt->from != NULL ? "from" : "count");
	if (a->opt->count == 0)
		return fs_fail(err, FS_EUSAGE, "%s: --count: not a whole "
		    "number from 1 on: '0'", a->cmd->name);
	rq->from = copy_text(a->opt->from);
	if (rq->from == NULL && a->argc == 0)
		rq->count = a->opt->count != -1 ? a->opt->count : READ_COUNT;
	rq->rows = a->opt->given[FS_OPT_ROWS];
	return feature_list(a, rq, err) && add_entities(a, rq, err);
}

static bool
inspect(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	return want_entity(a, err) && want_nothing(a, 1, err) &&
	    add_entity(a, rq, a->argv[0], err);
}

static bool
some_entities(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	rq->for_ms = a->opt->for_ms;
	return want_entity(a, err) && add_entities(a, rq, err);
}

static bool
bulk_load(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	const struct fs_command_options *opt = a->opt;

	if (!exclude(a->cmd, opt, FS_OPT_COUNT, FS_OPT_FROM, err) ||
	    !exclude(a->cmd, opt, FS_OPT_SEED, FS_OPT_FROM, err) ||
	    !needs(a->cmd, opt, FS_OPT_FORMAT, FS_OPT_FROM, err) ||
	    !needs(a->cmd, opt, FS_OPT_ID, FS_OPT_FROM, err) ||
	    !needs(a->cmd, opt, FS_OPT_STRICT, FS_OPT_FROM, err))
		return false;
	rq->from = copy_text(opt->from);
	rq->count = opt->count != -1 ? opt->count : LOAD_COUNT;
	if (rq->from != NULL)
		rq->count = -1;
	rq->seed = opt->given[FS_OPT_SEED] ? opt->seed : LOAD_SEED;
	rq->ttl_ms = opt->ttl_ms;
	rq->format = opt->format;
	rq->id_column = copy_text(opt->id);
	rq->strict = opt->strict;
	set_budget(a, rq);
	return want_nothing(a, 0, err);
}

static bool
stream(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	const struct fs_command_options *opt = a->opt;

	if (!exclude(a->cmd, opt, FS_OPT_TICKS, FS_OPT_FOR, err) ||
	    !exclude(a->cmd, opt, FS_OPT_TICKS, FS_OPT_FROM, err) ||
	    !exclude(a->cmd, opt, FS_OPT_FOR, FS_OPT_FROM, err) ||
	    !needs(a->cmd, opt, FS_OPT_STRICT, FS_OPT_FROM, err))
		return false;
	rq->from = copy_text(opt->from);
	rq->ticks = opt->ticks > 0 ? opt->ticks : 0;
	rq->for_ms = opt->for_ms;
	rq->retry_ms = opt->retry_ms;
	rq->strict = opt->strict;
	set_budget(a, rq);
	return want_nothing(a, 0, err);
}

/* One FEATURE=VALUE. */
static bool
add_value(const struct args *a, struct fs_request *rq, const char *text,
    struct fs_err *err)
{
	const char *is = strchr(text, '=');
	const struct fs_feature *f;
	struct fs_bytes name;
	int i;

	if (is == NULL || is == text)
		return fs_fail(err, FS_EUSAGE, "%s: not FEATURE=VALUE: '%.*s'",
		    a->cmd->name, NAME_SHOWN, text);
	name = fs_bytes(text, (size_t)(is - text));
	if (fs_list_find(&rq->features, name) != -1)
		return fs_fail(err, FS_EUSAGE, "%s: '%.*s' is set twice",
		    a->cmd->name, (int)name.len, name.data);
	i = fs_schema_find(a->schema, name);
	f = i != -1 ? &a->schema->features[i] : NULL;
	if (f != NULL && !fs_type_accepts(f->type, fs_bytes_of(is + 1)))
		return fs_fail(err, FS_EUSAGE, "%s: %s is %s, and '%.*s' is "
		    "none", a->cmd->name, f->name, fs_type_name(f->type),
		    NAME_SHOWN, is + 1);
	fs_list_add(&rq->features, name);
	fs_list_add(&rq->values, fs_bytes_of(is + 1));
	return true;
}

static bool
set(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	if (!want_entity(a, err) || !add_entity(a, rq, a->argv[0], err))
		return false;
	if (a->argc == 1)
		return fs_fail(err, FS_EUSAGE, "%s: which FEATURE=VALUE?",
		    a->cmd->name);
	for (int i = 1; i < a->argc; i++) {
		if (!add_value(a, rq, a->argv[i], err))
			return false;
	}
	return true;
}

static bool
drill(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	if (a->opt->for_ms == 0)
		return fs_fail(err, FS_EUSAGE, "%s: for how long? --for D",
		    a->cmd->name);
	rq->for_ms = a->opt->for_ms;
	return want_nothing(a, 0, err);
}

/* The violations that --fail-on names, as bits. */
static bool
parse_kinds(const char *text, unsigned *kinds, struct fs_err *err)
{
	*kinds = 0;
	while (text != NULL) {
		size_t len = strcspn(text, ",");
		enum fs_violation kind;

		if (!fs_violation_parse(fs_bytes(text, len), &kind))
			return fs_fail(err, FS_EUSAGE, "--fail-on: unknown "
			    "kind '%.*s'", (int)len, text);
		*kinds |= 1u << kind;
		text = text[len] == ',' ? text + len + 1 : NULL;
	}
	return true;
}

static bool
audit(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	unsigned kinds;

	rq->count = a->opt->sample > 0 ? a->opt->sample : 0;
	set_budget(a, rq);
	if (a->opt->fail_on != NULL &&
	    !parse_kinds(a->opt->fail_on, &kinds, err))
		return fs_fail_in(err, "%s", a->cmd->name);
	return want_nothing(a, 0, err);
}

static bool
infer(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	rq->count = a->opt->sample > 0 ? a->opt->sample : 0;
	return needs(a->cmd, a->opt, FS_OPT_SAMPLE, FS_OPT_INFER, err) &&
	    want_nothing(a, 0, err);
}

static const struct maker {
	bool		(*make)(const struct args *a, struct fs_request *rq,
			    struct fs_err *err);
	enum fs_op	  op;
} makers[FS_CMD_COUNT] = {
	[FS_CMD_STATE] =	{ no_arguments, FS_OP_STATE },
	[FS_CMD_ENTITIES] =	{ entities, FS_OP_ENTITIES },
	[FS_CMD_READ] =		{ read_one, FS_OP_READ },
	[FS_CMD_BATCH_READ] =	{ batch_read, FS_OP_BATCH_READ },
	[FS_CMD_INSPECT] =	{ inspect, FS_OP_INSPECT },
	[FS_CMD_WATCH] =	{ some_entities, FS_OP_WATCH },
	[FS_CMD_AUDIT] =	{ audit, FS_OP_AUDIT },
	[FS_CMD_SCHEMA] =	{ infer, FS_OP_INFER },
	[FS_CMD_BULK_LOAD] =	{ bulk_load, FS_OP_LOAD },
	[FS_CMD_STREAM] =	{ stream, FS_OP_STREAM },
	[FS_CMD_SET] =		{ set, FS_OP_SET },
	[FS_CMD_DELETE] =	{ some_entities, FS_OP_DELETE },
	[FS_CMD_RESET] =	{ no_arguments, FS_OP_RESET },
	[FS_CMD_REPAIR] =	{ no_arguments, FS_OP_REPAIR },
	[FS_CMD_DRILL] =	{ drill, FS_OP_DRILL },
};

struct fs_request *
fs_command_request(const struct fs_command *cmd,
    const struct fs_command_options *opt, int argc, char **argv,
    const struct fs_schema *schema, struct fs_err *err)
{
	const struct maker *maker = &makers[cmd->id];
	const struct args args = { cmd, opt, argc - 1, argv + 1, schema };
	struct fs_request *rq;

	if (maker->make == NULL) {
		fs_fail(err, FS_EUSAGE, "%s: asks nothing of the store",
		    cmd->name);
		return NULL;
	}
	if (!fs_command_takes_all(cmd, opt, err))
		return NULL;
	rq = fs_request_new(maker->op);
	if (maker->make(&args, rq, err))
		return rq;
	fs_request_free(rq);
	return NULL;
}

bool
fs_command_asks(const struct fs_command *cmd,
    const struct fs_command_options *opt)
{
	if (cmd->id == FS_CMD_SCHEMA && !opt->infer)
		return false;
	return makers[cmd->id].make != NULL;
}

/*
 * Limits of an audit
 */

static void
add_broken(struct fs_str *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add_broken(struct fs_str *out, const char *fmt, ...)
{
	va_list ap;

	if (out->len != 0)
		fs_str_add_text(out, ", ");
	va_start(ap, fmt);
	fs_str_vaddf(out, fmt, ap);
	va_end(ap);
}

static void
judge_features(const struct fs_command_options *opt,
    const struct fs_audit_report *report, struct fs_str *broken)
{
	uint64_t leaks = 0, stalled = 0;

	for (size_t i = 0; i < report->nfeatures; i++) {
		const struct fs_feature_report *f = &report->features[i];
		uint64_t all = f->present + f->missing;

		leaks += f->leaks;
		stalled += f->stalled;
		if (opt->max_missing >= 0 && all != 0 && 100.0 *
		    (double)f->missing / (double)all > opt->max_missing)
			add_broken(broken, "%s is missing for %.4g %%",
			    f->name, 100.0 * (double)f->missing / (double)all);
	}
	if (opt->max_leaks >= 0 && leaks > (uint64_t)opt->max_leaks)
		add_broken(broken, "%llu leaks", (unsigned long long)leaks);
	if (opt->max_stalled >= 0 && stalled > (uint64_t)opt->max_stalled)
		add_broken(broken, "%llu features stalled",
		    (unsigned long long)stalled);
}

bool
fs_command_judge(const struct fs_command_options *opt,
    const struct fs_audit_report *report, struct fs_err *err)
{
	struct fs_str broken = { 0 };
	unsigned kinds = 0;
	bool ok;

	judge_features(opt, report, &broken);
	if (opt->fail_on != NULL && !parse_kinds(opt->fail_on, &kinds, err)) {
		fs_str_free(&broken);
		return false;
	}
	for (int i = 0; i < FS_V_COUNT; i++) {
		uint64_t n = report->violation_count[i];

		if ((kinds & 1u << i) != 0 && n != 0)
			add_broken(&broken, "%llu of %s",
			    (unsigned long long)n,
			    fs_violation_name((enum fs_violation)i));
	}
	ok = broken.len == 0;
	if (!ok)
		fs_fail(err, FS_ELIMIT, "beyond the limit: %s", broken.data);
	fs_str_free(&broken);
	return ok;
}
