#include "train/train_options.h"

#include "options.h"

/* What the options fill in before it becomes a plan. */
typedef struct Raw {
    int cell;
    const char *kinds;
    uint32_t seed;
    bool compare, no_skip, no_report;
    double epochs, minutes;
} Raw;

static const char about[] =
    "Train a model of your amp or pedal: DRY is what was played into it, WET what came back. They may differ in length, level, rate "
    "and delay; gruff train lines them up, says what it finds, trains, checks the model in the player, and writes it with "
    "a report beside it. Ctrl-C ends early and keeps the best model so far.";

static const char notes[] =
    "One model for several positions of a knob: a pair for each, and where the knob stood (0 to 1):\n"
    "  gruff train --pair dry.wav low.wav --knob drive=0 --pair dry.wav mid.wav --knob drive=0.5 \\\n"
    "              --pair dry.wav high.wav --knob drive=1 -o amp.json\n"
    "A folder that gruff capture made stands for all its takes:\n"
    "  gruff train my-amp -o amp.json";

static int parse(TrainOptions *t, Raw *raw, int argc, char **argv, int *first)
{
    FitPlan *plan = &t->plan;
    const Option main_options[] = {
        {"output", 'o', OPTION_TEXT, (void *)&t->model, "MODEL", "the model file to write; needed", 0, 0,
         NULL},
        {"cell", 0, OPTION_CHOICE, &raw->cell, "CELL",
         "gru, before (its reset gate acts before the product), simple (none), lstm or rnn", 0, 0,
         shape_cells},
        {"hidden", 0, OPTION_COUNT, &plan->shape.hidden, "H",
         "units; more are truer and cost more. 16 if not given", 1, GRUFF_MAX_HIDDEN, NULL},
        {"layers", 0, OPTION_COUNT, &plan->shape.n_layers, "N", "of cells, one after the other", 1,
         GRUFF_MAX_LAYERS - 1, NULL},
        {"hop", 0, OPTION_COUNT, &plan->shape.hop, "N",
         "samples a step takes in and gives out; more than 1 delays the sound", 1, GRUFF_MAX_HOP, NULL},
        {"no-skip", 0, OPTION_FLAG, &raw->no_skip, NULL, "do not add the input to the output", 0, 0, NULL},
        {"name", 0, OPTION_TEXT, (void *)&t->name, "NAME", "of the model; the file's if not given", 0, 0,
         NULL},
        {"compare", 0, OPTION_FLAG, &raw->compare, NULL,
         "train several kinds of model, each into a file of its own, and show a table of them", 0, 0, NULL},
        {"kinds", 0, OPTION_TEXT, (void *)&raw->kinds, "LIST",
         "the kinds to compare, such as gru8,gru16,lstm12x2,gru32h8 (two layers; a hop of 8)", 0, 0, NULL},
        {0},
    };
    const Option how_options[] = {
        {"epochs", 0, OPTION_NUMBER, &raw->epochs, "N", "passes over the sound; 100 if not given", 0.01, 1e6,
         NULL},
        {"minutes", 0, OPTION_NUMBER, &raw->minutes, "M", "train for this long instead", 0.01, 1e5, NULL},
        {"patience", 0, OPTION_COUNT, &plan->patience, "N",
         "end after so many validations without a better one; 0: never", 0, 1e6, NULL},
        {"seed", 0, OPTION_COUNT, &raw->seed, "S", "another start; the same seed gives the same model", 0,
         4294967295.0, NULL},
        {"threads", 0, OPTION_COUNT, &plan->n_threads, "N", "0: one a core", 0, 256, NULL},
        {"streams", 0, OPTION_COUNT, &plan->n_streams, "N", "places in the sound trained on side by side", 1,
         4096, NULL},
        {"window", 0, OPTION_COUNT, &plan->window, "N",
         "samples that gradients flow back through, at the start", 8, 65536, NULL},
        {"last-window", 0, OPTION_COUNT, &plan->last_window, "N", "and at the end", 8, 65536, NULL},
        {"learning-rate", 0, OPTION_NUMBER, &plan->learning_rate, "R", "at the start", 1e-6, 1, NULL},
        {"spectral", 0, OPTION_NUMBER, &plan->spectral_weight, "W",
         "weight of a spectral term in the loss; slower", 0, 100, NULL},
        {"resume", 0, OPTION_FLAG, &t->resume, NULL, "go on with a training that was interrupted", 0, 0,
         NULL},
        {0},
    };
    const Option data_options[] = {
        {"pair", 0, OPTION_LISTED, NULL, "DRY WET", "one pair of several", 0, 0, NULL},
        {"knob", 0, OPTION_LISTED, NULL, "NAME=VALUE",
         "where a knob stood for the pair before it, 0 to 1; see below", 0, 0, NULL},
        {"test-pair", 0, OPTION_LISTED, NULL, "DRY WET", "one that takes part in the test alone", 0, 0, NULL},
        {"validate", 0, OPTION_NUMBER, &t->wish.validate, "PART", "of the sound, to choose the best model by",
         0.01, 0.5, NULL},
        {"test", 0, OPTION_NUMBER, &t->wish.test, "PART", "of the sound, to judge the model by at the end", 0,
         0.5, NULL},
        {"rate", 'r', OPTION_NUMBER, &t->wish.rate_hz, "HZ",
         "of the model; that of WET if not given, at most 48000", 8000, 192000, NULL},
        {"aligned", 0, OPTION_FLAG, &t->wish.aligned, NULL,
         "WET is in time with DRY to the sample, as simulations are: shift nothing", 0, 0, NULL},
        {"force", 0, OPTION_FLAG, &t->wish.force, NULL, "train in spite of faults in the recordings", 0, 0,
         NULL},
        {"log", 0, OPTION_TEXT, (void *)&t->log, "FILE", "write how it goes as lines of JSON", 0, 0, NULL},
        {"no-report", 0, OPTION_FLAG, &raw->no_report, NULL, "write no page beside the model", 0, 0, NULL},
        {0},
    };
    const OptionPage page = {
        "train",
        "gruff train DRY WET -o MODEL [options]\ngruff train --pair DRY WET --knob NAME=VALUE ... -o MODEL [options]\n"
        "gruff train FOLDER -o MODEL [options]",
        about,
        {{"The model:", main_options}, {"The training:", how_options}, {"The recordings:", data_options}},
        notes,
    };
    return options_parse(&page, argc, argv, first);
}

static void set_wish(TrainOptions *t)
{
    t->wish.n_sources = t->sources.n;
    t->wish.sources = t->sources.source;
    t->wish.n_knobs = t->sources.n_knobs;
    for (uint32_t k = 0; k < t->sources.n_knobs; k++)
        t->wish.knob_name[k] = t->sources.knob_name[k];
}

static int set_plan(TrainOptions *t, const Raw *raw)
{
    GruffMessage message = {""};
    shape_set_cell(&t->plan.shape, raw->cell);
    t->plan.shape.skip = !raw->no_skip;
    t->plan.seed = raw->seed;
    t->plan.minutes = raw->minutes;
    if (raw->minutes > 0.0 || raw->epochs > 0.0)
        t->plan.epochs = raw->epochs;
    if (raw->compare || raw->kinds)
        if (!compare_read(raw->kinds ? raw->kinds : compare_standard, &t->plan.shape, t->shapes, &t->n_shapes,
                          &message))
            return say_usage("train", "%s", message.text);
    return EXIT_DONE;
}

int train_options_read(TrainOptions *t, int argc, char **argv)
{
    Raw raw = {0};
    int first = 0;
    *t = (TrainOptions){.wish = {.validate = 0.15, .test = 0.15}};
    fit_plan_default(&t->plan);
    int status = sources_from_options(&t->sources, &argc, argv);
    if (status)
        return status;
    status = parse(t, &raw, argc, argv, &first);
    if (status != OPTIONS_PARSED)
        return status;
    if (!t->model)
        return say_usage("train", "where should the model go? give a file with -o, such as -o amp.json");
    if (t->resume && (raw.compare || raw.kinds))
        return say_usage("train", "--resume goes on with one training, not with a comparison");
    status = set_plan(t, &raw);
    if (!status)
        status = sources_from_operands(&t->sources, argc - first, argv + first);
    set_wish(t);
    t->report = !raw.no_report;
    return status ? status : OPTIONS_PARSED;
}

void train_options_free(TrainOptions *t)
{
    sources_free(&t->sources);
}
