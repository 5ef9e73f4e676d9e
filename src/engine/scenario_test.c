/* Plays scenario files (scenario_play.h) and compares what the engine said with what the files
 * expect.
 *
 *     scenario_test [--record] [FILE...]
 *
 * Without files: all of src/engine/scenarios below $srcdir. --record writes what was said into the
 * files; the review reads the difference. At the end of each file, and before each `new`, all facts
 * are replayed and must give the same state. */
#include <glob.h>

#include "engine/scenario_play.h"

#include "base/banned.h"

#define FILE_BYTES_MAX (1u << 20)

struct script {
    const char *path;
    struct arena arena;
    struct slice text;
    struct buffer recorded;
    uint32_t blocks;
    uint32_t failed;
};

static bool read_file(struct script *script)
{
    FILE *file = fopen(script->path, "rb");
    if (file == NULL)
        return false;
    uint8_t *bytes = arena_take(&script->arena, FILE_BYTES_MAX);
    size_t count = fread(bytes, 1, FILE_BYTES_MAX, file);
    script->text = slice_of(bytes, count);
    bool is_whole = count < FILE_BYTES_MAX && ferror(file) == 0;
    return fclose(file) == 0 && is_whole;
}

static bool write_file(const struct script *script)
{
    FILE *file = fopen(script->path, "wb");
    if (file == NULL)
        return false;
    size_t written = fwrite(script->recorded.at, 1, script->recorded.bytes, file);
    return fclose(file) == 0 && written == script->recorded.bytes;
}

static void play_block(struct scenario_world **world, const struct scenario_block *block)
{
    struct slice rest = block->commands;
    struct slice line;
    scenario_world_listen(*world);
    while (slice_split(&rest, '\n', &line))
        scenario_play(world, line);
}

static void compare(struct script *script, const struct scenario_block *block, struct slice said)
{
    struct slice expected = block->expected;
    script->blocks++;
    /* The last line of a file may lack its end. */
    if (said.bytes == expected.bytes + 1)
        expected = arena_join(&script->arena, expected, SLICE("\n"));
    if (slice_equal(said, expected))
        return;
    script->failed++;
    fprintf(stderr, "%s:%u:\n%.*s---- expected\n%.*s---- got\n%.*s\n", script->path,
            (unsigned)block->line, SLICE_PRINT(block->commands), SLICE_PRINT(expected),
            SLICE_PRINT(said));
}

/* Copies the file up to the expected part, and what was said in its place. */
static void record(struct script *script, const uint8_t **copied,
                   const struct scenario_block *block, struct slice said)
{
    buffer_add(&script->recorded, slice_of(*copied, (size_t)(block->expected.at - *copied)));
    buffer_add(&script->recorded, said);
    *copied = block->expected.at + block->expected.bytes;
}

static bool play_script(struct script *script)
{
    struct scenario_world *world = scenario_world_create();
    struct scenario_block block;
    struct slice rest = script->text;
    const uint8_t *copied = rest.at;
    const char *problem = "";
    uint32_t line = 1;
    int found = 0;
    while ((found = scenario_next_block(&rest, &line, &block, &problem)) == 1) {
        play_block(&world, &block);
        compare(script, &block, buffer_slice(&world->out));
        record(script, &copied, &block, buffer_slice(&world->out));
    }
    buffer_add(&script->recorded,
               slice_of(copied, (size_t)(script->text.at + script->text.bytes - copied)));
    scenario_world_listen(world);
    scenario_replay(world, false);
    bool is_same = world->out.bytes == 0;
    if (!is_same)
        fprintf(stderr, "%s: the replay at the end differs\n", script->path);
    if (found < 0)
        fprintf(stderr, "%s:%u: %s\n", script->path, (unsigned)line, problem);
    scenario_world_destroy(world);
    return found == 0 && is_same;
}

static bool run_file(const char *path, bool is_recording)
{
    struct script script = {.path = path};
    arena_init(&script.arena);
    buffer_init(&script.recorded, &script.arena, 0);
    bool ok = read_file(&script);
    if (!ok)
        fprintf(stderr, "%s: cannot be read\n", path);
    ok = ok && play_script(&script);
    if (ok && is_recording)
        ok = write_file(&script);
    else
        ok = ok && script.failed == 0;
    printf("%s: %u blocks, %u differ\n", path, (unsigned)script.blocks, (unsigned)script.failed);
    arena_done(&script.arena);
    return ok;
}

static bool run_all(void)
{
    const char *srcdir = getenv("srcdir");
    char pattern[1024];
    glob_t found = {0};
    (void)snprintf(pattern, sizeof(pattern), "%s/src/engine/scenarios/*.txt",
                   srcdir != NULL ? srcdir : ".");
    bool ok = glob(pattern, 0, NULL, &found) == 0;
    if (!ok)
        fprintf(stderr, "no scenarios at %s\n", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++)
        ok = run_file(found.gl_pathv[i], false) && ok;
    globfree(&found);
    return ok;
}

int main(int count, char **words)
{
    bool is_recording = count > 1 && strcmp(words[1], "--record") == 0;
    int first = is_recording ? 2 : 1;
    bool ok = first < count || run_all();
    for (int i = first; i < count; i++)
        ok = run_file(words[i], is_recording) && ok;
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
