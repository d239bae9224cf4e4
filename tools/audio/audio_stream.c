#include "audio/audio_stream.h"

#include "say.h"

#include <assert.h>
#include <dirent.h>
#include <portaudio.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_PAALSA_ENABLEREALTIMESCHEDULING
#include <pa_linux_alsa.h>
#endif

#define STALL_S 2.0

enum { MAX_DEVICE_CHANNELS = 256, SCHED_FIFO_NUMBER = 1, SCHED_RR_NUMBER = 2 };

struct AudioStream {
    PaStream *stream;
    AudioChoice choice;
    AudioRun *run;
    void *user;
    int n_device_in, n_device_out; /* channels opened: up to the highest chosen */
    atomic_uint input_overflows, input_underflows, output_overflows, output_underflows;
    atomic_uint block, n_blocks;
    atomic_uint_fast64_t frames;
    atomic_bool finished;
    uint32_t n_blocks_seen; /* by audio_stream_health */
    double seen_at_s;
    AudioHealth health;
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int highest(const AudioSide *side)
{
    int n = 1;
    for (uint32_t i = 0; i < side->n_channels; i++)
        if ((int)side->channel[i] + 1 > n)
            n = (int)side->channel[i] + 1;
    return n;
}

/* Only the audio thread writes the counters, so load and store do, and stay wait-free everywhere. */
static void count(atomic_uint *counter, bool condition)
{
    if (condition)
        atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                              memory_order_relaxed);
}

void audio_stream_process(AudioStream *stream, const float *const *in, float *const *out, uint32_t n_frames,
                          unsigned long flags)
{
    const AudioSide *input = &stream->choice.input, *output = &stream->choice.output;
    const float *chosen_in[AUDIO_MAX_CHANNELS];
    float *chosen_out[AUDIO_MAX_CHANNELS];
    for (uint32_t i = 0; i < input->n_channels; i++)
        chosen_in[i] = in[input->channel[i]];
    for (int i = 0; i < stream->n_device_out; i++)
        memset(out[i], 0, n_frames * sizeof(float));
    for (uint32_t i = 0; i < output->n_channels; i++)
        chosen_out[i] = out[output->channel[i]];
    bool gap = flags & (paInputOverflow | paInputUnderflow | paOutputOverflow | paOutputUnderflow);
    stream->run(stream->user, chosen_in, chosen_out, n_frames, gap);
    count(&stream->input_overflows, flags & paInputOverflow);
    count(&stream->input_underflows, flags & paInputUnderflow);
    count(&stream->output_overflows, flags & paOutputOverflow);
    count(&stream->output_underflows, flags & paOutputUnderflow);
    count(&stream->n_blocks, true);
    if (n_frames > atomic_load_explicit(&stream->block, memory_order_relaxed))
        atomic_store_explicit(&stream->block, n_frames, memory_order_relaxed);
    atomic_store_explicit(&stream->frames,
                          atomic_load_explicit(&stream->frames, memory_order_relaxed) + n_frames,
                          memory_order_relaxed);
}

static int callback(const void *in, void *out, unsigned long n_frames, const PaStreamCallbackTimeInfo *time,
                    PaStreamCallbackFlags flags, void *user)
{
    (void)time;
    audio_stream_process(user, (const float *const *)in, (float *const *)out, (uint32_t)n_frames, flags);
    return paContinue;
}

static void finished(void *user)
{
    AudioStream *stream = user;
    atomic_store(&stream->finished, true);
}

AudioStream *audio_stream_new(const AudioChoice *choice, AudioRun *run, void *user)
{
    AudioStream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->choice = *choice;
    stream->run = run;
    stream->user = user;
    stream->n_device_in = highest(&choice->input);
    stream->n_device_out = highest(&choice->output);
    stream->seen_at_s = now_s();
    return stream;
}

void audio_stream_free(AudioStream *stream)
{
    free(stream);
}

static PaError open_and_start(AudioStream *stream)
{
    const AudioChoice *choice = &stream->choice;
    PaStreamParameters in = {.device = choice->input.device,
                             .channelCount = stream->n_device_in,
                             .sampleFormat = paFloat32 | paNonInterleaved,
                             .suggestedLatency = choice->input.latency_s};
    PaStreamParameters out = {.device = choice->output.device,
                              .channelCount = stream->n_device_out,
                              .sampleFormat = paFloat32 | paNonInterleaved,
                              .suggestedLatency = choice->output.latency_s};
    PaError error = Pa_OpenStream(&stream->stream, &in, &out, choice->rate_hz, choice->frames,
                                  paClipOff | paDitherOff, callback, stream);
    if (error != paNoError)
        return error;
    Pa_SetStreamFinishedCallback(stream->stream, finished);
#ifdef HAVE_PAALSA_ENABLEREALTIMESCHEDULING
    if (choice->is_alsa)
        PaAlsa_EnableRealtimeScheduling(stream->stream, 1);
#endif
    error = Pa_StartStream(stream->stream);
    if (error != paNoError) {
        Pa_CloseStream(stream->stream);
        stream->stream = NULL;
    }
    return error;
}

int audio_stream_start(const AudioChoice *choice, AudioRun *run, void *user, AudioStream **result)
{
    *result = NULL;
    AudioStream *stream = audio_stream_new(choice, run, user);
    if (!stream)
        return say_failed("sound: no memory");
    int saved = audio_noise_away();
    PaError error = open_and_start(stream);
    audio_noise_back(saved);
    if (error != paNoError) {
        const char *why = Pa_GetErrorText(error);
        if (error == paUnanticipatedHostError && Pa_GetLastHostErrorInfo()->errorText)
            why = Pa_GetLastHostErrorInfo()->errorText;
        free(stream);
        return say_failed("device %s: does not open (%s); is another program using it?", choice->input.name,
                          why);
    }
    *result = stream;
    return EXIT_DONE;
}

void audio_stream_stop(AudioStream **stream)
{
    AudioStream *s = *stream;
    if (!s || s->health != AUDIO_WELL)
        return;
    int saved = audio_noise_away();
    Pa_StopStream(s->stream);
    Pa_CloseStream(s->stream);
    audio_noise_back(saved);
    free(s);
    *stream = NULL;
}

AudioHealth audio_stream_health(AudioStream *stream)
{
    if (stream->health != AUDIO_WELL)
        return stream->health;
    uint32_t n_blocks = atomic_load_explicit(&stream->n_blocks, memory_order_relaxed);
    double now = now_s();
    if (n_blocks != stream->n_blocks_seen) {
        stream->n_blocks_seen = n_blocks;
        stream->seen_at_s = now;
    }
    if (atomic_load(&stream->finished) || Pa_IsStreamActive(stream->stream) != 1)
        stream->health = AUDIO_GONE;
    else if (now - stream->seen_at_s > STALL_S)
        stream->health = AUDIO_STALLED;
    return stream->health;
}

AudioFaults audio_stream_faults(const AudioStream *stream)
{
    return (AudioFaults){.input_overflows = atomic_load(&stream->input_overflows),
                         .input_underflows = atomic_load(&stream->input_underflows),
                         .output_overflows = atomic_load(&stream->output_overflows),
                         .output_underflows = atomic_load(&stream->output_underflows)};
}

uint64_t audio_stream_frames(const AudioStream *stream)
{
    return atomic_load(&stream->frames);
}

uint32_t audio_stream_block(const AudioStream *stream)
{
    return atomic_load(&stream->block);
}

double audio_stream_load(const AudioStream *stream)
{
    return stream->health == AUDIO_WELL ? Pa_GetStreamCpuLoad(stream->stream) : 0;
}

/* PortAudio takes a block off JACK's latency as an unsigned number, which wraps where a client states less.
 */
static double unwrapped(double latency_s, double rate_hz)
{
    return latency_s * rate_hz > 2147483648.0 ? latency_s - 4294967296.0 / rate_hz : latency_s;
}

double audio_stream_round_trip_s(const AudioStream *stream)
{
    const PaStreamInfo *info = Pa_GetStreamInfo(stream->stream);
    double rate_hz = stream->choice.rate_hz, block_s = (double)audio_stream_block(stream) / rate_hz;
    /* On JACK PortAudio takes one block off each way, on ALSA one in all, as "not counted"; ears count it. */
    double blocks = stream->choice.is_jack ? 2 : 1;
    if (!info)
        return 0;
    double reported_s = unwrapped(info->inputLatency, rate_hz) + unwrapped(info->outputLatency, rate_hz);
    double round_trip_s = reported_s + blocks * block_s;
    return round_trip_s > 0 ? round_trip_s : 0; /* rounding can leave a hair less */
}

const char *audio_health_words(const AudioChoice *choice, AudioHealth health)
{
    if (health == AUDIO_WELL)
        return "well";
    if (choice->is_jack)
        return "the JACK server is gone, or stuck; start it again, then start gruff again";
    return health == AUDIO_GONE ? "it is gone; connect it again, then start gruff again"
                                : "it gives no more sound; was it unplugged?";
}

/* Fields 40 (rt_priority) and 41 (policy) of /proc/self/task/N/stat, counted after the name in brackets. */
static int priority_of(const char *thread)
{
    char path[300], line[1024];
    snprintf(path, sizeof path, "/proc/self/task/%s/stat", thread);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = '\0';
    char *field = strrchr(line, ')');
    for (int i = 2; field && i < 40; i++)
        field = strchr(field + 1, ' ');
    int priority = 0, policy = 0;
    if (!field || sscanf(field, "%d %d", &priority, &policy) != 2)
        return 0;
    return policy == SCHED_FIFO_NUMBER || policy == SCHED_RR_NUMBER ? priority : 0;
}

int audio_realtime_priority(void)
{
    DIR *threads = opendir("/proc/self/task");
    int best = 0;
    for (struct dirent *thread; threads && (thread = readdir(threads)) != NULL;) {
        int priority = *thread->d_name == '.' ? 0 : priority_of(thread->d_name);
        best = priority > best ? priority : best;
    }
    if (threads)
        closedir(threads);
    return best;
}
