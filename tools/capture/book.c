#include "capture/book.h"

#include "say.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool is_there(const CaptureBook *book, const char *name)
{
    char path[BOOK_PATH_SIZE + 160];
    snprintf(path, sizeof path, "%s/%s", book->folder, name);
    return !access(path, F_OK);
}

int book_open(CaptureBook *book, const char *folder)
{
    *book = (CaptureBook){0};
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (length >= BOOK_PATH_SIZE)
        return say_failed("%s: too long a name", folder);
    snprintf(book->folder, sizeof book->folder, "%.*s", (int)length, folder);
    snprintf(book->path, sizeof book->path, "%s/capture.json", book->folder);
    if (mkdir(book->folder, 0777) && errno != EEXIST)
        return say_failed("%s: cannot make that folder (%s)", folder, strerror(errno));
    if (access(book->folder, W_OK | X_OK))
        return say_failed("%s: cannot write there (%s)", folder, strerror(errno));
    if (access(book->path, F_OK)) {
        if (is_there(book, "dry.wav") || is_there(book, "wet.wav"))
            return say_failed(
                "%s: holds a dry.wav or wet.wav that no capture.json tells of; choose another folder",
                folder);
        book->root = json_object();
        return EXIT_DONE;
    }
    json_error_t error;
    book->root = json_load_file(book->path, 0, &error);
    if (json_is_object(book->root))
        return EXIT_DONE;
    return say_failed("%s: damaged (line %d: %s); remove it, or choose another folder", book->path,
                      error.line, error.text);
}

void book_close(CaptureBook *book)
{
    json_decref(book->root);
    book->root = NULL;
}

void book_clear(CaptureBook *book)
{
    json_object_clear(book->root);
}

static json_t *takes_of(const CaptureBook *book)
{
    return json_object_get(book->root, "takes");
}

size_t book_n_takes(const CaptureBook *book)
{
    return json_array_size(takes_of(book));
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

double book_rate_hz(const CaptureBook *book)
{
    double rate_hz = number(book->root, "rate_hz");
    return book_n_takes(book) && rate_hz > 0 ? rate_hz : 0;
}

int book_fits(const CaptureBook *book, double rate_hz, double send_db, const char *knob_name)
{
    if (!book_n_takes(book))
        return EXIT_DONE;
    const char *knob = json_string_value(json_object_get(book->root, "knob"));
    if (book_rate_hz(book) != rate_hz)
        return say_failed("%s: its takes run at %g Hz, not %g: use --rate %g, or another folder",
                          book->folder, book_rate_hz(book), rate_hz, book_rate_hz(book));
    if (fabs(number(book->root, "send_db") - send_db) > 0.001)
        return say_failed("%s: its takes were sent at %g dB, not %g: use --send-db %g, or another folder",
                          book->folder, number(book->root, "send_db"), send_db,
                          number(book->root, "send_db"));
    if (strcmp(knob ? knob : "", knob_name ? knob_name : ""))
        return say_failed("%s: its takes are %s%s; give the same --knob-name, or another folder",
                          book->folder, knob ? "of the knob " : "of no knob", knob ? knob : "");
    return EXIT_DONE;
}

void book_begin(CaptureBook *book, const AudioChoice *choice, double send_db, const char *knob_name)
{
    json_t *root = book->root;
    json_object_set_new(root, "gruff_capture", json_integer(1));
    json_object_set_new(root, "rate_hz", json_real(choice->rate_hz));
    json_object_set_new(root, "send_db", json_real(send_db));
    json_object_set_new(root, "host", json_string(choice->host));
    json_object_set_new(root, "input", json_string(choice->input.name));
    json_object_set_new(root, "input_channel", json_integer(choice->input.channel[0] + 1));
    json_object_set_new(root, "output", json_string(choice->output.name));
    json_t *outputs = json_array();
    for (uint32_t i = 0; i < choice->output.n_channels; i++)
        json_array_append_new(outputs, json_integer(choice->output.channel[i] + 1));
    json_object_set_new(root, "output_channels", outputs);
    json_object_set_new(root, "dry", json_string("dry.wav"));
    if (knob_name)
        json_object_set_new(root, "knob", json_string(knob_name));
    if (!json_is_array(takes_of(book)))
        json_object_set_new(root, "takes", json_array());
}

/* Index of the take at value, or the number of takes. */
static size_t find_take(const CaptureBook *book, double value)
{
    size_t i, n = book_n_takes(book);
    for (i = 0; i < n; i++) {
        double its = number(json_array_get(takes_of(book), i), "value");
        if ((isnan(value) && isnan(its)) || fabs(its - value) < 1e-6)
            break;
    }
    return i;
}

bool book_has(const CaptureBook *book, double value)
{
    const char *wet =
        json_string_value(json_object_get(json_array_get(takes_of(book), find_take(book, value)), "wet"));
    return wet && is_there(book, wet) && is_there(book, "dry.wav");
}

double book_lead(const CaptureBook *book)
{
    const json_t *first = json_array_get(takes_of(book), 0);
    double lead = number(first, "delay_frames") - number(first, "trimmed_frames");
    return lead >= 0 ? lead : -1;
}

void book_wet_name(const char *knob_name, double value, char name[128])
{
    if (!knob_name)
        snprintf(name, 128, "wet.wav");
    else
        snprintf(name, 128, "wet-%.80s-%g.wav", knob_name, value);
}

static json_t *take_of(const char *knob_name, double value, const CaptureFacts *facts, long trim)
{
    char name[128];
    book_wet_name(knob_name, value, name);
    json_t *take = json_object();
    if (knob_name)
        json_object_set_new(take, "value", json_real(value));
    char date[32];
    time_t now = time(NULL);
    struct tm local;
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", localtime_r(&now, &local));
    json_object_set_new(take, "wet", json_string(name));
    json_object_set_new(take, "date", json_string(date));
    json_object_set_new(take, "delay_frames", json_real(facts->delay_frames));
    json_object_set_new(take, "trimmed_frames", json_integer(trim));
    json_object_set_new(take, "drift_ppm", json_real(facts->drift_ppm));
    json_object_set_new(take, "inverted", json_boolean(facts->inverted));
    json_object_set_new(take, "peak_db", json_real(facts->peak_db));
    json_object_set_new(take, "noise_db", json_real(facts->noise_db));
    json_object_set_new(take, "hum_hz", json_real(facts->hum_hz));
    json_object_set_new(take, "hum_db", json_real(facts->hum_db));
    json_object_set_new(take, "best_esr_db", json_real(facts->repeat_db));
    return take;
}

int book_enter(CaptureBook *book, const char *knob_name, double value, const CaptureFacts *facts, long trim,
               const CaptureWord *words, size_t n_words)
{
    json_t *take = take_of(knob_name, value, facts, trim), *said = json_array();
    for (size_t i = 0; i < n_words; i++)
        json_array_append_new(said, json_string(words[i].text));
    json_object_set_new(take, "remarks", said);
    size_t at = find_take(book, value);
    if (at < book_n_takes(book))
        json_array_set_new(takes_of(book), at, take);
    else
        json_array_append_new(takes_of(book), take);
    char beside[BOOK_PATH_SIZE + 64];
    snprintf(beside, sizeof beside, "%s.new", book->path);
    if (json_dump_file(book->root, beside, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) ||
        rename(beside, book->path)) {
        int error = errno;
        unlink(beside);
        return say_failed("%s: cannot be written (%s)", book->path, strerror(error));
    }
    return EXIT_DONE;
}
