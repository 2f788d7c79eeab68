/** The numbers of click ids that both the settings and what gives the ids need; events/click-ids.ts says what they mean. */
import { BLOCK_SIZE } from '../../contract/click-id-blocks.ts'
import { DATASETS } from '../../contract/schema.ts'

/** What `--first-click-id` is a multiple of: one block of each dataset. */
export const CLICK_ID_STEP = BLOCK_SIZE * DATASETS.length

/** Ids of logs that were there before are hardly ever as great. */
export const FIRST_CLICK_ID = 2 ** 52
