#include "ui/cursor.h"

static size_t
last_of(size_t count)
{
	return count > 0 ? count - 1 : 0;
}

/* Where a command leads from at; false when it does not move. */
static bool
target(enum fs_cmd_id id, size_t *at, size_t page, size_t last)
{
	switch (id) {
	case FS_CMD_DOWN:
		*at += *at < last;
		break;
	case FS_CMD_UP:
		*at -= *at > 0;
		break;
	case FS_CMD_PAGE_DOWN:
		*at = last - *at > page ? *at + page : last;
		break;
	case FS_CMD_PAGE_UP:
		*at = *at > page ? *at - page : 0;
		break;
	case FS_CMD_TOP:
		*at = 0;
		break;
	case FS_CMD_BOTTOM:
		*at = last;
		break;
	default:
		return false;
	}
	return true;
}

size_t
fs_cursor_top(const struct fs_cursor *cursor, size_t count, int rows)
{
	size_t	n = rows > 0 ? (size_t)rows : 1, top = cursor->top;
	size_t	at = cursor->at < count ? cursor->at : last_of(count);

	if (top > at)
		top = at;
	if (at - top >= n)
		top = at - n + 1;
	if (count <= n)
		return 0;
	return top + n > count ? count - n : top;
}

void
fs_cursor_to(struct fs_cursor *cursor, size_t at, size_t count, int rows)
{
	cursor->at = at < count ? at : last_of(count);
	cursor->top = fs_cursor_top(cursor, count, rows);
}

bool
fs_cursor_command(struct fs_cursor *cursor, enum fs_cmd_id id, size_t count,
    int rows)
{
	size_t	last = last_of(count), page = rows > 1 ? (size_t)rows - 1 : 1;
	size_t	at = cursor->at < last ? cursor->at : last;

	if (!target(id, &at, page, last))
		return false;
	fs_cursor_to(cursor, at, count, rows);
	return true;
}

bool
fs_cursor_scroll(struct fs_cursor *cursor, enum fs_cmd_id id, size_t count,
    int rows)
{
	size_t	n = rows > 0 ? (size_t)rows : 1;
	size_t	last = count > n ? count - n : 0;
	size_t	at = cursor->at < last ? cursor->at : last;

	if (!target(id, &at, n > 1 ? n - 1 : 1, last))
		return false;
	cursor->at = cursor->top = at;
	return true;
}
