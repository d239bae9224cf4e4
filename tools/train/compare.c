#include "train/compare.h"

#include <math.h>
#include <string.h>

const char compare_standard[] = "gru8,gru16,gru32,lstm16,before16,simple16,rnn16,gru32h8";

static const double near_db = 1;

static bool is_there(const FitShape *shapes, size_t n, const FitShape *shape)
{
    char its[SHAPE_NAME_SIZE], other[SHAPE_NAME_SIZE];
    shape_write(shape, its);
    for (size_t i = 0; i < n; i++) {
        shape_write(&shapes[i], other);
        if (!strcmp(its, other))
            return true;
    }
    return false;
}

bool compare_read(const char *list, const FitShape *base, FitShape shapes[COMPARE_MOST], size_t *n,
                  GruffMessage *message)
{
    for (*n = 0;; list++) {
        char item[SHAPE_NAME_SIZE];
        size_t length = strcspn(list, ",");
        snprintf(item, sizeof item, "%.*s", (int)length, list);
        list += length;
        if (*n == COMPARE_MOST) {
            snprintf(message->text, sizeof message->text, "more than %d kinds of model; leave some out",
                     COMPARE_MOST);
            return false;
        }
        shapes[*n] = *base;
        if (!shape_read(item, &shapes[*n], message))
            return false;
        if (is_there(shapes, *n, &shapes[*n])) {
            snprintf(message->text, sizeof message->text,
                     "%s: twice in the list; name each kind of model once", item);
            return false;
        }
        ++*n;
        if (!*list)
            return true;
    }
}

bool compare_path(const char *model_path, const FitShape *shape, char path[COMPARE_PATH_SIZE])
{
    char word[SHAPE_NAME_SIZE];
    const char *slash = strrchr(model_path, '/'), *base = slash ? slash + 1 : model_path,
               *dot = strrchr(base, '.');
    size_t n = dot && dot > base ? (size_t)(dot - model_path) : strlen(model_path);
    shape_write(shape, word);
    int length = snprintf(path, COMPARE_PATH_SIZE, "%.*s-%s%s", (int)n, model_path, word, model_path + n);
    return length < COMPARE_PATH_SIZE;
}

void compare_note(const TrainOutcome *outcome, CompareRow *row)
{
    const TrainStory *story = &outcome->story;
    const FitPoint *last = story->n_points ? &story->points[story->n_points - 1] : NULL;
    *row = (CompareRow){.shape = story->plan->shape,
                        .n_weights = gruff_model_n_weights(outcome->model),
                        .ns_per_sample = outcome->ns_per_sample,
                        .load_percent = outcome->load_percent,
                        .epochs = last ? last->epoch : 0,
                        .seconds = last ? last->seconds : 0};
    memcpy(row->esr, outcome->esr, sizeof row->esr);
    snprintf(row->path, sizeof row->path, "%s", story->path);
}

/* "0.00214 -26.7 dB", in a column of its own width. */
static void print_esr(FILE *out, double esr)
{
    if (isfinite(esr))
        fprintf(out, "  %9.3g %6.1f dB", esr, finish_db(esr));
    else
        fprintf(out, "  %9s %6s   ", "-", "-");
}

static void print_row(FILE *out, const CompareRow *row)
{
    double esr = row->esr[TRAIN_ROLE_TEST];
    esr = isnan(esr) ? row->esr[TRAIN_ROLE_VALIDATE] : esr;
    fprintf(out, "%-7s %5u %6u %4u %8llu", shape_cell(&row->shape), row->shape.hidden, row->shape.n_layers,
            row->shape.hop, (unsigned long long)row->n_weights);
    print_esr(out, row->esr[TRAIN_ROLE_VALIDATE]);
    print_esr(out, row->esr[TRAIN_ROLE_TEST]);
    fprintf(out, "  %-9s %7.1f %6.2f %% %6.4g %6.0f s  %s\n", finish_word(esr), row->ns_per_sample,
            row->load_percent, row->epochs, row->seconds, row->path);
}

static const CompareRow *find_best(const CompareRow *rows, size_t n)
{
    const CompareRow *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (isfinite(rows[i].esr[TRAIN_ROLE_VALIDATE]) &&
            (!best || rows[i].esr[TRAIN_ROLE_VALIDATE] < best->esr[TRAIN_ROLE_VALIDATE]))
            best = &rows[i];
    return best;
}

static const CompareRow *find_cheapest(const CompareRow *rows, size_t n, double most_esr)
{
    const CompareRow *cheapest = NULL;
    for (size_t i = 0; i < n; i++)
        if (rows[i].esr[TRAIN_ROLE_VALIDATE] <= most_esr &&
            (!cheapest || rows[i].ns_per_sample < cheapest->ns_per_sample))
            cheapest = &rows[i];
    return cheapest;
}

void compare_print(FILE *out, const CompareRow *rows, size_t n)
{
    char word[SHAPE_NAME_SIZE];
    fprintf(out, "%-7s %5s %6s %4s %8s  %19s  %19s  %-9s %7s %8s %6s %8s  %s\n", "cell", "units", "layers",
            "hop", "weights", "validation ESR", "test ESR", "", "ns", "of a core", "epochs", "took", "file");
    for (size_t i = 0; i < n; i++)
        print_row(out, &rows[i]);
    const CompareRow *best = find_best(rows, n);
    if (!best)
        return;
    const CompareRow *cheapest =
        find_cheapest(rows, n, best->esr[TRAIN_ROLE_VALIDATE] * pow(10, near_db / 10));
    shape_write(&best->shape, word);
    fprintf(out, "\nBest by the validation sound: %s.", word);
    if (cheapest != best) {
        shape_write(&cheapest->shape, word);
        fprintf(out, " Within %g dB of it at %.0f %% of its cost: %s.", near_db,
                100 * cheapest->ns_per_sample / best->ns_per_sample, word);
    }
    fputc('\n', out);
}
