/** Node runs our TypeScript as it is: every file can be stripped of its types, and none is a `.tsx` (design §4). */
import { stripTypeScriptTypes } from 'node:module'
import { expect, test } from 'vitest'
import { files, sources, textOf } from './support/repository.ts'

function stripped(text: string): string {
  try {
    stripTypeScriptTypes(text)
    return 'stripped'
  } catch (cause) {
    return cause instanceof Error ? cause.message.split('\n')[0]?.trim() || 'refused' : 'refused'
  }
}

test('every TypeScript file can be run by Node 24 as it is', () => {
  const found = sources
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${file}: ${stripped(textOf(file))}`)
  expect(found.filter((line) => !line.endsWith(': stripped'))).toEqual([])
})

test('no file has an ending that Node 24 cannot load', () => {
  expect(files.filter((file) => /\.(tsx|jsx|mts|cts|js)$/.test(file))).toEqual([])
})

test.each([
  'enum A { B }',
  'class A { constructor(private b: number) {} }',
  'namespace A { export const b = 1 }',
])('%s is refused, so that it is known to be looked for', (text) => {
  expect(stripped(text)).not.toBe('stripped')
})
