import { expect, it } from 'vitest';
import { refuseAlarmUrl } from './alarm-url.ts';

it.each([
  'https://alarms.example.org/hook?team=pay',
  'http://127.0.0.1:8080/',
  'http://localhost/',
  'http://alertmanager:9093/api',
  'http://10.1.2.3/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.0.7/',
  'http://[::1]:80/',
  'http://[fd00::1]/',
])('alarms may go to %s', (url) => {
  expect(refuseAlarmUrl(url)).toBeUndefined();
});

it.each([
  'http://alarms.example.org/',
  'http://8.8.8.8/',
  'http://172.32.0.1/',
  'http://172.15.0.1/',
  'http://[2001:db8::1]/',
  'http://10.example.org/',
  'http://127.0.0.1.example.org/',
  'https://name:secret@alarms.example.org/',
  'ftp://localhost/',
  'alarms',
])('alarms may not go to %s', (url) => {
  expect(refuseAlarmUrl(url)).toMatch(/^must /);
});
