/** What is done about several things alike, in the words it is told with. */

/** `pulumi up` makes the account as the program says; it shows what it changes, and asks. */
export const upOf = (stack: string): string =>
  `\`npm run up -- --stack ${stack} --refresh\` compares the account with the program and puts it right`

/** A deployment makes the Worker as the stack says. */
export const deployOf = (stack: string): string => `\`npm run deploy -- --stack ${stack}\``
