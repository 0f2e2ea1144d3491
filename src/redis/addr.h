/* It is in base/, since options and threads name a target too. */
#include "base/addr.h"
