import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { exports } from './exports/exports.ts';
import { openApiDocument } from './openapi.ts';
import { operations } from './operations.ts';

const all = Object.values(operations);
const document = openApiDocument(all);

it('is a valid document of OpenAPI 3.1', async () => {
  // The validator may change what it gets.
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
});

it('has every operation once, by the name that it is called here', () => {
  const { paths } = document as { paths: Record<string, Record<string, { operationId: string }>> };
  const ids = Object.values(paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  const files = Object.values(exports).map(({ id }) => id);
  expect(ids.toSorted()).toEqual([...Object.keys(operations), ...files, 'streamEvents'].toSorted());
  expect(all.map(({ id }) => id).toSorted()).toEqual(Object.keys(operations).toSorted());
});
