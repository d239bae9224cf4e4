/* gruff render: play sound files through the engine (or, with --raw, through the net alone) into files. */
#include "render.h"

#include "audio_file.h"
#include "commands.h"
#include "interrupt.h"

enum { MAX_BLOCK = 1 << 20 };

static const char *const bit_names[] = {"keep", "16", "24", "32", "float", NULL};
static const int bit_values[] = {AUDIO_BITS_KEEP, 16, 24, 32, AUDIO_BITS_FLOAT};

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
        {"jobs", 'j', OPTION_COUNT, &r->n_jobs, "N",
         "files rendered at a time, as many as there are cores if not given; or play a single file in N parts at a "
         "time, within -110 dB of what it is in one",
         1, RENDER_MAX_JOBS, NULL},
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
    const uint32_t n_in = render.folder ? (uint32_t)(argc - first) : 1;
    status = render_files(&render, argv + first, n_in, argv[argc - 1]);
    gruff_model_free(render.model);
    if (interrupted())
        say_failed("stopped; unfinished files are not kept");
    interrupt_finish();
    return status;
}
