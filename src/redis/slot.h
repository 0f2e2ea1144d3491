/* Keys to slots to nodes. (pure) Redis Cluster specification, "Hash tags". */
#ifndef FS_REDIS_SLOT_H
#define FS_REDIS_SLOT_H

#include <stdint.h>

#include "base/str.h"

#define FS_SLOTS	16384

/* CRC16-CCITT (XMODEM) of the key, or of its hash tag, modulo FS_SLOTS. */
unsigned fs_slot_of(struct fs_bytes key);

#endif
