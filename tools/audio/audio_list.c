#include "audio/audio_device.h"
#include "audio/jack_facts.h"
#include "say.h"

#include <portaudio.h>
#include <string.h>

enum { MAX_NAMES = 64 };

static void list_channels(FILE *to, const PaDeviceInfo *info, bool is_jack, bool is_input)
{
    static char names[MAX_NAMES][JACK_NAME_SIZE];
    int n = is_input ? info->maxInputChannels : info->maxOutputChannels;
    double latency_s = is_input ? info->defaultLowInputLatency : info->defaultLowOutputLatency;
    if (n < 1)
        return;
    fprintf(to, "       %-6s %.1f ms ", is_input ? "input" : "output", 1e3 * latency_s);
    size_t n_names = is_jack ? jack_port_names(info->name, is_input, names, MAX_NAMES) : 0;
    if (n_names == 0 && n > 8) { /* a mixing device that takes any number */
        fprintf(to, " channels 1 to %d\n", n);
        return;
    }
    for (int i = 0; i < n; i++) {
        fprintf(to, "%s%d", i ? ", " : " channel ", i + 1);
        if ((size_t)i < n_names && i < MAX_NAMES)
            fprintf(to, " %s", names[i]);
    }
    fputc('\n', to);
}

int audio_list(FILE *to)
{
    int n = Pa_GetDeviceCount();
    if (n < 1)
        return say_failed(
            "no sound device: ALSA sees no sound card and JACK is not running; connect an interface "
            "or start JACK, then try again");
    for (int host = 0; host < Pa_GetHostApiCount(); host++) {
        const PaHostApiInfo *api = Pa_GetHostApiInfo(host);
        if (api->deviceCount < 1)
            continue;
        fprintf(to, "%s\n", api->name);
        for (int i = 0; i < n; i++) {
            const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
            if (info->hostApi != host)
                continue;
            fprintf(to, "  %3d  %s, %g Hz%s%s\n", i, info->name, info->defaultSampleRate,
                    i == api->defaultInputDevice ? ", default input" : "",
                    i == api->defaultOutputDevice ? ", default output" : "");
            list_channels(to, info, api->type == paJACK, true);
            list_channels(to, info, api->type == paJACK, false);
        }
    }
    if (Pa_HostApiTypeIdToHostApiIndex(paJACK) < 0)
        fprintf(to, "JACK is not running.\n");
    return EXIT_DONE;
}
