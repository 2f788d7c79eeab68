/** One HTTP/1.1 connection that is kept alive, with one request at a time: as little client as a measure can do with. */
import { connect, type Socket } from 'node:net'

/** An answer, or what was there instead of one. */
export interface Reply {
  /** 0 if there was no answer. */
  readonly status: number
  /** The status line and the headers; instead of an answer, what happened. */
  readonly head: string
  readonly body: string
}

/** A connection; it opens itself at the first request, and again after it was closed. */
export interface Connection {
  /** Sends a request, of the form `GET / HTTP/1.1\r\nHost: a\r\n\r\n`. Not before the last one was replied to. */
  readonly send: (request: string, onReply: (reply: Reply) => void) => void
  readonly close: () => void
}

/** Makes a connection to a server. */
export function createConnection(host: string, port: number): Connection {
  let socket: Socket | undefined
  let waiting: ((reply: Reply) => void) | undefined
  let received = ''

  function finish(reply: Reply): void {
    const onReply = waiting
    waiting = undefined
    received = ''
    onReply?.(reply)
  }

  function open(): Socket {
    const opened = connect({ host, port, noDelay: true }).setEncoding('latin1')
    opened.on('data', (chunk: string) => {
      received += chunk
      const reply = parseReply(received)
      if (reply === undefined) return
      if (saysClose(reply)) opened.destroy()
      finish(reply)
    })
    opened.on('error', () => {})
    opened.on('close', () => {
      if (socket !== opened) return
      socket = undefined
      if (waiting !== undefined) finish({ status: 0, head: 'connection closed', body: '' })
    })
    return opened
  }

  return {
    send(request, onReply) {
      waiting = onReply
      if (socket === undefined || socket.destroyed) socket = open()
      socket.write(request)
    },
    close() {
      waiting = undefined
      socket?.destroy()
    },
  }
}

/** Finds a whole answer in what has been received. Its length must be told: by `Content-Length`, or by status 204. */
function parseReply(received: string): Reply | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = received.slice(0, headEnd)
  const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
  const length = status === 204 ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1])
  if (Number.isNaN(length)) return { status: 0, head: 'no Content-Length', body: '' }
  const body = received.slice(headEnd + '\r\n\r\n'.length)
  return body.length < length ? undefined : { status, head, body }
}

function saysClose({ status, head }: Reply): boolean {
  return status === 0 || /\r\nconnection: *close/i.test(head)
}
