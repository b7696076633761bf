/** The catalogue: what a skill is, and how one is found. The data are skills.json. No I/O, no clock. */
import catalogue from './skills.json' with { type: 'json' }

export interface Skill {
  /** Lower case and hyphens; stands in addresses and never changes. */
  readonly id: string
  readonly name: string
  readonly category: string
  readonly version: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly steps: readonly string[]
  /** What a person may say to begin. */
  readonly example: string
}

export const SKILLS: readonly Skill[] = catalogue

export const CATEGORIES: readonly string[] = [...new Set(SKILLS.map((skill) => skill.category))]

/** What the catalogue takes up as it is stored, UTF-8. */
export const STORED_BYTES = Buffer.byteLength(JSON.stringify(catalogue))

const byId = new Map(SKILLS.map((skill) => [skill.id, skill]))

export const skillOf = (id: string): Skill | undefined => byId.get(id)

/** How much a word counts where it is found. */
const WEIGHTS = { name: 8, tags: 4, summary: 2, steps: 1 } as const

const texts = new Map(
  SKILLS.map((skill) => [
    skill.id,
    {
      name: fold(skill.name),
      tags: fold(skill.tags.join(' ')),
      summary: fold(skill.summary),
      steps: fold([...skill.steps, skill.example].join(' ')),
    },
  ]),
)

/**
 * The skills in which every word of `query` stands, the best first; those that are equally good in the catalogue's order.
 * An empty query finds all, and an empty category is any.
 */
export function findSkills(query: string, category = ''): readonly Skill[] {
  const words = fold(query)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  return SKILLS.filter((skill) => category === '' || skill.category === category)
    .map((skill) => ({ skill, score: scoreOf(skill, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ skill }) => skill)
}

/** 0: some word stands nowhere in it. */
function scoreOf({ id }: Skill, words: readonly string[]): number {
  const text = texts.get(id)
  if (text === undefined) return 0
  let sum = 1
  for (const word of words) {
    const score = (['name', 'tags', 'summary', 'steps'] as const)
      .filter((field) => text[field].includes(word))
      .reduce((all, field) => all + WEIGHTS[field], 0)
    if (score === 0) return 0
    sum += score
  }
  return sum
}

/** Lower case without accents, so that people find what they type. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}
