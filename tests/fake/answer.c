#include "fake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
put_bulk(struct fs_str *out, const char *data, size_t len)
{
	fs_str_addf(out, "$%zu\r\n", len);
	fs_str_add(out, data, len);
	fs_str_add_text(out, "\r\n");
}

static void
put_text(struct fs_str *out, const char *text)
{
	put_bulk(out, text, strlen(text));
}

static void
put_int(struct fs_str *out, int64_t n)
{
	fs_str_addf(out, ":%" PRId64 "\r\n", n);
}

static void
put_array(struct fs_str *out, size_t n)
{
	fs_str_addf(out, "*%zu\r\n", n);
}

static void
put_nil(struct fs_str *out)
{
	fs_str_add_text(out, "$-1\r\n");
}

static bool
arg_is(const struct command *cmd, size_t i, const char *text)
{
	return i < cmd->nargs && strcasecmp(cmd->args[i].data, text) == 0;
}

/*
 * What it holds
 */

/* A moment as this node's clock tells it; -1 stays. */
static void
put_deadline(struct fs_str *out, const struct node *node, int64_t deadline_ms)
{
	put_int(out, deadline_ms < 0 ? deadline_ms :
	    deadline_ms + node->clock_ms);
}

static const struct hash *
find_hash(const struct node *node, const struct command *cmd)
{
	const struct hash *hash;

	STAILQ_FOREACH(hash, &node->hashes, next) {
		if (cmd->nargs > 1 && fs_bytes_eq(fs_str_bytes(&hash->key),
		    fs_str_bytes(&cmd->args[1])))
			return hash;
	}
	return NULL;
}

static const struct field *
find_field(const struct hash *hash, const struct fs_str *name)
{
	const struct field *field;

	if (hash == NULL)
		return NULL;
	STAILQ_FOREACH(field, &hash->fields, next) {
		if (fs_bytes_eq(fs_str_bytes(&field->name),
		    fs_str_bytes(name)))
			return field;
	}
	return NULL;
}

static size_t
count_hashes(const struct node *node)
{
	const struct hash	*hash;
	size_t			 n = 0;

	STAILQ_FOREACH(hash, &node->hashes, next)
		n++;
	return n;
}

/*
 * The server
 */

static void
info(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	struct fs_str text = { 0 };

	(void)cmd;
	/* Its own lines first: the first of a name counts. */
	fs_str_add_bytes(&text, fs_str_bytes(&node->info));
	fs_str_addf(&text, "# Server\r\nredis_version:8.0.0\r\n"
	    "run_id:%08x%032x\r\nredis_mode:%s\r\n# Memory\r\nused_memory:1048576\r\n"
	    "maxmemory:0\r\n# Stats\r\ntotal_commands_processed:1\r\n"
	    "instantaneous_ops_per_sec:0\r\n# Replication\r\nrole:%s\r\n"
	    "# Cluster\r\ncluster_enabled:%d\r\n",
	    1U + (unsigned)node->port, 0U, clustered ? "cluster" : "standalone",
	    node->primary != NULL ? "slave" : "master", clustered);
	put_bulk(out, text.data, text.len);
	fs_str_free(&text);
}

static bool
lacks(const struct node *node, const char *command)
{
	char word[64];

	snprintf(word, sizeof(word), " %s ", command);
	return strcasestr(node->lacks.data, word) != NULL;
}

/* COMMAND INFO: what is known, in the form of six elements. */
static void
command_info(const struct node *node, const struct command *cmd,
    struct fs_str *out)
{
	put_array(out, cmd->nargs - 2);
	for (size_t i = 2; i < cmd->nargs; i++) {
		if (lacks(node, cmd->args[i].data)) {
			fs_str_add_text(out, "*-1\r\n");
			continue;
		}
		put_array(out, 6);
		put_text(out, cmd->args[i].data);
		fs_str_add_text(out, ":-2\r\n*1\r\n+readonly\r\n"
		    ":1\r\n:1\r\n:1\r\n");
	}
}

static void
auth(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	if (node->pass.len == 0 && cmd->nargs < 3)
		fs_str_add_text(out, "-ERR AUTH <password> called without any "
		    "password configured for the default user. Are you sure "
		    "your configuration is correct?\r\n");
	else if (node->pass.len == 0 || strcmp(node->pass.data,
	    cmd->args[cmd->nargs - 1].data) == 0)
		fs_str_add_text(out, "+OK\r\n");
	else
		fs_str_add_text(out, "-WRONGPASS invalid username-password "
		    "pair or user is disabled.\r\n");
}

static void
tell_time(const struct node *node, const struct command *cmd,
    struct fs_str *out)
{
	char	text[32];
	int64_t	now = now_ms() + node->clock_ms;

	(void)cmd;
	put_array(out, 2);
	snprintf(text, sizeof(text), "%" PRId64, now / 1000);
	put_text(out, text);
	snprintf(text, sizeof(text), "%" PRId64, now % 1000 * 1000);
	put_text(out, text);
}

static void
whoami(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	(void)cmd;
	put_bulk(out, node->user.data, node->user.len);
}

static void
dbsize(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	(void)cmd;
	put_int(out, (int64_t)count_hashes(node));
}

/* All at once, whatever MATCH, TYPE and COUNT say. */
static void
scan(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	const struct hash *hash;

	(void)cmd;
	put_array(out, 2);
	put_text(out, "0");
	put_array(out, count_hashes(node));
	STAILQ_FOREACH(hash, &node->hashes, next)
		put_bulk(out, hash->key.data, hash->key.len);
}

/*
 * The cluster
 */

static void
put_slots_node(struct fs_str *out, const struct node *node)
{
	put_array(out, 3);
	put_text(out, node->host);
	put_int(out, node->port);
	fs_str_addf(out, "$40\r\n%040d\r\n", node->port);
}

static void
put_slots_range(struct fs_str *out, const struct node *node, size_t i)
{
	const struct node	*other;
	size_t			 n = 1;

	STAILQ_FOREACH(other, &nodes, next)
		n += other->primary == node;
	put_array(out, 2 + n);
	put_int(out, node->slots[i].first);
	put_int(out, node->slots[i].last);
	put_slots_node(out, node);
	STAILQ_FOREACH(other, &nodes, next) {
		if (other->primary == node)
			put_slots_node(out, other);
	}
}

static void
cluster_slots(struct fs_str *out)
{
	const struct node	*node;
	size_t			 n = 0;

	STAILQ_FOREACH(node, &nodes, next)
		n += node->nslots;
	put_array(out, n);
	STAILQ_FOREACH(node, &nodes, next) {
		for (size_t i = 0; i < node->nslots; i++)
			put_slots_range(out, node, i);
	}
}

static void
put_shard_node(struct fs_str *out, const struct node *node)
{
	put_array(out, 14);
	put_text(out, "id");
	fs_str_addf(out, "$40\r\n%040d\r\n", node->port);
	put_text(out, node->tls != NULL ? "tls-port" : "port");
	put_int(out, node->port);
	put_text(out, "ip");
	put_text(out, node->host);
	put_text(out, "endpoint");
	put_text(out, node->host);
	put_text(out, "role");
	put_text(out, node->primary != NULL ? "replica" : "master");
	put_text(out, "replication-offset");
	put_int(out, 0);
	put_text(out, "health");
	put_text(out, "online");
}

static void
put_shard(struct fs_str *out, const struct node *node)
{
	const struct node	*other;
	size_t			 n = 1;

	STAILQ_FOREACH(other, &nodes, next)
		n += other->primary == node;
	put_array(out, 4);
	put_text(out, "slots");
	put_array(out, 2 * node->nslots);
	for (size_t i = 0; i < node->nslots; i++) {
		put_int(out, node->slots[i].first);
		put_int(out, node->slots[i].last);
	}
	put_text(out, "nodes");
	put_array(out, n);
	put_shard_node(out, node);
	STAILQ_FOREACH(other, &nodes, next) {
		if (other->primary == node)
			put_shard_node(out, other);
	}
}

static void
cluster_shards(struct fs_str *out)
{
	const struct node	*node;
	size_t			 n = 0;

	STAILQ_FOREACH(node, &nodes, next)
		n += node->nslots != 0;
	put_array(out, n);
	STAILQ_FOREACH(node, &nodes, next) {
		if (node->nslots != 0)
			put_shard(out, node);
	}
}

static void
cluster(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	(void)node;
	if (!clustered)
		fs_str_add_text(out, "-ERR This instance has cluster support "
		    "disabled\r\n");
	else if (arg_is(cmd, 1, "SHARDS"))
		cluster_shards(out);
	else
		cluster_slots(out);
}

/*
 * One hash
 */

/* The arguments behind FIELDS n; n is how many. */
static const struct fs_str *
fields_of(const struct command *cmd, size_t *n)
{
	for (size_t i = 2; i + 1 < cmd->nargs; i++) {
		if (!arg_is(cmd, i, "FIELDS"))
			continue;
		*n = (size_t)atol(cmd->args[i + 1].data);
		if (*n > cmd->nargs - i - 2)
			*n = cmd->nargs - i - 2;
		return &cmd->args[i + 2];
	}
	*n = 0;
	return NULL;
}

static void
hmget(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	const struct hash *hash = find_hash(node, cmd);

	put_array(out, cmd->nargs - 2);
	for (size_t i = 2; i < cmd->nargs; i++) {
		const struct field *field = find_field(hash, &cmd->args[i]);

		if (field != NULL)
			put_bulk(out, field->value.data, field->value.len);
		else
			put_nil(out);
	}
}

/* HGETALL, HKEYS and HSCAN: names, and values if wanted. */
static void
put_fields(const struct hash *hash, bool values, struct fs_str *out)
{
	const struct field *field;

	put_array(out, hash != NULL ? hash->nfields << values : 0);
	if (hash == NULL)
		return;
	STAILQ_FOREACH(field, &hash->fields, next) {
		put_bulk(out, field->name.data, field->name.len);
		if (values)
			put_bulk(out, field->value.data, field->value.len);
	}
}

static void
hgetall(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	put_fields(find_hash(node, cmd), true, out);
}

static void
hkeys(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	put_fields(find_hash(node, cmd), false, out);
}

static void
hscan(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	put_array(out, 2);
	put_text(out, "0");
	put_fields(find_hash(node, cmd),
	    !arg_is(cmd, cmd->nargs - 1, "NOVALUES"), out);
}

static void
hstrlen(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	const struct field *field = NULL;

	if (cmd->nargs > 2)
		field = find_field(find_hash(node, cmd), &cmd->args[2]);
	put_int(out, field != NULL ? (int64_t)field->value.len : 0);
}

static void
hlen(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	const struct hash *hash = find_hash(node, cmd);

	put_int(out, hash != NULL ? (int64_t)hash->nfields : 0);
}

static void
hpexpiretime(const struct node *node, const struct command *cmd,
    struct fs_str *out)
{
	const struct hash	*hash = find_hash(node, cmd);
	const struct fs_str	*names;
	size_t			 n;

	names = fields_of(cmd, &n);
	put_array(out, n);
	for (size_t i = 0; i < n; i++) {
		const struct field *field = find_field(hash, &names[i]);

		put_deadline(out, node, field != NULL ? field->deadline_ms : -2);
	}
}

static void
pexpiretime(const struct node *node, const struct command *cmd,
    struct fs_str *out)
{
	const struct hash *hash = find_hash(node, cmd);

	put_deadline(out, node, hash != NULL ? hash->deadline_ms : -2);
}

static void
pttl(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	const struct hash *hash = find_hash(node, cmd);

	if (hash != NULL && hash->deadline_ms >= 0)
		put_int(out, hash->deadline_ms - now_ms());
	else
		put_int(out, hash != NULL ? -1 : -2);
}

static void
exists(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	put_int(out, find_hash(node, cmd) != NULL);
}

static void
type(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	fs_str_add_text(out, find_hash(node, cmd) != NULL ? "+hash\r\n" :
	    "+none\r\n");
}

/* OBJECT ENCODING KEY, MEMORY USAGE KEY */
static bool
has_second(const struct node *node, const struct command *cmd)
{
	struct command rest = { cmd->args + 1, cmd->nargs - 1 };

	return cmd->nargs > 2 && find_hash(node, &rest) != NULL;
}

static void
object(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	if (has_second(node, cmd))
		put_text(out, "listpackex");
	else
		put_nil(out);
}

static void
memory(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	if (has_second(node, cmd))
		put_int(out, 256);
	else
		put_nil(out);
}

/*
 * Writes are acknowledged; what it holds stays as it is.
 */

static void
hset(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	int64_t added = 0;

	for (size_t i = 2; i + 1 < cmd->nargs; i += 2)
		added += find_field(find_hash(node, cmd), &cmd->args[i]) ==
		    NULL;
	put_int(out, added);
}

static void
hpexpire(const struct node *node, const struct command *cmd,
    struct fs_str *out)
{
	size_t n;

	(void)node;
	fields_of(cmd, &n);
	put_array(out, n);
	for (size_t i = 0; i < n; i++)
		put_int(out, 1);
}

static void
one(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	(void)node;
	(void)cmd;
	put_int(out, 1);
}

static void
each(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	(void)node;
	put_int(out, (int64_t)cmd->nargs -
	    (arg_is(cmd, 0, "HDEL") ? 2 : 1));
}

static void
ok(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	(void)node;
	(void)cmd;
	fs_str_add_text(out, "+OK\r\n");
}

static void
pong(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	(void)node;
	(void)cmd;
	fs_str_add_text(out, "+PONG\r\n");
}

/* The first that fits counts. */
static const struct {
	const char	*word, *second;
	void		(*say)(const struct node *, const struct command *,
			    struct fs_str *);
} table[] = {
	{ "AUTH",	NULL,	auth },
	{ "SELECT",	NULL,	ok },
	{ "PING",	NULL,	pong },
	{ "CLIENT",	NULL,	ok },
	{ "ACL",	"WHOAMI", whoami },
	{ "COMMAND",	"INFO",	command_info },
	{ "INFO",	NULL,	info },
	{ "TIME",	NULL,	tell_time },
	{ "DBSIZE",	NULL,	dbsize },
	{ "CLUSTER",	NULL,	cluster },
	{ "READONLY",	NULL,	ok },
	{ "ASKING",	NULL,	ok },
	{ "SCAN",	NULL,	scan },
	{ "TYPE",	NULL,	type },
	{ "EXISTS",	NULL,	exists },
	{ "PTTL",	NULL,	pttl },
	{ "PEXPIRETIME", NULL,	pexpiretime },
	{ "HLEN",	NULL,	hlen },
	{ "HMGET",	NULL,	hmget },
	{ "HGETALL",	NULL,	hgetall },
	{ "HSCAN",	NULL,	hscan },
	{ "HSTRLEN",	NULL,	hstrlen },
	{ "HKEYS",	NULL,	hkeys },
	{ "HPEXPIRETIME", NULL,	hpexpiretime },
	{ "OBJECT",	NULL,	object },
	{ "MEMORY",	NULL,	memory },
	{ "HSET",	NULL,	hset },
	{ "HSETEX",	NULL,	one },
	{ "HPEXPIRE",	NULL,	hpexpire },
	{ "HDEL",	NULL,	each },
	{ "PEXPIRE",	NULL,	one },
	{ "UNLINK",	NULL,	each },
};

void
answer(const struct node *node, const struct command *cmd, struct fs_str *out)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (lacks(node, cmd->args[0].data) ||
		    !arg_is(cmd, 0, table[i].word) ||
		    (table[i].second != NULL &&
		    !arg_is(cmd, 1, table[i].second)))
			continue;
		table[i].say(node, cmd, out);
		return;
	}
	fs_str_addf(out, "-ERR unknown command '%.64s', with args beginning "
	    "with: \r\n", cmd->args[0].data);
}
