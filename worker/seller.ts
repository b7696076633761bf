/** What the Worker knows of `seller.config.ts`. The bundle holds only its value (commands/start/seller.ts), never the file. */
import config from '../seller.config.ts'
import { edgeView, type EdgeView } from '../shared/seller/views.ts'

export const seller: EdgeView = edgeView(config)
