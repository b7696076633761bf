/** What forms did, kept for the page they redirect to. In memory, the last few: a notice is read once or not at all. */
import type { Notice } from './layout.ts'

const KEPT = 50

export interface Notices {
  /** Answers the path with the notice's number in it. */
  pass(path: string, notice: Notice): string
  read(number: string | undefined): Notice | undefined
}

export function createNotices(): Notices {
  const kept = new Map<string, Notice>()
  let last = 0
  return {
    pass(path, notice) {
      last += 1
      kept.set(String(last), notice)
      kept.delete(String(last - KEPT))
      return `${path}?notice=${last}`
    },
    read: (number) => (number === undefined ? undefined : kept.get(number)),
  }
}
