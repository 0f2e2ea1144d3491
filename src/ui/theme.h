/* How a style looks on this terminal. (pure) */
#ifndef FS_UI_THEME_H
#define FS_UI_THEME_H

#include <stdbool.h>

#include "ui/canvas.h"

struct fs_look {
	int	color;		/* of the text; -1: the terminal's own */
	bool	bold, dim;
};

/*
 * colors as the terminal has them: 0 and 1 none, else 8, 16, 256 and more. The
 * background is always the terminal's own.
 */
struct fs_look fs_theme_look(enum fs_style style, int colors);

#endif
