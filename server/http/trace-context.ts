/** W3C's trace context, as OpenTelemetry passes it on. */

/** Version 00: the ids of the trace and of the caller's span; of later versions the same fields count. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-[\x21-\x7e]*)?$/

/** Fields of a log line, by the names that OpenTelemetry's collectors look for; none if nobody traces. */
export interface TraceFields {
  readonly trace_id?: string
  readonly span_id?: string
}

/**
 * Reads the header `traceparent`.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function readTrace(header: string | readonly string[] | undefined): TraceFields {
  if (typeof header !== 'string') return {}
  const [, trace_id, span_id] = TRACEPARENT.exec(header) ?? []
  return trace_id === undefined || span_id === undefined ? {} : { trace_id, span_id }
}
