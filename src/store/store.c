#include "store/store.h"

#include <stdlib.h>

#include <bsd/string.h>

#include "base/mem.h"
#include "store/key.h"
#include "store/reader.h"

struct fs_store {
	const struct fs_target	*target;
	const struct fs_schema	*schema;
	const atomic_bool	*cancel;
	struct fs_cluster	*cluster;
	struct fs_batch		*batch;
	struct fs_stats		 stats;
	struct fs_bytes		 prefix;
	struct fs_reader	*reader;	/* of fs_store_read */
	struct fs_list		 names;		/* that it reads */
};

struct fs_store *
fs_store_open(const struct fs_store_options *opt, struct fs_err *err)
{
	struct fs_cluster	*cluster;
	struct fs_store		*st;

	cluster = fs_cluster_open(opt->target, opt->name, opt->cancel,
	    opt->hasty, err);
	if (cluster == NULL)
		return NULL;
	st = fs_xcalloc(1, sizeof(*st));
	st->target = opt->target;
	st->schema = opt->schema;
	st->cancel = opt->cancel;
	st->cluster = cluster;
	st->batch = fs_batch_new(cluster, &(struct fs_window){ 0 });
	st->prefix = fs_bytes_of(opt->schema->prefix);
	return st;
}

void
fs_store_close(struct fs_store *st)
{
	if (st == NULL)
		return;
	fs_reader_close(st->reader);
	fs_list_free(&st->names);
	fs_batch_free(st->batch);
	fs_cluster_close(st->cluster);
	free(st);
}

void
fs_store_gate(struct fs_store *st, bool may_write)
{
	fs_cluster_gate(st->cluster, may_write);
}

void
fs_store_patience(struct fs_store *st, int64_t away_us, int64_t heir_us)
{
	fs_batch_patience(st->batch, away_us, heir_us);
}

bool
fs_store_waits(const struct fs_store *st, struct fs_err *why)
{
	return fs_batch_put_off(st->batch, why);
}

bool
fs_store_is_up(const struct fs_store *st)
{
	return fs_store_caps(st)->clustered && fs_cluster_is_up(st->cluster);
}

const struct fs_schema *
fs_store_schema(const struct fs_store *st)
{
	return st->schema;
}

const struct fs_caps *
fs_store_caps(const struct fs_store *st)
{
	return fs_cluster_caps(st->cluster);
}

const struct fs_stats *
fs_store_stats(const struct fs_store *st)
{
	return &st->stats;
}

struct fs_cluster *
fs_store_cluster(struct fs_store *st)
{
	return st->cluster;
}

struct fs_batch *
fs_store_batch(struct fs_store *st)
{
	return st->batch;
}

struct fs_stats *
fs_store_count(struct fs_store *st)
{
	return &st->stats;
}

struct fs_bytes
fs_store_prefix(const struct fs_store *st)
{
	return st->prefix;
}

int64_t
fs_store_scan_rate(const struct fs_store *st)
{
	return st->target->scan_rate;
}

bool
fs_store_cancelled(const struct fs_store *st)
{
	return st->cancel != NULL &&
	    atomic_load_explicit(st->cancel, memory_order_relaxed);
}

bool
fs_store_need_field_ttl(const struct fs_store *st, struct fs_err *err)
{
	const struct fs_caps *caps = fs_store_caps(st);

	if (caps->field_ttl)
		return true;
	return fs_fail(err, FS_ETOOOLD, "%s %s has no field TTL "
	    "(HPEXPIRETIME): Redis 7.4 or Valkey 9.0 is needed",
	    caps->name[0] != '\0' ? caps->name : "the server", caps->version);
}

/*
 * The server as a whole
 */

static void
copy_node(struct fs_node *node, const struct fs_node_info *info)
{
	strlcpy(node->name, info->name, sizeof(node->name));
	node->role = info->replica ? FS_ROLE_REPLICA : FS_ROLE_PRIMARY;
	if (!info->up)
		node->role = FS_ROLE_UNKNOWN;
	node->up = info->up;
	node->err = info->err;
	node->slots = info->slots;
	node->dbsize = info->dbsize;
	node->used_memory = info->used_memory;
	node->maxmemory = info->maxmemory;
	node->ops_per_second = info->ops_per_second;
	node->total_commands = info->total_commands;
	node->latency_us = info->latency_us;
}

/* Unless the map has changed since it was asked. */
static void
ask_retry(const struct fs_cluster *cluster, size_t i, struct fs_node *node)
{
	if (!node->up && strcmp(fs_cluster_name(cluster, i), node->name) == 0)
		node->retry_mono_us = fs_cluster_retry_at(cluster, i, NULL);
}

/* A sum that is unknown as soon as a part of it is. */
static void
add_known(int64_t *sum, int64_t part)
{
	if (*sum >= 0 && part >= 0)
		*sum += part;
	else
		*sum = -1;
}

static void
copy_caps(struct fs_server *server, const struct fs_caps *caps)
{
	strlcpy(server->name, caps->name, sizeof(server->name));
	strlcpy(server->version, caps->version, sizeof(server->version));
	strlcpy(server->mode, caps->mode, sizeof(server->mode));
	strlcpy(server->user, caps->user, sizeof(server->user));
	server->field_ttl = caps->field_ttl;
	server->hsetex = caps->hsetex;
}

static void
show_where(struct fs_server *server, const struct fs_target *target)
{
	struct fs_str where = { 0 };

	fs_target_show(target, &where);
	strlcpy(server->where, where.data != NULL ? where.data : "",
	    sizeof(server->where));
	fs_str_free(&where);
	server->tls = target->tls;
	server->insecure = target->insecure;
}

struct fs_server *
fs_store_server(struct fs_store *st, struct fs_err *err)
{
	struct fs_node_info	*info;
	struct fs_server	*server;
	size_t			 count;

	if (!fs_cluster_refresh(st->cluster, &info, &count, err))
		return NULL;
	server = fs_xcalloc(1, sizeof(*server));
	copy_caps(server, fs_store_caps(st));
	show_where(server, st->target);
	server->nodes = fs_xcalloc(count, sizeof(*server->nodes));
	server->nnodes = count;
	for (size_t i = 0; i < count; i++) {
		copy_node(&server->nodes[i], &info[i]);
		ask_retry(st->cluster, i, &server->nodes[i]);
		add_known(&server->used_memory, info[i].used_memory);
		add_known(&server->ops_per_second, info[i].ops_per_second);
		add_known(&server->dbsize, info[i].dbsize);
	}
	free(info);
	return server;
}

/*
 * One entity
 */

static bool
same_list(const struct fs_list *a, const struct fs_list *b)
{
	if (a->count != b->count)
		return false;
	if (a->count == 0)
		return true;
	return fs_bytes_eq(fs_str_bytes(&a->text), fs_str_bytes(&b->text)) &&
	    memcmp(a->end, b->end, a->count * sizeof(*a->end)) == 0;
}

/* The same features are read again and again: one reader is kept for them. */
static struct fs_reader *
reader_of(struct fs_store *st, const struct fs_list *names)
{
	if (st->reader != NULL && same_list(&st->names, names))
		return st->reader;
	fs_reader_close(st->reader);
	fs_list_copy(&st->names, names);
	st->reader = fs_reader_open(st, names, true);
	return st->reader;
}

struct fs_entity *
fs_store_read(struct fs_store *st, struct fs_bytes id,
    const struct fs_list *names, struct fs_err *err)
{
	struct fs_reader	*rd;
	const struct fs_entity	*read;

	if (!fs_key_check_id(id, err) || !fs_store_need_field_ttl(st, err))
		return NULL;
	rd = reader_of(st, names);
	fs_reader_add(rd, id);
	read = fs_reader_take(rd);
	if (read->err.code == FS_OK || read->err.code == FS_ETYPE)
		return fs_entity_copy(read);
	if (err != NULL)
		*err = read->err;
	return NULL;
}
