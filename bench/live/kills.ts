/**
 * The suites of kills and of random worlds, as long as one likes: followers and servers that are killed at random moments
 * while logs grow, each time compared with a batch; and every published state of random logs, compared with a naive count.
 *
 *     npx tsx bench/live/kills.ts [KILLS] [WORLDS]
 *
 * A third of the kills are of followers, the others of servers; a leader is killed twenty times beside a stand-by. The seed of each run is printed by the suite that fails.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SUITES = ['live-kills', 'live-serve', 'live-property'].map(
  (name) => `test/ci/${name}.test.ts`,
)

const kills = Number(process.argv[2] ?? 1_000)
const worlds = Number(process.argv[3] ?? 20)
const ofFollowers = Math.ceil(kills / 3)

const words = [
  'vitest',
  'run',
  '--config',
  'vitest.ci.config.ts',
  '--retry=0',
  '--reporter=verbose',
  ...SUITES,
]
const suites = spawn('npx', words, {
  cwd: ROOT,
  stdio: 'inherit',
  env: {
    ...process.env,
    BANNER_POOLS_TEST_SIZE: 'full',
    BANNER_POOLS_KILLS: String(ofFollowers),
    BANNER_POOLS_SERVER_KILLS: String(kills - ofFollowers),
    BANNER_POOLS_TAKEOVERS: '20',
    BANNER_POOLS_WORLDS: String(worlds),
  },
})
const [code] = await once(suites, 'exit')
process.exitCode = Number(code ?? 1)
