import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { someOf } from '../../helpers/size.ts'

const SCRIPT = fileURLToPath(new URL('../../../bench/load/load-test.ts', import.meta.url))

/** Runs the load test and gives what it says on stderr. */
function run(...flags: string[]): Promise<string> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', SCRIPT, ...flags]
    execFile(process.execPath, command, (_, __, stderr) => resolve(stderr))
  })
}

describe('the load test', () => {
  it.each(
    someOf(
      [
        [['--url', 'http://localhost.example/'], '--url must be on this machine'],
        [
          ['--url', 'http://192.0.2.1:8080'],
          '--url must be on this machine: http://192.0.2.1:8080',
        ],
        [['--rates', '1000,60000'], '--rates must be from 1 to 50000: 60000'],
        [['--seconds', '3600'], '--seconds must be from 1 to 60: 3600'],
      ] as const,
      1,
    ),
  )('refuses %j', async (flags, message) => {
    expect(await run('--date', '2026-11-30', ...flags)).toContain(message)
  })

  it('refuses to guess the date', async () => {
    expect(await run()).toContain('--date must be given, as 2026-11-30')
  })
})
