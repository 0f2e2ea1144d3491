/* Moves here from redis/: options, threads and links all name a target. */
#include "redis/addr.h"
