export * from './audit.ts';
export * from './intake.ts';
export * from './lines.ts';
export * from './news.ts';
export * from './operations.ts';
export * from './sends.ts';
export * from './tallies.ts';
export * from './views.ts';
