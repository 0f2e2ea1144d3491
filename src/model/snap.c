#include "model/snap.h"

#include <stdlib.h>

void
fs_store_view_clear(struct fs_store_view *view)
{
	fs_server_free(view->server);
	if (view->ids != NULL)
		fs_list_free(view->ids);
	free(view->ids);
	fs_entity_free(view->inspected);
	*view = (struct fs_store_view){ 0 };
}

void
fs_store_view_free(struct fs_store_view *view)
{
	if (view == NULL)
		return;
	fs_store_view_clear(view);
	free(view);
}

void
fs_stream_view_free(struct fs_stream_view *view)
{
	free(view);
}

void
fs_snap_clear(struct fs_snap *snap)
{
	fs_store_view_clear(&snap->store);
	fs_list_free(&snap->ids);
	fs_answer_free(snap->read);
	fs_answer_free(snap->batch_read);
	fs_answer_free(snap->job);
	fs_answer_free(snap->audit);
	fs_drill_report_free(snap->pause);
	*snap = (struct fs_snap){ 0 };
}
