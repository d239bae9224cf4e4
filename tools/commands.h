/* The commands of the program. Each gets argv with its own name first and returns the exit status:
 * 0 done, 1 failed, 2 wrong usage. */
#ifndef GRUFF_COMMANDS_H
#define GRUFF_COMMANDS_H

int command_render(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_info(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_help(int argc, char **argv);
int command_signal(int argc, char **argv);
int command_train(int argc, char **argv);
#ifdef HAVE_LIVE
int command_live(int argc, char **argv);
int command_capture(int argc, char **argv);
#endif

#endif
