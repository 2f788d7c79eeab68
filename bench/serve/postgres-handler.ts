/** The design that was replaced, as a process of its own: `postgres-handler.ts connection|pool PORT`. See postgres.ts. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, Pool } from 'pg'
import { datasetAt } from '../../server/banner/choose.ts'
import { connectionTo } from './postgres-cluster.ts'

const QUERY =
  'select banner_id from top_banners where dataset = $1 and campaign_id = $2 order by random() limit 1'

const POOL_SIZE = 10

const [, , mode, postgresPort] = process.argv
const connection = connectionTo(Number(postgresPort))
const pool = new Pool({ ...connection, max: POOL_SIZE })

const server = createServer((request, response) => {
  const campaign = request.url?.slice('/campaigns/'.length)
  chooseBanner(campaign).then(
    (bannerId) => answer(response, bannerId),
    () => response.writeHead(500).end(),
  )
}).listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

async function chooseBanner(campaign: string | undefined): Promise<string | undefined> {
  const parameters = [datasetAt(new Date()), campaign]
  if (mode === 'pool') return (await pool.query(QUERY, parameters)).rows[0]?.banner_id
  const client = new Client(connection)
  await client.connect()
  const { rows } = await client.query(QUERY, parameters)
  await client.end()
  return rows[0]?.banner_id
}

function answer(response: ServerResponse, bannerId: string | undefined): void {
  if (bannerId === undefined) return void response.writeHead(204).end()
  const body = JSON.stringify({ image_url: `/images/${bannerId}` })
  response.setHeader('Content-Type', 'application/json')
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}
