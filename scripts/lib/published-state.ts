import { formatStateId } from '../../contract/changes.ts'
import { listChanges } from '../../contract/read-changes.ts'
import { currentBuildId } from '../../pipeline/publish/current.ts'

/** Names what is published in a folder. */
export async function findState(out: string): Promise<string | null> {
  const id = await currentBuildId(out)
  return id === null ? null : formatStateId(id, (await listChanges(out, id)).at(-1) ?? 0)
}
