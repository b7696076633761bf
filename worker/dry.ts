/** What a dry Worker says to people, on each page and in each mail: AWS is told of no usage. */

export const DRY_NOTE = 'Test environment: usage is counted here, and AWS Marketplace bills none of it.'
