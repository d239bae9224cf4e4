#include "render_parts.h"

#include "crew.h"
#include "interrupt.h"
#include "progress.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A part is warmed up for that long, and longer once that was not enough; compared with the true sound in
 * pieces. The first round's parts are short and compared whole: what a model makes of differences in the last
 * bits is seen there. */
static const double warm_s = 0.5, piece_s = 0.5, first_s = 4, longest_s = 16;

/* Two decks have met where no number of their states differs by more than this, -100 dB of full scale, and in
 * the piece before their sounds by no more than -113 dB of that piece, or of all so far if that is louder.
 */
static const double state_limit = 1e-5, piece_limit = 5e-12;

/* All that was compared where states agree may differ by -115 dB. What is promised is -110 dB of the whole:
 * 5 dB are for what was not compared. */
static const double sum_limit = 3.16e-12;

/* Energies of the difference, and of what it was compared with. */
typedef struct Compared {
    double error, sound;
} Compared;

typedef struct Part {
    Deck deck;         /* n_channels 0: not built */
    size_t start, n;   /* frames of the round */
    double *marks;     /* [n_marks][n_state]: the state where the part begins, and after each piece */
    double *now;       /* [n_state] */
    float *heard;      /* [n_piece][n_channels] */
    size_t n_apart;    /* frames at its beginning that the deck before played and where they had not met */
    double energy;     /* of what its own deck played */
    Compared compared; /* from where they have met on */
    bool failed, met;
} Part;

typedef struct Parts {
    const Render *render;
    const RenderTalk *talk;
    const char *label;
    Stream *stream;
    Crew *crew;
    int rate_hz;
    uint32_t n_channels, period, n_jobs, n_parts; /* n_parts: of this round */
    size_t n_piece, n_warm, n_most;               /* frames: n_most in a round */
    size_t n_state, n_marks;
    int64_t at;         /* frames before this round */
    size_t n_round;     /* frames of it */
    double energy;      /* of all that came out so far, this round too */
    Compared compared;  /* in all rounds */
    float *in, *out;    /* [n_most][n_channels] */
    float *next, *last; /* the same: read for the next round, and of the last one, still to be written */
    size_t n_next, n_last, n_written;
    pthread_mutex_t moving; /* held by whoever reads or writes: next to message */
    bool all_read, moved;   /* moved: reading and writing went well; else message says why not */
    GruffMessage message;
    bool in_one; /* from now on; nothing more is read */
    Part *parts; /* [n_jobs]; parts[0] goes on where the last round ended */
} Parts;

/* ---- room ---- */

static void parts_free(Parts *p)
{
    crew_free(p->crew);
    for (uint32_t i = 0; p->parts && i < p->n_jobs; i++) {
        deck_free(&p->parts[i].deck);
        free(p->parts[i].marks);
        free(p->parts[i].now);
        free(p->parts[i].heard);
    }
    free(p->parts);
    free(p->in);
    free(p->out);
    free(p->next);
    free(p->last);
    pthread_mutex_destroy(&p->moving);
}

static bool parts_new(Parts *p, const Render *render, const Deck *deck, Stream *stream)
{
    const double rate_hz = audio_facts(stream->reader).rate_hz;
    *p = (Parts){.render = render,
                 .stream = stream,
                 .rate_hz = (int)rate_hz,
                 .n_channels = deck->n_channels,
                 .period = deck->period,
                 .n_jobs = render->n_jobs,
                 .n_state = deck->n_state,
                 .moved = true};
    pthread_mutex_init(&p->moving, NULL);
    p->n_piece = (size_t)(piece_s * rate_hz);
    p->n_warm = (size_t)(warm_s * rate_hz);
    p->n_most = p->n_jobs * (size_t)(longest_s * rate_hz);
    const int64_t left = stream_left(stream);
    if (left >= 0 && (size_t)left < p->n_most)
        p->n_most = (size_t)left;
    p->n_marks = p->n_most / p->n_piece + 2;
    float **const sounds[] = {&p->in, &p->out, &p->next, &p->last};
    bool ok = true;
    for (int i = 0; i < 4; i++)
        ok = (*sounds[i] = malloc((p->n_most + 1) * p->n_channels * sizeof(float))) && ok;
    p->parts = calloc(p->n_jobs, sizeof *p->parts);
    p->crew = crew_new(p->n_jobs);
    ok = ok && p->parts && p->crew;
    for (uint32_t i = 0; ok && i < p->n_jobs; i++) {
        Part *part = &p->parts[i];
        part->marks = malloc(p->n_marks * p->n_state * sizeof *part->marks);
        part->now = malloc(p->n_state * sizeof *part->now);
        part->heard = malloc(p->n_piece * p->n_channels * sizeof *part->heard);
        ok = part->marks && part->now && part->heard;
    }
    return ok;
}

/* ---- playing ---- */

static void play(Parts *p, Deck *deck, size_t from, size_t n, float *to)
{
    deck_run(deck, p->in + from * p->n_channels, to, n);
}

/* The last frame, at a whole multiple of the period, that is n_warm before the part; 0 at least. */
static size_t warm_from(const Parts *p, const Part *part)
{
    const int64_t wanted = p->at + (int64_t)part->start - (int64_t)p->n_warm;
    const int64_t first = (p->at + p->period - 1) / p->period * p->period;
    const int64_t from = wanted / p->period * p->period;
    return (size_t)((from > first ? from : first) - p->at);
}

static void show(const Parts *p, double done)
{
    if (p->render->quiet || !*p->talk->may_progress)
        return;
    const double n = (double)audio_facts(p->stream->reader).n_frames;
    progress_show(p->label, n > 0 ? fmin(1, ((double)p->at + done * p->n_parts) / n) : -1);
}

/* Write a piece of the last round, or read one of the next; false when there is none left, after a failure or
 * an interrupt. Under p->moving. */
static bool move_piece(Parts *p)
{
    const size_t n_left = p->n_last - p->n_written;
    if (!p->moved || interrupted())
        return false;
    if (n_left > 0) {
        const size_t n = n_left < p->n_piece ? n_left : p->n_piece;
        p->moved = stream_write(p->stream, p->last + p->n_written * p->n_channels, n, &p->message);
        p->n_written += n;
        return true;
    }
    const size_t n_room = p->in_one || p->all_read ? 0 : p->n_most - p->n_next;
    const size_t n = n_room < p->n_piece ? n_room : p->n_piece;
    if (n == 0)
        return false;
    const size_t n_read = stream_read(p->stream, p->next + p->n_next * p->n_channels, n, &p->message);
    p->n_next += n_read;
    p->all_read = n_read < n;
    p->moved = !*p->message.text;
    return true;
}

static double energy_of(const float *x, const float *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)x[i] - (y ? (double)y[i] : 0);
        sum += d * d;
    }
    return sum;
}

/* Its part, after warming up; the first goes on from where it is. */
static void play_part(Parts *p, uint32_t worker)
{
    Part *part = &p->parts[worker];
    if (!part->deck.n_channels && !deck_build(p->render, p->rate_hz, p->n_channels, &part->deck)) {
        part->failed = true;
        return;
    }
    if (worker > 0) {
        deck_reset(&part->deck);
        const size_t from = warm_from(p, part);
        play(p, &part->deck, from, part->start - from, NULL);
    }
    deck_state(&part->deck, part->marks);
    double *mark = part->marks;
    part->energy = 0;
    for (size_t t = 0, n; t < part->n && !interrupted(); t += n) {
        float *own = p->out + (part->start + t) * p->n_channels;
        n = part->n - t < p->n_piece ? part->n - t : p->n_piece;
        play(p, &part->deck, part->start + t, n, own);
        part->energy += energy_of(own, NULL, n * p->n_channels);
        deck_state(&part->deck, mark += p->n_state);
        if (worker == 0)
            show(p, (double)(t + n));
        if (!pthread_mutex_trylock(&p->moving)) {
            move_piece(p);
            pthread_mutex_unlock(&p->moving);
        }
    }
}

/* A part, if there is one for this worker; reading and writing a piece now and then, and what is left of it
 * once there is nothing to play. So all are done at about the same time. */
static void work(void *context, uint32_t worker, uint32_t n_workers)
{
    Parts *p = context;
    (void)n_workers;
    if (worker < p->n_parts)
        play_part(p, worker);
    pthread_mutex_lock(&p->moving);
    while (move_piece(p)) {
    }
    pthread_mutex_unlock(&p->moving);
}

static double distance(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

/* Whether the true sound of n frames and a part's own are as good as the same. */
static bool sounds_alike(const Parts *p, Compared piece, size_t n)
{
    const double usual = p->energy / (double)(p->at + (int64_t)p->n_round) * (double)n;
    return piece.error <= piece_limit * fmax(piece.sound, usual);
}

/* The deck of the part before plays on into this one until the two have met, or through the whole of it. */
static void join_part(void *context, uint32_t worker, uint32_t n_workers)
{
    Parts *p = context;
    (void)n_workers;
    if (worker == 0 || worker >= p->n_parts)
        return;
    Part *part = &p->parts[worker];
    Deck *before = &p->parts[worker - 1].deck;
    const double *mark = part->marks;
    const bool whole = p->at == 0;
    deck_state(before, part->now);
    part->met = distance(part->now, mark, p->n_state) == 0;
    part->n_apart = 0;
    part->compared = (Compared){0};
    for (size_t t = 0, n; t < part->n && (whole || !part->met) && !interrupted(); t += n) {
        float *own = p->out + (part->start + t) * p->n_channels;
        n = part->n - t < p->n_piece ? part->n - t : p->n_piece;
        const size_t n_samples = n * p->n_channels;
        play(p, before, part->start + t, n, part->heard);
        deck_state(before, part->now);
        const Compared piece = {energy_of(part->heard, own, n_samples),
                                energy_of(part->heard, NULL, n_samples)};
        const bool agree = distance(part->now, mark += p->n_state, p->n_state) <= state_limit;
        memcpy(own, part->heard, n_samples * sizeof *own);
        part->met = agree && (part->met || sounds_alike(p, piece, n));
        if (part->met)
            part->compared =
                (Compared){part->compared.error + piece.error, part->compared.sound + piece.sound};
        else
            part->n_apart = t + n;
    }
}

/* ---- rounds ---- */

/* As many parts as are worth the warming up and the comparing. */
static void divide(Parts *p, size_t n)
{
    const size_t least = 2 * (p->n_warm + p->n_piece + p->period);
    const size_t n_parts = n / least;
    p->n_parts = n_parts < 1 || p->in_one ? 1 : n_parts > p->n_jobs ? p->n_jobs : (uint32_t)n_parts;
    for (uint32_t i = 0; i < p->n_parts; i++) {
        p->parts[i].start = n / p->n_parts * i;
        p->parts[i].n = (i + 1 < p->n_parts ? n / p->n_parts * (i + 1) : n) - p->parts[i].start;
    }
}

/* The deck of part i goes on as that of the first. */
static void go_on_with(Parts *p, uint32_t i)
{
    const Deck other = p->parts[0].deck;
    p->parts[0].deck = p->parts[i].deck;
    p->parts[i].deck = other;
}

/* Parts of the round that are as the true deck plays them, once all are joined. */
static uint32_t count_joined(Parts *p)
{
    const size_t n_warm = p->n_warm;
    uint32_t i = 1;
    for (; i < p->n_parts && p->parts[i].met; i++) {
        const Part *part = &p->parts[i];
        p->compared.error += part->compared.error;
        p->compared.sound += part->compared.sound;
        p->n_warm = p->n_warm > n_warm + part->n_apart ? p->n_warm : n_warm + part->n_apart;
    }
    return i;
}

/* n frames were played in parts: let the true deck go on as the first one's, and where parts did not meet,
 * play the rest of the round with it. The first round is compared whole, and is left to the first deck if any
 * part of it has not met, or its state is apart where it ends, or all of it is too far off: of a model that
 * makes much of the last bits, parts that met by chance would be as far off as those that did not. */
static void settle(Parts *p, size_t n, PartsReport *report)
{
    uint32_t n_joined = count_joined(p);
    const bool apart = p->compared.error > sum_limit * p->compared.sound;
    report->untrue = apart && p->at > 0;
    if (p->at == 0 && (apart || n_joined < p->n_parts))
        n_joined = 1;
    if (!p->in_one)
        report->n_parts += n_joined;
    go_on_with(p, n_joined - 1);
    if (n_joined == p->n_parts)
        return;
    const Part *part = &p->parts[n_joined];
    const size_t from = part->start + part->n;
    report->broken_at_s = (double)(p->at + (int64_t)part->start) / p->rate_hz;
    p->in_one = true;
    play(p, &p->parts[0].deck, from, n - from, p->out + from * p->n_channels);
}

/* A round of n frames in p->in; false as render_parts. */
static bool play_round(Parts *p, size_t n, PartsReport *report)
{
    divide(p, n);
    crew_run(p->crew, work, p);
    if (!p->moved || interrupted())
        return false;
    for (uint32_t i = 0; i < p->n_parts; i++) {
        if (p->parts[i].failed)
            return false;
        p->energy += p->parts[i].energy;
    }
    p->n_round = n;
    crew_run(p->crew, join_part, p);
    if (interrupted())
        return false;
    settle(p, n, report);
    p->at += (int64_t)n;
    return true;
}

/* What was played is to be written, and what was read is to be played. */
static size_t turn_over(Parts *p, size_t n)
{
    float *const in = p->in, *const out = p->out;
    p->in = p->next, p->next = in;
    p->out = p->last, p->last = out;
    p->n_last = n;
    n = p->n_next;
    p->n_written = p->n_next = 0;
    return n;
}

static bool play_rounds(Parts *p, PartsReport *report)
{
    const size_t first = p->n_jobs * (size_t)(first_s * p->rate_hz);
    size_t n = stream_read(p->stream, p->in, first < p->n_most ? first : p->n_most, &p->message);
    if (*p->message.text)
        return false;
    while (n > 0) {
        if (!play_round(p, n, report))
            return false;
        if (report->untrue)
            return true;
        n = turn_over(p, n);
    }
    return stream_write(p->stream, p->last, p->n_last, &p->message);
}

bool render_parts(const Render *render, const RenderTalk *talk, const char *label, Deck *deck, Stream *stream,
                  PartsReport *report, GruffMessage *message)
{
    Parts p;
    *report = (PartsReport){.n_parts = 1, .broken_at_s = -1};
    if (deck->period > (uint32_t)audio_facts(stream->reader).rate_hz)
        return true;
    bool ok = parts_new(&p, render, deck, stream);
    if (!ok) {
        say_failed("render: no memory or threads for %u parts at a time; give a smaller -j", render->n_jobs);
    } else {
        p.talk = talk, p.label = label;
        report->n_parts = 0;
        p.parts[0].deck = *deck;
        ok = play_rounds(&p, report);
        *deck = p.parts[0].deck;
        p.parts[0].deck = (Deck){0};
        *message = p.message;
    }
    parts_free(&p);
    return ok;
}
