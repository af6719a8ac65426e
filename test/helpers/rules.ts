import { initialNetwork, mechanism, networkConfig, type Mechanism } from 'evenhand';

/** A mechanism over profiles of that size by its id; learned ones with an untrained network. */
export function ruleOf(id: string, agents: number, items: number): Mechanism {
  if (id === 'nrr') return mechanism(id, { model: initialNetwork(networkConfig({ model: id, agents, items }), 1) });
  if (id === 'eef1nn') {
    return mechanism(id, { model: initialNetwork(networkConfig({ model: id, agents, items, hidden: [8, 4] }), 5) });
  }
  if (id !== 'exs-net' && id !== 'expf-net') return mechanism(id);
  const config = networkConfig({ model: id, agents, items, hidden: [12, 8], architecture: 'equivariant' });
  return mechanism(id, { model: initialNetwork(config, 1) });
}
