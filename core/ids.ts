/** The prefix of each kind of id says what it names. */
export const ID_PREFIX = { resource: 'res', lease: 'lse', job: 'job', token: 'tok', run: 'run' } as const;
