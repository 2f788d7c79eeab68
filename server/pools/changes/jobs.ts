/** What the thread of {@link file://./reader.ts} does: it reads changes, and hands over their arrays. */
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { type ChainPlace, readChain } from './read-chain.ts'

/** Reads what comes next, as {@link readChain}. */
export async function readNext(place: ChainPlace): Promise<unknown> {
  const chain = await readChain(place)
  const buffers = chain.links.flatMap(({ change }) =>
    Object.values(change)
      .filter((value) => ArrayBuffer.isView(value))
      .map((array) => array.buffer as ArrayBuffer),
  )
  return move({
    get [transferableSymbol]() {
      return [...new Set(buffers)]
    },
    get [valueSymbol]() {
      return chain
    },
  })
}

/** Does nothing: whoever asks wants the thread to be there. */
export function getReady(): void {}
