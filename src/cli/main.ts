#!/usr/bin/env node
import { main } from './program.js';

// Whoever reads the output may stop reading (evenhand --help | head -1); files are still written.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));
