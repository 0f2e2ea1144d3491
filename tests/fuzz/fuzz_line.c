/* A line typed in the console: words, options, and what they ask for. */
#include "fuzz.h"

#include "app/command.h"
#include "app/options.h"
#include "app/parse.h"
#include "app/words.h"

/* 'it'\''s': nothing in it means anything but the quote. */
static void
quote(struct fs_str *out, const char *word)
{
	fs_str_add_text(out, " '");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			fs_str_add_text(out, "'\\''");
		else
			fs_str_add_char(out, *word);
	}
	fs_str_add_char(out, '\'');
}

static void
check_words(char **argv, int argc)
{
	for (int i = 0; i < argc; i++)
		FUZZ_CHECK(argv[i] != NULL);
	FUZZ_CHECK(argc == 0 || argv[argc] == NULL);
}

static void
words(const char *line)
{
	struct fs_err	  err = { 0 };
	struct fs_str	  quoted = { 0 };
	char		**argv, **again;
	int		  argc, n;

	if (!fs_words_split(line, &argc, &argv, &err)) {
		FUZZ_CHECK(err.code == FS_EUSAGE && argv == NULL);
		return;
	}
	check_words(argv, argc);
	fs_str_add_text(&quoted, "x");
	for (int i = 0; i < argc; i++)
		quote(&quoted, argv[i]);
	FUZZ_CHECK(fs_words_split(quoted.data, &n, &again, &err));
	FUZZ_CHECK(n == argc + 1);
	for (int i = 0; i < argc; i++)
		FUZZ_CHECK(strcmp(again[i + 1], argv[i]) == 0);
	fs_str_free(&quoted);
	free(argv);
	free(again);
}

static void
request(const struct fs_command_options *opt, int argc, char **argv)
{
	static struct fs_schema	*schema;
	const struct fs_command	*cmd;
	struct fs_err		 err = { 0 };
	struct fs_request	*asked;

	if (schema == NULL)
		schema = fs_schema_sample();
	if (argc == 0 || (cmd = fs_command_find(argv[0])) == NULL ||
	    !fs_command_asks(cmd, opt))
		return;
	asked = fs_command_request(cmd, opt, argc, argv, schema, &err);
	FUZZ_CHECK(asked != NULL || err.code == FS_EUSAGE);
	fs_request_free(asked);
}

static void
options(const char *line)
{
	struct fs_command_options	  opt;
	struct fs_err			  err = { 0 };
	char				**argv;
	int				  argc;

	if (!fs_parse_line(line, &opt, &argc, &argv, &err)) {
		FUZZ_CHECK(err.code == FS_EUSAGE);
		FUZZ_CHECK(argc == 0 && argv == NULL);
		return;
	}
	check_words(argv, argc);
	request(&opt, argc, argv);
	fs_command_options_free(&opt);
	free(argv);
}

static void
type(struct fs_bytes line)
{
	char *text = fuzz_text(line);

	words(text);
	options(text);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_lines(fuzz_bytes(data, size), type);
	return 0;
}
