/** What keeps a frozen record, its lines and receipts, and the audit log as they were written. No I/O of its own. */

/** A trigger that refuses an action on a table outright. */
const refuse = (table: string, action: string, sentence: string): string =>
  `CREATE TRIGGER ${table}_${action.toLowerCase().split(' ')[0]} BEFORE ${action} ON ${table}
BEGIN SELECT RAISE (ABORT, '${sentence}'); END;\n`

/** A second row under the same key, which REPLACE would slip past the trigger on deletes. */
const refuseSecond = (table: string, same: string): string =>
  `CREATE TRIGGER ${table}_second BEFORE INSERT ON ${table} WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${same})
BEGIN SELECT RAISE (ABORT, 'a row of ${table} is written once'); END;\n`

/** What changed behind a revision lies in no hour before `changed.from_hour` (changes.ts): it follows whatever changes. */
const follow = (table: string, event: string): string =>
  `CREATE TRIGGER ${table}_changed_${event.toLowerCase().split(' ')[0]} AFTER ${event} ON ${table}
WHEN NEW.hour < (SELECT from_hour FROM changed) BEGIN UPDATE changed SET from_hour = NEW.hour; END;\n`

const FIXED =
  'key, dimension, hour, product, product_code, identity, price, allocations, config, life, period, estimated, frozen_at'

/** While a restore check is open, a record takes the quantity and stamp that went to AWS, and its lines with it (money §9). */
const CHECKED = 'WHEN NOT EXISTS (SELECT 1 FROM restores WHERE finished_at IS NULL)'

/** What keeps a table `repairs` as it was written. */
export const LOG_TRIGGERS = [
  refuse('repairs', 'UPDATE', 'the audit log never changes'),
  refuse('repairs', 'DELETE', 'the audit log never changes'),
  refuseSecond('repairs', 'entry = NEW.entry OR act_id = NEW.act_id'),
].join('')

export const TRIGGERS = [
  follow('records', 'INSERT'),
  follow('records', 'UPDATE OF revision'),
  follow('usage', 'INSERT'),
  follow('usage', 'UPDATE OF revision'),
  refuse('records', `UPDATE OF ${FIXED}`, 'a frozen record never changes'),
  `CREATE TRIGGER records_fixed BEFORE UPDATE OF timestamp, quantity ON records ${CHECKED}
BEGIN SELECT RAISE (ABORT, 'a frozen record never changes'); END;\n`,
  refuse('records', 'DELETE', 'a record is never deleted'),
  refuseSecond('records', 'key = NEW.key'),
  `CREATE TRIGGER records_billed BEFORE UPDATE OF state ON records WHEN OLD.state IN ('billed', 'moved', 'written off')
AND NEW.state <> OLD.state BEGIN SELECT RAISE (ABORT, 'this record has ended'); END;\n`,
  refuse('lines', 'UPDATE OF record, line, kind, period, from_record', 'a line never changes'),
  `CREATE TRIGGER lines_fixed BEFORE UPDATE OF units ON lines ${CHECKED}
BEGIN SELECT RAISE (ABORT, 'a line never changes'); END;\n`,
  refuse('lines', 'DELETE', 'a line is never deleted'),
  refuseSecond('lines', 'record = NEW.record AND line = NEW.line'),
  refuse('receipts', 'UPDATE', 'a receipt never changes'),
  refuse('receipts', 'DELETE', 'a receipt is never deleted'),
  refuse('given', 'UPDATE', 'what was given to a successor never changes'),
  refuse('given', 'DELETE', 'what was given to a successor is never deleted'),
  refuseSecond('given', 'one = NEW.one'),
  refuseSecond('receipts', 'record = NEW.record AND attempt = NEW.attempt'),
  LOG_TRIGGERS,
].join('')
