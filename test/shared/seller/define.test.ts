/** `defineSeller` takes what is right, and says all that is wrong at once. */
import { expect, test } from 'vitest'
import config from '../../../seller.config.ts'
import { checkSeller, defineSeller } from '../../../shared/seller/define.ts'
import { changed } from './changed.ts'

test("the repository's own seller.config.ts is taken as it is", () => {
  expect(defineSeller(config)).toBe(config)
})

test('every mistake is said at once, one line each', () => {
  const wrong = changed({ landing: 'mine', 'branding.accent': '#fff', 'products[1].pricing': 'rent' })
  const checked = checkSeller(wrong)
  expect(checked.ok ? [] : checked.error.map((one) => one.path)).toEqual([
    'landing',
    'branding.accent',
    'products[1].pricing',
  ])
})

test('defineSeller throws all of it as one text', () => {
  const wrong = { ...config, landing: 'mine' as 'own', region: 'moon' }
  expect(() => defineSeller(wrong)).toThrow(
    new Error(
      `seller.config.ts has 2 mistakes:
  landing: got 'mine'. Use one of: 'hosted', 'own'. 'hosted': our page takes the buyer; 'own': yours does.
  region: got 'moon'. Give the AWS Region that meters. Example: 'us-east-1'.`,
    ),
  )
})

test('a file that holds something else is refused with a sentence', () => {
  const said = [undefined, null, [], 'x'].map((value) => {
    const checked = checkSeller(value)
    return checked.ok ? '' : checked.error.map((one) => `${one.path}|${one.got}|${one.remedy}`).join()
  })
  const remedy = 'Give what you sell: docs/seller-config.md has an example.'
  expect(said).toEqual([
    `|nothing|${remedy}`,
    `|null|${remedy}`,
    `|an empty list|${remedy}`,
    `|'x'|${remedy}`,
  ])
})

test('a container that meters through an agent may count what a task may not (money §11)', () => {
  const agent = changed({
    'products[2].metering': 'agent',
    'products[2].dimensions[0].charge': { kind: 'sum', meter: 'api_calls', block: '1000' },
  })
  expect(checkSeller(agent).ok).toBe(true)
})

test('included amounts may come from a contract instead of a plan (money §3)', () => {
  const fromContract = changed({
    'products[0].dimensions[2].charge': { kind: 'sum', meter: 'api_calls', block: '1000' },
    'products[0].dimensions[2].includedFrom': 'team_users',
    'products[0].trial': undefined,
  })
  expect(checkSeller(fromContract)).toMatchObject({ ok: true })
})
