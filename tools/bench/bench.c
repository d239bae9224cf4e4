/* gruff bench: what nets of every cell and size cost on this computer. */
#include "bench/bench.h"

#include "bench/bounds.h"
#include "commands.h"
#include "find_model.h"
#include "gruff_model.h"
#include "interrupt.h"
#include "measure.h"
#include "play.h"
#include "progress.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One row of results. */
typedef struct Point {
    const char *cell, *kernel;
    uint32_t hidden, block, channels;
    size_t n_weights; /* multiplied once per frame and channel, read once per frame */
} Point;

/* What a point cannot go below, per frame. */
typedef struct Bounds {
    double fma_ns, load_ns;
} Bounds;

enum { MAX_KERNELS = 8 };

/* What was measured at the start, and what was found. */
typedef struct Found {
    double fma_per_ns[MAX_KERNELS]; /* by kernel, as gruff_kernel_name numbers them */
    json_t *results;
    bool noisy; /* any of them */
} Found;

static const GruffCell known_cells[] = {GRUFF_CELL_GRU, GRUFF_CELL_LSTM, GRUFF_CELL_RNN};

/* ---- models */

/* Uniform in ±1/sqrt(hidden), as trainers start: stable, and as costly as trained weights. */
static void fill(float *weights, size_t n, uint32_t hidden, uint32_t *state)
{
    for (size_t i = 0; weights && i < n; i++) {
        *state = *state * 1664525u + 1013904223u;
        weights[i] = ((float)(*state >> 8) * 0x1p-23f - 1.0f) / sqrtf((float)hidden);
    }
}

static bool add_random_layer(GruffModel *model, GruffCell cell, uint32_t n_in, uint32_t n_out,
                             uint32_t hidden)
{
    GruffLayer *layer;
    uint32_t state = hidden;
    if (gruff_model_add_layer(model, cell, n_in, n_out, &layer))
        return false;
    size_t rows = (size_t)gruff_cell_gates(cell) * n_out;
    fill(layer->w, rows * n_in, hidden, &state);
    fill(layer->u, rows * n_out, hidden, &state);
    fill(layer->b, rows, hidden, &state);
    fill(layer->c, rows, hidden, &state);
    return true;
}

/* A cell and a dense layer with random weights; NULL: no memory. */
static GruffModel *random_model(GruffCell cell, uint32_t hidden)
{
    GruffModel *model;
    if (gruff_model_new(&model))
        return NULL;
    if (add_random_layer(model, cell, 1, hidden, hidden) &&
        add_random_layer(model, GRUFF_CELL_DENSE, hidden, 1, hidden))
        return model;
    gruff_model_free(model);
    return NULL;
}

static size_t count_weights(const GruffModel *model)
{
    size_t n = 0;
    for (uint32_t i = 0; i < model->n_layers; i++) {
        const GruffLayer *l = &model->layers[i];
        n += (size_t)gruff_cell_gates(l->cell) * l->n_out * (l->n_in + (l->u ? l->n_out : 0));
    }
    return n / model->hop;
}

/* The cell and size to show for a model: those of its largest recurrent layer. */
static void describe_model(const GruffModel *model, Point *point)
{
    point->cell = gruff_cell_name(model->layers[0].cell);
    point->hidden = model->layers[0].n_out;
    uint32_t most = 0;
    for (uint32_t i = 0; i < model->n_layers; i++) {
        const GruffLayer *layer = &model->layers[i];
        if (layer->cell == GRUFF_CELL_DENSE || layer->n_out <= most)
            continue;
        most = layer->n_out;
        point->cell = gruff_cell_name(layer->cell);
        point->hidden = most;
    }
}

/* ---- results */

static double ratio(double cost_ns, double bound_ns)
{
    return bound_ns > 0 ? cost_ns / bound_ns : 0;
}

static void show_row(const Wish *wish, Point point, Cost cost, Bounds bounds)
{
    progress_clear();
    printf("%-5s %6u  %-8s %5u %8u %10.1f %10.1f %7.2f %7.2f %9.2f %%%s\n", point.cell, point.hidden,
           point.kernel, point.block, point.channels, cost.median_ns, cost.p999_ns,
           ratio(cost.median_ns, bounds.fma_ns), ratio(cost.median_ns, bounds.load_ns),
           measure_load(cost, wish->rate_hz), cost.noisy ? "  noisy" : "");
    fflush(stdout);
}

static void show_head(const Wish *wish, const Found *found)
{
    char cpu[64];
    if (wish->json)
        return;
    measure_cpu_name(cpu);
    printf("%s; ns per frame (one sample of every channel)\nmultiply-adds per ns:", cpu);
    for (uint32_t k = 0; k < MAX_KERNELS && gruff_kernel_name(k); k++)
        printf("%s %s %.1f", k ? "," : "", gruff_kernel_name(k), found->fma_per_ns[k]);
    printf(
        "\n/fma, /load: times what the net's multiply-adds alone take here, and reading its weights alone\n\n"
        "cell  hidden  kernel   block channels     median      p99.9    /fma   /load  load at %g kHz\n",
        wish->rate_hz / 1000);
}

void bench_show_noise(void)
{
    puts("\nnoisy: other work disturbed; close other programs and measure again");
}

static bool add_result(json_t *results, Point point, Cost cost, Bounds bounds, const char *model)
{
    json_t *row = json_pack("{s:s, s:i, s:s, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:b}", "cell",
                            point.cell, "hidden", (int)point.hidden, "kernel", point.kernel, "block",
                            (int)point.block, "channels", (int)point.channels, "median_ns", cost.median_ns,
                            "p999_ns", cost.p999_ns, "fma_bound_ns", bounds.fma_ns, "fma_ratio",
                            ratio(cost.median_ns, bounds.fma_ns), "load_bound_ns", bounds.load_ns,
                            "load_ratio", ratio(cost.median_ns, bounds.load_ns), "noisy", (int)cost.noisy);
    if (row && model)
        json_object_set_new(row, "model", json_string(model));
    return row && !json_array_append_new(results, row);
}

bool bench_write_json(const char *unit, const char *key, json_t *value, bool noisy)
{
    char cpu[64];
    measure_cpu_name(cpu);
    json_t *all =
        json_pack("{s:s, s:s, s:b, s:O}", "cpu", cpu, "unit", unit, "noisy", (int)noisy, key, value);
    bool ok = all && !json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(5));
    if (ok)
        putchar('\n');
    json_decref(all);
    return ok || say_failed("bench: cannot write the results") == EXIT_DONE;
}

/* ---- measuring */

static Bounds measure_bounds(const Found *found, Point point, uint32_t kernel)
{
    const double fma_per_ns = kernel < MAX_KERNELS ? found->fma_per_ns[kernel] : 0;
    return (Bounds){.fma_ns = fma_per_ns > 0 ? (double)(point.n_weights * point.channels) / fma_per_ns : 0,
                    .load_ns = bounds_load_ns(point.kernel, point.n_weights)};
}

static bool bench_point(const Wish *wish, const GruffModel *model, Point point, Bounds bounds, Found *found)
{
    GruffMessage message = {""};
    GruffNetOptions options = {.n_channels = point.channels, .kernel = point.kernel};
    GruffNet *net;
    char label[80];
    if (gruff_net_build(model, &options, &message, &net)) {
        say_failed("%s", message.text);
        return false;
    }
    snprintf(label, sizeof label, "%s %u %s", point.cell, point.hidden, point.kernel);
    progress_show(label, -1);
    Cost cost = measure_net(net, point.channels, point.block, wish->seconds > 0 ? wish->seconds : 0.2);
    gruff_net_free(net);
    if (interrupted())
        return false;
    if (!cost.n_calls || (wish->json && !add_result(found->results, point, cost, bounds, wish->model))) {
        say_failed("bench: no memory");
        return false;
    }
    found->noisy |= cost.noisy;
    if (!wish->json)
        show_row(wish, point, cost, bounds);
    return true;
}

/* Every kernel, block and number of channels that is wished for. */
static bool bench_model(const Wish *wish, const GruffModel *model, Point point, Found *found)
{
    point.n_weights = count_weights(model);
    for (uint32_t k = 0; (point.kernel = gruff_kernel_name(k)); k++) {
        if (wish->kernel && strcmp(wish->kernel, point.kernel))
            continue;
        for (uint32_t b = 0; b < wish->block.n; b++)
            for (uint32_t c = 0; c < wish->channels.n; c++) {
                point.block = (uint32_t)wish->block.value[b];
                point.channels = (uint32_t)wish->channels.value[c];
                if (!bench_point(wish, model, point, measure_bounds(found, point, k), found))
                    return false;
            }
    }
    return true;
}

static bool bench_file(const Wish *wish, Found *found)
{
    char path[FIND_PATH_MAX];
    GruffMessage message;
    GruffModel *model;
    Point point = {0};
    if (!find_model(wish->model, &message, path) || gruff_model_load(path, &message, &model)) {
        say_failed("%s", message.text);
        return false;
    }
    describe_model(model, &point);
    show_head(wish, found);
    bool ok = bench_model(wish, model, point, found);
    gruff_model_free(model);
    return ok;
}

static bool wants_cell(const Wish *wish, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = wish->cells; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (!strncmp(at, name, n) && (at[n] == ',' || !at[n]))
            return true;
    }
    return false;
}

static bool bench_random(const Wish *wish, Found *found)
{
    show_head(wish, found);
    for (size_t i = 0; i < sizeof known_cells / sizeof *known_cells; i++) {
        Point point = {.cell = gruff_cell_name(known_cells[i])};
        for (uint32_t h = 0; wants_cell(wish, point.cell) && h < wish->hidden.n; h++) {
            point.hidden = (uint32_t)wish->hidden.value[h];
            GruffModel *model = random_model(known_cells[i], point.hidden);
            if (!model) {
                say_failed("bench: no memory");
                return false;
            }
            bool ok = bench_model(wish, model, point, found);
            gruff_model_free(model);
            if (!ok)
                return false;
        }
    }
    return true;
}

static bool bench_nets(const Wish *wish)
{
    Found found = {.results = json_array()};
    for (uint32_t k = 0; k < MAX_KERNELS && gruff_kernel_name(k); k++)
        found.fma_per_ns[k] = bounds_fma_per_ns(gruff_kernel_name(k));
    bool ok = wish->model ? bench_file(wish, &found) : bench_random(wish, &found);
    progress_clear();
    if (ok && wish->json)
        ok = bench_write_json("ns per frame (one sample of every channel)", "results", found.results,
                              found.noisy);
    else if (ok && found.noisy)
        bench_show_noise();
    json_decref(found.results);
    return ok;
}

/* ---- the command */

static int parse(Wish *wish, int argc, char **argv, int *first)
{
    const Option own[] = {
        {"model", 'm', OPTION_TEXT, &wish->model, "MODEL",
         "measure this model file or shipped model, not random ones", 0, 0, NULL},
        {"minute", 0, OPTION_FLAG, &wish->minute, NULL,
         "play a model (the shipped default without -m) for a minute in real time, a block at a time, and tell how "
         "long blocks take, the longest too",
         0, 0, NULL},
        {"cells", 0, OPTION_TEXT, &wish->cells, "NAMES", "which of gru,lstm,rnn; gru,lstm if not given", 0, 0,
         NULL},
        {"hidden", 0, OPTION_NUMBERS, &wish->hidden, "N,...", "hidden sizes; 8,16,24,32,40,64 if not given",
         1, GRUFF_MAX_HIDDEN, NULL},
        {"kernel", 0, OPTION_TEXT, &wish->kernel, "NAME",
         "this one alone; all that this computer can run if not given", 0, 0, NULL},
        {"block", 0, OPTION_NUMBERS, &wish->block, "N,...",
         "frames per call; 64 if not given; calls of fewer are timed several together", 1, MEASURE_MAX_BLOCK,
         NULL},
        {"channels", 0, OPTION_NUMBERS, &wish->channels, "N,...", "1, 2 or both; 1 if not given", 1,
         GRUFF_MAX_CHANNELS, NULL},
        {"rate", 0, OPTION_NUMBER, &wish->rate_hz, "HZ",
         "sample rate that the load is told for; 48000 if not given", 8000, 768000, NULL},
        {"seconds", 0, OPTION_NUMBER, &wish->seconds, "S",
         "how long to measure each, or to play; 0.2, or a minute, if not given", 0.001, 100, NULL},
        {"json", 0, OPTION_FLAG, &wish->json, NULL, "one JSON object with the list 'results', or 'minute'", 0,
         0, NULL},
        {0},
    };
    const OptionPage page = {
        "bench",
        "gruff bench [options]",
        "Measure what a net costs on this computer: time per frame, in the median and for all but one of a\n"
        "thousand calls, by cell, hidden size, kernel, block and channels; and how far that is from what the\n"
        "processor needs for the multiply-adds alone, and for reading the weights alone. Denormals are\n"
        "flushed, as in a host.",
        {{"Options:", own}},
        "Close other programs, and plug the laptop in: a busy or saving processor shows in every figure."};
    return options_parse(&page, argc, argv, first);
}

static bool whole(const OptionNumbers *numbers)
{
    for (uint32_t i = 0; i < numbers->n; i++)
        if (numbers->value[i] != floor(numbers->value[i]))
            return false;
    return true;
}

static bool cells_known(const char *cells)
{
    size_t known = 0;
    Wish wish = {.cells = cells};
    for (size_t i = 0; i < sizeof known_cells / sizeof *known_cells; i++)
        if (wants_cell(&wish, gruff_cell_name(known_cells[i])))
            known += strlen(gruff_cell_name(known_cells[i])) + 1;
    return known == strlen(cells) + 1; /* every name once, with a comma after each but the last */
}

static int check(const Wish *wish, const char *operand)
{
    if (operand)
        return say_usage("bench", "%s: bench takes no files; give a model with -m", operand);
    if (!whole(&wish->hidden) || !whole(&wish->block) || !whole(&wish->channels))
        return say_usage("bench", "--hidden, --block and --channels: give whole numbers");
    if (wish->minute && (wish->block.n > 1 || wish->channels.n > 1))
        return say_usage("bench", "--minute plays with one --block and one of --channels");
    if (!cells_known(wish->cells))
        return say_usage("bench", "--cells %s: give one or more of gru,lstm,rnn, each once", wish->cells);
    return play_check_kernel(wish->kernel, "bench");
}

int command_bench(int argc, char **argv)
{
    Wish wish = {.cells = "gru,lstm",
                 .hidden = {6, {8, 16, 24, 32, 40, 64}},
                 .block = {1, {64}},
                 .channels = {1, {1}},
                 .rate_hz = 48000};
    int first = 0, status = parse(&wish, argc, argv, &first);
    if (status == OPTIONS_PARSED)
        status = check(&wish, argv[first]);
    if (status != OPTIONS_PARSED)
        return status;
    interrupt_catch();
    gruff_flush_denormals();
    bool ok = wish.minute ? bench_minute(&wish) : bench_nets(&wish);
    progress_clear();
    interrupt_finish();
    return ok ? EXIT_DONE : EXIT_FAILED;
}
