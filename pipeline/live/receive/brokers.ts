/** Connections to the brokers of a cluster, one each, and the requests that a receiver makes. */
import { PipelineError } from '../../base/errors.ts'
import type { Address, BrokerSettings, Kafka } from '../../base/kafka.ts'
import { BrokerAwayError, explainConnection } from './faults.ts'
import { createFetchRequest, type Fetched, type FetchPlace, parseFetchResponse } from './fetch.ts'

type Connection = InstanceType<Kafka['Connection']>
type Writer = ReturnType<Kafka['fetchV13']['createRequest']>
type Reader = Parameters<Kafka['fetchV13']['parseResponse']>[3]

/** A partition as the cluster describes it. */
interface PartitionView {
  readonly partition: number
  /** Node of its leader; -1 = none now. */
  readonly leader: number
  readonly leaderEpoch: number
}

/** A topic as the cluster describes it. */
export interface TopicView {
  readonly name: string
  readonly id: string
  /** Kafka's number of an error; 0 = none. */
  readonly errorCode: number
  readonly partitions: readonly PartitionView[]
}

/** What a cluster says of itself. */
export interface ClusterView {
  readonly brokers: ReadonlyMap<number, Address>
  readonly topics: readonly TopicView[]
}

/** Milliseconds for an answer, beyond those that the request itself may wait. */
const TIMEOUT_MS = 15_000
const CLIENT_ID = 'banner-pools'

const METADATA = { key: 3, version: 12 }
const FETCH = { key: 1, version: 13 }
const LIST_OFFSETS = { key: 2, version: 8 }
const API_VERSIONS = { key: 18, version: 3 }
const DESCRIBE_CONFIGS = { key: 32, version: 4 }
const NEEDED = { Metadata: METADATA, Fetch: FETCH, ListOffsets: LIST_OFFSETS }

/** Instead of a time: the first offset that is still there, and the one behind the last. */
const ENDS = { earliest: -2n, latest: -1n }
const READ_COMMITTED = 1
const TOPIC = 2

/** The brokers of a cluster. */
export class Brokers {
  readonly #kafka: Kafka
  readonly #settings: BrokerSettings
  readonly #connections = new Map<string, Connection>()
  #addresses: ReadonlyMap<number, Address> = new Map()
  #tellsConfigs = false

  constructor(kafka: Kafka, settings: BrokerSettings) {
    this.#kafka = kafka
    this.#settings = settings
  }

  /**
   * Asks for topics, and who leads their partitions.
   *
   * @throws {BrokerAwayError} If no broker answers.
   * @throws {PipelineError} If the brokers refuse us, or are too old.
   */
  async describe(names: readonly string[]): Promise<ClusterView> {
    const { metadataV12 } = this.#kafka
    const connection = await this.#any()
    const response = await this.#send(connection, METADATA, {
      create: () => metadataV12.createRequest([...names], false, false),
      // The answer is there all the same when a topic of it has an error.
      parse: (reader) => withErrors(() => metadataV12.parseResponse(0, 3, 12, reader)),
    })
    const brokers = new Map(
      response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]),
    )
    this.#addresses = brokers
    return { brokers, topics: response.topics.map(describeTopic) }
  }

  /**
   * Asks a leader where partitions begin or end.
   *
   * @throws {BrokerAwayError} If it does not answer, or does not lead them any more.
   */
  async findOffsets(
    node: number,
    topic: string,
    { partitions, end }: { partitions: readonly number[]; end: 'earliest' | 'latest' },
  ): Promise<ReadonlyMap<number, number>> {
    const { listOffsetsV8 } = this.#kafka
    const wanted = partitions.map((partitionIndex) => ({
      ...{ partitionIndex, currentLeaderEpoch: -1, timestamp: ENDS[end] },
    }))
    const response = await this.#send(await this.#node(node), LIST_OFFSETS, {
      create: () =>
        listOffsetsV8.createRequest(-1, READ_COMMITTED, [{ name: topic, partitions: wanted }]),
      parse: (reader) => withErrors(() => listOffsetsV8.parseResponse(0, 2, 8, reader)),
    })
    const found = response.topics.flatMap(({ partitions: own }) => own)
    const failed = found.find(({ errorCode }) => errorCode !== 0)
    if (failed !== undefined) throw new BrokerAwayError(`partition error ${failed.errorCode}`)
    return new Map(found.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))
  }

  /**
   * Asks for a setting of a topic.
   *
   * @returns Null if the brokers do not tell it, or not to us.
   * @throws {BrokerAwayError} If no broker answers.
   */
  async findTopicConfig(topic: string, name: string): Promise<string | null> {
    const { describeConfigsV4 } = this.#kafka
    const connection = await this.#any()
    if (!this.#tellsConfigs) return null
    const wanted = [{ resourceType: TOPIC, resourceName: topic, configurationKeys: [name] }]
    const { key, version } = DESCRIBE_CONFIGS
    const { results } = await this.#send(connection, DESCRIBE_CONFIGS, {
      create: () => describeConfigsV4.createRequest(wanted, false, false),
      parse: (reader) => withErrors(() => describeConfigsV4.parseResponse(0, key, version, reader)),
    })
    return results[0]?.configs.find((config) => config.name === name)?.value ?? null
  }

  /**
   * Fetches what is committed of partitions, from one leader.
   *
   * @param waitMs - So long it may wait for something new.
   * @throws {BrokerAwayError} If it does not answer.
   */
  async fetch(node: number, places: readonly FetchPlace[], waitMs: number): Promise<Fetched[]> {
    const request = createFetchRequest(this.#kafka, places, waitMs)
    return this.#send(await this.#node(node), FETCH, {
      create: () => request,
      parse: parseFetchResponse,
      waitMs,
    })
  }

  /** Lets go of all connections. */
  close(): void {
    const connections = [...this.#connections.values()]
    this.#connections.clear()
    for (const connection of connections) drop(connection)
  }

  async #any(): Promise<Connection> {
    const failures: string[] = []
    const known = [...this.#addresses.values()]
    for (const address of [...this.#settings.bootstrap, ...known]) {
      try {
        return await this.#open(address)
      } catch (error) {
        if (!(error instanceof BrokerAwayError)) throw error
        failures.push(error.message)
      }
    }
    throw new BrokerAwayError([...new Set(failures)].join('; '))
  }

  async #node(node: number): Promise<Connection> {
    const address = this.#addresses.get(node)
    if (address === undefined) throw new BrokerAwayError(`broker ${node} is not there`)
    return this.#open(address)
  }

  async #open({ host, port }: Address): Promise<Connection> {
    const name = `${host}:${port}`
    const known = this.#connections.get(name)
    if (known?.isConnected() === true) return known
    const { tls, sasl } = this.#settings
    const options = {
      ...(tls === null ? {} : { tls: { ...tls }, tlsServerName: !/^[\d.]+$|:/.test(host) }),
      ...(sasl === null ? {} : { sasl: { ...sasl } }),
    }
    const connection = new this.#kafka.Connection(CLIENT_ID, options)
    // Who waits for an answer hears of it; what nobody waits for is nobody's.
    connection.on('error', () => undefined)
    try {
      await connection.connect(host, port)
    } catch (error) {
      throw explain(name, error)
    }
    this.#connections.set(name, connection)
    await this.#assertVersions(connection, name)
    return connection
  }

  async #assertVersions(connection: Connection, name: string): Promise<void> {
    const { apiVersionsV3 } = this.#kafka
    const { apiKeys } = await this.#send(connection, API_VERSIONS, {
      create: () => apiVersionsV3.createRequest(CLIENT_ID, '1'),
      parse: (reader) => apiVersionsV3.parseResponse(0, 18, 3, reader),
      isUntagged: true,
    })
    const knows = ({ key, version }: { key: number; version: number }) =>
      apiKeys.some(
        ({ apiKey, minVersion, maxVersion }) =>
          apiKey === key && minVersion <= version && maxVersion >= version,
      )
    this.#tellsConfigs = knows(DESCRIBE_CONFIGS)
    for (const [what, needed] of Object.entries(NEEDED)) {
      if (knows(needed)) continue
      throw new PipelineError(
        `broker ${name} does not know ${what} in version ${needed.version}, as Kafka 3.6 and later do`,
      )
    }
  }

  #send<T>(
    connection: Connection,
    { key, version }: { key: number; version: number },
    request: {
      readonly create: () => Writer
      readonly parse: (reader: Reader) => T
      readonly waitMs?: number
      readonly isUntagged?: boolean
    },
  ): Promise<T> {
    const { create, parse, waitMs = 0, isUntagged = false } = request
    const name = `${connection.host}:${connection.port}`
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        drop(connection)
        reject(new BrokerAwayError(`${name}: no answer`))
      }, TIMEOUT_MS + waitMs)
      const read = (_: number, __: number, ___: number, reader: Reader) => parse(reader)
      connection.send(key, version, create, read, true, !isUntagged, (error, answer) => {
        clearTimeout(timer)
        if (error) reject(error instanceof PipelineError ? error : explain(name, error))
        else resolve(answer as T)
      })
    })
  }
}

function explain(name: string, error: unknown): Error {
  const { text, isPassing } = explainConnection(error)
  const line = `broker ${name}: ${text}`
  return isPassing ? new BrokerAwayError(line) : new PipelineError(line)
}

function drop(connection: Connection): void {
  if (connection.socket !== undefined) connection.socket.destroy()
}

/** An answer with errors in it is thrown by the client, and stands in what it throws. */
function withErrors<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof Error && 'response' in error) return error.response as T
    throw error
  }
}

function describeTopic({
  name,
  topicId,
  errorCode,
  partitions,
}: {
  name?: string | null | undefined
  topicId: string
  errorCode: number
  partitions: readonly { partitionIndex: number; leaderId: number; leaderEpoch: number }[]
}): TopicView {
  const own = partitions.map(({ partitionIndex, leaderId, leaderEpoch }) => ({
    ...{ partition: partitionIndex, leader: leaderId, leaderEpoch },
  }))
  return {
    name: name ?? '',
    id: topicId,
    errorCode,
    partitions: own.sort((a, b) => a.partition - b.partition),
  }
}
