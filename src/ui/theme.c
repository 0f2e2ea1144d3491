#include "ui/theme.h"

#define OWN	(-1)

/*
 * Of 256 colours those above 16 are the same everywhere; these have a contrast
 * of about three or more to black and to white.
 */
static const struct fs_look many[FS_STYLE_COUNT] = {
	[FS_STYLE_PLAIN] =	{ OWN, false, false },
	[FS_STYLE_DIM] =	{ 244, false, false },
	[FS_STYLE_TITLE] =	{ OWN, true, false },
	[FS_STYLE_FOCUS] =	{ 32, false, false },
	[FS_STYLE_HERE] =	{ 32, true, false },
	[FS_STYLE_STRONG] =	{ OWN, true, false },
	[FS_STYLE_GOOD] =	{ 34, false, false },
	[FS_STYLE_WARN] =	{ 172, false, false },
	[FS_STYLE_BAD] =	{ 196, false, false },
	[FS_STYLE_KEY] =	{ OWN, true, false },
	[FS_STYLE_BAR] =	{ 67, false, false },
	[FS_STYLE_INPUT] =	{ OWN, false, false },
};

/* Eight colours, which every theme paints its own way. */
static const struct fs_look few[FS_STYLE_COUNT] = {
	[FS_STYLE_PLAIN] =	{ OWN, false, false },
	[FS_STYLE_DIM] =	{ OWN, false, true },
	[FS_STYLE_TITLE] =	{ OWN, true, false },
	[FS_STYLE_FOCUS] =	{ 6, false, false },
	[FS_STYLE_HERE] =	{ 6, true, false },
	[FS_STYLE_STRONG] =	{ OWN, true, false },
	[FS_STYLE_GOOD] =	{ 2, false, false },
	[FS_STYLE_WARN] =	{ 3, false, false },
	[FS_STYLE_BAD] =	{ 1, true, false },
	[FS_STYLE_KEY] =	{ OWN, true, false },
	[FS_STYLE_BAR] =	{ 6, false, false },
	[FS_STYLE_INPUT] =	{ OWN, false, false },
};

static const struct fs_look none[FS_STYLE_COUNT] = {
	[FS_STYLE_PLAIN] =	{ OWN, false, false },
	[FS_STYLE_DIM] =	{ OWN, false, true },
	[FS_STYLE_TITLE] =	{ OWN, true, false },
	[FS_STYLE_FOCUS] =	{ OWN, true, false },
	[FS_STYLE_HERE] =	{ OWN, true, false },
	[FS_STYLE_STRONG] =	{ OWN, true, false },
	[FS_STYLE_GOOD] =	{ OWN, false, false },
	[FS_STYLE_WARN] =	{ OWN, true, false },
	[FS_STYLE_BAD] =	{ OWN, true, false },
	[FS_STYLE_KEY] =	{ OWN, true, false },
	[FS_STYLE_BAR] =	{ OWN, false, false },
	[FS_STYLE_INPUT] =	{ OWN, false, false },
};

struct fs_look
fs_theme_look(enum fs_style style, int colors)
{
	if (colors >= 256)
		return many[style];
	return colors >= 8 ? few[style] : none[style];
}
