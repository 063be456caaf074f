#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-device.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

/// Names the calling thread, for top(1) and debuggers. prctl(2) is variadic and not imported.
static inline void set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
