#include "redis/peer.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/map.h"
#include "redis/pump.h"
#include "redis/route.h"

#define MAP_EVERY	FS_SEC
#define MUTE		FS_SEC
#define ASKED_MAX	4	/* for the map, at a time */

/*
 * Servers
 */

static bool
is_at(const struct fs_peer *peer, const char *host, int port)
{
	if (host == NULL || peer->host == NULL)
		return host == peer->host;
	return peer->port == port && strcmp(peer->host, host) == 0;
}

static struct fs_peer *
peer_new(struct fs_cluster *cl, const char *host, int port, bool replica)
{
	struct fs_peer	*peer = fs_xcalloc(1, sizeof(*peer));
	struct fs_str	 name = { 0 };

	if (host != NULL) {
		peer->host = fs_xstrdup(host);
		fs_addr_show(&name, host, port);
	} else {
		fs_str_add_text(&name, cl->target->socket);
	}
	peer->port = port;
	peer->name = fs_str_take(&name);
	peer->index = peer->shard = -1;
	peer->link = fs_link_new(&cl->setup, host, port, replica);
	TAILQ_INIT(&peer->waiting);
	TAILQ_INIT(&peer->flight);
	TAILQ_INSERT_TAIL(&cl->peers, peer, next);
	cl->npeers++;
	return peer;
}

static void
peer_free(struct fs_cluster *cl, struct fs_peer *peer)
{
	TAILQ_REMOVE(&cl->peers, peer, next);
	cl->npeers--;
	if (cl->map_peer == peer)
		cl->map_peer = NULL;
	fs_link_free(peer->link);
	free(peer->host);
	free(peer->name);
	free(peer);
}

void
fs_peer_free_all(struct fs_cluster *cl)
{
	struct fs_peer *peer;

	while ((peer = TAILQ_FIRST(&cl->peers)) != NULL)
		peer_free(cl, peer);
}

struct fs_peer *
fs_peer_at(struct fs_cluster *cl, const char *host, int port, bool replica)
{
	struct fs_peer *peer;

	TAILQ_FOREACH(peer, &cl->peers, next) {
		if (!is_at(peer, host, port))
			continue;
		/* READONLY does no harm on a primary, so it stays set. */
		if (replica && !peer->link->replica) {
			peer->link->replica = true;
			if (TAILQ_EMPTY(&peer->flight))
				fs_link_close(peer->link, cl->now);
			else
				peer->reopen = "it has become a replica";
		}
		return peer;
	}
	if (cl->npeers >= FS_NODES_MAX)
		return NULL;
	return peer_new(cl, host, port, replica);
}

/*
 * Slots
 */

static void
add_primary(struct fs_cluster *cl, struct fs_peer *peer)
{
	cl->primary = fs_xreallocarray(cl->primary, cl->nprimary + 1,
	    sizeof(struct fs_peer *));
	peer->index = (int)cl->nprimary;
	peer->shard = -1;
	peer->in_map = true;
	peer->aside = false;
	cl->primary[cl->nprimary++] = peer;
}

static void
map_changed(struct fs_cluster *cl)
{
	cl->epoch++;
	cl->order_stale = true;
	fs_route_stray(cl);
}

void
fs_peer_moved(struct fs_cluster *cl, unsigned slot, struct fs_peer *peer)
{
	/* INFO was not permitted, so that this is how we learn of it. */
	cl->caps.clustered = true;
	if (peer->index == -1)
		add_primary(cl, peer);
	if (cl->slots[slot] == peer->index)
		return;
	cl->slots[slot] = (int16_t)peer->index;
	map_changed(cl);
}

void
fs_peer_alone(struct fs_cluster *cl, struct fs_peer *peer)
{
	add_primary(cl, peer);
	for (int i = 0; i < FS_SLOTS; i++)
		cl->slots[i] = 0;
	map_changed(cl);
}

/* The peers of the map's nodes; NULL for those that are one too many. */
static struct fs_peer **
peers_of(struct fs_cluster *cl, const struct fs_map *map,
    const struct fs_peer *by)
{
	struct fs_peer **peers = fs_xcalloc(map->nnodes, sizeof(*peers));

	for (size_t i = 0; i < map->nnodes; i++) {
		const struct fs_shard_node	*node = &map->nodes[i];
		bool				 replica;
		char				*host;
		int				 port = node->port;

		replica = node->replica && cl->target->replica_reads;
		if (node->host[0] != '\0')
			host = fs_xstrdup(node->host);
		else
			host = fs_xstrdup(by->host != NULL ? by->host :
			    "127.0.0.1");
		fs_target_translate(cl->target, &host, &port);
		peers[i] = fs_peer_at(cl, host, port, replica);
		free(host);
	}
	return peers;
}

/* Those that stay keep their order; the new ones follow by slot. */
static void
list_primaries(struct fs_cluster *cl, const struct fs_map *map,
    struct fs_peer **peers)
{
	struct fs_peer	**old = cl->primary;
	size_t		  nold = cl->nprimary;

	for (size_t i = 0; i < nold; i++) {
		old[i]->index = -1;
		old[i]->in_map = false;
	}
	for (int i = 0; i < FS_SLOTS; i++) {
		if (map->primary[i] >= 0 && peers[map->primary[i]] != NULL)
			peers[map->primary[i]]->in_map = true;
	}
	cl->primary = NULL;
	cl->nprimary = 0;
	for (size_t i = 0; i < nold; i++) {
		if (old[i]->in_map)
			add_primary(cl, old[i]);
	}
	free(old);
	for (int i = 0; i < FS_SLOTS; i++) {
		struct fs_peer *peer = map->primary[i] >= 0 ?
		    peers[map->primary[i]] : NULL;

		if (peer != NULL && peer->index == -1)
			add_primary(cl, peer);
	}
}

/* A primary keeps its replica as long as that is one: SCAN depends on it. */
static void
list_readers(struct fs_cluster *cl, const struct fs_map *map,
    struct fs_peer **peers)
{
	struct fs_peer *peer;

	TAILQ_FOREACH(peer, &cl->peers, next) {
		peer->in_map = peer->index != -1;
		peer->shard = -1;
		peer->aside = false;
		peer->reader = NULL;
		peer->heir = false;
	}
	for (int i = 0; i < FS_SLOTS; i++) {
		if (map->replica[i] >= 0 && cl->slots[i] >= 0)
			cl->primary[cl->slots[i]]->heir = true;
	}
	if (!cl->target->replica_reads)
		return;
	for (int i = 0; i < FS_SLOTS; i++) {
		struct fs_peer *reader = map->replica[i] >= 0 ?
		    peers[map->replica[i]] : NULL;

		if (reader == NULL || cl->slots[i] < 0)
			continue;
		peer = cl->primary[cl->slots[i]];
		if (peer->reader == NULL && reader->index == -1)
			peer->reader = reader;
		reader->in_map = true;
	}
}

/* Replicas, and what was a primary before it failed. Those that are not read
 * from are kept as well, for who wants to know how they are. */
static void
list_others(const struct fs_map *map, struct fs_peer **peers)
{
	for (size_t i = 0; i < map->nnodes; i++) {
		struct fs_peer	*peer = peers[i];
		int		 of = map->nodes[i].of;

		if (peer == NULL || peer->index != -1 || of == -1 ||
		    peers[of] == NULL)
			continue;
		peer->shard = peers[of]->index;
		peer->aside = !peer->in_map;
		peer->in_map = true;
	}
}

/* Whether there would be a node with slots. */
static bool
is_of_use(const struct fs_map *map, struct fs_peer **peers)
{
	for (int i = 0; i < FS_SLOTS; i++) {
		if (map->primary[i] >= 0 && peers[map->primary[i]] != NULL)
			return true;
	}
	return false;
}

static size_t
holes(const struct fs_map *map)
{
	size_t n = 0;

	for (int i = 0; i < FS_SLOTS; i++)
		n += map->primary[i] < 0;
	return n;
}

/* False, and nothing has changed, when the map is of no use: a node that was
 * taken out of its cluster knows of none. */
static bool
take_over(struct fs_cluster *cl, const struct fs_map *map, struct fs_peer *by)
{
	struct fs_peer	**peers = peers_of(cl, map, by);
	struct fs_peer	 *was, *is;
	bool		  changed = false;
	int16_t		 *old;
	struct fs_peer	**before;
	size_t		  nbefore = cl->nprimary;

	if (!is_of_use(map, peers)) {
		free(peers);
		return false;
	}
	old = fs_xcalloc(FS_SLOTS, sizeof(*old));
	memcpy(old, cl->slots, FS_SLOTS * sizeof(*old));
	before = fs_xcalloc(nbefore, sizeof(struct fs_peer *));
	for (size_t i = 0; i < nbefore; i++)
		before[i] = cl->primary[i];
	list_primaries(cl, map, peers);
	for (int i = 0; i < FS_SLOTS; i++) {
		was = old[i] >= 0 ? before[old[i]] : NULL;
		is = map->primary[i] >= 0 ? peers[map->primary[i]] : NULL;
		changed = changed || was != is;
		cl->slots[i] = is != NULL ? (int16_t)is->index : -1;
	}
	if (holes(map) == 0)
		cl->hole_at = 0;
	/* One without slots that has left moves those behind it. */
	changed = changed || cl->nprimary != nbefore;
	list_readers(cl, map, peers);
	list_others(map, peers);
	if (changed)
		map_changed(cl);
	free(before);
	free(old);
	free(peers);
	return true;
}

/* Whether nothing at all is under way, and nobody can point to a peer. */
static bool
at_rest(const struct fs_cluster *cl)
{
	const struct fs_batch *batch;

	TAILQ_FOREACH(batch, &cl->batches, next) {
		if (batch->pending != 0 || batch->open != NULL)
			return false;
	}
	return true;
}

/* Whether something may be asked of it. */
static bool
is_in_use(const struct fs_cluster *cl, const struct fs_peer *peer)
{
	return peer->in_map && (!peer->aside || cl->watched);
}

/* Servers that left the cluster: disconnected when idle, forgotten later. */
static void
retire(struct fs_cluster *cl)
{
	struct fs_peer	*peer, *next;
	bool		 rest = at_rest(cl);

	for (peer = TAILQ_FIRST(&cl->peers); peer != NULL; peer = next) {
		next = TAILQ_NEXT(peer, next);
		if (is_in_use(cl, peer) || !TAILQ_EMPTY(&peer->flight) ||
		    !TAILQ_EMPTY(&peer->waiting))
			continue;
		if (peer->link->state != FS_LINK_DOWN)
			fs_link_close(peer->link, cl->now);
		if (rest && !peer->in_map && peer != cl->seed)
			peer_free(cl, peer);
	}
}

/*
 * The tag is who was asked; nobody is forgotten while a unit is on its way.
 * The unit asked for both, SHARDS and SLOTS. SLOTS is for servers before
 * Redis 7, and where SHARDS leaves out more.
 */
bool
fs_peer_take_map(struct fs_cluster *cl, const struct fs_unit *unit,
    struct fs_err *err)
{
	struct fs_peer	*by = (struct fs_peer *)(uintptr_t)unit->tag;
	struct fs_map	shards = { 0 }, slots = { 0 }, *map = &slots;
	struct fs_err	other;
	bool		ok[2], known;

	if (unit->err.code != FS_OK) {
		if (err != NULL)
			*err = unit->err;
		return false;
	}
	ok[0] = fs_map_from_shards(&unit->reply[0], cl->tls != NULL, &shards,
	    &other);
	ok[1] = fs_map_from_slots(&unit->reply[1], &slots, err);
	if (!ok[0] && !ok[1])
		return false;
	if (ok[0] && (!ok[1] || holes(&shards) <= holes(&slots)))
		map = &shards;
	known = take_over(cl, map, by);
	fs_map_free(&shards);
	fs_map_free(&slots);
	if (!known)
		fs_fail(err, FS_EBUSY, "%s is of a cluster in which no node "
		    "has slots", by->name);
	retire(cl);		/* by may be gone now */
	return known;
}

void
fs_peer_ask_map(struct fs_cluster *cl, struct fs_peer *peer)
{
	cl->map_wanted = false;
	cl->map_asked_at = cl->now;
	cl->map_peer = peer;
	fs_batch_node(cl->own, (uintptr_t)peer, SIZE_MAX);
	cl->own->open->home = peer;
	fs_batch_cmd(cl->own, FS_VERB_CLUSTER_SHARDS, 0);
	fs_batch_cmd(cl->own, FS_VERB_CLUSTER_SLOTS, 0);
	fs_batch_end(cl->own);
}

/* Whether what was sent to it first has been waited for so long. */
static bool
is_mute(const struct fs_cluster *cl, const struct fs_peer *peer)
{
	const struct fs_work *w = TAILQ_FIRST(&peer->flight);

	return w != NULL && w->sent_us != 0 && cl->now - w->sent_us > MUTE;
}

/* One that is connected and answers, else one that may be: each in turn. */
static struct fs_peer *
whom_to_ask(struct fs_cluster *cl)
{
	struct fs_peer	*peer = cl->map_peer, *other = NULL;

	for (size_t i = 0; i < cl->npeers; i++) {
		peer = peer != NULL ? TAILQ_NEXT(peer, next) : NULL;
		if (peer == NULL)
			peer = TAILQ_FIRST(&cl->peers);
		if (peer->link->state == FS_LINK_READY &&
		    !is_mute(cl, peer))
			return peer;
		if (other == NULL && (peer->link->state != FS_LINK_DOWN ||
		    peer->link->retry_at <= cl->now))
			other = peer;
	}
	return other;
}

/* One question at a time; another when who got the last one is mute. */
static bool
may_ask_map(const struct fs_cluster *cl)
{
	if (cl->own->pending == 0)
		return true;
	return cl->own->pending < ASKED_MAX && cl->map_peer != NULL &&
	    is_mute(cl, cl->map_peer);
}

void
fs_peer_tend(struct fs_cluster *cl)
{
	const struct fs_unit	*unit;
	struct fs_peer		*peer;

	if (!cl->caps.clustered || cl->own == NULL)
		return;
	if ((unit = fs_batch_ready(cl->own)) != NULL &&
	    !fs_peer_take_map(cl, unit, NULL))
		cl->map_wanted = true;
	if (!cl->map_wanted || !may_ask_map(cl) ||
	    cl->now - cl->map_asked_at < MAP_EVERY)
		return;
	peer = whom_to_ask(cl);
	if (peer != NULL)
		fs_peer_ask_map(cl, peer);
}
