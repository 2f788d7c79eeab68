/** Ids of a block of click ids; servers give them from blocks. */
export const BLOCK_SIZE = 65_536
