import { expect, test } from 'vitest';
import { readMarks, writeMarks } from './marks.ts';

test.each([
  {},
  { membership: { active: false, evictable: true } },
  { serviceState: 'IN_SERVICE' as const },
  { membership: { active: true, evictable: false }, serviceState: 'UNHEALTHY' as const },
])('marks are read as they were written: %j', (marks) => {
  expect(readMarks(writeMarks(marks))).toEqual(marks);
});

test.each(['', '{', 'null', '[]', '7', '{"active":"no"}', '{"evictable":1}'])(
  'a membership that is none says nothing: %s',
  (membership) => {
    expect(readMarks({ membership, serviceState: 'in_service' })).toEqual({});
  },
);

test('what a membership leaves out is true', () => {
  expect(readMarks({ membership: '{"active":false}', serviceState: undefined })).toEqual({
    membership: { active: false, evictable: true },
  });
});
