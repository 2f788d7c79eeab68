/**
 * Receiver, broker and server killed at random moments under load, as often as one likes; each time what is published is
 * compared with a batch, and at the end each line with what Kafka's own consumer reads.
 *
 *     npx tsx bench/live/kafka-kills.ts [KILLS_OF_EACH]
 *     npx tsx bench/live/kafka-kills.ts [KILLS_OF_EACH] collect     two servers that collect and send, receiver, broker
 *
 * The suite prints its seed; BANNER_POOLS_TEST_SEED repeats a run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const kills = process.argv[2] ?? '1000'
const suite = process.argv[3] === 'collect' ? 'kafka-collect' : 'kafka-kills'
const words = [
  'vitest',
  'run',
  '--config',
  'vitest.ci.config.ts',
  '--retry=0',
  '--reporter=verbose',
]
const tests = spawn('npx', [...words, `test/ci/${suite}.test.ts`], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, BANNER_POOLS_KILLS: kills },
})
const [code] = await once(tests, 'exit')
process.exitCode = Number(code ?? 1)
