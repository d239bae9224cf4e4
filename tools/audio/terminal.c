#define _GNU_SOURCE
#include "audio/terminal.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const char cursor_off[] = "\x1b[?25l", cursor_on[] = "\x1b[?25h";
static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};
static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGQUIT};

static struct termios before;
static volatile sig_atomic_t begun, stop;
static sigset_t waiting_mask; /* the signals that may come in while waiting */
static int n_shown;

static void note_stop(int signal_number)
{
    (void)signal_number;
    stop = 1;
}

void terminal_hold_signals(void)
{
    sigset_t held;
    sigemptyset(&held);
    struct sigaction action = {.sa_handler = note_stop};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++) {
        sigaddset(&held, stop_signals[i]);
        sigaction(stop_signals[i], &action, NULL);
    }
    pthread_sigmask(SIG_BLOCK, &held, &waiting_mask);
    for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++)
        sigdelset(&waiting_mask, stop_signals[i]);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

void terminal_end(void)
{
    if (!begun)
        return;
    begun = 0;
    /* Both calls may be made from a signal handler. */
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    if (write(STDOUT_FILENO, cursor_on, sizeof cursor_on - 1) < 0)
        return;
}

static void end_by_crash(int signal_number)
{
    terminal_end();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

bool terminal_begin(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before))
        return false;
    struct termios single = before;
    single.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    single.c_cc[VSUSP] = _POSIX_VDISABLE; /* a stopped process would hold up the sound of others too */
    single.c_cc[VMIN] = 0;
    single.c_cc[VTIME] = 0;
    begun = 1;
    for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++)
        signal(crash_signals[i], end_by_crash);
    atexit(terminal_end);
    tcsetattr(STDIN_FILENO, TCSANOW, &single);
    fputs(cursor_off, stdout);
    fflush(stdout);
    return true;
}

static int read_key(void)
{
    unsigned char byte[8] = {0};
    if (read(STDIN_FILENO, byte, 1) != 1)
        return KEY_STOP;
    if (byte[0] != 0x1b)
        return byte[0];
    struct pollfd more = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&more, 1, 20) != 1)
        return byte[0];
    ssize_t n = read(STDIN_FILENO, byte + 1, 2);
    if (n != 2 || (byte[1] != '[' && byte[1] != 'O'))
        return KEY_OTHER;
    static const char letters[] = "ABDC";
    const char *letter = strchr(letters, byte[2]);
    return letter && *letter ? KEY_UP + (int)(letter - letters) : KEY_OTHER;
}

/* A window that was closed is no fault: what is still to be said goes nowhere, instead of failing. */
static void leave_gone_terminal(void)
{
    if (begun && !isatty(STDOUT_FILENO) && !freopen("/dev/null", "w", stdout))
        clearerr(stdout);
}

int terminal_key(int timeout_ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};
    int n = ppoll(&input, begun ? 1 : 0, &timeout, &waiting_mask);
    int key = stop ? KEY_STOP : n > 0 ? read_key() : KEY_NONE;
    if (key == KEY_STOP)
        leave_gone_terminal();
    return key;
}

void terminal_show(char (*lines)[TERMINAL_MAX_WIDTH], int n)
{
    struct winsize size = {0};
    int width = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 1 ? size.ws_col - 1 : 79;
    if (!begun)
        return;
    if (n_shown > 1)
        printf("\x1b[%dA", n_shown - 1);
    fputs("\r\x1b[J", stdout);
    for (int i = 0; i < n; i++)
        printf("%s%.*s", i ? "\n" : "", width, lines[i]);
    n_shown = n;
    fflush(stdout);
}
