/** A service, by the name in its host and in signatures. */
export type Service = 'dynamodb' | 'kms' | 'lambda' | 'events';

/**
 * For each partition: the prefix of its Regions, its domain, and the domain of dual-stack
 * endpoints.
 */
const PARTITIONS = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  // All others, including us-gov-.
  ['', 'amazonaws.com', 'api.aws'],
] as const;

/** AWS's own host of a service. */
export function hostOf(service: Service, region: string, fips: boolean, dual: boolean): string {
  const [, domain, dualDomain] =
    PARTITIONS.find(([prefix]) => region.startsWith(prefix)) ?? PARTITIONS[6];
  // Here the plain endpoint already is a FIPS endpoint.
  const isPlain =
    region.startsWith('us-gov-') && (service === 'events' || (service === 'dynamodb' && !dual));
  return `${service}${fips && !isPlain ? '-fips' : ''}.${region}.${dual ? dualDomain : domain}`;
}
