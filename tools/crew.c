#define _GNU_SOURCE /* sched_getaffinity */
#include "crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

typedef struct Worker {
    Crew *crew;
    uint32_t index;
    pthread_t thread;
} Worker;

struct Crew {
    uint32_t n_workers;
    Worker *workers; /* [n_workers]; 0 is the caller */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t n_jobs;    /* given out so far */
    uint32_t n_working; /* threads that have not finished the last one */
    CrewJob *job;       /* NULL: go home */
    void *context;
};

static void *work(void *argument)
{
    const Worker *worker = argument;
    Crew *crew = worker->crew;
    for (uint64_t n_done = 0;; n_done++) {
        pthread_mutex_lock(&crew->lock);
        while (crew->n_jobs == n_done)
            pthread_cond_wait(&crew->changed, &crew->lock);
        CrewJob *job = crew->job;
        pthread_mutex_unlock(&crew->lock);
        if (!job)
            return NULL;
        job(crew->context, worker->index, crew->n_workers);
        pthread_mutex_lock(&crew->lock);
        if (--crew->n_working == 0)
            pthread_cond_broadcast(&crew->changed);
        pthread_mutex_unlock(&crew->lock);
    }
}

static void give_out(Crew *crew, CrewJob *job, void *context)
{
    pthread_mutex_lock(&crew->lock);
    crew->job = job;
    crew->context = context;
    crew->n_working = crew->n_workers - 1;
    crew->n_jobs++;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

Crew *crew_new(uint32_t n_workers)
{
    Crew *crew = calloc(1, sizeof *crew);
    Worker *workers = calloc(n_workers, sizeof *workers);
    if (!crew || !workers) {
        free(crew);
        free(workers);
        return NULL;
    }
    crew->workers = workers;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, NULL);
    for (crew->n_workers = 1; crew->n_workers < n_workers; crew->n_workers++) {
        Worker *worker = &workers[crew->n_workers];
        *worker = (Worker){.crew = crew, .index = crew->n_workers};
        if (pthread_create(&worker->thread, NULL, work, worker)) {
            crew_free(crew);
            return NULL;
        }
    }
    return crew;
}

void crew_free(Crew *crew)
{
    if (!crew)
        return;
    give_out(crew, NULL, NULL);
    for (uint32_t i = 1; i < crew->n_workers; i++)
        pthread_join(crew->workers[i].thread, NULL);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    free(crew->workers);
    free(crew);
}

uint32_t crew_size(const Crew *crew)
{
    return crew->n_workers;
}

void crew_run(Crew *crew, CrewJob *job, void *context)
{
    give_out(crew, job, context);
    job(context, 0, crew->n_workers);
    pthread_mutex_lock(&crew->lock);
    while (crew->n_working)
        pthread_cond_wait(&crew->changed, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

uint32_t crew_cores(void)
{
    cpu_set_t set;
    const int n = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return n > 0 ? (uint32_t)n : 1;
}
