import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A convex solver of Python on the same profiles. */
export interface Peer {
  readonly name: string;
  /** Median of a profile, one thread, model building included where the solver needs it every time. */
  readonly seconds: number;
  /** Sum of log utilities over all profiles. */
  readonly logNsw: number;
}

interface Profiles {
  readonly agents: number;
  readonly items: number;
  readonly count: number;
  readonly budget: number;
  readonly values: Float64Array;
  readonly demands: Float64Array;
}

/**
 * Proportional fairness by cvxopt's solver for convex programmes, and by cvxpy with Clarabel (parametrized once, solved for every profile),
 * over the entries with a positive demand.
 */
const SCRIPT = `
import json, statistics, sys, time
import numpy as np
path, N, M, K, budget = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
data = np.fromfile(path)
V, X = data[:K*N*M].reshape(K, N, M), data[K*N*M:].reshape(K, N, M)
X = np.minimum(X, budget)
peers = []
def add(name, solve):
    times, total = [], 0.0
    for k in range(K):
        begun = time.perf_counter()
        u = solve(V[k], X[k])
        times.append(time.perf_counter() - begun)
        total += np.log(u[(V[k] * X[k]).sum(1) > 0]).sum()
    peers.append({"name": name, "seconds": statistics.median(times), "logNsw": total})
try:
    import cvxopt
    from cvxopt import matrix, solvers, spdiag
    solvers.options.update(show_progress=False, abstol=1e-9, reltol=1e-9, feastol=1e-9)
    def by_cvxopt(v, x):
        live = np.flatnonzero((v * x).sum(1) > 0)
        ii, mm = np.nonzero((x > 0) & np.isin(np.arange(len(v)), live)[:, None])
        n = len(ii)
        U = np.zeros((len(live), n))
        U[np.searchsorted(live, ii), np.arange(n)] = v[ii, mm]
        B = np.zeros((v.shape[1], n))
        B[mm, np.arange(n)] = 1
        G = matrix(np.vstack([-np.eye(n), np.eye(n), B]))
        h = matrix(np.concatenate([np.zeros(n), x[ii, mm], np.full(v.shape[1], budget)]))
        start = np.minimum(0.5, budget / np.maximum(1e-9, 2 * x.sum(0)))[mm] * x[ii, mm]
        def F(a=None, z=None):
            if a is None: return 0, matrix(start)
            u = U @ np.array(a).ravel()
            if u.min() <= 0: return None
            f, Df = matrix(-np.log(u).sum()), matrix(-(U / u[:, None]).sum(0)).T
            if z is None: return f, Df
            return f, Df, matrix(z[0] * (U.T / u**2) @ U)
        a = np.array(solvers.cp(F, G, h)["x"]).ravel()
        u = np.zeros(len(v))
        u[live] = U @ a
        return u
    add("cvxopt " + cvxopt.__version__, by_cvxopt)
except ImportError:
    pass
try:
    import clarabel, cvxpy as cp
    A, v_, x_ = cp.Variable((N, M), nonneg=True), cp.Parameter((N, M), nonneg=True), cp.Parameter((N, M), nonneg=True)
    d_ = cp.Parameter(N, nonneg=True)
    w_ = cp.Parameter(N, nonneg=True)
    u_ = cp.sum(cp.multiply(v_, A), axis=1) + d_
    problem = cp.Problem(cp.Maximize(cp.sum(cp.log(u_))), [A <= x_, cp.sum(A, axis=0) <= budget])
    def by_clarabel(v, x):
        live = (v * x).sum(1) > 0
        v_.value, x_.value, d_.value = v, x * live[:, None], 1.0 - live
        problem.solve(solver=cp.CLARABEL, ignore_dpp=False)
        return np.where(live, (v * np.clip(A.value, 0, x)).sum(1), 0)
    add("cvxpy " + cp.__version__ + " with clarabel " + clarabel.__version__, by_clarabel)
except ImportError:
    pass
print(json.dumps(peers))
`;

/** Solves the profiles by whatever convex solvers the first Python with NumPy has; none: an empty list. */
export async function peers({ agents, items, count, budget, values, demands }: Profiles): Promise<Peer[]> {
  const python = [process.env.EVENHAND_PYTHON, 'python3', '/usr/bin/python3'].find(
    (name) => name && spawnSync(name, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0,
  );
  if (!python) return [];
  const folder = await mkdtemp(join(tmpdir(), 'evenhand-'));
  try {
    const file = join(folder, 'profiles.bin');
    await writeFile(file, Buffer.concat([values, demands].map((a) => Buffer.from(a.slice().buffer))));
    const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
    const { stdout } = await promisify(execFile)(
      python,
      ['-c', SCRIPT, file, ...[agents, items, count, budget].map(String)],
      { env, maxBuffer: 2 ** 20 },
    );
    return JSON.parse(stdout) as Peer[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
