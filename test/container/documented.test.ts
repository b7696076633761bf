/** docs/container.md says what the code does: its tables of exit codes, settings and actions are the code's. */
import { expect, test } from 'vitest'
import { buyerProducts } from '../../container/buyer/product.ts'
import { EXIT } from '../../container/exit.ts'
import { DEFAULT_PORT, DEFAULT_STOP_SECONDS, readSettings, VARIABLES } from '../../container/settings.ts'
import { textOf } from '../support/repository.ts'
import { PRICINGS, priced } from './buyer/products.ts'

const document = textOf('docs/container.md')

/** Rows of the table that begins with this head, as cells without their code marks. */
function table(head: string): string[][] {
  const lines = document.split('\n')
  const start = lines.findIndex((line) => line.startsWith(head))
  expect(start).toBeGreaterThan(-1)
  const rest = lines.slice(start + 2)
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
}

test('the table of exit codes has each code once, and no other', () => {
  const numbers = table('| exit |').map(([code]) => Number(code))
  expect(numbers).toEqual([...new Set(Object.values(EXIT))].toSorted((a, b) => a - b))
})

test('the table of settings has each variable once, and no other', () => {
  const names = table('| variable |').map(([name = '']) => name)
  expect(names.toSorted()).toEqual(['AWS_MARKETPLACE_PRODUCT_CODE', ...VARIABLES].toSorted())
})

test('the defaults of the table are the code’s', () => {
  const defaults = Object.fromEntries(table('| variable |').map(([name, value]) => [name, value]))
  expect(readSettings({})).toMatchObject({
    ok: true,
    value: {
      port: Number(defaults.TOLLGATE_PORT),
      stopMs: Number(defaults.TOLLGATE_STOP_SECONDS) * 1_000,
      onEntitlementEnd: defaults.TOLLGATE_ON_ENTITLEMENT_END,
      target: { kind: defaults.TOLLGATE_TARGET },
      agent: { kind: defaults.TOLLGATE_AGENT },
      emf: defaults.TOLLGATE_EMF === 'on',
      logLevel: defaults.TOLLGATE_LOG_LEVEL,
    },
  })
  expect([DEFAULT_PORT, DEFAULT_STOP_SECONDS]).toEqual([4780, 25])
})

test('the actions of the role are those of each pricing', () => {
  const rows = new Map(
    table('| pricing |').flatMap(([names = '', actions = '']) =>
      names.split(', ').map((name) => [name, actions]),
    ),
  )
  const said = PRICINGS.map((pricing) => {
    const { actions = [] } = buyerProducts(priced(pricing), '1')[0] ?? {}
    const service = actions[0]?.split(':')[0] ?? ''
    return actions.length === 0
      ? 'none'
      : [actions[0], ...actions.slice(1).map((one) => one.slice(service.length + 1))].join(', ')
  })
  expect(PRICINGS.map((pricing) => rows.get(pricing))).toEqual(said)
})
