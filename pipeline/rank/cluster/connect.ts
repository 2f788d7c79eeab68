/** From the command line's words to a cluster. */
import { PipelineError } from '../../base/errors.ts'
import type { Cluster, ClusterEngine } from './cluster.ts'
import type { ClusterPlace } from './ranker.ts'
import { s3Location } from './s3-location.ts'
import type { TrinoOptions } from './trino.ts'
import { folderLocation } from './work-location.ts'

/** What the flags of cluster-flags.ts come to. */
export interface ClusterSettings {
  readonly engine: ClusterEngine
  readonly catalog: string
  readonly workLocation: string
  readonly workFolder: string | undefined
  readonly keepWork: boolean
  /** Seconds. */
  readonly queryTimeout: number
  readonly trinoUrl: string | undefined
  readonly trinoUser: string
  readonly trinoCa: string | undefined
  /** `name=value` */
  readonly session: readonly string[]
  readonly workgroup: string
}

/** What comes from outside the command line. */
export interface ClusterContext {
  /** Holds `TRINO_PASSWORD` or `TRINO_TOKEN`: flags stand in the list of processes. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Gives the signal that interrupts the build; called once there is something to interrupt. */
  readonly untilStopped: () => AbortSignal
}

/**
 * Finds the cluster that the settings name; nothing is sent yet.
 *
 * @throws {PipelineError} If the secrets do not fit the address.
 */
export async function connectCluster(
  settings: ClusterSettings,
  context: ClusterContext,
): Promise<ClusterPlace> {
  const { engine, catalog, workLocation, workFolder, keepWork } = settings
  return {
    engine,
    catalog,
    workLocation,
    keepWork,
    location: workFolder === undefined ? s3Location(workLocation) : folderLocation(workFolder),
    connect:
      engine === 'trino'
        ? await openTrino(settings, context)
        : await openAthena(settings, context.untilStopped),
  }
}

/** Makes a connection with a work schema as the default one. */
type Connect = (schema: string) => Cluster

// Each client is a package of its own, which need not be installed.
async function openTrino(settings: ClusterSettings, context: ClusterContext): Promise<Connect> {
  const { catalog, queryTimeout } = settings
  const login = findLogin(settings, context)
  const { createTrino } = await import('./trino.ts')
  return (schema) =>
    createTrino({ ...login, catalog, schema, queryTimeout, signal: context.untilStopped() })
}

async function openAthena(
  { catalog, queryTimeout, workgroup, workLocation }: ClusterSettings,
  untilStopped: () => AbortSignal,
): Promise<Connect> {
  const { createAthena } = await import('./athena.ts')
  return (schema) => {
    const outputLocation = `${workLocation}/${schema}/results/`
    const signal = untilStopped()
    return createAthena({ workgroup, catalog, schema, outputLocation, queryTimeout, signal })
  }
}

type Login = Pick<TrinoOptions, 'url' | 'user' | 'password' | 'token' | 'caFile' | 'session'>

/** A secret goes over no plain connection: whoever listens there would have it. */
function findLogin(settings: ClusterSettings, { environment }: ClusterContext): Login {
  const { trinoUrl: url = '', trinoUser: user, trinoCa: caFile, session } = settings
  const { TRINO_PASSWORD: password, TRINO_TOKEN: token } = environment
  if (password !== undefined && token !== undefined) {
    throw misuse('TRINO_PASSWORD and TRINO_TOKEN are both set, unset one')
  }
  if ((password ?? token) !== undefined && !url.startsWith('https:')) {
    throw misuse('TRINO_PASSWORD and TRINO_TOKEN need an https:// --trino-url')
  }
  return {
    url: url.replace(/\/$/, ''),
    user,
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(caFile === undefined ? {} : { caFile }),
    session: Object.fromEntries(session.map(splitProperty)),
  }
}

function splitProperty(property: string): [string, string] {
  const [name = '', value = ''] = property.split('=')
  return [name, value]
}

function misuse(message: string): PipelineError {
  return new PipelineError(message, { exitCode: 2 })
}
