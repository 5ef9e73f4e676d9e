#include "testkit/files_faulty.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"

#define SECTOR      512u
#define NODES_MAX   1024u
#define OPEN_MAX    256u
#define NAMES_MAX   128u
#define PENDING_MAX 1024u
#define PATH_MAX_   192u

/* What a file holds. Sectors: visible, stable, and whether a sync would write it. */
struct node {
    uint8_t *visible, *stable;
    uint8_t *is_dirty, *is_taken; /* a byte a sector */
    uint64_t capacity;            /* of the buffers; a multiple of SECTOR */
    uint64_t visible_bytes, stable_bytes;
};

struct name {
    char path[PATH_MAX_];
    uint32_t node; /* 0: a directory */
};

struct names {
    struct name at[NAMES_MAX];
    uint32_t count;
};

struct pending {
    enum { NAME_CREATED, NAME_RENAMED, NAME_REMOVED } what;
    char path[PATH_MAX_], to[PATH_MAX_];
    uint32_t node;
};

struct files_faulty {
    struct files files; /* first: the seam is this object */
    pthread_mutex_t lock;
    struct node *nodes[NODES_MAX];
    uint32_t nodes_count; /* index 0 is none */
    struct names visible, stable;
    struct pending pending[PENDING_MAX];
    uint32_t pending_count;
    uint32_t open[OPEN_MAX]; /* node of each open file */
    uint64_t random, limit, taken;
    uint64_t calls[FAULTY_CALLS];
    enum files_faulty_call fault_call;
    enum files_faulty_how fault_how;
    uint64_t fault_left; /* calls until the fault; 0: none planned */
    bool fault_is_sticky, fault_happened;
};

static struct files_faulty *faulty_of(struct files *files)
{
    return (struct files_faulty *)files;
}

static void *must(void *memory)
{
    ASSERT(memory != NULL);
    return memory;
}

static enum err refuse(int number)
{
    errno = number;
    return number == ENOSPC   ? ERR_FULL
           : number == EMFILE ? ERR_UNAVAILABLE
           : number == ENOENT ? ERR_ABSENT
           : number == EEXIST ? ERR_EXISTS
                              : ERR_IO;
}

/* Counts a call: true when it is the one to fail. */
static bool is_fault(struct files_faulty *faulty, enum files_faulty_call call)
{
    faulty->calls[call]++;
    if (faulty->fault_left == 0 || faulty->fault_call != call)
        return false;
    if (--faulty->fault_left > 0)
        return false;
    faulty->fault_left = faulty->fault_is_sticky ? 1 : 0;
    faulty->fault_happened = true;
    return true;
}

static enum err fault(const struct files_faulty *faulty)
{
    return refuse(faulty->fault_how == FAULTY_ENOSPC   ? ENOSPC
                  : faulty->fault_how == FAULTY_EMFILE ? EMFILE
                                                       : EIO);
}

/* ---- names ---- */

static struct name *find(struct names *names, const char *path)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (slice_is(slice_from_text(path), names->at[i].path))
            return &names->at[i];
    return NULL;
}

static void set_path(char ret_path[PATH_MAX_], const char *path)
{
    int length = snprintf(ret_path, PATH_MAX_, "%s", path);
    ASSERT(length > 0 && (unsigned)length < PATH_MAX_);
}

static void apply(struct names *names, const struct pending *change)
{
    struct name *name = find(names, change->path);
    struct name *old = change->what == NAME_RENAMED ? find(names, change->to) : NULL;
    switch (change->what) {
    case NAME_CREATED:
        ASSERT(names->count < NAMES_MAX && name == NULL);
        set_path(names->at[names->count].path, change->path);
        names->at[names->count++].node = change->node;
        return;
    case NAME_RENAMED:
        ASSERT(name != NULL);
        if (old != NULL) {
            old->node = name->node;
            *name = names->at[--names->count];
        } else {
            set_path(name->path, change->to);
        }
        return;
    case NAME_REMOVED:
        ASSERT(name != NULL);
        *name = names->at[--names->count];
        return;
    }
}

static void settle_names(struct files_faulty *faulty, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        apply(&faulty->stable, &faulty->pending[i]);
    faulty->pending_count = 0;
}

static void change_name(struct files_faulty *faulty, const struct pending *change)
{
    ASSERT(faulty->pending_count < PENDING_MAX);
    apply(&faulty->visible, change);
    faulty->pending[faulty->pending_count++] = *change;
}

/* ---- content ---- */

static void grow(struct node *node, uint64_t bytes)
{
    uint64_t capacity = node->capacity > 0 ? node->capacity : 8 * SECTOR;
    if (bytes <= node->capacity)
        return;
    while (capacity < bytes)
        capacity *= 2;
    uint64_t sectors = capacity / SECTOR, old = node->capacity / SECTOR;
    node->visible = must(realloc(node->visible, capacity));
    node->stable = must(realloc(node->stable, capacity));
    node->is_dirty = must(realloc(node->is_dirty, sectors));
    node->is_taken = must(realloc(node->is_taken, sectors));
    memset(node->visible + node->capacity, 0, capacity - node->capacity);
    memset(node->stable + node->capacity, 0, capacity - node->capacity);
    memset(node->is_dirty + old, 0, sectors - old);
    memset(node->is_taken + old, 0, sectors - old);
    node->capacity = capacity;
}

static struct node *node_of(struct files_faulty *faulty, struct files_file file)
{
    ASSERT(file.number >= 0 && (unsigned)file.number < OPEN_MAX);
    uint32_t index = faulty->open[file.number];
    ASSERT(index != 0);
    return faulty->nodes[index];
}

static void settle_sector(struct node *node, uint64_t sector)
{
    memcpy(node->stable + sector * SECTOR, node->visible + sector * SECTOR, SECTOR);
    node->is_dirty[sector] = 0;
}

static void settle_node(struct node *node)
{
    for (uint64_t sector = 0; sector < node->capacity / SECTOR; sector++)
        settle_sector(node, sector);
    node->stable_bytes = node->visible_bytes;
}

/* Some of what is unsynced reaches the disk, the rest never will. */
static void settle_by_chance(struct files_faulty *faulty, struct node *node)
{
    uint64_t percent = random_next(&faulty->random) % 101;
    for (uint64_t sector = 0; sector < node->capacity / SECTOR; sector++) {
        if (node->is_dirty[sector] != 0 && random_next(&faulty->random) % 100 < percent)
            settle_sector(node, sector);
        node->is_dirty[sector] = 0;
    }
    if (random_next(&faulty->random) % 2 == 0)
        node->stable_bytes = node->visible_bytes;
}

/* ---- the seam ---- */

static enum err open_node(struct files_faulty *faulty, const char *path, enum files_open how,
                          struct files_file *ret_file)
{
    struct name *name = find(&faulty->visible, path);
    uint32_t slot = 0;
    if (how == FILES_CREATE && name != NULL)
        return refuse(EEXIST);
    if (how != FILES_CREATE && (name == NULL || name->node == 0))
        return refuse(ENOENT);
    while (slot < OPEN_MAX && faulty->open[slot] != 0)
        slot++;
    ASSERT(slot < OPEN_MAX);
    if (how == FILES_CREATE) {
        struct pending change = {.what = NAME_CREATED, .node = faulty->nodes_count};
        ASSERT(faulty->nodes_count < NODES_MAX);
        faulty->nodes[faulty->nodes_count++] = must(calloc(1, sizeof(struct node)));
        set_path(change.path, path);
        change_name(faulty, &change);
        faulty->open[slot] = change.node;
    } else {
        faulty->open[slot] = name->node;
    }
    ret_file->number = (int)slot;
    return ERR_OK;
}

static enum err faulty_open(struct files *files, const char *path, enum files_open how,
                            struct files_file *ret_file)
{
    struct files_faulty *faulty = faulty_of(files);
    pthread_mutex_lock(&faulty->lock);
    enum err err =
        is_fault(faulty, FAULTY_OPEN) ? fault(faulty) : open_node(faulty, path, how, ret_file);
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

static void faulty_close(struct files *files, struct files_file file)
{
    struct files_faulty *faulty = faulty_of(files);
    pthread_mutex_lock(&faulty->lock);
    (void)node_of(faulty, file);
    faulty->open[file.number] = 0;
    pthread_mutex_unlock(&faulty->lock);
}

static enum err faulty_pread(struct files *files, struct files_file file, void *ret_bytes,
                             size_t bytes, uint64_t offset, size_t *ret_moved)
{
    struct files_faulty *faulty = faulty_of(files);
    enum err err = ERR_OK;
    pthread_mutex_lock(&faulty->lock);
    const struct node *node = node_of(faulty, file);
    uint64_t there = offset < node->visible_bytes ? node->visible_bytes - offset : 0;
    size_t moved = bytes < there ? bytes : (size_t)there;
    if (is_fault(faulty, FAULTY_PREAD)) {
        if (faulty->fault_how == FAULTY_SHORT)
            moved = (moved + 1) / 2;
        else
            err = fault(faulty);
    }
    if (err == ERR_OK && moved > 0)
        memcpy(ret_bytes, node->visible + offset, moved);
    if (err == ERR_OK)
        *ret_moved = moved;
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

static enum err write_node(struct files_faulty *faulty, struct node *node, const void *bytes_at,
                           size_t bytes, uint64_t offset)
{
    if (bytes == 0)
        return ERR_OK;
    uint64_t first = offset / SECTOR, last = (offset + bytes - 1) / SECTOR, new_sectors = 0;
    grow(node, offset + bytes);
    for (uint64_t sector = first; sector <= last; sector++)
        new_sectors += node->is_taken[sector] == 0;
    if (faulty->taken + new_sectors * SECTOR > faulty->limit)
        return refuse(ENOSPC);
    faulty->taken += new_sectors * SECTOR;
    memcpy(node->visible + offset, bytes_at, bytes);
    for (uint64_t sector = first; sector <= last; sector++)
        node->is_dirty[sector] = node->is_taken[sector] = 1;
    if (offset + bytes > node->visible_bytes)
        node->visible_bytes = offset + bytes;
    return ERR_OK;
}

static enum err faulty_pwrite(struct files *files, struct files_file file, const void *bytes_at,
                              size_t bytes, uint64_t offset, size_t *ret_moved)
{
    struct files_faulty *faulty = faulty_of(files);
    enum err err = ERR_OK;
    pthread_mutex_lock(&faulty->lock);
    struct node *node = node_of(faulty, file);
    if (is_fault(faulty, FAULTY_PWRITE)) {
        if (faulty->fault_how == FAULTY_SHORT)
            bytes /= 2;
        else
            err = fault(faulty);
    }
    if (err == ERR_OK)
        err = write_node(faulty, node, bytes_at, bytes, offset);
    if (err == ERR_OK)
        *ret_moved = bytes;
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

static enum err faulty_sync_data(struct files *files, struct files_file file)
{
    struct files_faulty *faulty = faulty_of(files);
    enum err err = ERR_OK;
    pthread_mutex_lock(&faulty->lock);
    struct node *node = node_of(faulty, file);
    if (is_fault(faulty, FAULTY_SYNC_DATA)) {
        settle_by_chance(faulty, node);
        err = fault(faulty);
    } else {
        for (uint64_t sector = 0; sector < node->capacity / SECTOR; sector++)
            if (node->is_dirty[sector] != 0)
                settle_sector(node, sector);
        node->stable_bytes = node->visible_bytes;
    }
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

/* The space of a file behind its new end. */
static void give_back(struct files_faulty *faulty, struct node *node, uint64_t end)
{
    for (uint64_t sector = (end + SECTOR - 1) / SECTOR; sector < node->capacity / SECTOR;
         sector++) {
        faulty->taken -= node->is_taken[sector] != 0 ? SECTOR : 0;
        node->is_taken[sector] = 0;
    }
}

static enum err faulty_truncate(struct files *files, struct files_file file, uint64_t bytes)
{
    struct files_faulty *faulty = faulty_of(files);
    enum err err = ERR_OK;
    pthread_mutex_lock(&faulty->lock);
    struct node *node = node_of(faulty, file);
    if (is_fault(faulty, FAULTY_TRUNCATE)) {
        err = fault(faulty);
    } else {
        grow(node, bytes);
        if (bytes < node->visible_bytes)
            memset(node->visible + bytes, 0, node->visible_bytes - bytes);
        give_back(faulty, node, bytes);
        node->visible_bytes = bytes;
    }
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

static enum err faulty_size(struct files *files, struct files_file file, uint64_t *ret_bytes)
{
    struct files_faulty *faulty = faulty_of(files);
    pthread_mutex_lock(&faulty->lock);
    enum err err = is_fault(faulty, FAULTY_SIZE) ? fault(faulty) : ERR_OK;
    if (err == ERR_OK)
        *ret_bytes = node_of(faulty, file)->visible_bytes;
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

static enum err change(struct files *files, enum files_faulty_call call, struct pending *change)
{
    struct files_faulty *faulty = faulty_of(files);
    enum err err = ERR_OK;
    pthread_mutex_lock(&faulty->lock);
    bool is_there = find(&faulty->visible, change->path) != NULL;
    if (is_fault(faulty, call))
        err = fault(faulty);
    else if (change->what == NAME_CREATED && is_there)
        err = refuse(EEXIST);
    else if (change->what != NAME_CREATED && !is_there)
        err = refuse(ENOENT);
    else {
        const struct name *name = find(&faulty->visible, change->path);
        if (change->what == NAME_REMOVED && name->node != 0)
            give_back(faulty, faulty->nodes[name->node], 0);
        change_name(faulty, change);
    }
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

static enum err faulty_rename(struct files *files, const char *from, const char *to)
{
    struct pending renamed = {.what = NAME_RENAMED};
    set_path(renamed.path, from);
    set_path(renamed.to, to);
    return change(files, FAULTY_RENAME, &renamed);
}

static enum err faulty_unlink(struct files *files, const char *path)
{
    struct pending removed = {.what = NAME_REMOVED};
    set_path(removed.path, path);
    return change(files, FAULTY_UNLINK, &removed);
}

static enum err faulty_make_directory(struct files *files, const char *path)
{
    struct pending created = {.what = NAME_CREATED};
    set_path(created.path, path);
    return change(files, FAULTY_MAKE_DIRECTORY, &created);
}

static enum err faulty_sync_directory(struct files *files, const char *path)
{
    struct files_faulty *faulty = faulty_of(files);
    enum err err = ERR_OK;
    (void)path; /* one journal for all directories */
    pthread_mutex_lock(&faulty->lock);
    if (is_fault(faulty, FAULTY_SYNC_DIRECTORY))
        err = fault(faulty);
    else
        settle_names(faulty, faulty->pending_count);
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

static enum err faulty_list(struct files *files, const char *path,
                            void (*found)(void *context, const char *name), void *context)
{
    struct files_faulty *faulty = faulty_of(files);
    enum err err = ERR_OK;
    pthread_mutex_lock(&faulty->lock);
    if (is_fault(faulty, FAULTY_LIST))
        err = fault(faulty);
    else if (find(&faulty->visible, path) == NULL)
        err = refuse(ENOENT);
    for (uint32_t i = 0; err == ERR_OK && i < faulty->visible.count; i++) {
        struct slice whole = slice_from_text(faulty->visible.at[i].path);
        struct slice directory = slice_from_text(path);
        if (slice_starts_with(whole, directory) && whole.bytes > directory.bytes &&
            whole.at[directory.bytes] == '/')
            found(context, faulty->visible.at[i].path + directory.bytes + 1);
    }
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

static enum err faulty_free_bytes(struct files *files, const char *path, uint64_t *ret_bytes)
{
    struct files_faulty *faulty = faulty_of(files);
    (void)path;
    pthread_mutex_lock(&faulty->lock);
    enum err err = is_fault(faulty, FAULTY_FREE_BYTES) ? fault(faulty) : ERR_OK;
    if (err == ERR_OK)
        *ret_bytes = faulty->limit > faulty->taken ? faulty->limit - faulty->taken : 0;
    pthread_mutex_unlock(&faulty->lock);
    return err;
}

/* ---- for the test ---- */

struct files_faulty *files_faulty_create(uint64_t seed)
{
    struct files_faulty *faulty = must(calloc(1, sizeof(*faulty)));
    faulty->files = (struct files){
        .open = faulty_open,
        .close = faulty_close,
        .pread = faulty_pread,
        .pwrite = faulty_pwrite,
        .sync_data = faulty_sync_data,
        .truncate = faulty_truncate,
        .size = faulty_size,
        .rename = faulty_rename,
        .unlink = faulty_unlink,
        .make_directory = faulty_make_directory,
        .sync_directory = faulty_sync_directory,
        .list = faulty_list,
        .free_bytes = faulty_free_bytes,
    };
    pthread_mutex_init(&faulty->lock, NULL);
    faulty->nodes_count = 1;
    faulty->random = seed;
    faulty->limit = UINT64_MAX;
    return faulty;
}

static void destroy_node(struct node *node)
{
    if (node == NULL)
        return;
    free(node->visible);
    free(node->stable);
    free(node->is_dirty);
    free(node->is_taken);
    free(node);
}

void files_faulty_destroy(struct files_faulty *faulty)
{
    if (faulty == NULL)
        return;
    for (uint32_t i = 1; i < faulty->nodes_count; i++)
        destroy_node(faulty->nodes[i]);
    pthread_mutex_destroy(&faulty->lock);
    free(faulty);
}

static struct node *copy_node(const struct node *from)
{
    struct node *node = must(calloc(1, sizeof(*node)));
    grow(node, from->visible_bytes > 0 ? from->visible_bytes : 1);
    if (from->capacity > 0) {
        grow(node, from->capacity);
        memcpy(node->visible, from->visible, from->capacity);
        memcpy(node->stable, from->stable, from->capacity);
        memcpy(node->is_dirty, from->is_dirty, from->capacity / SECTOR);
        memcpy(node->is_taken, from->is_taken, from->capacity / SECTOR);
    }
    node->visible_bytes = from->visible_bytes;
    node->stable_bytes = from->stable_bytes;
    return node;
}

struct files_faulty *files_faulty_copy(const struct files_faulty *faulty, uint64_t seed)
{
    struct files_faulty *copy = files_faulty_create(seed);
    for (uint32_t i = 1; i < faulty->nodes_count; i++)
        copy->nodes[i] = faulty->nodes[i] != NULL ? copy_node(faulty->nodes[i]) : NULL;
    copy->nodes_count = faulty->nodes_count;
    copy->visible = faulty->visible;
    copy->stable = faulty->stable;
    memcpy(copy->pending, faulty->pending, sizeof(faulty->pending));
    copy->pending_count = faulty->pending_count;
    copy->taken = faulty->taken;
    return copy;
}

struct files *files_faulty_files(struct files_faulty *faulty)
{
    return &faulty->files;
}

void files_faulty_plan(struct files_faulty *faulty, enum files_faulty_call call,
                       enum files_faulty_how how, uint64_t nth, bool is_sticky)
{
    faulty->fault_call = call;
    faulty->fault_how = how;
    faulty->fault_left = nth;
    faulty->fault_is_sticky = is_sticky;
    faulty->fault_happened = false;
}

bool files_faulty_happened(const struct files_faulty *faulty)
{
    return faulty->fault_happened;
}

uint64_t files_faulty_calls(const struct files_faulty *faulty, enum files_faulty_call call)
{
    return faulty->calls[call];
}

void files_faulty_limit(struct files_faulty *faulty, uint64_t bytes)
{
    faulty->limit = bytes;
}

uint64_t files_faulty_taken(const struct files_faulty *faulty)
{
    return faulty->taken;
}

/* Files without a name in either table are gone; sectors taken are counted anew. */
static void collect(struct files_faulty *faulty)
{
    faulty->taken = 0;
    for (uint32_t i = 1; i < faulty->nodes_count; i++) {
        bool is_named = false;
        for (uint32_t n = 0; n < faulty->visible.count; n++)
            is_named = is_named || faulty->visible.at[n].node == i;
        if (!is_named) {
            destroy_node(faulty->nodes[i]);
            faulty->nodes[i] = NULL;
            continue;
        }
        for (uint64_t sector = 0; sector < faulty->nodes[i]->capacity / SECTOR; sector++)
            faulty->taken += faulty->nodes[i]->is_taken[sector] != 0 ? SECTOR : 0;
    }
}

void files_faulty_cut_power(struct files_faulty *faulty)
{
    memset(faulty->open, 0, sizeof(faulty->open));
    uint64_t keep = random_next(&faulty->random) % (faulty->pending_count + 1);
    settle_names(faulty, (uint32_t)keep);
    faulty->visible = faulty->stable;
    for (uint32_t i = 1; i < faulty->nodes_count; i++) {
        struct node *node = faulty->nodes[i];
        if (node == NULL)
            continue;
        settle_by_chance(faulty, node);
        if (node->capacity > 0)
            memcpy(node->visible, node->stable, node->capacity);
        node->visible_bytes = node->stable_bytes;
        if (node->visible_bytes < node->capacity) {
            memset(node->visible + node->visible_bytes, 0, node->capacity - node->visible_bytes);
            memset(node->stable + node->visible_bytes, 0, node->capacity - node->visible_bytes);
        }
    }
    collect(faulty);
}

void files_faulty_kill(struct files_faulty *faulty)
{
    memset(faulty->open, 0, sizeof(faulty->open));
}

uint8_t *files_faulty_bytes(struct files_faulty *faulty, const char *path, uint64_t *ret_bytes)
{
    const struct name *name = find(&faulty->visible, path);
    if (name == NULL || name->node == 0)
        return NULL;
    *ret_bytes = faulty->nodes[name->node]->visible_bytes;
    return faulty->nodes[name->node]->visible;
}

void files_faulty_settle(struct files_faulty *faulty, const char *path)
{
    const struct name *name = find(&faulty->visible, path);
    ASSERT(name != NULL && name->node != 0);
    settle_node(faulty->nodes[name->node]);
}

const char *files_faulty_path(const struct files_faulty *faulty, uint32_t index)
{
    return index < faulty->visible.count ? faulty->visible.at[index].path : NULL;
}
