import { describe, expect, it } from 'vitest'
import { explainLack, PipelineError } from '../../../pipeline/base/errors.ts'

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'open', path: '/tmp/x' })
}

describe('explainLack', () => {
  it.each([
    ['EMFILE', 'too many open files, raise the limit (ulimit -n) (EMFILE): /tmp/x'],
    ['ENOSPC', 'disk full, free some space (ENOSPC): /tmp/x'],
    ['EROFS', 'the file system is read-only (EROFS): /tmp/x'],
  ])('says in one line what is lacking: %s', (code, message) => {
    const error = explainLack(systemError(code))

    expect(error).toBeInstanceOf(PipelineError)
    expect(error).toMatchObject({ message, exitCode: 1 })
  })

  it.each([systemError('ENOENT'), new Error('a bug'), 'text'])(
    'leaves others as they are: %s',
    (error) => {
      expect(explainLack(error)).toBe(error)
    },
  )
})
