/** One task's money: each hour once, whatever its process and AWS do (money §8, §11). */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { Aws, at, count, drain, live, openCore } from './stand.ts'

test('an hour that ended is one record, and what a new task used in its first hour goes with the next (money §11)', () => {
  const aws = new Aws()
  const core = openCore(openNodeSql(':memory:'), 'task/a', at(10, 20))
  count(core, at(10, 30), 3)
  count(core, at(11, 30), 4)
  live(core, at(11, 30), at(13), (request, now) => aws.take('task/a', request, now))
  expect([...aws.records]).toEqual([
    ['task/a|api_call|' + at(11), { quantity: 7, id: 'record-1', stamp: at(11) }],
  ])
  expect(core.audit()).toEqual([])
  expect(drain(core, at(14), (request) => aws.take('task/a', request, at(14)))).toBe(0)
})
