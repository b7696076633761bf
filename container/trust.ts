/** Which of the codes compiled into the image this process runs as: a free one never stands in for a paid one (design §7). Pure. */
import { err, ok, type Result } from '../shared/result.ts'
import type { ContainerProductView, ContainerView } from '../shared/seller/views.ts'
import { EXIT, type Refusal } from './exit.ts'
import type { Settings } from './settings.ts'

const isPaid = ({ pricing }: ContainerProductView): boolean => pricing !== 'free' && pricing !== 'byol'

const refuse = (code: string, message: string): Result<never, Refusal> =>
  err({ exit: EXIT.settings, code, message })

/**
 * The product; null for the seller's own service. The environment chooses among what the image trusts and adds nothing: a
 * buyer who writes another code, a free one, or `TOLLGATE_TARGET=edge` into a task of a paid image does not get it started.
 */
export function chooseProduct(
  seller: ContainerView,
  settings: Settings,
): Result<ContainerProductView | null, Refusal> {
  const paid = seller.products.filter(isPaid)
  if (settings.target.kind === 'edge') return chooseEdge(paid)

  const choices = paid.length > 0 ? paid : seller.products
  const [only, ...more] = choices
  if (only === undefined) {
    return refuse(
      'no-product',
      'This image trusts no product code. Its seller has to build it from a seller.config.ts with a container product.',
    )
  }
  const { productCode } = settings
  if (productCode === null) {
    if (more.length === 0) return ok(only)
    return refuse(
      'no-code',
      `This image is built for several products: set AWS_MARKETPLACE_PRODUCT_CODE to one of ${codes(choices)}.`,
    )
  }
  const chosen = choices.find((product) => product.code === productCode)
  if (chosen !== undefined) return ok(chosen)
  if (seller.products.some((product) => product.code === productCode)) {
    return refuse(
      'free-code',
      `AWS_MARKETPLACE_PRODUCT_CODE names a product that costs nothing, and this image is a paid one: set it to one of ${codes(choices)}, or remove it.`,
    )
  }
  return refuse(
    'unknown-code',
    `This image does not trust the code in AWS_MARKETPLACE_PRODUCT_CODE: set it to one of ${codes(choices)}, or remove it.`,
  )
}

/** The seller's own service runs from an image without a paid product: else a buyer would have a way around the check. */
function chooseEdge([paid]: readonly ContainerProductView[]): Result<null, Refusal> {
  if (paid === undefined) return ok(null)
  return refuse(
    'edge-target',
    `This image is sold as ${paid.title}, and TOLLGATE_TARGET=edge is for the seller's own service: remove it, or build the image for the edge.`,
  )
}

const codes = (products: readonly ContainerProductView[]): string =>
  products.map((product) => `${product.code} (${product.title})`).join(', ')
