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

void
fs_server_free(struct fs_server *server)
{
	if (server == NULL)
		return;
	free(server->nodes);
	free(server);
}
