/** Compiles the program once, before tests start it or threads of it: from its sources, each start takes seconds. */
import { compile, isOutdated } from '../../scripts/compile.mjs'

export async function setup() {
  if (isOutdated()) await compile()
}
