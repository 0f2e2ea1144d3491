/* INFO, CLUSTER SLOTS, SHARDS and NODES, MOVED and ASK. */
#include "fuzz.h"

#include "redis/caps.h"
#include "redis/info.h"
#include "redis/map.h"
#include "redis/resp.h"

static void
check_map(struct fs_map *map)
{
	for (size_t i = 0; i < map->nnodes; i++) {
		const struct fs_shard_node *node = &map->nodes[i];

		FUZZ_CHECK(node->port >= 1 && node->port <= 65535);
		FUZZ_CHECK(memchr(node->host, '\0', sizeof(node->host)) !=
		    NULL);
		FUZZ_CHECK(strcmp(node->host, "?") != 0);
	}
	for (int i = 0; i < FS_SLOTS; i++) {
		FUZZ_CHECK(map->primary[i] >= -1 &&
		    map->primary[i] < (int)map->nnodes);
		FUZZ_CHECK(map->replica[i] >= -1 &&
		    map->replica[i] < (int)map->nnodes);
		FUZZ_CHECK(map->primary[i] != -1 || map->replica[i] == -1);
	}
	fs_map_free(map);
}

static void
maps(const struct fs_reply *reply)
{
	struct fs_map	map;
	struct fs_err	err = { 0 };

	if (fs_map_from_slots(reply, &map, &err))
		check_map(&map);
	else
		FUZZ_CHECK(err.code != FS_OK);
	for (int tls = 0; tls < 2; tls++) {
		err.code = FS_OK;
		if (fs_map_from_shards(reply, tls, &map, &err))
			check_map(&map);
		else
			FUZZ_CHECK(err.code != FS_OK);
	}
}

static int
is_within(struct fs_bytes part, struct fs_bytes all)
{
	return part.len == 0 || (part.data >= all.data &&
	    part.data + part.len <= all.data + all.len);
}

static void
redirect(struct fs_bytes text)
{
	struct fs_redirect to;

	if (!fs_redirect_parse(text, &to))
		return;
	FUZZ_CHECK(to.slot < FS_SLOTS);
	FUZZ_CHECK(to.port >= 1 && to.port <= 65535);
	FUZZ_CHECK(is_within(to.host, text) && to.host.len < 256);
	FUZZ_CHECK(to.host.len == 0 ||
	    memchr(to.host.data, '\0', to.host.len) == NULL);
}

static void
info(struct fs_bytes text)
{
	static const char *const names[] = { "redis_version", "used_memory",
		"cluster_enabled", "db0", "", "x" };
	struct fs_bytes	value;
	struct fs_caps	caps;
	int64_t		n;
	int		slot = fs_map_moving(text);

	FUZZ_CHECK(slot >= -1 && slot < FS_SLOTS);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (fs_info_text(text, names[i], &value))
			FUZZ_CHECK(is_within(value, text));
		fs_info_i64(text, names[i], &n);
	}
	fs_caps_init(&caps);
	fs_caps_memory(&caps, text);
	fs_caps_tell(&caps, 2, &(struct fs_reply){ .type = FS_REPLY_STRING,
	    .len = (uint32_t)text.len, .text = text.data });
	FUZZ_CHECK(memchr(caps.version, '\0', sizeof(caps.version)) != NULL);
	FUZZ_CHECK(memchr(caps.mode, '\0', sizeof(caps.mode)) != NULL);
}

static void
reply(const struct fs_reply *root)
{
	maps(root);
	if (root->type == FS_REPLY_ERROR)
		redirect(fs_bytes(root->text, root->len));
	if (root->type == FS_REPLY_STRING)
		info(fs_bytes(root->text, root->len));
}

/* As what it is on the wire, and as text that came whole. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fs_resp	*rs = fs_resp_new();
	struct fs_arena	 arena = { 0 };
	struct fs_reply	 root = { 0 };
	struct fs_err	 err;

	redirect(fuzz_bytes(data, size));
	info(fuzz_bytes(data, size));
	fs_resp_feed(rs, (const char *)data, size);
	while (fs_resp_next(rs, &arena, &root, &err) == FS_RESP_REPLY) {
		reply(&root);
		fs_arena_reset(&arena);
	}
	fs_resp_free(rs);
	fs_arena_free(&arena);
	return 0;
}
