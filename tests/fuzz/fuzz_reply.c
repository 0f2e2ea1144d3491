/* What a server sends: the reply reader and its guard, whole and torn. */
#include "fuzz.h"

#include "redis/caps.h"
#include "redis/resp.h"

static void show(const struct fs_reply *reply, int depth, size_t *elements,
    struct fs_str *out);

static void
show_items(const struct fs_reply *reply, int depth, size_t *elements,
    struct fs_str *out)
{
	FUZZ_CHECK(depth <= FS_REPLY_DEPTH);
	*elements += reply->len;
	FUZZ_CHECK(*elements <= FS_REPLY_ELEMENTS);
	for (uint32_t i = 0; i < reply->len; i++)
		show(&reply->item[i], depth + 1, elements, out);
}

/* All of it, so that every byte and element is looked at. */
static void
show(const struct fs_reply *reply, int depth, size_t *elements,
    struct fs_str *out)
{
	fs_str_addf(out, "%u %u ", reply->type, reply->len);
	switch (reply->type) {
	case FS_REPLY_NIL:
		break;
	case FS_REPLY_STATUS:
	case FS_REPLY_ERROR:
		FUZZ_CHECK(reply->len <= FS_REPLY_LINE);
		FUZZ_CHECK(reply->text[reply->len] == '\0');
		fs_str_add(out, reply->text, reply->len);
		break;
	case FS_REPLY_STRING:
		FUZZ_CHECK(reply->len <= FS_REPLY_BULK);
		FUZZ_CHECK(reply->text[reply->len] == '\0');
		fs_str_add(out, reply->text, reply->len);
		break;
	case FS_REPLY_INTEGER:
		fs_str_add_i64(out, reply->integer);
		break;
	case FS_REPLY_ARRAY:
		show_items(reply, depth, elements, out);
		break;
	default:
		FUZZ_CHECK(!"a type that there is");
	}
	fs_str_add_char(out, '\n');
}

/* Either it is what was wanted, or there is a reason why not. */
static void
read_as_all(const struct fs_reply *reply)
{
	static const char *const what[] = { "HMGET fs:user:{u1}:x", "EXEC",
		"ACL WHOAMI", "", " ", "HMGET ", "nothing known" };
	struct fs_err	err;
	struct fs_bytes	text;
	struct fs_caps	caps;
	int64_t		n;

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		err.code = FS_OK;
		FUZZ_CHECK(fs_reply_want_integer(reply, what[i], &n, &err) ||
		    err.code != FS_OK);
		err.code = FS_OK;
		FUZZ_CHECK(fs_reply_want_maybe(reply, what[i], &text, &err) ||
		    err.code != FS_OK);
		err.code = FS_OK;
		FUZZ_CHECK(fs_reply_want_array(reply, what[i], 2, &err) ||
		    err.code != FS_OK);
		err.code = FS_OK;
		FUZZ_CHECK(fs_reply_want_ok(reply, what[i], &err) ||
		    err.code != FS_OK);
		FUZZ_CHECK(memchr(err.msg, '\0', sizeof(err.msg)) != NULL);
	}
	fs_caps_init(&caps);
	if (reply->type == FS_REPLY_ERROR)
		fs_caps_learn(&caps, reply);
	for (size_t i = 0; i < FS_CAPS_ASKED; i++)
		fs_caps_tell(&caps, i, reply);
}

/* Read in pieces of step bytes; out tells all that came. */
static enum fs_resp_got
read_all(struct fs_bytes in, size_t step, struct fs_str *out)
{
	struct fs_resp		*rs = fs_resp_new();
	struct fs_arena		 arena = { 0 };
	struct fs_reply		 root = { 0 };
	struct fs_err		 err = { 0 };
	enum fs_resp_got	 got = FS_RESP_MORE;

	for (size_t pos = 0; pos < in.len && got == FS_RESP_MORE;
	    pos += step) {
		size_t	 n = in.len - pos < step ? in.len - pos : step;
		char	*piece = fuzz_copy(fs_bytes(in.data + pos, n));

		fs_resp_feed(rs, piece, n);
		while ((got = fs_resp_next(rs, &arena, &root, &err)) ==
		    FS_RESP_REPLY) {
			size_t elements = 0;

			show(&root, 1, &elements, out);
			read_as_all(&root);
			fs_arena_reset(&arena);
		}
		free(piece);
	}
	if (got == FS_RESP_BAD) {
		FUZZ_CHECK(err.code == FS_EPROTO);
		FUZZ_CHECK(err.msg[0] != '\0');
	}
	fs_resp_free(rs);
	fs_arena_free(&arena);
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fs_bytes		in = fuzz_bytes(data, size);
	struct fs_str		whole = { 0 }, torn = { 0 };
	enum fs_resp_got	a, b;

	a = read_all(in, 64 * 1024, &whole);
	b = read_all(in, 1 + fuzz_pick(in, 17), &torn);
	/* What is at fault may be seen sooner, never otherwise. */
	FUZZ_CHECK(a == b || a == FS_RESP_MORE || b == FS_RESP_MORE);
	FUZZ_CHECK(fs_bytes_eq(fs_str_bytes(&whole), fs_str_bytes(&torn)));
	fs_str_free(&whole);
	fs_str_free(&torn);
	return 0;
}
