/** Pages as answers. */
import type { Answer } from '../base/answer.ts'
import type { PageRequest } from './page-context.ts'
import { renderFailure } from './pages/failure.tsx'
import { pageHeaders } from './policy.ts'

/** Answers with a page. */
export function answerPage(
  { links }: Pick<PageRequest, 'links'>,
  status: number,
  body: string,
): Answer {
  return { status, headers: pageHeaders(links), body }
}

/** Answers with a page that says what is wrong. */
export function fail(
  { root, links }: Pick<PageRequest, 'root' | 'links'>,
  status: number,
  title: string,
  advice: string,
): Answer {
  return answerPage({ links }, status, renderFailure({ root, title, advice }))
}

/** A sentence of a fault that programs are told. */
export function asAdvice(fault: string): string {
  return `The ${fault}.`
}
