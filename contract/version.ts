/** Version of this program, as in package.json: a test holds the two together, so that nothing is read at the start. */
export const PROGRAM_VERSION = '0.2.0'
