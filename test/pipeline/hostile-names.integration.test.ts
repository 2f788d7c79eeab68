/** Names of files, columns and values that hold what a terminal acts on: none of it leaves the program. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { smallWorld } from '../helpers/builds.ts'
import { runPools } from '../helpers/cli.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'

/** Clears the screen, sets the title, rings, goes back, C1 the same, right to left, no width, line separator. */
const HOSTILE = ['\u001b[2J', '\u001b]0;x\u0007', '\r', '\n', '\b', '\u009b2J', '\u0085'].concat([
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\u2028',
  '\u007f',
  '\u00ad',
])

/** What must never be written, but for the line ends of our own. */
const UNPRINTABLE = /[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u

const SEED = 20261125

describe('pools with hostile names', () => {
  const random = seededRandom(SEED)
  const runs = Array.from({ length: size(1, 10) }, (_, run) => run)

  it.each(runs)(
    `writes printable lines only (seed ${SEED}, run %i)`,
    async () => {
      await withFolder(async (folder) => {
        const name = () => pick(random) + pick(random)
        const files = {
          ...smallWorld(),
          [`1/clicks_${name()}.csv`]: `click_id,banner_id,campaign_id,${columnName(name())}\n900,30,7,x\n`,
          [`1/conversions_${name()}.csv`]: `conversion_id,click_id,revenue\n77,${oneLine(name())},1\n`,
          [`1/copy_of_clicks${name()}.csv`]: 'a\n',
          [`${name()}/clicks.csv`]: 'a\n',
          [`2/clicks_${name()}.csv`]: 'click_id,banner_id,campaign_id\n',
        }
        await writeFiles(join(folder, 'in'), files)
        await writeFiles(join(folder, 'bad'), {
          [`1/clicks_${oneLine(name())}.csv`]: `${oneLine(name())}\n1\n`,
        })
        const out = join(folder, `out${pick(random)}`)
        const place = ['--input', join(folder, 'in'), '--out', out, '--max-reject-share', '1']

        const ended = [
          await runPools('build', ...place),
          await runPools('build', ...place, '--force', '--json'),
          await runPools('build', '--input', join(folder, 'bad'), '--out', out, '--allow-missing'),
          await runPools('check', '--artifacts', name()),
          await runPools('diff', name(), name(), '--artifacts', out),
          await runPools(name()),
          await runPools('build', `--${name()}`),
        ]

        expect(ended.map(({ code }) => code)).toEqual([0, 0, 1, 1, 1, 2, 2])
        for (const { stdout, stderr } of ended) {
          expect(stdout + stderr).not.toMatch(UNPRINTABLE)
          expect(stderr).not.toContain('\n    at ')
        }
        expect(ended[0]?.stderr).toMatch(/\\u\{[0-9a-f]+\}/)
      })
    },
    60_000,
  )
})

function pick(random: () => number): string {
  return HOSTILE[Math.floor(random() * HOSTILE.length)] ?? ''
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, '\u001b')
}

/** A header with control characters is refused, as its lines may not end where they seem to. */
function columnName(text: string): string {
  return `note${text.replaceAll(/\p{Cc}/gu, '')}`
}
