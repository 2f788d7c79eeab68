/** What is a valid value of a setting: each reads a text, or says in a word what it must be. */
import { z } from 'zod'
import { parseId } from '../contract/ids.ts'
import { CLICK_ID_STEP } from './base/click-id-blocks.ts'
import { parseKafkaAddress } from './base/kafka-address.ts'
import { findSocketPath, MAX_SOCKET_PATH_BYTES } from './base/unix-socket.ts'

/** A switch in the environment: `true` or `false`. */
export const onOff = z
  .enum(['true', 'false'], { error: "must be 'true' or 'false'" })
  .transform((text) => text === 'true')

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })

/** A URL that paths are added to; without a slash at the end. */
export const baseUrl = httpUrl
  .refine((text) => !/[?#@]/.test(text), 'must have no user, query or fragment')
  .transform((text) => new URL(text).href.replace(/\/+$/, ''))

/** A URL with placeholders for the ids. */
export const clickTemplate = z
  .string()
  .refine((text) => isTemplate(text, ['campaign_id', 'banner_id', 'click_id']), {
    error:
      'must be an http or https URL; its placeholders are {campaign_id}, {banner_id} and {click_id}',
  })

/** A folder, or a URL that may have a placeholder for the id. */
export const imagesSource = z
  .string()
  .refine((text) => !isUrl(text) || isImagesUrl(text), {
    error: 'must be a folder, or an http or https URL; its placeholder is {banner_id}',
  })
  .min(1, 'must be a folder or a URL')

/** An origin, without a path. */
export const originText = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text, {
    error: 'must be an origin such as https://shop.example',
  })

/** A name without a port, in lower case. */
export const hostName = z
  .string()
  .toLowerCase()
  .regex(/^[a-z\d](?:[a-z\d._-]{0,251}[a-z\d])?$/, 'must be a host name without a port')

/** A host name, an address, or `unix:` and the path of a socket. */
export const hostOrSocket = z
  .string()
  .min(1, 'must be a host name or an address')
  .refine((text) => findSocketPath(text) !== '', "must have a path after 'unix:'")
  .refine((text) => Buffer.byteLength(findSocketPath(text) ?? '') <= MAX_SOCKET_PATH_BYTES, {
    error: `must have a path of at most ${MAX_SOCKET_PATH_BYTES} bytes after 'unix:'`,
  })

/** Permissions as `chmod` takes them. */
export const fileMode = z
  .string()
  .regex(/^0?[0-7]{3}$/, 'must be three digits from 0 to 7, such as 660')

/** A code, a sign or a short name. */
export const currencyText = z
  .string()
  .regex(/^[\p{L}\p{Sc}.]{1,12}$/u, 'must be a code or a sign such as EUR, 1 to 12 letters')

/** The id of a banner. */
export const bannerId = z
  .string()
  .refine((text) => parseId(text) !== undefined, 'must be a banner id')
  .transform(Number)

/** Click ids begin with a block of each dataset. */
export const firstClickId = z
  .string()
  .refine((text) => text === '0' || (parseId(text) ?? 1) % CLICK_ID_STEP === 0, {
    error: `must be a multiple of ${CLICK_ID_STEP} below 2^53`,
  })
  .transform(Number)

/** A whole amount of money. */
export const amount = z
  .string()
  .regex(/^\d{1,12}$/, 'must be a whole number from 0 to 999999999999')
  .transform(Number)

/** A part of all. */
export const share = z
  .string()
  .regex(/^(?:0|1|0?\.\d{1,6})$/, 'must be a number from 0 to 1, such as 0.05')
  .transform(Number)

/** Undefined: off. */
export const portOrOff = z.union(
  [z.literal('off').transform(() => undefined), wholeNumber(0, 65_535)],
  { error: "must be 'off' or a whole number from 0 to 65535" },
)

/**
 * Any text but an empty one.
 *
 * @param what - What it names, such as `a folder`.
 */
export function text(what: string) {
  return z.string().min(1, `must be ${what}`)
}

/** A folder that is collected into: where events are sent besides is another setting. */
export const collectFolder = text('a folder').refine(
  (value) => !value.startsWith('kafka:'),
  'must be a folder; --collect-to kafka://… sends what is written there',
)

/** Brokers of Kafka, with what stands before the names of topics. */
export const kafkaAddress = z
  .string()
  .transform(parseKafkaAddress)
  .refine(
    (address) => address !== null,
    'must be kafka://HOST:PORT,… or kafka://HOST:PORT,…/PREFIX',
  )

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  const quoted = words.map((word) => `'${word}'`)
  const last = quoted.pop()
  return z.enum(words, { error: `must be ${[quoted.join(', '), last].join(' or ')}` })
}

/** A whole number in a range, both ends included. */
export function wholeNumber(least: number, greatest: number) {
  const message = `must be a whole number from ${least} to ${greatest}`
  return z
    .string()
    .regex(/^\d{1,5}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= greatest, message)
}

/** Tells a URL from a folder: by `http://` or `https://`. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

/** Without a placeholder, the file's name is added at the end: then no query may be there. */
function isImagesUrl(text: string): boolean {
  return isTemplate(text, ['banner_id']) && (text.includes('{banner_id}') || !/[?#]/.test(text))
}

/** Whether the text is a URL once each placeholder is filled, with no other braces left. */
function isTemplate(text: string, placeholders: readonly string[]): boolean {
  const filled = placeholders.reduce((url, name) => url.replaceAll(`{${name}}`, '1'), text)
  // The parser passes over line ends and spaces that a header would not take, and encodes other letters.
  return httpUrl.safeParse(filled).success && /^[!-z|~]+$/.test(filled)
}
