#include "redis/cluster.h"

#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
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
	fs_str_free(&cl->keys);
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
	return fs_peer_take_map(cl, unit, err);
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
	cl->own = fs_batch_new(cl, &(struct fs_window){ .any_order = true });
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
	fs_peer_ask_map(cl, peer);
	while ((unit = fs_batch_take(cl->own)) != NULL)
		fs_peer_take_map(cl, unit, NULL);
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
fs_cluster_prefix(struct fs_cluster *cl, const char *prefix)
{
	fs_str_clear(&cl->keys);
	fs_verb_keys(&cl->keys, prefix);
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

struct fs_cost
fs_cluster_cost(struct fs_cluster *cl)
{
	struct fs_cost cost = cl->cost;

	cl->cost = (struct fs_cost){ 0 };
	return cost;
}
