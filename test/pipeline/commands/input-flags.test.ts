import { expect, it } from 'vitest'
import { BUILD } from '../../../pipeline/commands/build.ts'
import { EVALUATE } from '../../../pipeline/commands/evaluate.ts'
import { PLAN } from '../../../pipeline/commands/plan.ts'
import { WATCH } from '../../../pipeline/commands/watch.ts'

// What one command counts as a row, the others must be able to count, too.
it.each([BUILD, EVALUATE, PLAN, WATCH])(
  'pools $usage takes every flag that decides rows',
  ({ options }) => {
    expect(Object.keys(options)).toEqual(
      expect.arrayContaining([
        'seed',
        'allow-missing',
        'keep-equal-files',
        'follow-links',
        'rename',
        'threads',
      ]),
    )
  },
)
