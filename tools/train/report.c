#include "train/report.h"

#include "output_file.h"
#include "plot.h"
#include "train/facts.h"
#include "train/report_parts.h"
#include "train/shape.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char style[] =
    ":root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--soft:#59636e;--edge:#d1d9e0;--grid:#eaeef2;--card:#f6f8fa;"
    "--gear:#0969da;--model:#d9480f;--error:#8c959f;--train:#8c959f;--validate:#1a7f37;--test:#8250df;"
    "--s0:#f8c9c4;--s1:#fbe0b0;--s2:#e9edb0;--s3:#bfe6bf;--s4:#94d6ad}"
    "@media(prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--soft:#9198a1;--edge:#3d444d;--grid:#21262d;"
    "--card:#151b23;--gear:#58a6ff;--model:#ff9452;--error:#6e7681;--train:#6e7681;--validate:#3fb950;--test:#bc8cff;"
    "--s0:#5c2622;--s1:#5c4416;--s2:#4b5019;--s3:#1f4f2a;--s4:#0f6138}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,'Liberation Sans',sans-serif}"
    "main{max-width:1000px;margin:0 auto;padding:28px 20px 60px}h1{font-size:30px;line-height:1.2;margin:0}"
    "h2{font-size:20px;margin:44px 0 4px}p{margin:4px 0 12px}.soft{color:var(--soft)}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:12px;margin:22px 0 6px}"
    ".card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:12px 16px}"
    ".card b{display:block;font-size:25px;line-height:1.25}.card span{color:var(--soft);font-size:14px}"
    "table{border-collapse:collapse;width:100%;font-size:15px}th{text-align:left;color:var(--soft);font-weight:600}"
    "th,td{padding:6px 12px 6px 0;border-bottom:1px solid var(--grid);vertical-align:top}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.facts td:first-child{color:var(--soft);width:190px}"
    "ul{margin:6px 0;padding-left:20px}li{margin:3px 0}code{background:var(--card);border-radius:5px;padding:1px 6px;"
    "font-size:14px}.fault{color:var(--model);font-weight:600}"
    ".hear{display:flex;flex-wrap:wrap;gap:8px 26px;align-items:center;margin:6px 0 2px}"
    ".hear span{display:flex;align-items:center;gap:8px;font-size:14px}audio{height:34px;max-width:300px}"
    ".key{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:14px;color:var(--soft);margin:2px 0 0}"
    ".key i{display:inline-block;width:18px;height:4px;border-radius:2px;margin:0 6px 3px 0}"
    "svg{display:block;width:100%;height:auto;margin:6px 0}"
    "svg text{font-size:12px;fill:var(--soft)}svg .title{font-size:14px;font-weight:600;fill:var(--ink)}"
    ".frame{fill:none;stroke:var(--edge)}.grid{fill:none;stroke:var(--grid)}"
    ".line{fill:none;stroke-width:1.6;stroke-linejoin:round}.line.gear{stroke:var(--gear);stroke-width:2.6;opacity:.85}"
    ".line.model{stroke:var(--model)}.line.error{stroke:var(--error);stroke-width:1.3}.line.train{stroke:var(--train)}"
    ".line.validate{stroke:var(--validate);stroke-width:2}.line.best{stroke:var(--ink);stroke-dasharray:5 5;opacity:.6}"
    ".wave{fill:none;stroke-width:1}.wave.train{stroke:var(--train)}.wave.validate{stroke:var(--validate)}"
    ".wave.test{stroke:var(--test)}.dot.train{fill:var(--train)}.dot.validate{fill:var(--validate)}"
    ".dot.test{fill:var(--test)}.mark{fill:var(--ink)}.best{fill:none;stroke:var(--ink);stroke-width:1.5}"
    ".step0{fill:var(--s0)}.step1{fill:var(--s1)}.step2{fill:var(--s2)}.step3{fill:var(--s3)}.step4{fill:var(--s4)}";

/* ---- words ---- */

const char *report_db(double esr, char text[32])
{
    double db = finish_db(esr);
    if (!isfinite(esr))
        snprintf(text, 32, "–");
    else
        snprintf(text, 32, "%s%.1f dB", db < 0 ? "−" : "", fabs(db));
    return text;
}

const char *report_esr(double esr, char text[32])
{
    double digits = 2 - floor(log10(fmax(esr, 1e-9))); /* three that matter */
    if (!isfinite(esr))
        snprintf(text, 32, "–");
    else
        snprintf(text, 32, "%.*f", (int)fmax(digits, 2), esr);
    return text;
}

static void say(const Report *report, const char *format, ...) GRUFF_PRINTF(2, 3);
static void say(const Report *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(report->out, format, arguments);
    va_end(arguments);
}

/* A name from outside. */
static void quote(const Report *report, const char *text)
{
    plot_escape(report->out, text);
}

static const char *base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

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

static const char *cell_words(const FitShape *shape)
{
    return shape->cell == GRUFF_CELL_LSTM       ? "LSTM"
           : shape->cell == GRUFF_CELL_RNN      ? "plain RNN"
           : shape->reset == GRUFF_RESET_BEFORE ? "GRU (reset before)"
           : shape->reset == GRUFF_RESET_NONE   ? "GRU without reset gate"
                                                : "GRU";
}

static void say_time(const Report *report, double seconds)
{
    if (seconds < 90)
        say(report, "%.0f s", seconds);
    else if (seconds < 5400)
        say(report, "%.0f min", seconds / 60);
    else
        say(report, "%.1f h", seconds / 3600);
}

static const FitPoint *last_point(const Report *report)
{
    const TrainStory *story = &report->outcome->story;
    return story->n_points ? &story->points[story->n_points - 1] : NULL;
}

/* ---- the top */

static void put_head(const Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    char date[32];
    facts_date(date);
    say(report, "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
                "content='width=device-width,initial-scale=1'><title>");
    quote(report, gruff_model_name(outcome->model));
    say(report, " – a capture by Gruff</title>\n<style>%s</style></head>\n<body><main>\n<h1>", style);
    quote(report, gruff_model_name(outcome->model));
    say(report, "</h1>\n<p class='soft'>A capture trained with Gruff " GRUFF_VERSION ", %.10s%s</p>\n", date,
        outcome->story.stopped ? "; stopped early, this is the best up to then" : "");
}

static void put_cards(const Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    const FitShape *shape = &outcome->story.plan->shape;
    const FitPoint *last = last_point(report);
    double esr = outcome->esr[report->passages.role];
    char db[32], number[32];
    say(report, "<div class='cards'><div class='card'><b>%s</b><span>ESR %s (%s)%s</span></div>\n",
        finish_word(esr), report_esr(esr, number), report_db(esr, db),
        report->passages.role == TRAIN_ROLE_TEST ? " on sound it never heard" : "");
    say(report, "<div class='card'><b>%.2g %%</b><span>of one processor core at 48 kHz</span></div>\n",
        outcome->ns_per_sample * 48e3 * 1e-7);
    say(report, "<div class='card'><b>%s-%u</b><span>%llu weights</span></div>\n",
        shape->cell == GRUFF_CELL_LSTM  ? "LSTM"
        : shape->cell == GRUFF_CELL_RNN ? "RNN"
                                        : "GRU",
        shape->hidden, (unsigned long long)gruff_model_n_weights(outcome->model));
    say(report, "<div class='card'><b>");
    say_time(report, last ? last->seconds : 0);
    say(report, "</b><span>of training, %.4g epochs</span></div></div>\n", last ? last->epoch : 0);
    report_draw_scale(report);
    say(report, "<p>%s</p>\n", what_it_means(esr));
}

/* ---- errors */

static void put_score(const Report *report, TrainRole role, const char *name, const char *what)
{
    double esr = report->outcome->esr[role];
    char db[32], number[32];
    say(report,
        "<tr><td>%s</td><td class='soft'>%s</td><td class='n'>%.0f s</td><td class='n'>%s</td><td class='n'>%s</td>"
        "<td>%s</td></tr>\n",
        name, what, train_data_seconds(report->outcome->story.data, role), report_esr(esr, number),
        report_db(esr, db), finish_word(esr));
}

static void put_scores(const Report *report)
{
    double best = report->outcome->story.data->best_esr;
    char db[32], number[32];
    say(report,
        "<h2>How near it comes</h2>\n<p class='soft'>ESR is the energy of the difference over the energy of the "
        "gear's sound: 0.01, or −20 dB, is one part in a hundred.</p>\n<table><tr><th>sound</th><th></th><th "
        "class='n'>length</th><th class='n'>ESR</th><th class='n'></th><th></th></tr>\n");
    put_score(report, TRAIN_ROLE_TEST, "test", "it never heard this");
    put_score(report, TRAIN_ROLE_VALIDATE, "validation", "told when it was best");
    put_score(report, TRAIN_ROLE_TRAIN, "training", "it learned from this");
    if (isfinite(best))
        say(report,
            "<tr><td>the gear itself</td><td class='soft'>twice the same phrase: no model can do better</td><td></td>"
            "<td class='n'>%s</td><td class='n'>%s</td><td>%s</td></tr>\n",
            report_esr(best, number), report_db(best, db), finish_word(best));
    say(report, "</table>\n");
}

/* ---- what to do next */

static void put_advice(const Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    const TrainStory *story = &outcome->story;
    const FitPoint *last = last_point(report);
    double train = outcome->esr[TRAIN_ROLE_TRAIN], esr = outcome->esr[report->passages.role];
    int n = 0;
    say(report, "<h2>What would help</h2>\n<ul>\n");
    if (story->stopped)
        n++, say(report, "<li>Training was stopped: <code>--resume</code> goes on where it was.</li>\n");
    else if (last && last->best && story->n_points > 3)
        n++, say(report, "<li>It was still getting better at the end: train longer.</li>\n");
    if (isfinite(story->data->best_esr) && esr < 2 * story->data->best_esr)
        n++, say(report,
                 "<li>Little: the gear itself differs about as much from one time to the next.</li>\n");
    else if (isfinite(train) && esr > 3 * train)
        n++,
            say(report,
                "<li>It plays what it learned from much better than other sound: record more, and more kinds of "
                "playing.</li>\n");
    else if (finish_db(esr) > -30 && story->plan->shape.hidden < 32)
        n++, say(report, "<li>A larger net: <code>--hidden %u</code>.</li>\n", 2 * story->plan->shape.hidden);
    for (uint32_t i = 0; i < story->data->n_findings; i++)
        if (story->data->findings[i].fault) {
            n++, say(report, "<li class='fault'>");
            quote(report, story->data->findings[i].text);
            say(report, "</li>\n");
        }
    say(report, "%s</ul>\n", n ? "" : "<li>Nothing stands out.</li>\n");
}

/* ---- passages */

static void put_key(const Report *report, bool roles)
{
    static const char *const names[2][3] = {{"gear", "model", "error"}, {"train", "validate", "test"}};
    static const char *const words[2][3] = {{"the gear", "the model", "the difference"},
                                            {"training", "validation", "test"}};
    say(report, "<div class='key'>");
    for (int i = 0; i < 3; i++)
        say(report, "<span><i style='background:var(--%s)'></i>%s</span>", names[roles][i], words[roles][i]);
    say(report, "</div>\n");
}

static void put_passage(const Report *report, const Passage *passage, const char *title)
{
    const TrainData *data = report->outcome->story.data;
    char db[32], number[32];
    double esr = passage_esr(passage), at = (double)passage->start / data->rate_hz;
    say(report, "<h2>%s</h2>\n<p class='soft'>Half a second at %d:%04.1f of ", title, (int)(at / 60),
        fmod(at, 60));
    quote(report, base(data->pairs[passage->pair].wet));
    say(report, ": ESR %s, %s (%s)</p>\n", report_esr(esr, number), report_db(esr, db), finish_word(esr));
    report_draw_passage(report, passage);
    put_key(report, false);
    say(report, "<div class='hear'><span>the gear ");
    report_put_sound(report, passage, false);
    say(report, "</span><span>the model ");
    report_put_sound(report, passage, true);
    say(report, "</span></div>\n");
}

/* ---- facts */

static void put_recordings(const Report *report)
{
    const TrainData *data = report->outcome->story.data;
    say(report, "<h2>The recordings</h2>\n<table><tr><th>dry</th><th>wet</th>");
    for (uint32_t k = 0; k < data->n_knobs; k++) {
        say(report, "<th class='n'>");
        quote(report, data->knob_name[k] ? data->knob_name[k] : "knob");
        say(report, "</th>");
    }
    say(report, "<th class='n'>length</th><th class='n'>wet came late by</th><th>polarity</th></tr>\n");
    for (uint32_t i = 0; i < data->n_pairs; i++) {
        const TrainPair *pair = &data->pairs[i];
        say(report, "<tr><td>");
        quote(report, base(pair->dry));
        say(report, "</td><td>");
        quote(report, base(pair->wet));
        say(report, "</td>");
        for (uint32_t k = 0; k < data->n_knobs; k++)
            say(report, "<td class='n'>%.3g</td>", (double)pair->knob[k]);
        say(report, "<td class='n'>%.1f s</td><td class='n'>%.2f ms</td><td>%s</td></tr>\n",
            (double)pair->n / data->rate_hz, 1e3 * pair->delay_frames / data->rate_hz,
            pair->inverted ? "upside down" : "as it went in");
    }
    say(report, "</table>\n<ul>\n");
    for (uint32_t i = 0; i < data->n_findings; i++) {
        say(report, "<li%s>", data->findings[i].fault ? " class='fault'" : "");
        quote(report, data->findings[i].text);
        say(report, "</li>\n");
    }
    say(report, "</ul>\n");
}

static void put_facts(const Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    const GruffModel *model = outcome->model;
    const FitPlan *plan = outcome->story.plan;
    const FitPoint *last = last_point(report);
    say(report, "<h2>The model</h2>\n<table class='facts'>\n<tr><td>file</td><td>");
    quote(report, base(outcome->story.path));
    say(report, "</td></tr>\n<tr><td>net</td><td>%s, %u units, %u layer%s%s, %llu weights</td></tr>\n",
        cell_words(&plan->shape), plan->shape.hidden, plan->shape.n_layers,
        plan->shape.n_layers == 1 ? "" : "s", plan->shape.skip ? ", the input added to its output" : "",
        (unsigned long long)gruff_model_n_weights(model));
    if (model->hop > 1)
        say(report, "<tr><td>steps</td><td>once per %u samples: %.2f ms late</td></tr>\n", model->hop,
            1e3 * (model->hop - 1) / model->rate_hz);
    if (model->n_knobs) {
        say(report, "<tr><td>knobs</td><td>");
        for (uint32_t k = 0; k < model->n_knobs; k++) {
            say(report, "%s", k ? ", " : "");
            quote(report, gruff_model_knob_name(model, k));
        }
        say(report, "</td></tr>\n");
    }
    say(report, "<tr><td>rate</td><td>%g Hz</td></tr>\n", model->rate_hz);
    say(report, "<tr><td>cost here</td><td>%.1f ns a sample%s%s%s</td></tr>\n", outcome->ns_per_sample,
        outcome->kernel ? " (" : "", outcome->kernel ? outcome->kernel : "", outcome->kernel ? ")" : "");
    if (model->has_loudness)
        say(report, "<tr><td>loudness</td><td>%s%.1f dB</td></tr>\n", model->loudness_db < 0 ? "−" : "",
            fabs(model->loudness_db));
    say(report, "<tr><td>trained</td><td>%.4g epochs in ", last ? last->epoch : 0);
    say_time(report, last ? last->seconds : 0);
    say(report, ", %u streams, windows of %u steps, learning rate %g, seed %llu</td></tr>\n", plan->n_streams,
        plan->window, plan->learning_rate, (unsigned long long)plan->seed);
    if (isfinite(outcome->esr[report->passages.role]))
        say(report,
            "<tr><td>checked</td><td>the player makes the same sound of the file as the trainer: ESR %.6g and %.6g</td>"
            "</tr>\n",
            outcome->player_esr[report->passages.role], outcome->esr[report->passages.role]);
    say(report, "</table>\n<p>Play it: <code>gruff live -m ");
    quote(report, base(outcome->story.path));
    say(report, "</code> <code>gruff render -m ");
    quote(report, base(outcome->story.path));
    say(report, " riff.wav loud.wav</code></p>\n");
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
    say(report,
        "<h2>By pitch</h2>\n<p class='soft'>Where the grey line comes near the others, the model is wrong.</p>\n");
    report_draw_spectra(report);
    put_key(report, false);
    say(report, "<h2>By place</h2>\n");
    report_draw_places(report);
    put_key(report, true);
    say(report, "<h2>By time of training</h2>\n");
    report_draw_curves(report);
    say(report,
        "<div class='key'><span><i style='background:var(--train)'></i>training sound</span><span><i "
        "style='background:var(--validate)'></i>validation sound; the dot is what was kept</span>%s</div>\n",
        isfinite(report->outcome->story.data->best_esr) ? "<span>dashed: no model can do better</span>" : "");
    put_recordings(report);
    put_facts(report);
    say(report, "</main></body></html>\n");
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
