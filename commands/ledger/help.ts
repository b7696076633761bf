/** The help of `npm run ledger`. Nothing else. */
export const HELP = `npm run ledger -- COMMAND [flags]     the books of every subscription, and what a person may do to them

See:
  list [--product P] [--state S]      subscriptions with where their Ledgers stand
  show SUBSCRIPTION [--month 2026-11] hours, records with lines and receipts, periods, identities, acts
  parked [SUBSCRIPTION]               everything that is not simply billed: its value, whose move, what to do
  backlog                             what waits at each Submitter, what stands still, what will not make it
  refused                             usage the doors refused, with its value
  log                                 who held sending, replayed what a door refused, or named a successor
  audit [SUBSCRIPTION]                every invariant, with the numbers of both sides; ends with 1 when one is broken
  export [SUBSCRIPTION]               everything as JSON lines

Do (each asks for --why "…" and is written to the audit log; --who is your user name unless you say):
  run                                 what cron does each minute, now, and every Ledger that is due (needs no --why)
  retry SUBSCRIPTION RECORD           the identical record again, while AWS takes its hour
  move SUBSCRIPTION RECORD            its units go into the earliest open hour
  write-off SUBSCRIPTION RECORD       it is never billed
  evidence SUBSCRIPTION RECORD --from cloudtrail|billing-feed --id ID --says billed|"not recorded"
  hold SUBSCRIPTION [--dimension D]   nothing freezes, deadline alarms go on
  release SUBSCRIPTION [--dimension D | --record RECORD | --stopped]
  void SUBSCRIPTION --source S --from HOUR --to HOUR     a source's usage out of hours not yet frozen
  bill-aside SUBSCRIPTION USAGE       usage set aside goes into the earliest open hour
  drop-aside SUBSCRIPTION USAGE       usage set aside is never billed
  replay NUMBER | SUBSCRIPTION SOURCE EVENT              refused usage once more
  succeed SUBSCRIPTION SUCCESSOR      the second renews or replaces the first and takes over its month
  hold sending | release sending      everything that is sent to AWS, of all subscriptions
  restore-check [SUBSCRIPTION]        after a restore, before anything is sent

RECORD is DIMENSION@HOUR or the whole key, USAGE is METER@HOUR, HOUR is 2026-11-21T09 (UTC).
--json prints one JSON value a line. --act ID gives an act again whose answer was lost: it is done once.

A running \`npm start\` is found in .tollgate, or in --folder DIR. For a deployment set TOLLGATE_URL and
TOLLGATE_OPERATOR_KEY. Exit codes: 0 done, 1 refused or out of balance, 2 the command line, 3 no answer, 4 no key.`
