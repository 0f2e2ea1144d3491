/* Entities and their fields, as text. */
#include "cli/text.h"

#include <stdint.h>

#include "base/num.h"
#include "cli/phrase.h"
#include "cli/table.h"

#define NUM	32		/* bytes that any number needs */

static struct fs_bytes
name_of(const struct fs_field *field)
{
	return fs_bytes(field->name, field->name_len);
}

static struct fs_bytes
id_of(const struct fs_entity *entity)
{
	return fs_bytes(entity->id, entity->id_len);
}

bool
fs_text_is_whole(const struct fs_field *field)
{
	return field->value_size == SIZE_MAX ||
	    field->value_size == field->value_len;
}

/* Time left in words: "4m59s", "no TTL", "missing". */
static const char *
left(char buf[NUM], int64_t seconds)
{
	if (seconds == FS_NO_TTL)
		return "no TTL";
	if (seconds < 0)
		return "missing";
	return fs_num_show_duration(buf, NUM, seconds * 1000, false);
}

static enum fs_look
look_of(const struct fs_field *field)
{
	switch (field->state) {
	case FS_FIELD_LEAK:
	case FS_FIELD_EXPIRED:
	case FS_FIELD_GONE:
		return FS_LOOK_BAD;
	case FS_FIELD_MISSING:
		return FS_LOOK_WARN;
	case FS_FIELD_LIVE:
		return FS_LOOK_GOOD;
	case FS_FIELD_NO_TTL:
		break;
	}
	return FS_LOOK_DIM;
}

static void
print_key_ttl(struct fs_out *out, const struct fs_entity *entity)
{
	int64_t seconds = fs_entity_key_seconds(entity);
	char	text[NUM];

	fs_out_text(out, "   key TTL ");
	fs_out_look(out, seconds == FS_NO_TTL ? FS_LOOK_WARN : FS_LOOK_PLAIN,
	    seconds == FS_NO_TTL ? "none" : left(text, seconds));
}

/* The id and what is known of the whole; false when there is no more. */
static bool
print_head(struct fs_out *out, const struct fs_entity *entity)
{
	fs_out_on(out, FS_LOOK_BOLD);
	fs_out_bytes(out, id_of(entity));
	fs_out_off(out, FS_LOOK_BOLD);
	if (entity->exists) {
		print_key_ttl(out, entity);
		return true;
	}
	fs_out_text(out, "   ");
	fs_out_look(out, FS_LOOK_BAD,
	    entity->err.code == FS_ETYPE ? "no hash" : "not there");
	fs_out_text(out, "\n");
	return false;
}

static void
add_value(struct fs_table *table, const struct fs_field *field)
{
	char text[NUM];

	if (field->value == NULL)
		fs_table_text(table, FS_LOOK_DIM, "-");
	else if (fs_text_is_whole(field))
		fs_table_bytes(table, FS_LOOK_PLAIN,
		    fs_bytes(field->value, field->value_len));
	else
		fs_table_printf(table, FS_LOOK_DIM, "%s, not shown",
		    fs_num_show_size(text, sizeof(text),
		    (int64_t)field->value_size));
}

static void
add_left(struct fs_table *table, const struct fs_entity *entity,
    const struct fs_field *field)
{
	char text[NUM];

	fs_table_text(table, look_of(field), left(text,
	    fs_entity_field_seconds(entity, field->deadline_ms)));
}

void
fs_text_read(struct fs_out *out, const struct fs_answer *answer)
{
	const struct fs_entity	*entity;
	struct fs_table		 table = { .columns = "lsrl" };

	if (answer->nentities == 0 ||
	    !print_head(out, entity = answer->entities[0]))
		return;
	fs_out_printf(out, "   %zu of %zu fields   ", entity->nfound,
	    entity->nfields);
	fs_phrase_took(out, entity->took_us);
	fs_out_text(out, "\n");
	for (size_t i = 0; i < entity->nfields; i++) {
		const struct fs_field *field = &entity->fields[i];

		fs_table_bytes(&table, FS_LOOK_PLAIN, name_of(field));
		add_value(&table, field);
		add_left(&table, entity, field);
		fs_table_text(&table, FS_LOOK_BAD,
		    field->state == FS_FIELD_LEAK ? "LEAK" : "");
	}
	fs_table_print(&table, out);
	fs_table_free(&table);
}

static void
print_key_facts(struct fs_out *out, const struct fs_entity *entity)
{
	char text[NUM];

	if (entity->encoding[0] != '\0') {
		fs_out_text(out, "   ");
		fs_out_bytes(out, fs_bytes_of(entity->encoding));
	}
	if (entity->memory_bytes >= 0)
		fs_out_printf(out, "   %s", fs_num_show_size(text,
		    sizeof(text), entity->memory_bytes));
	if (entity->slot >= 0) {
		fs_out_printf(out, "   slot %d at ", entity->slot);
		fs_out_bytes(out, fs_bytes_of(entity->node));
	}
	fs_out_text(out, "   ");
	fs_phrase_count(out, entity->hlen, "field", "fields");
	fs_out_text(out, "\n");
}

static void
add_inspected(struct fs_table *table, const struct fs_entity *entity,
    const struct fs_field *field)
{
	fs_table_text(table, FS_LOOK_DIM, fs_class_name(field->class));
	fs_table_bytes(table, FS_LOOK_PLAIN, name_of(field));
	add_value(table, field);
	add_left(table, entity, field);
	fs_table_text(table, FS_LOOK_BAD,
	    field->state == FS_FIELD_LEAK ? "LEAK" : "");
}

/* What an operator should know of it: the key first, fields left out. */
static void
print_warnings(struct fs_out *out, const struct fs_entity *entity)
{
	int	 index = fs_entity_key_before_field(entity);
	uint64_t extras = 0;
	char	 text[NUM];

	if (index >= 0) {
		fs_out_on(out, FS_LOOK_WARN);
		fs_out_text(out, "the key goes before its field ");
		fs_out_bytes(out, name_of(&entity->fields[index]));
		fs_out_off(out, FS_LOOK_WARN);
		fs_out_text(out, "\n");
	}
	for (size_t i = 0; i < entity->nfields; i++)
		extras += entity->fields[i].value != NULL;
	if (extras < entity->hlen)
		fs_out_printf(out, "%s more fields\n", fs_num_show_count(text,
		    sizeof(text), (int64_t)(entity->hlen - extras)));
}

void
fs_text_inspect(struct fs_out *out, const struct fs_answer *answer)
{
	const struct fs_entity	*entity;
	struct fs_table		 table = { .columns = "llsrl" };
	static const char *const head[] = { "class", "field", "value", "left",
	    "" };

	if (answer->nentities == 0 ||
	    !print_head(out, entity = answer->entities[0]))
		return;
	print_key_facts(out, entity);
	for (int i = 0; i < 5; i++)
		fs_table_text(&table, FS_LOOK_DIM, head[i]);
	for (size_t i = 0; i < entity->nfields; i++)
		add_inspected(&table, entity, &entity->fields[i]);
	fs_table_print(&table, out);
	fs_table_free(&table);
	print_warnings(out, entity);
}

void
fs_text_batch(struct fs_out *out, const struct fs_answer *answer)
{
	uint64_t	n = answer->asked;
	struct fs_table table = { .columns = "lr" };

	fs_phrase_count(out, n, "entity", "entities");
	fs_out_text(out, out->utf8 ? " \xc3\x97 " : " x ");
	fs_phrase_count(out, answer->field_count, "feature", "features");
	fs_out_text(out, " in ");
	fs_phrase_took(out, answer->elapsed_us);
	if (n > 0) {
		fs_out_text(out, ", ");
		fs_phrase_took(out, answer->elapsed_us / (int64_t)n);
		fs_out_text(out, " each");
	}
	fs_out_text(out, "\nfound ");
	fs_phrase_number(out, answer->fields);
	fs_out_text(out, " of ");
	fs_phrase_count(out, n * answer->field_count, "value", "values");
	fs_out_text(out, ", ");
	fs_phrase_count(out, answer->missing, "entity missing",
	    "entities missing");
	fs_out_text(out, "\n");
	for (size_t i = 0; i < answer->nentities; i++) {
		const struct fs_entity *entity = answer->entities[i];

		fs_table_bytes(&table, FS_LOOK_PLAIN, id_of(entity));
		if (entity->exists)
			fs_table_printf(&table, FS_LOOK_PLAIN, "%zu",
			    entity->nfound);
		else
			fs_table_text(&table, FS_LOOK_BAD,
			    entity->err.code != FS_OK ? "not read" :
			    "missing");
	}
	fs_table_print(&table, out);
	fs_table_free(&table);
}
