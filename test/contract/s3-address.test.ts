import { describe, expect, it } from 'vitest'
import { findS3Endpoint, parseS3Address, usesPathStyle } from '../../contract/s3-address.ts'

describe('parseS3Address', () => {
  it.each([
    ['s3://bucket', { bucket: 'bucket', prefix: '' }],
    ['s3://bucket/', { bucket: 'bucket', prefix: '' }],
    ['s3://my.bucket-1/a/b//', { bucket: 'my.bucket-1', prefix: 'a/b' }],
  ])('reads %s', (text, address) => {
    expect(parseS3Address(text)).toEqual(address)
  })

  it.each([
    's3://',
    's3://b/x',
    's3://Bucket/x',
    'bucket/x',
    's3://bucket/x\n',
    's3://bucket\n',
    's3://bucket/a b',
    ' s3://bucket/x',
    's3://bucket/\u0000',
  ])('refuses %j', (text) => {
    expect(parseS3Address(text)).toBeUndefined()
  })
})

describe('findS3Endpoint', () => {
  it.each([
    [{}, undefined, undefined],
    [{ AWS_REGION: 'eu-central-1' }, undefined, 'eu-central-1'],
    [{ AWS_DEFAULT_REGION: 'eu-west-1' }, undefined, 'eu-west-1'],
    [{ AWS_ENDPOINT_URL: 'http://a:9000/' }, 'http://a:9000', 'us-east-1'],
    [
      { AWS_ENDPOINT_URL_S3: 'https://b', AWS_ENDPOINT_URL: 'http://a', AWS_REGION: 'x' },
      'https://b',
      'x',
    ],
    [{ AWS_ENDPOINT_URL_S3: '', AWS_ENDPOINT_URL: 'http://a' }, 'http://a', 'us-east-1'],
  ])('of %j is %s in %s', (env, url, region) => {
    expect(findS3Endpoint(env)).toEqual({ url, region })
  })

  it.each([
    'http://a\n',
    'http://a ',
    'ftp://a',
    'a:9000',
    'http://',
    'http://user@a',
    'http://a?x=1',
  ])('refuses %j', (url) => {
    expect(() => findS3Endpoint({ AWS_ENDPOINT_URL_S3: url })).toThrow(
      `AWS_ENDPOINT_URL_S3 must be an http or https URL: ${JSON.stringify(url)}`,
    )
  })
})

describe('usesPathStyle', () => {
  it.each([
    ['bucket', undefined, false],
    ['my.bucket', undefined, true],
    ['bucket', 'http://store', true],
  ])('of %s at %s is %s', (bucket, url, isPath) => {
    expect(usesPathStyle(bucket, { url, region: 'x' })).toBe(isPath)
  })
})
