#define _GNU_SOURCE
#include "audio/audio_device.h"

#include "audio/jack_facts.h"
#include "say.h"

#include <fcntl.h>
#include <portaudio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#ifdef HAVE_PAJACK_SETCLIENTNAME
#include <pa_jack.h>
#endif

enum { MAX_PORTS = 256 };

static const double common_rates[] = {8000,  11025, 16000, 22050,  32000, 44100,
                                      48000, 88200, 96000, 176400, 192000};

int audio_noise_away(void)
{
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved >= 0 && nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0)
        close(nowhere);
    return saved;
}

void audio_noise_back(int saved)
{
    fflush(stderr);
    if (saved < 0)
        return;
    dup2(saved, STDERR_FILENO);
    close(saved);
}

int audio_begin(void)
{
#ifdef HAVE_PAJACK_SETCLIENTNAME
    PaJack_SetClientName("gruff");
#endif
    silence_sound_libraries();
    int saved = audio_noise_away();
    PaError error = Pa_Initialize();
    audio_noise_back(saved);
    if (error != paNoError)
        return say_failed("sound: PortAudio does not start (%s)", Pa_GetErrorText(error));
    return EXIT_DONE;
}

/* ---- hosts */

static int jack_host(void)
{
    PaHostApiIndex host = Pa_HostApiTypeIdToHostApiIndex(paJACK);
    return host >= 0 && Pa_GetHostApiInfo(host)->deviceCount > 0 ? host : -1;
}

/* PortAudio asserts that JACK answers when it takes its leave, and aborts where the server is busy or gone:
 * then the end of the process is leave enough. */
void audio_end(void)
{
    if (jack_host() >= 0)
        return;
    int saved = audio_noise_away();
    Pa_Terminate();
    audio_noise_back(saved);
}

static int no_jack(void)
{
    return say_failed(
        "JACK is not running: start it (QjackCtl, or 'jackd -d alsa'), or choose another device "
        "('gruff live --list' shows them)");
}

static int find_host(const char *wish, int *host)
{
    *host = -1;
    if (!wish)
        return EXIT_DONE;
    for (int i = 0; i < Pa_GetHostApiCount(); i++)
        if (strcasestr(Pa_GetHostApiInfo(i)->name, wish) && (*host < 0 || i == jack_host()))
            *host = i;
    if (strcasestr("JACK Audio Connection Kit", wish) && (*host < 0 || *host != jack_host()))
        return no_jack();
    if (*host < 0)
        return say_failed("--host %s: no such host API; 'gruff live --list' shows those there are", wish);
    if (Pa_GetHostApiInfo(*host)->deviceCount < 1)
        return say_failed("--host %s: %s has no device", wish, Pa_GetHostApiInfo(*host)->name);
    return EXIT_DONE;
}

/* ---- devices */

static int n_channels_of(int device, bool is_input)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    return is_input ? info->maxInputChannels : info->maxOutputChannels;
}

static bool fits(int device, int host, bool is_input)
{
    return n_channels_of(device, is_input) > 0 && (host < 0 || Pa_GetDeviceInfo(device)->hostApi == host);
}

static bool number_of(const char *text, long *number)
{
    char *end;
    *number = strtol(text, &end, 10);
    return *text && !*end;
}

static int no_such_device(const char *wish, bool is_input)
{
    if (strcasestr("jack", wish) && jack_host() < 0)
        return no_jack();
    return say_failed("%s: no %s device has that number or name; 'gruff live --list' shows them", wish,
                      is_input ? "input" : "output");
}

static int find_device(const char *wish, int host, bool is_input, int *device)
{
    long number;
    if (number_of(wish, &number)) {
        if (number < 0 || number >= Pa_GetDeviceCount() || !fits((int)number, -1, is_input))
            return no_such_device(wish, is_input);
        *device = (int)number;
        return EXIT_DONE;
    }
    int n_found = 0, found[2] = {0};
    for (int i = 0; i < Pa_GetDeviceCount(); i++) {
        const char *name = Pa_GetDeviceInfo(i)->name;
        if (!fits(i, host, is_input) || !strcasestr(name, wish))
            continue;
        if (!strcasecmp(name, wish)) {
            *device = i;
            return EXIT_DONE;
        }
        if (n_found < 2)
            found[n_found] = i;
        n_found++;
    }
    if (n_found == 0)
        return no_such_device(wish, is_input);
    if (n_found > 1)
        return say_failed(
            "%s: %d devices fit, such as %d (%s) and %d (%s); give a number or more of the name", wish,
            n_found, found[0], Pa_GetDeviceInfo(found[0])->name, found[1], Pa_GetDeviceInfo(found[1])->name);
    *device = found[0];
    return EXIT_DONE;
}

/* The device not asked for: the partner if it can, else the host's default, else the first that fits. */
static int standard_device(int partner, int host, bool is_input)
{
    if (partner >= 0 && n_channels_of(partner, is_input) > 0)
        return partner;
    if (partner >= 0)
        host = Pa_GetDeviceInfo(partner)->hostApi;
    if (host < 0)
        host = jack_host();
    int device = is_input ? Pa_GetDefaultInputDevice() : Pa_GetDefaultOutputDevice();
    if (host >= 0) {
        const PaHostApiInfo *info = Pa_GetHostApiInfo(host);
        device = is_input ? info->defaultInputDevice : info->defaultOutputDevice;
    }
    for (int i = 0; device < 0 && i < Pa_GetDeviceCount(); i++)
        if (fits(i, host, is_input))
            device = i;
    return device;
}

static int no_device(bool is_input)
{
    if (Pa_GetDeviceCount() < 1)
        return say_failed(
            "no sound device: ALSA sees no sound card and JACK is not running; connect an interface "
            "or start JACK, then try again");
    return say_failed("no sound device with an %s: connect one ('gruff live --list' shows what is there)",
                      is_input ? "input" : "output");
}

static int find_devices(const AudioWish *wish, AudioChoice *choice)
{
    int host, input = -1, output = -1;
    if (find_host(wish->host, &host) || (wish->input && find_device(wish->input, host, true, &input)))
        return EXIT_FAILED;
    if (wish->output && find_device(wish->output, host, false, &output))
        return EXIT_FAILED;
    if (input < 0)
        input = standard_device(output, host, true);
    if (output < 0)
        output = standard_device(input, host, false);
    if (input < 0 || output < 0)
        return no_device(input < 0);
    const PaDeviceInfo *in = Pa_GetDeviceInfo(input), *out = Pa_GetDeviceInfo(output);
    const PaHostApiInfo *api = Pa_GetHostApiInfo(in->hostApi);
    if (in->hostApi != out->hostApi)
        return say_failed("%s is on %s and %s on %s: choose input and output of the same host API", in->name,
                          api->name, out->name, Pa_GetHostApiInfo(out->hostApi)->name);
    choice->input.device = input;
    choice->output.device = output;
    snprintf(choice->input.name, AUDIO_MAX_NAME, "%s", in->name);
    snprintf(choice->output.name, AUDIO_MAX_NAME, "%s", out->name);
    snprintf(choice->host, AUDIO_MAX_NAME, "%s", api->name);
    choice->is_jack = api->type == paJACK;
    choice->is_alsa = api->type == paALSA;
    return EXIT_DONE;
}

/* ---- channels */

static int find_channel(const AudioSide *side, const char *word, bool is_input, char (*names)[JACK_NAME_SIZE],
                        size_t n_names, uint32_t *channel)
{
    int n = n_channels_of(side->device, is_input);
    long number;
    if (number_of(word, &number) && number >= 1 && number <= n) {
        *channel = (uint32_t)number - 1;
        return EXIT_DONE;
    }
    for (size_t i = 0; *word && !number_of(word, &number) && i < n_names && i < (size_t)n; i++) {
        if (strcasestr(names[i], word)) {
            *channel = (uint32_t)i;
            return EXIT_DONE;
        }
    }
    return say_failed("%s: no %s channel '%s'; it has %d (1 to %d)%s", side->name,
                      is_input ? "input" : "output", word, n, n,
                      n_names ? ", named as 'gruff live --list' shows" : "");
}

static int find_channels(AudioSide *side, const char *wish, bool is_input, bool is_jack)
{
    static char names[MAX_PORTS][JACK_NAME_SIZE];
    uint32_t n_device = (uint32_t)n_channels_of(side->device, is_input);
    if (!wish) {
        side->n_channels = is_input || n_device < 2 ? 1 : 2;
        side->channel[1] = 1;
        return EXIT_DONE;
    }
    size_t n_names = is_jack ? jack_port_names(side->name, is_input, names, MAX_PORTS) : 0;
    char words[256];
    if (strlen(wish) >= sizeof words)
        return say_failed("%s: too long a list of channels", wish);
    snprintf(words, sizeof words, "%s", wish);
    for (char *rest = words, *word; (word = strsep(&rest, ",")) != NULL;) {
        if (side->n_channels == AUDIO_MAX_CHANNELS)
            return say_failed("%s: too many channels; at most %d", wish, AUDIO_MAX_CHANNELS);
        if (find_channel(side, word, is_input, names, n_names < MAX_PORTS ? n_names : MAX_PORTS,
                         &side->channel[side->n_channels]))
            return EXIT_FAILED;
        side->n_channels++;
    }
    return EXIT_DONE;
}

/* ---- rate and block */

static PaStreamParameters parameters_of(const AudioSide *side)
{
    int n_channels = 1;
    for (uint32_t i = 0; i < side->n_channels; i++)
        if ((int)side->channel[i] >= n_channels)
            n_channels = (int)side->channel[i] + 1;
    return (PaStreamParameters){.device = side->device,
                                .channelCount = n_channels,
                                .sampleFormat = paFloat32 | paNonInterleaved,
                                .suggestedLatency = side->latency_s};
}

static bool can_do(const AudioChoice *choice, double rate_hz)
{
    PaStreamParameters in = parameters_of(&choice->input), out = parameters_of(&choice->output);
    int saved = audio_noise_away();
    bool can = Pa_IsFormatSupported(&in, &out, rate_hz) == paFormatIsSupported;
    audio_noise_back(saved);
    return can;
}

static int refuse_rate(const AudioChoice *choice, double rate_hz)
{
    char offers[160] = "";
    for (size_t i = 0; i < sizeof common_rates / sizeof common_rates[0]; i++) {
        size_t used = strlen(offers);
        if (can_do(choice, common_rates[i]))
            snprintf(offers + used, sizeof offers - used, "%s%g", used ? ", " : "", common_rates[i]);
    }
    if (choice->is_jack)
        return say_failed("JACK runs at %g Hz, not %g: leave out --rate, or start JACK with -r %g",
                          Pa_GetDeviceInfo(choice->input.device)->defaultSampleRate, rate_hz, rate_hz);
    const char *name = choice->input.name, *between = "", *other = "";
    if (choice->input.device != choice->output.device) {
        between = " with ";
        other = choice->output.name;
    }
    if (!*offers)
        return say_failed("device %s%s%s offers no common sample rate: is another program using it?", name,
                          between, other);
    return say_failed("device %s%s%s does not run at %g Hz; it offers %s: use --rate", name, between, other,
                      rate_hz, offers);
}

static int find_rate(const AudioWish *wish, double preferred_rate_hz, AudioChoice *choice)
{
    double standard = Pa_GetDeviceInfo(choice->input.device)->defaultSampleRate;
    choice->rate_hz = wish->rate_hz > 0 ? wish->rate_hz : preferred_rate_hz;
    if (can_do(choice, choice->rate_hz))
        return EXIT_DONE;
    if (wish->rate_hz > 0 || !can_do(choice, standard))
        return refuse_rate(choice, choice->rate_hz);
    choice->rate_hz = standard;
    return EXIT_DONE;
}

static int find_block(const AudioWish *wish, AudioChoice *choice)
{
    choice->frames = wish->frames;
    choice->input.latency_s = Pa_GetDeviceInfo(choice->input.device)->defaultLowInputLatency;
    choice->output.latency_s = Pa_GetDeviceInfo(choice->output.device)->defaultLowOutputLatency;
    if (choice->is_jack) {
        uint32_t period = jack_facts().period;
        if (wish->frames && period && wish->frames != period)
            return say_failed(
                "JACK runs with %u frames a period, not %u: leave out --frames, or start JACK with "
                "-p %u",
                period, wish->frames, wish->frames);
        choice->frames = 0; /* JACK's own: anything else would add a buffer */
    } else if (wish->frames) {
        choice->input.latency_s = choice->output.latency_s = 2.0 * wish->frames / choice->rate_hz;
    }
    return EXIT_DONE;
}

static bool is_there(const char *name, bool is_input)
{
    for (int i = 0; i < Pa_GetDeviceCount(); i++)
        if (fits(i, -1, is_input) && !strcmp(Pa_GetDeviceInfo(i)->name, name))
            return true;
    return false;
}

/* The devices used last time, or none: a stand-in could be the laptop's microphone and speakers. */
static int find_last_devices(const AudioMemory *memory, AudioChoice *choice)
{
    if (strcasestr(memory->host, "jack") && jack_host() < 0)
        return no_jack();
    bool has_input = is_there(memory->input, true);
    if (!has_input || !is_there(memory->output, false))
        return say_failed(
            "%s: used last time and not there now; connect it, or choose another with --input and "
            "--output ('gruff live --list' shows them)",
            has_input ? memory->output : memory->input);
    AudioWish last = {.host = memory->host, .input = memory->input, .output = memory->output};
    return find_devices(&last, choice);
}

int audio_choose(const AudioWish *asked, const char *command, double preferred_rate_hz, AudioChoice *choice)
{
    AudioWish wish = *asked;
    AudioMemory memory;
    *choice = (AudioChoice){0};
    audio_recall(command, &memory);
    if (!wish.host && !wish.input && !wish.output && *memory.input && *memory.output) {
        if (find_last_devices(&memory, choice))
            return EXIT_FAILED;
        if (!wish.input_channels && *memory.input_channels)
            wish.input_channels = memory.input_channels;
        if (!wish.output_channels && *memory.output_channels)
            wish.output_channels = memory.output_channels;
    } else if (find_devices(&wish, choice)) {
        return EXIT_FAILED;
    }
    if (find_channels(&choice->input, wish.input_channels, true, choice->is_jack) ||
        find_channels(&choice->output, wish.output_channels, false, choice->is_jack))
        return EXIT_FAILED;
    if (find_rate(&wish, preferred_rate_hz, choice))
        return EXIT_FAILED;
    return find_block(&wish, choice);
}
