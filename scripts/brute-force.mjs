// A search for misreports that knows nothing of mechanisms: reports are drawn, an allocation is asked for, the best ones are shaken.
// Used by check-exploitability.mjs. Reports of one agent are tried many at a time, as profiles of one batch.
import { pa, pf, profileBatch } from 'evenhand';

/** Seeded uniform numbers in [0, 1) (Mulberry32). */
export function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

/** Agent i of a profile { values, demands: number[N][M], budgets: number[M] } under pf or pa, and the box of its reports. */
export class Liar {
  constructor(engine, profile, i, rule, box) {
    Object.assign(this, { engine, profile, i, rule, box });
    this.agents = profile.values.length;
    this.items = profile.budgets.length;
    this.usable = profile.demands[i].map((x, m) => Math.min(x, profile.budgets[m]));
    this.most = profile.budgets.map((b) => Math.min(b, box.demandHigh ?? b));
    this.evaluations = 0;
  }

  batch(reports) {
    const { profile, i, agents, items } = this;
    const stack = (rows, from) => {
      const data = new Float64Array(reports.length * agents * items);
      const one = rows.flat();
      reports.forEach((report, c) => {
        data.set(one, c * one.length);
        data.set(report.slice(from, from + items), c * one.length + i * items);
      });
      return { shape: [reports.length, agents, items], data };
    };
    return {
      values: stack(profile.values, 0),
      demands: stack(profile.demands, items),
      budgets: { shape: [items], data: Float64Array.from(profile.budgets) },
    };
  }

  worth(amounts) {
    return amounts.reduce((sum, a, m) => sum + this.profile.values[this.i][m] * Math.min(a, this.usable[m]), 0);
  }

  /** True utilities under reports [values, demands]. Partial Allocation's share is computed here, from proportional fairness. */
  async utilities(reports) {
    const { i, agents, items } = this;
    const out = await this.engine.allocate(pf(), profileBatch(this.batch(reports)));
    this.evaluations += reports.length;
    if (this.rule === 'pa') this.without ??= await this.others();
    return reports.map((_, c) => {
      if (out.status[c] > 1) return -1;
      let share = 1;
      if (this.rule === 'pa') {
        for (let j = 0; j < agents; j++) {
          if (j !== i && this.without[j] > 0) share *= out.utilities[c * agents + j] / this.without[j];
        }
      }
      const from = (c * agents + i) * items;
      return this.worth(Array.from(out.allocation.subarray(from, from + items), (a) => Math.min(1, share) * a));
    });
  }

  /** Utilities of the others where the agent is not there. */
  async others() {
    const arrays = this.batch([[...this.profile.values[this.i], ...this.profile.demands[this.i]]]);
    const weights = {
      shape: [this.agents],
      data: Float64Array.from({ length: this.agents }, (_, j) => +(j !== this.i)),
    };
    return (await this.engine.allocate(pf(), profileBatch({ ...arrays, weights }))).utilities;
  }

  /** True utility as a user computes it. */
  async replay(report) {
    const out = await this.engine.allocate(this.rule === 'pa' ? pa() : pf(), profileBatch(this.batch([report])));
    return this.worth(Array.from(out.allocation.subarray(this.i * this.items, (this.i + 1) * this.items)));
  }

  *starts() {
    const { profile, items, box, most, i } = this;
    const truth = [...profile.values[i], ...profile.demands[i]];
    const demands = (of) => (box.demandsToo ? of : truth.slice(items));
    yield truth;
    for (let corner = 0; corner < 2 ** items; corner++) {
      const values = most.map((_, m) => ((corner >> m) & 1 ? box.high : box.low));
      yield [...values, ...truth.slice(items)];
      if (!box.demandsToo) continue;
      for (let other = 0; other < 2 ** items; other++) {
        yield [...values, ...most.map((b, m) => ((other >> m) & 1 ? b : box.demandLow))];
      }
    }
    for (const [j, row] of profile.values.entries()) {
      if (j === i) continue;
      for (const factor of [1, 1 - 1e-7, 1 + 1e-7]) {
        for (let m = 0; m < items; m++) {
          const values = row.map((v, l) => clamp(l === m ? v * factor : v, box.low, box.high));
          yield [...values, ...truth.slice(items)];
          yield [...values, ...demands(profile.demands[j].map((x, l) => clamp(x, box.demandLow, most[l])))];
        }
      }
    }
  }

  random(draw) {
    const { items, box, most } = this;
    const truth = this.profile.demands[this.i];
    const values = most.map(() => box.low + (box.high - box.low) * draw());
    if (!box.demandsToo) return [...values, ...truth];
    const demands = most.map((b, m) => {
      const kind = draw();
      if (kind < 0.2) return box.demandLow;
      if (kind < 0.4) return b;
      return kind < 0.6 ? clamp(truth[m], box.demandLow, b) : box.demandLow + (b - box.demandLow) * draw();
    });
    return [...values, ...demands.slice(0, items)];
  }

  /** A report near another: some numbers shaken by about `size`, now and then one thrown anywhere or onto a tie with another agent. */
  shaken(report, size, draw) {
    const { items, box, most, profile } = this;
    const copy = report.slice();
    const bell = () => draw() + draw() + draw() - 1.5;
    const one = Math.floor(draw() * report.length);
    const all = draw() < 0.5;
    for (let l = 0; l < (box.demandsToo ? 2 * items : items); l++) {
      if (l !== one && !(all && draw() < 0.7)) continue;
      if (l >= items) copy[l] = clamp(copy[l] + size * bell() * most[l - items], box.demandLow, most[l - items]);
      else if (draw() < 0.5) copy[l] = clamp(copy[l] * Math.exp(2 * size * bell()), box.low, box.high);
      else copy[l] = clamp(copy[l] + size * bell() * (box.high - box.low), box.low, box.high);
    }
    const kind = draw();
    const [m, l] = [Math.floor(draw() * items), Math.floor(draw() * items)];
    if (kind < 0.06)
      copy[m] = draw() < 0.5 ? [box.low, box.high][Math.floor(2 * draw())] : box.low + (box.high - box.low) * draw();
    else if (kind < 0.12 && box.demandsToo) copy[items + m] = this.random(draw)[items + m];
    else if (kind < 0.24) {
      const row = profile.values[Math.floor(draw() * profile.values.length)];
      if (row[l] > 0) copy[m] = clamp(((copy[l] * row[m]) / row[l]) * (1 + size * size * bell()), box.low, box.high);
    }
    return copy;
  }

  /** The best true utility that about `budget` reports bring, and the report. */
  async search(budget, seed) {
    const draw = uniforms(seed);
    const size = Math.max(100, Math.min(1000, Math.floor(budget / 30)));
    let found = [];
    const keep = async (reports) => {
      const values = await this.utilities(reports);
      found.push(...reports.map((report, c) => ({ report, value: values[c] })));
      found = found.sort((a, b) => b.value - a.value).slice(0, 200);
    };
    const starts = [...this.starts()];
    for (let from = 0; from < starts.length; from += size) await keep(starts.slice(from, from + size));
    while (this.evaluations < 0.35 * budget) await keep(Array.from({ length: size }, () => this.random(draw)));
    // Lines of descent that began apart.
    let lines = found.filter(({ report }, n) =>
      found.slice(0, n).every((other) => other.report.some((x, l) => Math.abs(x - report[l]) > 0.1)),
    );
    lines = lines.slice(0, 10);
    const began = this.evaluations;
    while (this.evaluations < budget) {
      const done = (this.evaluations - began) / (budget - began);
      const step = 0.3 * 1e-6 ** done;
      if (done > 0.4) lines = lines.sort((a, b) => b.value - a.value).slice(0, done > 0.7 ? 2 : 4);
      const reports = Array.from({ length: size }, (_, c) =>
        this.shaken(lines[c % lines.length].report, step * 10 ** (1 - 2 * draw()), draw),
      );
      const values = await this.utilities(reports);
      const parents = lines.length;
      values.forEach((value, c) => {
        if (value > lines[c % parents].value) lines[c % parents] = { report: reports[c], value };
      });
    }
    return lines.reduce((a, b) => (b.value > a.value ? b : a));
  }
}
