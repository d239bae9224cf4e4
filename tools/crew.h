/* Threads that do a job together. SETUP. */
#ifndef GRUFF_CREW_H
#define GRUFF_CREW_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Crew Crew;
typedef void CrewJob(void *context, uint32_t worker, uint32_t n_workers);

/* n_workers - 1 threads that wait; the caller is worker 0. NULL: no memory or no thread. */
Crew *crew_new(uint32_t n_workers);
void crew_free(Crew *crew);
uint32_t crew_size(const Crew *crew);

/* Run the job on every worker; returns when all are done. What one wrote before is seen by all after. */
void crew_run(Crew *crew, CrewJob *job, void *context);

/* Cores that this process may use. */
uint32_t crew_cores(void);

#endif
