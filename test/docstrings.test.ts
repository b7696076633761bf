/** Each file says in its first line what it is, and ends within reach (style, "Docstrings" and "Names"). */
import { expect, test } from 'vitest'
import { files, sources, textOf } from './support/repository.ts'

const firstLine = (file: string): string => textOf(file).split('\n')[0] ?? ''

test('the first line of every source file says what it is', () => {
  expect(sources.filter((file) => !/^\/\*\*( \S|$)/.test(firstLine(file)))).toEqual([])
})

test('the first sentence is about the file: it is longer than a name', () => {
  const said = sources.map((file) => ({
    file,
    text: /^\/\*\*\s*(?:\* )?([^\n]*)/.exec(textOf(file))?.[1] ?? '',
  }))
  expect(said.filter(({ text }) => text.split(' ').length < 5).map(({ file }) => file)).toEqual([])
})

/** Who may do what is read in one place, document by document. */
const DOCUMENTS = 'infra/policies.ts'

/** Tests are read one at a time, and their tables by the row. */
const linesMax = (file: string): number => (file.startsWith('test/') || file === DOCUMENTS ? 500 : 300)

test('no file is longer than 300 lines, no test than 500', () => {
  const long = sources.map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
  expect(
    long.filter(({ file, lines }) => lines > linesMax(file)).map(({ file, lines }) => `${file}: ${lines}`),
  ).toEqual([])
})

test('a file is named by a noun in kebab-case, never by what says nothing', () => {
  const names = sources.map((file) =>
    (file.split('/').at(-1) ?? '').replace(/(\.(test|suite|config|dev))*\.(ts|mjs)$/, ''),
  )
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([])
  const empty = /^(utils?|helpers?|common|service|managers?|types|misc|lib)$/
  const steps = files.flatMap((file) => file.replace(/\.[^/]*$/, '').split('/'))
  expect(steps.filter((step) => empty.test(step))).toEqual([])
})
