/**
 * Version of the rules in line.ts and clean-lines.ts, which decide what a line means: part of the build id as the SQL
 * is. To be raised with every change of these rules.
 */
export const SCAN_VERSION = 4
