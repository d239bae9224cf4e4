/* gruff info: what a model file holds, whether its self-test passes, what it costs on this CPU. */
#include "info.h"
#include "commands.h"
#include "find_model.h"
#include "measure.h"
#include "options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BLOCK = 64 };
static const double seconds = 0.02;

/* ---- finding out
 * -------------------------------------------------------------------------------------------- */

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static GruffStatus measure(const char *kernel, Info *info)
{
    GruffNet *net;
    GruffStatus status =
        gruff_net_build(info->model, &(GruffNetOptions){.kernel = kernel}, &info->message, &net);
    if (status)
        return status;
    Cost cost = measure_net(net, 1, BLOCK, seconds);
    if (!cost.n_calls)
        status = GRUFF_ERROR_MEMORY;
    info->kernel = gruff_net_kernel(net);
    info->ns_per_sample = cost.median_ns;
    info->realtime_percent = measure_load(cost, info->model->rate_hz);
    gruff_net_free(net);
    return status;
}

bool info_gather(const char *file, const char *kernel, Info *info)
{
    char path[FIND_PATH_MAX];
    *info = (Info){.file = file, .status = GRUFF_ERROR_FILE};
    if (!find_model(file, &info->message, path))
        return false;
    double start = now_seconds();
    info->status = gruff_model_load(path, &info->message, &info->model);
    info->load_ms = 1e3 * (now_seconds() - start);
    if (!info->status)
        info->status = measure(kernel, info);
    if (info->status) {
        gruff_model_free(info->model);
        info->model = NULL;
    }
    return !info->status;
}

/* ---- words
 * -------------------------------------------------------------------------------------------------- */

const char *info_reset_name(GruffReset reset)
{
    static const char *const names[] = {"after", "before", "none"};
    return names[reset];
}

const char *info_self_test_name(GruffSelfTest self_test)
{
    static const char *const names[] = {"absent", "passed", "failed", "repaired"};
    return names[self_test];
}

double info_self_test_db(const GruffModel *model)
{
    return 20 * log10(fmax(model->self_test_error, 1e-15));
}

const GruffLayer *info_main_layer(const GruffModel *model)
{
    for (uint32_t k = 0; k < model->n_layers; k++)
        if (model->layers[k].cell != GRUFF_CELL_DENSE)
            return &model->layers[k];
    return &model->layers[0];
}

/* ---- the command
 * -------------------------------------------------------------------------------------------- */

static int kernel_check(const char *kernel)
{
    for (uint32_t k = 0; kernel && gruff_kernel_name(k); k++)
        if (!strcmp(kernel, gruff_kernel_name(k)))
            return OPTIONS_PARSED;
    return kernel ? say_usage("info", "--kernel %s: not a kernel that this computer can run", kernel)
                  : OPTIONS_PARSED;
}

/* gruff info alone: a line for each. False if one is no good, or none ships. */
static bool tell_shipped(void)
{
    char standard[FIND_PATH_MAX] = "", path[FIND_PATH_MAX];
    GruffMessage message;
    uint32_t n;
    char **names = find_shipped_models(&n);
    bool sound = names && find_model(NULL, &message, standard);
    if (!sound)
        say_failed("%s", names ? message.text : "not enough memory to list the models that ship");
    for (uint32_t i = 0; sound && i < n; i++) {
        GruffModel *model = NULL;
        if (find_model(names[i], &message, path) && !gruff_model_load(path, &message, &model))
            info_print_short(names[i], model, !strcmp(path, standard));
        else
            sound = say_failed("%s", message.text) == EXIT_DONE;
        gruff_model_free(model);
    }
    find_models_free(names, names ? n : 0);
    return sound;
}

/* One file: shown, or put into list where there is one. n_shown: blocks shown so far. */
static bool tell(const char *file, const char *kernel, json_t *list, int *n_shown)
{
    Info info;
    bool sound = info_gather(file, kernel, &info);
    if (list && json_array_append_new(list, info_json(&info))) {
        say_failed("%s: not enough memory to tell about it", file);
        sound = false;
    } else if (!sound) {
        say_failed("%s", info.message.text);
    } else if (!list) {
        if ((*n_shown)++)
            putchar('\n');
        info_print(&info);
    }
    gruff_model_free(info.model);
    return sound;
}

static bool print_json(json_t *list)
{
    json_t *root = json_pack("{s:O}", "models", list);
    bool done = root && json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) == 0;
    if (done)
        putchar('\n');
    else
        say_failed("not enough memory to tell about the models");
    json_decref(root);
    return done;
}

int command_info(int argc, char **argv)
{
    bool json = false, sound = true;
    const char *kernel = NULL;
    const Option options[] = {
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "one JSON object instead of text"},
        {.name = "kernel",
         .kind = OPTION_TEXT,
         .value = &kernel,
         .argument = "NAME",
         .help = "measure the code for this instruction set, not the fastest"},
        {0}};
    const OptionPage page = {.command = "info",
                             .usage = "gruff info [--json] [MODEL...]",
                             .about = "Tells what model files hold, whether their self-test passes, and what "
                                      "they cost on this computer.\nMODEL is a file or the name of a shipped "
                                      "model; without one, those that ship are listed. The exit status is 1 "
                                      "if any was refused.",
                             .tables = {{"Options", options}}};
    int first, status = options_parse(&page, argc, argv, &first);
    if (status == OPTIONS_PARSED)
        status = kernel_check(kernel);
    if (status != OPTIONS_PARSED)
        return status;
    if (first == argc && json)
        return say_usage("info", "--json wants the models named");
    if (first == argc)
        return tell_shipped() ? EXIT_DONE : EXIT_FAILED;
    json_t *list = json ? json_array() : NULL;
    if (json && !list)
        return say_failed("not enough memory to tell about the models");
    for (int i = first, n_shown = 0; i < argc; i++)
        sound &= tell(argv[i], kernel, list, &n_shown);
    if (json)
        sound &= print_json(list);
    json_decref(list);
    return sound ? EXIT_DONE : EXIT_FAILED;
}
