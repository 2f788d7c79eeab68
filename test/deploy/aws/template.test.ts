/** The template by its rules, read as a tree: what AWS would be asked for. */
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse, type Tags } from 'yaml'
import { type BuildSummary, describeSummary } from '../../../pipeline/build/summary.ts'
import { KEY_VARIABLE } from '../../../server/events/keys.ts'
import { METRICS_NAMESPACE } from '../../../server/lambda/log.ts'
import { LAMBDA_VARIABLES } from '../../../server/lambda/settings.ts'
import { SETTINGS } from '../../../server/settings.ts'

const TEMPLATE = new URL('../../../deploy/aws/template.yaml', import.meta.url)

const SIZES = { top: 10, fill: 5 }
const NO_SUMMARY: BuildSummary = {
  ...{ status: 'current', build_id: 'b', folder: 'f', files: 0, duplicate_files: 0, rows: 0 },
  ...{ accepted: 0, rejected: 0, duplicates: 0, rounded: 0, pools: 0 },
  ...{ pools_by_rule: [], rejects_by_reason: [], warnings: [], input_warnings: [] },
}

/** Types that take no tags. SAM's own hand theirs on to what they become. */
const UNTAGGABLE = [
  'AWS::ApiGateway::BasePathMapping',
  'AWS::CloudFront::OriginAccessControl',
  'AWS::CloudFront::ResponseHeadersPolicy',
  'AWS::Logs::MetricFilter',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::Events::Rule',
  'AWS::WAFv2::WebACLAssociation',
  'Custom::FirstDenylist',
]

interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
}

interface Statement {
  readonly Sid?: string
  readonly Effect: string
  readonly Principal?: unknown
  readonly Action: string | readonly string[]
  readonly Resource?: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

let text = ''
let resources: Readonly<Record<string, Resource>> = {}
beforeAll(async () => {
  text = await readFile(TEMPLATE, 'utf8')
  resources = parse(text, { customTags: SHORT_FORMS }).Resources
})

/** `!Ref X` becomes `{ Ref: 'X' }`, and so on, as CloudFormation reads it. */
const SHORT_FORMS: Tags = ['Ref', 'Sub', 'GetAtt', 'If', 'Equals', 'Not', 'And'].flatMap((name) => {
  const long = name === 'Ref' ? name : `Fn::${name}`
  return [
    { tag: `!${name}`, resolve: (value: string) => ({ [long]: value }) },
    {
      tag: `!${name}`,
      collection: 'seq' as const,
      resolve: (value: unknown) => ({ [long]: (value as { toJSON: () => unknown }).toJSON() }),
    },
  ]
})

function ofType(type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, resource]) => resource.Type === type)
}

/** Every statement of every policy, with the resource that it stands in. */
function statements(): { name: string; type: string; statement: Statement }[] {
  const found: { name: string; type: string; statement: Statement }[] = []
  const walk = (name: string, type: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, child] of Object.entries(value)) {
      if (key === 'Statement' && Array.isArray(child)) {
        for (const statement of child as Statement[]) found.push({ name, type, statement })
      } else walk(name, type, child)
    }
  }
  for (const [name, { Type, Properties }] of Object.entries(resources)) walk(name, Type, Properties)
  return found
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}

describe('deploy/aws/template.yaml', () => {
  it('has no aliases, which CloudFormation does not read', () => {
    expect(text).not.toMatch(/^\s*[\w-]+: [*&]\w/m)
  })

  it('tags everything that can be tagged with owner, project and environment', () => {
    const taggable = Object.entries(resources).filter(([, { Type }]) => !UNTAGGABLE.includes(Type))

    expect(taggable.length).toBeGreaterThan(20)
    for (const [name, { Properties }] of taggable) {
      const { Tags } = Properties as {
        Tags?: Record<string, unknown> | { Key: string; Value: unknown }[]
      }
      const tags = Array.isArray(Tags)
        ? Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
        : Tags
      expect({ [name]: tags }).toEqual({
        [name]: {
          owner: { Ref: 'Owner' },
          project: { Ref: 'Project' },
          environment: { Ref: 'Environment' },
        },
      })
    }
  })

  it('allows no action by a wildcard', () => {
    const allowed = statements().filter(({ statement }) => statement.Effect === 'Allow')

    expect(allowed.length).toBeGreaterThan(15)
    for (const { name, statement } of allowed) {
      for (const action of listOf(statement.Action)) expect(`${name}: ${action}`).not.toContain('*')
    }
  })

  it('allows nothing on all resources, but for the one action that knows none', () => {
    const everywhere = statements().filter(
      ({ statement, type }) =>
        statement.Effect === 'Allow' &&
        type !== 'AWS::KMS::Key' &&
        listOf(statement.Resource).some((resource) => resource === '*'),
    )

    expect(everywhere.map(({ statement }) => statement.Action)).toEqual([
      'ecr:GetAuthorizationToken',
    ])
  })

  it('gives nothing to everybody', () => {
    const everybody = statements().filter(({ statement }) =>
      JSON.stringify(statement.Principal ?? null).includes('"*"'),
    )

    expect(everybody.length).toBeGreaterThan(0)
    expect(everybody.filter(({ statement }) => statement.Effect === 'Allow')).toEqual([])
  })

  it('lets services in for this account only', () => {
    const roles = ofType('AWS::IAM::Role').map(([name]) => name)
    const assumed = statements().filter(({ statement }) => statement.Action === 'sts:AssumeRole')

    expect(assumed.map(({ name }) => name).sort()).toEqual(roles.sort())
    for (const { name, statement } of assumed) {
      // Lambda itself sends no source account when it assumes the role of a function.
      if (['FunctionRole', 'FirstDenylistRole'].includes(name)) continue
      expect(statement.Condition).toEqual({
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      })
    }
  })

  it('keeps every bucket private, encrypted, and to TLS', () => {
    const buckets = ofType('AWS::S3::Bucket')

    expect(buckets.length).toBe(1)
    for (const [name, { Properties }] of buckets) {
      expect(Properties).toMatchObject({
        BucketEncryption: expect.anything(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      })
      expect(Properties).not.toHaveProperty('AccessControl')
      expect(Properties).not.toHaveProperty('WebsiteConfiguration')
      const denied = statements().find(
        ({ type, statement }) => type === 'AWS::S3::BucketPolicy' && statement.Effect === 'Deny',
      )
      expect(denied?.statement).toMatchObject({
        Principal: '*',
        Action: 's3:*',
        Resource: [{ 'Fn::GetAtt': `${name}.Arn` }, { 'Fn::Sub': `\${${name}.Arn}/*` }],
        Condition: { Bool: { 'aws:SecureTransport': false } },
      })
    }
  })

  it('encrypts queues and topics', () => {
    expect(
      ofType('AWS::SQS::Queue').map(([, { Properties }]) => Properties.SqsManagedSseEnabled),
    ).toEqual([true, true])
    expect(
      ofType('AWS::SNS::Topic').map(([, { Properties }]) => Properties.KmsMasterKeyId),
    ).toEqual([{ Ref: 'AlarmsKey' }])
  })

  it('shows pictures by CloudFront alone, over TLS', () => {
    const [[, distribution] = []] = ofType('AWS::CloudFront::Distribution')

    expect(distribution?.Properties.DistributionConfig).toMatchObject({
      Origins: [{ OriginAccessControlId: { 'Fn::GetAtt': 'PicturesAccess.Id' } }],
      DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https' },
    })
    const [reader] = statements().filter(({ statement }) =>
      JSON.stringify(statement.Principal ?? null).includes('cloudfront'),
    )
    expect(reader?.statement).toMatchObject({
      Action: 's3:GetObject',
      Resource: { 'Fn::Sub': '$' + '{Bucket.Arn}/pictures/*' },
      Condition: { StringEquals: { 'aws:SourceArn': expect.anything() } },
    })
  })

  it('refuses TLS before 1.2 at the bucket, and at names of your own', () => {
    const old = statements().find(({ statement }) => statement.Sid === 'NoOldTls')
    const [[, name] = []] = ofType('AWS::ApiGateway::DomainName')
    const [[, api] = []] = ofType('AWS::Serverless::Api')
    const [[, pictures] = []] = ofType('AWS::CloudFront::Distribution')

    expect(old?.statement).toMatchObject({
      ...{ Effect: 'Deny', Principal: '*', Action: 's3:*' },
      Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } },
    })
    expect(name?.Properties.SecurityPolicy).toBe('TLS_1_2')
    expect(api?.Properties.DisableExecuteApiEndpoint).toEqual({
      'Fn::If': ['HasApiDomain', true, false],
    })
    expect(pictures?.Properties.DistributionConfig).toMatchObject({
      ViewerCertificate: {
        'Fn::If': [
          'HasPicturesDomain',
          { MinimumProtocolVersion: 'TLSv1.2_2021' },
          { CloudFrontDefaultCertificate: true },
        ],
      },
    })
  })

  it('logs requests for pictures without what tells visitors apart', () => {
    const [[, delivery] = []] = ofType('AWS::Logs::Delivery')
    const { RecordFields: fields } = (delivery?.Properties ?? {}) as { RecordFields?: string[] }

    expect(fields).toContain('sc-status')
    for (const field of [
      'c-ip',
      'x-forwarded-for',
      'cs(User-Agent)',
      'cs(Cookie)',
      'cs-uri-query',
    ]) {
      expect(fields).not.toContain(field)
    }
  })

  it('lets the batch job delete old builds, and nothing else', () => {
    const deleting = statements().filter(({ statement }) =>
      listOf(statement.Action).some((action) => /Delete/.test(action) && !action.startsWith('kms')),
    )

    expect(deleting.map(({ name, statement }) => [name, statement.Resource])).toEqual([
      ['BatchRole', { 'Fn::Sub': '$' + '{Bucket.Arn}/pools/builds/*' }],
    ])
  })

  it('throttles the API, and forgets logs', () => {
    const [[, api] = []] = ofType('AWS::Serverless::Api')
    const logs = ofType('AWS::Logs::LogGroup')

    expect(api?.Properties.MethodSettings).toMatchObject([
      {
        ...{ ResourcePath: '/*', HttpMethod: '*' },
        ThrottlingRateLimit: { Ref: 'RequestsPerSecond' },
        ThrottlingBurstLimit: { Ref: 'BurstRequests' },
      },
    ])
    expect(logs.map(([name]) => name)).toEqual([
      'PicturesLogGroup',
      'ApiLog',
      'FunctionLog',
      'BatchLog',
    ])
    for (const [, { Properties }] of logs) {
      expect(Properties.RetentionInDays).toEqual({ Ref: 'LogRetentionDays' })
    }
  })

  it('limits what one client may ask, and keeps none of its requests', () => {
    const [[name, limit] = []] = ofType('AWS::WAFv2::WebACL')
    const [[, association] = []] = ofType('AWS::WAFv2::WebACLAssociation')

    expect(limit?.Properties).toMatchObject({
      Scope: 'REGIONAL',
      Rules: [
        {
          Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
          Statement: {
            RateBasedStatement: {
              ...{ AggregateKeyType: 'IP', EvaluationWindowSec: 60 },
              Limit: { Ref: 'RequestsPerClientMinute' },
            },
          },
          VisibilityConfig: { SampledRequestsEnabled: false },
        },
      ],
    })
    expect(association?.Properties).toMatchObject({ WebACLArn: { 'Fn::GetAtt': `${name}.Arn` } })
    expect(JSON.stringify(association?.Properties.ResourceArn)).toContain('/restapis/$' + '{Api}/')
  })

  it('builds from what shards have read where scan.yaml runs beside it', async () => {
    const task = resources.BatchTask?.Properties.ContainerDefinitions
    const [container] = listOf(task as readonly { readonly Command: readonly unknown[] }[])
    const where = { 'Fn::Sub': 's3://$' + '{Bucket}/scanned' }
    const none = { Ref: 'AWS::NoValue' }
    const scan = await readFile(new URL('scan.yaml', TEMPLATE), 'utf8')

    expect(container?.Command.slice(-3)).toEqual([
      { 'Fn::If': ['TakesScanned', '--scanned', none] },
      { 'Fn::If': ['TakesScanned', where, none] },
      { 'Fn::If': ['TakesScanned', '--scan-missing', none] },
    ])
    expect(scan).toContain(`- --into\n          - !Sub "${where['Fn::Sub']}"`)
    expect(
      statements().filter(({ statement }) => JSON.stringify(statement).includes('scanned/')),
    ).toMatchObject([
      { name: 'BatchRole', statement: { Action: 's3:GetObject' } },
      { name: 'BatchRole', statement: { Action: 's3:ListBucket' } },
    ])
  })

  it('hears of a batch job by its exit code, and by its silence', () => {
    const [[rule, failed] = []] = ofType('AWS::Events::Rule')

    expect(failed?.Properties.EventPattern).toMatchObject({
      detail: { containers: { exitCode: [{ 'anything-but': [0] }, { exists: false }] } },
    })
    expect(resources.BatchFailedAlarm?.Properties).toMatchObject({
      Dimensions: [{ Name: 'RuleName', Value: { Ref: rule } }],
    })
    expect(resources.BatchSilentAlarm?.Properties).toMatchObject({
      ...{ MetricName: 'BatchSuccesses', TreatMissingData: 'breaching' },
    })
    // What the metric filter looks for in the log.
    for (const status of ['built', 'current'] as const) {
      expect(describeSummary({ ...NO_SUMMARY, status }, SIZES)[0]).toContain('is current')
    }
    expect(ofType('AWS::Logs::MetricFilter')[0]?.[1].Properties.FilterPattern).toBe('"is current"')
  })

  it('takes missing metrics for a fault, but for those of what seldom happens and of visitors', () => {
    const healthy = ofType('AWS::CloudWatch::Alarm')
      .filter(([, { Properties }]) => Properties.TreatMissingData !== 'breaching')
      .map(([name]) => name)

    expect(healthy).toEqual([
      'FunctionErrorsAlarm',
      'ServerErrorsAlarm',
      'LatencyAlarm',
      'BatchFailedAlarm',
      'BatchNotStartedAlarm',
    ])
    const [[, lambda] = []] = ofType('AWS::Serverless::Function')
    expect(lambda?.Properties.Events).toMatchObject({
      Heartbeat: { Type: 'Schedule', Properties: { Schedule: 'rate(1 minute)' } },
    })
  })

  it('requires a denylist, and makes an empty one where there is none', async () => {
    const [[, lambda] = []] = ofType('AWS::Serverless::Function')
    expect(lambda?.Properties.Environment).toMatchObject({
      Variables: { BANNER_POOLS_REQUIRE_DENYLIST: 'true' },
    })
    expect(resources.Function).toMatchObject({ DependsOn: 'FirstDenylist' })
    const created = { Bucket: 'b', Key: 'pools/denylist.txt', Body: '', IfNoneMatch: '*' }

    expect(await runFirstDenylist('Create')).toEqual({ puts: [created], status: 'SUCCESS' })
    expect(await runFirstDenylist('Create', 'PreconditionFailed')).toEqual({
      ...{ puts: [created], status: 'SUCCESS' },
    })
    expect(await runFirstDenylist('Update', 'AccessDenied')).toEqual({
      ...{ puts: [created], status: 'FAILED' },
    })
    expect(await runFirstDenylist('Delete')).toEqual({ puts: [], status: 'SUCCESS' })
  })

  it('has alarms on errors, latency and the age of the pools, and sends each', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm')

    expect(alarms.map(([name]) => name)).toEqual([
      'FunctionErrorsAlarm',
      'ServerErrorsAlarm',
      'LatencyAlarm',
      'PoolsAgeAlarm',
      'PoolsFailuresAlarm',
      'FunctionSilentAlarm',
      'BatchFailedAlarm',
      'BatchSilentAlarm',
      'BatchNotStartedAlarm',
    ])
    for (const [, { Properties }] of alarms) {
      expect(Properties.AlarmActions).toEqual([{ Ref: 'Alarms' }])
    }
    const own = alarms.filter(([, { Properties }]) => Properties.Namespace === METRICS_NAMESPACE)
    expect(own.map(([, { Properties }]) => Properties.MetricName)).toEqual([
      'PoolsAgeHours',
      'Failures',
    ])
  })

  it('sets only variables that the function reads', () => {
    const [[, lambda] = []] = ofType('AWS::Serverless::Function')
    const { Environment } = (lambda?.Properties ?? {}) as {
      Environment?: { Variables: object }
    }
    const variables = Object.keys(Environment?.Variables ?? {})
    const known = [
      KEY_VARIABLE,
      ...Object.keys(LAMBDA_VARIABLES),
      ...Object.values(SETTINGS).map(({ env }) => env),
    ]

    expect(variables.length).toBeGreaterThan(3)
    for (const name of variables) expect(known).toContain(name)
  })

  it('leads events to a server that collects only where one is named, with a key that stands in no parameter', () => {
    const [[, lambda] = []] = ofType('AWS::Serverless::Function')
    const none = { Ref: 'AWS::NoValue' }

    expect(lambda?.Properties.Environment).toMatchObject({
      Variables: {
        BANNER_POOLS_COLLECT_URL: { 'Fn::If': ['Collects', { Ref: 'CollectUrl' }, none] },
        BANNER_POOLS_EVENT_KEY: {
          'Fn::If': [
            'Collects',
            { 'Fn::Sub': '{{resolve:secretsmanager:$' + '{EventKeySecret}:SecretString}}' },
            none,
          ],
        },
      },
    })
  })
})

/** Runs the code that the template has in itself, with a store that says `fault`. */
async function runFirstDenylist(RequestType: string, fault?: string) {
  const code = resources.FirstDenylistFunction?.Properties.Code as { ZipFile: string } | undefined
  const puts: unknown[] = []
  const answers: { url: string; status: string }[] = []
  class PutObjectCommand {
    constructor(input: unknown) {
      puts.push(input)
    }
  }
  class S3Client {
    async send() {
      if (fault !== undefined) throw Object.assign(new Error(fault), { name: fault })
    }
  }
  const send = async (url: string, { body }: { body: Buffer }) => {
    answers.push({ url, status: JSON.parse(String(body)).Status })
  }
  const module: { handler?: (event: object) => Promise<void> } = {}
  const run = new Function('require', 'exports', 'fetch', code?.ZipFile ?? '')
  run(() => ({ S3Client, PutObjectCommand }), module, send)
  const ResourceProperties = { Bucket: 'b', Key: 'pools/denylist.txt' }
  await module.handler?.({ RequestType, ResourceProperties, ResponseURL: 'https://answer.example' })
  expect(answers.map(({ url }) => url)).toEqual(['https://answer.example'])
  return { puts, status: answers[0]?.status }
}
