export { accountOf } from './africastalking/account.ts';
export { createAfricasTalking, DEFAULT_HTTP } from './africastalking/adapter.ts';
export type { AfricasTalkingSettings } from './africastalking/adapter.ts';
export { readNotification, readValidation } from './africastalking/callbacks.ts';
export { openProbe, type AirtimeProbe } from './africastalking/probe.ts';
export { AirtimeSettingsError, chooseBaseUrl } from './africastalking/hosts.ts';
export { RESPONSE_BYTES_MAX } from './connections.ts';
export { deadlineIn, hasPassed, systemClock } from './deadline.ts';
export type { Clock, SendDeadline } from './deadline.ts';
export { PROVIDER_STATUSES } from './provider.ts';
export type {
  AirtimeProvider,
  BalanceAnswer,
  EnquiryAnswer,
  ProviderStatus,
  SendRequest,
} from './provider.ts';
