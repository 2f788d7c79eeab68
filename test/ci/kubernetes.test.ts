/** The chart of deploy/kubernetes, by helm, by the schemas of Kubernetes, and by the programs that its containers run. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'
import { runPools } from '../../pipeline/cli.ts'
import { readFlags } from '../../server/flags.ts'
import { readSettings } from '../../server/settings.ts'
import { withFolder } from '../helpers/folders.ts'

const run = promisify(execFile)
const CHART = join(import.meta.dirname, '../../deploy/kubernetes/banner-pools')
const RELEASE = ['template', 'shop', CHART, '--kube-version', '1.31.0']
const COLLECT = ['collect.enabled=true', 'collect.secret=keys', 'server.replicas=1']
const FOLLOW = ['follow.enabled=true', 'batch.enabled=false']
/** Kinds that Kubernetes does not know by itself. */
const OPERATOR = ['ServiceMonitor', 'PrometheusRule']

type Labels = Readonly<Record<string, string>>

/** What of a resource the tests look at. */
interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Labels }
  // biome-ignore lint/suspicious/noExplicitAny: the schemas of Kubernetes say what it is
  readonly spec: any
}

async function render(...values: string[]): Promise<Resource[]> {
  const sets = values.flatMap((value) => ['--set', value])
  const { stdout } = await run('helm', [...RELEASE, ...sets])
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Resource | null)
    .filter((resource) => resource !== null)
}

/** The template of the pods that a resource starts. */
function podsOf({ kind, spec }: Resource): Resource | null {
  if (kind === 'Deployment') return spec.template
  return kind === 'CronJob' ? spec.jobTemplate.spec.template : null
}

function isSelected(labels: Labels, selector: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value)
}

const VARIANTS: readonly (readonly string[])[] = [
  [],
  ['scan.enabled=true', 'scan.shards=8', 'scan.parallelism=3', 'scan.flags={--follow-links}'],
  COLLECT,
  FOLLOW,
  [...COLLECT, ...FOLLOW, 'server.explorer=true', 'follow.window=0'],
  ['batch.enabled=false', 'server.trustProxy=false', 'server.publicUrl=https://ads.example'],
  ['logs.claim=mine', 'artifacts.claim=ours', 'networkPolicy.enabled=false'],
  ['podDisruptionBudget.enabled=false', 'server.service.type=LoadBalancer', 'server.workers=4'],
  ['monitoring.serviceMonitor=true', 'monitoring.rules=true', 'monitoring.labels.release=prom'],
  [`image.digest=sha256:${'a'.repeat(64)}`, 'image.pullSecrets[0].name=registry'],
  ['networkPolicy.from[0].podSelector.matchLabels.app=ingress', 'artifacts.storageClass=nfs'],
]

describe('the chart of deploy/kubernetes', () => {
  it('has nothing that helm complains of', async () => {
    await run('helm', ['lint', '--strict', CHART])
  })

  it.each(VARIANTS.map((values) => [values.join(' ') || 'nothing', values] as const))(
    'gives resources that Kubernetes takes, with %s set',
    async (_, values) => {
      const resources = await render(...values)
      const core = resources.filter(({ kind }) => !OPERATOR.includes(kind))
      await withFolder(async (folder) => {
        const path = join(folder, 'resources.yaml')
        await writeFile(path, core.map((each) => `---\n${stringify(each)}`).join(''))
        const words = ['--strict', '--no-warn', '-k', '1.31', path]
        const { stderr, stdout } = await run('kubernetes-validate', words)
        expect(`${stdout}${stderr}`.match(/ passed for /g)).toHaveLength(core.length)
      })
    },
  )

  it.each(VARIANTS.map((values) => [values.join(' ') || 'nothing', values] as const))(
    'selects the pods that it starts, with %s set',
    async (_, values) => {
      const resources = await render(...values)
      const pods = resources.map(podsOf).filter((pod) => pod !== null)
      for (const resource of resources) {
        const { kind, spec } = resource
        const own = podsOf(resource)
        if (kind === 'Service') {
          const found = pods.filter(({ metadata }) => isSelected(metadata.labels, spec.selector))
          const ports = found.flatMap((pod) => pod.spec.containers.flatMap(namesOfPorts))
          expect(found).toHaveLength(1)
          for (const { targetPort } of spec.ports) expect(ports).toContain(targetPort)
        }
        if (kind === 'Deployment') {
          expect(isSelected(own?.metadata.labels ?? {}, spec.selector.matchLabels)).toBe(true)
        }
        if (kind === 'PodDisruptionBudget') {
          const labels = pods.map(({ metadata }) => metadata.labels)
          expect(labels.filter((each) => isSelected(each, spec.selector.matchLabels))).toHaveLength(
            1,
          )
        }
      }
    },
  )

  it.each(VARIANTS.map((values) => [values.join(' ') || 'nothing', values] as const))(
    'starts programs with flags that they have, with %s set',
    async (_, values) => {
      const resources = await render(...values)
      for (const pod of resources.map(podsOf).filter((each) => each !== null)) {
        const [name, ...words]: string[] = pod.spec.containers[0].args
        if (name === 'serve') {
          const line = readFlags(words, 'serve')
          expect(line).toHaveProperty('flags')
          if ('flags' in line) expect(readSettings(line.flags, {}).port).toBe(8080)
          continue
        }
        const stderr = await refuse(words)
        expect(stderr).toMatch(/^pools: --(keep|change-every|threads) must be /)
      }
    },
  )

  it('has a monitor that finds the metrics of each program, and the rules of deploy/monitoring', async () => {
    const on = ['monitoring.serviceMonitor=true', 'monitoring.rules=true']
    const resources = await render(...on, ...FOLLOW)
    const monitor = resources.find(({ kind }) => kind === 'ServiceMonitor')
    const rules = resources.find(({ kind }) => kind === 'PrometheusRule')
    const { selector, endpoints } = SERVICE_MONITOR.parse(monitor?.spec)
    const services = resources.filter(
      ({ kind, metadata }) =>
        kind === 'Service' && isSelected(metadata.labels, selector.matchLabels),
    )

    expect(services.map(({ metadata }) => metadata.name)).toEqual([
      'shop-banner-pools-follow-ops',
      'shop-banner-pools-ops',
    ])
    for (const { spec } of services) {
      expect(spec.ports.map(({ name }: { name: string }) => name)).toContain(endpoints[0]?.port)
    }
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'rules.yaml'), stringify(rules?.spec))
      await run('promtool', ['check', 'rules', join(folder, 'rules.yaml')])
    })
  })

  it('lets no container write its root, gain rights or hold a token', async () => {
    for (const pod of (await render(...FOLLOW)).map(podsOf).filter((each) => each !== null)) {
      expect(pod.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      })
      expect(pod.spec.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    }
  })

  it.each([
    ['collect.enabled=true', 'collect needs server.replicas=1'],
    ['collect.enabled=true,server.replicas=1', 'collect needs collect.secret'],
    ['scan.enabled=true,batch.enabled=false', 'scan is for the batch job'],
    ['follow.enabled=true', 'batch and follow exclude each other'],
    ['server.replica=3', "additional properties 'replica' not allowed"],
    ['batch.schedule=hourly', "'/batch/schedule'"],
  ])('refuses %s in words', async (values, words) => {
    await expect(render(values)).rejects.toThrow(words)
  })
})

/** What `pools` says of a command line that is right but for the value of one more flag: no folder is looked at. */
async function refuse(words: readonly string[]): Promise<string> {
  const wrong =
    words[0] === 'follow'
      ? ['--change-every', '0']
      : words[0] === 'scan'
        ? ['--threads', '0']
        : ['--keep', '0']
  let stderr = ''
  const code = await runPools({
    ...{ argv: [...words, ...wrong], name: 'pools', environment: {} },
    stdout: { write: () => true },
    stderr: { write: (text) => (stderr += text) },
    untilStopped: () => AbortSignal.abort(),
  })
  expect(code).toBe(2)
  return stderr
}

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor, what of it is used */
const SERVICE_MONITOR = z.strictObject({
  jobLabel: z.string(),
  selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
  endpoints: z.array(
    z.strictObject({ port: z.string(), path: z.string(), interval: z.string().regex(/^\d+[sm]$/) }),
  ),
})

function namesOfPorts({ ports = [] }: { ports?: readonly { name: string }[] }): string[] {
  return ports.map(({ name }) => name)
}
