/* The simulated amp in the loop: a JACK client that plays what it gets through Gear.
 *
 *   amp_sim NAME [seed=N] [freewheel=1] [quieter_after=S] [gear's values, such as delay=900.5 drive=5]...
 *       Ports NAME:guitar and NAME:speaker. Runs until it gets a signal. The gear starts with the first
 * sound. quieter_after: S seconds after the first sound of all, the
 *       gain falls by 6 dB. freewheel: JACK runs as fast as it can
 * from the first sound until 4 s of silence. */
#include "gear.h"

#include <jack/jack.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static jack_port_t *guitar, *speaker;
static GearState amp;
static Gear gear;
static atomic_int gone, playing;
static double quieter_after;
static uint64_t silent_frames, n_since_first;

static void end(int number)
{
    (void)number;
    atomic_store(&gone, 1);
}

static void shut_down(void *unused)
{
    (void)unused;
    atomic_store(&gone, 1);
}

static int process(jack_nframes_t n_frames, void *unused)
{
    (void)unused;
    const float *in = jack_port_get_buffer(guitar, n_frames);
    float *out = jack_port_get_buffer(speaker, n_frames);
    for (jack_nframes_t t = 0; t < n_frames; t++) {
        silent_frames = in[t] != 0 ? 0 : silent_frames + 1;
        if (in[t] != 0 && !atomic_load(&playing)) {
            gear_start(&amp, &gear, amp.rate_hz, amp.seed);
            atomic_store(&playing, 1);
        }
        n_since_first += n_since_first > 0 || in[t] != 0;
        if (quieter_after > 0 && (double)n_since_first == floor(quieter_after * amp.rate_hz))
            amp.gear.gain = gear.gain = (gear.gain != 0 ? gear.gain : 1) / 2;
        if (silent_frames > (uint64_t)(4 * amp.rate_hz))
            atomic_store(&playing, 0);
        out[t] = (float)gear_play(&amp, (double)in[t]);
    }
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    int freewheel = 0, is_free = 0;
    for (int i = 2; i < argc; i++) {
        if (sscanf(argv[i], "seed=%lu", &seed) == 1 || sscanf(argv[i], "freewheel=%d", &freewheel) == 1 ||
            sscanf(argv[i], "quieter_after=%lf", &quieter_after) == 1)
            continue;
        if (gear_set(&gear, argv[i])) {
            fprintf(stderr, "amp_sim: %s: no such value\n", argv[i]);
            return 2;
        }
    }
    jack_client_t *client = argc > 1 ? jack_client_open(argv[1], JackNoStartServer, NULL) : NULL;
    if (!client) {
        fprintf(stderr, "amp_sim: no JACK\n");
        return 2;
    }
    double rate_hz = jack_get_sample_rate(client);
    gear_start(&amp, &gear, rate_hz, seed);
    guitar = jack_port_register(client, "guitar", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    speaker = jack_port_register(client, "speaker", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    jack_set_process_callback(client, process, NULL);
    jack_on_shutdown(client, shut_down, NULL);
    signal(SIGTERM, end);
    signal(SIGINT, end);
    jack_activate(client);
    while (!atomic_load(&gone)) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        int wants = freewheel && jack_port_connected(guitar) && jack_port_connected(speaker);
        if (wants != is_free && !jack_set_freewheel(client, wants))
            is_free = wants;
    }
    if (is_free)
        jack_set_freewheel(client, 0);
    return 0;
}
