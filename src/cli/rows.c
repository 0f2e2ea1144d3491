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

void
fs_rows_ndjson(struct fs_out *out, const struct fs_entity *entity)
{
	struct fs_emit js = { .out = out };

	fs_emit_object(&js, NULL);
	fs_emit_bytes(&js, "entity", fs_bytes(entity->id, entity->id_len));
	fs_emit_object(&js, "features");
	for (size_t i = 0; i < entity->nfields; i++) {
		const struct fs_field *field = &entity->fields[i];

		if (field->value == NULL)
			continue;
		fs_emit_key(&js, fs_bytes(field->name, field->name_len));
		fs_emit_bytes(&js, NULL, fs_bytes(field->value,
		    field->value_len));
	}
	fs_emit_end(&js);
}
