/** What a reader has applied last. */
export interface Applied {
  readonly epoch: string
  readonly n: number
  /** Of the change.json that was applied last; of the build's manifest.json if n is 0. */
  readonly sha256: string
}
