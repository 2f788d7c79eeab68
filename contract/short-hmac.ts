/**
 * HMAC-SHA256 of messages that fit one block of SHA-256, for the hot path: two compressions, where `node:crypto` makes and
 * drops three objects and takes five times as long (docs/decisions/0291). Only what is signed goes through here: whoever
 * checks a signature uses `node:crypto`, so that each event compares the two.
 *
 * @see https://csrc.nist.gov/pubs/fips/180-4/upd1/final
 * @see https://www.rfc-editor.org/rfc/rfc2104
 */

/** Bytes of a message: a block, less the mark of its end and its length. */
const MAX_BYTES = 55
const BLOCK_BYTES = 64
const BLOCK_BITS = 512
const DIGEST_WORDS = 8
/** Message words of a block; the rest of the schedule follows from them. */
const BLOCK_WORDS = 16
const ROUNDS = 64
const END_MARK = 0x80
const INNER_PAD = 0x36
const OUTER_PAD = 0x5c

/** Signs the first `length` bytes of `message`, and writes `macBytes` of the code behind them. */
export type Signer = (message: Buffer, length: number, macBytes: number) => void

/**
 * Makes a signer.
 *
 * @param key - At most 64 bytes.
 * @throws {RangeError} If the key is longer; or, of the signer, if the message is longer than 55 bytes.
 */
export function createSigner(key: Uint8Array): Signer {
  if (key.length > BLOCK_BYTES) throw new RangeError('a key has at most 64 bytes')
  const inner = startWith(key, INNER_PAD)
  const outer = startWith(key, OUTER_PAD)
  const state = new Int32Array(DIGEST_WORDS)
  const words = new Int32Array(ROUNDS)
  return (message, length, macBytes) => {
    if (length > MAX_BYTES) throw new RangeError('a message has at most 55 bytes')
    readMessage(message, length, words)
    state.set(inner)
    compress(state, words)
    for (let i = 0; i < DIGEST_WORDS; i++) {
      words[i] = state[i] as number
      state[i] = outer[i] as number
    }
    endBlock(words, DIGEST_WORDS, END_MARK << 24, BLOCK_BITS + 32 * DIGEST_WORDS)
    compress(state, words)
    for (let i = 0; i < macBytes / 4; i++) {
      writeWord(message, state[i] as number, length + 4 * i)
    }
  }
}

/** First 32 bits of the fractions of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS = Int32Array.from(firstPrimes(ROUNDS), (prime) =>
  fractionOf(Math.cbrt(prime)),
)

/** First 32 bits of the fractions of the square roots of the first 8 primes. */
const INITIAL = Int32Array.from(firstPrimes(DIGEST_WORDS), (prime) => fractionOf(Math.sqrt(prime)))

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  }
  return primes
}

function fractionOf(root: number): number {
  return Math.floor((root % 1) * 2 ** 32) | 0
}

/** The state after the first block, which is the padded key. */
function startWith(key: Uint8Array, pad: number): Int32Array {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.set(key)
  for (let i = 0; i < BLOCK_BYTES; i++) block[i] = (block[i] ?? 0) ^ pad
  const words = new Int32Array(ROUNDS)
  readWords(block, BLOCK_WORDS, words)
  const state = Int32Array.from(INITIAL)
  compress(state, words)
  return state
}

function readWords(block: Uint8Array, count: number, words: Int32Array): void {
  for (let i = 0; i < count; i++) {
    const at = 4 * i
    words[i] =
      ((block[at] as number) << 24) |
      ((block[at + 1] as number) << 16) |
      ((block[at + 2] as number) << 8) |
      (block[at + 3] as number)
  }
}

/** The second block: the message after the padded key. */
function readMessage(message: Uint8Array, length: number, words: Int32Array): void {
  const whole = length >>> 2
  readWords(message, whole, words)
  let last = END_MARK << (8 * (3 - (length & 3)))
  for (let i = 4 * whole; i < length; i++) last |= (message[i] as number) << (8 * (3 - (i & 3)))
  endBlock(words, whole, last, BLOCK_BITS + 8 * length)
}

/** Ends what is signed: the word with the mark of its end, zeros, its length in bits. */
function endBlock(words: Int32Array, place: number, marked: number, bits: number): void {
  words[place] = marked
  for (let i = place + 1; i < BLOCK_WORDS - 1; i++) words[i] = 0
  words[BLOCK_WORDS - 1] = bits
}

/** Writes 32 bits, the highest first. `writeInt32BE` checks its arguments, which takes as long as eight rounds. */
export function writeWord(bytes: Uint8Array, word: number, at: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}

/** Two at a time: what is cut to 32 bits after each step never leaves the registers for whole numbers. */
function sum(a: number, b: number): number {
  return (a + b) | 0
}

/** Names are those of the standard, section 6.2.2. */
function compress(state: Int32Array, w: Int32Array): void {
  for (let i = BLOCK_WORDS; i < ROUNDS; i++) {
    const x = w[i - 15] as number
    const y = w[i - 2] as number
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[i] = (sum(w[i - 16] as number, s0) + sum(w[i - 7] as number, s1)) | 0
  }
  // By index: taking a typed array apart by a pattern costs as much as ten rounds.
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  let e = state[4] as number
  let f = state[5] as number
  let g = state[6] as number
  let h = state[7] as number
  for (let i = 0; i < ROUNDS; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const chosen = g ^ (e & (f ^ g))
    const t1 = sum(sum(sum(h, s1), chosen), sum(ROUND_CONSTANTS[i] as number, w[i] as number))
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const majority = (a & b) | (c & (a | b))
    const t2 = (s0 + majority) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0] = (state[0] as number) + a
  state[1] = (state[1] as number) + b
  state[2] = (state[2] as number) + c
  state[3] = (state[3] as number) + d
  state[4] = (state[4] as number) + e
  state[5] = (state[5] as number) + f
  state[6] = (state[6] as number) + g
  state[7] = (state[7] as number) + h
}
