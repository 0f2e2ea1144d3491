#include "fake.h"

#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"

struct nodes nodes = STAILQ_HEAD_INITIALIZER(nodes);
bool clustered;

static int line_number;

/*
 * Words
 */

static _Noreturn void
bad(const char *what)
{
	errx(2, "line %d: %s", line_number, what);
}

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;
	if (at == NULL)
		bad("\\x wants two digits");
	return (int)(at - digits);
}

/* The text with its escapes resolved, appended to out. */
static void
unescape(const char *text, size_t len, struct fs_str *out)
{
	static const char from[] = "rnt0es\\", to[] = "\r\n\t\0\033 \\";

	for (size_t i = 0; i < len; i++) {
		const char *at;

		if (text[i] != '\\') {
			fs_str_add_char(out, text[i]);
			continue;
		}
		if (++i == len)
			bad("\\ at the end");
		if (text[i] == 'x' && i + 2 < len) {
			fs_str_add_char(out,
			    (char)(hex(text[i + 1]) << 4 | hex(text[i + 2])));
			i += 2;
			continue;
		}
		if ((at = strchr(from, text[i])) == NULL)
			bad("unknown escape");
		fs_str_add_char(out, to[at - from]);
	}
}

/* Cut the next word off; NULL at the end. */
static char *
next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");

	if (*word == '\0')
		return NULL;
	*line = word + strcspn(word, " \t");
	if (**line != '\0')
		*(*line)++ = '\0';
	return word;
}

static char *
want_word(char **line)
{
	char *word = next_word(line);

	if (word == NULL)
		bad("something is missing");
	return word;
}

static long
want_number(char **line)
{
	char *word = want_word(line), *end;
	long  n = strtol(word, &end, 10);

	if (*end != '\0' || n < 0)
		bad("not a number");
	return n;
}

static char *
skip_blanks(char *line)
{
	return line + strspn(line, " \t");
}

static struct node *
find_node(const char *name)
{
	struct node *node;

	STAILQ_FOREACH(node, &nodes, next) {
		if (strcmp(node->name, name) == 0)
			return node;
	}
	bad("no such node");
}

/* %{A} is where node A listens, %{A.port} its port. */
static void
put_addresses(const char *line, struct fs_str *out)
{
	const char *open, *close;

	while ((open = strstr(line, "%{")) != NULL &&
	    (close = strchr(open, '}')) != NULL) {
		char	    *name = fs_xmemdup0(open + 2,
				(size_t)(close - open - 2));
		char	    *dot = strstr(name, ".port");
		struct node *node;

		if (dot != NULL)
			*dot = '\0';
		node = find_node(name);
		fs_str_add(out, line, (size_t)(open - line));
		if (dot == NULL)
			fs_str_addf(out, "%s:", node->host);
		fs_str_addf(out, "%d", node->port);
		free(name);
		line = close + 1;
	}
	fs_str_add_text(out, line);
}

/*
 * Nodes
 */

/* node NAME [host ADDRESS | unix PATH] */
static struct node *
new_node(char *line)
{
	struct node *node = fs_xcalloc(1, sizeof(*node));
	const char  *word;

	node->name = fs_xstrdup(want_word(&line));
	node->host = fs_xstrdup("127.0.0.1");
	STAILQ_INIT(&node->hashes);
	STAILQ_INIT(&node->rules);
	LIST_INIT(&node->conns);
	fs_str_add_text(&node->user, "default");
	fs_str_add_text(&node->lacks, " ");
	while ((word = next_word(&line)) != NULL) {
		if (strcmp(word, "unix") == 0) {
			node->path = fs_xstrdup(want_word(&line));
		} else if (strcmp(word, "host") == 0) {
			free(node->host);
			node->host = fs_xstrdup(want_word(&line));
		} else if (strcmp(word, "rcvbuf") == 0) {
			node->rcvbuf = (int)want_number(&line);
		} else {
			bad("a node is unix, host or rcvbuf");
		}
	}
	node_listen(node);
	STAILQ_INSERT_TAIL(&nodes, node, next);
	return node;
}

static void
add_tls(struct node *node, char *line)
{
	const char *cert = want_word(&line), *key = want_word(&line);

	node_tls(node, cert, key, next_word(&line));
}

static void
add_info(struct node *node, const char *line)
{
	unescape(line, strlen(line), &node->info);
	fs_str_add_text(&node->info, "\r\n");
}

static void
add_lacks(struct node *node, char *line)
{
	const char *word;

	while ((word = next_word(&line)) != NULL)
		fs_str_addf(&node->lacks, "%s ", word);
}

/* slots FIRST-LAST... */
static void
add_slots(struct node *node, char *line)
{
	const char *word;

	clustered = true;
	while ((word = next_word(&line)) != NULL) {
		char *end;
		int   first = (int)strtol(word, &end, 10), last = first;

		if (*end == '-')
			last = (int)strtol(end + 1, &end, 10);
		if (*end != '\0' || node->nslots == 64)
			bad("not slots");
		node->slots[node->nslots].first = first;
		node->slots[node->nslots++].last = last;
	}
}

/* FIELD=VALUE[@MS] */
static void
add_field(struct hash *hash, char *word)
{
	struct field	*field = fs_xcalloc(1, sizeof(*field));
	char		*value = strchr(word, '='), *at;

	if (value == NULL)
		bad("a field is NAME=VALUE");
	at = strrchr(value, '@');
	field->deadline_ms = -1;
	if (at != NULL) {
		field->deadline_ms = now_ms() + atol(at + 1);
		*at = '\0';
	}
	unescape(word, (size_t)(value - word), &field->name);
	unescape(value + 1, strlen(value + 1), &field->value);
	STAILQ_INSERT_TAIL(&hash->fields, field, next);
	hash->nfields++;
}

/* hash KEY [@MS] FIELD=VALUE... */
static void
add_hash(struct node *node, char *line)
{
	struct hash	*hash = fs_xcalloc(1, sizeof(*hash));
	char		*word = want_word(&line);

	unescape(word, strlen(word), &hash->key);
	hash->deadline_ms = -1;
	STAILQ_INIT(&hash->fields);
	while ((word = next_word(&line)) != NULL) {
		if (*word == '@')
			hash->deadline_ms = now_ms() + atol(word + 1);
		else
			add_field(hash, word);
	}
	STAILQ_INSERT_TAIL(&node->hashes, hash, next);
}

/* False: this word is none of a node. */
static bool
node_line(struct node *node, const char *word, char *line)
{
	if (strcmp(word, "tls") == 0)
		add_tls(node, line);
	else if (strcmp(word, "info") == 0)
		add_info(node, skip_blanks(line));
	else if (strcmp(word, "lack") == 0)
		add_lacks(node, line);
	else if (strcmp(word, "password") == 0)
		fs_str_add_text(&node->pass, want_word(&line));
	else if (strcmp(word, "slots") == 0)
		add_slots(node, line);
	else if (strcmp(word, "replica-of") == 0)
		node->primary = find_node(want_word(&line));
	else if (strcmp(word, "hash") == 0)
		add_hash(node, line);
	else if (strcmp(word, "clock") == 0)
		node->clock_ms = atoll(want_word(&line));
	else
		return false;
	return true;
}

/*
 * Rules
 */

static struct rule *
new_rule(struct node *node, long times, char *line)
{
	struct rule	*rule = fs_xcalloc(1, sizeof(*rule));
	const char	*word;

	rule->line = line_number;
	rule->text = fs_xstrdup(skip_blanks(line));
	rule->times = times;
	STAILQ_INIT(&rule->actions);
	while ((word = next_word(&line)) != NULL) {
		rule->words = fs_xreallocarray(rule->words, rule->nwords + 1,
		    sizeof(*rule->words));
		rule->words[rule->nwords] = (struct fs_str){ 0 };
		unescape(word, strlen(word), &rule->words[rule->nwords++]);
	}
	if (rule->nwords == 0)
		bad("expect what?");
	STAILQ_INSERT_TAIL(&node->rules, rule, next);
	return rule;
}

static const struct {
	const char	*word;
	enum act	 act;
	bool		 number, text;
} acts[] = {
	{ "reply",	ACT_REPLY,	false,	true },
	{ "send",	ACT_SEND,	false,	true },
	{ "default",	ACT_DEFAULT,	false,	false },
	{ "part",	ACT_PART,	true,	false },
	{ "drip",	ACT_DRIP,	true,	true },
	{ "repeat",	ACT_REPEAT,	true,	true },
	{ "pause",	ACT_PAUSE,	true,	false },
	{ "tell",	ACT_TELL,	false,	true },
	{ "stall",	ACT_STALL,	false,	false },
	{ "deaf",	ACT_DEAF,	false,	false },
	{ "close",	ACT_CLOSE,	false,	false },
	{ "reset",	ACT_RESET,	false,	false },
	{ "leave",	ACT_LEAVE,	false,	false },
};

static void
add_action(struct rule *rule, size_t which, char *line)
{
	struct action *action = fs_xcalloc(1, sizeof(*action));

	action->act = acts[which].act;
	if (acts[which].number)
		action->number = want_number(&line);
	line = skip_blanks(line);
	if (acts[which].text)
		unescape(line, strlen(line), &action->text);
	else if (*line != '\0')
		bad("too much");
	STAILQ_INSERT_TAIL(&rule->actions, action, next);
}

/* False: this word is none of a rule. */
static bool
rule_line(struct rule *rule, const char *word, char *line)
{
	if (strcmp(word, "times") == 0) {
		rule->times = want_number(&line);
		return true;
	}
	if (strcmp(word, "skip") == 0) {
		rule->skip = want_number(&line);
		return true;
	}
	if (strcmp(word, "conn") == 0) {
		rule->conn = (int)want_number(&line);
		return true;
	}
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(word, acts[i].word) == 0) {
			add_action(rule, i, line);
			return true;
		}
	}
	return false;
}

static void
read_line(const char *text, struct node **node, struct rule **rule)
{
	struct fs_str	 line = { 0 };
	char		*rest;
	const char	*word;

	put_addresses(text, &line);
	rest = line.data;
	word = next_word(&rest);
	if (word == NULL || *word == '#')
		;
	else if (strcmp(word, "node") == 0)
		*node = *node != NULL ? STAILQ_NEXT(*node, next) :
		    STAILQ_FIRST(&nodes);
	else if (*node == NULL)
		bad("first of all a node");
	else if (strcmp(word, "expect") == 0)
		*rule = new_rule(*node, 1, rest);
	else if (strcmp(word, "always") == 0)
		*rule = new_rule(*node, -1, rest);
	else if (!node_line(*node, word, rest) &&
	    (*rule == NULL || !rule_line(*rule, word, rest)))
		bad("unknown word");
	fs_str_free(&line);
}

/* Twice: the ports of all nodes must be known before one is named. */
void
script_read(const char *text)
{
	struct node	*node = NULL;
	struct rule	*rule = NULL;

	for (int pass = 1; pass <= 2; pass++) {
		const char *at = text;

		for (line_number = 1; *at != '\0'; line_number++) {
			size_t	 len = strcspn(at, "\n");
			char	*line = fs_xmemdup0(at, len), *rest = line;
			char	*word = pass == 1 ? next_word(&rest) : NULL;

			if (word != NULL && strcmp(word, "node") == 0)
				new_node(rest);
			if (pass == 2)
				read_line(line, &node, &rule);
			free(line);
			at += len + (at[len] == '\n');
		}
	}
	if (STAILQ_EMPTY(&nodes))
		errx(2, "a script without a node");
}

/*
 * Matching
 */

/* A star stands for any bytes; letters of either case are the same. */
static bool
glob(const char *pattern, size_t plen, const char *text, size_t len)
{
	for (; plen != 0; pattern++, plen--, text++, len--) {
		if (*pattern == '*') {
			for (size_t i = 0; i <= len; i++) {
				if (glob(pattern + 1, plen - 1, text + i,
				    len - i))
					return true;
			}
			return false;
		}
		if (len == 0 || tolower((unsigned char)*pattern) !=
		    tolower((unsigned char)*text))
			return false;
	}
	return len == 0;
}

bool
script_match(const struct rule *rule, const struct command *cmd)
{
	for (size_t i = 0; i < rule->nwords; i++) {
		const struct fs_str *word = &rule->words[i];

		/* A star at the end stands for any number of arguments. */
		if (i + 1 == rule->nwords && strcmp(word->data, "*") == 0)
			return true;
		if (i >= cmd->nargs || !glob(word->data, word->len,
		    cmd->args[i].data, cmd->args[i].len))
			return false;
	}
	return rule->nwords == cmd->nargs;
}

const struct rule *
script_find(struct node *node, int conn, const struct command *cmd)
{
	struct rule *rule;

	STAILQ_FOREACH(rule, &node->rules, next) {
		if (rule->times == 0 || !script_match(rule, cmd) ||
		    (rule->conn != 0 && rule->conn != conn))
			continue;
		if (rule->skip > 0) {
			rule->skip--;
			continue;
		}
		if (rule->times > 0)
			rule->times--;
		return rule;
	}
	return NULL;
}
