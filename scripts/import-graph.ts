/**
 * Prints the import graph of a folder: `npx tsx scripts/import-graph.ts pipeline`.
 *
 * A room is a file or folder directly below the folder. A room's floor is one above the highest that it imports; a circle
 * of rooms shares one. An arrow runs from the importing room to the imported one. Test files are no part of it.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

const root = resolve(process.argv[2] ?? '.')
const files = listSources(root)
const rooms = [...new Set(files.map(findRoom))].sort()
const arrows = findArrows()
const floors = findFloors()

const floorCount = Math.max(...floors.values())
for (let floor = floorCount; floor >= 1; floor -= 1) {
  const names = rooms.filter((room) => floors.get(room) === floor)
  console.log(`floor ${String(floor).padStart(2)}  ${names.join('  ')}`)
}
const arrowCount = [...arrows.values()].reduce((sum, targets) => sum + targets.size, 0)
const level = [...arrows].flatMap(([from, targets]) =>
  [...targets]
    .filter((to) => (floors.get(to) ?? 0) >= (floors.get(from) ?? 0))
    .map((to) => `${from} -> ${to}`),
)
console.log(
  `${rooms.length} rooms, ${floorCount} floors, ${arrowCount} arrows, ${level.length} within a circle`,
)
for (const arrow of level) console.log(`  ${arrow}`)

function listSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !/node_modules/.test(path))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
}

function findRoom(path: string): string {
  const [first = ''] = relative(root, path).split(sep)
  return first
}

/** The rooms that each room imports, itself left out; dynamic imports and types count, too. */
function findArrows(): Map<string, Set<string>> {
  const found = new Map(rooms.map((room) => [room, new Set<string>()]))
  for (const path of files) {
    for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(
      /(?:from |import\(|import )'(\.[^']+)'/g,
    )) {
      const target = resolve(dirname(path), specifier)
      if (target.startsWith(root + sep) && findRoom(target) !== findRoom(path)) {
        found.get(findRoom(path))?.add(findRoom(target))
      }
    }
  }
  return found
}

function findFloors(): Map<string, number> {
  const found = new Map<string, number>()
  // A longest path without a circle has at most as many steps as there are rooms.
  for (const room of rooms) found.set(room, 1)
  for (let round = 0; round < rooms.length; round += 1) {
    for (const room of rooms) {
      const below = [...(arrows.get(room) ?? [])].filter((target) => !reaches(target, room))
      found.set(room, 1 + Math.max(0, ...below.map((target) => found.get(target) ?? 1)))
    }
  }
  return found
}

function reaches(from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true
  if (seen.has(from)) return false
  seen.add(from)
  return [...(arrows.get(from) ?? [])].some((next) => reaches(next, to, seen))
}
