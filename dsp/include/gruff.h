/* Gruff: neural captures of guitar amps and effects.
 *
 * The public face of the library for those who play models: read a model, build a net from it for this CPU
 * and this sample rate, put it into an engine, run the engine. Models themselves are in gruff_model.h.
 *
 * Two kinds of function, told by the verb. _new _free _load _read _write _build _measure are SETUP: they may
 * allocate, touch files and fail. Those that fail return a GruffStatus, put the object in the last argument
 * (NULL on failure) and fill a message for people when one is given. Everything marked GRUFF_RT may be called
 * from an audio thread: it does not allocate, lock, print or call the system, takes bounded time and cannot
 * fail.
 *
 * Sound is float, linear, 1.0 = 0 dBFS, one pointer per channel. A frame is one sample of every channel. */
#ifndef GRUFF_H
#define GRUFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks functions an audio thread may call. Clang 20 and later checks it. */
#if defined(__clang__) && defined(__has_attribute)
#if __has_attribute(nonblocking)
#define GRUFF_RT __attribute__((nonblocking))
#endif
#endif
#ifndef GRUFF_RT
#define GRUFF_RT
#endif

#if defined(__GNUC__)
#define GRUFF_MUST_USE            __attribute__((warn_unused_result))
#define GRUFF_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define GRUFF_MUST_USE
#define GRUFF_PRINTF(text, first)
#endif

#define GRUFF_MAX_CHANNELS 2
#define GRUFF_MAX_KNOBS    2

/* ---- status ---- */

typedef enum GruffStatus {
    GRUFF_OK = 0,
    GRUFF_ERROR_MEMORY,      /* no memory */
    GRUFF_ERROR_FILE,        /* cannot open, read or write the file */
    GRUFF_ERROR_FORMAT,      /* not a model file, or a damaged one */
    GRUFF_ERROR_UNSUPPORTED, /* an undamaged file with something Gruff does not play; or a format cannot hold
                                it */
    GRUFF_ERROR_LIMIT,       /* larger than Gruff's bounds */
    GRUFF_ERROR_ARGUMENT     /* a value outside what the function takes */
} GruffStatus;

/* A sentence for people: what is wrong, where, why and what to do. Always ends in a NUL; "" when all went
 * well. */
typedef struct GruffMessage {
    char text[512];
} GruffMessage;

/* The status in a word or three, for logs. Static storage. Any thread. */
const char *gruff_status_name(GruffStatus status);

/* ---- model ---- */

/* What a model file holds. Read only once read: any number of threads may look at it and build nets from it.
 */
typedef struct GruffModel GruffModel;

/* Read a model file of any format known (told apart by content) and run its self-test, if it carries one.
 * A self-test that fails is no error: gruff_model_warning says so.
 * SETUP. On success the caller owns *model. message may be NULL.
 * Errors: GRUFF_ERROR_FILE, _FORMAT, _UNSUPPORTED, _LIMIT, _MEMORY; the message names path. */
GRUFF_MUST_USE GruffStatus gruff_model_load(const char *path, GruffMessage *message, GruffModel **model);

/* The same from bytes in memory; label stands for the file's name in messages. */
GRUFF_MUST_USE GruffStatus gruff_model_read(const void *bytes, size_t n_bytes, const char *label,
                                            GruffMessage *message, GruffModel **model);

/* SETUP. NULL is allowed. Nets built from the model live on without it. */
void gruff_model_free(GruffModel *model);

/* Facts about a model, valid as long as it is. name and knob_name are never NULL (knob_name may be "Knob 1");
 * warning is "" or one sentence, such as that the self-test failed. rate_hz > 0. n_knobs is
 * 0…GRUFF_MAX_KNOBS. */
const char *gruff_model_name(const GruffModel *model);
const char *gruff_model_warning(const GruffModel *model);
double gruff_model_rate_hz(const GruffModel *model);
uint32_t gruff_model_n_knobs(const GruffModel *model);
const char *gruff_model_knob_name(const GruffModel *model, uint32_t knob);

/* ---- kernels ---- */

/* Name of the index-th kernel that this CPU and OS can run, best first for large nets ("avx512",
 * "avx512vl", "avx2", "neon", "c"); NULL past the end. "c" is always there. Any thread. */
const char *gruff_kernel_name(uint32_t index);

/* ---- net ---- */

/* A model packed for this CPU with the state of 1 or 2 channels, in one aligned block. */
typedef struct GruffNet GruffNet;

/* How to play a model at another sample rate than its own. */
typedef enum GruffQuality {
    GRUFF_QUALITY_NORMAL, /* convert the rate around the net */
    GRUFF_QUALITY_HQ /* rate a whole multiple M of the model's: net at the full rate, its state M steps back;
                        else as NORMAL */
} GruffQuality;

typedef struct GruffNetOptions {
    uint32_t n_channels; /* 1 or 2; 0 stands for 1. Channels share weights, not state */
    double rate_hz; /* the rate it will be run at, 8 000…768 000; 0: the model's own, whatever the audio's */
    GruffQuality quality; /* used where rate_hz is not the model's */
    const char *kernel;   /* a name that gruff_kernel_name gives; NULL for the best for the net's size */
} GruffNetOptions;

/* Pack a model. options may be NULL (all zero). The net starts in the model's stored initial state, or zero.
 * SETUP. The caller owns *net.
 * Errors: GRUFF_ERROR_MEMORY; GRUFF_ERROR_ARGUMENT for an option out of range or a kernel not to be had here.
 */
GRUFF_MUST_USE GruffStatus gruff_net_build(const GruffModel *model, const GruffNetOptions *options,
                                           GruffMessage *message, GruffNet **net);

/* SETUP. NULL is allowed. */
void gruff_net_free(GruffNet *net);

/* Run the net on silence until its state rests (or for some seconds at most) with the knobs as they are, and
 * make that state the one gruff_net_reset goes back to. Do this before offering a net to an engine: then
 * nothing clicks. SETUP by cost (up to some 100 000 steps); allocates nothing. */
void gruff_net_settle(GruffNet *net);

/* How loud the net plays, in dB of full scale (RMS): what the model's file says, else measured once on a
 * second of a built-in, guitar-like sound of -15 dB, the knobs as they are. GRUFF_CONTROL_MATCH needs it: a
 * net that was never measured and does not say plays as it is. NaN: silent. Ends with a gruff_net_reset.
 * SETUP by cost (a second of sound); allocates nothing. */
double gruff_net_measure_loudness(GruffNet *net);

/* Back to the state after gruff_net_build, or after the last gruff_net_settle. RT, O(state). */
GRUFF_RT void gruff_net_reset(GruffNet *net);

/* Hold a knob at value, 0…1 (clamped; NaN is ignored). knob >= the model's n_knobs is ignored. RT, O(1). */
GRUFF_RT void gruff_net_set_knob(GruffNet *net, uint32_t knob, float value);

/* Play: gains, skip and rate conversion as the model's file and the options say; nothing else is done to the
 * sound. in[c][t], out[c][t]: c < n_channels, t < n_frames; any n_frames, 0 too. in[c] may be out[c]; other
 * overlap is not allowed. knobs: NULL, or an array of GRUFF_MAX_KNOBS pointers, each NULL (the held value) or
 * a value 0…1 for every frame. NaN and Inf in the input count as 0; a state that went non-finite is reset.
 * The same samples come out however the frames are split into calls. RT, O(n_frames · weights). */
GRUFF_RT void gruff_net_run(GruffNet *net, const float *const *in, float *const *out,
                            const float *const *knobs, uint32_t n_frames);

/* Flush denormals to zero in this thread from now on, as hosts do in theirs. Nets and engines do so while
 * they run and put the mode back; where it is on already they need not, which is some 55 cycles a call on a
 * Zen 4: much in calls of a few frames. RT, O(1). */
GRUFF_RT void gruff_flush_denormals(void);

/* Frames by which the output lags the input, at the rate the net runs at: 0 where rates match and hop is 1.
 * RT. */
GRUFF_RT uint32_t gruff_net_latency(const GruffNet *net);

/* Name of the kernel in use. Static storage. RT. */
GRUFF_RT const char *gruff_net_kernel(const GruffNet *net);

/* All that the net goes on from, as numbers: counters as whole ones, the rest in full scale. Two nets built
 * and set alike whose numbers are the same play the same from there, bit for bit. state: NULL, or room for as
 * many numbers as are returned, the same for a net at any time. RT, O(state). */
GRUFF_RT size_t gruff_net_state(const GruffNet *net, double *state);

/* After so many frames, and any whole multiple of them, the net's counters (of hops, of rate conversion)
 * stand as after a reset; at least 64. A net reset there, in the middle of a stream, can meet one that played
 * the stream from its start. RT, O(1). */
GRUFF_RT uint32_t gruff_net_period(const GruffNet *net);

/* ---- engine ---- */

/* The sound path around a net:
 * input trim (and calibration) → net → DC blocker → tone → output trim (and loudness match) → bypass. */
typedef struct GruffEngine GruffEngine;

typedef enum GruffControl {
    GRUFF_CONTROL_ENABLED,   /* 0 bypassed, 1 playing; a 10 ms fade between */
    GRUFF_CONTROL_INPUT_DB,  /* trim before the net */
    GRUFF_CONTROL_OUTPUT_DB, /* trim after all */
    GRUFF_CONTROL_BASS_DB,   /* tone: exactly transparent at 0 */
    GRUFF_CONTROL_MIDDLE_DB,
    GRUFF_CONTROL_TREBLE_DB,
    GRUFF_CONTROL_PRESENCE_DB,
    GRUFF_CONTROL_KNOB_1, /* the model's knobs, 0…1 */
    GRUFF_CONTROL_KNOB_2,
    GRUFF_CONTROL_MATCH,         /* 1: bring every model to the same loudness */
    GRUFF_CONTROL_CALIBRATE_DBU, /* level in dBu of a sine that peaks at 0 dBFS at the interface's input; 0 =
                                    off. Used with models that say what level they were captured at */
    GRUFF_N_CONTROLS
} GruffControl;

typedef struct GruffControlRange {
    const char *name; /* "Input", as people see it */
    float min, max, standard;
} GruffControlRange;

/* Range of a control. Static storage. Any thread. */
const GruffControlRange *gruff_control_range(GruffControl control);

/* SETUP. rate_hz 8 000…768 000; n_channels 1 or 2. The engine plays its input through unchanged until a net
 * is offered. */
GRUFF_MUST_USE GruffStatus gruff_engine_new(double rate_hz, uint32_t n_channels, GruffMessage *message,
                                            GruffEngine **engine);

/* SETUP. Frees the nets it holds too. NULL is allowed. */
void gruff_engine_free(GruffEngine *engine);

/* Offer a net to play from now on; built for the engine's rate and channels, and settled. The engine owns it
 * if true is returned. It fades from the old net to the new in about 20 ms. An offer not yet taken up is
 * replaced by a newer one and comes back through collect. False: too many nets wait to be collected: collect,
 * then offer again. RT, O(1). From one thread at a time, any thread, also while another runs the engine. */
GRUFF_RT bool gruff_engine_offer(GruffEngine *engine, GruffNet *net);

/* A net the engine no longer needs, for the caller to free; NULL if there is none. Same threads as offer. RT,
 * O(1). */
GRUFF_RT GruffNet *gruff_engine_collect(GruffEngine *engine);

/* Move a control; smoothed while running. Values outside the range are clamped, NaN is ignored.
 * RT, O(1). From the thread that runs the engine. */
GRUFF_RT void gruff_engine_set(GruffEngine *engine, GruffControl control, float value);

/* Everything at rest: nets, filters and delays cleared, controls jump to where they were set, a waiting offer
 * taken without a fade. RT. From the thread that runs the engine (or while none does). */
GRUFF_RT void gruff_engine_reset(GruffEngine *engine);

/* Play. in[c][t], out[c][t]: c < n_channels; n_frames may be 0 or anything; in[c] may be out[c]. The same
 * samples come out however the frames are split into calls. RT. */
GRUFF_RT void gruff_engine_run(GruffEngine *engine, const float *const *in, float *const *out,
                               uint32_t n_frames);

/* Frames by which the output lags the input with the net now playing. RT, thread as run. */
GRUFF_RT uint32_t gruff_engine_latency(const GruffEngine *engine);

/* As gruff_net_state, for the whole sound path while no net is fading and no control is moving. Room for the
 * dry sound's delay is left out: nobody hears it then. RT, thread as run. */
GRUFF_RT size_t gruff_engine_state(const GruffEngine *engine, double *state);

/* As gruff_net_period, with the net now playing. RT, thread as run. */
GRUFF_RT uint32_t gruff_engine_period(const GruffEngine *engine);

/* Largest |sample| of any channel since the last call: at the input before the trim, and at the output. RT,
 * thread as run. */
typedef struct GruffMeters {
    float input_peak, output_peak;
} GruffMeters;
GRUFF_RT GruffMeters gruff_engine_meters(GruffEngine *engine);

#ifdef __cplusplus
}
#endif
#endif
