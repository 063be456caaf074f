#include "fault_vfs.h"
