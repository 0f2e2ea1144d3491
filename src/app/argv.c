#include "app/argv.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define GETOPT_BASE	256	/* above all characters */

/* "u:h:p:...", after '-' (take words in their place) and ':' (be silent). */
static void
short_options(struct fs_str *out)
{
	fs_str_add_text(out, "-:");
	for (size_t i = 0; i < FS_OPTS_END; i++) {
		if (fs_option_get(i)->letter == 0)
			continue;
		fs_str_add_char(out, fs_option_get(i)->letter);
		if (fs_option_get(i)->arg[0] != '\0')
			fs_str_add_char(out, ':');
	}
}

static void
long_options(struct option to[FS_OPTS_END + 1])
{
	for (size_t i = 0; i < FS_OPTS_END; i++) {
		to[i] = (struct option){ .name = fs_option_get(i)->name,
			.has_arg = fs_option_get(i)->arg[0] != '\0' ?
			    required_argument : no_argument,
			.val = GETOPT_BASE + (int)i };
	}
	to[FS_OPTS_END] = (struct option){ 0 };
}

static const struct fs_option *
option_of(int c)
{
	if (c >= GETOPT_BASE)
		return fs_option_get(c - GETOPT_BASE);
	for (size_t i = 0; i < FS_OPTS_END; i++) {
		if (fs_option_get(i)->letter != 0 && fs_option_get(i)->letter == c)
			return fs_option_get(i);
	}
	return NULL;
}

/* The names that an ambiguous one could mean: "--tick, --ticks". */
static void
list_meant(const char *name, size_t len, struct fs_str *out)
{
	for (size_t i = 0; i < FS_OPTS_END; i++) {
		if (strncmp(fs_option_get(i)->name, name, len) == 0)
			fs_str_addf(out, "%s--%s", out->len != 0 ? ", " : "",
			    fs_option_get(i)->name);
	}
}

/* Leave one character of it, so that nobody sees it in the process list. */
static void
hide(char *secret, size_t len)
{
	if (len == 0)
		return;
	explicit_bzero(secret, len);
	secret[0] = '*';
}

static bool
fail_unknown(char *arg, struct fs_err *err)
{
	static const char pass[] = "--pass";	/* and the secret, at once */
	struct fs_str meant = { 0 };
	size_t len;

	if (optopt > 0 && optopt < GETOPT_BASE)
		return fs_fail(err, FS_EUSAGE, "unknown option '-%c'",
		    (char)optopt);
	if (optopt >= GETOPT_BASE)
		return fs_fail(err, FS_EUSAGE, "--%s: takes no value",
		    fs_option_get(optopt - GETOPT_BASE)->name);
	if (strncmp(arg, "--", 2) != 0)
		return fs_fail(err, FS_EUSAGE, "unknown option '%s'", arg);
	if (strncmp(arg, pass, strlen(pass)) == 0) {
		hide(arg + strlen(pass), strlen(arg) - strlen(pass));
		return fs_fail(err, FS_EUSAGE, "unknown option '%s...'; a "
		    "password goes behind a blank or a '='", pass);
	}
	len = strcspn(arg + 2, "=");
	list_meant(arg + 2, len, &meant);
	if (meant.len == 0)
		fs_fail(err, FS_EUSAGE, "unknown option '%.*s'",
		    (int)len + 2, arg);
	else
		fs_fail(err, FS_EUSAGE, "'%.*s' could be %s", (int)len + 2,
		    arg, meant.data);
	fs_str_free(&meant);
	return false;
}

static bool
fail_no_value(struct fs_err *err)
{
	const struct fs_option *o = option_of(optopt);

	if (o == NULL)
		return fs_fail(err, FS_EUSAGE, "an option without its value");
	return fs_fail(err, FS_EUSAGE, "--%s: needs a value (%s)%s", o->name,
	    o->arg, o->id == FS_OPT_HOST ? "; --help shows help" : "");
}

/* Hide the password of a URI; what is behind it moves up. */
static void
hide_in_uri(char *uri)
{
	char *start = strstr(uri, "://"), *colon, *at = strrchr(uri, '@');
	size_t rest;

	start = start != NULL ? start + 3 : uri;
	colon = strchr(start, ':');
	if (at == NULL || colon == NULL || colon + 1 >= at)
		return;
	hide(colon + 1, (size_t)(at - colon - 1));
	rest = strlen(at);
	memmove(colon + 2, at, rest);
	explicit_bzero(colon + 2 + rest, (size_t)(at - colon - 2));
}

static bool
take_option(struct fs_argv *ap, int c, char *arg, struct fs_err *err)
{
	const struct fs_option *o = option_of(c);

	if (o == NULL)
		return fs_fail(err, FS_EUSAGE, "unknown option");
	if (ap->line && o->group != FS_OPTS_COMMAND)
		return fs_fail(err, FS_EUSAGE, "--%s: only where fsconsole is "
		    "started", o->name);
	if (ap->line && o->id == FS_OPT_FROM && strcmp(arg, "-") == 0)
		return fs_fail(err, FS_EUSAGE, "--from -: the console reads "
		    "the terminal itself: name a file");
	fs_settings_add(ap->list, o->id, FS_LAYER_ARGV, arg,
	    fs_xasprintf("--%s", o->name));
	if (arg != NULL && o->id == FS_OPT_PASS)
		hide(arg, strlen(arg));
	if (arg != NULL && o->id == FS_OPT_URI)
		hide_in_uri(arg);
	return true;
}

/* All of it, also behind a fault: a password there is to be hidden too. */
bool
fs_argv_parse(struct fs_argv *ap, int argc, char **argv, struct fs_err *err)
{
	struct option	longs[FS_OPTS_END + 1];
	struct fs_str	shorts = { 0 };
	struct fs_err	later;		/* after the first, not wanted */
	bool		ok = true;
	int		c;

	short_options(&shorts);
	long_options(longs);
	optind = 0;			/* anew, says glibc */
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts.data, longs, NULL)) != -1) {
		struct fs_err *e = ok ? err : &later;

		if (c == 1)
			ap->words[ap->nwords++] = optarg;
		else if (c == '?')
			ok = fail_unknown(argv[optind - 1], e);
		else if (c == ':')
			ok = fail_no_value(e);
		else
			ok = take_option(ap, c, optarg, e) && ok;
	}
	while (optind < argc)
		ap->words[ap->nwords++] = argv[optind++];
	fs_str_free(&shorts);
	return ok;
}
