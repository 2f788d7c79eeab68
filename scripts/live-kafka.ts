/**
 * `make live KAFKA=1`: a broker of Kafka in a folder of its own, and `banner-pools live` with events that go through it.
 * When that ends, so does the broker.
 *
 *     npx tsx scripts/live-kafka.ts FOLDER [words of live]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createBroker } from './lib/kafka/broker.ts'

const [folder = 'live', ...words] = process.argv.slice(2)
const PROGRAM = join(import.meta.dirname, '../bin/banner-pools.mjs')

const place = join(resolve(folder), 'kafka')
console.error(`starting Kafka in ${place} (fetched from Maven Central the first time)`)
const broker = await createBroker(place)
await broker.start()
// Ctrl-C reaches all processes of the terminal: live ends by itself, then the broker is told to.
const child = spawn(
  process.execPath,
  [PROGRAM, 'live', folder, '--kafka', broker.address, ...words],
  {
    stdio: 'inherit',
  },
)
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => child.kill('SIGTERM'))
const [code] = await once(child, 'exit')
await broker.stop()
process.exitCode = code ?? 1
