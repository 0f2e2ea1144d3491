#include "ui/canvas.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"

/* What is on the canvas, which is freed. */
static void
check(struct fs_canvas *cv, const char *expected)
{
	struct fs_str text = { 0 };

	fs_canvas_dump(cv, &text);
	assert_string_equal(fs_str_bytes(&text).data, expected);
	fs_str_free(&text);
	fs_canvas_free(cv);
}

static void
test_text(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(3, 10, true);

	(void)state;
	assert_int_equal(fs_canvas_text(cv, 0, 0, FS_STYLE_BAD, "n %d", 5), 3);
	assert_int_equal(fs_canvas_text(cv, 0, 8, FS_STYLE_BAD, "long"), 2);
	fs_canvas_right(cv, 1, 2, 6, FS_STYLE_DIM, "%s", "abc");
	fs_canvas_right(cv, 2, 2, 4, FS_STYLE_DIM, "%s", "abcdef");
	assert_int_equal(fs_canvas_cell(cv, 0, 0)->style, FS_STYLE_BAD);
	assert_int_equal(fs_canvas_cell(cv, 1, 5)->style, FS_STYLE_DIM);
	check(cv, "n 5     l…\n     abc\n  abc…\n");
}

static void
test_text_outside(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(1, 4, true);

	(void)state;
	fs_canvas_text(cv, -1, 0, FS_STYLE_PLAIN, "above");
	fs_canvas_text(cv, 1, 0, FS_STYLE_PLAIN, "below");
	assert_int_equal(fs_canvas_text(cv, 0, 4, FS_STYLE_PLAIN, "x"), 0);
	assert_int_equal(fs_canvas_text(cv, 0, 9, FS_STYLE_PLAIN, "x"), 0);
	fs_canvas_text(cv, 0, -2, FS_STYLE_PLAIN, "abc");
	fs_canvas_right(cv, 0, 2, -3, FS_STYLE_PLAIN, "%s", "");
	check(cv, "c\n");
}

static void
test_none(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(0, 0, true);

	(void)state;
	fs_canvas_text(cv, 0, 0, FS_STYLE_PLAIN, "nowhere");
	fs_canvas_box(cv, (struct fs_rect){ 0, 0, 5, 5 }, true, "t",
	    &(struct fs_fact){ .words = "f" });
	fs_canvas_bar(cv, 0, 0, 10, FS_STYLE_BAR, 0.5);
	check(cv, "");
	fs_canvas_free(NULL);
}

static void
test_foreign_bytes(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(2, 40, true);

	(void)state;
	fs_canvas_bytes(cv, 0, 0, 0, FS_STYLE_PLAIN,
	    fs_bytes("\033[31m\0\r\xff\xe2\x80\xae", 11));
	fs_canvas_text(cv, 1, 0, FS_STYLE_PLAIN, "%s", "\033]52;c;eA==\a");
	for (int col = 0; col < 40; col++) {
		const char *text = fs_canvas_cell(cv, 0, col)->text;

		assert_true(text[0] >= ' ' && text[0] < 0x7f);
	}
	check(cv, "\\e[31m\\x00\\r\\xFF\\u{202E}\n\\e]52;c;eA==\\x07\n");
}

static void
test_marks_and_wide(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(4, 6, true);

	(void)state;
	/* e with two marks; the third is escaped. */
	fs_canvas_text(cv, 0, 0, FS_STYLE_PLAIN, "e\u0301\u0302x");
	assert_string_equal(fs_canvas_cell(cv, 0, 0)->text, "e\u0301\u0302");
	fs_canvas_text(cv, 1, 0, FS_STYLE_PLAIN, "日本語x");
	assert_string_equal(fs_canvas_cell(cv, 1, 1)->text, "");
	/* Half of a wide character goes, so all of it goes. */
	fs_canvas_text(cv, 2, 0, FS_STYLE_PLAIN, "日本");
	fs_canvas_text(cv, 2, 1, FS_STYLE_PLAIN, "x");
	fs_canvas_text(cv, 3, 0, FS_STYLE_PLAIN, "日本");
	fs_canvas_text(cv, 3, 2, FS_STYLE_PLAIN, "x");
	check(cv, "e\u0301\u0302x\n日本…\n x本\n日x\n");
}

/* A wide character that would stand half outside is not drawn. */
static void
test_wide_at_edge(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(2, 6, true);

	(void)state;
	fs_canvas_clip(cv, (struct fs_rect){ 0, 0, 1, 3 });
	fs_canvas_escaped(cv, 0, 2, 4, FS_STYLE_PLAIN, "日");
	fs_canvas_bytes(cv, 0, 0, 3, FS_STYLE_PLAIN, fs_bytes_of("a日"));
	fs_canvas_unclip(cv);
	fs_canvas_text(cv, 1, -1, FS_STYLE_PLAIN, "日b");
	check(cv, "a日\n b\n");
}

static void
test_ascii(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(4, 12, false);
	const double samples[] = { 0, 4, 8, NAN };

	(void)state;
	fs_canvas_box(cv, (struct fs_rect){ 0, 0, 4, 12 }, false, "T",
	    &(struct fs_fact){ .words = "é",
	    .style = FS_STYLE_PLAIN });
	fs_canvas_bar(cv, 1, 1, 4, FS_STYLE_BAR, 0.5);
	fs_canvas_graph(cv, 1, 6, 4, FS_STYLE_BAR, samples, 4, 8);
	fs_canvas_text(cv, 2, 1, FS_STYLE_PLAIN, "%s%sabcdefghij",
	    fs_canvas_glyph(cv, FS_GLYPH_CURSOR),
	    fs_canvas_glyph(cv, FS_GLYPH_RUNNING));
	check(cv, "+- T \\u{E9}+\n|##.. .:|  |\n|>*abcdefgh~\n"
	    "+----------+\n");
}

static void
test_escaped(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(2, 8, true);

	(void)state;
	/* As base/log has it: not escaped again, but never believed either. */
	fs_canvas_escaped(cv, 0, 0, 0, FS_STYLE_PLAIN, "\\e[1m \033x");
	assert_int_equal(fs_canvas_escaped(cv, 1, 0, 5, FS_STYLE_PLAIN,
	    "\\x1Babc"), 5);
	check(cv, "\\e[1m ?x\n\\x1B…\n");
}

/*
 * Borders
 */

static void
test_box(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(3, 20, true);

	(void)state;
	fs_canvas_box(cv, (struct fs_rect){ 0, 0, 3, 20 }, true, "Store",
	    &(struct fs_fact){ .words = "200",
	    .style = FS_STYLE_GOOD });
	assert_int_equal(fs_canvas_cell(cv, 0, 0)->style, FS_STYLE_FOCUS);
	assert_int_equal(fs_canvas_cell(cv, 0, 3)->style, FS_STYLE_HERE);
	assert_int_equal(fs_canvas_cell(cv, 0, 14)->style, FS_STYLE_GOOD);
	check(cv, "┌─ Store ──── 200 ─┐\n│                  │\n"
	    "└──────────────────┘\n");
}

/* The border's first line when there is less and less room for the fact. */
static void
test_box_fact(void **state)
{
	static const char *const lines[] = {
		"┌─ Store ─ 12345 ─┐\n", "┌─ Store ── 12345┐\n",
		"┌─ Store ─ 12345┐\n", "┌─ Store  12345┐\n",
		"┌─ Store 12345┐\n", "┌─ Store 123…┐\n",
		"┌─ Store ───┐\n",
	};

	(void)state;
	for (int i = 0; i < 7; i++) {
		struct fs_canvas *cv = fs_canvas_new(1, 19 - i, true);

		fs_canvas_box(cv, (struct fs_rect){ 0, 0, 2, 19 - i }, false,
		    "Store", &(struct fs_fact){ .words = "12345",
	    .style = FS_STYLE_PLAIN });
		check(cv, lines[i]);
	}
}

/* An id is any bytes, and gives way to the words that stand behind it. */
static void
test_box_subject(void **state)
{
	static const char *const lines[] = {
		"┌─ R ───── a\\x00é日本  ok ─┐\n",
		"┌─ R ─ a\\x00é日本  ok ─┐\n", "┌─ R a\\x00é日本  ok┐\n",
		"┌─ R ──── a…  ok ─┐\n", "┌─ R ── ok ─┐\n",
	};
	static const int cols[] = { 28, 24, 20, 19, 13 };
	const struct fs_fact fact = { .subject = fs_bytes("a\0é日本", 10),
		.words = "ok", .style = FS_STYLE_GOOD };

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct fs_canvas *cv = fs_canvas_new(1, cols[i], true);

		fs_canvas_box(cv, (struct fs_rect){ 0, 0, 2, cols[i] }, false,
		    "R", &fact);
		check(cv, lines[i]);
	}
}

/* Neighbours share a line; the edges of the canvas have none. */
static void
test_boxes_join(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(5, 11, true);

	(void)state;
	fs_canvas_box(cv, (struct fs_rect){ 0, -1, 6, 6 }, false, "",
	    NULL);
	fs_canvas_box(cv, (struct fs_rect){ 0, 4, 3, 8 }, false, "",
	    NULL);
	fs_canvas_box(cv, (struct fs_rect){ 2, 4, 4, 8 }, false, "B",
	    NULL);
	check(cv, "────┬─  ───\n    │\n    ├─ B ──\n    │\n    │\n");
}

/* A name stays, whoever draws his border over it later. */
static void
test_title_stays(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(3, 12, true);

	(void)state;
	fs_canvas_box(cv, (struct fs_rect){ 1, 0, 3, 12 }, false, "Low",
	    NULL);
	fs_canvas_box(cv, (struct fs_rect){ -1, 0, 3, 12 }, true, "High",
	    NULL);
	check(cv, "│          │\n├─ Low ────┤\n│          │\n");
}

/*
 * Bars and graphs
 */

static void
bar(const char *expected, double share)
{
	struct fs_canvas *cv = fs_canvas_new(1, 4, true);

	fs_canvas_bar(cv, 0, 0, 4, FS_STYLE_BAR, share);
	check(cv, expected);
}

static void
test_bar(void **state)
{
	(void)state;
	bar("━━━━\n", 1);
	bar("━━━━\n", 7);
	bar("━━──\n", 0.5);
	bar("━━╸─\n", 0.51);
	bar("╸───\n", 0.0001);	/* something is not nothing */
	bar("────\n", 0);
	bar("────\n", -3);
	bar("────\n", NAN);
	bar("━━━━\n", INFINITY);
}

static void
test_graph(void **state)
{
	const double samples[] = { 99, 0, NAN, 1, 4, 8, 80 };
	struct fs_canvas *cv = fs_canvas_new(2, 8, true);

	(void)state;
	fs_canvas_graph(cv, 0, 0, 6, FS_STYLE_BAR, samples, 7, 8);
	fs_canvas_graph(cv, 1, 0, 8, FS_STYLE_BAR, samples + 5, 2, 0);
	check(cv, "▁ ▁▄██\n      ▁▁\n");
}

static void
test_reverse(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(1, 4, true);

	(void)state;
	fs_canvas_text(cv, 0, 0, FS_STYLE_BAD, "ab");
	fs_canvas_reverse(cv, 0, 1, 9);
	assert_false(fs_canvas_cell(cv, 0, 0)->reverse);
	assert_int_equal(fs_canvas_cell(cv, 0, 0)->style, FS_STYLE_BAD);
	assert_true(fs_canvas_cell(cv, 0, 1)->reverse);
	assert_int_equal(fs_canvas_cell(cv, 0, 1)->style, FS_STYLE_PLAIN);
	assert_true(fs_canvas_cell(cv, 0, 3)->reverse);
	fs_canvas_erase(cv, (struct fs_rect){ 0, 1, 1, 2 });
	assert_false(fs_canvas_cell(cv, 0, 1)->reverse);
	check(cv, "a\n");
}

static void
test_clear(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(2, 4, true);

	(void)state;
	fs_canvas_clip(cv, (struct fs_rect){ 1, 1, 1, 2 });
	fs_canvas_text(cv, 0, 0, FS_STYLE_PLAIN, "abc");
	assert_int_equal(fs_canvas_area(cv).cols, 2);
	fs_canvas_clear(cv);
	assert_int_equal(fs_canvas_area(cv).cols, 4);
	check(cv, "\n\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_outside),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_foreign_bytes),
		cmocka_unit_test(test_marks_and_wide),
		cmocka_unit_test(test_wide_at_edge),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_escaped),
		cmocka_unit_test(test_box),
		cmocka_unit_test(test_box_fact),
		cmocka_unit_test(test_box_subject),
		cmocka_unit_test(test_boxes_join),
		cmocka_unit_test(test_title_stays),
		cmocka_unit_test(test_bar),
		cmocka_unit_test(test_graph),
		cmocka_unit_test(test_reverse),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
