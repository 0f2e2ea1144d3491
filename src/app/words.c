#include "app/words.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copy one word to *out without its quotes; false on an open quote. */
static bool
word(const char **in, char **out)
{
	char quote = '\0';

	for (; **in != '\0' && (quote != '\0' || !is_blank(**in)); (*in)++) {
		if (quote != '\0' && **in == quote) {
			quote = '\0';
			continue;
		}
		if (quote == '\0' && (**in == '\'' || **in == '"')) {
			quote = **in;
			continue;
		}
		if (**in == '\\' && quote != '\'' && *++*in == '\0')
			return false;
		*(*out)++ = **in;
	}
	*(*out)++ = '\0';
	return quote == '\0';
}

bool
fs_words_split(const char *line, int *argc, char ***argv, struct fs_err *err)
{
	size_t	  most = strlen(line) / 2 + 2;	/* words, and the NULL */
	char	**words = fs_xcalloc(most * sizeof(*words) + strlen(line) + 2,
		      1);
	char	 *text = (char *)(words + most);
	int	  n = 0;

	*argc = 0;
	*argv = NULL;
	for (;;) {
		while (is_blank(*line))
			line++;
		if (*line == '\0')
			break;
		words[n++] = text;
		if (!word(&line, &text)) {
			free(words);
			return fs_fail(err, FS_EUSAGE, "a quote or backslash "
			    "without its end");
		}
	}
	*argc = n;
	*argv = words;
	return true;
}
