import { resolve } from 'node:path';
import { Command } from 'commander';
import { tour, tourInputs, type TourResult } from '../../experiments/tour.js';
import { Exit, commonFlags, finish, interruptSignal, numberFlag, withEngine, type CommonFlags } from '../context.js';
import { ProgressLine, printJson, say, short, table, whole } from '../output.js';

export function tourCommand(): Command {
  return commonFlags(new Command('tour'))
    .description('run mechanisms on real inputs and on a million random profiles; table, results and a picture')
    .option(
      '--count <K>',
      'number of random profiles',
      numberFlag('--count', 1, Number.MAX_SAFE_INTEGER, true),
      1_000_000,
    )
    .option('--out <folder>', 'where results go', 'out')
    .action(async (flags: CommonFlags & { readonly count: number; readonly out: string }) => {
      const results = await withEngine(flags, (engine) =>
        tour(engine, flags.out, tourInputs(flags.count), ({ id, title }) => {
          const progress = new ProgressLine(id, flags.progress);
          if (!flags.json) say(`${title} ...`);
          return {
            signal: interruptSignal(),
            onProgress: (state) => {
              progress.update(state);
              if (state.done === state.total) progress.end();
            },
          };
        }),
      );
      if (flags.json)
        printJson({
          out: resolve(flags.out),
          results: results.map(({ input, evaluations }) => ({ input: input.id, evaluations })),
        });
      else {
        say(`\n${show(results)}`);
        say(
          'log-NSW: mean of sum_i log u_i over agents who can gain; where some such agent gets nothing it is minus infinity and left out.',
        );
        say(
          'Round Robin and max-utilitarian assign whole items and ignore demands and supplies; EF1 is defined for them only.',
        );
        say(`\nResults and the picture (tour.svg) are in ${resolve(flags.out)}`);
      }
      finish(
        results.some(({ evaluations }) => evaluations.some(({ failed }) => failed > 0)) ? Exit.someFailed : Exit.done,
      );
    });
}

function show(results: readonly TourResult[]): string {
  const rows = results.flatMap(({ input, evaluations }) =>
    evaluations.map(({ mechanism, count, profilesPerSecond, metrics }) => {
      const { logNsw, efficiency, ef1 } = metrics;
      const zeros = logNsw!.zeroCount;
      const welfare = zeros === count ? '-inf' : short(Number(logNsw!.mean.toPrecision(6)));
      return [
        input.id,
        mechanism,
        whole(count),
        whole(profilesPerSecond),
        welfare,
        zeros > 0 ? `${((100 * zeros) / count).toFixed(1)} %` : '0 %',
        `${(100 * efficiency!.mean).toFixed(1)} %`,
        ef1 ? `${(100 * ef1.satisfied!).toFixed(1)} %` : '–',
      ];
    }),
  );
  return table(
    ['input', 'mechanism', 'profiles', 'profiles/s', 'log-NSW', 'left with 0', 'efficiency', 'EF1 rate'],
    rows,
  );
}
