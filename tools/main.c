/* Picks the command. */
#include "commands.h"
#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} commands[] = {
    {"render", command_render, "play sound files through a model"},
#ifdef HAVE_LIVE
    {"live", command_live, "play live through a sound device"},
    {"capture", command_capture, "record real gear, to train a model of it"},
#endif
    {"signal", command_signal, "write the capture signal, to re-amp in a DAW"},
    {"train", command_train, "train a model of your own gear"},
    {"info", command_info, "tell what a model file holds and costs"},
    {"convert", command_convert, "write a model in another format"},
    {"bench", command_bench, "measure what nets cost on this computer"},
    {"help", command_help, "show this"},
};

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

int command_help(int argc, char **argv)
{
    (void)argc, (void)argv;
    puts("Gruff plays neural captures of guitar amps and effects, and records gear and trains new ones.\n\n"
         "  gruff COMMAND [options]\n");
    for (int i = 0; i < N_COMMANDS; i++)
        printf("  %-9s%s\n", commands[i].name, commands[i].what);
    puts("\n'gruff COMMAND --help' tells more of each.");
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    if (argc < 2)
        return say_usage("", "no command given");
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
        return command_help(argc, argv);
    if (!strcmp(argv[1], "--version"))
        return puts("gruff " GRUFF_VERSION), EXIT_DONE;
    for (int i = 0; i < N_COMMANDS; i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    return say_usage("", "%s: no such command", argv[1]);
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);
    if ((fflush(stdout) || ferror(stdout)) && status == EXIT_DONE)
        return say_failed("standard output: %s; what was to be printed is not whole", strerror(errno));
    return status;
}
