#include "redis/cluster.h"

#include <poll.h>
#include <stdlib.h>

#include <bsd/string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/info.h"
#include "redis/pump.h"

static struct fs_cluster *
cluster_new(const struct fs_target *target, const char *name,
    const atomic_bool *cancel)
{
	struct fs_cluster *cl = fs_xcalloc(1, sizeof(*cl));

	cl->target = fs_target_copy(target);
	cl->client_name = fs_xstrdup(name);
	cl->cancel = cancel;
	fs_rng_seed_system(&cl->rng);
	fs_caps_init(&cl->caps);
	fs_caps_init(&cl->learned);
	cl->learned.may_be_full = false;
	TAILQ_INIT(&cl->peers);
	TAILQ_INIT(&cl->batches);
	TAILQ_INIT(&cl->later);
	cl->slots = fs_xcalloc(FS_SLOTS, sizeof(*cl->slots));
	for (int i = 0; i < FS_SLOTS; i++)
		cl->slots[i] = -1;
	cl->buf = fs_xmalloc(FS_READ_BYTES);
	cl->wake = FS_NEVER;
	cl->now = fs_clock_mono();
	return cl;
}

void
fs_cluster_close(struct fs_cluster *cl)
{
	if (cl == NULL)
		return;
	fs_batch_free(cl->own);
	fs_peer_free_all(cl);
	fs_tls_free(cl->tls);
	fs_target_free(cl->target);
	free(cl->client_name);
	free(cl->primary);
	free(cl->slots);
	free(cl->order);
	free(cl->first);
	free(cl->fds);
	free(cl->buf);
	free(cl);
}

/* Connect to where we begin; the link has its own deadline. */
static bool
connect_seed(struct fs_cluster *cl, bool hasty, struct fs_err *err)
{
	struct fs_link *link = cl->seed->link;

	fs_link_open(link);
	while (link->state != FS_LINK_READY) {
		if (link->state == FS_LINK_DOWN) {
			*err = link->why;
			return false;
		}
		if (link->state == FS_LINK_LOADING && hasty) {
			*err = link->why;
			err->code = FS_EUNREADY;
			return false;
		}
		fs_pump_turn(cl, -1, FS_NEVER);
		if (fs_pump_cancelled(cl))
			return fs_fail(err, FS_ECANCEL, "cancelled");
	}
	return true;
}

static bool
fetch_map(struct fs_cluster *cl, struct fs_err *err)
{
	const struct fs_unit *unit;

	fs_peer_ask_map(cl, cl->seed);
	unit = fs_batch_take(cl->own);
	return fs_peer_take_map(cl, cl->seed, unit, err);
}

/*
 * Standalone or cluster: INFO says so; where that is not permitted, whether
 * there is a map.
 */
static bool
find_out(struct fs_cluster *cl, struct fs_err *err)
{
	bool known = cl->caps.mode[0] != '\0';

	if (strcmp(cl->caps.mode, "sentinel") == 0)
		return fs_fail(err, FS_ESERVER,
		    "%s is a Sentinel, which holds no store", cl->seed->name);
	if (cl->caps.clustered || !known) {
		if (fetch_map(cl, err)) {
			cl->caps.clustered = true;
			return true;
		}
		if (known || err->code == FS_ECANCEL)
			return false;
	}
	fs_peer_alone(cl, cl->seed);
	return true;
}

struct fs_cluster *
fs_cluster_open(const struct fs_target *target, const char *name,
    const atomic_bool *cancel, bool hasty, struct fs_err *err)
{
	struct fs_cluster	*cl = cluster_new(target, name, cancel);
	struct fs_err		 why = { 0 };

	if (target->tls && (cl->tls = fs_tls_new(target, &why)) == NULL)
		goto fail;
	cl->setup = (struct fs_link_setup){
		.target = cl->target,
		.client_name = cl->client_name,
		.tls = cl->tls,
		.rng = &cl->rng,
	};
	if (target->socket != NULL)
		cl->seed = fs_peer_at(cl, NULL, 0, false);
	else
		cl->seed = fs_peer_at(cl, target->host, target->port, false);
	cl->own = fs_batch_new(cl, NULL);
	if (connect_seed(cl, hasty, &why) && find_out(cl, &why))
		return cl;
fail:
	if (err != NULL)
		*err = why;
	fs_cluster_close(cl);
	return NULL;
}

const struct fs_caps *
fs_cluster_caps(const struct fs_cluster *cl)
{
	return &cl->caps;
}

int64_t
fs_cluster_retry_at(const struct fs_cluster *cl, size_t node,
    struct fs_err *err)
{
	const struct fs_link *link;

	if (node >= cl->nprimary)
		return 0;
	link = cl->primary[node]->link;
	if (err != NULL)
		*err = link->why;
	return link->state == FS_LINK_DOWN && link->failures != 0 ?
	    link->retry_at : 0;
}

void
fs_cluster_look(struct fs_cluster *cl)
{
	const struct fs_unit	*unit;
	struct fs_peer		*peer = NULL;

	for (size_t i = 0; i < cl->nprimary && peer == NULL; i++) {
		if (cl->primary[i]->link->state == FS_LINK_READY)
			peer = cl->primary[i];
	}
	if (!cl->caps.clustered || peer == NULL)
		return;
	/* One that is asked for already was asked of somebody else. */
	while ((unit = fs_batch_take(cl->own)) != NULL)
		fs_peer_take_map(cl, cl->map_peer, unit, NULL);
	fs_peer_ask_map(cl, peer);
	while ((unit = fs_batch_take(cl->own)) != NULL)
		fs_peer_take_map(cl, cl->map_peer, unit, NULL);
}

bool
fs_cluster_is_up(const struct fs_cluster *cl)
{
	for (size_t i = 0; i < cl->nprimary; i++) {
		if (cl->primary[i]->link->state == FS_LINK_READY)
			return true;
	}
	return false;
}

void
fs_cluster_gate(struct fs_cluster *cl, bool may_write)
{
	cl->gate = may_write;
}

/*
 * The map
 */

size_t
fs_cluster_count(const struct fs_cluster *cl)
{
	return cl->nprimary;
}

const char *
fs_cluster_name(const struct fs_cluster *cl, size_t node)
{
	return node < cl->nprimary ? cl->primary[node]->name : "";
}

int
fs_cluster_of_slot(const struct fs_cluster *cl, unsigned slot)
{
	return slot < FS_SLOTS ? cl->slots[slot] : -1;
}

uint64_t
fs_cluster_epoch(const struct fs_cluster *cl)
{
	return cl->epoch;
}

/* Slots node by node, made anew when asked for after a change. */
static void
put_in_order(struct fs_cluster *cl)
{
	size_t *at;

	if (!cl->order_stale)
		return;
	cl->order_stale = false;
	free(cl->first);
	cl->first = fs_xcalloc(cl->nprimary + 1, sizeof(*cl->first));
	if (cl->order == NULL)
		cl->order = fs_xcalloc(FS_SLOTS, sizeof(*cl->order));
	for (int i = 0; i < FS_SLOTS; i++) {
		if (cl->slots[i] >= 0)
			cl->first[cl->slots[i] + 1]++;
	}
	for (size_t i = 0; i < cl->nprimary; i++)
		cl->first[i + 1] += cl->first[i];
	at = fs_xcalloc(cl->nprimary, sizeof(*at));
	for (int i = 0; i < FS_SLOTS; i++) {
		int node = cl->slots[i];

		if (node >= 0)
			cl->order[cl->first[node] + at[node]++] = (uint16_t)i;
	}
	free(at);
}

size_t
fs_cluster_slots(const struct fs_cluster *cl, size_t node)
{
	if (node >= cl->nprimary)
		return 0;
	put_in_order((struct fs_cluster *)(uintptr_t)cl);
	return cl->first[node + 1] - cl->first[node];
}

unsigned
fs_cluster_nth_slot(const struct fs_cluster *cl, size_t node, size_t i)
{
	if (i >= fs_cluster_slots(cl, node))
		return 0;
	return cl->order[cl->first[node] + i];
}

/*
 * How the nodes are
 */

static void
tell_node(struct fs_cluster *cl, const struct fs_unit *unit,
    struct fs_node_info *node)
{
	struct fs_bytes	info, role;
	int64_t		keys;

	if (unit->err.code != FS_OK) {
		node->err = unit->err;
		return;
	}
	node->up = true;
	node->latency_us = unit->took_us;
	if (fs_reply_want_integer(&unit->reply[1], "DBSIZE", &keys, NULL))
		node->dbsize = keys;
	if (!fs_reply_want_string(&unit->reply[0], "INFO", &info, NULL))
		return;
	fs_info_i64(info, "used_memory", &node->used_memory);
	fs_info_i64(info, "maxmemory", &node->maxmemory);
	fs_info_i64(info, "instantaneous_ops_per_sec",
	    &node->ops_per_second);
	fs_info_i64(info, "total_commands_processed", &node->total_commands);
	node->replica = fs_info_text(info, "role", &role) &&
	    fs_bytes_eq(role, fs_bytes_of("slave"));
	fs_caps_memory(&cl->caps, info);
}

bool
fs_cluster_refresh(struct fs_cluster *cl, struct fs_node_info **nodes,
    size_t *count, struct fs_err *err)
{
	size_t			 n = cl->nprimary, up = 0;
	struct fs_batch		*batch;
	const struct fs_unit	*unit;
	bool			 may_be_full = false;

	if (n == 0)
		return fs_fail(err, FS_EBUSY, "no node has slots");
	batch = fs_batch_new(cl, NULL);
	*nodes = fs_xcalloc(n, sizeof(**nodes));
	*count = n;
	for (size_t i = 0; i < n; i++) {
		struct fs_node_info *node = &(*nodes)[i];

		*node = (struct fs_node_info){ .dbsize = -1,
		    .used_memory = -1, .maxmemory = -1, .ops_per_second = -1,
		    .total_commands = -1, .latency_us = -1 };
		strlcpy(node->name, cl->primary[i]->name, sizeof(node->name));
		node->slots = (int)fs_cluster_slots(cl, i);
		fs_batch_node(batch, i, i);
		fs_batch_cmd(batch, FS_VERB_INFO, 0);
		fs_batch_cmd(batch, FS_VERB_DBSIZE, 0);
		fs_batch_end(batch);
	}
	while ((unit = fs_batch_take(batch)) != NULL) {
		struct fs_node_info *node = &(*nodes)[unit->tag];

		tell_node(cl, unit, node);
		up += node->up;
		may_be_full = may_be_full || cl->caps.may_be_full;
	}
	cl->caps.may_be_full = may_be_full;
	fs_batch_free(batch);
	if (up != 0)
		return true;
	if (err != NULL)
		*err = (*nodes)[0].err;
	free(*nodes);
	*nodes = NULL;
	*count = 0;
	return false;
}

struct fs_cost
fs_cluster_cost(struct fs_cluster *cl)
{
	struct fs_cost cost = cl->cost;

	cl->cost = (struct fs_cost){ 0 };
	return cost;
}
