/* What a terminal sends: keys, sequences, pastes, in packets of any size. */
#include "fuzz.h"

#include "base/clock.h"
#include "ui/keys.h"

static void
check_key(const struct fs_keys *keys, int key)
{
	FUZZ_CHECK(key >= 0 && key <= FS_KEY_PASTE);
	FUZZ_CHECK(key < 0xd800 || key > 0xdfff);
	FUZZ_CHECK(keys->paste.len <= FS_PASTE_MAX);
	if (key == FS_KEY_MOUSE)
		FUZZ_CHECK(keys->mouse && keys->mouse_row >= -1 &&
		    keys->mouse_col >= -1);
}

static void
add_key(struct fs_str *out, const struct fs_keys *keys, int key)
{
	check_key(keys, key);
	fs_str_addf(out, "%x", (unsigned)key);
	if (key == FS_KEY_MOUSE)
		fs_str_addf(out, "@%d,%d,%d", keys->mouse_row,
		    keys->mouse_col, keys->mouse_button);
	if (key == FS_KEY_PASTE)
		fs_str_add(out, keys->paste.data, keys->paste.len);
	fs_str_add_char(out, ' ');
}

static int64_t
pass_time(struct fs_keys *keys, int64_t now)
{
	for (int i = 0; i < 3; i++) {
		now += 2 * FS_SEC;
		check_key(keys, fs_keys_idle(keys, now));
	}
	return now;
}

/* Silence ends whatever was begun, a paste with an Esc in it: q is q again. */
static void
check_quiet(struct fs_keys *keys, int64_t now)
{
	now = pass_time(keys, now);
	check_key(keys, fs_keys_byte(keys, 0x1b, now));
	now = pass_time(keys, now);
	FUZZ_CHECK(fs_keys_byte(keys, 'q', now + FS_SEC) == 'q');
}

/* A byte in eight is followed by a silence, long or short. */
static int64_t
pause_after(unsigned char byte)
{
	switch (byte & 0x1f) {
	case 3:
		return 30 * FS_MS;
	case 7:
		return 1500 * FS_MS;
	default:
		return 10;
	}
}

/* What comes of it: out tells all keys. Ends as it began, with silence. */
static void
type(struct fs_keys *keys, struct fs_bytes in, int64_t now, struct fs_str *out)
{
	for (size_t i = 0; i < in.len; i++) {
		unsigned char byte = (unsigned char)in.data[i];

		add_key(out, keys, fs_keys_byte(keys, byte, now));
		now += pause_after(byte);
		if (fs_keys_deadline(keys) <= now)
			add_key(out, keys, fs_keys_idle(keys, now));
	}
	check_quiet(keys, now);
}

/* The same again whatever came before. */
static void
typed(struct fs_bytes in, bool mouse)
{
	struct fs_keys	keys = { .mouse = mouse };
	struct fs_str	once = { 0 }, twice = { 0 };

	type(&keys, in, FS_SEC, &once);
	type(&keys, in, 1000000 * FS_SEC, &twice);
	FUZZ_CHECK(fs_bytes_eq(fs_str_bytes(&once), fs_str_bytes(&twice)));
	fs_str_free(&once);
	fs_str_free(&twice);
	fs_keys_free(&keys);
}

/* In packets, as the loop gets them. */
static void
packets(struct fs_bytes in)
{
	struct fs_keys	keys = { .mouse = true };
	int64_t		now = FS_SEC;
	size_t		step = 1 + fuzz_pick(in, 300);

	for (size_t pos = 0; pos < in.len; pos += step) {
		struct fs_bytes part = fs_bytes(in.data + pos,
		    in.len - pos < step ? in.len - pos : step);

		now += 20 * FS_MS;
		if (fs_keys_is_burst(&keys, part, now)) {
			check_key(&keys, fs_keys_burst(&keys, part, now));
			continue;
		}
		for (size_t i = 0; i < part.len; i++)
			check_key(&keys, fs_keys_byte(&keys,
			    (unsigned char)part.data[i], now));
	}
	check_quiet(&keys, now);
	fs_keys_free(&keys);
}

static int
feed(struct fs_keys *keys, struct fs_bytes bytes, int *keys_seen)
{
	int last = FS_KEY_NONE, key;

	for (size_t i = 0; i < bytes.len; i++) {
		key = fs_keys_byte(keys, (unsigned char)bytes.data[i],
		    FS_SEC);
		check_key(keys, key);
		if (key != FS_KEY_NONE) {
			last = key;
			(*keys_seen)++;
		}
	}
	return last;
}

/* Between the brackets nothing is a key, and what is kept is what came. */
static void
pasted(struct fs_bytes in)
{
	static const char	start[] = "\033[200~", end[] = "\033[201~";
	struct fs_keys		keys = { 0 };
	size_t			kept = in.len < FS_PASTE_MAX ? in.len :
				    FS_PASTE_MAX;
	int			seen = 0, last;

	if (in.len == 0 || memmem(in.data, in.len, end, 6) != NULL)
		return;
	feed(&keys, fs_bytes_of(start), &seen);
	feed(&keys, in, &seen);
	FUZZ_CHECK(seen == 0);
	last = feed(&keys, fs_bytes_of(end), &seen);
	FUZZ_CHECK(seen == 1 && last == FS_KEY_PASTE);
	FUZZ_CHECK(keys.paste.len == kept &&
	    memcmp(keys.paste.data, in.data, kept) == 0);
	FUZZ_CHECK(fs_keys_byte(&keys, 'q', FS_SEC) == 'q');
	fs_keys_free(&keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fs_bytes in = fuzz_bytes(data, size);

	typed(in, true);
	typed(in, false);
	packets(in);
	pasted(in);
	return 0;
}
