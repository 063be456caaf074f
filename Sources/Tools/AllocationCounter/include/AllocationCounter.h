#pragma once

/// How often this thread has asked for heap memory since it started.
unsigned long allocations_of_this_thread(void);
