/* The report's tables of facts. */
#include "train/report/parts.h"

#include <math.h>

static const char *cell_words(const FitShape *shape)
{
    return shape->cell == GRUFF_CELL_LSTM       ? "LSTM"
           : shape->cell == GRUFF_CELL_RNN      ? "plain RNN"
           : shape->reset == GRUFF_RESET_BEFORE ? "GRU (reset before)"
           : shape->reset == GRUFF_RESET_NONE   ? "GRU without reset gate"
                                                : "GRU";
}

void report_put_recordings(const Report *report)
{
    const TrainData *data = report->outcome->story.data;
    report_say(report, "<h2>The recordings</h2>\n<table><tr><th>dry</th><th>wet</th>");
    for (uint32_t k = 0; k < data->n_knobs; k++) {
        report_say(report, "<th class='n'>");
        report_quote(report, data->knob_name[k] ? data->knob_name[k] : "knob");
        report_say(report, "</th>");
    }
    report_say(report,
               "<th class='n'>length</th><th class='n'>wet came late by</th><th>polarity</th></tr>\n");
    for (uint32_t i = 0; i < data->n_pairs; i++) {
        const TrainPair *pair = &data->pairs[i];
        report_say(report, "<tr><td>");
        report_quote(report, report_base(pair->dry));
        report_say(report, "</td><td>");
        report_quote(report, report_base(pair->wet));
        report_say(report, "</td>");
        for (uint32_t k = 0; k < data->n_knobs; k++)
            report_say(report, "<td class='n'>%.3g</td>", (double)pair->knob[k]);
        report_say(report, "<td class='n'>%.1f s</td><td class='n'>%.2f ms</td><td>%s</td></tr>\n",
                   (double)pair->n / data->rate_hz, 1e3 * pair->delay_frames / data->rate_hz,
                   pair->inverted ? "upside down" : "as it went in");
    }
    report_say(report, "</table>\n<ul>\n");
    for (uint32_t i = 0; i < data->n_findings; i++) {
        report_say(report, "<li%s>", data->findings[i].fault ? " class='fault'" : "");
        report_quote(report, data->findings[i].text);
        report_say(report, "</li>\n");
    }
    report_say(report, "</ul>\n");
}

void report_put_facts(const Report *report)
{
    const TrainOutcome *outcome = report->outcome;
    const GruffModel *model = outcome->model;
    const FitPlan *plan = outcome->story.plan;
    const FitPoint *last = report_last_point(report);
    report_say(report, "<h2>The model</h2>\n<table class='facts'>\n<tr><td>file</td><td>");
    report_quote(report, report_base(outcome->story.path));
    report_say(report, "</td></tr>\n<tr><td>net</td><td>%s, %u units, %u layer%s%s, %llu weights</td></tr>\n",
               cell_words(&plan->shape), plan->shape.hidden, plan->shape.n_layers,
               plan->shape.n_layers == 1 ? "" : "s",
               plan->shape.skip ? ", the input added to its output" : "",
               (unsigned long long)gruff_model_n_weights(model));
    if (model->hop > 1)
        report_say(report, "<tr><td>steps</td><td>once per %u samples: %.2f ms late</td></tr>\n", model->hop,
                   1e3 * (model->hop - 1) / model->rate_hz);
    if (model->n_knobs) {
        report_say(report, "<tr><td>knobs</td><td>");
        for (uint32_t k = 0; k < model->n_knobs; k++) {
            report_say(report, "%s", k ? ", " : "");
            report_quote(report, gruff_model_knob_name(model, k));
        }
        report_say(report, "</td></tr>\n");
    }
    report_say(report, "<tr><td>rate</td><td>%g Hz</td></tr>\n", model->rate_hz);
    report_say(report, "<tr><td>cost here</td><td>%.1f ns a sample%s%s%s</td></tr>\n", outcome->ns_per_sample,
               outcome->kernel ? " (" : "", outcome->kernel ? outcome->kernel : "",
               outcome->kernel ? ")" : "");
    if (model->has_loudness)
        report_say(report, "<tr><td>loudness</td><td>%s%.1f dB</td></tr>\n",
                   model->loudness_db < 0 ? "−" : "", fabs(model->loudness_db));
    report_say(report, "<tr><td>trained</td><td>%.3g epochs in ", last ? last->epoch : 0);
    report_say_time(report, last ? last->seconds : 0);
    report_say(report, ", %u streams, windows of %u steps, learning rate %g, seed %llu</td></tr>\n",
               plan->n_streams, plan->window, plan->learning_rate, (unsigned long long)plan->seed);
    if (isfinite(outcome->esr[report->passages.role]))
        report_say(
            report,
            "<tr><td>checked</td><td>the player makes the same sound of the file as the trainer: ESR %.6g and %.6g</td>"
            "</tr>\n",
            outcome->player_esr[report->passages.role], outcome->esr[report->passages.role]);
    report_say(report, "</table>\n<p>Play it: <code>gruff live -m ");
    report_quote(report, report_base(outcome->story.path));
    report_say(report, "</code> <code>gruff render -m ");
    report_quote(report, report_base(outcome->story.path));
    report_say(report, " riff.wav loud.wav</code></p>\n");
}
