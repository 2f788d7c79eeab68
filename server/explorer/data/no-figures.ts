/**
 * Why there are no figures.
 *
 * | code | meaning |
 * |---|---|
 * | `unusable` | the file is missing, or is not what the manifest says, or could not be read: it is logged why |
 * | `reading` | it takes longer than a page should: ask again |
 * | `slow` | it took so long that it was given up: it is logged |
 * | `busy` | too many others are asking |
 */
export type NoFigures = 'unusable' | 'reading' | 'slow' | 'busy'
