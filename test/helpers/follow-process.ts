/** Followers as processes of their own, which can be killed. */
import { PROGRAMS } from '../../scripts/lib/programs.ts'
import { type ProgramProcess, spawnProgram } from './program-process.ts'

/** A follower, running. */
export type FollowerProcess = ProgramProcess

/** Starts `pools follow`. */
export function spawnFollower(
  input: string,
  out: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): FollowerProcess {
  const own = ['follow', '--input', input, '--out', out, '--ops-port', 'off', '--threads', '1']
  return spawnProgram([PROGRAMS.pools, ...own, ...flags], env)
}
