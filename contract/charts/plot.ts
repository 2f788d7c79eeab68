/** The library of the charts and the document that it draws into; the compiled program has both in this one file. */
import {
  areaY,
  barX,
  barY,
  dot,
  lineY,
  link,
  plot,
  ruleX,
  ruleY,
  text,
  tickX,
} from '@observablehq/plot'
import { parseHTML } from 'linkedom/worker'

export type { PlotOptions } from '@observablehq/plot'

/** The marks that are in use: maps, trees and the like are left out of the compiled program. */
export const Plot = { areaY, barX, barY, dot, lineY, link, plot, ruleX, ruleY, text, tickX }

export { parseHTML }
