#include "redis/map.h"

#include "redis_said.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static int
host_of(const struct fs_map *map, unsigned slot, const char *host, int port)
{
	int i = map->primary[slot];

	return i >= 0 && strcmp(map->nodes[i].host, host) == 0 &&
	    map->nodes[i].port == port;
}

/* Both shapes: before Redis 4 without ids, from 7 on with more behind. */
static void
test_slots(void **state)
{
	struct fs_map	map;
	struct fs_err	err;

	(void)state;
	assert_true(fs_map_from_slots(said("*2\r\n"
	    "*3\r\n:0\r\n:5460\r\n*2\r\n$8\r\n10.0.0.1\r\n:7000\r\n"
	    "*4\r\n:5461\r\n:16383\r\n"
	    "*4\r\n$8\r\n10.0.0.2\r\n:7001\r\n$2\r\nid\r\n*0\r\n"
	    "*4\r\n$8\r\n10.0.0.3\r\n:7002\r\n$2\r\nid\r\n*0\r\n"),
	    &map, &err));
	assert_int_equal(map.nnodes, 3);
	assert_true(host_of(&map, 0, "10.0.0.1", 7000));
	assert_true(host_of(&map, 5460, "10.0.0.1", 7000));
	assert_true(host_of(&map, 5461, "10.0.0.2", 7001));
	assert_true(host_of(&map, 16383, "10.0.0.2", 7001));
	assert_int_equal(map.replica[0], -1);
	assert_int_equal(map.nodes[map.replica[16383]].port, 7002);
	assert_true(map.nodes[map.replica[16383]].replica);
	assert_int_equal(map.nodes[map.replica[16383]].of, map.primary[5461]);
	fs_map_free(&map);
}

/* Holes, empty, NULL and "?" endpoints, ports that are none. */
static void
test_odd_slots(void **state)
{
	struct fs_map	map;
	struct fs_err	err;

	(void)state;
	assert_true(fs_map_from_slots(said("*5\r\n"
	    "*3\r\n:0\r\n:99\r\n*2\r\n$0\r\n\r\n:7000\r\n"
	    "*3\r\n:100\r\n:199\r\n*2\r\n$-1\r\n:7001\r\n"
	    "*3\r\n:200\r\n:299\r\n*2\r\n$1\r\n?\r\n:7002\r\n"
	    "*3\r\n:300\r\n:399\r\n*2\r\n$1\r\nh\r\n:0\r\n"
	    "*3\r\n:500\r\n:500\r\n*2\r\n$1\r\nh\r\n:1\r\n"), &map, &err));
	assert_true(host_of(&map, 0, "", 7000));
	assert_true(host_of(&map, 199, "", 7001));
	assert_int_equal(map.primary[200], -1);
	assert_int_equal(map.primary[300], -1);
	assert_int_equal(map.primary[400], -1);
	assert_true(host_of(&map, 500, "h", 1));
	fs_map_free(&map);
	assert_true(fs_map_from_slots(said("*0\r\n"), &map, &err));
	assert_int_equal(map.nnodes, 0);
	fs_map_free(&map);
}

static void
test_bad_slots(void **state)
{
	static const char *const bad[] = {
		"+OK\r\n", ":1\r\n", "*-1\r\n", "-ERR x\r\n",
		"*1\r\n:1\r\n", "*1\r\n*0\r\n",
		"*1\r\n*2\r\n:0\r\n:1\r\n",
		"*1\r\n*3\r\n+a\r\n:1\r\n*2\r\n+h\r\n:1\r\n",
		"*1\r\n*3\r\n:-1\r\n:1\r\n*2\r\n+h\r\n:1\r\n",
		"*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n+h\r\n:1\r\n",
		"*1\r\n*3\r\n:5\r\n:4\r\n*2\r\n+h\r\n:1\r\n",
		"*1\r\n*3\r\n:0\r\n:9223372036854775807\r\n*2\r\n+h\r\n:1\r\n",
		("*2\r\n*3\r\n:0\r\n:9\r\n*2\r\n+h\r\n:1\r\n"
		    "*3\r\n:9\r\n:12\r\n*2\r\n+g\r\n:1\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		struct fs_map	map;
		struct fs_err	err = { 0 };

		if (fs_map_from_slots(said(bad[i]), &map, &err))
			fail_msg("accepted: %s", bad[i]);
		assert_int_not_equal(err.code, FS_OK);
		assert_null(map.primary);
	}
}

/* More than a cluster can be; each costs a look at all before it. */
static void
test_huge_slots(void **state)
{
	struct fs_str	text = { 0 };
	struct fs_map	map;
	struct fs_err	err;

	(void)state;
	fs_str_addf(&text, "*%d\r\n", FS_NODES_MAX + 1);
	for (int i = 0; i <= FS_NODES_MAX; i++)
		fs_str_addf(&text, "*3\r\n:%d\r\n:%d\r\n*2\r\n+h\r\n:%d\r\n",
		    i, i, i + 1);
	assert_false(fs_map_from_slots(said(text.data), &map, &err));
	assert_int_equal(err.code, FS_EPROTO);
	assert_null(map.nodes);
	fs_str_clear(&text);
	fs_str_addf(&text, "*%d\r\n", FS_SLOTS + 1);
	for (int i = 0; i <= FS_SLOTS; i++)
		fs_str_add_text(&text,
		    "*3\r\n:0\r\n:16383\r\n*2\r\n+h\r\n:1\r\n");
	assert_false(fs_map_from_slots(said(text.data), &map, &err));
	assert_int_equal(err.code, FS_EPROTO);
	fs_str_clear(&text);
	fs_str_addf(&text, "*1\r\n*%d\r\n:0\r\n:9\r\n*2\r\n+h\r\n:1\r\n"
	    "*2\r\n+?\r\n:1\r\n", FS_NODES_MAX + 4);
	for (int i = 0; i < FS_NODES_MAX; i++)
		fs_str_addf(&text, "*2\r\n+r\r\n:%d\r\n", i + 1);
	assert_true(fs_map_from_slots(said(text.data), &map, &err));
	assert_int_equal(map.nnodes, FS_REPLICAS_MAX);
	assert_int_equal(map.nodes[map.replica[9]].port, 1);
	fs_map_free(&map);
	fs_str_free(&text);
}

#define NODE(host, port, role, health)					\
	"*10\r\n+endpoint\r\n" host "+port\r\n:" port "\r\n"		\
	"+tls-port\r\n:1" port "\r\n+role\r\n+" role "\r\n"		\
	"+health\r\n+" health "\r\n"

static void
test_shards(void **state)
{
	struct fs_map	map;
	struct fs_err	err;
	const char	*text = "*3\r\n"
	    "*4\r\n+slots\r\n*4\r\n:0\r\n:10\r\n:20\r\n:30\r\n+nodes\r\n*2\r\n"
	    NODE("+a\r\n", "70", "master", "online")
	    NODE("+b\r\n", "71", "replica", "online")
	    "*4\r\n+slots\r\n*2\r\n:11\r\n:19\r\n+nodes\r\n*2\r\n"
	    NODE("+c\r\n", "72", "master", "fail")
	    NODE("$-1\r\n", "73", "master", "online")
	    "*4\r\n+slots\r\n*2\r\n:31\r\n:40\r\n+nodes\r\n*1\r\n"
	    NODE("+?\r\n", "74", "master", "online");

	(void)state;
	assert_true(fs_map_from_shards(said(text), false, &map, &err));
	assert_true(host_of(&map, 0, "a", 70));
	assert_true(host_of(&map, 30, "a", 70));
	assert_int_equal(map.nodes[map.replica[5]].port, 71);
	assert_int_equal(map.nodes[map.replica[5]].of, map.primary[5]);
	assert_int_equal(map.nodes[map.primary[5]].of, -1);
	assert_true(host_of(&map, 11, "", 73));
	/* The one that failed is still of its shard. */
	assert_int_equal(map.nodes[2].port, 72);
	assert_int_equal(map.nodes[2].of, map.primary[11]);
	assert_int_equal(map.primary[31], -1);
	fs_map_free(&map);
	assert_true(fs_map_from_shards(said(text), true, &map, &err));
	assert_true(host_of(&map, 0, "a", 170));
	fs_map_free(&map);
}

/* Whom one reads from does not depend on who tells of the cluster. */
static void
test_reader(void **state)
{
#define SHARD(nodes) "*1\r\n*4\r\n+slots\r\n*2\r\n:0\r\n:9\r\n"	\
	"+nodes\r\n*4\r\n" NODE("+a\r\n", "70", "master", "online") nodes
#define SLOT_NODE(host) "*2\r\n+" host "\r\n:70\r\n"
	static const char *const shards[] = {
		SHARD(NODE("+d\r\n", "70", "replica", "online")
		    NODE("+c\r\n", "71", "replica", "online")
		    NODE("+b\r\n", "70", "replica", "loading")),
		SHARD(NODE("+b\r\n", "70", "replica", "loading")
		    NODE("+c\r\n", "71", "replica", "online")
		    NODE("+d\r\n", "70", "replica", "online")),
		SHARD(NODE("+b\r\n", "70", "replica", "fail")
		    NODE("+c\r\n", "72", "replica", "online")
		    NODE("+c\r\n", "71", "replica", "online")),
		SHARD(NODE("+c\r\n", "71", "replica", "loading")
		    NODE("+?\r\n", "70", "replica", "online")
		    NODE("+d\r\n", "70", "replica", "loading")),
	};
	static const char *const slots[] = {
		SLOT_NODE("c") SLOT_NODE("d"), SLOT_NODE("d") SLOT_NODE("c"),
	};
	struct fs_map	 map;
	struct fs_err	 err;
	struct fs_str	 text = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(fs_map_from_shards(said(shards[i]), false, &map,
		    &err));
		assert_string_equal(map.nodes[map.replica[5]].host, "c");
		assert_int_equal(map.nodes[map.replica[5]].port, 71);
		fs_map_free(&map);
	}
	for (size_t i = 0; i < 2; i++) {
		fs_str_clear(&text);
		fs_str_addf(&text, "*1\r\n*5\r\n:0\r\n:9\r\n%s%s",
		    SLOT_NODE("a"), slots[i]);
		assert_true(fs_map_from_slots(said(text.data), &map, &err));
		assert_string_equal(map.nodes[map.replica[5]].host, "c");
		fs_map_free(&map);
	}
	fs_str_free(&text);
}

static void
test_bad_shards(void **state)
{
	static const char *const bad[] = {
		"*1\r\n:1\r\n", "*1\r\n*0\r\n", "-ERR unknown subcommand\r\n",
		"*1\r\n*2\r\n+slots\r\n*0\r\n",
		"*1\r\n*4\r\n+slots\r\n*1\r\n:1\r\n+nodes\r\n*0\r\n",
		"*1\r\n*4\r\n+slots\r\n*2\r\n+a\r\n:1\r\n+nodes\r\n*0\r\n",
		"*1\r\n*4\r\n+slots\r\n*2\r\n:0\r\n:16384\r\n+nodes\r\n*0\r\n",
		"*1\r\n*4\r\n+slots\r\n*0\r\n+nodes\r\n:1\r\n",
		"*1\r\n*3\r\n+slots\r\n*0\r\n+nodes\r\n",
	};

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		struct fs_map	map;
		struct fs_err	err = { 0 };

		if (fs_map_from_shards(said(bad[i]), false, &map, &err))
			fail_msg("accepted: %s", bad[i]);
		assert_int_not_equal(err.code, FS_OK);
	}
}

static void
test_huge_shards(void **state)
{
	struct fs_str	text = { 0 };
	struct fs_map	map;
	struct fs_err	err;

	(void)state;
	fs_str_addf(&text, "*%d\r\n", FS_NODES_MAX + 1);
	for (int i = 0; i <= FS_NODES_MAX; i++)
		fs_str_add_text(&text,
		    "*4\r\n+slots\r\n*0\r\n+nodes\r\n*0\r\n");
	assert_false(fs_map_from_shards(said(text.data), false, &map, &err));
	assert_int_equal(err.code, FS_EPROTO);
	fs_str_clear(&text);
	fs_str_addf(&text, "*%d\r\n", FS_NODES_MAX);
	for (int i = 0; i < FS_NODES_MAX; i++)
		fs_str_addf(&text, "*4\r\n+slots\r\n*0\r\n+nodes\r\n*2\r\n"
		    "*6\r\n+endpoint\r\n+a\r\n+port\r\n:%d\r\n+role\r\n"
		    "+master\r\n*6\r\n+endpoint\r\n+b\r\n+port\r\n:%d\r\n"
		    "+role\r\n+slave\r\n", i + 1, i + 1);
	assert_false(fs_map_from_shards(said(text.data), false, &map, &err));
	assert_int_equal(err.code, FS_EPROTO);
	fs_str_free(&text);
}

static void
test_redirect(void **state)
{
	static const char *const bad[] = { "", "ERR x", "MOVED", "MOVED ",
	    "MOVED 1", "MOVED 1 ", "MOVED 1 h", "MOVED 1 h:", "MOVED 1 h:0",
	    "MOVED 1 h:65536", "MOVED 16384 h:1", "MOVED -1 h:1",
	    "MOVED x h:1", "MOVED 1 h:1 x", "MOVED 1 ?:1", "MO", "ASK 1",
	    "MOVED  1 h:1", "MOVEDX 1 h:1", "moved 1 h:1" };
	struct fs_redirect to;

	(void)state;
	assert_true(fs_redirect_parse(fs_bytes_of("MOVED 3999 127.0.0.1:6381"),
	    &to));
	assert_false(to.ask);
	assert_int_equal(to.slot, 3999);
	assert_int_equal(to.port, 6381);
	assert_true(fs_bytes_eq(to.host, fs_bytes_of("127.0.0.1")));
	assert_true(fs_redirect_parse(fs_bytes_of("ASK 16383 ::1:1"), &to));
	assert_true(to.ask);
	assert_true(fs_bytes_eq(to.host, fs_bytes_of("::1")));
	assert_true(fs_redirect_parse(fs_bytes_of("MOVED 0 :7001"), &to));
	assert_int_equal(to.host.len, 0);
	for (size_t i = 0; i < LEN(bad); i++) {
		if (fs_redirect_parse(fs_bytes_of(bad[i]), &to))
			fail_msg("accepted: '%s'", bad[i]);
	}
	assert_false(fs_redirect_parse(fs_bytes("MOVED 1 h\0x:1", 13), &to));
}

#define LEFT	"0123456789abcdef0123456789abcdef01234567"
#define RIGHT	"fedcba98765432100123456789abcdef01234567"
#define MINE	LEFT " 127.0.0.1:1@2 myself,master - 0 0 1 connected "
#define OTHER	RIGHT " 127.0.0.1:2@3,name master - 0 0 2 connected "

static void
test_moving(void **state)
{
	static const struct {
		const char	*text;
		int		 slot;
	} known[] = {
		{ MINE "0-5460 [5274->-" RIGHT "]\n" OTHER "5461\n", 5274 },
		{ OTHER "1-2\n" MINE "0 [16383-<-" RIGHT "]\n", 16383 },
		{ MINE "[7-<-" RIGHT "] [0->-" RIGHT "]", 7 },
		{ MINE "[x->-" RIGHT "] [8->-" RIGHT "]", 8 },
		{ LEFT " :0@0 master,myself - 0 0 1 connected [0->-" RIGHT "]",
		    0 },
		/* None, of another, or in another place. */
		{ "", -1 }, { "\n\n", -1 }, { " ", -1 }, { "[", -1 },
		{ "[5274->-" RIGHT "]", -1 }, { MINE, -1 }, { MINE "0-5", -1 },
		{ MINE "1\n" OTHER "[5274->-" RIGHT "]", -1 },
		{ LEFT " myself m - 0 0 1 connected [1->-" RIGHT "]", -1 },
		{ LEFT " h myselfs,my - 0 0 1 connected [1->-" RIGHT "]", -1 },
		{ LEFT " h myself - 0 0 1 [1->-" RIGHT "] connected", -1 },
		{ MINE "\n[5274->-" RIGHT "]", -1 },
		/* Not as a server writes it. */
		{ MINE "[16384->-" RIGHT "]", -1 },
		{ MINE "[-1->-" RIGHT "]", -1 },
		{ MINE "[->-" RIGHT "]", -1 }, { MINE "[1x->-" RIGHT "]", -1 },
		{ MINE "[99999999999999999999->-" RIGHT "]", -1 },
		{ MINE "[1-=-" RIGHT "]", -1 }, { MINE "[1->>" RIGHT "]", -1 },
		{ MINE "[1->-" RIGHT, -1 }, { MINE "1->-" RIGHT "]", -1 },
		{ MINE "[1->-" RIGHT "0]", -1 }, { MINE "[1->-]", -1 },
		{ MINE "[1->-" RIGHT "x]", -1 },
		{ MINE "[1->-" RIGHT "] ]", 1 }, { MINE "[1->- " RIGHT "]", -1 },
		{ MINE "[1->-X123456789abcdef0123456789abcdef01234567]", -1 },
		{ MINE "[", -1 }, { MINE "]", -1 }, { MINE "[]", -1 },
		{ MINE "[1]", -1 }, { MINE "[1-]", -1 }, { MINE "[1->-", -1 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(known); i++) {
		int slot = fs_map_moving(fs_bytes_of(known[i].text));

		if (slot != known[i].slot)
			fail_msg("'%s': %d, not %d", known[i].text, slot,
			    known[i].slot);
	}
	assert_int_equal(fs_map_moving(fs_bytes(NULL, 0)), -1);
	assert_int_equal(fs_map_moving(fs_bytes(MINE "[5\0->-" RIGHT "]",
	    sizeof(MINE "[5\0->-" RIGHT "]") - 1)), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_odd_slots),
		cmocka_unit_test(test_bad_slots),
		cmocka_unit_test(test_huge_slots),
		cmocka_unit_test(test_shards),
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_bad_shards),
		cmocka_unit_test(test_huge_shards),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_moving),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
