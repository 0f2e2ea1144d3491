#include "cli/phrase.h"

#include "base/num.h"

#define NUM	32		/* bytes that any number needs */

void
fs_phrase_number(struct fs_out *out, uint64_t n)
{
	char text[NUM];

	fs_out_text(out, fs_num_show_count(text, sizeof(text), (int64_t)n));
}

void
fs_phrase_count(struct fs_out *out, uint64_t n, const char *one,
    const char *many)
{
	fs_phrase_number(out, n);
	fs_out_text(out, " ");
	fs_out_text(out, n == 1 ? one : many);
}

void
fs_phrase_took(struct fs_out *out, int64_t us)
{
	char text[NUM];

	fs_out_text(out, fs_num_show_ms(text, sizeof(text), us));
}

void
fs_phrase_exact(struct fs_out *out, int64_t ms)
{
	char text[NUM];

	fs_out_text(out, fs_num_show_exact(text, sizeof(text), ms));
}
