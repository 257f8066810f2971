import { ValidateBy } from 'class-validator';
import { isAddress } from '../common/cluster-settings';

/** `host:port`, an IPv6 address in brackets. */
export const IsAddress = () =>
  ValidateBy({
    name: 'isAddress',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isAddress(value),
      defaultMessage: () => 'must be host:port',
    },
  });
