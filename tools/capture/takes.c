/* Taking: ask for the setting, play, record, judge, write. */
#include "capture/capture.h"

#include "audio/terminal.h"
#include "audio_file.h"
#include "say.h"

#include <math.h>
#include <string.h>

TapeEnd capture_roll(Capture *capture, const char *label, const float *play, size_t n_play, float *record,
                     size_t n_record)
{
    Tape *tape = &capture->tape;
    double rate_hz = capture->choice.rate_hz;
    tape_start(tape, play, n_play, record, n_record);
    while (atomic_load_explicit(&tape->at, memory_order_acquire) < n_record) {
        int key = terminal_key(50);
        if (key == KEY_STOP || key == 'q') {
            tape_stop(tape);
            return TAPE_STOPPED;
        }
        AudioHealth health = audio_stream_health(capture->stream);
        if (health != AUDIO_WELL) {
            terminal_show(NULL, 0);
            say_failed("%s: %s; takes done before are kept",
                       capture->choice.is_jack ? "JACK" : capture->choice.input.name,
                       audio_health_words(&capture->choice, health));
            capture->dead = true;
            return TAPE_DEAD;
        }
        size_t at = atomic_load(&tape->at);
        float peak = tape_peak(tape);
        char line[1][TERMINAL_MAX_WIDTH];
        snprintf(line[0], sizeof line[0], "%s  %d:%02d of %d:%02d   return %6.1f dBFS %s   q stops", label,
                 (int)((double)at / rate_hz) / 60, (int)((double)at / rate_hz) % 60,
                 (int)((double)n_record / rate_hz) / 60, (int)((double)n_record / rate_hz) % 60,
                 peak > 1e-5f ? 20 * log10((double)peak) : -99.9, peak > 0.9999f ? "CLIP" : "    ");
        terminal_show(line, 1);
    }
    terminal_show(NULL, 0);
    return TAPE_DONE;
}

bool capture_ask(Capture *capture, const char *text)
{
    printf("%s%s", text, capture->on_terminal ? " [Enter; q stops]\n" : "\n");
    fflush(stdout);
    if (!capture->on_terminal) {
        char line[64];
        return fgets(line, sizeof line, stdin) && *line != 'q';
    }
    for (;;) {
        int key = terminal_key(1000);
        if (key == '\n' || key == '\r')
            return true;
        if (key == 'q' || key == KEY_STOP)
            return false;
    }
}

static int write_sound(const Capture *capture, const char *name, const float *samples)
{
    char path[BOOK_PATH_SIZE + 160];
    GruffMessage message = {""};
    AudioWriter *writer;
    AudioFacts facts = {.rate_hz = (int)(capture->choice.rate_hz + 0.5),
                        .n_channels = 1,
                        .n_frames = (int64_t)capture->n_dry};
    snprintf(path, sizeof path, "%s/%s", capture->book.folder, name);
    if (!audio_choose_format(path, NULL, AUDIO_BITS_FLOAT, &facts, &message, &facts.format) ||
        !audio_create(path, &facts, false, NULL, &message, &writer))
        return say_failed("%s", message.text);
    if (!audio_write(writer, samples, capture->n_dry, &message)) {
        audio_abandon(writer);
        return say_failed("%s", message.text);
    }
    return audio_finish(writer, &message) ? EXIT_DONE : say_failed("%s", message.text);
}

static void say_facts(const Capture *capture, const CaptureFacts *facts)
{
    char hum[64] = "no hum";
    if (facts->hum_hz > 0)
        snprintf(hum, sizeof hum, "hum of %.0f Hz at %.1f dBFS", facts->hum_hz, facts->hum_db);
    printf("  round trip %.2f ms (%.2f frames), drift %.2f ppm, return peaks at %.1f dBFS\n"
           "  noise %.1f dBFS, %s; the lowest error a model can reach: %.1f dB (%s)\n",
           1e3 * facts->delay_frames / capture->choice.rate_hz, facts->delay_frames, facts->drift_ppm,
           facts->peak_db, facts->noise_db, hum, facts->repeat_db, capture_error_word(facts->repeat_db));
}

/* Print the words; true where the take must be refused: then what else is said of it means little. */
static bool say_words(const CaptureWord *words, size_t n)
{
    bool refused = false;
    for (size_t i = 0; i < n; i++)
        refused = refused || words[i].weight == CAPTURE_REFUSAL;
    fflush(stdout);
    for (size_t i = 0; i < n; i++) {
        if (words[i].weight == CAPTURE_REFUSAL)
            say_failed("take: %s", words[i].text);
        else if (words[i].weight == CAPTURE_WARNING && !refused)
            say_warning("%s", words[i].text);
        else if (!refused)
            printf("  %s\n", words[i].text);
    }
    return refused;
}

/* Whether the recorded sound is whole and fit for use; says so otherwise. */
static bool judge(Capture *capture, CaptureFacts *facts, CaptureWord *words, size_t *n_words)
{
    uint32_t n_gaps = atomic_load(&capture->tape.n_gaps);
    if (n_gaps) {
        say_failed(
            "take: the device lost sound %u times, first at %.1f s; close other programs or use larger --frames, "
            "and take it again",
            n_gaps, (double)atomic_load(&capture->tape.gap) / capture->choice.rate_hz);
        return false;
    }
    if (!capture_measure(capture->dry, capture->n_dry, capture->raw, capture->n_raw, capture->choice.rate_hz,
                         facts)) {
        say_failed("capture: no memory");
        return false;
    }
    *n_words = capture_judge(facts, capture->choice.rate_hz, words);
    if (facts->found && !facts->jumped)
        say_facts(capture, facts);
    return !say_words(words, *n_words);
}

static int keep(Capture *capture, double value, const CaptureFacts *facts, const CaptureWord *words,
                size_t n_words)
{
    const char *knob = capture->options.knob_name;
    char name[128];
    long trim = capture_trim(facts, book_lead(&capture->book));
    book_wet_name(knob, value, name);
    capture_align(capture->raw, capture->n_raw, facts, trim, capture->wet, capture->n_dry);
    if ((!book_n_takes(&capture->book) && write_sound(capture, "dry.wav", capture->dry)) ||
        write_sound(capture, name, capture->wet) ||
        book_enter(&capture->book, knob, value, facts, trim, words, n_words))
        return EXIT_FAILED;
    printf("  written: %s/%s\n", capture->book.folder, name);
    return EXIT_DONE;
}

static int take_one(Capture *capture, double value)
{
    const char *knob = capture->options.knob_name;
    char label[128] = "capture", text[160];
    if (knob) {
        snprintf(label, sizeof label, "%.60s %g", knob, value);
        snprintf(text, sizeof text, "Set %.60s to %g.", knob, value);
        if (!capture_ask(capture, text))
            return EXIT_FAILED;
    }
    for (;;) {
        CaptureFacts facts;
        CaptureWord words[CAPTURE_MAX_WORDS];
        size_t n_words = 0;
        printf("Take: %s\n", label);
        fflush(stdout);
        if (capture_roll(capture, label, capture->dry, capture->n_dry, capture->raw, capture->n_raw) !=
            TAPE_DONE)
            return EXIT_FAILED;
        if (judge(capture, &facts, words, &n_words))
            return keep(capture, value, &facts, words, n_words);
        if (!capture->on_terminal || !capture_ask(capture, "This take is of no use. Take it again?"))
            return EXIT_FAILED;
    }
}

int capture_take_all(Capture *capture)
{
    const CaptureOptions *options = &capture->options;
    uint32_t n = options->knob_name ? options->knob_values.n : 1, n_done = 0;
    for (uint32_t i = 0; i < n; i++) {
        double value = options->knob_name ? options->knob_values.value[i] : NAN;
        if (!book_has(&capture->book, value) && take_one(capture, value)) {
            terminal_show(NULL, 0);
            fflush(stdout);
            if (n > 1)
                fprintf(stderr,
                        "gruff: %u of %u takes are done and kept; the same command goes on from there\n",
                        n_done, n);
            return EXIT_FAILED;
        }
        n_done++;
    }
    return EXIT_DONE;
}
