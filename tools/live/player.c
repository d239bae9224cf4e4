#include "live/player.h"

#include <string.h>

/* The largest code of a 16-bit converter is 1 - 2^-15 of full scale. */
#define CLIP 0.99996f

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float value_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void raise_peak(atomic_uint *peak, float value)
{
    uint32_t bits = bits_of(value);
    unsigned seen = atomic_load_explicit(peak, memory_order_relaxed);
    /* It fails only when the user's thread has just taken the peak, so twice at most. */
    while (bits > seen && !atomic_compare_exchange_weak(peak, &seen, bits))
        continue;
}

void player_init(Player *player, GruffEngine *engine, Recorder *recorder, uint32_t n_inputs,
                 uint32_t n_outputs)
{
    *player = (Player){.engine = engine, .recorder = recorder, .n_inputs = n_inputs, .n_outputs = n_outputs};
}

/* Frames at … at + n - 1 from a copy: a server that does not wait for a late block writes the next one over
 * it while it is played. */
static void run_part(Player *player, const float *const *in, float *const *out, uint32_t at, uint32_t n)
{
    const float *dry[GRUFF_MAX_CHANNELS];
    float *wet[GRUFF_MAX_CHANNELS];
    for (uint32_t c = 0; c < player->n_inputs; c++) {
        memcpy(player->heard[c], in[c] + at, n * sizeof(float));
        dry[c] = player->heard[c];
        wet[c] = out[c] + at;
    }
    gruff_engine_run(player->engine, dry, wet, n);
    recorder_put(player->recorder, dry, (const float *const *)wet, n);
}

void player_run(void *user, const float *const *in, float *const *out, uint32_t n_frames, bool gap)
{
    Player *player = user;
    (void)gap;
    uint32_t changed = atomic_exchange_explicit(&player->changed, 0, memory_order_acquire);
    for (uint32_t k = 0; changed; k++, changed >>= 1)
        if (changed & 1)
            gruff_engine_set(player->engine, (GruffControl)k,
                             atomic_load_explicit(&player->value[k], memory_order_relaxed));
    for (uint32_t at = 0, n; at < n_frames; at += n) {
        n = n_frames - at < PLAYER_PART ? n_frames - at : PLAYER_PART;
        run_part(player, in, out, at, n);
    }
    for (uint32_t i = player->n_inputs; i < player->n_outputs; i++)
        memcpy(out[i], out[i % player->n_inputs], n_frames * sizeof(float));
    GruffMeters meters = gruff_engine_meters(player->engine);
    raise_peak(&player->input_peak, meters.input_peak);
    raise_peak(&player->output_peak, meters.output_peak);
    atomic_store_explicit(&player->latency, gruff_engine_latency(player->engine), memory_order_relaxed);
}

void player_set(Player *player, GruffControl control, float value)
{
    atomic_store_explicit(&player->value[control], value, memory_order_relaxed);
    atomic_fetch_or_explicit(&player->changed, 1u << control, memory_order_release);
}

PlayerLevels player_levels(Player *player)
{
    PlayerLevels levels = {.input_peak = value_of(atomic_exchange(&player->input_peak, 0)),
                           .output_peak = value_of(atomic_exchange(&player->output_peak, 0))};
    levels.input_clipped = levels.input_peak >= CLIP;
    levels.output_clipped = levels.output_peak > 1;
    return levels;
}

uint32_t player_latency(const Player *player)
{
    return atomic_load(&player->latency);
}
