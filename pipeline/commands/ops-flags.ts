/** Flags of the commands that go on and have a port of operations. */
import { assertFlag, type Option } from './command.ts'

/** Where operators ask. */
export interface OpsFlags {
  opsPort: string
  opsHost: string
}

/** Makes the options of {@link OpsFlags}. */
export function createOpsOptions(port: number) {
  return {
    'ops-port': {
      type: 'string',
      default: String(port),
      describe: "TCP port of /livez, /readyz and /metrics, or 'off'",
    },
    'ops-host': {
      type: 'string',
      default: '127.0.0.1',
      describe: 'address of the operations port',
    },
  } as const satisfies Record<string, Option>
}

/** @throws {PipelineError} With exit code 2, if there is no such port. */
export function checkOpsFlags({ opsPort }: OpsFlags): void {
  assertFlag(readPort(opsPort) !== undefined, 'ops-port', "'off' or from 0 to 65535")
}

/** Where to listen; port null = nowhere. */
export function readOpsFlags({ opsPort, opsHost }: OpsFlags): {
  readonly port: number | null
  readonly host: string
} {
  return { port: readPort(opsPort) ?? null, host: opsHost }
}

/** Null = off; undefined = no port. */
function readPort(text: string): number | null | undefined {
  if (text === 'off') return null
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined
}
