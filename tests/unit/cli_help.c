#include "cli/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/usage.h"

static struct fs_out out;

static int
set_up(void **state)
{
	(void)state;
	out = (struct fs_out){ .fd = -1, .utf8 = true };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fs_out_free(&out);
	return 0;
}

static bool
has(const char *text)
{
	return strstr(out.text.data, text) != NULL;
}

/* No line is longer than a terminal that nobody has made larger. */
static void
assert_lines(size_t most)
{
	for (const char *at = out.text.data; *at != '\0';) {
		size_t len = strcspn(at, "\n");

		assert_true(len <= most);
		assert_true(len == 0 || at[len - 1] != ' ');
		at += len + (at[len] != '\0');
	}
}

static void
test_all(void **state)
{
	char text[64];

	(void)state;
	fs_help_all(&out);
	assert_lines(80);
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);

		snprintf(text, sizeof(text), "\n  %s  ", cmd->name);
		assert_int_equal(has(text), fs_command_in_shell(cmd));
	}
	for (int id = 0; id < FS_OPTS_END; id++) {
		const struct fs_option *opt =
		    fs_option_get((enum fs_opt_id)id);

		snprintf(text, sizeof(text), " --%s ", opt->name);
		assert_int_equal(has(text), opt->group != FS_OPTS_COMMAND);
	}
}

static void
test_each_command(void **state)
{
	char text[64];

	(void)state;
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);

		fs_str_clear(&out.text);
		fs_help_command(&out, cmd);
		assert_lines(80);
		snprintf(text, sizeof(text), "Usage: fsconsole %s", cmd->name);
		assert_int_equal(has(text), fs_command_in_shell(cmd));
		for (int i = 0; i < FS_OPTS_END; i++) {
			enum fs_opt_id opt = (enum fs_opt_id)i;

			snprintf(text, sizeof(text), "\n      --%s ",
			    fs_option_get(opt)->name);
			assert_int_equal(has(text),
			    fs_command_takes(cmd, opt));
		}
	}
}

static void
test_help_of_one(void **state)
{
	(void)state;
	fs_help_command(&out, fs_command_get(FS_CMD_DRILL));
	assert_string_equal(out.text.data,
	    "Usage: fsconsole drill --for D\n"
	    "\n"
	    "Pause the writer, follow the coverage, resume, compare the "
	    "forecast.\n"
	    "\n"
	    "Options\n"
	    "      --for D                 How long\n");
}

static void
elements(const char *args, const char *divided)
{
	struct fs_bytes rest = fs_bytes_of(args), element;
	struct fs_str	all = { 0 };

	while (fs_usage_element(&rest, &element)) {
		fs_str_add_bytes(&all, element);
		fs_str_add_char(&all, '/');
	}
	assert_string_equal(all.data, divided);
	fs_str_free(&all);
}

static void
test_elements(void **state)
{
	(void)state;
	elements("A", "A/");
	elements(" A  B... ", "A/B.../");
	elements("--for D", "--for D/");
	elements("--for D [X] --yes --no [A|B]",
	    "--for D/[X]/--yes/--no/[A|B]/");
	elements("[--count N [--seed S] | --from FILE] [--ttl D]",
	    "[--count N [--seed S] | --from FILE]/[--ttl D]/");
}

static void
test_mdoc_commands(void **state)
{
	(void)state;
	assert_true(fs_help_mdoc(&out, "commands"));
	assert_true(has(".It Xo\n.Ic set\n.Ar ENTITY\n"
	    ".Ar FEATURE Ns = Ns Ar VALUE Ns ...\n.Xc\n"));
	assert_true(has(".Ic drill\n.Fl -for Ar D\n.Xc\n"));
	assert_true(has(".Op Fl -count Ar N Oo Fl -seed Ar S Oc | "
	    "Fl -from Ar FILE"));
	assert_true(has(".Op Fl -fail-on Ar KIND Ns ,...\n"));
	assert_false(has(".Ic zoom\n"));
}

static void
test_mdoc_other_lists(void **state)
{
	(void)state;
	assert_true(fs_help_mdoc(&out, "where"));
	assert_true(has(".It Fl u , Fl -uri Ar URI\n"));
	assert_true(has(".It Fl -natmap Ar FROM Ns = Ns Ar TO\n"));
	assert_false(has("Fl -json"));
	assert_true(fs_help_mdoc(&out, "behaves"));
	assert_true(has(".It Fl -json\n"));
	assert_true(fs_help_mdoc(&out, "keys"));
	assert_true(has(".It Ql \\&:\n"));
	assert_true(has(".It Ql \\&\\-\n"));
	assert_true(has(".It Ql PgDn\n"));
	assert_false(fs_help_mdoc(&out, "nothing"));
}

static void
test_completion(void **state)
{
	(void)state;
	assert_true(fs_help_completion(&out, "bash"));
	assert_true(has("complete -F _fsconsole fsconsole\n"));
	fs_str_clear(&out.text);
	assert_true(fs_help_completion(&out, "zsh"));
	assert_true(has("#compdef fsconsole\n"));
	assert_false(fs_help_completion(&out, "fish"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_all),
		CASE(test_each_command),
		CASE(test_help_of_one),
		CASE(test_elements),
		CASE(test_mdoc_commands),
		CASE(test_mdoc_other_lists),
		CASE(test_completion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
