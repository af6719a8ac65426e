# One training step of an ExS-Net in PyTorch: ten steps of Adam on the misreport of every agent and profile, all in one batch, then the gradient
# of the loss and a step of the network. Reads what the kernels were given, so that both can be compared.
import json, sys, time
import numpy as np
import torch

path, N, M, S, K, budget, steps, rounds, threads = sys.argv[1], *map(int, sys.argv[2:6]), float(sys.argv[6]), *map(int, sys.argv[7:10])
torch.set_num_threads(threads)
data = torch.from_numpy(np.fromfile(path, dtype=np.float32))
F = 2 * M
shapes = [(N * F + M, K), (K,), (K, K), (K,), (K, (N + 1) * M), ((N + 1) * M,)]
at = 0
def take(*shape):
    global at
    size = int(np.prod(shape))
    part = data[at:at + size].reshape(shape).clone()
    at += size
    return part
parameters = [take(*shape).requires_grad_() for shape in shapes]
v, x, start = take(S, N, M), take(S, N, M), take(S, N, F)
truth = torch.cat([v, x], 2)
b = torch.full((M,), budget)
agents = torch.arange(N)
mask = torch.eye(N, dtype=torch.bool)[None, :, :, None]
live = (v * x).sum(2) > 0
coefficients = torch.ones(N)

def shares(features, p):
    h = torch.cat([features.reshape(-1, N * F), b.expand(features.shape[0], M)], 1)
    h = torch.tanh(torch.addmm(p[1], h, p[0]))
    h = torch.tanh(torch.addmm(p[3], h, p[2]))
    return torch.softmax(torch.addmm(p[5], h, p[4]).reshape(-1, N + 1, M), 1)

# torch.minimum would split the derivative where a demand of 0 meets a report of 0.
def least(a, c):
    return torch.where(a < c, a, c)

def truthful(p):
    a = least(shares(truth, p)[:, :N] * b, x)
    return (v * a).sum(2)

def lying(reports, p):
    features = torch.where(mask, reports[:, :, None, :], truth[:, None, :, :]).reshape(S * N, N, F)
    own = shares(features, p).reshape(S, N, N + 1, M)[:, agents, agents]
    return (v * least(least(own * b, reports[:, :, M:]), x)).sum(2)

frozen = [p.detach() for p in parameters]
low = torch.tensor([0.1] * M + [0.0] * M)
high = torch.tensor([1.0] * M + [min(1.0, budget)] * M)

def ascend():
    r = start.clone()
    m, s = torch.zeros_like(r), torch.zeros_like(r)
    best, most = r, torch.full((S, N), -1.0)  # the best report on the way is kept
    for k in range(1, steps + 1):
        r.requires_grad_()
        u = lying(r, frozen)
        g, = torch.autograd.grad(u.sum(), r)
        with torch.no_grad():
            best, most = torch.where((u > most)[:, :, None], r, best), torch.maximum(u, most)
            m.mul_(0.9).add_(g, alpha=0.1)
            s.mul_(0.999).addcmul_(g, g, value=0.001)
            r = r.detach().addcdiv_(m, (s / (1 - 0.999 ** k)).sqrt_().add_(1e-8), value=0.1 / (1 - 0.9 ** k))
            r = torch.minimum(torch.maximum(r, low), high)
    with torch.no_grad():
        return torch.where((lying(r, frozen) > most)[:, :, None], r, best)

optimizer = torch.optim.Adam(parameters, lr=0.0)  # the parameters stay those of the kernels
def step():
    r = ascend()
    optimizer.zero_grad()
    u = truthful(parameters)
    gain = lying(r, parameters) - u
    loss = -(torch.log(u + 1e-4) * live).sum() / S + (torch.clamp(gain, min=0).mean(0) * coefficients).sum()
    loss.backward()
    optimizer.step()
    return float(loss.detach()), float(gain.detach().mean())

times = []
for k in range(rounds + 3):
    begun = time.perf_counter()
    loss, gain = step()
    if k >= 3:
        times.append(time.perf_counter() - begun)
print(json.dumps({"seconds": float(np.median(times)), "loss": loss, "gain": gain, "version": torch.__version__}))
