/* gruff capture: play the capture signal into real gear, record it, align it, check it. */
#include "capture/capture.h"

#include "audio/audio_options.h"
#include "audio/terminal.h"
#include "commands.h"
#include "say.h"
#include "signal_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int capture_options_parse(int argc, char **argv, CaptureOptions *options)
{
    *options = (CaptureOptions){0};
    Option audio[AUDIO_N_OPTIONS];
    audio_options_init(&options->wish, &options->list, audio);
    const Option own[] = {
        {"knob-name", 0, OPTION_TEXT, &options->knob_name, "NAME",
         "a knob of the gear to be captured at several settings, such as drive", 0, 0, NULL},
        {"knob-values", 0, OPTION_NUMBERS, &options->knob_values, "A,B,...",
         "its settings, in the order to take them; you are asked to set it before each", 0, 1, NULL},
        {"send-db", 0, OPTION_NUMBER, &options->send_db, "DB", "level of what is played", -40, 0, NULL},
        {"again", 0, OPTION_FLAG, &options->again, NULL, "forget the takes in DIR and begin anew", 0, 0,
         NULL},
        {0}};
    const OptionPage page = {
        "capture",
        "gruff capture [options] DIR\ngruff capture --list",
        "Play the capture signal (three minutes) into real gear and record what comes back. Checks the level, measures "
        "delay, drift, noise, hum, clipping, gating and how alike the gear sounds twice; writes DIR/dry.wav and "
        "DIR/wet.wav, aligned, and DIR/capture.json. What is already taken in DIR is kept: the same command goes on.",
        {{"The devices:", audio}, {"The takes:", own}},
        "With a knob, DIR holds wet-NAME-VALUE.wav for each value."};
    int first, status = options_parse(&page, argc, argv, &first);
    if (status != OPTIONS_PARSED || options->list)
        return status;
    if (first != argc - 1)
        return say_usage("capture", "give one folder to put the capture in");
    if (!options->knob_name != !options->knob_values.n)
        return say_usage("capture", "--knob-name and --knob-values go together");
    if (options->knob_name && (!*options->knob_name || strchr(options->knob_name, '/')))
        return say_usage("capture", "--knob-name '%s': a name without '/', such as drive",
                         options->knob_name);
    options->folder = argv[first];
    options->chose_device = audio_wish_names_device(&options->wish);
    return OPTIONS_PARSED;
}

static bool all_done(const Capture *capture)
{
    const CaptureOptions *options = &capture->options;
    bool done = options->knob_name ? true : book_has(&capture->book, NAN);
    for (uint32_t i = 0; options->knob_name && i < options->knob_values.n; i++)
        done = done && book_has(&capture->book, options->knob_values.value[i]);
    return done;
}

static int make_signal(Capture *capture)
{
    double rate_hz = capture->choice.rate_hz;
    if (rate_hz < SIGNAL_MIN_RATE_HZ || rate_hz > SIGNAL_MAX_RATE_HZ)
        return say_failed("--rate %g: capture works at %d to %d Hz", rate_hz, SIGNAL_MIN_RATE_HZ,
                          SIGNAL_MAX_RATE_HZ);
    capture->n_dry = signal_n_frames(rate_hz);
    capture->n_raw = capture->n_dry + (size_t)ceil(CAPTURE_MAX_DELAY_S * rate_hz);
    capture->dry = malloc(capture->n_dry * sizeof(float));
    capture->wet = malloc(capture->n_dry * sizeof(float));
    capture->raw = malloc(capture->n_raw * sizeof(float));
    if (!capture->dry || !capture->wet || !capture->raw || !signal_make(rate_hz, capture->dry))
        return say_failed("capture: no memory");
    float gain = (float)pow(10, capture->options.send_db / 20);
    for (size_t t = 0; t < capture->n_dry; t++)
        capture->dry[t] *= gain;
    return EXIT_DONE;
}

static int prepare(Capture *capture)
{
    const CaptureOptions *options = &capture->options;
    if (book_open(&capture->book, options->folder))
        return EXIT_FAILED;
    if (options->again)
        book_clear(&capture->book);
    double rate_hz = book_rate_hz(&capture->book);
    if (audio_choose(&options->wish, "capture", rate_hz > 0 ? rate_hz : CAPTURE_RATE_HZ, &capture->choice) ||
        book_fits(&capture->book, capture->choice.rate_hz, options->send_db, options->knob_name))
        return EXIT_FAILED;
    if (capture->choice.input.n_channels != 1)
        return say_usage("capture", "--input-channel: one channel is recorded; give one");
    book_begin(&capture->book, &capture->choice, options->send_db, options->knob_name);
    capture->tape.n_outputs = capture->choice.output.n_channels;
    return make_signal(capture);
}

/* The level is set once, at the knob's highest value, and not touched between takes. */
static int set_level(Capture *capture)
{
    const CaptureOptions *options = &capture->options;
    if (book_n_takes(&capture->book))
        return EXIT_DONE;
    double highest = 0;
    for (uint32_t i = 0; i < options->knob_values.n; i++)
        highest = fmax(highest, options->knob_values.value[i]);
    char text[200];
    snprintf(text, sizeof text, "For the level check, set %.60s where it is loudest (%g, most likely).",
             options->knob_name ? options->knob_name : "", highest);
    if (options->knob_name && !capture_ask(capture, text))
        return EXIT_FAILED;
    return capture_set_level(capture);
}

static int run(Capture *capture)
{
    terminal_hold_signals();
    if (audio_stream_start(&capture->choice, tape_run, &capture->tape, &capture->stream))
        return EXIT_FAILED;
    if (capture->options.chose_device)
        audio_remember("capture", &capture->choice);
    capture->on_terminal = terminal_begin();
    printf("From %s to %s (%s), %g Hz.\n", capture->choice.output.name, capture->choice.input.name,
           capture->choice.host, capture->choice.rate_hz);
    int status = set_level(capture);
    if (!status)
        status = capture_take_all(capture);
    if (!status)
        printf("Done: %s/dry.wav and %zu aligned %s; %s tells the rest.\n", capture->book.folder,
               book_n_takes(&capture->book), book_n_takes(&capture->book) == 1 ? "return" : "returns",
               capture->book.path);
    terminal_show(NULL, 0);
    terminal_end();
    audio_stream_stop(&capture->stream);
    return status;
}

int command_capture(int argc, char **argv)
{
    static Capture capture; /* what a dead device's thread may still look at must stay */
    int status = capture_options_parse(argc, argv, &capture.options);
    if (status != OPTIONS_PARSED)
        return status;
    if (audio_begin())
        return EXIT_FAILED;
    status = capture.options.list ? audio_list(stdout) : prepare(&capture);
    if (!status && !capture.options.list) {
        if (all_done(&capture))
            printf("%s: all takes are done; --again makes them anew.\n", capture.book.folder);
        else
            status = run(&capture);
    }
    fflush(NULL);
    if (capture.dead)
        _Exit(status);
    audio_end();
    book_close(&capture.book);
    free(capture.dry);
    free(capture.wet);
    free(capture.raw);
    return status;
}
