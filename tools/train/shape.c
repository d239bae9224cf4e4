#include "train/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const shape_cells[] = {"gru", "before", "simple", "lstm", "rnn", NULL};

static const struct {
    GruffCell cell;
    GruffReset reset;
} kinds[] = {{GRUFF_CELL_GRU, GRUFF_RESET_AFTER},
             {GRUFF_CELL_GRU, GRUFF_RESET_BEFORE},
             {GRUFF_CELL_GRU, GRUFF_RESET_NONE},
             {GRUFF_CELL_LSTM, GRUFF_RESET_AFTER},
             {GRUFF_CELL_RNN, GRUFF_RESET_AFTER}};

void shape_set_cell(FitShape *shape, int cell)
{
    shape->cell = kinds[cell].cell;
    shape->reset = kinds[cell].reset;
}

const char *shape_cell(const FitShape *shape)
{
    int k = 0;
    while (shape_cells[k + 1] && (kinds[k].cell != shape->cell ||
                                  (shape->cell == GRUFF_CELL_GRU && kinds[k].reset != shape->reset)))
        k++;
    return shape_cells[k];
}

/* A whole number 1…most at *text, which moves on past it. */
static bool read_count(const char **text, uint32_t most, uint32_t *count)
{
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    unsigned long value = strtoul(*text, &end, 10);
    *text = end;
    *count = (uint32_t)value;
    return value >= 1 && value <= most;
}

/* The same behind a letter; 1 where the letter is not there. */
static bool read_more(const char **text, char letter, uint32_t most, uint32_t *count)
{
    *count = 1;
    if (**text != letter)
        return true;
    ++*text;
    return read_count(text, most, count);
}

static bool read_sizes(const char *text, FitShape *shape)
{
    return read_count(&text, GRUFF_MAX_HIDDEN, &shape->hidden) &&
           read_more(&text, 'x', GRUFF_MAX_LAYERS - 1, &shape->n_layers) &&
           read_more(&text, 'h', GRUFF_MAX_HOP, &shape->hop) && !*text;
}

bool shape_read(const char *text, FitShape *shape, GruffMessage *message)
{
    FitShape read = *shape;
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    int cell = 0;
    while (shape_cells[cell] &&
           (strlen(shape_cells[cell]) != letters || strncmp(text, shape_cells[cell], letters) != 0))
        cell++;
    if (shape_cells[cell] && read_sizes(text + letters, &read)) {
        shape_set_cell(&read, cell);
        *shape = read;
        return true;
    }
    snprintf(
        message->text, sizeof message->text,
        "%.60s: not a kind of model; write a cell (gru, before, simple, lstm, rnn) and its units (1 to %d), "
        "then, as you like, x and layers (1 to %d), h and hop (1 to %d): gru16, lstm12x2, gru32h8",
        text, GRUFF_MAX_HIDDEN, GRUFF_MAX_LAYERS - 1, GRUFF_MAX_HOP);
    return false;
}

void shape_write(const FitShape *shape, char text[SHAPE_NAME_SIZE])
{
    int n = snprintf(text, SHAPE_NAME_SIZE, "%s%u", shape_cell(shape), shape->hidden);
    if (shape->n_layers > 1)
        n += snprintf(text + n, SHAPE_NAME_SIZE - (size_t)n, "x%u", shape->n_layers);
    if (shape->hop > 1)
        snprintf(text + n, SHAPE_NAME_SIZE - (size_t)n, "h%u", shape->hop);
}
