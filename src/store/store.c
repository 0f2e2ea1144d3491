#include "store/store.h"

#include <stdlib.h>
#include <time.h>

#include <bsd/string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/slot.h"
#include "redis/watch.h"
#include "store/key.h"
#include "store/reader.h"

#define PAUSE_SLICE	(50 * FS_MS)	/* between looks at cancel */

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
	struct fs_watch		*watch;		/* NULL: nobody watches */
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
	fs_cluster_prefix(cluster, opt->schema->prefix);
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
	fs_watch_free(st->watch);
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
fs_store_rest(const struct fs_store *st, int64_t until_us, struct fs_err *err)
{
	int64_t left;

	while ((left = until_us - fs_clock_mono()) > 0) {
		if (fs_store_cancelled(st))
			return fs_fail(err, FS_ECANCEL, "cancelled");
		if (left > PAUSE_SLICE)
			left = PAUSE_SLICE;
		nanosleep(&(struct timespec){ .tv_nsec = (long)left * 1000 },
		    NULL);
	}
	return true;
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
	node->shard = info->shard >= 0 ? (size_t)info->shard : 0;
	node->up = info->up;
	node->silent_mono_us = info->silent_us;
	node->err = info->err;
	node->retry_mono_us = info->up ? 0 : info->retry_us;
	node->slots = info->slots;
	node->dbsize = info->dbsize;
	node->used_memory = info->used_memory;
	node->maxmemory = info->maxmemory;
	node->ops_per_second = info->ops_per_second;
	node->total_commands = info->total_commands;
	node->latency_us = info->latency_us;
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
}

/* What counts is what the primaries hold; one that does not say so any more
 * makes the sum unknown. */
static void
add_up(struct fs_server *server)
{
	int64_t now = fs_clock_mono();

	for (size_t i = 0; i < server->nnodes; i++) {
		const struct fs_node	*node = &server->nodes[i];
		bool			 known;

		if (node->slots == 0)
			continue;
		known = !fs_node_is_silent(node, now);
		add_known(&server->used_memory,
		    known ? node->used_memory : -1);
		add_known(&server->ops_per_second,
		    known ? node->ops_per_second : -1);
		add_known(&server->dbsize, known ? node->dbsize : -1);
	}
}

static struct fs_server *
server_of(struct fs_store *st, const struct fs_watch *watch,
    struct fs_err *err)
{
	size_t			 n = fs_watch_count(watch), down = 0;
	struct fs_server	*server;

	if (n == 0) {
		fs_fail(err, FS_EBUSY, "no node has slots");
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		down += !fs_watch_node(watch, i)->up;
	if (down == n) {
		if (err != NULL)
			*err = fs_watch_node(watch, 0)->err;
		return NULL;
	}
	server = fs_xcalloc(1, sizeof(*server));
	copy_caps(server, fs_store_caps(st));
	show_where(server, st->target);
	server->nodes = fs_xcalloc(n, sizeof(*server->nodes));
	server->nnodes = n;
	for (size_t i = 0; i < n; i++) {
		const struct fs_node_info *info = fs_watch_node(watch, i);

		copy_node(&server->nodes[i], info);
		if (info->missed[0] != '\0')
			strlcpy(server->missed, info->missed,
			    sizeof(server->missed));
	}
	add_up(server);
	return server;
}

struct fs_server *
fs_store_server(struct fs_store *st, struct fs_err *err)
{
	struct fs_watch		*watch = fs_watch_new(st->cluster, false);
	struct fs_server	*server;

	fs_watch_ask(watch);
	while (fs_watch_owed(watch) != 0)
		fs_watch_take(watch, -1, FS_NEVER);
	server = server_of(st, watch, err);
	fs_watch_free(watch);
	return server;
}

void
fs_store_watch(struct fs_store *st)
{
	if (st->watch == NULL)
		st->watch = fs_watch_new(st->cluster, true);
	fs_watch_ask(st->watch);
}

size_t
fs_store_owed(const struct fs_store *st)
{
	return st->watch != NULL ? fs_watch_owed(st->watch) : 0;
}

bool
fs_store_heed(struct fs_store *st, int fd, int64_t deadline_us)
{
	return st->watch != NULL && fs_watch_take(st->watch, fd, deadline_us);
}

struct fs_server *
fs_store_watched(struct fs_store *st, struct fs_err *err)
{
	return server_of(st, st->watch, err);
}

bool
fs_store_is_owed(struct fs_store *st, struct fs_bytes id, struct fs_err *err)
{
	const struct fs_node_info	*info;
	struct fs_str			 key = { 0 };
	int64_t				 silent;
	int				 node;

	*err = (struct fs_err){ 0 };
	fs_key_make(&key, st->prefix, id);
	node = fs_cluster_of_slot(st->cluster, fs_slot_of(fs_str_bytes(&key)));
	fs_str_free(&key);
	if (st->watch == NULL || node < 0 ||
	    !fs_watch_owes(st->watch, (size_t)node))
		return false;
	info = fs_watch_node(st->watch, (size_t)node);
	silent = fs_clock_mono() - info->silent_us;
	if (silent >= FS_SILENT_US)
		fs_fail(err, FS_ETIMEOUT, "%s: no answer for %lld s",
		    info->name, (long long)(silent / FS_SEC));
	return true;
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

bool
fs_store_look(struct fs_store *st, struct fs_bytes id, uint64_t *nfields,
    int64_t *deadline_ms, struct fs_err *err)
{
	static const enum fs_verb verbs[] = { FS_VERB_HLEN,
	    FS_VERB_PEXPIRETIME };
	const struct fs_unit	*unit;
	struct fs_str		 key = { 0 };
	int64_t			 hlen;

	fs_key_make(&key, st->prefix, id);
	fs_batch_window(st->batch, &(struct fs_window){ 0 });
	fs_batch_key(st->batch, 0, fs_str_bytes(&key));
	for (size_t i = 0; i < 2; i++) {
		fs_batch_cmd(st->batch, verbs[i], 1);
		fs_batch_arg(st->batch, fs_str_bytes(&key));
	}
	fs_batch_end(st->batch);
	fs_str_free(&key);
	unit = fs_batch_take(st->batch);
	if (unit->err.code != FS_OK) {
		*err = unit->err;
		return false;
	}
	if (unit->nreplies != 2)
		return fs_fail(err, FS_EPROTO, "%zu replies", unit->nreplies);
	if (!fs_reply_want_integer(&unit->reply[0], "HLEN", &hlen, err))
		return false;
	*nfields = hlen > 0 ? (uint64_t)hlen : 0;
	return fs_reply_want_integer(&unit->reply[1], "PEXPIRETIME",
	    deadline_ms, err);
}
