#include "app/profile.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define FILE_MAX	(1024 * 1024)

struct parse {
	const char		*path, *profile;
	struct fs_settings	*list;
	unsigned		 line;
	enum fs_layer		 layer;		/* of this section */
	size_t			 section_start;	/* in all, for repeats */
	struct fs_settings	 all;		/* chosen or not */
	struct fs_settings	 sections;	/* their names, as values */
	bool			 chosen;	/* this section counts */
	bool			 found;		/* the profile was seen */
	bool			 secret;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct fs_bytes
trim(struct fs_bytes text)
{
	while (text.len != 0 && is_blank(text.data[0])) {
		text.data++;
		text.len--;
	}
	while (text.len != 0 && is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

static bool
fail(const struct parse *ps, struct fs_err *err, const char *why,
    struct fs_bytes what)
{
	return fs_fail(err, FS_EUSAGE, "%s:%u: %s '%.*s'", ps->path, ps->line,
	    why, (int)(what.len < 100 ? what.len : 100), what.data);
}

static const struct fs_option *
find(struct fs_bytes name)
{
	for (int id = 0; id < FS_OPTS_END; id++) {
		const struct fs_option *o = fs_option_get((enum fs_opt_id)id);

		if (fs_bytes_eq(fs_bytes_of(o->name), name))
			return o;
	}
	return NULL;
}

/* What makes no sense for every start of the program. */
static bool
may_stand_in_file(const struct fs_option *o)
{
	switch (o->id) {
	case FS_OPT_PROFILE:
	case FS_OPT_HELP:
	case FS_OPT_VERSION:
	case FS_OPT_ONCE:
		return false;
	default:
		return o->group != FS_OPTS_COMMAND;
	}
}

static bool
section(struct parse *ps, struct fs_bytes text, struct fs_err *err)
{
	struct fs_bytes name;
	char *copy;

	if (text.data[text.len - 1] != ']')
		return fail(ps, err, "no ] at the end of", text);
	name = trim(fs_bytes(text.data + 1, text.len - 2));
	if (name.len == 0)
		return fail(ps, err, "a section without a name:", text);
	for (size_t i = 0; i < ps->sections.count; i++) {
		if (fs_bytes_eq(fs_bytes_of(ps->sections.set[i].value), name))
			return fail(ps, err, "a second section", name);
	}
	copy = fs_xmemdup0(name.data, name.len);
	fs_settings_add(&ps->sections, FS_OPT_PROFILE, FS_LAYER_PROFILE, copy,
	    NULL);
	ps->chosen = ps->profile != NULL && strcmp(copy, ps->profile) == 0;
	ps->found |= ps->chosen;
	ps->layer = FS_LAYER_PROFILE;
	ps->section_start = ps->all.count;
	free(copy);
	return true;
}

static bool
is_repeat(const struct parse *ps, enum fs_opt_id id)
{
	for (size_t i = ps->section_start; i < ps->all.count; i++) {
		if (ps->all.set[i].id == id && id != FS_OPT_NATMAP)
			return true;
	}
	return false;
}

static bool
is_in(struct fs_bytes text, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (fs_bytes_eq(text, fs_bytes_of(*words)))
			return true;
	}
	return false;
}

static const char *const yes_words[] = { "yes", "true", "on", NULL };
static const char *const no_words[] = { "no", "false", "off", NULL };

/* A flag that is off is kept as "no", to take back what a file says. */
static bool
value_of(const struct parse *ps, const struct fs_option *o,
    struct fs_bytes text, char **value, struct fs_err *err)
{
	if (o->arg[0] == '\0') {
		if (!is_in(text, yes_words) && !is_in(text, no_words))
			return fail(ps, err, "yes or no is wanted, not", text);
		*value = is_in(text, no_words) ? fs_xstrdup("no") : NULL;
		return true;
	}
	if (text.len >= 2 && text.data[0] == '"' &&
	    text.data[text.len - 1] == '"')
		text = fs_bytes(text.data + 1, text.len - 2);
	*value = fs_xmemdup0(text.data, text.len);
	return true;
}

static bool
has_password(const char *uri)
{
	const char *at = strrchr(uri, '@'), *colon;

	if (at == NULL)
		return false;
	colon = strstr(uri, "://");
	colon = strchr(colon != NULL ? colon + 3 : uri, ':');
	return colon != NULL && colon < at;
}

static bool
setting(struct parse *ps, struct fs_bytes name, struct fs_bytes text,
    struct fs_err *err)
{
	const struct fs_option *o = find(name);
	char *value = NULL;

	if (o == NULL)
		return fail(ps, err, "unknown option", name);
	if (!may_stand_in_file(o))
		return fail(ps, err, "not an option for this file:", name);
	if (is_repeat(ps, o->id))
		return fail(ps, err, "a second", name);
	if (!value_of(ps, o, text, &value, err))
		return false;
	if (o->id == FS_OPT_PASS || (o->id == FS_OPT_URI &&
	    has_password(value)))
		ps->secret = true;
	fs_settings_add(&ps->all, o->id, ps->layer, NULL, NULL);
	if (ps->chosen)
		fs_settings_add(ps->list, o->id, ps->layer, value,
		    fs_xasprintf("%s:%u: %s", ps->path, ps->line, o->name));
	fs_free_secret(value);
	return true;
}

static bool
line(struct parse *ps, struct fs_bytes text, struct fs_err *err)
{
	const char *is;
	struct fs_bytes name, value;

	text = trim(text);
	if (text.len == 0 || text.data[0] == '#' || text.data[0] == ';')
		return true;
	if (memchr(text.data, '\0', text.len) != NULL)
		return fs_fail(err, FS_EUSAGE, "%s:%u: a NUL byte", ps->path,
		    ps->line);
	if (text.data[0] == '[')
		return section(ps, text, err);
	is = memchr(text.data, '=', text.len);
	if (is == NULL)
		return fs_fail(err, FS_EUSAGE, "%s:%u: neither 'name = value' "
		    "nor '[profile]'", ps->path, ps->line);
	name = trim(fs_bytes(text.data, (size_t)(is - text.data)));
	value = trim(fs_bytes(is + 1,
	    (size_t)(text.data + text.len - is - 1)));
	return setting(ps, name, value, err);
}

static bool
lines(struct parse *ps, struct fs_bytes text, struct fs_err *err)
{
	while (text.len != 0) {
		const char *end = memchr(text.data, '\n', text.len);
		size_t len = end != NULL ? (size_t)(end - text.data) :
		    text.len;

		ps->line++;
		if (!line(ps, fs_bytes(text.data, len), err))
			return false;
		if (end != NULL)
			len++;
		text = fs_bytes(text.data + len, text.len - len);
	}
	if (ps->profile != NULL && !ps->found)
		return fs_fail(err, FS_EUSAGE, "--profile: no section [%s] in "
		    "%s", ps->profile, ps->path);
	return true;
}

bool
fs_profile_parse(struct fs_bytes text, const char *path, const char *profile,
    struct fs_settings *list, bool *secret, struct fs_err *err)
{
	struct parse ps = { .path = path, .profile = profile, .list = list,
		.layer = FS_LAYER_FILE, .chosen = true };
	bool ok = lines(&ps, text, err);

	*secret = ps.secret;
	fs_settings_free(&ps.all);
	fs_settings_free(&ps.sections);
	return ok;
}

char *
fs_profile_path(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	/* Relative ones are to be ignored, says the specification. */
	if (xdg != NULL && xdg[0] == '/')
		return fs_xasprintf("%s/fsconsole/config", xdg);
	if (home != NULL && home[0] == '/')
		return fs_xasprintf("%s/.config/fsconsole/config", home);
	return NULL;
}

static bool
read_all(int fd, const char *path, struct fs_str *text, struct fs_err *err)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return fs_fail(err, FS_EUSAGE, "%s: %s", path,
			    strerror(errno));
		if (text->len + (size_t)n > FILE_MAX)
			return fs_fail(err, FS_EUSAGE, "%s: too long", path);
		fs_str_add(text, buf, (size_t)n);
	}
	explicit_bzero(buf, sizeof(buf));
	return true;
}

static bool
load_fd(int fd, const char *path, const char *profile,
    struct fs_settings *list, struct fs_err *err)
{
	struct fs_str text = { 0 };
	struct stat st;
	bool ok, secret = false;

	if (fstat(fd, &st) == -1)
		return fs_fail(err, FS_EUSAGE, "%s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fs_fail(err, FS_EUSAGE, "%s: not a file", path);
	ok = read_all(fd, path, &text, err) && fs_profile_parse(
	    fs_str_bytes(&text), path, profile, list, &secret, err);
	if (secret && (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		ok = fs_fail(err, FS_EUSAGE, "%s: it holds a password and "
		    "others can read it; chmod 600 mends that", path);
	if (text.data != NULL)
		explicit_bzero(text.data, text.size);
	fs_str_free(&text);
	return ok;
}

bool
fs_profile_load(const char *path, const char *profile,
    struct fs_settings *list, struct fs_err *err)
{
	int fd = -1;
	bool ok;

	if (path != NULL) {
		/* A FIFO in its place shall not stop the program. */
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd == -1 && errno != ENOENT && errno != ENOTDIR)
			return fs_fail(err, FS_EUSAGE, "%s: %s", path,
			    strerror(errno));
	}
	if (fd == -1 && profile != NULL)
		return fs_fail(err, FS_EUSAGE, "--profile: there is no file "
		    "%s", path != NULL ? path : "fsconsole/config");
	if (fd == -1)
		return true;
	ok = load_fd(fd, path, profile, list, err);
	close(fd);
	return ok;
}
