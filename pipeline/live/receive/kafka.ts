/** The client of Kafka, loaded where it is needed. */

/** What the client's package gives. */
export type Kafka = typeof import('@platformatic/kafka')

/**
 * Loads the client.
 *
 * @throws {Error} If it is not installed: the command line says what to install.
 */
export function loadKafka(): Promise<Kafka> {
  return import('@platformatic/kafka')
}
