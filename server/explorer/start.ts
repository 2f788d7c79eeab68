/** The explorer with its thread: what a process that serves starts and stops. */
import { createDetails } from './data/details.ts'
import { createExplorer } from './explorer.ts'
import type { ExplorerOptions } from './page-context.ts'
import { createExplorerRoutes, type ExplorerRoutes } from './routes.ts'

/** An explorer that runs. */
export interface RunningExplorer {
  readonly routes: ExplorerRoutes
  /** Ends its thread. */
  readonly stop: () => Promise<void>
}

/** What it needs. */
export interface StartOptions extends Omit<ExplorerOptions, 'details'> {
  /** Called with why there are no figures, once for each reason in turn. */
  readonly report: (fault: string) => void
}

/** Starts an explorer. */
export function startExplorer({ report, ...options }: StartOptions): RunningExplorer {
  const details = createDetails(report)
  const routes = createExplorerRoutes(createExplorer({ ...options, details }))
  return { routes, stop: details.stop }
}
