// The container's health check: whether the server takes requests. No shell and no curl are needed.
const port = process.env.BANNER_POOLS_OPS_PORT ?? 9464

const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
process.exitCode = answer?.ok ? 0 : 1
