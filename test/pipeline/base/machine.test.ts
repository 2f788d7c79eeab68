import { describe, expect, it } from 'vitest'
import { findMemoryLimit, findThreads, type Machine } from '../../../pipeline/base/machine.ts'

const NO_LIMIT_V1 = '9223372036854771712\n'

function machine(files: Record<string, string>, rest: Partial<Machine> = {}): Machine {
  const readText = (path: string) => files[path] ?? null
  return { availableBytes: 10e9, processors: 8, readText, ...rest }
}

/** A container of version 2 with a name space of its own. */
const VERSION_2 = {
  '/proc/self/cgroup': '0::/\n',
  '/sys/fs/cgroup/memory.max': '256000000\n',
  '/sys/fs/cgroup/cpu.max': '150000 100000\n',
}

/** A container of version 1, whose path is that of the host: only the root of each tree is there. */
const VERSION_1 = {
  '/proc/self/cgroup': '9:cpu,cpuacct:/docker/a\n4:memory:/docker/a\n0::/docker/a\n',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes': '512000000\n',
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '400000\n',
  '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
}

/** A service of systemd: the limit is that of a group further up. */
const NESTED = {
  '/proc/self/cgroup': '0::/system.slice/pools.service\n',
  '/sys/fs/cgroup/system.slice/pools.service/memory.max': 'max\n',
  '/sys/fs/cgroup/system.slice/pools.service/cpu.max': 'max 100000\n',
  '/sys/fs/cgroup/system.slice/memory.max': '1000000000\n',
  '/sys/fs/cgroup/system.slice/cpu.max': '300000 100000\n',
}

const UNLIMITED = {
  '/proc/self/cgroup': '4:memory:/a\n1:cpu:/\n0::/\n',
  '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': NO_LIMIT_V1,
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
  '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
}

describe('findMemoryLimit', () => {
  it.each([
    ['a container, version 2', VERSION_2, '204MB'],
    ['a container, version 1', VERSION_1, '409MB'],
    ['a group further up', NESTED, '800MB'],
    ['no limit: 80 % of what is available', UNLIMITED, '8000MB'],
    ['no control groups', {}, '8000MB'],
  ])('heeds %s', (_, files, limit) => {
    expect(findMemoryLimit(machine(files))).toBe(limit)
  })

  it('takes what the machine has left, if that is less than the limit', () => {
    expect(findMemoryLimit(machine(VERSION_2, { availableBytes: 100e6 }))).toBe('80MB')
  })
})

describe('findThreads', () => {
  it.each([
    // 204 MB are enough for two.
    ['one and a half processors, rounded up', VERSION_2, 2],
    ['the quota of version 1', VERSION_1, 4],
    ['a group further up', NESTED, 3],
    ['no quota', UNLIMITED, 8],
    ['no control groups', {}, 8],
  ])('heeds %s', (_, files, threads) => {
    expect(findThreads(machine(files))).toBe(threads)
  })

  it('is one at least, also where memory is short', () => {
    expect(findThreads(machine({}, { availableBytes: 50e6 }))).toBe(1)
  })
})
