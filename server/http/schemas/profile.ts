import { Type } from 'typebox';
import { AnyObject, Input, Instant, Shared } from '../../schemas/common.ts';
import { paging } from './page.ts';
import { UsedBy } from './workflow.ts';

export const ProfilesQuery = Input({ ...paging });

export const ProfileBody = Type.Object(
  {
    name: Type.String(),
    params: AnyObject,
    usedBy: UsedBy,
    createdAt: Instant,
    version: Type.Integer({ description: 'Rises with each change; the entity tag.' }),
  },
  { $id: 'Profile' },
);
export type ProfileBody = Type.Static<typeof ProfileBody>;
export const Profile = Shared(ProfileBody);
