/** The rules of the workflow; actionlint, in `.ci/run`, checks the rest. */
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Job {
  readonly needs?: string | readonly string[]
  readonly environment?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } }
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[]
}

const WORKFLOW = new URL('../../../.github/workflows/ci.yml', import.meta.url)

let text = ''
let workflow: { permissions: object; jobs: Readonly<Record<string, Job>> }
beforeAll(async () => {
  text = await readFile(WORKFLOW, 'utf8')
  workflow = parse(text, { merge: true })
})

describe('.github/workflows/ci.yml', () => {
  it('pins every action by commit, and says which version that is', () => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action = '']) => action)

    expect(uses.length).toBeGreaterThan(8)
    for (const action of uses)
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+\.\d+)?$/)
  })

  it('may read the sources and nothing else, but where a job says so', () => {
    const more = Object.entries(workflow.jobs).filter(
      ([, { permissions }]) => permissions !== undefined,
    )

    expect(workflow.permissions).toEqual({ contents: 'read' })
    expect(more.map(([name]) => name)).toEqual(['image', 'release', 'publish', 'deploy'])
    expect(workflow.jobs.deploy?.permissions).toEqual({
      contents: 'read',
      'id-token': 'write',
      attestations: 'read',
    })
  })

  it('tests on every version of Node that is supported', () => {
    expect(workflow.jobs.test?.strategy?.matrix.node).toEqual([20.19, 22, 24, 26])
  })

  it('releases what passed everything, and deploys what was released and approved', () => {
    const proofs = Object.keys(workflow.jobs).filter(
      (name) => !['release', 'publish', 'deploy'].includes(name),
    )

    expect(workflow.jobs.release?.needs).toEqual(proofs)
    expect(workflow.jobs.deploy).toMatchObject({ needs: 'release', environment: 'production' })
  })

  it('publishes to npm what was packed, tried and released, without a token', () => {
    const publish = workflow.jobs.publish
    const commands = publish?.steps.flatMap(({ run }) => run ?? [])

    expect(publish).toMatchObject({ needs: 'release', environment: 'npm' })
    expect(publish?.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(commands).toEqual(['npm publish --provenance --access public dist/banner-pools-*.tgz'])
    expect(text).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/)
  })

  it('ends every job in time', () => {
    for (const job of Object.values(workflow.jobs)) {
      expect(job['timeout-minutes']).toBeGreaterThan(0)
    }
  })
})
