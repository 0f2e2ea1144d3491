#include "app/options.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/command.h"
#include "app/parse.h"

/* A home of its own for each test, so that nobody's configuration counts. */
static char home[] = "/tmp/fsconsole-test-XXXXXX";
static char config[200];

/* argv in writable memory, as a program gets it. */
static char	 words[32][200];
static char	*argv[33];
static struct fs_options opt;
static struct fs_err err;

static bool
parse(const char *first, ...)
{
	va_list ap;
	int argc = 1;

	strcpy(words[0], "fsconsole");
	argv[0] = words[0];
	va_start(ap, first);
	for (const char *w = first; w != NULL; w = va_arg(ap, const char *)) {
		strcpy(words[argc], w);
		argv[argc] = words[argc];
		argc++;
	}
	va_end(ap);
	argv[argc] = NULL;
	fs_options_free(&opt);
	err = (struct fs_err){ 0 };
	return fs_parse_options(&opt, argc, argv, &err);
}

/* It fails, with this in the message. */
static void
refused(bool ok, const char *part)
{
	if (ok)
		fail_msg("accepted, wanted: %s", part);
	assert_int_equal(err.code, FS_EUSAGE);
	if (strstr(err.msg, part) == NULL)
		fail_msg("message '%s' without '%s'", err.msg, part);
}

static void
write_config(const char *text, mode_t mode)
{
	FILE *f = fopen(config, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(config, mode), 0);
}

static int
set_up(void **state)
{
	(void)state;
	unsetenv("FSCONSOLE_URI");
	unsetenv("REDISCLI_AUTH");
	unsetenv("VALKEYCLI_AUTH");
	unsetenv("NO_COLOR");
	unlink(config);
	return 0;
}

static void
test_defaults(void **state)
{
	(void)state;
	assert_true(parse(NULL, NULL));
	assert_string_equal(opt.target->host, "127.0.0.1");
	assert_int_equal(opt.target->port, 6379);
	assert_int_equal(opt.target->timeout_ms, 5000);
	assert_false(opt.address_given);
	assert_string_equal(opt.schema->prefix, "fs:user:");
	assert_int_equal(opt.schema->batch_ttl_ms, 86400000);
	assert_int_equal(opt.schema->streaming_ttl_ms, 300000);
	assert_int_equal(opt.tick_ms, 1000);
	assert_int_equal(opt.users_per_tick, 5);
	assert_int_equal(opt.argc, 0);
	assert_int_equal(opt.cmd.count, -1);
}

static void
test_places(void **state)
{
	(void)state;
	assert_true(parse("-h", "r.example", "-p", "7000", "-n", "3",
	    "--user", "bob", NULL));
	assert_string_equal(opt.target->host, "r.example");
	assert_int_equal(opt.target->port, 7000);
	assert_int_equal(opt.target->db, 3);
	assert_string_equal(opt.target->user, "bob");
	assert_true(opt.address_given);
	assert_true(parse("-s", "/run/r.sock", NULL));
	assert_string_equal(opt.target->socket, "/run/r.sock");
	assert_null(opt.target->host);
	assert_true(parse("-u", "rediss://h:7/2", "--user", "x", NULL));
	assert_true(opt.target->tls);
	assert_int_equal(opt.target->db, 2);
	assert_string_equal(opt.target->user, "x");
	refused(parse("-s", "/a", "-h", "b", NULL), "exclude");
	refused(parse("-s", "/a", "-p", "1", NULL), "exclude");
	refused(parse("--demo", "-p", "1", NULL), "--demo");
	refused(parse("-u", "http://x", NULL), "--uri");
}

static void
test_anywhere(void **state)
{
	(void)state;
	assert_true(parse("--json", "read", "-h", "x", "u1", "--prefix=p:",
	    "f", NULL));
	assert_int_equal(opt.argc, 3);
	assert_string_equal(opt.argv[0], "read");
	assert_string_equal(opt.argv[1], "u1");
	assert_string_equal(opt.argv[2], "f");
	assert_null(opt.argv[3]);
	assert_true(opt.json);
	assert_string_equal(opt.schema->prefix, "p:");
	assert_true(parse("read", "--", "--json", "-h", NULL));
	assert_int_equal(opt.argc, 3);
	assert_string_equal(opt.argv[1], "--json");
	assert_false(opt.json);
}

static void
test_abbreviations(void **state)
{
	(void)state;
	assert_true(parse("--pref", "x:", NULL));
	assert_string_equal(opt.schema->prefix, "x:");
	assert_true(parse("--tick", "2s", NULL));
	assert_int_equal(opt.tick_ms, 2000);
	refused(parse("--co", "x", NULL), "--color");
	refused(parse("--nonsense", NULL), "unknown option '--nonsense'");
	refused(parse("--nonsense=1", NULL), "unknown option '--nonsense'");
	refused(parse("-q", NULL), "unknown option '-q'");
	refused(parse("-\xff", NULL), "unknown option");
	refused(parse("--json=1", NULL), "--json");
	refused(parse("-h", NULL), "--help");
	refused(parse("--port", NULL), "--port");
}

static void
test_numbers(void **state)
{
	(void)state;
	refused(parse("-p", "12x", NULL), "--port");
	refused(parse("-p", "0", NULL), "--port");
	refused(parse("-p", "65536", NULL), "--port");
	refused(parse("-n", "-1", NULL), "--db");
	refused(parse("-n", "99999999999999999999", NULL), "--db");
	refused(parse("--users-per-tick", "0", NULL), "--users-per-tick");
	refused(parse("--timeout", "0", NULL), "--timeout");
	refused(parse("--timeout", "-5s", NULL), "--timeout");
	refused(parse("--timeout", "5x", NULL), "--timeout");
	refused(parse("--streaming-ttl", "99999999999999999d", NULL),
	    "--streaming-ttl");
	/* Longer, and Redis refuses each write of a field. */
	assert_true(parse("--streaming-ttl", "365000d", NULL));
	refused(parse("--streaming-ttl", "365001d", NULL),
	    "--streaming-ttl: longer than 365000d");
	assert_true(parse("--batch-ttl", "814453057d", NULL));
	refused(parse("--batch-ttl", "0", NULL), "--batch-ttl");
	refused(parse("bulk-load", "--count", "-1", NULL), "--count");
	refused(parse("entities", "--limit", "1e3", NULL), "--limit");
	refused(parse("entities", "--limit", "", NULL), "--limit");
	refused(parse("audit", "--max-missing", "101", NULL),
	    "--max-missing");
	refused(parse("audit", "--max-missing", "nan", NULL),
	    "--max-missing");
	refused(parse("--color", "blue", NULL), "--color");
	refused(parse("bulk-load", "--format", "xml", NULL), "--format");
	assert_true(parse("audit", "--max-missing", "5.5%", NULL));
	assert_true(opt.cmd.max_missing == 5.5);
	assert_true(parse("watch", "u1", "--for", "500ms", NULL));
	assert_int_equal(opt.cmd.for_ms, 500);
	assert_true(parse("--batch-ttl", "2d", "--streaming-ttl", "90", NULL));
	assert_int_equal(opt.schema->batch_ttl_ms, 172800000);
	assert_int_equal(opt.schema->streaming_ttl_ms, 90000);
}

static void
test_prefix(void **state)
{
	(void)state;
	refused(parse("--prefix", "", NULL), "--prefix");
}

static void
test_commands(void **state)
{
	(void)state;
	refused(parse("frobnicate", NULL), "unknown command 'frobnicate'");
	refused(parse("re", NULL), "could be read, reset, repair");
	refused(parse("zoom", NULL), "console alone");
	assert_true(parse("insp", "u1", NULL));
	refused(parse("bulk-load", "--sample", "5", NULL),
	    "bulk-load does not take --sample");
	refused(parse("--count", "5", "state", NULL),
	    "state does not take --count");
	refused(parse("--count", "5", NULL), "--count");
	refused(parse("state", "--once", NULL), "--once");
	refused(parse("--json", NULL), "--json");
	refused(parse("--write", "--read-only", NULL), "--read-only");
}

static void
test_help_first(void **state)
{
	(void)state;
	write_config("nonsense\n", 0600);
	assert_true(parse("--help", "frobnicate", NULL));
	assert_true(opt.help);
	assert_true(parse("--version", NULL));
	assert_true(opt.version);
	refused(parse(NULL, NULL), "config:1");
}

static void
test_environment(void **state)
{
	(void)state;
	setenv("FSCONSOLE_URI", "redis://env:7001/4", 1);
	setenv("VALKEYCLI_AUTH", "valkey", 1);
	assert_true(parse(NULL, NULL));
	assert_string_equal(opt.target->host, "env");
	assert_string_equal(opt.target->pass, "valkey");
	assert_true(opt.address_given);
	setenv("REDISCLI_AUTH", "redis", 1);
	assert_true(parse("-p", "9", NULL));
	assert_string_equal(opt.target->pass, "redis");
	assert_int_equal(opt.target->port, 9);
	assert_string_equal(opt.target->host, "env");
	assert_true(parse("-a", "argv", NULL));
	assert_string_equal(opt.target->pass, "argv");
	setenv("FSCONSOLE_URI", "redis://:own@env", 1);
	assert_true(parse(NULL, NULL));
	assert_string_equal(opt.target->pass, "own");
	setenv("FSCONSOLE_URI", "nonsense", 1);
	refused(parse(NULL, NULL), "FSCONSOLE_URI");
	setenv("FSCONSOLE_URI", "", 1);
	assert_true(parse("--demo", NULL));
	assert_true(opt.demo);
	setenv("NO_COLOR", "1", 1);
	assert_true(parse(NULL, NULL));
	assert_int_equal(opt.color, FS_COLOR_NEVER);
	assert_true(parse("--color=always", NULL));
	assert_int_equal(opt.color, FS_COLOR_ALWAYS);
}

static void
test_server_forgets(void **state)
{
	(void)state;
	write_config("host = prod\nport = 7\nuser = u\npass = secret\n"
	    "tls = yes\n", 0600);
	assert_true(parse(NULL, NULL));
	assert_string_equal(opt.target->pass, "secret");
	assert_true(parse("-u", "redis://other", NULL));
	assert_string_equal(opt.target->host, "other");
	assert_int_equal(opt.target->port, 6379);
	assert_null(opt.target->user);
	assert_null(opt.target->pass);
	assert_true(opt.target->tls);
	setenv("REDISCLI_AUTH", "env", 1);
	assert_true(parse("-u", "redis://other", NULL));
	assert_null(opt.target->user);
	assert_string_equal(opt.target->pass, "env");
	assert_true(parse("-u", "redis://:own@other", NULL));
	assert_string_equal(opt.target->pass, "own");
	unsetenv("REDISCLI_AUTH");
	assert_true(parse("-p", "8", NULL));
	assert_string_equal(opt.target->pass, "secret");
	/* Whatever names another server, what it says itself stays. */
	assert_true(parse("-h", "staging", NULL));
	assert_null(opt.target->user);
	assert_null(opt.target->pass);
	assert_int_equal(opt.target->port, 7);
	assert_true(parse("-s", "/run/r.sock", NULL));
	assert_null(opt.target->pass);
	assert_true(parse("-a", "mine", "-h", "staging", NULL));
	assert_string_equal(opt.target->pass, "mine");
	assert_true(parse("-u", "redis://u:mine@b", "-h", "staging", NULL));
	assert_string_equal(opt.target->pass, "mine");
	setenv("VALKEYCLI_AUTH", "env", 1);
	assert_true(parse("-h", "staging", NULL));
	assert_string_equal(opt.target->pass, "env");
	write_config("uri = redis://u:secret@prod\n[staging]\n"
	    "host = staging\n", 0600);
	unsetenv("VALKEYCLI_AUTH");
	assert_true(parse("--profile", "staging", NULL));
	assert_null(opt.target->pass);
	unlink(config);
	refused(parse("stream", "--for", "36501d", NULL), "--for: longer");
	refused(parse("stream", "--retry", "100000000d", NULL),
	    "--retry: longer");
}

static void
test_password_hidden(void **state)
{
	(void)state;
	assert_true(parse("-a", "hunter2", NULL));
	assert_string_equal(opt.target->pass, "hunter2");
	assert_string_equal(words[2], "*");
	assert_null(memmem(words[2], 20, "nter2", 5));
	assert_true(parse("-ahunter2", NULL));
	assert_string_equal(words[1], "-a*");
	assert_true(parse("--pass=hunter2", NULL));
	assert_string_equal(words[1], "--pass=*");
	assert_true(parse("-u", "redis://bob:hunter2@h:7/1", NULL));
	assert_string_equal(opt.target->pass, "hunter2");
	assert_string_equal(words[2], "redis://bob:*@h:7/1");
	assert_true(parse("-u", "unix://bob:p@/x", NULL));
	assert_string_equal(words[2], "unix://bob:*@/x");
	assert_true(parse("-u", "redis://h:7", NULL));
	assert_string_equal(words[2], "redis://h:7");
	/* Also when there is a fault before it. */
	refused(parse("--nonsense", "-a", "hunter2", NULL), "nonsense");
	assert_string_equal(words[3], "*");
	refused(parse("-p", "x", "-a", "hunter2", NULL), "--port");
	assert_null(strstr(err.msg, "hunter2"));
	/* And where it is taken for a part of the name. */
	refused(parse("--passhunter2", NULL), "unknown option '--pass...'");
	assert_null(strstr(err.msg, "hunter2"));
	assert_string_equal(words[1], "--pass*");
	refused(parse("--password=hunter2", NULL), "'--pass...'");
	assert_string_equal(words[1], "--pass*");
}

static void
test_file(void **state)
{
	(void)state;
	write_config("# what\n; ever\n\n host = a \r\nport=7\n"
	    "prefix = \" x \"\nread-only = yes\nnatmap = a=b\nnatmap = c=d\n"
	    "[prod]\nhost = p\nread-only = off\nstreaming-ttl = 1m\n"
	    "[test]\nhost = t\n", 0644);
	assert_true(parse(NULL, NULL));
	assert_string_equal(opt.target->host, "a");
	assert_int_equal(opt.target->port, 7);
	assert_int_equal(opt.target->nnatmap, 2);
	assert_string_equal(opt.schema->prefix, " x ");
	assert_true(opt.read_only);
	assert_true(parse("--profile", "prod", NULL));
	assert_string_equal(opt.target->host, "p");
	assert_int_equal(opt.target->port, 7);
	assert_false(opt.read_only);
	assert_int_equal(opt.schema->streaming_ttl_ms, 60000);
	assert_true(parse("--profile", "prod", "-h", "argv", NULL));
	assert_string_equal(opt.target->host, "argv");
	setenv("FSCONSOLE_URI", "redis://env", 1);
	assert_true(parse("--profile", "prod", NULL));
	assert_string_equal(opt.target->host, "env");
	assert_int_equal(opt.target->port, 6379);
	refused(parse("--profile", "none", NULL), "no section [none]");
}

static void
test_file_faults(void **state)
{
	(void)state;
	write_config("host = a\n\nnonsense = 3\n", 0600);
	refused(parse(NULL, NULL), "config:3: unknown option 'nonsense'");
	write_config("[other]\nnonsense = 3\n", 0600);
	refused(parse(NULL, NULL), "config:2");
	write_config("count = 3\n", 0600);
	refused(parse(NULL, NULL), "config:1");
	write_config("help = yes\n", 0600);
	refused(parse(NULL, NULL), "config:1");
	write_config("tls\n", 0600);
	refused(parse(NULL, NULL), "config:1");
	write_config("tls = maybe\n", 0600);
	refused(parse(NULL, NULL), "config:1: yes or no");
	write_config("host = a\nhost = b\n", 0600);
	refused(parse(NULL, NULL), "config:2: a second 'host'");
	write_config("[a]\n[a]\n", 0600);
	refused(parse(NULL, NULL), "config:2: a second section");
	write_config("[a\n", 0600);
	refused(parse(NULL, NULL), "config:1");
	write_config("[]\n", 0600);
	refused(parse(NULL, NULL), "config:1");
	write_config("port = 12x\n", 0600);
	refused(parse(NULL, NULL), "config:1: port: not a whole number");
	write_config("hos = a\n", 0600);
	refused(parse(NULL, NULL), "config:1: unknown");
	unlink(config);
	refused(parse("--profile", "x", NULL), "--profile");
	assert_int_equal(mkdir(config, 0700), 0);
	refused(parse(NULL, NULL), "not a file");
	rmdir(config);
}

static void
test_file_secret(void **state)
{
	(void)state;
	write_config("pass = x\n", 0644);
	refused(parse(NULL, NULL), "others can read it");
	write_config("pass = x\n", 0640);
	refused(parse(NULL, NULL), "others can read it");
	write_config("[p]\nuri = redis://u:x@h\n", 0604);
	refused(parse(NULL, NULL), "others can read it");
	write_config("uri = redis://h:7\n", 0644);
	assert_true(parse(NULL, NULL));
	write_config("pass = x\n", 0600);
	assert_true(parse(NULL, NULL));
	assert_string_equal(opt.target->pass, "x");
}

static void
test_demo_layers(void **state)
{
	(void)state;
	write_config("demo = yes\n", 0600);
	assert_true(parse(NULL, NULL));
	assert_true(opt.demo);
	assert_true(parse("-h", "x", NULL));
	assert_false(opt.demo);
	write_config("host = x\npass = y\ntls = yes\n", 0600);
	assert_true(parse("--demo", NULL));
	assert_true(opt.demo);
	fs_options_use_socket(&opt, "/tmp/x");
	assert_null(opt.target->host);
	assert_null(opt.target->pass);
	assert_false(opt.target->tls);
	assert_string_equal(opt.target->socket, "/tmp/x");
}

static void
test_schema(void **state)
{
	char path[220];
	FILE *f;

	(void)state;
	refused(parse("--schema", "/nowhere/x.json", NULL), "/nowhere/x.json");
	snprintf(path, sizeof(path), "%s/s.json", home);
	f = fopen(path, "w");
	fputs("{\"prefix\":\"z:\",\"features\":[{\"name\":\"a\","
	    "\"class\":\"batch\",\"type\":\"int64\"}]}", f);
	fclose(f);
	assert_true(parse("--schema", path, NULL));
	assert_string_equal(opt.schema->prefix, "z:");
	assert_true(parse("--schema", path, "--prefix", "y:", NULL));
	assert_string_equal(opt.schema->prefix, "y:");
	assert_int_equal(opt.schema->nfeatures, 1);
	unlink(path);
}

/* One typed line, its words joined by '|'. */
static bool
line(const char *text, struct fs_command_options *cmd, const char *joined)
{
	char got[200] = "", **w;
	int n;

	err = (struct fs_err){ 0 };
	if (!fs_parse_line(text, cmd, &n, &w, &err))
		return false;
	for (int i = 0; i < n; i++) {
		strcat(got, i > 0 ? "|" : "");
		strcat(got, w[i]);
	}
	assert_null(w[n]);
	free(w);
	assert_string_equal(got, joined);
	return true;
}

static void
test_line(void **state)
{
	struct fs_command_options cmd;

	(void)state;
	assert_true(line("bulk-load --count 5 --ttl=1h", &cmd, "bulk-load"));
	assert_int_equal(cmd.count, 5);
	assert_int_equal(cmd.ttl_ms, 3600000);
	assert_true(cmd.given[FS_OPT_COUNT]);
	assert_false(cmd.given[FS_OPT_SEED]);
	fs_command_options_free(&cmd);
	assert_true(line("set u1 'a=b c' --  --x", &cmd, "set|u1|a=b c|--x"));
	assert_true(line("", &cmd, ""));
	assert_true(line("entities --match 'u*'", &cmd, "entities"));
	assert_string_equal(cmd.match, "u*");
	fs_command_options_free(&cmd);
	refused(line("read u1 --count 3", &cmd, ""),
	    "read does not take --count");
	refused(line("bulk-load --count x", &cmd, ""), "--count");
	refused(line("state -h evil", &cmd, ""), "--host");
	refused(line("bulk-load --from -", &cmd, ""), "name a file");
	refused(line("read 'u1", &cmd, ""), "quote");
	refused(line("read --frob", &cmd, ""), "--frob");
}

static void
test_table(void **state)
{
	(void)state;
	for (int i = 0; i < FS_OPTS_END; i++) {
		const struct fs_option *a = fs_option_get((enum fs_opt_id)i);
		bool taken = a->group != FS_OPTS_COMMAND;

		assert_int_equal(a->id, i);
		for (int j = 0; j < i; j++) {
			const struct fs_option *b =
			    fs_option_get((enum fs_opt_id)j);

			assert_string_not_equal(a->name, b->name);
			assert_true(a->letter == 0 || a->letter != b->letter);
		}
		for (int j = 0; j < FS_CMD_COUNT; j++)
			taken |= fs_command_takes(fs_command_get(
			    (enum fs_cmd_id)j), a->id);
		if (!taken)
			fail_msg("no command takes --%s", a->name);
	}
}

static int
set_up_all(void **state)
{
	char dir[200];

	(void)state;
	if (mkdtemp(home) == NULL)
		return -1;
	snprintf(dir, sizeof(dir), "%s/fsconsole", home);
	mkdir(dir, 0700);
	snprintf(config, sizeof(config), "%s/fsconsole/config", home);
	setenv("XDG_CONFIG_HOME", home, 1);
	return 0;
}

static int
tear_down_all(void **state)
{
	char dir[200];

	(void)state;
	fs_options_free(&opt);
	unlink(config);
	snprintf(dir, sizeof(dir), "%s/fsconsole", home);
	rmdir(dir);
	return rmdir(home);
}

#define TEST(f)	cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_places),
		TEST(test_anywhere),
		TEST(test_abbreviations),
		TEST(test_numbers),
		TEST(test_prefix),
		TEST(test_commands),
		TEST(test_help_first),
		TEST(test_environment),
		TEST(test_server_forgets),
		TEST(test_password_hidden),
		TEST(test_file),
		TEST(test_file_faults),
		TEST(test_file_secret),
		TEST(test_demo_layers),
		TEST(test_schema),
		TEST(test_line),
		TEST(test_table),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
