/* The configuration file. */
#include "fuzz.h"

#include "app/profile.h"

static bool
parse(struct fs_bytes text, const char *profile, bool *secret)
{
	struct fs_settings	list = { 0 };
	struct fs_err		err = { 0 };
	bool			ok;

	ok = fs_profile_parse(text, "config", profile, &list, secret, &err);
	FUZZ_CHECK(ok || err.code == FS_EUSAGE);
	FUZZ_CHECK(ok || strncmp(err.msg, "config:", 7) == 0 ||
	    strncmp(err.msg, "--profile:", 10) == 0);
	for (size_t i = 0; i < list.count; i++) {
		const struct fs_setting *s = &list.set[i];

		FUZZ_CHECK((int)s->id >= 0 && s->id < FS_OPTS_END);
		FUZZ_CHECK(s->layer == FS_LAYER_FILE ||
		    (profile != NULL && s->layer == FS_LAYER_PROFILE));
		FUZZ_CHECK(strncmp(s->where, "config:", 7) == 0);
	}
	fs_settings_free(&list);
	return ok;
}

/* A fault anywhere is one whatever the profile, and so is a password. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		*copy = fuzz_copy(fuzz_bytes(data, size));
	struct fs_bytes	 text = fs_bytes(copy, size);
	bool		 none, some, secret, also;

	none = parse(text, NULL, &secret);
	some = parse(text, "p", &also);
	FUZZ_CHECK(none || !some);
	FUZZ_CHECK(secret == also);
	free(copy);
	return 0;
}
