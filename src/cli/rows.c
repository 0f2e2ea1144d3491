#include "cli/rows.h"

#include <string.h>

#include "cli/emit.h"

static bool
needs_quotes(struct fs_bytes cell)
{
	for (size_t i = 0; i < cell.len; i++) {
		if (strchr("\",\r\n", cell.data[i]) != NULL)
			return true;	/* also a NUL */
	}
	/* Leading blanks and marks are safe from readers that trim. */
	return cell.len == 0 || cell.data[0] == ' ' ||
	    cell.data[cell.len - 1] == ' ' || cell.data[0] == '\xef';
}

static void
add_bytes(struct fs_out *out, struct fs_bytes bytes)
{
	if (out->terminal)
		fs_out_bytes(out, bytes);
	else
		fs_out_raw(out, bytes.data, bytes.len);
}

static void
add_quoted(struct fs_out *out, struct fs_bytes cell)
{
	fs_out_text(out, "\"");
	while (cell.len > 0) {
		const char *quote = memchr(cell.data, '"', cell.len);
		size_t	    run = quote == NULL ? cell.len :
		    (size_t)(quote - cell.data) + 1;

		add_bytes(out, fs_bytes(cell.data, run));
		if (quote != NULL)
			fs_out_text(out, "\"");
		cell = fs_bytes(cell.data + run, cell.len - run);
	}
	fs_out_text(out, "\"");
}

static void
add_cell(struct fs_out *out, struct fs_bytes cell)
{
	if (needs_quotes(cell))
		add_quoted(out, cell);
	else
		add_bytes(out, cell);
}

void
fs_rows_csv_head(struct fs_out *out, const struct fs_list *names)
{
	fs_out_text(out, "entity");
	for (size_t i = 0; i < names->count; i++) {
		fs_out_text(out, ",");
		add_cell(out, fs_list_at(names, i));
	}
	fs_out_text(out, "\r\n");
}

void
fs_rows_csv(struct fs_out *out, const struct fs_entity *entity)
{
	add_cell(out, fs_bytes(entity->id, entity->id_len));
	for (size_t i = 0; i < entity->nfields; i++) {
		const struct fs_field *field = &entity->fields[i];

		fs_out_text(out, ",");
		if (field->value != NULL)
			add_cell(out, fs_bytes(field->value,
			    field->value_len));
	}
	fs_out_text(out, "\r\n");
}

static size_t
skip_digits(struct fs_bytes text, size_t pos)
{
	while (pos < text.len && text.data[pos] >= '0' &&
	    text.data[pos] <= '9')
		pos++;
	return pos;
}

static bool
is_char(struct fs_bytes text, size_t pos, const char *set)
{
	return pos < text.len && text.data[pos] != '\0' &&
	    strchr(set, text.data[pos]) != NULL;
}

/* JSON knows no 007, no +1, no .5 and no 5. */
static bool
is_json_number(struct fs_bytes text)
{
	size_t start = is_char(text, 0, "-"), pos, from;

	pos = skip_digits(text, start);
	if (pos == start || (is_char(text, start, "0") && pos > start + 1))
		return false;
	if (is_char(text, pos, ".")) {
		from = pos + 1;
		pos = skip_digits(text, from);
		if (pos == from)
			return false;
	}
	if (is_char(text, pos, "eE")) {
		from = pos + 1 + is_char(text, pos + 1, "+-");
		pos = skip_digits(text, from);
		if (pos == from)
			return false;
	}
	return pos == text.len;
}

/* Whether JSON can say it as the type has it; else it is a string. */
static bool
is_typed(enum fs_type type, struct fs_bytes value)
{
	if (type == FS_TYPE_STRING || !fs_type_accepts(type, value))
		return false;
	return type == FS_TYPE_BOOL || is_json_number(value);
}

static void
add_typed(struct fs_emit *js, const struct fs_schema *schema,
    const struct fs_field *field)
{
	struct fs_bytes	name = fs_bytes(field->name, field->name_len);
	struct fs_bytes	value = fs_bytes(field->value, field->value_len);
	int		i = fs_schema_find(schema, name);

	fs_emit_key(js, name);
	if (i != -1 && is_typed(schema->features[i].type, value))
		fs_emit_raw(js, NULL, value);
	else
		fs_emit_bytes(js, NULL, value);
}

void
fs_rows_ndjson(struct fs_out *out, const struct fs_schema *schema,
    const struct fs_entity *entity)
{
	struct fs_emit js = { .out = out };

	fs_emit_object(&js, NULL);
	fs_emit_bytes(&js, "entity", fs_bytes(entity->id, entity->id_len));
	fs_emit_object(&js, "features");
	for (size_t i = 0; i < entity->nfields; i++) {
		if (entity->fields[i].value != NULL)
			add_typed(&js, schema, &entity->fields[i]);
	}
	fs_emit_end(&js);
}
