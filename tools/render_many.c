/* One file or many: where each goes, and who says what when. */
#include "render.h"

#include "crew.h"
#include "interrupt.h"
#include "progress.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- names */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* FOLDER/NAME of the input, with the ending of --format if there is one. */
static bool folder_path(const Render *render, const char *in, char *path)
{
    const char *name = base_name(in), *dot = strrchr(name, '.');
    int stem = render->format && dot ? (int)(dot - name) : (int)strlen(name);
    int n = snprintf(path, RENDER_PATH_BYTES, "%s/%.*s%s%s", render->folder, stem, name,
                     render->format ? "." : "", render->format ? render->format : "");
    return n > 0 && n < RENDER_PATH_BYTES;
}

static int check_names(const Render *render, char **in, uint32_t n_in)
{
    char a[RENDER_PATH_BYTES], b[RENDER_PATH_BYTES];
    for (uint32_t i = 0; i < n_in; i++) {
        if (!strcmp(in[i], "-") || !folder_path(render, in[i], a))
            return say_usage("render", "%s: has no name to use in %s", in[i], render->folder);
        for (uint32_t j = 0; j < i; j++)
            if (folder_path(render, in[j], b) && !strcmp(a, b))
                return say_usage("render", "%s and %s: both would become %s; render them into two folders",
                                 in[j], in[i], a);
    }
    return EXIT_DONE;
}

static int make_folder(const char *folder)
{
    struct stat facts;
    if (mkdir(folder, 0777) && errno != EEXIST)
        return say_failed("%s: cannot make this folder: %s", folder, strerror(errno));
    if (stat(folder, &facts) || !S_ISDIR(facts.st_mode))
        return say_failed("%s: is no folder; give -d another name", folder);
    return EXIT_DONE;
}

/* ---- files at a time */

/* One file, and what is to be said of it when it is its turn. */
typedef struct Task {
    char *words, *errors;
    size_t n_words, n_errors;
    bool done, ok;
    atomic_bool my_turn; /* all before it are done: it may show its progress */
} Task;

typedef struct Batch {
    const Render *render; /* of each */
    char **in;
    const char *out; /* if there is no folder */
    Task *tasks;     /* [n] */
    uint32_t n, n_failed;
    atomic_uint n_begun;
    pthread_mutex_t lock; /* for what follows, and done and ok */
    uint32_t n_told;
} Batch;

static bool do_task(const Batch *batch, uint32_t i)
{
    char path[RENDER_PATH_BYTES];
    const char *out = batch->out;
    Task *task = &batch->tasks[i];
    RenderTalk talk = {.may_progress = &task->my_turn,
                       .words = open_memstream(&task->words, &task->n_words),
                       .errors = open_memstream(&task->errors, &task->n_errors)};
    bool ok = talk.words && talk.errors;
    if (batch->render->folder) {
        ok = ok && folder_path(batch->render, batch->in[i], path);
        out = path;
    }
    ok = ok && render_file(batch->render, batch->in[i], out, &talk);
    if (talk.words)
        fclose(talk.words);
    if (talk.errors)
        fclose(talk.errors);
    return ok;
}

static void tell(Task *task)
{
    progress_clear();
    fflush(stdout);
    if (!task->words || !task->errors) {
        say_failed("render: no memory");
    } else {
        fputs(task->errors, stderr);
        fputs(task->words, stdout);
    }
    free(task->words);
    free(task->errors);
}

/* A task has ended: tell of it and of those behind it that wait for it, and let the next show its progress.
 * No task shows progress meanwhile. (Tasks begin in their order, so after an interrupt all that were begun
 * are told of.) */
static void end_task(Batch *batch, uint32_t i, bool ok)
{
    pthread_mutex_lock(&batch->lock);
    batch->tasks[i].done = true;
    batch->n_failed += !ok;
    while (batch->n_told < batch->n && batch->tasks[batch->n_told].done)
        tell(&batch->tasks[batch->n_told++]);
    if (batch->n_told < batch->n)
        batch->tasks[batch->n_told].my_turn = true;
    pthread_mutex_unlock(&batch->lock);
}

static void work(void *context, uint32_t worker, uint32_t n_workers)
{
    Batch *batch = context;
    (void)worker, (void)n_workers;
    for (uint32_t i; !interrupted() && (i = atomic_fetch_add(&batch->n_begun, 1)) < batch->n;)
        end_task(batch, i, do_task(batch, i));
}

int render_files(const Render *render, char **in, uint32_t n_in, const char *out)
{
    int status = render->folder ? check_names(render, in, n_in) : EXIT_DONE;
    if (status == EXIT_DONE && render->folder)
        status = make_folder(render->folder);
    if (status != EXIT_DONE)
        return status;
    const uint32_t n_jobs = render->n_jobs ? render->n_jobs : crew_cores();
    Render each = *render;
    if (n_in > 1 || !render->n_jobs)
        each.n_jobs = 1;
    Batch batch = {.render = &each, .in = in, .out = out, .n = n_in};
    batch.tasks = calloc(n_in, sizeof *batch.tasks);
    Crew *crew = crew_new(n_jobs < n_in ? n_jobs : n_in);
    if (!batch.tasks || !crew) {
        free(batch.tasks);
        crew_free(crew);
        return say_failed("render: no memory or threads for %u files at a time; give a smaller -j", n_jobs);
    }
    pthread_mutex_init(&batch.lock, NULL);
    batch.tasks[0].my_turn = true;
    crew_run(crew, work, &batch);
    crew_free(crew);
    progress_clear();
    pthread_mutex_destroy(&batch.lock);
    free(batch.tasks);
    if (batch.n_failed && n_in > 1 && !interrupted())
        say_failed("%u of %u files could not be rendered; the others are in %s", batch.n_failed, n_in,
                   render->folder);
    return batch.n_failed || interrupted() ? EXIT_FAILED : EXIT_DONE;
}
