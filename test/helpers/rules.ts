import { initialNetwork, mechanism, networkConfig, type Mechanism } from 'evenhand';

/** A mechanism over profiles of that size by its id; learned ones with an untrained network. */
export function ruleOf(id: string, agents: number, items: number): Mechanism {
  if (id === 'nrr') return mechanism(id, { model: initialNetwork(networkConfig({ model: id, agents, items }), 1) });
  if (id === 'eef1nn') {
    const model = initialNetwork(networkConfig({ model: id, agents, items, hidden: [8, 4] }), 1);
    // Untrained, what it says would hardly depend on what it reads.
    model.parameters.forEach((x, k) => (model.parameters[k] = 2 * x));
    return mechanism(id, { model });
  }
  if (id !== 'exs-net' && id !== 'expf-net') return mechanism(id);
  const config = networkConfig({ model: id, agents, items, hidden: [12, 8], architecture: 'equivariant' });
  return mechanism(id, { model: initialNetwork(config, 1) });
}
