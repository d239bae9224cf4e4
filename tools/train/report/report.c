#include "train/report/report.h"

#include "output_file.h"
#include "train/report/facts.h"
#include "train/report/parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *what_it_means(double esr)
{
    double db = finish_db(esr);
    return !isfinite(esr) ? "There was no sound to tell how good it is."
           : db < -40     ? "You will hardly tell it from the gear."
           : db < -30     ? "Very close: the difference is hard to hear, even side by side."
           : db < -20     ? "Close: it plays like the gear; a careful ear hears a difference side by side."
           : db < -13     ? "It has the gear's character, but side by side the difference is plain."
                          : "It does not sound like the gear yet.";
}

/* ---- the top */

static void put_head(const Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    char date[32];
    facts_date(date);
    report_say(report, "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
                       "content='width=device-width,initial-scale=1'><title>");
    report_quote(report, gruff_model_name(outcome->model));
    report_say(report, " – a capture by Gruff</title>\n<style>%s</style></head>\n<body><main>\n<h1>",
               report_style);
    report_quote(report, gruff_model_name(outcome->model));
    report_say(report, "</h1>\n<p class='soft'>A capture trained with Gruff " GRUFF_VERSION ", %.10s%s</p>\n",
               date, outcome->story.stopped ? "; stopped early, this is the best up to then" : "");
}

static void put_cards(const Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    const FitShape *shape = &outcome->story.plan->shape;
    const FitPoint *last = report_last_point(report);
    double esr = outcome->esr[report->passages.role];
    char db[32], number[32];
    report_say(report, "<div class='cards'><div class='card'><b>%s</b><span>ESR %s (%s)%s</span></div>\n",
               finish_word(esr), report_esr(esr, number), report_db(esr, db),
               report->passages.role == TRAIN_ROLE_TEST ? " on sound it never heard" : "");
    report_say(report, "<div class='card'><b>%.2g %%</b><span>of one processor core at 48 kHz</span></div>\n",
               outcome->ns_per_sample * 48e3 * 1e-7);
    report_say(report, "<div class='card'><b>%s-%u</b><span>%llu weights</span></div>\n",
               shape->cell == GRUFF_CELL_LSTM  ? "LSTM"
               : shape->cell == GRUFF_CELL_RNN ? "RNN"
                                               : "GRU",
               shape->hidden, (unsigned long long)gruff_model_n_weights(outcome->model));
    report_say(report, "<div class='card'><b>");
    report_say_time(report, last ? last->seconds : 0);
    report_say(report, "</b><span>of training, %.3g epochs</span></div></div>\n", last ? last->epoch : 0);
    report_draw_scale(report);
    report_say(report, "<p>%s</p>\n", what_it_means(esr));
}

/* ---- errors */

static void put_score(const Report *report, TrainRole role, const char *name, const char *what)
{
    double esr = report->outcome->esr[role];
    char db[32], number[32];
    report_say(
        report,
        "<tr><td>%s</td><td class='soft'>%s</td><td class='n'>%.0f s</td><td class='n'>%s</td><td class='n'>%s</td>"
        "<td>%s</td></tr>\n",
        name, what, train_data_seconds(report->outcome->story.data, role), report_esr(esr, number),
        report_db(esr, db), finish_word(esr));
}

static void put_scores(const Report *report)
{
    double best = report->outcome->story.data->best_esr;
    char db[32], number[32];
    report_say(
        report,
        "<h2>How near it comes</h2>\n<p class='soft'>ESR is the energy of the difference over the energy of the "
        "gear's sound: 0.01, or −20 dB, is one part in a hundred.</p>\n<table><tr><th>sound</th><th></th><th "
        "class='n'>length</th><th class='n'>ESR</th><th class='n'></th><th></th></tr>\n");
    put_score(report, TRAIN_ROLE_TEST, "test", "it never heard this");
    put_score(report, TRAIN_ROLE_VALIDATE, "validation", "told when it was best");
    put_score(report, TRAIN_ROLE_TRAIN, "training", "it learned from this");
    if (isfinite(best))
        report_say(
            report,
            "<tr><td>the gear itself</td><td class='soft'>twice the same phrase: no model can do better</td><td></td>"
            "<td class='n'>%s</td><td class='n'>%s</td><td>%s</td></tr>\n",
            report_esr(best, number), report_db(best, db), finish_word(best));
    report_say(report, "</table>\n");
}

/* ---- what to do next */

static void advise_on_error(const Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    const TrainStory *story = &outcome->story;
    double train = outcome->esr[TRAIN_ROLE_TRAIN], esr = outcome->esr[report->passages.role];
    if (esr < 2 * story->data->best_esr)
        report_say(report,
                   "<li>Little: the gear itself differs about as much from one time to the next.</li>\n");
    else if (esr > 3 * train)
        report_say(
            report,
            "<li>More sound: it plays what it learned from much better than the rest. Record more, and "
            "more kinds of playing.</li>\n");
    else if (finish_db(esr) > -30)
        report_say(report, "<li>A larger net (<code>--hidden %u</code>), and longer training.</li>\n",
                   2 * story->plan->shape.hidden);
    else
        report_say(report, "<li>Nothing stands out.</li>\n");
}

static void put_advice(const Report *report)
{
    const TrainStory *story = &report->outcome->story;
    report_say(report, "<h2>What would help</h2>\n<ul>\n");
    if (story->stopped)
        report_say(report, "<li>Training was stopped: <code>--resume</code> goes on where it was.</li>\n");
    else
        advise_on_error(report);
    for (uint32_t i = 0; i < story->data->n_findings; i++)
        if (story->data->findings[i].fault) {
            report_say(report, "<li class='fault'>");
            report_quote(report, story->data->findings[i].text);
            report_say(report, "</li>\n");
        }
    report_say(report, "</ul>\n");
}

/* ---- passages */

static void put_key(const Report *report, bool roles)
{
    static const char *const names[2][3] = {{"gear", "model", "error"}, {"train", "validate", "test"}};
    static const char *const words[2][3] = {{"the gear", "the model", "the difference"},
                                            {"training", "validation", "test"}};
    report_say(report, "<div class='key'>");
    for (int i = 0; i < 3; i++)
        report_say(report, "<span><i style='background:var(--%s)'></i>%s</span>", names[roles][i],
                   words[roles][i]);
    report_say(report, "</div>\n");
}

static void put_passage(const Report *report, const Passage *passage, const char *title)
{
    const TrainData *data = report->outcome->story.data;
    char db[32], number[32];
    double esr = passage_esr(passage), at = (double)passage->start / data->rate_hz;
    report_say(report, "<h2>%s</h2>\n<p class='soft'>Half a second at %d:%04.1f of ", title, (int)(at / 60),
               fmod(at, 60));
    report_quote(report, report_base(data->pairs[passage->pair].wet));
    report_say(report, ": ESR %s, %s (%s)</p>\n", report_esr(esr, number), report_db(esr, db),
               finish_word(esr));
    report_draw_passage(report, passage);
    put_key(report, false);
    report_say(report, "<div class='hear'><span>the gear ");
    report_put_sound(report, passage, false);
    report_say(report, "</span><span>the model ");
    report_put_sound(report, passage, true);
    report_say(report, "</span></div>\n");
}

/* ---- the whole */

static bool measure(Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    const TrainData *data = outcome->story.data;
    report->target = calloc(1, sizeof *report->target);
    report->played = calloc(1, sizeof *report->played);
    report->error = calloc(1, sizeof *report->error);
    bool whole =
        report->target && report->played && report->error && passages_make(outcome, &report->passages);
    for (uint32_t i = 0; whole && i < data->n_spans; i++) {
        const TrainSpan *span = &data->spans[i];
        if (span->role != report->passages.role)
            continue;
        const float *y = data->pairs[span->pair].y + span->start,
                    *its = outcome->played[span->pair] + span->start;
        whole = spectrum_add(report->target, y, NULL, span->n) &&
                spectrum_add(report->played, its, NULL, span->n) &&
                spectrum_add(report->error, its, y, span->n);
    }
    if (whole) {
        report->worst = passages_pick(&report->passages, 1);
        report->median = passages_pick(&report->passages, 0.5);
    }
    return whole;
}

static void put_all(const Report *report)
{
    put_head(report);
    put_cards(report);
    put_scores(report);
    put_advice(report);
    if (report->median)
        put_passage(report, report->median, "A typical passage");
    if (report->worst && report->worst != report->median)
        put_passage(report, report->worst, "The worst passage");
    report_say(
        report,
        "<h2>By pitch</h2>\n<p class='soft'>Where the grey line comes near the others, the model is wrong.</p>\n");
    report_draw_spectra(report);
    put_key(report, false);
    report_say(report, "<h2>By place</h2>\n");
    report_draw_places(report);
    put_key(report, true);
    report_say(report, "<h2>By time of training</h2>\n");
    report_draw_curves(report);
    report_say(
        report,
        "<div class='key'><span><i style='background:var(--train)'></i>training sound</span><span><i "
        "style='background:var(--validate)'></i>validation sound; the dot is what was kept</span>%s</div>\n",
        isfinite(report->outcome->story.data->best_esr) ? "<span>dashed: no model can do better</span>" : "");
    report_put_recordings(report);
    report_put_facts(report);
    report_say(report, "</main></body></html>\n");
}

bool report_path(const char *model_path, char path[REPORT_PATH_SIZE])
{
    const char *slash = strrchr(model_path, '/'), *dot = strrchr(slash ? slash : model_path, '.');
    size_t n =
        dot && dot > (slash ? slash + 1 : model_path) ? (size_t)(dot - model_path) : strlen(model_path);
    return (size_t)snprintf(path, REPORT_PATH_SIZE, "%.*s.html", (int)n, model_path) < REPORT_PATH_SIZE;
}

GruffStatus report_write(const TrainOutcome *outcome, const char *path, GruffMessage *message)
{
    Report report = {.outcome = outcome};
    OutputFile file;
    GruffStatus status = GRUFF_OK;
    if (!measure(&report)) {
        snprintf(message->text, sizeof message->text,
                 "%.300s: no memory for the report; close other programs", path);
        status = GRUFF_ERROR_MEMORY;
    } else if (!output_file_open(&file, path, message)) {
        status = GRUFF_ERROR_FILE;
    } else {
        int fd = dup(file.fd);
        report.out = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (report.out)
            put_all(&report);
        if (!report.out || ferror(report.out))
            file.error = errno ? errno : EIO;
        if (report.out && fclose(report.out) && !file.error)
            file.error = errno;
        if (!output_file_finish(&file, message))
            status = GRUFF_ERROR_FILE;
    }
    free(report.passages.list);
    free(report.target);
    free(report.played);
    free(report.error);
    return status;
}
