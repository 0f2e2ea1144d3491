#include "model/server.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct fs_server *
fs_server_copy(const struct fs_server *server)
{
	struct fs_server *copy;

	if (server == NULL)
		return NULL;
	copy = fs_xmalloc(sizeof(*copy));
	*copy = *server;
	copy->nodes = NULL;
	if (server->nnodes == 0)
		return copy;
	copy->nodes = fs_xcalloc(server->nnodes, sizeof(*copy->nodes));
	memcpy(copy->nodes, server->nodes,
	    server->nnodes * sizeof(*copy->nodes));
	return copy;
}

bool
fs_node_is_silent(const struct fs_node *node, int64_t mono_us)
{
	return node->up && node->silent_mono_us != 0 &&
	    mono_us - node->silent_mono_us >= FS_SILENT_US;
}

void
fs_server_trouble(const struct fs_server *server, int64_t mono_us,
    size_t *down, size_t *silent)
{
	*down = *silent = 0;
	for (size_t i = 0; i < server->nnodes; i++) {
		*down += !server->nodes[i].up;
		*silent += fs_node_is_silent(&server->nodes[i], mono_us);
	}
}

void
fs_server_free(struct fs_server *server)
{
	if (server == NULL)
		return;
	free(server->nodes);
	free(server);
}
