/* Reading a log's directory from its newest snapshot to its end, and the decision what that end is. Writes nothing.
 *
 * Any thread; blocks. Used by log_open and by the read-only tools. */
#ifndef LEAT_LOG_RECOVER_H
#define LEAT_LOG_RECOVER_H

#include "log/log_internal.h"

/* ---- the decision ---- */

/* What is known about the place where reading stopped. */
enum recover_fact {
    RECOVER_CLAIMED = 1 << 0, /* something readable says that the place was durable */
    RECOVER_INTACT =
        1
        << 1, /* a whole record of this log stands there, which this version does not understand */
    RECOVER_HEADLESS =
        1
        << 2, /* the segment is missing or its first record is bad, though more was read or expected of it */
    RECOVER_BLANK = 1 << 3,   /* nothing was ever written there */
    RECOVER_ACCEPTS = 1 << 4, /* the operator accepts loss */
};
#define RECOVER_FACTS 5u

enum recover_verdict {
    RECOVER_END,    /* everything was read */
    RECOVER_TORN,   /* an unfinished batch begins there: cut, nothing of it was acknowledged */
    RECOVER_CUT,    /* damage; the operator accepts that all behind it is lost */
    RECOVER_REFUSE, /* damage */
};

struct recover_row {
    unsigned must, must_not; /* enum recover_fact */
    enum recover_verdict verdict;
    const char *reason;
};
/* The row for a set of facts; every set has one. */
const struct recover_row *recover_decide(unsigned facts);

/* ---- the directory ---- */

struct recover_numbers {
    uint64_t *at; /* ascending */
    uint32_t count, capacity;
};

struct recover_directory {
    struct recover_numbers segments, spares, snapshots;
    bool has_temporary, has_reserve;
};
MUST_CHECK enum err recover_list(const struct log_place *place,
                                 struct recover_directory *ret_directory);
void recover_directory_done(struct recover_directory *directory);
bool recover_has(const struct recover_numbers *numbers, uint64_t number);

/* ---- reading ---- */

struct recover_record {
    const char *file; /* name in the directory */
    uint64_t offset;  /* in it */
    bool is_snapshot;
    struct log_position at; /* in the log; 0 in a snapshot */
    struct record record;
    /* of facts and RELOCATED only */
    bool has_fact;
    struct engine_fact fact;
    struct slice message;
    uint64_t from;
};

struct recover_input {
    struct log_place place;
    bool accepts_loss;
    void (*visit)(void *context, const struct recover_record *record);
    void *context;
};

struct recover_result {
    enum recover_verdict verdict;
    struct log_failure failure; /* REFUSE, CUT */
    const char *reason;
    struct log_position snapshot; /* 0: none */
    struct log_position end;
    struct log_position durable; /* the highest place that anything calls durable */
    uint32_t segment_bytes;      /* of the segment of `end`; 0: it is not there */
    uint32_t incarnation;        /* in force at the end */
    uint32_t incarnation_max;    /* seen anywhere */
    uint64_t batch;
    uint64_t snapshot_records, records, bytes_read,
        snapshot_bytes; /* the latter: part of bytes_read */
    bool is_clean;      /* the last record is the mark */
    bool has_facts;     /* facts or notes behind the snapshot */
    bool is_headless;   /* CUT: the segment of `end` cannot be used */
};

/* ERR_CORRUPT exactly when the verdict is RECOVER_REFUSE; ERR_IO and others: the files could not be read;
 * ret->failure tells in all cases. */
MUST_CHECK enum err recover_read(const struct recover_input *input,
                                 const struct recover_directory *directory,
                                 struct recover_result *ret);

/* ---- a window over one file ---- */

struct recover_window {
    struct files *files;
    struct files_file file;
    bool is_open;
    struct record_seed seed;
    uint64_t file_bytes;
    uint64_t from; /* offset of the window's first byte */
    struct log_bytes bytes;
    uint64_t read_total;
};
MUST_CHECK enum err recover_window_open(struct recover_window *window, const char *path,
                                        struct record_seed seed);
void recover_window_close(struct recover_window *window);
void recover_window_done(struct recover_window *window);
/* The record at `offset`: RECORD_GOOD or RECORD_BAD (also when the file ends). Its payload is valid until the next
 * call. An error is the kernel's. */
MUST_CHECK enum err recover_window_read(struct recover_window *window, uint64_t offset,
                                        enum record_found *ret_found, struct record *ret_record);
/* The bytes at `offset`, at least `bytes` of them or all up to the file's end. */
MUST_CHECK enum err recover_window_bytes(struct recover_window *window, uint64_t offset,
                                         size_t bytes, struct slice *ret_bytes);

/* Looks in the files of segments from `from` on for batch and start records: the highest incarnation and the highest
 * place called durable in any of them. */
MUST_CHECK enum err recover_scan(const struct log_place *place,
                                 const struct recover_directory *directory,
                                 struct log_position from, uint64_t *ret_durable,
                                 uint32_t *ret_incarnation, struct log_failure *ret_failure);

#endif
