import type { ProfileView } from './profile.js';
import type { Verdict } from './divisible.js';

/** Which rules an assignment of indivisible items agrees with, and what is wrong with it on its own. */
export function verifyOwners(view: ProfileView): Verdict & { readonly agrees: readonly string[] } {
  const { agents, items } = view;
  const problems: string[] = [];
  const owner = Array.from({ length: items }, (_, m) => view.result('owner', m));
  owner.forEach((i, m) => {
    if (!(Number.isInteger(i) && i >= 0 && i < agents))
      problems.push(`owner[${m}] is ${i}, expected an agent from 0 to ${agents - 1}`);
  });
  for (let i = 0; i < agents; i++) {
    let utility = 0;
    owner.forEach((who, m) => {
      if (who === i) utility += view.value(i, m);
    });
    const given = view.result('utilities', i);
    if (!(Math.abs(utility - given) <= 1e-9 * Math.max(1, utility))) {
      problems.push(`utilities[${i}] is ${given}, the owners give ${utility}`);
    }
  }
  for (const name of ['status', 'residual']) {
    if (view.result(name) !== 0) problems.push(`${name} is ${view.result(name)}, owners have 0`);
  }
  const agrees = [['round-robin', turns(view)] as const, ['max-utilitarian', highest(view)] as const].filter(
    ([, expected]) => expected.every((i, m) => i === owner[m]),
  );
  return { residual: 0, problems, agrees: agrees.map(([id]) => id) };
}

/** Round Robin, pick by pick. */
function turns(view: ProfileView): number[] {
  const owner = new Array<number>(view.items).fill(-1);
  const order = view.order();
  for (let pick = 0; pick < view.items; pick++) {
    const i = order[pick % order.length]!;
    let best = -1;
    for (let m = 0; m < view.items; m++) {
      if (owner[m] === -1 && (best < 0 || view.value(i, m) > view.value(i, best))) best = m;
    }
    owner[best] = i;
  }
  return owner;
}

/** The first agent with the highest value of each item. */
function highest(view: ProfileView): number[] {
  return Array.from({ length: view.items }, (_, m) => {
    let best = 0;
    for (let i = 1; i < view.agents; i++) if (view.value(i, m) > view.value(best, m)) best = i;
    return best;
  });
}
