/* A tape machine for tests: a JACK client that plays a file and records what comes back, frame for frame.
 *
 *   jack_tape NAME IN.wav OUT.wav [seconds=S] [freewheel=1]
 *       Ports NAME:play and NAME:record (and NAME:record_2). Once both are connected, plays IN (mono) from
 * the next period on and records as long, or S seconds; writes OUT (float, as many channels as are connected,
 *       1 or 2) and ends. With freewheel JACK runs as fast as it can meanwhile. Prints the frames recorded,
 * and JACK's xruns meanwhile.
 *
 *   jack_tape find NEEDLE.wav HAYSTACK.wav
 *       Prints the frame of HAYSTACK's first channel at which all samples of NEEDLE's follow; status 1:
 * nowhere. */
#include <jack/jack.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static jack_port_t *play_port, *record_port[2];
static float *tape, *recorded[2];
static sf_count_t n_lead, n_tape, n_record;
static atomic_long at = -1; /* -1: waits for connections; else frames done */
static atomic_int gone, n_xruns;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "jack_tape: %s: %s\n", what, why);
    exit(2);
}

static float *read_mono(const char *path, sf_count_t *n, int *rate_hz)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file)
        die(path, sf_strerror(NULL));
    float *all = malloc((size_t)(info.frames * info.channels + 1) * sizeof *all);
    *n = sf_readf_float(file, all, info.frames);
    for (sf_count_t t = 0; t < *n; t++)
        all[t] = all[t * info.channels];
    *rate_hz = info.samplerate;
    sf_close(file);
    return all;
}

static int process(jack_nframes_t n_frames, void *unused)
{
    (void)unused;
    float *out = jack_port_get_buffer(play_port, n_frames);
    long now = atomic_load(&at);
    memset(out, 0, n_frames * sizeof *out);
    if (now < 0 && jack_port_connected(play_port) && jack_port_connected(record_port[0]))
        now = 0;
    if (now < 0 || now >= n_record)
        return 0;
    for (jack_nframes_t t = 0; t < n_frames && now + (long)t < n_record; t++) {
        for (int c = 0; c < 2; c++)
            recorded[c][now + t] = ((float *)jack_port_get_buffer(record_port[c], n_frames))[t];
        out[t] =
            now + (long)t >= n_lead && now + (long)t < n_lead + n_tape ? tape[now + (long)t - n_lead] : 0;
    }
    atomic_store(&at, now + (long)n_frames);
    return 0;
}

static int xrun(void *unused)
{
    (void)unused;
    if (atomic_load(&at) >= 0)
        atomic_fetch_add(&n_xruns, 1);
    return 0;
}

static void shut_down(void *unused)
{
    (void)unused;
    atomic_store(&gone, 1);
}

static void end(int number)
{
    (void)number;
    atomic_store(&gone, 1);
}

static void write_out(const char *path, int rate_hz, long n, int n_channels)
{
    SF_INFO info = {.samplerate = rate_hz, .channels = n_channels, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file)
        die(path, sf_strerror(NULL));
    for (long t = 0; t < n; t++) {
        float frame[2] = {recorded[0][t], recorded[1][t]};
        if (sf_writef_float(file, frame, 1) != 1)
            die(path, sf_strerror(file));
    }
    sf_close(file);
}

static int run(int argc, char **argv)
{
    double seconds = 0;
    int freewheel = 0, rate_hz;
    for (int i = 4; i < argc; i++)
        if (sscanf(argv[i], "seconds=%lf", &seconds) != 1 && sscanf(argv[i], "freewheel=%d", &freewheel) != 1)
            die(argv[i], "no such option");
    tape = read_mono(argv[2], &n_tape, &rate_hz);
    jack_client_t *client = jack_client_open(argv[1], JackNoStartServer, NULL);
    if (!client)
        die(argv[1], "no JACK");
    if ((int)jack_get_sample_rate(client) != rate_hz)
        die(argv[2], "its rate is not JACK's");
    n_lead = rate_hz / 2;
    n_record = n_lead + (seconds > 0 ? (sf_count_t)(seconds * rate_hz) : n_tape);
    for (int c = 0; c < 2; c++)
        recorded[c] = calloc((size_t)n_record + 1, sizeof(float));
    play_port = jack_port_register(client, "play", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    record_port[0] = jack_port_register(client, "record", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    record_port[1] = jack_port_register(client, "record_2", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    jack_set_process_callback(client, process, NULL);
    jack_set_xrun_callback(client, xrun, NULL);
    jack_on_shutdown(client, shut_down, NULL);
    signal(SIGTERM, end);
    if (jack_activate(client))
        die(argv[1], "cannot start");
    int is_free = 0, n_channels = 1;
    while (!atomic_load(&gone) && atomic_load(&at) < n_record) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        if (atomic_load(&at) >= 0 && jack_port_connected(record_port[1]))
            n_channels = 2;
        if (freewheel && !is_free && atomic_load(&at) >= 0)
            is_free = !jack_set_freewheel(client, 1);
    }
    if (is_free && !atomic_load(&gone))
        jack_set_freewheel(client, 0);
    long n = atomic_load(&at) < n_record ? atomic_load(&at) : (long)n_record;
    printf("%ld frames, %d xruns\n", n, atomic_load(&n_xruns));
    write_out(argv[3], rate_hz, n > 0 ? n : 0, n_channels);
    if (!atomic_load(&gone))
        jack_client_close(client);
    return n < n_record;
}

/* Where all of needle[n] stands in haystack[m], to the bit and silence before it aside; more than m if
 * nowhere. */
static sf_count_t lag_of(const float *needle, sf_count_t n, const float *haystack, sf_count_t m)
{
    sf_count_t first = 0;
    while (first < n && needle[first] == 0)
        first++;
    for (sf_count_t lag = -first; first < n && lag + n <= m; lag++)
        if (haystack[lag + first] == needle[first] &&
            !memcmp(haystack + lag + first, needle + first, (size_t)(n - first) * sizeof(float)))
            return lag;
    return m + 1;
}

static int find(const char *needle_path, const char *haystack_path)
{
    sf_count_t n, m;
    int rate_hz;
    float *needle = read_mono(needle_path, &n, &rate_hz), *haystack = read_mono(haystack_path, &m, &rate_hz);
    sf_count_t lag = lag_of(needle, n, haystack, m);
    free(needle);
    free(haystack);
    if (lag > m)
        printf("nowhere\n");
    else
        printf("%ld\n", (long)lag);
    return lag > m;
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "find"))
        return find(argv[2], argv[3]);
    if (argc < 4)
        die("usage", "jack_tape NAME IN.wav OUT.wav [options], or jack_tape find NEEDLE HAYSTACK");
    return run(argc, argv);
}
