// Native yardstick for the proportional-fairness kernel: Mehrotra's predictor-corrector with the block structure
// (Sherman-Morrison per agent, Cholesky of the M x M Schur complement), L profiles side by side in the lanes of a vector.
//
//   gcc -O3 -march=native -ffast-math -DL=1 -o pf pf.c -lm      L = 1 plain scalar code, 2 SSE/NEON width, 8 AVX-512
//   ./pf AGENTS ITEMS PROFILES FILE REPEATS
//
// FILE holds float64 values [K,N,M], demands [K,N,M], budgets [M]. Prints JSON: microseconds per profile of each repeat, the sum of
// log utilities of agents who want something, and how many profiles did not converge in 60 iterations.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef L
#define L 1
#endif
#if L == 1
typedef double vec;
typedef int mask;
#define PICK(c, a, b) ((c) ? (a) : (b))
#define LANE(x, l) (x)
static inline vec root(vec x) { return sqrt(x); }
#else
typedef double vec __attribute__((vector_size(8 * L)));
typedef long long mask __attribute__((vector_size(8 * L)));
#define PICK(c, a, b) ((vec)(((mask)(c) & (mask)(a)) | (~(mask)(c) & (mask)(b))))
#define LANE(x, l) ((x)[l])
static inline vec root(vec x) { vec r; for (int l = 0; l < L; l++) r[l] = sqrt(x[l]); return r; }
#endif
static inline vec fill(double x) { vec r; for (int l = 0; l < L; l++) LANE(r, l) = x; return r; }
static inline vec lesser(vec a, vec b) { return PICK(a < b, a, b); }
static inline vec greater(vec a, vec b) { return PICK(a > b, a, b); }
static int every(mask c) { for (int l = 0; l < L; l++) if (!LANE(c, l)) return 0; return 1; }

enum { ENTRIES = 1 << 14, ITEMS = 128 };
static int N, M;
static vec a[ENTRIES], s[ENTRIES], mu[ENTRIES], nu[ENTRIES], dinv[ENTRIES], r0[ENTRIES], rhs[ENTRIES], da[ENTRIES];
static vec ia[ENTRIES], is[ENTRIES]; // 1/a and 1/s, 0 where nothing is wanted
static vec dmu[ENTRIES], dnu[ENTRIES], cmu[ENTRIES], cnu[ENTRIES];
static vec u[ENTRIES], pull[ENTRIES], lam[ITEMS], t[ITEMS], dlam[ITEMS], dt[ITEMS], rt[ITEMS], C[ITEMS * ITEMS];

static void factor(void) {
  for (int j = 0; j < M; j++) {
    for (int k = 0; k < j; k++) for (int i = j; i < M; i++) C[i * M + j] -= C[i * M + k] * C[j * M + k];
    vec scale = fill(1) / root(C[j * M + j]);
    for (int i = j + 1; i < M; i++) C[i * M + j] *= scale;
    C[j * M + j] = scale; // the reciprocal of the diagonal
  }
}

static void direction(const vec *v, const vec *x) {
  for (int m = 0; m < M; m++) dlam[m] = -rt[m];
  for (int i = 0; i < N; i++) {
    vec dot = fill(0);
    for (int m = 0, k = i * M; m < M; m++, k++) dot += v[k] * dinv[k] * rhs[k];
    dot *= pull[i];
    for (int m = 0, k = i * M; m < M; m++, k++) dlam[m] += dinv[k] * (rhs[k] - dot * v[k]);
  }
  for (int i = 0; i < M; i++) { for (int k = 0; k < i; k++) dlam[i] -= C[i * M + k] * dlam[k]; dlam[i] *= C[i * M + i]; }
  for (int i = M - 1; i >= 0; i--) { for (int k = i + 1; k < M; k++) dlam[i] -= C[k * M + i] * dlam[k]; dlam[i] *= C[i * M + i]; }
  for (int m = 0; m < M; m++) dt[m] = fill(0);
  for (int i = 0; i < N; i++) {
    vec dot = fill(0);
    for (int m = 0, k = i * M; m < M; m++, k++) dot += v[k] * dinv[k] * (rhs[k] - dlam[m]);
    dot *= pull[i];
    for (int m = 0, k = i * M; m < M; m++, k++) {
      da[k] = dinv[k] * (rhs[k] - dlam[m] - dot * v[k]);
      dt[m] -= da[k];
      dmu[k] = (cmu[k] - mu[k] * da[k]) * ia[k] - mu[k];
      dnu[k] = (cnu[k] + nu[k] * da[k]) * is[k] - nu[k];
    }
  }
}

static inline vec bound(vec step, vec at, vec d) { return PICK(d < 0, lesser(step, at / -d), step); }
static vec longest(void) {
  vec step = fill(1), share = fill(1);
  for (int k = 0; k < N * M; k++) {
    share = greater(share, greater(-da[k] * ia[k], da[k] * is[k]));
    step = bound(bound(step, mu[k], dmu[k]), nu[k], dnu[k]);
  }
  for (int m = 0; m < M; m++) step = bound(bound(step, t[m], dt[m]), lam[m], dlam[m]);
  return lesser(step, fill(1) / share);
}

static int solve(const vec *v, const vec *x, const double *b, vec *out) {
  const int n = N * M;
  vec products = fill(M);
  for (int m = 0; m < M; m++) {
    vec wanted = fill(1e-300), used = fill(0);
    for (int k = m; k < n; k += M) wanted += x[k];
    vec f = lesser(fill(0.5), fill(0.5 * b[m]) / wanted);
    for (int k = m; k < n; k += M) {
      a[k] = PICK(x[k] > 0, f * x[k], fill(1));
      s[k] = PICK(x[k] > 0, x[k] - a[k], fill(1));
      used += PICK(x[k] > 0, a[k], fill(0));
      products += PICK(x[k] > 0, fill(2), fill(0));
    }
    t[m] = fill(b[m]) - used;
    lam[m] = fill(0);
  }
  vec w[ITEMS * 8];
  for (int i = 0; i < N; i++) {
    vec q = fill(0);
    for (int m = 0, k = i * M; m < M; m++, k++) q += PICK(x[k] > 0, v[k] * a[k], fill(0));
    w[i] = PICK(q > 0, fill(1), fill(0));
    for (int m = 0, k = i * M; m < M; m++, k++) lam[m] = greater(lam[m], PICK(x[k] > 0, v[k] / q, fill(0)));
  }
  for (int m = 0; m < M; m++) lam[m] = PICK(lam[m] > 0, lam[m], fill(1));
  for (int k = 0; k < n; k++) { mu[k] = PICK(x[k] > 0, lam[k % M], fill(0)); nu[k] = fill(0.5) * mu[k]; }
  int iteration = 0;
  for (; iteration < 60; iteration++) {
    vec gap = fill(0), worst = fill(0);
    for (int m = 0; m < M; m++) gap += lam[m] * t[m];
    for (int i = 0; i < N; i++) {
      vec q = fill(0), vdv = fill(0);
      for (int m = 0, k = i * M; m < M; m++, k++) q += PICK(x[k] > 0, v[k] * a[k], fill(0));
      u[i] = PICK(w[i] > 0, q, fill(1));
      vec slope = w[i] / u[i], kappa = slope / u[i];
      for (int m = 0, k = i * M; m < M; m++, k++) {
        r0[k] = PICK(x[k] > 0, slope * v[k] - lam[m], fill(0));
        vec left = r0[k] + mu[k] - nu[k];
        worst = greater(worst, greater(left, -left));
        gap += mu[k] * a[k] + nu[k] * s[k];
        ia[k] = PICK(x[k] > 0, fill(1) / a[k], fill(0));
        is[k] = PICK(x[k] > 0, fill(1) / s[k], fill(0));
        dinv[k] = PICK(x[k] > 0, fill(1) / (mu[k] * ia[k] + nu[k] * is[k]), fill(0));
        vdv += v[k] * v[k] * dinv[k];
      }
      pull[i] = kappa / (fill(1) + kappa * vdv);
    }
    mask done = (gap < 1e-11) & (worst < 1e-9);
    if (every(done)) break;
    for (int m = 0; m < M; m++) for (int l = 0; l <= m; l++) C[m * M + l] = l == m ? t[m] / lam[m] : fill(0);
    for (int i = 0; i < N; i++)
      for (int m = 0, k = i * M; m < M; m++, k++) {
        vec scaled = pull[i] * dinv[k] * v[k];
        C[m * M + m] += dinv[k];
        for (int l = 0; l <= m; l++) C[m * M + l] -= scaled * dinv[i * M + l] * v[i * M + l];
      }
    factor();
    for (int k = 0; k < n; k++) { rhs[k] = r0[k]; cmu[k] = cnu[k] = fill(0); }
    for (int m = 0; m < M; m++) rt[m] = t[m];
    direction(v, x);
    vec step = longest(), ahead = fill(0);
    for (int m = 0; m < M; m++) ahead += (lam[m] + step * dlam[m]) * (t[m] + step * dt[m]);
    for (int k = 0; k < n; k++) ahead += (mu[k] + step * dmu[k]) * (a[k] + step * da[k]) + (nu[k] + step * dnu[k]) * (s[k] - step * da[k]);
    vec sigma = ahead / gap, tau = sigma * sigma * sigma * gap / products;
    for (int k = 0; k < n; k++) {
      cmu[k] = tau - dmu[k] * da[k];
      cnu[k] = tau + dnu[k] * da[k];
      rhs[k] = r0[k] + cmu[k] * ia[k] - cnu[k] * is[k];
    }
    for (int m = 0; m < M; m++) rt[m] = t[m] - (tau - dlam[m] * dt[m]) / lam[m];
    direction(v, x);
    step = PICK(done, fill(0), lesser(fill(1), fill(0.99) * longest()));
    for (int k = 0; k < n; k++) { a[k] += step * da[k]; s[k] -= step * da[k]; mu[k] += step * dmu[k]; nu[k] += step * dnu[k]; }
    for (int m = 0; m < M; m++) { t[m] += step * dt[m]; lam[m] += step * dlam[m]; }
  }
  for (int k = 0; k < n; k++) out[k] = PICK(x[k] > 0, a[k], fill(0));
  return iteration;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  N = atoi(argv[1]);
  M = atoi(argv[2]);
  const int n = N * M, K = atoi(argv[3]) / L * L, repeats = atoi(argv[5]);
  if (n > ENTRIES || M > ITEMS || N > ITEMS * 8) return 2;
  double *raw = malloc(sizeof(double) * n), b[ITEMS];
  vec *v = aligned_alloc(64, sizeof(vec) * n * (K / L)), *x = aligned_alloc(64, sizeof(vec) * n * (K / L));
  FILE *file = fopen(argv[4], "rb");
  if (!file || !raw || !v || !x) return 2;
  for (int array = 0; array < 2; array++) {
    vec *to = array ? x : v;
    for (int p = 0; p < atoi(argv[3]); p++) {
      if (fread(raw, sizeof(double), n, file) != (size_t)n) return 2;
      if (p < K) for (int k = 0; k < n; k++) LANE(to[(long)(p / L) * n + k], p % L) = raw[k];
    }
  }
  if (fread(b, sizeof(double), M, file) != (size_t)M) return 2;
  printf("{\"microseconds\":[");
  double welfare = 0;
  long bad = 0;
  for (int r = 0; r < repeats; r++) {
    struct timespec from, to;
    static vec out[ENTRIES];
    welfare = 0;
    bad = 0;
    double check = 0;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int p = 0; p < K / L; p++) { bad += solve(v + (long)p * n, x + (long)p * n, b, out) == 60; check += LANE(out[0], 0); }
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (check < 0) return 3;
    printf("%s%.4f", r ? "," : "", ((to.tv_sec - from.tv_sec) * 1e6 + (to.tv_nsec - from.tv_nsec) * 1e-3) / K);
  }
  for (int p = 0; p < K / L && p < 1000; p++) {
    static vec out[ENTRIES];
    solve(v + (long)p * n, x + (long)p * n, b, out);
    for (int l = 0; l < L; l++)
      for (int i = 0; i < N; i++) {
        double q = 0;
        for (int m = 0; m < M; m++) q += LANE(v[(long)p * n + i * M + m], l) * LANE(out[i * M + m], l);
        if (q > 0) welfare += log(q);
      }
  }
  printf("],\"welfare\":%.9f,\"profiles\":%d,\"bad\":%ld}\n", welfare, (K / L < 1000 ? K / L : 1000) * L, bad);
  return 0;
}
