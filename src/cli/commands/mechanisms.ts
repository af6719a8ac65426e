import { Command } from 'commander';
import { MECHANISMS } from '../../mechanisms/registry.js';
import { commonFlags, type CommonFlags } from '../context.js';
import { printJson, say } from '../output.js';

export function mechanismsCommand(): Command {
  return commonFlags(new Command('mechanisms'))
    .description('list the mechanisms: options with defaults, citation, properties claimed')
    .action((flags: CommonFlags) => {
      if (flags.json) {
        printJson(
          MECHANISMS.map(({ id, name, kind, citation, algorithm, options, claims, ties, reads, outputs }) => ({
            id,
            name,
            kind,
            citation,
            algorithm,
            options,
            properties: claims,
            ties,
            reads,
            outputs: [...outputs, 'status', 'residual'],
          })),
        );
        return;
      }
      for (const { id, name, citation, algorithm, options, claims, ties } of MECHANISMS) {
        say(`${id}\n  ${name}: ${algorithm}`);
        for (const option of options) {
          const values =
            option.choices?.join('|') ??
            (option.type === 'network' ? 'folder' : option.type === 'agents' ? 'i,j' : option.type);
          const without =
            option.type === 'network' ? 'required' : option.default === '' ? 'none' : String(option.default);
          say(`  --${option.name} ${values} (${without}): ${option.about}`);
        }
        say(`  ties: ${ties}`);
        if (claims.length > 0) say(`  always: ${claims.join(', ')}`);
        say(`  ${citation}\n`);
      }
    });
}
