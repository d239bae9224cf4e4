/* Every kernel against a plain GRU loop that the compiler vectorises for this very machine with -O3
 * -march=native -ffast-math: ns per sample, first quartile of interleaved runs, and how many times faster the
 * kernel is. */
#include "gruff_model.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 256, RUNS = 61, MAX_KERNELS = 4 };

typedef struct Plain {
    uint32_t n_units; /* H */
    float w[3 * GRUFF_MAX_HIDDEN], b[3 * GRUFF_MAX_HIDDEN], c[3 * GRUFF_MAX_HIDDEN];
    float u[GRUFF_MAX_HIDDEN * 3 * GRUFF_MAX_HIDDEN]; /* [H][3H]: a column of every gate after the other */
    float head[GRUFF_MAX_HIDDEN], head_bias;
    float h[GRUFF_MAX_HIDDEN];
} Plain;

/* The same rational form that the kernels use, to compare loops and not tanhs. */
static inline float plain_tanh(float x)
{
    x = x < -9.0f ? -9.0f : x > 9.0f ? 9.0f : x;
    const float x2 = x * x;
    float p = 0x1.c35066p-27f, q = 0x1.9aa234p-21f;
    p = p * x2 + 0x1.54137cp-16f, q = q * x2 + 0x1.52db6cp-12f;
    p = p * x2 + 0x1.c2a33ep-9f, q = q * x2 + 0x1.a0feb6p-6f;
    p = p * x2 + 0x1.0d892cp-3f, q = q * x2 + 0x1.d67c96p-2f;
    p = p * x2 + 0x1.f79416p-1f, q = q * x2 + 0x1.f79418p-1f;
    return x * p / q;
}

static inline float plain_sigmoid(float x)
{
    return 0.5f * plain_tanh(0.5f * x) + 0.5f;
}

/* u[H][3H]: a column of every gate after the other. */
static __attribute__((noinline)) void plain_steps(uint32_t H, const float *restrict w,
                                                  const float *restrict u, const float *restrict b,
                                                  const float *restrict c, const float *restrict head,
                                                  float head_bias, float *restrict h, const float *restrict x,
                                                  float *restrict y)
{
    float a[3 * GRUFF_MAX_HIDDEN], r[3 * GRUFF_MAX_HIDDEN];
    for (int t = 0; t < N; t++) {
        for (uint32_t k = 0; k < 3 * H; k++) {
            a[k] = b[k] + w[k] * x[t];
            r[k] = c[k];
        }
        for (uint32_t j = 0; j < H; j++) {
            const float hj = h[j], *column = u + (size_t)j * 3 * H;
            for (uint32_t k = 0; k < 3 * H; k++)
                r[k] += column[k] * hj;
        }
        float out = head_bias;
        for (uint32_t k = 0; k < H; k++) {
            float z = plain_sigmoid(a[k] + r[k]), reset = plain_sigmoid(a[H + k] + r[H + k]);
            float n = plain_tanh(a[2 * H + k] + reset * r[2 * H + k]);
            h[k] = n + z * (h[k] - n);
        }
        for (uint32_t k = 0; k < H; k++)
            out += head[k] * h[k];
        y[t] = out;
    }
}

static void plain_run(Plain *p, const float *x, float *y)
{
    plain_steps(p->n_units, p->w, p->u, p->b, p->c, p->head, p->head_bias, p->h, x, y);
}

static void plain_take(Plain *p, const GruffModel *m)
{
    const GruffLayer *gru = &m->layers[0], *head = &m->layers[1];
    const uint32_t H = p->n_units = gru->n_out;
    memcpy(p->w, gru->w, 3 * H * sizeof(float));
    memcpy(p->b, gru->b, 3 * H * sizeof(float));
    memcpy(p->c, gru->c, 3 * H * sizeof(float));
    for (uint32_t j = 0; j < H; j++)
        for (uint32_t k = 0; k < 3 * H; k++)
            p->u[j * 3 * H + k] = gru->u[k * H + j];
    memcpy(p->head, head->w, H * sizeof(float));
    p->head_bias = head->b[0];
    memset(p->h, 0, sizeof p->h);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quartile(double *ns)
{
    qsort(ns, RUNS, sizeof *ns, by_size);
    return ns[RUNS / 4];
}

static void compare(uint32_t hidden)
{
    static Plain plain;
    static float x[N], y[N], plain_y[N];
    static double plain_ns[RUNS], ns[MAX_KERNELS][RUNS];
    GruffNet *nets[MAX_KERNELS];
    GruffModel *m;
    GruffLayer *l;
    int n_kernels = 0;
    if (gruff_model_new(&m) || gruff_model_add_layer(m, GRUFF_CELL_GRU, 1, hidden, &l))
        abort();
    random_layer(l, 1.0);
    if (gruff_model_add_layer(m, GRUFF_CELL_DENSE, hidden, 1, &l))
        abort();
    random_layer(l, 1.0);
    plain_take(&plain, m);
    for (int t = 0; t < N; t++)
        x[t] = 0.3f * sinf(0.1f * (float)t);
    for (; n_kernels < MAX_KERNELS && gruff_kernel_name((uint32_t)n_kernels); n_kernels++)
        if (gruff_net_build(m, &(GruffNetOptions){.kernel = gruff_kernel_name((uint32_t)n_kernels)}, NULL,
                            &nets[n_kernels]))
            abort();
    float difference = 0.0f;
    for (int run = 0; run < RUNS; run++) {
        double start = now_ns();
        plain_run(&plain, x, plain_y);
        plain_ns[run] = (now_ns() - start) / N;
        for (int k = 0; k < n_kernels; k++) {
            const float *in = x;
            float *out = y;
            start = now_ns();
            gruff_net_run(nets[k], &in, &out, NULL, N);
            ns[k][run] = (now_ns() - start) / N;
            difference = fmaxf(difference, fabsf(y[N - 1] - plain_y[N - 1]));
        }
    }
    const double plain_time = quartile(plain_ns);
    printf("GRU-%-4u plain %7.1f ns", hidden, plain_time);
    for (int k = 0; k < n_kernels; k++) {
        const double time = quartile(ns[k]);
        printf("   %s %7.1f ns (x %.2f)", gruff_net_kernel(nets[k]), time, plain_time / time);
        gruff_net_free(nets[k]);
    }
    printf("   apart by %.1g\n", (double)difference);
    gruff_model_free(m);
}

int main(void)
{
    static const uint32_t sizes[] = {4, 8, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128};
    random_seed();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        compare(sizes[i]);
    return 0;
}
