"""Nash welfare under caps by cvxpy and Clarabel: reads profiles as JSON, prints seconds a solve (without building) and objectives."""
import json
import sys
import time

import cvxpy as cp
import numpy as np

data = json.load(sys.stdin)
times, objectives = [], []
for values, caps in zip(data["values"], data["caps"]):
    v = np.array(values)
    n, m = v.shape
    x, u = cp.Variable((n, m), nonneg=True), cp.Variable(n)
    problem = cp.Problem(cp.Maximize(cp.sum(cp.log(u))), [u <= np.array(caps), u <= cp.sum(cp.multiply(v, x), axis=1), cp.sum(x, axis=0) <= 1])
    problem.solve(solver=cp.CLARABEL, tol_gap_rel=1e-9, tol_gap_abs=1e-9)
    times.append(problem.solver_stats.solve_time)
    objectives.append(float(problem.value))
print(json.dumps({"seconds": float(np.median(times)), "objectives": objectives}))
