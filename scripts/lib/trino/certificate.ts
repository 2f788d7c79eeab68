import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** PEM files of a server on 127.0.0.1. */
export interface Certificate {
  /** Signed by itself, so it is its own authority. */
  readonly certificate: string
  /** Key and certificate in one, as Trino reads them. */
  readonly keystore: string
}

/** Makes a certificate for 127.0.0.1, good for a day. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const certificate = join(folder, 'certificate.pem')
  const key = join(folder, 'key.pem')
  const keystore = join(folder, 'keystore.pem')
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', key, '-out', certificate],
  ])
  await writeFile(keystore, (await readFile(key, 'utf8')) + (await readFile(certificate, 'utf8')))
  return { certificate, keystore }
}
