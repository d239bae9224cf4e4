#include "model_json.h"
#include "status.h"

#include <string.h>

/* ---- bounds ---- */

typedef struct Census {
    size_t depth, max_depth, n_values, n_lists, n_members, longest;
} Census;

/* The place after the string that starts at i. */
static size_t skip_string(const char *bytes, size_t n_bytes, size_t i, Census *c)
{
    size_t start = i++;
    for (; i < n_bytes && bytes[i] != '"'; i++)
        i += bytes[i] == '\\';
    c->longest = i - start > c->longest ? i - start : c->longest;
    return i;
}

/* Count what a parser would make of the bytes, so that it is not let loose on a bomb. */
static Census take_census(const char *bytes, size_t n_bytes)
{
    Census c = {0};
    for (size_t i = 0; i < n_bytes; i++)
        switch (bytes[i]) {
        case '"':
            i = skip_string(bytes, n_bytes, i, &c);
            break;
        case ':':
            c.n_members++;
            break;
        case ',':
            c.n_values++;
            break;
        case '[':
        case '{':
            c.n_lists++;
            if (++c.depth > c.max_depth)
                c.max_depth = c.depth;
            break;
        case ']':
        case '}':
            c.depth -= c.depth > 0;
            break;
        default:
            break;
        }
    return c;
}

static GruffStatus check_census(const GruffPlace *place, const char *bytes, size_t n_bytes)
{
    Census c = take_census(bytes, n_bytes);
    const struct {
        const char *what;
        size_t found, most;
    } counts[] = {{"levels of lists in lists", c.max_depth, GRUFF_JSON_MAX_DEPTH},
                  {"values", c.n_values, GRUFF_JSON_MAX_VALUES},
                  {"lists", c.n_lists, GRUFF_JSON_MAX_LISTS},
                  {"keys", c.n_members, GRUFF_JSON_MAX_MEMBERS},
                  {"letters in one text", c.longest, GRUFF_JSON_MAX_STRING}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (counts[i].found > counts[i].most)
            return gruff_place_fail(place, GRUFF_ERROR_LIMIT, "has %zu %s; a model file may have %zu",
                                    counts[i].found, counts[i].what, counts[i].most);
    return GRUFF_OK;
}

/* ---- feeding the parser ---- */

/* Jansson collects each token in a buffer, and where that cannot grow it drops a letter and goes on: a number
 * would come out wrong. So it is fed a long string first, and that is looked at: [ "xxx…",\n FILE ]. */
enum { PAD = 1000 };

typedef struct Feed {
    size_t at; /* of what is fed */
    const char *bytes;
    size_t n_bytes;
} Feed;

static char letter_at(const Feed *feed)
{
    static const char head[] = "[\"", tail[] = "\",\n";
    const size_t n_head = sizeof head - 1, n_tail = sizeof tail - 1;
    if (feed->at < n_head)
        return head[feed->at];
    if (feed->at < n_head + PAD)
        return 'x';
    return tail[(feed->at - n_head - PAD) % n_tail];
}

/* A json_load_callback_t: up to size bytes into buffer. */
static size_t feed_some(void *buffer, size_t size, void *data)
{
    Feed *feed = data;
    size_t n = 0, n_start = PAD + 5;
    for (; n < size && feed->at < n_start; n++, feed->at++)
        ((char *)buffer)[n] = letter_at(feed);
    size_t at = feed->at - n_start; /* of the file */
    if (feed->at >= n_start && at < feed->n_bytes && n < size) {
        size_t m = feed->n_bytes - at < size - n ? feed->n_bytes - at : size - n;
        memcpy((char *)buffer + n, feed->bytes + at, m);
        n += m, feed->at += m, at += m;
    }
    if (feed->at >= n_start && at == feed->n_bytes && n < size) {
        ((char *)buffer)[n++] = ']';
        feed->at++;
    }
    return n;
}

/* ---- parsing ---- */

static GruffStatus no_memory(const GruffPlace *place)
{
    return gruff_fail(place->message, GRUFF_ERROR_MEMORY, "%s: not enough memory to read it", place->label);
}

static GruffStatus refuse_json(const GruffPlace *place, const json_error_t *error)
{
    char shown[100];
    /* Jansson often says nothing when it has no memory, or wants a string where one is; line 1 is ours. */
    if (!*error->text || error->line < 2 || json_error_code(error) == json_error_out_of_memory ||
        strstr(error->text, "string or '}' expected near '\""))
        return no_memory(place);
    gruff_printable(error->text, shown, sizeof shown);
    if (strstr(error->text, "'NaN'") || strstr(error->text, "'Infinity'") || strstr(error->text, "overflow"))
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                                "line %d, column %d: a number is not finite (%s); ask its author for a sound "
                                "file",
                                error->line - 1, error->column, shown);
    return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                            "line %d, column %d: not valid JSON (%s); it may be cut short or damaged",
                            error->line - 1, error->column, shown);
}

GruffStatus gruff_json_parse(const GruffPlace *place, const char *bytes, size_t n_bytes, json_t **root)
{
    json_error_t error = {.line = 0};
    Feed feed = {.bytes = bytes, .n_bytes = n_bytes};
    *root = NULL;
    GruffStatus status = check_census(place, bytes, n_bytes);
    if (status)
        return status;
    json_t *fed = json_load_callback(feed_some, &feed, JSON_REJECT_DUPLICATES, &error);
    if (!fed)
        return refuse_json(place, &error);
    json_t *file = json_array_get(fed, 1);
    if (json_string_length(json_array_get(fed, 0)) != PAD)
        status = no_memory(place);
    else if (json_array_size(fed) != 2 || !json_is_object(file))
        status =
            gruff_place_fail(place, GRUFF_ERROR_FORMAT, "is JSON, but no object and so not a model file");
    else
        *root = json_incref(file);
    json_decref(fed);
    return status;
}
