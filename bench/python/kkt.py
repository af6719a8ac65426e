"""Least squares on the dense KKT matrix of proportional fairness (Zeng et al. 2023, Appendix B), timed.

usage: kkt.py PROFILES EXPECTED AGENTS ITEMS COUNT

PROFILES holds float64 values, demands, allocation, lower duals, upper duals [K,N,M], prices [K,M], cotangent [K,N,M]; all supplies and
weights are 1. EXPECTED has dl/dvalues [K,N,M]. Prints the median seconds of one call of numpy.linalg.lstsq, on the matrix of the agents that
get something (as the engine's dense path) and on the whole one, 3NM + M square, where agents that get nothing have identity in their rows.
"""
import json
import sys
import time

import numpy as np

profiles, expected, N, M, K = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
data = np.fromfile(profiles)
parts, at = [], 0
for shape in [(K, N, M)] * 5 + [(K, M), (K, N, M)]:
    size = int(np.prod(shape))
    parts.append(data[at:at + size].reshape(shape))
    at += size
V, X, A, MU, NU, LAM, L = parts
X = np.minimum(X, 1.0)
want = np.fromfile(expected).reshape(K, N, M)


def system(k, agents, live):
    """K^T and the right side for the agents listed; identity for those not in `live`."""
    v, x, a, lam = V[k], X[k], A[k], LAM[k]
    u = (v * a).sum(1)
    n = len(agents) * M
    size = 3 * n + M
    low, high = np.where(MU[k] > a, MU[k], 0), np.where(NU[k] > x - a, NU[k], 0)
    fixed = x == 0
    low, high = np.where(fixed, MU[k], low), np.where(fixed, NU[k], high)
    amount = np.where(MU[k] > a, 0, a)
    gap = np.where((NU[k] > x - a) | fixed, 0, amount - x)
    over = a.sum(0) - 1
    binds = lam > -over
    price = np.where(binds, lam, 0)
    over = np.where(binds, 0, over)
    q = low - high - price
    T = np.zeros((size, size))
    rhs = np.zeros(size)
    for e, (i, m) in enumerate((i, m) for i in agents for m in range(M)):
        if i not in live:
            T[e, e] = T[n + e, n + e] = T[2 * n + e, 2 * n + e] = 1
            continue
        first = e - m
        T[e, first:first + M] = v[i, m] * q[i]
        T[e, n + e], T[e, 2 * n + e], T[e, 3 * n + m] = low[i, m], high[i, m], price[m]
        T[n + e, e], T[n + e, n + e] = u[i], amount[i, m]
        T[2 * n + e, e], T[2 * n + e, 2 * n + e] = -u[i], gap[i, m]
        T[3 * n + m, e] = -u[i]
        rhs[e] = L[k, i, m]
    for m in range(M):
        T[3 * n + m, 3 * n + m] = over[m]
    return T, rhs, q


times, sizes, worst = {"live": [], "whole": []}, {"live": [], "whole": []}, 0.0
for k in range(K):
    live = np.flatnonzero((V[k] * A[k]).sum(1) > 0)
    for name, agents in ("live", live), ("whole", np.arange(N)):
        T, rhs, q = system(k, agents, set(live))
        begun = time.perf_counter()
        g = np.linalg.lstsq(T, rhs, rcond=None)[0]
        times[name].append(time.perf_counter() - begun)
        sizes[name].append(len(T))
        ga = np.zeros((N, M))
        ga[agents] = g[:len(agents) * M].reshape(-1, M)
        dv = -(ga + A[k] * (q * ga).sum(1, keepdims=True))
        worst = max(worst, np.abs(dv - want[k]).max())
if not worst <= 1e-7:
    sys.exit(f"numpy's derivatives differ by {worst}")
print(json.dumps({name: {"seconds": float(np.median(times[name])), "size": float(np.mean(sizes[name]))} for name in times}))
