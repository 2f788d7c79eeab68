// Loads an unpacked package as Lambda does, and answers one event a line.
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const write = process.stdout.write.bind(process.stdout)
// What the function writes is its log.
process.stdout.write = (text) => process.stderr.write(text)

const { handler } = await import(pathToFileURL(join(process.argv[2], 'index.js')))
write('ready\n')

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await handler(JSON.parse(line), {}).catch((error) => ({ crash: error.message }))
  write(`${JSON.stringify(answer)}\n`)
}
