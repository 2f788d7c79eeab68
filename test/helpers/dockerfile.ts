/**
 * A Dockerfile without a container engine: each stage is a folder, in which its steps run on this machine.
 *
 * It knows what ours uses, and refuses any other instruction. What it does not try: the base image, users, read-only
 * file systems and the network of containers.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

/** The last stage, as a container of it would start. */
export interface Image {
  /** What is `/` in the container. */
  readonly root: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
  readonly user: string
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

const run = promisify(execFile)

/** What changes nothing on a machine without an engine. */
const IGNORED = ['ARG', 'VOLUME', 'EXPOSE']

/**
 * Runs the steps of a Dockerfile.
 *
 * @param context - The folder that it copies from.
 * @param folder - Gets a folder for each stage.
 */
export async function buildImage(context: string, folder: string): Promise<Image> {
  const stages = new Map<string, string>()
  let image = emptyImage('')
  for (const [name, rest] of await readSteps(join(context, 'Dockerfile'))) {
    if (name === 'FROM') {
      const stage = / AS (\w+)$/.exec(rest)?.[1] ?? 'last'
      image = emptyImage(join(folder, stage))
      stages.set(stage, image.root)
      await mkdir(image.root)
    } else if (!IGNORED.includes(name)) {
      await runStep(image, name, rest, { context, stages })
    }
  }
  return image
}

function emptyImage(root: string): Mutable<Image> {
  const lists = { entrypoint: [], command: [], healthcheck: [] }
  return { root, workdir: '/', env: {}, ...lists, user: 'root' }
}

async function runStep(
  image: Mutable<Image>,
  name: string,
  rest: string,
  from: { context: string; stages: ReadonlyMap<string, string> },
): Promise<void> {
  const cwd = join(image.root, image.workdir)
  switch (name) {
    case 'WORKDIR':
      image.workdir = rest
      await mkdir(join(image.root, rest), { recursive: true })
      return
    case 'COPY':
      await copy(image, rest, from)
      return
    case 'RUN':
      await run('sh', ['-c', rest], { cwd, env: { ...process.env, ...image.env } })
      return
    case 'ENV':
      for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) {
        image.env = { ...image.env, [key]: value }
      }
      return
    case 'USER':
      image.user = rest
      return
    case 'HEALTHCHECK':
      image.healthcheck = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4))
      return
    case 'ENTRYPOINT':
      image.entrypoint = JSON.parse(rest)
      return
    case 'CMD':
      image.command = JSON.parse(rest)
      return
    default:
      throw new Error(`no such step is known here: ${name} ${rest}`)
  }
}

async function copy(
  image: Image,
  rest: string,
  { context, stages }: { context: string; stages: ReadonlyMap<string, string> },
): Promise<void> {
  const words = rest.split(' ')
  const stage = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter((word) => !word.startsWith('--'))
  const target = join(image.root, image.workdir.replace(/^(?!\/)/, '/'), '.')
  const to = paths.at(-1) ?? ''
  const base = stage === undefined ? context : stages.get(stage)
  if (base === undefined) throw new Error(`no such stage: ${stage}`)
  for (const path of paths.slice(0, -1)) {
    const destination = to.startsWith('/') ? join(image.root, to) : join(target, to)
    const isFolder = to.endsWith('/')
    await cp(join(base, path), isFolder ? join(destination, basename(path)) : destination, {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
}

async function readSteps(path: string): Promise<[string, string][]> {
  const text = (await readFile(path, 'utf8')).replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, '')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const space = line.indexOf(' ')
    return [line.slice(0, space), line.slice(space + 1)]
  })
}
