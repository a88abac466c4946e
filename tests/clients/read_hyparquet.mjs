// hyparquet under Node: `node read_hyparquet.mjs RELEASE MODULES` prints what it reads of each table.
//
// What JavaScript has no number for, it tells as text: 64-bit integers, moments in microseconds. A double is
// told as it is, since JSON keeps the shortest text that is that double.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [release, modules] = process.argv.slice(2)
const load = (name) => import(pathToFileURL(join(modules, name)).href)
const { asyncBufferFromFile, parquetReadObjects } = await load('hyparquet/src/node.js')
const { compressors } = await load('hyparquet-compressors/src/index.js')
// By itself a decoder of JavaScript drops U+FEFF where a text begins with it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const parsers = {
  stringFromBytes: (bytes) => bytes && decoder.decode(bytes),
  timestampFromMicroseconds: (micros) => ({ micros: String(micros) }),
  dateFromDays: (days) => ({ days }),
}
const plain = (_, value) => {
  if (typeof value === 'bigint') return String(value)
  if (value === undefined) return null
  if (Object.is(value, -0)) return '-0.0'
  return value
}

const told = {}
const { resources } = JSON.parse(readFileSync(join(release, 'datapackage.json'), 'utf8'))
for (const { name, path } of resources) {
  const file = await asyncBufferFromFile(join(release, path))
  told[name] = await parquetReadObjects({ file, compressors, parsers })
}
process.stdout.write(JSON.stringify(told, plain))
