/** A real Prometheus, with the rules of deploy/monitoring in fast motion. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/lib/ports.ts'

/** The last seconds that count where the rules look at minutes or an hour. */
const RANGE = '5s'
const PATIENCE_MS = 60_000
const RULES = new URL('../../deploy/monitoring/rules.yaml', import.meta.url)

/** An alert that is on. */
interface Alert {
  readonly name: string
  readonly instance: string
  readonly summary: string
}

/** What it found. */
export interface Prometheus {
  /** The alerts that fire now. */
  firing(): Promise<Alert[]>
  /** Waits until an alert fires. */
  waitFor(name: string): Promise<Alert>
  /** Labels and value of each series that a query gives. */
  query(query: string): Promise<readonly (readonly [object, number])[]>
}

/**
 * Rules that wait for seconds where the real ones wait for minutes. What they compare is left as it is, but for the time an
 * answer may take: nothing slows a good server down so much.
 */
function inFastMotion(rules: string): string {
  return rules
    .replace(/^ +for: .*\n/gm, '')
    .replace(/\[\d+[mh]\]/g, `[${RANGE}]`)
    .replace('what="denylist"}) > 120', 'what="denylist"}) > 4')
    .replaceAll('le="0.001"', 'le="0.00001"')
}

/** Runs `fn` beside a Prometheus that asks these addresses each second. */
export async function withPrometheus(
  folder: string,
  targets: Readonly<Record<string, string>>,
  fn: (prometheus: Prometheus) => Promise<void>,
): Promise<void> {
  await writeFile(join(folder, 'rules.yaml'), inFastMotion(await readFile(RULES, 'utf8')))
  await writeFile(join(folder, 'prometheus.yml'), describe(targets))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const ended = once(child, 'close')
  try {
    await waitUntilReady(url, child)
    await fn(createClient(url))
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

function describe(targets: Readonly<Record<string, string>>): string {
  const jobs = Object.entries(targets).map(
    ([name, target]) =>
      `  - job_name: banner-pools-${name}\n    static_configs: [{ targets: ["${target}"], labels: { instance: ${name} } }]\n`,
  )
  return `global: { scrape_interval: 1s, evaluation_interval: 1s }\nrule_files: [rules.yaml]\nscrape_configs:\n${jobs.join('')}`
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  const startMs = performance.now()
  while (performance.now() - startMs < PATIENCE_MS) {
    if (child.exitCode !== null) throw new Error('Prometheus ended')
    const answer = await fetch(`${url}/-/ready`).catch(() => null)
    if (answer?.ok === true) return
    await sleep(100)
  }
  throw new Error('Prometheus is not ready')
}

function createClient(url: string): Prometheus {
  const ask = async (path: string) => {
    const answer = await fetch(`${url}/api/v1/${path}`)
    const { data, error } = (await answer.json()) as { data: never; error?: string }
    if (error !== undefined) throw new Error(`${path}: ${error}`)
    return data as { alerts: RawAlert[]; result: RawSeries[] }
  }
  const firing = async () => {
    const { alerts } = await ask('alerts')
    return alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels, annotations }) => ({
        ...{ name: labels.alertname, instance: labels.instance ?? '' },
        summary: annotations.summary,
      }))
  }
  return {
    firing,
    async waitFor(name) {
      const startMs = performance.now()
      for (;;) {
        const alerts = await firing()
        const alert = alerts.find((each) => each.name === name)
        if (alert !== undefined) return alert
        if (performance.now() - startMs > PATIENCE_MS) {
          throw new Error(`${name} does not fire; ${alerts.map((each) => each.name)} do`)
        }
        await sleep(250)
      }
    },
    async query(query) {
      const { result } = await ask(`query?query=${encodeURIComponent(query)}`)
      return result.map(({ metric, value }) => [metric, Number(value[1])] as const)
    },
  }
}

interface RawAlert {
  readonly state: string
  readonly labels: { readonly alertname: string; readonly instance?: string }
  readonly annotations: { readonly summary: string }
}

interface RawSeries {
  readonly metric: object
  readonly value: readonly [number, string]
}
