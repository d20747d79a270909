/** How bad it is what an alert tells, the mildest first. */
export const SEVERITIES = ['DEBUG', 'INFO', 'NOTICE', 'WARN', 'ERROR', 'FATAL'] as const;
export type Severity = (typeof SEVERITIES)[number];
