/**
 * Prints what the JSON reports of Vitest in a folder say: each test that failed, with the first lines of its errors,
 * each file that could not run, and last `N passed, N failed`.
 *
 * `node .ci/summary.mjs FOLDER`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** How much of an error is shown: the message and a few lines of what was expected. */
const LINES = 12

const folder = process.argv[2]
const reports = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')))

for (const file of reports.flatMap((report) => report.testResults)) {
  const failed = file.assertionResults.filter((test) => test.status === 'failed')
  const path = relative(process.cwd(), file.name)
  for (const test of failed) show(`${path} > ${test.fullName}`, test.failureMessages)
  if (file.status === 'failed' && failed.length === 0) show(path, [file.message])
}

const sum = (field) => reports.reduce((total, report) => total + report[field], 0)
if (sum('numPassedTests') === 0) throw new Error('no test ran')
console.log(`${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed`)

function show(name, messages) {
  console.log(`failed: ${name}`)
  for (const message of messages) {
    for (const line of message.split('\n').slice(0, LINES)) console.log(`  ${line.slice(0, 300)}`)
  }
}
