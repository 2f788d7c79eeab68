import type { Evaluation } from '../../contract/evaluation.ts'
import { html } from '../../contract/html.ts'
import { evaluationPart } from './evaluation-part.ts'
import { renderPage } from './frame.ts'

/** Renders `evaluation.html`: the part of the report, for a build that is evaluated after it was made. */
export function renderEvaluation(buildId: string, evaluation: Evaluation): string {
  return renderPage(
    `evaluation of build ${buildId}`,
    html`<header>
<h1>Banner pools, evaluation of build <code>${buildId}</code></h1>
</header>
<main>
${evaluationPart(evaluation)}</main>`,
  )
}
