import { describe, expect, it } from 'vitest'
import { readForwarded } from '../../../server/http/forwarded.ts'

describe('readForwarded', () => {
  it.each([
    [{ 'x-forwarded-proto': 'HTTPS' }, 'https', undefined],
    [
      { 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'a.example, b' },
      'https',
      'a.example',
    ],
    [{ forwarded: 'proto=https;host=a.example' }, 'https', 'a.example'],
    [
      { forwarded: 'for="[2001:db8::1]"; Host="a.example:8443";Proto=HTTPS' },
      'https',
      'a.example:8443',
    ],
    [{ forwarded: 'host=a.example, host=b.example;proto=https' }, undefined, 'a.example'],
    [{ forwarded: 'host="a.ex\\ample"' }, undefined, 'a.example'],
    [{ forwarded: 'nonsense' }, undefined, undefined],
    // A proxy that sets only the former passes on what a visitor wrote into the latter.
    [{ 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' }, 'https', undefined],
    [{ 'x-forwarded-proto': '' }, undefined, undefined],
    [{}, undefined, undefined],
  ])('reads %j', (headers, proto, host) => {
    expect(readForwarded(headers)).toEqual({ proto, host })
  })
})
