/** Says that an invariant is broken: its name, and for people what was seen. Only the first word of a run counts. */
export type Report = (invariant: string, detail: string) => void;

/** What the checker of a run watches, by name. `checkWorld` adds the numbered invariants of one moment. */
export const INVARIANTS = {
  'events-gapless':
    'durable events are numbered from 1 without a gap, across crashes, and their time never runs backwards',
  'one-holder': 'a resource has one holder at a time',
  'leased-is-never-taken': 'what is leased does not move, leave or get quarantined before its lease ended',
  'epoch-rises': 'each grant of a resource has a higher epoch than every one before it',
  'ended-stays-ended': 'a lease that ended is never granted, renewed or ended again',
  'events-tell-all': 'documents and events of one commit tell the same',
  'not-too-early': 'a lease that was held ends by time only when its time is over',
  expiry: 'no lease outlives its deadline once the keeper had the time to end it',
  quota: 'no request goes over a quota of its pool or token',
  order: 'among equal requests of one pool the queue order decides',
  'one-lease-per-key': 'a repeated idempotency key never makes two leases',
  'alive-not-given-up': 'what is there and well is not called missing',
  'dead-not-lent': 'what is known to be dead is not lent',
  'lost-waiter': 'when the keeper is at rest, nobody waits for what is free',
  'waiter-is-woken': 'who waits for a lease that is active or over is told',
  'shown-is-durable': 'what a client was shown is in the store',
  'survives-restart': 'what is loaded is what was committed',
  'memory-is-disk': 'when the keeper is at rest, its memory is what is in the store',
  'feed-is-complete': 'a subscriber sees each durable event once, in order',
  'one-writer': 'nothing is committed under the term of a deposed keeper',
  'decides-while-held': 'whoever decides has the term by the clock of the database, at that moment',
  'read-is-current': 'a read sees everything that anybody was told before it began, whoever answers it',
  follows: 'who follows knows what was committed, to the last document',
  'takes-over': 'a replica that reaches the database takes the world in bounded time when nobody keeps it',
  'clean-before-free':
    'a resource whose pool promises that it is clean bears no marks of a holder when it is lent, but by the word of a person',
  'record-per-turnover': 'each turnover that is over has one record, written with the event that tells of it',
  'records-chain':
    'records of a resource are numbered without a gap, each names the one before it and the epoch that came back',
  'runs-end-once': 'every run that was started is under way, or ended once; a resource has one at a time',
  'passed-is-done': 'a step that is told to have passed was done',
  'intent-first': 'no step is begun that is not written down',
  'one-key-per-step': 'attempts at a step that no person asked for have one key',
  turn: 'who asks by stage gets the member whose turn is its own, by arrival among those who still ask, and nobody another',
  'place-kept': 'who asks again in time keeps its place, whatever crashed meanwhile',
  'made-on-demand':
    'a member is made for a request that is new and finds nothing, within bounds, and for no other',
  'silent-alone': 'members are taken away from all who were silent for as long as that, and from nobody else',
  'free-alone-is-lent': 'what is lent natively stood at `free`',
  'credential-to-holder':
    'credentials are shown to the holder of an active lease before its end by the clock, and to nobody else at no other time',
  'proven-before-offer': 'an account is offered when somebody looked since it was used, and found nothing',
  'one-key': 'an account on offer has one working key, the one that is kept',
  'old-key-is-dead': 'the key of an earlier holder does not work once an account is granted again',
  answered: 'every request is answered or refused in bounded time',
  stops: 'a graceful stop ends in bounded time',
  settles:
    'when faults stop and time passes, jobs are finished, pools at size, and outside is what the world says',
  'no-defect': 'nothing fails but by a refusal or a fault that was injected',
} as const;

/** A run that found something. */
export type Finding = { readonly invariant: string; readonly detail: string };
