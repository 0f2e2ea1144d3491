#include "redis/watch.h"

#include <stdlib.h>

#include <bsd/string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/info.h"
#include "redis/peer.h"
#include "redis/pump.h"

#define MUTE		FS_SEC		/* then another may take over from it */
#define MAP_EVERY	(10 * FS_SEC)	/* nobody tells of new replicas */

/* A node; its number is the tag of the question that it has not answered. */
struct watched {
	struct fs_node_info	 info;
	uint64_t		 number;
	bool			 asked;
	bool			 may_be_full;
};

struct fs_watch {
	struct fs_cluster	*cl;
	struct fs_batch		*batch;
	bool			 replicas;
	struct watched		*node;
	size_t			 count, nprimary;
	uint64_t		 last;		/* number given */
};

struct fs_watch *
fs_watch_new(struct fs_cluster *cl, bool replicas)
{
	struct fs_watch *w = fs_xcalloc(1, sizeof(*w));

	w->cl = cl;
	w->batch = fs_batch_new(cl,
	    &(struct fs_window){ .any_order = true });
	w->replicas = replicas;
	cl->watched = cl->watched || replicas;
	return w;
}

void
fs_watch_free(struct fs_watch *w)
{
	if (w == NULL)
		return;
	fs_batch_free(w->batch);
	free(w->node);
	free(w);
}

/*
 * Who there is
 */

static void
forget_numbers(struct fs_node_info *info)
{
	info->dbsize = info->used_memory = info->maxmemory = -1;
	info->ops_per_second = info->total_commands = -1;
	info->latency_us = -1;
}

/* What was known of a node by this name, most likely at the same place. */
static struct watched
recall(struct fs_watch *w, const struct watched *old, size_t nold,
    const char *name)
{
	struct watched new = { .number = ++w->last, .info.up = true };

	for (size_t i = 0; i < nold; i++) {
		size_t at = (w->count + i) % nold;

		if (strcmp(old[at].info.name, name) == 0)
			return old[at];
	}
	strlcpy(new.info.name, name, sizeof(new.info.name));
	forget_numbers(&new.info);
	return new;
}

static void
add_peer(struct fs_watch *w, const struct watched *old, size_t nold,
    const struct fs_peer *peer)
{
	struct watched node = recall(w, old, nold, peer->name);

	node.info.shard = peer->index != -1 ? peer->index : peer->shard;
	node.info.slots = peer->index == -1 ? 0 :
	    (int)fs_cluster_slots(w->cl, (size_t)peer->index);
	/* What it says itself counts, once it has said so. */
	if (!node.info.up || node.info.dbsize == -1)
		node.info.replica = peer->index == -1;
	w->node[w->count++] = node;
}

/* The nodes of the map as it is now, with what was known of them before. */
static void
list_nodes(struct fs_watch *w)
{
	struct watched		*old = w->node;
	size_t			 nold = w->count;
	const struct fs_peer	*peer;

	w->node = fs_xcalloc(w->cl->npeers, sizeof(*w->node));
	w->count = 0;
	for (size_t i = 0; i < w->cl->nprimary; i++)
		add_peer(w, old, nold, w->cl->primary[i]);
	w->nprimary = w->count;
	TAILQ_FOREACH(peer, &w->cl->peers, next) {
		if (w->replicas && peer->in_map && peer->shard != -1)
			add_peer(w, old, nold, peer);
	}
	free(old);
}

static struct fs_peer *
peer_of(const struct fs_watch *w, size_t i)
{
	struct fs_peer *peer;

	if (i < w->nprimary && i < w->cl->nprimary &&
	    strcmp(w->cl->primary[i]->name, w->node[i].info.name) == 0)
		return w->cl->primary[i];
	TAILQ_FOREACH(peer, &w->cl->peers, next) {
		if (strcmp(peer->name, w->node[i].info.name) == 0)
			return peer;
	}
	return NULL;
}

/*
 * Asking
 */

static void
ask_node(struct fs_watch *w, size_t i, struct fs_peer *peer)
{
	struct watched *node = &w->node[i];

	node->asked = true;
	node->number = ++w->last;
	if (node->info.silent_us == 0)
		node->info.silent_us = w->cl->now;
	fs_batch_node(w->batch, node->number, SIZE_MAX);
	w->batch->open->home = peer;
	fs_batch_cmd(w->batch, FS_VERB_INFO, 0);
	fs_batch_cmd(w->batch, FS_VERB_DBSIZE, 0);
	fs_batch_end(w->batch);
}

/* A replica takes over from a node that only does not answer any more, and new
 * ones come, without any error that would tell. */
static void
want_map(struct fs_watch *w)
{
	struct fs_cluster *cl = w->cl;

	if (!cl->caps.clustered || !w->replicas)
		return;
	if (cl->now - cl->map_asked_at >= MAP_EVERY)
		cl->map_wanted = true;
	for (size_t i = 0; i < w->count; i++) {
		const struct watched *node = &w->node[i];

		if (node->asked && cl->now - node->info.silent_us >= MUTE)
			cl->map_wanted = true;
	}
}

void
fs_watch_ask(struct fs_watch *w)
{
	w->cl->now = fs_clock_mono();
	list_nodes(w);
	want_map(w);
	for (size_t i = 0; i < w->count; i++) {
		struct fs_peer *peer = w->node[i].asked ? NULL : peer_of(w, i);

		if (peer != NULL)
			ask_node(w, i, peer);
	}
}

size_t
fs_watch_owed(const struct fs_watch *w)
{
	return fs_batch_pending(w->batch);
}

bool
fs_watch_owes(const struct fs_watch *w, size_t index)
{
	return index < w->nprimary && index < w->cl->nprimary &&
	    w->node[index].asked && strcmp(w->node[index].info.name,
	    w->cl->primary[index]->name) == 0;
}

/*
 * Answers
 */

static void
take_info(struct watched *node, struct fs_bytes text)
{
	struct fs_node_info	*info = &node->info;
	struct fs_bytes		 role;
	struct fs_caps		 caps = { 0 };

	fs_info_i64(text, "used_memory", &info->used_memory);
	fs_info_i64(text, "maxmemory", &info->maxmemory);
	fs_info_i64(text, "instantaneous_ops_per_sec",
	    &info->ops_per_second);
	fs_info_i64(text, "total_commands_processed", &info->total_commands);
	if (fs_info_text(text, "role", &role))
		info->replica = fs_bytes_eq(role, fs_bytes_of("slave"));
	fs_caps_memory(&caps, text);
	node->may_be_full = caps.may_be_full;
}

static void
take_missed(struct fs_node_info *info, const struct fs_unit *unit)
{
	struct fs_str rules = { 0 };

	fs_reply_missed(&unit->reply[0], "INFO", &rules);
	fs_reply_missed(&unit->reply[1], "DBSIZE", &rules);
	strlcpy(info->missed, rules.len != 0 ? rules.data + 1 : "",
	    sizeof(info->missed));
	fs_str_free(&rules);
}

static void
take_unit(struct watched *node, const struct fs_unit *unit)
{
	struct fs_node_info	*info = &node->info;
	struct fs_bytes		 text;
	int64_t			 keys;

	node->asked = false;
	/* That we have given up says nothing of the node. */
	if (unit->err.code == FS_ECANCEL)
		return;
	forget_numbers(info);
	info->err = unit->err;
	info->up = unit->err.code == FS_OK;
	if (!info->up)
		return;
	info->silent_us = 0;
	info->latency_us = unit->took_us;
	take_missed(info, unit);
	if (fs_reply_want_integer(&unit->reply[1], "DBSIZE", &keys, NULL))
		info->dbsize = keys;
	if (fs_reply_want_string(&unit->reply[0], "INFO", &text, NULL))
		take_info(node, text);
}

/* By now it may have left the map. */
static struct watched *
node_of(struct fs_watch *w, const struct fs_unit *unit)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->node[i].asked && w->node[i].number == unit->tag)
			return &w->node[i];
	}
	return NULL;
}

static bool
take_ready(struct fs_watch *w)
{
	const struct fs_unit	*unit;
	struct watched		*node;
	bool			 some = false, full = false;

	while ((unit = fs_batch_ready(w->batch)) != NULL) {
		some = true;
		if ((node = node_of(w, unit)) != NULL)
			take_unit(node, unit);
	}
	if (!some)
		return false;
	for (size_t i = 0; i < w->nprimary; i++)
		full = full || w->node[i].may_be_full;
	w->cl->caps.may_be_full = full;
	return true;
}

/* What can be told of the connection at any time. */
static void
look_at_links(struct fs_watch *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct fs_node_info	*info = &w->node[i].info;
		const struct fs_peer	*peer;

		if (info->up && info->silent_us == 0)
			continue;
		if ((peer = peer_of(w, i)) == NULL)
			continue;
		info->retry_us = peer->link->state == FS_LINK_DOWN &&
		    peer->link->failures != 0 ? peer->link->retry_at : 0;
		if (info->up && peer->link->state == FS_LINK_LOADING)
			info->err = peer->link->why;
	}
}

bool
fs_watch_take(struct fs_watch *w, int fd, int64_t deadline_us)
{
	bool some;

	while (!(some = take_ready(w)) && fs_batch_pending(w->batch) != 0) {
		if (fs_pump_turn(w->cl, fd, deadline_us) ||
		    fs_clock_mono() >= deadline_us) {
			some = take_ready(w);
			break;
		}
	}
	look_at_links(w);
	return some;
}

/*
 * What is known
 */

size_t
fs_watch_count(const struct fs_watch *w)
{
	return w->count;
}

const struct fs_node_info *
fs_watch_node(const struct fs_watch *w, size_t i)
{
	return &w->node[i].info;
}
