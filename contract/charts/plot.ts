/** The library of the charts and the document that it draws into; the compiled program has both in this one file. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom/worker'

export { Plot, parseHTML }
