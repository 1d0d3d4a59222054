import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askCli } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readComposeFile, type ComposeService } from './compose-file.ts';
import { readSettingsPage } from './settings-page.ts';

const root = join(import.meta.dirname, '../../../..');
const { services, networks, volumes } = readComposeFile(join(root, 'docker-compose.yml'));
const provider = readComposeFile(join(root, 'docker-compose.provider.yml'));
const settings = readSettingsPage(join(root, '.env.example'));
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

const each = Object.entries(services);
const isOurs = ({ image = '' }: ComposeService) => image.includes('salio');
const ours = each.filter(([, service]) => isOurs(service));
/** Those that end by themselves: others wait for that, or a person runs them. */
const awaited = each.flatMap(([, { depends_on = {} }]) =>
  Object.entries(depends_on)
    .filter(([, { condition }]) => condition === 'service_completed_successfully')
    .map(([name]) => name),
);
const endsItself = (name: string) => awaited.includes(name) || services[name]?.profiles;

/** Whose settings a service has that is not called as its app. */
const APP_OF: Readonly<Record<string, string>> = { migrate: 'cli', api: 'ops' };

/** Settings that an app gets, by their names without _FILE. */
const given = (service: ComposeService | undefined) => Object.entries(service?.environment ?? {});
const isFile = (name: string) => name.endsWith('_FILE') && !settings.has(name);
const plain = (name: string) => (isFile(name) ? name.replace(/_FILE$/, '') : name);
const seconds = (text = '') => Number(/^(\d+)s$/.exec(text)?.[1]);
const defaultMs = (name: string) => Number(settings.get(name)?.value);

describe.each(each)('the service %s', (name, service) => {
  it('says whether it is well, or ends by itself', () => {
    expect(service.healthcheck !== undefined || endsItself(name)).toBeTruthy();
  });

  it('can change nothing of its image, and has no rights but those of an ordinary user', () => {
    const { read_only, cap_drop, security_opt, privileged = false } = service;
    expect({ read_only, cap_drop, security_opt, privileged }).toEqual({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      privileged: false,
    });
    const user = service.user ?? (isOurs(service) ? /^USER (\w+)$/m.exec(dockerfile)?.[1] : 'root');
    expect(['node', 'postgres', 'redis']).toContain(user);
  });

  it('has bounds for its memory, its processes and its log', () => {
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.logging?.options).toEqual({ 'max-size': '20m', 'max-file': '5' });
  });

  it('comes again where it is meant to run on', () => {
    expect(service.restart ?? 'no').toBe(endsItself(name) ? 'no' : 'unless-stopped');
  });

  it('sees of the secrets its own folder, to read', () => {
    if (name === 'secrets') return;
    const folders = (service.volumes ?? []).filter(
      (volume) => typeof volume !== 'string' && volume.source === 'secrets',
    );
    expect(folders).toEqual([
      {
        type: 'volume',
        source: 'secrets',
        target: '/run/salio',
        read_only: true,
        volume: { subpath: name },
      },
    ]);
  });

  it('has volumes that are declared', () => {
    for (const volume of service.volumes ?? []) {
      const source = typeof volume === 'string' ? volume.split(':')[0] : volume.source;
      expect(Object.keys(volumes)).toContain(source);
    }
  });
});

describe.each(ours)('the environment of %s', (name, service) => {
  it('names settings that .env.example describes for it', () => {
    const app = APP_OF[name] ?? name;
    const unknown = given(service)
      .map(([variable]) => variable)
      .filter((variable) => !settings.get(plain(variable))?.apps.includes(app));
    expect(unknown).toEqual([]);
  });

  it('holds no secret, and no URL that may hold one', () => {
    const delicate = given(service).filter(
      ([variable]) => settings.get(plain(variable))?.secret || plain(variable).endsWith('_URL'),
    );
    for (const [variable, value] of delicate) {
      const expected = isFile(variable) ? /^\/run\/salio\/\w+$/ : /^http:\/\/\w+:\d+$/;
      expect(value).toMatch(expected);
    }
  });
});

describe('what `salio secrets` writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'salio-compose-'));
  beforeAll(() => askCli(['secrets', folder], {}));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(each.filter(([name]) => name !== 'secrets'))(
    'is what %s reads, no more and no less',
    (name, service) => {
      const read = JSON.stringify(service).matchAll(/\/run\/salio\/([\w.]+)/g);
      const names = [...read].map(([, file]) => file ?? '');
      expect(new Set(readdirSync(join(folder, name)))).toEqual(new Set(names));
    },
  );
});

describe('time to stop', () => {
  it('is longer than a worker needs to record what is in flight', () => {
    const needed = (defaultMs('REQUEST_TIMEOUT_MS') + defaultMs('CONNECT_TIMEOUT_MS')) / 1000 + 15;
    expect(seconds(services['worker']?.stop_grace_period)).toBeGreaterThan(needed);
    const set = given(services['worker']).map(([variable]) => variable);
    expect(set).not.toEqual(expect.arrayContaining(['REQUEST_TIMEOUT_MS', 'CONNECT_TIMEOUT_MS']));
  });

  it.each([
    ['scheduler', 70],
    ['ops', 20],
    ['api', 20],
    ['simulator', 5],
  ])('is longer than the grace of %s', (name, graceSeconds) => {
    expect(seconds(services[name]?.stop_grace_period)).toBeGreaterThan(graceSeconds);
  });
});

describe('who reaches whom', () => {
  const at = (name: string) => services[name]?.networks ?? [];

  it('nobody from outside but a proxy on this machine: ops and the API alone', () => {
    const ports = each.flatMap(([name, service]) =>
      (service.ports ?? []).map((port) => [name, port]),
    );
    expect(ports).toEqual([
      ['ops', '127.0.0.1:${CALLBACK_PORT:-4020}:4020'],
      ['api', '127.0.0.1:${API_PORT:-4030}:4030'],
    ]);
  });

  it('database and queue have no way to the world, and ops and the API none to the queue', () => {
    expect([at('postgres'), at('redis'), at('simulator')]).toEqual([
      ['ledger'],
      ['queue'],
      ['provider'],
    ]);
    expect([networks['ledger'], networks['queue']]).toEqual([
      { internal: true },
      { internal: true },
    ]);
    expect([...at('ops'), ...at('api')]).not.toContain('queue');
  });

  it('no app starts before the database is at its version', () => {
    for (const name of ['worker', 'scheduler', 'ops', 'api']) {
      expect(services[name]?.depends_on?.['migrate']?.condition).toBe(
        'service_completed_successfully',
      );
    }
  });
});

describe('what must not be lost', () => {
  it('is on volumes: the data of both servers, and the answers of a forced exit', () => {
    expect(services['postgres']?.volumes).toContain('postgres:/var/lib/postgresql');
    expect(services['redis']?.volumes).toContain('redis:/data');
    const { environment, volumes: kept } = services['worker'] ?? {};
    expect(kept).toContain(`journal:${environment?.['ANSWER_JOURNAL_FOLDER']}`);
  });

  it('is not dropped by Redis, and is written to its file', () => {
    const command = services['redis']?.command?.join(' ');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(command).toContain('--appendonly yes --appendfsync everysec');
  });
});

describe('the provider', () => {
  it('is the simulator unless somebody says otherwise', () => {
    for (const [name, service] of ours) {
      const { AIRTIME_USERNAME: account, AIRTIME_BASE_URL: place } = service.environment ?? {};
      if (account !== undefined) expect(account).toBe('simulator');
      if (account !== undefined && !['ops', 'simulator'].includes(name)) {
        expect(place).toBe('http://simulator:4010');
      }
    }
  });

  it('is said everywhere at once, in a project of its own', () => {
    const asked = ours.filter(
      ([name, { environment }]) => environment?.['AIRTIME_USERNAME'] && name !== 'simulator',
    );
    expect(asked.length).toBeGreaterThan(0);
    for (const [name, { environment = {} }] of asked) {
      const wanted = Object.keys(environment).filter((variable) => variable.startsWith('AIRTIME_'));
      const changed = Object.keys(provider.services[name]?.environment ?? {});
      expect({ name, set: new Set(changed) }).toEqual({ name, set: new Set(wanted) });
    }
    expect(provider.services['simulator']?.profiles).toEqual(['never']);
  });
});
