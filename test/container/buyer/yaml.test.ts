/** What is written as YAML is read back as the same value by readers of YAML 1.1 and 1.2. */
import fc from 'fast-check'
import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { toYaml, type Plain } from '../../../container/buyer/yaml.ts'

test('any plain value comes back the same, by both versions', () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'no',
      'on',
      'Y',
      '~',
      '010',
      '1e3',
      '2010-09-09',
      '12:30',
      '- a',
      'a: b',
      'x #y',
      '*',
      '=',
      '<<',
    ),
    fc.integer(),
    fc.boolean(),
  )
  const value = fc.letrec<{ node: Plain }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '__proto__' && key !== '<<'),
        tie('node'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  })).node
  fc.assert(
    fc.property(value, (plain) => {
      for (const version of ['1.1', '1.2'] as const) expect(parse(toYaml(plain), { version })).toEqual(plain)
    }),
  )
})
