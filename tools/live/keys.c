#include "live/live.h"

#include "audio/terminal.h"

#include <stdio.h>

#define COMPARE_S 2.0

static const char help[] =
    "  n p  or right left   next and previous model     b or space   bypass\n"
    "  + -  or up down      output trim                 a            A/B: model and dry in turn,\n"
    "  ] [                  input trim                               2 seconds each\n"
    "  x z                  first knob                  m            models equally loud\n"
    "  v c                  second knob                 r            record, on and off\n"
    "  0                    trims back to 0 dB          q            quit\n";

static void nudge(Live *live, GruffControl control, double step)
{
    live_set(live, control, (double)live->value[control] + step);
}

static void toggle_bypass(Live *live)
{
    live->compares = false;
    live_set(live, GRUFF_CONTROL_ENABLED, live->value[GRUFF_CONTROL_ENABLED] > 0 ? 0 : 1);
}

static void toggle_compare(Live *live)
{
    live->compares = !live->compares;
    live->compare_switch_s = 0;
    if (!live->compares)
        live_set(live, GRUFF_CONTROL_ENABLED, 1);
}

void live_compare(Live *live, double now_s)
{
    if (!live->compares || now_s < live->compare_switch_s)
        return;
    live_set(live, GRUFF_CONTROL_ENABLED, live->value[GRUFF_CONTROL_ENABLED] > 0 ? 0 : 1);
    live->compare_switch_s = now_s + COMPARE_S;
}

static void zero_trims(Live *live)
{
    live_set(live, GRUFF_CONTROL_INPUT_DB, 0);
    live_set(live, GRUFF_CONTROL_OUTPUT_DB, 0);
}

bool live_key(Live *live, int key)
{
    terminal_show(NULL, 0); /* what a key does may print */
    switch (key) {
    case 'q':
    case 4: /* Ctrl-D */
        return false;
    case 'n':
    case KEY_RIGHT:
        live_step_model(live, 1);
        break;
    case 'p':
    case KEY_LEFT:
        live_step_model(live, -1);
        break;
    case '+':
    case '=':
    case KEY_UP:
        nudge(live, GRUFF_CONTROL_OUTPUT_DB, 1);
        break;
    case '-':
    case KEY_DOWN:
        nudge(live, GRUFF_CONTROL_OUTPUT_DB, -1);
        break;
    case ']':
        nudge(live, GRUFF_CONTROL_INPUT_DB, 1);
        break;
    case '[':
        nudge(live, GRUFF_CONTROL_INPUT_DB, -1);
        break;
    case 'x':
        nudge(live, GRUFF_CONTROL_KNOB_1, 0.05);
        break;
    case 'z':
        nudge(live, GRUFF_CONTROL_KNOB_1, -0.05);
        break;
    case 'v':
        nudge(live, GRUFF_CONTROL_KNOB_2, 0.05);
        break;
    case 'c':
        nudge(live, GRUFF_CONTROL_KNOB_2, -0.05);
        break;
    case 'b':
    case ' ':
        toggle_bypass(live);
        break;
    case 'a':
        toggle_compare(live);
        break;
    case 'm':
        live_set(live, GRUFF_CONTROL_MATCH, live->value[GRUFF_CONTROL_MATCH] > 0.5f ? 0 : 1);
        break;
    case '0':
        zero_trims(live);
        break;
    case 'r':
        live_toggle_record(live);
        break;
    case '?':
    case 'h':
        fputs(help, stdout);
        break;
    default:
        break;
    }
    return true;
}
