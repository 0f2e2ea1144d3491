/* Arguments and options of a command to what is asked of the store. */
#include <string.h>

#include "app/command.h"
#include "app/limits.h"
#include "base/mem.h"

#define LOAD_COUNT	200	/* as the sample store has it */
#define LOAD_SEED	42
#define READ_COUNT	100
#define NAME_SHOWN	80	/* bytes of a foreign name in a message */

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

static bool
add_entity(const struct args *a, struct fs_request *rq, const char *id,
    struct fs_err *err)
{
	if (id[0] == '\0')
		return fs_fail(err, FS_EUSAGE, "%s: an empty entity",
		    a->cmd->name);
	fs_list_add(&rq->entities, fs_bytes_of(id));
	return true;
}

/* Once each, in the order given. */
static bool
add_entities(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	for (int i = 0; i < a->argc; i++) {
		if (!add_entity(a, rq, a->argv[i], err))
			return false;
	}
	fs_list_unique(&rq->entities);
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

/* Once each, in the order given; all of them when none is. */
static void
choose_features(const struct args *a, struct fs_request *rq)
{
	fs_list_unique(&rq->features);
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
		fs_list_add(&rq->features, fs_bytes_of(a->argv[i]));
	choose_features(a, rq);
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
		fs_list_add(&rq->features, fs_bytes(text, len));
		text = text[len] == ',' ? text + len + 1 : NULL;
	}
	choose_features(a, rq);
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
	set_budget(a, rq);
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
	    !needs(a->cmd, opt, FS_OPT_STRICT, FS_OPT_FROM, err) ||
	    /* Without a file the pace is that of --tick. */
	    !needs(a->cmd, opt, FS_OPT_RATE, FS_OPT_FROM, err) ||
	    !needs(a->cmd, opt, FS_OPT_GENTLE, FS_OPT_FROM, err))
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

static bool
audit(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	unsigned kinds;

	rq->count = a->opt->sample > 0 ? a->opt->sample : 0;
	set_budget(a, rq);
	if (a->opt->fail_on != NULL &&
	    !fs_limits_kinds(a->opt->fail_on, &kinds, err))
		return fs_fail_in(err, "%s", a->cmd->name);
	return want_nothing(a, 0, err);
}

static bool
infer(const struct args *a, struct fs_request *rq, struct fs_err *err)
{
	rq->count = a->opt->sample > 0 ? a->opt->sample : 0;
	set_budget(a, rq);
	return needs(a->cmd, a->opt, FS_OPT_SAMPLE, FS_OPT_INFER, err) &&
	    needs(a->cmd, a->opt, FS_OPT_RATE, FS_OPT_INFER, err) &&
	    needs(a->cmd, a->opt, FS_OPT_GENTLE, FS_OPT_INFER, err) &&
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
