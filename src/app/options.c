#include "app/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/readpassphrase.h>

#include "app/command.h"
#include "app/profile.h"
#include "app/setting.h"
#include "app/words.h"
#include "base/mem.h"
#include "base/num.h"
#include "work/schema.h"

#define DAY_MS		INT64_C(86400000)
#define GETOPT_BASE	256	/* above all characters */

static const struct fs_option options[] = {
#define OPT(id, name, letter, arg, group, help) \
	{ FS_OPT_##id, name, letter, arg, FS_OPTS_##group, help },
#include "app/options.def"
#undef OPT
};

/* How a value is read, and in which struct it goes. */
enum kind { SPECIAL, FLAG, TEXT, WHOLE, WHOLE_INT, SEED, TIME, PERCENT, FORMAT,
    COLOR };
enum place { IN_OPTIONS, IN_TARGET, IN_COMMAND, IN_LATER };

/* Kept until all layers are in: they change the schema, which comes first. */
struct later {
	char	*schema, *prefix;
	int64_t	 batch_ttl, streaming_ttl;
};

struct rule {
	enum kind	kind;
	enum place	place;
	size_t		offset;
	int64_t		min, max;	/* numbers, and milliseconds of times */
};

#define OPTIONS(member)	IN_OPTIONS, offsetof(struct fs_options, member)
#define TARGET(member)	IN_TARGET, offsetof(struct fs_target, member)
#define CMD_(member)	IN_COMMAND, offsetof(struct fs_command_options, member)
#define LATER(member)	IN_LATER, offsetof(struct later, member)

static const struct rule rules[FS_OPTS_END] = {
	[FS_OPT_DB] =		{ WHOLE_INT, TARGET(db), 0, INT_MAX },
	[FS_OPT_USER] =		{ TEXT, TARGET(user), 0, 0 },
	[FS_OPT_PASS] =		{ TEXT, TARGET(pass), 0, 0 },
	[FS_OPT_ASKPASS] =	{ FLAG, OPTIONS(askpass), 0, 0 },
	[FS_OPT_TLS] =		{ FLAG, TARGET(tls), 0, 0 },
	[FS_OPT_CACERT] =	{ TEXT, TARGET(cacert), 0, 0 },
	[FS_OPT_CACERTDIR] =	{ TEXT, TARGET(cacertdir), 0, 0 },
	[FS_OPT_CERT] =		{ TEXT, TARGET(cert), 0, 0 },
	[FS_OPT_KEY] =		{ TEXT, TARGET(key), 0, 0 },
	[FS_OPT_SNI] =		{ TEXT, TARGET(sni), 0, 0 },
	[FS_OPT_INSECURE] =	{ FLAG, TARGET(insecure), 0, 0 },
	[FS_OPT_REPLICA_READS] = { FLAG, TARGET(replica_reads), 0, 0 },
	[FS_OPT_CONNECT_TIMEOUT] =
	    { TIME, TARGET(connect_timeout_ms), 1, DAY_MS },
	[FS_OPT_TIMEOUT] =	{ TIME, TARGET(timeout_ms), 1, DAY_MS },
	[FS_OPT_DEMO] =		{ FLAG, OPTIONS(demo), 0, 0 },

	[FS_OPT_PREFIX] =	{ TEXT, LATER(prefix), 0, 0 },
	[FS_OPT_BATCH_TTL] =	{ TIME, LATER(batch_ttl), 1, FS_TTL_MAX_MS },
	[FS_OPT_STREAMING_TTL] =
	    { TIME, LATER(streaming_ttl), 1, FS_TTL_MAX_MS },
	[FS_OPT_SCHEMA] =	{ TEXT, LATER(schema), 0, 0 },
	[FS_OPT_TICK] =		{ TIME, OPTIONS(tick_ms), 1, DAY_MS },
	[FS_OPT_USERS_PER_TICK] =
	    { WHOLE, OPTIONS(users_per_tick), 1, 100000 },

	[FS_OPT_WRITE] =	{ FLAG, OPTIONS(write), 0, 0 },
	[FS_OPT_READ_ONLY] =	{ FLAG, OPTIONS(read_only), 0, 0 },
	[FS_OPT_JSON] =		{ FLAG, OPTIONS(json), 0, 0 },
	[FS_OPT_ONCE] =		{ FLAG, OPTIONS(once), 0, 0 },
	[FS_OPT_COLOR] =	{ COLOR, OPTIONS(color), 0, 0 },
	[FS_OPT_ASCII] =	{ FLAG, OPTIONS(ascii), 0, 0 },
	[FS_OPT_MOUSE] =	{ FLAG, OPTIONS(mouse), 0, 0 },
	[FS_OPT_VERBOSE] =	{ FLAG, OPTIONS(verbose), 0, 0 },
	[FS_OPT_HELP] =		{ FLAG, OPTIONS(help), 0, 0 },
	[FS_OPT_VERSION] =	{ FLAG, OPTIONS(version), 0, 0 },

	[FS_OPT_MATCH] =	{ TEXT, CMD_(match), 0, 0 },
	[FS_OPT_LIMIT] =	{ WHOLE, CMD_(limit), 1, INT64_MAX },
	[FS_OPT_COUNT] =	{ WHOLE, CMD_(count), 0, INT64_MAX },
	[FS_OPT_FROM] =		{ TEXT, CMD_(from), 0, 0 },
	[FS_OPT_FORMAT] =	{ FORMAT, CMD_(format), 0, 0 },
	[FS_OPT_ID] =		{ TEXT, CMD_(id), 0, 0 },
	[FS_OPT_FEATURES] =	{ TEXT, CMD_(features), 0, 0 },
	[FS_OPT_ROWS] =		{ FORMAT, CMD_(rows), 0, 0 },
	[FS_OPT_FOR] =		{ TIME, CMD_(for_ms), 1, INT64_MAX },
	[FS_OPT_TICKS] =	{ WHOLE, CMD_(ticks), 1, INT64_MAX },
	[FS_OPT_SEED] =		{ SEED, CMD_(seed), 0, INT64_MAX },
	[FS_OPT_TTL] =		{ TIME, CMD_(ttl_ms), 1, FS_TTL_MAX_MS },
	[FS_OPT_RETRY] =	{ TIME, CMD_(retry_ms), 0, INT64_MAX },
	[FS_OPT_RATE] =		{ WHOLE, CMD_(rate), 1, INT64_MAX },
	[FS_OPT_GENTLE] =	{ FLAG, CMD_(gentle), 0, 0 },
	[FS_OPT_STRICT] =	{ FLAG, CMD_(strict), 0, 0 },
	[FS_OPT_SAMPLE] =	{ WHOLE, CMD_(sample), 1, INT64_MAX },
	[FS_OPT_MAX_MISSING] =	{ PERCENT, CMD_(max_missing), 0, 0 },
	[FS_OPT_MAX_LEAKS] =	{ WHOLE, CMD_(max_leaks), 0, INT64_MAX },
	[FS_OPT_MAX_STALLED] =	{ WHOLE, CMD_(max_stalled), 0, INT64_MAX },
	[FS_OPT_FAIL_ON] =	{ TEXT, CMD_(fail_on), 0, 0 },
	[FS_OPT_PROMETHEUS] =	{ FLAG, CMD_(prometheus), 0, 0 },
	[FS_OPT_DRY_RUN] =	{ FLAG, CMD_(dry_run), 0, 0 },
	[FS_OPT_YES] =		{ FLAG, CMD_(yes), 0, 0 },
	[FS_OPT_DELETE_ORPHANS] = { FLAG, CMD_(delete_orphans), 0, 0 },
	[FS_OPT_INFER] =	{ FLAG, CMD_(infer), 0, 0 },
};

const struct fs_option *
fs_option_get(enum fs_opt_id id)
{
	return &options[id];
}

/*
 * Values
 */

static bool
read_format(const struct fs_setting *set, enum fs_format *format,
    struct fs_err *err)
{
	if (strcmp(set->value, "csv") == 0)
		*format = FS_FORMAT_CSV;
	else if (strcmp(set->value, "ndjson") == 0)
		*format = FS_FORMAT_NDJSON;
	else
		return fs_fail(err, FS_EUSAGE, "%s: neither csv nor ndjson: "
		    "'%s'", set->where, set->value);
	return true;
}

static bool
read_color(const struct fs_setting *set, enum fs_color *color,
    struct fs_err *err)
{
	if (strcmp(set->value, "auto") == 0)
		*color = FS_COLOR_AUTO;
	else if (strcmp(set->value, "always") == 0)
		*color = FS_COLOR_ALWAYS;
	else if (strcmp(set->value, "never") == 0)
		*color = FS_COLOR_NEVER;
	else
		return fs_fail(err, FS_EUSAGE, "%s: not auto, always or "
		    "never: '%s'", set->where, set->value);
	return true;
}

static bool
read_whole(const struct fs_setting *set, const struct rule *rule, int64_t *n,
    struct fs_err *err)
{
	if (fs_num_i64(fs_bytes_of(set->value), rule->min, rule->max, n))
		return true;
	if (rule->max == INT64_MAX)
		return fs_fail(err, FS_EUSAGE, "%s: not a whole number from "
		    "%lld on: '%s'", set->where, (long long)rule->min,
		    set->value);
	return fs_fail(err, FS_EUSAGE, "%s: not a whole number from %lld to "
	    "%lld: '%s'", set->where, (long long)rule->min,
	    (long long)rule->max, set->value);
}

static bool
read_time(const struct fs_setting *set, const struct rule *rule, int64_t *ms,
    struct fs_err *err)
{
	char most[32];
	int64_t n;

	if (!fs_num_duration(fs_bytes_of(set->value), &n))
		return fs_fail(err, FS_EUSAGE, "%s: not a duration as 90s, "
		    "500ms, 5m, 24h or 2d: '%s'", set->where, set->value);
	if (n < rule->min)
		return fs_fail(err, FS_EUSAGE, "%s: must be longer than "
		    "nothing: '%s'", set->where, set->value);
	if (n > rule->max)
		return fs_fail(err, FS_EUSAGE, "%s: longer than %s: '%s'",
		    set->where, fs_num_show_exact(most, sizeof(most),
		    rule->max), set->value);
	*ms = n;
	return true;
}

static bool
read_percent(const struct fs_setting *set, double *out, struct fs_err *err)
{
	struct fs_bytes text = fs_bytes_of(set->value);
	double d;

	if (text.len > 1 && text.data[text.len - 1] == '%')
		text.len--;
	if (!fs_num_f64(text, &d) || d < 0 || d > 100)
		return fs_fail(err, FS_EUSAGE, "%s: not a percentage from 0 "
		    "to 100: '%s'", set->where, set->value);
	*out = d;
	return true;
}

static void
put_text(char **old, const char *text)
{
	fs_free_secret(*old);
	*old = fs_xstrdup(text);
}

static bool
read_value(const struct fs_setting *set, const struct rule *rule, void *to,
    struct fs_err *err)
{
	int64_t n;

	switch (rule->kind) {
	case FLAG:
		*(bool *)to = set->value == NULL;
		return true;
	case TEXT:
		put_text(to, set->value);
		return true;
	case WHOLE:
		return read_whole(set, rule, to, err);
	case WHOLE_INT:
		if (!read_whole(set, rule, &n, err))
			return false;
		*(int *)to = (int)n;
		return true;
	case SEED:
		if (!read_whole(set, rule, &n, err))
			return false;
		*(uint64_t *)to = (uint64_t)n;
		return true;
	case TIME:
		return read_time(set, rule, to, err);
	case PERCENT:
		return read_percent(set, to, err);
	case FORMAT:
		return read_format(set, to, err);
	case COLOR:
		return read_color(set, to, err);
	case SPECIAL:
		break;
	}
	return true;
}

/*
 * Where Redis is. Within a layer the URI comes first and the parts change it;
 * a layer with a URI forgets what lower ones said, credentials included, so
 * that one server's password is not shown to another.
 */

static void
forget_address(struct fs_target *t)
{
	struct fs_target *fresh = fs_target_new();

	free(t->host);
	free(t->socket);
	free(t->user);
	fs_free_secret(t->pass);
	t->host = fresh->host;
	t->port = fresh->port;
	t->db = 0;
	t->socket = t->user = t->pass = NULL;
	fresh->host = NULL;
	fs_target_free(fresh);
}

static bool
apply_uri(struct fs_target *t, const struct fs_setting *set,
    struct fs_err *err)
{
	bool tls = t->tls;

	forget_address(t);
	if (!fs_target_uri(t, set->value, err))
		return fs_fail_in(err, "%s", set->where);
	/* What asked for encryption is not taken back by a scheme. */
	t->tls |= tls;
	return true;
}

static void
use_tcp(struct fs_target *t)
{
	free(t->socket);
	t->socket = NULL;
	if (t->host == NULL)
		t->host = fs_xstrdup("127.0.0.1");
}

static bool
apply_port(struct fs_target *t, const struct fs_setting *set,
    struct fs_err *err)
{
	const struct rule rule = { .min = 1, .max = 65535 };
	int64_t port;

	if (!read_whole(set, &rule, &port, err))
		return false;
	use_tcp(t);
	t->port = (int)port;
	return true;
}

static bool
apply_host(struct fs_target *t, const struct fs_setting *set,
    struct fs_err *err)
{
	if (set->value[0] == '\0')
		return fs_fail(err, FS_EUSAGE, "%s: empty", set->where);
	use_tcp(t);
	put_text(&t->host, set->value);
	return true;
}

static bool
apply_socket(struct fs_target *t, const struct fs_setting *set,
    struct fs_err *err)
{
	if (set->value[0] == '\0')
		return fs_fail(err, FS_EUSAGE, "%s: empty", set->where);
	put_text(&t->socket, set->value);
	free(t->host);
	t->host = NULL;
	return true;
}

static bool
apply_natmap(struct fs_target *t, const struct fs_setting *set,
    struct fs_err *err)
{
	return fs_target_natmap(t, set->value, err) ||
	    fs_fail_in(err, "%s", set->where);
}

static bool
apply_special(struct fs_options *opt, const struct fs_setting *set,
    struct fs_err *err)
{
	switch (set->id) {
	case FS_OPT_URI:
		return apply_uri(opt->target, set, err);
	case FS_OPT_HOST:
		return apply_host(opt->target, set, err);
	case FS_OPT_PORT:
		return apply_port(opt->target, set, err);
	case FS_OPT_SOCKET:
		return apply_socket(opt->target, set, err);
	case FS_OPT_NATMAP:
		return apply_natmap(opt->target, set, err);
	default:
		return true;
	}
}

static bool
apply(struct fs_options *opt, struct later *later,
    const struct fs_setting *set, struct fs_err *err)
{
	const struct rule *rule = &rules[set->id];
	char *base = NULL;

	if (options[set->id].group == FS_OPTS_COMMAND)
		opt->cmd.given[set->id] = true;
	if (rule->kind == SPECIAL)
		return apply_special(opt, set, err);
	switch (rule->place) {
	case IN_OPTIONS:
		base = (char *)opt;
		break;
	case IN_TARGET:
		base = (char *)opt->target;
		break;
	case IN_COMMAND:
		base = (char *)&opt->cmd;
		break;
	case IN_LATER:
		base = (char *)later;
		break;
	}
	return read_value(set, rule, base + rule->offset, err);
}

static bool
is_address(enum fs_opt_id id)
{
	return id == FS_OPT_URI || id == FS_OPT_HOST || id == FS_OPT_PORT ||
	    id == FS_OPT_SOCKET;
}

/* False when one layer names two places. */
static bool
check_layer(const struct fs_settings *list, enum fs_layer layer,
    struct fs_err *err)
{
	bool socket = fs_settings_in(list, FS_OPT_SOCKET, layer);
	bool demo = fs_settings_in(list, FS_OPT_DEMO, layer);

	if (socket && fs_settings_in(list, FS_OPT_HOST, layer))
		return fs_fail(err, FS_EUSAGE,
		    "--socket and --host exclude each other");
	if (socket && fs_settings_in(list, FS_OPT_PORT, layer))
		return fs_fail(err, FS_EUSAGE,
		    "--socket and --port exclude each other");
	for (size_t i = 0; demo && i < list->count; i++) {
		if (list->set[i].layer == layer &&
		    is_address(list->set[i].id))
			return fs_fail(err, FS_EUSAGE, "--demo has a server "
			    "of its own: no --%s",
			    options[list->set[i].id].name);
	}
	return true;
}

/* One layer's settings; those of the given kind (URI or not). */
static bool
apply_some(struct fs_options *opt, struct later *later,
    const struct fs_settings *list, enum fs_layer layer, bool uri,
    struct fs_err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct fs_setting *set = &list->set[i];

		if (set->layer != layer || (set->id == FS_OPT_URI) != uri)
			continue;
		if (is_address(set->id)) {
			opt->address_given = true;
			opt->demo = false;
		}
		if (!apply(opt, later, set, err))
			return false;
	}
	return true;
}

static bool
apply_all(struct fs_options *opt, struct later *later,
    const struct fs_settings *list, struct fs_err *err)
{
	for (int i = 0; i < FS_LAYER_COUNT; i++) {
		enum fs_layer layer = (enum fs_layer)i;

		if (!check_layer(list, layer, err) ||
		    !apply_some(opt, later, list, layer, true, err) ||
		    !apply_some(opt, later, list, layer, false, err))
			return false;
	}
	return true;
}

/*
 * argv
 */

struct argv_parse {
	struct fs_settings	*list;
	char			**words;	/* COMMAND and its arguments */
	int			 nwords;
	bool			 line;		/* typed in the console */
};

/* "u:h:p:...", after '-' (take words in their place) and ':' (be silent). */
static void
short_options(struct fs_str *out)
{
	fs_str_add_text(out, "-:");
	for (size_t i = 0; i < FS_OPTS_END; i++) {
		if (options[i].letter == 0)
			continue;
		fs_str_add_char(out, options[i].letter);
		if (options[i].arg[0] != '\0')
			fs_str_add_char(out, ':');
	}
}

static void
long_options(struct option to[FS_OPTS_END + 1])
{
	for (size_t i = 0; i < FS_OPTS_END; i++) {
		to[i] = (struct option){ .name = options[i].name,
			.has_arg = options[i].arg[0] != '\0' ?
			    required_argument : no_argument,
			.val = GETOPT_BASE + (int)i };
	}
	to[FS_OPTS_END] = (struct option){ 0 };
}

static const struct fs_option *
option_of(int c)
{
	if (c >= GETOPT_BASE)
		return &options[c - GETOPT_BASE];
	for (size_t i = 0; i < FS_OPTS_END; i++) {
		if (options[i].letter != 0 && options[i].letter == c)
			return &options[i];
	}
	return NULL;
}

/* The names that an ambiguous one could mean: "--tick, --ticks". */
static void
list_meant(const char *name, size_t len, struct fs_str *out)
{
	for (size_t i = 0; i < FS_OPTS_END; i++) {
		if (strncmp(options[i].name, name, len) == 0)
			fs_str_addf(out, "%s--%s", out->len != 0 ? ", " : "",
			    options[i].name);
	}
}

static bool
fail_unknown(const char *arg, struct fs_err *err)
{
	struct fs_str meant = { 0 };
	size_t len;

	if (optopt > 0 && optopt < GETOPT_BASE)
		return fs_fail(err, FS_EUSAGE, "unknown option '-%c'",
		    (char)optopt);
	if (optopt >= GETOPT_BASE)
		return fs_fail(err, FS_EUSAGE, "--%s: takes no value",
		    options[optopt - GETOPT_BASE].name);
	if (strncmp(arg, "--", 2) != 0)
		return fs_fail(err, FS_EUSAGE, "unknown option '%s'", arg);
	len = strcspn(arg + 2, "=");
	list_meant(arg + 2, len, &meant);
	if (meant.len == 0)
		fs_fail(err, FS_EUSAGE, "unknown option '%.*s'",
		    (int)len + 2, arg);
	else
		fs_fail(err, FS_EUSAGE, "'%.*s' could be %s", (int)len + 2,
		    arg, meant.data);
	fs_str_free(&meant);
	return false;
}

static bool
fail_no_value(struct fs_err *err)
{
	const struct fs_option *o = option_of(optopt);

	if (o == NULL)
		return fs_fail(err, FS_EUSAGE, "an option without its value");
	return fs_fail(err, FS_EUSAGE, "--%s: needs a value (%s)%s", o->name,
	    o->arg, o->id == FS_OPT_HOST ? "; --help shows help" : "");
}

/* Leave one character of it, so that nobody sees it in the process list. */
static void
hide(char *secret, size_t len)
{
	if (len == 0)
		return;
	explicit_bzero(secret, len);
	secret[0] = '*';
}

/* Hide the password of a URI; what is behind it moves up. */
static void
hide_in_uri(char *uri)
{
	char *start = strstr(uri, "://"), *colon, *at = strrchr(uri, '@');
	size_t rest;

	start = start != NULL ? start + 3 : uri;
	colon = strchr(start, ':');
	if (at == NULL || colon == NULL || colon + 1 >= at)
		return;
	hide(colon + 1, (size_t)(at - colon - 1));
	rest = strlen(at);
	memmove(colon + 2, at, rest);
	explicit_bzero(colon + 2 + rest, (size_t)(at - colon - 2));
}

static bool
take_option(struct argv_parse *ap, int c, char *arg, struct fs_err *err)
{
	const struct fs_option *o = option_of(c);

	if (o == NULL)
		return fs_fail(err, FS_EUSAGE, "unknown option");
	if (ap->line && o->group != FS_OPTS_COMMAND)
		return fs_fail(err, FS_EUSAGE, "--%s: only where fsconsole is "
		    "started", o->name);
	fs_settings_add(ap->list, o->id, FS_LAYER_ARGV, arg,
	    fs_xasprintf("--%s", o->name));
	if (arg != NULL && o->id == FS_OPT_PASS)
		hide(arg, strlen(arg));
	if (arg != NULL && o->id == FS_OPT_URI)
		hide_in_uri(arg);
	return true;
}

/* All of argv, also behind a fault: a password there is to be hidden too. */
static bool
parse_argv(struct argv_parse *ap, int argc, char **argv, struct fs_err *err)
{
	struct option	longs[FS_OPTS_END + 1];
	struct fs_str	shorts = { 0 };
	struct fs_err	later;		/* after the first, not wanted */
	bool		ok = true;
	int		c;

	short_options(&shorts);
	long_options(longs);
	optind = 0;			/* anew, says glibc */
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts.data, longs, NULL)) != -1) {
		struct fs_err *e = ok ? err : &later;

		if (c == 1)
			ap->words[ap->nwords++] = optarg;
		else if (c == '?')
			ok = fail_unknown(argv[optind - 1], e);
		else if (c == ':')
			ok = fail_no_value(e);
		else
			ok = take_option(ap, c, optarg, e) && ok;
	}
	while (optind < argc)
		ap->words[ap->nwords++] = argv[optind++];
	fs_str_free(&shorts);
	return ok;
}

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
load_schema(struct fs_options *opt, const struct later *later,
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
				    options[id].name);
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
	struct later later = { 0 };
	char *path = fs_profile_path();
	bool ok;

	from_environment(list);
	ok = fs_profile_load(path, profile, list, err) &&
	    apply_all(opt, &later, list, err) && check(opt, list, err) &&
	    load_schema(opt, &later, err);
	free(path);
	free(later.schema);
	free(later.prefix);
	return ok;
}

bool
fs_options_parse(struct fs_options *opt, int argc, char **argv,
    struct fs_err *err)
{
	struct fs_settings list = { 0 };
	struct argv_parse ap = { .list = &list };
	bool ok;

	*opt = (struct fs_options){ .target = fs_target_new(),
		.tick_ms = 1000, .users_per_tick = 5 };
	fs_command_options_init(&opt->cmd);
	ap.words = fs_xcalloc((size_t)argc + 1, sizeof(*ap.words));
	ok = parse_argv(&ap, argc, argv, err);
	opt->argc = ap.nwords;
	opt->argv = ap.words;
	opt->help = fs_settings_in(&list, FS_OPT_HELP, FS_LAYER_ARGV);
	opt->version = fs_settings_in(&list, FS_OPT_VERSION, FS_LAYER_ARGV);
	if (ok && !opt->help && !opt->version)
		ok = resolve(opt, &list, err);
	fs_settings_free(&list);
	return ok;
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

bool
fs_options_askpass(struct fs_options *opt, struct fs_err *err)
{
	char	buf[1024];
	bool	ok;

	errno = 0;
	ok = readpassphrase("Password: ", buf, sizeof(buf),
	    RPP_REQUIRE_TTY) != NULL;
	if (ok)
		put_text(&opt->target->pass, buf);
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

static bool
line_options(const struct fs_settings *list, struct fs_command_options *cmd,
    struct fs_err *err)
{
	struct fs_options opt = { 0 };
	bool ok = true;

	fs_command_options_init(&opt.cmd);
	for (size_t i = 0; ok && i < list->count; i++)
		ok = apply(&opt, NULL, &list->set[i], err);
	*cmd = opt.cmd;
	return ok;
}

bool
fs_options_line(const char *line, struct fs_command_options *cmd, int *argc,
    char ***argv, struct fs_err *err)
{
	struct fs_settings list = { 0 };
	struct argv_parse ap = { .list = &list, .line = true };
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
	ok = parse_argv(&ap, n, words, err) && line_options(&list, cmd, err);
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
