"""Nash welfare under caps by cvxpy and Clarabel: reads profiles as JSON, prints medians of the seconds that Clarabel says a solve takes and that a call
of solve takes for new values and caps of a programme that cvxpy has compiled before, and objectives."""
import json
import sys
import time

import cvxpy as cp
import numpy as np

data = json.load(sys.stdin)
n, m = np.array(data["values"][0]).shape
v, caps = cp.Parameter((n, m), nonneg=True), cp.Parameter(n, nonneg=True)
x, u = cp.Variable((n, m), nonneg=True), cp.Variable(n)
problem = cp.Problem(cp.Maximize(cp.sum(cp.log(u))), [u <= caps, u <= cp.sum(cp.multiply(v, x), axis=1), cp.sum(x, axis=0) <= 1])
own, calls, objectives = [], [], []
for values, most in zip(data["values"], data["caps"]):
    v.value, caps.value = np.array(values), np.array(most)
    for _ in range(2):
        begun = time.perf_counter()
        problem.solve(solver=cp.CLARABEL, tol_gap_rel=1e-9, tol_gap_abs=1e-9)
        took = time.perf_counter() - begun
    own.append(problem.solver_stats.solve_time)
    calls.append(took)
    objectives.append(float(problem.value))
print(json.dumps({"seconds": float(np.median(own)), "call": float(np.median(calls)), "objectives": objectives}))
