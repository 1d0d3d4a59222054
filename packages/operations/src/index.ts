export type { Desk } from './desk.ts';
export { checkRole, perform, readAsked, type Asked, type Operation } from './operation.ts';
export { operations } from './operations.ts';
export * from './problems.ts';
export { orderedBy, seesOnly, type Who } from './who.ts';
export { openApiDocument } from './openapi.ts';
export { ApiProblem, ask, type Answer, type ClientOptions, type Given } from './client.ts';
export { askHere } from './ask-here.ts';
