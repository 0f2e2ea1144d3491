#include "redis/map.h"

#include <stdlib.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/num.h"

#define RANGES_MAX	FS_SLOTS	/* more cannot be without overlap */
#define NODE_ID		40		/* hexadecimal digits */

static void
map_init(struct fs_map *map)
{
	*map = (struct fs_map){ 0 };
	map->primary = fs_xcalloc(FS_SLOTS, sizeof(*map->primary));
	map->replica = fs_xcalloc(FS_SLOTS, sizeof(*map->replica));
	for (int i = 0; i < FS_SLOTS; i++)
		map->primary[i] = map->replica[i] = -1;
}

void
fs_map_free(struct fs_map *map)
{
	free(map->nodes);
	free(map->primary);
	free(map->replica);
	*map = (struct fs_map){ 0 };
}

/* The index of a node, added if new. */
static int
map_node(struct fs_map *map, const struct fs_shard_node *node)
{
	for (size_t i = 0; i < map->nnodes; i++) {
		if (map->nodes[i].port == node->port &&
		    strcmp(map->nodes[i].host, node->host) == 0)
			return (int)i;
	}
	map->nodes = fs_xreallocarray(map->nodes, map->nnodes + 1,
	    sizeof(*node));
	map->nodes[map->nnodes] = *node;
	return (int)map->nnodes++;
}

/* Looking a node up takes as long as there are nodes. */
static bool
is_of_size(const struct fs_map *map, struct fs_err *err)
{
	return map->nnodes <= FS_NODES_MAX || fs_fail(err, FS_EPROTO,
	    "cluster map: more than %d nodes", FS_NODES_MAX);
}

/* One range; a primary of -1 leaves a hole. */
static bool
map_range(struct fs_map *map, int64_t first, int64_t last, int primary,
    int replica, struct fs_err *err)
{
	if (++map->nranges > RANGES_MAX)
		return fs_fail(err, FS_EPROTO,
		    "cluster map: more than %d ranges", RANGES_MAX);
	if (first < 0 || last >= FS_SLOTS || first > last)
		return fs_fail(err, FS_EPROTO,
		    "cluster map: no slots %lld to %lld", (long long)first,
		    (long long)last);
	for (int64_t i = first; i <= last && primary >= 0; i++) {
		if (map->primary[i] != -1 && map->primary[i] != primary)
			return fs_fail(err, FS_EPROTO,
			    "cluster map: slot %lld has two primaries",
			    (long long)i);
		map->primary[i] = (int16_t)primary;
		map->replica[i] = (int16_t)replica;
	}
	return true;
}

static bool
is_string(const struct fs_reply *reply)
{
	return reply->type == FS_REPLY_STRING || reply->type == FS_REPLY_STATUS;
}

/*
 * Where a node says that it is; false when that is nowhere: "?", a port that
 * is none, a host that cannot be one. NULL and "" are the one that was asked.
 */
static bool
endpoint(const struct fs_reply *host, int64_t port, struct fs_shard_node *node)
{
	*node = (struct fs_shard_node){ .of = -1 };
	if (port < 1 || port > 65535)
		return false;
	node->port = (int)port;
	if (host == NULL || host->type == FS_REPLY_NIL)
		return true;
	if (!is_string(host) || host->len >= sizeof(node->host) ||
	    memchr(host->text, '\0', host->len) != NULL ||
	    strcmp(host->text, "?") == 0)
		return false;
	memcpy(node->host, host->text, host->len);
	return true;
}

/* It is of the shard that this primary serves. */
static void
follow(struct fs_map *map, int node, int primary)
{
	if (node >= 0 && node != primary && map->nodes[node].of == -1)
		map->nodes[node].of = primary;
}

/*
 * Which of two replicas is read from; -1 is none. Nodes name them in an order
 * of their own, and a scan must not change its replica with whom was asked for
 * the map.
 */
static int
reader_of(const struct fs_map *map, int a, int b)
{
	const struct fs_shard_node *left, *right;
	int order;

	if (a == -1 || b == -1)
		return a == -1 ? b : a;
	left = &map->nodes[a];
	right = &map->nodes[b];
	if ((order = strcmp(left->host, right->host)) == 0)
		order = left->port - right->port;
	return order <= 0 ? a : b;
}

/* [host, port, ...] of CLUSTER SLOTS; -1: to be left out. */
static int
slots_node(struct fs_map *map, const struct fs_reply *entry, bool replica)
{
	struct fs_shard_node node;

	if (entry->type != FS_REPLY_ARRAY || entry->len < 2 ||
	    entry->item[1].type != FS_REPLY_INTEGER ||
	    !endpoint(&entry->item[0], entry->item[1].integer, &node))
		return -1;
	node.replica = replica;
	return map_node(map, &node);
}

static bool
slots_range(struct fs_map *map, const struct fs_reply *range,
    struct fs_err *err)
{
	int primary, replica = -1;

	if (range->type != FS_REPLY_ARRAY || range->len < 3 ||
	    range->item[0].type != FS_REPLY_INTEGER ||
	    range->item[1].type != FS_REPLY_INTEGER)
		return fs_fail(err, FS_EPROTO, "CLUSTER SLOTS: a range that "
		    "is not start, end, nodes");
	primary = slots_node(map, &range->item[2], false);
	for (uint32_t i = 3; i < range->len && i < 3 + FS_REPLICAS_MAX; i++) {
		int node = slots_node(map, &range->item[i], true);

		follow(map, node, primary);
		replica = reader_of(map, replica, node);
	}
	return is_of_size(map, err) && map_range(map,
	    range->item[0].integer, range->item[1].integer, primary, replica,
	    err);
}

bool
fs_map_from_slots(const struct fs_reply *reply, struct fs_map *map,
    struct fs_err *err)
{
	*map = (struct fs_map){ 0 };
	if (!fs_reply_want_array(reply, "CLUSTER SLOTS", SIZE_MAX, err))
		return false;
	map_init(map);
	for (uint32_t i = 0; i < reply->len; i++) {
		if (!slots_range(map, &reply->item[i], err)) {
			fs_map_free(map);
			return false;
		}
	}
	return true;
}

/* The value of a name in [name, value, name, value, ...]; NULL if none. */
static const struct fs_reply *
pair(const struct fs_reply *array, const char *name)
{
	if (array->type != FS_REPLY_ARRAY)
		return NULL;
	for (uint32_t i = 0; i + 1 < array->len; i += 2) {
		if (is_string(&array->item[i]) &&
		    strcmp(array->item[i].text, name) == 0)
			return &array->item[i + 1];
	}
	return NULL;
}

static bool
pair_is(const struct fs_reply *array, const char *name, const char *text)
{
	const struct fs_reply *value = pair(array, name);

	return value != NULL && is_string(value) &&
	    strcmp(value->text, text) == 0;
}

/* -1: to be left out. */
static int
shard_node(struct fs_map *map, const struct fs_reply *entry, bool tls,
    bool replica)
{
	const struct fs_reply	*port, *host;
	struct fs_shard_node	 node;

	port = pair(entry, tls ? "tls-port" : "port");
	host = pair(entry, "endpoint");
	if (port == NULL || port->type != FS_REPLY_INTEGER ||
	    !endpoint(host, port->integer, &node))
		return -1;
	node.replica = replica;
	return map_node(map, &node);
}

/*
 * Who serves a shard. While one has failed and another took over there can be
 * two primaries: the one that is online counts. A replica that never had
 * anything to replicate is said to be loading.
 */
static void
shard_nodes(struct fs_map *map, const struct fs_reply *nodes, bool tls,
    int *primary, int *replica)
{
	bool online = false, replica_online = false;

	*primary = *replica = -1;
	for (uint32_t i = 0; i < nodes->len; i++) {
		const struct fs_reply	*entry = &nodes->item[i];
		bool			 well, master;

		well = pair_is(entry, "health", "online");
		master = pair_is(entry, "role", "master") ||
		    pair_is(entry, "role", "primary");
		if (master && (*primary == -1 || (well && !online))) {
			*primary = shard_node(map, entry, tls, false);
			online = well;
		} else if (!master && !pair_is(entry, "health", "fail") &&
		    (well || !replica_online)) {
			int node = shard_node(map, entry, tls, true);

			if (node == -1)
				continue;
			*replica = well == replica_online ?
			    reader_of(map, *replica, node) : node;
			replica_online = well;
		}
	}
}

/* Those of a shard that do not serve it, whether they are well or not. */
static void
shard_others(struct fs_map *map, const struct fs_reply *nodes, bool tls,
    int primary)
{
	for (uint32_t i = 0; i < nodes->len && i <= FS_REPLICAS_MAX; i++)
		follow(map, shard_node(map, &nodes->item[i], tls, true),
		    primary);
}

static bool
shard(struct fs_map *map, const struct fs_reply *entry, bool tls,
    struct fs_err *err)
{
	const struct fs_reply	*slots = pair(entry, "slots");
	const struct fs_reply	*nodes = pair(entry, "nodes");
	int			 primary, replica;

	if (slots == NULL || slots->type != FS_REPLY_ARRAY ||
	    slots->len % 2 != 0 || nodes == NULL ||
	    nodes->type != FS_REPLY_ARRAY)
		return fs_fail(err, FS_EPROTO,
		    "CLUSTER SHARDS: a shard without slots and nodes");
	shard_nodes(map, nodes, tls, &primary, &replica);
	if (slots->len != 0 && primary >= 0)
		shard_others(map, nodes, tls, primary);
	if (!is_of_size(map, err))
		return false;
	for (uint32_t i = 0; i < slots->len; i += 2) {
		int64_t first, last;

		if (!fs_reply_want_integer(&slots->item[i], "CLUSTER SHARDS",
		    &first, err) ||
		    !fs_reply_want_integer(&slots->item[i + 1],
		    "CLUSTER SHARDS", &last, err) ||
		    !map_range(map, first, last, primary, replica, err))
			return false;
	}
	return true;
}

bool
fs_map_from_shards(const struct fs_reply *reply, bool tls, struct fs_map *map,
    struct fs_err *err)
{
	*map = (struct fs_map){ 0 };
	if (!fs_reply_want_array(reply, "CLUSTER SHARDS", SIZE_MAX, err))
		return false;
	if (reply->len > FS_NODES_MAX)
		return fs_fail(err, FS_EPROTO,
		    "CLUSTER SHARDS: more than %d shards", FS_NODES_MAX);
	map_init(map);
	for (uint32_t i = 0; i < reply->len; i++) {
		if (!shard(map, &reply->item[i], tls, err)) {
			fs_map_free(map);
			return false;
		}
	}
	return true;
}

/*
 * Slots on the move
 */

/* Cut the first part off; false when nothing is left. */
static bool
cut(struct fs_bytes *rest, char end, struct fs_bytes *part)
{
	const char	*at;
	size_t		 len;

	if (rest->len == 0)
		return false;
	at = memchr(rest->data, end, rest->len);
	len = at != NULL ? (size_t)(at - rest->data) : rest->len;
	*part = fs_bytes(rest->data, len);
	len += at != NULL;
	*rest = fs_bytes(rest->data + len, rest->len - len);
	return true;
}

static bool
is_myself(struct fs_bytes flags)
{
	struct fs_bytes flag;

	while (cut(&flags, ',', &flag)) {
		if (fs_bytes_eq(flag, fs_bytes_of("myself")))
			return true;
	}
	return false;
}

/* "[5274->-ID]" and "[5274-<-ID]"; -1 for what is neither. */
static int
moving_slot(struct fs_bytes field)
{
	struct fs_bytes	number, way = field;
	int64_t		slot;

	if (field.len == 0 || field.data[0] != '[' ||
	    field.data[field.len - 1] != ']')
		return -1;
	cut(&way, '-', &number);
	if (way.len != 2 + NODE_ID + 1 ||
	    (memcmp(way.data, ">-", 2) != 0 &&
	    memcmp(way.data, "<-", 2) != 0) ||
	    strspn(way.data + 2, "0123456789abcdef") != NODE_ID ||
	    !fs_num_i64(fs_bytes(number.data + 1, number.len - 1), 0,
	    FS_SLOTS - 1, &slot))
		return -1;
	return (int)slot;
}

int
fs_map_moving(struct fs_bytes nodes)
{
	struct fs_bytes	line, field;
	int		slot = -1;

	while (cut(&nodes, '\n', &line)) {
		/* id, address, flags, ..., and from the ninth on slots */
		for (int i = 0; slot == -1 && cut(&line, ' ', &field); i++) {
			if (i == 2 && !is_myself(field))
				break;
			if (i >= 8)
				slot = moving_slot(field);
		}
	}
	return slot;
}

/*
 * Redirects
 */

bool
fs_redirect_parse(struct fs_bytes error, struct fs_redirect *out)
{
	static const struct fs_bytes moved = { "MOVED ", 6 };
	static const struct fs_bytes ask = { "ASK ", 4 };
	struct fs_bytes	 rest;
	const char	*space;
	int64_t		 slot;

	out->ask = fs_bytes_starts(error, ask);
	if (!out->ask && !fs_bytes_starts(error, moved))
		return false;
	rest = error;
	rest.data += out->ask ? ask.len : moved.len;
	rest.len -= out->ask ? ask.len : moved.len;
	space = rest.len != 0 ? memchr(rest.data, ' ', rest.len) : NULL;
	if (space == NULL ||
	    !fs_num_i64(fs_bytes(rest.data, (size_t)(space - rest.data)), 0,
	    FS_SLOTS - 1, &slot))
		return false;
	out->slot = (unsigned)slot;
	rest = fs_bytes(space + 1, rest.len - (size_t)(space + 1 - rest.data));
	if (!fs_addr_split(rest, &out->host, &out->port))
		return false;
	return out->host.len < 256 &&
	    (out->host.len == 0 ||
	    (memchr(out->host.data, ' ', out->host.len) == NULL &&
	    memchr(out->host.data, '\0', out->host.len) == NULL &&
	    !fs_bytes_eq(out->host, fs_bytes_of("?"))));
}
