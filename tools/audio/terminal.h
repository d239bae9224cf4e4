/* The terminal while a command plays: single keys, a block of lines redrawn in place, and a way out that puts
 * everything back: also when a signal ends the program or it crashes. One thread. */
#ifndef GRUFF_TERMINAL_H
#define GRUFF_TERMINAL_H

#include <stdbool.h>

enum {
    KEY_NONE = 0,
    KEY_STOP = -1, /* SIGINT, SIGTERM or SIGHUP came, or the terminal is gone */
    KEY_UP = 0x100,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_OTHER /* an escape sequence that means nothing here */
};

enum { TERMINAL_MAX_LINES = 8, TERMINAL_MAX_WIDTH = 256 };

/* Hold back SIGINT, SIGTERM and SIGHUP, to be had as KEY_STOP, in this thread and those it starts from now
 * on; SIGXFSZ and SIGPIPE are ignored, so that writing fails instead. Call before sound starts. */
void terminal_hold_signals(void);

/* Keys come singly and unseen from now on, if standard input and output are a terminal; else false, and
 * nothing changes. */
bool terminal_begin(void);

/* Put the terminal back as it was. Any number of times. */
void terminal_end(void);

/* Wait at most timeout_ms for a key or for a signal to stop: KEY_NONE, KEY_STOP, a character or a KEY_.
 * Without terminal_begin only signals are looked at. */
int terminal_key(int timeout_ms);

/* Show lines[n] at the bottom in place of those shown before, cut to the terminal's width. n = 0 clears them:
 * do so before printing anything else. */
void terminal_show(char (*lines)[TERMINAL_MAX_WIDTH], int n);

#endif
