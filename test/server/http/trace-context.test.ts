import { describe, expect, it } from 'vitest'
import { readTrace } from '../../../server/http/trace-context.ts'

// The examples of https://www.w3.org/TR/trace-context/
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('readTrace', () => {
  it('reads the ids of the trace and of the caller', () => {
    expect(readTrace(`00-${TRACE}-${SPAN}-01`)).toEqual({ trace_id: TRACE, span_id: SPAN })
  })

  it('reads what it knows of a later version', () => {
    expect(readTrace(`cc-${TRACE}-${SPAN}-01-what-comes`)).toEqual({
      trace_id: TRACE,
      span_id: SPAN,
    })
  })

  it.each([
    [undefined],
    [''],
    [`ff-${TRACE}-${SPAN}-01`],
    [`00-${'0'.repeat(32)}-${SPAN}-01`],
    [`00-${TRACE}-${'0'.repeat(16)}-01`],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`],
    [`00-${TRACE}-${SPAN}`],
    [`00-${TRACE}-${SPAN}-01\n{"event":"forged"}`],
    [[`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`]],
  ])('takes nothing from %j', (header) => {
    expect(readTrace(header)).toEqual({})
  })
})
