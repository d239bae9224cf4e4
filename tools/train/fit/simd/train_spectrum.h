/* The spectral term of the loss, over the vocabulary of train_text.h: how far the magnitudes of the output's
 * spectrum are from the target's, over short overlapping frames of several sizes (Yamamoto, Song and Kim 2020
 * call it spectral convergence; here squared). */

/* Complex numbers are LANES real parts, then LANES imaginary ones. */
enum { PAIR = 2 * LANES };

/* Fourier transform of n complex numbers, n a power of two, sign -1 forward and 1 back (not divided by n):
 * from x, by turns in y and x; returns the one that holds the result (Stockham's order, after Cochran et al.
 * 1967). */
static float *transform(const TrainSpectrum *s, uint32_t n, float *x, float *y, float sign)
{
    const uint32_t step = s->size[0] / n;
    for (uint32_t half = n / 2, width = 1; half >= 1; half /= 2, width *= 2) {
        for (uint32_t p = 0; p < half; p++) {
            const float *turn = s->table + (size_t)2 * p * width * step;
            const vf c = v_set(turn[0]), d = v_set(sign * turn[1]);
            for (uint32_t q = 0; q < width; q++) {
                const float *a = x + (size_t)(q + width * p) * PAIR, *b = a + (size_t)width * half * PAIR;
                float *sum = y + (size_t)(q + width * 2 * p) * PAIR, *rest = sum + (size_t)width * PAIR;
                const vf ar = v_load(a), ai = v_load(a + LANES), br = v_load(b), bi = v_load(b + LANES);
                const vf dr = v_sub(ar, br), di = v_sub(ai, bi);
                v_store(sum, v_add(ar, br));
                v_store(sum + LANES, v_add(ai, bi));
                v_store(rest, v_sub(v_mul(dr, c), v_mul(di, d)));
                v_store(rest + LANES, v_fma(dr, d, v_mul(di, c)));
            }
        }
        float *swap = x;
        x = y;
        y = swap;
    }
    return x;
}

/* z holds the spectrum of output + i target, both real. Bin k and its mirror: adds their squared differences
 * of magnitude to *sum and puts into g the gradient by the output's spectrum, for the transform back. */
static void compare_bin(const float *z, float *g, uint32_t n, uint32_t k, vf *sum)
{
    const uint32_t m = (n - k) % n;
    const float *p = z + (size_t)k * PAIR, *q = z + (size_t)m * PAIR;
    const vf half = v_set(0.5f), tiny = v_set(1e-12f), two = v_set(2.0f);
    const vf pr = v_load(p), pi = v_load(p + LANES), qr = v_load(q), qi = v_load(q + LANES);
    const vf ar = v_mul(half, v_add(pr, qr)), ai = v_mul(half, v_sub(pi, qi));
    const vf br = v_mul(half, v_add(pi, qi)), bi = v_mul(half, v_sub(qr, pr));
    const vf a = v_sqrt(v_fma(ar, ar, v_fma(ai, ai, tiny))), b = v_sqrt(v_fma(br, br, v_fma(bi, bi, tiny)));
    const vf off = v_sub(a, b), pull = v_div(v_mul(two, off), a);
    const vf gr = v_mul(pull, ar), gi = v_mul(pull, ai);
    *sum = v_fma(off, m == k ? off : v_mul(two, off), *sum);
    v_store(g + (size_t)k * PAIR, gr);
    v_store(g + (size_t)k * PAIR + LANES, gi);
    v_store(g + (size_t)m * PAIR, gr);
    v_store(g + (size_t)m * PAIR + LANES, v_sub(v_set(0.0f), gi));
}

/* One frame of n samples from row `at` on, of one vector of streams; all pointers already point at its lanes.
 */
static vf compare_frame(const TrainSpectrum *s, int i, const float *y, const float *target, const float *mask,
                        uint32_t hop, float *gradient, uint32_t at)
{
    const uint32_t n = s->size[i];
    float *x = s->scratch, *other = x + (size_t)n * PAIR;
    for (uint32_t t = 0; t < n; t++) {
        const vf w = v_mul(v_set(s->window[i][t]), v_load(mask + row((at + t) / hop)));
        v_store(x + (size_t)t * PAIR, v_mul(w, v_load(y + row(at + t))));
        v_store(x + (size_t)t * PAIR + LANES, v_mul(w, v_load(target + row(at + t))));
    }
    float *z = transform(s, n, x, other, -1.0f), *g = z == x ? other : x;
    vf sum = v_set(0.0f);
    for (uint32_t k = 0; k <= n / 2; k++)
        compare_bin(z, g, n, k, &sum);
    const float *back = transform(s, n, g, z, 1.0f);
    const vf scale = v_set(s->scale[i]);
    for (uint32_t t = 0; t < n; t++) {
        const vf w = v_mul(v_mul(scale, v_set(s->window[i][t])), v_load(mask + row((at + t) / hop)));
        float *to = gradient + row(at + t);
        v_store(to, v_fma(w, v_load(back + (size_t)t * PAIR), v_load(to)));
    }
    return v_mul(scale, sum);
}

static void spectrum(TrainSpectrum *s, const float *y, const float *target, const float *mask, uint32_t hop,
                     uint32_t n)
{
    const uint64_t mode = gruff_fpu_flush();
    double sum = 0.0;
    memset(s->gradient, 0, row(n) * sizeof(float));
    for (int v = 0; v < V * LANES; v += LANES)
        for (int i = 0; i < s->n_sizes; i++)
            for (uint32_t at = 0; at + s->size[i] <= n; at += s->size[i] / 4)
                sum +=
                    (double)v_sum(compare_frame(s, i, y + v, target + v, mask + v, hop, s->gradient + v, at));
    s->sum = sum;
    gruff_fpu_restore(mode);
}
