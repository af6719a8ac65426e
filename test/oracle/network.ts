import { parameterSpecs, type NetworkConfig } from '../../src/networks/config.js';

/** One profile in doubles: values and demands [N][M], budgets [M], weights [N]. */
export interface PlainProfile {
  values: number[][];
  demands: number[][];
  budgets: number[];
  weights: number[];
}

type Parameters = Record<string, number[][]>;

/** Arrays of parameters by name, a vector as one row. */
function unpack(config: NetworkConfig, flat: ArrayLike<number>): Parameters {
  let at = 0;
  return Object.fromEntries(
    parameterSpecs(config).map(({ name, rows, columns }) => [
      name,
      Array.from({ length: Math.max(1, rows) }, () => Array.from({ length: columns }, () => flat[at++]!)),
    ]),
  );
}

const times = (x: number[], matrix: number[][]) =>
  matrix[0]!.map((_, k) => x.reduce((sum, value, row) => sum + value * matrix[row]![k]!, 0));
const plus = (...all: number[][]) => all[0]!.map((_, k) => all.reduce((sum, x) => sum + x[k]!, 0));

/** Output rows of the network, as its configuration describes it: N + 1 of logits or N of z. */
export function networkRows(config: NetworkConfig, flat: ArrayLike<number>, profile: PlainProfile): number[][] {
  const p = unpack(config, flat);
  const features = profile.values.map((v, i) => [
    ...v,
    ...profile.demands[i]!,
    ...(config.agentWeights ? [profile.weights[i]!] : []),
  ]);
  const { items, model } = config;
  const scale = model === 'expf-net' ? config.scale : 1;
  if (config.architecture === 'dense') {
    let x = [...features.flat(), ...profile.budgets];
    config.hidden.forEach((_, l) => {
      x = plus(times(x, p[`layer${l}_weight`]!), p[`layer${l}_bias`]![0]!).map(Math.tanh);
    });
    const out = plus(times(x, p['output_weight']!), p['output_bias']![0]!).map((o) => o * scale);
    return Array.from({ length: out.length / items }, (_, i) => out.slice(i * items, (i + 1) * items));
  }
  const n = features.length;
  let h = features;
  const mean = () => plus(...h).map((x) => x / n);
  const layer = (name: string) => {
    const common = plus(times(mean(), p[`${name}_mean`]!), p[`${name}_bias`]![0]!);
    return h.map((row) => plus(times(row, p[`${name}_own`]!), common));
  };
  config.hidden.forEach((_, l) => {
    const supply = times(
      profile.budgets.map((b) => b / n),
      p['layer0_supply']!,
    );
    h = layer(`layer${l}`).map((row) => (l === 0 ? plus(row, supply) : row).map(Math.tanh));
  });
  const rows = layer('output').map((row) => row.map((o) => o * scale));
  if (model === 'expf-net') return rows;
  const burnt = plus(times(mean(), p['burn_weight']!), p['burn_bias']![0]!).map((o) => o + Math.log(n));
  return [...rows, burnt];
}

/** Allocation of exs-net from its logits. */
export function shares(logits: number[][], { demands, budgets }: PlainProfile): number[][] {
  return demands.map((row, i) =>
    row.map((x, m) => {
      const total = logits.reduce((sum, o) => sum + Math.exp(o[m]!), 0);
      return Math.min((Math.exp(logits[i]![m]!) / total) * budgets[m]!, x);
    }),
  );
}

export const utility = (values: number[], demands: number[], bundle: number[]) =>
  values.reduce((sum, v, m) => sum + v * Math.min(bundle[m]!, demands[m]!), 0);

/**
 * The loss that src/learning/stepper.ts documents. `truth[s]` is what was allocated on what was told, `lied[s][a]` where the a-th agent
 * listed lies; `profiles` are the true ones.
 */
export function lossOf(
  profiles: PlainProfile[],
  truth: number[][][],
  lied: number[][][][],
  agents: ArrayLike<number>,
  coefficients: ArrayLike<number>,
  { offset, envy }: { offset: number; envy: number },
): number {
  let loss = 0;
  profiles.forEach(({ values, demands, weights }, s) => {
    const u = (i: number, bundle: number[]) => utility(values[i]!, demands[i]!, bundle);
    const live = (i: number) => weights[i]! > 0 && u(i, demands[i]!) > 0;
    const own = values.map((_, i) => u(i, truth[s]![i]!));
    own.forEach((mine, i) => {
      if (!live(i)) return;
      const best = Math.max(...truth[s]!.map((bundle) => u(i, bundle)));
      loss += -weights[i]! * Math.log(mine + offset) + envy * Math.max(0, best - mine);
    });
    Array.from(agents).forEach((agent, a) => {
      if (live(agent)) loss += coefficients[a]! * Math.max(0, u(agent, lied[s]![a]![agent]!) - own[agent]!);
    });
  });
  return loss / profiles.length;
}
