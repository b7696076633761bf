/** What a container's pricing demands so that its tasks can ask AWS whether they may run (facts, aws-runtime §3, §6). Pure. */
import type { Dimension, Product } from '../seller.ts'
import type { Report } from './shape.ts'

/** Reports every rule of the entitlement check that one product breaks. */
export function checkEntitlement(product: Product, path: string, report: Report): void {
  checkRegister(product, path, report)
  const entitles = product.kind === 'container' && product.pricing === 'contract'
  product.dimensions.forEach((dimension, i) => {
    const at = `${path}.dimensions[${i}].checkout`
    if (entitles) checkCheckout(dimension, at, report)
    else if (dimension.checkout !== undefined)
      report(at, dimension.checkout, "Only a container with pricing 'contract' has it. Remove it.")
  })
  if (entitles) checkOneWay(product, path, report)
}

function checkRegister(product: Product, path: string, report: Report): void {
  if (product.kind !== 'container') return
  if (product.pricing === 'hourly' && product.register === undefined) {
    report(
      `${path}.register`,
      undefined,
      "AWS signs its answer, and the image holds the key: register: { publicKeyVersion: 1, publicKey: '-----BEGIN PUBLIC KEY-----…' }, as the Management Portal shows it.",
    )
  }
  if (product.pricing !== 'hourly' && product.register !== undefined)
    report(`${path}.register`, 'a public key', "Only pricing 'hourly' has it. Remove it.")
}

/** More than one can be bought: then somebody has to say how many a task takes, for nobody can guess it. */
function checkCheckout(dimension: Dimension, at: string, report: Report): void {
  if (dimension.checkout !== undefined || dimension.contract === undefined) return
  if (dimension.contract.quantities.every((quantity) => quantity === 1)) return
  report(
    at,
    undefined,
    "More than one can be bought. Say what each task takes of it: { kind: 'floating', quantity: 1 } while it runs, { kind: 'drawdown', quantity: 1 } for good, or { kind: 'tier' } for nothing.",
  )
}

/** AWS sells a contract either by tiers or by quantities. */
function checkOneWay(product: Product, path: string, report: Report): void {
  const offered = product.dimensions.filter((dimension) => dimension.offered)
  const isTier = ({ checkout }: Dimension): boolean => checkout === undefined || checkout.kind === 'tier'
  const tier = offered.find(isTier)
  const counted = offered.find((dimension) => !isTier(dimension))
  if (tier === undefined || counted === undefined) return
  report(
    `${path}.dimensions`,
    `${tier.key} as a tier, ${counted.key} as ${counted.checkout?.kind}`,
    'AWS sells a contract by tiers or by quantities, never both. Make all of them tiers, or none.',
  )
}
