/** `make lambda`: writes the function's package, dist/lambda.zip. */
import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { printable } from '../../contract/printable.ts'
import { ArtifactError } from '../../contract/read.ts'
import { bundleLambda, packPools } from './lambda-files.ts'
import { zipFiles } from './zip.ts'

const flags = yargs(hideBin(process.argv))
  .scriptName('bundle/lambda')
  .usage('$0\n\nwrites lambda.zip: the handler, and the pools of a build')
  .option('artifacts', {
    type: 'string',
    describe: 'artifacts folder or the folder of one build; without it no pools are packed',
  })
  .option('out', { type: 'string', default: 'dist', describe: 'folder of the package' })
  .strict()
  .version(false)
  .parseSync()

try {
  const { files } = await bundleLambda()
  const pools = flags.artifacts === undefined ? {} : await packPools(flags.artifacts)
  const [bare, zip] = [zipFiles(files), zipFiles({ ...files, ...pools })]
  await mkdir(flags.out, { recursive: true })
  const path = join(flags.out, 'lambda.zip')
  await writeFile(`${path}.new`, zip)
  await rename(`${path}.new`, path)
  const sha256 = createHash('sha256').update(zip).digest('hex')
  console.log(
    `${path}: ${zip.length} bytes, ${bare.length} of them without pools, sha256 ${sha256}`,
  )
} catch (error) {
  if (!(error instanceof ArtifactError)) throw error
  console.error(`bundle/lambda: ${printable(error.message)}`)
  process.exitCode = 1
}
