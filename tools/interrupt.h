/* Ctrl-C, and being told to stop in other ways, as a flag that long work looks at. */
#ifndef GRUFF_INTERRUPT_H
#define GRUFF_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP set the flag; a second one ends the program at once. A closed pipe
 * or a file-size limit become errors of the write instead of ending the program. */
void interrupt_catch(void);

/* Whether a signal came. Any thread. */
bool interrupted(void);

/* End the program by the signal that came, so that a shell's loop stops as well; call it once everything is
 * put away. Returns if none came. */
void interrupt_finish(void);

#endif
