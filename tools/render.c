/* gruff render: play sound files through the engine (or, with --raw, through the net alone) into files. */
#include "render.h"
#include "audio_file.h"
#include "commands.h"
#include "interrupt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_BLOCK = 1 << 20, PATH_BYTES = 4096 };

static const char *const bit_names[] = {"keep", "16", "24", "32", "float", NULL};
static const int bit_values[] = {AUDIO_BITS_KEEP, 16, 24, 32, AUDIO_BITS_FLOAT};

/* ---- several files */

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
    int n = snprintf(path, PATH_BYTES, "%s/%.*s%s%s", render->folder, stem, name, render->format ? "." : "",
                     render->format ? render->format : "");
    return n > 0 && n < PATH_BYTES;
}

static int check_names(const Render *render, char **in, int n_in)
{
    char a[PATH_BYTES], b[PATH_BYTES];
    for (int i = 0; i < n_in; i++) {
        if (!strcmp(in[i], "-") || !folder_path(render, in[i], a))
            return say_usage("render", "%s: has no name to use in %s", in[i], render->folder);
        for (int j = 0; j < i; j++)
            if (folder_path(render, in[j], b) && !strcmp(a, b))
                return say_usage("render", "%s and %s: both would become %s; render them into two folders",
                                 in[j], in[i], a);
    }
    return EXIT_DONE;
}

static int render_many(const Render *render, char **in, int n_in)
{
    char out[PATH_BYTES];
    int n_failed = 0, status = check_names(render, in, n_in);
    if (status != EXIT_DONE)
        return status;
    struct stat facts;
    if (mkdir(render->folder, 0777) && errno != EEXIST)
        return say_failed("%s: cannot make this folder: %s", render->folder, strerror(errno));
    if (stat(render->folder, &facts) || !S_ISDIR(facts.st_mode))
        return say_failed("%s: is no folder; give -d another name", render->folder);
    for (int i = 0; i < n_in && !interrupted(); i++)
        n_failed += !folder_path(render, in[i], out) || !render_file(render, in[i], out);
    if (n_failed && n_in > 1 && !interrupted())
        say_failed("%d of %d files could not be rendered; the others are in %s", n_failed, n_in,
                   render->folder);
    return n_failed || interrupted() ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the command */

static int parse(Render *r, int argc, char **argv, int *first)
{
    int bits = 0;
    play_options_init(&r->play);
    const Option own[] = {
        {"folder", 'd', OPTION_TEXT, &r->folder, "DIR",
         "render every IN into this folder, under its own name; the folder is made if it is not there", 0, 0,
         NULL},
        {"format", 0, OPTION_TEXT, &r->format, "NAME",
         "kind of file: wav, flac, aiff, w64, rf64, caf, au, ogg...; without it OUT's ending says", 0, 0,
         NULL},
        {"bits", 0, OPTION_CHOICE, &bits, "BITS",
         "16, 24, 32 or float; without it as the input, or the nearest the kind of file can hold", 0, 0,
         bit_names},
        {"no-dither", 0, OPTION_FLAG, &r->no_dither, NULL, "round to 16 bits without dither", 0, 0, NULL},
        {"raw", 0, OPTION_FLAG, &r->raw, NULL,
         "play only what the model file describes, on the samples as they are, whatever the sample rates: no "
         "trims, tone or rate conversion",
         0, 0, NULL},
        {"block", 0, OPTION_COUNT, &r->block, "N", "frames per step of the engine; the sound is the same", 1,
         MAX_BLOCK, NULL},
        {"quiet", 'q', OPTION_FLAG, &r->quiet, NULL, "say nothing when all goes well", 0, 0, NULL},
        {0},
    };
    const OptionPage page = {
        "render",
        "gruff render [-m MODEL] [options] IN OUT\ngruff render [-m MODEL] [options] -d DIR IN...",
        "Play sound files through a model, exactly as the plugin does, and write what comes out.\n"
        "OUT lines up with IN, has its length and sample rate, and appears whole or not at all.",
        {{"Sound:", r->play.options}, {"Files:", own}},
        "IN and OUT may be '-' for standard input and output. 16-bit files get triangular dither, the same every\n"
        "time. Samples beyond full scale are clipped in integer formats, and you are told.\n\n"
        "  gruff render riff.wav loud.wav\n"
        "  gruff render -m amp.json --knob 0.7 --output-db -6 riff.wav riff-amp.flac\n"
        "  gruff render -m amp.nam -d amped --format flac takes/*.wav"};
    int status = options_parse(&page, argc, argv, first);
    r->bits = bit_values[bits];
    return status;
}

static int check(const Render *r, int n_operands)
{
    GruffMessage message;
    int status = play_options_check(&r->play, "render");
    if (status != OPTIONS_PARSED)
        return status;
    if (r->raw && play_uses_engine(&r->play))
        return say_usage("render", "--raw plays the net alone; leave out trims, tone, --match, --quality");
    if (r->format && !audio_format_known(r->format, &message))
        return say_usage("render", "%s", message.text);
    if (r->folder && n_operands < 1)
        return say_usage("render", "no sound file given");
    if (!r->folder && n_operands != 2)
        return say_usage("render", "give one IN and one OUT, or a folder with -d and any number of IN");
    return OPTIONS_PARSED;
}

int command_render(int argc, char **argv)
{
    Render render = {.block = 512};
    int first = 0, status = parse(&render, argc, argv, &first);
    if (status == OPTIONS_PARSED)
        status = check(&render, argc - first);
    if (status != OPTIONS_PARSED)
        return status;
    interrupt_catch();
    render.model = play_load_model(&render.play);
    if (!render.model)
        return EXIT_FAILED;
    if (render.folder)
        status = render_many(&render, argv + first, argc - first);
    else
        status = render_file(&render, argv[first], argv[first + 1]) ? EXIT_DONE : EXIT_FAILED;
    gruff_model_free(render.model);
    if (interrupted())
        say_failed("stopped; unfinished files are not kept");
    interrupt_finish();
    return status;
}
