#include "cli/emit.h"

#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/num.h"

/* What stands before a key or value: a comma, unless it follows its key. */
static void
begin(struct fs_emit *js, const char *key)
{
	if (key != NULL)
		fs_emit_key(js, fs_bytes_of(key));
	else if (!js->keyed && js->comma)
		fs_out_text(js->out, ",");
	js->keyed = false;
	js->comma = true;
}

static void
open(struct fs_emit *js, const char *key, char opener, char closer)
{
	begin(js, key);
	fs_out_raw(js->out, &opener, 1);
	js->closer[js->depth++] = closer;
	js->comma = false;
}

void
fs_emit_object(struct fs_emit *js, const char *key)
{
	open(js, key, '{', '}');
}

void
fs_emit_array(struct fs_emit *js, const char *key)
{
	open(js, key, '[', ']');
}

void
fs_emit_close(struct fs_emit *js)
{
	fs_out_raw(js->out, &js->closer[--js->depth], 1);
	js->comma = true;
}

void
fs_emit_end(struct fs_emit *js)
{
	while (js->depth > 0)
		fs_emit_close(js);
	fs_out_text(js->out, "\n");
	js->comma = false;
}

/* Valid UTF-8 as a string. */
static void
add_string(struct fs_emit *js, struct fs_bytes text)
{
	fs_str_add_char(&js->out->text, '"');
	fs_escape_json(&js->out->text, text);
	fs_out_raw(js->out, "\"", 1);
}

void
fs_emit_key(struct fs_emit *js, struct fs_bytes key)
{
	struct fs_str visible = { 0 };

	begin(js, NULL);
	if (fs_utf8_valid(key)) {
		add_string(js, key);
	} else {
		fs_escape(&visible, key, true);
		add_string(js, fs_str_bytes(&visible));
		fs_str_free(&visible);
	}
	fs_out_text(js->out, ":");
	js->keyed = true;
}

void
fs_emit_text(struct fs_emit *js, const char *key, const char *text)
{
	fs_emit_bytes(js, key, fs_bytes_of(text));
}

static void
add_base64(struct fs_str *str, struct fs_bytes bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t	 left = bytes.len - i;
		uint32_t three = 0;

		for (size_t j = 0; j < 3; j++)
			three = three << 8 | (j < left ?
			    (unsigned char)bytes.data[i + j] : 0U);
		fs_str_add_char(str, digits[three >> 18]);
		fs_str_add_char(str, digits[three >> 12 & 63]);
		fs_str_add_char(str, left > 1 ? digits[three >> 6 & 63] : '=');
		fs_str_add_char(str, left > 2 ? digits[three & 63] : '=');
	}
}

void
fs_emit_bytes(struct fs_emit *js, const char *key, struct fs_bytes bytes)
{
	if (fs_utf8_valid(bytes)) {
		begin(js, key);
		add_string(js, bytes);
		return;
	}
	fs_emit_object(js, key);
	fs_emit_key(js, fs_bytes_of("base64"));
	js->keyed = false;
	fs_out_text(js->out, "\"");
	add_base64(&js->out->text, bytes);
	fs_out_text(js->out, "\"");
	fs_emit_close(js);
}

void
fs_emit_u64(struct fs_emit *js, const char *key, uint64_t n)
{
	begin(js, key);
	fs_out_printf(js->out, "%llu", (unsigned long long)n);
}

void
fs_emit_i64(struct fs_emit *js, const char *key, int64_t n)
{
	begin(js, key);
	fs_out_printf(js->out, "%lld", (long long)n);
}

void
fs_emit_f64(struct fs_emit *js, const char *key, double d, int decimals)
{
	double	scale = pow(10, decimals);
	char	text[40];

	if (!isfinite(d)) {
		fs_emit_null(js, key);
		return;
	}
	if (fabs(d) < 1e15 / scale)
		d = round(d * scale) / scale;
	if (d == 0)
		d = 0;		/* no -0.0 */
	begin(js, key);
	fs_out_text(js->out, fs_num_show_f64(text, sizeof(text), d));
}

void
fs_emit_bool(struct fs_emit *js, const char *key, bool yes)
{
	begin(js, key);
	fs_out_text(js->out, yes ? "true" : "false");
}

void
fs_emit_null(struct fs_emit *js, const char *key)
{
	begin(js, key);
	fs_out_text(js->out, "null");
}

void
fs_emit_raw(struct fs_emit *js, const char *key, struct fs_bytes json)
{
	begin(js, key);
	fs_out_raw(js->out, json.data, json.len);
}

void
fs_emit_ms(struct fs_emit *js, const char *key, int64_t us)
{
	fs_emit_f64(js, key, (double)us / 1000, 3);
}

/* A whole number where it is one, as HTTL says it. */
void
fs_emit_seconds(struct fs_emit *js, const char *key, int64_t ms)
{
	if (ms % 1000 == 0)
		fs_emit_i64(js, key, ms / 1000);
	else
		fs_emit_f64(js, key, (double)ms / 1000, 3);
}
