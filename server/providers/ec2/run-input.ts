import { createHash } from 'node:crypto';
import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { CreateRequest } from '../contract.ts';
import { NAME_TAG, POOL_MARK, POOL_TAG, RESOURCE_TAG } from './tags.ts';
import type { Tags } from './tags.ts';
import type { Ec2Template } from './template.ts';

/** As long as EC2 takes. */
const TOKEN_LENGTH = 64;

/** The same token for the same parts: it stands for one machine, however often it is asked for. */
export function tokenOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, TOKEN_LENGTH);
}

/** The tags that a machine bears from its making on. */
export function tagsOfResource(resource: CreateRequest['resource'], mark: string): Tags {
  return { [POOL_MARK]: mark, [RESOURCE_TAG]: resource.id, [POOL_TAG]: resource.pool };
}

/** What EC2 is asked for, but for the token: the same each time for a resource and a template. */
export function runInput(
  resource: CreateRequest['resource'],
  template: Ec2Template,
  mark: string,
): RunInstancesCommandInput {
  const tags: Tags = { [NAME_TAG]: resource.name, ...template.tags, ...tagsOfResource(resource, mark) };
  const { keyPair, iamInstanceProfileARN, encodedUserData, spot, securityGroupIds } = template;
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: template.amiId,
    // The SDK's type lists what its own version knows; EC2 knows more each month.
    InstanceType: template.instanceType as NonNullable<RunInstancesCommandInput['InstanceType']>,
    EbsOptimized: template.ebsOptimized,
    // A public address is a property of the interface, so subnet and groups stand there too.
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: subnetOf(resource.id, template.subnetIds),
        AssociatePublicIpAddress: template.assignPublicIp,
        ...(securityGroupIds.length === 0 ? {} : { Groups: [...securityGroupIds] }),
      },
    ],
    TagSpecifications: [
      {
        ResourceType: 'instance',
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      },
    ],
    ...(keyPair === null ? {} : { KeyName: keyPair }),
    ...(iamInstanceProfileARN === null ? {} : { IamInstanceProfile: { Arn: iamInstanceProfileARN } }),
    ...(encodedUserData === null ? {} : { UserData: encodedUserData }),
    ...(spot === null ? {} : { InstanceMarketOptions: marketOf(spot) }),
  };
}

/** Chosen by the resource's id: spread like dice, and the same for each attempt, as the token demands. */
function subnetOf(id: string, subnets: readonly string[]): string {
  const dice = createHash('sha256').update(id).digest().readUInt32BE(0);
  return subnets[dice % subnets.length] ?? '';
}

/** Once, not persistent: the request ends with its machine, so none is left to make others, and none has to be cleaned up. */
function marketOf({ bidPrice }: NonNullable<Ec2Template['spot']>) {
  return {
    MarketType: 'spot' as const,
    SpotOptions: {
      SpotInstanceType: 'one-time' as const,
      InstanceInterruptionBehavior: 'terminate' as const,
      ...(bidPrice === null ? {} : { MaxPrice: bidPrice }),
    },
  };
}
