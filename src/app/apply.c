#include "app/apply.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

#define DAY_MS	INT64_C(86400000)
#define LONGEST_MS	(36500 * DAY_MS)

/* How a value is read, and in which struct it goes. */
enum kind { SPECIAL, FLAG, TEXT, WHOLE, WHOLE_INT, SEED, TIME, PERCENT, FORMAT,
    COLOR };
enum place { IN_OPTIONS, IN_TARGET, IN_COMMAND, IN_LATER };

struct rule {
	enum kind	kind;
	enum place	place;
	size_t		offset;
	int64_t		min, max;	/* numbers, and milliseconds of times */
};

#define OPTIONS(member)	IN_OPTIONS, offsetof(struct fs_options, member)
#define TARGET(member)	IN_TARGET, offsetof(struct fs_target, member)
#define CMD_(member)	IN_COMMAND, offsetof(struct fs_command_options, member)
#define LATER(member)	IN_LATER, offsetof(struct fs_later, member)

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
	    { TIME, LATER(streaming_ttl), 1, FS_FIELD_TTL_MAX_MS },
	[FS_OPT_SCHEMA] =	{ TEXT, LATER(schema), 0, 0 },
	[FS_OPT_TICK] =		{ TIME, OPTIONS(tick_ms), 1, DAY_MS },
	[FS_OPT_USERS_PER_TICK] =
	    { WHOLE, OPTIONS(users_per_tick), 1, 100000 },

	[FS_OPT_SCAN_RATE] =	{ WHOLE, TARGET(scan_rate), 1, INT64_MAX },
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
	[FS_OPT_FOR] =		{ TIME, CMD_(for_ms), 1, LONGEST_MS },
	[FS_OPT_TICKS] =	{ WHOLE, CMD_(ticks), 1, INT64_MAX },
	[FS_OPT_SEED] =		{ SEED, CMD_(seed), 0, INT64_MAX },
	[FS_OPT_TTL] =		{ TIME, CMD_(ttl_ms), 1, FS_TTL_MAX_MS },
	[FS_OPT_RETRY] =	{ TIME, CMD_(retry_ms), 0, LONGEST_MS },
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
 * Where Redis is. Within a layer the URI comes first and the parts change it.
 * A layer that names a server forgets the credentials of lower ones, so that
 * one server's password is not shown to another, and with a URI all else that
 * was said of where it is. A password that stands in the environment alone is
 * for any server, as redis-cli has it.
 */

static void
forget_credentials(struct fs_target *t)
{
	free(t->user);
	fs_free_secret(t->pass);
	t->user = t->pass = NULL;
}

static void
forget_address(struct fs_target *t)
{
	struct fs_target *fresh = fs_target_new();

	forget_credentials(t);
	free(t->host);
	free(t->socket);
	t->host = fresh->host;
	t->port = fresh->port;
	t->db = 0;
	t->socket = NULL;
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

bool
fs_apply_one(struct fs_options *opt, struct fs_later *later,
    const struct fs_setting *set, struct fs_err *err)
{
	const struct rule *rule = &rules[set->id];
	char *base = NULL;

	if (fs_option_get(set->id)->group == FS_OPTS_COMMAND)
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
			    fs_option_get(list->set[i].id)->name);
	}
	return true;
}

/* One layer's settings; those of the given kind (URI or not). */
static bool
apply_some(struct fs_options *opt, struct fs_later *later,
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
		if (!fs_apply_one(opt, later, set, err))
			return false;
	}
	return true;
}

/* The password of the environment, where a layer above forgot it. */
static void
recall_password(struct fs_target *t, const struct fs_settings *list,
    enum fs_layer layer)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct fs_setting *set = &list->set[i];

		if (layer > FS_LAYER_ENVIRONMENT && t->pass == NULL &&
		    set->layer == FS_LAYER_ENVIRONMENT &&
		    set->id == FS_OPT_PASS)
			put_text(&t->pass, set->value);
	}
}

static bool
apply_layer(struct fs_options *opt, struct fs_later *later,
    const struct fs_settings *list, enum fs_layer layer, struct fs_err *err)
{
	if (!check_layer(list, layer, err))
		return false;
	if (fs_settings_in(list, FS_OPT_HOST, layer) ||
	    fs_settings_in(list, FS_OPT_SOCKET, layer))
		forget_credentials(opt->target);
	if (!apply_some(opt, later, list, layer, true, err))
		return false;
	recall_password(opt->target, list, layer);
	return apply_some(opt, later, list, layer, false, err);
}

bool
fs_apply_all(struct fs_options *opt, struct fs_later *later,
    const struct fs_settings *list, struct fs_err *err)
{
	for (int i = 0; i < FS_LAYER_COUNT; i++) {
		if (!apply_layer(opt, later, list, (enum fs_layer)i, err))
			return false;
	}
	return true;
}
