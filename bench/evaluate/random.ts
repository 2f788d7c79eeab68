/** Random numbers of a seed, drawn as the simulated worlds need them. */

/** A stream of random numbers that is the same for the same seed. */
export interface Random {
  /** In [0, 1). */
  readonly uniform: () => number
  /** Mean 0, standard deviation 1. */
  readonly normal: () => number
  readonly poisson: (mean: number) => number
}

/** Factors of a product of uniform numbers stay above the least double up to such a mean. */
const MAX_MEAN = 500

/** Makes a stream: sfc32 of four words that the seed fills by splitmix32. */
export function createRandom(seed: number): Random {
  const uniform = createUniform(seed)
  return {
    uniform,
    // Box and Muller.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    poisson: (mean) => drawPoisson(mean, uniform),
  }
}

function createUniform(seed: number): () => number {
  let state = seed | 0
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
  let [a, b, c, counter] = [next(), next(), next(), 1]
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
}

/** Counts the factors until their product is below e^−mean: Knuth. */
function drawPoisson(mean: number, uniform: () => number): number {
  if (mean > MAX_MEAN) return drawPoisson(mean / 2, uniform) + drawPoisson(mean / 2, uniform)
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = uniform(); product > limit; product *= uniform()) count += 1
  return count
}
