/* Types keys at a program under a pseudo-terminal, for tests.
 *
 *   pty_keys SCRIPT COMMAND...
 *       SCRIPT: steps separated by spaces. "expect:TEXT" waits at most 20 s until TEXT (with _ for a space)
 * has been shown since the last step that found something; "keys:TEXT" types it (_ a space, ^ Enter, < >
 * arrows left and right); "wait:MS"; "signal:NAME" (INT TERM SEGV KILL) sends a signal to the program;
 * "hangup:" closes the terminal; "echo:on" fails unless the terminal echoes and waits for lines again;
 * "echo:off" unless it does neither. At the end waits at most 20 s for the program. Status: the program's,
 * 128 + its signal, or 99 if a step failed; what was shown goes to standard output. */
#define _GNU_SOURCE
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

static char shown[1 << 20];
static size_t n_shown, n_found;
static int terminal = -1, follower = -1;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Take in what the program shows for ms. */
static void watch(int ms)
{
    struct pollfd ready = {.fd = terminal, .events = POLLIN};
    if (terminal < 0 || poll(&ready, 1, ms) <= 0) {
        if (terminal < 0)
            usleep((useconds_t)ms * 1000);
        return;
    }
    ssize_t n = read(terminal, shown + n_shown, sizeof shown - n_shown - 1);
    if (n > 0)
        n_shown += (size_t)n;
    else
        usleep(10000);
}

static int expect(const char *text)
{
    char wanted[256];
    snprintf(wanted, sizeof wanted, "%s", text);
    for (char *c = wanted; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    for (double until = now_s() + 20; now_s() < until; watch(20)) {
        char *found = memmem(shown + n_found, n_shown - n_found, wanted, strlen(wanted));
        if (found) {
            n_found = (size_t)(found - shown) + strlen(wanted);
            return 0;
        }
    }
    fprintf(stderr, "pty_keys: '%s' was not shown\n", wanted);
    return -1;
}

static int type(const char *keys)
{
    for (; *keys; keys++) {
        const char *sent = *keys == '<'   ? "\x1b[D"
                           : *keys == '>' ? "\x1b[C"
                           : *keys == '^' ? "\r"
                           : *keys == '_' ? " "
                                          : NULL;
        if (write(terminal, sent ? sent : keys, sent ? strlen(sent) : 1) < 0)
            return -1;
        watch(60);
    }
    return 0;
}

static int check_echo(int on)
{
    struct termios state;
    tcgetattr(follower, &state);
    if (!(state.c_lflag & ECHO) == !on && !(state.c_lflag & ICANON) == !on)
        return 0;
    fprintf(stderr, "pty_keys: the terminal %s\n", on ? "was not put back" : "is not in key mode");
    return -1;
}

static int send_signal(pid_t pid, const char *name)
{
    int number = !strcmp(name, "INT")    ? SIGINT
                 : !strcmp(name, "TERM") ? SIGTERM
                 : !strcmp(name, "SEGV") ? SIGSEGV
                                         : SIGKILL;
    return kill(pid, number);
}

static int step(pid_t pid, char *text)
{
    char *value = strchr(text, ':');
    if (!value)
        return -1;
    *value++ = '\0';
    if (!strcmp(text, "expect"))
        return expect(value);
    if (!strcmp(text, "keys"))
        return type(value);
    if (!strcmp(text, "signal"))
        return send_signal(pid, value);
    if (!strcmp(text, "echo"))
        return check_echo(!strcmp(value, "on"));
    if (!strcmp(text, "wait")) {
        for (double until = now_s() + atof(value) / 1000; now_s() < until;)
            watch(20);
        return 0;
    }
    if (!strcmp(text, "hangup")) {
        close(follower);
        close(terminal);
        terminal = follower = -1;
        return 0;
    }
    return -1;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct winsize size = {.ws_row = 24, .ws_col = 100};
    /* This process keeps the follower's side open, to look at its settings after the program has ended. */
    if (openpty(&terminal, &follower, NULL, NULL, &size)) {
        fprintf(stderr, "no pseudo-terminal is to be had here; is /dev/pts mounted?\n");
        return 77;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(terminal);
        login_tty(follower);
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    int failed = 0, status = 0, ended = 0;
    for (char *rest = argv[1], *text; !failed && (text = strsep(&rest, " ")) != NULL;)
        failed = *text && strcmp(text, "end:") && step(pid, text);
    for (double until = now_s() + 20; !ended && now_s() < until; watch(20))
        ended = waitpid(pid, &status, WNOHANG) == pid;
    if (!ended) {
        fprintf(stderr, "pty_keys: the program does not end\n");
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        failed = 1;
    }
    if (follower >= 0 && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
        failed = check_echo(1) || failed;
    fwrite(shown, 1, n_shown, stdout);
    if (failed)
        return 99;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
