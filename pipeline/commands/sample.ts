import { assertFlag, type Command } from './command.ts'

interface SampleFlags {
  out: string
  scale: number
  seed: number
  effect: number
}

/** `pools sample` */
export const SAMPLE: Command<SampleFlags> = {
  usage: 'sample',
  describe: 'make sample logs that reach every rule',
  options: {
    out: { type: 'string', demandOption: true, describe: 'folder for the CSV files' },
    scale: {
      type: 'number',
      default: 1,
      describe: 'times the size of the real data: 1 has 600,000 impressions',
    },
    seed: { type: 'number', default: 0, describe: 'of the rows, a whole number' },
    effect: {
      type: 'number',
      default: 0,
      describe: 'how much banners differ in conversions per click, 0 to 3: what evaluate can find',
    },
  },
  examples: [
    ['sample --out sample --scale 100', 'about 0.7 GB'],
    ['sample --out sample --effect 1', 'a few banners convert many times as often as others'],
    ['sample --out sample', 'as many rows as the real data'],
  ],
  check({ scale, seed, effect }) {
    assertFlag(Number.isSafeInteger(seed), 'seed', 'a whole number')
    assertFlag(effect >= 0 && effect <= 3, 'effect', 'from 0 to 3')
    assertFlag(scale > 0 && scale <= 100_000, 'scale', 'above 0, at most 100000')
  },
  async run(flags, { progress }) {
    const { makeSample } = await import('../sample/sample.ts')
    const summary = await makeSample({ ...flags, progress })
    return {
      document: summary,
      lines: [`sample of ${summary.files.length} files: ${flags.out}`],
    }
  },
}
