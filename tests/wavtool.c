/* Helper of the end-to-end tests: makes test signals and compares sound files. It shares no code with the
 * program it checks.
 *
 * wavtool make FILE SIGNAL [key=value]...: SIGNAL is silence impulse sine sweep noise pluck; FILE's ending
 * picks wav, flac, aif, w64, rf64, au, caf. Keys: rate=48000 frames=48000 channels=1 bits=float|16|24|32|8
 * level=0.5 (peak) hz=440 seed=1 same=1 (all channels alike) nan=N (every N-th sample is NaN) silent=N (so
 * are the first N frames) gap=N gap_at=M (so are N from frame M on) title=TEXT
 *
 * wavtool compare A B [key=value]... prints frames, channels, ESR of B against A in dB, largest difference,
 * first differing frame; exits 1 if the files differ in rate, channels or frames, or go over a limit: esr=DB
 * max=DIFFERENCE equal=1 (every sample the same) lag=N (B lags A by N frames) mono=C (A is mono: against
 * channel C of B) skip=N (leave out the first N frames)
 *
 * wavtool info FILE prints rate=… channels=… frames=… format=… bits=… peak=… title=… as words on one line.
 *
 * wavtool limited SECONDS MIB COMMAND... runs COMMAND; prints its greatest resident memory in MiB; exits 1 if
 * that is above MIB or it fails.
 *
 * wavtool stop SIGNAL SECONDS COMMAND... runs COMMAND and sends it SIGNAL after SECONDS; exits 1 unless
 * that is what ended it. */
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 4096, MAX_CHANNELS = 8 };

static void die(const char *what, const char *why)
{
    fprintf(stderr, "wavtool: %s: %s\n", what, why);
    exit(2);
}

static const char *key(int argc, char **argv, const char *name, const char *standard)
{
    size_t n = strlen(name);
    for (int i = 0; i < argc; i++)
        if (!strncmp(argv[i], name, n) && argv[i][n] == '=')
            return argv[i] + n + 1;
    return standard;
}

static double number(int argc, char **argv, const char *name, double standard)
{
    const char *text = key(argc, argv, name, NULL);
    return text ? strtod(text, NULL) : standard;
}

static int container(const char *path)
{
    static const struct {
        const char *ending;
        int format;
    } known[] = {{".wav", SF_FORMAT_WAV},    {".flac", SF_FORMAT_FLAC}, {".aif", SF_FORMAT_AIFF},
                 {".w64", SF_FORMAT_W64},    {".rf64", SF_FORMAT_RF64}, {".au", SF_FORMAT_AU},
                 {".caf", SF_FORMAT_CAF},    {".aiff", SF_FORMAT_AIFF}, {".ogg", SF_FORMAT_OGG},
                 {".wavex", SF_FORMAT_WAVEX}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++)
        if (!strcmp(dot, known[i].ending))
            return known[i].format;
    die(path, "unknown ending");
    return 0;
}

static int encoding(const char *path, const char *bits)
{
    int major = container(path);
    if (major == SF_FORMAT_OGG)
        return major | SF_FORMAT_VORBIS;
    if (!strcmp(bits, "float"))
        return major | SF_FORMAT_FLOAT;
    if (!strcmp(bits, "double"))
        return major | SF_FORMAT_DOUBLE;
    bool unsigned_8 = major == SF_FORMAT_WAV || major == SF_FORMAT_WAVEX || major == SF_FORMAT_W64 ||
                      major == SF_FORMAT_RF64;
    switch ((int)strtol(bits, NULL, 10)) {
    case 8:
        return major | (unsigned_8 ? SF_FORMAT_PCM_U8 : SF_FORMAT_PCM_S8);
    case 16:
        return major | SF_FORMAT_PCM_16;
    case 24:
        return major | SF_FORMAT_PCM_24;
    case 32:
        return major | SF_FORMAT_PCM_32;
    }
    die(bits, "unknown bits");
    return 0;
}

static double uniform(uint64_t *state) /* -1…1; xorshift64* (Vigna 2016) */
{
    *state ^= *state >> 12, *state ^= *state << 25, *state ^= *state >> 27;
    return (double)((*state * 0x2545F4914F6CDD1Dull) >> 11) / 4503599627370496.0 - 1.0;
}

typedef struct Signal {
    const char *kind;
    double rate, hz, level;
    int64_t n_frames;
    uint64_t seed;
} Signal;

/* Sample t of the signal; at most `level` in absolute value. */
static double sample(Signal *s, int64_t t)
{
    double time = (double)t / s->rate;
    if (!strcmp(s->kind, "silence"))
        return 0;
    if (!strcmp(s->kind, "impulse"))
        return t == 0 ? s->level : 0;
    if (!strcmp(s->kind, "sine"))
        return s->level * sin(2 * M_PI * s->hz * time);
    if (!strcmp(s->kind, "noise"))
        return s->level * uniform(&s->seed);
    if (!strcmp(s->kind, "sweep")) { /* 20 Hz to 0.45 rate, exponential */
        double span = (double)s->n_frames / s->rate, k = log(0.45 * s->rate / 20) / span;
        return s->level * sin(2 * M_PI * 20 * (exp(k * time) - 1) / k);
    }
    if (!strcmp(s->kind, "pluck")) { /* a decaying note with overtones every half second, four dynamics */
        double beat = fmod(time, 0.5), sum = 0;
        int note = (int)(time / 0.5);
        double f = 82.4069 * pow(2, (note * 5 % 24) / 12.0), loud = pow(10, -0.6 * (note % 4));
        for (int k = 1; k <= 8; k++)
            sum += sin(2 * M_PI * f * k * beat) * exp(-beat * 3 * k) / k;
        return s->level * loud * sum / 2.72;
    }
    die(s->kind, "unknown signal");
    return 0;
}

static void set_broadcast(SNDFILE *file, const char *text)
{
    SF_BROADCAST_INFO info = {.version = 1, .time_reference_low = 123456};
    if (!text)
        return;
    snprintf(info.description, sizeof info.description, "%s", text);
    if (sf_command(file, SFC_SET_BROADCAST_INFO, &info, sizeof info) != SF_TRUE)
        die("bext", sf_strerror(file));
}

static void set_cues(SNDFILE *file, uint32_t n)
{
    SF_CUES cues = {.cue_count = n};
    for (uint32_t i = 0; i < n && i < 100; i++) {
        cues.cue_points[i].indx = (int32_t)i + 1;
        cues.cue_points[i].sample_offset = 10 * (i + 1);
    }
    if (n && sf_command(file, SFC_SET_CUE, &cues, sizeof cues) != SF_TRUE)
        die("cues", sf_strerror(file));
}

static int make(int argc, char **argv)
{
    const char *path = argv[0];
    Signal proto = {.kind = argv[1], .rate = number(argc, argv, "rate", 48000)};
    proto.hz = number(argc, argv, "hz", 440), proto.level = number(argc, argv, "level", 0.5);
    proto.n_frames = (int64_t)number(argc, argv, "frames", 48000);
    int channels = (int)number(argc, argv, "channels", 1), same = (int)number(argc, argv, "same", 0);
    int64_t nan_every = (int64_t)number(argc, argv, "nan", 0);
    const int64_t n_silent = (int64_t)number(argc, argv, "silent", 0);
    const int64_t gap = (int64_t)number(argc, argv, "gap", 0),
                  gap_at = (int64_t)number(argc, argv, "gap_at", 0);
    if (channels < 1 || channels > MAX_CHANNELS)
        die("channels", "1 to 8");
    SF_INFO info = {.samplerate = (int)proto.rate, .channels = channels};
    info.format = encoding(path, key(argc, argv, "bits", "float"));
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file)
        die(path, sf_strerror(NULL));
    if (key(argc, argv, "title", NULL))
        sf_set_string(file, SF_STR_TITLE, key(argc, argv, "title", NULL));
    set_broadcast(file, key(argc, argv, "bext", NULL));
    set_cues(file, (uint32_t)number(argc, argv, "cues", 0));
    Signal channel[MAX_CHANNELS];
    for (int c = 0; c < channels; c++) {
        channel[c] = proto, channel[c].hz *= same ? 1 : c + 1;
        channel[c].seed = (uint64_t)number(argc, argv, "seed", 1) * 77 + (same ? 1 : (uint64_t)c + 1);
    }
    static float chunk[CHUNK * MAX_CHANNELS];
    for (int64_t t = 0; t < proto.n_frames;) {
        sf_count_t n = proto.n_frames - t < CHUNK ? proto.n_frames - t : CHUNK;
        for (sf_count_t i = 0; i < n; i++)
            for (int c = 0; c < channels; c++) {
                double x = t + i < n_silent ? 0 : sample(&channel[c], t + i - n_silent);
                x = t + i >= gap_at && t + i < gap_at + gap ? 0 : x;
                chunk[i * channels + c] = nan_every && (t + i) % nan_every == nan_every - 1 ? NAN : (float)x;
            }
        if (sf_writef_float(file, chunk, n) != n)
            die(path, sf_strerror(file));
        t += n;
    }
    return sf_close(file) != 0;
}

static SNDFILE *open_read(const char *path, SF_INFO *info)
{
    memset(info, 0, sizeof *info);
    SNDFILE *file = sf_open(path, SFM_READ, info);
    if (!file)
        die(path, sf_strerror(NULL));
    if (info->channels > MAX_CHANNELS)
        die(path, "more than 8 channels");
    return file;
}

typedef struct Difference {
    double error, energy, max;
    int64_t first; /* frame; -1: none */
} Difference;

static void add_difference(Difference *d, double a, double b, int64_t frame)
{
    double e = b - a;
    if (isnan(e) && !(isnan(a) && isnan(b)))
        e = INFINITY;
    if (isnan(e))
        e = 0;
    d->error += e * e, d->energy += isfinite(a) ? a * a : 0;
    if (fabs(e) > d->max)
        d->max = fabs(e);
    if (e != 0 && d->first < 0)
        d->first = frame;
}

static int compare(int argc, char **argv)
{
    SF_INFO ia, ib;
    SNDFILE *fa = open_read(argv[0], &ia), *fb = open_read(argv[1], &ib);
    int mono = (int)number(argc, argv, "mono", -1);
    int64_t lag = (int64_t)number(argc, argv, "lag", 0), skip = (int64_t)number(argc, argv, "skip", 0);
    if (ia.samplerate != ib.samplerate || (mono < 0 && ia.channels != ib.channels) ||
        (!lag && ia.frames != ib.frames)) {
        printf("differ: rate %d %d, channels %d %d, frames %lld %lld\n", ia.samplerate, ib.samplerate,
               ia.channels, ib.channels, (long long)ia.frames, (long long)ib.frames);
        return 1;
    }
    if (mono >= ib.channels || (mono >= 0 && ia.channels != 1))
        die("mono", "A must be mono and B have that channel");
    sf_seek(fa, skip, SEEK_SET), sf_seek(fb, skip + lag, SEEK_SET);
    static double a[CHUNK * MAX_CHANNELS], b[CHUNK * MAX_CHANNELS];
    Difference d = {.first = -1};
    int64_t t = skip;
    for (sf_count_t n;; t += n) {
        sf_count_t na = sf_readf_double(fa, a, CHUNK), nb = sf_readf_double(fb, b, CHUNK);
        n = na < nb ? na : nb;
        if (n <= 0)
            break;
        for (sf_count_t i = 0; i < n; i++)
            for (int c = 0; c < ia.channels; c++)
                add_difference(&d, a[i * ia.channels + c], b[i * ib.channels + (mono >= 0 ? mono : c)],
                               t + i);
        if (na != nb)
            break;
    }
    double esr = d.error > 0 ? 10 * log10(d.error / (d.energy > 0 ? d.energy : 1e-300)) : -INFINITY;
    printf("frames %lld channels %d esr %.2f dB max %.3g first %lld\n", (long long)t, ia.channels, esr, d.max,
           (long long)d.first);
    sf_close(fa), sf_close(fb);
    return !(esr <= number(argc, argv, "esr", INFINITY)) || !(d.max <= number(argc, argv, "max", INFINITY)) ||
           (number(argc, argv, "equal", 0) != 0 && d.first >= 0);
}

static int show_info(int argc, char **argv)
{
    (void)argc;
    SF_INFO info;
    SNDFILE *file = open_read(argv[0], &info);
    SF_FORMAT_INFO major = {.format = info.format & SF_FORMAT_TYPEMASK};
    SF_FORMAT_INFO minor = {.format = info.format & SF_FORMAT_SUBMASK};
    sf_command(NULL, SFC_GET_FORMAT_INFO, &major, sizeof major);
    sf_command(NULL, SFC_GET_FORMAT_INFO, &minor, sizeof minor);
    double peak = 0;
    sf_command(file, SFC_CALC_NORM_SIGNAL_MAX, &peak, sizeof peak);
    const char *title = sf_get_string(file, SF_STR_TITLE);
    SF_BROADCAST_INFO bext = {.description = ""};
    SF_CUES cues = {0};
    sf_command(file, SFC_GET_BROADCAST_INFO, &bext, sizeof bext);
    sf_command(file, SFC_GET_CUE, &cues, sizeof cues);
    printf("rate=%d channels=%d frames=%lld format=%s bits=%s peak=%.6f title=%s bext=%.256s@%u cues=%u@%u\n",
           info.samplerate, info.channels, (long long)info.frames, major.extension, minor.name, peak,
           title ? title : "", bext.description, bext.time_reference_low, cues.cue_count,
           cues.cue_count ? cues.cue_points[cues.cue_count - 1].sample_offset : 0);
    sf_close(file);
    return 0;
}

static int limited(int argc, char **argv)
{
    if (argc < 3)
        die("limited", "SECONDS MIB COMMAND...");
    pid_t child = fork();
    if (child == 0) {
        alarm((unsigned)(int)strtol(argv[0], NULL, 10));
        execvp(argv[2], argv + 2);
        die(argv[2], "cannot run");
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || waitpid(child, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &usage) < 0)
        die("limited", "cannot fork or wait");
    double mib = (double)usage.ru_maxrss / 1024;
    printf("memory %.1f MiB\n", mib);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0 || mib > strtod(argv[1], NULL);
}

static int stop(int argc, char **argv)
{
    if (argc < 3)
        die("stop", "SIGNAL SECONDS COMMAND...");
    int number = (int)strtol(argv[0], NULL, 10), status = 0;
    pid_t child = fork();
    if (child == 0) {
        signal(number, SIG_DFL);
        alarm(10 + (unsigned)strtod(argv[1], NULL));
        execvp(argv[2], argv + 2);
        die(argv[2], "cannot run");
    }
    usleep((useconds_t)(1e6 * strtod(argv[1], NULL)));
    if (child < 0 || kill(child, number) || waitpid(child, &status, 0) < 0)
        die(argv[2], "cannot be stopped");
    return !WIFSIGNALED(status) || WTERMSIG(status) != number;
}

int main(int argc, char **argv)
{
    if (argc >= 4 && !strcmp(argv[1], "make"))
        return make(argc - 2, argv + 2);
    if (argc >= 4 && !strcmp(argv[1], "compare"))
        return compare(argc - 2, argv + 2);
    if (argc >= 3 && !strcmp(argv[1], "info"))
        return show_info(argc - 2, argv + 2);
    if (argc >= 3 && !strcmp(argv[1], "limited"))
        return limited(argc - 2, argv + 2);
    if (argc >= 4 && !strcmp(argv[1], "stop"))
        return stop(argc - 2, argv + 2);
    fprintf(stderr, "usage: wavtool make|compare|info|limited|stop ... (see the top of tests/wavtool.c)\n");
    return 2;
}
