#include "fault_vfs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// A change that was not synced: what the file held there, and what it holds since.
struct change {
    sqlite3_int64 offset;
    int before_count, after_count;
    unsigned char *before, *after;
    /// The size of the file before; a truncate has the size after it in `offset` and no `after`.
    sqlite3_int64 size;
    int is_truncate;
    struct change *previous, *next;
};

/// What is known of a path. A deleted file comes back with a power cut unless its directory was synced.
struct node {
    char *path;
    struct change *first, *last;
    unsigned char *deleted;
    sqlite3_int64 deleted_size;
    struct node *next;
};

struct fault_file {
    sqlite3_file base;
    struct node *node;
    sqlite3_file *real;
};

static sqlite3_vfs *under;
static sqlite3_vfs shim;
static struct node *nodes;
enum { FAULT_OUTAGE_CALLS = 12 };
static int countdown, operations, struck, is_dead;
static enum fault_kind armed;

static void forget_changes(struct node *node) {
    while (node->first) {
        struct change *change = node->first;
        node->first = change->next;
        free(change->before);
        free(change->after);
        free(change);
    }
    node->last = NULL;
}

static void forget_deleted(struct node *node) {
    free(node->deleted);
    node->deleted = NULL;
}

static struct node *node_of(const char *path) {
    for (struct node *node = nodes; node; node = node->next)
        if (!strcmp(node->path, path)) return node;
    struct node *node = calloc(1, sizeof *node);
    node->path = strdup(path);
    node->next = nodes;
    return nodes = node;
}

/// Counts an operation. Answers whether it is the one that fails.
static int strikes(void) {
    operations++;
    if (countdown == 0 || --countdown > 0) return 0;
    struck = 1;
    if (armed == FAULT_POWER_CUT) is_dead = 1;
    if (armed == FAULT_OUTAGE) is_dead = FAULT_OUTAGE_CALLS;
    return 1;
}

/// Whether the disk answers nothing. An outage ends after some calls.
static int dead(void) {
    if (!is_dead) return 0;
    if (armed == FAULT_OUTAGE) is_dead--;
    return 1;
}

static void record(
    struct fault_file *file, const void *bytes, int count, sqlite3_int64 offset, int truncates
) {
    struct change *change = calloc(1, sizeof *change);
    file->real->pMethods->xFileSize(file->real, &change->size);
    change->offset = offset;
    change->is_truncate = truncates;
    sqlite3_int64 held = change->size - offset;
    if (!truncates && held > count) held = count;
    if (held > 0) {
        change->before_count = (int)held;
        change->before = malloc((size_t)held);
        file->real->pMethods->xRead(file->real, change->before, (int)held, offset);
    }
    if (count > 0) {
        change->after_count = count;
        change->after = malloc((size_t)count);
        memcpy(change->after, bytes, (size_t)count);
    }
    change->previous = file->node->last;
    if (change->previous) change->previous->next = change;
    else file->node->first = change;
    file->node->last = change;
}

#define REAL(file) (((struct fault_file *)(file))->real)
#define CALL(file, method, ...) REAL(file)->pMethods->method(REAL(file), ##__VA_ARGS__)

static int fault_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    if (dead()) return SQLITE_IOERR_WRITE;
    int fails = strikes();
    if (fails && armed != FAULT_POWER_CUT) count /= 2;
    record((struct fault_file *)file, bytes, count, offset, 0);
    int code = count > 0 ? CALL(file, xWrite, bytes, count, offset) : SQLITE_OK;
    if (!fails) return code;
    return armed == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size) {
    if (dead()) return SQLITE_IOERR_TRUNCATE;
    int fails = strikes();
    if (fails && armed != FAULT_POWER_CUT) return SQLITE_IOERR_TRUNCATE;
    record((struct fault_file *)file, NULL, 0, size, 1);
    int code = CALL(file, xTruncate, size);
    return fails ? SQLITE_IOERR_TRUNCATE : code;
}

static int fault_sync(sqlite3_file *file, int flags) {
    if (dead() || strikes()) return SQLITE_IOERR_FSYNC;
    int code = CALL(file, xSync, flags);
    if (code == SQLITE_OK) forget_changes(((struct fault_file *)file)->node);
    return code;
}

static int fault_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    return dead() ? SQLITE_IOERR_READ : CALL(file, xRead, bytes, count, offset);
}
static int fault_size(sqlite3_file *file, sqlite3_int64 *size) {
    return dead() ? SQLITE_IOERR_FSTAT : CALL(file, xFileSize, size);
}
static int fault_close(sqlite3_file *file) { return CALL(file, xClose); }
static int fault_lock(sqlite3_file *file, int level) { return CALL(file, xLock, level); }
static int fault_unlock(sqlite3_file *file, int level) { return CALL(file, xUnlock, level); }
static int fault_reserved(sqlite3_file *file, int *held) { return CALL(file, xCheckReservedLock, held); }
static int fault_control(sqlite3_file *file, int op, void *value) {
    return CALL(file, xFileControl, op, value);
}
static int fault_sector(sqlite3_file *file) { return CALL(file, xSectorSize); }
static int fault_device(sqlite3_file *file) { return CALL(file, xDeviceCharacteristics); }
static int fault_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
    return CALL(file, xShmMap, page, size, extend, memory);
}
static int fault_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return CALL(file, xShmLock, offset, count, flags);
}
static void fault_shm_barrier(sqlite3_file *file) { CALL(file, xShmBarrier); }
static int fault_shm_unmap(sqlite3_file *file, int deletes) { return CALL(file, xShmUnmap, deletes); }

/// Version 2: without memory-mapped reads, which would pass by.
static const sqlite3_io_methods methods = {
    2, fault_close, fault_read, fault_write, fault_truncate, fault_sync, fault_size, fault_lock,
    fault_unlock, fault_reserved, fault_control, fault_sector, fault_device, fault_shm_map,
    fault_shm_lock, fault_shm_barrier, fault_shm_unmap, NULL, NULL
};

static int fault_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *used) {
    struct fault_file *opened = (struct fault_file *)file;
    (void)vfs;
    opened->base.pMethods = NULL;
    if (dead() || path == NULL) return SQLITE_CANTOPEN;
    opened->real = (sqlite3_file *)(opened + 1);
    opened->node = node_of(path);
    int code = under->xOpen(under, path, opened->real, flags, used);
    if (code != SQLITE_OK) return code;
    opened->base.pMethods = &methods;
    forget_deleted(opened->node);
    return SQLITE_OK;
}

static int fault_delete(sqlite3_vfs *vfs, const char *path, int syncs) {
    (void)vfs;
    if (dead()) return SQLITE_IOERR_DELETE;
    if (access(path, F_OK) != 0) return under->xDelete(under, path, syncs);
    if (strikes()) return SQLITE_IOERR_DELETE;
    struct node *node = node_of(path);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    forget_deleted(node);
    if (!syncs && descriptor >= 0 && fstat(descriptor, &status) == 0) {
        node->deleted = malloc((size_t)status.st_size + 1);
        node->deleted_size = read(descriptor, node->deleted, (size_t)status.st_size);
    }
    if (descriptor >= 0) close(descriptor);
    forget_changes(node);
    return under->xDelete(under, path, syncs);
}

static int fault_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    return under->xAccess(under, path, flags, result);
}
static int fault_full_path(sqlite3_vfs *vfs, const char *path, int count, char *out) {
    (void)vfs;
    return under->xFullPathname(under, path, count, out);
}
static int fault_randomness(sqlite3_vfs *vfs, int count, char *out) {
    (void)vfs;
    return under->xRandomness(under, count, out);
}
static int fault_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return under->xSleep(under, microseconds);
}
static int fault_time(sqlite3_vfs *vfs, double *time) {
    (void)vfs;
    return under->xCurrentTime(under, time);
}
static int fault_last_error(sqlite3_vfs *vfs, int count, char *out) {
    (void)vfs;
    return under->xGetLastError ? under->xGetLastError(under, count, out) : 0;
}

int fault_vfs_register(void) {
    if (under) return SQLITE_OK;
    under = sqlite3_vfs_find(NULL);
    if (!under) return SQLITE_ERROR;
    shim = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct fault_file) + under->szOsFile,
        .mxPathname = under->mxPathname,
        .zName = "fault",
        .xOpen = fault_open,
        .xDelete = fault_delete,
        .xAccess = fault_access,
        .xFullPathname = fault_full_path,
        .xRandomness = fault_randomness,
        .xSleep = fault_sleep,
        .xCurrentTime = fault_time,
        .xGetLastError = fault_last_error,
    };
    return sqlite3_vfs_register(&shim, 0);
}

void fault_vfs_arm(int n, enum fault_kind kind) {
    while (nodes) {
        struct node *node = nodes;
        nodes = node->next;
        forget_changes(node);
        forget_deleted(node);
        free(node->path);
        free(node);
    }
    countdown = n;
    armed = kind;
    operations = struck = is_dead = 0;
}

int fault_vfs_struck(void) { return struck; }
int fault_vfs_operations(void) { return operations; }

/// Numerical Recipes' linear congruential generator; the high bits are good enough to draw from.
static unsigned draw(unsigned *state, unsigned below) {
    *state = *state * 1664525u + 1013904223u;
    return (unsigned)(((unsigned long long)(*state >> 8) * below) >> 24);
}

static void write_at(int descriptor, const unsigned char *bytes, int count, sqlite3_int64 offset) {
    if (count > 0 && pwrite(descriptor, bytes, (size_t)count, offset) != count) abort();
}

static void apply(int descriptor, struct change *change, int count) {
    if (change->is_truncate) {
        if (ftruncate(descriptor, change->offset) != 0) abort();
    } else {
        write_at(descriptor, change->after, count, change->offset);
    }
}

static void restart_file(struct node *node, unsigned *state) {
    int descriptor = open(node->path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return;
    int count = 0, index = 0;
    for (struct change *change = node->last; change; change = change->previous) {
        write_at(descriptor, change->before, change->before_count, change->offset);
        if (ftruncate(descriptor, change->size) != 0) abort();
        count++;
    }
    unsigned policy = draw(state, 4);
    int kept = (int)draw(state, (unsigned)count + 1);
    for (struct change *change = node->first; change; change = change->next, index++) {
        if (policy == 0) break;
        if (policy == 2 && index > kept) break;
        if (policy == 2 && index == kept) apply(descriptor, change, change->after_count / 2);
        else if (policy != 3 || draw(state, 2)) apply(descriptor, change, change->after_count);
    }
    close(descriptor);
}

void fault_vfs_restart(unsigned seed) {
    unsigned state = seed * 2654435761u + 1;
    for (struct node *node = nodes; node; node = node->next) {
        if (node->deleted && draw(&state, 2) && access(node->path, F_OK) != 0) {
            int descriptor = open(node->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            write_at(descriptor, node->deleted, (int)node->deleted_size, 0);
            close(descriptor);
        } else {
            restart_file(node, &state);
        }
    }
    fault_vfs_arm(0, FAULT_IOERR);
}
