/* The level wizard: the loudest parts of the signal, until the return peaks where it should. */
#include "capture/capture.h"

#include "audio/terminal.h"
#include "say.h"
#include "signal_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOWEST_DB  -6.0
#define HIGHEST_DB -3.0
#define AIM_DB     -4.5
#define NOTHING_DB -60.0
#define PROBE_S    3.0

typedef struct Probe {
    float *play, *record;
    size_t n_play, n_record;
} Probe;

static size_t loudest(const float *x, size_t n)
{
    size_t top = 0;
    for (size_t t = 0; t < n; t++)
        if (fabsf(x[t]) > fabsf(x[top]))
            top = t;
    return top;
}

/* The loudest step of the tone, then a second and a half of the loudest chord. */
static bool make_probe(const Capture *capture, Probe *probe)
{
    double rate_hz = capture->choice.rate_hz;
    const SignalSpan *levels = &signal_spans[SIGNAL_LEVELS], *chords = &signal_spans[SIGNAL_CHORDS];
    probe->n_play = (size_t)(PROBE_S * rate_hz);
    probe->n_record = probe->n_play + (size_t)(0.5 * rate_hz);
    probe->play = calloc(probe->n_play, sizeof(float));
    probe->record = calloc(probe->n_record, sizeof(float));
    if (!probe->play || !probe->record)
        return false;
    size_t n_step = (size_t)(SIGNAL_LEVEL_S * rate_hz), n_chord = (size_t)(1.5 * rate_hz);
    const float *step = capture->dry + (size_t)((levels->start_s + levels->length_s) * rate_hz) - n_step;
    const float *chord = capture->dry + (size_t)(chords->start_s * rate_hz);
    chord += loudest(chord, (size_t)((chords->length_s - 2) * rate_hz));
    memcpy(probe->play + (size_t)(0.3 * rate_hz), step, n_step * sizeof(float));
    memcpy(probe->play + (size_t)(1.0 * rate_hz), chord - (size_t)(0.02 * rate_hz), n_chord * sizeof(float));
    return true;
}

/* One probe: its peak in dBFS. */
static TapeEnd measure(Capture *capture, const Probe *probe, double *peak_db)
{
    TapeEnd end =
        capture_roll(capture, "level check", probe->play, probe->n_play, probe->record, probe->n_record);
    float top = fabsf(probe->record[loudest(probe->record, probe->n_record)]);
    *peak_db = top > 1e-6f ? rint(200 * log10((double)top)) / 10 : -120; /* as shown */
    return end;
}

static void advise(double peak_db, char *text, size_t size)
{
    double change = AIM_DB - peak_db;
    if (peak_db > -0.05)
        snprintf(text, size, "the return clips: turn the interface's input down 6 dB or more");
    else if (peak_db < NOTHING_DB)
        snprintf(text, size,
                 "nothing comes back (peak %.0f dBFS): check cables, channels and that the gear is on",
                 peak_db);
    else if (peak_db >= LOWEST_DB && peak_db <= HIGHEST_DB)
        snprintf(text, size, "the return peaks at %.1f dBFS: good", peak_db);
    else
        snprintf(text, size, "the return peaks at %.1f dBFS: turn the interface's input %s %.0f dB", peak_db,
                 change < 0 ? "down" : "up", fmax(1, rint(fabs(change))));
}

static int by_hand(Capture *capture, const Probe *probe)
{
    char text[160];
    printf(
        "Level check: the loudest parts of the signal play until the return peaks between %g and %g dBFS.\n"
        "Enter goes on as it is, q stops.\n",
        LOWEST_DB, HIGHEST_DB);
    for (;;) {
        double peak_db;
        TapeEnd end = measure(capture, probe, &peak_db);
        if (end != TAPE_DONE)
            return EXIT_FAILED;
        advise(peak_db, text, sizeof text);
        terminal_show(NULL, 0);
        printf("  %s\n", text);
        fflush(stdout);
        if (peak_db >= LOWEST_DB && peak_db <= HIGHEST_DB)
            return EXIT_DONE;
        int key = terminal_key(1000);
        if (key == '\n' || key == '\r')
            return EXIT_DONE;
        if (key == 'q' || key == KEY_STOP)
            return EXIT_FAILED;
    }
}

/* With nobody at the terminal: once, and what cannot be used ends it. */
static int by_itself(Capture *capture, const Probe *probe)
{
    char text[160];
    double peak_db;
    if (measure(capture, probe, &peak_db) != TAPE_DONE)
        return EXIT_FAILED;
    advise(peak_db, text, sizeof text);
    if (peak_db > -0.05 || peak_db < NOTHING_DB)
        return say_failed("level: %s", text);
    if (peak_db < LOWEST_DB || peak_db > HIGHEST_DB)
        say_warning("level: %s", text);
    return EXIT_DONE;
}

int capture_set_level(Capture *capture)
{
    Probe probe = {0};
    int status = make_probe(capture, &probe)
                     ? capture->on_terminal ? by_hand(capture, &probe) : by_itself(capture, &probe)
                     : say_failed("capture: no memory");
    free(probe.play);
    free(probe.record);
    return status;
}
