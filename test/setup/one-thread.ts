/**
 * Builds of tests take one thread, not two: Vitest has a worker for each core already, and threads that wait for each
 * other cost a fifth. In full size they take as many as anybody's.
 */
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { isFullSize } from '../helpers/size.ts'

if (!isFullSize) Object.assign(BUILD_DEFAULTS, { threads: 1 })
