/** What the container knows of `seller.config.ts`. The bundle holds only its value (commands/container-bundle.ts), never the file. */
import config from '../seller.config.ts'
import { containerView, type ContainerView } from '../shared/seller/views.ts'

export const seller: ContainerView = containerView(config)
