/** The headers of answers, for the description: `required` where no setting leaves them out. */
import { BANNER_REASONS } from '../banner/outcomes.ts'
import { COMMON_HEADERS, PRIVATE_HEADERS } from '../base/answer.ts'

const text = { schema: { type: 'string' } } as const

/** A header that always has one value. */
function constant(description: string, value: string) {
  return { description, required: true, schema: { type: 'string', const: value } } as const
}

const common = {
  'Access-Control-Allow-Origin': {
    description: 'Every site, or with `--cors-origin` the one that asked if it is listed.',
    ...text,
  },
  'Cross-Origin-Resource-Policy': constant(
    'Any page may embed it.',
    COMMON_HEADERS['Cross-Origin-Resource-Policy'],
  ),
  'Timing-Allow-Origin': constant(
    'Any page may measure it.',
    COMMON_HEADERS['Timing-Allow-Origin'],
  ),
  'X-Content-Type-Options': constant(
    'The type is as told.',
    COMMON_HEADERS['X-Content-Type-Options'],
  ),
}

const reason = {
  description: 'Why there is no banner of the pool.',
  schema: { type: 'string' as const, enum: [...BANNER_REASONS] },
}

const location = { Location: { description: 'Where to go on.', required: true, ...text } }

/** Of what is the same for all visitors. */
export const SHARED = {
  ...common,
  'Cache-Control': { description: 'How long it may be kept.', required: true, ...text },
}

/** Of a redirect that is the same for all visitors. */
export const SHARED_REDIRECT = { ...SHARED, ...location }

/** Of errors, and of answers about a banner, which are for one visitor, now. */
export const PRIVATE = {
  ...common,
  'Cache-Control': constant('No cache may keep it.', PRIVATE_HEADERS['Cache-Control']),
  Vary: {
    description: `\`${PRIVATE_HEADERS.Vary}\`, and \`Origin\` with \`--cors-origin\`.`,
    required: true,
    ...text,
  },
}

/** Of errors that pass. */
export const PASSING = {
  ...PRIVATE,
  'Retry-After': { description: 'Seconds.', required: true, schema: { type: 'integer' } },
} as const

/** Of a banner. */
export const BANNER = {
  ...PRIVATE,
  'Set-Cookie': { description: '`last`, the last banner of this campaign.', ...text },
  'X-Banner-Reason': reason,
}

/** Of a redirect to the picture of a banner. */
export const BANNER_REDIRECT = { ...BANNER, ...location }

/** Where there is no banner. */
export const NO_BANNER = { ...PRIVATE, 'X-Banner-Reason': { ...reason, required: true } }
