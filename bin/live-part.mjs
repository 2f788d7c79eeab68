/** A process of `banner-pools live`, which ends when that one does. */
import { start } from './start.mjs'

process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// What it does keeps it alive, not the channel.
process.channel?.unref()

await start('banner-pools')
